/* A turn: one WRITE transaction that notes all runs that have ended and claims as many jobs as there is
 * room for; and what follows from its commit.
 *
 * The transaction may run several times (a lost connection, a full disk), so it only reads what the
 * threads have left and keeps what it claimed in its own arena; runs become free, and claimed jobs
 * begin, when the commit is certain. If its answer is lost, ended runs are noted again, which finds
 * nothing to change, and claimed jobs that nobody begins come back when their lease has run out. */
#include "platform/jobs/state.h"

#include "platform/telemetry/fault.h"
#include "platform/telemetry/log.h"

#include <assert.h>
#include <stdlib.h>

#define UNKNOWN_US (60 * SECOND_US) /* for a program that knows the job */
#define FILL_US    (SECOND_US / 50) /* so much work is taken at once */

LOG_EVENT(job_failed, "jobs.failed", LOG_WARN, "A job has failed; it is run again after a pause.");
LOG_EVENT(job_dead, "jobs.dead", LOG_ERROR,
          "A job has failed for good: `souk jobs show` says why, `souk jobs retry` runs it again.");
LOG_EVENT(job_unknown, "jobs.unknown", LOG_WARN,
          "A job that this program does not know was put back, for one that does.");
FAULT_POINT(fault_claimed, "jobs.claimed", "Jobs are claimed, and none of them has begun.");
FAULT_POINT(fault_turn, "jobs.turn", "It is written which jobs are done; the commit is to come.");

static size_t kind_index(const Job *job)
{
    size_t count, i = 0;
    const Job *const *kinds = job_kinds(&count);
    while (kinds[i] != job) i++;
    return i;
}

typedef struct Turn {
    RunList ended;
    size_t room; /* how many to claim */
    JobLease lease;
    JobEntryList claimed;
} Turn;

RunList jobs_runs_in(RunState state)
{
    RunList list = {.n = 0};
    pthread_mutex_lock(&jobs_runner.lock);
    for (size_t i = 0; i < RUNS_MAX; i++)
        if (jobs_runner.runs[i].state == state) list.items[list.n++] = &jobs_runner.runs[i];
    pthread_mutex_unlock(&jobs_runner.lock);
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

/* Those that ended well, those of the same retention by one statement. */
static void note_done(Ctx *cx, const RunList *ended)
{
    bool noted[RUNS_MAX] = {false};
    Time now = ctx_now(cx);
    for (size_t i = 0; i < ended->n; i++) {
        const Run *first = ended->items[i];
        if (noted[i] || !job_ended_well(first) || first->end.committed || first->lost) continue;
        Time forget_at = job_forget_at(first->job.job, now);
        IdList ids = {NEW_N(cx->arena, Id, ended->n), 0};
        for (size_t k = i; k < ended->n; k++) {
            const Run *run = ended->items[k];
            if (noted[k] || !job_ended_well(run) || run->end.committed || run->lost) continue;
            if (job_forget_at(run->job.job, now).us != forget_at.us) continue;
            noted[k] = true;
            ids.items[ids.n++] = run->row.id;
        }
        if (forget_at.us)
            jobs_finish(cx, jobs_runner.self, ids, now, forget_at);
        else
            jobs_delete(cx, jobs_runner.self, ids);
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

JobLease jobs_lease_from(Time now)
{
    return (JobLease){jobs_runner.self, now, {now.us + jobs_runner.lease_us}};
}

static bool take_turn(Ctx *cx, void *arg)
{
    Turn *turn = arg;
    turn->lease = jobs_lease_from(ctx_now(cx));
    note_done(cx, &turn->ended);
    for (size_t i = 0; i < turn->ended.n; i++) {
        const Run *run = turn->ended.items[i];
        if (!job_ended_well(run) && !run->lost) post_failure(cx, run);
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
        if (run->begun_ever && !job_ended_well(run) && !run->lost) tell_failure(run);
        arena_reset(run->arena);
        pthread_mutex_lock(&jobs_runner.lock);
        run->state = RUN_FREE;
        pthread_mutex_unlock(&jobs_runner.lock);
    }
}

/* A run of the same job that passed its limit counts for nothing from now on. */
static void forget_older_run(Id id)
{
    pthread_mutex_lock(&jobs_runner.lock);
    for (size_t i = 0; i < RUNS_MAX; i++)
        if (jobs_runner.runs[i].state != RUN_FREE && id_eq(jobs_runner.runs[i].row.id, id))
            jobs_runner.runs[i].lost = true;
    pthread_mutex_unlock(&jobs_runner.lock);
}

static Run *free_run(void)
{
    pthread_mutex_lock(&jobs_runner.lock);
    Run *run = jobs_runner.runs;
    while (run->state != RUN_FREE) run++;
    pthread_mutex_unlock(&jobs_runner.lock);
    return run;
}

static JobEntry copy_row(Arena *arena, const JobEntry *row)
{
    JobEntry own = *row;
    own.kind = str_copy(arena, row->kind);
    own.payload.text = str_copy(arena, row->payload.text);
    own.runner = jobs_runner.self;
    return own;
}

static void begin(const JobEntry *row, const Job *job)
{
    forget_older_run(row->id);
    Run *run = free_run();
    Arena *arena = run->arena;
    run->row = copy_row(arena, row);
    run->cx = module_ctx(&jobs_runner.world, arena);
    run->job = (JobRun){.id = row->id,
                        .job = job,
                        .attempt = (int)row->attempts,
                        .cx = &run->cx,
                        .db = jobs_runner.world.db};
    run->kind = kind_index(job);
    run->end = (JobEnd){0};
    run->begun_ever = run->lost = run->told = false;
    atomic_store(&run->cancelled, false);
    atomic_store(&run->begun_us, 0);
    run->item = (LaneItem){.run = job_run_on_lane};
    pthread_mutex_lock(&jobs_runner.lock);
    run->state = RUN_TAKEN;
    pthread_mutex_unlock(&jobs_runner.lock);
    bool accepted = lane_submit(jobs_runner.lane, &run->item);
    assert(accepted); /* its queue has room for all runs, and it is stopped after the pulse */
    (void)accepted;
}

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
    own.runner = jobs_runner.self;
    LOG(NULL, &job_unknown, KV("job", row->kind), KV("id", id_text(cx->arena, "job", row->id)));
    db_run(jobs_runner.world.db, TX_WRITE, cx, put_back, &own);
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

/* ---- The whole ------------------------------------------------------------------------------- */

/* As many as are done in FILL_US, and at least one a thread. */
static size_t wanted(void)
{
    int64_t mean_us = atomic_load(&jobs_runner.mean_us);
    int64_t n = jobs_runner.threads * FILL_US / (mean_us > 0 ? mean_us : 1);
    return n > RUNS_MAX              ? RUNS_MAX
           : n < jobs_runner.threads ? (size_t)jobs_runner.threads
                                     : (size_t)n;
}

/* How many to claim now: none until half of what there is room for is free, so that turns are few. */
size_t jobs_room_now(void)
{
    size_t want = wanted(), busy = RUNS_MAX - jobs_runs_in(RUN_FREE).n;
    if (!jobs_runner.more || atomic_load(&jobs_runner.stopping)) return 0;
    return busy <= want / 2 ? want - busy : 0;
}

/* False: the database does not answer; what has ended is noted the next time. */
bool jobs_turn(Ctx *cx)
{
    if (atomic_exchange(&jobs_runner.added, false)) jobs_runner.more = true;
    Turn now = {.ended = jobs_runs_in(RUN_ENDED), .room = jobs_room_now()};
    if (!now.ended.n && !now.room) return true;
    if (db_run(jobs_runner.world.db, TX_WRITE, cx, take_turn, &now) != DB_FINE) return false;
    if (now.room) jobs_runner.more = now.claimed.n == now.room;
    free_ended(&now.ended);
    begin_claimed(cx, &now.claimed);
    return true;
}
