#include "base/money.h"
#include "base/random.h"

#include <setjmp.h>

#include <cmocka.h>

static Money money(int64_t minor)
{
    return (Money){minor};
}

/* Small numbers, large ones and the edges, of both signs. */
static int64_t random_number(const Random *random)
{
    static const int64_t edges[] = {0, 1, -1, INT64_MAX, INT64_MIN, INT64_MAX - 1, INT64_MIN + 1};
    if (random_below(random, 8) == 0) return edges[random_below(random, 7)];
    return (int64_t)random_u64(random) >> random_below(random, 64);
}

static void arithmetic_is_exact_or_refused(void **state)
{
    (void)state;
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 7);
    int refused = 0;
    for (int i = 0; i < 200000; i++) {
        int64_t a = random_number(&random), b = random_number(&random);
        __int128 exact[] = {(__int128)a + b, (__int128)a - b, (__int128)a * b};
        Money results[] = {money(99), money(99), money(99)};
        bool done[] = {money_add(money(a), money(b), &results[0]),
                       money_subtract(money(a), money(b), &results[1]),
                       money_times(money(a), b, &results[2])};
        for (int k = 0; k < 3; k++) {
            bool fits = exact[k] >= INT64_MIN && exact[k] <= INT64_MAX;
            assert_int_equal(done[k], fits);
            assert_true(results[k].minor == (fits ? (int64_t)exact[k] : 99));
            refused += !fits;
        }
    }
    assert_in_range(refused, 1000, 500000);
}

/* ---- money_ratio ----------------------------------------------------------------------------- */

static __int128 size_of(__int128 x)
{
    return x < 0 ? -x : x;
}

/* The nearest whole number by trying the neighbours; ties go where the mode says. */
static __int128 nearest(__int128 product, int64_t denominator, Rounding rounding)
{
    __int128 start = product / denominator, best = start;
    for (__int128 candidate = start - 1; candidate <= start + 1; candidate++) {
        __int128 off = size_of(product - candidate * denominator);
        __int128 best_off = size_of(product - best * denominator);
        bool wins_tie = rounding == ROUND_HALF_UP     ? size_of(candidate) > size_of(best)
                        : rounding == ROUND_HALF_DOWN ? size_of(candidate) < size_of(best)
                                                      : candidate % 2 == 0;
        if (off < best_off || (off == best_off && wins_tie)) best = candidate;
    }
    return best;
}

static void ratios_agree_with_trying_the_neighbours(void **state)
{
    (void)state;
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 8);
    int refused = 0, ties = 0;
    for (int i = 0; i < 300000; i++) {
        int64_t a = random_number(&random), numerator = random_number(&random);
        int64_t denominator = random_number(&random);
        if (i % 2) { /* small enough to meet ties often */
            a %= 1000;
            numerator %= 100;
            denominator = 2 * (int64_t)(1 + random_below(&random, 20));
        }
        if (denominator <= 0) continue;
        __int128 product = (__int128)a * numerator;
        ties += size_of(product % denominator) * 2 == denominator;
        for (Rounding rounding = ROUND_HALF_EVEN; rounding <= ROUND_HALF_DOWN; rounding++) {
            __int128 expected = nearest(product, denominator, rounding);
            bool fits = expected >= INT64_MIN && expected <= INT64_MAX;
            Money result = money(99);
            assert_int_equal(money_ratio(money(a), numerator, denominator, rounding, &result),
                             fits);
            assert_true(result.minor == (fits ? (int64_t)expected : 99));
            refused += !fits;
        }
    }
    assert_in_range(refused, 1000, 900000);
    assert_in_range(ties, 1000, 300000);
}

static void rounding_cases(void **state)
{
    (void)state;
    static const struct {
        int64_t a, numerator, denominator, even, up, down;
    } cases[] = {
        {5, 1, 2, 2, 3, 2},             /* 2.5 */
        {7, 1, 2, 4, 4, 3},             /* 3.5 */
        {-5, 1, 2, -2, -3, -2},         /* -2.5 */
        {-7, 1, 2, -4, -4, -3},         /* -3.5 */
        {1, 1, 2, 0, 1, 0},             /* 0.5 */
        {-1, 1, 2, 0, -1, 0},           /* -0.5 */
        {1999, 19, 100, 380, 380, 380}, /* 379.81 */
        {250, 19, 1000, 5, 5, 5},       /* 4.75 */
        {-250, -19, 1000, 5, 5, 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Money even, up, down;
        int64_t numerator = cases[i].numerator, denominator = cases[i].denominator;
        assert_true(money_ratio(money(cases[i].a), numerator, denominator, ROUND_HALF_EVEN, &even));
        assert_true(money_ratio(money(cases[i].a), numerator, denominator, ROUND_HALF_UP, &up));
        assert_true(money_ratio(money(cases[i].a), numerator, denominator, ROUND_HALF_DOWN, &down));
        assert_true(even.minor == cases[i].even);
        assert_true(up.minor == cases[i].up);
        assert_true(down.minor == cases[i].down);
    }
    Money result = money(99);
    assert_false(money_ratio(money(1), 1, 0, ROUND_HALF_EVEN, &result));
    assert_false(money_ratio(money(1), 1, -2, ROUND_HALF_EVEN, &result));
    assert_true(result.minor == 99);
}

/* ---- money_split ----------------------------------------------------------------------------- */

enum { PARTS_MAX = 24 };

typedef struct Split {
    int64_t total, weights[PARTS_MAX], sum;
    size_t count;
    Money parts[PARTS_MAX];
} Split;

static void random_split(const Random *random, Split *split)
{
    split->total = random_number(random);
    split->count = 1 + random_below(random, PARTS_MAX);
    int shift = 5 + (int)random_below(random, 58); /* 24 weights of 58 bits may still overflow */
    do {
        __int128 sum = 0;
        for (size_t i = 0; i < split->count; i++) {
            bool none = random_below(random, 6) == 0;
            split->weights[i] = none ? 0 : (int64_t)(random_u64(random) >> shift);
            sum += split->weights[i];
        }
        split->sum = sum > INT64_MAX ? 0 : (int64_t)sum;
        if (shift < 60) shift++;
    } while (split->sum == 0);
}

/* Hamilton's rule in exact arithmetic: each part is its quota rounded up or down, and none that was
 * rounded up had a smaller remainder, or the same and a later place, than one that was rounded
 * down. */
static void check_split(const Split *split)
{
    __int128 added = 0, remainders[PARTS_MAX] = {0};
    bool up[PARTS_MAX] = {0};
    for (size_t i = 0; i < split->count; i++) {
        __int128 quota = size_of((__int128)split->total * split->weights[i]); /* times sum */
        __int128 part = size_of(split->parts[i].minor);
        assert_true(split->parts[i].minor == 0 ||
                    (split->parts[i].minor < 0) == (split->total < 0));
        remainders[i] = quota % split->sum;
        up[i] = part == quota / split->sum + 1;
        assert_true(up[i] || part == quota / split->sum);
        assert_true(!up[i] || remainders[i] > 0);
        added += split->parts[i].minor;
    }
    assert_true(added == split->total);
    for (size_t i = 0; i < split->count; i++)
        for (size_t k = 0; k < split->count; k++)
            if (up[i] && !up[k])
                assert_true(remainders[i] > remainders[k] ||
                            (remainders[i] == remainders[k] && i < k));
}

static void splits_add_up_and_are_fair(void **state)
{
    (void)state;
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 9);
    for (int i = 0; i < 30000; i++) {
        Split split = {0};
        random_split(&random, &split);
        if (i % 3 == 0) { /* equal weights: ties everywhere */
            split.sum = (int64_t)split.count * 7;
            for (size_t k = 0; k < split.count; k++) split.weights[k] = 7;
        }
        assert_true(money_split(money(split.total), split.weights, split.count, split.parts));
        check_split(&split);
    }
}

static void split_cases(void **state)
{
    (void)state;
    Money parts[3];
    assert_true(money_split(money(100), (int64_t[]){1, 1, 1}, 3, parts));
    assert_true(parts[0].minor == 34 && parts[1].minor == 33 && parts[2].minor == 33);
    assert_true(money_split(money(-100), (int64_t[]){1, 1, 1}, 3, parts));
    assert_true(parts[0].minor == -34 && parts[1].minor == -33 && parts[2].minor == -33);
    assert_true(money_split(money(5), (int64_t[]){0, 3, 7}, 3, parts)); /* 0, 1.5, 3.5 */
    assert_true(parts[0].minor == 0 && parts[1].minor == 2 && parts[2].minor == 3);
    assert_true(money_split(money(INT64_MIN), (int64_t[]){INT64_MAX}, 1, parts));
    assert_true(parts[0].minor == INT64_MIN);
}

static void impossible_splits_touch_nothing(void **state)
{
    (void)state;
    Money parts[2] = {{99}, {99}};
    assert_false(money_split(money(5), NULL, 0, parts));
    assert_false(money_split(money(5), (int64_t[]){0, 0}, 2, parts));
    assert_false(money_split(money(5), (int64_t[]){3, -1}, 2, parts));
    assert_false(money_split(money(5), (int64_t[]){INT64_MAX, 1}, 2, parts));
    assert_true(parts[0].minor == 99 && parts[1].minor == 99);
}

/* ---- currencies and text --------------------------------------------------------------------- */

static void the_table_holds_the_currencies_of_2024(void **state)
{
    (void)state;
    int count[5] = {0};
    char code[4] = "AAA";
    for (code[0] = 'A'; code[0] <= 'Z'; code[0]++)
        for (code[1] = 'A'; code[1] <= 'Z'; code[1]++)
            for (code[2] = 'A'; code[2] <= 'Z'; code[2]++) {
                Currency currency;
                if (!currency_parse(str_from(code), &currency)) continue;
                assert_string_equal(currency.code, code);
                count[currency_exponent(currency)]++;
            }
    /* List one of 2024-06-25 has 30, 140, 7 and 2 codes with 0, 2, 3 and 4 digits (N.A. counted as
     * 0); of these 14, 6, 0 and 1 are not money. */
    assert_int_equal(count[0], 16);
    assert_int_equal(count[1], 0);
    assert_int_equal(count[2], 134);
    assert_int_equal(count[3], 7);
    assert_int_equal(count[4], 1);
}

static Currency currency(const char *code)
{
    Currency c;
    if (!currency_parse(str_from(code), &c)) fail_msg("%s is not known", code);
    return c;
}

static void currency_cases(void **state)
{
    (void)state;
    assert_int_equal(currency_exponent(currency("AED")), 2);
    assert_int_equal(currency_exponent(currency("ZWG")), 2);
    assert_int_equal(currency_exponent(currency("JPY")), 0);
    assert_int_equal(currency_exponent(currency("XPF")), 0);
    assert_int_equal(currency_exponent(currency("KWD")), 3);
    assert_int_equal(currency_exponent(currency("CLF")), 4);
    assert_int_equal(currency_exponent((Currency){0}), 2);
    assert_true(currency_eq(currency("EUR"), currency("EUR")));
    assert_false(currency_eq(currency("EUR"), currency("USD")));
    Currency eur = currency("EUR"), none = {0};
    assert_true(str_eq(currency_text(&eur), S("EUR")));
    assert_true(str_eq(currency_text(&none), S("")));
    static const char *const bad[] = {"",    "EU",  "EURO", "eur", "XAU", "XXX", "XTS",
                                      "XDR", "USN", "DEM",  "E2B", "2BD", "€"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Currency c = eur;
        assert_false(currency_parse(str_from(bad[i]), &c));
        assert_true(currency_eq(c, eur));
    }
}

static void decimals_are_read_exactly(void **state)
{
    (void)state;
    static const struct {
        const char *text, *currency;
        int64_t minor;
    } good[] = {
        {"19.99", "EUR", 1999},
        {"-3", "EUR", -300},
        {"0", "EUR", 0},
        {"0.5", "EUR", 50},
        {"-0.05", "EUR", -5},
        {"1234", "JPY", 1234},
        {"1.234", "KWD", 1234},
        {"1.2", "KWD", 1200},
        {"0.0001", "CLF", 1},
        {"92233720368547758.07", "EUR", INT64_MAX},
        {"-92233720368547758.08", "EUR", INT64_MIN},
        {"-9223372036854775808", "JPY", INT64_MIN},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        Money result = money(99);
        if (!money_parse(str_from(good[i].text), currency(good[i].currency), &result))
            fail_msg("refused %s", good[i].text);
        if (result.minor != good[i].minor) fail_msg("misread %s", good[i].text);
    }
    static const struct {
        const char *text, *currency;
    } bad[] = {
        {"", "EUR"},
        {"-", "EUR"},
        {".5", "EUR"},
        {"5.", "EUR"},
        {"5.", "JPY"},
        {"5.0", "JPY"},
        {"1.999", "EUR"},
        {"1.000", "EUR"},
        {"+1", "EUR"},
        {" 1", "EUR"},
        {"1 ", "EUR"},
        {"1,5", "EUR"},
        {"1e2", "EUR"},
        {"01", "EUR"},
        {"00.5", "EUR"},
        {"1.2.3", "EUR"},
        {"1.-2", "EUR"},
        {"--1", "EUR"},
        {"-.5", "EUR"},
        {"1_000", "EUR"},
        {"92233720368547758.08", "EUR"},
        {"0x10", "EUR"},
        {"NaN", "EUR"},
        {"-92233720368547758.09", "EUR"},
        {"1.2a", "EUR"},
        {"99999999999999999999", "JPY"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Money result = money(99);
        if (money_parse(str_from(bad[i].text), currency(bad[i].currency), &result))
            fail_msg("accepted %s", bad[i].text);
        assert_true(result.minor == 99);
    }
}

static void text_round_trips(void **state)
{
    (void)state;
    Arena *arena = arena_new(4096);
    assert_true(str_eq(money_text(arena, money(1999), currency("EUR")), S("19.99")));
    assert_true(str_eq(money_text(arena, money(-5), currency("EUR")), S("-0.05")));
    assert_true(str_eq(money_text(arena, money(0), currency("KWD")), S("0.000")));
    assert_true(str_eq(money_text(arena, money(1999), currency("JPY")), S("1999")));
    assert_true(
        str_eq(money_text(arena, money(INT64_MIN), currency("CLF")), S("-922337203685477.5808")));
    static const char *const codes[] = {"JPY", "EUR", "KWD", "CLF"};
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 10);
    for (int i = 0; i < 40000; i++) {
        Money before = money(random_number(&random)), after;
        Currency c = currency(codes[i % 4]);
        assert_true(money_parse(money_text(arena, before, c), c, &after));
        assert_true(after.minor == before.minor);
        arena_reset(arena);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic_is_exact_or_refused),
        cmocka_unit_test(ratios_agree_with_trying_the_neighbours),
        cmocka_unit_test(rounding_cases),
        cmocka_unit_test(splits_add_up_and_are_fair),
        cmocka_unit_test(split_cases),
        cmocka_unit_test(impossible_splits_touch_nothing),
        cmocka_unit_test(the_table_holds_the_currencies_of_2024),
        cmocka_unit_test(currency_cases),
        cmocka_unit_test(decimals_are_read_exactly),
        cmocka_unit_test(text_round_trips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
