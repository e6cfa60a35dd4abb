#include "meta/json_project.h"
#include "meta/test_types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

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

/* "name,address.city" */
static FieldMask mask_of(const char *names)
{
    Str rest = str_from(names), unknown;
    StrList list = {NEW_N(arena, Str, 64), 0};
    for (bool more = true; more;) more = str_cut(rest, ',', &list.items[list.n++], &rest);
    FieldMask mask;
    if (!field_mask_parse(arena, &thing_type, list, &mask, &unknown))
        fail_msg("unknown: %.*s", STR_ARG(unknown));
    return mask;
}

static void check(const char *names, const char *json, const char *expected)
{
    FieldMask mask = mask_of(names);
    Buf out = buf_new(arena, 100000);
    assert_true(json_project(&out, str_from(json), &thing_type, &mask));
    assert_string_equal(str_z(arena, buf_str(&out)), expected);
}

#define THING                                                                                      \
    "{\"id\":\"thing_1\",\"name\":\"a\\\"},{\\\\\",\"stock\":-5,\"active\":true,\"note\":null,"    \
    "\"tags\":[\"x\",\"]\"],\"metadata\":{\"name\":{\"deep\":[1,{\"id\":2}]}},"                    \
    "\"address\":{\"city\":\"Ulm\",\"email\":null},"                                               \
    "\"prices\":[{\"currency\":\"EUR\",\"amount\":5},{\"currency\":\"JPY\",\"amount\":7}]}"

static void only_what_is_named_stays(void **state)
{
    (void)state;
    check("id", THING, "{\"id\":\"thing_1\"}");
    check("active,name", THING, "{\"name\":\"a\\\"},{\\\\\",\"active\":true}");
    check("note,stock", THING, "{\"stock\":-5,\"note\":null}");
    check("tags", THING, "{\"tags\":[\"x\",\"]\"]}");
    check("metadata", THING, "{\"metadata\":{\"name\":{\"deep\":[1,{\"id\":2}]}}}");
    check("site", THING, "{}");
}

static void names_go_into_objects_and_lists(void **state)
{
    (void)state;
    check("address.city", THING, "{\"address\":{\"city\":\"Ulm\"}}");
    check("prices.amount", THING, "{\"prices\":[{\"amount\":5},{\"amount\":7}]}");
    check("prices.amount,prices", THING,
          "{\"prices\":[{\"currency\":\"EUR\",\"amount\":5},{\"currency\":\"JPY\",\"amount\":7}]}");
    check("address.city,prices.currency,id", THING,
          "{\"id\":\"thing_1\",\"address\":{\"city\":\"Ulm\"},"
          "\"prices\":[{\"currency\":\"EUR\"},{\"currency\":\"JPY\"}]}");
    check("address.city,prices.amount", "{\"address\":null,\"prices\":[]}",
          "{\"address\":null,\"prices\":[]}");
}

static void blanks_and_foreign_keys_are_left_out(void **state)
{
    (void)state;
    check("id,prices.amount",
          " { \"id\" : 1 , \"old\" : [ { } ] , \"i\\u0064\":2,\n\"prices\" :\t[ { \"amount\" : 5 , "
          "\"x\" : 1 } , { } ] } ",
          "{\"id\":1,\"prices\":[{\"amount\":5},{}]}");
}

/* With an escaped quote at each place of the sixteen bytes that are looked at together. */
static void long_texts_are_stepped_over(void **state)
{
    (void)state;
    for (size_t n = 0; n < 50; n++)
        for (size_t at = 0; at <= n; at++) {
            Buf json = buf_new(arena, 1000);
            buf_lit(&json, "{\"note\":\"");
            for (size_t i = 0; i < n; i++) buf_put(&json, i == at ? S("\\\"") : S("x"));
            buf_lit(&json, "\",\"stock\":3}");
            check("stock", str_z(arena, buf_str(&json)), "{\"stock\":3}");
        }
}

static void a_list_is_projected_item_by_item(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"", ""},
        {"{\"id\":1,\"stock\":2}", "{\"stock\":2}"},
        {"{\"id\":1,\"stock\":2},{\"stock\":3},null", "{\"stock\":2},{\"stock\":3},null"},
    };
    FieldMask mask = mask_of("stock");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Buf out = buf_new(arena, 1000);
        assert_true(json_project_items(&out, str_from(rows[i][0]), &thing_type, &mask));
        assert_string_equal(str_z(arena, buf_str(&out)), rows[i][1]);
    }
}

static void damage_is_told(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "1",
        "{",
        "{\"id\"",
        "{\"id\":",
        "{\"id\":}",
        "{\"id\":1",
        "{\"id\":\"x}",
        "{\"id\":\"x\\",
        "{\"id\":1,}",
        "{\"id\":1 \"name\":2}",
        "{\"metadata\":{\"a\":[1}",
        "{\"prices\":[{\"amount\":1}",
        "{\"prices\":[{\"amount\":1},]}",
        "{\"prices\":[1 2]}",
        "{\"id\":1}{",
    };
    FieldMask mask = mask_of("id,metadata,prices.amount");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Buf out = buf_new(arena, 1000);
        char *exact = str_z(arena, str_from(rows[i])); /* so that reading on is noticed */
        if (json_project(&out, str_from(exact), &thing_type, &mask)) fail_msg("%s", rows[i]);
    }
}

/* Leaving out of what is written is the same as not writing it. */
static void it_agrees_with_the_writer(void **state)
{
    (void)state;
    static const char *const masks[] = {"id",
                                        "site,name",
                                        "prices",
                                        "prices.amount,tags,metadata",
                                        "address.email,size.width,size.height,created_at",
                                        "parents,active,weight,cost,currency,status,note,stock"};
    Str tags[] = {S_INIT("a"), S_INIT("b\"\\")};
    Price prices[] = {{{"EUR"}, {-5}}, {{"JPY"}, {7}}};
    Thing thing = {.present = PRESENT_ALL,
                   .id = {5},
                   .name = S_INIT("\x01\"\xC3\xBC"),
                   .weight = 0.1,
                   .tags = {tags, 2},
                   .metadata = {S_INIT("{\"a\":[1,{\"b\":\"}\"}]}")},
                   .address = {.present = PRESENT_ALL, .city = S_INIT("Ulm")},
                   .prices = {prices, 2}};
    Buf whole = buf_new(arena, 10000);
    json_write(&whole, &thing_type, &thing);
    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
        FieldMask mask = mask_of(masks[i]);
        Buf some = buf_new(arena, 10000);
        json_write_some(&some, &thing_type, &thing, &mask);
        check(masks[i], str_z(arena, buf_str(&whole)), str_z(arena, buf_str(&some)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_named_stays),
        cmocka_unit_test(names_go_into_objects_and_lists),
        cmocka_unit_test(blanks_and_foreign_keys_are_left_out),
        cmocka_unit_test(long_texts_are_stepped_over),
        cmocka_unit_test(a_list_is_projected_item_by_item),
        cmocka_unit_test(damage_is_told),
        cmocka_unit_test(it_agrees_with_the_writer),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
