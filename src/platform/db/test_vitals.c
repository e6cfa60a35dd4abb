/* What the database says of itself: on a fresh one, on one with a schema, and on one with a torn
 * page. */
#include "platform/db/test_world.h"
#include "platform/db/vitals.h"

#include <sys/stat.h>

static void test_versions_are_compared_by_number(void **state)
{
    (void)state;
    static const struct {
        const char *version, *wanted;
        bool as_new;
    } rows[] = {
        {"3.51.3", "3.51.3", true},  {"3.51.10", "3.51.3", true},
        {"3.52", "3.51.3", true},    {"4", "3.51.3", true},
        {"3.51.2", "3.51.3", false}, {"3.51", "3.51.3", false},
        {"3.9.9", "3.51.3", false},  {"15.8 (Debian 15.8-0)", "15", true},
        {"18beta1", "15", true},     {"14.20", "15", false},
        {"", "15", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (version_is_as_new(str_from(rows[i].version), str_from(rows[i].wanted)) !=
            rows[i].as_new)
            fail_msg("%s against %s", rows[i].version, rows[i].wanted);
}

static void test_a_fresh_database_has_no_schema(void **state)
{
    World *w = world_of(state);
    DbVitals v;
    assert_null(db_vitals(w->db, &w->cx, &v));
    assert_true(v.version_fine && v.version.n);
    assert_true(v.encoding_fine);
    assert_false(v.has_schema);
    assert_int_equal(v.nodes_taken + v.newest.n, 0);
    bool postgres = db_driver(w->db) == DB_POSTGRES;
    assert_int_equal(v.connections_wanted, postgres ? 2 + 4 + 2 : 0);
    assert_int_equal(v.connections_max > v.connections_wanted, postgres);
    assert_int_equal(v.round_trip_us > 0, postgres);
    /* The server of the tests is on this machine, so its clock is ours. */
    assert_true(llabs(v.clock_ahead_us) <= v.round_trip_us);
}

static void test_a_running_process_has_a_number(void **state)
{
    World *w = world_of(state);
    DbVitals v;
    Str detail = S("");
    world_schema(w, "create table things (id ID primary key);");
    assert_null(db_node_acquire(w->db, &w->cx, &w->ids, &detail));
    assert_null(db_vitals(w->db, &w->cx, &v));
    assert_true(v.has_schema);
    assert_int_equal(v.nodes_taken, 1);
    if (db_driver(w->db) == DB_POSTGRES)
        assert_true(v.newest.n >= id_make(&w->ids, ctx_now(&w->cx)).n);
}

static void test_a_lost_server_is_an_error(void **state)
{
    World *w = world_of(state);
    DbVitals v = {.nodes_taken = 7};
    w->cx.deadline_us = 1; /* long ago */
    assert_non_null(db_vitals(w->db, &w->cx, &v));
    assert_int_equal(v.nodes_taken, 7);
}

/* ---- Integrity ----------------------------------------------------------------------- */

static bool never(void *arg)
{
    (void)arg;
    return false;
}

static bool at_once(void *arg)
{
    (void)arg;
    return true;
}

static bool fill(Ctx *cx, void *arg)
{
    (void)arg;
    for (int64_t i = 1; i <= 500; i++)
        db_exec(cx, "insert into things (id, name) values ($1, $2)", i,
                S("a name that takes some room, so that there are several pages of them"));
    return true;
}

/* Zeros over a page in the middle of the file, which is checkpointed and closed. */
static void tear_page(World *w)
{
    static const char zeros[4096];
    char path[300];
    struct stat about;
    world_close(w);
    snprintf(path, sizeof path, "%s/souk.db", w->folder);
    assert_int_equal(stat(path, &about), 0);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    off_t page = about.st_size / 4096 - 2; /* the last ones hold the rows */
    assert_int_equal(pwrite(fd, zeros, sizeof zeros, page * 4096), sizeof zeros);
    close(fd);
    world_open(w);
}

static void test_a_torn_page_is_found(void **state)
{
    World *w = world_of(state);
    DbIntegrity found;
    world_schema(w, "create table things (id ID primary key, name TEXT not null);");
    RUN(w, TX_WRITE, fill, NULL);
    assert_null(db_integrity(w->db, &w->cx, never, NULL, &found));
    assert_int_equal(found.problems.n + found.not_to_end.n, 0);
    assert_int_equal(found.tables, 3); /* and the two that every schema has */
    tear_page(w);
    assert_null(db_integrity(w->db, &w->cx, never, NULL, &found));
    assert_true(found.problems.n > 0);
    assert_int_equal(found.tables, 3);
}

static void test_who_is_cancelled_stops(void **state)
{
    World *w = world_of(state);
    DbIntegrity found;
    world_schema(w, "create table things (id ID primary key);");
    assert_null(db_integrity(w->db, &w->cx, at_once, NULL, &found));
    assert_int_equal(found.tables, 0);
}

static void test_postgres_is_left_alone(void **state)
{
    World *w = world_of(state);
    DbIntegrity found;
    assert_null(db_integrity(w->db, &w->cx, never, NULL, &found));
    assert_int_equal(found.tables, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions_are_compared_by_number),
        ON_BOTH(test_a_fresh_database_has_no_schema),
        ON_BOTH(test_a_running_process_has_a_number),
        ON_BOTH(test_a_lost_server_is_an_error),
        ON_SQLITE(test_a_torn_page_is_found),
        ON_SQLITE(test_who_is_cancelled_stops),
        ON_POSTGRES(test_postgres_is_left_alone),
    };
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
