#include "platform/telemetry/log.h"

#include "base/random.h"
#include "platform/telemetry/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

LOG_EVENT(happened, "test.happened", LOG_INFO, "For this test.");
LOG_EVENT(detail, "test.detail", LOG_DEBUG, "For this test.");
LOG_EVENT(broke, "test.broke", LOG_ERROR, "For this test.");

static Arena *arena;
static int fd;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(4096);
    fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
    assert_true(fd >= 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close(fd);
    arena_free(arena);
    return 0;
}

/* All that was logged since the last call; the file is empty after it. */
static Str logged(void)
{
    struct stat file;
    assert_int_equal(fstat(fd, &file), 0);
    char *p = arena_alloc(arena, (size_t)file.st_size, 1);
    assert_int_equal(pread(fd, p, (size_t)file.st_size, 0), file.st_size);
    assert_int_equal(ftruncate(fd, 0), 0);
    lseek(fd, 0, SEEK_SET);
    return (Str){p, (size_t)file.st_size};
}

/* The one line that was logged, as JSON. */
static json_t *logged_json(void)
{
    Str text = logged();
    assert_true(text.n > 1 && text.p[text.n - 1] == '\n');
    assert_int_equal(str_find_char(text, '\n'), text.n - 1);
    json_error_t error;
    json_t *json = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &error);
    if (!json) fail_msg("%s in %.*s", error.text, STR_ARG(text));
    return json;
}

static const char *string_of(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));
    if (!text) fail_msg("no text \"%s\"", key);
    return text;
}

static void a_json_line_has_all_kinds_of_values(void **state)
{
    (void)state;
    log_setup(LOG_STYLE_JSON, LOG_INFO, fd);
    Trace trace = {.trace_id = {0xab, 1}, .span_id = {0xcd, 2}, .request_id = "req_0123456789abc"};
    Time noon;
    assert_true(time_parse(S("2026-11-21T12:58:19.5Z"), &noon));
    Id ids[] = {{5}, {6}};
    Value bytes = {VALUE_BYTES, .s = S_INIT("\x01\xfe")};
    int64_t before = clock_now(&clock_system).us;
    LOG(&trace, &happened, KV("text", S("a \"b\" \\ c")), KV("yes", (bool)true), KV("int", 42),
        KV("large", INT64_MIN), KV("half", 0.5), KV("third", 1.0 / 3), KV("nan", (double)NAN),
        KV("money", (Money){1999}), KV("id", (Id){7}), KV("none", (Id){0}), KV("when", noon),
        KV("ids", ((IdList){ids, 2})), KV("raw", (Json){S("{\"a\":\n[1]}")}), KV("bytes", bytes));
    json_t *json = logged_json();
    Time written;
    assert_true(time_parse(str_from(string_of(json, "time")), &written));
    assert_true(written.us >= before && written.us <= clock_now(&clock_system).us);
    assert_string_equal(string_of(json, "level"), "info");
    assert_string_equal(string_of(json, "event"), "test.happened");
    assert_string_equal(string_of(json, "request_id"), "req_0123456789abc");
    assert_string_equal(string_of(json, "trace_id"), "ab010000000000000000000000000000");
    assert_string_equal(string_of(json, "span_id"), "cd02000000000000");
    assert_string_equal(string_of(json, "text"), "a \"b\" \\ c");
    assert_true(json_is_true(json_object_get(json, "yes")));
    assert_true(json_integer_value(json_object_get(json, "int")) == 42);
    assert_true(json_integer_value(json_object_get(json, "large")) == INT64_MIN);
    assert_true(json_real_value(json_object_get(json, "half")) == 0.5);
    assert_true(json_real_value(json_object_get(json, "third")) == 1.0 / 3);
    assert_true(json_is_null(json_object_get(json, "nan")));
    assert_true(json_integer_value(json_object_get(json, "money")) == 1999);
    assert_true(json_integer_value(json_object_get(json, "id")) == 7);
    assert_true(json_is_null(json_object_get(json, "none")));
    assert_string_equal(string_of(json, "when"), "2026-11-21T12:58:19.500000Z");
    assert_true(json_integer_value(json_array_get(json_object_get(json, "ids"), 1)) == 6);
    assert_true(json_is_array(json_object_get(json_object_get(json, "raw"), "a")));
    assert_string_equal(string_of(json, "bytes"), "01fe");
    json_decref(json);
}

static void without_a_trace_there_are_no_ids(void **state)
{
    (void)state;
    log_setup(LOG_STYLE_JSON, LOG_INFO, fd);
    Trace none = {0};
    LOG(NULL, &happened);
    json_t *json = logged_json();
    assert_int_equal(json_object_size(json), 3);
    json_decref(json);
    LOG(&none, &happened);
    json = logged_json();
    assert_int_equal(json_object_size(json), 3);
    json_decref(json);
}

static void levels_below_the_threshold_are_silent(void **state)
{
    (void)state;
    log_setup(LOG_STYLE_JSON, LOG_INFO, fd);
    assert_false(log_enabled(LOG_DEBUG));
    assert_true(log_enabled(LOG_INFO));
    LOG(NULL, &detail);
    assert_int_equal(logged().n, 0);
    log_set_level(LOG_DEBUG);
    LOG(NULL, &detail);
    assert_true(logged().n > 0);
    log_set_level(LOG_ERROR);
    LOG(NULL, &happened);
    assert_int_equal(logged().n, 0);
    LOG(NULL, &broke);
    assert_true(logged().n > 0);
}

/* ---- hostile text ---------------------------------------------------------------------------- */

static void no_byte_can_forge_a_line_or_steer_a_terminal(void **state)
{
    (void)state;
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 19);
    static const char *const likely[] = {
        "\n",   "\r",   "\x1b[2J", "\"",           "\\",           "\x7f", "\xc2\x9b", "\xff",
        "\xe2", "\x80", "\xae",    "\xe2\x80\xae", "\xe2\x81\xa6", "a",    "é",        "\0"};
    for (int round = 0; round < 3000; round++) {
        char hostile[64];
        size_t n = 0;
        while (n < 48) {
            const char *piece = likely[random_below(&random, 16)];
            size_t length = piece[0] ? strlen(piece) : 1;
            memcpy(hostile + n, piece, length);
            n += length;
        }
        bool json = round % 2;
        log_setup(json ? LOG_STYLE_JSON : LOG_STYLE_TEXT, LOG_INFO, fd);
        LOG(NULL, &happened, KV("path", ((Str){hostile, n})), KV("after", 1));
        Str text = logged();
        assert_true(str_is_utf8(text));
        assert_int_equal(str_find_char(text, '\n'), text.n - 1);
        for (size_t i = 0; i + 1 < text.n; i++) {
            assert_true((unsigned char)text.p[i] >= 0x20 && text.p[i] != 0x7f);
            assert_true(memcmp(text.p + i, "\xc2\x9b", 2) != 0);
            assert_true(i + 3 > text.n || memcmp(text.p + i, "\xe2\x80\xae", 3) != 0);
            assert_true(i + 3 > text.n || memcmp(text.p + i, "\xe2\x81\xa6", 3) != 0);
        }
        if (json) {
            json_t *parsed =
                json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
            assert_non_null(parsed);
            assert_true(json_integer_value(json_object_get(parsed, "after")) == 1);
            json_decref(parsed);
        }
        arena_reset(arena);
    }
}

static void escapes_are_readable(void **state)
{
    (void)state;
    log_setup(LOG_STYLE_JSON, LOG_INFO, fd);
    LOG(NULL, &happened, KV("k", S("a\n\t\x1b\xc2\x85\xff")));
    Str text = logged();
    Str expected = S("\"k\":\"a\\n\\t\\u001b\\u0085\\ufffd\"}\n");
    assert_true(str_ends(text, expected));
    log_setup(LOG_STYLE_TEXT, LOG_INFO, fd);
    LOG(NULL, &happened, KV("k", S("a\n\t\x1b\xc2\x85\xff")));
    assert_true(str_ends(logged(), S(" k=\"a\\n\\t\\u001b\\u0085\\xff\"\n")));
}

/* ---- long lines ------------------------------------------------------------------------------ */

static void long_lines_are_cut_and_stay_json(void **state)
{
    (void)state;
    log_setup(LOG_STYLE_JSON, LOG_INFO, fd);
    char *filler = arena_alloc(arena, 10000, 1);
    for (int i = 0; i < 10000; i++) filler[i] = "ab\"\n\x01"[i % 5];
    Id *ids = NEW_N(arena, Id, 1000);
    for (size_t n = 3000; n <= 4200; n++) {
        ArenaMark mark = arena_mark(arena);
        const Value tails[] = {value_str(S("some text")),
                               value_int(-123456789),
                               value_ids((IdList){ids, 1000}),
                               value_json((Json){S("{\"deep\":[1,2,3]}")}),
                               {VALUE_BYTES, .s = S_INIT("12345678")}};
        LOG(NULL, &happened, KV("filler", ((Str){filler, n % 2 ? n : n / 2})),
            KV("b", tails[n % 5]), KV("last", 1));
        Str text = logged();
        assert_true(text.n <= LOG_LINE_MAX);
        json_t *json = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
        if (!json) fail_msg("no JSON with %zu bytes: %.*s", n, STR_ARG(text));
        bool whole = json_object_get(json, "last") != NULL;
        assert_int_equal(json_is_true(json_object_get(json, "truncated")), !whole);
        json_decref(json);
        arena_rewind(arena, mark);
    }
}

static void long_text_lines_are_cut_too(void **state)
{
    (void)state;
    log_setup(LOG_STYLE_TEXT, LOG_INFO, fd);
    char *filler = arena_alloc(arena, 5000, 1);
    memset(filler, 'x', 5000);
    LOG(NULL, &happened, KV("filler", ((Str){filler, 5000})), KV("last", 1));
    Str text = logged();
    assert_true(text.n <= LOG_LINE_MAX && text.n > LOG_LINE_MAX - 64);
    assert_true(str_ends(text, S("xxx truncated\n")));
}

/* ---- text and colours ------------------------------------------------------------------------ */

static void text_is_plain_without_a_terminal(void **state)
{
    (void)state;
    log_setup(LOG_STYLE_TEXT, LOG_INFO, fd);
    Trace trace = {.request_id = "req_0123456789abc"};
    LOG(&trace, &broke, KV("path", S("/v1/products")), KV("detail", S("two words")),
        KV("empty", S("")), KV("ms", 1.5), KV("status", 500));
    Str text = logged();
    assert_true(text.n > 13 && text.p[2] == ':' && text.p[5] == ':' && text.p[8] == '.' &&
                text.p[12] == ' ');
    Str rest = str_slice(text, 13, text.n);
    assert_true(str_eq(
        rest,
        S("ERROR test.broke path=/v1/products detail=\"two words\" empty=\"\" ms=1.5 status=500 "
          "request=req_0123456789abc\n")));
}

static void automatic_style_is_json_for_a_file(void **state)
{
    (void)state;
    log_setup(LOG_STYLE_AUTO, LOG_INFO, fd);
    LOG(NULL, &happened);
    json_decref(logged_json());
}

/* What a terminal gets: logs to a pseudo-terminal and reads its other side. */
static Str on_a_terminal(const char *no_color, const char *term)
{
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    int side = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    assert_true(side >= 0);
    setenv("NO_COLOR", no_color, 1);
    setenv("TERM", term, 1);
    log_setup(LOG_STYLE_AUTO, LOG_INFO, side);
    LOG(NULL, &broke, KV("a", 1));
    char *text = arena_alloc(arena, 500, 1);
    ssize_t n = read(terminal, text, 500);
    assert_true(n > 0);
    close(side);
    close(terminal);
    return (Str){text, (size_t)n};
}

static void a_terminal_gets_colours_unless_it_asks_not_to(void **state)
{
    (void)state;
    Str coloured = on_a_terminal("", "xterm"), plain = on_a_terminal("1", "xterm"),
        dumb = on_a_terminal("", "dumb");
    assert_non_null(memmem(coloured.p, coloured.n, "\x1b[1;31mERROR\x1b[0m test.broke", 25));
    assert_int_equal(str_find_char(plain, '\x1b'), plain.n);
    assert_non_null(memmem(plain.p, plain.n, "ERROR test.broke a=1", 20));
    assert_int_equal(str_find_char(dumb, '\x1b'), dumb.n);
}

/* ---- writing --------------------------------------------------------------------------------- */

enum { THREADS = 4, LINES = 2000 };

static void *log_a_lot(void *arg)
{
    for (int i = 0; i < LINES; i++)
        LOG(NULL, &happened, KV("thread", *(int *)arg), KV("line", i),
            KV("text", S("some text to fill the line")));
    return NULL;
}

/* Through a pipe, whose writes are only whole up to PIPE_BUF. */
static void lines_of_threads_do_not_mix(void **state)
{
    (void)state;
    int ends[2], numbers[THREADS], next[THREADS] = {0};
    assert_int_equal(pipe(ends), 0);
    log_setup(LOG_STYLE_JSON, LOG_INFO, ends[1]);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, log_a_lot, &numbers[i]), 0);
    }
    FILE *lines = fdopen(ends[0], "r");
    char line[LOG_LINE_MAX + 1];
    for (int i = 0; i < THREADS * LINES; i++) {
        assert_non_null(fgets(line, sizeof line, lines));
        json_t *json = json_loads(line, 0, NULL);
        if (!json) fail_msg("no JSON: %s", line);
        int thread = (int)json_integer_value(json_object_get(json, "thread"));
        assert_int_equal(json_integer_value(json_object_get(json, "line")), next[thread]++);
        json_decref(json);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    fclose(lines);
    close(ends[1]);
}

static void lost_lines_are_counted_and_errno_is_kept(void **state)
{
    (void)state;
    int full = open("/dev/full", O_WRONLY);
    log_setup(LOG_STYLE_JSON, LOG_INFO, full);
    errno = EDOM;
    LOG(NULL, &happened);
    LOG(NULL, &happened);
    assert_int_equal(errno, EDOM);
    Buf out = buf_new(arena, 1 << 16);
    metrics_write(&out, false);
    assert_non_null(memmem(out.p, out.n, "\nsouk_log_lines_lost_total 2\n", 29));
    close(full);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_json_line_has_all_kinds_of_values),
        TEST(without_a_trace_there_are_no_ids),
        TEST(levels_below_the_threshold_are_silent),
        TEST(no_byte_can_forge_a_line_or_steer_a_terminal),
        TEST(escapes_are_readable),
        TEST(long_lines_are_cut_and_stay_json),
        TEST(long_text_lines_are_cut_too),
        TEST(text_is_plain_without_a_terminal),
        TEST(automatic_style_is_json_for_a_file),
        TEST(a_terminal_gets_colours_unless_it_asks_not_to),
        TEST(lines_of_threads_do_not_mix),
        TEST(lost_lines_are_counted_and_errno_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
