#include "platform/cli/output.h"

#include "meta/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

Output output_new(Arena *arena, OutputShape shape,
                  bool (*write)(void *state, OutputStream stream, Str bytes), void *state)
{
    return (Output){
        .shape = shape,
        .write = write,
        .state = state,
        .arena = arena,
        .pending = arena_alloc(arena, OUTPUT_BUFFER_MAX, 1),
    };
}

OutputShape output_shape_of_process(bool json)
{
    OutputShape shape = {.json = json, .columns = 80};
    struct winsize size;
    for (int stream = 0; stream < OUTPUT_STREAMS; stream++) {
        int fd = stream == OUTPUT_RESULT ? STDOUT_FILENO : STDERR_FILENO;
        shape.terminal[stream] = isatty(fd) == 1;
        bool sized = shape.terminal[stream] && ioctl(fd, TIOCGWINSZ, &size) == 0;
        if (sized && size.ws_col && size.ws_col <= OUTPUT_COLUMNS_MAX) shape.columns = size.ws_col;
    }
    const char *refused = getenv("NO_COLOR"), *kind = getenv("TERM");
    bool dumb = !kind || strcmp(kind, "dumb") == 0;
    shape.colours = shape.terminal[OUTPUT_RESULT] && !dumb && !(refused && *refused);
    return shape;
}

/* A lost stderr is no failure: the result still matters, and nobody could be told. */
static bool write_to_process(void *state, OutputStream stream, Str bytes)
{
    (void)state;
    int fd = stream == OUTPUT_RESULT ? STDOUT_FILENO : STDERR_FILENO;
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno != EINTR) return stream != OUTPUT_RESULT;
        if (n > 0) bytes = str_slice(bytes, (size_t)n, bytes.n);
    }
    return true;
}

Output output_of_process(Arena *arena, bool json)
{
    return output_new(arena, output_shape_of_process(json), write_to_process, NULL);
}

/* In pieces of at most OUTPUT_BUFFER_MAX, so that a frame of the control socket holds one. */
static void write_now(Output *out, OutputStream stream, Str bytes)
{
    while (bytes.n && !out->failed) {
        Str piece = str_slice(bytes, 0, OUTPUT_BUFFER_MAX);
        if (!out->write(out->state, stream, piece)) out->failed = true;
        bytes = str_slice(bytes, piece.n, bytes.n);
    }
}

bool output_flush(Output *out)
{
    size_t n = out->used;
    out->used = 0;
    write_now(out, OUTPUT_RESULT, (Str){out->pending, n});
    return !out->failed;
}

void output_put(Output *out, OutputStream stream, Str bytes)
{
    if (stream == OUTPUT_RESULT && bytes.n <= OUTPUT_BUFFER_MAX - out->used) {
        if (bytes.n) memcpy(out->pending + out->used, bytes.p, bytes.n);
        out->used += bytes.n;
        return;
    }
    output_flush(out);
    if (stream == OUTPUT_RESULT && bytes.n < OUTPUT_BUFFER_MAX)
        output_put(out, stream, bytes);
    else
        write_now(out, stream, bytes);
}

static void put_formatted(Output *out, OutputStream stream, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static void put_formatted(Output *out, OutputStream stream, const char *format, va_list args)
{
    ArenaMark mark = arena_mark(out->arena); /* a long export must not grow with each line */
    output_put(out, stream, str_vformat(out->arena, format, args));
    arena_rewind(out->arena, mark);
}

void output_print(Output *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_formatted(out, OUTPUT_RESULT, format, args);
    va_end(args);
}

void output_note(Output *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_formatted(out, OUTPUT_NOTE, format, args);
    va_end(args);
}

/* ---- Objects ----------------------------------------------------------------------------- */

void output_error(Output *out, const Error *error, Str detail)
{
    if (!out->shape.json) {
        /* Each line by itself: a list of problems stays readable. */
        do {
            Str line;
            str_cut(detail, '\n', &line, &detail);
            output_note(out, "souk: %.*s\n", STR_ARG(line));
        } while (detail.n);
        return;
    }
    ArenaMark mark = arena_mark(out->arena);
    Buf buf = buf_new(out->arena, SIZE_MAX / 4);
    JsonOut json = json_out(&buf);
    json_out_begin(&json, '{');
    json_out_key(&json, "code"), json_out_z(&json, error->code);
    json_out_key(&json, "title"), json_out_z(&json, error->title);
    json_out_key(&json, "detail"), json_out_str(&json, detail);
    json_out_end(&json, '}');
    buf_char(&buf, '\n');
    output_put(out, OUTPUT_NOTE, buf_str(&buf));
    arena_rewind(out->arena, mark);
}
