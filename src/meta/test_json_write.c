#include "meta/json_lex.h"
#include "meta/test_types.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *written(Arena *arena, const Type *type, const void *object)
{
    Buf buf = buf_new(arena, 100000);
    json_write(&buf, type, object);
    return str_z(arena, buf_str(&buf));
}

static void every_kind_is_written(void **state)
{
    Arena *arena = *state;
    Str tags[] = {S_INIT("a"), S_INIT("b\"")};
    Id parents[] = {{1}, {32}};
    Price prices[] = {{{"EUR"}, {-5}}, {{""}, {0}}};
    Thing t = {.id = {5},
               .name = S_INIT("B\xC3\xBCro\n"),
               .stock = INT64_MIN,
               .active = true,
               .weight = 0.1,
               .cost = {100},
               .currency = {"JPY"},
               .created_at = {1795262299123456},
               .status = STATUS_ACTIVE,
               .tags = {tags, 2},
               .parents = {parents, 2},
               .metadata = {S_INIT("{\"a\":1}")},
               .address = {.city = S_INIT("Ulm")},
               .size = {1, 2},
               .prices = {prices, 2},
               .secret = S_INIT("hidden"),
               .site = {NULL, 0}};
    t.present.set = ~UINT64_C(0);
    t.address.present.set = 1;
    field_mark(&thing_type, type_field(&thing_type, S("note")), &t, true, true);
    assert_string_equal(
        written(arena, &thing_type, &t),
        "{\"id\":\"thing_0000000000005\",\"name\":\"B\xC3\xBCro\\n\",\"note\":null,"
        "\"stock\":-9223372036854775808,\"active\":true,\"weight\":0.1,\"cost\":100,"
        "\"currency\":\"JPY\",\"created_at\":\"2026-11-21T11:58:19.123456Z\",\"status\":\"active\","
        "\"tags\":[\"a\",\"b\\\"\"],\"parents\":[\"thing_0000000000001\",\"thing_0000000000010\"],"
        "\"metadata\":{\"a\":1},\"address\":{\"city\":\"Ulm\",\"email\":null},"
        "\"size\":{\"width\":1,\"height\":2},"
        "\"prices\":[{\"currency\":\"EUR\",\"amount\":-5},{\"currency\":null,\"amount\":0}],"
        "\"site\":\"\"}");
}

static void absent_is_null_in_answers_and_nothing_in_storage(void **state)
{
    Arena *arena = *state;
    Thing t = {.name = S_INIT("a"), .secret = S_INIT("s")};
    MARK_SET(&thing_type, &t, Thing, name);
    MARK_SET(&thing_type, &t, Thing, secret);
    assert_string_equal(written(arena, &thing_type, &t),
                        "{\"id\":null,\"name\":\"a\",\"note\":null,\"stock\":null,\"active\":null,"
                        "\"weight\":null,\"cost\":null,\"currency\":null,\"created_at\":null,"
                        "\"status\":null,\"tags\":null,\"parents\":null,\"metadata\":null,"
                        "\"address\":null,\"size\":null,\"prices\":null,\"site\":null}");
    Buf buf = buf_new(arena, 1000);
    json_write_stored(&buf, &thing_type, &t);
    assert_string_equal(str_z(arena, buf_str(&buf)), "{\"name\":\"a\",\"secret\":\"s\"}");
    assert_string_equal(written(arena, &plain_type, &(Plain){0}),
                        "{\"id\":null,\"name\":\"\",\"note\":null,\"n\":0,\"extra\":null,"
                        "\"currency\":null}");
}

/* Against a writer that looks at one byte at a time. */
typedef struct Token {
    Present present;
    Str access, refresh;
    int64_t life;
} Token;

static const Type token_type =
    TYPE_WITH_ABSENCE(Token, "A foreign protocol's.", FIELD(Token, access, "", .optional = true),
                      FIELD(Token, refresh, "", .optional = true), FIELD(Token, life, ""));

/* Foreign protocols take null for an answer. */
static void what_is_optional_is_left_out(void **state)
{
    Arena *arena = *state;
    Buf all = buf_new(arena, 1000), some = buf_new(arena, 1000), none = buf_new(arena, 1000);
    Token token = {.present = PRESENT_ALL, .access = S("a"), .refresh = S("b"), .life = 9};
    json_write(&all, &token_type, &token);
    assert_string_equal(str_z(arena, buf_str(&all)),
                        "{\"access\":\"a\",\"refresh\":\"b\",\"life\":9}");
    MARK_ABSENT(&token_type, &token, Token, access);
    json_write(&some, &token_type, &token);
    assert_string_equal(str_z(arena, buf_str(&some)), "{\"refresh\":\"b\",\"life\":9}");
    token.present = (Present){0};
    json_write(&none, &token_type, &token);
    assert_string_equal(str_z(arena, buf_str(&none)), "{\"life\":null}");
}

static void texts_are_escaped_at_every_place(void **state)
{
    Arena *arena = *state;
    for (size_t length = 0; length < 40; length++) {
        for (size_t at = 0; at < length; at++) {
            for (int c = 1; c < 256; c += c < 0x30 ? 1 : 7) {
                char text[40], expected[64] = "\"";
                memset(text, 'x', sizeof text);
                text[at] = (char)c;
                size_t n = 1;
                for (size_t i = 0; i < length; i++) {
                    unsigned char u = (unsigned char)text[i];
                    const char *letters = "\"\"\\\\\bb\tt\nn\ff\rr", *p = letters;
                    while (*p && (unsigned char)*p != u) p += 2;
                    if (*p)
                        expected[n++] = '\\', expected[n++] = p[1];
                    else if (u < 0x20)
                        n += (size_t)snprintf(expected + n, 8, "\\u%04x", u);
                    else
                        expected[n++] = text[i];
                }
                expected[n++] = '"';
                ArenaMark mark = arena_mark(arena);
                Buf buf = buf_new(arena, 100);
                json_write_str(&buf, (Str){text, length});
                assert_int_equal(buf.n, n);
                assert_memory_equal(buf.p, expected, n);
                arena_rewind(arena, mark);
            }
        }
    }
}

/* The three ways to look for what needs an escape agree: one byte, eight, sixteen. */
static void words_are_searched_like_bytes(void **state)
{
    (void)state;
    for (size_t at = 0; at < 16; at++) {
        for (int c = 0; c < 256; c++) {
            char text[16];
            memset(text, 0x80 | (int)at, sizeof text);
            text[at] = (char)c;
            uint64_t eight[2];
            memcpy(eight, text, sizeof eight);
            assert_int_equal(json_any_special(eight[at / 8]), json_is_special((char)c));
            assert_int_equal(json_plain_of_16(text), json_is_special((char)c) ? at : 16);
        }
    }
}

static void a_full_buffer_is_noticed_and_never_overrun(void **state)
{
    Arena *arena = *state;
    Price prices[] = {{{"EUR"}, {5}}};
    Thing t = {.name = S_INIT("a\"\n\x01 long enough for eight bytes"), .prices = {prices, 1}};
    t.present.set = ~UINT64_C(0);
    size_t whole = strlen(written(arena, &thing_type, &t));
    for (size_t max = 0; max < whole; max++) {
        Buf buf = buf_new(arena, max);
        json_write(&buf, &thing_type, &t);
        assert_true(buf.full);
        assert_true(buf.n <= max);
    }
}

static void doubles_read_back_as_they_were(void **state)
{
    static const double values[] = {0,
                                    -0.0,
                                    1,
                                    -1,
                                    0.1,
                                    1.0 / 3,
                                    1e21,
                                    1e-7,
                                    5e-324,
                                    2.5e15,
                                    9007199254740993.0,
                                    1.7976931348623157e308,
                                    123456.789};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        Buf buf = buf_new(*state, 100);
        json_write_double(&buf, values[i]);
        double back = strtod(str_z(*state, buf_str(&buf)), NULL);
        assert_memory_equal(&back, &values[i], sizeof back);
    }
    static const struct {
        double value;
        const char *text;
    } rows[] = {{0.1, "0.1"}, {3, "3"}, {-2.5, "-2.5"}, {1e300 * 1e300, "null"}, {1e21, "1e+21"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Buf buf = buf_new(*state, 100);
        json_write_double(&buf, rows[i].value);
        assert_string_equal(str_z(*state, buf_str(&buf)), rows[i].text);
    }
}

static void what_is_stored_reads_back(void **state)
{
    Arena *arena = *state;
    Violations violations = violations_new(arena);
    Thing *t, *back;
    t = json_read(arena, &thing_type,
                  S("{\"name\":\"a\",\"tags\":[\"x\"],\"address\":{\"city\":\"U\"},\"prices\":[],"
                    "\"secret\":\"s\",\"note\":\"\\\"\\u0007\"}"),
                  JSON_CREATE, &violations);
    assert_non_null(t);
    t->id = (Id){9};
    MARK_SET(&thing_type, t, Thing, id);
    Buf buf = buf_new(arena, 1000), again = buf_new(arena, 1000);
    json_write_stored(&buf, &thing_type, t);
    back = json_read(arena, &thing_type, buf_str(&buf), JSON_STORED, &violations);
    assert_non_null(back);
    json_write_stored(&again, &thing_type, back);
    assert_true(str_eq(buf_str(&buf), buf_str(&again)));
    assert_int_equal(back->present.set, t->present.set);
    assert_int_equal(back->id.n, 9);
}

static void a_mask_chooses_fields(void **state)
{
    Arena *arena = *state;
    Price prices[] = {{{"EUR"}, {5}}};
    Thing t = {.id = {5}, .name = S_INIT("a"), .prices = {prices, 1}};
    t.present.set = ~UINT64_C(0);
    static const struct {
        const char *names[4];
        const char *expected; /* NULL: refused */
    } rows[] = {
        {{"name", "id"}, "{\"id\":\"thing_0000000000005\",\"name\":\"a\"}"},
        {{"prices.amount"}, "{\"prices\":[{\"amount\":5}]}"},
        {{"prices.amount", "prices"}, "{\"prices\":[{\"currency\":\"EUR\",\"amount\":5}]}"},
        {{"prices", "prices.amount"}, "{\"prices\":[{\"currency\":\"EUR\",\"amount\":5}]}"},
        {{"prices.amount", "prices.currency", "name"},
         "{\"name\":\"a\",\"prices\":[{\"currency\":\"EUR\",\"amount\":5}]}"},
        {{"nam"}, NULL},
        {{"name", "prices.x"}, NULL},
        {{"name.x"}, NULL},
        {{"secret"}, NULL},
        {{""}, NULL},
        {{"prices."}, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Str names[4], unknown = {0};
        size_t n = 0;
        while (n < 4 && rows[i].names[n]) names[n] = str_from(rows[i].names[n]), n++;
        FieldMask mask;
        bool fine = field_mask_parse(arena, &thing_type, (StrList){names, n}, &mask, &unknown);
        assert_int_equal(fine, rows[i].expected != NULL);
        if (!fine) {
            assert_true(str_eq(unknown, names[n - 1]));
            continue;
        }
        Buf buf = buf_new(arena, 1000);
        json_write_some(&buf, &thing_type, &t, &mask);
        assert_string_equal(str_z(arena, buf_str(&buf)), rows[i].expected);
    }
}

static void json_out_sees_to_commas_and_characters(void **state)
{
    Arena *arena = *state;
    Buf buf = buf_new(arena, 1000);
    JsonOut out = json_out(&buf);
    json_out_begin(&out, '{');
    json_out_key(&out, "a");
    json_out_begin(&out, '[');
    json_out_int(&out, -1);
    json_out_bool(&out, true);
    json_out_null(&out);
    json_out_z(&out, NULL);
    json_out_double(&out, 0.5);
    json_out_begin(&out, '{');
    json_out_end(&out, '}');
    json_out_end(&out, ']');
    json_out_key_str(&out, S("b\""));
    json_out_str(&out, S("\xC3\xBC\xFF\xC3!\xED\xA0\x80"));
    json_out_key(&out, "c");
    json_out_object(&out, &size_type, &(Size){1, 2});
    json_out_key(&out, "d");
    json_out_raw(&out, S("[]"));
    json_out_end(&out, '}');
    assert_string_equal(
        str_z(arena, buf_str(&buf)),
        "{\"a\":[-1,true,null,null,0.5,{}],\"b\\\"\":\"\xC3\xBC\xEF\xBF\xBD\xEF\xBF\xBD!"
        "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\",\"c\":{\"width\":1,\"height\":2},"
        "\"d\":[]}");
    assert_int_equal(out.depth, 0);
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, setup_arena, teardown_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(every_kind_is_written),
        WITH_ARENA(absent_is_null_in_answers_and_nothing_in_storage),
        WITH_ARENA(what_is_optional_is_left_out),
        WITH_ARENA(texts_are_escaped_at_every_place),
        cmocka_unit_test(words_are_searched_like_bytes),
        WITH_ARENA(a_full_buffer_is_noticed_and_never_overrun),
        WITH_ARENA(doubles_read_back_as_they_were),
        WITH_ARENA(what_is_stored_reads_back),
        WITH_ARENA(a_mask_chooses_fields),
        WITH_ARENA(json_out_sees_to_commas_and_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
