#include "platform/config/config_file.h"

#include "base/buf.h"
#include "platform/config/config.h"

#include <setjmp.h>

#include <cmocka.h>

static int arena_up(void **state)
{
    *state = arena_new(4096);
    return 0;
}

static int arena_down(void **state)
{
    arena_free(*state);
    return 0;
}

/* What a file is read as: "line name=value" for each value, then "line! problem". */
static const char *reading(Arena *arena, Str content)
{
    ConfigLineList lines;
    ConfigLineProblems problems;
    config_file_parse(arena, content, &lines, &problems);
    Buf out = buf_new(arena, 1000000);
    for (size_t i = 0; i < lines.n; i++)
        buf_format(&out, "%d %.*s=%.*s\n", lines.items[i].line, STR_ARG(lines.items[i].name),
                   STR_ARG(lines.items[i].value));
    for (size_t i = 0; i < problems.n; i++)
        buf_format(&out, "%d! %.*s\n", problems.items[i].line, STR_ARG(problems.items[i].text));
    return str_z(arena, buf_str(&out));
}

static void lines_are_read(void **state)
{
    static const struct {
        Str content;
        const char *reading;
    } rows[] = {
        {S_INIT(""), ""},
        {S_INIT("a=1"), "1 a=1\n"},
        {S_INIT("a = 1\nb:2\n"), "1 a=1\n2 b=2\n"},
        {S_INIT("\xEF\xBB\xBF[s]\r\na = 1\r\n"), "2 s.a=1\n"},
        {S_INIT("# c\n; d\n\n  # e\na = 1 ; f\nb = x;y\n"), "5 a=1\n6 b=x;y\n"},
        {S_INIT("[s] # c\na = 1\n[ t ];d\nb = 2\n"), "2 s.a=1\n4 t.b=2\n"},
        {S_INIT("a =\n"), "1 a=\n"},
        {S_INIT("a = b = c\n"), "1 a=b = c\n"},
        /* an indented line is a line, not a continuation */
        {S_INIT("[s]\n  a = 1\n\tb = 2\n"), "2 s.a=1\n3 s.b=2\n"},
        {S_INIT("s.a = 1\n"), "1 s.a=1\n"},
        {S_INIT("a = 1\na = 2\n"), "1 a=1\n2 a=2\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(reading(*state, rows[i].content), rows[i].reading);
}

static void every_line_that_means_nothing_is_told(void **state)
{
    static const struct {
        Str content;
        const char *reading;
    } rows[] = {
        {S_INIT("what\na = 1\nis this"),
         "2 a=1\n1! the line is neither a section nor `name = value`"
         "\n3! the line is neither a section nor `name = value`\n"},
        {S_INIT("[s\na = 1\n"), "2 a=1\n1! a section is written [name], alone in its line\n"},
        {S_INIT("[s] b = 2\na = 1\n"),
         "2 s.a=1\n1! a section is written [name], alone in its line\n"},
        {S_INIT("[]\n"), "1! a section is written [name], alone in its line\n"},
        {S_INIT("= 1\n"), "1! there is no name before the \"=\"\n"},
        {S_INIT("a = \"x\"\n"), "1! a value is written without quotation marks\n"},
        {S_INIT("a = x # y\n"), "1! a comment behind a value begins with \";\", not with \"#\"\n"},
        {S_INIT("a = x#y\n"), "1 a=x#y\n"},
        {S_INIT("a = 1\0\n"), "0! the file is no UTF-8 text\n"},
        {S_INIT("a = \xff\n"), "0! the file is no UTF-8 text\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(reading(*state, rows[i].content), rows[i].reading);
}

/* libinih would read the rest of a long line as a line of its own. */
static void a_long_line_is_refused_whole(void **state)
{
    Arena *arena = *state;
    for (size_t n = 150; n < 450; n++) {
        Buf content = buf_new(arena, 10000);
        buf_lit(&content, "a = ");
        while (content.n < n) buf_char(&content, 'x');
        buf_lit(&content, "\nb = 1\n");
        ConfigLineList lines;
        ConfigLineProblems problems;
        config_file_parse(arena, buf_str(&content), &lines, &problems);
        assert_int_equal(lines.n + problems.n, 2);
        assert_int_equal(lines.items[lines.n - 1].line, 2);
        assert_true(str_eq(lines.items[lines.n - 1].name, S("b")));
        if (lines.n == 2) assert_int_equal(lines.items[0].value.n, n - 4);
        if (n < 190) assert_int_equal(lines.n, 2);
    }
}

static void sizes_are_bounded(void **state)
{
    Arena *arena = *state;
    Buf many = buf_new(arena, CONFIG_FILE_MAX + 1);
    for (int i = 0; i <= CONFIG_LINES_MAX; i++) buf_lit(&many, "a = 1\n");
    ConfigLineList lines;
    ConfigLineProblems problems;
    config_file_parse(arena, buf_str(&many), &lines, &problems);
    assert_int_equal(lines.n, CONFIG_LINES_MAX);
    assert_int_equal(problems.n, 1);
    while (many.n <= CONFIG_FILE_MAX) buf_char(&many, '\n');
    assert_string_equal(reading(arena, buf_str(&many)), "0! the file has more than 65536 bytes\n");
}

/* A section's name that is longer than libinih's own copy of it. */
static void long_section_names_stay_apart(void **state)
{
    char content[200] = "[", expected[200] = "2 ";
    memset(content + 1, 's', 80);
    memset(expected + 2, 's', 80);
    memcpy(content + 81, "]\na=1", 6);
    memcpy(expected + 82, ".a=1\n", 6);
    assert_string_equal(reading(*state, str_from(content)), expected);
}

#define WITH_ARENA(f) cmocka_unit_test_setup_teardown(f, arena_up, arena_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(lines_are_read),
        WITH_ARENA(every_line_that_means_nothing_is_told),
        WITH_ARENA(a_long_line_is_refused_whole),
        WITH_ARENA(sizes_are_bounded),
        WITH_ARENA(long_section_names_stay_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
