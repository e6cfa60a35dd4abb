/* Batches whose parts fail under the handlers: the conversations in tests/golden/system/batch.http
 * meet refusals only. */
#include "platform/api/batch.h"
#include "platform/api/test_shop.h"
#include "platform/telemetry/fault.h"

#include <stdatomic.h>

typedef struct Thing {
    Str name;
} Thing;

static const Type thing_type = TYPE(Thing, "A thing.", FIELD(Thing, name, "Its name."));

static atomic_int committed, handled;

static void count_commit(void *arg)
{
    (void)arg;
    atomic_fetch_add(&committed, 1);
}

/* Whether the name is there already shows when the batch waits for what was posted. */
static Reply add_thing(Request *rq, const Thing *in)
{
    atomic_fetch_add(&handled, 1);
    ctx_after_commit(rq->cx, count_commit, NULL);
    db_post(rq->cx, "insert into things (name) values ($1)", in->name);
    return ok(&thing_type, in);
}
HANDLER(add_thing, Thing)

static Reply add_to_nowhere(Request *rq, const Thing *in)
{
    db_post(rq->cx, "insert into nowhere (name) values ($1)", in->name);
    return ok(&thing_type, in);
}
HANDLER(add_to_nowhere, Thing)

static const Route routes[] = {
    ROUTE(POST, "/v1/things", add_thing, "Adds a thing.", .tx = TX_WRITE, .body = &thing_type,
          .reply = &thing_type, .status = 201),
    ROUTE(POST, "/v1/nowhere", add_to_nowhere, "Fails.", .tx = TX_WRITE, .body = &thing_type,
          .reply = &thing_type),
};
static const Module module = {.name = "things", .doc = "Things.", MODULE_ROWS(routes, route)};
static const Module *const modules[] = {&module, &batch_module};

#define THING(path, name)                                                                          \
    "{\"method\":\"POST\",\"path\":\"/v1/" path "\",\"body\":{\"name\":\"" name "\"}}"

static World *things_of(void **state)
{
    World *w = world_of(state);
    world_schema(w, "create table things (name TEXT primary key);");
    return w;
}

static TestReply send_batch(World *w, const char *atomic, const char *parts)
{
    static Shop shop;
    shop_open(w, &shop, modules, ROWS(modules));
    atomic_store(&committed, 0);
    atomic_store(&handled, 0);
    Str body = str_format(w->arena, "{\"atomic\":%s,\"requests\":[%s]}", atomic, parts);
    TestReply reply =
        test_ask(w->arena, &shop.at,
                 str_format(w->arena,
                            "POST /v1/batch HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\n"
                            "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%.*s",
                            body.n, STR_ARG(body)));
    shop_close(&shop);
    return reply;
}

static bool read_things(Ctx *cx, void *arg)
{
    AnyList list = db_all(cx, &thing_type, "select name from things order by name");
    const Thing *things = list.items;
    Buf out = buf_new(cx->arena, 1000);
    for (size_t i = 0; i < list.n; i++) buf_put(&out, things[i].name);
    *(Str *)arg = buf_str(&out);
    return true;
}

static void check_things(World *w, Str expected)
{
    Str things;
    RUN(w, TX_READ, read_things, &things);
    WANT_STR(things, expected);
}

static bool has(Str text, Str part)
{
    return str_find(text, part) < text.n;
}

static void test_a_part_that_breaks_a_constraint_is_undone(void **state)
{
    World *w = things_of(state);
    TestReply reply = send_batch(
        w, "false", THING("things", "a") "," THING("things", "a") "," THING("things", "b"));
    assert_int_equal(reply.status, 200);
    assert_true(str_starts(reply.body, S("{\"data\":[{\"status\":201,")));
    assert_true(has(reply.body, S("},{\"status\":409,")));
    assert_true(has(reply.body, S("\"code\":\"conflict\"")));
    assert_true(has(reply.body, S("},{\"status\":201,")));
    check_things(w, S("ab"));
    assert_int_equal(committed, 2);
}

static void test_an_atomic_batch_ends_at_a_broken_constraint(void **state)
{
    World *w = things_of(state);
    TestReply reply = send_batch(
        w, "true", THING("things", "a") "," THING("things", "a") "," THING("things", "b"));
    assert_int_equal(reply.status, 422);
    assert_true(has(reply.body, S("\"code\":\"batch_refused\"")));
    assert_true(has(reply.body, S("[{\"pointer\":\"/requests/1\",\"code\":\"conflict\",")));
    check_things(w, S(""));
    assert_int_equal(handled, 2);
    assert_int_equal(committed, 0);
}

static void test_a_failure_that_is_no_refusal_ends_the_whole(void **state)
{
    World *w = things_of(state);
    TestReply reply = send_batch(
        w, "false", THING("things", "a") "," THING("nowhere", "b") "," THING("things", "c"));
    assert_int_equal(reply.status, 500);
    assert_true(has(reply.body, S("\"code\":\"internal\"")));
    check_things(w, S(""));
    assert_int_equal(handled, 1);
    assert_int_equal(committed, 0);
}

static void test_a_batch_runs_again_when_its_transaction_was_lost(void **state)
{
    World *w = things_of(state);
    Str why;
    assert_true(fault_arm(w->arena, S("db.commit.before=fail@1"), &why));
    TestReply reply = send_batch(w, "false", THING("things", "a") "," THING("things", "a"));
    fault_disarm_all();
    assert_int_equal(reply.status, 200);
    assert_true(has(reply.body, S("},{\"status\":409,")));
    check_things(w, S("a"));
    assert_int_equal(handled, 4);
    assert_int_equal(committed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_a_part_that_breaks_a_constraint_is_undone),
        ON_BOTH(test_an_atomic_batch_ends_at_a_broken_constraint),
        ON_BOTH(test_a_failure_that_is_no_refusal_ends_the_whole),
        ON_SQLITE(test_a_batch_runs_again_when_its_transaction_was_lost),
    };
    return cmocka_run_group_tests_name("batch", tests, worlds_begin, worlds_end);
}
