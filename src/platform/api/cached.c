/* Answers of cached routes: from memory, from another request's work, or made and kept.
 *
 *     on the loop   the key (route, arguments, declared parameters), and a look at the cache
 *       hit            sent as it lies there
 *       packed         unpacked first; in a lane when it must be encoded as well, or is long
 *       wait           parked: whoever leads answers it
 *       lead           made in the route's lane as any answer; then it lands: it is kept, those who
 *                      waited are answered with it, and only then this one
 *
 * Who is known is none of the cache's business, since he may see more than others; but for a public
 * key, which stands in pages for everybody.
 *
 * HEAD asks the same question as GET. A refusal is shared with those who wait for it at the moment
 * (a thousand requests for a product that is gone cost one read) but not kept: it costs one look at
 * an index, and strangers can invent as many questions with that answer as they like. Failures are
 * neither kept nor shared.
 *
 * The answers of waiters are composed by the leader's thread before the leader's own is sent: their
 * bodies come out of its arena. From the moment a call is answered, it is not touched any more. */
#include "platform/api/call.h"

#include "meta/query.h"
#include "platform/api/errors.h"
#include "platform/api/headers.h"
#include "platform/api/input.h"
#include "platform/api/problem.h"
#include "platform/cache/limits.h"
#include "platform/telemetry/fault.h"

#include <assert.h>
#include <stdlib.h>

FAULT_POINT(fault_before_snapshot, "cache.read.before",
            "An answer is about to be made: its moment is taken, its snapshot not yet opened.");
FAULT_POINT(fault_before_landing, "cache.land.before",
            "The answer is made and its snapshot closed; it is not kept yet, and nobody has it.");

static Call *call_of_waiter(CacheWaiter *waiter)
{
    return (Call *)(void *)((char *)waiter - offsetof(Call, cached.waiter));
}

static Cache *cache_of(const Call *call)
{
    return call->api->options.cache;
}

/* ---- Headers --------------------------------------------------------------------------------- */

/* How long others may go on with the answer by themselves: as the setting says, but not beyond its
 * own end, and not at all when it is none to `keep`. Its age is added since they will subtract it
 * (RFC 9111 §4.2). */
static void write_control(Buf *out, const Call *call, bool keep, int64_t age_s, Time until)
{
    int64_t max_s = keep ? call->api->options.cache_max_age_s : 0;
    if (max_s == 0) {
        buf_lit(out, "Cache-Control: public, max-age=0, must-revalidate\r\n");
        return;
    }
    int64_t left_s = until.us ? (until.us - call->began.us) / 1000000 : max_s;
    if (left_s < 0) left_s = 0;
    buf_lit(out, "Cache-Control: public, max-age=");
    buf_int(out, age_s + (left_s < max_s ? left_s : max_s));
    buf_lit(out, ", must-revalidate\r\n");
}

/* Staff see more at the same address: others' caches must not give one the other's answer. */
static void write_vary(Buf *out)
{
    buf_lit(out, "Vary: Authorization, Cookie\r\n");
}

void cached_write_headers(Buf *out, const Call *call)
{
    const Route *route = call->rq.route;
    if (!route || !route->cached) return;
    const CacheNote *note = call->rq.cache;
    if (!call->reply.error && note) {
        write_control(out, call, cache_note_keeps(note), 0, note->expires);
        write_vary(out);
    }
    if (!call->cached.status) return;
    buf_lit(out, "Cache-Status: ");
    buf_put(out, str_from(call->cached.status));
    buf_lit(out, "\r\n");
}

/* ---- Answers from memory --------------------------------------------------------------------- */

/* Sends the blob, whose reference it takes over. `age_s` below zero: it is not shown, since the
 * answer was made for this very request. */
static void answer_blob(Call *call, Blob *blob, const char *status, int64_t age_s)
{
    enum { ROOM = 192 };
    size_t room = ROOM + headers_room(call);
    Buf out = buf_new(call->ex->arena, room);
    buf_reserve(&out, room);
    headers_write(&out, call);
    write_control(&out, call, true, age_s > 0 ? age_s : 0, call->cached.until);
    write_vary(&out);
    if (age_s >= 0) {
        buf_lit(&out, "Age: ");
        buf_int(&out, age_s);
        buf_lit(&out, "\r\n");
    }
    buf_lit(&out, "Cache-Status: souk; ");
    buf_put(&out, str_from(status));
    buf_lit(&out, "\r\n");
    assert(!out.full);
    Answer answer = {.status = 200, .blob = blob, .headers = buf_str(&out)};
    exchange_answer(call->ex, &answer);
}

static void answer_hit(Call *call, Blob *blob)
{
    answer_blob(call, blob, "hit", (call->began.us - call->cached.made.us) / 1000000);
}

/* In that encoding, or plain when it gains nothing. One reference. */
static Blob *make_blob(Exchange *ex, const CacheText *text, int encoding)
{
    BlobParts parts = {.bytes = text->body,
                       .encoding = ENCODING_IDENTITY,
                       .varies = text->encoded,
                       .content_type = text->content_type,
                       .etag = text->etag,
                       .headers = text->headers};
    if (encoding != ENCODING_IDENTITY && exchange_encode(ex, encoding, text->body, &parts.bytes))
        parts.encoding = encoding;
    return blob_of(&parts);
}

/* Unpacks the entry, and makes it ready to send; the entry is released. */
static Blob *make_ready(Call *call, int encoding)
{
    CachedCall *cached = &call->cached;
    CacheText text = cache_unpack(cache_of(call), cached->entry, call->ex->arena);
    Blob *blob = make_blob(call->ex, &text, encoding);
    if (cached->hot) cache_shelve(cache_of(call), cached->entry, encoding, blob);
    cache_release(cached->entry);
    return blob;
}

static bool run_ready(DbWork *work)
{
    Call *call = call_of_work(work);
    int encoding = cache_encoding(call->cached.entry, exchange_encoding(call->ex));
    call->reply = (Reply){.status = 200, .blob = make_ready(call, encoding)};
    return true;
}

static void ready(DbWork *work, DbFailure failure)
{
    Call *call = call_of_work(work);
    (void)failure; /* there is no transaction that could fail */
    answer_hit(call, call->reply.blob);
}

/* Encoding takes ten times as long as unpacking, so it is not for the loop. When the lane is full
 * the plain form is better than none. */
static void answer_packed(Call *call, const CacheLook *look, int wanted)
{
    CachedCall *cached = &call->cached;
    cached->entry = look->entry;
    cached->hot = look->hot;
    bool plain = cache_encoding(look->entry, wanted) == ENCODING_IDENTITY;
    bool small = cache_plain_size(look->entry) <= CACHE_LOOP_UNPACK_MAX;
    call->work = (DbWork){.mode = TX_NONE, .cx = &call->cx, .run = run_ready, .done = ready};
    if (!(plain && small) && db_submit(call->api->options.db, DB_LANE_READ, &call->work)) return;
    if (!plain) cached->hot = false;
    answer_hit(call, make_ready(call, ENCODING_IDENTITY));
}

/* ---- Answers that are made ------------------------------------------------------------------- */

static void go_on(Api *api, CacheLanding landing);

static void learn_done(DbWork *work, DbFailure failure)
{
    (void)work, (void)failure;
}

static bool run_learning(DbWork *work)
{
    Api *api = (Api *)(void *)((char *)work - offsetof(Api, learning));
    cache_learn(api->options.cache);
    return true;
}

static void learn(Api *api)
{
    api->learning =
        (DbWork){.mode = TX_NONE, .cx = &api->learning_cx, .run = run_learning, .done = learn_done};
    if (!db_submit(api->options.db, DB_LANE_SLOW, &api->learning))
        cache_learn_later(api->options.cache);
}

static void add_header(Call *call, const char *line)
{
    call->answer.headers =
        str_format(call->ex->arena, "%.*s%s\r\n", STR_ARG(call->answer.headers), line);
}

/* The leader's refusal, with the waiter's own request id. */
static void share_refusal(Call *call, const Reply *reply)
{
    call->reply = *reply;
    call->cached.status = "souk; fwd=miss; collapsed";
    api_compose(call);
    call->reply = (Reply){.error = reply->error}; /* the rest lies in the leader's arena */
    exchange_answer(call->ex, &call->answer);
}

/* Answers those who waited, each in its own encoding; what that made is kept ready. */
static void share(Call *leader, const CacheText *text, const CacheLanding *landing)
{
    Blob *forms[ENCODING_COUNT] = {0};
    for (CacheWaiter *waiter = landing->served, *next; waiter; waiter = next) {
        Call *call = call_of_waiter(waiter);
        next = waiter->next;
        if (leader->reply.error) {
            share_refusal(call, &leader->reply);
            continue;
        }
        int encoding = text->encoded ? exchange_encoding(call->ex) : ENCODING_IDENTITY;
        if (!forms[encoding]) forms[encoding] = make_blob(leader->ex, text, encoding);
        call->cached.until = leader->rq.cache->expires;
        answer_blob(call, blob_ref(forms[encoding]), "fwd=miss; collapsed", -1);
    }
    for (int i = 0; i < ENCODING_COUNT; i++) {
        if (forms[i] && landing->entry) cache_shelve(cache_of(leader), landing->entry, i, forms[i]);
        blob_unref(forms[i]);
    }
}

static CacheMade made_of(Call *call)
{
    const Answer *answer = &call->answer;
    bool plain = !call->reply.error && answer->status == 200 && !answer->blob && answer->body.n;
    Arena *arena = call->ex->arena;
    Str link = api_next_link(call, arena, call->reply.next_cursor), own = call->reply.headers;
    return (CacheMade){
        .note = call->rq.cache,
        .made = call->began,
        .text = {.body = answer->body,
                 .content_type = answer->content_type,
                 .etag = answer->etag,
                 .headers = str_format(arena, "%.*s%.*s", STR_ARG(link), STR_ARG(own)),
                 .encoded = content_is_encoded(answer->content_type, answer->body.n)},
        .keep = plain};
}

static void land(Call *call)
{
    static const char *const statuses[2][2] = {
        {"Cache-Status: souk; fwd=miss", "Cache-Status: souk; fwd=miss; stored"},
        {"Cache-Status: souk; fwd=stale", "Cache-Status: souk; fwd=stale; stored"}};
    Api *api = call->api;
    CacheMade made = made_of(call);
    CacheLanding landing = cache_land(api->options.cache, &call->cached.key, &call->cached.lead,
                                      ctx_now(&call->cx), &made);
    share(call, &made.text, &landing);
    add_header(call, statuses[call->cached.stale][landing.entry != NULL]);
    exchange_answer(call->ex, &call->answer); /* from here the call may be gone */
    if (landing.entry) cache_release(landing.entry);
    go_on(api, landing);
    if (landing.learn) learn(api);
}

static bool run_lead(DbWork *work)
{
    FAULT(&fault_before_snapshot);
    return api_run_whole(work);
}

static void led(DbWork *work, DbFailure failure)
{
    Call *call = call_of_work(work);
    Api *api = call->api;
    FAULT(&fault_before_landing);
    bool failed = !api_is_told(call, failure) || (call->reply.error && call->reply.status >= 500);
    if (!failed) {
        land(call);
        return;
    }
    CacheLead lead = call->cached.lead;
    api_done(work, failure);
    go_on(api, cache_fail(api->options.cache, &lead));
}

/* False: the lane is full, and the call is answered so. */
static bool submit(Call *call, bool (*run)(DbWork *work),
                   void (*done)(DbWork *work, DbFailure failure))
{
    DbLane lane = call->rq.route->lane == ROUTE_LANE_SLOW ? DB_LANE_SLOW : DB_LANE_READ;
    api_trace(call);
    call->rq.cache = NEW(call->ex->arena, CacheNote);
    call->work = (DbWork){.mode = TX_READ, .cx = &call->cx, .run = run, .done = done};
    if (db_submit(call->api->options.db, lane, &call->work)) return true;
    call->cached.status = "souk; fwd=miss";
    api_answer_now(call, refuse((Verdict){&error_overloaded, {0}}));
    return false;
}

static bool lead(Call *call, CacheLead lead)
{
    call->cached.lead = lead;
    return submit(call, run_lead, led);
}

static void go_alone(CacheWaiter *waiter)
{
    for (CacheWaiter *next; waiter; waiter = next) {
        Call *call = call_of_waiter(waiter);
        next = waiter->next;
        call->cached.status = "souk; fwd=miss";
        submit(call, api_run_whole, api_done);
    }
}

/* What is to be done for those who waited and were not served. */
static void go_on(Api *api, CacheLanding landing)
{
    go_alone(landing.released);
    while (landing.heir && !lead(call_of_waiter(landing.heir), landing.lead)) {
        landing = cache_fail(api->options.cache, &landing.lead);
        go_alone(landing.released);
    }
}

/* ---- The beginning --------------------------------------------------------------------------- */

/* Reads the query if there is one. A refusal, or a reply of {0}. */
static Reply read_query(Call *call)
{
    if (call->ex->request.query.n == 0 && call->place->plain_is_whole) {
        call->rq.query = call->place->plain;
        return (Reply){0};
    }
    return input_read_query(&call->rq);
}

/* The route, the arguments of the path, the parameters that say something. False when that is too
 * long. */
static bool make_key(Call *call)
{
    enum { USUAL = 64 };
    const Request *rq = &call->rq;
    Buf key = buf_new(call->ex->arena, CACHE_KEY_MAX);
    buf_reserve(&key, USUAL);
    buf_bytes(&key, (const char *)&call->place->number, sizeof call->place->number);
    for (int i = 0; i < rq->arg_count; i++) {
        const PathArg *arg = &rq->args[i];
        if (arg->id.n) {
            buf_bytes(&key, (const char *)&arg->id.n, sizeof arg->id.n);
            continue;
        }
        buf_bytes(&key, (const char *)&arg->text.n, sizeof arg->text.n);
        buf_put(&key, arg->text);
    }
    Buf question = buf_new(call->ex->arena, CACHE_KEY_MAX);
    api_write_question(&question, call);
    key.full |= question.full;
    buf_put(&key, buf_str(&question));
    call->cached.key.bytes = buf_str(&key);
    return !key.full;
}

/* False: make the answer as if there were no cache. Once the call waits, or is led, it is another
 * thread's. */
static bool look(Call *call)
{
    CachedCall *cached = &call->cached;
    cached->key.hash = cache_hash(cache_of(call), cached->key.bytes);
    CacheAsk ask = {cached->key, call->began, exchange_encoding(call->ex)};
    CacheLook found = cache_look(cache_of(call), &ask, &cached->waiter);
    switch (found.found) {
    case CACHE_WAIT:
        return true;
    case CACHE_HIT:
        cached->made = found.made;
        cached->until = found.until;
        answer_hit(call, found.blob);
        return true;
    case CACHE_PACKED:
        cached->made = found.made;
        cached->until = found.until;
        answer_packed(call, &found, ask.encoding);
        return true;
    case CACHE_LEAD:
        cached->stale = found.stale;
        go_on(call->api, (CacheLanding){.heir = &cached->waiter, .lead = found.lead});
        return true;
    case CACHE_ALONE:
        cached->status = "souk; fwd=miss";
        return false;
    }
    abort();
}

/* False, when the handler is to be asked anyway. */
static bool begin_public(Call *call)
{
    call->cx.deadline_us = call->ex->began_us + call->api->options.request_timeout_us;
    Reply wrong = read_query(call);
    if (wrong.status) {
        api_answer_now(call, wrong);
        return true;
    }
    if (make_key(call)) return look(call);
    call->cached.status = "souk; fwd=bypass";
    return false;
}

bool cached_begin(Call *call)
{
    if (!call->rq.route->cached) return false;
    bool has_cache = cache_of(call);
    if (!api_sees_what_all_see(call)) {
        if (has_cache) call->cached.status = "souk; fwd=bypass";
        return false;
    }
    if (call->credential.kind != CREDENTIAL_NONE) {
        Reply limited = api_admit(call); /* others were counted when their head came */
        if (limited.status) {
            api_answer_now(call, limited);
            return true;
        }
    }
    if (has_cache && begin_public(call)) return true;
    call->rq.cache = NEW(call->ex->arena, CacheNote);
    return false;
}
