/* The PostgreSQL driver: libpq in pipeline mode.
 *
 * A connection is in pipeline mode all the time: what is sent is queued, a Sync ends a round trip,
 * and the answers come in the order of the questions. So BEGIN travels with the first statement, a
 * statement's preparation with its first run, several questions (db_ask_…) in one packet, and the
 * COMMIT of a transaction that only read is not waited for: its answer is taken from the wire
 * before the next transaction's first (postgres_wire.c).
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
#include "platform/db/postgres_wire.h"

#include "base/buf.h"
#include "platform/telemetry/fault.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

FAULT_POINT(fault_commit_lost, "db.commit.lost",
            "PostgreSQL: COMMIT is on its way to the server. With `fail` the connection breaks "
            "before the answer.");

enum { SERVER_VERSION_MIN = 150000, RECONNECT_FIRST_US = 50000, RECONNECT_MAX_US = 2000000 };

/* What a lane thread may cost its neighbours: a statement 30 s, a wait for a row 5 s (then the
 * transaction is run again), a transaction that nobody drives 30 s. Temporary tables come last in
 * the search path, where they cannot shadow ours. Compiling a plan pays for reports only, and so does
 * planning anew for each argument: a page of products takes a quarter less with one plan for all. Pages
 * are in memory or on a disk without heads, where one is as near as another; the server's own guess (4)
 * reads a table of a thousand variants whole to find three of them. What a BEGIN of a writer need not say costs nothing (saying it sets two variables, and sets them back). */
static const char session_sql[] =
    "select set_config('statement_timeout', '30s', false), "
    "set_config('lock_timeout', '5s', false), "
    "set_config('idle_in_transaction_session_timeout', '30s', false), "
    "set_config('jit', 'off', false), "
    "set_config('plan_cache_mode', 'force_generic_plan', false), "
    "set_config('random_page_cost', '1.1', false), "
    "set_config('default_transaction_isolation', 'read committed', false), "
    "set_config('default_transaction_read_only', 'off', false), "
    "set_config('search_path', current_setting('search_path') || ', pg_temp', false)";

/* How transactions begin: prepared when the connection is made, since otherwise the server would parse it
 * every time. COMMIT is not: whatever may have been forgotten, it must be understood. */
typedef struct Step {
    const char *name, *sql;
} Step;

static const Step step_read = {"souk_read", "begin isolation level repeatable read read only"},
                  step_write = {"souk_write", "begin"};

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

/* Travels with the first statement. */
static bool prepare_step(PgConn *p, const Step *step)
{
    if (!PQsendPrepare(p->pg, step->name, step->sql, 0, NULL)) return pg_fail_send(p);
    pg_due(p, DUE_TEXT, NULL);
    return true;
}

static bool send_step(PgConn *p, const Step *step)
{
    if (!PQsendQueryPrepared(p->pg, step->name, 0, NULL, NULL, NULL, 1)) return pg_fail_send(p);
    pg_due(p, DUE_TEXT, NULL);
    return true;
}

static bool settle_session(PgConn *p)
{
    if (PQserverVersion(p->pg) < SERVER_VERSION_MIN)
        return db_fail(&p->base, DB_BROKEN, S(""), S("souk needs PostgreSQL 15 or newer"));
    PQsetNoticeReceiver(p->pg, ignore_notice, NULL);
    PGresult *result = PQexec(p->pg, session_sql);
    bool well = PQresultStatus(result) == PGRES_TUPLES_OK;
    if (!well) pg_fail_result(p, result);
    PQclear(result);
    if (!well) return false;
    if (PQsetnonblocking(p->pg, 1) != 0 || PQenterPipelineMode(p->pg) != 1) return pg_fail_send(p);
    return prepare_step(p, &step_read) && prepare_step(p, &step_write);
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
    PgConn *p = pg_own(c);
    disconnect(p);
    stmt_cache_free(c);
    arena_free(c->arena);
    free(p);
}

/* ---- Transactions -------------------------------------------------------------------- */

static bool postgres_begin(DbConn *c, TxMode mode)
{
    (void)mode;
    PgConn *p = pg_own(c);
    if (p->stale) disconnect(p);
    p->begun = p->committing = false;
    p->cancelled_us = 0;
    return p->pg || connect_when_due(p);
}

/* BEGIN goes out with what follows it. */
static bool begin_if_due(PgConn *p)
{
    if (p->begun) return true;
    p->begun = true;
    return send_step(p, p->base.mode == TX_WRITE ? &step_write : &step_read);
}

static bool postgres_settle(DbConn *c)
{
    return pg_own(c)->posted == 0 ? !c->failure : pg_settle(pg_own(c));
}

static void postgres_rollback(DbConn *c)
{
    PgConn *p = pg_own(c);
    if (p->pg) pg_drop(p);
    /* Not waited for: committed it will never be, and the answer is taken with the next
     * transaction's. */
    if (p->begun && !p->stale && pg_send_text(p, "rollback")) pg_sync(c);
    p->begun = false;
    if (p->stale) disconnect(p);
}

/* COMMIT of a transaction that had failed is answered with ROLLBACK and no error. */
static bool take_commit(PgConn *p)
{
    pg_take_all(p);
    if (!p->base.failure && (!p->result || strcmp(PQcmdStatus(p->result), "COMMIT") != 0))
        db_fail(&p->base, DB_BROKEN, S(""), S("COMMIT was answered with something else"));
    return !p->base.failure;
}

static bool postgres_commit(DbConn *c)
{
    PgConn *p = pg_own(c);
    if (!p->begun) return true; /* nothing was asked */
    p->committing = c->mode == TX_WRITE;
    bool sent = pg_send_text(p, "commit") && pg_sync(c);
    if (sent && p->committing && FAULT(&fault_commit_lost))
        sent = pg_fail_lost(p, S("a fault point"));
    bool done = sent && (!p->committing || take_commit(p));
    PQclear(p->result);
    p->result = NULL;
    /* After a posted statement has failed the server has passed over the COMMIT: its transaction is
     * still open. After any other failure there is none, and ROLLBACK does no harm. */
    if (!done) postgres_rollback(c);
    p->begun = p->committing = false;
    return done;
}

/* Savepoints travel with what follows them, and like statements that are posted. */
static bool postgres_save(DbConn *c)
{
    PgConn *p = pg_own(c);
    return pg_make_room(p) && begin_if_due(p) && pg_send_text(p, "savepoint part");
}

static bool postgres_keep(DbConn *c)
{
    PgConn *p = pg_own(c);
    return pg_make_room(p) && pg_send_text(p, "release savepoint part");
}

static bool postgres_undo(DbConn *c)
{
    PgConn *p = pg_own(c);
    pg_drop(p);
    if (p->stale) return pg_fail_lost(p, S("lost"));
    return pg_send_text(p, "rollback to savepoint part") &&
           pg_send_text(p, "release savepoint part");
}

/* ---- Statements ---------------------------------------------------------------------- */

static void statement_name(char out[static 32], const Stmt *stmt)
{
    snprintf(out, 32, "souk_%u", stmt->serial);
}

static bool postgres_prepare(DbConn *c, Stmt *stmt, const Value *values, size_t count)
{
    PgConn *p = pg_own(c);
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
        return pg_fail_send(p);
    }
    pg_due(p, DUE_PREPARE, stmt);
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
        return pg_fail_send(p);
    pg_due(p, kind, stmt);
    return true;
}

static bool postgres_send(DbConn *c, Arena *arena, Stmt *stmt, const Value *values, size_t count)
{
    return send_run(pg_own(c), arena, stmt, values, count, DUE_RUN);
}

static bool postgres_post(DbConn *c, Arena *arena, Stmt *stmt, const Value *values, size_t count)
{
    return pg_make_room(pg_own(c)) && send_run(pg_own(c), arena, stmt, values, count, DUE_POST);
}

static bool postgres_receive(DbConn *c, Stmt *stmt)
{
    (void)stmt;
    PgConn *p = pg_own(c);
    while (p->due_count && pg_take(p) != DUE_RUN) continue;
    return !c->failure;
}

static bool postgres_next(DbConn *c, Stmt *stmt)
{
    (void)stmt;
    PgConn *p = pg_own(c);
    return p->result && p->row++ < PQntuples(p->result);
}

static int postgres_columns(DbConn *c, Stmt *stmt)
{
    (void)stmt;
    return PQnfields(pg_own(c)->result);
}

static const char *postgres_column_name(DbConn *c, Stmt *stmt, int column)
{
    (void)stmt;
    return PQfname(pg_own(c)->result, column);
}

static bool postgres_column(DbConn *c, Stmt *stmt, int column, Value *out)
{
    (void)stmt;
    PgConn *p = pg_own(c);
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

static bool postgres_ids(DbConn *c, Stmt *stmt, Arena *arena, IdList *out)
{
    PgConn *p = pg_own(c);
    int rows = p->result ? PQntuples(p->result) : 0;
    out->items = arena_alloc(arena, (size_t)rows * sizeof(Id), alignof(Id));
    while (postgres_next(c, stmt)) {
        Value value;
        if (!postgres_column(c, stmt, 0, &value)) return false;
        if (value.kind != VALUE_INT)
            return db_fail(c, DB_BROKEN, S(""), S("the first column is no id"));
        out->items[out->n++] = (Id){value.i};
    }
    return true;
}

/* The rows of a SELECT are no change. */
static int64_t postgres_finish(DbConn *c, Stmt *stmt)
{
    (void)stmt;
    PgConn *p = pg_own(c);
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
    PgConn *p = pg_own(c);
    PgParams params;
    pg_encode(arena, values, stmt->kinds, count, &params);
    const char *sql = str_z(arena, str_format(arena, "explain %s", stmt->text.text));
    if (!pg_send_text(p, "savepoint plan")) return S("");
    if (!PQsendQueryParams(p->pg, sql, params.n, params.types, params.bytes, params.lengths,
                           params.formats, 1)) {
        pg_fail_send(p);
        return S("");
    }
    pg_due(p, DUE_TEXT, NULL);
    if (!pg_sync(c)) return S("");
    c->failure = DB_BROKEN; /* a refusal to explain is not noted */
    pg_take_all(p);
    c->failure = DB_FINE;
    if (p->stale) {
        pg_fail_lost(p, S("lost"));
        return S("");
    }
    Str plan = plan_text(arena, p->result);
    PQclear(p->result);
    p->result = NULL;
    if (pg_send_text(p, "rollback to savepoint plan") && pg_sync(c)) pg_take_all(p);
    return plan;
}

/* The simple protocol runs several statements, but not in pipeline mode. May take as long as it
 * takes. */
static bool postgres_script(DbConn *c, const char *sql)
{
    PgConn *p = pg_own(c);
    if (!begin_if_due(p) || !pg_sync(c)) return false;
    pg_take_all(p);
    if (c->failure) return false;
    if (!PQexitPipelineMode(p->pg) || !PQsendQuery(p->pg, sql)) return pg_fail_send(p);
    for (PGresult *result; pg_wait(p, -1) && (result = PQgetResult(p->pg));) {
        if (!pg_is_good(result)) pg_fail_result(p, result);
        PQclear(result);
    }
    if (PQstatus(p->pg) != CONNECTION_OK || !PQenterPipelineMode(p->pg))
        return pg_fail_lost(p, S("lost during a script"));
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
    .sync = pg_sync,
    .receive = postgres_receive,
    .next = postgres_next,
    .columns = postgres_columns,
    .column_name = postgres_column_name,
    .column = postgres_column,
    .ids = postgres_ids,
    .finish = postgres_finish,
    .post = postgres_post,
    .settle = postgres_settle,
    .save = postgres_save,
    .keep = postgres_keep,
    .undo = postgres_undo,
    .explain = postgres_explain,
    .script = postgres_script,
};
