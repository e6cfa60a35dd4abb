#include "base/id.h"
#include "base/random.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

static const Time NOON = {1795262299123456}; /* 2026-11-21T12:38:19.123456Z */

static int node_of(Id id)
{
    return (int)(id.n >> 11 & 1023);
}

static void an_id_holds_time_and_node(void **state)
{
    (void)state;
    IdMaker maker;
    id_maker_init(&maker, 513, (Id){0});
    Id id = id_make(&maker, NOON);
    assert_int_equal(id.n >> 21, 1795262299123 - 1704067200000);
    assert_int_equal(node_of(id), 513);
    assert_int_equal(id.n & 2047, 0);
    assert_true(id_time(id).us == 1795262299123000);
}

static void the_first_id_of_a_time_stands_between_before_and_after(void **state)
{
    (void)state;
    IdMaker last, first;
    id_maker_init(&last, ID_NODE_MAX, (Id){0});
    id_maker_init(&first, 0, (Id){0});
    Id between = id_first_of(NOON);
    assert_true(id_make(&last, (Time){NOON.us - 1000}).n < between.n);
    assert_true(id_make(&first, NOON).n >= between.n);
    assert_int_equal(id_first_of((Time){0}).n, 0); /* before the first id */
    Time year_3000 = {INT64_C(32503680000000000)};
    assert_int_equal(id_first_of(year_3000).n, INT64_MAX);
}

static void ids_ascend_when_time_does_not(void **state)
{
    (void)state;
    IdMaker maker;
    id_maker_init(&maker, 1023, (Id){0});
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 11);
    Id last = {0};
    for (int i = 0; i < 200000; i++) {
        int64_t wobble = (int64_t)random_below(&random, 2000000) - 1000000;
        Id id = id_make(&maker, (Time){NOON.us + i * 10 + wobble});
        assert_true(id.n > last.n);
        assert_int_equal(node_of(id), 1023);
        last = id;
    }
}

static void a_full_millisecond_borrows_from_the_next(void **state)
{
    (void)state;
    IdMaker maker;
    id_maker_init(&maker, 3, (Id){0});
    Id first = id_make(&maker, NOON), id = first;
    for (int i = 1; i < 2048; i++) id = id_make(&maker, NOON);
    assert_true(id_time(id).us == id_time(first).us);
    id = id_make(&maker, NOON);
    assert_true(id_time(id).us == id_time(first).us + 1000);
    assert_int_equal(node_of(id), 3);
}

static void the_maker_goes_on_after_the_last_known_id(void **state)
{
    (void)state;
    IdMaker maker;
    id_maker_init(&maker, 5, (Id){0});
    Id last = id_make(&maker, NOON);
    for (int node = 4; node <= 6; node++) {
        id_maker_init(&maker, node, last);
        Id next = id_make(&maker, (Time){NOON.us - 60000000});
        assert_true(next.n > last.n);
        assert_int_equal(node_of(next), node);
    }
}

static void before_2024_ids_are_still_no_zero(void **state)
{
    (void)state;
    IdMaker maker;
    id_maker_init(&maker, 0, (Id){0});
    Id id = id_make(&maker, (Time){0});
    assert_true(id.n > 0);
}

/* ---- threads --------------------------------------------------------------------------------- */

enum { THREADS = 4, IDS_EACH = 50000 };

typedef struct Making {
    IdMaker *maker;
    uint64_t seed;
    int64_t ids[IDS_EACH];
} Making;

static void *make_many(void *arg)
{
    Making *making = arg;
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, making->seed);
    for (int i = 0; i < IDS_EACH; i++) {
        Time now = {NOON.us + (int64_t)random_below(&random, 50000)};
        making->ids[i] = id_make(making->maker, now).n;
    }
    return NULL;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void threads_never_share_an_id(void **state)
{
    (void)state;
    static Making makings[THREADS];
    static int64_t all[THREADS * IDS_EACH];
    IdMaker maker;
    id_maker_init(&maker, 9, (Id){0});
    pthread_t threads[THREADS];
    for (int t = 0; t < THREADS; t++) {
        makings[t].maker = &maker;
        makings[t].seed = (uint64_t)t;
        assert_int_equal(pthread_create(&threads[t], NULL, make_many, &makings[t]), 0);
    }
    for (int t = 0; t < THREADS; t++) {
        pthread_join(threads[t], NULL);
        for (int i = 1; i < IDS_EACH; i++) assert_true(makings[t].ids[i] > makings[t].ids[i - 1]);
        memcpy(all + t * IDS_EACH, makings[t].ids, sizeof makings[t].ids);
    }
    qsort(all, THREADS * IDS_EACH, sizeof all[0], compare);
    for (int i = 1; i < THREADS * IDS_EACH; i++) assert_true(all[i] > all[i - 1]);
}

/* ---- text ------------------------------------------------------------------------------------ */

static void text_round_trips_and_sorts_like_the_number(void **state)
{
    (void)state;
    Arena *arena = arena_new(4096);
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 12);
    for (int i = 0; i < 100000; i++) {
        Id a = {(int64_t)(random_u64(&random) >> 1)}, b = {(int64_t)(random_u64(&random) >> 1)},
           back;
        Str text = id_text(arena, "prod", a), other = id_text(arena, "prod", b);
        assert_int_equal(text.n, 18);
        assert_true(id_parse(text, "prod", &back) && id_eq(back, a));
        assert_int_equal(str_cmp(text, other) < 0, a.n < b.n);
        arena_reset(arena);
    }
    assert_true(str_eq(id_text(arena, "p", (Id){1}), S("p_0000000000001")));
    assert_true(str_eq(id_text(arena, "p", (Id){31}), S("p_000000000000z")));
    assert_true(str_eq(id_text(arena, "p", (Id){32}), S("p_0000000000010")));
    assert_true(str_eq(id_text(arena, "eightchr", (Id){INT64_MAX}), S("eightchr_7zzzzzzzzzzzz")));
    arena_free(arena);
}

static void reading_is_kind_where_crockford_is(void **state)
{
    (void)state;
    Id small, capital;
    assert_true(id_parse(S("prod_0123456789abc"), "prod", &small));
    assert_true(id_parse(S("prod_OI23456789ABC"), "prod", &capital));
    assert_true(id_eq(small, capital));
    assert_true(id_parse(S("prod_oL23456789abC"), "prod", &capital));
    assert_true(id_eq(small, capital));
    assert_true(id_parse(S("prod_0l23456789abc"), "prod", &capital));
    assert_true(id_eq(small, capital));
}

/* Each byte in the place of the last digit, against the alphabet written out as Crockford's table.
 */
static void each_byte_is_a_digit_or_not(void **state)
{
    (void)state;
    static const char *const table[32] = {"0oO", "1iIlL", "2",  "3",  "4",  "5",  "6",  "7",
                                          "8",   "9",     "aA", "bB", "cC", "dD", "eE", "fF",
                                          "gG",  "hH",    "jJ", "kK", "mM", "nN", "pP", "qQ",
                                          "rR",  "sS",    "tT", "vV", "wW", "xX", "yY", "zZ"};
    for (int byte = 0; byte < 256; byte++) {
        char text[] = "p_1000000000000";
        text[14] = (char)byte;
        int expected = -1;
        for (int digit = 0; digit < 32; digit++)
            if (byte && strchr(table[digit], byte)) expected = digit;
        Id id = {-1};
        assert_int_equal(id_parse((Str){text, 15}, "p", &id), expected >= 0);
        assert_true(id.n == (expected < 0 ? -1 : ((int64_t)1 << 60) + expected));
    }
}

static void refusals(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "prod",
        "prod_",
        "prod_012345678abc",
        "prod_00123456789abc",
        "cart_0123456789abc",
        "Prod_0123456789abc",
        "prod-0123456789abc",
        "prod0123456789abcd",
        "0123456789abc",
        "prod_u123456789abc",
        "prod_8000000000000", /* 64 bits */
        "prod_zzzzzzzzzzzzz",
        "prod_0000000000000", /* no id */
        "prod_0123456789ab ",
        "prod_-123456789abc",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Id id = {7};
        if (id_parse(str_from(bad[i]), "prod", &id)) fail_msg("accepted %s", bad[i]);
        assert_true(id.n == 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_holds_time_and_node),
        cmocka_unit_test(the_first_id_of_a_time_stands_between_before_and_after),
        cmocka_unit_test(ids_ascend_when_time_does_not),
        cmocka_unit_test(a_full_millisecond_borrows_from_the_next),
        cmocka_unit_test(the_maker_goes_on_after_the_last_known_id),
        cmocka_unit_test(before_2024_ids_are_still_no_zero),
        cmocka_unit_test(threads_never_share_an_id),
        cmocka_unit_test(text_round_trips_and_sorts_like_the_number),
        cmocka_unit_test(reading_is_kind_where_crockford_is),
        cmocka_unit_test(each_byte_is_a_digit_or_not),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
