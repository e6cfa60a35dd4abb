/* The three steps of a write: what each sees, how often it runs, and that the hash lane is bounded
 * and starves nobody. */
#include "platform/api/errors.h"
#include "platform/api/idempotency.h"
#include "platform/api/test_shop.h"
#include "platform/telemetry/fault.h"

#include <poll.h>
#include <semaphore.h>
#include <stdatomic.h>

#include <sys/resource.h>
#include <unistd.h>

typedef struct Thing {
    Str name;
} Thing;

static const Type thing_type =
    TYPE(Thing, "A thing.", FIELD(Thing, name, "Its name.", .required = true));

typedef struct Count {
    int64_t n;
} Count;

static const Type count_type = TYPE(Count, "How many.", FIELD(Count, n, "How many."));

static atomic_int looks, aheads, handled;

/* Finds the last thing of all; refuses a name that is there. */
static Reply look_at_things(Request *rq, const Thing *in)
{
    Ctx *cx = rq->cx;
    atomic_fetch_add(&looks, 1);
    WANT(cx->db);
    if (db_int(cx, 0, "select count(*) from things where name = $1", in->name))
        return refuse((Verdict){&error_conflict, S("It is there.")});
    if (str_eq(in->name, S("broken")))
        return ok(&thing_type, db_one(cx, &thing_type, "select nothing from nowhere"));
    Thing *last = db_one(cx, &thing_type, "select max(name) as name from things");
    rq->looked = last;
    rq->ahead_needless = str_eq(in->name, S("direct"));
    if (rq->ahead_needless && !last->name.n) last->name = S("no hash");
    return (Reply){0};
}
HANDLER(look_at_things, Thing)

/* Joins what was found to what was sent, where hashes are made. */
static Reply join_names(Request *rq, const Thing *in)
{
    const Thing *last = rq->looked;
    atomic_fetch_add(&aheads, 1);
    WANT(!rq->cx->db);
    WANT_INT(getpriority(PRIO_PROCESS, (id_t)gettid()), 3);
    if (str_eq(in->name, S("refused"))) return refuse((Verdict){&error_conflict, S("Ahead.")});
    Thing *joined = NEW(rq->cx->arena, Thing);
    joined->name = str_format(rq->cx->arena, "%.*s after %.*s", STR_ARG(in->name),
                              STR_ARG(last && last->name.n ? last->name : S("nothing")));
    rq->ahead = joined;
    return (Reply){0};
}
HANDLER(join_names, Thing)

static Reply add_thing(Request *rq, const Thing *in)
{
    const Thing *joined = rq->ahead_needless ? rq->looked : rq->ahead;
    atomic_fetch_add(&handled, 1);
    WANT(rq->looked);
    WANT(!rq->ahead == rq->ahead_needless);
    db_put(rq->cx, &thing_type, in, "insert into things (name) values (:name)");
    return created(&thing_type, joined, S("/things"));
}
HANDLER(add_thing, Thing)

static Reply show_things(Request *rq)
{
    return ok(&thing_type, db_one(rq->cx, &thing_type, "select 'some' as name"));
}
HANDLER_PLAIN(show_things)

/* Counts a wrong guess, and refuses it. */
static Reply guess(Request *rq, const Thing *in)
{
    db_put(rq->cx, &thing_type, in, "insert into things (name) values (:name)");
    Reply refusal = refuse((Verdict){&error_conflict, S("Wrong.")});
    return str_starts(in->name, S("kept")) ? refuse_and_keep(refusal) : refusal;
}
HANDLER(guess, Thing)

static Reply count_things(Request *rq)
{
    return ok(&count_type, db_one(rq->cx, &count_type, "select count(*) as n from things"));
}
HANDLER_PLAIN(count_things)

static sem_t entered, leave_now;

static Reply hold(Request *rq)
{
    (void)rq;
    sem_post(&entered);
    while (sem_wait(&leave_now) != 0) {
    }
    return (Reply){0};
}
HANDLER_PLAIN(hold)

/* Holds its transaction open. */
static Reply add_slowly(Request *rq, const Thing *in)
{
    sem_post(&entered);
    while (sem_wait(&leave_now) != 0) {
    }
    db_put(rq->cx, &thing_type, in, "insert into things (name) values (:name)");
    return created(&thing_type, in, S("/things"));
}
HANDLER(add_slowly, Thing)

static Reply add_nothing(Request *rq)
{
    (void)rq;
    return no_content();
}
HANDLER_PLAIN(add_nothing)

/* Collides with somebody when it runs for the first time. */
static Reply add_again(Request *rq, const Thing *in)
{
    bool collides = atomic_fetch_add(&handled, 1) == 0 && db_dialect(rq->cx) == DB_POSTGRES;
    db_put(rq->cx, &thing_type, in, "insert into things (name) values (:name)");
    if (collides) db_exec(rq->cx, "do 'begin raise exception using errcode = ''40001''; end'");
    return created(&thing_type, in, S("/things"));
}
HANDLER(add_again, Thing)

/* ---- A foreign protocol ---- */

static int foreign_status(const Error *error)
{
    (void)error;
    return 409;
}

static const void *foreign_document(Arena *arena, const Error *error, Str detail,
                                    const Violations *violations)
{
    Thing *thing = NEW(arena, Thing);
    thing->name = violations ? str_format(arena, "%s: %zu wrong", error->code, violations->n)
                             : str_format(arena, "%s: %.*s", error->code, STR_ARG(detail));
    return thing;
}

static const RefusalForm foreign_refusals = {.type = &thing_type,
                                             .status = foreign_status,
                                             .document = foreign_document,
                                             .challenge = "Foreign"};

static Reply refuse_foreigner(Request *rq, const Thing *in)
{
    (void)rq, (void)in;
    return refuse((Verdict){&error_conflict, S("Foreign.")});
}
HANDLER(refuse_foreigner, Thing)

static const Route routes[] = {
    ROUTE(POST, "/foreign", refuse_foreigner, "Refuses.", .tx = TX_WRITE, .body = &thing_type,
          .refusals = &foreign_refusals),
    ROUTE(POST, "/things", add_thing, "Adds a thing.", .tx = TX_WRITE, .body = &thing_type,
          .reply = &thing_type, .look = look_at_things_handler, .ahead = join_names_handler,
          .ahead_lane = ROUTE_LANE_HASH),
    ROUTE(GET, "/things", show_things, "Shows something.", .tx = TX_READ, .reply = &thing_type),
    ROUTE(POST, "/held", add_nothing, "Is held up.", .tx = TX_WRITE, .ahead = hold_handler,
          .ahead_lane = ROUTE_LANE_HASH),
    ROUTE(POST, "/guess", guess, "Is wrong.", .tx = TX_WRITE, .body = &thing_type),
    ROUTE(GET, "/count", count_things, "Counts.", .tx = TX_READ, .reply = &count_type),
    ROUTE(POST, "/slow", add_slowly, "Takes its time.", .tx = TX_WRITE, .body = &thing_type),
    ROUTE(POST, "/again", add_again, "Has to try twice.", .tx = TX_WRITE, .body = &thing_type,
          .reply = &thing_type),
    ROUTE(POST, "/free", add_nothing, "Is not.", .tx = TX_WRITE),
};
static const Module module = {
    .name = "things", .doc = "Things.", .routes = routes, .route_count = ROWS(routes)};
static const Module *const modules[] = {&module};

static const Error *identify_user(Ctx *cx, const Credential *credential, uint64_t moment)
{
    (void)credential, (void)moment;
    cx->actor = (Actor){.id = {1}, .prefix = "user"};
    return NULL;
}

static void things_open_for(World *w, Shop *shop, ShopIdentify identify)
{
    Migration migrations[] = {
        idempotency_migration,
        {"test", 1, "schema", "create table things (name TEXT primary key);", 0}};
    int applied;
    Str detail;
    assert_null(db_migrate(w->db, &w->cx, migrations, 2, &applied, &detail));
    shop_open_for(w, shop, modules, 1, identify);
    looks = aheads = handled = 0;
}

static void things_open(World *w, Shop *shop)
{
    things_open_for(w, shop, shop_identify);
}

static TestReply post_to(World *w, Shop *shop, const char *path, const char *name,
                         const char *headers)
{
    Str body = str_format(w->arena, "{\"name\":\"%s\"}", name);
    return test_ask(w->arena, &shop->at,
                    str_format(w->arena,
                               "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n%s"
                               "Content-Type: application/json\r\n\r\n%.*s",
                               path, body.n, headers, STR_ARG(body)));
}

static TestReply post(World *w, Shop *shop, const char *name)
{
    return post_to(w, shop, "/things", name, "");
}

static void test_three(void **state)
{
    World *w = world_of(state);
    static Shop shop;
    things_open(w, &shop);
    assert_str_equal(post(w, &shop, "one").body, S("{\"name\":\"one after nothing\"}"));
    assert_str_equal(post(w, &shop, "two").body, S("{\"name\":\"two after one\"}"));
    shop_close(&shop);
    assert_int_equal(looks, 2);
    assert_int_equal(aheads, 2);
    assert_int_equal(handled, 2);
}

/* Each step can end the call, and those behind it do not run then. */
static void test_ends(void **state)
{
    World *w = world_of(state);
    static Shop shop;
    things_open(w, &shop);
    assert_int_equal(post(w, &shop, "one").status, 201);
    looks = aheads = handled = 0;
    assert_int_equal(post(w, &shop, "one").status, 409);
    assert_int_equal(post(w, &shop, "broken").status, 500);
    assert_int_equal(aheads, 0);
    assert_int_equal(post(w, &shop, "refused").status, 409);
    shop_close(&shop);
    assert_int_equal(looks, 3);
    assert_int_equal(aheads, 1);
    assert_int_equal(handled, 0);
}

/* A handler that runs again finds what was seen and prepared for its first run. */
static void test_again(void **state)
{
    World *w = world_of(state);
    static Shop shop;
    Str why;
    things_open(w, &shop);
    assert_true(fault_arm(w->arena, S("db.commit.before=fail@1"), &why));
    TestReply reply = post(w, &shop, "one");
    fault_disarm_all();
    shop_close(&shop);
    assert_int_equal(looks, 1);
    assert_int_equal(aheads, 1);
    if (db_driver(w->db) == DB_SQLITE) {
        assert_int_equal(handled, 2);
        assert_str_equal(reply.body, S("{\"name\":\"one after nothing\"}"));
    }
}

/* A stranger's write is prepared once, wherever that is done, and what it sent is there for the second
 * run; one that cannot be read is not handled. */
static void test_stranger(void **state)
{
    World *w = world_of(state);
    static Shop shop;
    Str why;
    things_open(w, &shop);
    assert_int_equal(post_to(w, &shop, "/again", "one\",\"x\":\"two", "").status, 422);
    assert_int_equal(handled, 0);
    if (db_driver(w->db) == DB_SQLITE)
        assert_true(fault_arm(w->arena, S("db.commit.before=fail@1"), &why));
    TestReply reply = post_to(w, &shop, "/again", "one", "");
    fault_disarm_all();
    assert_int_equal(reply.status, 201);
    assert_str_equal(reply.body, S("{\"name\":\"one\"}"));
    assert_int_equal(handled, 2);
    TestReply count = ASK(w->arena, &shop.at, "GET /count HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_str_equal(count.body, S("{\"n\":1}"));
    shop_close(&shop);
}

/* A look may say that nothing need be done ahead; what it has seen is there when the handler runs again. */
static void test_needless(void **state)
{
    World *w = world_of(state);
    static Shop shop;
    Str why;
    things_open(w, &shop);
    bool sqlite = db_driver(w->db) == DB_SQLITE;
    if (sqlite) assert_true(fault_arm(w->arena, S("db.commit.before=fail@1"), &why));
    TestReply reply = post(w, &shop, "direct");
    fault_disarm_all();
    shop_close(&shop);
    assert_int_equal(reply.status, 201);
    assert_str_equal(reply.body, S("{\"name\":\"no hash\"}"));
    assert_int_equal(looks, 1);
    assert_int_equal(aheads, 0);
    assert_int_equal(handled, sqlite ? 2 : 1);
}

/* A route of a foreign protocol refuses in its words, whoever refuses: the handler, or the frame. */
static void test_foreign(void **state)
{
    World *w = world_of(state);
    static Shop shop;
    things_open(w, &shop);
    TestReply refused = post_to(w, &shop, "/foreign", "one", "");
    assert_int_equal(refused.status, 409);
    assert_str_equal(refused.body, S("{\"name\":\"conflict: Foreign.\"}"));
    TestReply input = post_to(w, &shop, "/foreign", "one\",\"x\":\"two", "");
    assert_int_equal(input.status, 409);
    assert_str_equal(input.body, S("{\"name\":\"invalid: 1 wrong\"}"));
    TestReply type = ASK(w->arena, &shop.at,
                         "POST /foreign HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                         "Content-Type: text/plain\r\n\r\nx");
    assert_str_equal(type.body, S("{\"name\":\"unsupported_media_type: \"}"));
    const TestReply *all[] = {&refused, &input, &type};
    for (size_t i = 0; i < ROWS(all); i++) {
        assert_str_equal(test_header(all[i], S("Content-Type")), S("application/json"));
        assert_str_equal(test_header(all[i], S("Cache-Control")), S("no-store"));
    }
    shop_close(&shop);
}

/* What a refusal has written is gone, unless it is kept; a key is free again either way. */
static void test_kept(void **state)
{
    World *w = world_of(state);
    static Shop shop;
    const char *key = "Authorization: Bearer sk_1\r\nIdempotency-Key: one\r\n";
    things_open(w, &shop);
    assert_int_equal(post_to(w, &shop, "/guess", "one", key).status, 409);
    assert_int_equal(post_to(w, &shop, "/guess", "kept one", key).status, 409);
    TestReply again = post_to(w, &shop, "/guess", "kept two", key);
    assert_int_equal(again.status, 409);
    assert_null(test_header(&again, S("Idempotent-Replayed")).p);
    TestReply count = ASK(w->arena, &shop.at, "GET /count HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_str_equal(count.body, S("{\"n\":2}"));
    shop_close(&shop);
}

enum { HELD = 1, WAITING = 2, REFUSED = 5 }; /* the world has one hasher and two places to wait */

/* The connections with an answer to read, once there are `n` of them. */
static void wait_for_answers(struct pollfd *polls, nfds_t count, int n)
{
    int ready;
    do ready = poll(polls, count, -1);
    while (ready < n);
    assert_int_equal(ready, n);
}

static void test_flood(void **state)
{
    World *w = world_of(state);
    static Shop shop;
    struct pollfd polls[WAITING + REFUSED];
    things_open(w, &shop);
    sem_init(&entered, 0, 0);
    sem_init(&leave_now, 0, 0);
    static const char post_held[] = "POST /held HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
    int held = test_connect(&shop.at);
    test_send(held, str_from(post_held));
    while (sem_wait(&entered) != 0) {
    }
    for (int i = 0; i < WAITING + REFUSED; i++) {
        polls[i] = (struct pollfd){.fd = test_connect(&shop.at), .events = POLLIN};
        test_send(polls[i].fd, str_from(post_held));
    }
    wait_for_answers(polls, WAITING + REFUSED, REFUSED);
    for (int i = 0; i < WAITING + REFUSED; i++) {
        if (!polls[i].revents) continue;
        TestReply reply = test_read(w->arena, polls[i].fd, false);
        assert_int_equal(reply.status, 503);
        assert_str_equal(test_header(&reply, S("Retry-After")), S("1"));
    }
    assert_int_equal(ASK(w->arena, &shop.at, "GET /things HTTP/1.1\r\nHost: a\r\n\r\n").status,
                     200);
    assert_int_equal(
        ASK(w->arena, &shop.at, "POST /free HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            .status,
        204);
    for (int i = 0; i < HELD + WAITING; i++) sem_post(&leave_now);
    assert_int_equal(test_read(w->arena, held, false).status, 204);
    for (int i = 0; i < WAITING + REFUSED; i++) {
        if (!polls[i].revents)
            assert_int_equal(test_read(w->arena, polls[i].fd, false).status, 204);
        close(polls[i].fd);
    }
    close(held);
    shop_close(&shop);
}

#define SLOW                                                                                       \
    "POST /slow HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer sk_1\r\nIdempotency-Key: k\r\n"       \
    "Content-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"name\":\"one\"}"

/* Who sends a request again while the first one is being done is told so, and holds up nobody; afterwards
 * he gets its answer. (SQLite has one writer: there the second one is not begun before the first has
 * ended.) */
static void test_in_flight(void **state)
{
    World *w = world_of(state);
    static Shop shop;
    things_open_for(w, &shop, identify_user); /* a key belongs to who is known */
    assert_int_equal(sem_init(&entered, 0, 0) + sem_init(&leave_now, 0, 0), 0);
    int first = test_connect(&shop.at);
    test_send(first, S(SLOW));
    while (sem_wait(&entered) != 0) {
    }
    TestReply second = ASK(w->arena, &shop.at, SLOW);
    assert_int_equal(second.status, 409);
    assert_true(str_find(second.body, S("in_flight")) < second.body.n);
    assert_str_equal(test_header(&second, S("Retry-After")), S("1"));
    sem_post(&leave_now);
    assert_int_equal(test_read(w->arena, first, false).status, 201);
    close(first);
    TestReply third = ASK(w->arena, &shop.at, SLOW);
    assert_int_equal(third.status, 201);
    assert_str_equal(test_header(&third, S("Idempotent-Replayed")), S("true"));
    shop_close(&shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_three),    ON_BOTH(test_ends),    ON_BOTH(test_again),
        ON_BOTH(test_kept),     ON_BOTH(test_flood),   ON_BOTH(test_stranger),
        ON_BOTH(test_needless), ON_BOTH(test_foreign), ON_POSTGRES(test_in_flight),
    };
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
