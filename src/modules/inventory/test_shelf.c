/* What is decided in memory: who serves, what is lacking, what waits. */
#include "modules/inventory/shelf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static Arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(4096);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const Time now = {1000};

/* One variant at three locations: 3 free of 5, none free though 9 are there, 10 free. */
static Shelf shelf_with(StockPolicy policy, int64_t limit, Time available_at)
{
    static const Level rows[] = {
        {.variant = {1}, .location = {30}, .on_hand = 5, .reserved = 2},
        {.variant = {1}, .location = {10}, .on_hand = 9, .reserved = 4, .safety = 6},
        {.variant = {1}, .location = {20}, .on_hand = 12, .reserved = 0, .safety = 2},
    };
    Level *levels = arena_copy(arena, rows, sizeof rows);
    for (size_t i = 0; i < 3; i++) {
        levels[i].policy = policy;
        levels[i].backorder_limit = limit;
        levels[i].available_at = available_at;
    }
    return shelves_of(arena, (LevelList){levels, 3}).items[0];
}

/* "30:3 20:7", or "short". */
static const char *taken(Shelf *shelf, int64_t quantity)
{
    PortionList portions = {.arena = arena};
    if (!shelf_take(shelf, quantity, now, &portions)) return "short";
    Str text = S("");
    for (size_t i = 0; i < portions.n; i++)
        text = str_format(arena, "%.*s%s%lld:%lld", STR_ARG(text), i ? " " : "",
                          (long long)portions.items[i].location.n,
                          (long long)portions.items[i].quantity);
    return str_z(arena, text);
}

static void the_first_location_that_has_it_all_serves(void **state)
{
    (void)state;
    Shelf shelf = shelf_with(POLICY_DENY, -1, (Time){0});
    assert_int_equal(shelf_free(&shelf), 13);
    assert_string_equal(taken(&shelf, 3), "30:3");
    assert_string_equal(taken(&shelf, 1), "20:1");
    assert_int_equal(shelf_free(&shelf), 9);
}

static void several_serve_when_none_has_it_all(void **state)
{
    (void)state;
    Shelf shelf = shelf_with(POLICY_DENY, -1, (Time){0});
    assert_string_equal(taken(&shelf, 14), "short");
    assert_int_equal(shelf_free(&shelf), 13);
    assert_string_equal(taken(&shelf, 13), "30:3 20:10");
    assert_int_equal(shelf_free(&shelf), 0);
    assert_string_equal(taken(&shelf, 1), "short");
    shelf_give_back(&shelf, (Id){20}, 4);
    assert_string_equal(taken(&shelf, 4), "20:4");
}

static void what_is_not_there_waits_up_to_the_limit(void **state)
{
    (void)state;
    Shelf shelf = shelf_with(POLICY_BACKORDER, 5, (Time){0});
    assert_string_equal(taken(&shelf, 19), "short");
    assert_string_equal(taken(&shelf, 15), "30:3 20:10 0:2");
    assert_int_equal(shelf.waiting, 2);
    assert_string_equal(taken(&shelf, 4), "short");
    assert_string_equal(taken(&shelf, 3), "0:3");
    assert_string_equal(taken(&shelf, 1), "short");
    shelf_give_back(&shelf, (Id){0}, 1);
    assert_string_equal(taken(&shelf, 1), "0:1");
}

static void a_pre_order_ends_on_its_day(void **state)
{
    (void)state;
    Shelf before = shelf_with(POLICY_PREORDER, -1, (Time){1001});
    Shelf on_it = shelf_with(POLICY_PREORDER, -1, (Time){1000});
    assert_string_equal(taken(&before, 20), "30:3 20:10 0:7");
    assert_string_equal(taken(&on_it, 20), "short");
    assert_string_equal(taken(&on_it, 13), "30:3 20:10");
}

/* An empty shelf. */
static Availability told(StockPolicy policy, int64_t limit, int64_t waiting, int64_t available_at)
{
    Level level = {.variant = {1}, .location = {1}, .waiting = waiting};
    Shelf shelf = shelves_of(arena, (LevelList){&level, 1}).items[0];
    shelf_set_policy(&shelf, policy, limit, (Time){available_at});
    return shelf_availability(&shelf, now);
}

static void shoppers_are_told_how_it_can_be_had(void **state)
{
    (void)state;
    assert_int_equal(told(POLICY_DENY, -1, 0, 2000), AVAILABILITY_OUT);
    assert_int_equal(told(POLICY_BACKORDER, -1, 9, 0), AVAILABILITY_BACKORDER);
    assert_int_equal(told(POLICY_BACKORDER, 10, 9, 0), AVAILABILITY_BACKORDER);
    assert_int_equal(told(POLICY_BACKORDER, 9, 9, 0), AVAILABILITY_OUT);
    assert_int_equal(told(POLICY_PREORDER, -1, 9, 1001), AVAILABILITY_PREORDER);
    assert_int_equal(told(POLICY_PREORDER, -1, 9, 1000), AVAILABILITY_OUT);
    Shelf full = shelf_with(POLICY_BACKORDER, 10, (Time){0});
    assert_int_equal(shelf_availability(&full, now), AVAILABILITY_IN);
}

static void rows_become_shelves(void **state)
{
    (void)state;
    Level rows[] = {{.variant = {1}, .location = {1}, .on_hand = 1},
                    {.variant = {1}, .location = {2}},
                    {.variant = {4}, .location = {1}, .on_hand = 7, .waiting = 2}};
    ShelfList shelves = shelves_of(arena, (LevelList){rows, 3});
    assert_int_equal(shelves.n, 2);
    assert_int_equal(shelf_find(shelves, (Id){1})->n, 2);
    assert_int_equal(shelf_find(shelves, (Id){4})->waiting, 2);
    assert_null(shelf_find(shelves, (Id){2}));
    assert_null(shelf_level(shelf_find(shelves, (Id){4}), (Id){2}));
    shelf_level(shelf_find(shelves, (Id){4}), (Id){1})->on_hand = 8;
    assert_int_equal(shelf_find(shelves, (Id){4})->stored[0].on_hand, 7);
}

/* Two lines of one thing are one demand, or a last unit is sold twice. */
static void demand_is_summed_by_variant(void **state)
{
    (void)state;
    StockDemand lines[] = {{{3}, 1}, {{1}, 2}, {{3}, 4}, {{2}, 1}};
    StockDemandList summed = demands_summed(arena, (StockDemandList){lines, 4});
    assert_int_equal(summed.n, 3);
    for (int64_t i = 0; i < 3; i++) assert_int_equal(summed.items[i].variant.n, i + 1);
    assert_int_equal(summed.items[0].quantity, 2);
    assert_int_equal(summed.items[1].quantity, 1);
    assert_int_equal(summed.items[2].quantity, 5);
    assert_int_equal(lines[0].variant.n, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_location_that_has_it_all_serves),
        cmocka_unit_test(several_serve_when_none_has_it_all),
        cmocka_unit_test(what_is_not_there_waits_up_to_the_limit),
        cmocka_unit_test(a_pre_order_ends_on_its_day),
        cmocka_unit_test(shoppers_are_told_how_it_can_be_had),
        cmocka_unit_test(rows_become_shelves),
        cmocka_unit_test(demand_is_summed_by_variant),
    };
    return cmocka_run_group_tests_name("inventory_shelf", tests, setup, teardown);
}
