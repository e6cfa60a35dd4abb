#include "meta/json.h"
#include "meta/test_types.h"

#include <setjmp.h>

#include <cmocka.h>

static Violations read_thing(Arena *arena, const char *text, unsigned mode, Thing **out)
{
    Violations violations = violations_new(arena);
    *out = json_read(arena, &thing_type, str_from(text), mode, &violations);
    assert_int_equal(*out == NULL, violations.n > 0);
    return violations;
}

static void every_kind_is_read(void **state)
{
    Arena *arena = *state;
    Thing *t;
    Violations violations = read_thing(
        arena,
        " {\"name\":\"B\\u00fcro\",\"note\":null,\"stock\":12,\"active\":true,\"weight\":2.5e-1,"
        "\"cost\":-9223372036854775808,\"currency\":\"EUR\",\"status\":\"archived\","
        "\"tags\":[\"a\",\"bc\"],\"parents\":[\"thing_0000000000001\",\"thing_0000000000010\"],"
        "\"metadata\": { \"a\" : [ 1.50 , null, \"\\u0041/\\/\" ] } ,"
        "\"address\":{\"city\":\"Ulm\"},\"size\":{\"width\":-1,\"height\":3},"
        "\"prices\":[{\"currency\":\"JPY\",\"amount\":0},{\"amount\":7,\"currency\":\"EUR\"}],"
        "\"secret\":\"s\",\"site\":\"https://x.example/\"}\r\n\t",
        JSON_CREATE, &t);
    assert_string_equal(summary(&violations), "");
    assert_true(str_eq(t->name, S("B\xC3\xBCro")));
    assert_true(IS_SET(&thing_type, t, Thing, note));
    assert_true(field_is_null(&thing_type, type_field(&thing_type, S("note")), t));
    assert_int_equal(t->stock, 12);
    assert_true(t->active);
    assert_true(t->weight == 0.25);
    assert_true(t->cost.minor == INT64_MIN);
    assert_string_equal(t->currency.code, "EUR");
    assert_int_equal(t->status, STATUS_ARCHIVED);
    assert_int_equal(t->tags.n, 2);
    assert_true(str_eq(t->tags.items[1], S("bc")));
    assert_int_equal(t->parents.n, 2);
    assert_int_equal(t->parents.items[1].n, 32);
    assert_string_equal(str_z(arena, t->metadata.text), "{\"a\":[1.50,null,\"A//\"]}");
    assert_true(str_eq(t->address.city, S("Ulm")));
    assert_false(IS_SET(&address_type, &t->address, Address, email));
    assert_int_equal(t->size.width, -1);
    assert_int_equal(t->size.height, 3);
    assert_int_equal(t->prices.n, 2);
    assert_int_equal(t->prices.items[1].amount.minor, 7);
    assert_string_equal(t->prices.items[0].currency.code, "JPY");
    assert_true(str_eq(t->secret, S("s")));
    assert_false(IS_SET(&thing_type, t, Thing, id));
    assert_false(IS_SET(&thing_type, t, Thing, created_at));
}

/* One thing wrong each, in a new object that is otherwise whole. */
static void each_violation_has_place_code_and_message(void **state)
{
    Arena *arena = *state;
    static const struct {
        const char *members, *summary, *message;
    } rows[] = {
        {"\"name\":\"a\",\"nam\":1", "/nam unknown_field", "is not a field of Thing"},
        {"\"name\":\"a\",\"a/b~\":1", "/a~1b~0 unknown_field", NULL},
        {"\"name\":\"a\",\"\":1", "/ unknown_field", NULL},
        {"\"name\":\"a\",\"name\":\"b\"", "/name duplicate", "stands twice"},
        {"\"name\":\"a\",\"\\u006eame\":\"b\"", "/name duplicate", NULL},
        {"\"stock\":1", "/name required", "is required"},
        {"\"name\":null", "/name null", "must be a string, is null"},
        {"\"name\":1", "/name wrong_type", "must be a string, is a number"},
        {"\"name\":{\"a\":[]}", "/name wrong_type", "must be a string, is an object"},
        {"\"name\":\"abcdef\"", "/name too_long", "must have at most 5 characters, has 6"},
        {"\"name\":\"\"", "/name too_short", "must have at least 1 character, has 0"},
        {"\"name\":\"a\",\"id\":\"thing_0000000000001\"", "/id read_only",
         "is read-only; leave it out"},
        {"\"name\":\"a\",\"stock\":1.0", "/stock wrong_type",
         "must be an integer, written with digits only, is 1.0"},
        {"\"name\":\"a\",\"stock\":1e3", "/stock wrong_type",
         "must be an integer, written with digits only, is 1e3"},
        {"\"name\":\"a\",\"stock\":9223372036854775808", "/stock too_large",
         "must be at most 9223372036854775807"},
        {"\"name\":\"a\",\"stock\":-9223372036854775809", "/stock too_small",
         "must be at least -9223372036854775808"},
        {"\"name\":\"a\",\"stock\":1001", "/stock too_large", "must be at most 1000, is 1001"},
        {"\"name\":\"a\",\"stock\":\"1\"", "/stock wrong_type", "must be a number, is a string"},
        {"\"name\":\"a\",\"active\":0", "/active wrong_type", "must be a boolean, is a number"},
        {"\"name\":\"a\",\"weight\":1e999", "/weight too_large", "must be at most 1.8e308"},
        {"\"name\":\"a\",\"weight\":-1", "/weight too_small", "must be at least 0, is -1"},
        {"\"name\":\"a\",\"currency\":\"EUX\"", "/currency invalid_currency", NULL},
        {"\"name\":\"a\",\"status\":\"gone\"", "/status not_one_of",
         "must be one of draft, active, archived; is \"gone\""},
        {"\"name\":\"a\",\"status\":1", "/status wrong_type", "must be a string, is a number"},
        {"\"name\":\"a\",\"tags\":\"a\"", "/tags wrong_type", "must be an array, is a string"},
        {"\"name\":\"a\",\"tags\":[\"a\",\"B\"]", "/tags/1 pattern", "must match ^[a-z]+$"},
        {"\"name\":\"a\",\"tags\":[\"a\",null]", "/tags/1 null", NULL},
        {"\"name\":\"a\",\"tags\":[\"abcde\"]", "/tags/0 too_long", NULL},
        {"\"name\":\"a\",\"tags\":[\"a\",\"a\",\"a\",\"a\",\"a\"]", "/tags too_many",
         "must have at most 3 items, has 5"},
        {"\"name\":\"a\",\"parents\":[\"prod_0000000000001\"]", "/parents/0 invalid_id",
         "must be an id such as thing_0d3k9v7m2c8qh"},
        {"\"name\":\"a\",\"metadata\":{\"x\":[{\"a\":1,\"\\u0061\":2}]}", "/metadata/x/0 duplicate",
         "has a key that stands twice"},
        {"\"name\":\"a\",\"metadata\":[1e400]", "/metadata/0 too_large", NULL},
        {"\"name\":\"a\",\"metadata\":[0e1000]", "/metadata/0 too_large",
         "must have an exponent of at most three digits"},
        {"\"name\":\"a\",\"metadata\":"
         "\"0123456789012345678901234567890123456789012345678901234567\"",
         "", NULL},
        {"\"name\":\"a\",\"metadata\":"
         "\"01234567890123456789012345678901234567890123456789012345678\"",
         "/metadata too_long", "must have at most 60 bytes as compact JSON"},
        {"\"name\":\"a\",\"address\":{\"city\":\"x\",\"email\":\"x\"}",
         "/address/email invalid_email", NULL},
        {"\"name\":\"a\",\"address\":{}", "/address/city required", NULL},
        {"\"name\":\"a\",\"address\":[]", "/address wrong_type", "must be an object, is an array"},
        {"\"name\":\"a\",\"size\":{\"height\":0}", "/size/height too_small", NULL},
        {"\"name\":\"a\",\"size\":{\"height\":null}", "/size/height null", NULL},
        {"\"name\":\"a\",\"prices\":[{\"currency\":\"EUR\",\"amount\":-1}]",
         "/prices/0/amount too_small", NULL},
        {"\"name\":\"a\",\"prices\":[7]", "/prices/0 wrong_type", "must be an object, is a number"},
        {"\"name\":\"a\",\"site\":\"x\"", "/site invalid_url", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Thing *thing;
        Str text = str_format(arena, "{%s}", rows[i].members);
        Violations violations = read_thing(arena, str_z(arena, text), JSON_CREATE, &thing);
        assert_string_equal(summary(&violations), rows[i].summary);
        if (rows[i].message) assert_string_equal(first_message(&violations), rows[i].message);
    }
}

static void all_violations_are_told_at_once(void **state)
{
    Thing *thing;
    Violations violations = read_thing(*state,
                                       "{\"stock\":-1,\"x\":{\"y\":[1,2]},\"active\":\"yes\","
                                       "\"prices\":[{},{\"amount\":1.5,\"z\":0}],\"id\":1}",
                                       JSON_CREATE, &thing);
    assert_string_equal(summary(&violations),
                        "/stock too_small, /x unknown_field, /active wrong_type, "
                        "/prices/0/currency required, /prices/0/amount required, "
                        "/prices/1/amount wrong_type, /prices/1/z unknown_field, "
                        "/prices/1/currency required, /id read_only, /name required");
}

static void initial_values_fill_what_is_left_out(void **state)
{
    Thing *thing;
    read_thing(*state, "{\"name\":\"a\"}", JSON_CREATE, &thing);
    assert_int_equal(thing->stock, 7);
    assert_true(IS_SET(&thing_type, thing, Thing, stock));
    assert_false(IS_SET(&thing_type, thing, Thing, active));
    /* null for an optional field is one more way to leave it out */
    read_thing(*state, "{\"name\":\"a\",\"stock\":null,\"active\":null}", JSON_CREATE, &thing);
    assert_int_equal(thing->stock, 7);
    assert_false(IS_SET(&thing_type, thing, Thing, active));

    Violations violations = violations_new(*state);
    Plain *plain = json_read(*state, &plain_type, S("{\"name\":\"\"}"), JSON_CREATE, &violations);
    assert_int_equal(plain->n, 5);
    assert_non_null(plain->name.p);
    assert_null(plain->note.p);
    assert_null(
        json_read(*state, &plain_type, S("{\"name\":\"\",\"n\":null}"), JSON_CREATE, &violations));
    assert_string_equal(summary(&violations), "/n null");
}

/* Objects that are always there. */
typedef struct Box {
    Size size;
    Price price;
} Box;
static const Type box_type = TYPE(Box, "A box.", OBJECT(Box, size, "Outside.", size_type),
                                  OBJECT(Box, price, "What it costs.", price_type));

static void an_object_that_is_always_there_is_filled_as_if_empty(void **state)
{
    Violations violations = violations_new(*state);
    Box *box = json_read(*state, &box_type, S("{\"price\":{\"currency\":\"EUR\",\"amount\":1}}"),
                         JSON_CREATE, &violations);
    assert_non_null(box);
    assert_int_equal(box->size.height, 1);
    assert_null(json_read(*state, &box_type, S("{}"), JSON_CREATE, &violations));
    assert_string_equal(summary(&violations), "/price/currency required, /price/amount required");
}

static void a_patch_says_only_what_changes(void **state)
{
    Thing *t;
    Violations violations = read_thing(
        *state, "{\"stock\":3,\"active\":null,\"note\":null,\"address\":{\"email\":null}}",
        JSON_PATCH, &t);
    assert_string_equal(summary(&violations), "");
    const Field *active = type_field(&thing_type, S("active"));
    assert_false(IS_SET(&thing_type, t, Thing, name));
    assert_true(IS_SET(&thing_type, t, Thing, stock));
    assert_true(field_is_null(&thing_type, active, t));
    assert_true(IS_SET(&thing_type, t, Thing, address));
    assert_false(IS_SET(&address_type, &t->address, Address, city));
    assert_true(IS_SET(&address_type, &t->address, Address, email));
    assert_true(field_is_null(&address_type, type_field(&address_type, S("email")), &t->address));

    violations = read_thing(*state, "{}", JSON_PATCH, &t);
    assert_true(t && t->present.set == 0); /* no initial value either */
}

static void a_patch_refuses_what_it_cannot_mean(void **state)
{
    Thing *t;
    Violations violations = read_thing(*state,
                                       "{\"name\":null,\"id\":null,\"address\":{\"city\":null},"
                                       "\"size\":{\"width\":1},\"prices\":[{\"amount\":1}]}",
                                       JSON_PATCH, &t);
    assert_string_equal(summary(&violations), "/name null, /id read_only, /address/city null, "
                                              "/size/height required, /prices/0/currency required");
}

typedef struct Account {
    Present present;
    Str name;
    Currency currency;
} Account;
static const Type account_type =
    TYPE_WITH_ABSENCE(Account, "An account.", FIELD(Account, name, "Its name."),
                      FIELD(Account, currency, "For good.", .create_only = true));

static void what_is_given_at_creation_cannot_be_patched(void **state)
{
    Violations created = violations_new(*state), patched = created, ignored = created;
    Str text = S("{\"currency\":\"EUR\"}");
    assert_non_null(json_read(*state, &account_type, text, JSON_CREATE, &created));
    assert_null(json_read(*state, &account_type, text, JSON_PATCH, &patched));
    assert_string_equal(summary(&patched), "/currency read_only");
    assert_string_equal(first_message(&patched), "is set at creation only; leave it out");
    Account *a = json_read(*state, &account_type, text, JSON_PATCH | JSON_LENIENT, &ignored);
    assert_non_null(a);
    assert_false(IS_SET(&account_type, a, Account, currency));
}

static void lenient_ignores_what_it_does_not_know(void **state)
{
    Thing *t;
    Violations violations =
        read_thing(*state, "{\"name\":\"a\",\"x\":[{}],\"id\":7,\"size\":{\"depth\":1}}",
                   JSON_CREATE | JSON_LENIENT, &t);
    assert_string_equal(summary(&violations), "");
    assert_int_equal(t->id.n, 0);
    violations = read_thing(*state, "{\"name\":\"a\",\"name\":\"b\",\"stock\":-1}",
                            JSON_CREATE | JSON_LENIENT, &t);
    assert_string_equal(summary(&violations), "/name duplicate, /stock too_small");
}

static void what_was_written_can_be_read_back(void **state)
{
    Thing *t;
    const char *text = "{\"id\":\"thing_0d3k9v7m2c8qh\",\"name\":\"a\"}";
    Violations violations = read_thing(*state, text, JSON_CREATE | JSON_READ_BACK, &t);
    assert_string_equal(summary(&violations), "");
    assert_true(t->id.n != 0);
    Account *a = json_read(*state, &account_type, S("{\"currency\":\"EUR\"}"),
                           JSON_PATCH | JSON_READ_BACK, &violations);
    assert_non_null(a);
    assert_true(IS_SET(&account_type, a, Account, currency));
    violations = read_thing(*state, "{\"name\":\"a\",\"x\":1}", JSON_CREATE | JSON_READ_BACK, &t);
    assert_string_equal(summary(&violations), "/x unknown_field");
}

/* ---- Syntax ---- */

static void syntax_errors_say_where_and_what(void **state)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"", "line 1, column 1 (byte 0): expected a value, found the end"},
        {"{\"name\" \"a\"}", "line 1, column 9 (byte 8): expected \":\", found \"\"\""},
        {"{\n \"note\":\"\xC3\xBC\" x}",
         "line 2, column 13 (byte 15): expected \",\" or \"}\", found \"x\""},
        {"{\"name\":\"a\",}", "line 1, column 13 (byte 12): expected a key in quotes, found \"}\""},
        {"{\"name\":\"a\"", "line 1, column 12 (byte 11): expected \",\" or \"}\", found the end"},
        {"{\"name\":\"a", "line 1, column 11 (byte 10): expected a closing quote, found the end"},
        {"{} {}", "line 1, column 4 (byte 3): expected nothing after the value, found \"{\""},
        {"{\"tags\":[\"a\" \"b\"]}",
         "line 1, column 14 (byte 13): expected \",\" or \"]\", found \"\"\""},
        {"{\"stock\":01}",
         "line 1, column 11 (byte 10): expected a number without leading zeros, found \"1\""},
        {"{\"name\":\"\\ud800\"}", "line 1, column 10 (byte 9): expected a surrogate pair instead "
                                   "of a lone surrogate, found \"\\\""},
        {"{\"name\":\"\\u0000\"}",
         "line 1, column 10 (byte 9): expected text without U+0000, found \"\\\""},
        {"{\"name\":\"a\nb\"}", "line 1, column 11 (byte 10): expected an escape instead of a "
                                "control character, found byte 0x0A"},
        {"{\"name\":\"\xFF\"}",
         "line 1, column 10 (byte 9): expected text in UTF-8, found byte 0xFF"},
        {"\xEF\xBB\xBF{}", "line 1, column 1 (byte 0): expected a value, found byte 0xEF"},
        {"{\"x\":nul}", "line 1, column 6 (byte 5): expected true, false or null, found \"n\""},
        {"{'name':1}", "line 1, column 2 (byte 1): expected a key in quotes, found \"'\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Thing *thing;
        Violations violations = read_thing(*state, rows[i].text, JSON_CREATE, &thing);
        assert_string_equal(summary(&violations), " syntax");
        assert_string_equal(first_message(&violations), rows[i].message);
    }
}

/* What RFC 8259 allows and what it does not, without a type. */
static void the_grammar_is_rfc8259(void **state)
{
    static const char *const good[] = {"0",
                                       "-0",
                                       "1",
                                       "-1",
                                       "10",
                                       "1.5",
                                       "1e5",
                                       "1E+5",
                                       "1.25e-10",
                                       "\"\"",
                                       "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
                                       "\"\\uD834\\uDD1E\"",
                                       "\"\\u00e9\\u00E9\"",
                                       "\"\x7F\"",
                                       "true",
                                       "false",
                                       "null",
                                       "[]",
                                       "{}",
                                       " [ ] ",
                                       "\t\r\n{ \"a\" : [ 1 , { } ] } ",
                                       "[[[[]]]]",
                                       "{\"\":{\"\":0}}",
                                       "\"\xF0\x9F\x98\x80\""};
    static const char *const bad[] = {" ",
                                      "-",
                                      "+1",
                                      ".5",
                                      "1.",
                                      "1.e1",
                                      "1e",
                                      "1e+",
                                      "01",
                                      "-01",
                                      "0x1",
                                      "1a",
                                      "NaN",
                                      "Infinity",
                                      "-Infinity",
                                      "'a'",
                                      "\"",
                                      "\"\\\"",
                                      "\"\\x41\"",
                                      "\"\\u12\"",
                                      "\"\\u12G4\"",
                                      "\"\\ud800\"",
                                      "\"\\udc00\"",
                                      "\"\\ud800\\ud800\"",
                                      "\"\\ud800x\"",
                                      "\"\\ud800\\u0041\"",
                                      "\"\\u0000\"",
                                      "\"\t\"",
                                      "\"\x01\"",
                                      "tru",
                                      "True",
                                      "nulll",
                                      "[",
                                      "]",
                                      "[1",
                                      "[1,",
                                      "[,1]",
                                      "[1,]",
                                      "[1 2]",
                                      "[1;2]",
                                      "{",
                                      "}",
                                      "{1:2}",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{\"a\":1,}",
                                      "{\"a\":1 \"b\":2}",
                                      "{a:1}",
                                      "{\"a\":1}}",
                                      "[1]]",
                                      "1 2",
                                      "/* x */ 1",
                                      "\xEF\xBB\xBF\x31",
                                      "\"\xC0\x80\"",
                                      "\"\xED\xA0\x80\"",
                                      "\"\xFF\"",
                                      "\xA0",
                                      "[1]\f",
                                      "\"\\\n\""};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        Buf buf = buf_new(*state, 1000);
        Violations violations = violations_new(*state);
        if (!json_compact(str_from(good[i]), &buf, &violations))
            fail_msg("refused: %s (%s)", good[i], first_message(&violations));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Buf buf = buf_new(*state, 1000);
        Violations violations = violations_new(*state);
        if (json_compact(str_from(bad[i]), &buf, &violations)) fail_msg("accepted: %s", bad[i]);
        assert_string_equal(summary(&violations), " syntax");
    }
    /* a NUL byte is no blank and ends nothing */
    Buf buf = buf_new(*state, 1000);
    Violations violations = violations_new(*state);
    assert_false(json_compact((Str){"1\0", 2}, &buf, &violations));
}

static void depth_is_bounded(void **state)
{
    Arena *arena = *state;
    for (int extra = 0; extra <= 1; extra++) {
        Buf text = buf_new(arena, 10000), out = buf_new(arena, 10000);
        for (int i = 0; i < JSON_DEPTH_MAX + extra; i++) buf_char(&text, '[');
        for (int i = 0; i < JSON_DEPTH_MAX + extra; i++) buf_char(&text, ']');
        Violations violations = violations_new(arena), skipped = violations_new(arena);
        assert_int_equal(json_compact(buf_str(&text), &out, &violations), !extra);
        /* a value that is skipped has the same bound; the object around it counts */
        Str inside = str_format(arena, "{\"name\":\"a\",\"x\":%.*s}", (int)text.n - 2, text.p + 1);
        Thing *t = json_read(arena, &thing_type, inside, JSON_CREATE | JSON_LENIENT, &skipped);
        assert_int_equal(t != NULL, !extra);
        if (extra) assert_string_equal(summary(&skipped), " syntax");
    }
}

static void duplicates_are_found_in_large_objects(void **state)
{
    Arena *arena = *state;
    for (int twice = 0; twice <= 1; twice++) {
        Buf text = buf_new(arena, 100000), out = buf_new(arena, 100000);
        buf_lit(&text, "{\"k499\":0");
        for (int i = 0; i < 499 + twice; i++) buf_format(&text, ",\"k%d\":%d", i, i);
        buf_char(&text, '}');
        Violations violations = violations_new(arena);
        assert_int_equal(json_compact(buf_str(&text), &out, &violations), !twice);
    }
}

static void a_wrong_list_costs_no_memory(void **state)
{
    Arena *arena = *state;
    Buf text = buf_new(arena, 1000000);
    buf_lit(&text, "{\"name\":\"a\",\"x\":1,\"prices\":[{}");
    for (int i = 0; i < 100000; i++) buf_lit(&text, ",{}");
    buf_lit(&text, "]}");
    size_t before = arena_used(arena);
    Violations violations = violations_new(arena);
    assert_null(json_read(arena, &thing_type, buf_str(&text), JSON_CREATE, &violations));
    assert_true(violations.total == 200000 + 4); /* 100,001 × 2 fields, x, the list's length */
    assert_true(arena_used(arena) - before < 100000);
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, setup_arena, teardown_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(every_kind_is_read),
        WITH_ARENA(each_violation_has_place_code_and_message),
        WITH_ARENA(all_violations_are_told_at_once),
        WITH_ARENA(initial_values_fill_what_is_left_out),
        WITH_ARENA(an_object_that_is_always_there_is_filled_as_if_empty),
        WITH_ARENA(a_patch_says_only_what_changes),
        WITH_ARENA(a_patch_refuses_what_it_cannot_mean),
        WITH_ARENA(what_is_given_at_creation_cannot_be_patched),
        WITH_ARENA(lenient_ignores_what_it_does_not_know),
        WITH_ARENA(what_was_written_can_be_read_back),
        WITH_ARENA(syntax_errors_say_where_and_what),
        WITH_ARENA(the_grammar_is_rfc8259),
        WITH_ARENA(depth_is_bounded),
        WITH_ARENA(duplicates_are_found_in_large_objects),
        WITH_ARENA(a_wrong_list_costs_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
