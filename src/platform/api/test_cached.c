/* Answers from memory, over real sockets and on both databases: what is kept and what is not, what
 * the headers say, and the races between those who read and those who write, each of them stopped
 * where it would hurt. */
#include "platform/api/api.h"
#include "platform/api/errors.h"
#include "platform/cache/answers.h"
#include "platform/cache/limits.h"
#include "platform/db/test_world.h"
#include "platform/http/testing.h"
#include "platform/telemetry/fault.h"

#include <poll.h>
#include <sched.h>
#include <stdatomic.h>

/* ---- A module ------------------------------------------------------------------------ */

static _Atomic int reads;    /* how often a handler was asked */
static _Atomic int failures; /* so many of the next reads fail */
static _Atomic int64_t now_us;

static Time invented_now(void *state)
{
    (void)state;
    return (Time){atomic_load(&now_us)};
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
    atomic_fetch_add(&reads, 1);
    if (atomic_load(&failures) == 0) return false;
    atomic_fetch_sub(&failures, 1);
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

typedef struct Shop {
    World *w;
    Arena *arena;
    HttpApp app;
    HttpServer *server;
    Cache *cache;
    TestServer at; /* for the client of http/testing.h */
} Shop;

typedef struct ShopOptions {
    size_t cache_bytes;
    int64_t max_age_s, slow_us;
} ShopOptions;

static const ShopOptions usual = {.cache_bytes = 16 << 20, .slow_us = INT64_MAX};

static Shop *shop_open(World *w, ShopOptions options)
{
    static Shop shop;
    world_schema(w, "create table things (id ID primary key, name TEXT not null);");
    shop = (Shop){.w = w, .arena = w->arena};
    atomic_store(&reads, 0);
    atomic_store(&failures, 0);
    atomic_store(&now_us, INT64_C(1800000000000000));
    CacheOptions cache = {options.cache_bytes, .ttl_us = 3600000000, .slow_us = options.slow_us};
    shop.cache = options.cache_bytes ? cache_new(&cache) : NULL;
    ApiOptions api_options = {.db = w->db,
                              .modules = modules,
                              .module_count = 1,
                              .clock = &invented_clock,
                              .random = &random_system,
                              .ids = &w->ids,
                              .identify = identify,
                              .request_timeout_us = TEST_PATIENCE_US,
                              .cache = shop.cache,
                              .cache_max_age_s = options.max_age_s};
    Api *api;
    Str why, detail, host, port;
    assert_true(permissions_gather(w->arena, modules, 1, &why));
    assert_true(api_new(w->arena, &api_options, &api, &why));
    shop.app = api_http_app(api);
    HttpOptions http = test_options();
    assert_null(http_start(w->arena, &http, &shop.app, &shop.server, &detail));
    str_cut(http_address(shop.server, w->arena), ':', &host, &port);
    shop.at.port = (int)test_number(port);
    return &shop;
}

static void shop_close(Shop *shop)
{
    assert_true(http_drain(shop->server, monotonic_us() + TEST_PATIENCE_US));
    http_free(shop->server);
    world_close(shop->w); /* its lanes may still be about to let go of the cache */
    if (shop->cache) assert_int_equal(cache_totals(shop->cache).waiting, 0);
    cache_free(shop->cache);
    fault_disarm_all();
}

/* ---- Asking -------------------------------------------------------------------------- */

/* The request is on its way when this returns. */
static int ask_now(Shop *shop, const char *method, const char *target, const char *lines)
{
    int fd = test_connect(&shop->at);
    test_send(
        fd, str_format(shop->arena, "%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n", method, target, lines));
    return fd;
}

static TestReply answer_of(Shop *shop, int fd)
{
    TestReply reply = test_read(shop->arena, fd, false);
    close(fd);
    return reply;
}

static TestReply get_with(Shop *shop, const char *target, const char *lines)
{
    return answer_of(shop, ask_now(shop, "GET", target, lines));
}

static TestReply get(Shop *shop, const char *target)
{
    return get_with(shop, target, "");
}

static Str header(const TestReply *reply, const char *name)
{
    Str value = test_header(reply, str_from(name));
    return value.p ? value : S("(none)");
}

static void assert_status(const TestReply *reply, const char *cache_status)
{
    assert_str_equal(header(reply, "Cache-Status"), str_from(cache_status));
}

#define ONE   "/things/thing_0000000000001"
#define TWO   "/things/thing_0000000000002"
#define EXACT "/exact/thing_0000000000001"

static int put_now(Shop *shop, const char *target, const char *name)
{
    Str body = str_format(shop->arena, "{\"name\":\"%s\"}", name);
    int fd = test_connect(&shop->at);
    test_send(fd, str_format(shop->arena,
                             "PUT %s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                             "Content-Length: %zu\r\n\r\n%.*s",
                             target, body.n, STR_ARG(body)));
    return fd;
}

static void put_name(Shop *shop, const char *target, const char *name)
{
    TestReply reply = answer_of(shop, put_now(shop, target, name));
    assert_int_equal(reply.status, 204);
}

static void assert_name(const TestReply *reply, const char *name)
{
    char text[64];
    snprintf(text, sizeof text, "{\"name\":\"%s\",", name);
    assert_int_equal(reply->status, 200);
    assert_true(str_starts(reply->body, str_from(text)));
}

/* ---- Hits ---------------------------------------------------------------------------- */

static void test_hit(void **state)
{
    Shop *shop = shop_open(world_of(state), usual);
    put_name(shop, ONE, "tea");
    TestReply miss = get(shop, ONE);
    atomic_fetch_add(&now_us, 2500000);
    TestReply hit = get(shop, ONE);
    assert_name(&miss, "tea");
    assert_status(&miss, "souk; fwd=miss; stored");
    assert_status(&hit, "souk; hit");
    assert_int_equal(atomic_load(&reads), 1);
    assert_str_equal(hit.body, miss.body);
    static const char *const same[] = {"ETag", "Content-Type", "Cache-Control", "Vary"};
    for (size_t i = 0; i < ROWS(same); i++)
        assert_str_equal(header(&hit, same[i]), header(&miss, same[i]));
    assert_str_equal(header(&hit, "Cache-Control"), S("public, max-age=0, must-revalidate"));
    assert_str_equal(header(&hit, "Vary"), S("Authorization, Cookie"));
    assert_str_equal(header(&hit, "Age"), S("2"));
    assert_str_equal(header(&miss, "Age"), S("(none)"));
    assert_true(str_starts(header(&hit, "X-Request-Id"), S("req_")));
    assert_false(str_eq(header(&hit, "X-Request-Id"), header(&miss, "X-Request-Id")));
    shop_close(shop);
}

/* Each of them means the same, in another order or spelling; the last one does not. */
static void test_one_question_one_entry(void **state)
{
    Shop *shop = shop_open(world_of(state), usual);
    put_name(shop, ONE, "tea");
    static const char *const same[] = {ONE "?pad=3&tint=r%26d",
                                       ONE "?tint=r%26d&pad=3",
                                       ONE "?tint=%72%26d&pad=3&limit=20",
                                       ONE "?limit=20&&pad=3&tint=r%26d",
                                       ONE "?cursor=&pad=3&tint=r%26d",
                                       "/things/thing_%30000000000001?pad=3&tint=r%26d"};
    for (size_t i = 0; i < ROWS(same); i++) {
        TestReply reply = get(shop, same[i]);
        assert_name(&reply, "tea");
    }
    assert_int_equal(atomic_load(&reads), 1);
    get(shop, ONE "?pad=3&tint=red");
    get(shop, ONE);
    get(shop, TWO "?pad=3&tint=r%26d");
    assert_int_equal(atomic_load(&reads), 4);
    shop_close(shop);
}

/* Refused on the loop, with the same words as ever. */
static void test_wrong_questions_are_refused(void **state)
{
    Shop *shop = shop_open(world_of(state), usual);
    static const char *const wrong[] = {ONE "?pad=x", ONE "?colour=red", EXACT "?pad=1"};
    for (size_t i = 0; i < ROWS(wrong); i++) {
        TestReply reply = get(shop, wrong[i]);
        assert_int_equal(reply.status, 422);
        assert_str_equal(header(&reply, "Cache-Control"), S("no-store"));
    }
    assert_int_equal(atomic_load(&reads), 0);
    shop_close(shop);
}

static void test_head_and_get_are_one_question(void **state)
{
    Shop *shop = shop_open(world_of(state), usual);
    put_name(shop, ONE, "tea");
    for (int i = 0; i < 2; i++) {
        int fd = ask_now(shop, "HEAD", ONE, "");
        TestReply head = test_read(shop->arena, fd, true);
        close(fd);
        TestReply whole = get(shop, ONE);
        assert_int_equal(head.status, 200);
        assert_str_equal(header(&head, "ETag"), header(&whole, "ETag"));
        assert_str_equal(header(&head, "Content-Length"), header(&whole, "Content-Length"));
        assert_status(&head, i ? "souk; hit" : "souk; fwd=miss; stored");
        assert_status(&whole, "souk; hit");
    }
    assert_int_equal(atomic_load(&reads), 1);
    shop_close(shop);
}

static const struct {
    const char *accept, *encoding, *tag;
} encodings[] = {{"", "(none)", "\""},
                 {"Accept-Encoding: gzip\r\n", "gzip", "-gz\""},
                 {"Accept-Encoding: br\r\n", "br", "-br\""},
                 {"Accept-Encoding: zstd\r\n", "zstd", "-zs\""}};

/* One answer is kept, in whatever forms it is asked for; each has its own tag, and each tag is known
 * again, also when the answer has to be unpacked first. */
static void test_encodings(void **state)
{
    Shop *shop = shop_open(world_of(state), usual);
    put_name(shop, ONE, "tea");
    Str sizes[ROWS(encodings)];
    for (int round = 0; round < 5; round++)
        for (size_t i = 0; i < ROWS(encodings); i++) {
            TestReply reply = get_with(shop, ONE "?pad=5000", encodings[i].accept);
            assert_int_equal(reply.status, 200);
            assert_str_equal(header(&reply, "Content-Encoding"), str_from(encodings[i].encoding));
            assert_true(str_ends(header(&reply, "ETag"), str_from(encodings[i].tag)));
            assert_true(str_starts(header(&reply, "ETag"), S("\"v7.")));
            assert_str_equal(header(&reply, "Vary"), S("Accept-Encoding"));
            if (round == 0) sizes[i] = header(&reply, "Content-Length");
            assert_str_equal(header(&reply, "Content-Length"), sizes[i]);
            char *lines = str_z(shop->arena,
                                str_format(shop->arena, "%sIf-None-Match: %.*s\r\n",
                                           encodings[i].accept, STR_ARG(header(&reply, "ETag"))));
            TestReply known = get_with(shop, ONE "?pad=5000", lines);
            assert_int_equal(known.status, 304);
            assert_str_equal(header(&known, "ETag"), header(&reply, "ETag"));
            assert_str_equal(header(&known, "Cache-Control"), header(&reply, "Cache-Control"));
            assert_status(&known, "souk; hit");
        }
    assert_int_equal(atomic_load(&reads), 1);
    assert_int_equal(cache_totals(shop->cache).entries, 1);
    shop_close(shop);
}

/* Long enough to be unpacked in a lane. */
static void test_long_answers(void **state)
{
    Shop *shop = shop_open(world_of(state), usual);
    put_name(shop, ONE, "tea");
    TestReply first = get(shop, ONE "?pad=900000");
    for (int i = 0; i < 4; i++) {
        TestReply again = get(shop, ONE "?pad=900000");
        assert_status(&again, "souk; hit");
        assert_str_equal(again.body, first.body);
    }
    assert_int_equal(atomic_load(&reads), 1);
    shop_close(shop);
}

/* The link to the next page is made of what the parameters mean, not of how they were written. */
static void test_links_are_kept(void **state)
{
    Shop *shop = shop_open(world_of(state), usual);
    put_name(shop, ONE, "tea");
    put_name(shop, TWO, "oil");
    TestReply miss = get(shop, "/things?limi%74=1&tint=a+b&");
    TestReply hit = get(shop, "/things?tint=a%20b&limit=1");
    assert_str_equal(header(&miss, "Link"),
                     S("</things?tint=a%20b&limit=1&cursor=bmV4dA>; rel=\"next\""));
    assert_str_equal(header(&hit, "Link"), header(&miss, "Link"));
    assert_status(&hit, "souk; hit");
    shop_close(shop);
}

/* ---- What is not from memory --------------------------------------------------------- */

static void test_authorization_goes_past(void **state)
{
    Shop *shop = shop_open(world_of(state), usual);
    put_name(shop, ONE, "tea");
    get(shop, ONE);
    for (int i = 0; i < 2; i++) {
        TestReply reply = get_with(shop, ONE, "Authorization: Bearer good\r\n");
        assert_name(&reply, "tea");
        assert_status(&reply, "souk; fwd=bypass");
        assert_str_equal(header(&reply, "Cache-Control"), S("no-store"));
        assert_str_equal(header(&reply, "Age"), S("(none)"));
    }
    assert_int_equal(atomic_load(&reads), 3);
    assert_int_equal(get_with(shop, ONE, "Authorization: Bearer bad\r\n").status, 401);
    shop_close(shop);
}

static void test_refusals_are_not_kept(void **state)
{
    Shop *shop = shop_open(world_of(state), usual);
    for (int i = 1; i <= 2; i++) {
        TestReply reply = get(shop, ONE);
        assert_int_equal(reply.status, 404);
        assert_status(&reply, "souk; fwd=miss");
        assert_str_equal(header(&reply, "Cache-Control"), S("no-store"));
        assert_int_equal(atomic_load(&reads), i);
    }
    put_name(shop, ONE, "tea");
    TestReply reply = get(shop, ONE);
    assert_name(&reply, "tea");
    shop_close(shop);
}

static void test_failures_are_not_kept(void **state)
{
    Shop *shop = shop_open(world_of(state), usual);
    put_name(shop, ONE, "tea");
    atomic_store(&failures, 1);
    assert_int_equal(get(shop, ONE).status, 503);
    TestReply reply = get(shop, ONE);
    assert_name(&reply, "tea");
    shop_close(shop);
}

static void test_what_must_not_be_kept_is_not(void **state)
{
    Shop *shop =
        shop_open(world_of(state),
                  (ShopOptions){.cache_bytes = 16 << 20, .slow_us = INT64_MAX, .max_age_s = 60});
    static const char *const targets[] = {EXACT, "/unsaid"};
    for (size_t i = 0; i < ROWS(targets); i++)
        for (int round = 1; round <= 2; round++) {
            TestReply reply = get(shop, targets[i]);
            assert_int_equal(reply.status, 200);
            assert_status(&reply, "souk; fwd=miss");
            assert_str_equal(header(&reply, "Cache-Control"),
                             S("public, max-age=0, must-revalidate"));
            assert_int_equal(atomic_load(&reads), (int)i * 2 + round);
        }
    shop_close(shop);
}

static void test_long_questions_go_past(void **state)
{
    Shop *shop = shop_open(world_of(state), usual);
    put_name(shop, ONE, "tea");
    char *word = arena_alloc(shop->arena, CACHE_KEY_MAX + 1, 1);
    memset(word, 'w', CACHE_KEY_MAX);
    word[CACHE_KEY_MAX] = '\0';
    char *target = str_z(shop->arena, str_format(shop->arena, ONE "?tint=%s", word));
    for (int i = 1; i <= 2; i++) {
        TestReply reply = get(shop, target);
        assert_name(&reply, "tea");
        assert_status(&reply, "souk; fwd=bypass");
        assert_int_equal(atomic_load(&reads), i);
    }
    shop_close(shop);
}

static void test_without_a_cache(void **state)
{
    Shop *shop = shop_open(world_of(state), (ShopOptions){.cache_bytes = 0});
    put_name(shop, ONE, "tea");
    for (int i = 1; i <= 2; i++) {
        TestReply reply = get(shop, ONE);
        assert_name(&reply, "tea");
        assert_status(&reply, "(none)");
        assert_str_equal(header(&reply, "Cache-Control"), S("public, max-age=0, must-revalidate"));
        assert_str_equal(header(&reply, "Vary"), S("Authorization, Cookie"));
        assert_int_equal(atomic_load(&reads), i);
    }
    shop_close(shop);
}

/* ---- Ends ---------------------------------------------------------------------------- */

static void test_a_change_ends_it(void **state)
{
    Shop *shop = shop_open(world_of(state), usual);
    put_name(shop, ONE, "tea");
    put_name(shop, TWO, "oil");
    get(shop, ONE);
    get(shop, TWO);
    get(shop, "/things");
    put_name(shop, ONE, "green tea");
    TestReply one = get(shop, ONE), two = get(shop, TWO), all = get(shop, "/things");
    assert_name(&one, "green tea");
    assert_status(&one, "souk; fwd=stale; stored");
    assert_status(&two, "souk; hit");
    assert_status(&all, "souk; fwd=stale; stored");
    one = get(shop, ONE);
    assert_status(&one, "souk; hit");
    shop_close(shop);
}

static void test_time_ends_it(void **state)
{
    Shop *shop =
        shop_open(world_of(state),
                  (ShopOptions){.cache_bytes = 16 << 20, .slow_us = INT64_MAX, .max_age_s = 60});
    TestReply first = get(shop, "/price");
    assert_str_equal(header(&first, "Cache-Control"), S("public, max-age=10, must-revalidate"));
    atomic_fetch_add(&now_us, 4000000);
    TestReply hit = get(shop, "/price");
    assert_status(&hit, "souk; hit");
    assert_str_equal(header(&hit, "Age"), S("4"));
    assert_str_equal(header(&hit, "Cache-Control"), S("public, max-age=10, must-revalidate"));
    atomic_fetch_add(&now_us, 5999999);
    hit = get(shop, "/price");
    assert_status(&hit, "souk; hit");
    atomic_fetch_add(&now_us, 1);
    TestReply late = get(shop, "/price");
    assert_status(&late, "souk; fwd=stale; stored");
    put_name(shop, ONE, "tea");
    TestReply kept = get(shop, ONE);
    assert_str_equal(header(&kept, "Cache-Control"), S("public, max-age=60, must-revalidate"));
    atomic_fetch_add(&now_us, 5000000);
    kept = get(shop, ONE);
    assert_str_equal(header(&kept, "Cache-Control"), S("public, max-age=65, must-revalidate"));
    atomic_fetch_add(&now_us, 3600000000);
    kept = get(shop, ONE);
    assert_status(&kept, "souk; fwd=stale; stored");
    shop_close(shop);
}

/* ---- Races --------------------------------------------------------------------------- */

/* A place where the N-th passer-by is held. */
typedef struct Stop {
    char file[300];
} Stop;

static Stop stop_at(World *w, const char *point, int pass)
{
    static int number;
    Stop stop;
    Str why;
    const char *parent = getenv("SOUK_TEST_DIR");
    snprintf(stop.file, sizeof stop.file, "%s/souk-stop-%d-%d", parent ? parent : "/tmp",
             (int)getpid(), number++);
    assert_true(
        fault_arm(w->arena, str_format(w->arena, "%s=stop:%s@%d", point, stop.file, pass), &why));
    return stop;
}

static void wait_until_held(const Stop *stop)
{
    while (access(stop->file, F_OK) != 0) sched_yield();
}

static void let_go(const Stop *stop)
{
    assert_int_equal(unlink(stop->file), 0);
}

static void wait_for_waiters(Shop *shop, int count)
{
    while (cache_totals(shop->cache).waiting != count) sched_yield();
}

/* The reader's moment is taken; the change comes before its snapshot. It may see it, and must not
 * keep anything older. */
static void test_change_before_the_snapshot(void **state)
{
    Shop *shop = shop_open(world_of(state), usual);
    put_name(shop, ONE, "tea");
    Stop reader = stop_at(shop->w, "cache.read.before", 1);
    int fd = ask_now(shop, "GET", ONE, "");
    wait_until_held(&reader);
    put_name(shop, ONE, "coffee");
    let_go(&reader);
    TestReply first = answer_of(shop, fd), second = get(shop, ONE);
    assert_name(&first, "coffee");
    assert_name(&second, "coffee");
    shop_close(shop);
}

/* The classic: read, then changed and told, and only then kept. */
static void test_change_before_the_landing(void **state)
{
    Shop *shop = shop_open(world_of(state), usual);
    put_name(shop, ONE, "tea");
    Stop reader = stop_at(shop->w, "cache.land.before", 1);
    int fd = ask_now(shop, "GET", ONE, "");
    wait_until_held(&reader);
    put_name(shop, ONE, "coffee");
    let_go(&reader);
    TestReply first = answer_of(shop, fd), second = get(shop, ONE);
    assert_name(&first, "tea"); /* read while the change was made: both orders are true */
    assert_status(&first, "souk; fwd=miss");
    assert_name(&second, "coffee");
    shop_close(shop);
}

/* The change is committed, but its writer not answered: the old answer may still be given, and is
 * not given any more once the writer has its answer. */
static void change_is_told(void **state, const char *point)
{
    Shop *shop = shop_open(world_of(state), usual);
    put_name(shop, ONE, "tea");
    get(shop, ONE);
    Stop writer = stop_at(shop->w, point, 1);
    int fd = put_now(shop, ONE, "coffee");
    wait_until_held(&writer);
    TestReply meanwhile = get(shop, ONE);
    assert_name(&meanwhile, "tea");
    assert_status(&meanwhile, "souk; hit");
    let_go(&writer);
    assert_int_equal(answer_of(shop, fd).status, 204);
    TestReply after = get(shop, ONE);
    assert_name(&after, "coffee");
    shop_close(shop);
}

static void test_told_after_the_commit(void **state)
{
    change_is_told(state, "db.commit.after");
}

static void test_told_before_the_answer(void **state)
{
    change_is_told(state, "cache.bump.between");
}

/* Committed and not told: who reads now reads the change, and keeps it with a moment from before. It
 * is the truth, though it will not be known as such when the change is told. */
static void test_read_between_commit_and_telling(void **state)
{
    Shop *shop = shop_open(world_of(state), usual);
    put_name(shop, ONE, "tea");
    Stop writer = stop_at(shop->w, "db.commit.after", 1);
    int fd = put_now(shop, ONE, "coffee");
    wait_until_held(&writer);
    TestReply early = get(shop, ONE);
    assert_name(&early, "coffee");
    let_go(&writer);
    assert_int_equal(answer_of(shop, fd).status, 204);
    TestReply after = get(shop, ONE);
    assert_name(&after, "coffee");
    shop_close(shop);
}

/* Who has begun to wait after a change was told must not be served what was read before it; who
 * waited since before it may. */
static void test_waiters_on_both_sides_of_a_change(void **state)
{
    Shop *shop = shop_open(world_of(state), usual);
    put_name(shop, ONE, "tea");
    Stop reader = stop_at(shop->w, "cache.land.before", 1);
    int leader = ask_now(shop, "GET", ONE, "");
    wait_until_held(&reader);
    int before = ask_now(shop, "GET", ONE, "");
    wait_for_waiters(shop, 1);
    put_name(shop, ONE, "coffee");
    int after[2];
    for (int i = 0; i < 2; i++) {
        after[i] = ask_now(shop, "GET", ONE, "");
        wait_for_waiters(shop, 2 + i);
    }
    let_go(&reader);
    TestReply led = answer_of(shop, leader), waited = answer_of(shop, before);
    assert_name(&led, "tea");
    assert_name(&waited, "tea");
    assert_status(&waited, "souk; fwd=miss; collapsed");
    TestReply heir = answer_of(shop, after[0]), last = answer_of(shop, after[1]);
    assert_name(&heir, "coffee");
    assert_status(&heir, "souk; fwd=miss; stored");
    assert_name(&last, "coffee");
    assert_status(&last, "souk; fwd=miss; collapsed");
    assert_int_equal(atomic_load(&reads), 2);
    shop_close(shop);
}

/* ---- Flights ------------------------------------------------------------------------- */

enum { CROWD = 60 };

/* Begins the flight with one that is held at the point, and lets the crowd board. */
static Stop gather(Shop *shop, const char *point, const char *target, int fds[CROWD])
{
    Stop stop = stop_at(shop->w, point, 1);
    fds[0] = ask_now(shop, "GET", target, "");
    wait_until_held(&stop);
    for (int i = 1; i < CROWD; i++)
        fds[i] = ask_now(shop, "GET", target, encodings[i % (int)ROWS(encodings)].accept);
    wait_for_waiters(shop, CROWD - 1);
    return stop;
}

static void test_one_read_for_a_crowd(void **state)
{
    Shop *shop = shop_open(world_of(state), usual);
    int fds[CROWD];
    put_name(shop, ONE, "tea");
    Stop stop = gather(shop, "cache.read.before", ONE "?pad=3000", fds);
    let_go(&stop);
    for (int i = 0; i < CROWD; i++) {
        TestReply reply = answer_of(shop, fds[i]);
        assert_int_equal(reply.status, 200);
        assert_status(&reply, i ? "souk; fwd=miss; collapsed" : "souk; fwd=miss; stored");
        assert_str_equal(header(&reply, "Content-Encoding"),
                         str_from(encodings[i % (int)ROWS(encodings)].encoding));
        if (i % (int)ROWS(encodings) == 0) assert_name(&reply, "tea");
    }
    assert_int_equal(atomic_load(&reads), 1);
    shop_close(shop);
}

/* A refusal is everybody's, each with an id of its own. */
static void test_one_refusal_for_a_crowd(void **state)
{
    Shop *shop = shop_open(world_of(state), usual);
    int fds[CROWD];
    Stop stop = gather(shop, "cache.read.before", ONE, fds);
    let_go(&stop);
    for (int i = 0; i < CROWD; i++) {
        TestReply reply = answer_of(shop, fds[i]);
        assert_int_equal(reply.status, 404);
        Str id = header(&reply, "X-Request-Id");
        assert_true(str_find(reply.body, id) < reply.body.n);
    }
    assert_int_equal(atomic_load(&reads), 1);
    shop_close(shop);
}

/* What must not be kept must not be shared either. */
static void test_a_crowd_for_what_is_not_to_be_kept(void **state)
{
    Shop *shop = shop_open(world_of(state), usual);
    int fds[CROWD];
    Stop stop = gather(shop, "cache.read.before", EXACT, fds);
    let_go(&stop);
    for (int i = 0; i < CROWD; i++) {
        TestReply reply = answer_of(shop, fds[i]);
        assert_int_equal(reply.status, 200);
        assert_status(&reply, "souk; fwd=miss");
    }
    assert_int_equal(atomic_load(&reads), CROWD);
    shop_close(shop);
}

static void test_a_failed_leader_is_followed(void **state)
{
    Shop *shop = shop_open(world_of(state), usual);
    int fds[CROWD], failed = 0;
    put_name(shop, ONE, "tea");
    atomic_store(&failures, CACHE_FAILURES_MAX - 1);
    Stop stop = gather(shop, "cache.read.before", ONE, fds);
    let_go(&stop);
    for (int i = 0; i < CROWD; i++) failed += answer_of(shop, fds[i]).status == 503;
    assert_int_equal(failed, CACHE_FAILURES_MAX - 1);
    assert_int_equal(atomic_load(&reads), CACHE_FAILURES_MAX);
    shop_close(shop);
}

/* Nobody waits for a row of failures. */
static void test_after_some_failures_everyone_goes_alone(void **state)
{
    Shop *shop = shop_open(world_of(state), usual);
    int fds[CROWD], failed = 0;
    put_name(shop, ONE, "tea");
    atomic_store(&failures, CACHE_FAILURES_MAX + 5);
    Stop stop = gather(shop, "cache.read.before", ONE, fds);
    let_go(&stop);
    for (int i = 0; i < CROWD; i++) failed += answer_of(shop, fds[i]).status == 503;
    assert_int_equal(failed, CACHE_FAILURES_MAX + 5);
    assert_int_equal(atomic_load(&reads), CROWD);
    shop_close(shop);
}

/* The next who comes leads beside a slow one and serves those who wait. The slow one comes home to
 * an answer that is newer than its own. */
static void test_a_slow_leader_is_overtaken(void **state)
{
    Shop *shop = shop_open(world_of(state), (ShopOptions){.cache_bytes = 16 << 20, .slow_us = -1});
    put_name(shop, ONE, "tea");
    Stop stop = stop_at(shop->w, "cache.land.before", 1);
    int slow = ask_now(shop, "GET", ONE, "");
    wait_until_held(&stop);
    put_name(shop, ONE, "coffee");
    TestReply next = get(shop, ONE);
    assert_name(&next, "coffee");
    assert_status(&next, "souk; fwd=miss; stored");
    let_go(&stop);
    TestReply first = answer_of(shop, slow), last = get(shop, ONE);
    assert_name(&first, "tea");
    assert_name(&last, "coffee");
    assert_status(&last, "souk; hit");
    shop_close(shop);
}

/* ---- Overload ------------------------------------------------------------------------ */

static int first_answered(const int fds[2])
{
    struct pollfd ready[2] = {{fds[0], POLLIN, 0}, {fds[1], POLLIN, 0}};
    assert_int_equal(poll(ready, 2, -1), 1);
    return ready[1].revents != 0;
}

/* The lane is full: the leader is refused, and its flight is over. */
static void test_an_overloaded_leader_leaves_nothing_behind(void **state)
{
    World *w = world_of(state);
    world_close(w);
    w->options.readers = 1;
    w->options.queue_max = 1;
    world_open(w);
    Shop *shop = shop_open(w, usual);
    put_name(shop, ONE, "tea");
    Stop stop = stop_at(w, "cache.read.before", 1);
    int running = ask_now(shop, "GET", ONE "?limit=1", "");
    wait_until_held(&stop);
    int two[2] = {ask_now(shop, "GET", ONE "?limit=2", ""),
                  ask_now(shop, "GET", ONE "?limit=3", "")};
    int refused = first_answered(two);
    const char *target = refused ? ONE "?limit=3" : ONE "?limit=2";
    assert_int_equal(answer_of(shop, two[refused]).status, 503);
    assert_int_equal(get(shop, target).status, 503); /* and does not wait for the first */
    let_go(&stop);
    assert_int_equal(answer_of(shop, running).status, 200);
    assert_int_equal(answer_of(shop, two[!refused]).status, 200);
    TestReply again = get(shop, target);
    assert_name(&again, "tea");
    shop_close(shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_hit),
        ON_BOTH(test_one_question_one_entry),
        ON_SQLITE(test_wrong_questions_are_refused),
        ON_SQLITE(test_head_and_get_are_one_question),
        ON_SQLITE(test_encodings),
        ON_SQLITE(test_long_answers),
        ON_BOTH(test_links_are_kept),
        ON_BOTH(test_authorization_goes_past),
        ON_BOTH(test_refusals_are_not_kept),
        ON_BOTH(test_failures_are_not_kept),
        ON_BOTH(test_what_must_not_be_kept_is_not),
        ON_SQLITE(test_long_questions_go_past),
        ON_BOTH(test_without_a_cache),
        ON_BOTH(test_a_change_ends_it),
        ON_SQLITE(test_time_ends_it),
        ON_BOTH(test_change_before_the_snapshot),
        ON_BOTH(test_change_before_the_landing),
        ON_BOTH(test_told_after_the_commit),
        ON_BOTH(test_told_before_the_answer),
        ON_BOTH(test_read_between_commit_and_telling),
        ON_BOTH(test_waiters_on_both_sides_of_a_change),
        ON_BOTH(test_one_read_for_a_crowd),
        ON_BOTH(test_one_refusal_for_a_crowd),
        ON_BOTH(test_a_crowd_for_what_is_not_to_be_kept),
        ON_BOTH(test_a_failed_leader_is_followed),
        ON_BOTH(test_after_some_failures_everyone_goes_alone),
        ON_BOTH(test_a_slow_leader_is_overtaken),
        ON_BOTH(test_an_overloaded_leader_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
