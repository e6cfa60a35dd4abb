/* A connection of the PostgreSQL driver, and what is under way on it. Between postgres.c and
 * postgres_wire.c.
 *
 * Whatever is sent leaves an entry in `due`, and every answer that is read takes the oldest one away;
 * nothing else keeps count. A function that answers bool has noted in p->base what went wrong. */
#ifndef PLATFORM_DB_POSTGRES_WIRE_H
#define PLATFORM_DB_POSTGRES_WIRE_H

#include "platform/db/driver.h"
#include "platform/db/postgres.h"

enum {
    /* Answers that nobody waits for, before they are taken all the same: so much may wait in the
     * server's and our memory. */
    UNTAKEN_MAX = 128,
    /* Besides: a preparation and a run of each question, and what begins and ends. */
    DUE_MAX = UNTAKEN_MAX + 3 * DB_ASKS_MAX + 16,
};

typedef enum DueKind { DUE_NOTHING, DUE_TEXT, DUE_PREPARE, DUE_RUN, DUE_POST, DUE_SYNC } DueKind;

/* An answer to come. */
typedef struct Due {
    DueKind kind;
    Stmt *stmt;
} Due;

typedef struct PgConn {
    DbConn base;
    PGconn *pg; /* NULL: not connected */
    Due due[DUE_MAX];
    int due_first, due_count;
    int posted;           /* of them, those of statements that nobody receives */
    unsigned serial;      /* of the last prepared statement */
    bool begun;           /* BEGIN has been sent */
    bool committing;      /* so has COMMIT */
    int64_t cancelled_us; /* when the server was last asked to end what it does; 0: not */
    bool stale;           /* to be replaced: lost, or its statements are */
    PGresult *result;
    int row; /* of the result; the next one to read */
    int64_t connect_after_us;
    int failed_connects;
} PgConn;

static inline PgConn *pg_own(DbConn *c)
{
    return (PgConn *)(void *)c;
}

/* Notes what went wrong; always false. */
bool pg_fail_lost(PgConn *p, Str detail); /* the connection is of no use any more */
bool pg_fail_result(PgConn *p, const PGresult *result);
bool pg_fail_send(PgConn *p);

bool pg_is_good(const PGresult *result);

/* Sends what waits to be sent and waits until a whole result is there; at the work's deadline the
 * server is asked to end what it does. False: nothing came for so long (-1: for ever), or the
 * connection is lost. */
bool pg_wait(PgConn *p, int silence_max_ms);

void pg_due(PgConn *p, DueKind kind, Stmt *stmt); /* this has been sent */
bool pg_send_text(PgConn *p, const char *sql);
bool pg_sync(DbConn *c); /* the driver's sync() */

/* Takes the next answer, and all of them. The newest good result is p->result. */
DueKind pg_take(PgConn *p);
void pg_take_all(PgConn *p);

/* Lets the server answer all that was sent, and takes that: is all well? */
bool pg_settle(PgConn *p);
void pg_drop(PgConn *p);      /* the same without noting what went wrong */
bool pg_make_room(PgConn *p); /* before something is sent that nobody waits for */

#endif
