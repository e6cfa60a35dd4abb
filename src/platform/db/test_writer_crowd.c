/* Many clients of SQLite's writer at once: each write counts, and none that was acknowledged is
 * lost when the process is killed. */
#include "platform/db/test_notes.h"
#include "platform/telemetry/metrics.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { CLIENTS = 64, WRITES = 50 };

typedef struct Client {
    World *world;
    pthread_t thread;
    int number, writes;
    _Atomic int64_t *acknowledged; /* one more than the newest one's number */
    DbFailure failure;
} Client;

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        USUAL(test_concurrent_writes_all_count),
        USUAL(test_a_kill_after_commit_loses_nothing),
        USUAL(test_a_kill_before_commit_loses_nothing_acknowledged),
    };
    return cmocka_run_group_tests_name("db_writer_crowd", tests, worlds_begin, worlds_end);
}
