/* Readers beside writers. Each row says the same thing in several columns; a reader that finds them at odds
 * has seen a part of a row. ThreadSanitizer sees the rest (make san). */
#include "base/random.h"
#include "platform/columns/columns.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdio.h>

#include <cmocka.h>

enum { OBJECTS = 600, READERS = 3, WRITERS = 2, QUESTIONS = 400, WORDS = 7 };

static Columns *columns;
static _Atomic int readers_left;
static _Atomic int faults; /* cmocka's assertions belong to the main thread */

static void note(bool is_fine)
{
    if (!is_fine) atomic_fetch_add(&faults, 1);
}

/* ---- Writers --------------------------------------------------------------------------------- */

/* In "a" and "b" the same word, in "n" its number, in "t" the word again. */
static void fill_row(ColumnsRow *row, int64_t id, int64_t n, ColumnTerm *terms,
                     ColumnNumber *number, ColumnText *text, char word[8])
{
    Str w = {word, (size_t)snprintf(word, 8, "w%d", (int)n)};
    terms[0] = (ColumnTerm){S("a"), w};
    terms[1] = (ColumnTerm){S("b"), w};
    *number = (ColumnNumber){S("n"), n};
    *text = (ColumnText){S("t"), w};
    *row = (ColumnsRow){{id}, terms, 2, number, 1, text, 1};
}

static void put(int64_t id, int64_t n)
{
    ColumnsRow row;
    ColumnTerm terms[2];
    ColumnNumber number;
    ColumnText text;
    char word[8];
    fill_row(&row, id, n, terms, &number, &text, word);
    note(columns_put(columns, &row));
}

static void put_some(Random *random)
{
    enum { SOME = 40 };
    ColumnsRow rows[SOME];
    ColumnTerm terms[SOME][2];
    ColumnNumber numbers[SOME];
    ColumnText texts[SOME];
    char words[SOME][8];
    for (int i = 0; i < SOME; i++)
        fill_row(&rows[i], 1 + (int64_t)random_below(random, OBJECTS),
                 (int64_t)random_below(random, WORDS), terms[i], &numbers[i], &texts[i], words[i]);
    note(columns_put_all(columns, rows, SOME));
}

static void *write_on(void *arg)
{
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, (uint64_t)(uintptr_t)arg);
    while (atomic_load(&readers_left) > 0) {
        int64_t id = 1 + (int64_t)random_below(&random, OBJECTS);
        uint64_t dice = random_below(&random, 20);
        if (dice == 0)
            put_some(&random);
        else if (dice < 4)
            columns_remove(columns, (Id){id});
        else
            put(id, (int64_t)random_below(&random, WORDS));
    }
    return NULL;
}

/* ---- Readers --------------------------------------------------------------------------------- */

/* Nobody has a word in one column and not in the other, nor with another number. */
static void ask_for_a_contradiction(Random *random, Arena *arena)
{
    char text[8];
    int64_t n = (int64_t)random_below(random, WORDS);
    Str word = {text, (size_t)snprintf(text, sizeof text, "w%d", (int)n)};
    ColumnsCondition a = {.column = S("a"), .terms = {&word, 1}};
    ColumnsCondition others[] = {
        {.column = S("b"), .terms = {&word, 1}, .is_not = true},
        {.column = S("n"), .is_range = true, .min = n, .max = n, .is_not = true},
    };
    ColumnsClause clauses[] = {{&a, 1, true}, {others, 2, true}};
    ColumnsFilter filter = {clauses, 2, NULL};
    ColumnsQuestion q = {.filter = &filter,
                         .order = {ORDER_NUMBER, S("n"), random_below(random, 2)},
                         .limit = 5,
                         .wants_total = random_below(random, 2)};
    ColumnsAnswer answer = columns_ask(columns, arena, &q);
    note(answer.n == 0 && answer.total == 0);
}

/* The facets of one answer agree with each other and with its total. */
static void ask_for_facets(Random *random, Arena *arena)
{
    ColumnsFacetAsk asks[] = {{.column = S("a"), .max = WORDS}, {.column = S("b"), .max = WORDS}};
    ColumnsCondition range = {
        .column = S("n"), .is_range = true, .min = 0, .max = (int64_t)random_below(random, WORDS)};
    ColumnsClause clause = {&range, 1, true};
    ColumnsFilter filter = {&clause, 1, NULL};
    ColumnsQuestion q = {.filter = &filter, .wants_total = true, .facets = asks, .facet_count = 2};
    ColumnsAnswer answer = columns_ask(columns, arena, &q);
    size_t sum = 0;
    note(answer.facet_count == 2 && answer.facets[0].term_count == answer.facets[1].term_count);
    for (size_t i = 0; i < answer.facets[0].term_count; i++) {
        const ColumnsFacetTerm *a = &answer.facets[0].terms[i], *b = &answer.facets[1].terms[i];
        note(a->count == b->count && str_eq(a->term, b->term));
        sum += a->count;
    }
    note(sum == answer.total);
}

/* A page is sorted, by the values that the same moment had. */
static void ask_for_a_page(Random *random, Arena *arena)
{
    ColumnsQuestion q = {.order = {ORDER_TEXT, S("t"), random_below(random, 2)}, .limit = 30};
    ColumnsAnswer page = columns_ask(columns, arena, &q);
    for (size_t i = 1; i < page.n; i++) {
        int order = str_cmp(page.positions[i - 1].text, page.positions[i].text);
        if (q.order.descending) order = -order;
        note(order < 0 || (order == 0 && page.ids[i - 1].n > page.ids[i].n));
    }
}

static void *read_on(void *arg)
{
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 100 + (uint64_t)(uintptr_t)arg);
    Arena *arena = arena_new(65536);
    for (int i = 0; i < QUESTIONS; i++) {
        ask_for_a_contradiction(&random, arena);
        ask_for_facets(&random, arena);
        ask_for_a_page(&random, arena);
        note(columns_size(columns).objects <= OBJECTS);
        arena_reset(arena);
    }
    arena_free(arena);
    atomic_fetch_sub(&readers_left, 1);
    return NULL;
}

static void readers_never_see_a_part_of_a_row(void **state)
{
    (void)state;
    pthread_t readers[READERS], writers[WRITERS];
    columns = columns_new();
    for (int64_t id = 1; id <= OBJECTS; id++) put(id, id % WORDS);
    atomic_store(&readers_left, READERS);
    for (uintptr_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_on, (void *)i), 0);
    for (uintptr_t i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&writers[i], NULL, write_on, (void *)i), 0);
    for (size_t i = 0; i < READERS; i++) pthread_join(readers[i], NULL);
    for (size_t i = 0; i < WRITERS; i++) pthread_join(writers[i], NULL);
    assert_int_equal(atomic_load(&faults), 0);
    columns_free(columns);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(readers_never_see_a_part_of_a_row)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
