#include "platform/api/observe.h"

#include "platform/http/address.h"
#include "platform/module.h"
#include "platform/telemetry/log.h"

#include <assert.h>

static const double statement_bounds[] = {0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 50};

METRIC_FAMILY(requests_total, .name = "souk_http_requests_total", .kind = METRIC_COUNTER,
              .doc = "Answers by route and class of status.",
              .labels = {"method", "route", "status"});
METRIC_FAMILY(request_seconds, .name = "souk_http_request_duration_seconds",
              .kind = METRIC_HISTOGRAM,
              .doc = "First byte of the request to last byte of the answer.",
              .labels = {"method", "route"}, .bounds = metric_seconds_bounds,
              .bound_count = metric_seconds_bound_count);
METRIC_FAMILY(request_statements, .name = "souk_http_request_statements", .kind = METRIC_HISTOGRAM,
              .doc = "SQL statements that one request took.", .labels = {"method", "route"},
              .bounds = statement_bounds, .bound_count = ROWS(statement_bounds));

void route_counts_init(RouteCounts *counts, const char *method, const char *path)
{
    static const char *const classes[] = {NULL, NULL, "2xx", "3xx", "4xx", "5xx"};
    for (size_t i = 2; i < ROWS(classes); i++)
        counts->by_class[i] = metric_series(&requests_total, method, path, classes[i]);
    counts->seconds = metric_series(&request_seconds, method, path);
    counts->statements = metric_series(&request_statements, method, path);
}

LOG_EVENT(request_done, "request.done", LOG_INFO, "A request was answered (log.requests).");
LOG_EVENT(request_failed, "request.failed", LOG_ERROR,
          "A request met a failure of ours; `code` names the refusal.");

static void log_answer(const Observation *seen, int64_t took_us)
{
    const Exchange *ex = seen->ex;
    bool failed = ex->status >= 500;
    if (!failed && !seen->log_always) return;
    LOG(seen->trace, failed ? &request_failed : &request_done,
        KV("method", ex->request.method_text), KV("path", ex->request.path),
        KV("status", ex->status), KV("code", str_from(seen->error ? seen->error->code : "")),
        KV("client", address_text(ex->arena, ex->request.client)), KV("took_us", took_us),
        KV("bytes", (int64_t)ex->bytes_sent), KV("statements", seen->statements),
        KV("cut", ex->cut));
}

void observe(const RouteCounts *counts, const Observation *seen)
{
    const Exchange *ex = seen->ex;
    int64_t took_us = monotonic_us() - ex->began_us;
    int class = ex->status ? ex->status / 100 : 4; /* its client went away before the answer */
    assert(class >= 2 && class < 6);
    if (counts) {
        metric_add(counts->by_class[class], 1);
        metric_observe_us(counts->seconds, took_us);
        metric_observe(counts->statements, seen->statements);
    }
    log_answer(seen, took_us);
}
