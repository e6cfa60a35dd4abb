/* Histogram of durations, log-linear as in HdrHistogram: 128 steps in each power of two, so that a
 * percentile is exact to 0.8 % from nanoseconds to minutes, and recording is an increment. */
#ifndef BENCH_LOAD_HISTOGRAM_H
#define BENCH_LOAD_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_STEP_BITS = 7,
    HISTOGRAM_TOP_BITS = 38, /* 2^38 ns = 275 s; longer is counted as that */
    HISTOGRAM_BUCKETS = (HISTOGRAM_TOP_BITS - HISTOGRAM_STEP_BITS + 1) << HISTOGRAM_STEP_BITS,
};

typedef struct Histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t total;
    int64_t max_ns;
    double sum_ns;
} Histogram;

void histogram_record(Histogram *histogram, int64_t ns); /* negative counts as 0 */
void histogram_add(Histogram *into, const Histogram *from);

/* The smallest recorded duration that at least `share` (0 … 1) of all do not exceed, rounded up to
 * its step and never above the maximum; 0 when nothing was recorded. */
int64_t histogram_percentile_ns(const Histogram *histogram, double share);

#endif
