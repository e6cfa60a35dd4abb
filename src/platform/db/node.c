/* Node numbers: who may make which ids.
 *
 * An id holds the number of the process that made it (base/id.h), so two processes on one database
 * must never have the same one, and none may make an id again after its clock was set back. A row
 * of `nodes` says who has a number, until when, and `last_id`: an id that its holder promises not
 * to pass before it has written a later one here. Whoever takes a number starts after it.
 *
 * PostgreSQL: many processes. A number is leased for a minute by the server's clock and renewed
 * every quarter of it; the fence counts the holders, so that a late renewal of an old one changes
 * nothing. A process that could not renew in time writes nothing until it has; one whose number has
 * gone to somebody else never writes again and says that it must be restarted. That is rare by
 * construction: numbers that were given back go first, then such as nobody ever had, and only then
 * (of 1024) the one whose lease ended longest ago.
 *
 * SQLite: the process that owns the folder is node 0. The promise is written by the commits
 * themselves, in the transaction that holds ids beyond it, so an idle store never wakes the disk.
 */
#include "platform/db/node.h"

#include <assert.h>
#include <unistd.h>

#define LEASE_US       ((int64_t)60000000)
#define RENEW_EVERY_US ((int64_t)15000000)

/* How far ahead of the newest id a commit promises: ten seconds in the place where ids have
 * milliseconds. After a crash ids go on from there, so it is short. */
#define COMMIT_PROMISE ((int64_t)10000 << 21)

static const Error err_no_number = {
    "no_node_number", 503, "All 1024 node numbers are taken.", LOG_ERROR,
    "Each running process needs one. Numbers of processes that died come back after a minute."};
static const Error err_number_lost = {
    "node_number_lost", 503, "Another process has taken this one's node number.", LOG_ERROR,
    "It was unable to renew its lease for so long that it must be restarted before it may write."};

const Type node_row_type =
    TYPE(NodeRow, "Who makes ids with a number.", FIELD(NodeRow, node, "The number."),
         FIELD(NodeRow, fence, "Counts its holders."),
         FIELD(NodeRow, last_id, "The holder promises not to pass it."));

int64_t node_last(const Node *node)
{
    return atomic_load_explicit(&atomic_load(&node->maker)->last, memory_order_relaxed);
}

/* ---- SQLite -------------------------------------------------------------------------- */

static bool take_folders_number(Ctx *cx, void *arg)
{
    NodeWanted *a = arg;
    db_exec(
        cx,
        "insert into nodes (node, fence, owner, expires_at, last_id) values (0, 1, $1, null, 0) "
        "on conflict (node) do update set fence = nodes.fence + 1, owner = excluded.owner",
        a->owner);
    NodeRow *row =
        db_one(cx, &node_row_type, "select node, fence, last_id from nodes where node = 0");
    a->found = row != NULL;
    if (row) a->got = *row;
    return a->found;
}

bool node_before_commit(DbConn *c, int64_t *promise)
{
    Node *node = &c->db->node;
    *promise = node->promise;
    if (c->ops->driver != DB_SQLITE || !atomic_load(&node->maker)) return true;
    int64_t last = node_last(node);
    if (last <= node->promise) return true;
    *promise = last + COMMIT_PROMISE;
    Ctx cx = {.arena = c->arena, .db = c};
    return db_exec(&cx, "update nodes set last_id = $1 where node = 0", *promise) == 1;
}

void node_after_commit(DbConn *c, int64_t promise)
{
    if (c->ops->driver == DB_SQLITE) c->db->node.promise = promise;
}

static bool give_back_folders_number(Ctx *cx, void *arg)
{
    return db_exec(cx, "update nodes set last_id = $1 where node = 0", node_last(arg)) == 1;
}

/* ---- PostgreSQL: node_postgres.c has the statements ---------------------------------- */

/* Renews the lease; false when the database could not be asked. */
static bool renew(Db *db, Ctx *cx)
{
    Node *node = &db->node;
    int64_t asked_us =
        monotonic_us(); /* the server's minute begins later than ours, and so ends later */
    NodeRenewal renewal = {.node = node};
    if (db_run_unfenced(db, TX_WRITE, cx, node_lease_renew, &renewal) != DB_FINE) return false;
    if (renewal.kept)
        atomic_store(&node->lease_end_us, asked_us + LEASE_US);
    else
        atomic_store(&node->lost, true);
    return true;
}

/* ---- Both ---------------------------------------------------------------------------- */

void node_tick(Db *db, Ctx *cx)
{
    Node *node = &db->node;
    if (db->ops->driver != DB_POSTGRES || !atomic_load(&node->maker) || atomic_load(&node->lost))
        return;
    if (monotonic_us() > atomic_load(&node->lease_end_us) - LEASE_US + RENEW_EVERY_US)
        renew(db, cx);
}

bool node_may_write(const Db *db)
{
    const Node *node = &db->node;
    if (db->ops->driver != DB_POSTGRES || !atomic_load(&node->maker)) return true;
    return !atomic_load(&node->lost) && monotonic_us() < atomic_load(&node->lease_end_us);
}

const Error *node_ready(const Db *db)
{
    return atomic_load(&db->node.lost) ? &err_number_lost : NULL;
}

void node_give_back(Db *db, Ctx *cx)
{
    bool leased = db->ops->driver == DB_POSTGRES;
    if (!atomic_load(&db->node.maker) || atomic_load(&db->node.lost)) return;
    db_run_unfenced(db, TX_WRITE, cx, leased ? node_lease_end : give_back_folders_number,
                    &db->node);
}

static Str owner_text(Arena *arena)
{
    char host[65] = "";
    gethostname(host, sizeof host - 1);
    return str_format(arena, "%s:%ld", host, (long)getpid());
}

const Error *db_node_acquire(Db *db, Ctx *cx, IdMaker *maker, Str *detail)
{
    Node *node = &db->node;
    assert(!atomic_load(&node->maker)); /* once a process */
    NodeWanted a = {.owner = owner_text(cx->arena)};
    bool leased = db->ops->driver == DB_POSTGRES;
    DbFailure failure =
        db_run(db, TX_WRITE, cx, leased ? node_lease_take : take_folders_number, &a);
    if (failure || !a.found) {
        *detail = S("the table nodes could not be written");
        return failure ? db_failure_error(failure) : &err_no_number;
    }
    id_maker_init(maker, (int)a.got.node, (Id){a.got.last_id});
    node->number = a.got.node;
    node->fence = a.got.fence;
    node->promise = a.got.last_id;
    atomic_store(&node->maker, maker); /* from now on the watch and the writer see it */
    if (leased && (!renew(db, cx) || atomic_load(&node->lost))) {
        *detail = S("the lease could not be renewed");
        return db_failure_error(DB_UNAVAILABLE);
    }
    return NULL;
}
