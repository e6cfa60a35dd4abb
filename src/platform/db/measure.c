#include "platform/db/measure.h"

#include <pthread.h>

static const double batch_bounds[] = {1, 2, 4, 8, 16, 32, 64, 128, 256};

enum { BATCH_BOUNDS = sizeof batch_bounds / sizeof *batch_bounds };

METRIC_FAMILY(statements, .name = "souk_db_statements_total", .kind = METRIC_COUNTER,
              .doc = "Statements sent to the database.", .labels = {"lane"});
METRIC_FAMILY(waits, .name = "souk_db_wait_seconds", .kind = METRIC_HISTOGRAM,
              .doc = "Time that work waited in its lane's queue.", .labels = {"lane"},
              .bounds = metric_seconds_bounds, .bound_count = metric_seconds_bound_count);
METRIC_FAMILY(durations, .name = "souk_db_transaction_duration_seconds", .kind = METRIC_HISTOGRAM,
              .doc = "Time from the start of work to its end, retries and commit included.",
              .labels = {"lane"}, .bounds = metric_seconds_bounds,
              .bound_count = metric_seconds_bound_count);
METRIC_FAMILY(queued, .name = "souk_db_queue_depth", .kind = METRIC_GAUGE,
              .doc = "Work waiting in a lane's queue.", .labels = {"lane"});
METRIC_FAMILY(outcomes, .name = "souk_db_transactions_total", .kind = METRIC_COUNTER,
              .doc = "Pieces of work that ended, by how they ended.",
              .labels = {"lane", "outcome"});
METRIC_FAMILY(retries, .name = "souk_db_retries_total", .kind = METRIC_COUNTER,
              .doc = "Transactions that were run again.");
METRIC_FAMILY(slow_statements, .name = "souk_db_slow_statements_total", .kind = METRIC_COUNTER,
              .doc = "Statements slower than db.slow_statement_ms.");
METRIC_FAMILY(commits, .name = "souk_db_commit_duration_seconds", .kind = METRIC_HISTOGRAM,
              .doc = "Time that COMMIT of a writing transaction took.",
              .bounds = metric_seconds_bounds, .bound_count = metric_seconds_bound_count);
METRIC_FAMILY(batches, .name = "souk_db_batch_members", .kind = METRIC_HISTOGRAM,
              .doc = "SQLite: pieces of work that shared a commit.", .bounds = batch_bounds,
              .bound_count = BATCH_BOUNDS);
METRIC_FAMILY(reruns, .name = "souk_db_batch_reruns_total", .kind = METRIC_COUNTER,
              .doc = "SQLite: batches that were lost and whose members ran again one by one.");
METRIC_FAMILY(checkpoints, .name = "souk_db_checkpoint_duration_seconds", .kind = METRIC_HISTOGRAM,
              .doc = "SQLite: time that a checkpoint kept the writer.",
              .bounds = metric_seconds_bounds, .bound_count = metric_seconds_bound_count);
METRIC_FAMILY(gates, .name = "souk_db_reader_gates_total", .kind = METRIC_COUNTER,
              .doc = "SQLite: times that readers were held back to shrink the WAL.");
METRIC_FAMILY(wal_bytes, .name = "souk_db_wal_bytes", .kind = METRIC_GAUGE,
              .doc = "SQLite: bytes in the WAL that are not yet in the database.");

DbSeries db_series;
static pthread_once_t made = PTHREAD_ONCE_INIT;

const char *db_failure_name(DbFailure failure)
{
    static const char *const names[] = {
        [DB_FINE] = "fine",         [DB_CONSTRAINT] = "constraint",
        [DB_CONFLICT] = "conflict", [DB_UNAVAILABLE] = "unavailable",
        [DB_FULL] = "full",         [DB_READ_ONLY] = "read_only",
        [DB_BROKEN] = "broken",     [DB_TIMEOUT] = "timeout",
    };
    return names[failure];
}

static void make(void)
{
    static const char *const lanes[DB_LANE_COUNT] = {[DB_LANE_READ] = "read",
                                                     [DB_LANE_WRITE] = "write",
                                                     [DB_LANE_SLOW] = "slow",
                                                     [DB_LANE_HASH] = "hash"};
    DbSeries *s = &db_series;
    for (int i = 0; i < DB_LANE_COUNT; i++) {
        s->statements[i] = metric_series(&statements, lanes[i]);
        s->waits[i] = metric_series(&waits, lanes[i]);
        s->durations[i] = metric_series(&durations, lanes[i]);
        s->queued[i] = metric_series(&queued, lanes[i]);
        for (int k = DB_FINE; k <= DB_TIMEOUT; k++)
            s->outcomes[i][k] = metric_series(&outcomes, lanes[i], db_failure_name((DbFailure)k));
    }
    s->retries = metric_series(&retries);
    s->slow_statements = metric_series(&slow_statements);
    s->commits = metric_series(&commits);
    s->batches = metric_series(&batches);
    s->reruns = metric_series(&reruns);
    s->checkpoints = metric_series(&checkpoints);
    s->gates = metric_series(&gates);
    s->wal_bytes = metric_series(&wal_bytes);
}

void db_series_make(void)
{
    pthread_once(&made, make);
}
