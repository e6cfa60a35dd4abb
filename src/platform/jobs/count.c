/* What is counted. How many jobs wait and are dead is asked of the table now and then, on the slow lane:
 * a scrape must not wait for it, and it may take long. */
#include "platform/jobs/state.h"

METRIC_FAMILY(runs_family, .name = "souk_job_runs_total", .kind = METRIC_COUNTER,
              .doc = "Runs of jobs, by how they have ended.", .labels = {"job", "end"});
METRIC_FAMILY(seconds_family, .name = "souk_job_run_seconds", .kind = METRIC_HISTOGRAM,
              .doc = "How long jobs have run.", .labels = {"job"}, .bounds = metric_seconds_bounds,
              .bound_count = metric_seconds_bound_count);
METRIC_FAMILY(late_family, .name = "souk_job_start_delay_seconds", .kind = METRIC_HISTOGRAM,
              .doc = "How long jobs have waited after they were due.",
              .bounds = metric_seconds_bounds, .bound_count = metric_seconds_bound_count);
METRIC_FAMILY(lost_family, .name = "souk_jobs_lost_total", .kind = METRIC_COUNTER,
              .doc = "Jobs that were taken back from a process that had died, or from a run that "
                     "passed its limit.");
METRIC_FAMILY(waiting_family, .name = "souk_jobs_waiting", .kind = METRIC_GAUGE,
              .doc = "Jobs that are due and wait, as counted lately.", .labels = {"job"});
METRIC_FAMILY(oldest_family, .name = "souk_jobs_oldest_seconds", .kind = METRIC_GAUGE,
              .doc = "How long the first job that waits has been due, as looked at lately.",
              .labels = {"job"});
METRIC_FAMILY(dead_family, .name = "souk_jobs_dead", .kind = METRIC_GAUGE,
              .doc = "Dead letters, as counted lately.", .labels = {"job"});

static bool count_in_tx(DbWork *work)
{
    (void)work;
    jobs_runner.count.counts = jobs_count(&jobs_runner.count.cx, ctx_now(&jobs_runner.count.cx));
    return true;
}

static const JobCount *count_of(const char *name)
{
    for (size_t i = 0; i < jobs_runner.count.counts.n; i++)
        if (str_eq(jobs_runner.count.counts.items[i].kind, str_from(name)))
            return &jobs_runner.count.counts.items[i];
    static const JobCount none;
    return &none;
}

static void counted(DbWork *work, DbFailure failure)
{
    (void)work;
    size_t count;
    const Job *const *kinds = job_kinds(&count);
    for (size_t i = 0; failure == DB_FINE && i < count; i++) {
        const JobCount *found = count_of(kinds[i]->name);
        atomic_store(&jobs_runner.series[i].waiting, found->waiting);
        atomic_store(&jobs_runner.series[i].oldest_us, found->oldest.us);
        atomic_store(&jobs_runner.series[i].dead, found->dead);
    }
    atomic_store(&jobs_runner.count.busy, false);
}

void jobs_begin_count(void)
{
    if (atomic_exchange(&jobs_runner.count.busy, true)) return;
    arena_reset(jobs_runner.count.cx.arena);
    jobs_runner.count.work =
        (DbWork){.mode = TX_READ, .cx = &jobs_runner.count.cx, .run = count_in_tx, .done = counted};
    if (!db_submit(jobs_runner.world.db, DB_LANE_SLOW, &jobs_runner.count.work))
        atomic_store(&jobs_runner.count.busy, false);
}

static double read_waiting(void *arg)
{
    return (double)atomic_load(&((KindSeries *)arg)->waiting);
}

static double read_dead(void *arg)
{
    return (double)atomic_load(&((KindSeries *)arg)->dead);
}

static double read_oldest(void *arg)
{
    int64_t since_us = atomic_load(&((KindSeries *)arg)->oldest_us);
    return since_us ? (double)(clock_now(&clock_system).us - since_us) / (double)SECOND_US : 0;
}

void jobs_make_series(void)
{
    size_t count;
    const Job *const *kinds = job_kinds(&count);
    static const char *const ends[] = {"done", "failed", "dead"};
    for (size_t i = 0; i < count; i++) {
        KindSeries *series = &jobs_runner.series[i];
        for (size_t k = 0; k < ROWS(ends); k++)
            series->ends[k] = metric_series(&runs_family, kinds[i]->name, ends[k]);
        series->seconds = metric_series(&seconds_family, kinds[i]->name);
        metric_gauge_function(&waiting_family, read_waiting, series, kinds[i]->name);
        metric_gauge_function(&oldest_family, read_oldest, series, kinds[i]->name);
        metric_gauge_function(&dead_family, read_dead, series, kinds[i]->name);
    }
    jobs_runner.late = metric_series(&late_family);
    jobs_runner.lost = metric_series(&lost_family);
}
