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
#include "platform/jobs/state.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

enum { RUN_ARENA = 4096 };

/* Heartbeats in a lease: two may be missed, by a pause or a slow database, before anybody thinks us
 * dead. */
#define BEATS      3

#define LOOK_US    (SECOND_US / 2)  /* for what other processes have added: PostgreSQL */
#define REST_US    (60 * SECOND_US) /* on SQLite there are none, and what is due later is known */
#define RECLAIM_US (5 * SECOND_US)  /* for what other processes have lost */
#define FORGET_US  (60 * SECOND_US)
#define COUNT_US   (10 * SECOND_US)
#define RETRY_US   SECOND_US        /* after the database has failed */
#define FIRST_US   (SECOND_US / 50) /* what a run is thought to take before there was one */

JobsRunner jobs_runner = {.pulse = PULSE, .lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- The pulse ------------------------------------------------------------------------------- */

static const JobPriority priorities[] = {JOB_HIGH, JOB_NORMAL, JOB_LOW};

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
    if (db_run(jobs_runner.world.db, TX_READ, cx, look_in_tx, &found) != DB_FINE) return RETRY_US;
    int64_t left_us = found.due.us - ctx_now(cx).us;
    if (left_us <= 0) jobs_runner.more = true;
    int64_t rest_us = db_driver(jobs_runner.world.db) == DB_SQLITE ? REST_US : LOOK_US;
    return left_us > 0 && left_us < rest_us ? left_us : rest_us;
}

static bool is_time(int64_t *at_us, int64_t every_us, int64_t *next_us)
{
    int64_t now_us = monotonic_us();
    bool due = now_us >= *at_us;
    if (due) *at_us = now_us + every_us;
    if (*at_us < *next_us) *next_us = *at_us;
    return due;
}

static int64_t reclaim_every_us(void)
{
    return jobs_runner.lease_us < RECLAIM_US ? jobs_runner.lease_us : RECLAIM_US;
}

/* What is done by the clock; when the next of it is to be. */
static int64_t do_chores(Ctx *cx)
{
    int64_t next_us = INT64_MAX;
    if (jobs_runner.fresh || is_time(&jobs_runner.reclaim_us, reclaim_every_us(), &next_us))
        jobs_reclaim(cx);
    if (is_time(&jobs_runner.beat_us, jobs_runner.lease_us / BEATS, &next_us)) jobs_keep_leases(cx);
    if (is_time(&jobs_runner.forget_us, FORGET_US, &next_us)) jobs_forget_old(cx);
    if (is_time(&jobs_runner.count_us, COUNT_US, &next_us)) jobs_begin_count();
    Time ring_at = jobs_ring_crons(cx);
    int64_t ring_us = monotonic_us() + (ring_at.us - ctx_now(cx).us);
    return ring_us < next_us ? ring_us : next_us;
}

static int64_t beat(void *arg)
{
    (void)arg;
    Arena *arena = arena_new(1 << 16);
    Ctx cx = module_ctx(&jobs_runner.world, arena);
    int64_t next_us = do_chores(&cx);
    bool fine = !jobs_runner.fresh && jobs_turn(&cx);
    if (fine && !jobs_runner.more && monotonic_us() >= jobs_runner.look_us) {
        int64_t rest_us = look(&cx);
        jobs_runner.look_us = monotonic_us() + rest_us;
        if (jobs_runner.more) fine = jobs_turn(&cx);
    }
    arena_free(arena);
    int64_t wait_us = (fine ? next_us < jobs_runner.look_us ? next_us : jobs_runner.look_us
                            : monotonic_us() + RETRY_US) -
                      monotonic_us();
    if (fine && jobs_runner.more && jobs_room_now()) return 0;
    return wait_us > 0 ? wait_us : 0;
}

/* ---- From outside ---------------------------------------------------------------------------- */

void jobs_wake(void)
{
    atomic_store(&jobs_runner.added, true);
    pulse_wake(&jobs_runner.pulse);
}

static void make_runs(void)
{
    jobs_runner.runs = calloc(RUNS_MAX, sizeof *jobs_runner.runs);
    if (!jobs_runner.runs) abort();
    for (size_t i = 0; i < RUNS_MAX; i++) jobs_runner.runs[i].arena = arena_new(RUN_ARENA);
}

static void end(void)
{
    for (size_t i = 0; i < RUNS_MAX; i++) arena_free(jobs_runner.runs[i].arena);
    arena_free(jobs_runner.count.cx.arena);
    free(jobs_runner.runs);
    jobs_runner.runs = NULL;
}

bool jobs_start(const ModuleWorld *world, const JobsOptions *options)
{
    jobs_runner.world = *world;
    jobs_runner.threads = options->threads;
    jobs_runner.lease_us = options->lease_us;
    jobs_runner.self = id_make(world->ids, clock_now(world->clock));
    jobs_runner.stopping = false;
    jobs_runner.added = jobs_runner.more = true;
    jobs_runner.mean_us = FIRST_US;
    jobs_runner.look_us = jobs_runner.beat_us = jobs_runner.reclaim_us = jobs_runner.forget_us =
        jobs_runner.count_us = 0;
    jobs_runner.fresh = db_driver(world->db) == DB_SQLITE;
    jobs_make_series();
    jobs_read_crons();
    make_runs();
    jobs_runner.count.cx = module_ctx(world, arena_new(RUN_ARENA));
    LaneOptions lane = {.name = "jobs", .threads = options->threads, .queue_max = RUNS_MAX};
    jobs_runner.lane = lane_start(&lane);
    if (jobs_runner.lane && pulse_start(&jobs_runner.pulse, "jobs", beat, NULL)) return true;
    int error = errno;
    if (jobs_runner.lane) lane_stop(jobs_runner.lane);
    end();
    errno = error;
    return false;
}

/* The last turn notes what has ended, and gives back what had not begun. */
void jobs_stop(void)
{
    if (!jobs_runner.runs) return;
    atomic_store(&jobs_runner.stopping, true);
    pulse_stop(&jobs_runner.pulse);
    lane_stop(jobs_runner.lane);
    Ctx cx = module_ctx(&jobs_runner.world, arena_new(1 << 16));
    jobs_turn(&cx);
    arena_free(cx.arena);
    while (atomic_load(&jobs_runner.count.busy)) sched_yield();
    end();
}
