/* What an acknowledged write is worth: the writer lane on a disk that loses its power, is full, or
 * fails. */
#include "platform/db/test_vfs.h"
#include "platform/db/test_world.h"

#include <pthread.h>
#include <semaphore.h>
#include <sys/stat.h>

static const char schema[] =
    "create table orders (id ID primary key);"
    "create table lines (order_id ID not null references orders (id), n INTEGER not null, "
    "text TEXT, primary key (order_id, n));"
    "create table totals (id ID primary key, orders INTEGER not null);"
    "insert into totals (id, orders) values (1, 0);";

enum { CLIENTS = 64, ROUNDS = 24, OPERATIONS_MAX = 8000, WRITES_MAX = 100000 };

static int world_on_vfs(void **state)
{
    vfs_reset();
    World *w = world_new();
    const char *parent = getenv("SOUK_TEST_DIR");
    snprintf(w->folder, sizeof w->folder, "%s/souk-power-XXXXXX", parent ? parent : "/tmp");
    assert_non_null(mkdtemp(w->folder));
    w->options.folder = str_from(w->folder);
    w->options.vfs = VFS_NAME;
    world_open(w);
    world_schema(w, schema);
    *state = w;
    return 0;
}

/* ---- Loss of power ------------------------------------------------------------------- */

typedef struct Client {
    World *world;
    pthread_t thread;
    int number;
    int64_t told; /* orders that were acknowledged */
} Client;

static bool insert_order(Ctx *cx, void *arg)
{
    const Client *c = arg;
    int64_t id = (int64_t)c->number * WRITES_MAX + c->told + 1;
    db_exec(cx, "insert into orders (id) values ($1)", id);
    for (int n = 1; n <= 3; n++)
        db_exec(cx, "insert into lines (order_id, n, text) values ($1, $2, $3)", id, n,
                S("a line"));
    db_exec(cx, "update totals set orders = orders + 1");
    return true;
}

static void *write_until_dark(void *arg)
{
    Client *c = arg;
    Ctx cx = world_cx(c->world);
    while (c->told < WRITES_MAX - 1 &&
           db_run(c->world->db, TX_WRITE, &cx, insert_order, c) == DB_FINE) {
        c->told++;
        arena_reset(cx.arena);
    }
    arena_free(cx.arena);
    return NULL;
}

typedef struct Inspection {
    const Client *clients;
    int64_t missing; /* orders that were acknowledged and are not there */
    int64_t half;    /* orders without their lines, and totals that do not add up */
    bool damaged;
} Inspection;

static bool inspect(Ctx *cx, void *arg)
{
    Inspection *i = arg;
    for (int k = 0; k < CLIENTS; k++) {
        int64_t first = (int64_t)k * WRITES_MAX;
        int64_t there = db_int(cx, -1, "select count(*) from orders where id > $1 and id <= $2",
                               first, first + i->clients[k].told);
        i->missing += i->clients[k].told - there;
    }
    i->half = db_int(cx, -1,
                     "select count(*) from orders o where (select count(*) from lines l where "
                     "l.order_id = o.id) <> 3");
    i->half +=
        db_int(cx, -1, "select abs((select count(*) from orders) - (select orders from totals))");
    i->damaged = !str_eq(
        db_text(cx, S(""), "select group_concat(integrity_check) from pragma_integrity_check"),
        S("ok"));
    return db_failure(cx) == DB_FINE;
}

/* One life: write until the power goes, look at what is left. */
static Inspection live_and_die(World *w, int64_t operations, bool ignore_sync, uint64_t seed)
{
    static Client clients[CLIENTS];
    vfs_ignore_sync(ignore_sync);
    vfs_cut_after(operations);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (Client){.world = w, .number = i};
        if (pthread_create(&clients[i].thread, NULL, write_until_dark, &clients[i])) abort();
    }
    for (int i = 0; i < CLIENTS; i++) pthread_join(clients[i].thread, NULL);
    assert_true(vfs_is_cut());
    world_close(w);

    World *after = world_new();
    int length = snprintf(after->folder, sizeof after->folder, "%s-after", w->folder);
    assert_true((size_t)length < sizeof after->folder);
    assert_int_equal(mkdir(after->folder, 0700), 0);
    RandomSeeded chance;
    Random random = random_seeded(&chance, seed);
    vfs_salvage(w->folder, after->folder, &random);
    after->options.folder = str_from(after->folder);
    Inspection found = {.clients = clients};
    Str detail;
    bool opened = db_open(after->arena, &after->options, &after->db, &detail) == NULL;
    found.damaged = !opened ||
                    db_run(after->db, TX_WRITE, &after->cx, inspect, &found) != DB_FINE ||
                    found.damaged;
    void *state = after;
    world_end(&state);
    return found;
}

static void restart(World *w)
{
    vfs_reset();
    const char *const files[] = {"souk.db", "souk.db-wal", "souk.db-shm"};
    for (size_t i = 0; i < 3; i++) {
        char path[300];
        snprintf(path, sizeof path, "%s/%s", w->folder, files[i]);
        unlink(path);
    }
    world_open(w);
    world_schema(w, schema);
}

static void test_no_acknowledged_write_is_lost_with_the_power(void **state)
{
    World *w = *state;
    RandomSeeded chance;
    Random random = random_seeded(&chance, 1);
    int64_t told = 0;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        if (round) restart(w);
        int64_t operations = 1 + (int64_t)random_below(&random, OPERATIONS_MAX);
        Inspection found = live_and_die(w, operations, false, round);
        if (found.missing || found.half || found.damaged)
            fail_msg("round %d, power lost at operation %d: %d missing, %d half, damaged: %d",
                     (int)round, (int)operations, (int)found.missing, (int)found.half,
                     found.damaged);
        for (int i = 0; i < CLIENTS; i++) told += found.clients[i].told;
    }
    print_message("%d lives, %d acknowledged orders\n", ROUNDS, (int)told);
    assert_true(told > ROUNDS * CLIENTS);
}

/* The proof that the test above can fail: on a disk that only says that it has synced, writes are
 * lost. */
static void test_answering_before_the_disk_has_synced_is_seen(void **state)
{
    World *w = *state;
    int64_t missing = 0;
    for (uint64_t round = 0; round < 4; round++) {
        if (round) restart(w);
        Inspection found = live_and_die(w, 500 + (int64_t)round * 100, true, round);
        missing += found.damaged ? 1 : found.missing;
    }
    assert_true(missing > 0);
}

/* ---- A full disk --------------------------------------------------------------------- */

static bool insert_lines(Ctx *cx, void *arg)
{
    int64_t id = *(int64_t *)arg;
    return db_exec(cx, "insert into orders (id) values ($1)", id) == 1;
}

static bool count_orders(Ctx *cx, void *arg)
{
    *(int64_t *)arg = db_int(cx, -1, "select count(*) from orders");
    return true;
}

static int64_t orders(World *w)
{
    int64_t n = -2;
    RUN(w, TX_READ, count_orders, &n);
    return n;
}

static void test_a_full_disk_is_told_and_forgotten(void **state)
{
    World *w = *state;
    int64_t id = 1;
    Str detail = S("");
    RUN(w, TX_WRITE, insert_lines, &id);
    vfs_limit(1);
    id = 2;
    assert_int_equal(db_run(w->db, TX_WRITE, &w->cx, insert_lines, &id), DB_FULL);
    assert_int_equal(orders(w), 1);
    const Error *error = db_ready(w->db, w->arena, &detail);
    assert_non_null(error);
    assert_string_equal(error->code, "storage_full");
    vfs_limit(0);
    int64_t give_up_us = monotonic_us() + TEST_PATIENCE_US;
    while (db_ready(w->db, w->arena, &detail))
        assert_true(monotonic_us() < give_up_us); /* found out without a write */
    RUN(w, TX_WRITE, insert_lines, &id);
    assert_int_equal(orders(w), 2);
}

static void test_a_sync_that_fails_runs_the_batch_again(void **state)
{
    World *w = *state;
    int64_t id = 1;
    vfs_fail_syncs(1);
    RUN(w, TX_WRITE, insert_lines, &id);
    assert_int_equal(orders(w), 1);
    id = 2;
    vfs_fail_syncs(2); /* the batch, and the member by itself */
    assert_int_equal(db_run(w->db, TX_WRITE, &w->cx, insert_lines, &id), DB_UNAVAILABLE);
    RUN(w, TX_WRITE, insert_lines, &id);
    assert_int_equal(orders(w), 2);
}

/* Three members of one batch, of which the second writes more than the disk can hold. */
typedef struct Trio {
    DbWork work;
    Ctx cx;
    int64_t id;
    bool big;
    DbFailure failure;
    sem_t *begin, *ended;
} Trio;

static bool trio_run(DbWork *work)
{
    Trio *t = (Trio *)(void *)work;
    if (t->begin && work->attempts == 1) sem_wait(t->begin);
    insert_lines(work->cx, &t->id);
    Str text = {arena_zalloc(work->cx->arena, 1 << 20, 1, 1), 1 << 20};
    for (int n = 0; t->big && n < 40; n++)
        db_exec(work->cx, "insert into lines (order_id, n, text) values ($1, $2, $3)", t->id, n,
                text);
    return true;
}

static void trio_done(DbWork *work, DbFailure failure)
{
    Trio *t = (Trio *)(void *)work;
    t->failure = failure;
    sem_post(t->ended);
}

static void test_who_fills_the_disk_harms_only_himself(void **state)
{
    World *w = *state;
    world_close(w);
    w->options.batch_us = TEST_PATIENCE_US;
    world_open(w);
    vfs_limit(20 << 20); /* more than the cache, so that it is found out long before COMMIT */
    Trio trio[3];
    sem_t begin, ended;
    sem_init(&begin, 0, 0);
    sem_init(&ended, 0, 0);
    for (int i = 0; i < 3; i++) {
        trio[i] = (Trio){.cx = world_cx(w),
                         .id = i + 1,
                         .big = i == 1,
                         .begin = i ? NULL : &begin,
                         .ended = &ended};
        trio[i].work =
            (DbWork){.mode = TX_WRITE, .cx = &trio[i].cx, .run = trio_run, .done = trio_done};
        assert_true(db_submit(w->db, DB_LANE_WRITE, &trio[i].work));
    }
    sem_post(&begin);
    for (int i = 0; i < 3; i++) sem_wait(&ended);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(trio[i].failure, i == 1 ? DB_FULL : DB_FINE);
        arena_free(trio[i].cx.arena);
    }
    assert_int_equal(orders(w), 2);
}

#define ON_VFS(f)                                                                                  \
    {                                                                                              \
#f, f, world_on_vfs, world_end, NULL                                                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_VFS(test_no_acknowledged_write_is_lost_with_the_power),
        ON_VFS(test_answering_before_the_disk_has_synced_is_seen),
        ON_VFS(test_a_full_disk_is_told_and_forgotten),
        ON_VFS(test_a_sync_that_fails_runs_the_batch_again),
        ON_VFS(test_who_fills_the_disk_harms_only_himself),
    };
    return cmocka_run_group_tests_name("db_powerloss", tests, quiet, NULL);
}
