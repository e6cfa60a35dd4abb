/* What has changed: told once, never lost, whoever commits late. */
#include "platform/changes.h"
#include "platform/changes_news.h"

#include "platform/cache/tags.h"
#include "platform/db/test_world.h"

#include <sched.h>
#include <sys/wait.h>

static World *changes_of(void **state)
{
    World *w = world_of(state);
    int applied;
    Str detail = S("");
    const Error *error = db_migrate(w->db, &w->cx, changes_module.migrations,
                                    changes_module.migration_count, &applied, &detail);
    if (error) fail_msg("%s: %.*s", error->code, STR_ARG(detail));
    return w;
}

typedef struct Write {
    const char *kind;
    int64_t first, count;
    bool refuse;
} Write;

static bool write_some(Ctx *cx, void *arg)
{
    const Write *write = arg;
    for (int64_t i = 0; i < write->count; i++) changed(cx, write->kind, (Id){write->first + i});
    return !write->refuse;
}

static void change(World *w, const char *kind, int64_t id)
{
    RUN(w, TX_WRITE, write_some, (&(Write){kind, id, 1, false}));
}

typedef struct Ask {
    const char *kind;
    ChangePosition position;
    bool complete;
    IdList ids;
} Ask;

static bool ask(Ctx *cx, void *arg)
{
    Ask *a = arg;
    a->ids = changes_since(cx, a->kind, &a->position, &a->complete);
    return true;
}

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const Id *)a)->n, y = ((const Id *)b)->n;
    return (x > y) - (x < y);
}

/* PostgreSQL lists what has come since the oldest transaction under way, and those of other databases
 * count: of tests that run beside this one. Waits until all changes that there are come before it. */
static bool look_for_the_unsettled(Ctx *cx, void *arg)
{
    *(int64_t *)arg =
        db_int(cx, -1,
               "select count(*) from changes where place >= "
               "cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint)");
    return true;
}

static void settle(World *w)
{
    int64_t unsettled = db_driver(w->db) == DB_POSTGRES;
    while (unsettled) RUN(w, TX_READ, look_for_the_unsettled, &unsettled);
}

/* What has changed since, as "1 2 3", or "all". */
static const char *since_now(World *w, Ask *a)
{
    Buf out = buf_new(w->arena, 65536);
    RUN(w, TX_READ, ask, a);
    if (!a->complete) return "all";
    if (a->ids.n) qsort(a->ids.items, a->ids.n, sizeof(Id), by_id);
    for (size_t i = 0; i < a->ids.n; i++)
        buf_format(&out, "%s%lld", i ? " " : "", (long long)a->ids.items[i].n);
    return str_z(w->arena, buf_str(&out));
}

/* The same, and it is not listed again. */
static const char *since(World *w, Ask *a)
{
    settle(w);
    return since_now(w, a);
}

/* ---- Asking -------------------------------------------------------------------------- */

static void test_each_change_is_listed(void **state)
{
    World *w = changes_of(state);
    Ask products = {.kind = "product"}, others = {.kind = "other"};
    assert_string_equal(since(w, &products), "all"); /* who has seen nothing loads everything */
    assert_string_equal(since(w, &products), "");
    change(w, "product", 5);
    change(w, "product", 7);
    change(w, "product", 5);
    change(w, "other", 9);
    assert_string_equal(since(w, &products), "5 7");
    assert_string_equal(since(w, &others), "all");
    change(w, "product", 8);
    assert_string_equal(since(w, &products), "8");
    assert_string_equal(since(w, &others), "");
    assert_string_equal(since(w, &products), "");
}

static void test_too_many_are_not_listed(void **state)
{
    World *w = changes_of(state);
    Ask many = {.kind = "product"};
    since(w, &many);
    RUN(w, TX_WRITE, write_some, (&(Write){"product", 1, CHANGES_LISTED_MAX, false}));
    RUN(w, TX_READ, ask, &many);
    assert_true(many.complete);
    assert_int_equal(many.ids.n, CHANGES_LISTED_MAX);
    RUN(w, TX_WRITE, write_some, (&(Write){"product", 1, CHANGES_LISTED_MAX + 1, false}));
    assert_string_equal(since(w, &many), "all");
    change(w, "product", 3);
    assert_string_equal(since(w, &many), "3");
}

static bool fail_and_ask(Ctx *cx, void *arg)
{
    db_exec(cx, "insert into nowhere (id) values (1)");
    return ask(cx, arg);
}

static void test_a_failure_moves_nothing(void **state)
{
    World *w = changes_of(state);
    Ask a = {.kind = "product"};
    since(w, &a);
    change(w, "product", 5);
    ChangePosition before = a.position;
    assert_int_equal(db_run(w->db, TX_READ, &w->cx, fail_and_ask, &a), DB_BROKEN);
    assert_false(a.complete);
    assert_int_equal(a.position.place, before.place);
    assert_string_equal(since(w, &a), "5");
}

static void test_a_position_of_another_history_is_refused(void **state)
{
    World *w = changes_of(state);
    change(w, "product", 5);
    Ask a = {.kind = "product", .position = {INT64_MAX}};
    assert_string_equal(since(w, &a), "all");
    assert_string_equal(since(w, &a), "");
}

/* ---- What this process knows --------------------------------------------------------- */

static bool cache_holds(uint64_t moment, const char *kind, int64_t id)
{
    TagSlot slot = tag_slot(kind, (Id){id});
    return tags_hold(moment, &slot, 1);
}

static void test_a_commit_is_told_and_a_rollback_is_not(void **state)
{
    World *w = changes_of(state);
    uint64_t before = changes_seen("product"), others = changes_seen("other");
    uint64_t moment = tags_now();
    RUN(w, TX_WRITE, write_some, (&(Write){"product", 5, 1, true}));
    assert_int_equal(changes_seen("product"), before);
    assert_true(cache_holds(moment, "product", 5));
    change(w, "product", 5);
    assert_int_equal(changes_seen("product"), before + 1);
    assert_false(cache_holds(moment, "product", 5));
    assert_false(cache_holds(moment, "product", 0));
    assert_true(cache_holds(moment, "product", 6));
    assert_int_equal(changes_seen("other"), others);
}

typedef struct Take {
    ChangePosition position;
    bool taken;
} Take;

static bool take(Ctx *cx, void *arg)
{
    Take *t = arg;
    t->taken = changes_take_news(cx, &t->position);
    return true;
}

static void take_news(World *w, Take *t)
{
    settle(w);
    RUN(w, TX_READ, take, t);
}

static void test_own_changes_are_no_news(void **state)
{
    World *w = changes_of(state);
    Take t = {0};
    uint64_t before = changes_seen("product"), moment = tags_now();
    take_news(w, &t);
    assert_int_equal(changes_seen("product"), before + 1); /* all may have changed */
    assert_false(cache_holds(moment, "product", 77));
    change(w, "product", 5);
    moment = tags_now();
    take_news(w, &t);
    assert_true(t.taken);
    assert_int_equal(changes_seen("product"), before + 2);
    assert_true(cache_holds(moment, "product", 5));
}

static bool insert_silently(Ctx *cx, void *arg)
{
    int64_t n = *(const int64_t *)arg;
    for (int64_t i = 0; i < n; i++) changed(cx, "product", (Id){i + 1});
    cx->after_commit = NULL; /* as if COMMIT's answer had been lost */
    return true;
}

static void test_what_was_not_told_after_the_commit_is_news(void **state)
{
    World *w = changes_of(state);
    Take t = {0};
    take_news(w, &t);
    int64_t many = 2500; /* more than a page */
    uint64_t before = changes_seen("product"), moment = tags_now();
    RUN(w, TX_WRITE, insert_silently, &many);
    assert_int_equal(changes_seen("product"), before);
    take_news(w, &t);
    assert_int_equal(changes_seen("product"), before + 2500);
    assert_false(cache_holds(moment, "product", 1));
    assert_false(cache_holds(moment, "product", 2500));
    take_news(w, &t);
    assert_int_equal(changes_seen("product"), before + 2500);
}

/* ---- Forgetting ---------------------------------------------------------------------- */

static Time then_of(void *state)
{
    return *(const Time *)state;
}

typedef struct Forget {
    Time before;
    int64_t gone;
} Forget;

static bool forget(Ctx *cx, void *arg)
{
    Forget *f = arg;
    f->gone = changes_forget(cx, f->before);
    return true;
}

static int64_t forgotten(World *w, Time before)
{
    Forget f = {.before = before};
    RUN(w, TX_WRITE, forget, &f);
    return f.gone;
}

static void test_old_changes_are_forgotten(void **state)
{
    World *w = changes_of(state);
    Time then = {INT64_C(1795262299) * 1000000};
    Clock clock = {then_of, &then};
    w->cx.clock = &clock;
    Ask never = {.kind = "product"}, old = never, middle = never, recent = never;
    since(w, &old);
    change(w, "product", 1);
    then.us += 1000000;
    change(w, "product", 2);
    since(w, &middle);
    then.us += 1000000;
    change(w, "product", 3);
    since(w, &recent);
    then.us += 1000000;
    change(w, "product", 4);
    assert_int_equal(forgotten(w, (Time){then.us - 10000000}), 0);
    assert_int_equal(forgotten(w, (Time){then.us - 500000}), 3); /* with the first row; 3 stays */
    assert_int_equal(forgotten(w, (Time){then.us - 500000}), 0);
    assert_string_equal(since(w, &never), "all");
    assert_string_equal(since(w, &old), "all");
    assert_string_equal(since(w, &middle), "all");
    assert_string_equal(since(w, &recent), "4");
    then.us += 10000000;
    assert_int_equal(forgotten(w, then), 1);
    assert_string_equal(since(w, &recent), ""); /* a quiet shop loads nothing again */
}

static void test_one_large_change_is_forgotten_in_slices(void **state)
{
    World *w = changes_of(state);
    RUN(w, TX_WRITE, write_some, (&(Write){"product", 1, 2500, false}));
    Ask after = {.kind = "product"};
    since(w, &after);
    Time later = {clock_now(&clock_system).us + 60000000};
    int64_t gone = 0, slices = 0;
    for (int64_t n; (n = forgotten(w, later)) > 0; slices++) gone += n;
    assert_int_equal(gone, 2500); /* of 2501 */
    assert_int_equal(slices, 3);
    change(w, "product", 9);
    assert_string_equal(since(w, &after), "9");
}

/* ---- Other processes ----------------------------------------------------------------- */

/* Waits until so many changes were seen; a test that waits in vain fails. */
static void wait_until_seen(const char *kind, uint64_t number)
{
    int64_t give_up_us = monotonic_us() + TEST_PATIENCE_US;
    while (changes_seen(kind) < number) {
        if (monotonic_us() > give_up_us)
            fail_msg("seen %d of %d", (int)changes_seen(kind), (int)number);
        sched_yield();
    }
    assert_int_equal(changes_seen(kind), number);
}

static void change_and_exit(World *w, int go)
{
    char byte;
    Str detail;
    if (read(go, &byte, 1) != 1 || db_open(w->arena, &w->options, &w->db, &detail)) _exit(1);
    id_maker_init(&w->ids, 2, (Id){0});
    for (int64_t i = 0; i < 20; i++) {
        Write write = {"product", 100 + i, 10, i % 2};
        if (db_run(w->db, TX_WRITE, &w->cx, write_some, &write) != DB_FINE) _exit(2);
    }
    db_close(w->db);
    _exit(0);
}

static void test_another_process_is_heard(void **state)
{
    World *w = changes_of(state);
    int go[2], status;
    world_close(w);
    assert_int_equal(pipe(go), 0);
    pid_t pid = fork();
    if (pid == 0) change_and_exit(w, go[0]);
    world_open(w);
    assert_true(changes_start(w->db));
    uint64_t before = changes_seen("product"), moment = tags_now();
    assert_int_equal(write(go[1], "", 1), 1);
    wait_until_seen("product", before + 100);
    assert_false(cache_holds(moment, "product", 100));
    change(w, "product", 5);
    change(w, "product", 6);
    wait_until_seen("product", before + 102);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    changes_stop();
    close(go[0]);
    close(go[1]);
}

static void test_who_commits_late_is_not_lost(void **state)
{
    World *w = changes_of(state);
    PGconn *late = pg_connect(test_pg_url);
    Ask a = {.kind = "product"};
    since(w, &a);
    pg_run(late, "begin; insert into changes (id, kind, subject) values (1, 'product', 5)");
    change(w, "product", 7); /* begins later and ends before */
    assert_string_equal(since_now(w, &a), "7");
    assert_string_equal(since_now(w, &a), "7"); /* again, because the other is still under way */
    pg_run(late, "commit");
    assert_string_equal(since(w, &a), "5 7");
    assert_string_equal(since(w, &a), "");
    PQfinish(late);
}

static void test_who_commits_late_is_heard_once(void **state)
{
    World *w = changes_of(state);
    PGconn *late = pg_connect(test_pg_url);
    assert_true(changes_start(w->db));
    uint64_t before = changes_seen("product");
    pg_run(late, "begin; insert into changes (id, kind, subject) values (1, 'product', 5)");
    pg_do(test_pg_url, "insert into changes (id, kind, subject) values (2, 'product', 6)");
    wait_until_seen("product", before + 1);
    pg_do(test_pg_url, "insert into changes (id, kind, subject) values (3, 'product', 7)");
    wait_until_seen("product", before + 2); /* 6 was read again and not told again */
    pg_run(late, "commit");
    wait_until_seen("product", before + 3);
    changes_stop();
    PQfinish(late);
}

static void test_a_lost_server_costs_no_news(void **state)
{
    World *w = changes_of(state);
    assert_true(changes_start(w->db));
    uint64_t before = changes_seen("product");
    for (int i = 1; i <= 3; i++) {
        pg_do(test_pg_url,
              "insert into changes (id, kind, subject) select 100 + count(*), 'product', 6 "
              "from changes; "
              "select count(pg_terminate_backend(pid, 300000)) from pg_stat_activity "
              "where datname = current_database() and pid <> pg_backend_pid()");
        wait_until_seen("product", before + (uint64_t)i);
    }
    changes_stop();
}

static void test_it_starts_and_stops(void **state)
{
    World *w = changes_of(state);
    changes_stop();
    for (int i = 0; i < 3; i++) {
        assert_true(changes_start(w->db));
        changes_stop();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_each_change_is_listed),
        ON_BOTH(test_too_many_are_not_listed),
        ON_BOTH(test_a_failure_moves_nothing),
        ON_BOTH(test_a_position_of_another_history_is_refused),
        ON_BOTH(test_a_commit_is_told_and_a_rollback_is_not),
        ON_BOTH(test_own_changes_are_no_news),
        ON_BOTH(test_what_was_not_told_after_the_commit_is_news),
        ON_BOTH(test_old_changes_are_forgotten),
        ON_BOTH(test_one_large_change_is_forgotten_in_slices),
        ON_BOTH(test_it_starts_and_stops),
        ON_POSTGRES(test_another_process_is_heard),
        ON_POSTGRES(test_who_commits_late_is_not_lost),
        ON_POSTGRES(test_who_commits_late_is_heard_once),
        ON_POSTGRES(test_a_lost_server_costs_no_news),
    };
    return cmocka_run_group_tests_name("changes", tests, worlds_begin, worlds_end);
}
