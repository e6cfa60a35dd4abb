#include "meta/table.h"
#include "meta/test_types.h"

#include <setjmp.h>

#include <cmocka.h>

typedef struct Row {
    Present present;
    Str name;
    int64_t count;
    Status status;
    Str note;
    Str key;
    Str hidden;
} Row;
static const Type row_type =
    TYPE_WITH_ABSENCE(Row, "A row.", FIELD(Row, name, "Name."), FIELD(Row, count, "How many."),
                      ENUM(Row, status, "Stage.", status_names), FIELD(Row, note, "Anything."),
                      FIELD(Row, key, "A key.", .secret = true),
                      FIELD(Row, hidden, "Not shown.", .write_only = true));

static Row row(const char *name, int64_t count, const char *note, const char *key)
{
    return (Row){.present = PRESENT_ALL,
                 .name = str_from(name),
                 .count = count,
                 .status = STATUS_ACTIVE,
                 .note = str_from(note),
                 .key = str_from(key),
                 .hidden = S("h")};
}

static const char *table(Arena *arena, Row *rows, size_t n, TableStyle style)
{
    Arena *scratch = arena_new(1024);
    Buf buf = buf_new(arena, 100000);
    table_write(&buf, scratch, &row_type, (AnyList){rows, n}, style);
    arena_free(scratch);
    return str_z(arena, buf_str(&buf));
}

static void widths_are_those_of_a_terminal(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t columns;
    } rows[] = {{"", 0},
                {"abc", 3},
                {"\xC3\xBC", 1},                 /* u with diaeresis */
                {"u\xCC\x88", 1},                /* u, combining diaeresis */
                {"\xE6\x9D\xB1\xE4\xBA\xAC", 4}, /* Tokyo */
                {"\xEF\xBC\xA1", 2},             /* fullwidth A */
                {"\xF0\x9F\x98\x80", 2},         /* an emoji */
                {"a\tb\x1B", 4},
                {"\xFF", 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(text_columns(str_from(rows[i].text)), rows[i].columns);
}

static void columns_are_aligned(void **state)
{
    Row rows[] = {row("\xE6\x9D\xB1\xE4\xBA\xAC", 5, "x", "k"), row("u\xCC\x88", -12345, "", ""),
                  row("abc", 0, "y", "")};
    field_mark(&row_type, type_field(&row_type, S("count")), &rows[2], false, false);
    field_mark(&row_type, type_field(&row_type, S("note")), &rows[2], true, true);
    assert_string_equal(table(*state, rows, 3, (TableStyle){0}),
                        "name   count  status  note  key\n"
                        "\xE6\x9D\xB1\xE4\xBA\xAC       5  active  x     ********\n"
                        "u\xCC\x88     -12345  active        \n"
                        "abc           active        \n");
}

static void what_a_terminal_obeys_is_replaced(void **state)
{
    Arena *arena = *state;
    Str text =
        text_harmless(arena, S("a\x1B[31m\nb\x7F\xC2\x9B\xE2\x80\xAE\xE2\x81\xA6\xFF\xC3\xBC"));
    assert_string_equal(str_z(arena, text), "a\xEF\xBF\xBD[31m\xEF\xBF\xBD"
                                            "b\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
                                            "\xEF\xBF\xBD\xEF\xBF\xBD\xC3\xBC");
}

static void long_texts_are_cut_to_the_terminal(void **state)
{
    Row rows[] = {row("a name of twenty-two c", 1, "a longer note, with thirty-five chars", ""),
                  row("\xE6\x9D\xB1\xE4\xBA\xAC\xE6\x9D\xB1\xE4\xBA\xAC\xE6\x9D\xB1\xE4\xBA\xAC"
                      "\xE6\x9D\xB1",
                      123456, "short", "")};
    /* 60 columns, less 4 gaps of 2, 6 for count and status, 3 for key: 37 for name (18) and note
     * (19) */
    const char *text = table(*state, rows, 2, (TableStyle){.columns = 60, .bold = true});
    assert_string_equal(
        text, "\033[1mname                 count  status  note                 key\033[0m\n"
              "a name of twenty-\xE2\x80\xA6       1  active  a longer note, wit\xE2\x80\xA6  \n"
              "\xE6\x9D\xB1\xE4\xBA\xAC\xE6\x9D\xB1\xE4\xBA\xAC\xE6\x9D\xB1\xE4\xBA\xAC\xE6\x9D"
              "\xB1      123456  active  short                \n");
}

static void numbers_and_names_are_never_cut(void **state)
{
    Row rows[] = {row("a name of twenty-two c", INT64_MIN, "a longer note", "")};
    assert_string_equal(
        table(*state, rows, 1, (TableStyle){.columns = 20}),
        "name                     count  status  note      key\n"
        "a name \xE2\x80\xA6  -9223372036854775808  active  a longe\xE2\x80\xA6  \n");
}

static void an_empty_list_has_a_header(void **state)
{
    assert_string_equal(table(*state, NULL, 0, (TableStyle){0}),
                        "name  count  status  note  key\n");
}

static void an_object_has_a_line_each_field(void **state)
{
    Arena *scratch = arena_new(1024);
    Row one = row("n", 7, "a\nb", "k");
    Buf buf = buf_new(*state, 10000);
    table_write_object(&buf, scratch, &row_type, &one);
    assert_string_equal(str_z(*state, buf_str(&buf)),
                        "name    n\ncount   7\nstatus  active\nnote    a\xEF\xBF\xBD"
                        "b\n"
                        "key     ********\n");
    arena_free(scratch);
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, setup_arena, teardown_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths_are_those_of_a_terminal),
        WITH_ARENA(columns_are_aligned),
        WITH_ARENA(what_a_terminal_obeys_is_replaced),
        WITH_ARENA(long_texts_are_cut_to_the_terminal),
        WITH_ARENA(numbers_and_names_are_never_cut),
        WITH_ARENA(an_empty_list_has_a_header),
        WITH_ARENA(an_object_has_a_line_each_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
