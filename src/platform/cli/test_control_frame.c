#include "platform/cli/control_frame.h"

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

static void frames_are_read(void **state)
{
    (void)state;
    static const struct {
        Str bytes;
        ControlStep step;
        size_t used;
    } rows[] = {
        {S_INIT(""), CONTROL_MORE, 0},
        {S_INIT("O"), CONTROL_MORE, 0},
        {S_INIT("O\3\0\0\0ab"), CONTROL_MORE, 0},
        {S_INIT("O\3\0\0\0abc"), CONTROL_FRAME, 8},
        {S_INIT("O\3\0\0\0abcX"), CONTROL_FRAME, 8},
        {S_INIT("E\0\0\0\0"), CONTROL_FRAME, 5},
        {S_INIT("C\0\0\0\0"), CONTROL_FRAME, 5},
        {S_INIT("C\1\0\0\0"), CONTROL_BROKEN, 0},
        {S_INIT("X\1\0\0\0\7"), CONTROL_FRAME, 6},
        {S_INIT("X\0\0\0\0"), CONTROL_BROKEN, 0},
        {S_INIT("X\2\0\0\0"), CONTROL_BROKEN, 0},
        {S_INIT("R\0\0\1\0"), CONTROL_MORE, 0},   /* 65536: the longest */
        {S_INIT("R\1\0\1\0"), CONTROL_BROKEN, 0}, /* one more */
        {S_INIT("Z"), CONTROL_BROKEN, 0},
        {S_INIT("\0"), CONTROL_BROKEN, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ControlFrame frame;
        size_t used = 0;
        assert_int_equal(control_frame_read(rows[i].bytes, &frame, &used), rows[i].step);
        assert_int_equal(used, rows[i].used);
        if (rows[i].step != CONTROL_FRAME) continue;
        assert_int_equal(frame.type, rows[i].bytes.p[0]);
        assert_true(str_eq(frame.payload, str_slice(rows[i].bytes, CONTROL_HEADER, used)));
        unsigned char header[CONTROL_HEADER];
        control_header_write(header, frame.type, frame.payload.n);
        assert_memory_equal(header, rows[i].bytes.p, CONTROL_HEADER);
    }
}

static void requests_travel_unchanged(void **state)
{
    Arena *arena = *state;
    Str words[] = {S("seed"), S(""), S("\xff b")};
    ConfigFlag settings[] = {{S("log.level"), S("debug")}, {S("listen"), S("")}};
    ControlRequest request = {
        .shape = {.terminal = {false, true}, .colours = true, .columns = 120},
        .files = 2,
        .words = {words, 3},
        .settings = {settings, 2},
    };
    Buf payload = buf_new(arena, CONTROL_PAYLOAD_MAX);
    assert_true(control_request_write(&payload, &request));
    ControlRequest read;
    const char *detail = NULL;
    assert_true(control_request_read(arena, buf_str(&payload), &read, &detail));
    assert_false(read.shape.terminal[OUTPUT_RESULT]);
    assert_true(read.shape.terminal[OUTPUT_NOTE]);
    assert_true(read.shape.colours);
    assert_false(read.shape.json);
    assert_int_equal(read.shape.columns, 120);
    assert_int_equal(read.files, 2);
    assert_int_equal(read.words.n, 3);
    for (size_t i = 0; i < 3; i++) assert_true(str_eq(read.words.items[i], words[i]));
    assert_int_equal(read.settings.n, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_true(str_eq(read.settings.items[i].name, settings[i].name));
        assert_true(str_eq(read.settings.items[i].value, settings[i].value));
    }
    /* Each byte of it is needed, and no more is taken. */
    for (size_t n = 0; n < payload.n; n++)
        assert_false(control_request_read(arena, (Str){payload.p, n}, &read, &detail));
    buf_char(&payload, 0);
    assert_false(control_request_read(arena, buf_str(&payload), &read, &detail));
}

static void what_is_out_of_bounds_is_refused(void **state)
{
    Arena *arena = *state;
    static const Str rows[] = {
        S_INIT("\2\0\0\0\0\0\0\0\0"),                 /* version */
        S_INIT("\1\x10\0\0\0\0\0\0\0"),               /* unknown flag */
        S_INIT("\1\0\xff\xff\0\0\0\0\0"),             /* columns */
        S_INIT("\1\0\0\0\x09\0\0\0\0"),               /* files */
        S_INIT("\1\0\0\0\0\xff\xff\0\0"),             /* words that are not there */
        S_INIT("\1\0\0\0\0\1\0\xff\xff\xff\xff\0\0"), /* a text longer than the rest */
        S_INIT("\1\0\0\0\0\1\0\1\0\0\0\0\0\0"),       /* a text with NUL */
        S_INIT("\1\0\0\0\0\0\0\xff\xff"),             /* settings that are not there */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ControlRequest read = {.files = 77};
        const char *detail = NULL;
        assert_false(control_request_read(arena, rows[i], &read, &detail));
        assert_non_null(detail);
        assert_int_equal(read.files, 77);
    }
    ControlRequest read;
    const char *detail = NULL;
    assert_true(control_request_read(arena, S("\1\0\0\0\0\0\0\0\0"), &read, &detail));
}

static void too_long_a_command_line_is_not_sent(void **state)
{
    Arena *arena = *state;
    char *text = arena_zalloc(arena, CONTROL_PAYLOAD_MAX, 1, 1);
    memset(text, 'x', CONTROL_PAYLOAD_MAX);
    Str word = {text, CONTROL_PAYLOAD_MAX - 13}; /* 9 bytes of counts, 4 of length */
    ControlRequest request = {.words = {&word, 1}};
    Buf exact = buf_new(arena, CONTROL_PAYLOAD_MAX);
    assert_true(control_request_write(&exact, &request));
    word.n++;
    Buf longer = buf_new(arena, CONTROL_PAYLOAD_MAX);
    assert_false(control_request_write(&longer, &request));
    request.words.n = COMMAND_WORDS_MAX + 1;
    assert_false(control_request_write(&longer, &request));
}

#define WITH_ARENA(f) cmocka_unit_test_setup_teardown(f, arena_up, arena_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_read),
        WITH_ARENA(requests_travel_unchanged),
        WITH_ARENA(what_is_out_of_bounds_is_refused),
        WITH_ARENA(too_long_a_command_line_is_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
