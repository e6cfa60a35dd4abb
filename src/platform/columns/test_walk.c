/* Who goes through a list page by page, while objects come, change and go, is given each object that
 * stays where it is exactly once. */
#include "base/random.h"
#include "platform/columns/columns.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Ids that are divisible by STAYING stay as they are; the others come and go. */
enum { IDS = 6000, STAYING = 3, PAGE = 17 };

static Random chance;
static RandomSeeded seeded;

static size_t below(size_t bound)
{
    return (size_t)random_below(&chance, bound);
}

/* What an object is follows from its id, and for those that change also from how often they did. */
static void put(Columns *columns, int64_t id, int64_t change)
{
    char kind[8], title[16];
    uint64_t dice = (uint64_t)(id * 7919 + change * 104729);
    ColumnTerm term = {S("kind"),
                       {kind, (size_t)snprintf(kind, sizeof kind, "k%d", (int)(id % 5))}};
    ColumnNumber number = {S("price"), (int64_t)(dice % 100)};
    ColumnText text = {S("title"),
                       {title, (size_t)snprintf(title, sizeof title, "%d", (int)(dice % 700))}};
    ColumnsRow row = {.id = {id},
                      .terms = &term,
                      .term_count = 1,
                      .numbers = &number,
                      .number_count = dice % 10 != 0, /* some have no price */
                      .texts = &text,
                      .text_count = dice % 11 != 0};
    assert_true(columns_put(columns, &row));
}

static void disturb(Columns *columns, int64_t change)
{
    int64_t id = 1 + (int64_t)below(IDS);
    if (id % STAYING == 0) return;
    if (below(3) == 0)
        columns_remove(columns, (Id){id});
    else
        put(columns, id, change);
}

static void walk(Columns *columns, ColumnsOrder order, bool has_filter)
{
    static int visits[IDS + 1];
    memset(visits, 0, sizeof visits);
    Str kind = S("k1");
    ColumnsCondition condition = {.column = S("kind"), .terms = {&kind, 1}};
    ColumnsClause clause = {&condition, 1, false};
    ColumnsFilter filter = {&clause, has_filter, NULL};
    ColumnsQuestion q = {.filter = &filter, .order = order, .limit = PAGE};
    ColumnsPosition after;
    Arena *arena = arena_new(65536), *before = arena_new(65536);
    for (int64_t pages = 0;; pages++) {
        ColumnsAnswer page = columns_ask(columns, arena, &q);
        for (size_t i = 0; i < page.n; i++) visits[page.ids[i].n]++;
        if (!page.has_more) break;
        assert_int_equal(page.n, PAGE);
        assert_true(pages < IDS);
        after = page.positions[page.n - 1];
        q.after = &after;
        /* The object itself may go: the position does not need it. */
        if (after.id.n % STAYING) columns_remove(columns, after.id);
        for (int i = 0; i < 10; i++) disturb(columns, pages + 1);
        Arena *other = before;
        before = arena;
        arena = other;
        arena_reset(arena);
    }
    for (int64_t id = STAYING; id <= IDS; id += STAYING)
        assert_int_equal(visits[id], has_filter ? id % 5 == 1 : 1);
    arena_free(arena);
    arena_free(before);
}

static void each_object_that_stays_is_met_once(void **state)
{
    (void)state;
    static const ColumnsOrder orders[] = {
        {.by = ORDER_NEWEST},
        {ORDER_NUMBER, S_INIT("price"), false},
        {ORDER_NUMBER, S_INIT("price"), true},
        {ORDER_TEXT, S_INIT("title"), false},
        {ORDER_TEXT, S_INIT("title"), true},
        {ORDER_NUMBER, S_INIT("nothing"), true},
    };
    chance = random_seeded(&seeded, 3);
    Columns *columns = columns_new();
    for (int64_t id = 1; id <= IDS; id++) put(columns, id, 0);
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        walk(columns, orders[i], false);
        walk(columns, orders[i], true);
    }
    columns_free(columns);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(each_object_that_stays_is_met_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
