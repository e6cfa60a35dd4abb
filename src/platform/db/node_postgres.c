/* The lease on a node number, in PostgreSQL's SQL: whose minute it is decides the server's clock.
 */
#include "platform/db/node.h"

/* Of two who want the same number one gets nothing and asks again; nobody loses so often. */
enum { TRIES_MAX = 16 };

/* What is promised with a lease must outlast it: 90 seconds, in the place where ids have
 * milliseconds. */
#define LEASE_PROMISE ((int64_t)90000 << 21)

/* The three ways to a number, best first; each is one statement, so that of two that want the same
 * one gets nothing. */
static NodeRow *take_returned(Ctx *cx, Str owner)
{
    return db_one(cx, &node_row_type,
                  "update nodes set fence = fence + 1, owner = $1, "
                  "expires_at = now() + interval '60 seconds' "
                  "where node = (select node from nodes where expires_at is null order by node "
                  "limit 1) and expires_at is null returning node, fence, last_id",
                  owner);
}

static NodeRow *take_unused(Ctx *cx, Str owner)
{
    return db_one(
        cx, &node_row_type,
        "insert into nodes (node, fence, owner, expires_at, last_id) select coalesce(max(node), "
        "-1) + 1, 1, $1, now() + interval '60 seconds', 0 from nodes having coalesce(max(node), "
        "-1) < $2 on conflict do nothing returning node, fence, last_id",
        owner, ID_NODE_MAX);
}

static NodeRow *take_expired(Ctx *cx, Str owner)
{
    return db_one(cx, &node_row_type,
                  "update nodes set fence = fence + 1, owner = $1, "
                  "expires_at = now() + interval '60 seconds' "
                  "where node = (select node from nodes where expires_at < now() order by "
                  "expires_at limit 1) and expires_at < now() returning node, fence, last_id",
                  owner);
}

bool node_lease_take(Ctx *cx, void *arg)
{
    NodeWanted *a = arg;
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
bool node_lease_renew(Ctx *cx, void *arg)
{
    NodeRenewal *renewal = arg;
    const Node *node = renewal->node;
    int64_t promise = id_make(atomic_load(&node->maker), ctx_now(cx)).n + LEASE_PROMISE;
    renewal->kept =
        db_exec(cx,
                "update nodes set expires_at = now() + interval '60 seconds', last_id = "
                "$3 where node = $1 and fence = $2",
                node->number, node->fence, promise) == 1;
    return renewal->kept;
}

bool node_lease_end(Ctx *cx, void *arg)
{
    const Node *node = arg;
    return db_exec(
               cx,
               "update nodes set expires_at = null, last_id = $3 where node = $1 and fence = $2",
               node->number, node->fence, node_last(node)) == 1;
}
