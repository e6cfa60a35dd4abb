/* One run of a job, on a thread of the lane, and what the job's function can ask of it. */
#include "platform/jobs/state.h"

#include "meta/json.h"
#include "platform/telemetry/fault.h"

FAULT_POINT(fault_ran, "jobs.ran", "A job has done its work; that it is done is not written.");

/* ---- What follows from a job's row ----------------------------------------------------------- */

int job_attempts_max(const Job *job)
{
    return job->attempts ? job->attempts : JOB_ATTEMPTS;
}

Time job_forget_at(const Job *job, Time now)
{
    int64_t keep_s = job->keep_s ? job->keep_s : JOB_KEEP_S;
    return (Time){keep_s > 0 ? now.us + keep_s * SECOND_US : 0};
}

int job_limit_s(const Job *job)
{
    return job->limit_s ? job->limit_s : JOB_LIMIT_S;
}

int64_t job_limit_us(const Job *job)
{
    return job_limit_s(job) * SECOND_US;
}

/* "Full jitter": those who failed together do not come back together. */
int64_t job_pause_us(const Random *random, int64_t attempts)
{
    int64_t most_us = 3600 * SECOND_US;
    if (attempts < 12) most_us = (INT64_C(1) << attempts) * SECOND_US;
    if (most_us > 3600 * SECOND_US) most_us = 3600 * SECOND_US;
    return (int64_t)random_below(random, (uint64_t)most_us + 1);
}

/* ---- A run ----------------------------------------------------------------------------------- */

static Run *run_of(LaneItem *item)
{
    return (Run *)(void *)((char *)item - offsetof(Run, item));
}

static JobEnd run_job(Run *run)
{
    const Job *job = run->job.job;
    const void *payload = NULL;
    if (job->payload) {
        Violations violations = violations_new(run->arena);
        payload =
            json_read(run->arena, job->payload, run->row.payload.text, JSON_STORED, &violations);
        if (!payload) return job_give_up(&run->job, "the payload cannot be read");
    }
    return job->run(&run->job, payload);
}

/* A mean over some ten runs: it moves by an eighth of the difference. */
static void note_time(const Run *run, int64_t us)
{
    int64_t mean_us = atomic_load(&jobs_runner.mean_us);
    atomic_store(&jobs_runner.mean_us, mean_us + (us - mean_us) / 8);
    metric_observe_us(jobs_runner.series[run->kind].seconds, us);
    metric_add(jobs_runner.series[run->kind].ends[run->end.verdict], 1);
}

void job_run_on_lane(LaneItem *item, void *thread)
{
    (void)thread;
    Run *run = run_of(item);
    int64_t begun_us = monotonic_us();
    run->begun_ever = !atomic_load(&jobs_runner.stopping);
    if (run->begun_ever) {
        metric_observe_us(jobs_runner.late, ctx_now(&run->cx).us - run->row.due_at.us);
        run->cx.deadline_us = begun_us + job_limit_us(run->job.job);
        atomic_store(&run->begun_us, begun_us);
        run->end = run_job(run);
        note_time(run, monotonic_us() - begun_us);
        FAULT(&fault_ran);
    }
    pthread_mutex_lock(&jobs_runner.lock);
    run->state = RUN_ENDED;
    pthread_mutex_unlock(&jobs_runner.lock);
    pulse_wake(&jobs_runner.pulse);
}

bool job_cancelled(const JobRun *job)
{
    const Run *run = (const Run *)(const void *)job;
    return atomic_load(&run->cancelled) || atomic_load(&jobs_runner.stopping) ||
           monotonic_us() > run->cx.deadline_us;
}

typedef struct Finish {
    Run *run;
    bool (*f)(Ctx *cx, void *arg);
    void *arg;
    bool lost, kept;
} Finish;

static bool finish_in_tx(Ctx *cx, void *arg)
{
    Finish *finish = arg;
    const Run *run = finish->run;
    Time now = ctx_now(cx);
    finish->kept = false;
    finish->lost = !job_finish_one(cx, &run->row, now, job_forget_at(run->job.job, now));
    if (finish->lost) return false;
    return finish->kept = finish->f(cx, finish->arg);
}

JobEnd job_finish_with(JobRun *job, bool (*f)(Ctx *cx, void *arg), void *arg)
{
    Finish finish = {.run = (Run *)(void *)job, .f = f, .arg = arg};
    DbFailure failure = job_do(job, TX_WRITE, finish_in_tx, &finish);
    if (failure) return job_retry(job, "its last transaction failed: %d", (int)failure);
    if (finish.lost) return job_retry(job, "it was taken away while it ran");
    if (!finish.kept) return job_retry(job, "its last transaction was taken back");
    return (JobEnd){.verdict = JOB_VERDICT_DONE, .committed = true};
}

bool job_ended_well(const Run *run)
{
    return run->begun_ever && run->end.verdict == JOB_VERDICT_DONE;
}
