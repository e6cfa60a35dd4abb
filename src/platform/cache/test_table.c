/* The table of answers by itself: bounds, replacement, the shelf, flights; and many threads that
 * read and write at once, held against the one law. */
#include "base/random.h"
#include "base/time.h"
#include "platform/cache/answers.h"
#include "platform/cache/limits.h"
#include "platform/http/blob.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const Time now = {INT64_C(1800000000000000)};
static const CacheOptions small = {.bytes = 1 << 20, .ttl_us = 3600000000, .slow_us = INT64_MAX};

static CacheKey key_of(const Cache *cache, Arena *arena, int number)
{
    Str text = str_format(arena, "question %d", number);
    return (CacheKey){text, cache_hash(cache, text)};
}

static CacheLook look(Cache *cache, const CacheKey *key, CacheWaiter *waiter)
{
    return cache_look(cache, &(CacheAsk){*key, now, ENCODING_IDENTITY}, waiter);
}

/* `size` letters that do not pack well. */
static Str body_of(Arena *arena, size_t size)
{
    char *text = arena_alloc(arena, size, 1);
    for (size_t i = 0; i < size; i++) text[i] = (char)('!' + random_below(&random_system, 90));
    return (Str){text, size};
}

static CacheMade made_of(const CacheNote *note, Str body)
{
    return (CacheMade){.note = note,
                       .made = now,
                       .keep = true,
                       .text = {.body = body, .content_type = S("text/plain"), .etag = S("v1.0")}};
}

static bool land(Cache *cache, const CacheKey *key, const CacheLead *lead, const CacheNote *note,
                 Str body)
{
    CacheMade made = made_of(note, body);
    CacheLanding landing = cache_land(cache, key, lead, now, &made);
    assert_null(landing.served);
    assert_null(landing.heir);
    if (landing.learn) cache_learn_later(cache);
    if (landing.entry) cache_release(landing.entry);
    return landing.entry;
}

static CacheNote note_of(Id id)
{
    return (CacheNote){.kinds = {"thing"}, .slots = {tag_slot("thing", id)}, .tag_count = 1};
}

/* Asks once; makes and keeps what is not there. True: it was. */
static bool ask(Cache *cache, Arena *arena, int number, size_t size)
{
    CacheKey key = key_of(cache, arena, number);
    CacheNote note = note_of((Id){number + 1});
    CacheLook found = look(cache, &key, &(CacheWaiter){0});
    blob_unref(found.blob);
    if (found.entry) cache_release(found.entry);
    if (found.found != CACHE_LEAD) return true;
    land(cache, &key, &found.lead, &note, body_of(arena, size));
    return false;
}

/* ---- Bounds -------------------------------------------------------------------------- */

static void test_bytes_are_bounded(void **state)
{
    (void)state;
    Cache *cache = cache_new(&small);
    Arena *arena = arena_new(1 << 16);
    size_t most = 0;
    for (int i = 0; i < 5000; i++) {
        arena_reset(arena);
        ask(cache, arena, i, 10 + (size_t)random_below(&random_system, 4000));
        CacheTotals totals = cache_totals(cache);
        assert_true(totals.bytes <= small.bytes);
        if (totals.bytes > most) most = totals.bytes;
    }
    assert_true(most > small.bytes * 9 / 10); /* and the room is used */
    assert_true(cache_totals(cache).entries > 100);
    arena_free(arena);
    cache_free(cache);
}

static void test_what_is_too_large_is_not_kept(void **state)
{
    (void)state;
    Cache *cache = cache_new(&small);
    Arena *arena = arena_new(1 << 16);
    ask(cache, arena, 1, 1000);
    for (int i = 2; i < 5; i++) ask(cache, arena, i, small.bytes / CACHE_SHARE_MAX * (size_t)i);
    assert_int_equal(cache_totals(cache).entries, 1);
    assert_true(ask(cache, arena, 1, 1000));
    arena_free(arena);
    cache_free(cache);
}

/* ---- Replacement --------------------------------------------------------------------- */

/* What is asked for again and again survives a walk through ten times as much as there is room
 * for. */
static void test_a_scan_disturbs_nobody(void **state)
{
    (void)state;
    enum { HOT = 200, COLD = 10000, SIZE = 1000 };
    Cache *cache = cache_new(&small);
    Arena *arena = arena_new(1 << 16);
    for (int round = 0; round < 4; round++)
        for (int i = 0; i < HOT; i++) ask(cache, arena, i, SIZE);
    int hits = 0, asked = 0;
    for (int i = 0; i < COLD; i++) {
        arena_reset(arena);
        ask(cache, arena, 1000 + i, SIZE);
        if (i % 4) continue;
        hits += ask(cache, arena, (i / 4) % HOT, SIZE);
        asked++;
    }
    assert_true(hits > asked * 95 / 100);
    arena_free(arena);
    cache_free(cache);
}

/* Popularity after Zipf: at least nine tenths of what is possible for who knows it beforehand, which
 * is to keep the most popular as far as there is room. */
static void test_the_popular_stay(void **state)
{
    (void)state;
    enum { ITEMS = 20000, ASKED = 300000, SIZE = 300 };
    static double below[ITEMS];
    double sum = 0;
    Cache *cache = cache_new(&small);
    Arena *arena = arena_new(1 << 16);
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 7);
    for (int i = 0; i < ITEMS; i++) below[i] = sum += pow(i + 1, -0.9);
    int hits = 0, counted = 0;
    for (int i = 0; i < ASKED; i++) {
        double at = (double)random_below(&random, 1u << 30) / (1u << 30) * sum;
        int low = 0, high = ITEMS - 1;
        while (low < high) {
            int middle = (low + high) / 2;
            if (below[middle] < at)
                low = middle + 1;
            else
                high = middle;
        }
        arena_reset(arena);
        bool hit = ask(cache, arena, low, SIZE);
        if (i < ASKED / 2) continue;
        hits += hit;
        counted++;
    }
    double best = below[cache_totals(cache).entries - 1] / sum;
    assert_true((double)hits / counted > 0.9 * best);
    arena_free(arena);
    cache_free(cache);
}

static void test_a_new_answer_takes_the_old_ones_place(void **state)
{
    (void)state;
    Cache *cache = cache_new(&small);
    Arena *arena = arena_new(1 << 16);
    for (int i = 0; i < 50; i++) {
        assert_false(ask(cache, arena, 1, 100 + (size_t)i));
        assert_true(ask(cache, arena, 1, 100));
        assert_int_equal(cache_totals(cache).entries, 1);
        cache_bump("thing", (Id){2});
    }
    assert_true(cache_totals(cache).bytes < 1000);
    arena_free(arena);
    cache_free(cache);
}

/* A slow leader whose answer is older than the one that is there. */
static void test_an_older_answer_is_dropped(void **state)
{
    (void)state;
    Cache *cache = cache_new(&(CacheOptions){.bytes = 1 << 20, .ttl_us = 1000, .slow_us = -1});
    Arena *arena = arena_new(1 << 16);
    CacheKey key = key_of(cache, arena, 1);
    CacheNote note = note_of((Id){1});
    CacheLook slow = look(cache, &key, NULL);
    cache_bump("thing", (Id){99});
    CacheLook quick = look(cache, &key, NULL);
    assert_int_equal(quick.found, CACHE_LEAD);
    land(cache, &key, &quick.lead, &note, S("new"));
    land(cache, &key, &slow.lead, &note, S("old"));
    CacheLook found = look(cache, &key, NULL);
    assert_int_equal(found.found, CACHE_PACKED);
    CacheText text = cache_unpack(cache, found.entry, arena);
    assert_true(str_eq(text.body, S("new")));
    cache_release(found.entry);
    arena_free(arena);
    cache_free(cache);
}

/* ---- The shelf ----------------------------------------------------------------------- */

static Blob *shelve(Cache *cache, const CacheLook *found, Str body)
{
    Blob *blob = blob_of(&(BlobParts){.bytes = body, .content_type = S("text/plain")});
    cache_shelve(cache, found->entry, ENCODING_IDENTITY, blob);
    cache_release(found->entry);
    return blob;
}

static void test_what_is_ready_is_given(void **state)
{
    (void)state;
    Cache *cache = cache_new(&small);
    Arena *arena = arena_new(1 << 16);
    CacheKey key = key_of(cache, arena, 1);
    ask(cache, arena, 1, 100);
    CacheLook first = look(cache, &key, NULL);
    assert_int_equal(first.found, CACHE_PACKED);
    assert_true(first.hot); /* there is room */
    Blob *blob = shelve(cache, &first, S("ready"));
    CacheLook second = look(cache, &key, NULL);
    assert_int_equal(second.found, CACHE_HIT);
    assert_ptr_equal(second.blob, blob);
    assert_true(cache_totals(cache).shelf_bytes > 0);
    blob_unref(blob);
    blob_unref(second.blob);
    cache_bump("thing", (Id){2});
    CacheLook third = look(cache, &key, NULL); /* what has changed leaves the shelf at once */
    assert_int_equal(third.found, CACHE_LEAD);
    assert_true(third.stale);
    assert_int_equal(cache_totals(cache).shelf_bytes, 0);
    cache_fail(cache, &third.lead);
    arena_free(arena);
    cache_free(cache);
}

/* The shelf takes what is free, and is the first to give way. */
static void test_the_shelf_gives_way(void **state)
{
    (void)state;
    Cache *cache = cache_new(&small);
    Arena *arena = arena_new(1 << 16);
    for (int i = 0; i < 100; i++) {
        CacheKey key = key_of(cache, arena, i);
        ask(cache, arena, i, 1000);
        CacheLook found = look(cache, &key, NULL);
        blob_unref(shelve(cache, &found, body_of(arena, 2000)));
    }
    assert_true(cache_totals(cache).shelf_bytes > 200000);
    for (int i = 100; i < 1000; i++) ask(cache, arena, i, 1000);
    CacheTotals totals = cache_totals(cache);
    assert_true(totals.shelf_bytes <= small.bytes / 16);
    assert_true(totals.bytes <= small.bytes);
    assert_true(totals.entries > 600);
    arena_free(arena);
    cache_free(cache);
}

/* An entry that is gone, or has such a form already, takes no more. */
static void test_shelving_what_is_gone(void **state)
{
    (void)state;
    Cache *cache = cache_new(&small);
    Arena *arena = arena_new(1 << 16);
    CacheKey key = key_of(cache, arena, 1);
    ask(cache, arena, 1, 100);
    CacheLook found = look(cache, &key, NULL), again = look(cache, &key, NULL);
    blob_unref(shelve(cache, &again, S("one")));
    CacheLook third = look(cache, &key, NULL);
    blob_unref(third.blob);
    size_t before = cache_totals(cache).shelf_bytes;
    blob_unref(shelve(cache, &found, S("two")));
    assert_int_equal(cache_totals(cache).shelf_bytes, before);
    arena_free(arena);
    cache_free(cache);
}

/* ---- Flights ------------------------------------------------------------------------- */

static void test_waiters_are_bounded(void **state)
{
    (void)state;
    enum { MORE = 10 };
    Cache *cache = cache_new(&small);
    Arena *arena = arena_new(1 << 16);
    CacheKey key = key_of(cache, arena, 1);
    CacheNote note = note_of((Id){1});
    CacheWaiter *waiters = NEW_N(arena, CacheWaiter, CACHE_WAITERS_MAX + MORE);
    CacheLook leader = look(cache, &key, NULL);
    assert_int_equal(leader.found, CACHE_LEAD);
    for (int i = 0; i < CACHE_WAITERS_MAX + MORE; i++)
        assert_int_equal(look(cache, &key, &waiters[i]).found,
                         i < CACHE_WAITERS_MAX ? CACHE_WAIT : CACHE_ALONE);
    assert_int_equal(cache_totals(cache).waiting, CACHE_WAITERS_MAX);
    CacheMade made = made_of(&note, S("answer"));
    CacheLanding landing = cache_land(cache, &key, &leader.lead, now, &made);
    int served = 0;
    for (const CacheWaiter *w = landing.served; w; w = w->next)
        assert_ptr_equal(w, &waiters[served++]); /* in the order of their coming */
    assert_int_equal(served, CACHE_WAITERS_MAX);
    assert_int_equal(cache_totals(cache).waiting, 0);
    cache_release(landing.entry);
    arena_free(arena);
    cache_free(cache);
}

/* An answer whose time is over when it lands serves nobody else. */
static void test_an_answer_that_has_ended_serves_nobody(void **state)
{
    (void)state;
    Cache *cache = cache_new(&small);
    Arena *arena = arena_new(1 << 16);
    CacheKey key = key_of(cache, arena, 1);
    CacheNote note = note_of((Id){1});
    note.expires = now;
    CacheLook leader = look(cache, &key, NULL);
    cache_bump("other", (Id){1}); /* so that the waiter comes after the leader's moment */
    CacheWaiter waiter;
    assert_int_equal(look(cache, &key, &waiter).found, CACHE_WAIT);
    CacheMade made = made_of(&note, S("answer"));
    CacheLanding landing = cache_land(cache, &key, &leader.lead, now, &made);
    assert_null(landing.served);
    assert_ptr_equal(landing.heir, &waiter);
    assert_null(landing.entry);
    landing = cache_fail(cache, &landing.lead);
    assert_null(landing.heir);
    arena_free(arena);
    cache_free(cache);
}

/* ---- The law ------------------------------------------------------------------------- */

/* Whoever begins to ask after a writer was answered gets at least what that writer wrote. Things are
 * numbers that writers count up; a snapshot is reading one. */
enum { THINGS = 8, WRITES = 250, READERS = 3, WRITERS = 2 };

typedef struct Law {
    Cache *cache;
    _Atomic int64_t committed[THINGS], answered[THINGS];
    _Atomic int writers;
    _Atomic int64_t hits, waits;
} Law;

/* One who waits parks here; whoever hands it out says how. */
typedef struct Parked {
    CacheWaiter waiter;    /* first */
    _Atomic int64_t value; /* 0: still waiting; -1: to lead; -2: to go alone */
    CacheLead lead;
} Parked;

static void hand_out(CacheWaiter *list, int64_t value)
{
    for (CacheWaiter *next; list; list = next) {
        next = list->next;
        atomic_store(&((Parked *)(void *)list)->value, value);
    }
}

static void go_on(CacheLanding *landing)
{
    Parked *heir = (Parked *)(void *)landing->heir;
    hand_out(landing->released, -2);
    if (!heir) return;
    heir->lead = landing->lead;
    atomic_store(&heir->value, -1);
}

static int64_t lead(Law *law, Arena *arena, int thing, const CacheKey *key, const CacheLead *lead)
{
    CacheNote note = note_of((Id){1000 + thing});
    if (random_below(&random_system, 50) == 0) { /* failing, it reads for itself */
        CacheLanding landing = cache_fail(law->cache, lead);
        go_on(&landing);
        return atomic_load(&law->committed[thing]);
    }
    int64_t value = 1 + atomic_load(&law->committed[thing]);
    if (random_below(&random_system, 4) == 0) sched_yield();
    CacheMade made = made_of(&note, str_format(arena, "%lld", (long long)value));
    CacheLanding landing = cache_land(law->cache, key, lead, now, &made);
    hand_out(landing.served, value);
    go_on(&landing);
    if (landing.learn) cache_learn_later(law->cache);
    if (landing.entry) cache_release(landing.entry);
    return value - 1;
}

static int64_t read_thing(Law *law, Arena *arena, int thing)
{
    CacheKey key = key_of(law->cache, arena, thing);
    Parked parked = {0};
    CacheLook found = look(law->cache, &key, &parked.waiter);
    int64_t value = 0;
    switch (found.found) {
    case CACHE_LEAD:
        return lead(law, arena, thing, &key, &found.lead);
    case CACHE_PACKED: {
        CacheText text = cache_unpack(law->cache, found.entry, arena);
        if (!str_to_int(text.body, &value)) abort();
        Blob *blob = blob_of(&(BlobParts){.bytes = text.body});
        cache_shelve(law->cache, found.entry, ENCODING_IDENTITY, blob);
        blob_unref(blob);
        cache_release(found.entry);
        atomic_fetch_add(&law->hits, 1);
        return value - 1;
    }
    case CACHE_HIT:
        if (!str_to_int(found.blob->bodies[ENCODING_IDENTITY].bytes, &value)) abort();
        blob_unref(found.blob);
        atomic_fetch_add(&law->hits, 1);
        return value - 1;
    case CACHE_WAIT:
        while ((value = atomic_load(&parked.value)) == 0) sched_yield();
        atomic_fetch_add(&law->waits, 1);
        if (value == -1) return lead(law, arena, thing, &key, &parked.lead);
        return value == -2 ? atomic_load(&law->committed[thing]) : value - 1;
    case CACHE_ALONE:
        return atomic_load(&law->committed[thing]);
    }
    abort();
}

static void *reader(void *arg)
{
    Law *law = arg;
    Arena *arena = arena_new(1 << 12);
    while (atomic_load(&law->writers) > 0) {
        arena_reset(arena);
        /* On one processor, whoever has it lets the others go on. */
        if (random_below(&random_system, 16) == 0) sched_yield();
        int thing = (int)random_below(&random_system, THINGS);
        int64_t least = atomic_load(&law->answered[thing]);
        int64_t value = read_thing(law, arena, thing);
        if (value < least) {
            fprintf(stderr, "thing %d: read %lld after %lld was answered\n", thing,
                    (long long)value, (long long)least);
            abort();
        }
    }
    arena_free(arena);
    return NULL;
}

/* Each writer has its own things, so that what it has answered only grows. */
static void *writer(void *arg)
{
    static _Atomic int number;
    Law *law = arg;
    int mine = atomic_fetch_add(&number, 1) % WRITERS;
    for (int i = 0; i < WRITES; i++) {
        int thing = (int)random_below(&random_system, THINGS / WRITERS) * WRITERS + mine;
        int64_t value = 1 + atomic_fetch_add(&law->committed[thing], 1);
        cache_bump("thing", (Id){1000 + thing});
        atomic_store(&law->answered[thing], value);
        for (int pause = (int)random_below(&random_system, 4); pause-- > 0;) sched_yield();
    }
    atomic_fetch_sub(&law->writers, 1);
    return NULL;
}

/* A round, and more of them while that takes no long time; how the threads meet is up to the machine,
 * so until so many have had a hit and so many have waited. */
enum { ROUNDS = 16, ROUNDS_US = 3000000 };

static void law_holds(size_t bytes, int64_t slow_us, int64_t hits, int64_t waits)
{
    static Law law;
    pthread_t threads[READERS + WRITERS];
    law = (Law){.cache = cache_new(&(CacheOptions){bytes, 3600000000, slow_us})};
    int64_t begun_us = monotonic_us();
    for (int round = 0; round == 0 || (round < ROUNDS && monotonic_us() - begun_us < ROUNDS_US) ||
                        atomic_load(&law.hits) < hits || atomic_load(&law.waits) < waits;
         round++) {
        atomic_store(&law.writers, WRITERS);
        for (int i = 0; i < READERS + WRITERS; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, i < WRITERS ? writer : reader, &law),
                             0);
        for (int i = 0; i < READERS + WRITERS; i++) pthread_join(threads[i], NULL);
    }
    cache_free(law.cache);
}

static void test_nobody_reads_the_past(void **state)
{
    (void)state;
    law_holds(1 << 20, INT64_MAX, 1, 1);
}

/* The same with several leaders a flight, and so little room that entries leave all the time. Whether
 * anybody comes early enough to wait is not for a test to know. */
static void test_nobody_reads_the_past_in_a_hurry(void **state)
{
    (void)state;
    law_holds(4096, 1, 1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_are_bounded),
        cmocka_unit_test(test_what_is_too_large_is_not_kept),
        cmocka_unit_test(test_a_scan_disturbs_nobody),
        cmocka_unit_test(test_the_popular_stay),
        cmocka_unit_test(test_a_new_answer_takes_the_old_ones_place),
        cmocka_unit_test(test_an_older_answer_is_dropped),
        cmocka_unit_test(test_what_is_ready_is_given),
        cmocka_unit_test(test_the_shelf_gives_way),
        cmocka_unit_test(test_shelving_what_is_gone),
        cmocka_unit_test(test_waiters_are_bounded),
        cmocka_unit_test(test_an_answer_that_has_ended_serves_nobody),
        cmocka_unit_test(test_nobody_reads_the_past),
        cmocka_unit_test(test_nobody_reads_the_past_in_a_hurry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
