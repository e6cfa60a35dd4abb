/* Points are rows that the linker gathers; armed points are entries of a small array.
 * docs/internals/faults.md says what they are for.
 *
 * The array only grows: an entry is complete before the count that includes it is published, and is
 * never changed after, so a pass reads it without a lock. A pass of a point that is not armed reads
 * the count and nothing else. That all armed entries are compared, when there are any, does not
 * matter: then a test is running.
 *
 * Rejected: a flag in each row (rows could not be const, and arming by name would still need the
 * list). */
#include "platform/telemetry/fault.h"

#include "base/random.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

typedef enum Action { ACTION_KILL, ACTION_FAIL, ACTION_DELAY, ACTION_STOP, ACTION_HOLD } Action;

typedef struct Armed {
    const FaultPoint *point;
    Action action;
    int64_t delay_ms;
    char *file;      /* ACTION_HOLD */
    int64_t only;    /* the pass that is meant; 0: each */
    int64_t percent; /* 100 unless given */
    _Atomic int64_t passes;
} Armed;

/* Entries are complete before fault_armed counts them, and never change after. */
static Armed armed[FAULTS_ARMED_MAX];
static pthread_mutex_t arming = PTHREAD_MUTEX_INITIALIZER;
_Atomic int fault_armed;

/* The linker's rows, and behind them those that were made; all of them together. */
GATHERED(FaultPoint, souk_faults, fault_list_gathered)
static const FaultPoint **together;
static size_t together_count;

void fault_add_made(const FaultPoint *const *points, size_t count)
{
    size_t gathered;
    const FaultPoint *const *rows = fault_list_gathered(&gathered);
    free(together);
    together_count = gathered + count;
    together = calloc(together_count + 1, sizeof *together);
    if (!together) abort();
    for (size_t i = 0; i < gathered; i++) together[i] = rows[i];
    for (size_t i = 0; i < count; i++) together[gathered + i] = points[i];
}

const FaultPoint *const *fault_list(size_t *count)
{
    if (!together) return fault_list_gathered(count);
    *count = together_count;
    return together;
}

/* ---- passing --------------------------------------------------------------------------------- */

static void sleep_ms(int64_t ms)
{
    struct timespec left = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0) {
    }
}

/* Waits by looking: a test's own folder may be on any file system, and this is no hot path. */
static void hold(const char *file)
{
    int fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0) {
        perror("souk: the file of a fault point");
        abort();
    }
    close(fd);
    while (access(file, F_OK) == 0) sleep_ms(1);
}

static bool act(const Armed *a)
{
    switch (a->action) {
    case ACTION_KILL:
        kill(getpid(), SIGKILL);
        break;
    case ACTION_STOP:
        kill(getpid(), SIGSTOP);
        break;
    case ACTION_DELAY:
        sleep_ms(a->delay_ms);
        break;
    case ACTION_HOLD:
        hold(a->file);
        break;
    case ACTION_FAIL:
        return true;
    }
    return false;
}

bool fault_pass(const FaultPoint *point)
{
    bool fails = false;
    int count = atomic_load_explicit(&fault_armed, memory_order_acquire);
    for (int i = 0; i < count; i++) {
        Armed *a = &armed[i];
        if (a->point != point) continue;
        int64_t pass = 1 + atomic_fetch_add_explicit(&a->passes, 1, memory_order_relaxed);
        bool meant = a->only ? pass == a->only : true;
        if (a->percent < 100) meant = random_below(&random_system, 100) < (uint64_t)a->percent;
        if (meant && act(a)) fails = true;
    }
    return fails;
}

/* ---- arming ---------------------------------------------------------------------------------- */

static const FaultPoint *find_point(Str name)
{
    size_t count;
    const FaultPoint *const *points = fault_list(&count);
    for (size_t i = 0; i < count; i++)
        if (str_eq(str_from(points[i]->name), name)) return points[i];
    return NULL;
}

static int compare_names(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

static Str known_names(Arena *arena)
{
    size_t count;
    const FaultPoint *const *points = fault_list(&count);
    StrList names = {NEW_N(arena, Str, count), count};
    for (size_t i = 0; i < count; i++) names.items[i] = str_from(points[i]->name);
    qsort(names.items, count, sizeof names.items[0], compare_names);
    return str_join(arena, names, S(", "));
}

/* Takes "@N" or "%P" off the end of the action; what is no number stays, since a file name may hold
 * these signs. */
static bool take_suffix(Str *action, Armed *out)
{
    size_t at = action->n;
    while (at > 0 && action->p[at - 1] >= '0' && action->p[at - 1] <= '9') at--;
    int64_t number;
    if (at == 0 || !str_to_int(str_slice(*action, at, action->n), &number)) return true;
    char sign = action->p[at - 1];
    if (sign != '@' && sign != '%') return true;
    if (number < 1 || (sign == '%' && number > 100)) return false;
    if (sign == '@')
        out->only = number;
    else
        out->percent = number;
    *action = str_slice(*action, 0, at - 1);
    return true;
}

static bool read_action(Str text, Armed *out)
{
    if (!take_suffix(&text, out)) return false;
    Str verb, argument;
    bool colon = str_cut(text, ':', &verb, &argument);
    if (str_eq(verb, S("delay")))
        return out->action = ACTION_DELAY,
               str_to_int(argument, &out->delay_ms) && out->delay_ms >= 0;
    if (str_eq(verb, S("stop"))) {
        out->action = colon ? ACTION_HOLD : ACTION_STOP;
        if (colon) out->file = strndup(argument.p, argument.n);
        return !colon || (argument.n && out->file);
    }
    out->action = str_eq(verb, S("kill")) ? ACTION_KILL : ACTION_FAIL;
    return !colon && (str_eq(verb, S("kill")) || str_eq(verb, S("fail")));
}

static bool add(const Armed *entry)
{
    pthread_mutex_lock(&arming);
    int count = atomic_load_explicit(&fault_armed, memory_order_relaxed);
    bool fits = count < FAULTS_ARMED_MAX;
    if (fits) {
        armed[count] = *entry;
        atomic_store_explicit(&fault_armed, count + 1, memory_order_release);
    }
    pthread_mutex_unlock(&arming);
    return fits;
}

bool fault_arm(Arena *arena, Str spec, Str *why)
{
    Str name, action;
    Armed entry = {.percent = 100};
    bool equals = str_cut(spec, '=', &name, &action);
    entry.point = find_point(name);
    if (!entry.point)
        *why = str_format(arena, "no fault point \"%.*s\"; there are: %.*s", STR_ARG(name),
                          STR_ARG(known_names(arena)));
    else if (!equals || !read_action(action, &entry))
        *why = str_format(arena,
                          "\"%.*s\" is no action: kill, fail, delay:MS, stop or stop:FILE, then "
                          "perhaps @N or %%P",
                          STR_ARG(action));
    else if (!add(&entry))
        *why = str_format(arena, "at most %d fault points can be armed", FAULTS_ARMED_MAX);
    else
        return true;
    free(entry.file);
    return false;
}

void fault_disarm_all(void)
{
    pthread_mutex_lock(&arming);
    int count = atomic_exchange_explicit(&fault_armed, 0, memory_order_acq_rel);
    for (int i = 0; i < count; i++) free(armed[i].file);
    pthread_mutex_unlock(&arming);
}
