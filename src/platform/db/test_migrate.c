#include "platform/db/test_world.h"

#include <sys/wait.h>

static const Error *migrate(World *w, const Migration *migrations, size_t count, int *applied,
                            Str *detail)
{
    *applied = -1;
    *detail = S("");
    return db_migrate(w->db, &w->cx, migrations, count, applied, detail);
}

static const Migration first = {"shop", 1, "things",
                                "create table things (id ID primary key, name TEXT);", 0};
static const Migration second = {
    "shop", 2, "stock", "alter table things add column stock INTEGER not null default 0;", 1};
static const Migration third = {"shop", 3, "no_name", "alter table things drop column name;", 3};
static const Migration other = {"other", 1, "words", "create table words (id ID primary key);", 0};

static bool use_them(Ctx *cx, void *arg)
{
    (void)arg;
    db_exec(cx, "insert into things (id, name, stock) values (1, 'x', 2)");
    db_exec(cx, "insert into words (id) values (1)");
    return true;
}

static void test_pending_ones_are_applied_once(void **state)
{
    World *w = world_of(state);
    const Migration all[] = {first, other, second};
    int applied;
    Str detail;
    MigrationState states[3];
    assert_null(migrate(w, all, 2, &applied, &detail));
    assert_int_equal(applied, 2);
    assert_null(db_migration_status(w->db, &w->cx, all, 3, states, &detail));
    assert_true(states[0].applied_at.us > 0 && states[1].applied_at.us > 0);
    assert_int_equal(states[2].applied_at.us, 0);
    assert_ptr_equal(states[2].migration, &all[2]);
    assert_null(migrate(w, all, 3, &applied, &detail));
    assert_int_equal(applied, 1);
    assert_null(migrate(w, all, 3, &applied, &detail));
    assert_int_equal(applied, 0);
    RUN(w, TX_WRITE, use_them, NULL);
}

static bool count_tables(Ctx *cx, void *arg)
{
    Db *db = ((World *)arg)->db;
    int64_t n = db_driver(db) == DB_SQLITE
                    ? db_int(cx, -1, "select count(*) from sqlite_schema")
                    : db_int(cx, -1,
                             "select count(*) from information_schema.tables where table_schema = "
                             "current_schema()");
    assert_int_equal(n, 0);
    return true;
}

static void test_looking_changes_nothing(void **state)
{
    World *w = world_of(state);
    const Migration all[] = {first, other};
    MigrationState states[2] = {{.applied_at = {1}}, {.applied_at = {1}}};
    Str detail;
    assert_null(db_migration_status(w->db, &w->cx, all, 2, states, &detail));
    assert_int_equal(states[0].applied_at.us + states[1].applied_at.us, 0);
    RUN(w, TX_READ, count_tables, w);
}

static bool contains(Str text, const char *part)
{
    return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

static void test_a_changed_one_is_refused_by_name(void **state)
{
    World *w = world_of(state);
    Migration changed = first;
    changed.sql = "create table things (id ID primary key, name TEXT );";
    int applied;
    Str detail;
    assert_null(migrate(w, &first, 1, &applied, &detail));
    const Error *error = migrate(w, &changed, 1, &applied, &detail);
    assert_non_null(error);
    assert_string_equal(error->code, "migration_changed");
    assert_true(contains(detail, "shop/0001_things.sql"));
    assert_int_equal(applied, -1);
}

static void test_an_older_program_is_refused_when_it_must_be(void **state)
{
    World *w = world_of(state);
    const Migration all[] = {first, second, third};
    int applied;
    Str detail;
    assert_null(migrate(w, all, 2, &applied, &detail));
    assert_null(migrate(w, all, 1, &applied, &detail)); /* the second tolerates level 1 … */
    assert_null(migrate(w, all, 3, &applied, &detail));
    const Error *error = migrate(w, all, 2, &applied, &detail); /* … the third none below 3 */
    assert_non_null(error);
    assert_string_equal(error->code, "program_too_old");
    assert_true(contains(detail, "0003 (no_name) of module shop"));
}

static void test_a_module_that_is_not_known_is_tolerated(void **state)
{
    World *w = world_of(state);
    const Migration all[] = {first, other};
    int applied;
    Str detail;
    assert_null(migrate(w, all, 2, &applied, &detail));
    assert_null(migrate(w, all, 1, &applied, &detail));
    assert_int_equal(applied, 0);
}

static void test_a_failing_one_leaves_nothing(void **state)
{
    World *w = world_of(state);
    Migration bad = second;
    bad.sql = "create table half (id ID primary key); insert into half (id) values (1); insert "
              "into nowhere values (1);";
    const Migration all[] = {first, bad},
                    mended[] = {first,
                                {"shop", 2, "stock", "create table half (id ID primary key);", 0}};
    int applied;
    Str detail;
    const Error *error = migrate(w, all, 2, &applied, &detail);
    assert_non_null(error);
    assert_string_equal(error->code, "migration_failed");
    assert_true(contains(detail, "shop/0002_stock.sql"));
    assert_true(contains(detail, "nowhere"));
    assert_null(migrate(w, mended, 2, &applied, &detail));
    assert_int_equal(applied, 1);
}

static void test_own_lines_and_refused_scripts(void **state)
{
    World *w = world_of(state);
    const Migration own = {
        "shop", 1, "own",
        "create table own (id ID primary key, name TEXT);\n"
        "-- only sqlite\ninsert into own (id, name) values (1, sqlite_version());\n-- end\n"
        "-- only postgres\ninsert into own (id, name) values (1, version());\n-- end\n",
        0};
    const Migration refused = {
        "shop", 2, "open", "create table other (id ID primary key); -- only sqlite\nselect 'open",
        0};
    int applied;
    Str detail;
    assert_null(migrate(w, &own, 1, &applied, &detail));
    const Error *error = migrate(w, (const Migration[]){own, refused}, 2, &applied, &detail);
    assert_non_null(error);
    assert_string_equal(error->code, "migration_failed");
}

/* ---- Two at once --------------------------------------------------------------------- */

enum { PROCESSES = 4 };

/* A process of its own that opens and migrates; ends with the number of migrations that it applied,
 * 255 for an error. */
static void migrate_and_exit(World *w, const Migration *all, size_t count)
{
    Str detail = S("");
    int applied;
    const Error *error = db_open(w->arena, &w->options, &w->db, &detail);
    if (!error) error = migrate(w, all, count, &applied, &detail);
    if (error) fprintf(stderr, "%s: %.*s\n", error->code, STR_ARG(detail));
    _exit(error ? 255 : applied);
}

static void test_processes_that_start_at_once_do_not_race(void **state)
{
    World *w = world_of(state);
    const Migration all[] = {first, other, second, third};
    pid_t pids[PROCESSES];
    int applied = 0;
    world_close(w);
    for (int i = 0; i < PROCESSES; i++)
        if ((pids[i] = fork()) == 0) migrate_and_exit(w, all, 4);
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 255);
        applied += WEXITSTATUS(status);
    }
    assert_int_equal(applied, 4);
    world_open(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_pending_ones_are_applied_once),
        ON_BOTH(test_looking_changes_nothing),
        ON_BOTH(test_a_changed_one_is_refused_by_name),
        ON_BOTH(test_an_older_program_is_refused_when_it_must_be),
        ON_BOTH(test_a_module_that_is_not_known_is_tolerated),
        ON_BOTH(test_a_failing_one_leaves_nothing),
        ON_BOTH(test_own_lines_and_refused_scripts),
        ON_BOTH(test_processes_that_start_at_once_do_not_race),
    };
    return cmocka_run_group_tests_name("db_migrate", tests, worlds_begin, worlds_end);
}
