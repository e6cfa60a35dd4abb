/* Limits over real sockets: who shares a share, what costs how much, what answers say. The classes
 * have windows of a week, so that nothing comes back however long the test is held up. */
#include "platform/api/batch.h"
#include "platform/api/errors.h"
#include "platform/api/test_shop.h"
#include "platform/api/throttle.h"
#include "platform/http/address.h"
#include "platform/telemetry/fault.h"

/* ---- A module ------------------------------------------------------------------------ */

static const LimitClass thrice = {
    .name = "thrice", .doc = "", .quota = 3, .window_s = LIMIT_WINDOW_MAX_S, .burst = 3};
static const LimitClass codes = {
    .name = "codes", .doc = "", .quota = 2, .window_s = LIMIT_WINDOW_MAX_S, .burst = 2};
static const LimitClass misses = {
    .name = "misses", .doc = "", .quota = 2, .window_s = LIMIT_WINDOW_MAX_S, .burst = 2};
static const LimitClass *const limits[] = {&thrice, &codes, &misses};

typedef struct Thing {
    Str name;
} Thing;

static const Type thing_type =
    TYPE(Thing, "A thing.", FIELD(Thing, name, "Its name.", .required = true));

static atomic_int handled;

static Reply show_nothing(Request *rq)
{
    (void)rq;
    return no_content();
}
HANDLER_PLAIN(show_nothing)

static Reply take_thing(Request *rq, const Thing *in)
{
    (void)rq, (void)in;
    atomic_fetch_add(&handled, 1);
    return no_content();
}
HANDLER(take_thing, Thing)

/* Takes of a further class, twice: the second time is told the same. */
static Reply send_code(Request *rq, const Thing *in)
{
    atomic_fetch_add(&handled, 1);
    for (int i = 0; i < 2; i++) {
        Reply refused = request_take(rq, &codes, in->name, 1);
        if (refused.status) return refused;
    }
    return no_content();
}
HANDLER(send_code, Thing)

/* Counts what has failed only. */
static Reply guess(Request *rq, const Thing *in)
{
    Reply refused = request_look(rq, &misses, S("all"));
    if (refused.status) return refused;
    if (str_eq(in->name, S("right"))) return no_content();
    request_take(rq, &misses, S("all"), 1);
    return refuse((Verdict){&error_conflict, S("It is wrong.")});
}
HANDLER(guess, Thing)

static const Permission things_write = {"limited:write", "Change things.", .roles = ""};
static const Permission *const permissions[] = {&things_write};

static const Route routes[] = {
    ROUTE(GET, "/shared", show_nothing, "", .tx = TX_READ, .limit = &thrice),
    ROUTE(POST, "/shared", take_thing, "", .tx = TX_WRITE, .limit = &thrice, .body = &thing_type),
    ROUTE(GET, "/double", show_nothing, "", .tx = TX_READ, .limit = &thrice, .cost = 2),
    ROUTE(GET, "/guarded", show_nothing, "", .tx = TX_READ, .limit = &thrice,
          .needs = &things_write),
    ROUTE(GET, "/loop", show_nothing, "", .limit = &thrice),
    ROUTE(GET, "/health", show_nothing, ""),
    ROUTE(GET, "/read", show_nothing, "", .tx = TX_READ),
    ROUTE(POST, "/v1/code", send_code, "", .tx = TX_WRITE, .body = &thing_type),
    ROUTE(POST, "/guess", guess, "", .tx = TX_WRITE, .body = &thing_type),
};
static const Module module = {.name = "limited",
                              .doc = "Limited.",
                              MODULE_ROWS(routes, route),
                              MODULE_ROWS(permissions, permission),
                              MODULE_ROWS(limits, limit)};
static const Module *const modules[] = {&module, &batch_module};

/* "s…" are secret keys, "p…" public ones, "u…" users; the second letter is the id. */
static const Error *identify(Ctx *cx, const Credential *credential, uint64_t moment)
{
    (void)moment;
    Str token = credential->token;
    if (token.n != 2) return &error_unauthenticated;
    cx->actor = (Actor){.id = {token.p[1]}, .prefix = token.p[0] == 'u' ? "user" : "key"};
    if (token.p[0] == 's') cx->actor.permissions = permission_set_all();
    return NULL;
}

/* ---- A server ------------------------------------------------------------------------ */

static Shop *open_shop(World *w, ThrottleQuotas quotas)
{
    static Shop shop;
    static Str proxies[1];
    proxies[0] = S("127.0.0.1");
    shop = (Shop){.limiter = limiter_new(1024, &random_system),
                  .quotas = quotas,
                  .trusted_proxies = {proxies, 1}};
    shop_open_for(w, &shop, modules, ROWS(modules), identify);
    return &shop;
}

static void close_shop(Shop *shop)
{
    shop_close(shop);
    limiter_free(shop->limiter);
}

static TestReply ask(World *w, Shop *shop, const char *line, const char *headers)
{
    return test_ask(w->arena, &shop->at,
                    str_format(w->arena, "%s HTTP/1.1\r\nHost: a\r\n%s\r\n", line, headers));
}

static TestReply post(World *w, Shop *shop, const char *path, const char *body)
{
    return test_ask(w->arena, &shop->at,
                    str_format(w->arena,
                               "POST %s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer s1\r\n"
                               "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                               path, strlen(body), body));
}

/* How many of five requests are let through. */
static int admitted(World *w, Shop *shop, const char *line, const char *headers)
{
    int n = 0;
    for (int i = 0; i < 5; i++) n += ask(w, shop, line, headers).status == 204;
    return n;
}

static int64_t left_of(const TestReply *reply)
{
    Str head, tail;
    assert_true(str_cut(str_slice(test_header(reply, S("RateLimit")),
                                  str_find(test_header(reply, S("RateLimit")), S(";r=")) + 3,
                                  test_header(reply, S("RateLimit")).n),
                        ';', &head, &tail));
    return test_number(head);
}

/* ---- What answers say ---------------------------------------------------------------- */

static void test_headers(void **state)
{
    World *w = world_of(state);
    Shop *shop = open_shop(w, (ThrottleQuotas){0});
    for (int left = 2; left >= 0; left--) {
        TestReply reply = ask(w, shop, "GET /shared", "");
        assert_int_equal(reply.status, 204);
        assert_str_equal(test_header(&reply, S("RateLimit-Policy")), S("\"thrice\";q=3;w=604800"));
        assert_int_equal(left_of(&reply), left);
        assert_null(test_header(&reply, S("Retry-After")).p);
    }
    TestReply refused = ask(w, shop, "GET /shared", "");
    assert_int_equal(refused.status, 429);
    assert_int_equal(left_of(&refused), 0);
    int64_t wait_s = test_number(test_header(&refused, S("Retry-After")));
    assert_true(wait_s > 0 && wait_s <= LIMIT_WINDOW_MAX_S);
    assert_str_equal(test_header(&refused, S("Content-Type")), S("application/problem+json"));
    assert_true(str_find(refused.body, S("\"code\":\"rate_limited\"")) < refused.body.n);
    TestReply free = ask(w, shop, "GET /read", ""), health = ask(w, shop, "GET /health", "");
    assert_null(test_header(&free, S("RateLimit")).p);
    assert_null(test_header(&health, S("RateLimit")).p);
    close_shop(shop);
}

/* Neither a body nor a lane is spent on a stranger who has had his share. */
static void test_stranger(void **state)
{
    World *w = world_of(state);
    Shop *shop = open_shop(w, (ThrottleQuotas){0});
    assert_int_equal(admitted(w, shop, "GET /shared", ""), 3);
    handled = 0;
    TestReply reply =
        ask(w, shop, "POST /shared",
            "Content-Type: application/json\r\nContent-Length: 12\r\nExpect: 100-continue\r\n");
    assert_int_equal(reply.status, 429);
    assert_int_equal(handled, 0);
    assert_int_equal(admitted(w, shop, "GET /loop", ""), 0);
    close_shop(shop);
}

/* What the HTTP core refuses afterwards says it, too. */
static void test_refused_below(void **state)
{
    World *w = world_of(state);
    Shop *shop = open_shop(w, (ThrottleQuotas){0});
    TestReply reply = ask(w, shop, "POST /shared",
                          "Content-Type: application/json\r\nContent-Length: 99999999\r\n");
    assert_int_equal(reply.status, 413);
    assert_int_equal(left_of(&reply), 2);
    assert_str_equal(test_header(&reply, S("X-Content-Type-Options")), S("nosniff"));
    close_shop(shop);
}

/* ---- Whose share --------------------------------------------------------------------- */

static void test_subjects(void **state)
{
    World *w = world_of(state);
    Shop *shop = open_shop(w, (ThrottleQuotas){0});
    static const char *const each[] = {
        "Authorization: Bearer s1\r\n",
        "Authorization: Bearer s2\r\n",
        "Authorization: Bearer u3\r\n",
        "X-Forwarded-For: 192.0.2.1\r\n",
        "X-Forwarded-For: 192.0.2.2\r\n",
        "X-Forwarded-For: 2001:db8:0:1::1\r\n",
        "X-Forwarded-For: 2001:db8:0:2::1\r\n",
        "Authorization: Bearer no key\r\nX-Forwarded-For: 192.0.2.3\r\n",
        "Authorization: Bearer p4\r\nX-Forwarded-For: 192.0.2.4\r\n",
    };
    for (size_t i = 0; i < ROWS(each); i++) {
        bool known = !strstr(each[i], "no key");
        assert_int_equal(admitted(w, shop, "GET /shared", each[i]), known ? 3 : 0);
        assert_int_equal(ask(w, shop, "GET /shared", each[i]).status, 429);
    }
    /* Those who have had theirs under another name. */
    static const char *const again[] = {
        "Authorization: Bearer s1\r\nX-Forwarded-For: 192.0.2.9\r\n",
        "X-Forwarded-For: 2001:db8:0:1:ffff::2\r\n",
        "X-Forwarded-For: 192.0.2.3\r\n",
        "X-Forwarded-For: 192.0.2.4\r\n",
        "Authorization: Bearer p5\r\nX-Forwarded-For: 192.0.2.1\r\n",
    };
    for (size_t i = 0; i < ROWS(again); i++)
        assert_int_equal(admitted(w, shop, "GET /shared", again[i]), 0);
    close_shop(shop);
}

/* Who may not is counted, too. */
static void test_guarded(void **state)
{
    World *w = world_of(state);
    Shop *shop = open_shop(w, (ThrottleQuotas){0});
    for (int i = 0; i < 3; i++) assert_int_equal(ask(w, shop, "GET /guarded", "").status, 401);
    assert_int_equal(ask(w, shop, "GET /guarded", "").status, 429);
    close_shop(shop);
}

/* ---- How much ------------------------------------------------------------------------ */

static void test_cost(void **state)
{
    World *w = world_of(state);
    Shop *shop = open_shop(w, (ThrottleQuotas){0});
    TestReply first = ask(w, shop, "GET /double", "");
    assert_int_equal(left_of(&first), 1);
    assert_int_equal(admitted(w, shop, "GET /double", ""), 0);
    assert_int_equal(admitted(w, shop, "GET /shared", ""), 1);
    close_shop(shop);
}

/* A sixth of the quota at once; a batch beside its own one takes one of each part. Between the two
 * the one may have come back. */
static void test_batch(void **state)
{
    World *w = world_of(state);
    Shop *shop = open_shop(w, (ThrottleQuotas){.key_requests = 600});
    Buf body = buf_new(w->arena, 1 << 16);
    buf_lit(&body, "{\"atomic\":false,\"requests\":[");
    for (int i = 0; i < 30; i++)
        buf_format(&body, "%s{\"method\":\"POST\",\"path\":\"/v1/code\",\"body\":{\"name\":\"n\"}}",
                   i ? "," : "");
    buf_lit(&body, "]}");
    handled = 0;
    TestReply reply = post(w, shop, "/v1/batch", str_z(w->arena, buf_str(&body)));
    assert_int_equal(reply.status, 200);
    assert_int_equal(handled, 30);
    int64_t left = left_of(&reply);
    assert_true(left == 70 || left == 71);
    close_shop(shop);
}

/* ---- Further classes ----------------------------------------------------------------- */

static void test_further(void **state)
{
    World *w = world_of(state);
    Shop *shop = open_shop(w, (ThrottleQuotas){0});
    Str why;
    handled = 0;
    assert_true(fault_arm(w->arena, S("db.commit.before=fail@1"), &why));
    TestReply reply = post(w, shop, "/v1/code", "{\"name\":\"a\"}");
    fault_disarm_all();
    if (db_driver(w->db) == DB_SQLITE) {
        assert_int_equal(handled, 2); /* and has taken one */
        assert_int_equal(reply.status, 204);
        assert_int_equal(left_of(&reply), 1);
    }
    while (post(w, shop, "/v1/code", "{\"name\":\"a\"}").status == 204) continue;
    reply = post(w, shop, "/v1/code", "{\"name\":\"a\"}");
    assert_int_equal(reply.status, 429);
    assert_str_equal(test_header(&reply, S("RateLimit-Policy")), S("\"codes\";q=2;w=604800"));
    assert_int_equal(post(w, shop, "/v1/code", "{\"name\":\"b\"}").status, 204);
    close_shop(shop);
}

static void test_failures(void **state)
{
    World *w = world_of(state);
    Shop *shop = open_shop(w, (ThrottleQuotas){0});
    for (int i = 0; i < 4; i++)
        assert_int_equal(post(w, shop, "/guess", "{\"name\":\"right\"}").status, 204);
    for (int i = 0; i < 2; i++)
        assert_int_equal(post(w, shop, "/guess", "{\"name\":\"wrong\"}").status, 409);
    TestReply reply = post(w, shop, "/guess", "{\"name\":\"right\"}");
    assert_int_equal(reply.status, 429);
    assert_non_null(test_header(&reply, S("Retry-After")).p);
    close_shop(shop);
}

/* ---- Rows ---------------------------------------------------------------------------- */

static void test_by_method(void **state)
{
    (void)state;
    Arena *arena = arena_new(4096);
    Limiter *limiter = limiter_new(4, &random_system);
    ThrottleQuotas quotas = {.reads = 60, .writes = 600, .key_requests = 12};
    Throttle *throttle = throttle_new(arena, limiter, &quotas, modules, 1);
    Route get = {.method = METHOD_GET, .tx = TX_READ}, put = {.method = METHOD_PUT, .tx = TX_WRITE};
    Route health = {.method = METHOD_GET}, own = {.method = METHOD_GET, .limit = &codes};
    ThrottleRoute of_get = throttle_route(throttle, &get), of_put = throttle_route(throttle, &put);
    ThrottleRoute of_own = throttle_route(throttle, &own);
    assert_string_equal(of_get.others->rule.name, "reads");
    assert_int_equal(of_get.others->rule.burst, 20);
    assert_string_equal(of_put.others->rule.name, "writes");
    assert_int_equal(of_put.others->rule.burst, 100);
    assert_string_equal(of_put.keys->rule.name, "key-requests");
    assert_int_equal(of_put.keys->rule.burst, 12);
    assert_ptr_equal(of_get.keys, of_put.keys);
    assert_ptr_equal(of_own.keys, of_own.others);
    assert_string_equal(of_own.keys->rule.name, "codes");
    assert_null(throttle_route(throttle, &health).others);
    assert_null(throttle_route(throttle, &health).keys);
    throttle = throttle_new(arena, limiter, &(ThrottleQuotas){0}, modules, 1);
    assert_null(throttle_route(throttle, &put).others);
    assert_null(throttle_route(throttle, &put).keys);
    limiter_free(limiter);
    arena_free(arena);
}

static void test_clients(void **state)
{
    (void)state;
    Arena *arena = arena_new(4096);
    static const char *const texts[][2] = {{"192.0.2.1", "192.0.2.1"},
                                           {"::ffff:192.0.2.1", "192.0.2.1"},
                                           {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
                                           {"::1", "::/64"}};
    for (size_t i = 0; i < ROWS(texts); i++) {
        NetAddress address;
        assert_true(address_parse(str_from(texts[i][0]), &address));
        assert_str_equal(address_client_text(arena, address), str_from(texts[i][1]));
    }
    assert_str_equal(address_client_text(arena, (NetAddress){{0}}), S("unix"));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_SQLITE(test_headers),
        ON_SQLITE(test_refused_below),
        ON_SQLITE(test_stranger),
        ON_SQLITE(test_subjects),
        ON_SQLITE(test_guarded),
        ON_SQLITE(test_cost),
        ON_BOTH(test_batch),
        ON_BOTH(test_further),
        ON_BOTH(test_failures),
        cmocka_unit_test(test_by_method),
        cmocka_unit_test(test_clients),
    };
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
