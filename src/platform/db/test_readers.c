/* Readers of SQLite: how long a snapshot lasts, what it costs the WAL, and what is slow. */
#include "platform/db/measure.h"
#include "platform/db/test_notes.h"

#include <sched.h>
#include <sys/stat.h>

/* ---- Snapshots ------------------------------------------------------------------------- */

static bool read_forever(Ctx *cx, void *arg)
{
    (void)arg;
    db_int(cx, 0,
           "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n");
    return true;
}

static void test_a_snapshot_has_an_end(void **state)
{
    World *w = *state;
    int64_t patient_us = w->options.read_us, rows = -1;
    world_close(w);
    w->options.read_us = 20000;
    world_open(w);
    assert_int_equal(db_run(w->db, TX_READ, &w->cx, read_forever, NULL), DB_TIMEOUT);
    world_close(w);
    w->options.read_us = patient_us;
    world_open(w);
    RUN(w, TX_READ, count_notes, &rows);
    assert_int_equal(rows, 0);
}

static bool wait_and_read(Ctx *cx, void *rows)
{
    assert_int_equal(cx->db->snapshot_end_us, 0); /* may wait here for as long as its deadline */
    *(int64_t *)rows = db_int(cx, -1, "select count(*) from notes");
    assert_true(cx->db->snapshot_end_us > 0);
    return true;
}

static void test_a_snapshot_begins_with_its_first_statement(void **state)
{
    World *w = *state;
    for (int again = 0; again < 2; again++) {
        int64_t rows = -1;
        RUN(w, TX_READ, wait_and_read, &rows);
        assert_int_equal(rows, 0);
    }
}

/* A reader that stays inside, so that the WAL cannot begin anew by itself, until the gate is
 * closed. */
typedef struct Stay {
    World *world;
    uint64_t gates; /* closed before */
    _Atomic bool inside, stop;
} Stay;

static bool read_until_the_gate(Ctx *cx, void *arg)
{
    Stay *s = arg;
    db_int(cx, 0, "select count(*) from notes"); /* opens the snapshot */
    atomic_store(&s->inside, true);
    while (metric_read(db_series.gates) == s->gates && !atomic_load(&s->stop)) sched_yield();
    return true;
}

static void *stay(void *arg)
{
    Stay *s = arg;
    Ctx cx = world_cx(s->world);
    WANT_INT(db_run(s->world->db, TX_READ, &cx, read_until_the_gate, s), DB_FINE);
    arena_free(cx.arena);
    return NULL;
}

static bool insert_megabyte(Ctx *cx, void *arg)
{
    const Note *note = arg;
    char *text = arena_zalloc(cx->arena, 1 << 20, 1, 1);
    memset(text, 'x', 1 << 20);
    Str big = {text, 1 << 20};
    return db_exec(cx, "insert into notes (id, text) values ($1, $2 || $1)", note->id, big) == 1;
}

static int64_t wal_file_bytes(const World *w)
{
    char path[300];
    struct stat wal;
    snprintf(path, sizeof path, "%s/souk.db-wal", w->folder);
    return stat(path, &wal) == 0 ? wal.st_size : -1;
}

static void insert_notes(World *w, int64_t first, int64_t last, int64_t *largest)
{
    for (int64_t id = first; id <= last; id++) {
        Ctx cx = world_cx(w);
        Note note = {id};
        assert_int_equal(db_run(w->db, TX_WRITE, &cx, insert_megabyte, &note), DB_FINE);
        arena_free(cx.arena);
        int64_t now = wal_file_bytes(w);
        if (now > *largest) *largest = now;
    }
}

static void test_the_wal_stays_small_under_a_reader_that_stays(void **state)
{
    World *w = *state;
    pthread_t reader;
    static Stay s;
    s = (Stay){.world = w, .gates = metric_read(db_series.gates)};
    int64_t largest = 0;
    insert_notes(w, 1, 1, &largest); /* in the WAL only: the reader needs it */
    if (pthread_create(&reader, NULL, stay, &s)) abort();
    while (!atomic_load(&s.inside)) sched_yield();
    insert_notes(w, 2, 100, &largest);
    atomic_store(&s.stop, true);
    pthread_join(reader, NULL);
    print_message("100 MB written, the WAL was never larger than %d KB\n", (int)(largest / 1024));
    assert_true(largest > 0 && largest < 70 << 20);
    assert_int_equal(metric_read(db_series.gates), s.gates + 1);
}

/* ---- The gate ------------------------------------------------------------------------ */

static void *pass(void *gate)
{
    gate_enter(gate);
    gate_leave(gate);
    return NULL;
}

static void test_the_gate(void **state)
{
    (void)state;
    Gate gate = {0};
    gate_init(&gate);
    gate_enter(&gate);
    assert_false(gate_close(&gate, 1000)); /* somebody is inside */
    gate_open(&gate);
    gate_leave(&gate);
    assert_true(gate_close(&gate, 1000));
    pthread_t outside;
    assert_int_equal(pthread_create(&outside, NULL, pass, &gate), 0);
    gate_open(&gate);
    pthread_join(outside, NULL);
    assert_int_equal(atomic_load(&gate.inside), 0);
    gate_end(&gate);
}

/* ---- Slow statements ----------------------------------------------------------------- */

static bool read_slowly(Ctx *cx, void *arg)
{
    (void)arg;
    db_int(cx, 0, "select max(text) from notes where id > $1", 0);
    return true;
}

static void test_slow_statements_are_logged_with_their_plan(void **state)
{
    World *w = *state;
    int ends[2];
    char line[4096] = "";
    world_close(w);
    w->options.slow_us = 1; /* everything is slow */
    assert_int_equal(pipe(ends), 0);
    log_setup(LOG_STYLE_JSON, LOG_WARN, ends[1]);
    world_open(w);
    RUN(w, TX_READ, read_slowly, NULL);
    assert_true(read(ends[0], line, sizeof line - 1) > 0);
    log_setup(LOG_STYLE_JSON, LOG_ERROR, open("/dev/null", O_WRONLY | O_CLOEXEC));
    assert_non_null(strstr(line, "\"event\":\"db.slow\""));
    assert_non_null(strstr(line, "select max(text) from notes where id > $1"));
    assert_non_null(strstr(line, "SEARCH notes USING"));
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PATIENT(test_a_snapshot_has_an_end),
        PATIENT(test_a_snapshot_begins_with_its_first_statement),
        PATIENT(test_the_wal_stays_small_under_a_reader_that_stays),
        cmocka_unit_test(test_the_gate),
        PATIENT(test_slow_statements_are_logged_with_their_plan),
    };
    return cmocka_run_group_tests_name("db_readers", tests, worlds_begin, worlds_end);
}
