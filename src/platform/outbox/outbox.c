/* Writing events down, and what gives them their numbers after the commit (a sequencer).
 *
 * It is right about what follows from what: who waited for another's commit commits after it, so a
 * snapshot that shows the second shows the first, and the two are numbered in that order or
 * together, by `place`. Rejected: the transaction's number as order (a transaction that began
 * first may wait for one that began later, and then happen after it). */
#include "platform/outbox/outbox.h"

#include "meta/json.h"
#include "platform/events.h"

#include <assert.h>

enum { DATA_MAX = 64 * 1024 };

/* ---- Writing --------------------------------------------------------------------------------- */

typedef struct OutboxRow {
    Id id;
    Str name;
    Json data;
    Time occurred_at;
} OutboxRow;

static const Type outbox_row_type =
    TYPE(OutboxRow, "An event as it is written down.", FIELD(OutboxRow, id, "", .prefix = "evt"),
         FIELD(OutboxRow, name, ""), FIELD(OutboxRow, data, ""), FIELD(OutboxRow, occurred_at, ""));

/* All events of a transaction at once. */
static void write_rows(Ctx *cx, void **items, size_t n)
{
    OutboxRow *rows = NEW_N(cx->arena, OutboxRow, n);
    for (size_t i = 0; i < n; i++) rows[i] = *(const OutboxRow *)items[i];
    db_post_rows(cx, &outbox_row_type, rows, n,
                 "insert into outbox (id, name, data, occurred_at) "
                 "values (:id, :name, :data, :occurred_at)");
    sequencer_soon(&outbox_sequencer, cx);
}

void outbox_write(Ctx *cx, const Event *event, const void *payload)
{
    Buf data = buf_new(cx->arena, DATA_MAX);
    assert(cx->db && event->payload && payload);
    json_write(&data, event->payload, payload);
    assert(!data.full);
    OutboxRow *row = NEW(cx->arena, OutboxRow);
    *row = (OutboxRow){ctx_id(cx), str_from(event->name), {buf_str(&data)}, ctx_now(cx)};
    ctx_before_commit(cx, write_rows, row);
}

/* ---- Numbering ------------------------------------------------------------------------------- */

static bool any(Ctx *cx)
{
    return db_int(cx, 0, "select 1 from outbox where sequence is null limit 1") == 1;
}

static int64_t number(Ctx *cx, int64_t limit)
{
    int64_t count =
        db_exec(cx,
                "update outbox set sequence = numbered.number from (select id as row_id, "
                "(select last from outbox_end) + row_number() over (order by place, id) as number "
                "from outbox where sequence is null order by place, id limit $1) as numbered "
                "where outbox.id = numbered.row_id",
                limit);
    if (count) db_exec(cx, "update outbox_end set last = last + $1", count);
    return count;
}

FAULT_POINT(fault_unnumbered, "outbox.unnumbered",
            "Public events are committed, and none of them has a number.");
FAULT_POINT(fault_numbered, "outbox.numbered",
            "Public events have got their numbers; the commit is to come.");

METRIC_FAMILY(numbered_family, .name = "souk_outbox_events_total", .kind = METRIC_COUNTER,
              .doc = "Public events that this process has given their number.");

Sequencer outbox_sequencer = {
    .name = "outbox",
    .any = any,
    .number = number,
    .unnumbered = &fault_unnumbered,
    .numbered = &fault_numbered,
    .family = &numbered_family,
    .pulse = PULSE,
};

bool outbox_start(const ModuleWorld *world)
{
    return sequencer_start(&outbox_sequencer, world);
}

void outbox_stop(void)
{
    sequencer_stop(&outbox_sequencer);
}
