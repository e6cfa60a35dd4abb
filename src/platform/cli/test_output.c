#include "platform/cli/output.h"
#include "platform/cli/progress.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

/* Keeps what is written, each write in brackets: "1[...]" for results, "2[...]" for notes. */
typedef struct Sink {
    char text[200000];
    size_t n, largest;
    int writes, refuse_after; /* refuses the writes behind so many; 0: takes all */
} Sink;

static bool sink_write(void *state, OutputStream stream, Str bytes)
{
    Sink *sink = state;
    sink->writes++;
    if (sink->refuse_after && sink->writes > sink->refuse_after) return false;
    if (bytes.n > sink->largest) sink->largest = bytes.n;
    int n = snprintf(sink->text + sink->n, sizeof sink->text - sink->n, "%d[%.*s]",
                     stream == OUTPUT_RESULT ? 1 : 2, STR_ARG(bytes));
    sink->n += (size_t)n;
    return true;
}

typedef struct Bench {
    Arena *arena;
    Sink sink;
    Output out;
} Bench;

static int bench_up(void **state)
{
    Arena *arena = arena_new(4096);
    Bench *bench = NEW(arena, Bench);
    bench->arena = arena;
    bench->out = output_new(arena, (OutputShape){.columns = 60}, sink_write, &bench->sink);
    *state = bench;
    return 0;
}

static int bench_down(void **state)
{
    arena_free(((Bench *)*state)->arena);
    return 0;
}

/* ---- Writing ----------------------------------------------------------------------------- */

static void results_are_gathered_and_notes_keep_their_place(void **state)
{
    Bench *bench = *state;
    output_print(&bench->out, "a%d ", 1);
    output_put(&bench->out, OUTPUT_RESULT, S("b"));
    assert_string_equal(bench->sink.text, "");
    output_note(&bench->out, "careful");
    output_print(&bench->out, "c");
    assert_true(output_flush(&bench->out));
    assert_string_equal(bench->sink.text, "1[a1 b]2[careful]1[c]");
}

static void no_write_is_larger_than_the_buffer(void **state)
{
    Bench *bench = *state;
    char *large = arena_zalloc(bench->arena, 1, 100000, 1);
    memset(large, 'x', 100000);
    output_print(&bench->out, "a");
    output_put(&bench->out, OUTPUT_RESULT, (Str){large, 100000});
    output_put(&bench->out, OUTPUT_NOTE, (Str){large, 40000});
    output_put(&bench->out, OUTPUT_RESULT, (Str){large, OUTPUT_BUFFER_MAX});
    output_print(&bench->out, "b");
    assert_true(output_flush(&bench->out));
    assert_int_equal(bench->sink.largest, OUTPUT_BUFFER_MAX);
    size_t written = bench->sink.n - 3 * (size_t)bench->sink.writes;
    assert_int_equal(written, 1 + 100000 + 40000 + OUTPUT_BUFFER_MAX + 1);
}

static void a_lost_write_is_remembered(void **state)
{
    Bench *bench = *state;
    bench->sink.refuse_after = 1;
    output_print(&bench->out, "a");
    assert_true(output_flush(&bench->out));
    output_print(&bench->out, "b");
    assert_false(output_flush(&bench->out));
    output_print(&bench->out, "c");
    assert_false(output_flush(&bench->out));
    assert_int_equal(bench->sink.writes, 2); /* nothing was tried after the loss */
}

static void printing_does_not_fill_the_arena(void **state)
{
    Bench *bench = *state;
    size_t before = arena_used(bench->arena);
    for (int i = 0; i < 1000; i++) output_print(&bench->out, "line %d\n", i);
    assert_int_equal(arena_used(bench->arena), before);
}

/* ---- Objects ----------------------------------------------------------------------------- */

typedef struct Thing {
    Str name;
    int64_t count;
    bool fresh;
    Str note;
} Thing;

static const Type thing_type =
    TYPE(Thing, "A thing.", FIELD(Thing, name, "Name."), FIELD(Thing, count, "How many."),
         FIELD(Thing, fresh, "New?"), FIELD(Thing, note, "Anything."));

static Thing things[] = {
    {S_INIT("K\xC3\xA4se"), 5, true, S_INIT("a long note that nobody will shorten")},
    {S_INIT("a\x1b[31mb\nc\xC2\x9B"), -12345, false, S_INIT("")},
};
static const AnyList thing_list = {things, 2};

static void a_table_is_aligned_and_harmless(void **state)
{
    Bench *bench = *state;
    output_table(&bench->out, &thing_type, thing_list);
    output_flush(&bench->out);
    assert_string_equal(bench->sink.text,
                        "1["
                        "name         count  fresh  note\n"
                        "K\xC3\xA4se             5  true   a long note that nobody will shorten\n"
                        "a\xEF\xBF\xBD[31mb\xEF\xBF\xBD"
                        "c\xEF\xBF\xBD  -12345  false  \n"
                        "]");
}

static void a_terminal_gets_a_bold_head(void **state)
{
    Bench *bench = *state;
    bench->out.shape.colours = true;
    output_table(&bench->out, &thing_type, (AnyList){NULL, 0});
    output_flush(&bench->out);
    assert_string_equal(bench->sink.text, "1[\033[1mname  count  fresh  note\033[0m\n]");
}

static void json_is_the_other_form(void **state)
{
    Bench *bench = *state;
    bench->out.shape.json = true;
    output_table(&bench->out, &thing_type, (AnyList){things, 1});
    output_object(&bench->out, &thing_type, &things[0]);
    output_error(&bench->out, &(Error){.code = "late", .title = "Too late."}, S("a \"b\"\nc"));
    assert_string_equal(
        bench->sink.text,
        "1[[{\"name\":\"K\xC3\xA4se\",\"count\":5,\"fresh\":true,"
        "\"note\":\"a long note that nobody will shorten\"}]\n"
        "{\"name\":\"K\xC3\xA4se\",\"count\":5,\"fresh\":true,"
        "\"note\":\"a long note that nobody will shorten\"}\n]"
        "2[{\"code\":\"late\",\"title\":\"Too late.\",\"detail\":\"a \\\"b\\\"\\nc\"}\n]");
}

static void one_object_has_a_line_each_field(void **state)
{
    Bench *bench = *state;
    output_object(&bench->out, &thing_type, &things[0]);
    output_error(&bench->out, &(Error){.code = "late"}, S("one\ntwo"));
    assert_string_equal(bench->sink.text, "1[name   K\xC3\xA4se\ncount  5\nfresh  true\n"
                                          "note   a long note that nobody will shorten\n]"
                                          "2[souk: one\n]2[souk: two\n]");
}

/* ---- Progress ---------------------------------------------------------------------------- */

enum { SECOND = 1000000 };

static void without_a_terminal_only_the_last_line_appears(void **state)
{
    Bench *bench = *state;
    Progress progress = progress_start_at(&bench->out, "products", 100000, 5 * SECOND);
    for (int i = 0; i < 100; i++) progress_add_at(&progress, 1000, (5 + i) * (int64_t)SECOND);
    progress_end_at(&progress, 12 * SECOND + 600000);
    assert_string_equal(bench->sink.text, "2[100,000 products in 7.6 s (13,157/s)\n]");
}

static void a_terminal_sees_ten_lines_a_second(void **state)
{
    Bench *bench = *state;
    bench->out.shape.terminal[OUTPUT_NOTE] = true;
    Progress progress = progress_start_at(&bench->out, "products", 100000, 0);
    for (int i = 1; i <= 10000; i++) progress_add_at(&progress, 1, i * 100); /* a second */
    assert_int_equal(bench->sink.writes, 10);
    assert_true(str_starts(str_from(bench->sink.text),
                           S("2[\rproducts    1%  1,000/100,000  10,000/s  10 s left\033[K]")));
    bench->sink.n = 0;
    progress_end_at(&progress, SECOND);
    assert_string_equal(bench->sink.text, "2[\r\033[K10,000 products in 1.0 s (10,000/s)\n]");
}

static void the_line_fits_its_columns(void **state)
{
    Bench *bench = *state;
    Progress progress = {
        .out = &bench->out, .noun = "products", .total = 100000, .done = 43210, .rate = 13157.4};
    static const struct {
        int columns;
        const char *line;
    } rows[] = {
        {200, "products   43%  [#################-----------------------]  43,210/100,000  "
              "13,157/s  4 s left"},
        {70, "products   43%  [######----------]  43,210/100,000  13,157/s  4 s left"},
        {60, "products   43%  43,210/100,000  13,157/s  4 s left"},
        {20, "products   43%  43,2"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Str line = progress_line(bench->arena, &progress, rows[i].columns);
        assert_string_equal(str_z(bench->arena, line), rows[i].line);
        assert_true(line.n <= (size_t)rows[i].columns);
    }
    progress.total = 0;
    Str line = progress_line(bench->arena, &progress, 60);
    assert_string_equal(str_z(bench->arena, line), "products  43,210  13,157/s");
    progress = (Progress){.noun = "rows", .total = 1000000, .done = 1000, .rate = 10};
    line = progress_line(bench->arena, &progress, 60);
    assert_string_equal(str_z(bench->arena, line),
                        "rows    0%  1,000/1,000,000  10/s  27 h 45 min left");
}

/* 1000 a second for a minute, then 100 a second: ten seconds later the old rate counts a third. */
static void the_rate_forgets(void **state)
{
    Bench *bench = *state;
    bench->out.shape.terminal[OUTPUT_NOTE] = true;
    Progress progress = progress_start_at(&bench->out, "rows", 0, 0);
    for (int i = 1; i <= 60; i++) progress_add_at(&progress, 1000, (int64_t)i * SECOND);
    assert_true(progress.rate > 999 && progress.rate < 1001);
    for (int i = 61; i <= 70; i++) progress_add_at(&progress, 100, (int64_t)i * SECOND);
    assert_true(progress.rate > 100 + 900 * 0.30 && progress.rate < 100 + 900 * 0.40);
}

static void numbers_have_commas(void **state)
{
    Bench *bench = *state;
    static const struct {
        int64_t number;
        const char *text;
    } rows[] = {{0, "0"},
                {999, "999"},
                {1000, "1,000"},
                {-1000, "-1,000"},
                {-100, "-100"},
                {1234567, "1,234,567"},
                {INT64_MIN, "-9,223,372,036,854,775,808"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Str text = number_text(bench->arena, rows[i].number);
        assert_string_equal(str_z(bench->arena, text), rows[i].text);
    }
}

#define ON_BENCH(f) cmocka_unit_test_setup_teardown(f, bench_up, bench_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BENCH(results_are_gathered_and_notes_keep_their_place),
        ON_BENCH(no_write_is_larger_than_the_buffer),
        ON_BENCH(a_lost_write_is_remembered),
        ON_BENCH(printing_does_not_fill_the_arena),
        ON_BENCH(a_table_is_aligned_and_harmless),
        ON_BENCH(a_terminal_gets_a_bold_head),
        ON_BENCH(json_is_the_other_form),
        ON_BENCH(one_object_has_a_line_each_field),
        ON_BENCH(without_a_terminal_only_the_last_line_appears),
        ON_BENCH(a_terminal_sees_ten_lines_a_second),
        ON_BENCH(the_line_fits_its_columns),
        ON_BENCH(the_rate_forgets),
        ON_BENCH(numbers_have_commas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
