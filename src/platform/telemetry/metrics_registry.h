/* What metrics.c keeps and metrics_write.c shows; no one else includes this. */
#ifndef PLATFORM_TELEMETRY_METRICS_REGISTRY_H
#define PLATFORM_TELEMETRY_METRICS_REGISTRY_H

#include "platform/telemetry/metrics.h"

typedef struct SeriesEntry {
    struct SeriesEntry *next;
    Str labels; /* name="value",… with the values escaped; empty when the family has none */
    uint32_t at;
    double (*read)(void *arg); /* instead of a slot */
    void *arg;
} SeriesEntry;

typedef struct FamilyEntry {
    struct FamilyEntry *next;
    const MetricFamily *family;
    SeriesEntry *first, **end;
} FamilyEntry;

/* The families in the order of their first series. While it is held no series is made and no thread
 * comes or goes. */
const FamilyEntry *metrics_lock(void);
void metrics_unlock(void);

/* The sum of one slot over all shards; the lock is held. */
uint64_t metrics_slot_sum(uint32_t at);

/* A histogram's slots, from its series' `at`: one a bound, one above all bounds, the sum of values
 * as a double. */
uint32_t metrics_slot_count(const MetricFamily *family);
double metrics_histogram_sum(const SeriesEntry *series,
                             const MetricFamily *family); /* the lock is held */

#endif
