#include "modules/catalog/rules.h"
#include "modules/catalog/seed.h"

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

/* ---- Whole products -----------------------------------------------------------------------------
 */

static bool has_violation(const Product *product, const char *pointer, const char *code)
{
    Violations bad = violations_new(arena);
    product_check(&bad, product, NULL);
    for (size_t i = 0; i < bad.n; i++)
        if (str_eq(bad.items[i].pointer, str_from(pointer)) &&
            str_eq(str_from(bad.items[i].code->code), str_from(code)))
            return true;
    return false;
}

static bool is_fine(const Product *product)
{
    Violations bad = violations_new(arena);
    product_check(&bad, product, NULL);
    return bad.n == 0;
}

static void made_up_products_keep_the_rules(void **state)
{
    (void)state;
    for (int64_t n = 1; n <= 500; n++) {
        Product product = seed_product(arena, n);
        assert_true(is_fine(&product));
        Violations bad = violations_new(arena);
        if (!check_object(&bad, NULL, &product_type, &product))
            fail_msg("%lld: %.*s %.*s", (long long)n, STR_ARG(bad.items[0].pointer),
                     STR_ARG(bad.items[0].message));
        assert_true(product.variants.n >= 1 && product.variants.n <= 5);
    }
}

static void made_up_products_are_always_the_same(void **state)
{
    (void)state;
    Product a = seed_product(arena, 4711), b = seed_product(arena, 4711),
            c = seed_product(arena, 4712);
    assert_true(str_eq(a.handle, b.handle));
    assert_int_equal(a.variants.items[0].prices.items[0].amount.minor,
                     b.variants.items[0].prices.items[0].amount.minor);
    assert_false(str_eq(a.handle, c.handle));
}

static void finds_options_named_twice(void **state)
{
    (void)state;
    Product product = seed_product(arena, 1);
    Option twice[] = {product.options.items[0], product.options.items[0]};
    product.options = (OptionList){twice, 2};
    product.variants.n = 0;
    assert_true(has_violation(&product, "/options/1", "repeated"));
}

static void finds_values_offered_twice(void **state)
{
    (void)state;
    Product product = seed_product(arena, 1);
    Str values[] = {S("S"), S("M"), S("S")};
    Option size = {S("Size"), {values, 3}};
    product.options = (OptionList){&size, 1};
    product.variants.n = 0;
    assert_true(has_violation(&product, "/options/0/values/2", "repeated"));
}

static void finds_variants_outside_the_options(void **state)
{
    (void)state;
    Product product = seed_product(arena, 1);
    Str purple = S("Purple");
    product.variants.items[0].options = (StrList){&purple, 1};
    assert_true(has_violation(&product, "/variants/0/options/0", "not_an_option"));
    product.variants.items[0].options.n = 0;
    assert_true(has_violation(&product, "/variants/0/options", "not_an_option"));
}

static Product product_of_two(void)
{
    Product product = seed_product(arena, 1);
    Str *values = NEW_N(arena, Str, 2);
    values[0] = S("S");
    values[1] = S("M");
    Option *size = NEW(arena, Option);
    *size = (Option){S("Size"), {values, 2}};
    product.options = (OptionList){size, 1};
    Variant first = product.variants.items[0];
    product.variants = (VariantList){NEW_N(arena, Variant, 2), 2};
    for (size_t i = 0; i < 2; i++) {
        product.variants.items[i] = first;
        product.variants.items[i].sku = i ? S("two") : S("one");
        product.variants.items[i].options = (StrList){values + i, 1};
    }
    return product;
}

static void finds_variants_of_the_same_choice(void **state)
{
    (void)state;
    Product product = product_of_two();
    assert_true(is_fine(&product));
    product.variants.items[1].options = product.variants.items[0].options;
    assert_true(has_violation(&product, "/variants/1/options", "repeated"));
}

static void finds_the_same_sku_twice(void **state)
{
    (void)state;
    Product product = product_of_two();
    product.variants.items[1].sku = product.variants.items[0].sku;
    assert_true(has_violation(&product, "/variants/1/sku", "repeated"));
    product.variants.items[0].sku = product.variants.items[1].sku = (Str){0};
    assert_true(is_fine(&product)); /* no SKU is not the same SKU */
}

static Price make_price(const char *channel, int64_t minor)
{
    return (Price){
        .channel = str_from(channel), .currency = {"EUR"}, .amount = {minor}, .min_quantity = 1};
}

static void starts(Price *price, int64_t us)
{
    price->starts_at = (Time){us};
    MARK_SET(&price_type, price, Price, starts_at);
}

static void ends(Price *price, int64_t us)
{
    price->ends_at = (Time){us};
    MARK_SET(&price_type, price, Price, ends_at);
}

static void finds_two_prices_for_one_currency(void **state)
{
    (void)state;
    Product product = product_of_two();
    Price prices[] = {make_price("default", 100), make_price("web", 90), make_price("default", 80)};
    product.variants.items[1].prices = (Prices){prices, 2};
    assert_true(is_fine(&product));
    product.variants.items[1].prices = (Prices){prices, 3};
    assert_true(has_violation(&product, "/variants/1/prices/2", "repeated"));
    prices[2].min_quantity = 10; /* a better price for many is another one */
    assert_true(is_fine(&product));
}

static void finds_prices_that_contradict_themselves(void **state)
{
    (void)state;
    Product product = product_of_two();
    Price price = make_price("default", 100);
    price.compare_at = (Money){100};
    MARK_SET(&price_type, &price, Price, compare_at);
    product.variants.items[0].prices = (Prices){&price, 1};
    assert_true(has_violation(&product, "/variants/0/prices/0", "contradiction"));
    price.compare_at = (Money){101};
    assert_true(is_fine(&product));
    starts(&price, 50);
    ends(&price, 50);
    assert_true(has_violation(&product, "/variants/0/prices/0", "contradiction"));
}

static void finds_attributes_that_their_type_does_not_have_so(void **state)
{
    (void)state;
    AttributeRule rules[] = {{.name = S("Length"), .kind = ATTRIBUTE_NUMBER, .required = true},
                             {.name = S("Colour"),
                              .kind = ATTRIBUTE_CHOICE,
                              .choices = {(Str[]){S("red"), S("blå")}, 2}},
                             {.name = S("Washable"), .kind = ATTRIBUTE_BOOLEAN}};
    ProductType type = {.name = S("Scarf"), .attributes = {rules, 3}};
    Attribute good[] = {{S("Length"), {S("1.5")}},
                        {S("Colour"), {S("\"bl\\u00e5\"")}},
                        {S("Washable"), {S("false")}},
                        {S("Free"), {S("\"anything\"")}}};
    Product product = product_of_two();
    product.attributes = (AttributeList){good, 4};
    Violations bad = violations_new(arena);
    product_check(&bad, &product, &type);
    assert_int_equal(bad.n, 0);

    Attribute wrong[] = {
        {S("Colour"), {S("\"green\"")}}, {S("Washable"), {S("\"no\"")}}, {S("Free"), {S("[1]")}}};
    product.attributes = (AttributeList){wrong, 3};
    product_check(&bad, &product, &type);
    assert_int_equal(bad.n, 4); /* each, and the length that is missing */
}

/* ---- Prices in force ---------------------------------------------------------------------------
 */

static void the_price_that_started_last_is_in_force(void **state)
{
    (void)state;
    Price prices[] = {make_price("default", 100), make_price("default", 80),
                      make_price("default", 90), make_price("web", 70), make_price("default", 60)};
    starts(&prices[1], 1000);
    ends(&prices[1], 2000);
    prices[2].min_quantity = 10;
    prices[4].price_list = (Id){7};
    Prices all = {prices, 5};

    Time until = {0};
    Prices seen = prices_in_force(arena, all, S("default"), (Time){999}, &until);
    assert_int_equal(seen.n, 2);
    assert_int_equal(seen.items[0].amount.minor, 100);
    assert_int_equal(seen.items[1].amount.minor, 90);
    assert_int_equal(until.us, 1000);

    until = (Time){0};
    seen = prices_in_force(arena, all, S("default"), (Time){1000}, &until);
    assert_int_equal(seen.items[0].amount.minor, 80);
    assert_int_equal(until.us, 2000);

    until = (Time){0};
    seen = prices_in_force(arena, all, S("default"), (Time){2000}, &until);
    assert_int_equal(seen.items[0].amount.minor, 100);
    assert_int_equal(until.us, 0);
}

/* ---- One variant --------------------------------------------------------------------------------
 */

static void a_variant_is_pointed_into_by_itself(void **state)
{
    (void)state;
    Product product = product_of_two();
    const Variant *first = &product.variants.items[0];
    Violations bad = violations_new(arena);
    variant_check(&bad, &product, first);
    assert_int_equal(bad.n, 0);

    product.variants.items[1].options = first->options; /* a later one counts as well */
    variant_check(&bad, &product, first);
    assert_int_equal(bad.n, 1);
    assert_string_equal(str_z(arena, bad.items[0].pointer), "/options");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_up_products_keep_the_rules),
        cmocka_unit_test(made_up_products_are_always_the_same),
        cmocka_unit_test(finds_options_named_twice),
        cmocka_unit_test(finds_values_offered_twice),
        cmocka_unit_test(finds_variants_outside_the_options),
        cmocka_unit_test(finds_variants_of_the_same_choice),
        cmocka_unit_test(finds_the_same_sku_twice),
        cmocka_unit_test(finds_two_prices_for_one_currency),
        cmocka_unit_test(finds_prices_that_contradict_themselves),
        cmocka_unit_test(finds_attributes_that_their_type_does_not_have_so),
        cmocka_unit_test(the_price_that_started_last_is_in_force),
        cmocka_unit_test(a_variant_is_pointed_into_by_itself),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
