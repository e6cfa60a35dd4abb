/* Progress: how far a long command has come. On a terminal one line of stderr that is rewritten at
 * most ten times a second; elsewhere nothing but the last line, so that logs stay readable. */
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

/* "loading" and "products" give "loading products". */
Progress progress_start(Output *out, const char *noun, int64_t total);

/* `n` more are done. Costs a clock reading and, ten times a second, a line. */
void progress_add(Progress *progress, int64_t n);

/* Clears the line and leaves "100,000 products in 7.6 s (13,157/s)". */
void progress_end(Progress *progress);

#endif
