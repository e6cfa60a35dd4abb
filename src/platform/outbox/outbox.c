/* Writing events down, and numbering them.
 *
 * A writer cannot draw the number itself: on PostgreSQL numbers would be drawn in another order than
 * transactions commit, with gaps where one is rolled back, and a reader who has seen 7 does not know
 * whether 6 is still to come; to prevent it, writers would have to wait for each other. So the row is
 * written without one, and a single sequencer numbers what it sees as committed. Each numbering is a
 * transaction under a lock, so a reader sees numbers appear in order and without gaps.
 *
 * That needs no knowledge of which transactions are still under way (pg_snapshot_xmin), since a row
 * says itself whether it has been numbered: one that commits late is numbered late. And it is right
 * about what follows from what: who waited for another's commit commits after it, so a snapshot that
 * shows the second shows the first, and the two are numbered in that order or together, by `place`.
 *
 * Rejected: a sequence (gaps, and the order of inserts, not of commits); the transaction's number as
 * order (a transaction that began first may wait for one that began later, and then happen after
 * it). */
#include "platform/outbox/outbox.h"

#include "meta/json.h"
#include "platform/events.h"
#include "platform/pulse.h"
#include "platform/telemetry/fault.h"
#include "platform/telemetry/metrics.h"

#include <assert.h>
#include <stdatomic.h>

enum { DATA_MAX = 64 * 1024 };

#define SECOND_US INT64_C(1000000)
#define LOOK_US   (SECOND_US / 4)   /* for what a process has left that died after its commit */
#define REST_US   (60 * SECOND_US)  /* SQLite: nobody else writes */
#define BUSY_US   (SECOND_US / 100) /* another process numbers; it may not have seen what we have */

FAULT_POINT(fault_unnumbered, "outbox.unnumbered",
            "Public events are committed, and none of them has a number.");
FAULT_POINT(fault_numbered, "outbox.numbered",
            "Public events have got their numbers; the commit is to come.");

METRIC_FAMILY(numbered_family, .name = "souk_outbox_events_total", .kind = METRIC_COUNTER,
              .doc = "Public events that this process has given their number.");

static struct {
    Pulse pulse;
    ModuleWorld world;
    Series numbered;
} sequencer = {.pulse = PULSE};

/* ---- Writing --------------------------------------------------------------------------------- */

static void wake(void *arg)
{
    (void)arg;
    pulse_wake(&sequencer.pulse);
}

void outbox_write(Ctx *cx, const Event *event, const void *payload)
{
    Buf data = buf_new(cx->arena, DATA_MAX);
    assert(cx->db && event->payload && payload);
    json_write(&data, event->payload, payload);
    assert(!data.full);
    Json json = {buf_str(&data)};
    db_post(cx, "insert into outbox (id, name, data, occurred_at) values ($1, $2, $3, $4)",
            ctx_id(cx), str_from(event->name), json, ctx_now(cx));
    ctx_after_commit(cx, wake, NULL);
}

/* ---- Numbering ------------------------------------------------------------------------------- */

/* Until the end of the transaction nobody else numbers. SQLite has one writer anyway. */
static bool take_turn(Ctx *cx)
{
    if (db_dialect(cx) == DB_SQLITE) return true;
    return db_int(cx, 0,
                  "select case when pg_try_advisory_xact_lock(hashtext('souk.outbox')) then 1 "
                  "else 0 end") == 1;
}

bool outbox_number(Ctx *cx, void *arg)
{
    int64_t *count = arg;
    *count = -1;
    if (!take_turn(cx)) return false;
    *count =
        db_exec(cx,
                "update outbox set sequence = numbered.number from (select id as row_id, "
                "(select last from outbox_end) + row_number() over (order by place, id) as number "
                "from outbox where sequence is null order by place, id limit $1) as numbered "
                "where outbox.id = numbered.row_id",
                (int64_t)OUTBOX_NUMBERED_MAX);
    if (*count) db_exec(cx, "update outbox_end set last = last + $1", *count);
    FAULT(&fault_numbered);
    return *count > 0;
}

static bool look(Ctx *cx, void *arg)
{
    *(bool *)arg = db_int(cx, 0, "select 1 from outbox where sequence is null limit 1") == 1;
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
        if (db_run(sequencer.world.db, TX_WRITE, cx, outbox_number, &count) != DB_FINE)
            return SECOND_US;
        if (count < 0) return BUSY_US;
        metric_add(sequencer.numbered, (uint64_t)count);
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

bool outbox_start(const ModuleWorld *world)
{
    sequencer.world = *world;
    sequencer.numbered = metric_series(&numbered_family);
    return pulse_start(&sequencer.pulse, "outbox", beat, NULL);
}

void outbox_stop(void)
{
    pulse_stop(&sequencer.pulse);
}
