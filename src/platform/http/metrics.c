/* What a scrape sees of the HTTP core.
 *
 * The loops count for themselves, in plain words that they alone write (see LoopStats): a request costs them a few adds and
 * no call. A scrape asks for the sums. The newest server of the process is the one shown; a process has one, but for tests. */
#include "platform/telemetry/metrics.h"
#include "platform/http/core.h"

#include <stddef.h>

METRIC_FAMILY(connections_open, .name = "souk_http_connections", .kind = METRIC_GAUGE,
              .doc = "Connections that are open now.");
METRIC_FAMILY(
    connections_most, .name = "souk_http_connections_max", .kind = METRIC_GAUGE,
    .doc =
        "Connections that may be open: the setting, or what the limit of file descriptors leaves.");
METRIC_FAMILY(loops, .name = "souk_http_loops", .kind = METRIC_GAUGE,
              .doc = "Threads that own connections.");
METRIC_FAMILY(accepted_total, .name = "souk_http_connections_accepted_total",
              .kind = METRIC_COUNTER,
              .doc = "Connections that were accepted; those over a limit are not.");
METRIC_FAMILY(timed_out_total, .name = "souk_http_connections_timed_out_total",
              .kind = METRIC_COUNTER, .doc = "Connections whose time ran out, idle ones included.");
METRIC_FAMILY(pauses_total, .name = "souk_http_accept_pauses_total", .kind = METRIC_COUNTER,
              .doc = "Times that accepting paused, for want of file descriptors or memory.");
METRIC_FAMILY(received_total, .name = "souk_http_received_bytes_total", .kind = METRIC_COUNTER,
              .doc = "Bytes read from connections.");
METRIC_FAMILY(sent_total, .name = "souk_http_sent_bytes_total", .kind = METRIC_COUNTER,
              .doc = "Bytes written to connections.");
METRIC_FAMILY(busy_total, .name = "souk_http_loops_busy_seconds_total", .kind = METRIC_COUNTER,
              .doc = "Time in which the loops did not wait; each adds at most a second a second.");
METRIC_FAMILY(refusals_total, .name = "souk_http_refusals_total", .kind = METRIC_COUNTER,
              .doc = "Requests and connections that were refused before the application saw them.",
              .labels = {"code"});

static _Atomic(HttpServer *) shown;

static void read_stats(HttpStats *out)
{
    const HttpServer *server = atomic_load(&shown);
    *out = (HttpStats){0};
    if (server) http_stats(server, out);
}

#define READER(name, expression)                                                                   \
    static double name(void *arg)                                                                  \
    {                                                                                              \
        HttpStats stats;                                                                           \
        (void)arg;                                                                                 \
        read_stats(&stats);                                                                        \
        return (double)(expression);                                                               \
    }

READER(read_connections, stats.connections)
READER(read_connections_max, stats.connections_max)
READER(read_loops, stats.loops)
READER(read_accepted, stats.accepted)
READER(read_pauses, stats.pauses)
READER(read_timed_out, stats.timed_out)
READER(read_received, stats.bytes_in)
READER(read_sent, stats.bytes_out)
READER(read_busy, (double)stats.busy_us / 1e6)
READER(read_refusals, stats.faults[(const Error *)arg - http_faults])

void metrics_show(HttpServer *server)
{
    atomic_store(&shown, server);
    metric_gauge_function(&connections_open, read_connections, NULL);
    metric_gauge_function(&connections_most, read_connections_max, NULL);
    metric_gauge_function(&loops, read_loops, NULL);
    metric_gauge_function(&accepted_total, read_accepted, NULL);
    metric_gauge_function(&pauses_total, read_pauses, NULL);
    metric_gauge_function(&timed_out_total, read_timed_out, NULL);
    metric_gauge_function(&received_total, read_received, NULL);
    metric_gauge_function(&sent_total, read_sent, NULL);
    metric_gauge_function(&busy_total, read_busy, NULL);
    for (int i = HTTP_MORE + 1; i < HTTP_FAULT_COUNT; i++)
        metric_gauge_function(&refusals_total, read_refusals, (void *)(uintptr_t)&http_faults[i],
                              http_faults[i].code);
}

void metrics_hide(HttpServer *server)
{
    HttpServer *expected = server;
    atomic_compare_exchange_strong(&shown, &expected, NULL);
}
