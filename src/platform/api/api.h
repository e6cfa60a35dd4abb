/* The life of a request, from the route table to the answer. See docs/internals/requests.md.
 *
 *     head      on the loop: route found, or refused (404, 405, 401 without any key, 415); how
 *               large a body may be
 *     ready     on the loop: answered at once when the route needs no database, else queued in its
 *               lane
 *     prepare   on a read lane: identity, permission, query and body decoded and checked; of few
 *               writes also `look`, what the next step needs to know
 *     ahead     on the slow or the hash lane, of few writes: long work that needs no database
 *     handle    in the route's transaction: handler, document; for writes on the write lane
 *     done      after the commit: the answer leaves
 *
 * A write is prepared on the read lane, so that the one writer thread of SQLite only ever writes; on
 * PostgreSQL what a stranger writes is prepared and handled by one thread.
 */
#ifndef PLATFORM_API_API_H
#define PLATFORM_API_API_H

#include "platform/api/credential.h"
#include "platform/api/router.h"
#include "platform/api/throttle.h"
#include "platform/module.h"

typedef struct Api Api;

typedef struct ApiOptions {
    Db *db;
    Blobs *blobs;
    const Vault *vault;
    const Module *const *modules;
    size_t module_count;
    const Clock *clock;
    const Random *random;
    IdMaker *ids;

    /* Whose credential (BEARER or COOKIE) this is: fills cx->actor inside a read transaction that was
     * opened after `moment` (tags_now); NULL, or why it is refused. */
    const Error *(*identify)(Ctx *cx, const Credential *credential, uint64_t moment);

    /* The same by memory alone: fills *actor, or is false. Any thread. NULL: nothing is remembered. */
    bool (*recall)(const Credential *credential, Time now, Actor *actor);

    int64_t request_timeout_us; /* from the last byte; work that has waited longer is not begun */

    Limiter *limiter;      /* what clients have used up; NULL: nothing is limited */
    ThrottleQuotas quotas; /* of the platform's own classes */

    StrList cors_origins;   /* whose pages may read answers: cors.h */
    Str transport_security; /* what Strict-Transport-Security says over https; empty: nothing */

    struct Cache *cache;     /* of answers; NULL: none */
    int64_t cache_max_age_s; /* that others may keep answers of cached routes without asking */

    bool log_requests; /* one line for each answer, not only for failures */
} ApiOptions;

/* Builds the router from the modules' rows; false when rows conflict, `*why` names both. All in
 * `arena`. */
bool api_new(Arena *arena, const ApiOptions *options, Api **out, Str *why);

/* What the HTTP core calls; valid as long as the Api. */
HttpApp api_http_app(Api *api);

#endif
