/* Leases: kept alive while a process lives, taken back when it does not. And the old ones forgotten. */
#include "platform/jobs/state.h"

#include "platform/telemetry/log.h"

enum {
    LOST_MAX = 100,       /* taken back in one transaction */
    FORGOTTEN_MAX = 1000, /* deleted in one transaction */
};

LOG_EVENT(job_lost, "jobs.lost", LOG_WARN,
          "The process that ran a job has died, or the job has passed its limit: it is run again.");
LOG_EVENT(job_overdue, "jobs.overdue", LOG_ERROR,
          "A job has passed its limit and does not end; its thread is kept.");

typedef struct Beat {
    IdList ids, held;
} Beat;

static bool beat_in_tx(Ctx *cx, void *arg)
{
    Beat *beat = arg;
    JobLease lease = jobs_lease_from(ctx_now(cx));
    jobs_beat(cx, &lease, beat->ids);
    beat->held = jobs_held(cx, jobs_runner.self, beat->ids);
    return true;
}

static bool is_overdue(Run *run)
{
    int64_t begun_us = atomic_load(&run->begun_us);
    if (!begun_us) return false;
    return monotonic_us() > begun_us + job_limit_us(run->job.job) + GRACE_S * SECOND_US;
}

static void tell_overdue(Run *run)
{
    if (run->told) return;
    run->told = true;
    LOG(NULL, &job_overdue, KV("job", str_from(run->job.job->name)));
}

/* Keeps what runs here, and hears of what was cancelled. */
void jobs_keep_leases(Ctx *cx)
{
    RunList taken = jobs_runs_in(RUN_TAKEN), kept = {.n = 0};
    Beat beat = {.ids = {NEW_N(cx->arena, Id, taken.n + 1), 0}};
    for (size_t i = 0; i < taken.n; i++) {
        Run *run = taken.items[i];
        if (is_overdue(run)) {
            tell_overdue(run);
            continue;
        }
        kept.items[kept.n++] = run;
        beat.ids.items[beat.ids.n++] = run->row.id;
    }
    if (!kept.n || db_run(jobs_runner.world.db, TX_WRITE, cx, beat_in_tx, &beat) != DB_FINE) return;
    for (size_t i = 0; i < kept.n; i++) {
        bool held = false;
        for (size_t k = 0; k < beat.held.n; k++)
            held |= id_eq(beat.held.items[k], kept.items[i]->row.id);
        if (!held) atomic_store(&kept.items[i]->cancelled, true);
    }
}

typedef struct Reclaim {
    Time before;
    int64_t count;
} Reclaim;

static bool reclaim_in_tx(Ctx *cx, void *arg)
{
    const Str why = S("its process died, or it passed its limit");
    Reclaim *reclaim = arg;
    JobEntryList lost = jobs_lost(cx, reclaim->before, LOST_MAX);
    Time now = ctx_now(cx);
    for (size_t i = 0; i < lost.n; i++) {
        const JobEntry *row = &lost.items[i];
        const Job *job = job_kind(row->kind);
        if (job && row->attempts >= job_attempts_max(job))
            job_post_dead(cx, row, now, (Time){now.us + JOB_DEAD_KEEP_S * SECOND_US}, why);
        else
            job_post_again(cx, row, row->attempts, now, why);
    }
    reclaim->count = (int64_t)lost.n;
    return true;
}

/* What nobody keeps alive waits again. On SQLite the folder has one owner: what runs when it starts
 * was another one's, who is dead. */
void jobs_reclaim(Ctx *cx)
{
    Reclaim reclaim = {.before = jobs_runner.fresh ? (Time){INT64_MAX} : ctx_now(cx)};
    if (db_run(jobs_runner.world.db, TX_WRITE, cx, reclaim_in_tx, &reclaim) != DB_FINE) return;
    if (reclaim.count) {
        LOG(NULL, &job_lost, KV("jobs", reclaim.count));
        metric_add(jobs_runner.lost, (uint64_t)reclaim.count);
        jobs_runner.more = true;
    }
    if (reclaim.count < LOST_MAX) jobs_runner.fresh = false;
}

static bool forget_in_tx(Ctx *cx, void *arg)
{
    *(int64_t *)arg = jobs_forget(cx, ctx_now(cx), FORGOTTEN_MAX);
    return true;
}

void jobs_forget_old(Ctx *cx)
{
    int64_t gone = FORGOTTEN_MAX;
    while (gone == FORGOTTEN_MAX && !atomic_load(&jobs_runner.stopping))
        if (db_run(jobs_runner.world.db, TX_WRITE, cx, forget_in_tx, &gone) != DB_FINE) return;
}
