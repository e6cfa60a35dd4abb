/* Sums of carts and orders, by random amounts in currencies of 0, 2 and 3 decimals. */
#include "modules/display/display.h"

#include "base/random.h"

#include <setjmp.h>

#include <cmocka.h>

enum { LINES = 12, ROUNDS = 20000 };

static const char *const codes[] = {"JPY", "EUR", "KWD"};

/* Prices as shops have them, and now and then 0, one, or as much as there can be. */
static Money random_amount(const Random *random, Currency currency)
{
    int64_t unit = 1;
    for (int i = 0; i < currency_exponent(currency); i++) unit *= 10;
    switch (random_below(random, 6)) {
    case 0:
        return (Money){0};
    case 1:
        return (Money){1};
    case 2:
        return (Money){(int64_t)random_below(random, 1000000000000)};
    default:
        return (Money){(int64_t)random_below(random, (uint64_t)(200 * unit)) + 1};
    }
}

static void a_discount_is_spread_to_the_last_unit(void **state)
{
    (void)state;
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 5);
    int clamped = 0, uneven = 0;
    for (int round = 0; round < ROUNDS; round++) {
        Currency currency;
        assert_true(currency_parse(str_from(codes[round % 3]), &currency));
        Money amounts[LINES], shares[LINES], spread, sum = {0}, parts = {0};
        size_t n = random_below(&random, LINES) + 1;
        for (size_t i = 0; i < n; i++) amounts[i] = random_amount(&random, currency);
        for (size_t i = 0; i < n; i++) sum.minor += amounts[i].minor;
        Money discount = random_amount(&random, currency);
        assert_true(totals_spread(discount, amounts, n, shares, &spread));
        for (size_t i = 0; i < n; i++) {
            assert_true(shares[i].minor >= 0 && shares[i].minor <= amounts[i].minor);
            parts.minor += shares[i].minor;
        }
        int64_t most = discount.minor < sum.minor ? discount.minor : sum.minor;
        assert_true(spread.minor == most && parts.minor == most);
        clamped += discount.minor > sum.minor;
        uneven += n > 1 && most % (int64_t)n != 0;
        Totals totals = {currency, sum, spread, {random_amount(&random, currency).minor}, {0}, {0}};
        assert_true(totals_add_up(&totals));
        assert_true(totals_hold(&totals) && totals.total.minor >= totals.shipping.minor);
    }
    assert_in_range(clamped, 100, ROUNDS - 100); /* both happen often */
    assert_in_range(uneven, 100, ROUNDS - 100);
}

/* 10.00 over three equal lines: two cents more than 3.33 each, hence one line has 3.34. */
static void what_is_left_over_goes_to_the_largest_remainders(void **state)
{
    (void)state;
    Money thirds[] = {{1000}, {1000}, {1000}}, shares[3], spread;
    assert_true(totals_spread((Money){1000}, thirds, 3, shares, &spread));
    assert_int_equal(shares[0].minor, 334);
    assert_int_equal(shares[1].minor, 333);
    assert_int_equal(shares[2].minor, 333);
    Money free_line[] = {{0}, {1}}; /* what costs nothing gets nothing off */
    assert_true(totals_spread((Money){1}, free_line, 2, shares, &spread));
    assert_int_equal(shares[0].minor, 0);
    assert_int_equal(shares[1].minor, 1);
}

/* medusa#14899: two promotions that together are worth more than the cart. */
static void a_discount_never_makes_a_sum_negative(void **state)
{
    (void)state;
    Money amounts[] = {{500}, {300}}, shares[2], spread;
    assert_true(totals_spread((Money){600 + 700}, amounts, 2, shares, &spread));
    assert_int_equal(spread.minor, 800);
    assert_int_equal(shares[0].minor, 500);
    assert_int_equal(shares[1].minor, 300);
    Totals totals = {.subtotal = {800}, .discount = spread, .shipping = {490}};
    assert_true(totals_add_up(&totals));
    assert_int_equal(totals.total.minor, 490);
    totals.discount.minor = 801;
    totals.total.minor = 7;
    assert_false(totals_add_up(&totals));
    assert_int_equal(totals.total.minor, 7);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    Money large[] = {{INT64_MAX}, {1}}, shares[2] = {{7}, {7}}, spread = {7};
    assert_false(totals_spread((Money){1}, large, 2, shares, &spread));
    Money negative[] = {{-1}, {1}};
    assert_false(totals_spread((Money){1}, negative, 2, shares, &spread));
    assert_false(totals_spread((Money){-1}, &large[1], 1, shares, &spread));
    assert_true(shares[0].minor == 7 && spread.minor == 7);
    Totals totals = {.subtotal = {INT64_MAX}, .shipping = {1}, .total = {7}};
    assert_false(totals_add_up(&totals));
    assert_false(totals_hold(&totals));
    totals = (Totals){.subtotal = {1}, .tax = {-1}, .total = {0}};
    assert_false(totals_hold(&totals));
    assert_true(totals_spread((Money){5}, NULL, 0, NULL, &spread));
    assert_int_equal(spread.minor, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_discount_is_spread_to_the_last_unit),
        cmocka_unit_test(what_is_left_over_goes_to_the_largest_remainders),
        cmocka_unit_test(a_discount_never_makes_a_sum_negative),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
