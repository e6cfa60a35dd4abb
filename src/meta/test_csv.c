#include "meta/csv.h"
#include "meta/test_types.h"

#include <setjmp.h>

#include <cmocka.h>

/* All records in pieces of `step` bytes, as "a|b;c|d;", and the error at the end. */
static const char *read_in_steps(Arena *arena, Str text, size_t step)
{
    Buf out = buf_new(arena, 1 << 24);
    CsvReader reader = csv_reader(arena);
    CsvRecord record;
    for (size_t at = 0; at <= text.n; at += step) {
        csv_push(&reader, str_slice(text, at, at + step));
        if (at + step > text.n) csv_end(&reader);
        while (csv_next(&reader, &record)) {
            for (size_t i = 0; i < record.n; i++) {
                if (i) buf_char(&out, '|');
                buf_put(&out, record.fields[i]);
            }
            buf_char(&out, ';');
        }
    }
    buf_put(&out, reader.error);
    return str_z(arena, buf_str(&out));
}

static void records_are_read_whatever_the_pieces(void **state)
{
    Arena *arena = *state;
    static const struct {
        Str text;
        const char *records;
    } rows[] = {
        {S_INIT(""), ""},
        {S_INIT("a"), "a;"},
        {S_INIT("a\n"), "a;"},
        {S_INIT("a,b\r\nc,d\r\n"), "a|b;c|d;"},
        {S_INIT("a,b\nc,d"), "a|b;c|d;"},
        {S_INIT("\n\r\na\n\n\nb\n\n"), "a;b;"},
        {S_INIT(","), "|;"},
        {S_INIT("a,\n,b\n"), "a|;|b;"},
        {S_INIT("\"\"\n\"\"\n"), ";;"},
        {S_INIT("\"a\",\"b\"\n"), "a|b;"},
        {S_INIT("\"a,b\",\"c\"\"d\",\"\"\"\"\n"), "a,b|c\"d|\";"},
        {S_INIT("\"a\nb\r\nc\",d\n"), "a\nb\r\nc|d;"},
        {S_INIT(" a , \" b\"\n"), "line 1: a quote inside a field without quotes"},
        {S_INIT(" a , b \n"), " a | b ;"},
        {S_INIT("\xEF\xBB\xBF"
                "a,b\n"),
         "a|b;"},
        {S_INIT("\xEF\xBB\xBF\"a\"\n"), "a;"},
        {S_INIT("\xEF\xBB\xBC,x\n"), "\xEF\xBB\xBC|x;"}, /* begins like a mark, and is a letter */
        {S_INIT("\xEF\xBB"), "line 1: the text is not UTF-8"},
        {S_INIT("a\n\xEF\xBB\xBF"
                "b\n"),
         "a;\xEF\xBB\xBF"
         "b;"}, /* a mark only at the start */
        {S_INIT("\xC3\xBC\n"), "\xC3\xBC;"},
        {S_INIT("a\nb\xFF\n"), "a;line 2: the text is not UTF-8"},
        {S_INIT("a\"b\n"), "line 1: a quote inside a field without quotes"},
        {S_INIT("x\n\"a\"b\n"), "x;line 2: text between a closing quote and the separator"},
        {S_INIT("\"a\" ,b\n"), "line 1: text between a closing quote and the separator"},
        {S_INIT("x\n\"a\nb"), "x;line 3: a quoted field has no end"},
        {S_INIT("\"a\"\"\n"), "line 2: a quoted field has no end"},
        {S_INIT("a\rb\n"), "line 1: a CR without LF"},
        {S_INIT("a\r"), "line 1: a CR without LF"},
        {S_INIT("a\r\r\n"), "line 1: a CR without LF"},
        {S_INIT("a\0b\n"), "line 1: NUL is not allowed"},
        {S_INIT("\"a\0b\"\n"), "line 1: NUL is not allowed"},
        {S_INIT("a,b\nc,d\ne\n"), "a|b;c|d;line 3: has 1 fields, the first record has 2"},
        {S_INIT("a\n\"b\nb\",c\n"), "a;line 2: has 2 fields, the first record has 1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t step = 1; step <= rows[i].text.n + 1; step++)
            assert_string_equal(read_in_steps(arena, rows[i].text, step), rows[i].records);
}

static void records_know_their_line(void **state)
{
    Arena *arena = *state;
    CsvReader reader = csv_reader(arena);
    CsvRecord record;
    csv_push(&reader, S("a\n\n\"b\nb\"\r\nc"));
    csv_end(&reader);
    static const int64_t lines[] = {1, 3, 5};
    for (size_t i = 0; i < 3; i++) {
        assert_true(csv_next(&reader, &record));
        assert_int_equal(record.line, lines[i]);
    }
    assert_false(csv_next(&reader, &record));
    assert_int_equal(reader.error.n, 0);
}

static const char *read_filled(Arena *arena, size_t n, char c, size_t copies, Str separator)
{
    Buf text = buf_new(arena, 1 << 24);
    char *fill = arena_alloc(arena, n ? n : 1, 1);
    memset(fill, c, n);
    for (size_t i = 0; i < copies; i++) {
        if (i) buf_put(&text, separator);
        buf_bytes(&text, fill, n);
    }
    const char *read = read_in_steps(arena, buf_str(&text), 65536);
    const char *error = strstr(read, "line 1:");
    return error ? error : "";
}

static void what_a_sender_can_grow_has_limits(void **state)
{
    Arena *arena = *state;
    assert_string_equal(read_filled(arena, CSV_FIELD_MAX, 'x', 1, S("")), "");
    assert_string_equal(read_filled(arena, CSV_FIELD_MAX + 1, 'x', 1, S("")),
                        "line 1: a field is longer than 1048576 bytes");
    assert_string_equal(read_filled(arena, CSV_FIELD_MAX, 'x', 4, S(",")), "");
    assert_string_equal(read_filled(arena, CSV_FIELD_MAX, 'x', 5, S(",")),
                        "line 1: the record is longer than 4194304 bytes");
    assert_string_equal(read_filled(arena, 0, 'x', CSV_FIELDS_MAX, S(",")), "");
    assert_string_equal(read_filled(arena, 0, 'x', CSV_FIELDS_MAX + 1, S(",")),
                        "line 1: has more than 1000 fields");
}

static void the_reader_needs_memory_for_one_record_only(void **state)
{
    Arena *arena = *state;
    CsvReader reader = csv_reader(arena);
    CsvRecord record;
    size_t after_first = 0;
    for (int i = 0; i < 10000; i++) {
        csv_push(&reader, S("some,fields,of,a,record\r\n"));
        while (csv_next(&reader, &record)) {
        }
        if (i == 0) after_first = arena_used(arena);
    }
    assert_int_equal(arena_used(arena), after_first);
}

/* Each record as "LINE:a|b;", each that was skipped as "LINE!a|;" with the fields that were complete. */
static void what_ends_somewhere_can_be_skipped(void **state)
{
    Arena *arena = *state;
    Buf out = buf_new(arena, 1000);
    CsvReader reader = csv_reader(arena);
    CsvRecord record;
    csv_push(&reader, S("a,b\n1\n2,\"3\n\",4\nx,\xFFy\nc,d\n5,6\"7\ne,f\n"));
    csv_end(&reader);
    for (;;) {
        bool read = csv_next(&reader, &record);
        if (!read && !reader.error.n) break;
        if (!read) record = csv_begun(&reader);
        buf_format(&out, "%d%c", (int)record.line, read ? ':' : '!');
        for (size_t i = 0; i < record.n; i++) {
            buf_put(&out, record.fields[i]);
            buf_char(&out, '|');
        }
        buf_char(&out, ';');
        if (!read && !csv_skip(&reader)) break;
    }
    assert_string_equal(str_z(arena, buf_str(&out)), "1:a|b|;2!1|;3!2|3\n|4|;5!x|;6:c|d|;7!5|;");
    assert_string_equal(str_z(arena, reader.error),
                        "line 7: a quote inside a field without quotes");
}

static void a_file_can_be_read_from_a_line_on(void **state)
{
    CsvReader reader = csv_reader_at(*state, 12, 2);
    CsvRecord record;
    csv_push(&reader, S("\xEF\xBB\xBF"
                        "a,b\nc\n"));
    assert_true(csv_next(&reader, &record));
    assert_int_equal(record.line, 12);
    assert_true(str_eq(record.fields[0], S("\xEF\xBB\xBF"
                                           "a"))); /* no file begins here */
    assert_false(csv_next(&reader, &record));
    assert_string_equal(str_z(*state, reader.error),
                        "line 13: has 1 fields, the first record has 2");
}

/* ---- Writing ---- */

static void fields_are_quoted_when_they_must_be(void **state)
{
    Arena *arena = *state;
    static const char *const rows[][2] = {{"", ""},
                                          {"a b", "a b"},
                                          {"a,b", "\"a,b\""},
                                          {"a\"b", "\"a\"\"b\""},
                                          {"a\nb", "\"a\nb\""},
                                          {"a\rb", "\"a\rb\""},
                                          {"\xC3\xBC", "\xC3\xBC"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Buf buf = buf_new(arena, 100);
        csv_write_field(&buf, str_from(rows[i][0]));
        assert_string_equal(str_z(arena, buf_str(&buf)), rows[i][1]);
    }
}

static void formulas_are_guarded_and_come_back(void **state)
{
    Arena *arena = *state;
    static const char *const rows[][2] = {{"=1+1", "'=1+1"}, {"+1", "'+1"},   {"-1", "'-1"},
                                          {"@x", "'@x"},     {"\tx", "'\tx"}, {"\rx", "'\rx"},
                                          {"'=1", "''=1"},   {"a=1", "a=1"},  {"'a", "'a"},
                                          {"", ""},          {"'", "'"},      {" =1", " =1"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Str guarded = csv_guard(arena, str_from(rows[i][0]));
        assert_string_equal(str_z(arena, guarded), rows[i][1]);
        assert_string_equal(str_z(arena, csv_unguard(guarded)), rows[i][0]);
    }
}

static void objects_become_rows(void **state)
{
    Arena *arena = *state, *scratch = arena_new(1024);
    Price prices[] = {{{"EUR"}, {-5}}};
    Str tags[] = {S_INIT("a"), S_INIT("b")};
    Thing t = {.id = {1},
               .name = S_INIT("=x"),
               .stock = -3,
               .active = true,
               .weight = 0.5,
               .cost = {-7},
               .currency = {"EUR"},
               .created_at = {1795262299000000},
               .tags = {tags, 2},
               .metadata = {S_INIT("{\"a\":1}")},
               .size = {1, 2},
               .prices = {prices, 1},
               .secret = S_INIT("hidden")};
    t.present.set = UINT64_MAX;
    field_mark(&thing_type, type_field(&thing_type, S("site")), &t, false, false);
    field_mark(&thing_type, type_field(&thing_type, S("address")), &t, true, true);
    Buf buf = buf_new(arena, 10000);
    csv_write_header(&buf, &thing_type);
    csv_write_row(&buf, scratch, &thing_type, &t);
    assert_string_equal(
        str_z(arena, buf_str(&buf)),
        "id,name,note,stock,active,weight,cost,currency,created_at,status,tags,parents,metadata,"
        "address,size,prices,site\r\n"
        "thing_0000000000001,'=x,,-3,true,0.5,-7,EUR,2026-11-21T11:58:19Z,draft,\"a,b\",,"
        "\"{\"\"a\"\":1}\",,\"{\"\"width\"\":1,\"\"height\"\":2}\","
        "\"[{\"\"currency\"\":\"\"EUR\"\",\"\"amount\"\":-5}]\",\r\n");
    assert_int_equal(arena_used(scratch), 0);
    arena_free(scratch);
}

typedef struct Word {
    Str word;
} Word;
static const Type word_type = TYPE(Word, "One text.", FIELD(Word, word, "It."));

static void one_empty_field_is_no_empty_line(void **state)
{
    Arena *arena = *state;
    Buf buf = buf_new(arena, 100);
    csv_write_header(&buf, &word_type);
    csv_write_row(&buf, arena, &word_type, &(Word){S("")});
    csv_write_row(&buf, arena, &word_type, &(Word){S("x")});
    assert_string_equal(read_in_steps(arena, buf_str(&buf), 100), "word;;x;");
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, setup_arena, teardown_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(records_are_read_whatever_the_pieces),
        WITH_ARENA(records_know_their_line),
        WITH_ARENA(what_a_sender_can_grow_has_limits),
        WITH_ARENA(the_reader_needs_memory_for_one_record_only),
        WITH_ARENA(what_ends_somewhere_can_be_skipped),
        WITH_ARENA(a_file_can_be_read_from_a_line_on),
        WITH_ARENA(fields_are_quoted_when_they_must_be),
        WITH_ARENA(formulas_are_guarded_and_come_back),
        WITH_ARENA(objects_become_rows),
        WITH_ARENA(one_empty_field_is_no_empty_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
