/* Output: where a command writes, so that the same command runs in the caller's process or inside
 * the server that owns the data folder (control.h) without knowing which. Results go to stdout,
 * everything else to stderr. With --json, results and errors are JSON. */
#ifndef PLATFORM_CLI_OUTPUT_H
#define PLATFORM_CLI_OUTPUT_H

#include "base/buf.h"
#include "base/error.h"
#include "meta/type.h"

typedef enum OutputStream {
    OUTPUT_RESULT, /* stdout */
    OUTPUT_NOTE,   /* stderr */
    OUTPUT_STREAMS,
} OutputStream;

enum {
    OUTPUT_BUFFER_MAX = 32 * 1024, /* gathered before it is written; the largest single write */
    OUTPUT_COLUMNS_MAX = 1000,     /* of a terminal that we believe */
};

/* What the caller's side of the output looks like. */
typedef struct OutputShape {
    bool terminal[OUTPUT_STREAMS];
    bool json;    /* --json */
    bool colours; /* of stdout: a terminal, TERM not "dumb", NO_COLOR not set (no-color.org) */
    int columns;  /* of the terminal; 80 when there is none */
} OutputShape;

typedef struct Output {
    OutputShape shape;
    /* Takes all of `bytes`, or returns false when the reader is gone or the disk is full. */
    bool (*write)(void *state, OutputStream stream, Str bytes);
    void *state;
    bool failed; /* a write was refused; what follows is dropped */
    Arena *arena;
    size_t used;
    char *pending; /* of OUTPUT_RESULT; notes are written at once, after it */
} Output;

/* An output over a function; `arena` holds its buffer. */
Output output_new(Arena *arena, OutputShape shape,
                  bool (*write)(void *state, OutputStream stream, Str bytes), void *state);

/* What file descriptors 1 and 2 and the environment say. */
OutputShape output_shape_of_process(bool json);

/* The output of this process. */
Output output_of_process(Arena *arena, bool json);

void output_put(Output *out, OutputStream stream, Str bytes);

/* To stdout, and to stderr. */
void output_print(Output *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void output_note(Output *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes what is pending. False when anything written so far was lost. */
bool output_flush(Output *out);

/* A list of objects: an aligned table on text output, a JSON array with --json; one object: lines
 * "name  value", or a JSON object. */
void output_table(Output *out, const Type *type, AnyList list);
void output_object(Output *out, const Type *type, const void *object);

/* "souk: detail" on stderr; with --json one line {"code","title","detail"}. */
void output_error(Output *out, const Error *error, Str detail);

#endif
