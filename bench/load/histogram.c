#include "histogram.h"

#include <math.h>

/* Values below 2^STEP_BITS have a bucket each. Above, the exponent chooses a row of 2^STEP_BITS
 * buckets and the bits after the leading one choose the bucket in it. */
static uint32_t bucket_of(uint64_t ns)
{
    if (ns < (1u << HISTOGRAM_STEP_BITS)) return (uint32_t)ns;
    if (ns >> HISTOGRAM_TOP_BITS) return HISTOGRAM_BUCKETS - 1;
    int exponent = 63 - __builtin_clzll(ns);
    int shift = exponent - HISTOGRAM_STEP_BITS;
    uint32_t row = (uint32_t)(shift + 1) << HISTOGRAM_STEP_BITS;
    return row + (uint32_t)((ns >> shift) & ((1u << HISTOGRAM_STEP_BITS) - 1));
}

/* The largest value that falls into the bucket. */
static int64_t bucket_top(uint32_t bucket)
{
    if (bucket < (1u << HISTOGRAM_STEP_BITS)) return bucket;
    int shift = (int)(bucket >> HISTOGRAM_STEP_BITS) - 1;
    uint64_t step = bucket & ((1u << HISTOGRAM_STEP_BITS) - 1);
    return (int64_t)((((1ull << HISTOGRAM_STEP_BITS) | step) + 1) << shift) - 1;
}

void histogram_record(Histogram *histogram, int64_t ns)
{
    if (ns < 0) ns = 0;
    histogram->counts[bucket_of((uint64_t)ns)]++;
    histogram->total++;
    histogram->sum_ns += (double)ns;
    if (ns > histogram->max_ns) histogram->max_ns = ns;
}

void histogram_add(Histogram *into, const Histogram *from)
{
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++) into->counts[i] += from->counts[i];
    into->total += from->total;
    into->sum_ns += from->sum_ns;
    if (from->max_ns > into->max_ns) into->max_ns = from->max_ns;
}

int64_t histogram_percentile_ns(const Histogram *histogram, double share)
{
    if (histogram->total == 0) return 0;
    uint64_t wanted = (uint64_t)ceil(share * (double)histogram->total);
    if (wanted == 0) wanted = 1;
    uint64_t seen = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->counts[i];
        if (seen < wanted) continue;
        int64_t top = bucket_top(i);
        return top < histogram->max_ns ? top : histogram->max_ns;
    }
    return histogram->max_ns;
}
