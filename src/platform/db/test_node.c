#include "platform/db/driver.h"
#include "platform/db/test_world.h"
#include "platform/telemetry/fault.h"

static Time hour_ago(void *state)
{
    (void)state;
    Time now = clock_now(&clock_system);
    return (Time){now.us - 3600000000};
}

static const Clock late_clock = {hour_ago, NULL};

static World *notes_of(void **state)
{
    World *w = world_of(state);
    world_schema(w, "create table notes (id ID primary key);");
    return w;
}

static void acquire(World *w, IdMaker *maker)
{
    Str detail = S("");
    const Error *error = db_node_acquire(w->db, &w->cx, maker, &detail);
    if (error) fail_msg("%s: %.*s", error->code, STR_ARG(detail));
}

static bool insert_note(Ctx *cx, void *arg)
{
    Id *made = arg;
    *made = ctx_id(cx);
    return db_exec(cx, "insert into notes (id) values ($1)", *made) == 1;
}

static bool read_promise(Ctx *cx, void *arg)
{
    *(int64_t *)arg = db_int(cx, 0, "select max(last_id) from nodes");
    return true;
}

static void test_committed_ids_are_within_the_promise(void **state)
{
    World *w = notes_of(state);
    Id made;
    int64_t promise = 0;
    acquire(w, &w->ids);
    RUN(w, TX_WRITE, insert_note, &made);
    RUN(w, TX_READ, read_promise, &promise);
    assert_true(promise >= made.n);
}

static void test_a_promise_counts_when_it_is_committed(void **state)
{
    World *w = notes_of(state);
    Id made;
    int64_t promise = 0;
    Str why;
    acquire(w, &w->ids);
    assert_true(fault_arm(w->arena, S("db.commit.before=fail@1"), &why));
    DbFailure failure = db_run(w->db, TX_WRITE, &w->cx, insert_note, &made);
    fault_disarm_all();
    if (failure) RUN(w, TX_WRITE, insert_note, &made);
    RUN(w, TX_READ, read_promise, &promise);
    assert_true(promise >= made.n);
}

static void test_ids_go_on_when_the_clock_goes_back(void **state)
{
    World *w = notes_of(state);
    Id before, after;
    acquire(w, &w->ids);
    RUN(w, TX_WRITE, insert_note, &before);
    world_close(w);
    world_open(w);
    w->cx.clock = &late_clock;
    acquire(w, &w->ids);
    RUN(w, TX_WRITE, insert_note, &after);
    assert_true(after.n > before.n);
    assert_true(id_time(after).us - id_time(before).us <
                2000000); /* closed in order, the promise was taken back */
}

/* As after a crash: nobody gave the number back, and the promise stands. */
static void test_ids_go_on_after_a_crash(void **state)
{
    World *w = notes_of(state);
    Id before, after;
    int64_t promise;
    acquire(w, &w->ids);
    RUN(w, TX_WRITE, insert_note, &before);
    RUN(w, TX_READ, read_promise, &promise);
    atomic_store(&w->db->node.maker, NULL);
    world_close(w);
    world_open(w);
    w->cx.clock = &late_clock;
    acquire(w, &w->ids);
    RUN(w, TX_WRITE, insert_note, &after);
    if (db_driver(w->db) == DB_SQLITE)
        assert_true(after.n > promise);
    else
        assert_int_not_equal(w->db->node.number, 0); /* its lease still runs: another number */
    assert_false(id_eq(before, after));
}

static void test_each_process_has_its_own_number(void **state)
{
    World *w = notes_of(state);
    World other = *w;
    static IdMaker makers[2]; /* the world closes, and asks for the last id, after the test */
    other.db = NULL;
    world_open(&other);
    acquire(w, &makers[0]);
    acquire(&other, &makers[1]);
    assert_int_equal(makers[0].node, 0);
    assert_int_equal(makers[1].node, 1);
    world_close(w); /* gives 0 back */
    world_open(w);
    acquire(w, &makers[0]);
    assert_int_equal(makers[0].node, 0);
    assert_int_equal(w->db->node.fence, 2);
    world_close(&other);
}

static void test_numbers_of_the_dead_come_back(void **state)
{
    World *w = notes_of(state);
    pg_do(test_pg_url,
          "insert into nodes (node, fence, owner, expires_at, last_id) select n, 1, 'dead', "
          "now() - interval '1 hour' - n * interval '1 second', 0 from generate_series(0, 1023) n");
    acquire(w, &w->ids);
    assert_int_equal(w->ids.node, 1023); /* the one that has been dead for longest */
    pg_do(test_pg_url, "update nodes set expires_at = now() + interval '1 hour'");
    World other = *w;
    IdMaker maker;
    Str detail;
    other.db = NULL;
    world_open(&other);
    const Error *error = db_node_acquire(other.db, &w->cx, &maker, &detail);
    assert_non_null(error);
    assert_string_equal(error->code, "no_node_number");
    world_close(&other);
}

static void test_who_lost_the_number_writes_no_more(void **state)
{
    World *w = notes_of(state);
    Id made;
    Str detail = S("");
    acquire(w, &w->ids);
    RUN(w, TX_WRITE, insert_note, &made);
    pg_do(test_pg_url, "update nodes set fence = fence + 1"); /* another process has it now */
    atomic_store(&w->db->node.lease_end_us, 0);
    node_tick(w->db, &w->cx);
    assert_int_equal(db_run(w->db, TX_WRITE, &w->cx, insert_note, &made), DB_UNAVAILABLE);
    const Error *error = db_ready(w->db, w->arena, &detail);
    assert_non_null(error);
    assert_string_equal(error->code, "node_number_lost");
    int64_t promise;
    RUN(w, TX_READ, read_promise, &promise);
}

static void test_a_lease_that_ran_out_is_renewed(void **state)
{
    World *w = notes_of(state);
    Id made;
    acquire(w, &w->ids);
    atomic_store(&w->db->node.lease_end_us, 0);
    node_tick(w->db, &w->cx);
    RUN(w, TX_WRITE, insert_note, &made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_committed_ids_are_within_the_promise),
        ON_BOTH(test_a_promise_counts_when_it_is_committed),
        ON_BOTH(test_ids_go_on_when_the_clock_goes_back),
        ON_BOTH(test_ids_go_on_after_a_crash),
        ON_POSTGRES(test_each_process_has_its_own_number),
        ON_POSTGRES(test_numbers_of_the_dead_come_back),
        ON_POSTGRES(test_who_lost_the_number_writes_no_more),
        ON_POSTGRES(test_a_lease_that_ran_out_is_renewed),
    };
    return cmocka_run_group_tests_name("db_node", tests, worlds_begin, worlds_end);
}
