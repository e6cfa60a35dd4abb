/* Requests held against limits.
 *
 * The quotas of the platform's own classes are settings, so a row is copied into a ThrottleClass with
 * the quota that is in force; rows of modules are in force as they stand. From the first look at a
 * route everything is a pointer: a request of a route without a limit pays for one comparison.
 *
 * A handler may run twice (a lost transaction), and a read's preparation too. Limits are no
 * transaction and give nothing back, so what a request has taken is noted in it, and whoever asks
 * again for the same class and subject is told the same again.
 *
 * The fields are those of draft-ietf-httpapi-ratelimit-headers-11: two structured lists (RFC 9651),
 * an item a class. `t` is the time until the whole burst is there again, `r` what would be admitted
 * at once now.
 *
 * Rejected: X-RateLimit-* (each service means something else by Reset), counting by route and not by
 * class (a client could have a hundred shares), and limits by what an answer has cost (nobody can
 * know it before). */
#include "platform/api/throttle.h"

#include "base/hash.h"
#include "platform/api/errors.h"
#include "platform/http/address.h"

#include <assert.h>

METRIC_FAMILY(refused_total, .name = "souk_rate_limited_total", .kind = METRIC_COUNTER,
              .doc = "Requests that were refused since their sender had used up a limit, by its "
                     "class (`souk limits`).",
              .labels = {"class"});

enum { MINUTE_S = 60 };

static const LimitClass reads = {
    .name = "reads",
    .doc = "Requests that read, by a user or an address.",
    .window_s = MINUTE_S,
    .setting = "limits.reads_per_minute",
};
static const LimitClass writes = {
    .name = "writes",
    .doc = "Requests that write, by a user or an address.",
    .window_s = MINUTE_S,
    .setting = "limits.writes_per_minute",
};
static const LimitClass key_requests = {
    .name = "key-requests",
    .doc = "Requests with an API key, by the key.",
    .window_s = MINUTE_S,
    .setting = "limits.key_requests_per_minute",
};

const LimitClass *const throttle_classes[] = {&reads, &writes, &key_requests};
const size_t throttle_class_count = ROWS(throttle_classes);

struct Throttle {
    Limiter *limiter;
    ThrottleClass *classes;
    size_t count;
};

/* ---- Classes --------------------------------------------------------------------------------- */

/* A page of a shop asks for a dozen things at once; nobody should wait for the eleventh. A sixth of
 * the quota leaves the steady rate at five sixths of it (limit.c). */
static int64_t burst_of(int64_t quota)
{
    enum { ALWAYS = 20, PART = 6 };
    int64_t burst = quota / PART > ALWAYS ? quota / PART : ALWAYS;
    return burst < quota ? burst : quota;
}

static void add_class(Throttle *throttle, const LimitClass *row, int64_t quota)
{
    ThrottleClass *class = &throttle->classes[throttle->count++];
    *class = (ThrottleClass){.rule = *row, .row = row};
    class->refused = metric_series(&refused_total, row->name);
    if (!row->setting) return;
    class->rule.quota = quota;
    class->rule.burst = burst_of(quota);
}

Throttle *throttle_new(Arena *arena, Limiter *limiter, const ThrottleQuotas *quotas,
                       const Module *const *modules, size_t count)
{
    size_t most = throttle_class_count;
    for (size_t i = 0; i < count; i++) most += modules[i]->limit_count;
    Throttle *throttle = NEW(arena, Throttle);
    *throttle = (Throttle){.limiter = limiter, .classes = NEW_N(arena, ThrottleClass, most)};
    add_class(throttle, &reads, quotas->reads);
    add_class(throttle, &writes, quotas->writes);
    add_class(throttle, &key_requests, quotas->key_requests);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < modules[i]->limit_count; k++)
            add_class(throttle, modules[i]->limits[k], 0);
    return throttle;
}

/* NULL: it is not limited. */
static const ThrottleClass *in_force(const Throttle *throttle, const LimitClass *row)
{
    for (size_t i = 0; i < throttle->count; i++)
        if (throttle->classes[i].row == row)
            return throttle->classes[i].rule.quota ? &throttle->classes[i] : NULL;
    assert(!row); /* it is in no module's table */
    return NULL;
}

const LimitClass *route_limit(const Route *route)
{
    if (route->limit) return route->limit;
    if (route->tx == TX_NONE) return NULL;
    return route->method == METHOD_GET ? &reads : &writes;
}

ThrottleRoute throttle_route(const Throttle *throttle, const Route *route)
{
    if (!route_limit(route)) return (ThrottleRoute){0};
    const ThrottleClass *others = in_force(throttle, route_limit(route));
    return (ThrottleRoute){.others = others,
                           .keys = route->limit ? others : in_force(throttle, &key_requests)};
}

/* ---- Taking ---------------------------------------------------------------------------------- */

static int64_t seconds_up(int64_t us)
{
    return (us + 999999) / 1000000;
}

/* Nobody can wait for what is more than a burst: it takes the whole of it. */
static int64_t cost_within(const ThrottleClass *class, int64_t cost)
{
    return cost < class->rule.burst ? cost : class->rule.burst;
}

static Reply too_many(Request *rq, const LimitNote *note)
{
    return fail(rq, &error_rate_limited, "The limit \"%s\" admits the next one in %lld seconds.",
                note->class->rule.name, (long long)seconds_up(note->verdict.retry_us));
}

static LimitNote *note_of(struct LimitNotes *notes, const ThrottleClass *class, uint64_t subject)
{
    for (int i = 0; i < notes->n; i++)
        if (notes->items[i].class == class && notes->items[i].subject == subject)
            return &notes->items[i];
    return NULL;
}

static LimitNote *note_add(struct LimitNotes *notes, const ThrottleClass *class, uint64_t subject)
{
    assert(notes->n < LIMIT_NOTES_MAX);
    LimitNote *note = &notes->items[notes->n++];
    *note = (LimitNote){.class = class, .subject = subject};
    return note;
}

static Reply answer_of(Request *rq, const LimitNote *note)
{
    return note->verdict.admitted ? (Reply){0} : too_many(rq, note);
}

static Reply take(Request *rq, const ThrottleClass *class, Str subject, int64_t cost)
{
    struct LimitNotes *notes = rq->limits;
    uint64_t hash = hash_fast(subject);
    LimitNote *note = note_of(notes, class, hash);
    if (note) return answer_of(rq, note);
    note = note_add(notes, class, hash);
    note->verdict = limit_take(notes->throttle->limiter, &class->rule, subject,
                               cost_within(class, cost), monotonic_us());
    if (!note->verdict.admitted) metric_add(class->refused, 1);
    return answer_of(rq, note);
}

Reply request_take(Request *rq, const LimitClass *row, Str subject, int64_t cost)
{
    if (!rq->limits) return (Reply){0};
    const ThrottleClass *class = in_force(rq->limits->throttle, row);
    return class ? take(rq, class, subject, cost) : (Reply){0};
}

Reply request_look(Request *rq, const LimitClass *row, Str subject)
{
    if (!rq->limits) return (Reply){0};
    const ThrottleClass *class = in_force(rq->limits->throttle, row);
    if (!class) return (Reply){0};
    LimitVerdict verdict =
        limit_look(rq->limits->throttle->limiter, &class->rule, subject, 1, monotonic_us());
    if (verdict.admitted) return (Reply){0};
    LimitNote *note = note_of(rq->limits, class, hash_fast(subject));
    if (!note) note = note_add(rq->limits, class, hash_fast(subject));
    note->verdict = verdict;
    metric_add(class->refused, 1);
    return too_many(rq, note);
}

/* ---- By the route ---------------------------------------------------------------------------- */

/* Ids are told apart from addresses by their length. */
typedef struct Subject {
    char bytes[sizeof(NetAddress)];
    size_t n;
} Subject;

static bool is_key(const Actor *actor)
{
    return actor->id.n && strcmp(actor->prefix, "key") == 0;
}

/* A key without permissions stands in a page for everybody to read: it tells nobody apart. */
static Str subject_of(const Request *rq, Subject *room)
{
    const Actor *actor = &rq->cx->actor;
    NetAddress client = address_client(rq->http->client);
    bool known = actor->id.n && (!is_key(actor) || actor_is_staff(actor));
    room->n = known ? sizeof actor->id.n : sizeof client;
    memcpy(room->bytes, known ? (const void *)&actor->id.n : &client, room->n);
    return (Str){room->bytes, room->n};
}

static bool by_key(const Request *rq)
{
    return is_key(&rq->cx->actor) && actor_is_staff(&rq->cx->actor);
}

static int64_t cost_of(const Route *route)
{
    return route->cost ? route->cost : 1;
}

Reply throttle_admit(Request *rq, Throttle *throttle, const ThrottleRoute *route)
{
    Subject room;
    if (!rq->limits) {
        rq->limits = NEW(rq->cx->arena, struct LimitNotes);
        rq->limits->throttle = throttle;
    }
    const ThrottleClass *class = by_key(rq) ? route->keys : route->others;
    if (!class || rq->limits->of_route) return (Reply){0};
    rq->limits->of_route = class;
    return take(rq, class, subject_of(rq, &room), cost_of(rq->route));
}

Reply request_take_more(Request *rq, int64_t cost)
{
    const ThrottleClass *class = rq->limits ? rq->limits->of_route : NULL;
    if (!class) return (Reply){0};
    Subject room;
    Str subject = subject_of(rq, &room);
    LimitNote *note = note_of(rq->limits, class, hash_fast(subject));
    int64_t before = cost_within(class, cost_of(rq->route));
    cost = cost_within(class, before + cost) - before;
    if (!note || !cost) return (Reply){0};
    note->verdict =
        limit_take(rq->limits->throttle->limiter, &class->rule, subject, cost, monotonic_us());
    if (!note->verdict.admitted) metric_add(class->refused, 1);
    return answer_of(rq, note);
}

Str request_client(Request *rq)
{
    return address_client_text(rq->cx->arena, rq->http->client);
}

/* ---- What the answer says -------------------------------------------------------------------- */

static void write_policies(Buf *out, const struct LimitNotes *notes)
{
    buf_lit(out, "RateLimit-Policy: ");
    for (int i = 0; i < notes->n; i++) {
        const LimitClass *rule = &notes->items[i].class->rule;
        buf_put(out, i ? S(", \"") : S("\""));
        buf_put(out, str_from(rule->name));
        buf_lit(out, "\";q=");
        buf_int(out, rule->quota);
        buf_lit(out, ";w=");
        buf_int(out, rule->window_s);
    }
    buf_lit(out, "\r\n");
}

static void write_shares(Buf *out, const struct LimitNotes *notes)
{
    buf_lit(out, "RateLimit: ");
    for (int i = 0; i < notes->n; i++) {
        const LimitNote *note = &notes->items[i];
        buf_put(out, i ? S(", \"") : S("\""));
        buf_put(out, str_from(note->class->rule.name));
        buf_lit(out, "\";r=");
        buf_int(out, note->verdict.remaining);
        buf_lit(out, ";t=");
        buf_int(out, seconds_up(note->verdict.reset_us));
    }
    buf_lit(out, "\r\n");
}

void throttle_write(Buf *out, const struct LimitNotes *notes)
{
    if (!notes || !notes->n) return;
    int64_t wait_us = 0;
    for (int i = 0; i < notes->n; i++)
        if (notes->items[i].verdict.retry_us > wait_us) wait_us = notes->items[i].verdict.retry_us;
    write_policies(out, notes);
    write_shares(out, notes);
    if (!wait_us) return;
    buf_lit(out, "Retry-After: ");
    buf_int(out, seconds_up(wait_us));
    buf_lit(out, "\r\n");
}
