/* What stands far behind the beginning of an order is found there, and nowhere else once it has moved. */
#include "base/random.h"
#include "platform/columns/store.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

enum { IDS = 20000, LATE = 15000, PAGE = 10 };

/* The model: what each object is. */
typedef struct Object {
    int64_t price; /* 0: there is no such object */
    bool is_late;
} Object;

static Object objects[IDS + 1];
static Columns *columns;

static void put(int64_t id, int64_t price, bool is_late)
{
    objects[id] = (Object){price, is_late};
    ColumnTerm term = {S("kind"), is_late ? S("late") : S("early")};
    ColumnNumber number = {S("price"), price};
    ColumnsRow row = {
        .id = {id}, .terms = &term, .term_count = 1, .numbers = &number, .number_count = 1};
    assert_true(columns_put(columns, &row));
}

static void take_away(int64_t id)
{
    objects[id] = (Object){0};
    columns_remove(columns, (Id){id});
}

/* Every sixth object behind LATE is late, in the order of their prices, which are twice their ids. */
static int begin(void **state)
{
    (void)state;
    columns = columns_new();
    for (int64_t id = 1; id <= IDS; id++) put(id, 2 * id, id > LATE && id % 6 == 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    columns_free(columns);
    return 0;
}

/* The cheapest late objects in the model; equals newest first. */
static size_t expected(int64_t ids[PAGE])
{
    size_t n = 0;
    for (int64_t id = 1; id <= IDS; id++) {
        if (!objects[id].price || !objects[id].is_late) continue;
        size_t at = n;
        while (at > 0 && objects[ids[at - 1]].price >= objects[id].price) at--;
        if (at == PAGE) continue;
        if (n < PAGE) n++;
        for (size_t k = n - 1; k > at; k--) ids[k] = ids[k - 1];
        ids[at] = id;
    }
    return n;
}

static void expect_page(void)
{
    Arena *arena = arena_new(65536);
    Str late = S("late");
    ColumnsCondition condition = {.column = S("kind"), .terms = {&late, 1}};
    ColumnsClause clause = {&condition, 1, false};
    ColumnsFilter filter = {&clause, 1, NULL};
    ColumnsQuestion q = {
        .filter = &filter, .order = {.by = ORDER_NUMBER, .column = S("price")}, .limit = PAGE};
    ColumnsAnswer page = columns_ask(columns, arena, &q);
    int64_t ids[PAGE];
    assert_int_equal(page.n, expected(ids));
    for (size_t i = 0; i < page.n; i++) assert_int_equal(page.ids[i].n, ids[i]);
    arena_free(arena);
}

static const OrderHints *hints(void)
{
    assert_int_equal(columns->order_count, 1);
    return columns->orders[0]->hints;
}

/* The first of those that are known to come first. */
static int64_t hinted_id(void)
{
    assert_int_equal(hints()->n, 1);
    return slots_id(&columns->slots, hints()->items[0]->slots[0]).n;
}

/* Page after page, from the beginning: those that are known, and those behind them. */
static void expect_all_pages(void)
{
    Arena *arena = arena_new(65536);
    Str late = S("late");
    ColumnsCondition condition = {.column = S("kind"), .terms = {&late, 1}};
    ColumnsClause clause = {&condition, 1, false};
    ColumnsFilter filter = {&clause, 1, NULL};
    ColumnsPosition after;
    int64_t last = 0, seen = 0;
    for (bool has_more = true; has_more;) {
        ColumnsQuestion q = {.filter = &filter,
                             .order = {.by = ORDER_NUMBER, .column = S("price")},
                             .after = seen ? &after : NULL,
                             .limit = PAGE};
        ColumnsAnswer page = columns_ask(columns, arena, &q);
        for (size_t i = 0; i < page.n; i++, seen++) {
            assert_true(objects[page.ids[i].n].is_late);
            assert_true(objects[page.ids[i].n].price > last); /* here no two have one price */
            last = objects[page.ids[i].n].price;
        }
        has_more = page.has_more;
        if (has_more) after = page.positions[page.n - 1];
    }
    int64_t all = 0;
    for (int64_t id = 1; id <= IDS; id++) all += objects[id].price && objects[id].is_late;
    assert_int_equal(seen, all);
    arena_free(arena);
}

static void a_walk_that_gives_up_learns_where_to_begin(void **state)
{
    (void)state;
    expect_page();
    assert_int_equal(hinted_id(), 15000 + 6);
    expect_page();
}

static void who_comes_before_is_found(void **state)
{
    (void)state;
    expect_page();
    put(300, 600, true); /* becomes late where it is */
    assert_int_equal(hinted_id(), 300);
    expect_page();
    put(19998, 100, true); /* is late, and becomes cheap */
    expect_page();
    put(40, 80, false);
    assert_int_equal(hinted_id(), 19998);
    expect_page();
}

static void who_leaves_takes_the_hint_along(void **state)
{
    (void)state;
    expect_page();
    take_away(hinted_id());
    int64_t first = hinted_id();
    put(first, 90000, true);
    assert_int_equal(hinted_id(), first + 6); /* who was second */
    expect_page();
    put(hinted_id(), objects[hinted_id()].price, false); /* only a bound now, but still one */
    assert_int_equal(hints()->n, 1);
    expect_page();
}

static void when_all_have_left_nothing_is_known(void **state)
{
    (void)state;
    expect_page();
    for (int i = 0; i < ORDER_HINT_SLOTS; i++) take_away(hinted_id());
    assert_int_equal(hints()->n, 0);
    expect_page();
    assert_int_equal(hints()->n, 1);
}

static void pages_go_on_behind_those_that_are_known(void **state)
{
    (void)state;
    expect_page();
    assert_int_equal(hints()->items[0]->n, ORDER_HINT_SLOTS);
    expect_all_pages();
    put(301, 601, true); /* the last that is known makes room */
    assert_int_equal(hints()->items[0]->n, ORDER_HINT_SLOTS);
    expect_all_pages();
    for (int i = 0; i < 5; i++) take_away(hinted_id());
    assert_int_equal(hints()->items[0]->n, ORDER_HINT_SLOTS - 5);
    expect_all_pages();
}

static void nothing_is_missed_through_any_changes(void **state)
{
    (void)state;
    RandomSeeded seeded;
    Random chance = random_seeded(&seeded, 11);
    for (int i = 0; i < 3000; i++) {
        int64_t id = 1 + (int64_t)random_below(&chance, IDS);
        /* Rarely cheap and late, so that walks go on giving up. */
        int64_t price = 2 * LATE + (int64_t)random_below(&chance, 2 * (IDS - LATE));
        if (random_below(&chance, 20) == 0) price = 1 + (int64_t)random_below(&chance, 2 * LATE);
        if (random_below(&chance, 3) == 0)
            take_away(id);
        else
            put(id, price, random_below(&chance, 4) == 0);
        if (i % 7 == 0) expect_page();
        if (i % 100 == 0) /* back to where nothing cheap is late */
            for (int64_t k = 1; k <= IDS; k++)
                if (objects[k].is_late && objects[k].price < 2 * LATE) take_away(k);
    }
}

static void a_column_that_goes_takes_its_hints_along(void **state)
{
    (void)state;
    expect_page();
    assert_int_equal(hints()->n, 1);
    for (int64_t id = 1; id <= IDS; id++) {
        ColumnNumber number = {S("price"), objects[id].price};
        ColumnsRow row = {.id = {id}, .numbers = &number, .number_count = 1};
        objects[id].is_late = false;
        assert_true(columns_put(columns, &row));
    }
    assert_int_equal(hints()->n, 0);
    for (int64_t id = 1; id <= IDS; id += 3) put(id, objects[id].price, id % 2 == 0);
    expect_page();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_walk_that_gives_up_learns_where_to_begin, begin, end),
        cmocka_unit_test_setup_teardown(who_comes_before_is_found, begin, end),
        cmocka_unit_test_setup_teardown(who_leaves_takes_the_hint_along, begin, end),
        cmocka_unit_test_setup_teardown(when_all_have_left_nothing_is_known, begin, end),
        cmocka_unit_test_setup_teardown(pages_go_on_behind_those_that_are_known, begin, end),
        cmocka_unit_test_setup_teardown(nothing_is_missed_through_any_changes, begin, end),
        cmocka_unit_test_setup_teardown(a_column_that_goes_takes_its_hints_along, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
