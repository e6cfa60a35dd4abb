/* Counting without sharing.
 *
 * Each thread counts into a shard of its own: an array of 64-bit slots, all shards alike. A counter
 * or gauge is one slot, a histogram a row of them. To count is to load, add and store one's own
 * slot, so it takes no lock, no read-modify-write on a line that another core holds, and no
 * allocation; a scrape adds up the same slot of all shards. The accesses are relaxed atomics only
 * so that the reader may look at any time; a thread's own slot has no other writer.
 *
 * A shard is 1 MiB of address space, of which the kernel backs the pages that are touched: a thread
 * that counts in a few hundred series pays a few pages. A thread that ends leaves its shard, with
 * its counts, to the next one that starts, so nothing is ever folded or lost, and there are never
 * more shards than there were threads at once.
 *
 * Rejected: atomic adds on shared counters (measured in bench/micro; a contended line costs tens of
 * nanoseconds and grows with the cores), per-CPU slots with restartable sequences (ties the code to
 * one architecture), and a hash look-up by label at each count (series are looked up once and kept
 * by whoever counts). */
#include "platform/telemetry/metrics.h"

#include "base/map.h"
#include "platform/telemetry/metrics_registry.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
    SLOT_MAX = 1 << 17,       /* METRIC_SERIES_MAX series of 16 slots on average */
    SLOTS_FOR_OTHER = 1 << 13 /* kept back for the series that take what does not fit */
};

const double metric_seconds_bounds[metric_seconds_bound_count] = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
    0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};

GATHERED(MetricFamily, souk_metrics, metric_family_list)

typedef _Atomic uint64_t Slot;

typedef struct Shard {
    struct Shard *next;
    bool taken; /* by a living thread */
    Slot slots[SLOT_MAX];
} Shard;

static struct Registry {
    pthread_mutex_t lock; /* guards all of this but `family_at` */
    Arena *arena;
    Map series; /* "name{labels}" to SeriesEntry */
    FamilyEntry *first, **end;
    uint32_t slots_used;
    Shard *shards;
    /* The histogram whose slots begin here: written before the series is given out, read by those
     * who have it. */
    const MetricFamily *family_at[SLOT_MAX];
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Thread_local Shard *own_shard;

/* ---- shards ---------------------------------------------------------------------------------- */

static pthread_key_t shard_key;
static pthread_once_t shard_key_once = PTHREAD_ONCE_INIT;

/* At the end of a thread. */
static void leave_shard(void *shard)
{
    pthread_mutex_lock(&registry.lock);
    ((Shard *)shard)->taken = false;
    pthread_mutex_unlock(&registry.lock);
    own_shard = NULL;
}

static void make_shard_key(void)
{
    int error = pthread_key_create(&shard_key, leave_shard);
    assert(!error);
}

static Shard *new_shard(void)
{
    Shard *shard = mmap(NULL, sizeof *shard, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (shard == MAP_FAILED) {
        perror("souk: memory for metrics");
        abort();
    }
    shard->next = registry.shards;
    registry.shards = shard;
    return shard;
}

/* The calling thread's shard, when it counts for the first time. */
static __attribute__((noinline, cold)) Shard *take_shard(void)
{
    pthread_once(&shard_key_once, make_shard_key);
    pthread_mutex_lock(&registry.lock);
    Shard *shard = registry.shards;
    while (shard && shard->taken) shard = shard->next;
    if (!shard) shard = new_shard();
    shard->taken = true;
    pthread_mutex_unlock(&registry.lock);
    pthread_setspecific(shard_key, shard);
    own_shard = shard;
    return shard;
}

static inline Slot *own_slot(uint32_t at)
{
    Shard *shard = own_shard;
    if (__builtin_expect(!shard, 0)) shard = take_shard();
    return &shard->slots[at];
}

/* ---- counting -------------------------------------------------------------------------------- */

static inline uint64_t slot_load(const Slot *slot)
{
    return atomic_load_explicit(slot, memory_order_relaxed);
}

static inline void slot_add(Slot *slot, uint64_t n)
{
    atomic_store_explicit(slot, slot_load(slot) + n, memory_order_relaxed);
}

static double double_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline void slot_add_double(Slot *slot, double value)
{
    double sum = double_of(slot_load(slot)) + value;
    uint64_t bits;
    memcpy(&bits, &sum, sizeof bits);
    atomic_store_explicit(slot, bits, memory_order_relaxed);
}

void metric_add(Series counter, uint64_t n)
{
    slot_add(own_slot(counter.at), n);
}

void metric_gauge_add(Series gauge, int64_t n)
{
    slot_add(own_slot(gauge.at),
             (uint64_t)n); /* shards may go below zero; their sum, modulo 2^64, is right */
}

void metric_observe(Series histogram, double value)
{
    const MetricFamily *family = registry.family_at[histogram.at];
    if (!family) return; /* the series 0 */
    int bucket = 0;      /* most values are small: the first bounds are looked at first */
    while (bucket < family->bound_count && value > family->bounds[bucket]) bucket++;
    Slot *slots = own_slot(histogram.at);
    slot_add(&slots[bucket], 1);
    slot_add_double(&slots[family->bound_count + 1], value);
}

void metric_observe_us(Series histogram, int64_t us)
{
    metric_observe(histogram,
                   (double)us / 1e6); /* divided, so that 100 µs is exactly the bound 0.0001 */
}

/* ---- families and series --------------------------------------------------------------------- */

uint32_t metrics_slot_count(const MetricFamily *family)
{
    return family->kind == METRIC_HISTOGRAM ? (uint32_t)family->bound_count + 2 : 1;
}

static bool is_name(const char *name, bool colon)
{
    if (!name[0] || (name[0] >= '0' && name[0] <= '9')) return false;
    for (const char *c = name; *c; c++) {
        bool letter = (*c | 32) >= 'a' && (*c | 32) <= 'z';
        if (!letter && !(*c >= '0' && *c <= '9') && *c != '_' && !(colon && *c == ':'))
            return false;
    }
    return true;
}

static bool is_gathered(const MetricFamily *family)
{
    size_t count;
    const MetricFamily *const *families = metric_family_list(&count);
    for (size_t i = 0; i < count; i++)
        if (families[i] == family) return true;
    return false;
}

/* A row that breaks the exposition formats is a bug of whoever wrote it. */
static void check_family(const MetricFamily *family)
{
    assert(is_gathered(family)); /* else `souk metrics` does not know it: METRIC_FAMILY */
    assert(is_name(family->name, true) && family->doc && family->doc[0]);
    assert((family->kind == METRIC_COUNTER) == str_ends(str_from(family->name), S("_total")));
    for (int i = 0; i < METRIC_LABELS_MAX && family->labels[i]; i++)
        assert(is_name(family->labels[i], false) && strcmp(family->labels[i], "le") != 0);
    for (const FamilyEntry *other = registry.first; other; other = other->next)
        assert(strcmp(other->family->name, family->name) != 0);
    if (family->kind != METRIC_HISTOGRAM) return;
    assert(family->bound_count >= 1 && family->bound_count <= METRIC_BOUNDS_MAX);
    for (int i = 1; i < family->bound_count; i++) assert(family->bounds[i - 1] < family->bounds[i]);
}

static FamilyEntry *family_entry(const MetricFamily *family)
{
    for (FamilyEntry *entry = registry.first; entry; entry = entry->next)
        if (entry->family == family) return entry;
    check_family(family);
    FamilyEntry *entry = NEW(registry.arena, FamilyEntry);
    entry->family = family;
    entry->end = &entry->first;
    *registry.end = entry;
    registry.end = &entry->next;
    return entry;
}

static int label_count(const MetricFamily *family)
{
    int count = 0;
    while (count < METRIC_LABELS_MAX && family->labels[count]) count++;
    return count;
}

static void put_escaped(Buf *out, Str value)
{
    bool utf8 = str_is_utf8(value);
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        if (c == '\n')
            buf_lit(out, "\\n");
        else if (c == '"' || c == '\\')
            buf_char(out, '\\'), buf_char(out, c);
        else
            buf_char(out, utf8 || (unsigned char)c < 0x80 ? c : '?');
    }
}

/* "name{a="b"}", of which *labels is what stands between the braces. */
static Str series_key(const MetricFamily *family, const char *const *values, Str *labels)
{
    enum { KEY_MAX = 4096 };
    Buf out = buf_new(registry.arena, KEY_MAX);
    buf_put(&out, str_from(family->name));
    buf_char(&out, '{');
    size_t from = out.n;
    for (int i = 0; i < label_count(family); i++) {
        if (i) buf_char(&out, ',');
        buf_put(&out, str_from(family->labels[i]));
        buf_lit(&out, "=\"");
        put_escaped(&out, str_from(values[i]));
        buf_char(&out, '"');
    }
    assert(!out.full); /* labels come from tables, not from clients */
    *labels = (Str){out.p + from, out.n - from};
    buf_char(&out, '}');
    return buf_str(&out);
}

static void open_registry(void)
{
    if (registry.arena) return;
    registry.arena = arena_new(1 << 16);
    registry.series = map_new(registry.arena);
    registry.end = &registry.first;
    registry.slots_used = 1; /* 0 belongs to the series that counts nothing */
}

static SeriesEntry *make_series(const MetricFamily *family, Str key, Str labels)
{
    SeriesEntry *entry = NEW(registry.arena, SeriesEntry);
    entry->labels = labels;
    FamilyEntry *owner = family_entry(family);
    *owner->end = entry;
    owner->end = &entry->next;
    map_put(&registry.series, key, entry);
    return entry;
}

static void give_slots(SeriesEntry *entry, const MetricFamily *family)
{
    entry->at = registry.slots_used;
    registry.slots_used += metrics_slot_count(family);
    if (family->kind == METRIC_HISTOGRAM) registry.family_at[entry->at] = family;
}

/* The series in slots, made when missing; NULL when it would take more than the limits leave. */
static SeriesEntry *slot_series(const MetricFamily *family, const char *const *values,
                                size_t series_max, uint32_t slot_max)
{
    ArenaMark mark = arena_mark(registry.arena);
    Str labels, key = series_key(family, values, &labels);
    SeriesEntry *entry = map_get(&registry.series, key);
    bool fits = registry.series.n < series_max &&
                registry.slots_used + metrics_slot_count(family) <= slot_max;
    if (entry || !fits) {
        arena_rewind(registry.arena, mark);
        return entry;
    }
    entry = make_series(family, key, labels);
    give_slots(entry, family);
    return entry;
}

static void take_labels(const MetricFamily *family, va_list args, const char **values)
{
    for (int i = 0; i < label_count(family); i++) values[i] = va_arg(args, const char *);
}

Series metric_series(const MetricFamily *family, ...)
{
    static const char *const other[METRIC_LABELS_MAX] = {"other", "other", "other", "other"};
    const char *values[METRIC_LABELS_MAX] = {0};
    va_list args;
    va_start(args, family);
    take_labels(family, args, values);
    va_end(args);
    pthread_mutex_lock(&registry.lock);
    open_registry();
    const SeriesEntry *entry =
        slot_series(family, values, METRIC_SERIES_MAX, SLOT_MAX - SLOTS_FOR_OTHER);
    if (!entry) entry = slot_series(family, other, SIZE_MAX, SLOT_MAX);
    pthread_mutex_unlock(&registry.lock);
    return (Series){entry ? entry->at : 0};
}

void metric_gauge_function(const MetricFamily *family, double (*read)(void *arg), void *arg, ...)
{
    assert(family->kind != METRIC_HISTOGRAM);
    const char *values[METRIC_LABELS_MAX] = {0};
    va_list args;
    va_start(args, arg);
    take_labels(family, args, values);
    va_end(args);
    pthread_mutex_lock(&registry.lock);
    open_registry();
    ArenaMark mark = arena_mark(registry.arena);
    Str labels, key = series_key(family, values, &labels);
    SeriesEntry *entry = map_get(&registry.series, key);
    if (entry)
        arena_rewind(registry.arena, mark);
    else
        entry = make_series(family, key, labels);
    entry->read = read;
    entry->arg = arg;
    pthread_mutex_unlock(&registry.lock);
}

/* ---- reading --------------------------------------------------------------------------------- */

const FamilyEntry *metrics_lock(void)
{
    pthread_mutex_lock(&registry.lock);
    return registry.first;
}

void metrics_unlock(void)
{
    pthread_mutex_unlock(&registry.lock);
}

uint64_t metrics_slot_sum(uint32_t at)
{
    uint64_t sum = 0;
    for (const Shard *shard = registry.shards; shard; shard = shard->next)
        sum += slot_load(&shard->slots[at]);
    return sum;
}

double metrics_histogram_sum(const SeriesEntry *series, const MetricFamily *family)
{
    uint32_t at = series->at + (uint32_t)family->bound_count + 1;
    double sum = 0;
    for (const Shard *shard = registry.shards; shard; shard = shard->next)
        sum += double_of(slot_load(&shard->slots[at]));
    return sum;
}

uint64_t metric_read(Series counter)
{
    pthread_mutex_lock(&registry.lock);
    uint64_t sum = counter.at ? metrics_slot_sum(counter.at) : 0;
    pthread_mutex_unlock(&registry.lock);
    return sum;
}
