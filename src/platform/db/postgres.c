/* The PostgreSQL driver: libpq in pipeline mode.
 *
 * A connection is in pipeline mode all the time: what is sent is queued, a Sync ends a round trip,
 * and the answers come in the order of the questions. So BEGIN travels with the first statement, a
 * statement's preparation with its first run, several questions (db_ask_…) in one packet, and the
 * COMMIT of a transaction that only read is not waited for: its answer is taken from the wire
 * before the next transaction's first. `due` is the list of answers still to come; every function
 * that reads goes through it, and nothing else keeps count.
 *
 * Losing the server. A connection that breaks, or is silent for longer than the server itself
 * allows any statement, is closed. When COMMIT had not been sent, nothing has happened: the work is
 * run again on a new connection, or answered DB_UNAVAILABLE when there is none. When COMMIT had
 * been sent and its answer did not come, the transaction may have been committed or not. That is
 * DB_UNAVAILABLE too, and never run again: the caller must treat it as "not known" (an HTTP client
 * asks again with its Idempotency-Key and is told).
 *
 * Poolers. Prepared statements need session pooling, or PgBouncer >= 1.21 with
 * max_prepared_statements. When a statement is gone all the same (DISCARD ALL, another server
 * behind the name) or its table has changed under it, the connection is replaced and the
 * transaction run again. */
#include "platform/db/postgres.h"
#include "platform/db/driver.h"

#include "base/buf.h"
#include "platform/telemetry/fault.h"

#include <assert.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

FAULT_POINT(fault_commit_lost, "db.commit.lost",
            "PostgreSQL: COMMIT is on its way to the server. With `fail` the connection breaks "
            "before the answer.");

enum {
    /* Answers that nobody waits for, before they are taken all the same: so much may wait in the
     * server's and our memory. */
    UNTAKEN_MAX = 128,
    /* Besides: a preparation and a run of each question, and what begins and ends. */
    DUE_MAX = UNTAKEN_MAX + 3 * DB_ASKS_MAX + 16,
    SERVER_VERSION_MIN = 150000,
    /* Longer than statement_timeout below: then the server itself, or the network, has stopped. */
    SILENCE_MAX_MS = 40000,
    RECONNECT_FIRST_US = 50000,
    RECONNECT_MAX_US = 2000000,
};

/* What a lane thread may cost its neighbours: a statement 30 s, a wait for a row 5 s (then the
 * transaction is run again), a transaction that nobody drives 30 s. Temporary tables come last in
 * the search path, where they cannot shadow ours. Compiling a plan pays for reports only, and so does
 * planning anew for each argument: a page of products takes a quarter less with one plan for all. */
static const char session_sql[] =
    "select set_config('statement_timeout', '30s', false), "
    "set_config('lock_timeout', '5s', false), "
    "set_config('idle_in_transaction_session_timeout', '30s', false), "
    "set_config('jit', 'off', false), "
    "set_config('plan_cache_mode', 'force_generic_plan', false), "
    "set_config('search_path', current_setting('search_path') || ', pg_temp', false)";

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
    int posted;      /* of them, those of statements that nobody receives */
    unsigned serial; /* of the last prepared statement */
    bool begun;      /* BEGIN has been sent */
    bool committing; /* so has COMMIT */
    bool cancelled;  /* the server was asked to end what it does */
    bool stale;      /* to be replaced: lost, or its statements are */
    PGresult *result;
    int row; /* of the result; the next one to read */
    int64_t connect_after_us;
    int failed_connects;
} PgConn;

static PgConn *own(DbConn *c)
{
    return (PgConn *)(void *)c;
}

/* ---- Failures ------------------------------------------------------------------------ */

/* The connection is of no use any more. */
static bool fail_lost(PgConn *p, Str detail)
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

static bool fail_result(PgConn *p, const PGresult *result)
{
    PgFailure f;
    pg_failure_of(result, &f);
    if (!f.message.n) f.message = str_trim(str_from(PQerrorMessage(p->pg)));
    if (PQstatus(p->pg) != CONNECTION_OK || f.fatal) return fail_lost(p, f.message);
    if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED || p->base.failure) return false;
    db_fail(&p->base, f.failure, f.constraint, f.message);
    p->stale = p->stale || f.stale;
    p->base.may_repeat = f.failure == DB_CONFLICT;
    return false;
}

static bool fail_send(PgConn *p)
{
    Str message = str_trim(str_from(PQerrorMessage(p->pg)));
    if (PQstatus(p->pg) != CONNECTION_OK) return fail_lost(p, message);
    return db_fail(&p->base, DB_BROKEN, S(""), message);
}

/* ---- Connections --------------------------------------------------------------------- */

static void disconnect(PgConn *p)
{
    PQclear(p->result);
    p->result = NULL;
    PQfinish(p->pg);
    p->pg = NULL;
    p->due_count = p->due_first = p->posted = 0;
    p->begun = p->committing = p->stale = false;
    for (size_t i = 0; i < p->base.cache.capacity; i++)
        if (p->base.cache.slots[i]) p->base.cache.slots[i]->serial = 0;
}

static void ignore_notice(void *arg, const PGresult *notice)
{
    (void)arg, (void)notice;
}

/* Keywords before `dbname` are defaults that the URL may change, those behind it are not. A peer
 * that is gone without a word is noticed after 10 s. */
static PGconn *connect_server(const char *url)
{
    static const char *const keys[] = {"fallback_application_name",
                                       "connect_timeout",
                                       "keepalives_idle",
                                       "keepalives_interval",
                                       "keepalives_count",
                                       "tcp_user_timeout",
                                       "dbname",
                                       "client_encoding",
                                       NULL};
    const char *const values[] = {"souk", "5", "5", "2", "3", "10000", url, "UTF8", NULL};
    return PQconnectdbParams(keys, values, 1);
}

static bool settle_session(PgConn *p)
{
    if (PQserverVersion(p->pg) < SERVER_VERSION_MIN)
        return db_fail(&p->base, DB_BROKEN, S(""), S("souk needs PostgreSQL 15 or newer"));
    PQsetNoticeReceiver(p->pg, ignore_notice, NULL);
    PGresult *result = PQexec(p->pg, session_sql);
    bool well = PQresultStatus(result) == PGRES_TUPLES_OK;
    if (!well) fail_result(p, result);
    PQclear(result);
    if (!well) return false;
    return (PQsetnonblocking(p->pg, 1) == 0 && PQenterPipelineMode(p->pg) == 1) || fail_send(p);
}

/* Connects, unless it has just failed: then the work is answered at once instead of waiting for
 * another time-out. */
static bool connect_when_due(PgConn *p)
{
    int64_t now_us = monotonic_us();
    if (now_us < p->connect_after_us)
        return db_fail(&p->base, DB_UNAVAILABLE, S(""), S("not connected"));
    Arena *arena = arena_new(512);
    p->pg = connect_server(str_z(arena, p->base.db->options.url));
    arena_free(arena);
    bool well =
        PQstatus(p->pg) == CONNECTION_OK
            ? settle_session(p)
            : db_fail(&p->base, DB_UNAVAILABLE, S(""), str_trim(str_from(PQerrorMessage(p->pg))));
    if (well) {
        p->failed_connects = 0;
        return true;
    }
    int64_t wait_us = (int64_t)RECONNECT_FIRST_US
                      << (p->failed_connects < 6 ? p->failed_connects : 6);
    if (wait_us > RECONNECT_MAX_US) wait_us = RECONNECT_MAX_US;
    p->failed_connects++;
    p->connect_after_us =
        monotonic_us() + wait_us / 2 + (int64_t)random_below(&random_system, (uint64_t)wait_us / 2);
    disconnect(p);
    p->base.may_repeat = false;
    return false;
}

static DbConn *postgres_open(Db *db, DbRole role)
{
    (void)role;
    PgConn *p = calloc(1, sizeof *p);
    if (!p) abort();
    p->base = (DbConn){.db = db, .ops = &postgres_ops, .arena = arena_new(16384)};
    return &p->base;
}

static void postgres_close(DbConn *c)
{
    PgConn *p = own(c);
    disconnect(p);
    stmt_cache_free(c);
    arena_free(c->arena);
    free(p);
}

/* ---- The wire ------------------------------------------------------------------------ */

static void due_push(PgConn *p, DueKind kind, Stmt *stmt)
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

/* Is it time to tell the server that nobody waits any more? Not while it commits: then it is too late
 * to know. */
static bool is_overdue(const PgConn *p)
{
    return p->base.deadline_us && !p->cancelled && !p->committing &&
           monotonic_us() >= p->base.deadline_us;
}

/* How long to wait for a sign of the server: until the deadline, if that is sooner. */
static int patience_ms(const PgConn *p, int silence_max_ms)
{
    if (!p->base.deadline_us || p->cancelled || p->committing) return silence_max_ms;
    int64_t left_ms = (p->base.deadline_us - monotonic_us()) / 1000 + 1;
    if (left_ms < 0) left_ms = 0;
    return silence_max_ms < 0 || left_ms < silence_max_ms ? (int)left_ms : silence_max_ms;
}

/* On a connection of its own, as the protocol asks. What is running ends with an error, or has just
 * ended well; a server that waits for its client lets it pass, so it cannot hit the next transaction. */
static void cancel(PgConn *p)
{
    char problem[256];
    PGcancel *request = PQgetCancel(p->pg);
    if (request) PQcancel(request, problem, sizeof problem);
    PQfreeCancel(request);
    p->cancelled = true;
}

/* Sends what waits to be sent and waits until a whole result is there. */
static bool wait_for_result(PgConn *p, int silence_max_ms)
{
    for (;;) {
        int unsent = PQflush(p->pg);
        if (unsent < 0) return false;
        if (!PQisBusy(p->pg)) return true;
        struct pollfd fd = {.fd = PQsocket(p->pg),
                            .events = (short)(POLLIN | (unsent ? POLLOUT : 0))};
        if (poll(&fd, 1, patience_ms(p, silence_max_ms)) == 0) {
            if (!is_overdue(p)) return false;
            cancel(p);
        }
        if (fd.revents & (POLLIN | POLLERR | POLLHUP) && !PQconsumeInput(p->pg)) return false;
    }
}

/* The next result, leaving out the NULLs that stand between two. NULL: the connection is lost. */
static PGresult *next_result(PgConn *p)
{
    for (int i = 0; i < 2; i++) {
        if (!wait_for_result(p, SILENCE_MAX_MS)) break;
        PGresult *result = PQgetResult(p->pg);
        if (result) return result;
    }
    Str said = str_trim(str_from(PQerrorMessage(p->pg)));
    fail_lost(p, said.n ? said : S("no answer"));
    return NULL;
}

static bool is_good(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_PIPELINE_SYNC;
}

/* Takes the next answer from the wire. The newest good result is p->result. */
static DueKind take_answer(PgConn *p)
{
    PGresult *result = next_result(p);
    if (!result) return DUE_NOTHING; /* lost: nothing is due any more */
    Due due = due_pop(p);
    bool good = is_good(result);
    if (due.kind == DUE_PREPARE && !good) due.stmt->serial = 0;
    if (!good) fail_result(p, result);
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

static void take_all_answers(PgConn *p)
{
    while (p->due_count) take_answer(p);
}

static bool send_text(PgConn *p, const char *sql)
{
    if (!PQsendQueryParams(p->pg, sql, 0, NULL, NULL, NULL, NULL, 1)) return fail_send(p);
    due_push(p, DUE_TEXT, NULL);
    return true;
}

static bool postgres_sync(DbConn *c)
{
    PgConn *p = own(c);
    if (!PQpipelineSync(p->pg) || PQflush(p->pg) < 0) return fail_send(p);
    due_push(p, DUE_SYNC, NULL);
    return true;
}

/* ---- Transactions -------------------------------------------------------------------- */

static bool postgres_begin(DbConn *c, TxMode mode)
{
    (void)mode;
    PgConn *p = own(c);
    if (p->stale) disconnect(p);
    p->begun = p->committing = p->cancelled = false;
    return p->pg || connect_when_due(p);
}

/* BEGIN goes out with what follows it. */
static bool begin_if_due(PgConn *p)
{
    if (p->begun) return true;
    p->begun = true;
    return send_text(p, p->base.mode == TX_WRITE
                            ? "begin isolation level read committed read write"
                            : "begin isolation level repeatable read read only");
}

/* Takes all that is still to come. */
static bool settle(PgConn *p)
{
    bool open =
        p->due_count && p->due[(p->due_first + p->due_count - 1) % DUE_MAX].kind != DUE_SYNC;
    if (open) postgres_sync(&p->base); /* else the server keeps its answers to itself */
    take_all_answers(p);
    PQclear(p->result);
    p->result = NULL;
    return !p->base.failure;
}

static bool postgres_settle(DbConn *c)
{
    return own(c)->posted == 0 ? !c->failure : settle(own(c));
}

/* Before something is sent that nobody waits for. */
static bool make_room(PgConn *p)
{
    return p->due_count < UNTAKEN_MAX ? !p->base.failure : settle(p);
}

/* The same without noting what went wrong: the failure is known, or of no interest. */
static void drop_answers(PgConn *p)
{
    DbFailure failure = p->base.failure;
    p->base.failure = failure ? failure : DB_BROKEN;
    settle(p);
    p->base.failure = failure;
}

static void postgres_rollback(DbConn *c)
{
    PgConn *p = own(c);
    if (p->pg) drop_answers(p);
    /* Not waited for: committed it will never be, and the answer is taken with the next
     * transaction's. */
    if (p->begun && !p->stale && send_text(p, "rollback")) postgres_sync(c);
    p->begun = false;
    if (p->stale) disconnect(p);
}

/* COMMIT of a transaction that had failed is answered with ROLLBACK and no error. */
static bool take_commit(PgConn *p)
{
    take_all_answers(p);
    if (!p->base.failure && (!p->result || strcmp(PQcmdStatus(p->result), "COMMIT") != 0))
        db_fail(&p->base, DB_BROKEN, S(""), S("COMMIT was answered with something else"));
    return !p->base.failure;
}

static bool postgres_commit(DbConn *c)
{
    PgConn *p = own(c);
    if (!p->begun) return true; /* nothing was asked */
    p->committing = c->mode == TX_WRITE;
    bool sent = send_text(p, "commit") && postgres_sync(c);
    if (sent && p->committing && FAULT(&fault_commit_lost)) sent = fail_lost(p, S("a fault point"));
    bool done = sent && (!p->committing || take_commit(p));
    PQclear(p->result);
    p->result = NULL;
    p->begun = false;
    if (!done) postgres_rollback(c);
    p->committing = false;
    return done;
}

/* Savepoints travel with what follows them, and like statements that are posted. */
static bool postgres_save(DbConn *c)
{
    PgConn *p = own(c);
    return make_room(p) && begin_if_due(p) && send_text(p, "savepoint part");
}

static bool postgres_keep(DbConn *c)
{
    PgConn *p = own(c);
    return make_room(p) && send_text(p, "release savepoint part");
}

static bool postgres_undo(DbConn *c)
{
    PgConn *p = own(c);
    drop_answers(p);
    if (p->stale) return fail_lost(p, S("lost"));
    return send_text(p, "rollback to savepoint part") && send_text(p, "release savepoint part");
}

/* ---- Statements ---------------------------------------------------------------------- */

static void statement_name(char out[static 32], const Stmt *stmt)
{
    snprintf(out, 32, "souk_%u", stmt->serial);
}

static bool postgres_prepare(DbConn *c, Stmt *stmt, const Value *values, size_t count)
{
    PgConn *p = own(c);
    if (!stmt->kinds) stmt->kinds = NEW_N(c->arena, ValueKind, count + 1);
    bool ready = stmt->serial != 0;
    for (size_t i = 0; i < count; i++) {
        if (!values[i].kind || stmt->kinds[i]) continue;
        stmt->kinds[i] =
            values[i].kind; /* so far only NULL was seen, and the server had to guess */
        ready = false;
    }
    if (ready) return true;
    if (!begin_if_due(p)) return false;
    stmt->serial = ++p->serial;
    stmt->columns = NULL;
    Oid types[SQL_PARAMS_MAX];
    for (size_t i = 0; i < count; i++) types[i] = pg_type_of(stmt->kinds[i]);
    char name[32];
    statement_name(name, stmt);
    if (!PQsendPrepare(p->pg, name, stmt->text.text, (int)count, types)) {
        stmt->serial = 0;
        return fail_send(p);
    }
    due_push(p, DUE_PREPARE, stmt);
    return true;
}

/* They end with their connection. */
static void postgres_discard(DbConn *c, Stmt *stmt)
{
    (void)c, (void)stmt;
}

static bool send_run(PgConn *p, Arena *arena, Stmt *stmt, const Value *values, size_t count,
                     DueKind kind)
{
    PgParams params;
    pg_encode(arena, values, stmt->kinds, count, &params);
    if (!begin_if_due(p)) return false;
    char name[32];
    statement_name(name, stmt);
    if (!PQsendQueryPrepared(p->pg, name, params.n, params.bytes, params.lengths, params.formats,
                             1))
        return fail_send(p);
    due_push(p, kind, stmt);
    return true;
}

static bool postgres_send(DbConn *c, Arena *arena, Stmt *stmt, const Value *values, size_t count)
{
    return send_run(own(c), arena, stmt, values, count, DUE_RUN);
}

static bool postgres_post(DbConn *c, Arena *arena, Stmt *stmt, const Value *values, size_t count)
{
    return make_room(own(c)) && send_run(own(c), arena, stmt, values, count, DUE_POST);
}

static bool postgres_receive(DbConn *c, Stmt *stmt)
{
    (void)stmt;
    PgConn *p = own(c);
    while (p->due_count && take_answer(p) != DUE_RUN) continue;
    return !c->failure;
}

static bool postgres_next(DbConn *c, Stmt *stmt)
{
    (void)stmt;
    PgConn *p = own(c);
    return p->result && p->row++ < PQntuples(p->result);
}

static int postgres_columns(DbConn *c, Stmt *stmt)
{
    (void)stmt;
    return PQnfields(own(c)->result);
}

static const char *postgres_column_name(DbConn *c, Stmt *stmt, int column)
{
    (void)stmt;
    return PQfname(own(c)->result, column);
}

static bool postgres_column(DbConn *c, Stmt *stmt, int column, Value *out)
{
    (void)stmt;
    PgConn *p = own(c);
    int row = p->row - 1;
    if (PQgetisnull(p->result, row, column)) {
        *out = (Value){.kind = VALUE_NULL};
        return true;
    }
    size_t length = (size_t)PQgetlength(p->result, row, column);
    if (pg_decode(PQftype(p->result, column), PQgetvalue(p->result, row, column), length, out))
        return true;
    char detail[128];
    int n =
        snprintf(detail, sizeof detail, "column %.60s has type %u, which no field takes: cast it",
                 PQfname(p->result, column), PQftype(p->result, column));
    return db_fail(c, DB_BROKEN, S(""), (Str){detail, (size_t)n});
}

/* The rows of a SELECT are no change. */
static int64_t postgres_finish(DbConn *c, Stmt *stmt)
{
    (void)stmt;
    PgConn *p = own(c);
    int64_t changed = 0;
    if (p->result && strncmp(PQcmdStatus(p->result), "SELECT", 6) != 0)
        str_to_int(str_from(PQcmdTuples(p->result)), &changed);
    PQclear(p->result);
    p->result = NULL;
    return changed;
}

/* ---- Plans and scripts --------------------------------------------------------------- */

static Str plan_text(Arena *arena, const PGresult *result)
{
    Buf plan = buf_new(arena, 16384);
    for (int i = 0; result && i < PQntuples(result); i++)
        buf_format(&plan, "%s%.*s", i ? "; " : "", PQgetlength(result, i, 0),
                   PQgetvalue(result, i, 0));
    return buf_str(&plan);
}

/* Inside a savepoint, so that a statement that cannot be explained harms nothing. */
static Str postgres_explain(DbConn *c, Arena *arena, Stmt *stmt, const Value *values, size_t count)
{
    PgConn *p = own(c);
    PgParams params;
    pg_encode(arena, values, stmt->kinds, count, &params);
    const char *sql = str_z(arena, str_format(arena, "explain %s", stmt->text.text));
    if (!send_text(p, "savepoint plan")) return S("");
    if (!PQsendQueryParams(p->pg, sql, params.n, params.types, params.bytes, params.lengths,
                           params.formats, 1)) {
        fail_send(p);
        return S("");
    }
    due_push(p, DUE_TEXT, NULL);
    if (!postgres_sync(c)) return S("");
    c->failure = DB_BROKEN; /* a refusal to explain is not noted */
    take_all_answers(p);
    c->failure = DB_FINE;
    if (p->stale) {
        fail_lost(p, S("lost"));
        return S("");
    }
    Str plan = plan_text(arena, p->result);
    PQclear(p->result);
    p->result = NULL;
    if (send_text(p, "rollback to savepoint plan") && postgres_sync(c)) take_all_answers(p);
    return plan;
}

/* The simple protocol runs several statements, but not in pipeline mode. May take as long as it
 * takes. */
static bool postgres_script(DbConn *c, const char *sql)
{
    PgConn *p = own(c);
    if (!begin_if_due(p) || !postgres_sync(c)) return false;
    take_all_answers(p);
    if (c->failure) return false;
    if (!PQexitPipelineMode(p->pg) || !PQsendQuery(p->pg, sql)) return fail_send(p);
    for (PGresult *result; wait_for_result(p, -1) && (result = PQgetResult(p->pg));) {
        if (!is_good(result)) fail_result(p, result);
        PQclear(result);
    }
    if (PQstatus(p->pg) != CONNECTION_OK || !PQenterPipelineMode(p->pg))
        return fail_lost(p, S("lost during a script"));
    return !c->failure;
}

const DriverOps postgres_ops = {
    .driver = DB_POSTGRES,
    .pipelines = true,
    .open = postgres_open,
    .close = postgres_close,
    .begin = postgres_begin,
    .commit = postgres_commit,
    .rollback = postgres_rollback,
    .prepare = postgres_prepare,
    .discard = postgres_discard,
    .send = postgres_send,
    .sync = postgres_sync,
    .receive = postgres_receive,
    .next = postgres_next,
    .columns = postgres_columns,
    .column_name = postgres_column_name,
    .column = postgres_column,
    .finish = postgres_finish,
    .post = postgres_post,
    .settle = postgres_settle,
    .save = postgres_save,
    .keep = postgres_keep,
    .undo = postgres_undo,
    .explain = postgres_explain,
    .script = postgres_script,
};
