/* The writer of SQLite: one thread, one connection, many members in one transaction.
 *
 * SQLite lets one connection write at a time, and a durable commit costs one wait for the disk. So
 * writes are not spread over threads but gathered: each piece of work runs whole inside a savepoint
 * of a shared transaction, its answer is parked (done() is not called yet), and one COMMIT makes
 * all of them durable. Nobody waits but the clients. Measured with 64 clients, orders of three
 * lines: 35–37 thousand a second this way; 22 with 64 threads that share commits under a lock, 5
 * with a transaction each.
 *
 * The first member needs no savepoint: undoing it is rolling back. It matters to large ones (an
 * import): SQLite keeps a copy of each page that was changed since the outermost savepoint, and
 * every savepoint below, one for each db_try, walks the list of them when it ends. 500 products in
 * a transaction spent three fifths of their time in that.
 *
 * What may go wrong, and what it costs:
 *   - run() refuses, or breaks a constraint: its savepoint is undone, nothing else. Its answer
 *     waits as well, since it may rest on what a neighbour has written ("sold out").
 *   - a failure that ends the transaction (disk full, I/O), or COMMIT fails: nothing of the batch
 *     has happened. The members run again one by one, each in a transaction of its own, so that
 *     one bad member harms only itself.
 *   - power is lost before COMMIT has returned: nobody was told anything.
 *
 * Never on this connection: sqlite3_interrupt, a progress handler, ON CONFLICT ROLLBACK,
 * RAISE(ROLLBACK), deferred constraints. Each of them would punish neighbours.
 *
 * Checkpoints run here between two batches, because nowhere else is it quiet: a checkpoint from
 * another thread is overtaken by commits and the WAL grows without end. */
#include "platform/db/measure.h"
#include "platform/db/sqlite.h"

#include <sched.h>

/* The WAL is copied into the database when so much has gathered. A page that many commits have written is
 * copied once, and two waits for the disk are paid once: at 4 MB, checkpoints took twice the writer's
 * time. Beyond, readers would look for their pages in too much of it. */
#define CHECKPOINT_BYTES ((int64_t)16 << 20)

/* Readers that never pause keep the WAL from beginning anew. Beyond this they are held back for a
 * moment. */
#define WAL_MAX_BYTES ((int64_t)64 << 20)

/* Commits shall cost the writer a tenth of its time: while work is there, a batch stays open for so many
 * times what a commit takes on this disk. Who waits in the queue would wait for the next commit otherwise,
 * and for this one too. But no first member waits longer than so many times batch_us. */
enum { WORK_FOR_COMMIT = 10, WINDOWS_MAX = 4 };

/* A write that was on its way and is refused does not come, and nobody says so: look again. */
#define COMING_LOOK_US 200

struct Writer {
    Db *db;
    DbConn *c;
    DbWork **members;
    DbFailure *verdicts;
    int n, max;
    bool open; /* a transaction is under way */
    int64_t opened_us;
    int64_t commit_us;     /* what one takes, by the last ones */
    int64_t restart_bytes; /* the size of the WAL at which readers are held back */
    int64_t shown_bytes;   /* what the metric says */
};

Writer *writer_new(Db *db)
{
    Writer *w = NEW(db->arena, Writer);
    int max = db->options.batch_max > 0 ? db->options.batch_max : 1;
    *w = (Writer){.db = db,
                  .c = db->ops->open(db, DB_ROLE_WRITER),
                  .max = max,
                  .restart_bytes = WAL_MAX_BYTES};
    w->members = NEW_N(db->arena, DbWork *, (size_t)max);
    w->verdicts = NEW_N(db->arena, DbFailure, (size_t)max);
    return w;
}

void writer_free(Writer *w)
{
    w->c->ops->close(w->c);
}

/* ---- The batch ----------------------------------------------------------------------- */

/* Nothing of the batch has happened: each member again, by itself. */
static void run_members_alone(Writer *w)
{
    w->c->ops->rollback(w->c);
    metric_add(db_series.reruns, 1);
    int n = w->n;
    w->n = 0;
    w->open = false;
    for (int i = 0; i < n; i++) db_work_run(w->c, w->members[i]);
}

/* Readers have their time; who is still there later is not waited for (until the WAL has grown by as
 * much again). */
static void restart_wal(Writer *w)
{
    metric_add(db_series.gates, 1);
    int64_t read_us = w->db->options.read_us;
    bool alone = gate_close(&w->db->gate, read_us + read_us / 2);
    if (alone) sqlite_checkpoint(w->c, true);
    gate_open(&w->db->gate);
    w->restart_bytes = alone ? WAL_MAX_BYTES : w->restart_bytes + WAL_MAX_BYTES;
}

static void checkpoint_when_due(Writer *w)
{
    int64_t pending = sqlite_wal_pending_bytes(w->c), total = sqlite_wal_bytes(w->c);
    metric_gauge_add(db_series.wal_bytes, pending - w->shown_bytes);
    w->shown_bytes = pending;
    if (pending < CHECKPOINT_BYTES && total < w->restart_bytes) return;
    int64_t begun_us = monotonic_us();
    if (total >= w->restart_bytes)
        restart_wal(w);
    else
        sqlite_checkpoint(w->c, false);
    metric_observe_us(db_series.checkpoints, monotonic_us() - begun_us);
}

static void finish_batch(Writer *w)
{
    DbConn *c = w->c;
    db_conn_reset(c, TX_WRITE);
    int64_t begun_us = monotonic_us();
    if (!db_commit(c)) return run_members_alone(w);
    w->commit_us += (monotonic_us() - begun_us - w->commit_us) / 8; /* a mean over some eight */
    int n = w->n;
    w->n = 0;
    w->open = false;
    metric_observe(db_series.batches, n);
    for (int i = 0; i < n; i++) db_work_end(w->db, w->members[i], w->verdicts[i]);
    checkpoint_when_due(w);
}

/* What only the first member has done so far goes with the transaction. */
static bool begin_anew(DbConn *c)
{
    c->ops->rollback(c);
    return c->ops->begin(c, TX_WRITE);
}

/* Runs the work so that it can be undone by itself: the first one of a batch as it is, the others
 * inside a savepoint. False: the shared transaction is gone. */
static bool run_member(Writer *w, DbWork *work, bool first, DbFailure *verdict)
{
    DbConn *c = w->c;
    db_conn_reset(c, TX_WRITE);
    if (db_work_is_late(work)) {
        *verdict = DB_TIMEOUT;
        return true;
    }
    if (!first && !sqlite_savepoint(c)) return false;
    bool keep = db_work_attempt(c, work);
    *verdict = c->failure;
    if (!sqlite_in_transaction(c)) return false;
    db_work_failed(c, work);
    c->failure = DB_FINE;
    if (first) return keep || begin_anew(c);
    return keep ? sqlite_savepoint_keep(c) : sqlite_savepoint_undo(c);
}

/* How long a batch stays open while there is work in the queue. */
static int64_t window_us(const Writer *w)
{
    int64_t least_us = w->db->options.batch_us, us = w->commit_us * WORK_FOR_COMMIT;
    if (us < least_us) return least_us;
    return us < least_us * WINDOWS_MAX ? us : least_us * WINDOWS_MAX;
}

/* Is it time to commit? Not while writes wait in the queue, nor while some are on their way there:
 * they are here within microseconds, and a commit takes longer than all of them. Where the cores are
 * few, what was sent may not even have been read, because this thread was woken by the first of
 * many; so it lets the others go first once before it believes that nothing comes. */
static bool batch_is_due(const Writer *w)
{
    Lane *lane = w->db->lanes[DB_LANE_WRITE];
    int64_t due_us = w->opened_us + window_us(w), now_us;
    int64_t patient_us = w->opened_us + w->db->options.batch_us; /* for what is not there yet */
    bool let_others = false;
    while (w->n < w->max && (now_us = monotonic_us()) < due_us) {
        bool coming = now_us < patient_us &&
                      atomic_load_explicit(&w->db->writes_coming, memory_order_acquire) > 0;
        if (lane_depth(lane) > 0) return false;
        if (!coming && let_others) return true;
        if (!coming) {
            sched_yield();
            let_others = true;
            continue;
        }
        int64_t look_us = now_us + COMING_LOOK_US;
        if (!lane_wait(lane, look_us < patient_us ? look_us : patient_us)) continue;
        return false;
    }
    return true;
}

/* Only a stranger who holds the file's lock, or a disk that fails, keeps a transaction from
 * beginning. */
static bool open_batch(Writer *w, DbWork *work)
{
    DbConn *c = w->c;
    db_conn_reset(c, TX_WRITE);
    w->open = c->ops->begin(c, TX_WRITE);
    w->opened_us = monotonic_us();
    if (w->open) return true;
    db_work_failed(c, work);
    db_work_end(w->db, work, c->failure);
    return false;
}

void writer_run(Writer *w, DbWork *work)
{
    if (!w->open && !open_batch(w, work)) return;
    int at = w->n++;
    w->members[at] = work;
    if (!run_member(w, work, at == 0, &w->verdicts[at]))
        run_members_alone(w);
    else if (batch_is_due(w))
        finish_batch(w);
}
