/* What does not fit, what is left out, and what must not grow. */
#include "base/random.h"
#include "platform/columns/columns.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static Columns *columns;
static Arena *arena;

static int begin(void **state)
{
    (void)state;
    columns = columns_new();
    arena = arena_new(4096);
    return 0;
}

static int end(void **state)
{
    (void)state;
    columns_free(columns);
    arena_free(arena);
    return 0;
}

static Str numbered(const char *stem, size_t n)
{
    return str_format(arena, "%s%zu", stem, n);
}

static size_t total_with(Str column, Str term)
{
    ColumnsCondition condition = {.column = column, .terms = {&term, 1}};
    ColumnsClause clause = {&condition, 1, true};
    ColumnsFilter filter = {&clause, 1, NULL};
    ColumnsQuestion q = {.filter = &filter, .wants_total = true};
    return columns_ask(columns, arena, &q).total;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static void a_row_has_so_many_terms_in_a_column(void **state)
{
    (void)state;
    enum { N = COLUMNS_TERMS_MAX + 1 };
    ColumnTerm terms[N];
    for (size_t i = 0; i < N; i++) terms[i] = (ColumnTerm){S("tag"), numbered("t", i)};
    ColumnsRow row = {.id = {1}, .terms = terms, .term_count = N};
    assert_false(columns_put(columns, &row));
    assert_int_equal(total_with(S("tag"), numbered("t", N - 2)), 1);
    assert_int_equal(total_with(S("tag"), numbered("t", N - 1)), 0);
    row.term_count--;
    assert_true(columns_put(columns, &row));
    assert_int_equal(columns_size(columns).terms, COLUMNS_TERMS_MAX);
}

static void a_row_has_so_many_values(void **state)
{
    (void)state;
    enum { N = COLUMNS_VALUES_MAX + 1 };
    static ColumnTerm terms[N];
    for (size_t i = 0; i < N; i++)
        terms[i] = (ColumnTerm){numbered("column", i % 100), numbered("t", i)};
    ColumnsRow row = {.id = {1}, .terms = terms, .term_count = N};
    assert_false(columns_put(columns, &row));
    assert_int_equal(columns_size(columns).terms, COLUMNS_VALUES_MAX);
    row.term_count--;
    assert_true(columns_put(columns, &row));
}

static void names_and_terms_have_a_length(void **state)
{
    (void)state;
    char text[COLUMNS_NAME_MAX + 1];
    memset(text, 'a', sizeof text);
    Str fits = {text, COLUMNS_NAME_MAX}, too_long = {text, sizeof text};
    ColumnTerm terms[] = {
        {S("tag"), fits}, {S("tag"), too_long}, {fits, S("x")}, {too_long, S("x")}};
    ColumnNumber number = {too_long, 1};
    ColumnText key = {too_long, S("x")};
    ColumnsRow row = {{1}, terms, 4, &number, 1, &key, 1};
    assert_false(columns_put(columns, &row));
    assert_int_equal(total_with(S("tag"), fits), 1);
    assert_int_equal(total_with(S("tag"), too_long), 0);
    assert_int_equal(total_with(fits, S("x")), 1);
    assert_int_equal(columns_size(columns).columns, 2);
    row = (ColumnsRow){.id = {1}, .terms = terms, .term_count = 1};
    assert_true(columns_put(columns, &row));
}

static void the_least_number_is_none(void **state)
{
    (void)state;
    ColumnNumber number = {S("n"), INT64_MIN};
    ColumnsRow row = {.id = {1}, .numbers = &number, .number_count = 1};
    assert_false(columns_put(columns, &row));
    assert_int_equal(columns_size(columns).columns, 0);
}

static void there_are_so_many_columns(void **state)
{
    (void)state;
    for (size_t i = 0; i <= COLUMNS_COLUMNS_MAX; i++) {
        ColumnTerm term = {numbered("attribute:", i), S("x")};
        ColumnsRow row = {.id = {1 + (int64_t)i}, .terms = &term, .term_count = 1};
        assert_int_equal(columns_put(columns, &row), i < COLUMNS_COLUMNS_MAX);
    }
    assert_int_equal(columns_size(columns).columns, COLUMNS_COLUMNS_MAX);
    /* Room for another one, when one is empty. */
    columns_remove(columns, (Id){7});
    ColumnTerm term = {S("another"), S("x")};
    ColumnsRow row = {.id = {7}, .terms = &term, .term_count = 1};
    assert_true(columns_put(columns, &row));
    ColumnsFacetAsk ask = {S("attribute:"), true, false, 3};
    ColumnsQuestion q = {.facets = &ask, .facet_count = 1};
    assert_int_equal(columns_ask(columns, arena, &q).facet_count, COLUMNS_FACETS_MAX);
}

/* ---- Answers --------------------------------------------------------------------------------- */

static void facets_list_so_many_terms(void **state)
{
    (void)state;
    enum { N = COLUMNS_FACET_TERMS_MAX + 20 };
    for (size_t i = 0; i < N; i++) {
        ColumnTerm term = {S("tag"), numbered("t", i)};
        ColumnNumber number = {S("n"), (int64_t)i};
        ColumnsRow row = {{1 + (int64_t)i}, &term, 1, &number, 1, NULL, 0};
        assert_true(columns_put(columns, &row));
    }
    ColumnsFacetAsk asks[] = {{S("tag"), false, false, SIZE_MAX}, {S("n"), false, true, SIZE_MAX}};
    ColumnsQuestion q = {.facets = asks, .facet_count = 2};
    ColumnsAnswer answer = columns_ask(columns, arena, &q);
    assert_int_equal(answer.facets[0].term_count, COLUMNS_FACET_TERMS_MAX);
    assert_int_equal(answer.facets[0].distinct, N);
    assert_in_range(answer.facets[1].bucket_count, 1, COLUMNS_BUCKETS_MAX);
}

/* ---- What must not grow ---------------------------------------------------------------------- */

static void what_is_gone_takes_no_room(void **state)
{
    (void)state;
    enum { OBJECTS = 500, ROUNDS = 60 };
    size_t after_first = 0;
    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < OBJECTS; i++) {
            size_t n = round * OBJECTS + i;
            ColumnTerm terms[] = {{S("tag"), numbered("only ever once ", n)},
                                  {numbered("a column of its own ", n % 50 + round), S("x")}};
            ColumnNumber number = {S("n"), (int64_t)n};
            ColumnText text = {S("t"), numbered("some text that is longer than a word ", n)};
            ColumnsRow row = {{1 + (int64_t)n}, terms, 2, &number, 1, &text, 1};
            assert_true(columns_put(columns, &row));
            if (round > 0) columns_remove(columns, (Id){1 + (int64_t)n - OBJECTS});
        }
        arena_reset(arena);
        assert_int_equal(columns_size(columns).objects, OBJECTS);
        if (round == 5) after_first = columns_size(columns).bytes;
    }
    assert_in_range(columns_size(columns).bytes, after_first / 2, after_first * 5 / 4);
    assert_int_equal(columns_size(columns).terms, OBJECTS + 50);
}

static void orders_are_kept_so_many(void **state)
{
    (void)state;
    enum { KEYS = COLUMNS_ORDERS_MAX + 10, OBJECTS = 8000 };
    ColumnNumber numbers[KEYS];
    for (size_t i = 0; i < OBJECTS; i++) {
        for (size_t k = 0; k < KEYS; k++)
            numbers[k] = (ColumnNumber){numbered("n", k), (int64_t)((i * (k + 7)) % OBJECTS)};
        ColumnsRow row = {.id = {1 + (int64_t)i}, .numbers = numbers, .number_count = KEYS};
        assert_true(columns_put(columns, &row));
    }
    size_t one = 0;
    for (size_t round = 0; round < 2; round++) {
        for (size_t k = 0; k < KEYS; k++) {
            ColumnsQuestion q = {.order = {ORDER_NUMBER, numbered("n", k), true}, .limit = 5};
            ColumnsAnswer page = columns_ask(columns, arena, &q);
            for (size_t i = 1; i < page.n; i++)
                assert_true(page.positions[i - 1].number >= page.positions[i].number);
            assert_int_equal(page.n, 5);
            if (!one) one = columns_size(columns).order_bytes;
        }
    }
    assert_in_range(columns_size(columns).order_bytes, one * 2, one * COLUMNS_ORDERS_MAX);
}

/* The newest objects come first in one order, and dear ones last in another: both ends grow. */
static void orders_that_grow_at_an_end_stay_compact(void **state)
{
    (void)state;
    enum { OBJECTS = 30000, BEFORE = 10000 };
    static const ColumnsOrder orders[] = {{.by = ORDER_NEWEST}, {ORDER_NUMBER, S_INIT("n"), false}};
    for (int64_t i = 1; i <= OBJECTS; i++) {
        ColumnNumber number = {S("n"), i};
        ColumnsRow row = {.id = {i}, .numbers = &number, .number_count = 1};
        assert_true(columns_put(columns, &row));
        for (size_t k = 0; i == BEFORE && k < 2; k++)
            columns_ask(columns, arena, &(ColumnsQuestion){.order = orders[k], .limit = 1});
    }
    size_t bytes = columns_size(columns).order_bytes;
    assert_in_range(bytes, 2 * 4 * OBJECTS, 2 * 5 * OBJECTS);
    ColumnsQuestion q = {.order = orders[0], .limit = 3};
    assert_int_equal(columns_ask(columns, arena, &q).ids[2].n, OBJECTS - 2);
    q.order = orders[1];
    q.after = &(ColumnsPosition){.id = {OBJECTS - 2}, .number = OBJECTS - 2};
    ColumnsAnswer last = columns_ask(columns, arena, &q);
    assert_int_equal(last.n, 2);
    assert_int_equal(last.ids[1].n, OBJECTS);
}

/* Each object has TAGS of the TERMS tags, so that each tag's index is bits; all of them would take more than
 * there may be. */
static void indexes_take_so_much(void **state)
{
    (void)state;
    enum { OBJECTS = 70000, TAGS = 9, TERMS = 4000, PORTION = 500 };
    ColumnsRow *rows = calloc(PORTION, sizeof *rows);
    ColumnTerm *terms = calloc((size_t)PORTION * TAGS, sizeof *terms);
    assert_non_null(rows);
    assert_non_null(terms);
    for (size_t i = 0; i < OBJECTS; i += PORTION) {
        for (size_t k = 0; k < PORTION; k++) {
            ColumnTerm *own = &terms[k * TAGS];
            for (size_t t = 0; t < TAGS; t++)
                own[t] = (ColumnTerm){S("tag"), numbered("t", ((i + k) * TAGS + t) % TERMS)};
            rows[k] = (ColumnsRow){.id = {1 + (int64_t)(i + k)}, .terms = own, .term_count = TAGS};
        }
        assert_true(columns_put_all(columns, rows, PORTION));
        arena_reset(arena);
    }
    size_t most = 0, sum = 0;
    for (size_t t = 0; t < TERMS; t++) {
        sum += total_with(S("tag"), numbered("t", t));
        size_t bytes = columns_size(columns).index_bytes;
        if (bytes > most) most = bytes;
        arena_reset(arena);
    }
    assert_int_equal(sum, (size_t)OBJECTS * TAGS);
    assert_in_range(most, COLUMNS_INDEX_BYTES_MAX / 10 * 9, COLUMNS_INDEX_BYTES_MAX);
    free(rows);
    free(terms);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(a_row_has_so_many_terms_in_a_column),
        CASE(a_row_has_so_many_values),
        CASE(names_and_terms_have_a_length),
        CASE(the_least_number_is_none),
        CASE(there_are_so_many_columns),
        CASE(facets_list_so_many_terms),
        CASE(what_is_gone_takes_no_room),
        CASE(orders_are_kept_so_many),
        CASE(orders_that_grow_at_an_end_stay_compact),
        CASE(indexes_take_so_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
