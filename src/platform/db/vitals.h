/* What the database says of itself, for `souk doctor`: read only, and bounded in time. */
#ifndef PLATFORM_DB_VITALS_H
#define PLATFORM_DB_VITALS_H

#include "platform/db/db.h"

typedef struct DbVitals {
    Str version;        /* "3.53.0", "15.8" */
    Str version_wanted; /* the oldest that souk works with */
    bool version_fine;
    Str encoding; /* of texts in it: UTF-8 (SQLite), UTF8 (PostgreSQL) */
    bool encoding_fine;

    /* PostgreSQL; 0 with SQLite. */
    int64_t clock_ahead_us; /* of the server's clock before ours, give or take the round trip */
    int64_t round_trip_us;
    int64_t connections_wanted; /* by one process with these options, when it is busy */
    int64_t connections_max;    /* that the server leaves to those who are no superusers */

    bool has_schema;     /* souk's tables are there; else what follows is 0 */
    int64_t nodes_taken; /* node numbers that are leased now; SQLite: 1 */
    Id newest;           /* the newest id that was promised to anybody; it lies a little ahead */
} DbVitals;

/* NULL, or why the database did not answer. */
const Error *db_vitals(Db *db, Ctx *cx, DbVitals *out);

/* "3.51.10" is as new as "3.51.3"; a number that is missing counts as 0. */
bool version_is_as_new(Str version, Str wanted);

typedef struct DbIntegrity {
    int64_t tables;     /* that were looked at */
    StrList problems;   /* what SQLite says, one line each; at most DB_PROBLEMS_MAX */
    StrList not_to_end; /* tables that would have taken longer than a reader may */
} DbIntegrity;

enum { DB_PROBLEMS_MAX = 20 };

/* SQLite's quick_check, table by table, so that none holds a snapshot for longer than a reader may
 * (a second): the pages, the order of rows, NOT NULL and CHECK; not that indexes fit their tables.
 * PostgreSQL has tools of its own: nothing is looked at. Stops early when `cancelled` says so. NULL, or
 * why the tables could not be looked at. */
const Error *db_integrity(Db *db, Ctx *cx, bool (*cancelled)(void *arg), void *arg,
                          DbIntegrity *out);

#endif
