/* A sequencer: the thread that gives rows their numbers, without gaps, after their commit.
 *
 * A writer who drew his number himself would hold the counter's row until his commit, and all
 * writers would wait for each other; one that is rolled back would leave a gap. With a database
 * sequence there would be gaps too, and numbers in another order than commits: a reader who has
 * seen 7 would not know whether 6 is still to come. So a row is committed without a number, and a
 * single sequencer numbers what it sees as committed, in short transactions that follow each other
 * (PostgreSQL: an advisory lock; SQLite: its one writer). That needs no knowledge of which
 * transactions are still under way (pg_snapshot_xmin), since a row says itself whether it has been
 * numbered: one that commits late is numbered late. A process that dies between the commit and the
 * number has lost nothing: any sequencer of that name sees the row a quarter of a second later
 * (PostgreSQL), or at the next start (SQLite).
 *
 *     static Sequencer orders = {
 *         .name = "orders",
 *         .any = orders_are_unnumbered,
 *         .number = orders_number,
 *         .unnumbered = &fault_unnumbered,
 *         .numbered = &fault_numbered,
 *         .pulse = PULSE,
 *     };
 *     sequencer_start(&orders, world);
 *     …
 *     sequencer_soon(&orders, cx);     in the transaction that leaves a row without a number
 *     …
 *     sequencer_stop(&orders); */
#ifndef PLATFORM_SEQUENCER_SEQUENCER_H
#define PLATFORM_SEQUENCER_SEQUENCER_H

#include "platform/module.h"
#include "platform/pulse.h"
#include "platform/telemetry/fault.h"
#include "platform/telemetry/metrics.h"

/* Rows that one transaction numbers at most, so that none of them takes long. */
enum { SEQUENCER_NUMBERED_MAX = 1000 };

typedef struct Sequencer {
    const char *name;     /* of the thread (at most 15 characters) and of the lock */
    bool (*any)(Ctx *cx); /* is anything committed that has no number? */
    int64_t (*number)(Ctx *cx, int64_t limit); /* numbers the first so many; how many they were */
    const FaultPoint *unnumbered;              /* something was seen that has no number */
    const FaultPoint *numbered;                /* it has one; the commit is to come */
    const MetricFamily *family; /* counts what this process has numbered; may be NULL */
    Pulse pulse;                /* PULSE */
    /* its own */
    ModuleWorld world;
    Series count;
} Sequencer;

/* Begins to number, when the schema is there. False and errno: no thread. */
bool sequencer_start(Sequencer *sequencer, const ModuleWorld *world);
void sequencer_stop(Sequencer *sequencer); /* nothing when it was not started */

/* This transaction leaves rows without a number: they get theirs after its commit. */
void sequencer_soon(Sequencer *sequencer, Ctx *cx);

/* Numbers once, in a WRITE transaction that is kept if there was anything: what the thread does,
 * and tests. */
typedef struct SequencerTurn {
    const Sequencer *sequencer;
    int64_t count; /* of rows that got their number; -1: another process is at it */
} SequencerTurn;

bool sequencer_turn(Ctx *cx, void *turn);

#endif
