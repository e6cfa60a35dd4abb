#include "meta/json.h"
#include "meta/rows.h"
#include "meta/test_types.h"

#include <setjmp.h>

#include <cmocka.h>

static const Field *thing_field(const char *name)
{
    const Field *field = type_field(&thing_type, str_from(name));
    assert_non_null(field);
    return field;
}

/* Reads a whole Thing from JSON, as what each test begins with. */
static Thing *thing_of(Arena *arena, const char *text)
{
    Violations violations = violations_new(arena);
    Thing *thing = json_read(arena, &thing_type, str_from(text), JSON_STORED, &violations);
    assert_non_null(thing);
    return thing;
}

static const char whole[] =
    "{\"id\":\"thing_0000000000005\",\"name\":\"B\xC3\xBCro\",\"note\":\"n\",\"stock\":-3,"
    "\"active\":true,\"weight\":0.5,\"cost\":100,\"currency\":\"JPY\","
    "\"created_at\":\"2026-11-21T11:58:19.123456Z\",\"status\":\"active\",\"tags\":[\"a\",\"b\"],"
    "\"parents\":[\"thing_0000000000001\"],\"metadata\":{\"a\":1},\"address\":{\"city\":\"Ulm\"},"
    "\"size\":{\"width\":1,\"height\":2},\"prices\":[{\"currency\":\"EUR\",\"amount\":5}],"
    "\"secret\":\"s\",\"site\":\"\"}";

/* What a driver makes of a value on its way through the database. */
static Value through_sqlite(Arena *arena, Value value)
{
    if (value.kind == VALUE_BOOL) return value_int(value.b);
    if (value.kind == VALUE_TIME) return value_int(value.i);
    if (value.kind == VALUE_JSON || value.kind == VALUE_TEXT)
        return value_str(str_copy(arena, value.s));
    return value;
}

static void a_row_comes_back_as_it_was(void **state)
{
    Arena *arena = *state;
    const Thing *thing = thing_of(arena, whole);
    for (int sqlite = 0; sqlite <= 1; sqlite++) {
        Thing back = {0};
        for (size_t i = 0; i < thing_type.field_count; i++) {
            const Field *field = &thing_type.fields[i];
            Value value = row_value(arena, &thing_type, field, thing);
            assert_int_not_equal(value.kind, VALUE_NULL);
            if (sqlite) value = through_sqlite(arena, value);
            assert_true(row_store(arena, &thing_type, field, &back, value));
        }
        Buf text = buf_new(arena, 10000);
        json_write_stored(&text, &thing_type, &back);
        assert_string_equal(str_z(arena, buf_str(&text)), whole);
    }
}

static void values_have_the_kind_of_their_column(void **state)
{
    Arena *arena = *state;
    const Thing *thing = thing_of(arena, whole);
    static const struct {
        const char *field, *column;
        ValueKind kind;
        const char *text;
    } rows[] = {
        {"id", "ID", VALUE_INT, NULL},
        {"name", "TEXT", VALUE_TEXT, "B\xC3\xBCro"},
        {"stock", "INTEGER", VALUE_INT, NULL},
        {"active", "BOOL", VALUE_BOOL, NULL},
        {"weight", "REAL", VALUE_DOUBLE, NULL},
        {"cost", "MONEY", VALUE_INT, NULL},
        {"currency", "TEXT", VALUE_TEXT, "JPY"},
        {"created_at", "TIME", VALUE_TIME, NULL},
        {"status", "TEXT", VALUE_TEXT, "active"},
        {"tags", "JSON", VALUE_JSON, "[\"a\",\"b\"]"},
        {"parents", "JSON", VALUE_JSON, "[\"thing_0000000000001\"]"},
        {"metadata", "JSON", VALUE_JSON, "{\"a\":1}"},
        {"address", "JSON", VALUE_JSON, "{\"city\":\"Ulm\"}"},
        {"prices", "JSON", VALUE_JSON, "[{\"currency\":\"EUR\",\"amount\":5}]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const Field *field = thing_field(rows[i].field);
        Value value = row_value(arena, &thing_type, field, thing);
        assert_string_equal(column_type(field), rows[i].column);
        assert_int_equal(value.kind, rows[i].kind);
        if (rows[i].text) assert_string_equal(str_z(arena, value.s), rows[i].text);
    }
}

static void nothing_is_null(void **state)
{
    Arena *arena = *state;
    Thing thing = {.stock = 5};
    Plain plain = {.name = {NULL, 0}};
    assert_int_equal(row_value(arena, &thing_type, thing_field("stock"), &thing).kind, VALUE_NULL);
    field_mark(&thing_type, thing_field("stock"), &thing, true, true);
    assert_int_equal(row_value(arena, &thing_type, thing_field("stock"), &thing).kind, VALUE_NULL);
    static const struct {
        const char *name;
        ValueKind kind;
    } rows[] = {{"id", VALUE_NULL}, {"name", VALUE_TEXT},  {"note", VALUE_NULL},
                {"n", VALUE_INT},   {"extra", VALUE_NULL}, {"currency", VALUE_NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const Field *field = type_field(&plain_type, str_from(rows[i].name));
        assert_int_equal(row_value(arena, &plain_type, field, &plain).kind, rows[i].kind);
    }
}

static void null_makes_a_field_absent(void **state)
{
    Arena *arena = *state;
    Thing *thing = thing_of(arena, whole);
    Value null = {.kind = VALUE_NULL};
    assert_true(row_store(arena, &thing_type, thing_field("stock"), thing, null));
    assert_false(IS_SET(&thing_type, thing, Thing, stock));
    assert_int_equal(thing->stock, 0);
    Plain plain = {.name = S_INIT("x"), .n = 4};
    assert_true(row_store(arena, &plain_type, type_field(&plain_type, S("name")), &plain, null));
    assert_null(plain.name.p);
}

static void texts_are_copied(void **state)
{
    Arena *arena = *state;
    char name[] = "abc", json[] = "[\"x\"]";
    Thing thing = {0};
    assert_true(
        row_store(arena, &thing_type, thing_field("name"), &thing, value_str(str_from(name))));
    assert_true(
        row_store(arena, &thing_type, thing_field("tags"), &thing, value_str(str_from(json))));
    memset(name, '#', sizeof name - 1);
    memset(json, '#', sizeof json - 1);
    assert_true(str_eq(thing.name, S("abc")));
    assert_true(str_eq(thing.tags.items[0], S("x")));
}

static void what_cannot_be_the_fields_value_is_refused(void **state)
{
    Arena *arena = *state;
    static const struct {
        const char *field;
        Value value;
    } rows[] = {
        {"stock", {VALUE_TEXT, .s = S_INIT("5")}},
        {"stock", {VALUE_DOUBLE, .d = 5}},
        {"active", {VALUE_INT, .i = 2}},
        {"id", {VALUE_INT, .i = -1}},
        {"name", {VALUE_INT, .i = 5}},
        {"name", {VALUE_BYTES, .s = S_INIT("x")}},
        {"weight", {VALUE_TEXT, .s = S_INIT("1")}},
        {"created_at", {VALUE_TEXT, .s = S_INIT("2026-11-21T11:58:19Z")}},
        {"status", {VALUE_TEXT, .s = S_INIT("gone")}},
        {"currency", {VALUE_TEXT, .s = S_INIT("EURO")}},
        {"tags", {VALUE_JSON, .s = S_INIT("[\"a\"")}},
        {"tags", {VALUE_JSON, .s = S_INIT("[1]")}},
        {"parents", {VALUE_JSON, .s = S_INIT("[\"prod_0000000000001\"]")}},
        {"address", {VALUE_JSON, .s = S_INIT("{\"city\":5}")}},
        {"size", {VALUE_INT, .i = 5}},
        {"prices", {VALUE_JSON, .s = S_INIT("{}")}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Thing *thing = thing_of(arena, whole);
        Thing before = *thing;
        const Field *field = thing_field(rows[i].field);
        if (row_store(arena, &thing_type, field, thing, rows[i].value))
            fail_msg("taken: row %zu, %s", i, rows[i].field);
        assert_memory_equal(thing, &before, sizeof before);
    }
}

/* Older and newer programs wrote the document: what is not known is no reason to fail. */
static void documents_of_other_versions_are_read(void **state)
{
    Arena *arena = *state;
    Thing thing = {0};
    Value value = {VALUE_JSON, .s = S("{\"town\":\"x\",\"email\":\"not checked again\"}")};
    assert_true(row_store(arena, &thing_type, thing_field("address"), &thing, value));
    assert_false(IS_SET(&address_type, &thing.address, Address, city));
    assert_true(IS_SET(&address_type, &thing.address, Address, email));
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, setup_arena, teardown_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(a_row_comes_back_as_it_was),
        WITH_ARENA(values_have_the_kind_of_their_column),
        WITH_ARENA(nothing_is_null),
        WITH_ARENA(null_makes_a_field_absent),
        WITH_ARENA(texts_are_copied),
        WITH_ARENA(what_cannot_be_the_fields_value_is_refused),
        WITH_ARENA(documents_of_other_versions_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
