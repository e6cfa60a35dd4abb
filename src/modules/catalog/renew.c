/* Publishing anew what nobody has changed.
 *
 * Two things make a published product untrue by themselves: the moment at which one of its prices
 * begins or ends, and a new program whose documents have another shape (or that derives more than
 * the one before). Readers are safe without this thread, since a document that does not hold is
 * read from the tables; but facts, by which lists are sorted and filtered, are not looked at one by
 * one. So a thread publishes, in small transactions between those of customers, first what is of
 * another shape, then what is due, and sleeps until the next price is.
 *
 * Several processes may do the same at once; the product is taken first, so they only repeat each
 * other's work. What another process publishes is noticed within a minute. */
#include "modules/catalog/renew.h"

#include "modules/catalog/documents.h"
#include "modules/catalog/publish.h"
#include "modules/catalog/store.h"

#include "platform/api/problem.h"
#include "platform/telemetry/log.h"

#include <errno.h>
#include <pthread.h>

enum {
    BATCH = 50,                  /* products in one transaction: a few milliseconds of the writer */
    SLEEP_MAX_US = 60 * 1000000, /* until it looks again what others have published */
    RETRY_US = 1000000,
};

LOG_EVENT(renew_failed, "catalog.renew_failed", LOG_WARN,
          "Products could not be published anew; it is tried again.");
LOG_EVENT(renewed, "catalog.renewed", LOG_INFO,
          "Products were published anew: by a new program, or since their prices have changed.");

static struct {
    ModuleWorld world;
    pthread_t thread;
    bool started;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    bool stop;
    Time due; /* 0: nothing is known to be */
} state = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- One batch ------------------------------------------------------------------------------- */

/* The whole table is looked through once, after the start, for what another program has written, and
 * not on the writer's time. */
typedef struct Batch {
    IdList ids;
    Id after;  /* products up to here have been looked at */
    Time next; /* when the next price changes; 0: none will */
} Batch;

static bool find_unpublished(Ctx *cx, void *arg)
{
    Batch *batch = arg;
    batch->ids = products_unpublished(cx, document_shape(), batch->after, BATCH);
    return true;
}

static bool find_due(Ctx *cx, void *arg)
{
    Batch *batch = arg;
    batch->ids = products_due(cx, ctx_now(cx), BATCH);
    batch->next = products_next_due(cx);
    return true;
}

static bool publish_all(Ctx *cx, void *arg)
{
    const Batch *batch = arg;
    for (size_t i = 0; i < batch->ids.n; i++) {
        product_take(cx, batch->ids.items[i]);
        const Product *product = product_read(cx, batch->ids.items[i], S(""));
        if (product) product_publish(cx, product);
    }
    return true;
}

/* False: the database does not answer. */
static bool run_batch(Batch *batch, bool (*find)(Ctx *cx, void *arg))
{
    Arena *arena = arena_new(1 << 16);
    Ctx cx = module_ctx(&state.world, arena);
    DbFailure failure = db_run(state.world.db, TX_READ, &cx, find, batch);
    size_t n = failure == DB_FINE ? batch->ids.n : 0;
    if (n) failure = db_run(state.world.db, TX_WRITE, &cx, publish_all, batch);
    if (n && failure == DB_FINE) {
        batch->after = batch->ids.items[n - 1];
        LOG(NULL, &renewed, KV("products", (int64_t)n));
    }
    if (failure != DB_FINE)
        LOG(NULL, &renew_failed, KV("why", str_from(problem_of_failure(failure)->code)));
    batch->ids = (IdList){.n = n};
    arena_free(arena);
    return failure == DB_FINE;
}

/* How long until there is something to do. */
static int64_t run_all(Batch *batch, bool *looked_through)
{
    if (!run_batch(batch, *looked_through ? find_due : find_unpublished)) return RETRY_US;
    if (batch->ids.n) return 0;
    if (!*looked_through) {
        *looked_through = true;
        return 0;
    }
    if (!batch->next.us) return SLEEP_MAX_US;
    int64_t left = batch->next.us - clock_now(state.world.clock).us;
    return left < 0 ? 0 : left < SLEEP_MAX_US ? left : SLEEP_MAX_US;
}

/* ---- The thread ------------------------------------------------------------------------------ */

/* Until then, or until something is due earlier; with the lock held. */
static void sleep_for(int64_t us)
{
    int64_t until_us = monotonic_us() + us;
    struct timespec until = {.tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000};
    Time wake = {clock_now(state.world.clock).us + us};
    bool late = us <= 0;
    while (!state.stop && !late && !(state.due.us && state.due.us < wake.us))
        late = pthread_cond_timedwait(&state.changed, &state.lock, &until) == ETIMEDOUT;
    state.due = (Time){0};
}

static void *keep_true(void *arg)
{
    (void)arg;
    Batch batch = {0};
    bool looked_through = false;
    pthread_mutex_lock(&state.lock);
    while (!state.stop) {
        pthread_mutex_unlock(&state.lock);
        int64_t us = run_all(&batch, &looked_through);
        pthread_mutex_lock(&state.lock);
        sleep_for(us);
    }
    pthread_mutex_unlock(&state.lock);
    return NULL;
}

/* ---- From outside ---------------------------------------------------------------------------- */

static void wake_by(void *arg)
{
    const Time *due = arg;
    pthread_mutex_lock(&state.lock);
    if (state.started && (!state.due.us || due->us < state.due.us)) {
        state.due = *due;
        pthread_cond_signal(&state.changed);
    }
    pthread_mutex_unlock(&state.lock);
}

void renew_by(Ctx *cx, Time due)
{
    ctx_after_commit(cx, wake_by, arena_copy(cx->arena, &due, sizeof due));
}

void renew_start(const ModuleWorld *world)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&state.changed, &attributes);
    pthread_condattr_destroy(&attributes);
    state.world = *world;
    state.stop = false;
    state.started = pthread_create(&state.thread, NULL, keep_true, NULL) == 0;
}

void renew_stop(void)
{
    pthread_mutex_lock(&state.lock);
    bool started = state.started;
    state.stop = true;
    state.started = false;
    pthread_cond_signal(&state.changed);
    pthread_mutex_unlock(&state.lock);
    if (started) pthread_join(state.thread, NULL);
}
