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
#include "platform/db/driver.h"

#include <assert.h>
#include <unistd.h>

enum { TRIES_MAX = 16 };

#define LEASE_US       ((int64_t)60000000)
#define RENEW_EVERY_US ((int64_t)15000000)

/* How far ahead of the present a promise goes. A lease's must outlast it. After a crash ids go on
 * from there, so the other's is short. Milliseconds, in the place where ids have them. */
#define LEASE_PROMISE  ((int64_t)90000 << 21)
#define COMMIT_PROMISE ((int64_t)10000 << 21)

static const Error err_no_number = {
    "no_node_number", 503, "All 1024 node numbers are taken.", LOG_ERROR,
    "Each running process needs one. Numbers of processes that died come back after a minute."};
static const Error err_number_lost = {
    "node_number_lost", 503, "Another process has taken this one's node number.", LOG_ERROR,
    "It was unable to renew its lease for so long that it must be restarted before it may write."};

typedef struct NodeRow {
    int64_t node;
    int64_t fence;
    int64_t last_id; /* as a number: 0 is not null here */
} NodeRow;

static const Type node_type =
    TYPE(NodeRow, "Who makes ids with a number.", FIELD(NodeRow, node, "The number."),
         FIELD(NodeRow, fence, "Counts its holders."),
         FIELD(NodeRow, last_id, "The holder promises not to pass it."));

static int64_t last_of(const Node *node)
{
    return atomic_load_explicit(&atomic_load(&node->maker)->last, memory_order_relaxed);
}

/* ---- SQLite -------------------------------------------------------------------------- */

typedef struct Acquiring {
    IdMaker *maker;
    Str owner;
    NodeRow got;
    bool found;
} Acquiring;

static bool take_folders_number(Ctx *cx, void *arg)
{
    Acquiring *a = arg;
    db_exec(
        cx,
        "insert into nodes (node, fence, owner, expires_at, last_id) values (0, 1, $1, null, 0) "
        "on conflict (node) do update set fence = nodes.fence + 1, owner = excluded.owner",
        a->owner);
    NodeRow *row = db_one(cx, &node_type, "select node, fence, last_id from nodes where node = 0");
    a->found = row != NULL;
    if (row) a->got = *row;
    return a->found;
}

bool node_before_commit(DbConn *c)
{
    Node *node = &c->db->node;
    if (c->ops->driver != DB_SQLITE || !atomic_load(&node->maker)) return true;
    int64_t last = last_of(node), promise = last + COMMIT_PROMISE;
    if (last <= node->promise) return true;
    Ctx cx = {.arena = c->arena, .db = c};
    if (db_exec(&cx, "update nodes set last_id = $1 where node = 0", promise) != 1) return false;
    node->promise = promise;
    return true;
}

static bool give_back_folders_number(Ctx *cx, void *arg)
{
    return db_exec(cx, "update nodes set last_id = $1 where node = 0", last_of(arg)) == 1;
}

/* ---- PostgreSQL ---------------------------------------------------------------------- */

/* The three ways to a number, best first; each is one statement, so that of two that want the same
 * one gets nothing. */
static NodeRow *take_returned(Ctx *cx, Str owner)
{
    return db_one(
        cx, &node_type,
        "update nodes set fence = fence + 1, owner = $1, expires_at = now() + interval '60 "
        "seconds' "
        "where node = (select node from nodes where expires_at is null order by node limit 1) "
        "and expires_at is null returning node, fence, last_id",
        owner);
}

static NodeRow *take_unused(Ctx *cx, Str owner)
{
    return db_one(
        cx, &node_type,
        "insert into nodes (node, fence, owner, expires_at, last_id) "
        "select coalesce(max(node), -1) + 1, 1, $1, now() + interval '60 seconds', 0 from nodes "
        "having coalesce(max(node), -1) < $2 on conflict do nothing returning node, fence, last_id",
        owner, ID_NODE_MAX);
}

static NodeRow *take_expired(Ctx *cx, Str owner)
{
    return db_one(cx, &node_type,
                  "update nodes set fence = fence + 1, owner = $1, expires_at = now() + interval "
                  "'60 seconds' "
                  "where node = (select node from nodes where expires_at < now() order by "
                  "expires_at limit 1) "
                  "and expires_at < now() returning node, fence, last_id",
                  owner);
}

static bool take_number(Ctx *cx, void *arg)
{
    Acquiring *a = arg;
    NodeRow *row = NULL;
    for (int i = 0; i < TRIES_MAX && !row && !db_failure(cx); i++) {
        row = take_returned(cx, a->owner);
        if (!row) row = take_unused(cx, a->owner);
        if (!row) row = take_expired(cx, a->owner);
    }
    a->found = row != NULL;
    if (row) a->got = *row;
    return a->found;
}

/* Extends the lease and writes the promise for it. */
static bool renew_number(Ctx *cx, void *arg)
{
    Node *node = arg;
    int64_t promise = id_make(atomic_load(&node->maker), ctx_now(cx)).n + LEASE_PROMISE;
    node->kept =
        db_exec(cx,
                "update nodes set expires_at = now() + interval '60 seconds', last_id = $3 "
                "where node = $1 and fence = $2",
                node->number, node->fence, promise) == 1;
    return node->kept;
}

static bool give_back_number(Ctx *cx, void *arg)
{
    const Node *node = arg;
    return db_exec(
               cx,
               "update nodes set expires_at = null, last_id = $3 where node = $1 and fence = $2",
               node->number, node->fence, last_of(node)) == 1;
}

/* Renews the lease; false when the database could not be asked. */
static bool renew(Db *db, Ctx *cx)
{
    Node *node = &db->node;
    int64_t asked_us =
        monotonic_us(); /* the server's minute begins later than ours, and so ends later */
    if (db_run_unfenced(db, TX_WRITE, cx, renew_number, node) != DB_FINE) return false;
    if (node->kept)
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
    db_run_unfenced(db, TX_WRITE, cx, leased ? give_back_number : give_back_folders_number,
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
    Acquiring a = {.maker = maker, .owner = owner_text(cx->arena)};
    bool leased = db->ops->driver == DB_POSTGRES;
    DbFailure failure = db_run(db, TX_WRITE, cx, leased ? take_number : take_folders_number, &a);
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
