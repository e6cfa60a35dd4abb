/* The runner: takes jobs that are due, has them run, notes how they have ended.
 *
 * One thread (a Pulse) does all that needs the table, in turns: one WRITE transaction notes all runs
 * that have ended since the last turn and claims as many jobs as there is room for. So a commit is
 * shared by many short jobs, and a job costs a fraction of one. Between the turns it keeps the leases
 * alive, takes back jobs whose process has died, and adds the jobs of crons. The runs themselves are
 * on a lane of a few threads, outside of any transaction.
 *
 * How many are taken at once follows from how long runs took lately: as many as are done in some
 * 20 ms, at least one a thread. So a thousand short jobs need few turns, and long ones are not held
 * here while another process has nothing to do.
 *
 * A run belongs to its (id, runner, attempts). The runner is an id made at start; whoever writes how
 * a run has ended names all three, and writes nothing when they have changed: the lease ran out, and
 * another run is under way; or somebody cancelled it. A run that passes its limit is not kept alive
 * any more: its lease runs out, it is run again elsewhere, and what the stuck thread does in the end
 * counts for nothing.
 *
 * Rejected: a thread that claims for itself, one job at a time (a commit for each, and on SQLite all
 * of them queue for one writer); rows that are locked for as long as the job runs (a transaction open
 * for minutes keeps PostgreSQL from cleaning up, and a lost connection loses the lock silently);
 * NOTIFY to wake others (serialises all commits; a look twice a second finds what another process
 * has added and not run itself). */
#include "platform/jobs/runner.h"

#include "platform/jobs/cron.h"
#include "platform/pulse.h"
#include "platform/telemetry/fault.h"
#include "platform/telemetry/log.h"
#include "platform/telemetry/metrics.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>

enum {
    RUNS_MAX = 256,       /* taken at once */
    LOST_MAX = 100,       /* taken back in one turn */
    FORGOTTEN_MAX = 1000, /* deleted in one turn */
    RUN_ARENA = 4096,
    GRACE_S = 10, /* of a run over its limit, to notice that it is */
};

#define SECOND_US INT64_C(1000000)

/* Two beats may be missed, by a pause or a slow database, before anybody thinks us dead. */
#define LEASE_US   (30 * SECOND_US)
#define BEAT_US    (LEASE_US / 3)

#define LOOK_US    (SECOND_US / 2)  /* for what other processes have added: PostgreSQL */
#define REST_US    (60 * SECOND_US) /* on SQLite there are none, and what is due later is known */
#define RECLAIM_US (5 * SECOND_US)  /* for what other processes have lost */
#define FORGET_US  (60 * SECOND_US)
#define COUNT_US   (10 * SECOND_US)
#define RETRY_US   SECOND_US        /* after the database has failed */
#define UNKNOWN_US (60 * SECOND_US) /* for a program that knows the job */
#define FILL_US    (SECOND_US / 50) /* so much work is taken at once */

LOG_EVENT(job_failed, "jobs.failed", LOG_WARN, "A job has failed; it is run again after a pause.");
LOG_EVENT(job_dead, "jobs.dead", LOG_ERROR,
          "A job has failed for good: `souk jobs show` says why, `souk jobs retry` runs it again.");
LOG_EVENT(job_lost, "jobs.lost", LOG_WARN,
          "The process that ran a job has died, or the job has passed its limit: it is run again.");
LOG_EVENT(job_overdue, "jobs.overdue", LOG_ERROR,
          "A job has passed its limit and does not end; its thread is kept.");
LOG_EVENT(job_unknown, "jobs.unknown", LOG_WARN,
          "A job that this program does not know was put back, for one that does.");

FAULT_POINT(fault_claimed, "jobs.claimed", "Jobs are claimed, and none of them has begun.");
FAULT_POINT(fault_ran, "jobs.ran", "A job has done its work; that it is done is not written.");
FAULT_POINT(fault_turn, "jobs.turn", "It is written which jobs are done; the commit is to come.");

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

static struct {
    Pulse pulse;
    ModuleWorld world;
    Lane *lane;
    int threads;
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
    KindSeries *series;
    Series late, lost;

    /* Counting, on the slow lane. */
    struct {
        DbWork work;
        Ctx cx;
        _Atomic bool busy;
        JobCountList counts;
        int64_t begun_us;
    } count;
} runner = {.pulse = PULSE, .lock = PTHREAD_MUTEX_INITIALIZER};

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

static int64_t limit_us(const Job *job)
{
    return (job->limit_s ? job->limit_s : JOB_LIMIT_S) * SECOND_US;
}

/* "Full jitter": those who failed together do not come back together. */
int64_t job_pause_us(const Random *random, int64_t attempts)
{
    int64_t most_us = 3600 * SECOND_US;
    if (attempts < 12) most_us = (INT64_C(1) << attempts) * SECOND_US;
    if (most_us > 3600 * SECOND_US) most_us = 3600 * SECOND_US;
    return (int64_t)random_below(random, (uint64_t)most_us + 1);
}

static size_t kind_index(const Job *job)
{
    size_t count, i = 0;
    const Job *const *kinds = job_kinds(&count);
    while (kinds[i] != job) i++;
    return i;
}

/* ---- A run, on a thread of the lane ---------------------------------------------------------- */

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
    int64_t mean_us = atomic_load(&runner.mean_us);
    atomic_store(&runner.mean_us, mean_us + (us - mean_us) / 8);
    metric_observe_us(runner.series[run->kind].seconds, us);
    metric_add(runner.series[run->kind].ends[run->end.verdict], 1);
}

static void run_on_lane(LaneItem *item, void *thread)
{
    (void)thread;
    Run *run = run_of(item);
    int64_t begun_us = monotonic_us();
    run->begun_ever = !atomic_load(&runner.stopping);
    if (run->begun_ever) {
        metric_observe_us(runner.late, ctx_now(&run->cx).us - run->row.due_at.us);
        run->cx.deadline_us = begun_us + limit_us(run->job.job);
        atomic_store(&run->begun_us, begun_us);
        run->end = run_job(run);
        note_time(run, monotonic_us() - begun_us);
        FAULT(&fault_ran);
    }
    pthread_mutex_lock(&runner.lock);
    run->state = RUN_ENDED;
    pthread_mutex_unlock(&runner.lock);
    pulse_wake(&runner.pulse);
}

bool job_cancelled(const JobRun *job)
{
    const Run *run = (const Run *)(const void *)job;
    return atomic_load(&run->cancelled) || atomic_load(&runner.stopping) ||
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

/* ---- A turn ---------------------------------------------------------------------------------- */

typedef struct RunList {
    Run *items[RUNS_MAX];
    size_t n;
} RunList;

typedef struct Turn {
    RunList ended;
    size_t room; /* how many to claim */
    JobLease lease;
    JobEntryList claimed;
} Turn;

static RunList runs_in(RunState state)
{
    RunList list = {.n = 0};
    pthread_mutex_lock(&runner.lock);
    for (size_t i = 0; i < RUNS_MAX; i++)
        if (runner.runs[i].state == state) list.items[list.n++] = &runner.runs[i];
    pthread_mutex_unlock(&runner.lock);
    return list;
}

/* A run that did not succeed: it waits again, or is dead. */
static void post_failure(Ctx *cx, const Run *run)
{
    const JobEntry *row = &run->row;
    Time now = ctx_now(cx);
    if (!run->begun_ever) {
        job_post_again(cx, row, row->attempts - 1, row->due_at, row->error);
    } else if (run->end.verdict == JOB_VERDICT_DEAD ||
               row->attempts >= job_attempts_max(run->job.job)) {
        job_post_dead(cx, row, now, (Time){now.us + JOB_DEAD_KEEP_S * SECOND_US}, run->end.error);
    } else {
        Time due = {now.us + job_pause_us(cx->random, row->attempts)};
        job_post_again(cx, row, row->attempts, due, run->end.error);
    }
}

static bool ended_well(const Run *run)
{
    return run->begun_ever && run->end.verdict == JOB_VERDICT_DONE;
}

/* Those that ended well, those of the same retention by one statement. */
static void note_done(Ctx *cx, const RunList *ended)
{
    bool noted[RUNS_MAX] = {false};
    Time now = ctx_now(cx);
    for (size_t i = 0; i < ended->n; i++) {
        const Run *first = ended->items[i];
        if (noted[i] || !ended_well(first) || first->end.committed || first->lost) continue;
        Time forget_at = job_forget_at(first->job.job, now);
        IdList ids = {NEW_N(cx->arena, Id, ended->n), 0};
        for (size_t k = i; k < ended->n; k++) {
            const Run *run = ended->items[k];
            if (noted[k] || !ended_well(run) || run->end.committed || run->lost) continue;
            if (job_forget_at(run->job.job, now).us != forget_at.us) continue;
            noted[k] = true;
            ids.items[ids.n++] = run->row.id;
        }
        if (forget_at.us)
            jobs_finish(cx, runner.self, ids, now, forget_at);
        else
            jobs_delete(cx, runner.self, ids);
    }
}

static int by_due(const void *a, const void *b)
{
    const JobEntry *x = a, *y = b;
    int by_time = (x->due_at.us > y->due_at.us) - (x->due_at.us < y->due_at.us);
    return by_time ? by_time : (x->id.n > y->id.n) - (x->id.n < y->id.n);
}

/* (`returning` has no order of its own.) */
static void claim_from(Ctx *cx, Turn *turn, Str queue, JobPriority priority, int64_t *room)
{
    int64_t left = (int64_t)(turn->room - turn->claimed.n);
    if (left > *room) left = *room;
    if (left <= 0) return;
    JobEntryList got = jobs_claim(cx, &turn->lease, queue, priority, left);
    if (got.n) qsort(got.items, got.n, sizeof *got.items, by_due);
    if (got.n) memcpy(turn->claimed.items + turn->claimed.n, got.items, got.n * sizeof *got.items);
    turn->claimed.n += got.n;
    *room -= (int64_t)got.n;
}

static const JobPriority priorities[] = {JOB_HIGH, JOB_NORMAL, JOB_LOW};

/* Jobs whose runs at once are limited, each kind by itself. */
static void claim_limited(Ctx *cx, Turn *turn)
{
    size_t count;
    const Job *const *kinds = job_kinds(&count);
    for (size_t i = 0; i < count && turn->claimed.n < turn->room; i++) {
        Str queue = str_from(kinds[i]->name);
        if (!kinds[i]->concurrency) continue;
        int64_t room = jobs_room(cx, queue, kinds[i]->concurrency);
        for (size_t k = 0; k < ROWS(priorities); k++)
            claim_from(cx, turn, queue, priorities[k], &room);
    }
}

static void claim(Ctx *cx, Turn *turn)
{
    int64_t room = RUNS_MAX;
    turn->claimed = (JobEntryList){NEW_N(cx->arena, JobEntry, turn->room + 1), 0};
    if (!turn->room) return;
    claim_from(cx, turn, S(""), JOB_HIGH, &room);
    if (jobs_limited_are_due(cx, turn->lease.now)) claim_limited(cx, turn);
    claim_from(cx, turn, S(""), JOB_NORMAL, &room);
    claim_from(cx, turn, S(""), JOB_LOW, &room);
}

static JobLease lease_from(Time now)
{
    return (JobLease){runner.self, now, {now.us + LEASE_US}};
}

static bool take_turn(Ctx *cx, void *arg)
{
    Turn *turn = arg;
    turn->lease = lease_from(ctx_now(cx));
    note_done(cx, &turn->ended);
    for (size_t i = 0; i < turn->ended.n; i++) {
        const Run *run = turn->ended.items[i];
        if (!ended_well(run) && !run->lost) post_failure(cx, run);
    }
    if (turn->ended.n) FAULT(&fault_turn);
    claim(cx, turn);
    return true;
}

/* ---- Behind the commit of a turn ------------------------------------------------------------- */

static void tell_failure(const Run *run)
{
    Arena *arena = run->arena;
    bool dead =
        run->end.verdict == JOB_VERDICT_DEAD || run->row.attempts >= job_attempts_max(run->job.job);
    LOG(NULL, dead ? &job_dead : &job_failed, KV("job", str_from(run->job.job->name)),
        KV("id", id_text(arena, "job", run->row.id)), KV("attempt", run->row.attempts),
        KV("error", run->end.error));
}

static void free_ended(const RunList *ended)
{
    for (size_t i = 0; i < ended->n; i++) {
        Run *run = ended->items[i];
        if (run->begun_ever && !ended_well(run) && !run->lost) tell_failure(run);
        arena_reset(run->arena);
        pthread_mutex_lock(&runner.lock);
        run->state = RUN_FREE;
        pthread_mutex_unlock(&runner.lock);
    }
}

/* A run of the same job that passed its limit counts for nothing from now on. */
static void forget_older_run(Id id)
{
    for (size_t i = 0; i < RUNS_MAX; i++)
        if (runner.runs[i].state != RUN_FREE && id_eq(runner.runs[i].row.id, id))
            runner.runs[i].lost = true;
}

static Run *free_run(void)
{
    pthread_mutex_lock(&runner.lock);
    Run *run = runner.runs;
    while (run->state != RUN_FREE) run++;
    pthread_mutex_unlock(&runner.lock);
    return run;
}

static JobEntry copy_row(Arena *arena, const JobEntry *row)
{
    JobEntry own = *row;
    own.kind = str_copy(arena, row->kind);
    own.payload.text = str_copy(arena, row->payload.text);
    own.runner = runner.self;
    return own;
}

static void begin(const JobEntry *row, const Job *job)
{
    forget_older_run(row->id);
    Run *run = free_run();
    Arena *arena = run->arena;
    run->row = copy_row(arena, row);
    run->cx = module_ctx(&runner.world, arena);
    run->job = (JobRun){.id = row->id,
                        .job = job,
                        .attempt = (int)row->attempts,
                        .cx = &run->cx,
                        .db = runner.world.db};
    run->kind = kind_index(job);
    run->end = (JobEnd){0};
    run->begun_ever = run->lost = run->told = false;
    atomic_store(&run->cancelled, false);
    atomic_store(&run->begun_us, 0);
    run->item = (LaneItem){.run = run_on_lane};
    pthread_mutex_lock(&runner.lock);
    run->state = RUN_TAKEN;
    pthread_mutex_unlock(&runner.lock);
    bool accepted = lane_submit(runner.lane, &run->item);
    assert(accepted); /* its queue has room for all runs, and it is stopped after the pulse */
    (void)accepted;
}

typedef struct Unknown {
    JobEntry row;
    bool known;
} Unknown;

static bool put_back(Ctx *cx, void *arg)
{
    const JobEntry *row = arg;
    Time due = {ctx_now(cx).us + UNKNOWN_US};
    job_post_again(cx, row, row->attempts - 1, due, S("the program that took it does not know it"));
    return true;
}

static void put_back_unknown(Ctx *cx, const JobEntry *row)
{
    JobEntry own = *row;
    own.runner = runner.self;
    LOG(NULL, &job_unknown, KV("job", row->kind), KV("id", id_text(cx->arena, "job", row->id)));
    db_run(runner.world.db, TX_WRITE, cx, put_back, &own);
}

static void begin_claimed(Ctx *cx, const JobEntryList *claimed)
{
    if (claimed->n) FAULT(&fault_claimed);
    for (size_t i = 0; i < claimed->n; i++) {
        const Job *job = job_kind(claimed->items[i].kind);
        if (job)
            begin(&claimed->items[i], job);
        else
            put_back_unknown(cx, &claimed->items[i]);
    }
}

/* ---- Leases ---------------------------------------------------------------------------------- */

typedef struct Beat {
    IdList ids, held;
} Beat;

static bool beat_in_tx(Ctx *cx, void *arg)
{
    Beat *beat = arg;
    JobLease lease = lease_from(ctx_now(cx));
    jobs_beat(cx, &lease, beat->ids);
    beat->held = jobs_held(cx, runner.self, beat->ids);
    return true;
}

static bool is_overdue(Run *run)
{
    int64_t begun_us = atomic_load(&run->begun_us);
    if (!begun_us) return false;
    return monotonic_us() > begun_us + limit_us(run->job.job) + GRACE_S * SECOND_US;
}

static void tell_overdue(Run *run)
{
    if (run->told) return;
    run->told = true;
    LOG(NULL, &job_overdue, KV("job", str_from(run->job.job->name)));
}

/* Keeps what runs here, and hears of what was cancelled. */
static void keep_leases(Ctx *cx)
{
    RunList taken = runs_in(RUN_TAKEN), kept = {.n = 0};
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
    if (!kept.n || db_run(runner.world.db, TX_WRITE, cx, beat_in_tx, &beat) != DB_FINE) return;
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
static void reclaim(Ctx *cx)
{
    Reclaim reclaim = {.before = runner.fresh ? (Time){INT64_MAX} : ctx_now(cx)};
    if (db_run(runner.world.db, TX_WRITE, cx, reclaim_in_tx, &reclaim) != DB_FINE) return;
    if (reclaim.count) {
        LOG(NULL, &job_lost, KV("jobs", reclaim.count));
        metric_add(runner.lost, (uint64_t)reclaim.count);
        runner.more = true;
    }
    if (reclaim.count < LOST_MAX) runner.fresh = false;
}

/* ---- Crons ----------------------------------------------------------------------------------- */

typedef struct Ring {
    const Cron *cron;
    CronState *state;
    Time next;
} Ring;

/* Who moves the tick on adds the job, in the same transaction: so it is one process, and once. */
static bool ring(Ctx *cx, void *arg)
{
    Ring *r = arg;
    Str name = str_from(r->cron->name);
    Time now = ctx_now(cx), tick = cron_tick(cx, name);
    Time due = cron_last(&r->state->times, now);
    if (!tick.us)
        cron_begin(cx, name, now);
    else if (due.us > tick.us && cron_pass(cx, name, tick, due))
        job_add_later(cx, r->cron->job, r->cron->job->payload ? &(JobTick){due} : NULL,
                      (JobWhen){0});
    r->next = cron_next(&r->state->times, now);
    return true;
}

/* When the next one is due; one that fails is tried again. */
static Time ring_all(Ctx *cx)
{
    size_t count;
    const Cron *const *crons = job_crons(&count);
    Time now = ctx_now(cx), first = {now.us + REST_US};
    for (size_t i = 0; i < count; i++) {
        CronState *state = &runner.crons[i];
        if (state->next.us <= now.us) {
            Ring r = {.cron = crons[i], .state = state};
            bool fine = db_run(runner.world.db, TX_WRITE, cx, ring, &r) == DB_FINE;
            state->next = fine ? r.next : (Time){now.us + RETRY_US};
        }
        if (state->next.us < first.us) first = state->next;
    }
    return first;
}

/* ---- Counting, beside all this --------------------------------------------------------------- */

static bool count_in_tx(DbWork *work)
{
    (void)work;
    runner.count.counts = jobs_count(&runner.count.cx, ctx_now(&runner.count.cx));
    return true;
}

static const JobCount *count_of(const char *name)
{
    for (size_t i = 0; i < runner.count.counts.n; i++)
        if (str_eq(runner.count.counts.items[i].kind, str_from(name)))
            return &runner.count.counts.items[i];
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
        atomic_store(&runner.series[i].waiting, found->waiting);
        atomic_store(&runner.series[i].oldest_us, found->oldest.us);
        atomic_store(&runner.series[i].dead, found->dead);
    }
    atomic_store(&runner.count.busy, false);
}

static void begin_count(void)
{
    if (atomic_exchange(&runner.count.busy, true)) return;
    arena_reset(runner.count.cx.arena);
    runner.count.work =
        (DbWork){.mode = TX_READ, .cx = &runner.count.cx, .run = count_in_tx, .done = counted};
    if (!db_submit(runner.world.db, DB_LANE_SLOW, &runner.count.work))
        atomic_store(&runner.count.busy, false);
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

/* ---- The pulse ------------------------------------------------------------------------------- */

/* As many as are done in FILL_US, and at least one a thread. */
static size_t wanted(void)
{
    int64_t mean_us = atomic_load(&runner.mean_us);
    int64_t n = runner.threads * FILL_US / (mean_us > 0 ? mean_us : 1);
    return n > RUNS_MAX ? RUNS_MAX : n < runner.threads ? (size_t)runner.threads : (size_t)n;
}

/* How many to claim now: none until half of what there is room for is free, so that turns are few. */
static size_t room_now(void)
{
    size_t want = wanted(), busy = RUNS_MAX - runs_in(RUN_FREE).n;
    if (!runner.more || atomic_load(&runner.stopping)) return 0;
    return busy <= want / 2 ? want - busy : 0;
}

/* False: the database does not answer; what has ended is noted the next time. */
static bool turn(Ctx *cx)
{
    if (atomic_exchange(&runner.added, false)) runner.more = true;
    Turn now = {.ended = runs_in(RUN_ENDED), .room = room_now()};
    if (!now.ended.n && !now.room) return true;
    if (db_run(runner.world.db, TX_WRITE, cx, take_turn, &now) != DB_FINE) return false;
    if (now.room) runner.more = now.claimed.n == now.room;
    free_ended(&now.ended);
    begin_claimed(cx, &now.claimed);
    return true;
}

typedef struct Look {
    Time due; /* INT64_MAX: nothing waits */
} Look;

static void look_into(Ctx *cx, Look *look, Str queue)
{
    JobDue *due[ROWS(priorities)];
    for (size_t i = 0; i < ROWS(priorities); i++) jobs_ask_due(cx, &due[i], queue, priorities[i]);
    if (!db_settle(cx)) return;
    for (size_t i = 0; i < ROWS(priorities); i++)
        if (due[i] && due[i]->due_at.us < look->due.us) look->due = due[i]->due_at;
}

static bool look_in_tx(Ctx *cx, void *arg)
{
    Look *look = arg;
    size_t count;
    const Job *const *kinds = job_kinds(&count);
    *look = (Look){{INT64_MAX}};
    look_into(cx, look, S(""));
    for (size_t i = 0; i < count; i++)
        if (kinds[i]->concurrency) look_into(cx, look, str_from(kinds[i]->name));
    return true;
}

/* What is due that nobody has told us of; how long until something is. */
static int64_t look(Ctx *cx)
{
    Look found;
    if (db_run(runner.world.db, TX_READ, cx, look_in_tx, &found) != DB_FINE) return RETRY_US;
    int64_t left_us = found.due.us - ctx_now(cx).us;
    if (left_us <= 0) runner.more = true;
    int64_t rest_us = db_driver(runner.world.db) == DB_SQLITE ? REST_US : LOOK_US;
    return left_us > 0 && left_us < rest_us ? left_us : rest_us;
}

static bool forget_in_tx(Ctx *cx, void *arg)
{
    *(int64_t *)arg = jobs_forget(cx, ctx_now(cx), FORGOTTEN_MAX);
    return true;
}

static void forget(Ctx *cx)
{
    int64_t gone = FORGOTTEN_MAX;
    while (gone == FORGOTTEN_MAX && !atomic_load(&runner.stopping))
        if (db_run(runner.world.db, TX_WRITE, cx, forget_in_tx, &gone) != DB_FINE) return;
}

static bool is_time(int64_t *at_us, int64_t every_us, int64_t *next_us)
{
    int64_t now_us = monotonic_us();
    bool due = now_us >= *at_us;
    if (due) *at_us = now_us + every_us;
    if (*at_us < *next_us) *next_us = *at_us;
    return due;
}

/* What is done by the clock; when the next of it is to be. */
static int64_t do_chores(Ctx *cx)
{
    int64_t next_us = INT64_MAX;
    if (runner.fresh || is_time(&runner.reclaim_us, RECLAIM_US, &next_us)) reclaim(cx);
    if (is_time(&runner.beat_us, BEAT_US, &next_us)) keep_leases(cx);
    if (is_time(&runner.forget_us, FORGET_US, &next_us)) forget(cx);
    if (is_time(&runner.count_us, COUNT_US, &next_us)) begin_count();
    Time ring_at = ring_all(cx);
    int64_t ring_us = monotonic_us() + (ring_at.us - ctx_now(cx).us);
    return ring_us < next_us ? ring_us : next_us;
}

static int64_t beat(void *arg)
{
    (void)arg;
    Arena *arena = arena_new(1 << 16);
    Ctx cx = module_ctx(&runner.world, arena);
    int64_t next_us = do_chores(&cx);
    bool fine = !runner.fresh && turn(&cx);
    if (fine && !runner.more && monotonic_us() >= runner.look_us) {
        int64_t rest_us = look(&cx);
        runner.look_us = monotonic_us() + rest_us;
        if (runner.more) fine = turn(&cx);
    }
    arena_free(arena);
    int64_t wait_us =
        (fine ? next_us < runner.look_us ? next_us : runner.look_us : monotonic_us() + RETRY_US) -
        monotonic_us();
    if (fine && runner.more && room_now()) return 0;
    return wait_us > 0 ? wait_us : 0;
}

/* ---- From outside ---------------------------------------------------------------------------- */

void jobs_wake(void)
{
    atomic_store(&runner.added, true);
    pulse_wake(&runner.pulse);
}

static void make_series(void)
{
    size_t count;
    const Job *const *kinds = job_kinds(&count);
    static const char *const ends[] = {"done", "failed", "dead"};
    runner.series = calloc(count + 1, sizeof *runner.series);
    if (!runner.series) abort();
    for (size_t i = 0; i < count; i++) {
        KindSeries *series = &runner.series[i];
        for (size_t k = 0; k < ROWS(ends); k++)
            series->ends[k] = metric_series(&runs_family, kinds[i]->name, ends[k]);
        series->seconds = metric_series(&seconds_family, kinds[i]->name);
        metric_gauge_function(&waiting_family, read_waiting, series, kinds[i]->name);
        metric_gauge_function(&oldest_family, read_oldest, series, kinds[i]->name);
        metric_gauge_function(&dead_family, read_dead, series, kinds[i]->name);
    }
    runner.late = metric_series(&late_family);
    runner.lost = metric_series(&lost_family);
}

static void make_crons(void)
{
    size_t count;
    const Cron *const *crons = job_crons(&count);
    for (size_t i = 0; i < count; i++) {
        bool understood = cron_parse(str_from(crons[i]->schedule), &runner.crons[i].times);
        assert(understood);
        (void)understood;
        runner.crons[i].next = (Time){0};
    }
}

static void make_runs(void)
{
    runner.runs = calloc(RUNS_MAX, sizeof *runner.runs);
    if (!runner.runs) abort();
    for (size_t i = 0; i < RUNS_MAX; i++) runner.runs[i].arena = arena_new(RUN_ARENA);
}

static void end(void)
{
    for (size_t i = 0; i < RUNS_MAX; i++) arena_free(runner.runs[i].arena);
    arena_free(runner.count.cx.arena);
    free(runner.runs);
    runner.runs = NULL;
}

bool jobs_start(const ModuleWorld *world, int threads)
{
    runner.world = *world;
    runner.threads = threads;
    runner.self = id_make(world->ids, clock_now(world->clock));
    runner.stopping = false;
    runner.added = runner.more = true;
    runner.mean_us = FILL_US;
    runner.look_us = runner.beat_us = runner.reclaim_us = runner.forget_us = runner.count_us = 0;
    runner.fresh = db_driver(world->db) == DB_SQLITE;
    make_series();
    make_crons();
    make_runs();
    runner.count.cx = module_ctx(world, arena_new(RUN_ARENA));
    LaneOptions lane = {.name = "jobs", .threads = threads, .queue_max = RUNS_MAX};
    runner.lane = lane_start(&lane);
    if (runner.lane && pulse_start(&runner.pulse, "jobs", beat, NULL)) return true;
    int error = errno;
    if (runner.lane) lane_stop(runner.lane);
    end();
    errno = error;
    return false;
}

/* The last turn notes what has ended, and gives back what had not begun. */
void jobs_stop(void)
{
    if (!runner.runs) return;
    atomic_store(&runner.stopping, true);
    pulse_stop(&runner.pulse);
    lane_stop(runner.lane);
    Ctx cx = module_ctx(&runner.world, arena_new(1 << 16));
    turn(&cx);
    arena_free(cx.arena);
    while (atomic_load(&runner.count.busy)) sched_yield();
    end();
}
