/* Files that are broken somewhere. */
#include "modules/catalog/transfer/input.h"

#include "meta/check.h"
#include "modules/catalog/transfer/seen.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static Arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(1 << 16);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* A source that gives so many bytes at a time. */
typedef struct Pieces {
    Str rest;
    size_t step;
    bool fails; /* at its end */
} Pieces;

static ssize_t read_piece(void *state, void *out, size_t size)
{
    Pieces *pieces = state;
    size_t n = pieces->step < size ? pieces->step : size;
    if (n > pieces->rest.n) n = pieces->rest.n;
    if (!n && pieces->fails) {
        errno = EIO;
        return -1;
    }
    memcpy(out, pieces->rest.p, n);
    pieces->rest = str_slice(pieces->rest, n, pieces->rest.n);
    return (ssize_t)n;
}

/* The first field is a slug. */
static bool plausible(void *state, const CsvRecord *record)
{
    (void)state;
    return record->n && text_is_slug(record->fields[0]);
}

/* "1:h 2:a !3-4(b) 5:c": the line and first field of each record, and what was lost. */
static const char *read_all(const char *text, size_t step)
{
    Pieces pieces = {.rest = str_from(text), .step = step};
    CsvInput in = csv_input(window_open(arena, (ByteSource){read_piece, &pieces}));
    Buf out = buf_new(arena, 100000);
    in.plausible = plausible;
    for (InputStep input; (input = csv_input_next(&in)) != INPUT_END;) {
        if (out.n) buf_char(&out, ' ');
        Str first = in.record.n ? in.record.fields[0] : S("");
        if (input == INPUT_READ) {
            buf_format(&out, "%d:%.*s", (int)in.record.line, STR_ARG(first));
            continue;
        }
        buf_format(&out, "!%d-%d(%.*s)", (int)in.problem.line, (int)in.problem.last_line,
                   STR_ARG(first));
        if (input == INPUT_STOPPED) break;
    }
    csv_input_close(&in);
    return str_z(arena, buf_str(&out));
}

/* Eight columns, so that lines can be told from texts. */
#define H       "h,2,3,4,5,6,7,8\n"
#define ROW(id) id ",2,3,4,5,6,7,8\n"

static void what_is_broken_is_passed_over(void **state)
{
    (void)state;
    static const struct {
        const char *text, *records;
    } cases[] = {
        {H ROW("a") ROW("b"), "1:h 2:a 3:b"},
        {H ROW("a") "b,2,3\n" ROW("c"), "1:h 2:a !3-3(b) 4:c"},
        {H "b,2,\"x\ny\"\n" ROW("c"), "1:h !2-3(b) 4:c"},
        {H "b,\xFF,3,4,5,6,7,8\n" ROW("c"), "1:h !2-2(b) 3:c"},
        {H "b,5\" wide,3,4,5,6,7,8\n" ROW("c"), "1:h !2-2(b) 3:c"},
        {H "b,\"a \"quoted\" word\",3,4,5,6,7,8\n" ROW("c"), "1:h !2-2(b) 3:c"},
        {H "b,\"no end,3,4,5,6,7,8\n" ROW("c") "d,\"x\",3,4,5,6,7,8\n", "1:h !2-2(b) 3:c 4:d"},
        {H "b,\"no end,3,4,5,6,7,8\n" ROW("c"), "1:h !2-2(b) 3:c"},
        {H "b,\"no end, and nothing behind\n", "1:h !2-0(b)"},
        {H "b,5\" wide, and no end of the line", "1:h !2-0(b)"},
        {H "b,\"one\nA line, of text\n\"two\" three\",3,4,5,6,7,8\n" ROW("c"), "1:h !2-4(b) 5:c"},
        {H "\n\nb,2\n\n" ROW("c"), "1:h !4-4(b) 6:c"},
        {H "b,5\",3\n\"c,2\n" ROW("d"), "1:h !2-3(b) 4:d"},
        {H "b,2", "1:h !2-2(b)"},
        {"h,2\na,\"x\ny, z\nb,\"2\"3\nc,4\n", "1:h !2-0(a)"}, /* too few columns to guess by */
        {"h,2\na\nb,2\n", "1:h !2-2(a) 3:b"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t step = 1; step < 200; step += 7)
            assert_string_equal(read_all(cases[i].text, step), cases[i].records);
}

static void large_records_and_many_broken_ones_need_little_memory(void **state)
{
    (void)state;
    Buf text = buf_new(arena, 1 << 26);
    buf_put(&text, S(H));
    for (int i = 0; i < 20000; i++) buf_format(&text, "a%d,5\" %0200d,3,4,5,6,7,8\n", i, 0);
    buf_put(&text, S(ROW("z")));
    Arena *own = arena_new(4096);
    Pieces pieces = {.rest = buf_str(&text), .step = 65536};
    CsvInput in = csv_input(window_open(own, (ByteSource){read_piece, &pieces}));
    int broken = 0;
    for (InputStep input; (input = csv_input_next(&in)) != INPUT_END;)
        broken += input == INPUT_BROKEN;
    assert_int_equal(broken, 1); /* all of it is one stretch: nothing between looks like a record */
    assert_true(arena_used(own) < 1 << 20);
    csv_input_close(&in);
    arena_free(own);
}

static void encodings_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        Str text;
        const char *part; /* of the problem; empty: none */
    } cases[] = {
        {S_INIT("Handle,Title\n"), ""},
        {S_INIT("\xEF\xBB\xBFHandle\n"), ""},
        {S_INIT("Grün\xC3"), ""}, /* cut off */
        {S_INIT("\xFF\xFEH\0a\0"), "UTF-16"},
        {S_INIT("H\0a\0n\0d\0l\0e\0"), "UTF-16"},
        {S_INIT("Handle\nGr\xFCn is a colour\n"), "line 2 is not UTF-8"},
        {S_INIT("PK\x03\x04"), "spreadsheet"},
        {S_INIT(""), ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Str problem = encoding_problem(arena, cases[i].text, false);
        assert_int_equal(problem.n == 0, cases[i].part[0] == 0);
        assert_true(str_find(problem, str_from(cases[i].part)) < problem.n || !problem.n);
    }
    assert_true(encoding_problem(arena, S("Gr\xC3"), true).n);
}

static const char *read_lines(Str text, size_t step)
{
    Pieces pieces = {.rest = text, .step = step};
    LineInput in = line_input(window_open(arena, (ByteSource){read_piece, &pieces}));
    Buf out = buf_new(arena, 1 << 23);
    for (InputStep input; (input = line_input_next(&in)) != INPUT_END;) {
        if (input == INPUT_READ)
            buf_format(&out, "%d:%.*s;", (int)in.number, STR_ARG(in.line));
        else
            buf_format(&out, "!%d;", (int)in.problem.line);
    }
    return str_z(arena, buf_str(&out));
}

static void lines_are_read_whatever_their_ends(void **state)
{
    (void)state;
    for (size_t step = 1; step < 20; step++) {
        assert_string_equal(read_lines(S("a\nb\r\n\n  \nc"), step), "1:a;2:b;5:c;");
        assert_string_equal(read_lines(S(""), step), "");
        assert_string_equal(read_lines(S("\n\n"), step), "");
    }
    Buf text = buf_new(arena, 1 << 24);
    buf_lit(&text, "a\n");
    for (int i = 0; i < 5 * 1024 * 1024; i++) buf_char(&text, 'x');
    buf_lit(&text, "\nb\n");
    assert_string_equal(read_lines(buf_str(&text), 65536), "1:a;!2;3:b;");
}

static void a_file_that_cannot_be_read_is_no_end(void **state)
{
    (void)state;
    Pieces pieces = {.rest = S("h,2\na,2\n"), .step = 3, .fails = true};
    CsvInput in = csv_input(window_open(arena, (ByteSource){read_piece, &pieces}));
    while (csv_input_next(&in) == INPUT_READ) continue;
    assert_int_equal(in.window.error, EIO);
    csv_input_close(&in);
}

static void what_was_seen_is_known_with_its_line(void **state)
{
    (void)state;
    Seen seen = seen_new(arena);
    assert_int_equal(seen_line(&seen, S("a")), 0);
    for (int64_t i = 1; i <= 10000; i++) {
        Str text = str_format(arena, "handle-%lld", (long long)i);
        assert_int_equal(seen_line(&seen, text), 0);
        seen_add(&seen, text, i);
        seen_add(&seen, text, i + 1); /* the first line stays */
    }
    for (int64_t i = 1; i <= 10000; i++)
        assert_int_equal(seen_line(&seen, str_format(arena, "handle-%lld", (long long)i)), i);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_broken_is_passed_over),
        TEST(large_records_and_many_broken_ones_need_little_memory),
        TEST(encodings_are_told_apart),
        TEST(lines_are_read_whatever_their_ends),
        TEST(a_file_that_cannot_be_read_is_no_end),
        TEST(what_was_seen_is_known_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
