/* What a handler sees: the request, decoded and allowed, and the replies that it can give. */
#ifndef PLATFORM_API_REQUEST_H
#define PLATFORM_API_REQUEST_H

#include "meta/check.h"
#include "meta/json.h"
#include "platform/api/route.h"
#include "platform/cache/cache.h"
#include "platform/ctx.h"

enum { PATH_ARGS_MAX = 4 };

typedef struct PathArg {
    Str name; /* as in the route */
    Str text; /* decoded */
    Id id;    /* of a typed id, else 0 */
} PathArg;

struct Request {
    Ctx *cx;
    const Route *route;
    const HttpRequest *http;
    const struct Router *router; /* of all routes, for a request that is made of requests */
    const void *query;           /* decoded by route->query, NULL without one */
    const struct Fields *fields; /* what of the document was asked for; NULL: all of it */
    PathArg args[PATH_ARGS_MAX];
    int arg_count;
    Id id;                     /* the first typed id of the path */
    void *looked;              /* what the route's `look` has left for `ahead` and the handler */
    bool ahead_needless;       /* said by `look`: `ahead` is left out */
    void *ahead;               /* what the route's `ahead` has left for the handler */
    struct LimitNotes *limits; /* what was taken of limits; NULL: nothing is limited */
    struct CacheNote *cache; /* what is said by cache_depends and its kind; NULL: nobody listens */
};

/* An answer in the making. Handlers build it with the functions below and return it by value. */
struct Reply {
    int status;
    const Error *error; /* a refusal: what was written is rolled back, unless it is kept */
    bool kept;
    Str detail; /* of a refusal: this occurrence, in the sender's terms */
    const Violations *violations;

    const Type *type; /* the document: an object of this type, or a list of them */
    const void *value;
    const FieldMask *mask; /* only these fields of it; NULL: all */
    AnyList list;
    bool is_list;
    const Type *notes_type; /* of a list: what it says beside its items */
    const void *notes;
    Str next_cursor; /* of a list; empty: no more */
    Str json;        /* the document, or a list's items with commas between, written already */

    int64_t version; /* of a versioned object: the first part of its ETag; 0: none */
    Str location;
    Str headers;           /* more lines, each "Name: value\r\n" */
    Str raw, content_type; /* instead of a document: bytes in the request's arena */
    Blob *blob;            /* instead of a document: one reference, the reply's own */
    struct Parked *later;  /* instead of all: the answer is made when that is done */
};

/* The value of the first header of that name, in any case; without a pointer when it is missing. */
Str request_header(const Request *rq, Str name);

/* The Idempotency-Key of a route that `parks`, and what it stands for: a repetition has the same
 * fingerprint. The text is empty when there is none. */
typedef struct RequestKey {
    Str text, fingerprint;
} RequestKey;
RequestKey request_key(const Request *rq);

/* ---- Answering later ------------------------------------------------------------------------- */

/* An exchange that is kept until something has happened, by a route that `parks`. In the request's
 * arena. */
typedef struct Parked Parked;
struct Parked {
    void (*keep)(Parked *parked); /* after the commit: from now on somebody may say parked_go_on */
    Reply (*answer)(Request *rq, Parked *parked); /* in a READ transaction; not later again */
    void *arg;
    Parked *next; /* for whoever keeps it */
    struct Call *call;
};

/* The handler's reply. */
Reply reply_later(Request *rq, Parked *parked);

/* Has the answer made and sent. Any thread; exactly once, and it is gone then. */
void parked_go_on(Parked *parked);

/* ---- Success --------------------------------------------------------------------------------- */

Reply ok(const Type *type, const void *value);
Reply ok_list(const Type *type, AnyList list, Str next_cursor);
Reply ok_json(Str json);                        /* a document that is JSON already */
Reply ok_list_json(Str items, Str next_cursor); /* items with commas between them */
Reply created(const Type *type, const void *value, Str location);
Reply no_content(void);
Reply ok_bytes(Str bytes, Str content_type);
Reply ok_blob(Blob *blob); /* adds a reference of its own */

/* The same reply with only the fields of the mask, which outlives the request's handler. */
Reply with_mask(Reply reply, const FieldMask *mask);

/* The same list with members beside "data": those of `notes` that are there. */
Reply with_notes(Reply reply, const Type *type, const void *notes);

/* The same reply with the object's version, which becomes part of its ETag ("v12.5f0c…"), so that
 * If-Match can ask for the state that its sender has seen, whichever projection (locale, channel,
 * encoding) it was. */
Reply with_version(Reply reply, int64_t version);

/* ---- Refusal --------------------------------------------------------------------------------- */

/* A pure rule's answer: an error row with the particulars, or {0} when all is well. */
typedef struct Verdict {
    const Error *error;
    Str detail;
} Verdict;

Reply fail(Request *rq, const Error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
Reply refuse(Verdict verdict);
Reply refuse_violations(const Violations *violations); /* at least one; 422, or 400 for bad JSON */
Reply not_found(Request *rq, const char *what); /* "product": 404 "There is no such product." */

/* The same refusal, but what the handler has written stays, as where wrong codes are counted. Not of a
 * part of a batch: there it is a refusal like any other. */
Reply refuse_and_keep(Reply refusal);

/* Does If-Match allow a change to the object that has this version now? True when the header is
 * absent. When false the handler returns version_changed(rq). */
bool version_matches(const Request *rq, int64_t version);
Reply version_changed(Request *rq);

/* 401 when nobody is known, 403 when somebody is who may not. */
Reply not_allowed(Request *rq, const Permission *permission);

/* 409: the same is being done by another request; with Retry-After. */
Reply reply_in_flight(void);

/* May the actor do this? The framework has already seen to what the route's row asks. */
bool may(const Request *rq, const Permission *permission);

/* ---- Limits ---------------------------------------------------------------------------------- */

/* Takes `cost` of the subject's share of a class that a module lists in its `limits`, besides what
 * the route's own class has counted. A reply of {0}: it was there. Otherwise the 429 to return. The
 * answer names the class in any case. Asked again in the same request, for the same subject, it takes
 * nothing and says the same, since a handler may run twice. The subject is any text ("address
 * 192.0.2.1"). */
Reply request_take(Request *rq, const LimitClass *row, Str subject, int64_t cost);

/* The refusal if nothing is left for the subject; takes nothing. For classes that count only what
 * has failed. */
Reply request_look(Request *rq, const LimitClass *row, Str subject);

/* Of the route's own class: what the request costs more than its row says, when that is only known of
 * its body. Once in a request, in `ahead` best. */
Reply request_take_more(Request *rq, int64_t cost);

/* Whose share an address takes: "192.0.2.1", "2001:db8:0:1::/64". */
Str request_client(Request *rq);

/* ---- Cursors --------------------------------------------------------------------------------- */

/* Where a list goes on: a small struct of the module's own type, as opaque text (base64url of its
 * JSON). */
Str cursor_write(Arena *arena, const Type *type, const void *position);

/* The position in the arena, or NULL when the text is no cursor of this type. */
const void *cursor_read(Arena *arena, const Type *type, Str text);

#endif
