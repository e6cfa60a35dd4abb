#include "platform/search/term_lists.h"

#include "base/hash.h"
#include "platform/search/limits.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    BUCKETS = 1024,
    WANT_SETS = 1024, /* terms that were asked for once: 64 KB */
    WANT_WAYS = 4, /* of those that share a set the newest stay; with one, two words of a question
                         would forget each other for ever */
};

typedef struct Kept Kept;
struct Kept {
    TermList list; /* first: what others see of it */
    _Atomic int references;
    uint64_t hash, moment, used; /* used: the number of the look that last found it */
    size_t bytes;
    Str key;
    Kept *next;    /* of its bucket */
    char memory[]; /* ids, places, key */
};

typedef struct Want {
    uint64_t hash, moment;
} Want;

static struct {
    pthread_mutex_t lock;
    Kept *buckets[BUCKETS];
    size_t bytes, count;
    uint64_t looks;
    Want wants[WANT_SETS][WANT_WAYS]; /* newest first */
} lists = {.lock = PTHREAD_MUTEX_INITIALIZER};

static Kept *kept_of(const TermList *list)
{
    return (Kept *)(uintptr_t)list;
}

void term_list_release(const TermList *list)
{
    Kept *kept = kept_of(list);
    if (atomic_fetch_sub(&kept->references, 1) == 1) free(kept);
}

static Kept *kept_new(Str key, const HitList *hits)
{
    size_t bytes = sizeof(Kept) + hits->n * (sizeof(int64_t) + 1) + key.n;
    Kept *kept = malloc(bytes);
    if (!kept) abort();
    int64_t *ids = (int64_t *)(void *)kept->memory;
    uint8_t *places = (uint8_t *)(ids + hits->n);
    char *text = (char *)places + hits->n;
    for (size_t i = 0; i < hits->n; i++) {
        ids[i] = hits->items[i].id;
        places[i] = (uint8_t)hits->items[i].mask;
    }
    memcpy(text, key.p, key.n);
    *kept = (Kept){.list = {hits->n, ids, places},
                   .references = 1,
                   .hash = hash_fast(key),
                   .bytes = bytes,
                   .key = {text, key.n}};
    return kept;
}

_Static_assert(offsetof(Kept, memory) % alignof(int64_t) == 0, "ids are the first in there");

/* ---- The table, under its lock --------------------------------------------------------------- */

static bool holds(uint64_t moment, const TermMoment *now)
{
    return tags_hold(moment, now->slots, now->slot_count);
}

/* Where the list hangs, or where it would. */
static Kept **find(Str key, uint64_t hash)
{
    Kept **at = &lists.buckets[hash % BUCKETS];
    while (*at && ((*at)->hash != hash || !str_eq((*at)->key, key))) at = &(*at)->next;
    return at;
}

static void take_out(Kept **at)
{
    Kept *kept = *at;
    *at = kept->next;
    lists.bytes -= kept->bytes;
    lists.count--;
    term_list_release(&kept->list);
}

static void drop_least_used(void)
{
    Kept **least = NULL;
    for (size_t i = 0; i < BUCKETS; i++)
        for (Kept **at = &lists.buckets[i]; *at; at = &(*at)->next)
            if (!least || (*at)->used < (*least)->used) least = at;
    if (least) take_out(least);
}

static void put_in(Kept *kept)
{
    while (lists.count &&
           (lists.bytes + kept->bytes > SEARCH_LISTS_BYTES || lists.count == SEARCH_LISTS_MAX))
        drop_least_used();
    Kept **at = &lists.buckets[kept->hash % BUCKETS];
    kept->next = *at;
    *at = kept;
    atomic_fetch_add(&kept->references, 1);
    kept->used = ++lists.looks;
    lists.bytes += kept->bytes;
    lists.count++;
}

/* ---- From outside ---------------------------------------------------------------------------- */

const TermList *term_lists_get(Str key, const TermMoment *now)
{
    Kept *found = NULL;
    if (!now->moment) return NULL;
    pthread_mutex_lock(&lists.lock);
    Kept **at = find(key, hash_fast(key));
    if (*at && !holds((*at)->moment, now)) {
        take_out(at);
    } else if (*at) {
        found = *at;
        found->used = ++lists.looks;
        atomic_fetch_add(&found->references, 1);
    }
    pthread_mutex_unlock(&lists.lock);
    return found ? &found->list : NULL;
}

const TermList *term_lists_add(Str key, const TermMoment *read_at, const HitList *hits)
{
    Kept *kept = kept_new(key, hits);
    kept->moment = read_at->moment;
    if (!kept->moment || kept->bytes > SEARCH_LISTS_BYTES / 4) return &kept->list;
    pthread_mutex_lock(&lists.lock);
    Kept **at = find(key, kept->hash);
    bool newest = !*at || (*at)->moment < kept->moment;
    if (*at && newest) take_out(at);
    if (newest && holds(kept->moment, read_at)) put_in(kept);
    pthread_mutex_unlock(&lists.lock);
    return &kept->list;
}

bool term_lists_wanted(Str key, const TermMoment *now)
{
    if (!now->moment) return false;
    uint64_t hash = hash_fast(key);
    pthread_mutex_lock(&lists.lock);
    Want *set = lists.wants[hash % WANT_SETS];
    size_t at = 0;
    while (at + 1 < WANT_WAYS && set[at].hash != hash) at++;
    bool before = set[at].hash == hash && holds(set[at].moment, now);
    Want want = {hash, before ? set[at].moment : now->moment};
    memmove(set + 1, set, at * sizeof *set);
    *set = want;
    pthread_mutex_unlock(&lists.lock);
    return before;
}
