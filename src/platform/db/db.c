/* Opening, lanes and transactions: the part of the database that is the same for both drivers.
 *
 * Work arrives in lanes. On PostgreSQL each thread of a lane has a connection and runs one
 * transaction after the other; so do SQLite's readers. SQLite's one writer is different and lives
 * in sqlite_writer.c. A thread connects when it first has work, and again after a loss, so that a
 * server that comes back is found without anyone's help. */
#include "platform/db/driver.h"
#include "platform/db/measure.h"

#include "platform/cache/tags.h"
#include "platform/telemetry/fault.h"
#include "platform/telemetry/log.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    BACK_OFF_FIRST_US = 1000,
    BACK_OFF_MAX_US = 100000,
    FULL_LANE_NAP_US = 1000,
};

static const Error err_unavailable = {"database_unavailable", 503,
                                      "The database cannot be reached.", LOG_ERROR,
                                      "Is the server up, and does DATABASE_URL name it? Souk goes "
                                      "on by itself when it answers again."};
static const Error err_full = {
    "storage_full", 503, "The disk is full.", LOG_ERROR,
    "Free some space; reading works meanwhile, and writing goes on by itself."};
static const Error err_read_only = {
    "storage_read_only", 503, "The database does not take writes.", LOG_ERROR,
    "Make the data folder writable for the user that runs souk, or connect to the primary server."};
static const Error err_broken = {
    "database_broken", 500, "The database answers with something that souk does not expect.",
    LOG_ERROR,
    "The log has the statement and what the database said. `souk check` reads the whole database."};
static const Error err_conflict = {"database_conflict", 503, "Others kept changing the same data.",
                                   LOG_WARN, "Try again."};
static const Error err_constraint = {"constraint_violated", 409,
                                     "The change is at odds with what is stored.", LOG_DEBUG,
                                     "Read it again, then decide."};
static const Error err_timeout = {"database_timeout", 503, "The database took too long.", LOG_WARN,
                                  "Try again; the log names slow statements."};

LOG_EVENT(log_failed, "db.failed", LOG_ERROR,
          "Work on the database failed for a reason that is not the request's.");

const Error *db_failure_error(DbFailure failure)
{
    static const Error *const rows[] = {
        [DB_FINE] = NULL,
        [DB_CONSTRAINT] = &err_constraint,
        [DB_CONFLICT] = &err_conflict,
        [DB_FULL] = &err_full,
        [DB_UNAVAILABLE] = &err_unavailable,
        [DB_READ_ONLY] = &err_read_only,
        [DB_BROKEN] = &err_broken,
        [DB_TIMEOUT] = &err_timeout,
    };
    return rows[failure];
}

FAULT_POINT(fault_before_commit, "db.commit.before",
            "Everything of a transaction (on SQLite: of a batch) is done, COMMIT is not sent (nor, "
            "on PostgreSQL, what was posted last). "
            "With `fail` it counts as failed for a full disk.");
FAULT_POINT(fault_after_commit, "db.commit.after", "COMMIT has returned, nobody has been told.");

/* ---- Failures ------------------------------------------------------------------------ */

static Str copy_into(char *out, size_t size, Str s)
{
    size_t n = s.n < size ? s.n : size;
    if (n) memcpy(out, s.p, n);
    return (Str){out, n};
}

bool db_fail(DbConn *c, DbFailure failure, Str constraint, Str detail)
{
    if (c->failure) return false;
    c->failure = failure;
    c->constraint = copy_into(c->constraint_text, sizeof c->constraint_text, constraint);
    c->detail = copy_into(c->detail_text, sizeof c->detail_text, detail);
    return false;
}

void db_conn_reset(DbConn *c, TxMode mode)
{
    c->mode = mode;
    c->moment = mode == TX_READ ? tags_now() : 0;
    c->deadline_us = 0;
    c->failure = DB_FINE;
    c->failed_sql = NULL;
    c->constraint = c->detail = S("");
    c->ask_count = 0;
    c->may_repeat = false;
}

DbFailure db_failure(const Ctx *cx)
{
    return cx->db ? cx->db->failure : DB_FINE;
}

Str db_constraint(const Ctx *cx)
{
    return cx->db ? cx->db->constraint : S("");
}

void db_work_failed(const DbConn *c, const DbWork *work)
{
    if (c->failure == DB_FINE || c->failure == DB_CONSTRAINT) return;
    LOG(&work->cx->trace, &log_failed, KV("failure", str_from(db_failure_name(c->failure))),
        KV("detail", c->detail), KV("sql", str_from(c->failed_sql)),
        KV("attempts", work->attempts));
    watch_note_failure(c->db, work->mode, c->failure, c->detail);
}

void db_work_end(Db *db, DbWork *work, DbFailure failure)
{
    metric_add(db_series.outcomes[work->lane][failure], 1);
    metric_observe_us(db_series.durations[work->lane], monotonic_us() - work->begun_us);
    if (failure == DB_FINE) watch_note_success(db, work->mode);
    work->done(work, failure);
}

/* ---- One transaction each ------------------------------------------------------------ */

bool db_work_attempt(DbConn *c, DbWork *work)
{
    Ctx *cx = work->cx;
    work->attempts++;
    cx->before_commit = NULL;
    cx->after_commit = NULL;
    cx->db = c;
    int statements = cx->cost.statements;
    bool keep = work->run(work);
    if (keep && !c->failure) ctx_run_before_commit(cx);
    if (c->ask_count) db_settle(cx); /* a statement that nobody waited for must fail all the same */
    metric_add(db_series.statements[work->lane], (uint64_t)(cx->cost.statements - statements));
    cx->db = NULL;
    return keep && !c->failure;
}

bool db_work_is_late(const DbWork *work)
{
    return work->cx->deadline_us && monotonic_us() > work->cx->deadline_us;
}

bool db_commit(DbConn *c)
{
    bool writes = c->mode == TX_WRITE;
    int64_t promise = 0;
    if (writes && !node_before_commit(c, &promise)) return false;
    if (writes && FAULT(&fault_before_commit))
        return db_fail(c, DB_FULL, S(""), S("a fault point failed COMMIT"));
    int64_t begun_us = monotonic_us();
    if (!c->ops->commit(c)) return false;
    if (!writes) return true;
    node_after_commit(c, promise);
    metric_observe_us(db_series.commits, monotonic_us() - begun_us);
    FAULT(&fault_after_commit);
    return true;
}

/* May the work run at all? */
static bool work_is_due(DbConn *c, const DbWork *work)
{
    if (db_work_is_late(work))
        return db_fail(c, DB_TIMEOUT, S(""), S("the deadline passed while the work was waiting"));
    if (work->mode == TX_WRITE && !work->unfenced && !node_may_write(c->db))
        return db_fail(c, DB_UNAVAILABLE, S(""), S("the lease on the node number has run out"));
    return true;
}

static DbFailure work_once(DbConn *c, DbWork *work)
{
    db_conn_reset(c, work->mode);
    c->deadline_us = work->cx->deadline_us;
    if (!work_is_due(c, work) || !c->ops->begin(c, work->mode)) return c->failure;
    if (db_work_attempt(c, work) && db_commit(c)) return DB_FINE;
    DbFailure failure = c->failure;
    c->ops->rollback(c);
    return failure;
}

/* Waits before attempt number `attempts` + 1: doubling, and somewhere between half and all of it,
 * so that those who collided do not collide again. */
static void back_off(const DbWork *work)
{
    int64_t wait_us = (int64_t)BACK_OFF_FIRST_US << work->attempts;
    if (wait_us > BACK_OFF_MAX_US) wait_us = BACK_OFF_MAX_US;
    wait_us = wait_us / 2 + (int64_t)random_below(work->cx->random, (uint64_t)wait_us / 2 + 1);
    struct timespec nap = {.tv_nsec = wait_us * 1000};
    nanosleep(&nap, NULL);
}

void db_work_run(DbConn *c, DbWork *work)
{
    DbFailure failure = work_once(c, work);
    for (int tries = 1;
         failure && c->may_repeat && tries < DB_ATTEMPTS_MAX && !db_work_is_late(work); tries++) {
        back_off(work);
        metric_add(db_series.retries, 1);
        failure = work_once(c, work);
    }
    db_work_failed(c, work);
    db_work_end(c->db, work, failure);
}

static DbWork *work_of(LaneItem *item)
{
    return (DbWork *)(void *)((char *)item - offsetof(DbWork, item));
}

static DbWork *work_taken(LaneItem *item)
{
    DbWork *work = work_of(item);
    work->begun_us = monotonic_us();
    metric_gauge_add(db_series.queued[work->lane], -1);
    metric_observe_us(db_series.waits[work->lane], work->begun_us - work->queued_us);
    return work;
}

static void lane_run(LaneItem *item, void *thread)
{
    DbWork *work = work_taken(item);
    if (work->mode != TX_NONE) return db_work_run(thread, work);
    work->attempts++;
    work->run(work);
    work->done(work, DB_FINE);
}

static void writer_lane_run(LaneItem *item, void *thread)
{
    writer_run(thread, work_taken(item));
}

/* ---- Lanes --------------------------------------------------------------------------- */

static void *enter_reader(void *db)
{
    return ((Db *)db)->ops->open(db, DB_ROLE_READER);
}

static void *enter_writer(void *db)
{
    return ((Db *)db)->ops->open(db, DB_ROLE_WRITER);
}

static void leave(void *thread)
{
    DbConn *c = thread;
    c->ops->close(c);
}

static void *enter_sqlite_writer(void *db)
{
    return ((Db *)db)->writer;
}

/* Whoever hashes takes what is left of the processors, so that a flood of log-ins slows only
 * log-ins. */
static void *enter_hasher(void *db)
{
    setpriority(PRIO_PROCESS, (id_t)gettid(),
                ((const Db *)db)->options.hash_nice); /* of Linux: this thread's alone */
    return db;
}

static Lane *start_hash_lane(Db *db)
{
    const DbOptions *o = &db->options;
    return lane_start(
        &(LaneOptions){.name = "hash",
                       .threads = o->hashers ? o->hashers : 1,
                       .queue_max = o->hash_queue_max ? o->hash_queue_max : o->queue_max,
                       .owner = db,
                       .enter = enter_hasher});
}

static Lane *start_lane(Db *db, DbLane which)
{
    bool sqlite_writer = db->writer && which == DB_LANE_WRITE;
    LaneOptions options = {
        .name = which == DB_LANE_READ    ? "db-read"
                : which == DB_LANE_WRITE ? "db-write"
                                         : "db-slow",
        .queue_max = db->options.queue_max,
        .owner = db,
        .enter = which == DB_LANE_READ ? enter_reader : enter_writer,
        .leave = leave,
    };
    options.threads = which == DB_LANE_READ ? db->options.readers : DB_SLOW_THREADS;
    if (which == DB_LANE_WRITE) options.threads = sqlite_writer ? 1 : db->options.writers;
    if (sqlite_writer) {
        options.enter = enter_sqlite_writer;
        options.leave = NULL; /* db_close ends the writer when all lanes have stopped */
    } else if (db->writer) {
        options.enter = enter_reader;
    }
    return lane_start(&options);
}

static bool start_lanes(Db *db)
{
    for (int i = 0; i < DB_LANE_COUNT; i++) {
        db->lanes[i] = i == DB_LANE_HASH ? start_hash_lane(db) : start_lane(db, (DbLane)i);
        if (!db->lanes[i]) return false;
    }
    return true;
}

bool db_submit(Db *db, DbLane lane, DbWork *work)
{
    assert(lane != DB_LANE_HASH || work->mode == TX_NONE);
    if (db->writer) {
        if (work->mode == TX_WRITE)
            lane = DB_LANE_WRITE;
        else if (lane == DB_LANE_WRITE)
            lane = DB_LANE_READ;
    }
    work->attempts = 0;
    work->lane = lane;
    work->queued_us = monotonic_us();
    work->item.run = db->writer && lane == DB_LANE_WRITE ? writer_lane_run : lane_run;
    metric_gauge_add(db_series.queued[lane], 1);
    bool accepted = lane_submit(db->lanes[lane], &work->item); /* from here the work may be gone */
    if (!accepted) metric_gauge_add(db_series.queued[lane], -1);
    return accepted;
}

void db_write_coming(Db *db)
{
    atomic_fetch_add_explicit(&db->writes_coming, 1, memory_order_relaxed);
}

/* Released, so that who sees the count has seen the submission before it. */
void db_write_arrived(Db *db)
{
    atomic_fetch_sub_explicit(&db->writes_coming, 1, memory_order_release);
}

/* ---- Waiting for work ---------------------------------------------------------------- */

typedef struct Waiting {
    DbWork work;
    bool (*run)(Ctx *cx, void *arg);
    void *arg;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool kept; /* what run() wanted */
    bool done;
    DbFailure failure;
} Waiting;

static bool waiting_run(DbWork *work)
{
    Waiting *w = (Waiting *)(void *)work;
    return w->kept = w->run(work->cx, w->arg);
}

static void waiting_done(DbWork *work, DbFailure failure)
{
    Waiting *w = (Waiting *)(void *)work;
    pthread_mutex_lock(&w->lock);
    w->done = true;
    w->failure = failure;
    pthread_cond_signal(&w->ended); /* under the lock: after it, the waiter's stack may be gone */
    pthread_mutex_unlock(&w->lock);
}

/* Waits for room in the lane too: a command has nobody to hand a refusal to. */
static bool waiting_submit(Db *db, Waiting *w)
{
    while (!db_submit(db, w->work.mode == TX_WRITE ? DB_LANE_WRITE : DB_LANE_READ, &w->work)) {
        if (db_work_is_late(&w->work)) return false;
        struct timespec nap = {.tv_nsec = FULL_LANE_NAP_US * 1000};
        nanosleep(&nap, NULL);
    }
    return true;
}

static DbFailure run_and_wait(Db *db, TxMode mode, Ctx *cx, bool (*run)(Ctx *cx, void *arg),
                              void *arg, bool unfenced)
{
    Waiting w = {.work = {.mode = mode,
                          .cx = cx,
                          .run = waiting_run,
                          .done = waiting_done,
                          .unfenced = unfenced},
                 .run = run,
                 .arg = arg};
    assert(!cx->db); /* inside another transaction SQLite's writer would wait for itself */
    pthread_mutex_init(&w.lock, NULL);
    pthread_cond_init(&w.ended, NULL);
    if (waiting_submit(db, &w)) {
        pthread_mutex_lock(&w.lock);
        while (!w.done) pthread_cond_wait(&w.ended, &w.lock);
        pthread_mutex_unlock(&w.lock);
    } else {
        w.failure = DB_TIMEOUT;
    }
    pthread_cond_destroy(&w.ended);
    pthread_mutex_destroy(&w.lock);
    if (w.failure == DB_FINE && w.kept) ctx_run_after_commit(cx);
    return w.failure;
}

DbFailure db_run(Db *db, TxMode mode, Ctx *cx, bool (*run)(Ctx *cx, void *arg), void *arg)
{
    return run_and_wait(db, mode, cx, run, arg, false);
}

DbFailure db_run_unfenced(Db *db, TxMode mode, Ctx *cx, bool (*run)(Ctx *cx, void *arg), void *arg)
{
    return run_and_wait(db, mode, cx, run, arg, true);
}

/* ---- A connection of one's own --------------------------------------------------------- */

DbConn *db_own_open(Db *db)
{
    return db->ops->open(db, DB_ROLE_READER);
}

void db_own_close(DbConn *own)
{
    own->ops->close(own);
}

DbFailure db_own_run(DbConn *own, Ctx *cx, bool (*run)(Ctx *cx, void *arg), void *arg)
{
    Waiting w = {.work = {.mode = TX_READ, .cx = cx, .run = waiting_run}, .run = run, .arg = arg};
    DbFailure failure = work_once(own, &w.work);
    if (failure == DB_FINE && w.kept) ctx_run_after_commit(cx);
    return failure;
}

/* ---- Opening and closing ------------------------------------------------------------- */

static DbOptions options_copy(Arena *arena, const DbOptions *given)
{
    DbOptions own = *given;
    own.url = str_copy(arena, given->url);
    own.folder = str_copy(arena, given->folder);
    if (own.vfs) own.vfs = str_z(arena, str_from(given->vfs));
    if (!own.read_us) own.read_us = DB_READ_US;
    if (!own.close_us) own.close_us = DB_CLOSE_US;
    return own;
}

/* Can the database be opened at all? Asked before any thread exists, so that the answer is an error
 * and no log line. */
static const Error *try_connection(Arena *arena, Db *db, Str *detail)
{
    DbConn *c = db->ops->open(db, DB_ROLE_WRITER);
    db_conn_reset(c, TX_READ);
    if (db->ops->begin(c, TX_READ) && db->ops->script(c, "select 1")) db->ops->commit(c);
    const Error *error = db_failure_error(c->failure);
    if (error) *detail = str_copy(arena, c->detail);
    db->ops->rollback(c);
    db->ops->close(c);
    return error;
}

const Error *db_open(Arena *arena, const DbOptions *options, Db **out, Str *detail)
{
    assert(options->readers > 0 && options->queue_max > 0 &&
           (!options->url.n || options->writers > 0));
    Db *db = calloc(1, sizeof *db);
    if (!db) abort();
    static _Atomic uint64_t serial;
    db->serial = ++serial;
    db_series_make();
    gate_init(&db->gate);
    watch_init(&db->watch);
    db->arena = arena_new(1024);
    db->options = options_copy(db->arena, options);
    db->ops = options->url.n ? &postgres_ops : &sqlite_ops;
    const Error *error = try_connection(arena, db, detail);
    if (!error) {
        if (db->ops->driver == DB_SQLITE) db->writer = writer_new(db);
        if (!start_lanes(db) || !watch_start(db)) {
            error = &err_unavailable;
            *detail = str_format(arena, "threads cannot be started: %s", strerrordesc_np(errno));
        }
    }
    if (error)
        db_close(db);
    else
        *out = db;
    return error;
}

/* A number that is given back may be had again at once; one that is not, a minute later. */
static void give_back_number(Db *db)
{
    Arena *arena = arena_new(1024);
    Ctx cx = {.arena = arena, .clock = &clock_system, .random = &random_system};
    cx.deadline_us = monotonic_us() + db->options.close_us;
    node_give_back(db, &cx);
    arena_free(arena);
}

void db_close(Db *db)
{
    watch_end(db);
    give_back_number(db);
    for (int i = 0; i < DB_LANE_COUNT; i++)
        if (db->lanes[i]) lane_stop(db->lanes[i]);
    if (db->writer) writer_free(db->writer);
    gate_end(&db->gate);
    arena_free(db->arena);
    free(db);
}

DbDriver db_driver(const Db *db)
{
    return db->ops->driver;
}

DbDriver db_dialect(const Ctx *cx)
{
    assert(cx->db);
    return cx->db->ops->driver;
}

uint64_t db_serial(const Ctx *cx)
{
    assert(cx->db);
    return cx->db->db->serial;
}

uint64_t db_moment(const Ctx *cx)
{
    assert(cx->db);
    return cx->db->moment;
}
