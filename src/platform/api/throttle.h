/* Throttle: what the limits (platform/limit) are for requests: which class counts a route, whose
 * share it takes, and what the answer says of it. See docs/internals/limits.md.
 *
 *     Route.limit    the class that counts its requests; NULL: `reads` or `writes`, by its method,
 *                    and none at all where it has no transaction (health, metrics, documentation)
 *     Route.cost     how much of it one request takes; 0: 1
 *     the subject    the user or the key; of nobody who is known the address, IPv6 by /64
 *
 * Who sends no credentials is judged on the loop, before a body is taken and before any lane; others
 * when it is known who they are. Handlers take from further classes by request_take (request.h). */
#ifndef PLATFORM_API_THROTTLE_H
#define PLATFORM_API_THROTTLE_H

#include "base/buf.h"
#include "platform/limit/limit.h"
#include "platform/module.h"
#include "platform/telemetry/metrics.h"

/* Requests a minute of one subject; 0: they are not limited. */
typedef struct ThrottleQuotas {
    int64_t reads, writes; /* of a user or an address */
    int64_t key_requests;  /* of a key, both kinds */
} ThrottleQuotas;

/* A class as it is in force. */
typedef struct ThrottleClass {
    LimitClass rule;
    const LimitClass *row; /* by which it is asked for */
    Series refused;
} ThrottleClass;

typedef struct Throttle Throttle;

/* In `arena`; `limiter` outlives it. */
Throttle *throttle_new(Arena *arena, Limiter *limiter, const ThrottleQuotas *quotas,
                       const Module *const *modules, size_t count);

/* The class by which the row says that it is limited, whatever its quota may be; NULL: by none. */
const LimitClass *route_limit(const Route *route);

/* What counts the route's requests: of keys, and of all others. NULL: they are not limited. */
typedef struct ThrottleRoute {
    const ThrottleClass *keys, *others;
} ThrottleRoute;
ThrottleRoute throttle_route(const Throttle *throttle, const Route *route);

/* What a request has taken so far. */
typedef struct LimitNote {
    const ThrottleClass *class;
    uint64_t subject; /* its hash */
    LimitVerdict verdict;
} LimitNote;

enum { LIMIT_NOTES_MAX = 8 }; /* classes that one request takes from: its route's, its handler's */

struct LimitNotes {
    Throttle *throttle;
    LimitNote items[LIMIT_NOTES_MAX];
    int n;
    const ThrottleClass *of_route; /* that has counted it; NULL: none has */
};

/* Counts the request by its route, once however often it is asked: for cx->actor, or for the address
 * when nobody is known. The refusal, or a reply of {0}. */
Reply throttle_admit(Request *rq, Throttle *throttle, const ThrottleRoute *route);

/* Appends RateLimit-Policy, RateLimit and, when one has refused, Retry-After. At most
 * THROTTLE_LINES_MAX bytes. `notes` NULL: nothing. */
enum { THROTTLE_LINES_MAX = 128 + LIMIT_NOTES_MAX * 160 };
void throttle_write(Buf *out, const struct LimitNotes *notes);

/* The platform's own rows. */
extern const LimitClass *const throttle_classes[];
extern const size_t throttle_class_count;

#endif
