/* Ctx: the world as one piece of work sees it. Requests, jobs and commands have one each, so that
 * services know nothing of HTTP, and a test can invent clock and chance. */
#ifndef PLATFORM_CTX_H
#define PLATFORM_CTX_H

#include "base/arena.h"
#include "base/error.h"
#include "base/id.h"
#include "base/random.h"
#include "base/time.h"
#include "platform/permission.h"

typedef struct DbConn DbConn;
typedef struct Blobs Blobs;
typedef struct Vault Vault;

/* W3C Trace Context: which larger operation this belongs to. All zero: none. */
typedef struct Trace {
    unsigned char trace_id[16], span_id[8], parent_id[8];
    bool sampled;
    char request_id[ID_TEXT_MAX + 1]; /* "req_…", also in the answer's X-Request-Id */
} Trace;

/* Who acts. The auth module fills it; the framework checks permissions from the route row. */
typedef struct Actor {
    Id id;                     /* 0: nobody is known */
    const char *prefix;        /* what the id names: "key", "user", "client" */
    PermissionSet permissions; /* what he may do to what is not his own */
    Id session;                /* by which a user is known; 0: none */
    Id impersonator;           /* the user who acts as `id`; 0: nobody */
    Str address;               /* of the client, for audit and limits; empty in jobs and commands */
    bool cookie;               /* known by a browser's cookie: writes need the CSRF token */
    bool
        limited; /* a user by a program that he has not let at what is his own (no scope `account`) */
} Actor;

static inline bool actor_may(const Actor *actor, const Permission *permission)
{
    return permission_set_has(&actor->permissions, permission);
}

/* Whoever holds any permission works for the shop. Others, known or not, are its customers, who see
 * what is public and what is theirs. */
static inline bool actor_is_staff(const Actor *actor)
{
    return !permission_set_is_empty(&actor->permissions);
}

/* A key without any permission stands in pages: whoever uses it is nobody in particular. */
static inline bool actor_is_public(const Actor *actor)
{
    return actor->id.n && !actor_is_staff(actor) && strcmp(actor->prefix, "key") == 0;
}

typedef struct AfterCommit AfterCommit;
typedef struct BeforeCommit BeforeCommit;

typedef struct CtxCost {
    int statements;
    int64_t db_us;
} CtxCost;

typedef struct Ctx {
    Arena *arena;
    DbConn *db;   /* the connection inside its transaction; NULL where the work asked for none */
    Blobs *blobs; /* platform/blobs; NULL where the work has no data folder */
    const Vault *vault; /* platform/vault; NULL where the work has no master key */
    const Clock *clock;
    const Random *random;
    IdMaker *ids;
    Actor actor;
    Trace trace;
    int64_t deadline_us;         /* monotonic_us; 0: none */
    BeforeCommit *before_commit; /* newest first; these two are forgotten … */
    AfterCommit *after_commit;   /* … when the work is rolled back */
    CtxCost cost;
} Ctx;

static inline Time ctx_now(const Ctx *cx)
{
    return clock_now(cx->clock);
}

static inline Id ctx_id(Ctx *cx)
{
    return id_make(cx->ids, ctx_now(cx));
}

/* Keeps the item, which must live until the commit, for `f`: it is called in the transaction, right
 * before its commit, once with all that it was given, the oldest first. So what many parts of a
 * transaction have to write can be one statement. What f writes may fail the transaction; it keeps
 * nothing in turn. Forgotten with the part of the transaction (db_try) that is undone. The arena must
 * not be rewound in between. */
void ctx_before_commit(Ctx *cx, void (*f)(Ctx *cx, void **items, size_t n), void *item);
void ctx_run_before_commit(Ctx *cx); /* by the framework; those that came first, first */

/* Runs `f(arg)` after the commit and before the answer is released: cache tags, wake-ups. Must not
 * fail or block. */
void ctx_after_commit(Ctx *cx, void (*f)(void *arg), void *arg);
void ctx_run_after_commit(Ctx *cx); /* by the framework, oldest first */

#endif
