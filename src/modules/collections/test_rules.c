#include "modules/collections/rules.h"

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

/* ---- Rules ----------------------------------------------------------------------------------- */

/* What is wrong with a collection of this one rule: pointers, with blanks between. */
static const char *wrong(CollectionRule rule)
{
    Collection collection = {
        .kind = COLLECTION_BY_RULES, .sort = COLLECTION_SORT_NEWEST, .rules = {&rule, 1}};
    Violations bad = violations_new(arena);
    collection_check(&bad, &collection);
    Str text = S("");
    for (size_t i = 0; i < bad.n; i++)
        text = str_format(arena, "%.*s%s%.*s", STR_ARG(text), i ? " " : "",
                          STR_ARG(bad.items[i].pointer));
    return str_z(arena, text);
}

#define RULE(field_, relation_, value_, ...)                                                       \
    ((CollectionRule){                                                                             \
        .field = RULE_##field_, .relation = RULE_##relation_, .value = S(value_), __VA_ARGS__})

static void words_are_the_same_or_not(void **state)
{
    (void)state;
    assert_string_equal(wrong(RULE(VENDOR, IS, "Nordlicht")), "");
    assert_string_equal(wrong(RULE(TAG, IS_NOT, "sale")), "");
    assert_string_equal(wrong(RULE(TYPE, GREATER, "Shoes")), "/rules/0/relation");
    assert_string_equal(wrong(RULE(AVAILABILITY, AT_MOST, "low")), "/rules/0/relation");
}

static void a_category_is_an_id(void **state)
{
    (void)state;
    assert_string_equal(wrong(RULE(CATEGORY, IS, "cat_0000000000001")), "");
    assert_string_equal(wrong(RULE(CATEGORY, IS, "coll_0000000000001")), "/rules/0/value");
    assert_string_equal(wrong(RULE(CATEGORY, IS_NOT, "shoes")), "/rules/0/value");
}

static void availability_is_one_of_its_words(void **state)
{
    (void)state;
    assert_string_equal(wrong(RULE(AVAILABILITY, IS, "in")), "");
    assert_string_equal(wrong(RULE(AVAILABILITY, IS_NOT, "low")), "");
    assert_string_equal(wrong(RULE(AVAILABILITY, IS, "out")), "");
    assert_string_equal(wrong(RULE(AVAILABILITY, IS, "backorder")), "");
    assert_string_equal(wrong(RULE(AVAILABILITY, IS, "Out")), "/rules/0/value");
}

static void a_price_has_a_currency_and_whole_minor_units(void **state)
{
    (void)state;
    Currency eur = {"EUR"};
    assert_string_equal(wrong(RULE(PRICE, LESS, "5000", .currency = eur)), "");
    assert_string_equal(wrong(RULE(PRICE, IS, "0", .currency = eur)), "");
    assert_string_equal(wrong(RULE(PRICE, LESS, "5000")), "/rules/0/currency");
    assert_string_equal(wrong(RULE(PRICE, LESS, "50.00", .currency = eur)), "/rules/0/value");
    assert_string_equal(wrong(RULE(PRICE, LESS, "-1", .currency = eur)), "/rules/0/value");
    assert_string_equal(wrong(RULE(PRICE, LESS, "9223372036854775808", .currency = eur)),
                        "/rules/0/value");
    assert_string_equal(wrong(RULE(TAG, IS, "x", .currency = eur)), "/rules/0/currency");
}

static void an_attribute_has_a_name_and_numbers_where_numbers_are_compared(void **state)
{
    (void)state;
    Str height = S("Height");
    assert_string_equal(wrong(RULE(ATTRIBUTE, IS, "high", .name = height)), "");
    assert_string_equal(wrong(RULE(ATTRIBUTE, AT_LEAST, "12.5", .name = height)), "");
    assert_string_equal(wrong(RULE(ATTRIBUTE, LESS, "high", .name = height)), "/rules/0/value");
    assert_string_equal(wrong(RULE(ATTRIBUTE, LESS, "12,5", .name = height)), "/rules/0/value");
    assert_string_equal(wrong(RULE(ATTRIBUTE, IS, "high")), "/rules/0/name");
    assert_string_equal(wrong(RULE(VENDOR, IS, "x", .name = height)), "/rules/0/name");
}

static size_t faults(const Collection *collection)
{
    Violations bad = violations_new(arena);
    collection_check(&bad, collection);
    return bad.n;
}

static void the_kind_decides_about_rules_and_order(void **state)
{
    (void)state;
    CollectionRule rule = RULE(TAG, IS, "gift");
    Collection by_hand = {.kind = COLLECTION_MANUAL, .sort = COLLECTION_SORT_POSITION};
    Collection by_rules = {
        .kind = COLLECTION_BY_RULES, .sort = COLLECTION_SORT_PRICE, .rules = {&rule, 1}};
    assert_int_equal(faults(&by_hand), 0);
    assert_int_equal(faults(&by_rules), 0);
    by_hand.rules = by_rules.rules;
    by_rules.sort = COLLECTION_SORT_POSITION;
    assert_int_equal(faults(&by_hand), 1);
    assert_int_equal(faults(&by_rules), 1);
    by_rules.rules.n = 0;
    assert_int_equal(faults(&by_rules), 2);
}

static void an_order_that_nobody_chose_fits_the_kind(void **state)
{
    (void)state;
    CollectionRule rule = RULE(TAG, IS, "gift");
    Collection by_rules = {.kind = COLLECTION_BY_RULES,
                           .sort = collection_sort_initial(COLLECTION_BY_RULES),
                           .rules = {&rule, 1}};
    assert_int_equal(faults(&by_rules), 0);
    assert_int_equal(collection_sort_initial(COLLECTION_MANUAL), COLLECTION_SORT_POSITION);
}

/* ---- Members --------------------------------------------------------------------------------- */

static IdList ids_of(const char *digits)
{
    IdList ids = {NEW_N(arena, Id, strlen(digits)), strlen(digits)};
    for (size_t i = 0; i < ids.n; i++) ids.items[i].n = digits[i] - '0';
    return ids;
}

/* Members at 0, 10, 20 … */
static CollectionPlaces members_of(const char *digits)
{
    IdList ids = ids_of(digits);
    CollectionPlaces places = {.items = NEW_N(arena, CollectionPlace, ids.n)};
    for (size_t i = 0; i < ids.n; i++)
        places.items[places.n++] =
            (CollectionPlace){.product = ids.items[i], .position = (int64_t)i * 10};
    return places;
}

static const char *digits_of(IdList ids)
{
    char *digits = NEW_N(arena, char, ids.n + 1);
    for (size_t i = 0; i < ids.n; i++) digits[i] = (char)('0' + ids.items[i].n);
    return digits;
}

static void products_stand_in_a_list_once(void **state)
{
    (void)state;
    Violations bad = violations_new(arena);
    collection_products_check(&bad, ids_of("1234"));
    collection_products_check(&bad, ids_of(""));
    assert_int_equal(bad.n, 0);
    collection_products_check(&bad, ids_of("12321"));
    assert_int_equal(bad.n, 2);
    assert_string_equal(str_z(arena, bad.items[0].pointer), "/products/4");
    assert_string_equal(str_z(arena, bad.items[1].pointer), "/products/3");
}

static void who_is_in_it_already_is_not_added(void **state)
{
    (void)state;
    assert_string_equal(digits_of(collection_members_with(arena, members_of("312"), ids_of("425"))),
                        "31245");
    assert_string_equal(digits_of(collection_members_with(arena, members_of(""), ids_of("1"))),
                        "1");
}

static int by_position(const void *a, const void *b)
{
    int64_t x = ((const CollectionPlace *)a)->position, y = ((const CollectionPlace *)b)->position;
    return (x > y) - (x < y);
}

static bool is_in(IdList ids, Id id)
{
    for (size_t i = 0; i < ids.n; i++)
        if (id_eq(ids.items[i], id)) return true;
    return false;
}

/* What the members are when the changes were written. */
static const char *after(CollectionPlaces before, MemberChanges changes)
{
    CollectionPlaces all = {.items = NEW_N(arena, CollectionPlace, before.n + changes.put.n)};
    IdList put = {NEW_N(arena, Id, changes.put.n), changes.put.n};
    for (size_t i = 0; i < put.n; i++) {
        put.items[i] = changes.put.items[i].product;
        all.items[all.n++] = changes.put.items[i];
    }
    for (size_t i = 0; i < before.n; i++)
        if (!is_in(put, before.items[i].product) && !is_in(changes.gone, before.items[i].product))
            all.items[all.n++] = before.items[i];
    qsort(all.items, all.n, sizeof *all.items, by_position);
    IdList ids = {NEW_N(arena, Id, all.n), all.n};
    for (size_t i = 0; i < all.n; i++) {
        if (i) assert_true(all.items[i].position > all.items[i - 1].position);
        ids.items[i] = all.items[i].product;
    }
    return digits_of(ids);
}

static MemberChanges changes_to(const char *from, const char *to)
{
    MemberChanges changes = collection_members_change(arena, members_of(from), ids_of(to));
    assert_string_equal(after(members_of(from), changes), to);
    return changes;
}

static void any_order_becomes_any_other(void **state)
{
    (void)state;
    static const char *const orders[] = {"", "1", "123", "321", "312", "45", "12345", "53124"};
    enum { N = sizeof orders / sizeof *orders };
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < N; k++) changes_to(orders[i], orders[k]);
}

static void nothing_is_written_that_is_right_already(void **state)
{
    (void)state;
    assert_int_equal(changes_to("12345", "12345").put.n, 0);
    MemberChanges added = changes_to("123", "12345");
    assert_int_equal(added.put.n, 2);
    assert_string_equal(digits_of(added.come), "45");
    MemberChanges removed = changes_to("12345", "135");
    assert_int_equal(removed.put.n, 0);
    assert_string_equal(digits_of(removed.gone), "24");
    MemberChanges moved = changes_to("12345", "13452");
    assert_int_equal(moved.put.n, 1);
    assert_int_equal(moved.come.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_the_same_or_not),
        cmocka_unit_test(a_category_is_an_id),
        cmocka_unit_test(availability_is_one_of_its_words),
        cmocka_unit_test(a_price_has_a_currency_and_whole_minor_units),
        cmocka_unit_test(an_attribute_has_a_name_and_numbers_where_numbers_are_compared),
        cmocka_unit_test(the_kind_decides_about_rules_and_order),
        cmocka_unit_test(an_order_that_nobody_chose_fits_the_kind),
        cmocka_unit_test(products_stand_in_a_list_once),
        cmocka_unit_test(who_is_in_it_already_is_not_added),
        cmocka_unit_test(any_order_becomes_any_other),
        cmocka_unit_test(nothing_is_written_that_is_right_already),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
