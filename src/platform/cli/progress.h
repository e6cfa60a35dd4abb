/* Progress: how far a long command has come. On a terminal one line of stderr that is rewritten at
 * most ten times a second; elsewhere nothing but the last line, so that logs stay readable.
 *
 *     products  43% [############----------------]  43,210/100,000  13,157/s  4 s left
 *     100,000 products in 7.6 s (13,157/s)
 */
#ifndef PLATFORM_CLI_PROGRESS_H
#define PLATFORM_CLI_PROGRESS_H

#include "platform/cli/output.h"

typedef struct Progress {
    Output *out;
    const char *noun; /* "products" */
    int64_t total;    /* 0: unknown, then there is neither bar nor time left */
    int64_t done;
    int64_t began_us, drawn_us; /* monotonic */
    int64_t drawn_done;
    double rate; /* per second, smoothed over about the last ten seconds */
} Progress;

Progress progress_start(Output *out, const char *noun, int64_t total);

/* `n` more are done. Costs a clock reading and, ten times a second, a line. */
void progress_add(Progress *progress, int64_t n);

/* Clears the line and leaves the last one. */
void progress_end(Progress *progress);

/* What the three do, at a time of the caller's, for tests. progress_line is the line without
 * colours and control characters, of at most `columns` characters. */
Progress progress_start_at(Output *out, const char *noun, int64_t total, int64_t now_us);
void progress_add_at(Progress *progress, int64_t n, int64_t now_us);
void progress_end_at(Progress *progress, int64_t now_us);
Str progress_line(Arena *arena, const Progress *progress, int columns);

/* "1,234,567" */
Str number_text(Arena *arena, int64_t number);

#endif
