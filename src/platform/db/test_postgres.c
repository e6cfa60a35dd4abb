/* PostgreSQL: what only a server that is far away can do to us. */
#include "platform/db/driver.h"
#include "platform/db/test_world.h"
#include "platform/telemetry/fault.h"

static const char schema[] = "create table notes (id ID primary key, n INTEGER not null);";

static World *notes_of(void **state)
{
    World *w = world_of(state);
    world_schema(w, schema);
    return w;
}

static bool count_notes(Ctx *cx, void *arg)
{
    *(int64_t *)arg = db_int(cx, -1, "select count(*) from notes");
    return true;
}

static int64_t notes(World *w)
{
    int64_t n = -2;
    RUN(w, TX_READ, count_notes, &n);
    return n;
}

/* Ends all connections to the test's database but this one. */
static void kill_others(PGconn *pg)
{
    pg_run(pg, "select count(pg_terminate_backend(pid, 300000)) from pg_stat_activity "
               "where datname = current_database() and pid <> pg_backend_pid()");
}

static void kill_connections(void)
{
    PGconn *pg = pg_connect(test_pg_url);
    kill_others(pg);
    PQfinish(pg);
}

/* ---- Losing the server --------------------------------------------------------------- */

typedef struct Attempts {
    int n;
    int64_t pid;
} Attempts;

static bool insert_note(Ctx *cx, void *arg)
{
    Attempts *a = arg;
    a->n++;
    return db_exec(cx, "insert into notes (id, n) select coalesce(max(id), 0) + 1, 0 from notes") ==
           1;
}

static void test_idle_connections_may_be_lost(void **state)
{
    World *w = notes_of(state);
    Attempts a = {0};
    for (int i = 1; i <= 3; i++) {
        kill_connections();
        RUN(w, TX_WRITE, insert_note, &a);
        assert_int_equal(notes(w), i);
    }
    Str detail;
    assert_null(db_ready(w->db, w->arena, &detail));
}

static bool lose_the_connection(Ctx *cx, void *arg)
{
    Attempts *a = arg;
    insert_note(cx, arg);
    if (a->n == 1) kill_connections();
    db_exec(cx, "insert into notes (id, n) select coalesce(max(id), 0) + 1, 0 from notes");
    WANT_INT(db_failure(cx), a->n == 1 ? DB_UNAVAILABLE : DB_FINE);
    return true;
}

static void test_a_transaction_that_lost_its_connection_runs_again(void **state)
{
    World *w = notes_of(state);
    Attempts a = {0};
    RUN(w, TX_WRITE, lose_the_connection, &a);
    assert_int_equal(a.n, 2);
    assert_int_equal(notes(w), 2);
}

static void test_a_lost_commit_is_not_run_again(void **state)
{
    World *w = notes_of(state);
    Attempts a = {0};
    Str why;
    assert_true(fault_arm(w->arena, S("db.commit.lost=fail@1"), &why));
    assert_int_equal(db_run(w->db, TX_WRITE, &w->cx, insert_note, &a), DB_UNAVAILABLE);
    fault_disarm_all();
    assert_int_equal(a.n, 1);
    kill_connections(); /* so that the server is done with it */
    int64_t n = notes(w);
    assert_true(n == 0 || n == 1);
    RUN(w, TX_WRITE, insert_note, &a);
    assert_int_equal(notes(w), n + 1);
}

static void allow_connections(const char *allow)
{
    char sql[128];
    snprintf(sql, sizeof sql, "%s %s %s %s", "alter database", test_pg_name,
             "with allow_connections", allow);
    pg_do(getenv("SOUK_TEST_PG"), sql); /* the server refuses to do it from inside */
}

static void test_a_server_that_is_gone_is_told_and_found_again(void **state)
{
    World *w = notes_of(state);
    Attempts a = {0};
    Str detail = S("");
    PGconn *pg = pg_connect(test_pg_url);
    allow_connections("false");
    kill_others(pg);
    assert_int_equal(db_run(w->db, TX_WRITE, &w->cx, insert_note, &a), DB_UNAVAILABLE);
    const Error *error = db_ready(w->db, w->arena, &detail);
    assert_non_null(error);
    assert_string_equal(error->code, "database_unavailable");
    assert_true(detail.n > 0);
    allow_connections("true");
    PQfinish(pg);
    int64_t give_up_us = monotonic_us() + TEST_PATIENCE_US;
    int64_t n = 0; /* each thread finds the server again by itself */
    while (db_run(w->db, TX_WRITE, &w->cx, insert_note, &a) != DB_FINE)
        assert_true(monotonic_us() < give_up_us);
    while (db_run(w->db, TX_READ, &w->cx, count_notes, &n) != DB_FINE)
        assert_true(monotonic_us() < give_up_us);
    assert_int_equal(n, 1);
    while (db_ready(w->db, w->arena, &detail)) assert_true(monotonic_us() < give_up_us);
}

static void test_no_server_at_start(void **state)
{
    World *w = world_of(state);
    DbOptions options = w->options;
    options.url = S("host=/nonexistent dbname=none");
    Db *db = (Db *)77;
    Str detail = S("");
    const Error *error = db_open(w->arena, &options, &db, &detail);
    assert_non_null(error);
    assert_string_equal(error->code, "database_unavailable");
    assert_true(detail.n > 0);
    assert_ptr_equal(db, (Db *)77);
}

/* ---- Conflicts ----------------------------------------------------------------------- */

typedef struct Pair {
    DbWork work;
    Ctx cx;
    struct Duel *duel;
    int64_t first, second;
    DbFailure failure;
} Pair;

/* Two transactions that lock two rows in opposite order. */
typedef struct Duel {
    pthread_barrier_t locked;
    pthread_barrier_t ended;
    Pair pairs[2];
} Duel;

static bool lock_both(DbWork *work)
{
    Pair *p = (Pair *)(void *)work;
    db_exec(work->cx, "update notes set n = n + 1 where id = $1", p->first);
    if (work->attempts == 1) pthread_barrier_wait(&p->duel->locked);
    db_exec(work->cx, "update notes set n = n + 1 where id = $1", p->second);
    return true;
}

static void pair_done(DbWork *work, DbFailure failure)
{
    Pair *p = (Pair *)(void *)work;
    p->failure = failure;
    pthread_barrier_wait(&p->duel->ended);
}

static bool sum_notes(Ctx *cx, void *arg)
{
    *(int64_t *)arg = db_int(cx, -1, "select cast(sum(n) as bigint) from notes");
    return true;
}

static void test_a_deadlock_is_solved_by_running_again(void **state)
{
    World *w = notes_of(state);
    Attempts a = {0};
    for (int i = 0; i < 2; i++) RUN(w, TX_WRITE, insert_note, &a);
    static Duel duel;
    pthread_barrier_init(&duel.locked, NULL, 2);
    pthread_barrier_init(&duel.ended, NULL, 3);
    for (int i = 0; i < 2; i++) {
        Pair *p = &duel.pairs[i];
        *p = (Pair){.cx = world_cx(w), .duel = &duel, .first = 1 + i, .second = 2 - i};
        p->work = (DbWork){.mode = TX_WRITE, .cx = &p->cx, .run = lock_both, .done = pair_done};
        assert_true(db_submit(w->db, DB_LANE_WRITE, &p->work));
    }
    pthread_barrier_wait(&duel.ended);
    int attempts = 0;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(duel.pairs[i].failure, DB_FINE);
        attempts += duel.pairs[i].work.attempts;
        arena_free(duel.pairs[i].cx.arena);
    }
    assert_true(attempts >= 3); /* whom the server picks, and how often, is its own affair */
    int64_t sum = 0;
    RUN(w, TX_READ, sum_notes, &sum);
    assert_int_equal(sum, 4);
}

typedef struct Failing {
    int times, n;
} Failing;

static bool fail_to_serialize(Ctx *cx, void *arg)
{
    Failing *f = arg;
    db_exec(cx, "insert into notes (id, n) values (1, 0)");
    if (f->n++ < f->times) db_exec(cx, "do 'begin raise exception using errcode = ''40001''; end'");
    return true;
}

static void test_serialization_failures_run_again_but_not_forever(void **state)
{
    World *w = notes_of(state);
    Failing thrice = {.times = 3}, always = {.times = 1000};
    assert_int_equal(db_run(w->db, TX_WRITE, &w->cx, fail_to_serialize, &always), DB_CONFLICT);
    assert_int_equal(always.n, DB_ATTEMPTS_MAX);
    RUN(w, TX_WRITE, fail_to_serialize, &thrice);
    assert_int_equal(thrice.n, 4);
    assert_int_equal(notes(w), 1);
}

static bool sleep_too_long(Ctx *cx, void *arg)
{
    (void)arg;
    db_exec(cx, "set local statement_timeout = '20ms'");
    db_exec(cx, "select pg_sleep(60)");
    return true;
}

static void test_statements_have_an_end(void **state)
{
    World *w = notes_of(state);
    assert_int_equal(db_run(w->db, TX_WRITE, &w->cx, sleep_too_long, NULL), DB_TIMEOUT);
}

typedef struct Sleeper {
    int64_t pid, patience_us;
    bool cancelled;
} Sleeper;

static bool sleep_beyond_the_deadline(Ctx *cx, void *arg)
{
    Sleeper *s = arg;
    s->pid = db_int(cx, 0, "select cast(pg_backend_pid() as bigint)");
    cx->deadline_us = cx->db->deadline_us = monotonic_us() + s->patience_us;
    db_post(cx, "insert into notes (id, n) values (1, 1)");
    db_exec(cx, "select pg_sleep(3600)");
    Str detail = cx->db->detail;
    s->cancelled = str_find(detail, S("user request")) < detail.n;
    bool too_late = str_find(detail, S("longer than it may")) < detail.n; /* to be sent at all */
    WANT(s->cancelled || too_late); /* and not: statement timeout */
    return true;
}

static bool read_pid(Ctx *cx, void *arg)
{
    *(int64_t *)arg = db_int(cx, 0, "select cast(pg_backend_pid() as bigint)");
    return true;
}

static void test_a_deadline_ends_a_statement(void **state)
{
    World *w = notes_of(state);
    world_close(w);
    w->options.writers = 1;
    world_open(w);
    Sleeper s = {.patience_us = 20000};
    for (; !s.cancelled; s.patience_us *= 2) { /* until the statement was sent in time */
        Ctx cx = world_cx(w);
        int64_t after;
        assert_int_equal(db_run(w->db, TX_WRITE, &cx, sleep_beyond_the_deadline, &s), DB_TIMEOUT);
        RUN(w, TX_WRITE, read_pid, &after);
        assert_int_equal(s.pid, after); /* the connection is as good as before */
        assert_int_equal(notes(w), 0);
        arena_free(cx.arena);
    }
}

/* ---- Prepared statements ------------------------------------------------------------- */

typedef struct Note {
    int64_t id, n, more;
} Note;

static const Type note_type =
    TYPE(Note, "A note.", FIELD(Note, id, ""), FIELD(Note, n, ""), FIELD(Note, more, ""));

static bool read_all_columns(Ctx *cx, void *arg)
{
    Note *note = db_one(cx, &note_type, "select * from notes order by id limit 1");
    if (note) *(Note *)arg = *note;
    return note != NULL;
}

static void test_a_table_may_change_under_its_statements(void **state)
{
    World *w = notes_of(state);
    Attempts a = {0};
    Note note;
    RUN(w, TX_WRITE, insert_note, &a);
    for (int i = 0; i < w->options.readers * 2; i++) RUN(w, TX_READ, read_all_columns, &note);
    pg_do(test_pg_url, "alter table notes add column more bigint default 5");
    for (int i = 0; i < w->options.readers * 2; i++) {
        note = (Note){0};
        RUN(w, TX_READ, read_all_columns, &note);
        assert_int_equal(note.more, 5);
    }
}

static bool forget_statements(Ctx *cx, void *arg)
{
    (void)arg;
    db_exec(cx, "deallocate all");
    return true;
}

static void test_statements_may_be_forgotten(void **state)
{
    World *w = notes_of(state);
    world_close(w);
    w->options.writers = 1;
    world_open(w);
    Attempts a = {0};
    RUN(w, TX_WRITE, insert_note, &a);
    RUN(w, TX_WRITE, forget_statements, NULL);
    RUN(w, TX_WRITE, insert_note, &a);
    assert_int_equal(a.n, 3);
    assert_int_equal(notes(w), 2);
}

static bool session_settings(Ctx *cx, void *arg)
{
    (void)arg;
    WANT_STR(db_text(cx, S(""), "select current_setting('statement_timeout')"), S("30s"));
    WANT_STR(db_text(cx, S(""), "select current_setting('lock_timeout')"), S("5s"));
    WANT_STR(db_text(cx, S(""), "select current_setting('idle_in_transaction_session_timeout')"),
             S("30s"));
    WANT_STR(db_text(cx, S(""), "select current_setting('application_name')"), S("souk"));
    WANT_STR(db_text(cx, S(""), "select current_setting('search_path')"),
             S("\"$user\", public, pg_temp"));
    WANT_STR(db_text(cx, S(""), "select current_setting('transaction_isolation')"),
             S("read committed"));
    return true;
}

static void test_sessions_are_bounded(void **state)
{
    World *w = world_of(state);
    RUN(w, TX_WRITE, session_settings, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_POSTGRES(test_idle_connections_may_be_lost),
        ON_POSTGRES(test_a_transaction_that_lost_its_connection_runs_again),
        ON_POSTGRES(test_a_lost_commit_is_not_run_again),
        ON_POSTGRES(test_a_server_that_is_gone_is_told_and_found_again),
        ON_POSTGRES(test_no_server_at_start),
        ON_POSTGRES(test_a_deadlock_is_solved_by_running_again),
        ON_POSTGRES(test_serialization_failures_run_again_but_not_forever),
        ON_POSTGRES(test_statements_have_an_end),
        ON_POSTGRES(test_a_deadline_ends_a_statement),
        ON_POSTGRES(test_a_table_may_change_under_its_statements),
        ON_POSTGRES(test_statements_may_be_forgotten),
        ON_POSTGRES(test_sessions_are_bounded),
    };
    return cmocka_run_group_tests_name("db_postgres", tests, worlds_begin, worlds_end);
}
