#include "platform/db/postgres.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum {
    BOOL = 16,
    BYTEA = 17,
    INT8 = 20,
    INT2 = 21,
    INT4 = 23,
    TEXT = 25,
    FLOAT4 = 700,
    FLOAT8 = 701,
    TIMESTAMPTZ = 1184,
    NUMERIC = 1700,
    JSONB = 3802
};

static int setup(void **state)
{
    *state = arena_new(4096);
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static PgParams *encoded(Arena *arena, Value value)
{
    PgParams *params = NEW(arena, PgParams);
    pg_encode(arena, &value, &value.kind, 1, params);
    return params;
}

static void encodes(Arena *arena, Value value, Oid type, const char *bytes, size_t n)
{
    const PgParams *params = encoded(arena, value);
    assert_int_equal(params->n, 1);
    assert_int_equal(params->types[0], type);
    assert_int_equal(params->formats[0], 1);
    assert_int_equal(params->lengths[0], n);
    assert_memory_equal(params->bytes[0], bytes, n);
}

/* Bytes as PostgreSQL's own functions send them: select encode(int8send(258), 'hex'), … */
static void test_values_become_the_servers_bytes(void **state)
{
    Id ids[] = {{1}, {258}};
    encodes(*state, value_int(258), INT8, "\0\0\0\0\0\0\1\2", 8);
    encodes(*state, value_int(-2), INT8, "\xff\xff\xff\xff\xff\xff\xff\xfe", 8);
    encodes(*state, value_bool(true), BOOL, "\1", 1);
    encodes(*state, value_bool(false), BOOL, "\0", 1);
    encodes(*state, value_double(1.5), FLOAT8, "\x3f\xf8\0\0\0\0\0\0", 8);
    encodes(*state, value_time((Time){946684800000001}), TIMESTAMPTZ, "\0\0\0\0\0\0\0\1", 8);
    encodes(*state, value_str(S("ab")), TEXT, "ab", 2);
    encodes(*state, value_str((Str){NULL, 0}), TEXT, "", 0);
    encodes(*state, value_json((Json){S("{}")}), JSONB, "\1{}", 3);
    encodes(*state, value_ids((IdList){ids, 2}), 1016,
            "\0\0\0\1\0\0\0\0\0\0\0\x14\0\0\0\2\0\0\0\1"
            "\0\0\0\x08\0\0\0\0\0\0\0\1"
            "\0\0\0\x08\0\0\0\0\0\0\1\2",
            44);
    encodes(*state, value_ids((IdList){NULL, 0}), 1016, "\0\0\0\0\0\0\0\0\0\0\0\x14", 12);
}

static void test_null_has_no_bytes(void **state)
{
    const PgParams *params = encoded(*state, (Value){.kind = VALUE_NULL});
    assert_null(params->bytes[0]);
    assert_int_equal(params->types[0], 0);
}

static Value decoded(Oid type, const char *bytes, size_t n)
{
    Value value = {.kind = VALUE_NULL};
    if (!pg_decode(type, bytes, n, &value)) fail_msg("type %u of %zu bytes", type, n);
    return value;
}

static void test_the_servers_bytes_become_values(void **state)
{
    (void)state;
    assert_int_equal(decoded(INT8, "\xff\xff\xff\xff\xff\xff\xff\xfe", 8).i, -2);
    assert_int_equal(decoded(INT4, "\x80\0\0\0", 4).i, INT32_MIN);
    assert_int_equal(decoded(INT2, "\1\2", 2).i, 258);
    assert_true(decoded(BOOL, "\1", 1).b);
    assert_true(decoded(FLOAT8, "\xbf\xf8\0\0\0\0\0\0", 8).d == -1.5);
    assert_true(decoded(FLOAT4, "\x3f\xc0\0\0", 4).d == 1.5);
    assert_int_equal(decoded(TIMESTAMPTZ, "\xff\xff\xff\xff\xff\xff\xff\xff", 8).i,
                     946684799999999);
    Value json = decoded(JSONB, "\1[1]", 4);
    assert_int_equal(json.kind, VALUE_JSON);
    assert_true(str_eq(json.s, S("[1]")));
    assert_int_equal(decoded(BYTEA, "\0", 1).kind, VALUE_BYTES);
    assert_true(str_eq(decoded(TEXT, "", 0).s, S("")));
}

static void refused(Oid type, const char *bytes, size_t n)
{
    Value value = {VALUE_INT, .i = 77};
    assert_false(pg_decode(type, bytes, n, &value));
    assert_int_equal(value.i, 77);
}

static void test_what_does_not_fit_is_refused(void **state)
{
    (void)state;
    refused(INT8, "\0\0\0\0", 4);
    refused(INT4, "", 0);
    refused(BOOL, "\0\0", 2);
    refused(FLOAT8, "\0\0\0\0", 4);
    refused(JSONB, "\2{}", 3);
    refused(JSONB, "", 0);
    refused(TIMESTAMPTZ, "\x7f\xff\xff\xff\xff\xff\xff\xff", 8); /* infinity */
    refused(NUMERIC, "\0\1\0\0\0\0\0\0\0\1", 10);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_values_become_the_servers_bytes),
        TEST(test_null_has_no_bytes),
        TEST(test_the_servers_bytes_become_values),
        TEST(test_what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests_name("db_postgres_value", tests, NULL, NULL);
}
