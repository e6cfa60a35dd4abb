/* The races between those who read answers from memory, those who make them and those who write, each
 * of them stopped where it would hurt; on both databases, over real sockets. */
#include "platform/api/test_things.h"

#include "platform/telemetry/fault.h"

#include <poll.h>
#include <sched.h>

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

static void wait_for_waiters(Things *shop, int count)
{
    while (cache_totals(shop->cache).waiting != count) sched_yield();
}

/* The reader's moment is taken; the change comes before its snapshot. It may see it, and must not
 * keep anything older. */
static void test_change_before_the_snapshot(void **state)
{
    Things *shop = things_open(world_of(state), things_usual);
    things_put(shop, ONE, "tea");
    Stop reader = stop_at(shop->w, "cache.read.before", 1);
    int fd = things_ask(shop, "GET", ONE, "");
    wait_until_held(&reader);
    things_put(shop, ONE, "coffee");
    let_go(&reader);
    TestReply first = things_answer(shop, fd), second = things_get(shop, ONE);
    things_assert_name(&first, "coffee");
    things_assert_name(&second, "coffee");
    things_close(shop);
}

/* The classic: read, then changed and told, and only then kept. */
static void test_change_before_the_landing(void **state)
{
    Things *shop = things_open(world_of(state), things_usual);
    things_put(shop, ONE, "tea");
    Stop reader = stop_at(shop->w, "cache.land.before", 1);
    int fd = things_ask(shop, "GET", ONE, "");
    wait_until_held(&reader);
    things_put(shop, ONE, "coffee");
    let_go(&reader);
    TestReply first = things_answer(shop, fd), second = things_get(shop, ONE);
    things_assert_name(&first, "tea"); /* read while the change was made: both orders are true */
    things_assert_status(&first, "souk; fwd=miss");
    things_assert_name(&second, "coffee");
    things_close(shop);
}

/* The change is committed, but its writer not answered: the old answer may still be given, and is
 * not given any more once the writer has its answer. */
static void change_is_told(void **state, const char *point)
{
    Things *shop = things_open(world_of(state), things_usual);
    things_put(shop, ONE, "tea");
    things_get(shop, ONE);
    Stop writer = stop_at(shop->w, point, 1);
    int fd = things_put_now(shop, ONE, "coffee");
    wait_until_held(&writer);
    TestReply meanwhile = things_get(shop, ONE);
    things_assert_name(&meanwhile, "tea");
    things_assert_status(&meanwhile, "souk; hit");
    let_go(&writer);
    assert_int_equal(things_answer(shop, fd).status, 204);
    TestReply after = things_get(shop, ONE);
    things_assert_name(&after, "coffee");
    things_close(shop);
}

static void test_told_after_the_commit(void **state)
{
    change_is_told(state, "db.commit.after");
}

static void test_told_before_the_answer(void **state)
{
    change_is_told(state, "cache.bump.between");
}

/* Committed and not told: who things_reads now things_reads the change, and keeps it with a moment from before. It
 * is the truth, though it will not be known as such when the change is told. */
static void test_read_between_commit_and_telling(void **state)
{
    Things *shop = things_open(world_of(state), things_usual);
    things_put(shop, ONE, "tea");
    Stop writer = stop_at(shop->w, "db.commit.after", 1);
    int fd = things_put_now(shop, ONE, "coffee");
    wait_until_held(&writer);
    TestReply early = things_get(shop, ONE);
    things_assert_name(&early, "coffee");
    let_go(&writer);
    assert_int_equal(things_answer(shop, fd).status, 204);
    TestReply after = things_get(shop, ONE);
    things_assert_name(&after, "coffee");
    things_close(shop);
}

/* Who has begun to wait after a change was told must not be served what was read before it; who
 * waited since before it may. */
static void test_waiters_on_both_sides_of_a_change(void **state)
{
    Things *shop = things_open(world_of(state), things_usual);
    things_put(shop, ONE, "tea");
    Stop reader = stop_at(shop->w, "cache.land.before", 1);
    int leader = things_ask(shop, "GET", ONE, "");
    wait_until_held(&reader);
    int before = things_ask(shop, "GET", ONE, "");
    wait_for_waiters(shop, 1);
    things_put(shop, ONE, "coffee");
    int after[2];
    for (int i = 0; i < 2; i++) {
        after[i] = things_ask(shop, "GET", ONE, "");
        wait_for_waiters(shop, 2 + i);
    }
    let_go(&reader);
    TestReply led = things_answer(shop, leader), waited = things_answer(shop, before);
    things_assert_name(&led, "tea");
    things_assert_name(&waited, "tea");
    things_assert_status(&waited, "souk; fwd=miss; collapsed");
    TestReply heir = things_answer(shop, after[0]), last = things_answer(shop, after[1]);
    things_assert_name(&heir, "coffee");
    things_assert_status(&heir, "souk; fwd=miss; stored");
    things_assert_name(&last, "coffee");
    things_assert_status(&last, "souk; fwd=miss; collapsed");
    assert_int_equal(atomic_load(&things_reads), 2);
    things_close(shop);
}

/* ---- Flights ------------------------------------------------------------------------- */

enum { CROWD = 60 };

/* Begins the flight with one that is held at the point, and lets the crowd board. */
static Stop gather(Things *shop, const char *point, const char *target, int fds[CROWD])
{
    Stop stop = stop_at(shop->w, point, 1);
    fds[0] = things_ask(shop, "GET", target, "");
    wait_until_held(&stop);
    for (int i = 1; i < CROWD; i++)
        fds[i] = things_ask(shop, "GET", target, things_encodings[i % THINGS_ENCODINGS].accept);
    wait_for_waiters(shop, CROWD - 1);
    return stop;
}

static void test_one_read_for_a_crowd(void **state)
{
    Things *shop = things_open(world_of(state), things_usual);
    int fds[CROWD];
    things_put(shop, ONE, "tea");
    Stop stop = gather(shop, "cache.read.before", ONE "?pad=3000", fds);
    let_go(&stop);
    for (int i = 0; i < CROWD; i++) {
        TestReply reply = things_answer(shop, fds[i]);
        assert_int_equal(reply.status, 200);
        things_assert_status(&reply, i ? "souk; fwd=miss; collapsed" : "souk; fwd=miss; stored");
        assert_str_equal(things_header(&reply, "Content-Encoding"),
                         str_from(things_encodings[i % THINGS_ENCODINGS].encoding));
        if (i % THINGS_ENCODINGS == 0) things_assert_name(&reply, "tea");
    }
    assert_int_equal(atomic_load(&things_reads), 1);
    things_close(shop);
}

/* A refusal is everybody's, each with an id of its own. */
static void test_one_refusal_for_a_crowd(void **state)
{
    Things *shop = things_open(world_of(state), things_usual);
    int fds[CROWD];
    Stop stop = gather(shop, "cache.read.before", ONE, fds);
    let_go(&stop);
    for (int i = 0; i < CROWD; i++) {
        TestReply reply = things_answer(shop, fds[i]);
        assert_int_equal(reply.status, 404);
        Str id = things_header(&reply, "X-Request-Id");
        assert_true(str_find(reply.body, id) < reply.body.n);
    }
    assert_int_equal(atomic_load(&things_reads), 1);
    things_close(shop);
}

/* What must not be kept must not be shared either. */
static void test_a_crowd_for_what_is_not_to_be_kept(void **state)
{
    Things *shop = things_open(world_of(state), things_usual);
    int fds[CROWD];
    Stop stop = gather(shop, "cache.read.before", EXACT, fds);
    let_go(&stop);
    for (int i = 0; i < CROWD; i++) {
        TestReply reply = things_answer(shop, fds[i]);
        assert_int_equal(reply.status, 200);
        things_assert_status(&reply, "souk; fwd=miss");
    }
    assert_int_equal(atomic_load(&things_reads), CROWD);
    things_close(shop);
}

static void test_a_failed_leader_is_followed(void **state)
{
    Things *shop = things_open(world_of(state), things_usual);
    int fds[CROWD], failed = 0;
    things_put(shop, ONE, "tea");
    atomic_store(&things_failures, CACHE_FAILURES_MAX - 1);
    Stop stop = gather(shop, "cache.read.before", ONE, fds);
    let_go(&stop);
    for (int i = 0; i < CROWD; i++) failed += things_answer(shop, fds[i]).status == 503;
    assert_int_equal(failed, CACHE_FAILURES_MAX - 1);
    assert_int_equal(atomic_load(&things_reads), CACHE_FAILURES_MAX);
    things_close(shop);
}

/* Nobody waits for a row of things_failures. */
static void test_after_some_failures_everyone_goes_alone(void **state)
{
    Things *shop = things_open(world_of(state), things_usual);
    int fds[CROWD], failed = 0;
    things_put(shop, ONE, "tea");
    atomic_store(&things_failures, CACHE_FAILURES_MAX + 5);
    Stop stop = gather(shop, "cache.read.before", ONE, fds);
    let_go(&stop);
    for (int i = 0; i < CROWD; i++) failed += things_answer(shop, fds[i]).status == 503;
    assert_int_equal(failed, CACHE_FAILURES_MAX + 5);
    assert_int_equal(atomic_load(&things_reads), CROWD);
    things_close(shop);
}

/* The next who comes leads beside a slow one and serves those who wait. The slow one comes home to
 * an answer that is newer than its own. */
static void test_a_slow_leader_is_overtaken(void **state)
{
    Things *shop =
        things_open(world_of(state), (ThingsOptions){.cache_bytes = 16 << 20, .slow_us = -1});
    things_put(shop, ONE, "tea");
    Stop stop = stop_at(shop->w, "cache.land.before", 1);
    int slow = things_ask(shop, "GET", ONE, "");
    wait_until_held(&stop);
    things_put(shop, ONE, "coffee");
    TestReply next = things_get(shop, ONE);
    things_assert_name(&next, "coffee");
    things_assert_status(&next, "souk; fwd=miss; stored");
    let_go(&stop);
    TestReply first = things_answer(shop, slow), last = things_get(shop, ONE);
    things_assert_name(&first, "tea");
    things_assert_name(&last, "coffee");
    things_assert_status(&last, "souk; hit");
    things_close(shop);
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
    Things *shop = things_open(w, things_usual);
    things_put(shop, ONE, "tea");
    Stop stop = stop_at(w, "cache.read.before", 1);
    int running = things_ask(shop, "GET", ONE "?limit=1", "");
    wait_until_held(&stop);
    int two[2] = {things_ask(shop, "GET", ONE "?limit=2", ""),
                  things_ask(shop, "GET", ONE "?limit=3", "")};
    int refused = first_answered(two);
    const char *target = refused ? ONE "?limit=3" : ONE "?limit=2";
    assert_int_equal(things_answer(shop, two[refused]).status, 503);
    assert_int_equal(things_get(shop, target).status, 503); /* and does not wait for the first */
    let_go(&stop);
    assert_int_equal(things_answer(shop, running).status, 200);
    assert_int_equal(things_answer(shop, two[!refused]).status, 200);
    TestReply again = things_get(shop, target);
    things_assert_name(&again, "tea");
    things_close(shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
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
