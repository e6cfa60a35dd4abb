/* What is counted and logged of each answer, by route. */
#ifndef PLATFORM_API_OBSERVE_H
#define PLATFORM_API_OBSERVE_H

#include "base/error.h"
#include "platform/ctx.h"
#include "platform/http/exchange.h"
#include "platform/telemetry/metrics.h"

typedef struct RouteCounts {
    Series by_class[6]; /* status / 100 */
    Series seconds, statements;
} RouteCounts;

void route_counts_init(RouteCounts *counts, const char *method, const char *path);

typedef struct Observation {
    const Exchange *ex; /* finished */
    const Trace *trace;
    const Error *error; /* NULL: no refusal */
    int statements;
    bool log_always; /* not only failures of ours */
} Observation;

/* `counts` is NULL for what the HTTP core has refused before a route was looked for, and counts by
 * itself. */
void observe(const RouteCounts *counts, const Observation *seen);

#endif
