/* The watch: is the database there, and does it take writes?
 *
 * /readyz must not wait for a database, so it is told what is known: each piece of work that ends
 * notes how, and once a second a thread looks by itself, because trouble may come (or go) while
 * nobody asks anything. On SQLite that is a look at the disk; when a write has failed, it also
 * tries one. On PostgreSQL it is a statement, and the renewal of the lease on the node number
 * (node.c). */
#include "platform/db/driver.h"

#include <errno.h>
#include <signal.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum { WATCH_EVERY_S = 1, ASK_MAX_US = 5000000 };

/* Less cannot hold one batch of writes; SQLite would find out in the middle of one. */
#define DISK_MIN_BYTES ((uint64_t)1 << 20)

/* ---- What is known ------------------------------------------------------------------- */

static void set_trouble(Db *db, DbFailure failure, bool by_write, Str detail)
{
    Watch *w = &db->watch;
    pthread_mutex_lock(&w->lock);
    size_t n = detail.n < sizeof w->detail ? detail.n : sizeof w->detail;
    if (n) memcpy(w->detail, detail.p, n);
    w->detail_length = n;
    atomic_store(&w->trouble, failure);
    atomic_store(&w->by_write, by_write);
    pthread_mutex_unlock(&w->lock);
}

void watch_note_failure(Db *db, TxMode mode, DbFailure failure, Str detail)
{
    bool writes = mode == TX_WRITE; /* a write that was tried in a READ is a bug and no trouble */
    bool tells =
        failure == DB_UNAVAILABLE || (writes && (failure == DB_FULL || failure == DB_READ_ONLY));
    if (tells) set_trouble(db, failure, writes, detail);
}

void watch_note_success(Db *db, TxMode mode)
{
    Watch *w = &db->watch;
    if (atomic_load_explicit(&w->trouble, memory_order_relaxed) == DB_FINE) return;
    if (mode == TX_WRITE || !atomic_load(&w->by_write)) set_trouble(db, DB_FINE, false, S(""));
}

const Error *db_ready(Db *db, Arena *arena, Str *detail)
{
    Watch *w = &db->watch;
    const Error *lost = node_ready(db);
    if (lost) {
        *detail = S("restart this process");
        return lost;
    }
    if (atomic_load(&w->trouble) == DB_FINE) return NULL;
    pthread_mutex_lock(&w->lock);
    const Error *error = db_failure_error(atomic_load(&w->trouble));
    *detail = str_copy(arena, (Str){w->detail, w->detail_length});
    pthread_mutex_unlock(&w->lock);
    return error;
}

/* ---- Looking ------------------------------------------------------------------------- */

static bool ask_nothing(Ctx *cx, void *arg)
{
    (void)arg;
    db_int(cx, 0, "select 1");
    return true;
}

/* Changes nothing, but takes all that a write takes. */
static bool write_nothing(Ctx *cx, void *arg)
{
    (void)arg;
    db_exec(cx, "update schema_migrations set applied_at = applied_at where module = (select "
                "min(module) from schema_migrations)");
    return true;
}

static DbFailure look_at_disk(const Db *db, Arena *arena, Str *detail)
{
    const char *folder = str_z(arena, db->options.folder);
    struct statvfs disk;
    if (statvfs(folder, &disk) != 0 || access(folder, W_OK) != 0 || disk.f_flag & ST_RDONLY) {
        *detail = S("the data folder cannot be written");
        return DB_READ_ONLY;
    }
    uint64_t free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    if (free_bytes >= DISK_MIN_BYTES) return DB_FINE;
    *detail = str_format(arena, "%llu bytes are free", (unsigned long long)free_bytes);
    return DB_FULL;
}

/* Work that ends notes by itself how it went. */
static void look(Db *db, Arena *arena)
{
    Ctx cx = {.arena = arena,
              .clock = &clock_system,
              .random = &random_system,
              .deadline_us = monotonic_us() + ASK_MAX_US};
    DbFailure trouble = atomic_load(&db->watch.trouble);
    Str detail = S("");
    DbFailure disk = db->ops->driver == DB_SQLITE ? look_at_disk(db, arena, &detail) : DB_FINE;
    if (disk)
        set_trouble(db, disk, true, detail);
    else if (trouble && atomic_load(&db->watch.by_write))
        db_run_unfenced(db, TX_WRITE, &cx, write_nothing, NULL);
    else if (trouble || db->ops->driver == DB_POSTGRES)
        db_run(db, TX_READ, &cx, ask_nothing, NULL);
    node_tick(db, &cx);
}

static void *watch(void *arg)
{
    Db *db = arg;
    Watch *w = &db->watch;
    Arena *arena = arena_new(4096);
    pthread_setname_np(pthread_self(), "db-watch");
    pthread_mutex_lock(&w->lock);
    while (!w->stopping) {
        struct timespec next = {.tv_sec = monotonic_us() / 1000000 + WATCH_EVERY_S};
        if (pthread_cond_timedwait(&w->wake, &w->lock, &next) != ETIMEDOUT) continue;
        pthread_mutex_unlock(&w->lock);
        look(db, arena);
        arena_reset(arena);
        pthread_mutex_lock(&w->lock);
    }
    pthread_mutex_unlock(&w->lock);
    arena_free(arena);
    return NULL;
}

/* ---- Starting and stopping ----------------------------------------------------------- */

void watch_init(Watch *w)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

bool watch_start(Db *db)
{
    Watch *w = &db->watch;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&w->thread, NULL, watch, db);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    w->started = error == 0;
    errno = error;
    return w->started;
}

void watch_end(Db *db)
{
    Watch *w = &db->watch;
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    if (w->started) pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
}
