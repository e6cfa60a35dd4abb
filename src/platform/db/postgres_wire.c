/* The wire of the PostgreSQL driver: what was sent, what is still to come, and what it means when it
 * does not come.
 *
 * In pipeline mode answers come in the order of what was sent, so a queue of what is due names each of them. The thread waits by
 * poll and not inside libpq, because three things end its wait: an answer, a silence that is longer than the server's own limit
 * (then the connection is given up), and the work's deadline (then the server is asked to cancel, and its answer is still taken,
 * so that the connection stays good).
 *
 * Rejected: libpq's blocking calls (no deadline), and closing the connection at the deadline (the server would go on with the
 * statement, and the next work pays for a new connection). */
#include "platform/db/postgres_wire.h"

#include <assert.h>
#include <limits.h>
#include <poll.h>

enum {
    /* Longer than statement_timeout (postgres.c): then the server itself, or the network, has
     * stopped. */
    SILENCE_MAX_MS = 40000,
    CANCEL_AGAIN_US = 100 * 1000,
};

/* ---- Failures ------------------------------------------------------------------------ */

bool pg_fail_lost(PgConn *p, Str detail)
{
    bool unknown = p->committing;
    p->stale = true;
    p->due_count = p->posted = 0;
    if (p->base.failure) return false;
    db_fail(&p->base, DB_UNAVAILABLE, S(""),
            unknown ? S("lost while COMMIT was under way: whether it happened is not known")
                    : detail);
    p->base.may_repeat = !unknown;
    return false;
}

bool pg_fail_result(PgConn *p, const PGresult *result)
{
    PgFailure f;
    pg_failure_of(result, &f);
    if (!f.message.n) f.message = str_trim(str_from(PQerrorMessage(p->pg)));
    if (PQstatus(p->pg) != CONNECTION_OK || f.fatal) return pg_fail_lost(p, f.message);
    if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED || p->base.failure) return false;
    db_fail(&p->base, f.failure, f.constraint, f.message);
    p->stale = p->stale || f.stale;
    p->base.may_repeat = f.failure == DB_CONFLICT;
    return false;
}

bool pg_fail_send(PgConn *p)
{
    Str message = str_trim(str_from(PQerrorMessage(p->pg)));
    if (PQstatus(p->pg) != CONNECTION_OK) return pg_fail_lost(p, message);
    return db_fail(&p->base, DB_BROKEN, S(""), message);
}

/* ---- The wire ------------------------------------------------------------------------ */

void pg_due(PgConn *p, DueKind kind, Stmt *stmt)
{
    assert(p->due_count < DUE_MAX);
    p->posted += kind == DUE_POST;
    p->due[(p->due_first + p->due_count++) % DUE_MAX] = (Due){kind, stmt};
}

static Due due_pop(PgConn *p)
{
    assert(p->due_count > 0);
    Due due = p->due[p->due_first];
    p->due_first = (p->due_first + 1) % DUE_MAX;
    p->due_count--;
    p->posted -= due.kind == DUE_POST;
    return due;
}

/* When to tell the server that nobody waits any more: at the deadline, and then again and again, since
 * one that has not yet begun what it was sent lets it pass. Never while it commits: then it is too
 * late to know. */
static int64_t cancel_due_us(const PgConn *p)
{
    if (!p->base.deadline_us || p->committing) return INT64_MAX;
    return p->cancelled_us ? p->cancelled_us + CANCEL_AGAIN_US : p->base.deadline_us;
}

/* For poll: until something is due, rounded up. */
static int patience_ms(int64_t due_us)
{
    if (due_us == INT64_MAX) return -1;
    int64_t left_us = due_us - monotonic_us();
    if (left_us <= 0) return 0;
    return left_us / 1000 < INT_MAX ? (int)(left_us / 1000) + 1 : INT_MAX;
}

/* On a connection of its own, as the protocol asks. What is running ends with an error, or has just
 * ended well; a server that waits for its client lets it pass, so it cannot hit the next transaction. */
static void cancel(PgConn *p)
{
    char problem[256];
    PGcancel *request = PQgetCancel(p->pg);
    if (request) PQcancel(request, problem, sizeof problem);
    PQfreeCancel(request);
    p->cancelled_us = monotonic_us();
}

bool pg_wait(PgConn *p, int silence_max_ms)
{
    int64_t last_sign_us = monotonic_us();
    for (;;) {
        int unsent = PQflush(p->pg);
        if (unsent < 0) return false;
        if (!PQisBusy(p->pg)) return true;
        struct pollfd fd = {.fd = PQsocket(p->pg),
                            .events = (short)(POLLIN | (unsent ? POLLOUT : 0))};
        int64_t give_up_us =
            silence_max_ms < 0 ? INT64_MAX : last_sign_us + (int64_t)silence_max_ms * 1000;
        int64_t cancel_us = cancel_due_us(p);
        int ready = poll(&fd, 1, patience_ms(cancel_us < give_up_us ? cancel_us : give_up_us));
        if (ready > 0) {
            if (fd.revents & (POLLIN | POLLERR | POLLHUP) && !PQconsumeInput(p->pg)) return false;
            last_sign_us = monotonic_us();
        } else if (monotonic_us() >= give_up_us) {
            return false;
        } else if (monotonic_us() >= cancel_us) {
            cancel(p);
        }
    }
}

/* The next result, leaving out the NULLs that stand between two. NULL: the connection is lost. */
static PGresult *next_result(PgConn *p)
{
    for (int i = 0; i < 2; i++) {
        if (!pg_wait(p, SILENCE_MAX_MS)) break;
        PGresult *result = PQgetResult(p->pg);
        if (result) return result;
    }
    Str said = str_trim(str_from(PQerrorMessage(p->pg)));
    pg_fail_lost(p, said.n ? said : S("no answer"));
    return NULL;
}

bool pg_is_good(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_PIPELINE_SYNC;
}

DueKind pg_take(PgConn *p)
{
    PGresult *result = next_result(p);
    if (!result) return DUE_NOTHING; /* lost: nothing is due any more */
    Due due = due_pop(p);
    bool good = pg_is_good(result);
    if (due.kind == DUE_PREPARE && !good) due.stmt->serial = 0;
    if (!good) pg_fail_result(p, result);
    if (!good && due.kind == DUE_POST && !p->base.failed_sql) p->base.failed_sql = due.stmt->sql;
    if ((due.kind == DUE_RUN || due.kind == DUE_TEXT) && good) {
        PQclear(p->result);
        p->result = result;
        p->row = 0;
    } else {
        PQclear(result);
    }
    return due.kind;
}

void pg_take_all(PgConn *p)
{
    while (p->due_count) pg_take(p);
}

bool pg_send_text(PgConn *p, const char *sql)
{
    if (!PQsendQueryParams(p->pg, sql, 0, NULL, NULL, NULL, NULL, 1)) return pg_fail_send(p);
    pg_due(p, DUE_TEXT, NULL);
    return true;
}

bool pg_sync(DbConn *c)
{
    PgConn *p = pg_own(c);
    if (!PQpipelineSync(p->pg) || PQflush(p->pg) < 0) return pg_fail_send(p);
    pg_due(p, DUE_SYNC, NULL);
    return true;
}

bool pg_settle(PgConn *p)
{
    bool open =
        p->due_count && p->due[(p->due_first + p->due_count - 1) % DUE_MAX].kind != DUE_SYNC;
    if (open) pg_sync(&p->base); /* else the server keeps its answers to itself */
    pg_take_all(p);
    PQclear(p->result);
    p->result = NULL;
    return !p->base.failure;
}

bool pg_make_room(PgConn *p)
{
    return p->due_count < UNTAKEN_MAX ? !p->base.failure : pg_settle(p);
}

/* The failure is known, or of no interest. */
void pg_drop(PgConn *p)
{
    DbFailure failure = p->base.failure;
    p->base.failure = failure ? failure : DB_BROKEN;
    pg_settle(p);
    p->base.failure = failure;
}
