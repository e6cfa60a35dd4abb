/* Metrics: families are rows (name, kind, prose, label names); a series is a family with label
 * values, made at start or rarely later. Counting is a store into the calling thread's own shard:
 * no lock, no shared cache line, no allocation. Reading (a scrape) adds the shards up. */
#ifndef PLATFORM_TELEMETRY_METRICS_H
#define PLATFORM_TELEMETRY_METRICS_H

#include "base/buf.h"
#include "platform/telemetry/gather.h"

typedef enum MetricKind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM } MetricKind;

enum { METRIC_LABELS_MAX = 4, METRIC_SERIES_MAX = 8192, METRIC_BOUNDS_MAX = 64 };

typedef struct MetricFamily {
    const char *name; /* by Prometheus' conventions: …_total for counters, …_seconds, …_bytes */
    MetricKind kind;
    const char *doc;
    const char *labels[METRIC_LABELS_MAX];
    const double *bounds; /* histogram: upper bounds, ascending, in the name's unit, without +Inf */
    int bound_count;
} MetricFamily;

/* Defines a row, at file scope: METRIC_FAMILY(refused, .name = "souk_…_total", .kind = …, .doc = …). */
#define METRIC_FAMILY(variable, ...)                                                               \
    static const MetricFamily variable = {__VA_ARGS__};                                            \
    GATHER(MetricFamily, souk_metrics, variable)

/* All families of the program, in no particular order. */
const MetricFamily *const *metric_family_list(size_t *count);

enum { metric_seconds_bound_count = 16 };
extern const double metric_seconds_bounds[metric_seconds_bound_count]; /* 100 µs to 10 s */

/* An index into each shard. 0 is a series that counts nothing, so that a zeroed struct is safe. */
typedef struct Series {
    uint32_t at;
} Series;

/* The series of these label values (as many as the family has labels), made when missing.
 * Thread-safe, not for the hot path. Above METRIC_SERIES_MAX everything further lands in the
 * family's series with the values "other". */
Series metric_series(const MetricFamily *family, ...); /* const char * for each label */

void metric_add(Series counter, uint64_t n);
void metric_observe_us(Series histogram, int64_t us); /* bounds in seconds */
void metric_observe(Series histogram, double value);
void metric_gauge_add(Series gauge, int64_t n); /* up and down from any thread */

/* A gauge (or a counter that something else keeps) that is asked when scraped. `read` must not make
 * series. Given again for the same labels, the newer function replaces the older. */
void metric_gauge_function(const MetricFamily *family, double (*read)(void *arg), void *arg, ...);

uint64_t metric_read(Series counter); /* the sum over all threads, for tests and status pages */

/* Adds what every process shows: souk_build_info{version,compiler}, process_cpu_seconds_total,
 * process_resident_memory_bytes, process_open_fds, process_start_time_seconds. Once, at start. */
void metrics_add_process(const char *version);

/* Prometheus text 0.0.4, or OpenMetrics 1.0 with its units, created-less counters and # EOF. */
void metrics_write(Buf *out, bool openmetrics);

#endif
