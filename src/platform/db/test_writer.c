/* The writer of SQLite: what shares a commit, what it costs when something fails, and who is told
 * when. */
#include "platform/db/test_notes.h"

#include <semaphore.h>
#include <sqlite3.h>

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
    };
    return cmocka_run_group_tests_name("db_writer", tests, worlds_begin, worlds_end);
}
