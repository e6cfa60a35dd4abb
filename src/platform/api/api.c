/* The framework: what happens between the HTTP core and a handler, for every route alike.
 *
 * A call lives in its exchange's arena and passes through the steps that api.h lists. Each step
 * either hands it on or ends it with a reply; the reply becomes bytes in the same step (compose.c),
 * still inside the lane, because the loop should only send. For writes this happens on the writer
 * thread while the batch is open: the bytes are parked with the exchange until the commit, and only
 * then handed over.
 *
 * A handler may run twice (a serialization failure, a batch that was lost), so `handle` rewinds the
 * arena to where `prepare` left it and forgets what the first run wanted to do after the commit.
 *
 * Rejected: decoding bodies on the loop (one large body holds up everyone), and decoding on the
 * writer (it would spend its time on other things than writing). */
#include "platform/api/call.h"

#include "meta/query.h"
#include "platform/api/access.h"
#include "platform/api/errors.h"
#include "platform/api/headers.h"
#include "platform/api/idempotency.h"
#include "platform/api/input.h"
#include "platform/api/limits.h"
#include "platform/api/problem.h"
#include "platform/cache/tags.h"
#include "platform/telemetry/trace.h"

#include <assert.h>

/* ---- Answering ------------------------------------------------------------------------------- */

void api_answer_now(Call *call, Reply reply)
{
    call->reply = reply;
    api_compose(call);
    exchange_answer(call->ex, &call->answer);
}

/* ---- Prepare: who, may they, what do they want ----------------------------------------------- */

/* A key counts where a repetition would do something twice, and for whom we can tell from others.
 */
static bool has_idempotency_key(const Call *call)
{
    const Route *route = call->rq.route;
    const Actor *actor = &call->cx.actor;
    bool known = actor->id.n && !actor_is_public(actor);
    bool counts = route->method == METHOD_POST && known && !route->secret && !route->parks;
    return counts && exchange_has_header(call->ex, S("Idempotency-Key"));
}

static Str idempotency_key(const Call *call)
{
    return exchange_header(call->ex, S("Idempotency-Key"));
}

Reply api_admit(Call *call)
{
    if (!call->api->throttle) return (Reply){0};
    return throttle_admit(&call->rq, call->api->throttle, &call->place->limit);
}

/* The reply that ends the call here, or one with status 0 when the handler may run. */
static Reply prepare(Call *call)
{
    Request *rq = &call->rq;
    Reply unknown = api_identify(call);
    Reply limited = api_admit(call);
    if (limited.status) return limited;
    if (unknown.status) return unknown;
    Reply denied = access_check(rq);
    if (denied.status) return denied;

    bool parks = rq->route->parks, has_key = has_idempotency_key(call);
    if (parks && !exchange_has_header(call->ex, S("Idempotency-Key"))) {
        if (rq->route->key_required) return refuse((Verdict){&error_idempotency_key_missing, {0}});
    } else if ((parks || has_key) && !idempotency_key_ok(idempotency_key(call))) {
        return fail(rq, &error_bad_idempotency_key, "It must have 1 to %d characters of ASCII.",
                    IDEMPOTENCY_KEY_MAX);
    }
    if (has_key) call->fingerprint = idempotency_fingerprint(call->ex->arena, &call->ex->request);

    bool conditional = exchange_has_header(call->ex, S("If-Match"));
    if (conditional && rq->route->tx == TX_WRITE && !rq->route->if_match)
        return fail(rq, &error_version_changed,
                    "There is no version here that If-Match could name.");

    Reply wrong = input_read(rq, &call->body);
    call->prepared = arena_mark(call->ex->arena);
    return wrong;
}

/* ---- Handle ---------------------------------------------------------------------------------- */

void api_take_reply(Call *call, Reply reply)
{
    call->reply = reply;
    const Route *route = call->rq.route;
    bool plain = !call->reply.error && call->reply.status == 200 && route->status_again != 200;
    if (plain && route->status) call->reply.status = route->status;
    if (!call->reply.later) api_compose(call);
}

static void handle(Call *call)
{
    call->cx.after_commit = NULL;
    if (call->rq.cache) *call->rq.cache = (CacheNote){0};
    Reply reply = call->rq.route->handler(&call->rq, call->body);
    api_take_reply(call, problem_unless_fine(&call->rq, reply));
}

/* Gives the answer that the key has already had, if the request is the same one. */
static void replay(Call *call, const KeptAnswer *kept)
{
    if (!str_eq(kept->fingerprint, call->fingerprint)) {
        call->reply = fail(&call->rq, &error_idempotency_key_reused,
                           "The key was used for another request; nothing was done.");
        api_compose(call);
        return;
    }
    call->reply = (Reply){.status = (int)kept->status, .location = kept->location};
    Str headers = api_headers(call, &call->reply);
    call->answer = (Answer){
        .status = (int)kept->status,
        .content_type = kept->body.n ? S("application/json") : (Str){0},
        .body = kept->body,
        .etag = kept->etag,
        .as_is = true,
        .headers =
            str_format(call->ex->arena, "%.*sIdempotent-Replayed: true\r\n", STR_ARG(headers)),
    };
}

static void handle_once(Call *call, Str name)
{
    const KeptAnswer *kept = NULL;
    switch (idempotency_claim(&call->cx, name, call->fingerprint, &kept)) {
    case KEY_KEPT:
        replay(call, kept);
        return;
    case KEY_IN_FLIGHT:
        api_take_reply(call, problem_unless_fine(&call->rq, reply_in_flight()));
        return;
    case KEY_FRESH:
        break;
    }
    handle(call);
    if (call->reply.kept) idempotency_release(&call->cx, name);
    if (call->reply.error) return;
    KeptAnswer answer = {.actor_id = call->cx.actor.id,
                         .name = name,
                         .status = call->answer.status,
                         .location = call->reply.location,
                         .etag = call->answer.etag,
                         .body = call->answer.body};
    idempotency_keep(&call->cx, &answer);
}

bool api_run_whole(DbWork *work)
{
    Call *call = call_of_work(work);
    blob_unref(call->reply.blob); /* of a run that was lost */
    call->reply = prepare(call);
    if (call->reply.status)
        api_compose(call);
    else
        handle(call);
    return !call->reply.error;
}

static bool run_prepare(DbWork *work)
{
    Call *call = call_of_work(work);
    const Route *route = call->rq.route;
    call->reply = prepare(call);
    if (!call->reply.status && route->look) {
        call->reply = problem_unless_fine(&call->rq, route->look(&call->rq, call->body));
        call->prepared = arena_mark(call->ex->arena);
    }
    if (call->reply.status) api_compose(call);
    return true;
}

static bool run_handler(DbWork *work)
{
    Call *call = call_of_work(work);
    if (work->attempts > 1) arena_rewind(call->ex->arena, call->prepared);
    if (has_idempotency_key(call))
        handle_once(call, idempotency_key(call));
    else
        handle(call);
    return !call->reply.error || call->reply.kept;
}

bool api_is_told(const Call *call, DbFailure failure)
{
    bool refused = call->reply.error && !call->reply.kept;
    return failure == DB_FINE || (failure == DB_CONSTRAINT && refused);
}

void api_done(DbWork *work, DbFailure failure)
{
    Call *call = call_of_work(work);
    if (!api_is_told(call, failure)) {
        blob_unref(call->reply.blob);
        api_answer_now(call, refuse((Verdict){problem_of_failure(failure), {0}}));
        return;
    }
    if (!call->reply.error || call->reply.kept) ctx_run_after_commit(&call->cx);
    Parked *later = call->reply.later;
    if (later)
        later->keep(later); /* from here the call may be answered and gone */
    else
        exchange_answer(call->ex, &call->answer);
}

static bool submit(Call *call, DbLane lane)
{
    bool accepted = db_submit(call->api->options.db, lane, &call->work);
    if (!accepted) api_answer_now(call, refuse((Verdict){&error_overloaded, {0}}));
    return accepted;
}

static void submit_write(Call *call)
{
    call->work = (DbWork){.mode = TX_WRITE, .cx = &call->cx, .run = run_handler, .done = api_done};
    submit(call, DB_LANE_WRITE);
}

static void prepared(DbWork *work, DbFailure failure)
{
    Call *call = call_of_work(work);
    Db *db = call->api->options.db;
    if (failure != DB_FINE || call->reply.status)
        api_done(work, failure);
    else
        submit_write(call); /* from here the call may be gone */
    db_write_arrived(db);
}

static bool run_ahead(DbWork *work)
{
    Call *call = call_of_work(work);
    call->reply = call->rq.route->ahead(&call->rq, call->body);
    if (call->reply.status) api_compose(call);
    call->prepared = arena_mark(call->ex->arena);
    return true;
}

static void went_ahead(DbWork *work, DbFailure failure)
{
    Call *call = call_of_work(work);
    if (call->reply.status)
        api_done(work, failure);
    else
        submit_write(call);
}

static void prepared_for_ahead(DbWork *work, DbFailure failure)
{
    Call *call = call_of_work(work);
    if (failure != DB_FINE || call->reply.status) {
        api_done(work, failure);
        return;
    }
    if (call->rq.ahead_needless) {
        submit_write(call);
        return;
    }
    call->work = (DbWork){.mode = TX_NONE, .cx = &call->cx, .run = run_ahead, .done = went_ahead};
    submit(call, call->rq.route->ahead_lane == ROUTE_LANE_HASH ? DB_LANE_HASH : DB_LANE_SLOW);
}

/* Prepares what is written in the same place, where that keeps nobody else from writing. */
static bool run_at_once(DbWork *work)
{
    Call *call = call_of_work(work);
    if (work->attempts > 1) return run_handler(work);
    call->reply = prepare(call);
    if (!call->reply.status) return run_handler(work);
    api_compose(call);
    return false;
}

static void run_on_loop(Call *call)
{
    Reply refused = prepare(call);
    if (refused.status) {
        api_answer_now(call, refused);
        return;
    }
    handle(call);
    exchange_answer(call->ex, &call->answer);
}

/* ---- What the HTTP core calls ---------------------------------------------------------------- */

/* Names the request. Its trace is begun when somebody may want it: an answer from memory is sent
 * before that has cost anything. */
static Call *call_new(Api *api, Exchange *ex)
{
    Call *call = arena_alloc(ex->arena, sizeof *call, alignof(Call));
    const ApiOptions *o = &api->options;
    *call = (Call){.api = api,
                   .ex = ex,
                   .place = &api->unmatched,
                   .cx = {.arena = ex->arena,
                          .blobs = o->blobs,
                          .vault = o->vault,
                          .clock = o->clock,
                          .random = o->random,
                          .ids = o->ids},
                   .rq = {.cx = &call->cx, .http = &ex->request, .router = api->router},
                   .began = clock_now(o->clock)};
    call->id = id_make(o->ids, call->began);
    id_write(call->cx.trace.request_id, "req", call->id);
    ex->app = call;
    return call;
}

void api_trace(Call *call)
{
    if (call->traced) return;
    call->traced = true;
    trace_begin(&call->cx.trace, exchange_header(call->ex, S("traceparent")), call->cx.random,
                call->id);
}

/* A body lies in memory whole before its sender is known. Whoever has a place for a large one gives
 * it back in on_finished. */
static void take_body(Call *call)
{
    Api *api = call->api;
    Exchange *ex = call->ex;
    Reply wrong = input_check_content_type(&call->rq, ex);
    if (wrong.status) {
        api_answer_now(call, wrong);
        return;
    }
    size_t body_max = call->rq.route->body_max;
    ex->body_max = body_max ? body_max : LIMIT_BODY_BYTES;
    call->large_body = input_is_large(ex);
    if (call->large_body && atomic_fetch_add(&api->large_bodies, 1) >= LIMIT_LARGE_BODIES)
        api_answer_now(call, refuse((Verdict){&error_overloaded, {0}}));
}

static void answer_unmatched(Call *call, const RouteMatch *match)
{
    const HttpRequest *http = &call->ex->request;
    bool star = str_eq(http->path, S("*"));
    if (!match->methods && !star) {
        api_answer_now(call, refuse((Verdict){&error_not_found, match->why}));
        return;
    }
    bool options = http->method == METHOD_OPTIONS;
    call->reply = options ? no_content() : refuse((Verdict){&error_method_not_allowed, {0}});
    api_compose(call);
    Str allow = star ? S("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
                     : router_allow(call->ex->arena, match->methods);
    Buf lines = buf_new(call->ex->arena, 16384);
    buf_put(&lines, call->answer.headers);
    buf_lit(&lines, "Allow: ");
    buf_put(&lines, allow);
    buf_lit(&lines, "\r\n");
    if (cors_is_preflight(call->api->cors, call->ex)) cors_write_preflight(&lines, allow);
    call->answer.headers = buf_str(&lines);
    exchange_answer(call->ex, &call->answer);
}

/* What can be said on the loop to somebody who does not say who he is. */
static Reply judge_stranger(Call *call)
{
    Reply limited = call->place->limit.others ? api_admit(call) : (Reply){0};
    if (limited.status || route_is_public(call->rq.route)) return limited;
    return access_ask_who(&call->rq);
}

static void on_head(void *state, Exchange *ex)
{
    Api *api = state;
    Call *call = call_new(api, ex);
    RouteMatch match = router_match(api->router, ex->arena, ex->request.method, ex->request.path);
    const Route *route = match.route;
    if (!route) {
        answer_unmatched(call, &match);
        return;
    }
    call->place = match.tag;
    router_take(&call->rq, &match);
    call->credential = credential_of(&ex->request);
    if (call->credential.kind == CREDENTIAL_NONE) {
        Reply refused = judge_stranger(call); /* before the body is taken */
        if (refused.status) {
            api_answer_now(call, refused);
            return;
        }
    }
    if (route->body || route->takes) take_body(call);
}

/* Does nothing of it need the database: neither the handler nor to know who asks? */
static bool needs_no_database(Call *call)
{
    const Route *route = call->rq.route;
    if (route->tx != TX_NONE || route->owner) return false;
    return route_is_public(route) || api_is_remembered(call);
}

/* Can a write be prepared by the thread that runs it? On PostgreSQL there are many of those, and the way
 * over another thread costs more than to prepare what a stranger sends; who somebody is, and what a look
 * sees, is read in a snapshot of its own. */
static bool goes_at_once(const Call *call)
{
    const Route *route = call->rq.route;
    return route->tx == TX_WRITE && !route->ahead && !route->look && !route->owner &&
           route->lane != ROUTE_LANE_SLOW && call->credential.kind == CREDENTIAL_NONE &&
           db_driver(call->api->options.db) == DB_POSTGRES;
}

static void on_ready(void *state, Exchange *ex)
{
    const Api *api = state;
    Call *call = ex->app;
    const Route *route = call->rq.route;
    call->moment = tags_now();
    if (cached_begin(call)) return;
    api_trace(call);
    if (route->tx == TX_NONE && route->lane == ROUTE_LANE_BY_TX && route_is_public(route)) {
        run_on_loop(call);
        return;
    }
    call->cx.deadline_us = monotonic_us() + api->options.request_timeout_us;
    if (goes_at_once(call)) {
        call->work =
            (DbWork){.mode = TX_WRITE, .cx = &call->cx, .run = run_at_once, .done = api_done};
        submit(call, DB_LANE_WRITE);
        return;
    }
    bool writes = route->tx == TX_WRITE;
    bool soon = writes && !route->ahead; /* worth the writer's waiting */
    call->work = (DbWork){.mode = needs_no_database(call) ? TX_NONE : TX_READ,
                          .cx = &call->cx,
                          .run = writes ? run_prepare : api_run_whole,
                          .done = soon     ? prepared
                                  : writes ? prepared_for_ahead
                                           : api_done};
    Db *db = call->api->options.db;
    if (soon) db_write_coming(db);
    bool accepted = submit(call, route->lane == ROUTE_LANE_SLOW ? DB_LANE_SLOW : DB_LANE_READ);
    if (soon && !accepted) db_write_arrived(db);
}

static void on_finished(void *state, Exchange *ex)
{
    Api *api = state;
    Call *call = ex->app;
    if (!call) return; /* the sender went away before a request was read */
    if (api->options.log_requests || ex->status >= 500) api_trace(call);
    if (call->large_body) atomic_fetch_sub(&api->large_bodies, 1);
    Observation seen = {.ex = ex,
                        .trace = &call->cx.trace,
                        .error = call->reply.error,
                        .statements = call->cx.cost.statements,
                        .log_always = api->options.log_requests};
    observe(call->place ? &call->place->counts : NULL, &seen);
}

/* The core's detail repeats the row's title, so it is left out. A request that we have not seen yet
 * gets its id here, so that its sender can name it and the log has it. */
static Answer on_refusal(void *state, Exchange *ex, Arena *arena, int status, const char *code,
                         Str detail)
{
    (void)detail;
    const Error *error = problem_row(code);
    Str id = {0}, headers = S("Cache-Control: no-store\r\n");
    if (ex) {
        Call *call = ex->app;
        if (!call) {
            call = call_new(state, ex);
            call->place = NULL;
        }
        call->reply = refuse((Verdict){error, {0}});
        id = str_from(call->cx.trace.request_id);
        Buf lines = buf_new(arena, headers.n + headers_room(call));
        headers_write(&lines, call);
        buf_put(&lines, headers);
        headers = buf_str(&lines);
    }
    return (Answer){.status = status,
                    .content_type = S("application/problem+json"),
                    .headers = headers,
                    .body = problem_text(arena, error, (Str){0}, NULL, id)};
}

/* ---- Building -------------------------------------------------------------------------------- */

static bool requires_something(const Type *query)
{
    for (size_t i = 0; query && i < query->field_count; i++)
        if (query->fields[i].required) return true;
    return false;
}

static bool add_module(Api *api, Arena *arena, const Module *module, Str *why)
{
    for (size_t i = 0; i < module->route_count; i++) {
        const Route *route = &module->routes[i];
        assert(!route->ahead || route->tx == TX_WRITE);
        assert(route->lane != ROUTE_LANE_HASH && (!route->look || route->tx == TX_WRITE));
        assert(!route->takes || !route->body || strcmp(route->takes, "multipart/form-data") == 0 ||
               strcmp(route->takes, FORM_URLENCODED) == 0);
        assert(!route->cached ||
               (route->method == METHOD_GET && route->tx == TX_READ && route_is_public(route)));
        ApiRoute *place = NEW(arena, ApiRoute);
        place->number = api->route_count++;
        if (route->query) place->plain = query_plain(arena, route->query);
        place->plain_is_whole = !requires_something(route->query);
        if (api->throttle) place->limit = throttle_route(api->throttle, route);
        route_counts_init(&place->counts, str_z(arena, method_text(route->method)), route->path);
        if (!router_add(api->router, route, place, why)) return false;
    }
    return true;
}

bool api_new(Arena *arena, const ApiOptions *options, Api **out, Str *why)
{
    Api *api = NEW(arena, Api);
    api->options = *options;
    api->router = router_new(arena);
    api->cors = cors_new(arena, options->cors_origins);
    if (options->transport_security.n)
        api->transport_security = str_format(arena, "Strict-Transport-Security: %.*s\r\n",
                                             STR_ARG(options->transport_security));
    if (options->limiter)
        api->throttle = throttle_new(arena, options->limiter, &options->quotas, options->modules,
                                     options->module_count);
    route_counts_init(&api->unmatched.counts, "any", "none");
    for (size_t i = 0; i < options->module_count; i++)
        if (!add_module(api, arena, options->modules[i], why)) return false;
    *out = api;
    return true;
}

HttpApp api_http_app(Api *api)
{
    return (HttpApp){.head = on_head,
                     .ready = on_ready,
                     .finished = on_finished,
                     .refusal = on_refusal,
                     .state = api};
}
