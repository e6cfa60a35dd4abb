/* Routes are rows. A module lists what it answers at the end of its routes.c:
 *
 *     static Reply show_product(Request *rq) { … }
 *     HANDLER_PLAIN(show_product)
 *     static Reply create_product(Request *rq, const Product *in) { … }
 *     HANDLER(create_product, Product)
 *
 *     static const Route routes[] = {
 *         ROUTE(GET, "/v1/products/{id:prod}", show_product, "Read a product.",
 *               .tx = TX_READ, .query = &product_view_type, .reply = &product_type),
 *         ROUTE(POST, "/v1/products", create_product, "Create a product.",
 *               .tx = TX_WRITE, .needs = &products_write, .body = &product_type,
 *               .reply = &product_type, .status = 201),
 *     };
 *
 * The router, the framework, OpenAPI, `souk routes` and the tests read the rows. To add a route:
 * write the handler, wrap it, add the row, and add a golden conversation under
 * tests/golden/<module>/ (a route that no test reached fails the run). */
#ifndef PLATFORM_API_ROUTE_H
#define PLATFORM_API_ROUTE_H

#include "meta/check.h"
#include "platform/db/db.h"
#include "platform/http/exchange.h"
#include "platform/limit/limit.h"
#include "platform/permission.h"

typedef struct Request Request;
typedef struct Reply Reply;

/* `body` is the decoded object of the route's body type, NULL without one. The thunks give it its
 * type. */
typedef Reply (*Handler)(Request *rq, const void *body);

typedef enum RouteLane {
    ROUTE_LANE_BY_TX, /* READ: read lane, WRITE: write lane, NONE: on the loop */
    ROUTE_LANE_SLOW,  /* long work that must not hold up short work */
    ROUTE_LANE_HASH,  /* hashes of passwords: costly on purpose, and only for `ahead` */
} RouteLane;

/* How a foreign protocol says no, where its clients would not read a problem document: OAuth 2 has its
 * own (RFC 6749 §5.2). What the HTTP core refuses by itself stays a problem document. */
typedef struct RefusalForm {
    const Type *type; /* the document: application/json */
    int (*status)(const Error *error);
    const void *(*document)(Arena *arena, const Error *error, Str detail,
                            const Violations *violations); /* an object of the type */
    const char *challenge;                                 /* WWW-Authenticate of its 401 */
} RefusalForm;

typedef enum BodyMode {
    BODY_CREATE,      /* required fields must be there */
    BODY_MERGE_PATCH, /* RFC 7396 over the body type */
} BodyMode;

typedef struct Route {
    Method method;
    const char *path; /* {name:PREFIX} takes an id of that prefix, {name} any one segment */
    const char *name; /* the handler's name, also OpenAPI's operationId */
    const char *doc;  /* one sentence */
    const char *file;
    int line;
    Handler handler;

    TxMode tx;
    RouteLane lane;

    /* Who may: see access.h. None of the three: everybody. */
    const Permission *needs;  /* who holds this */
    bool signed_in;           /* any user, for himself */
    bool any_scope;           /* signed_in: by any program that he has let in (OAuth's userinfo) */
    Id (*owner)(Request *rq); /* the user whose object this is about, in a transaction; 0: nobody's,
                                  or there is no such object */

    const LimitClass *limit; /* what counts its requests; NULL: by its method (throttle.h) */
    int cost;                /* how much of that one takes; 0: 1. More where it is long work */

    /* A header with the token by which a guest has the object: "Cart-Token". Looked at by the handler,
     * and described by OpenAPI. NULL: there is none. */
    const char *token;

    /* The handler looks at Authorization by itself (OAuth 2 clients send theirs there): nobody is
     * known to the framework. */
    bool own_credentials;

    /* GET, public, TX_READ: answered from memory to whoever is nobody in particular, as long as what
     * the handler names by cache_depends (platform/cache/cache.h) holds. */
    bool cached;

    const Type *query; /* NULL: every query parameter is refused */
    const Type *body;  /* NULL: a body is refused */
    BodyMode body_mode;
    size_t body_max; /* bytes; 0: LIMIT_BODY_BYTES */
    bool secret;  /* the answer holds a secret: it is kept nowhere, not even for Idempotency-Key */
    bool lenient; /* a page or a foreign protocol: unknown parameters and fields are ignored */

    /* The content type of a body that is no JSON. "multipart/form-data" with a body type: a form of
     * its fields (meta/form.h), FORM_URLENCODED the same as browsers send it by themselves
     * (meta/query.h). Any other without one: the handler finds it in rq->http->body, as it
     * came. */
    const char *takes;

    /* Of a WRITE: long work that needs no database (an image to decode, a password to hash). Runs
     * once, after identity and checks, on its lane (the slow one, or the hash lane) and outside of
     * any transaction; `body` as for the handler. A reply with a status ends the call; a reply of
     * {0} lets the handler go on, which finds in rq->ahead what this has left there. */
    Handler ahead;
    RouteLane ahead_lane;

    /* Of a WRITE, before `ahead`, or without one where most requests end without writing: reads what
     * that needs to know, in a READ transaction of its own, and leaves it in rq->looked; replies as
     * `ahead` does. It may say by rq->ahead_needless that this request has no use for `ahead`. What it
     * has read may have changed when the handler runs, which decides. */
    Handler look;

    /* Of a WRITE: its answer may come later, when a saga (platform/saga) has ended; the exchange is kept
     * so long, and no thread. The saga, not the framework, keeps what the Idempotency-Key stands for. */
    bool parks;
    bool key_required; /* of those: 400 without an Idempotency-Key */

    const Type *reply; /* NULL: no JSON document (see content_type) */
    bool list;         /* the document is {"data": [reply…], "has_more", "next_cursor"} */
    const Type *notes; /* of a list: more members of the document, each only when it is set */
    int status;        /* of success; 0: 200, or 204 when there is nothing to send */
    const char *content_type; /* of an answer that is no JSON document */
    const char *policy; /* Content-Security-Policy of its pages; NULL: PAGE_POLICY (headers.h) */
    int status_again;   /* 200 beside 201: what was to be made is there already; 0: none */
    int status_failing; /* a second status with the same document, as 503 of /readyz; 0: none */
    bool if_match;      /* takes If-Match */
    bool ranges;        /* answers Range with a part (206): a file */
    const Error *const
        *errors; /* NULL-terminated: refusals beside those that any such row can give */
    const RefusalForm *refusals; /* how they are written; NULL: as problem documents */
    const char *detail;          /* more prose for OpenAPI, Markdown */
} Route;

static inline bool route_is_public(const Route *route)
{
    return !route->needs && !route->signed_in && !route->owner;
}

#define FORM_URLENCODED "application/x-www-form-urlencoded"

#define ROUTE(method_, path_, handler_, doc_, ...)                                                 \
    {                                                                                              \
        .method = METHOD_##method_, .path = path_, .name = #handler_, .doc = doc_,                 \
        .file = __FILE__, .line = __LINE__, .handler = handler_##_handler, __VA_ARGS__             \
    }

#define HANDLER(function, BodyType)                                                                \
    static Reply function##_handler(Request *rq, const void *body)                                 \
    {                                                                                              \
        const BodyType *typed = body;                                                              \
        return function(rq, typed);                                                                \
    }

#define HANDLER_PLAIN(function)                                                                    \
    static Reply function##_handler(Request *rq, const void *body)                                 \
    {                                                                                              \
        (void)body;                                                                                \
        return function(rq);                                                                       \
    }

#endif
