/* What the tests of SQLite's writer and readers share: a table of notes, and worlds of it. */
#ifndef PLATFORM_DB_TEST_NOTES_H
#define PLATFORM_DB_TEST_NOTES_H

#include "platform/db/driver.h"
#include "platform/db/test_world.h"
#include "platform/telemetry/fault.h"

static const char schema[] = "create table notes (id ID primary key, text TEXT unique);";

/* A world whose batches end for their number of members only, or because the queue is empty: never
 * for the clock. */
static inline int world_patient(void **state)
{
    world_sqlite(state);
    World *w = *state;
    world_close(w);
    w->options.batch_us = TEST_PATIENCE_US;
    w->options.batch_max = 8;
    world_open(w);
    world_schema(w, schema);
    return 0;
}

static inline int world_usual(void **state)
{
    world_sqlite(state);
    world_schema(*state, schema);
    return 0;
}

#define PATIENT(f)                                                                                 \
    {                                                                                              \
#f, f, world_patient, world_end, NULL                                                      \
    }

#define USUAL(f)                                                                                   \
    {                                                                                              \
#f, f, world_usual, world_end, NULL                                                        \
    }

static inline void arm(World *w, const char *spec)
{
    Str why = S("");
    if (!fault_arm(w->arena, str_from(spec), &why)) fail_msg("%.*s", STR_ARG(why));
}

typedef struct Note {
    int64_t id;
} Note;

static inline bool insert_note(Ctx *cx, void *arg)
{
    const Note *note = arg;
    return db_exec(cx, "insert into notes (id) values ($1)", note->id) == 1;
}

static inline bool count_notes(Ctx *cx, void *arg)
{
    *(int64_t *)arg = db_int(cx, -1, "select count(*) from notes");
    return true;
}

#endif
