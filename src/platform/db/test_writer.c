/* The writer of SQLite: what shares a commit, what it costs when something fails, and who is told
 * when. */
#include "platform/db/driver.h"
#include "platform/db/measure.h"
#include "platform/db/test_world.h"
#include "platform/telemetry/fault.h"

#include <semaphore.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const char schema[] = "create table notes (id ID primary key, text TEXT unique);";

enum { MEMBERS_MAX = 64 };

typedef struct Member {
    DbWork work;
    Ctx cx;
    struct Group *group;
    int64_t id;
    const char *text; /* NULL: of no interest */
    bool refuse;
    bool last; /* writes right before the commit */
    int done;
    DbFailure failure;
    int64_t rows_at_done;    /* what another connection sees when this one is told */
    int64_t version_at_done; /* … and how often the file has changed: the same within one commit */
} Member;

/* Members that are queued while the writer is held, so that it finds them all at once. */
typedef struct Group {
    World *world;
    sqlite3 *observer;
    Member members[MEMBERS_MAX];
    int n;
    DbWork holder;
    Ctx holder_cx;
    sem_t held, release, ended;
} Group;

static int64_t observe(Group *g, const char *sql)
{
    sqlite3_stmt *stmt;
    WANT_INT(sqlite3_prepare_v2(g->observer, sql, -1, &stmt, NULL), SQLITE_OK);
    WANT_INT(sqlite3_step(stmt), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return value;
}

static bool hold(DbWork *work)
{
    Group *g = (Group *)(void *)((char *)work - offsetof(Group, holder));
    if (work->attempts > 1) return false;
    sem_post(&g->held);
    sem_wait(&g->release);
    return false;
}

static void holder_done(DbWork *work, DbFailure failure)
{
    (void)failure;
    Group *g = (Group *)(void *)((char *)work - offsetof(Group, holder));
    sem_post(&g->ended);
}

static void member_write(Ctx *cx, void **members, size_t n)
{
    WANT_INT(n, 1);
    const Member *m = *members;
    Str text = m->text ? str_from(m->text) : str_format(cx->arena, "text %lld", (long long)m->id);
    db_exec(cx, "insert into notes (id, text) values ($1, $2)", m->id, text);
}

static bool member_run(DbWork *work)
{
    void *m = work;
    if (((const Member *)m)->last)
        ctx_before_commit(work->cx, member_write, m);
    else
        member_write(work->cx, &m, 1);
    return !((const Member *)m)->refuse;
}

static void member_done(DbWork *work, DbFailure failure)
{
    Member *m = (Member *)(void *)work;
    m->done++;
    m->failure = failure;
    m->rows_at_done = observe(m->group, "select count(*) from notes");
    m->version_at_done = observe(m->group, "pragma data_version");
    sem_post(&m->group->ended);
}

static Group *group_new(World *w)
{
    Group *g = calloc(1, sizeof *g);
    g->world = w;
    char path[300];
    snprintf(path, sizeof path, "%s/souk.db", w->folder);
    assert_int_equal(sqlite3_open_v2(path, &g->observer, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    sem_init(&g->held, 0, 0);
    sem_init(&g->release, 0, 0);
    sem_init(&g->ended, 0, 0);
    g->holder_cx = world_cx(w);
    g->holder = (DbWork){.mode = TX_WRITE, .cx = &g->holder_cx, .run = hold, .done = holder_done};
    assert_true(db_submit(w->db, DB_LANE_WRITE, &g->holder));
    sem_wait(&g->held);
    return g;
}

static Member *group_add(Group *g)
{
    Member *m = &g->members[g->n++];
    *m = (Member){.group = g, .id = g->n, .cx = world_cx(g->world)};
    m->work = (DbWork){.mode = TX_WRITE, .cx = &m->cx, .run = member_run, .done = member_done};
    return m;
}

static void group_run(Group *g)
{
    for (int i = 0; i < g->n; i++)
        assert_true(db_submit(g->world->db, DB_LANE_WRITE, &g->members[i].work));
    sem_post(&g->release);
    for (int i = 0; i < g->n + 1; i++) sem_wait(&g->ended);
}

static void group_free(Group *g)
{
    sqlite3_close(g->observer);
    for (int i = 0; i < g->n; i++) arena_free(g->members[i].cx.arena);
    arena_free(g->holder_cx.arena);
    free(g);
}

/* A world whose batches end for their number of members only, or because the queue is empty: never
 * for the clock. */
static int world_patient(void **state)
{
    world_sqlite(state);
    World *w = *state;
    world_close(w);
    w->options.batch_us = TEST_PATIENCE_US;
    w->options.batch_max = 8;
    world_open(w);
    world_schema(w, schema);
    return 0;
}

static int world_usual(void **state)
{
    world_sqlite(state);
    world_schema(*state, schema);
    return 0;
}

static void test_members_share_a_commit(void **state)
{
    Group *g = group_new(*state);
    for (int i = 0; i < 18; i++) group_add(g);
    group_run(g);
    int64_t version = 0, commits = 0, alike = 0;
    for (int i = 0; i < g->n; i++) {
        const Member *m = &g->members[i];
        assert_int_equal(m->done, 1);
        assert_int_equal(m->failure, DB_FINE);
        assert_int_equal(m->work.attempts, 1);
        assert_true(m->rows_at_done >= m->id);
        alike = m->version_at_done == version ? alike + 1 : 1;
        commits += m->version_at_done != version;
        assert_true(alike <= 8);
        version = m->version_at_done;
    }
    assert_int_equal(commits, 3); /* the holder and 7, then 8, then 3 */
    group_free(g);
}

/* Some of them write only right before the commit: that is each member's own, too. */
static void test_a_constraint_costs_one_member(void **state)
{
    Group *g = group_new(*state);
    for (int i = 0; i < 5; i++) {
        Member *m = group_add(g);
        m->text = i == 1 || i == 3 ? "the same" : NULL;
        m->last = i >= 2;
    }
    group_run(g);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(g->members[i].failure, i == 3 ? DB_CONSTRAINT : DB_FINE);
        assert_int_equal(g->members[i].work.attempts, 1);
        assert_int_equal(g->members[i].rows_at_done,
                         4); /* nobody is told before all is there, the refused neither */
    }
    group_free(g);
}

static void test_a_refusal_waits_for_its_neighbours(void **state)
{
    Group *g = group_new(*state);
    for (int i = 0; i < 3; i++) {
        Member *m = group_add(g);
        m->refuse = i == 1;
        m->last = i <= 1;
    }
    group_run(g);
    assert_int_equal(g->members[1].failure, DB_FINE);
    for (int i = 0; i < 3; i++) assert_int_equal(g->members[i].rows_at_done, 2);
    group_free(g);
}

static void arm(World *w, const char *spec)
{
    Str why = S("");
    if (!fault_arm(w->arena, str_from(spec), &why)) fail_msg("%.*s", STR_ARG(why));
}

static void test_a_failing_commit_runs_members_again(void **state)
{
    World *w = *state;
    Group *g = group_new(w);
    for (int i = 0; i < 6; i++) {
        Member *m = group_add(g);
        m->text = i == 2 || i == 4 ? "the same" : NULL;
        m->last = i >= 3;
    }
    arm(w, "db.commit.before=fail@1");
    group_run(g);
    fault_disarm_all();
    for (int i = 0; i < 6; i++) {
        assert_int_equal(g->members[i].done, 1);
        assert_int_equal(g->members[i].work.attempts, 2);
        assert_int_equal(g->members[i].failure, i == 4 ? DB_CONSTRAINT : DB_FINE);
        assert_int_equal(g->members[i].rows_at_done, i < 4 ? i + 1 : i); /* one commit each */
    }
    group_free(g);
}

static void test_when_nothing_commits_everybody_is_told(void **state)
{
    World *w = *state;
    Group *g = group_new(w);
    for (int i = 0; i < 4; i++) group_add(g);
    arm(w, "db.commit.before=fail");
    group_run(g);
    Str detail = S("");
    const Error *error = db_ready(w->db, w->arena, &detail);
    assert_non_null(error);
    assert_string_equal(error->code, "storage_full");
    fault_disarm_all();
    for (int i = 0; i < 4; i++) {
        assert_int_equal(g->members[i].done, 1);
        assert_int_equal(g->members[i].failure, DB_FULL);
        assert_int_equal(g->members[i].rows_at_done, 0);
    }
    group_free(g);
    g = group_new(w); /* and the next one finds all in order */
    const Member *m = group_add(g);
    group_run(g);
    assert_int_equal(m->failure, DB_FINE);
    assert_int_equal(m->rows_at_done, 1);
    assert_null(db_ready(w->db, w->arena, &detail));
    group_free(g);
}

static void test_a_late_member_does_not_run(void **state)
{
    Group *g = group_new(*state);
    for (int i = 0; i < 3; i++) group_add(g);
    g->members[1].cx.deadline_us = monotonic_us() - 1;
    group_run(g);
    assert_int_equal(g->members[1].failure, DB_TIMEOUT);
    assert_int_equal(g->members[1].work.attempts, 0);
    assert_int_equal(g->members[2].rows_at_done, 2);
    group_free(g);
}

static void test_a_full_lane_refuses(void **state)
{
    World *w = *state;
    world_close(w);
    w->options.queue_max = 3;
    world_open(w);
    Group *g = group_new(w);
    for (int i = 0; i < 4; i++) group_add(g);
    for (int i = 0; i < 4; i++)
        assert_int_equal(db_submit(w->db, DB_LANE_WRITE, &g->members[i].work), i < 3);
    sem_post(&g->release);
    for (int i = 0; i < 4; i++) sem_wait(&g->ended);
    assert_int_equal(g->members[3].done, 0);
    group_free(g);
}

/* ---- Many at once -------------------------------------------------------------------- */

enum { CLIENTS = 64, WRITES = 50 };

typedef struct Client {
    World *world;
    pthread_t thread;
    int number, writes;
    _Atomic int64_t *acknowledged; /* one more than the newest one's number */
    DbFailure failure;
} Client;

typedef struct Note {
    int64_t id;
} Note;

static bool insert_note(Ctx *cx, void *arg)
{
    const Note *note = arg;
    return db_exec(cx, "insert into notes (id) values ($1)", note->id) == 1;
}

/* Writes one after the other, each after the one before was acknowledged. */
static void *client(void *arg)
{
    Client *c = arg;
    Ctx cx = world_cx(c->world);
    for (int i = 0; i < c->writes && !c->failure; i++) {
        Note note = {(int64_t)c->number * 1000000 + i + 1};
        c->failure = db_run(c->world->db, TX_WRITE, &cx, insert_note, &note);
        if (!c->failure) atomic_store(c->acknowledged, i + 1);
        arena_reset(cx.arena);
    }
    arena_free(cx.arena);
    return NULL;
}

static void run_clients(World *w, Client *clients, _Atomic int64_t *acknowledged, int writes)
{
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] =
            (Client){.world = w, .number = i, .writes = writes, .acknowledged = &acknowledged[i]};
        if (pthread_create(&clients[i].thread, NULL, client, &clients[i])) abort();
    }
    for (int i = 0; i < CLIENTS; i++) pthread_join(clients[i].thread, NULL);
}

static bool count_notes(Ctx *cx, void *arg)
{
    *(int64_t *)arg = db_int(cx, -1, "select count(*) from notes");
    return true;
}

static uint64_t commits_so_far(World *w)
{
    Buf text = buf_new(w->arena, 1 << 20);
    metrics_write(&text, false);
    buf_char(&text, 0);
    const char *at = strstr(text.p, "souk_db_batch_members_count");
    return at ? strtoull(strchr(at, ' '), NULL, 10) : 0;
}

static void test_concurrent_writes_all_count(void **state)
{
    World *w = *state;
    static Client clients[CLIENTS];
    static _Atomic int64_t acknowledged[CLIENTS];
    uint64_t before = commits_so_far(w);
    run_clients(w, clients, acknowledged, WRITES);
    int64_t rows = 0;
    RUN(w, TX_READ, count_notes, &rows);
    for (int i = 0; i < CLIENTS; i++) assert_int_equal(clients[i].failure, DB_FINE);
    assert_int_equal(rows, CLIENTS * WRITES);
    uint64_t commits = commits_so_far(w) - before;
    print_message("%d writes by %d clients in %d commits: %.1f members each\n", CLIENTS * WRITES,
                  CLIENTS, (int)commits, (double)CLIENTS * WRITES / (double)commits);
    assert_in_range(commits, 1, CLIENTS * WRITES); /* how well they meet is up to the machine */
}

/* ---- Killed -------------------------------------------------------------------------- */

/* In a process of its own: many writers, until a fault point kills it. What was acknowledged stands
 * in shared memory. */
static void be_killed(World *w, const char *fault, _Atomic int64_t *acknowledged)
{
    static Client clients[CLIENTS];
    world_open(w);
    arm(w, fault);
    run_clients(w, clients, acknowledged, 1000000);
    _exit(0);
}

static bool newest_of(Ctx *cx, void *arg)
{
    int64_t *number = arg;
    int64_t first = *number * 1000000;
    *number = db_int(
        cx, -1, "select coalesce(max(id), $1) - $1 from notes where id > $1 and id < $1 + 1000000",
        first);
    return true;
}

static void survive_kill(World *w, const char *fault)
{
    size_t size = sizeof(_Atomic int64_t[CLIENTS]);
    _Atomic int64_t *acknowledged =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(acknowledged != MAP_FAILED);
    world_close(w);
    pid_t pid = fork();
    if (pid == 0) be_killed(w, fault, acknowledged);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    world_open(w);
    int64_t all = 0;
    for (int i = 0; i < CLIENTS; i++) {
        int64_t there = i, told = atomic_load(&acknowledged[i]);
        RUN(w, TX_READ, newest_of, &there);
        if (there < told || there > told + 1)
            fail_msg("client %d: told %d, there %d", i, (int)told, (int)there);
        all += told;
    }
    assert_true(all > 0);
    munmap(acknowledged, size);
}

static void test_a_kill_after_commit_loses_nothing(void **state)
{
    survive_kill(*state, "db.commit.after=kill@40");
}

static void test_a_kill_before_commit_loses_nothing_acknowledged(void **state)
{
    survive_kill(*state, "db.commit.before=kill@40");
}

/* ---- Readers ------------------------------------------------------------------------- */

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

/* A reader that stays inside, so that the WAL cannot begin anew by itself, until the gate is closed. */
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

#define PATIENT(f)                                                                                 \
    {                                                                                              \
#f, f, world_patient, world_end, NULL                                                      \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        PATIENT(test_members_share_a_commit),
        PATIENT(test_a_constraint_costs_one_member),
        PATIENT(test_a_refusal_waits_for_its_neighbours),
        PATIENT(test_a_failing_commit_runs_members_again),
        PATIENT(test_when_nothing_commits_everybody_is_told),
        PATIENT(test_a_late_member_does_not_run),
        PATIENT(test_a_full_lane_refuses),
        {"test_concurrent_writes_all_count", test_concurrent_writes_all_count, world_usual,
         world_end, NULL},
        {"test_a_kill_after_commit_loses_nothing", test_a_kill_after_commit_loses_nothing,
         world_usual, world_end, NULL},
        {"test_a_kill_before_commit_loses_nothing_acknowledged",
         test_a_kill_before_commit_loses_nothing_acknowledged, world_usual, world_end, NULL},
        PATIENT(test_a_snapshot_has_an_end),
        PATIENT(test_a_snapshot_begins_with_its_first_statement),
        PATIENT(test_the_wal_stays_small_under_a_reader_that_stays),
        cmocka_unit_test(test_the_gate),
        PATIENT(test_slow_statements_are_logged_with_their_plan),
    };
    return cmocka_run_group_tests_name("db_writer", tests, worlds_begin, worlds_end);
}
