#include "platform/sequencer/sequencer.h"

#define SECOND_US INT64_C(1000000)
#define LOOK_US   (SECOND_US / 4)   /* for what a process has left that died after its commit */
#define REST_US   (60 * SECOND_US)  /* SQLite: nobody else writes */
#define BUSY_US   (SECOND_US / 100) /* another process numbers; it may not have seen what we have */

static void wake(void *arg)
{
    Sequencer *sequencer = arg;
    pulse_wake(&sequencer->pulse);
}

void sequencer_soon(Sequencer *sequencer, Ctx *cx)
{
    ctx_after_commit(cx, wake, sequencer);
}

/* Until the end of the transaction nobody else numbers. SQLite has one writer anyway. */
static bool take_turn(Ctx *cx, const Sequencer *sequencer)
{
    if (db_dialect(cx) == DB_SQLITE) return true;
    return db_int(cx, 0,
                  "select case when pg_try_advisory_xact_lock(hashtext('souk.' || $1)) then 1 "
                  "else 0 end",
                  str_from(sequencer->name)) == 1;
}

bool sequencer_turn(Ctx *cx, void *arg)
{
    SequencerTurn *turn = arg;
    turn->count = -1;
    if (!take_turn(cx, turn->sequencer)) return false;
    turn->count = turn->sequencer->number(cx, SEQUENCER_NUMBERED_MAX);
    FAULT(turn->sequencer->numbered);
    return turn->count > 0;
}

typedef struct Look {
    const Sequencer *sequencer;
    bool any;
} Look;

static bool look(Ctx *cx, void *arg)
{
    Look *look = arg;
    look->any = look->sequencer->any(cx);
    return true;
}

/* All that there is; when to look again. */
static int64_t number_all(const Sequencer *sequencer, Ctx *cx)
{
    Db *db = sequencer->world.db;
    for (;;) {
        Look seen = {sequencer, false};
        SequencerTurn turn = {sequencer, 0};
        if (db_run(db, TX_READ, cx, look, &seen) != DB_FINE) return SECOND_US;
        if (!seen.any) return db_driver(db) == DB_SQLITE ? REST_US : LOOK_US;
        FAULT(sequencer->unnumbered);
        if (db_run(db, TX_WRITE, cx, sequencer_turn, &turn) != DB_FINE) return SECOND_US;
        if (turn.count < 0) return BUSY_US;
        metric_add(sequencer->count, (uint64_t)turn.count);
    }
}

static int64_t beat(void *arg)
{
    Sequencer *sequencer = arg;
    Arena *arena = arena_new(4096);
    Ctx cx = module_ctx(&sequencer->world, arena);
    int64_t us = number_all(sequencer, &cx);
    arena_free(arena);
    return us;
}

bool sequencer_start(Sequencer *sequencer, const ModuleWorld *world)
{
    sequencer->world = *world;
    if (sequencer->family) sequencer->count = metric_series(sequencer->family);
    return pulse_start(&sequencer->pulse, sequencer->name, beat, sequencer);
}

void sequencer_stop(Sequencer *sequencer)
{
    pulse_stop(&sequencer->pulse);
}
