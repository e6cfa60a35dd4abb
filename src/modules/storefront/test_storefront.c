#include "modules/storefront/choices.h"
#include "modules/storefront/figures.h"

#include <setjmp.h>
#include <stdarg.h>

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

static void assert_text(Str actual, const char *expected)
{
    assert_string_equal(str_z(arena, actual), expected);
}

/* ---- Figures --------------------------------------------------------------------------------- */

static Currency currency(const char *code)
{
    Currency currency;
    assert_true(currency_parse(str_from(code), &currency));
    return currency;
}

static void what_is_true_is_a_yes(void **state)
{
    (void)state;
    assert_text(fact_text(S("true")), "yes");
    assert_text(fact_text(S("false")), "no");
    assert_text(fact_text(S("Linen")), "Linen");
}

static void prices_are_written_as_the_language_does(void **state)
{
    (void)state;
    static const struct {
        int64_t minor;
        const char *currency, *locale, *text;
    } rows[] = {
        {1290, "EUR", "en", "€12.90"},
        {1290, "EUR", "de", "12,90\u00A0€"},
        {1290, "USD", "en-US", "$12.90"},
        {1290, "USD", "de-AT", "12,90\u00A0$"},
        {1290, "JPY", "en", "¥1,290"},
        {1290, "JPY", "de", "1.290\u00A0¥"},
        {1290, "KWD", "en", "1.290\u00A0KWD"},
        {1290, "KWD", "de", "1,290\u00A0KWD"},
        {123456789, "EUR", "en", "€1,234,567.89"},
        {123456789, "EUR", "de", "1.234.567,89\u00A0€"},
        {123456789, "EUR", "fr", "1\u00A0234\u00A0567,89\u00A0€"},
        {123456789, "EUR", "nl", "€\u00A01.234.567,89"},
        {1290, "EUR", "eng", "12,90\u00A0€"}, /* no English, though it begins so */
        {5, "EUR", "en", "€0.05"},
        {0, "JPY", "en", "¥0"},
    };
    for (size_t i = 0; i < ROWS(rows); i++)
        assert_text(price_text(arena, (Money){rows[i].minor}, currency(rows[i].currency),
                               str_from(rows[i].locale)),
                    rows[i].text);
}

static void counts_have_their_thousands_apart(void **state)
{
    (void)state;
    assert_text(count_text(arena, 0, S("en")), "0");
    assert_text(count_text(arena, 999, S("en")), "999");
    assert_text(count_text(arena, 1000, S("en")), "1,000");
    assert_text(count_text(arena, 100000, S("en")), "100,000");
    assert_text(count_text(arena, 100000, S("de")), "100.000");
    assert_text(count_text(arena, 1234567, S("sk-SK")), "1\u00A0234\u00A0567");
    assert_text(count_text(arena, -100, S("en")), "-100");
    assert_text(count_text(arena, INT64_MIN, S("en")), "-9,223,372,036,854,775,808");
}

static Price one_price(const char *code, int64_t minor, int64_t min_quantity)
{
    return (Price){.currency = currency(code), .amount = {minor}, .min_quantity = min_quantity};
}

static void the_lowest_price_is_of_one_piece_in_the_wanted_currency(void **state)
{
    (void)state;
    Price small[] = {one_price("USD", 500, 1), one_price("EUR", 1290, 1),
                     one_price("EUR", 900, 10)};
    Price large[] = {one_price("EUR", 1190, 1)};
    Variant variants[] = {{.prices = {small, ROWS(small)}}, {.prices = {large, ROWS(large)}}};
    Price lowest;
    bool several;

    assert_true(lowest_price(&(VariantList){variants, 2}, currency("EUR"), &lowest, &several));
    assert_int_equal(lowest.amount.minor, 1190);
    assert_true(several);

    assert_true(lowest_price(&(VariantList){variants, 1}, currency("EUR"), &lowest, &several));
    assert_int_equal(lowest.amount.minor, 1290);
    assert_false(several);

    /* Where there is none in the wanted currency, the first that there is, and not one of another. */
    assert_true(lowest_price(&(VariantList){variants, 2}, currency("GBP"), &lowest, &several));
    assert_text(currency_text(&lowest.currency), "USD");
    assert_int_equal(lowest.amount.minor, 500);
    assert_false(several);
}

static void without_a_price_there_is_no_lowest(void **state)
{
    (void)state;
    Price many[] = {one_price("EUR", 900, 10)};
    Variant variants[] = {{.prices = {many, 1}}, {.prices = {0}}};
    Price lowest;
    bool several;
    assert_false(lowest_price(&(VariantList){variants, 2}, currency("EUR"), &lowest, &several));
    assert_false(lowest_price(&(VariantList){0}, currency("EUR"), &lowest, &several));
}

/* ---- Choices --------------------------------------------------------------------------------- */

static Choices some_choices(void)
{
    static Str vendors[] = {S_INIT("Alder & Sons"), S_INIT("Øst=Vest?")};
    ProductQuery query = {.q = S("tea pot"), .vendor = {vendors, 2}, .cursor = S("here")};
    return choices_of(arena, &query);
}

static void a_choice_is_made_and_taken_back(void **state)
{
    (void)state;
    Choices choices = some_choices();
    assert_text(choices_toggled(&choices, "tag", S("new")),
                "/?q=tea%20pot&vendor=Alder%20%26%20Sons&vendor=%C3%98st%3DVest%3F&tag=new");
    assert_true(choices_have(&choices, "vendor", S("Alder & Sons")));
    assert_false(choices_have(&choices, "tag", S("Alder & Sons")));
    assert_text(choices_toggled(&choices, "vendor", S("Alder & Sons")),
                "/?q=tea%20pot&vendor=%C3%98st%3DVest%3F");
}

static void a_value_stands_instead_of_all_others(void **state)
{
    (void)state;
    Choices choices = some_choices();
    assert_text(choices_with(&choices, "vendor", S("Elm")), "/?q=tea%20pot&vendor=Elm");
    assert_text(choices_with(&choices, "vendor", S("")), "/?q=tea%20pot");
}

static void nothing_chosen_is_the_window_itself(void **state)
{
    (void)state;
    Choices none = choices_of(arena, &(ProductQuery){0});
    assert_text(choices_with(&none, "category", S("")), "/");
    assert_text(choices_toggled(&none, "attribute", S("Size:10 \"wide\"")),
                "/?attribute=Size%3A10%20%22wide%22");
}

static void zero_and_false_are_choices_when_they_were_made(void **state)
{
    (void)state;
    ProductQuery query = {0};
    MARK_SET(&product_query_type, &query, ProductQuery, price_min);
    MARK_SET(&product_query_type, &query, ProductQuery, in_stock);
    Choices choices = choices_of(arena, &query);
    assert_text(choices_with(&choices, "q", S("")), "/?price_min=0&in_stock=false");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_true_is_a_yes, setup, teardown),
        cmocka_unit_test_setup_teardown(prices_are_written_as_the_language_does, setup, teardown),
        cmocka_unit_test_setup_teardown(counts_have_their_thousands_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(the_lowest_price_is_of_one_piece_in_the_wanted_currency,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_price_there_is_no_lowest, setup, teardown),
        cmocka_unit_test_setup_teardown(a_choice_is_made_and_taken_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_value_stands_instead_of_all_others, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_chosen_is_the_window_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(zero_and_false_are_choices_when_they_were_made, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
