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
    product_check(&bad, product);
    for (size_t i = 0; i < bad.n; i++)
        if (str_eq(bad.items[i].pointer, str_from(pointer)) &&
            str_eq(str_from(bad.items[i].code->code), str_from(code)))
            return true;
    return false;
}

static bool is_fine(const Product *product)
{
    Violations bad = violations_new(arena);
    product_check(&bad, product);
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

static void finds_two_prices_for_one_currency(void **state)
{
    (void)state;
    Product product = product_of_two();
    Price prices[] = {
        {S("default"), {"EUR"}, {100}}, {S("web"), {"EUR"}, {90}}, {S("default"), {"EUR"}, {80}}};
    product.variants.items[1].prices = (PriceList){prices, 2};
    assert_true(is_fine(&product));
    product.variants.items[1].prices = (PriceList){prices, 3};
    assert_true(has_violation(&product, "/variants/1/prices/2", "repeated"));
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

/* ---- Merge patches ------------------------------------------------------------------------------
 */

static void patches_change_only_what_they_name(void **state)
{
    (void)state;
    Product product = seed_product(arena, 1);
    Str handle = product.handle;
    Product patch = {.title = S("New"), .handle = S("not-named")};
    MARK_SET(&product_type, &patch, Product, title);
    product_merge(&product, &patch);
    assert_true(str_eq(product.title, S("New")));
    assert_true(str_eq(product.handle, handle));
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
        cmocka_unit_test(a_variant_is_pointed_into_by_itself),
        cmocka_unit_test(patches_change_only_what_they_name),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
