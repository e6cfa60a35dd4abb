#include "platform/api/test_things.h"

#include "platform/api/errors.h"
#include "platform/telemetry/fault.h"

/* ---- A module ------------------------------------------------------------------------ */

_Atomic int things_reads;
_Atomic int things_failures;
_Atomic int64_t things_now_us;

static Time invented_now(void *state)
{
    (void)state;
    return (Time){atomic_load(&things_now_us)};
}
static const Clock invented_clock = {invented_now, NULL};

typedef struct Thing {
    Id id;
    Str name;
} Thing;

static const Type thing_type = TYPE(Thing, "A thing.", FIELD(Thing, id, "", .prefix = "thing"),
                                    FIELD(Thing, name, "Its name.", .required = true));

typedef struct View {
    int64_t pad; /* so many letters more */
    Str tint;
    int64_t limit;
    Str cursor;
} View;

static const Type view_type = TYPE(
    View, "", FIELD(View, pad, "", .min = 0, .max = 1000000), FIELD(View, tint, "", .max = 2000),
    FIELD(View, limit, "", .min = 1, .initial = "20"), FIELD(View, cursor, ""));

static bool fails_now(void)
{
    atomic_fetch_add(&things_reads, 1);
    if (atomic_load(&things_failures) == 0) return false;
    atomic_fetch_sub(&things_failures, 1);
    return true;
}

static Str name_of(Request *rq)
{
    return db_text(rq->cx, (Str){0}, "select name from things where id = $1", rq->id);
}

static Reply show(Request *rq)
{
    const View *view = rq->query;
    if (fails_now()) return refuse((Verdict){&error_unavailable, {0}});
    Str name = name_of(rq);
    cache_depends(rq, "thing", rq->id);
    if (!name.n) return not_found(rq, "thing");
    char *pad = arena_alloc(rq->cx->arena, (size_t)view->pad, 1);
    memset(pad, 'x', (size_t)view->pad);
    return with_version(ok_json(str_format(rq->cx->arena, "{\"name\":\"%.*s\",\"pad\":\"%.*s\"}",
                                           STR_ARG(name), (int)view->pad, pad)),
                        7);
}
HANDLER_PLAIN(show)

static Reply list(Request *rq)
{
    const View *view = rq->query;
    if (fails_now()) return refuse((Verdict){&error_unavailable, {0}});
    cache_depends(rq, "thing", (Id){0});
    int64_t count = db_int(rq->cx, 0, "select count(*) from things");
    Str next = view->limit < count ? S("bmV4dA") : (Str){0};
    return ok_list_json(str_format(rq->cx->arena, "%lld", (long long)count), next);
}
HANDLER_PLAIN(list)

static Reply show_exact(Request *rq)
{
    fails_now();
    cache_depends(rq, "thing", rq->id);
    cache_never(rq);
    return ok_json(S("{\"stock\":3}"));
}
HANDLER_PLAIN(show_exact)

static Reply show_unsaid(Request *rq)
{
    (void)rq;
    fails_now();
    return ok_json(S("{\"of\":\"what?\"}"));
}
HANDLER_PLAIN(show_unsaid)

/* A price that holds for ten seconds. */
static Reply show_price(Request *rq)
{
    fails_now();
    cache_expires(rq, (Time){ctx_now(rq->cx).us + 10000000});
    return ok_json(S("{\"price\":100}"));
}
HANDLER_PLAIN(show_price)

static void bump(void *arg)
{
    cache_bump("thing", *(const Id *)arg);
}

static Reply put(Request *rq, const Thing *in)
{
    db_exec(rq->cx, "delete from things where id = $1", rq->id);
    db_exec(rq->cx, "insert into things (id, name) values ($1, $2)", rq->id, in->name);
    ctx_after_commit(rq->cx, bump, &rq->id);
    return no_content();
}
HANDLER(put, Thing)

static const Error *identify(Ctx *cx, const Credential *credential, uint64_t moment)
{
    (void)moment;
    if (!str_eq(credential->token, S("good"))) return &error_unauthenticated;
    cx->actor = (Actor){.id = {1}, .prefix = "key", .permissions = permission_set_all()};
    return NULL;
}

#define CACHED .tx = TX_READ, .cached = true
static const Route routes[] = {
    ROUTE(GET, "/things/{id:thing}", show, "Shows.", CACHED, .query = &view_type),
    ROUTE(GET, "/things", list, "Lists.", CACHED, .query = &view_type, .list = true),
    ROUTE(GET, "/exact/{id:thing}", show_exact, "Counts.", CACHED),
    ROUTE(GET, "/unsaid", show_unsaid, "Says nothing.", CACHED),
    ROUTE(GET, "/price", show_price, "Ends.", CACHED),
    ROUTE(PUT, "/things/{id:thing}", put, "Puts.", .tx = TX_WRITE, .body = &thing_type),
};
static const Permission things_see = {"things:see", "See more than others.", .roles = ""};
static const Permission *const permissions[] = {&things_see};
static const Module module = {.name = "things",
                              .doc = "Things.",
                              MODULE_ROWS(routes, route),
                              MODULE_ROWS(permissions, permission)};
static const Module *const modules[] = {&module};

/* ---- A server ------------------------------------------------------------------------ */

const ThingsOptions things_usual = {.cache_bytes = 16 << 20, .slow_us = INT64_MAX};

const ThingsEncoding things_encodings[THINGS_ENCODINGS] = {
    {"", "(none)", "\""},
    {"Accept-Encoding: gzip\r\n", "gzip", "-gz\""},
    {"Accept-Encoding: br\r\n", "br", "-br\""},
    {"Accept-Encoding: zstd\r\n", "zstd", "-zs\""}};

Things *things_open(World *w, ThingsOptions options)
{
    static Things things;
    world_schema(w, "create table things (id ID primary key, name TEXT not null);");
    things = (Things){.w = w, .arena = w->arena};
    atomic_store(&things_reads, 0);
    atomic_store(&things_failures, 0);
    atomic_store(&things_now_us, INT64_C(1800000000000000));
    CacheOptions cache = {options.cache_bytes, .ttl_us = 3600000000, .slow_us = options.slow_us};
    things.cache = options.cache_bytes ? cache_new(&cache) : NULL;
    ApiOptions api_options = {.db = w->db,
                              .modules = modules,
                              .module_count = 1,
                              .clock = &invented_clock,
                              .random = &random_system,
                              .ids = &w->ids,
                              .identify = identify,
                              .request_timeout_us = TEST_PATIENCE_US,
                              .cache = things.cache,
                              .cache_max_age_s = options.max_age_s};
    Api *api;
    Str why, detail, host, port;
    assert_true(permissions_gather(w->arena, modules, 1, &why));
    assert_true(api_new(w->arena, &api_options, &api, &why));
    things.app = api_http_app(api);
    HttpOptions http = test_options();
    assert_null(http_start(w->arena, &http, &things.app, &things.server, &detail));
    str_cut(http_address(things.server, w->arena), ':', &host, &port);
    things.at.port = (int)test_number(port);
    return &things;
}

void things_close(Things *things)
{
    assert_true(http_drain(things->server, monotonic_us() + TEST_PATIENCE_US));
    http_free(things->server);
    world_close(things->w); /* its lanes may still be about to let go of the cache */
    if (things->cache) assert_int_equal(cache_totals(things->cache).waiting, 0);
    cache_free(things->cache);
    fault_disarm_all();
}

/* ---- Asking -------------------------------------------------------------------------- */

int things_ask(Things *things, const char *method, const char *target, const char *lines)
{
    int fd = test_connect(&things->at);
    test_send(fd, str_format(things->arena, "%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n", method, target,
                             lines));
    return fd;
}

TestReply things_answer(Things *things, int fd)
{
    TestReply reply = test_read(things->arena, fd, false);
    close(fd);
    return reply;
}

TestReply things_get_with(Things *things, const char *target, const char *lines)
{
    return things_answer(things, things_ask(things, "GET", target, lines));
}

TestReply things_get(Things *things, const char *target)
{
    return things_get_with(things, target, "");
}

Str things_header(const TestReply *reply, const char *name)
{
    Str value = test_header(reply, str_from(name));
    return value.p ? value : S("(none)");
}

void things_assert_status(const TestReply *reply, const char *cache_status)
{
    assert_str_equal(things_header(reply, "Cache-Status"), str_from(cache_status));
}

int things_put_now(Things *things, const char *target, const char *name)
{
    Str body = str_format(things->arena, "{\"name\":\"%s\"}", name);
    int fd = test_connect(&things->at);
    test_send(fd, str_format(things->arena,
                             "PUT %s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                             "Content-Length: %zu\r\n\r\n%.*s",
                             target, body.n, STR_ARG(body)));
    return fd;
}

void things_put(Things *things, const char *target, const char *name)
{
    TestReply reply = things_answer(things, things_put_now(things, target, name));
    assert_int_equal(reply.status, 204);
}

void things_assert_name(const TestReply *reply, const char *name)
{
    char text[64];
    snprintf(text, sizeof text, "{\"name\":\"%s\",", name);
    assert_int_equal(reply->status, 200);
    assert_true(str_starts(reply->body, str_from(text)));
}
