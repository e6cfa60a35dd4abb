/* What platform/db counts. Inside of platform/db. */
#ifndef PLATFORM_DB_MEASURE_H
#define PLATFORM_DB_MEASURE_H

#include "platform/db/db.h"
#include "platform/telemetry/metrics.h"

typedef struct DbSeries {
    Series statements[DB_LANE_COUNT];
    Series waits[DB_LANE_COUNT];
    Series durations[DB_LANE_COUNT];
    Series queued[DB_LANE_COUNT];
    Series outcomes[DB_LANE_COUNT][DB_TIMEOUT + 1]; /* by DbFailure */
    Series retries, slow_statements;
    Series commits, batches, reruns;
    Series checkpoints, gates, wal_bytes;
} DbSeries;

/* One for the process, like the metrics themselves; made at the first db_open. */
extern DbSeries db_series;
void db_series_make(void);

const char *db_failure_name(DbFailure failure);

#endif
