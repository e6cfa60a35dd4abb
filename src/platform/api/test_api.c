/* What the framework answers when a handler's work has failed under it, over real sockets: the
 * modules' own tests meet such failures only in a race. */
#include "platform/api/errors.h"
#include "platform/api/limits.h"
#include "platform/api/problem.h"
#include "platform/api/test_shop.h"
#include "platform/telemetry/fault.h"
#include "platform/telemetry/metrics.h"

#include <sys/socket.h>

/* ---- A module ------------------------------------------------------------------------ */

typedef struct Thing {
    Str name;
} Thing;

static const Type thing_type = TYPE(Thing, "A thing.", FIELD(Thing, name, "Its name."));

/* As a handler that reads again what it has just written, and finds nothing because the time is
 * over. */
static Reply show_lost(Request *rq)
{
    return ok(&thing_type, db_one(rq->cx, &thing_type, "select nothing from nowhere"));
}
HANDLER_PLAIN(show_lost)

static Reply add_twice(Request *rq)
{
    for (int i = 0; i < 2; i++) db_exec(rq->cx, "insert into things (name) values ('one')");
    return not_found(rq, "thing");
}
HANDLER_PLAIN(add_twice)

static Reply list_large(Request *rq)
{
    enum { THINGS = 40 };
    Thing *things = NEW_N(rq->cx->arena, Thing, THINGS);
    char *name = arena_alloc(rq->cx->arena, LIMIT_ANSWER_BYTES / THINGS, 1);
    memset(name, 'x', LIMIT_ANSWER_BYTES / THINGS);
    for (int i = 0; i < THINGS; i++) things[i].name = (Str){name, LIMIT_ANSWER_BYTES / THINGS};
    return ok_list(&thing_type, (AnyList){things, THINGS}, (Str){0});
}
HANDLER_PLAIN(list_large)

static Reply take_thing(Request *rq, const Thing *in)
{
    (void)rq, (void)in;
    return no_content();
}
HANDLER(take_thing, Thing)

static Reply take_name(Request *rq, const Thing *in)
{
    (void)rq;
    return ok(&thing_type, in);
}
HANDLER(take_name, Thing)

/* ---- Work ahead of a transaction ---- */

static atomic_int aheads, handled;

/* Outside of any transaction; refuses an empty file. */
static Reply count_ahead(Request *rq)
{
    WANT(!rq->cx->db);
    atomic_fetch_add(&aheads, 1);
    if (!rq->http->body.n) return refuse((Verdict){&error_conflict, S("It is empty.")});
    Thing *thing = NEW(rq->cx->arena, Thing);
    thing->name = str_copy(rq->cx->arena, rq->http->body);
    rq->ahead = thing;
    return (Reply){0};
}
HANDLER_PLAIN(count_ahead)

static Reply take_file(Request *rq)
{
    WANT(rq->cx->db);
    atomic_fetch_add(&handled, 1);
    Thing *thing = rq->ahead;
    WANT_INT(db_put(rq->cx, &thing_type, thing, "insert into things (name) values (:name)"), 1);
    return created(&thing_type, thing, S("/things"));
}
HANDLER_PLAIN(take_file)

static const Permission things_write = {"things:write", "Change things.", .roles = ""};

static const Route routes[] = {
    ROUTE(PUT, "/guarded", take_thing, "Takes a body of who may.", .tx = TX_WRITE,
          .needs = &things_write, .body = &thing_type),
    ROUTE(POST, "/taken", take_thing, "Takes a body.", .tx = TX_WRITE, .body = &thing_type),
    ROUTE(GET, "/lost", show_lost, "Fails.", .tx = TX_READ, .reply = &thing_type),
    ROUTE(POST, "/file", take_file, "Takes a file.", .tx = TX_WRITE, .takes = "text/csv",
          .ahead = count_ahead_handler, .body_max = LIMIT_BODY_BYTES * 2),
    ROUTE(POST, "/form", take_thing, "Takes a form.", .tx = TX_WRITE, .body = &thing_type,
          .takes = "multipart/form-data"),
    ROUTE(POST, "/simple", take_name, "Takes a form.", .tx = TX_WRITE, .body = &thing_type,
          .takes = FORM_URLENCODED, .reply = &thing_type),
    ROUTE(POST, "/twice", add_twice, "Breaks a constraint.", .tx = TX_WRITE),
    ROUTE(GET, "/large", list_large, "Is too large.", .tx = TX_READ, .reply = &thing_type,
          .list = true),
};
static const Module module = {.name = "things", .doc = "Things.", MODULE_ROWS(routes, route)};
static const Module *const modules[] = {&module};

/* ---- A server ------------------------------------------------------------------------ */

static void things_open(World *w, Shop *shop)
{
    world_schema(w, "create table things (name TEXT primary key);");
    shop_open(w, shop, modules, 1);
}

/* The code of the problem that the request is answered with. */
static Str code_of(World *w, Str request)
{
    static Shop shop;
    Str rest, code;
    things_open(w, &shop);
    TestReply reply = test_ask(w->arena, &shop.at, request);
    shop_close(&shop);
    assert_true(str_cut(str_slice(reply.body, str_find(reply.body, S("\"code\":")), reply.body.n),
                        ':', &rest, &code));
    str_cut(code, ',', &code, &rest);
    return code;
}

static void test_failed(void **state)
{
    Str code = code_of(world_of(state), S("GET /lost HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_str_equal(code, S("\"internal\""));
}

static void test_constraint(void **state)
{
    Str code = code_of(world_of(state), S("POST /twice HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_str_equal(code, S("\"conflict\""));
}

static void test_large(void **state)
{
    Str code = code_of(world_of(state), S("GET /large HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_str_equal(code, S("\"answer_too_large\""));
}

/* A client that goes away is no failure of ours: alarms stand on the fifth class. */
static void test_client_gone(void **state)
{
    World *w = world_of(state);
    static Shop shop;
    things_open(w, &shop);
    int fd = test_connect(&shop.at);
    SEND(fd, "POST /taken HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
             "Content-Length: 12\r\n\r\n{");
    close(fd);
    shop_close(&shop);
    Buf metrics = buf_new(w->arena, 1 << 20);
    metrics_write(&metrics, false);
    Str text = buf_str(&metrics), series = S("route=\"/taken\",status=\"");
    Str lost = str_format(w->arena, "%.*s4xx\"} 1\n", STR_ARG(series));
    Str failed = str_format(w->arena, "%.*s5xx\"} 0\n", STR_ARG(series));
    assert_true(str_find(text, lost) < text.n);
    assert_true(str_find(text, failed) < text.n);
}

/* What the HTTP core refuses before there is a route has an id too, for its sender to name. */
static void test_refused_below(void **state)
{
    World *w = world_of(state);
    static Shop shop;
    things_open(w, &shop);
    static const char *const requests[] = {
        "GET /lost HTTP/1.1\r\n\r\n", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /twice HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"};
    Str ids[3];
    for (int i = 0; i < 3; i++) {
        TestReply reply = test_ask(w->arena, &shop.at, str_from(requests[i]));
        Str member = str_format(w->arena, "\"request_id\":\"%.*s\"",
                                STR_ARG(test_header(&reply, S("X-Request-Id"))));
        assert_int_equal(reply.status, i < 2 ? 400 : 413);
        assert_true(str_find(reply.body, member) < reply.body.n);
        ids[i] = test_header(&reply, S("X-Request-Id"));
        assert_true(str_starts(ids[i], S("req_")));
        assert_true(i == 0 || !str_eq(ids[i], ids[i - 1]));
    }
    shop_close(&shop);
    Buf metrics = buf_new(w->arena, 1 << 20);
    metrics_write(&metrics, false); /* the core's own counters have them, the routes' have not */
    Str none = S("method=\"any\",route=\"none\",status=\"4xx\"} 0\n");
    assert_true(str_find(buf_str(&metrics), none) < metrics.n);
}

/* Nobody's bodies are not worth memory: the refusal comes instead of 100 Continue. */
static void test_stranger(void **state)
{
    World *w = world_of(state);
    static Shop shop;
    things_open(w, &shop);
    TestReply reply = ASK(w->arena, &shop.at,
                          "PUT /guarded HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                          "Content-Length: 12\r\nExpect: 100-continue\r\n\r\n");
    shop_close(&shop);
    assert_int_equal(reply.status, 401);
}

#define POST_FILE(type, body)                                                                      \
    "POST /file HTTP/1.1\r\nHost: a\r\nContent-Type: " type "\r\nContent-Length: " body

/* The handler runs again when its transaction was lost; what came before it does not. */
static void test_ahead(void **state)
{
    World *w = world_of(state);
    static Shop shop;
    Str why;
    things_open(w, &shop);
    aheads = handled = 0;
    assert_true(fault_arm(w->arena, S("db.commit.before=fail@1"), &why));
    TestReply reply = ASK(w->arena, &shop.at, POST_FILE("Text/CSV;charset=utf-8", "3\r\n\r\na,b"));
    fault_disarm_all();
    assert_int_equal(aheads, 1);
    if (db_driver(w->db) == DB_SQLITE) {
        assert_int_equal(handled, 2);
        assert_int_equal(reply.status, 201);
        assert_str_equal(reply.body, S("{\"name\":\"a,b\"}"));
    }
    assert_int_equal(ASK(w->arena, &shop.at, POST_FILE("text/csv", "0\r\n\r\n")).status, 409);
    assert_int_equal(ASK(w->arena, &shop.at, POST_FILE("text/plain", "1\r\n\r\na")).status, 415);
    shop_close(&shop);
    assert_int_equal(aheads, 2);
}

static TestReply post_form(World *w, Shop *shop, Str body)
{
    return test_ask(w->arena, &shop->at,
                    str_format(w->arena,
                               "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n"
                               "Content-Type: multipart/form-data; boundary=b\r\n\r\n%.*s",
                               body.n, STR_ARG(body)));
}

static void test_form(void **state)
{
    World *w = world_of(state);
    static Shop shop;
    things_open(w, &shop);
    Str form = S("--b\r\nContent-Disposition: form-data; name=name\r\n\r\ntea\r\n--b--\r\n");
    assert_int_equal(post_form(w, &shop, form).status, 204);
    TestReply cut = post_form(w, &shop, str_slice(form, 0, form.n - 4));
    assert_int_equal(cut.status, 400);
    Str code = S("\"code\":\"malformed_form\"");
    assert_true(str_find(cut.body, code) < cut.body.n);
    shop_close(&shop);
}

static TestReply post_simple(World *w, Shop *shop, Str body)
{
    return test_ask(w->arena, &shop->at,
                    str_format(w->arena,
                               "POST /simple HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n"
                               "Content-Type: application/x-www-form-urlencoded\r\n\r\n%.*s",
                               body.n, STR_ARG(body)));
}

static void test_simple_form(void **state)
{
    World *w = world_of(state);
    static Shop shop;
    things_open(w, &shop);
    assert_str_equal(post_simple(w, &shop, S("name=green+tea%26")).body,
                     S("{\"name\":\"green tea&\"}"));
    TestReply wrong = post_simple(w, &shop, S("name=tea&price=1"));
    assert_int_equal(wrong.status, 422);
    assert_true(str_find(wrong.body, S("\"pointer\":\"/price\"")) < wrong.body.n);
    shop_close(&shop);
}

/* A connection whose large body is awaited: the head has been read when 100 Continue comes. */
static int begin_large(const Shop *shop)
{
    static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
    char got[sizeof interim - 1];
    int fd = test_connect(&shop->at);
    SEND(fd, POST_FILE("text/csv", "1500000\r\nExpect: 100-continue\r\n\r\n"));
    for (size_t n = 0; n < sizeof got;) {
        ssize_t more = recv(fd, got + n, sizeof got - n, 0);
        assert_true(more > 0);
        n += (size_t)more;
    }
    assert_memory_equal(got, interim, sizeof got);
    return fd;
}

/* One too many is refused, small ones are not; when the large ones are over, there is room again. */
static void test_large_bodies(void **state)
{
    World *w = world_of(state);
    static Shop shop;
    int fds[LIMIT_LARGE_BODIES];
    things_open(w, &shop);
    for (int i = 0; i < LIMIT_LARGE_BODIES; i++) fds[i] = begin_large(&shop);
    Str large = S(POST_FILE("text/csv", "1500000\r\nExpect: 100-continue\r\n\r\n"));
    assert_int_equal(test_ask(w->arena, &shop.at, large).status, 503);
    assert_int_equal(ASK(w->arena, &shop.at, POST_FILE("text/csv", "1\r\n\r\na")).status, 201);
    for (int i = 0; i < LIMIT_LARGE_BODIES; i++) close(fds[i]);
    char *body = arena_alloc(w->arena, 1500000, 1);
    memset(body, 'a', 1500000);
    large = str_format(w->arena, POST_FILE("text/csv", "1500000\r\n\r\n%.*s"), 1500000, body);
    int status;
    do status = test_ask(w->arena, &shop.at, large).status;
    while (status == 503);
    assert_int_equal(status, 201);
    shop_close(&shop);
}

/* Pointers into JSON of unknown shape are as long as its keys. */
static void test_large_problem(void **state)
{
    (void)state;
    Arena *arena = arena_new(4096);
    Violations bad = violations_new(arena);
    char key[LIMIT_PROBLEM_BYTES / VIOLATIONS_MAX];
    memset(key, 'k', sizeof key);
    for (int i = 0; i < VIOLATIONS_MAX; i++)
        violation_add_at(&bad, (Str){key, sizeof key}, VIOLATION(DUPLICATE), S("stands twice"));
    Str text = problem_text(arena, &error_invalid, (Str){0}, &bad, S("req_1"));
    assert_str_equal(text, problem_text(arena, &error_invalid, (Str){0}, NULL, S("req_1")));
    bad.n = 1;
    Str shorter = problem_text(arena, &error_invalid, (Str){0}, &bad, S("req_1"));
    assert_true(str_find(shorter, S("stands twice")) < shorter.n);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_failed),
        ON_BOTH(test_constraint),
        ON_BOTH(test_large),
        ON_SQLITE(test_client_gone),
        ON_SQLITE(test_refused_below),
        ON_SQLITE(test_stranger),
        ON_BOTH(test_ahead),
        ON_SQLITE(test_form),
        ON_SQLITE(test_simple_form),
        ON_SQLITE(test_large_bodies),
        cmocka_unit_test(test_large_problem),
    };
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
