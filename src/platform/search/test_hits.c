#include "platform/search/engine.h"

#include "base/random.h"

#include <setjmp.h>
#include <stdlib.h>

#undef fail
#include <cmocka.h>

static int by_id(const void *a, const void *b)
{
    const Hit *left = a, *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

/* Ids of one byte, of few that differ, of all 63 bits. */
static int64_t some_id(const Random *random, int kind)
{
    if (kind == 0) return (int64_t)random_below(random, 200) + 1;
    if (kind == 1) return (INT64_C(0x123456789) << 21) + (int64_t)random_below(random, 300) * 4096;
    return (int64_t)(random_u64(random) >> 1);
}

static void settles_by_id_with_all_bits(void **state)
{
    (void)state;
    RandomSeeded seed;
    Random random = random_seeded(&seed, 3);
    Arena *arena = arena_new(65536);
    for (int i = 0; i < 600; i++) {
        size_t n = random_below(&random, i % 3 == 2 ? 2000 : 300);
        HitList hits = {NEW_N(arena, Hit, n), n};
        for (size_t k = 0; k < n; k++)
            hits.items[k] =
                (Hit){some_id(&random, i % 3), (uint64_t)1 << random_below(&random, 64)};
        Hit *want = NEW_N(arena, Hit, n);
        for (size_t k = 0; k < n; k++) want[k] = hits.items[k];
        qsort(want, n, sizeof *want, by_id);
        hits_settle(arena, &hits);
        size_t at = 0;
        for (size_t k = 0; k < n; at++) {
            uint64_t mask = 0;
            int64_t id = want[k].id;
            for (; k < n && want[k].id == id; k++) mask |= want[k].mask;
            assert_true(at < hits.n);
            assert_int_equal(hits.items[at].id, id);
            assert_int_equal(hits.items[at].mask, mask);
        }
        assert_int_equal(at, hits.n);
        arena_reset(arena);
    }
    arena_free(arena);
}

/* What must stand above what, whatever the numbers are. */
static void titles_stand_above_tags_above_texts(void **state)
{
    (void)state;
    Arena *arena = arena_new(65536);
    const SearchQuery *one = search_parse(arena, S("lamp"), S(""));
    const SearchQuery *two = search_parse(arena, S("desk lamp"), S(""));
    uint64_t title = MASK_WORDS | MASK_PLACE(0, PLACE_TITLE);
    uint64_t written = title | MASK_PLACE(0, PLACE_WRITTEN),
             tag = MASK_WORDS | MASK_PLACE(0, PLACE_TAG);
    uint64_t both = title | MASK_PLACE(1, PLACE_TITLE);
    const struct {
        const SearchQuery *query;
        uint64_t better, worse;
    } orders[] = {
        {one, tag, MASK_WORDS},
        {one, title, tag},
        {one, written, title},
        {one, title | tag, title - MASK_PLACE(0, PLACE_TITLE) + MASK_PLACE(0, PLACE_TAG)},
        {one, title | MASK_LAST, title},
        {one, title | MASK_FIRST, title},
        {one, title | MASK_FIRST | MASK_LAST, written | MASK_LAST},
        {two, both, title | MASK_PLACE(1, PLACE_TAG)},
        {two, title, tag | MASK_PLACE(1, PLACE_TAG)},
        {two, both | MASK_PAIR(0), both},
        {two, both | MASK_PAIR(0) | MASK_FIRST | MASK_LAST, both | MASK_PAIR(0) | MASK_LAST},
        {two, both | MASK_PAIR(0), both | MASK_FIRST | MASK_LAST},
        {one, MASK_CODE_PREFIX, written | MASK_FIRST | MASK_LAST},
        {one, MASK_CODE, MASK_CODE_PREFIX},
        {one, MASK_CODE | MASK_WORDS, MASK_CODE},
    };
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        if (rank_score(orders[i].query, orders[i].better) <=
            rank_score(orders[i].query, orders[i].worse))
            fail_msg("order %zu", i);
    assert_int_equal(rank_score(one, title | tag), rank_score(one, title));
    arena_free(arena);
}

/* Sets of small numbers; a model is the mask of each, 0: not in it. */
enum { NUMBERS = 60 };

typedef struct Set {
    uint64_t model[NUMBERS];
    HitList hits;
} Set;

static Set some_set(Arena *arena, const Random *random)
{
    Set set = {.hits = {NEW_N(arena, Hit, NUMBERS), 0}};
    uint64_t share = random_below(random, 11);
    for (size_t i = 0; i < NUMBERS; i++) {
        if (random_below(random, 10) >= share) continue;
        set.model[i] = (uint64_t)1 << random_below(random, 64);
        set.hits.items[set.hits.n++] = (Hit){(int64_t)i + 1, set.model[i]};
    }
    return set;
}

static void expect(const HitList *hits, const uint64_t model[NUMBERS])
{
    size_t n = 0;
    for (size_t i = 0; i < NUMBERS; i++) {
        if (!model[i]) continue;
        assert_true(n < hits->n);
        assert_int_equal(hits->items[n].id, i + 1);
        assert_true(hits->items[n++].mask == model[i]);
    }
    assert_int_equal(hits->n, n);
}

static void merges_as_sets_do(void **state)
{
    (void)state;
    RandomSeeded seed;
    Random random = random_seeded(&seed, 5);
    Arena *arena = arena_new(65536);
    for (int round = 0; round < 2000; round++) {
        Set a = some_set(arena, &random), b = some_set(arena, &random);
        int64_t ids[NUMBERS];
        for (size_t i = 0; i < b.hits.n; i++) ids[i] = b.hits.items[i].id;
        int way = round % 5;
        if (way == 0) hits_join(arena, &a.hits, b.hits);
        if (way == 1) hits_meet(&a.hits, &b.hits);
        if (way == 2) hits_mark(&a.hits, ids, b.hits.n, 4);
        if (way > 2) hits_keep(&a.hits, ids, b.hits.n, way == 3);
        for (size_t i = 0; i < NUMBERS; i++) {
            uint64_t both = a.model[i] && b.model[i] ? a.model[i] | b.model[i] : 0;
            uint64_t marked = a.model[i] && b.model[i] ? a.model[i] | 4 : a.model[i];
            uint64_t kept = (b.model[i] != 0) == (way == 3) ? a.model[i] : 0;
            a.model[i] = way == 0   ? a.model[i] | b.model[i]
                         : way == 1 ? both
                         : way == 2 ? marked
                                    : kept;
        }
        expect(&a.hits, a.model);
        arena_reset(arena);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settles_by_id_with_all_bits),
        cmocka_unit_test(merges_as_sets_do),
        cmocka_unit_test(titles_stand_above_tags_above_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
