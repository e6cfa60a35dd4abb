/* POST /v1/batch: several requests as one, in one transaction.
 *
 * A part is a Request like any other: its route is found, its query and body are read and its
 * permission is asked for by the same functions, so that what holds for the request sent alone holds
 * for it in a batch. All that needs no database happens ahead of the transaction. Then the handlers
 * run one after the other, each seeing what those before it have written.
 *
 * Atomic: the first refusal is the answer of the whole and undoes all. Not atomic: each part runs in
 * a db_try of its own, and its answer, refusal or not, stands in the list. A failure that is nobody's
 * refusal (a full disk, a lost server) ends the whole in both cases, and nothing has happened.
 *
 * What a part cannot be: a form or a file (its body is no JSON), work that runs ahead of its own
 * transaction or on the slow lane (it would run inside of this one), a route without a transaction
 * (it answers bytes, not documents), a batch.
 *
 * Rejected: one transaction a part in a single HTTP request (it saves the round trips and keeps the
 * commits, and "atomic" would be another route), references from one part to the ids that another
 * made (a language inside of JSON; who needs it sends a product with its variants). */
#include "platform/api/batch.h"

#include "platform/api/access.h"
#include "platform/api/document.h"
#include "platform/api/errors.h"
#include "platform/api/input.h"
#include "platform/api/limits.h"
#include "platform/api/problem.h"
#include "platform/api/router.h"

#include <assert.h>

static const Error error_batch_refused = {
    "batch_refused", 422, "A part of the batch is refused; nothing was done.", LOG_DEBUG,
    "`errors` names the parts and what is wrong with each, as `/requests/3/body/title`. What "
    "stands "
    "behind the first part that the data refused was not tried."};
static const Error error_not_in_batch = {
    "not_in_batch", 422, "This path cannot be part of a batch.", LOG_DEBUG,
    "Send it by itself. Forms, files, exports and batches cannot be in a batch."};

static const Permission batch_run = {"batch:run", "Send several requests as one.",
                                     .roles = "manager support creator"};

/* ---- What is sent and answered --------------------------------------------------------------- */

typedef enum PartMethod { PART_GET, PART_POST, PART_PUT, PART_PATCH, PART_DELETE } PartMethod;

static const EnumNames method_names = ENUM_NAMES("GET", "POST", "PUT", "PATCH", "DELETE");
static const Method methods[] = {METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_PATCH, METHOD_DELETE};

typedef struct BatchHeaders {
    Str if_match;
} BatchHeaders;

typedef struct BatchRequest {
    PartMethod method;
    Str path;
    BatchHeaders headers;
    Json body;
} BatchRequest;

typedef struct BatchRequestList {
    BatchRequest *items;
    size_t n;
} BatchRequestList;

typedef struct Batch {
    bool atomic;
    BatchRequestList requests;
} Batch;

typedef struct BatchAnswer {
    int64_t status;
    Str location, etag;
    Json body;
} BatchAnswer;

typedef struct BatchAnswerList {
    BatchAnswer *items;
    size_t n;
} BatchAnswerList;

typedef struct BatchAnswers {
    BatchAnswerList data;
} BatchAnswers;

#define IF_MATCH "If-Match"

static const Type batch_headers_type =
    TYPE(BatchHeaders, "Headers of a part.",
         FIELD(BatchHeaders, if_match, "As the header of that name.", .name = IF_MATCH,
               .json_key = ",\"" IF_MATCH "\":" JSON_KEY_PADDING,
               .name_length = sizeof IF_MATCH - 1, .max = 1000, .pattern = "^[ -~]*$"));

static const Type batch_request_type =
    TYPE(BatchRequest, "A part of a batch.",
         ENUM(BatchRequest, method, "The method.", method_names, .required = true),
         FIELD(BatchRequest, path, "With its query: `/v1/products?status=draft`.", .required = true,
               .pattern = "^/v1/[!-~]*$", .max = 8000),
         OBJECT(BatchRequest, headers, "Other headers are those of the batch.", batch_headers_type),
         FIELD(BatchRequest, body, "What would be sent as the body.", .nullable = true,
               .max = LIMIT_BODY_BYTES));

static const Type batch_type =
    TYPE(Batch, "Several requests.",
         FIELD(Batch, atomic, "All or nothing; otherwise each part succeeds or fails by itself.",
               .initial = "true"),
         LIST(Batch, requests, "In the order in which they are done.", batch_request_type,
              .required = true, .min = 1, .max = LIMIT_BATCH));

static const Type batch_answer_type =
    TYPE(BatchAnswer, "The answer to a part.", FIELD(BatchAnswer, status, "HTTP status."),
         FIELD(BatchAnswer, location, "Where the new object is, as `Location`.", .nullable = true),
         FIELD(BatchAnswer, etag, "As `ETag`, with its quotes.", .nullable = true),
         FIELD(BatchAnswer, body, "The document, or the problem document of a refusal.",
               .nullable = true));

static const Type batch_answers_type =
    TYPE(BatchAnswers, "The answers to all parts.",
         LIST(BatchAnswers, data, "In the order of the requests.", batch_answer_type));

/* ---- Ahead: which routes, with what ---------------------------------------------------------- */

typedef struct Part {
    size_t index;
    Request rq;
    HttpRequest http;
    HttpHeader header;
    const void *body;
    Reply refused; /* its status is 0: it may run */
} Part;

/* What a violation in the part is in the batch. */
static void add_violation(Violations *all, const Part *part, const Violation *one)
{
    size_t i = part->index;
    Str place = one->pointer, name = str_slice(place, 1, place.n);
    if (str_starts(place, S("?")))
        violation_add_at(all, str_format(all->arena, "/requests/%zu/path", i), one->code,
                         str_format(all->arena, "parameter \"%.*s\" %.*s", STR_ARG(name),
                                    STR_ARG(one->message)));
    else
        violation_add_at(all, str_format(all->arena, "/requests/%zu/body%.*s", i, STR_ARG(place)),
                         one->code, one->message);
}

static void add_violations(Violations *all, const Part *part, const Violations *some)
{
    for (size_t i = 0; i < some->n; i++) add_violation(all, part, &some->items[i]);
}

static bool may_be_part(const Route *route)
{
    return route->tx != TX_NONE && route->lane == ROUTE_LANE_BY_TX && !route->takes &&
           !route->ahead && !route->content_type && !route->lenient && !route->parks;
}

/* A body where none is taken, none where one is. */
static Reply check_body(const Part *part)
{
    const Route *route = part->rq.route;
    bool given = part->http.body.n > 0;
    if (given == (route->body != NULL)) return (Reply){0};
    Arena *arena = part->rq.cx->arena;
    Violations *bad = NEW(arena, Violations);
    *bad = violations_new(arena);
    violation_add(bad, NULL, given ? VIOLATION(UNKNOWN_FIELD) : VIOLATION(REQUIRED),
                  given ? "is not taken by this path" : "is required");
    return refuse_violations(bad);
}

static Reply match_part(Part *part)
{
    Request *rq = &part->rq;
    RouteMatch match = router_match(rq->router, rq->cx->arena, part->http.method, part->http.path);
    if (!match.route)
        return refuse(match.methods ? (Verdict){&error_method_not_allowed, {0}}
                                    : (Verdict){&error_not_found, match.why});
    if (!may_be_part(match.route)) return refuse((Verdict){&error_not_in_batch, {0}});
    router_take(rq, &match);
    Reply denied = access_check_ahead(rq);
    if (denied.status) return denied;
    if (part->http.header_count && match.route->tx == TX_WRITE && !match.route->if_match)
        return refuse((Verdict){&error_version_changed,
                                S("There is no version here that If-Match could name.")});
    Reply refused = check_body(part);
    return refused.status ? refused : input_read(rq, &part->body);
}

/* The request that the part would be if it were sent alone. */
static void make_part(Part *part, size_t index, Request *whole, const BatchRequest *in)
{
    *part =
        (Part){.index = index, .http = *whole->http, .header = {S(IF_MATCH), in->headers.if_match}};
    HttpRequest *http = &part->http;
    http->method = methods[in->method];
    http->method_text = enum_text(&method_names, in->method);
    str_cut(in->path, '?', &http->path, &http->query);
    http->headers = &part->header;
    http->header_count = in->headers.if_match.p ? 1 : 0;
    http->body = in->body.text;
    part->rq =
        (Request){.cx = whole->cx, .http = http, .router = whole->router, .limits = whole->limits};
    part->refused = match_part(part);
}

static void add_refusal(Violations *all, const Part *part, const Reply *refusal)
{
    if (refusal->violations) {
        add_violations(all, part, refusal->violations);
        return;
    }
    ViolationCode *code = NEW(all->arena, ViolationCode);
    *code = (ViolationCode){refusal->error->code, refusal->error->title};
    violation_add_at(all, str_format(all->arena, "/requests/%zu", part->index), code,
                     refusal->detail.n ? refusal->detail : str_from(refusal->error->title));
}

static Reply refuse_batch(const Violations *all)
{
    return (Reply){
        .status = error_batch_refused.status, .error = &error_batch_refused, .violations = all};
}

/* A batch counts as its parts do. */
static Reply take_for_parts(Request *rq, const Part *parts, size_t n)
{
    int64_t cost = 0;
    for (size_t i = 0; i < n; i++)
        cost += parts[i].rq.route && parts[i].rq.route->cost ? parts[i].rq.route->cost : 1;
    return request_take_more(rq, cost - 1);
}

static Reply prepare_batch(Request *rq, const Batch *in)
{
    Arena *arena = rq->cx->arena;
    Part *parts = NEW_N(arena, Part, in->requests.n);
    Violations *all = NEW(arena, Violations);
    *all = violations_new(arena);
    for (size_t i = 0; i < in->requests.n; i++) {
        make_part(&parts[i], i, rq, &in->requests.items[i]);
        if (parts[i].refused.status) add_refusal(all, &parts[i], &parts[i].refused);
    }
    Reply limited = take_for_parts(rq, parts, in->requests.n);
    if (limited.status) return limited;
    rq->ahead = parts;
    return in->atomic && all->n ? refuse_batch(all) : (Reply){0};
}
HANDLER(prepare_batch, Batch)

/* ---- In the transaction ---------------------------------------------------------------------- */

typedef struct Turn {
    Part *part;
    Reply reply;
    BatchAnswer *answer;
} Turn;

/* As for a request sent alone: a document that cannot be written is a refusal. */
static Reply answer_part(Part *part, BatchAnswer *answer)
{
    Request *rq = &part->rq;
    Arena *arena = rq->cx->arena;
    Reply denied = access_check(rq);
    if (denied.status) return denied;
    Reply reply = rq->route->handler(rq, part->body);
    assert(!reply.blob && !reply.raw.n); /* the row would have a content type */
    db_settle(rq->cx);                   /* what was posted is this part's too */
    reply = problem_unless_fine(rq, reply);
    if (reply.error) return reply;
    Str document;
    const Error *unwritten = reply_document(arena, &reply, rq->fields, &document);
    if (unwritten) return refuse((Verdict){unwritten, {0}});
    int status = rq->route->status;
    *answer = (BatchAnswer){.status = status && reply.status == 200 ? status : reply.status,
                            .location = reply.location,
                            .body = {document}};
    if (document.n)
        answer->etag =
            str_format(arena, "\"%.*s\"", STR_ARG(reply_tag(arena, reply.version, document)));
    return reply;
}

static bool take_turn(Ctx *cx, void *arg)
{
    (void)cx;
    Turn *turn = arg;
    turn->reply = answer_part(turn->part, turn->answer);
    return !turn->reply.error;
}

static void answer_refusal(const Part *part, const Reply *refusal, BatchAnswer *answer)
{
    Ctx *cx = part->rq.cx;
    Violations *all = NULL;
    if (refusal->violations) {
        all = NEW(cx->arena, Violations);
        *all = violations_new(cx->arena);
        add_violations(all, part, refusal->violations);
    }
    *answer = (BatchAnswer){
        .status = refusal->error->status,
        .body = {problem_text(cx->arena, refusal->error, refusal->detail, all,
                              str_from(cx->trace.request_id))},
    };
}

/* A reply with a status: the whole ends here. */
static Reply run_atomic(Part *part, BatchAnswer *answer)
{
    Reply reply = answer_part(part, answer);
    if (!reply.error) return (Reply){0};
    Violations *all = NEW(part->rq.cx->arena, Violations);
    *all = violations_new(part->rq.cx->arena);
    add_refusal(all, part, &reply);
    return refuse_batch(all);
}

static Reply run_alone(Part *part, BatchAnswer *answer)
{
    Turn turn = {.part = part, .reply = part->refused, .answer = answer};
    Ctx *cx = part->rq.cx;
    if (!part->refused.status && db_try(cx, take_turn, &turn)) return (Reply){0};
    DbFailure failure = db_failure(cx);
    if (failure) return refuse((Verdict){problem_of_failure(failure), {0}});
    answer_refusal(part, &turn.reply, answer);
    return (Reply){0};
}

static Reply run_batch(Request *rq, const Batch *in)
{
    Part *parts = rq->ahead;
    size_t n = in->requests.n;
    BatchAnswers *answers = NEW(rq->cx->arena, BatchAnswers);
    answers->data = (BatchAnswerList){NEW_N(rq->cx->arena, BatchAnswer, n), n};
    for (size_t i = 0; i < n; i++) {
        BatchAnswer *answer = &answers->data.items[i];
        Reply ended = in->atomic ? run_atomic(&parts[i], answer) : run_alone(&parts[i], answer);
        if (ended.status) return ended;
    }
    return ok(&batch_answers_type, answers);
}
HANDLER(run_batch, Batch)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const errors[] = {&error_batch_refused, &error_not_in_batch};
static const Error *const route_errors[] = {&error_batch_refused, NULL};
static const Permission *const permissions[] = {&batch_run};

static const Route routes[] = {
    ROUTE(POST, "/v1/batch", run_batch, "Send several requests as one.", .tx = TX_WRITE,
          .needs = &batch_run, .body = &batch_type, .reply = &batch_answers_type,
          .ahead = prepare_batch_handler, .errors = route_errors,
          .detail = "The parts are done one after the other in one transaction, each as if it had "
                    "been sent alone: its permission, its query and its body are checked as "
                    "always. With `atomic` one refusal undoes all, and `errors` of the answer "
                    "says which part it was. Without, each part has its own answer, and a refused "
                    "one leaves nothing behind. An `Idempotency-Key` stands for the whole batch. "
                    "Forms, files, exports and batches cannot be parts."),
};

const Module batch_module = {
    .name = "batch",
    .doc = "Several requests in one transaction.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
};
