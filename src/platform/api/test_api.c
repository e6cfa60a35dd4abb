/* What the framework answers when a handler's work has failed under it, over real sockets: the
 * modules' own tests meet such failures only in a race. */
#include "platform/api/api.h"
#include "platform/api/limits.h"
#include "platform/db/test_world.h"
#include "platform/http/testing.h"

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

static const Route routes[] = {
    ROUTE(GET, "/lost", show_lost, "Fails.", .tx = TX_READ, .reply = &thing_type),
    ROUTE(POST, "/twice", add_twice, "Breaks a constraint.", .tx = TX_WRITE),
    ROUTE(GET, "/large", list_large, "Is too large.", .tx = TX_READ, .reply = &thing_type,
          .list = true),
};
static const Module module = {
    .name = "things", .doc = "Things.", .routes = routes, .route_count = ROWS(routes)};
static const Module *const modules[] = {&module};

/* ---- A server ------------------------------------------------------------------------ */

/* The code of the problem that the request is answered with. */
static Str code_of(World *w, Str request)
{
    world_schema(w, "create table things (name TEXT primary key);");
    ApiOptions options = {.db = w->db,
                          .modules = modules,
                          .module_count = 1,
                          .clock = &clock_system,
                          .random = &random_system,
                          .ids = &w->ids,
                          .request_timeout_us = 60000000};
    Api *api;
    Str why, detail, rest, port, code;
    assert_true(api_new(w->arena, &options, &api, &why));
    HttpApp app = api_http_app(api);
    HttpOptions http = test_options();
    HttpServer *server;
    assert_null(http_start(w->arena, &http, &app, &server, &detail));
    str_cut(http_address(server, w->arena), ':', &rest, &port);
    int64_t number;
    assert_true(str_to_int(port, &number));
    TestServer at = {.port = (int)number};
    TestReply reply = test_ask(w->arena, &at, request);
    assert_true(http_drain(server, monotonic_us() + 10000000));
    http_free(server);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_failed),
        ON_BOTH(test_constraint),
        ON_BOTH(test_large),
    };
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
