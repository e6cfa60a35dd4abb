/* What the database lanes cost: single-row writes through the writer lane against the same
 * statement on a bare connection in transactions of 64, and point reads on one thread. Ratios of
 * the same run, by turns; absolute numbers only beside the disk's fdatasync rate
 * (`build/bench/fsync`).
 *
 * usage: db FOLDER [ROUNDS]      FOLDER must exist and be empty; it decides which disk is measured
 *
 * Writers are two threads with 32 writes in flight each, as two loops of the server would have
 * them: what is done is handed back to its loop, which submits the next. */
#include "platform/db/db.h"
#include "base/buf.h"
#include "platform/telemetry/metrics.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    LOOPS = 2,
    FLIGHTS = 32,
    ROWS = 100000,
    SECONDS = 2,
    BATCH = LOOPS * FLIGHTS,
    READS = 200000
};

typedef struct Row {
    Id id;
    int64_t n;
    Str name;
} Row;

static const Type row_type =
    TYPE(Row, "A row.", FIELD(Row, id, ""), FIELD(Row, n, ""), FIELD(Row, name, ""));

static Db *db;
static IdMaker ids;
static _Atomic bool stopping;

static void die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static Ctx context(void)
{
    return (Ctx){
        .arena = arena_new(4096), .clock = &clock_system, .random = &random_system, .ids = &ids};
}

static int64_t pick(uint64_t *chance)
{
    *chance = *chance * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((*chance >> 33) % ROWS) + 1;
}

/* ---- The lane ------------------------------------------------------------------------ */

typedef struct Loop Loop;

typedef struct Flight {
    DbWork work;
    Ctx cx;
    Loop *loop;
    struct Flight *next;
    uint64_t chance;
    int64_t done;
} Flight;

struct Loop {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t some;
    Flight *finished;
    Flight flights[FLIGHTS];
};

static bool write_row(DbWork *work)
{
    Flight *f = (Flight *)(void *)work;
    return db_exec(work->cx, "update rows set n = n + 1 where id = $1", pick(&f->chance)) == 1;
}

static bool read_row(DbWork *work)
{
    Flight *f = (Flight *)(void *)work;
    return db_one(work->cx, &row_type, "select id, n, name from rows where id = $1",
                  pick(&f->chance)) != NULL;
}

static void finished(DbWork *work, DbFailure failure)
{
    if (failure) die("work", "failed");
    Flight *f = (Flight *)(void *)work;
    pthread_mutex_lock(&f->loop->lock);
    f->next = f->loop->finished;
    f->loop->finished = f;
    pthread_cond_signal(&f->loop->some);
    pthread_mutex_unlock(&f->loop->lock);
}

static void submit(Flight *f)
{
    if (!db_submit(db, f->work.mode == TX_WRITE ? DB_LANE_WRITE : DB_LANE_READ, &f->work))
        die("lane", "full");
}

static void *fly(void *arg)
{
    Loop *loop = arg;
    int in_flight = FLIGHTS;
    for (int i = 0; i < FLIGHTS; i++) submit(&loop->flights[i]);
    while (in_flight) {
        pthread_mutex_lock(&loop->lock);
        while (!loop->finished) pthread_cond_wait(&loop->some, &loop->lock);
        Flight *f = loop->finished;
        loop->finished = NULL;
        pthread_mutex_unlock(&loop->lock);
        for (Flight *next; f; f = next) {
            next = f->next;
            f->done++;
            arena_reset(f->cx.arena);
            if (atomic_load(&stopping))
                in_flight--;
            else
                submit(f);
        }
    }
    return NULL;
}

/* Pieces of work a second. */
static double measure_lane(TxMode mode, bool (*run)(DbWork *work), int loop_count)
{
    static Loop loops[LOOPS];
    atomic_store(&stopping, false);
    int64_t begun_us = monotonic_us(), done = 0;
    for (int i = 0; i < loop_count; i++) {
        loops[i] = (Loop){.lock = PTHREAD_MUTEX_INITIALIZER, .some = PTHREAD_COND_INITIALIZER};
        for (int k = 0; k < FLIGHTS; k++) {
            Flight *f = &loops[i].flights[k];
            *f =
                (Flight){.cx = context(), .loop = &loops[i], .chance = (uint64_t)(i * FLIGHTS + k)};
            f->work = (DbWork){.mode = mode, .cx = &f->cx, .run = run, .done = finished};
        }
        if (pthread_create(&loops[i].thread, NULL, fly, &loops[i])) die("thread", "none");
    }
    while (monotonic_us() - begun_us < SECONDS * 1000000) {
        struct timespec nap = {.tv_nsec = 10000000};
        clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
    }
    atomic_store(&stopping, true);
    for (int i = 0; i < loop_count; i++) pthread_join(loops[i].thread, NULL);
    int64_t took_us = monotonic_us() - begun_us;
    for (int i = 0; i < loop_count; i++)
        for (int k = 0; k < FLIGHTS; k++) {
            done += loops[i].flights[k].done;
            arena_free(loops[i].flights[k].cx.arena);
        }
    return (double)done * 1e6 / (double)took_us;
}

static double batches(void)
{
    Arena *arena = arena_new(65536);
    Buf text = buf_new(arena, 1 << 20);
    metrics_write(&text, false);
    buf_char(&text, 0);
    const char *at = strstr(text.p, "souk_db_batch_members_count");
    double count = at ? strtod(strchr(at, ' '), NULL) : 0;
    arena_free(arena);
    return count;
}

/* ---- The same without a lane --------------------------------------------------------- */

static void bare_execute(sqlite3 *bare, const char *sql)
{
    if (sqlite3_exec(bare, sql, NULL, NULL, NULL) != SQLITE_OK) die(sql, sqlite3_errmsg(bare));
}

static double measure_bare(const char *path)
{
    sqlite3 *bare;
    sqlite3_stmt *update;
    if (sqlite3_open(path, &bare) != SQLITE_OK) die(path, "cannot be opened");
    bare_execute(bare, "pragma synchronous = full; pragma wal_autocheckpoint = 1000; pragma "
                       "mmap_size = 1073741824;"
                       "pragma cache_size = -8192");
    sqlite3_prepare_v2(bare, "update rows set n = n + 1 where id = ?1", -1, &update, NULL);
    uint64_t chance = 7;
    int64_t begun_us = monotonic_us(), done = 0, now_us;
    do {
        bare_execute(bare, "begin immediate");
        for (int i = 0; i < BATCH; i++, done++) {
            sqlite3_bind_int64(update, 1, pick(&chance));
            if (sqlite3_step(update) != SQLITE_DONE) die("update", sqlite3_errmsg(bare));
            sqlite3_reset(update);
        }
        bare_execute(bare, "commit");
        now_us = monotonic_us();
    } while (now_us - begun_us < SECONDS * 1000000);
    sqlite3_finalize(update);
    sqlite3_close(bare);
    return (double)done * 1e6 / (double)(now_us - begun_us);
}

/* ---- Many reads of one piece of work ------------------------------------------------- */

static bool read_many(Ctx *cx, void *arg)
{
    uint64_t chance = 3;
    ArenaMark mark = arena_mark(cx->arena);
    for (int i = 0; i < *(int *)arg; i++) {
        if (!db_one(cx, &row_type, "select id, n, name from rows where id = $1", pick(&chance)))
            return false;
        arena_rewind(cx->arena, mark);
    }
    return true;
}

static double measure_statements(void)
{
    Ctx cx = context();
    int n = 20000; /* a snapshot lasts at most a second */
    int64_t begun_us = monotonic_us();
    for (int i = 0; i < READS / n; i++)
        if (db_run(db, TX_READ, &cx, read_many, &n) != DB_FINE) die("reads", "failed");
    int64_t took_us = monotonic_us() - begun_us;
    arena_free(cx.arena);
    return READS * 1e6 / (double)took_us;
}

static bool fill(Ctx *cx, void *arg)
{
    (void)arg;
    return db_exec(cx, "insert into rows (id, n, name) with recursive i(n) as (select 1 union all "
                       "select n + 1 from i "
                       "where n < 100000) select n, 0, 'row number ' || n from i") == ROWS;
}

static void open_and_fill(const char *folder)
{
    static const Migration schema = {
        "micro", 1, "rows", "create table rows (id ID primary key, n INTEGER, name TEXT);", 0};
    DbOptions options = {.folder = str_from(folder),
                         .readers = 1,
                         .queue_max = 1024,
                         .batch_max = 256,
                         .batch_us = 5000};
    Ctx cx = context();
    Str detail = S("");
    int applied;
    const Error *error = db_open(cx.arena, &options, &db, &detail);
    if (!error) error = db_migrate(db, &cx, &schema, 1, &applied, &detail);
    if (error) die(error->code, str_z(cx.arena, detail));
    if (db_run(db, TX_WRITE, &cx, fill, NULL) != DB_FINE) die("fill", "failed");
    arena_free(cx.arena);
}

int main(int argc, char **argv)
{
    if (argc < 2) die("usage", "db FOLDER [ROUNDS]");
    int64_t rounds = 5;
    if (argc > 2 && !str_to_int(str_from(argv[2]), &rounds)) die("ROUNDS", "no number");
    char path[4096];
    snprintf(path, sizeof path, "%s/souk.db", argv[1]);
    open_and_fill(argv[1]);
    printf("%12s %12s %8s %10s %8s %12s %12s\n", "lane w/s", "bare w/s", "ratio", "batch",
           "/flight", "reads/s", "rows/s");
    for (int64_t i = 0; i < rounds; i++) {
        double before = batches();
        double lane = measure_lane(TX_WRITE, write_row, LOOPS);
        double members = lane * SECONDS / (batches() - before);
        double bare = measure_bare(path);
        double reads = measure_lane(TX_READ, read_row, 1);
        printf("%12.0f %12.0f %8.2f %10.1f %8.2f %12.0f %12.0f\n", lane, bare, lane / bare, members,
               members / BATCH, reads, measure_statements());
    }
    db_close(db);
    return 0;
}
