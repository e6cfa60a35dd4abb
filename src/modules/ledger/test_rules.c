/* What the ledger decides: sums, entries of lines, and the journal of a person. */
#include "modules/ledger/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static Arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_new(4096);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void sums(void **state)
{
    (void)state;
    LedgerLine fine[] = {
        {&ledger_cash, {0}, {-119}}, {&ledger_sales, {0}, {100}}, {&ledger_tax, {0}, {19}}};
    assert_true(ledger_is_balanced(fine, 3));
    assert_false(ledger_is_balanced(fine, 2));
    assert_true(ledger_is_balanced(fine, 0));
    LedgerLine too_large[] = {{&ledger_cash, {0}, {INT64_MAX}},
                              {&ledger_sales, {0}, {INT64_MAX}},
                              {&ledger_tax, {0}, {2}}};
    assert_false(ledger_is_balanced(too_large, 3)); /* it would wrap to 0 */
}

static void lines_of_one_account_are_one_entry(void **state)
{
    (void)state;
    LedgerLeg legs[LEDGER_LINES_MAX];
    LedgerLine lines[] = {{&ledger_sales, {0}, {3}},   {&ledger_credit, {2}, {-10}},
                          {&ledger_cash, {0}, {5}},    {&ledger_sales, {0}, {7}},
                          {&ledger_credit, {1}, {-5}}, {&ledger_cash, {0}, {-5}},
                          {&ledger_credit, {1}, {5}}};
    size_t n = ledger_legs(arena, lines, sizeof lines / sizeof *lines, legs);
    assert_int_equal(n, 2); /* cash and the credit of 1 have cancelled out */
    assert_ptr_equal(legs[0].kind, &ledger_credit);
    assert_true(str_eq(legs[0].owner, S("user_0000000000002")));
    assert_int_equal(legs[0].credit.minor, -10);
    assert_ptr_equal(legs[1].kind, &ledger_sales);
    assert_int_equal(legs[1].owner.n, 0);
    assert_int_equal(legs[1].credit.minor, 10);
}

static void growth(void **state)
{
    (void)state;
    assert_int_equal(ledger_growth(&ledger_cash, (Money){5}).minor, -5);
    assert_int_equal(ledger_growth(&ledger_goodwill, (Money){5}).minor, -5);
    assert_int_equal(ledger_growth(&ledger_sales, (Money){5}).minor, 5);
    assert_int_equal(ledger_growth(&ledger_credit, (Money){5}).minor, 5);
}

static void units(void **state)
{
    (void)state;
    assert_true(ledger_is_unit(S("EUR")));
    assert_true(ledger_is_unit(S("points")));
    assert_false(ledger_is_unit(S("eur")));
    assert_false(ledger_is_unit(S("XXX")));
    assert_false(ledger_is_unit(S("")));
}

static void the_chart_has_its_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < ledger_kind_names.n; i++)
        assert_string_equal(ledger_kind_names.names[i], ledger_chart[i]->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sums),
                                       cmocka_unit_test(lines_of_one_account_are_one_entry),
                                       cmocka_unit_test(growth), cmocka_unit_test(units),
                                       cmocka_unit_test(the_chart_has_its_names)};
    return cmocka_run_group_tests_name("ledger rules", tests, open_arena, close_arena);
}
