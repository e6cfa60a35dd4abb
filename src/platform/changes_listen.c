/* The thread that hears what other processes have changed, and forgets old changes.
 *
 * On PostgreSQL it looks four times a second, on a connection of its own: behind a full lane of
 * readers its news would come late exactly when many are waiting for it. A look costs one round trip
 * and reads one end of an index. When the server is lost it just looks again; what has happened
 * meanwhile is in the table, and if that is too long ago everything counts as changed. On SQLite
 * there are no other processes (the data folder has one owner), and the thread only forgets. */
#include "platform/changes_news.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#define LOOK_EVERY_US   ((int64_t)250000)
#define FORGET_EVERY_US ((int64_t)300000000)

/* How long a reader may look away and still be told what has changed instead of everything. */
#define KEEP_US ((int64_t)3600000000)

/* Of one look: a server that is silent for longer is lost. */
#define LOOK_MAX_US ((int64_t)5000000)

static struct {
    pthread_mutex_t lock; /* of `stopping` */
    pthread_cond_t wake;
    pthread_t thread;
    bool started, stopping;
    Db *db;
    DbConn *own; /* PostgreSQL */
    ChangePosition position;
} listener;

static Ctx context(Arena *arena)
{
    return (Ctx){.arena = arena,
                 .clock = &clock_system,
                 .random = &random_system,
                 .deadline_us = monotonic_us() + LOOK_MAX_US};
}

static bool take_news(Ctx *cx, void *arg)
{
    (void)arg;
    return changes_take_news(cx, &listener.position);
}

static void look(Arena *arena)
{
    Ctx cx = context(arena);
    if (listener.own) db_own_run(listener.own, &cx, take_news, NULL);
    arena_reset(arena);
}

typedef struct Forgetting {
    Time before;
    int64_t gone;
} Forgetting;

static bool forget_some(Ctx *cx, void *arg)
{
    Forgetting *forgetting = arg;
    forgetting->gone = changes_forget(cx, forgetting->before);
    return true;
}

/* A slice at a time, so that nobody waits for long; what fails is tried again the next time. */
static void forget(Arena *arena)
{
    Forgetting forgetting = {.before = {clock_now(&clock_system).us - KEEP_US}};
    do {
        Ctx cx = context(arena);
        forgetting.gone = 0;
        db_run(listener.db, TX_WRITE, &cx, forget_some, &forgetting);
        arena_reset(arena);
    } while (forgetting.gone >= CHANGES_FORGOTTEN_MAX);
}

/* Sleeps until then, or until it is time to stop: false. */
static bool sleep_until(int64_t until_us)
{
    struct timespec until = {until_us / 1000000, (long)(until_us % 1000000) * 1000};
    pthread_mutex_lock(&listener.lock);
    int status = 0;
    while (!listener.stopping && status != ETIMEDOUT)
        status = pthread_cond_timedwait(&listener.wake, &listener.lock, &until);
    bool stopping = listener.stopping;
    pthread_mutex_unlock(&listener.lock);
    return !stopping;
}

static void *listen_and_forget(void *arg)
{
    Arena *arena = arg;
    int64_t forget_us = monotonic_us() + FORGET_EVERY_US;
    pthread_setname_np(pthread_self(), "changes");
    while (sleep_until(listener.own ? monotonic_us() + LOOK_EVERY_US : forget_us)) {
        look(arena);
        if (monotonic_us() < forget_us) continue;
        forget(arena);
        forget_us = monotonic_us() + FORGET_EVERY_US;
    }
    arena_free(arena);
    return NULL;
}

static void init_wake(void)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&listener.lock, NULL);
    pthread_cond_init(&listener.wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

/* Signals are the main thread's. */
static int start_thread(Arena *arena)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&listener.thread, NULL, listen_and_forget, arena);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

static void end(void)
{
    if (listener.own) db_own_close(listener.own);
    listener.own = NULL;
    pthread_cond_destroy(&listener.wake);
    pthread_mutex_destroy(&listener.lock);
    listener.started = false;
}

bool changes_start(Db *db)
{
    Arena *arena = arena_new(65536);
    listener.db = db;
    listener.own = db_driver(db) == DB_POSTGRES ? db_own_open(db) : NULL;
    listener.position = (ChangePosition){0};
    listener.started = true;
    listener.stopping = false;
    init_wake();
    look(arena); /* from here on nothing is missed */
    int error = start_thread(arena);
    if (error == 0) return true;
    end();
    arena_free(arena);
    errno = error;
    return false;
}

void changes_stop(void)
{
    if (!listener.started) return;
    pthread_mutex_lock(&listener.lock);
    listener.stopping = true;
    pthread_cond_signal(&listener.wake);
    pthread_mutex_unlock(&listener.lock);
    pthread_join(listener.thread, NULL);
    end();
}
