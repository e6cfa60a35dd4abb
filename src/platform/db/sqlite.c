/* The embedded driver: SQLite in WAL mode.
 *
 * One connection a thread and never two threads on one, so the library is built without its own
 * mutexes (SQLITE_THREADSAFE=2). Readers have a snapshot and never block; the one connection that
 * writes belongs to sqlite_writer.c. Durable means durable: WAL with synchronous=FULL syncs the WAL
 * before COMMIT returns.
 *
 * Constraint names. PostgreSQL names what was broken, SQLite tells columns. Both drivers answer
 * with the name that PostgreSQL makes by itself, so a unique index is named in migrations as
 * PostgreSQL would name the constraint (<table>_<columns>_key), and a check has a name:
 *
 *     UNIQUE products.handle                products_handle_key
 *     UNIQUE t.a, t.b                       t_a_b_key
 *     UNIQUE index 'name' (on expressions)  name
 *     primary key                           products_pkey
 *     NOT NULL products.handle              products_handle_not_null
 *     CHECK name                            name
 *     FOREIGN KEY                           foreign_key: SQLite does not know which, so
 *                                           PostgreSQL's name is dropped too
 */
#include "platform/db/sqlite.h"

#include "base/buf.h"

#include <assert.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    BUSY_TIMEOUT_MS =
        5000, /* only a stranger (sqlite3 at a shell) or a WAL recovery can make us wait */
    PROGRESS_OPS =
        20000, /* instructions between two looks at the clock: a few hundred microseconds */
};

typedef enum Step {
    STEP_BEGIN_READ,
    STEP_BEGIN_WRITE,
    STEP_COMMIT,
    STEP_ROLLBACK,
    STEP_SAVE,
    STEP_KEEP,
    STEP_UNDO,
    STEP_TRY,
    STEP_TRY_KEEP,
    STEP_TRY_UNDO,
    STEP_COUNT
} Step;

static const char *const step_sql[STEP_COUNT] = {
    [STEP_BEGIN_READ] = "begin",        [STEP_BEGIN_WRITE] = "begin immediate",
    [STEP_COMMIT] = "commit",           [STEP_ROLLBACK] = "rollback",
    [STEP_SAVE] = "savepoint member",   [STEP_KEEP] = "release member",
    [STEP_UNDO] = "rollback to member", [STEP_TRY] = "savepoint part",
    [STEP_TRY_KEEP] = "release part",   [STEP_TRY_UNDO] = "rollback to part",
};

typedef struct SqliteConn {
    DbConn base;
    DbRole role;
    bool inside; /* the gate */
    sqlite3 *db; /* NULL: not open (yet) */
    sqlite3_stmt *steps[STEP_COUNT];
    int64_t changes_before;
    int page_size, wal_pages, checkpointed_pages;
} SqliteConn;

static SqliteConn *own(DbConn *c)
{
    return (SqliteConn *)(void *)c;
}

/* ---- Failures ------------------------------------------------------------------------ */

static DbFailure io_failure(int code, int system_errno)
{
    if (system_errno == ENOSPC || system_errno == EDQUOT) return DB_FULL;
    if (system_errno == EROFS || system_errno == EACCES || system_errno == EPERM)
        return DB_READ_ONLY;
    return code == SQLITE_IOERR_CORRUPTFS ? DB_BROKEN : DB_UNAVAILABLE;
}

/* The meaning of an extended result code (sqlite.org/rescode.html). */
static DbFailure failure_of(int code, int system_errno)
{
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
        return code == SQLITE_CONSTRAINT_DATATYPE ? DB_BROKEN : DB_CONSTRAINT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_SCHEMA:
        return DB_CONFLICT;
    case SQLITE_FULL:
        return DB_FULL;
    case SQLITE_READONLY:
        return DB_READ_ONLY;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        return io_failure(code, system_errno);
    case SQLITE_NOMEM:
        return DB_UNAVAILABLE;
    case SQLITE_INTERRUPT:
        return DB_TIMEOUT;
    default:
        return DB_BROKEN;
    }
}

/* "t.a, t.b" and "key" become "t_a_b_key". */
static Str joined_name(char *out, size_t size, Str columns, const char *suffix)
{
    size_t n = 0;
    bool first = true;
    for (Str column, table; columns.n; first = false) {
        str_cut(columns, ',', &column, &columns);
        str_cut(str_trim(column), '.', &table, &column);
        int written = first ? snprintf(out + n, size - n, "%.*s", STR_ARG(table)) : 0;
        n += (size_t)written < size - n ? (size_t)written : 0;
        written = snprintf(out + n, size - n, "_%.*s", STR_ARG(column));
        n += (size_t)written < size - n ? (size_t)written : 0;
    }
    int written = snprintf(out + n, size - n, "_%s", suffix);
    return (Str){out, n + ((size_t)written < size - n ? (size_t)written : 0)};
}

static Str constraint_name(char *out, size_t size, int code, Str message)
{
    Str kind, what, quoted;
    str_cut(message, ':', &kind, &what);
    what = str_trim(what);
    if (code == SQLITE_CONSTRAINT_FOREIGNKEY) return S("foreign_key");
    if (code == SQLITE_CONSTRAINT_NOTNULL) return joined_name(out, size, what, "not_null");
    if (code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID) {
        str_cut(what, '.', &what, &quoted);
        int n = snprintf(out, size, "%.*s_pkey", STR_ARG(what));
        return (Str){out, (size_t)n < size ? (size_t)n : size - 1};
    }
    if (code != SQLITE_CONSTRAINT_UNIQUE)
        return what.n ? what : message; /* CHECK, RAISE(ABORT, 'name') */
    if (!str_cut(what, '\'', &kind, &quoted)) return joined_name(out, size, what, "key");
    str_cut(quoted, '\'', &what, &quoted);
    return what;
}

static bool fail(SqliteConn *s, int code)
{
    Str message = str_from(s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(code));
    DbFailure failure = failure_of(code, s->db ? sqlite3_system_errno(s->db) : errno);
    char name[DB_CONSTRAINT_MAX];
    Str constraint = S("");
    if (failure == DB_CONSTRAINT) constraint = constraint_name(name, sizeof name, code, message);
    return db_fail(&s->base, failure, constraint, message);
}

/* ---- Connections --------------------------------------------------------------------- */

/* Ends a reader's statement that outlives its snapshot's time. Never set on the writer. */
static int snapshot_is_over(void *conn)
{
    const SqliteConn *s = conn;
    return s->base.snapshot_end_us && monotonic_us() > s->base.snapshot_end_us;
}

static int note_wal_pages(void *conn, sqlite3 *db, const char *name, int pages)
{
    (void)db, (void)name;
    SqliteConn *s = conn;
    if (pages < s->checkpointed_pages) s->checkpointed_pages = 0; /* the WAL began anew */
    s->wal_pages = pages;
    return SQLITE_OK;
}

static const char writer_pragmas[] =
    "pragma synchronous = full;" /* COMMIT returns after the WAL's fdatasync: an acknowledged write
                                    stays */
    "pragma wal_autocheckpoint = 0;" /* the writer thread decides when, between two batches */
    "pragma journal_size_limit = 67108864;" /* a WAL that grew under a long reader gives its disk
                                               back */
    "pragma cache_size = -8192;" /* KiB: what one batch dirties must fit, or it is spilled to the
                                    WAL early */
    "pragma foreign_keys = on;"
    "pragma temp_store = memory;" /* a temporary file would need a second folder and its errors */
    "pragma trusted_schema = off;"
    "pragma mmap_size = 1073741824;"; /* pages come from the page cache, shared by all connections,
                                         uncopied */

static const char reader_pragmas[] =
    "pragma query_only = on;"    /* a WRITE in a READ route fails in every test */
    "pragma cache_size = -1024;" /* emptied by each commit of the writer; the mapping is what stays
                                    warm */
    "pragma foreign_keys = on;"
    "pragma temp_store = memory;"
    "pragma trusted_schema = off;"
    "pragma mmap_size = 1073741824;";

/* WAL is a property of the file. A file system without shared memory refuses it by answering with
 * another mode. */
static bool enter_wal(SqliteConn *s)
{
    sqlite3_stmt *mode = NULL;
    int code = sqlite3_prepare_v2(s->db, "pragma journal_mode = wal", -1, &mode, NULL);
    if (code == SQLITE_OK) code = sqlite3_step(mode);
    if (code == SQLITE_ROW && sqlite3_db_readonly(s->db, NULL) == 1)
        code = SQLITE_READONLY; /* opened so, silently */
    bool is_wal = code == SQLITE_ROW && !strcmp((const char *)sqlite3_column_text(mode, 0), "wal");
    if (code != SQLITE_ROW)
        fail(s, code);
    else if (!is_wal)
        db_fail(&s->base, DB_BROKEN, S(""), S("the folder's file system cannot hold a WAL"));
    sqlite3_finalize(mode);
    return is_wal;
}

static bool read_page_size(SqliteConn *s)
{
    sqlite3_stmt *size = NULL;
    int code = sqlite3_prepare_v2(s->db, "pragma page_size", -1, &size, NULL);
    if (code == SQLITE_OK) code = sqlite3_step(size);
    if (code == SQLITE_ROW) s->page_size = sqlite3_column_int(size, 0);
    sqlite3_finalize(size);
    return code == SQLITE_ROW || fail(s, code);
}

static bool settle_connection(SqliteConn *s)
{
    bool writer = s->role == DB_ROLE_WRITER;
    sqlite3_busy_timeout(s->db, BUSY_TIMEOUT_MS);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (writer && (!enter_wal(s) || !read_page_size(s))) return false;
    int code = sqlite3_exec(s->db, writer ? writer_pragmas : reader_pragmas, NULL, NULL, NULL);
    for (int i = 0; i < STEP_COUNT && code == SQLITE_OK; i++)
        code = sqlite3_prepare_v3(s->db, step_sql[i], -1, SQLITE_PREPARE_PERSISTENT, &s->steps[i],
                                  NULL);
    if (code != SQLITE_OK) return fail(s, code);
    if (writer)
        sqlite3_wal_hook(s->db, note_wal_pages, s);
    else
        sqlite3_progress_handler(s->db, PROGRESS_OPS, snapshot_is_over, s);
    return true;
}

static void disconnect(SqliteConn *s)
{
    stmt_cache_free(&s->base);
    for (int i = 0; i < STEP_COUNT; i++) {
        sqlite3_finalize(s->steps[i]);
        s->steps[i] = NULL;
    }
    int code = sqlite3_close(s->db);
    assert(code == SQLITE_OK); /* else a statement was forgotten */
    s->db = NULL;
}

static bool connect_file(SqliteConn *s)
{
    const DbOptions *options = &s->base.db->options;
    Arena *arena = arena_new(512);
    char *path = str_z(arena, str_format(arena, "%.*s/souk.db", STR_ARG(options->folder)));
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                (s->role == DB_ROLE_WRITER ? SQLITE_OPEN_CREATE : 0);
    int code = sqlite3_open_v2(path, &s->db, flags, options->vfs);
    arena_free(arena);
    if (code == SQLITE_OK ? settle_connection(s) : fail(s, code)) return true;
    disconnect(s);
    return false;
}

static DbConn *sqlite_open(Db *db, DbRole role)
{
    SqliteConn *s = calloc(1, sizeof *s);
    if (!s) abort();
    s->base = (DbConn){.db = db, .ops = &sqlite_ops, .arena = arena_new(16384)};
    s->role = role;
    return &s->base;
}

static void sqlite_close(DbConn *c)
{
    disconnect(own(c));
    arena_free(c->arena);
    free(own(c));
}

/* ---- Transactions -------------------------------------------------------------------- */

static bool step(SqliteConn *s, Step which)
{
    int code = sqlite3_step(s->steps[which]);
    if (code != SQLITE_DONE) fail(s, code);
    sqlite3_reset(s->steps[which]);
    return code == SQLITE_DONE;
}

/* After a reader's transaction, however it ended. */
static void end_snapshot(SqliteConn *s)
{
    s->base.snapshot_us = s->base.snapshot_end_us = 0;
    if (s->inside) gate_leave(&s->base.db->gate);
    s->inside = false;
}

static bool sqlite_begin(DbConn *c, TxMode mode)
{
    SqliteConn *s = own(c);
    if (!s->db && !connect_file(s)) return false;
    if (s->role == DB_ROLE_WRITER)
        return step(s, mode == TX_WRITE ? STEP_BEGIN_WRITE : STEP_BEGIN_READ);
    gate_enter(&c->db->gate);
    s->inside = true;
    c->snapshot_us = c->db->options.read_us;
    if (step(s, STEP_BEGIN_READ)) return true;
    end_snapshot(s);
    return false;
}

static void sqlite_rollback(DbConn *c)
{
    SqliteConn *s = own(c);
    if (s->db && !sqlite3_get_autocommit(s->db)) {
        sqlite3_step(s->steps[STEP_ROLLBACK]); /* may say that the transaction has ended by itself:
                                                  all the same */
        sqlite3_reset(s->steps[STEP_ROLLBACK]);
    }
    end_snapshot(s);
}

static bool sqlite_commit(DbConn *c)
{
    c->snapshot_end_us = 0; /* a COMMIT must not be interrupted by the progress handler */
    bool done = step(own(c), STEP_COMMIT);
    if (done)
        end_snapshot(own(c));
    else
        sqlite_rollback(c);
    return done;
}

bool sqlite_savepoint(DbConn *c)
{
    return step(own(c), STEP_SAVE);
}

bool sqlite_savepoint_keep(DbConn *c)
{
    return step(own(c), STEP_KEEP);
}

bool sqlite_savepoint_undo(DbConn *c)
{
    return step(own(c), STEP_UNDO) && step(own(c), STEP_KEEP);
}

/* Savepoints of one name nest: the newest is meant. */
static bool sqlite_save(DbConn *c)
{
    return step(own(c), STEP_TRY);
}

static bool sqlite_keep(DbConn *c)
{
    return step(own(c), STEP_TRY_KEEP);
}

static bool sqlite_undo(DbConn *c)
{
    return step(own(c), STEP_TRY_UNDO) && step(own(c), STEP_TRY_KEEP);
}

bool sqlite_in_transaction(DbConn *c)
{
    return !sqlite3_get_autocommit(own(c)->db);
}

int64_t sqlite_wal_bytes(const DbConn *c)
{
    const SqliteConn *s = (const SqliteConn *)(const void *)c;
    return (int64_t)s->wal_pages * s->page_size;
}

int64_t sqlite_wal_pending_bytes(const DbConn *c)
{
    const SqliteConn *s = (const SqliteConn *)(const void *)c;
    return (int64_t)(s->wal_pages - s->checkpointed_pages) * s->page_size;
}

void sqlite_checkpoint(DbConn *c, bool restart)
{
    SqliteConn *s = own(c);
    int in_wal = -1, copied = -1;
    int mode = restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
    if (sqlite3_wal_checkpoint_v2(s->db, NULL, mode, &in_wal, &copied) != SQLITE_OK && in_wal < 0)
        return;
    s->wal_pages = in_wal;
    s->checkpointed_pages = copied;
}

/* ---- Statements ---------------------------------------------------------------------- */

static bool sqlite_prepare(DbConn *c, Stmt *stmt, const Value *values, size_t count)
{
    (void)values, (void)count; /* SQLite's parameters have no types */
    if (stmt->handle) return true;
    SqliteConn *s = own(c);
    sqlite3_stmt *handle;
    const char *rest;
    int code =
        sqlite3_prepare_v3(s->db, stmt->text.text, -1, SQLITE_PREPARE_PERSISTENT, &handle, &rest);
    if (code != SQLITE_OK) return fail(s, code);
    if (!handle || sqlite3_bind_parameter_count(handle) != stmt->text.params ||
        str_trim(str_from(rest)).n) {
        sqlite3_finalize(handle);
        return db_fail(c, DB_BROKEN, S(""), S("not exactly one statement, or a ? in it"));
    }
    stmt->handle = handle;
    return true;
}

static void sqlite_discard(DbConn *c, Stmt *stmt)
{
    (void)c;
    sqlite3_finalize(stmt->handle);
    stmt->handle = NULL;
}

_Static_assert(sizeof(Id) == sizeof(int64_t), "carray reads the ids as an array of int64");

static int bind(sqlite3_stmt *handle, int at, const Value *value)
{
    switch (value->kind) {
    case VALUE_NULL:
        return sqlite3_bind_null(handle, at);
    case VALUE_BOOL:
        return sqlite3_bind_int64(handle, at, value->b);
    case VALUE_INT:
    case VALUE_TIME:
        return sqlite3_bind_int64(handle, at, value->i);
    case VALUE_DOUBLE:
        return sqlite3_bind_double(handle, at, value->d);
    case VALUE_TEXT:
    case VALUE_JSON: /* a NULL pointer would bind NULL, and the empty text is not NULL */
        return sqlite3_bind_text64(handle, at, value->s.p ? value->s.p : "", value->s.n,
                                   SQLITE_STATIC, SQLITE_UTF8);
    case VALUE_BYTES:
        return sqlite3_bind_blob64(handle, at, value->s.p ? value->s.p : "", value->s.n,
                                   SQLITE_STATIC);
    case VALUE_IDS:
        return sqlite3_carray_bind(handle, at, value->ids.items, (int)value->ids.n,
                                   SQLITE_CARRAY_INT64, SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

static bool sqlite_send(DbConn *c, Arena *arena, Stmt *stmt, const Value *values, size_t count)
{
    (void)arena;
    SqliteConn *s = own(c);
    for (size_t i = 0; i < count; i++) {
        int code = bind(stmt->handle, (int)i + 1, &values[i]);
        if (code != SQLITE_OK) return fail(s, code);
    }
    s->changes_before = sqlite3_total_changes64(s->db);
    return true;
}

static bool sqlite_sync(DbConn *c)
{
    (void)c;
    return true;
}

static bool sqlite_receive(DbConn *c, Stmt *stmt)
{
    (void)c, (void)stmt;
    return true;
}

static bool sqlite_next(DbConn *c, Stmt *stmt)
{
    int code = sqlite3_step(stmt->handle);
    if (code != SQLITE_ROW && code != SQLITE_DONE) fail(own(c), code);
    if (code != SQLITE_ROW) return false;
    /* After a migration the first step prepares again by itself, and there may be other columns. */
    int version = sqlite3_stmt_status(stmt->handle, SQLITE_STMTSTATUS_REPREPARE, 0);
    if (version != stmt->version) stmt->columns = NULL;
    stmt->version = version;
    return true;
}

static int sqlite_columns(DbConn *c, Stmt *stmt)
{
    (void)c;
    return sqlite3_column_count(stmt->handle);
}

static const char *sqlite_column_name(DbConn *c, Stmt *stmt, int column)
{
    (void)c;
    return sqlite3_column_name(stmt->handle, column);
}

static bool sqlite_column(DbConn *c, Stmt *stmt, int column, Value *out)
{
    sqlite3_stmt *handle = stmt->handle;
    int type = sqlite3_column_type(handle, column);
    switch (type) {
    case SQLITE_INTEGER:
        *out = value_int(sqlite3_column_int64(handle, column));
        return true;
    case SQLITE_FLOAT:
        *out = value_double(sqlite3_column_double(handle, column));
        return true;
    case SQLITE_NULL:
        *out = (Value){.kind = VALUE_NULL};
        return true;
    default:;
        const void *bytes = type == SQLITE_TEXT ? (const void *)sqlite3_column_text(handle, column)
                                                : sqlite3_column_blob(handle, column);
        Str s = {bytes, (size_t)sqlite3_column_bytes(handle, column)};
        if (!bytes && s.n) return fail(own(c), SQLITE_NOMEM);
        *out = (Value){type == SQLITE_TEXT ? VALUE_TEXT : VALUE_BYTES, .s = bytes ? s : S("")};
        return true;
    }
}

/* A set of ids may have tens of thousands, and then what each row costs is all that counts. */
static bool sqlite_ids(DbConn *c, Stmt *stmt, Arena *arena, IdList *out)
{
    enum { FIRST = 64 };
    sqlite3_stmt *handle = stmt->handle;
    size_t room = 0;
    int code;
    while ((code = sqlite3_step(handle)) == SQLITE_ROW) {
        if (out->n == room) {
            size_t more = room ? room * 2 : FIRST;
            out->items =
                arena_grow(arena, out->items, room * sizeof(Id), more * sizeof(Id), alignof(Id));
            room = more;
        }
        if (sqlite3_column_type(handle, 0) != SQLITE_INTEGER)
            return db_fail(c, DB_BROKEN, S(""), S("the first column is no id"));
        out->items[out->n++] = (Id){sqlite3_column_int64(handle, 0)};
    }
    return code == SQLITE_DONE || fail(own(c), code);
}

static int64_t sqlite_finish(DbConn *c, Stmt *stmt)
{
    SqliteConn *s = own(c);
    sqlite3_reset(stmt->handle);
    /* What sqlite3_changes says of a statement that changes nothing is what it said before. */
    if (sqlite3_total_changes64(s->db) == s->changes_before) return 0;
    return sqlite3_changes64(s->db);
}

static Str sqlite_explain(DbConn *c, Arena *arena, Stmt *stmt, const Value *values, size_t count)
{
    (void)values, (void)count;
    Buf plan = buf_new(arena, 16384);
    const char *sql = str_z(arena, str_format(arena, "explain query plan %s", stmt->text.text));
    sqlite3_stmt *handle = NULL;
    if (sqlite3_prepare_v2(own(c)->db, sql, -1, &handle, NULL) != SQLITE_OK) return S("");
    while (sqlite3_step(handle) == SQLITE_ROW)
        buf_format(&plan, "%s%s", plan.n ? "; " : "", (const char *)sqlite3_column_text(handle, 3));
    sqlite3_finalize(handle);
    return buf_str(&plan);
}

static bool sqlite_script(DbConn *c, const char *sql)
{
    int code = sqlite3_exec(own(c)->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK || fail(own(c), code);
}

const DriverOps sqlite_ops = {
    .driver = DB_SQLITE,
    .open = sqlite_open,
    .close = sqlite_close,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .prepare = sqlite_prepare,
    .discard = sqlite_discard,
    .send = sqlite_send,
    .sync = sqlite_sync,
    .receive = sqlite_receive,
    .next = sqlite_next,
    .columns = sqlite_columns,
    .column_name = sqlite_column_name,
    .column = sqlite_column,
    .ids = sqlite_ids,
    .finish = sqlite_finish,
    .save = sqlite_save,
    .keep = sqlite_keep,
    .undo = sqlite_undo,
    .explain = sqlite_explain,
    .script = sqlite_script,
};
