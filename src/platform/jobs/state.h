/* The runner's own state, which its files share: runner.c is the thread, turn.c what it writes, run.c
 * what happens on the threads of the lane, keep.c leases, ring.c crons, count.c gauges. */
#ifndef PLATFORM_JOBS_STATE_H
#define PLATFORM_JOBS_STATE_H

#include "platform/jobs/cron.h"
#include "platform/jobs/runner.h"
#include "platform/pulse.h"
#include "platform/telemetry/metrics.h"

#include <stdatomic.h>

enum {
    RUNS_MAX = 256, /* taken at once */
    GRACE_S = 10,   /* of a run over its limit, to notice that it is */
};

#define SECOND_US INT64_C(1000000)

typedef enum RunState { RUN_FREE, RUN_TAKEN, RUN_ENDED } RunState;

typedef struct Run {
    JobRun job; /* what the job's function sees; stands first */
    LaneItem item;
    Arena *arena;
    Ctx cx;
    JobEntry row;
    size_t kind; /* index into the runner's series */
    RunState state;
    JobEnd end;
    bool begun_ever; /* false: it is given back as it was */
    bool lost;       /* another run of the same job has been begun */
    bool told;       /* that it is overdue */
    _Atomic bool cancelled;
    _Atomic int64_t begun_us; /* 0: it waits for a thread */
} Run;

typedef struct KindSeries {
    Series ends[3], seconds;
    _Atomic int64_t waiting, oldest_us, dead;
} KindSeries;

typedef struct CronState {
    CronTimes times;
    Time next; /* 0: not looked at yet */
} CronState;

typedef struct RunList {
    Run *items[RUNS_MAX];
    size_t n;
} RunList;

typedef struct JobsRunner {
    Pulse pulse;
    ModuleWorld world;
    Lane *lane;
    int threads;
    int64_t lease_us;
    Id self;
    _Atomic bool added; /* since the last claim */
    _Atomic bool stopping;
    _Atomic int64_t mean_us; /* of runs, lately */

    pthread_mutex_t lock; /* of the states of runs */
    Run *runs;

    /* The pulse's own. */
    bool more; /* the last claim has not emptied the queue */
    int64_t look_us, beat_us, reclaim_us, forget_us, count_us;
    bool fresh; /* SQLite: nobody else can be running anything */
    CronState crons[CRONS_MAX];
    KindSeries series[JOB_KINDS_MAX];
    Series late, lost;

    /* Counting, on the slow lane. */
    struct {
        DbWork work;
        Ctx cx;
        _Atomic bool busy;
        JobCountList counts;
        int64_t begun_us;
    } count;
} JobsRunner;

extern JobsRunner jobs_runner;

/* ---- run.c ----------------------------------------------------------------------------------- */

int64_t job_limit_us(const Job *job);
void job_run_on_lane(LaneItem *item, void *thread);
bool job_ended_well(const Run *run);

/* ---- turn.c ---------------------------------------------------------------------------------- */

RunList jobs_runs_in(RunState state);
JobLease jobs_lease_from(Time now);

/* Notes what has ended, claims what there is room for, begins it. False: the database does not answer,
 * and what has ended is noted the next time. */
bool jobs_turn(Ctx *cx);

/* How many may be claimed now: none until half of what there is room for is free, so that turns are
 * few. */
size_t jobs_room_now(void);

/* ---- keep.c ---------------------------------------------------------------------------------- */

void jobs_keep_leases(Ctx *cx); /* of what runs here; and hears of what was cancelled */
void jobs_reclaim(Ctx *cx);     /* what nobody keeps waits again */
void jobs_forget_old(Ctx *cx);

/* ---- ring.c ---------------------------------------------------------------------------------- */

void jobs_read_crons(void);
Time jobs_ring_crons(Ctx *cx); /* adds what is due; when the next one is */

/* ---- count.c --------------------------------------------------------------------------------- */

void jobs_make_series(void);
void jobs_begin_count(void); /* how many wait and are dead: on the slow lane, beside all else */

#endif
