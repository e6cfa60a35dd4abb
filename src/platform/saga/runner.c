/* What is done by the clock: leases are kept, what is due is taken on, who has waited for long is told so,
 * old rows are forgotten, and what is under way is counted.
 *
 * One column, `due_at`, says when a saga wants somebody: the end of a lease, of a pause, of a waiting.
 * So one index finds all that is to be done, also after any crash, and nothing must be remembered. */
#include "platform/saga/state.h"

#include <errno.h>

enum { CLAIM_MAX = 256, FORGOTTEN_MAX = 500, BEATS = 3 };

#define LOOK_US   (SECOND_US / 2) /* for what other processes have left: PostgreSQL */
#define REST_US   (5 * SECOND_US)
#define FORGET_US (60 * SECOND_US)
#define COUNT_US  (10 * SECOND_US)
#define RETRY_US  SECOND_US
/* What another process paused or left waiting is its own first: somebody may wait for it there. */
#define OTHERS_US SECOND_US

METRIC_FAMILY(sagas_family, .name = "souk_sagas", .kind = METRIC_GAUGE,
              .doc = "Sagas that have not ended, as counted lately: under way, waiting for "
                     "somebody, stuck at a step that does not succeed.",
              .labels = {"state"});

const SagasOptions sagas_usual = {.threads = 16, .lease_us = 5000000, .patience_us = 20000000};

SagasRunner sagas_runner = {.pulse = PULSE, .lock = PTHREAD_MUTEX_INITIALIZER};

Time saga_lease_end(const Ctx *cx)
{
    int64_t lease_us = sagas_runner.options.lease_us;
    return (Time){ctx_now(cx).us + (lease_us ? lease_us : sagas_usual.lease_us)};
}

void sagas_wake(void *nothing)
{
    (void)nothing;
    pulse_wake(&sagas_runner.pulse);
}

/* ---- Taking on ------------------------------------------------------------------------------- */

static size_t count_drives(void)
{
    size_t n = 0;
    pthread_mutex_lock(&sagas_runner.lock);
    for (const Drive *d = sagas_runner.drives; d; d = d->next) n++;
    pthread_mutex_unlock(&sagas_runner.lock);
    return n;
}

typedef struct Claim {
    int64_t room;
    SagaRowList rows;
} Claim;

static bool claim_in_tx(Ctx *cx, void *arg)
{
    Claim *claim = arg;
    Time now = ctx_now(cx);
    claim->rows = sagas_claim(cx, &(SagaClaim){.runner = sagas_runner.self,
                                               .now = now,
                                               .lease_end = saga_lease_end(cx),
                                               .others_before = {now.us - OTHERS_US},
                                               .all_running = sagas_runner.fresh,
                                               .limit = claim->room});
    return true;
}

/* How many; -1: the database does not answer. */
static int claim(Ctx *cx)
{
    size_t busy = count_drives();
    int64_t room = busy < SAGA_UNDER_WAY_MAX ? SAGA_UNDER_WAY_MAX - (int64_t)busy : 0;
    Claim c = {.room = room < CLAIM_MAX ? room : CLAIM_MAX};
    if (!c.room) return 0;
    if (db_run(sagas_runner.world.db, TX_WRITE, cx, claim_in_tx, &c) != DB_FINE) return -1;
    if (c.rows.n < (size_t)c.room) sagas_runner.fresh = false;
    for (size_t i = 0; i < c.rows.n; i++) saga_drive(&c.rows.items[i]);
    return (int)c.rows.n;
}

static bool next_due_in_tx(Ctx *cx, void *arg)
{
    Time *due = arg, own = sagas_next_due_of(cx, sagas_runner.self), any = sagas_next_due(cx);
    any.us += any.us ? OTHERS_US : 0;
    *due = own.us && (!any.us || own.us < any.us) ? own : any;
    return true;
}

/* Takes on what is due; after how long to look again. */
static int64_t take_on(Ctx *cx)
{
    Time due = {0};
    if (db_run(sagas_runner.world.db, TX_READ, cx, next_due_in_tx, &due) != DB_FINE)
        return RETRY_US;
    int64_t now_us = ctx_now(cx).us;
    int64_t rest_us = db_driver(sagas_runner.world.db) == DB_SQLITE ? REST_US : LOOK_US;
    if (sagas_runner.fresh || (due.us && due.us <= now_us)) {
        int taken = claim(cx);
        return taken < 0 ? RETRY_US : taken ? 0 : rest_us;
    }
    int64_t left_us = due.us ? due.us - now_us : rest_us;
    return left_us < rest_us ? left_us : rest_us;
}

/* ---- Who waits here for what another process has ended --------------------------------------- */

typedef struct Settled {
    IdList asked, found;
} Settled;

static bool settled_in_tx(Ctx *cx, void *arg)
{
    Settled *settled = arg;
    settled->found = sagas_settled(cx, settled->asked);
    return true;
}

static void release_settled(Ctx *cx)
{
    Settled s = {.asked = {NEW_N(cx->arena, Id, SAGA_UNDER_WAY_MAX), 0}};
    if (db_driver(sagas_runner.world.db) == DB_SQLITE) return; /* there is no other */
    pthread_mutex_lock(&sagas_runner.lock);
    for (const Parked *p = sagas_runner.waiters; p && s.asked.n < SAGA_UNDER_WAY_MAX; p = p->next)
        s.asked.items[s.asked.n++] = ((const SagaWaiter *)p->arg)->row.id;
    pthread_mutex_unlock(&sagas_runner.lock);
    if (!s.asked.n) return;
    if (db_run(sagas_runner.world.db, TX_READ, cx, settled_in_tx, &s) != DB_FINE) return;
    for (size_t i = 0; i < s.found.n; i++) saga_release(s.found.items[i], 0);
}

/* ---- Chores ---------------------------------------------------------------------------------- */

typedef struct Beat {
    IdList ids;
} Beat;

static bool beat_in_tx(Ctx *cx, void *arg)
{
    sagas_beat(cx, sagas_runner.self, ((const Beat *)arg)->ids, saga_lease_end(cx));
    return true;
}

static void keep_leases(Ctx *cx)
{
    Beat beat = {{NEW_N(cx->arena, Id, SAGA_UNDER_WAY_MAX), 0}};
    pthread_mutex_lock(&sagas_runner.lock);
    for (const Drive *d = sagas_runner.drives; d && beat.ids.n < SAGA_UNDER_WAY_MAX; d = d->next)
        beat.ids.items[beat.ids.n++] = d->row.id;
    pthread_mutex_unlock(&sagas_runner.lock);
    if (beat.ids.n) db_run(sagas_runner.world.db, TX_WRITE, cx, beat_in_tx, &beat);
}

static bool forget_in_tx(Ctx *cx, void *arg)
{
    *(int64_t *)arg = sagas_forget(cx, ctx_now(cx), FORGOTTEN_MAX);
    return true;
}

static void forget_old(Ctx *cx)
{
    int64_t gone = FORGOTTEN_MAX;
    while (gone == FORGOTTEN_MAX && !atomic_load(&sagas_runner.stopping))
        if (db_run(sagas_runner.world.db, TX_WRITE, cx, forget_in_tx, &gone) != DB_FINE) return;
}

static bool count_in_tx(Ctx *cx, void *arg)
{
    *(SagaCounts *)arg = sagas_count(cx);
    return true;
}

static void count(Ctx *cx)
{
    SagaCounts counts;
    if (db_run(sagas_runner.world.db, TX_READ, cx, count_in_tx, &counts) != DB_FINE) return;
    atomic_store(&sagas_runner.running, counts.running);
    atomic_store(&sagas_runner.waiting, counts.waiting);
    atomic_store(&sagas_runner.stuck, counts.stuck);
}

static bool is_time(int64_t *at_us, int64_t every_us)
{
    int64_t now_us = monotonic_us();
    if (now_us < *at_us) return false;
    *at_us = now_us + every_us;
    return true;
}

static int64_t beat(void *arg)
{
    (void)arg;
    Arena *arena = arena_new(1 << 16);
    Ctx cx = module_ctx(&sagas_runner.world, arena);
    int64_t lease_us = sagas_runner.options.lease_us / BEATS;
    if (is_time(&sagas_runner.beat_us, lease_us)) keep_leases(&cx);
    if (is_time(&sagas_runner.forget_us, FORGET_US)) forget_old(&cx);
    if (is_time(&sagas_runner.count_us, COUNT_US)) count(&cx);
    release_settled(&cx);
    saga_release((Id){0}, monotonic_us() - sagas_runner.options.patience_us);
    int64_t wait_us = take_on(&cx);
    arena_free(arena);
    return wait_us < lease_us ? wait_us : lease_us;
}

/* ---- Start and stop -------------------------------------------------------------------------- */

static double read_gauge(void *arg)
{
    return (double)atomic_load((_Atomic int64_t *)arg);
}

static void make_gauges(void)
{
    metric_gauge_function(&sagas_family, read_gauge, &sagas_runner.running, "running");
    metric_gauge_function(&sagas_family, read_gauge, &sagas_runner.waiting, "waiting");
    metric_gauge_function(&sagas_family, read_gauge, &sagas_runner.stuck, "stuck");
}

bool sagas_start(const ModuleWorld *world, const SagasOptions *options)
{
    sagas_runner.world = *world;
    sagas_runner.options = *options;
    sagas_runner.self = id_make(world->ids, clock_now(world->clock));
    sagas_runner.stopping = false;
    sagas_runner.fresh = db_driver(world->db) == DB_SQLITE;
    sagas_runner.beat_us = sagas_runner.forget_us = sagas_runner.count_us = 0;
    make_gauges();
    LaneOptions lane = {
        .name = "sagas", .threads = options->threads, .queue_max = SAGA_UNDER_WAY_MAX};
    sagas_runner.lane = lane_start(&lane);
    if (!sagas_runner.lane) return false;
    atomic_store(&sagas_runner.started, true);
    if (pulse_start(&sagas_runner.pulse, "sagas", beat, NULL)) return true;
    int error = errno;
    atomic_store(&sagas_runner.started, false);
    lane_stop(sagas_runner.lane);
    errno = error;
    return false;
}

void sagas_stop(void)
{
    if (!atomic_load(&sagas_runner.started)) return;
    atomic_store(&sagas_runner.stopping, true);
    pulse_stop(&sagas_runner.pulse);
    lane_stop(sagas_runner.lane);
    atomic_store(&sagas_runner.started, false);
    saga_release((Id){0}, INT64_MAX);
}
