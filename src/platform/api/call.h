/* A call: what the framework keeps of an exchange while it is under way. Shared by api.c, which
 * takes it through its steps, and cached.c, which may spare it some. */
#ifndef PLATFORM_API_CALL_H
#define PLATFORM_API_CALL_H

#include "platform/api/api.h"
#include "platform/api/cors.h"
#include "platform/api/observe.h"
#include "platform/cache/answers.h"

#include <stdatomic.h>

/* A route's row, and what is prepared for it. */
typedef struct ApiRoute {
    RouteCounts counts;
    ThrottleRoute limit;
    uint16_t number;     /* for keys of the cache */
    const void *plain;   /* the query that names nothing; NULL: the route has no query type */
    bool plain_is_whole; /* nothing is required */
} ApiRoute;

struct Api {
    ApiOptions options;
    Router *router;
    Throttle *throttle;     /* NULL: nothing is limited */
    const Cors *cors;       /* NULL: no other origin may read answers */
    Str transport_security; /* the line */
    ApiRoute unmatched;
    uint16_t route_count;
    atomic_int large_bodies; /* under way */
    DbWork learning;         /* how to pack answers; one at a time */
    Ctx learning_cx;
};

/* What a call of a cached route has to do with the cache. */
typedef struct CachedCall {
    CacheWaiter waiter;
    CacheKey key;
    CacheLead lead;
    CacheEntry *entry;  /* that is being made ready on a lane */
    bool hot;           /* worth keeping ready */
    bool stale;         /* an answer was kept, but did not hold any more */
    Time made, until;   /* of the entry */
    const char *status; /* Cache-Status as far as it is known before the answer is made */
} CachedCall;

typedef struct Call {
    Api *api;
    Exchange *ex;
    ApiRoute *place;
    Request rq;
    Ctx cx;
    Time began; /* by the context's clock */
    Id id;      /* of the request */
    Credential credential;
    bool identified; /* by memory */
    bool bad_token;  /* it is nobody's */
    uint64_t moment; /* of the answer cache's epoch, before any transaction was opened */
    bool traced;
    const void *body;
    Str fingerprint;    /* of a request with an Idempotency-Key */
    ArenaMark prepared; /* where a second run of the handler begins */
    bool large_body;    /* counts in large_bodies */
    Reply reply;
    Answer answer;
    DbWork work;
    Parked *parked; /* it is answered later */
    CachedCall cached;
} Call;

static inline Call *call_of_work(DbWork *work)
{
    return (Call *)(void *)((char *)work - offsetof(Call, work));
}

/* ---- api.c ----------------------------------------------------------------------------------- */

/* Begins the trace, if that has not been done: before a handler or a log line. */
void api_trace(Call *call);

/* Counts the request, if it has not been; a refusal or a reply of {0}. */
Reply api_admit(Call *call);

void api_answer_now(Call *call, Reply reply);

/* The handler's reply, made into the answer. */
void api_take_reply(Call *call, Reply reply);

/* The whole of a read: run() and done() of a DbWork. */
bool api_run_whole(DbWork *work);
void api_done(DbWork *work, DbFailure failure);

/* Is the answer that was composed the one to send, now that the transaction has ended so? */
bool api_is_told(const Call *call, DbFailure failure);

/* ---- compose.c ------------------------------------------------------------------------------- */

/* Makes call->answer of call->reply. */
void api_compose(Call *call);

/* The lines of the answer to this reply. */
Str api_headers(Call *call, const Reply *reply);

/* The parameters that say something, in their canonical text. */
void api_write_question(Buf *out, const Call *call);

/* The Link header to the page after `cursor`; empty when there is none. */
Str api_next_link(const Call *call, Arena *arena, Str cursor);

/* ---- identity.c ------------------------------------------------------------------------------ */

/* Fills the actor; the refusal, or a reply of {0}. Inside the transaction that prepares the call,
 * where its row has one. */
Reply api_identify(Call *call);

/* Is it known by memory alone who sends it? Needs no transaction. */
bool api_is_remembered(Call *call);

/* Is the sender nobody in particular, as far as memory knows? Needs no transaction. */
bool api_sees_what_all_see(Call *call);

/* ---- cached.c -------------------------------------------------------------------------------- */

/* On the loop, when the request is complete. True: the call is answered, or will be. */
bool cached_begin(Call *call);

/* What the answer says to caches on its way, by call->reply. */
void cached_write_headers(Buf *out, const Call *call);

#endif
