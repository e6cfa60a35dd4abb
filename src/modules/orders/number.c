/* Numbers without gaps, as law wants them of invoices, given after the commit.
 *
 * A checkout that drew its number would hold the counter's row until its commit, and all checkouts would
 * queue for it; one that is rolled back would leave a gap. So an order is committed without one, and a
 * single sequencer numbers what it sees, in short transactions of its own that follow each other
 * (PostgreSQL: an advisory lock; SQLite: its one writer), in the order of placing. A process that dies in
 * between has lost nothing: any sequencer sees the order a quarter of a second later (PostgreSQL), or at
 * the next start (SQLite). It is the outbox's way (docs/internals/outbox.md). */
#include "modules/orders/number.h"

#include "platform/pulse.h"
#include "platform/telemetry/fault.h"
#include "platform/telemetry/log.h"

#define SECOND_US INT64_C(1000000)
#define LOOK_US   (SECOND_US / 4)   /* for what a process has left that died after its commit */
#define REST_US   (60 * SECOND_US)  /* SQLite: nobody else writes */
#define BUSY_US   (SECOND_US / 100) /* another process numbers; it may not have seen what we have */

FAULT_POINT(fault_unnumbered, "orders.unnumbered",
            "Orders are committed, and some have no number.");
FAULT_POINT(fault_numbered, "orders.numbered",
            "Orders have got their numbers; the commit is to come.");

static struct {
    Pulse pulse;
    ModuleWorld world;
} sequencer = {.pulse = PULSE};

static void wake(void *arg)
{
    (void)arg;
    pulse_wake(&sequencer.pulse);
}

void order_number_soon(Ctx *cx)
{
    ctx_after_commit(cx, wake, NULL);
}

bool order_number(Ctx *cx, void *arg)
{
    int64_t *count = arg;
    *count = -1;
    if (!order_numbers_take_turn(cx)) return false;
    *count = orders_number(cx, ORDERS_NUMBERED_MAX);
    FAULT(&fault_numbered);
    return *count > 0;
}

static bool look(Ctx *cx, void *arg)
{
    *(bool *)arg = orders_are_unnumbered(cx);
    return true;
}

/* All that there is; when to look again. */
static int64_t number_all(Ctx *cx)
{
    int64_t rest_us = db_driver(sequencer.world.db) == DB_SQLITE ? REST_US : LOOK_US;
    for (;;) {
        bool any = false;
        int64_t count = 0;
        if (db_run(sequencer.world.db, TX_READ, cx, look, &any) != DB_FINE) return SECOND_US;
        if (!any) return rest_us;
        FAULT(&fault_unnumbered);
        if (db_run(sequencer.world.db, TX_WRITE, cx, order_number, &count) != DB_FINE)
            return SECOND_US;
        if (count < 0) return BUSY_US;
    }
}

static int64_t beat(void *arg)
{
    (void)arg;
    Arena *arena = arena_new(4096);
    Ctx cx = module_ctx(&sequencer.world, arena);
    int64_t us = number_all(&cx);
    arena_free(arena);
    return us;
}

LOG_EVENT(numberless, "orders.numberless", LOG_ERROR,
          "There is no thread that gives orders their numbers.");

void orders_start(const ModuleWorld *world)
{
    sequencer.world = *world;
    if (!pulse_start(&sequencer.pulse, "orders", beat, NULL)) LOG(NULL, &numberless);
}

void orders_stop(void)
{
    pulse_stop(&sequencer.pulse);
}
