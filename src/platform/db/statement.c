/* Statements: what the macros of db.h call, the same for both drivers.
 *
 * A statement is found by the address of its literal (and the type of its rows), prepared once a
 * connection, and its columns are matched to fields once. Addresses are enough because the macros
 * take literals only; two equal literals at two addresses merely become two statements.
 * PostgreSQL's statements have typed parameters, so a literal that is called with other kinds of
 * values is another statement; a NULL fits all.
 *
 * Each function does the same: open (find, send, sync, receive), read rows, close (finish, count,
 * look at the clock). After a failure none of them reaches the driver. */
#include "platform/db/driver.h"
#include "platform/db/measure.h"

#include "meta/rows.h"
#include "platform/telemetry/log.h"

#include <assert.h>
#include <stdlib.h>

enum { CACHE_FIRST = 64, ROWS_FIRST = 16 };

/* A slow statement's plan is asked for at most so often on each connection: bad days repeat
 * themselves. */
#define EXPLAIN_EVERY_US ((int64_t)60000000)

LOG_EVENT(log_slow, "db.slow", LOG_WARN,
          "A statement took longer than db.slow_statement_ms; `plan` is how the database runs it.");

/* ---- The cache ----------------------------------------------------------------------- */

static size_t slot_of(const StmtCache *cache, const char *sql, const Type *type, int rows)
{
    uint64_t mixed =
        ((uint64_t)(uintptr_t)sql ^ (uint64_t)(uintptr_t)type << 7) + (uint64_t)(unsigned)rows;
    return (size_t)((mixed * 0x9E3779B97F4A7C15u) >> 32) &
           (cache->capacity - 1); /* Fibonacci hashing */
}

static void cache_place(StmtCache *cache, Stmt *stmt)
{
    size_t at = slot_of(cache, stmt->sql, stmt->type, stmt->rows);
    while (cache->slots[at]) at = (at + 1) & (cache->capacity - 1);
    cache->slots[at] = stmt;
}

static void cache_add(StmtCache *cache, Stmt *stmt)
{
    if ((cache->n + 1) * 2 > cache->capacity) {
        StmtCache bigger = {.capacity = cache->capacity ? cache->capacity * 2 : CACHE_FIRST,
                            .n = cache->n};
        bigger.slots = calloc(bigger.capacity, sizeof(Stmt *));
        if (!bigger.slots) abort();
        for (size_t i = 0; i < cache->capacity; i++)
            if (cache->slots[i]) cache_place(&bigger, cache->slots[i]);
        free(cache->slots);
        *cache = bigger;
    }
    cache_place(cache, stmt);
    cache->n++;
}

void stmt_cache_free(DbConn *c)
{
    for (size_t i = 0; i < c->cache.capacity; i++)
        if (c->cache.slots[i]) c->ops->discard(c, c->cache.slots[i]);
    free(c->cache.slots);
    c->cache = (StmtCache){0};
}

/* Do these values suit the parameters? Where only NULL was seen, anything does. */
static bool kinds_fit(const Stmt *stmt, const Value *values, size_t count)
{
    for (size_t i = 0; stmt->kinds && i < count; i++)
        if (values[i].kind && stmt->kinds[i] && values[i].kind != stmt->kinds[i]) return false;
    return true;
}

static Stmt *cache_find(const StmtCache *cache, const Type *type, int rows, SqlArgs args)
{
    if (!cache->capacity) return NULL;
    size_t at = slot_of(cache, args.sql, type, rows);
    for (Stmt *stmt; (stmt = cache->slots[at]); at = (at + 1) & (cache->capacity - 1))
        if (stmt->sql == args.sql && stmt->type == type && stmt->rows == rows &&
            kinds_fit(stmt, args.values, args.count))
            return stmt;
    return NULL;
}

/* Found or made, not yet prepared; NULL after a failure. `fields`: whose fields the :names are, or
 * NULL. `rows`: as in Stmt. */
static Stmt *stmt_get(DbConn *c, const Type *type, const Type *fields, int rows, SqlArgs args)
{
    Stmt *stmt = cache_find(&c->cache, type, rows, args);
    if (stmt) return stmt;
    Str problem;
    SqlText text;
    DbDriver driver = c->ops->driver;
    if (rows ? !sql_rewrite_rows(c->arena, driver, args.sql, fields, rows, &text, &problem)
             : !sql_rewrite(c->arena, driver, args.sql, fields, &text, &problem)) {
        db_fail(c, DB_BROKEN, S(""), problem);
        return NULL;
    }
    stmt = NEW(c->arena, Stmt);
    *stmt = (Stmt){.sql = args.sql, .type = type, .rows = rows, .text = text};
    cache_add(&c->cache, stmt);
    return stmt;
}

/* ---- Running ------------------------------------------------------------------------- */

typedef struct Run {
    Ctx *cx;
    DbConn *c;
    Stmt *stmt;
    SqlArgs args;
    int64_t begun_us;
    bool asked; /* the arguments may be gone */
} Run;

static bool failed_at(DbConn *c, const char *sql)
{
    if (!c->failed_sql) c->failed_sql = sql;
    return false;
}

/* A snapshot is opened by its first statement: who waits before that holds nobody up. */
static void snapshot_begin(DbConn *c, int64_t now_us)
{
    if (!c->snapshot_us || c->snapshot_end_us) return;
    c->snapshot_end_us = now_us + c->snapshot_us;
    if (c->deadline_us && c->deadline_us < c->snapshot_end_us) c->snapshot_end_us = c->deadline_us;
}

/* May this transaction still be asked something? Then *run knows when. */
static bool run_begin(Run *run, Ctx *cx, const char *sql)
{
    DbConn *c = cx->db;
    assert(c); /* a statement outside of a transaction: the route says tx = NONE */
    if (c->failure) return false;
    *run = (Run){.cx = cx, .c = c, .begun_us = monotonic_us()};
    snapshot_begin(c, run->begun_us);
    bool over = (cx->deadline_us && run->begun_us > cx->deadline_us) ||
                (c->snapshot_end_us && run->begun_us > c->snapshot_end_us);
    if (!over) return true;
    db_fail(c, DB_TIMEOUT, S(""), S("the work takes longer than it may"));
    return failed_at(c, sql);
}

/* `send` is the driver's, or its post. */
static bool run_hand_over(Run *run, Stmt *stmt, SqlArgs args,
                          bool (*send)(DbConn *, Arena *, Stmt *, const Value *, size_t))
{
    DbConn *c = run->c;
    run->stmt = stmt;
    run->args = args;
    run->cx->cost.statements++;
    if ((size_t)stmt->text.params != args.count)
        db_fail(c, DB_BROKEN, S(""), S("more or fewer arguments than parameters"));
    else if (c->ops->prepare(c, stmt, args.values, args.count) &&
             send(c, run->cx->arena, stmt, args.values, args.count))
        return true;
    return failed_at(c, args.sql);
}

static bool run_send(Run *run, Stmt *stmt, SqlArgs args)
{
    return run_hand_over(run, stmt, args, run->c->ops->send);
}

static void run_log_slow(const Run *run, int64_t took_us)
{
    DbConn *c = run->c;
    metric_add(db_series.slow_statements, 1);
    Str plan = S("");
    int64_t now_us = run->begun_us + took_us;
    if (!c->failure && !run->asked &&
        (!run->stmt->explained_us || now_us - run->stmt->explained_us > EXPLAIN_EVERY_US)) {
        run->stmt->explained_us = now_us;
        plan = c->ops->explain(c, run->cx->arena, run->stmt, run->args.values, run->args.count);
    }
    LOG(&run->cx->trace, &log_slow, KV("sql", str_from(run->args.sql)), KV("took_us", took_us),
        KV("plan", plan));
}

/* Ends the statement and answers the rows that it changed, 0 after a failure. */
static int64_t run_close(Run *run)
{
    DbConn *c = run->c;
    int64_t changed = c->ops->finish(c, run->stmt);
    int64_t took_us = monotonic_us() - run->begun_us;
    run->cx->cost.db_us += took_us;
    if (c->db->options.slow_us && took_us >= c->db->options.slow_us) run_log_slow(run, took_us);
    if (!c->failure) return changed;
    failed_at(c, run->args.sql);
    return 0;
}

/* Sends the statement and waits for what it answers. After true: run_next …, run_close. */
static bool run_open_stmt(Run *run, Stmt *stmt, SqlArgs args)
{
    DbConn *c = run->c;
    if (!run_send(run, stmt, args)) return false;
    if (c->ops->sync(c) && c->ops->receive(c, stmt)) return true;
    run_close(run);
    return false;
}

/* The statement, ready to be sent; NULL after a failure. What was asked before is answered first. */
static Stmt *run_find(Run *run, Ctx *cx, const Type *type, const Type *fields, int rows,
                      SqlArgs args)
{
    if (cx->db && cx->db->ask_count) db_settle(cx);
    if (!run_begin(run, cx, args.sql)) return NULL;
    Stmt *stmt = stmt_get(run->c, type, fields, rows, args);
    if (!stmt) failed_at(run->c, args.sql);
    return stmt;
}

static bool run_open(Run *run, Ctx *cx, const Type *type, SqlArgs args)
{
    Stmt *stmt = run_find(run, cx, type, NULL, 0, args);
    return stmt && run_open_stmt(run, stmt, args);
}

static bool run_next(Run *run)
{
    return run->c->ops->next(run->c, run->stmt);
}

/* ---- Rows ---------------------------------------------------------------------------- */

/* Finds the field of each column, once a statement. A column without a field is a bug: it would be
 * read for nothing, or its name is misspelt and the field stays empty. */
static bool map_columns(Run *run)
{
    DbConn *c = run->c;
    Stmt *stmt = run->stmt;
    int count = c->ops->columns(c, stmt);
    const Field **columns = NEW_N(c->arena, const Field *, (size_t)count);
    for (int i = 0; i < count; i++) {
        const char *name = c->ops->column_name(c, stmt, i);
        columns[i] = type_field(stmt->type, str_from(name));
        if (columns[i]) continue;
        return db_fail(
            c, DB_BROKEN, S(""),
            str_format(run->cx->arena, "column %s is no field of %s", name, stmt->type->name));
    }
    stmt->columns = columns;
    stmt->column_count = count;
    return true;
}

/* The current row into a zeroed object. */
static bool read_row(Run *run, void *object)
{
    DbConn *c = run->c;
    const Stmt *stmt = run->stmt;
    if (!stmt->columns && !map_columns(run)) return false;
    for (int i = 0; i < stmt->column_count; i++) {
        Value value;
        if (!c->ops->column(c, run->stmt, i, &value)) return false;
        if (row_store(run->cx->arena, stmt->type, stmt->columns[i], object, value)) continue;
        return db_fail(
            c, DB_BROKEN, S(""),
            str_format(run->cx->arena, "column %s does not fit its field", stmt->columns[i]->name));
    }
    return true;
}

static void *read_one(Run *run)
{
    const Type *type = run->stmt->type;
    if (!run_next(run)) return NULL;
    void *object = arena_zalloc(run->cx->arena, 1, type->size, type->align);
    return read_row(run, object) ? object : NULL;
}

static AnyList read_all(Run *run)
{
    const Type *type = run->stmt->type;
    Arena *arena = run->cx->arena;
    char *items = NULL;
    size_t n = 0, room = 0;
    while (run_next(run)) {
        if (n == room) {
            size_t more = room ? room * 2 : ROWS_FIRST;
            items = arena_grow(arena, items, room * type->size, more * type->size, type->align);
            room = more;
        }
        memset(items + n * type->size, 0, type->size);
        if (!read_row(run, items + n * type->size)) return (AnyList){0};
        n++;
    }
    return run->c->failure ? (AnyList){0} : (AnyList){items, n};
}

/* The first column of the next row; VALUE_NULL when there is none. A view, until run_close. */
static Value read_value(Run *run)
{
    Value value = {.kind = VALUE_NULL};
    if (run_next(run) && !run->c->ops->column(run->c, run->stmt, 0, &value))
        value.kind = VALUE_NULL;
    return value;
}

/* ---- The functions of db.h ----------------------------------------------------------- */

void *db_one_args(Ctx *cx, const Type *type, SqlArgs args)
{
    Run run;
    if (!run_open(&run, cx, type, args)) return NULL;
    void *object = read_one(&run);
    run_close(&run);
    return run.c->failure ? NULL : object;
}

AnyList db_all_args(Ctx *cx, const Type *type, SqlArgs args)
{
    Run run;
    if (!run_open(&run, cx, type, args)) return (AnyList){0};
    AnyList list = read_all(&run);
    run_close(&run);
    return run.c->failure ? (AnyList){0} : list;
}

IdList db_ids_args(Ctx *cx, SqlArgs args)
{
    Run run;
    IdList ids = {0};
    if (!run_open(&run, cx, NULL, args)) return ids;
    run.c->ops->ids(run.c, run.stmt, cx->arena, &ids);
    run_close(&run);
    return run.c->failure ? (IdList){0} : ids;
}

int64_t db_exec_args(Ctx *cx, SqlArgs args)
{
    Run run;
    if (!run_open(&run, cx, NULL, args)) return 0;
    while (run_next(&run)) continue;
    return run_close(&run);
}

int64_t db_int_args(Ctx *cx, int64_t otherwise, SqlArgs args)
{
    Run run;
    if (!run_open(&run, cx, NULL, args)) return otherwise;
    Value value = read_value(&run);
    if (value.kind == VALUE_BOOL)
        value.i = value.b;
    else if (value.kind != VALUE_INT && value.kind != VALUE_TIME && value.kind != VALUE_NULL)
        db_fail(run.c, DB_BROKEN, S(""), S("the first column is no integer"));
    run_close(&run);
    return run.c->failure || value.kind == VALUE_NULL ? otherwise : value.i;
}

Str db_text_args(Ctx *cx, Str otherwise, SqlArgs args)
{
    Run run;
    if (!run_open(&run, cx, NULL, args)) return otherwise;
    Value value = read_value(&run);
    Str text = otherwise;
    if (value.kind == VALUE_TEXT || value.kind == VALUE_JSON || value.kind == VALUE_BYTES)
        text = str_copy(cx->arena, value.s);
    else if (value.kind != VALUE_NULL)
        db_fail(run.c, DB_BROKEN, S(""), S("the first column is no text"));
    run_close(&run);
    return run.c->failure ? otherwise : text;
}

/* The arguments that the :names of the statement stand for, of one object or of one for each row. */
static SqlArgs put_args(Ctx *cx, const Stmt *stmt, const void *objects,
                        Value values[static SQL_PARAMS_MAX])
{
    size_t count = stmt->text.fields ? (size_t)stmt->text.params : 0;
    size_t each = stmt->rows ? count / (size_t)stmt->rows : count;
    for (size_t i = 0; i < count; i++)
        values[i] = row_value(cx->arena, stmt->type, stmt->text.fields[i],
                              (const char *)objects + i / each * stmt->type->size);
    return (SqlArgs){stmt->sql, values, count};
}

/* Runs it to its end. */
static int64_t put(Run *run, Stmt *stmt, SqlArgs args)
{
    if (!run_open_stmt(run, stmt, args)) return 0;
    while (run_next(run)) continue;
    return run_close(run);
}

int64_t db_put_row(Ctx *cx, const Type *type, const void *object, const char *sql)
{
    Run run;
    Value values[SQL_PARAMS_MAX];
    Stmt *stmt = run_find(&run, cx, type, type, 0, (SqlArgs){.sql = sql});
    return stmt ? put(&run, stmt, put_args(cx, stmt, object, values)) : 0;
}

/* ---- Not waited for ------------------------------------------------------------------ */

/* A READ does not wait for its COMMIT, so that it would never learn what went wrong. */
static bool may_post(const Ctx *cx)
{
    return cx->db && cx->db->ops->pipelines && cx->db->mode == TX_WRITE;
}

void db_post_args(Ctx *cx, SqlArgs args)
{
    Run run;
    if (!may_post(cx)) {
        db_exec_args(cx, args);
        return;
    }
    Stmt *stmt = run_find(&run, cx, NULL, NULL, 0, args);
    if (stmt) run_hand_over(&run, stmt, args, run.c->ops->post);
}

static void post(Ctx *cx, const Type *type, const void *objects, int rows, const char *sql)
{
    Run run;
    Value values[SQL_PARAMS_MAX];
    Stmt *stmt = run_find(&run, cx, type, type, rows, (SqlArgs){.sql = sql});
    if (!stmt) return;
    SqlArgs args = put_args(cx, stmt, objects, values);
    if (may_post(cx))
        run_hand_over(&run, stmt, args, run.c->ops->post);
    else
        put(&run, stmt, args);
}

void db_post_row(Ctx *cx, const Type *type, const void *object, const char *sql)
{
    post(cx, type, object, 0, sql);
}

void db_post_items(Ctx *cx, const Type *type, const void *items, size_t n, const char *sql)
{
    const char *item = items;
    for (size_t rows; n; n -= rows, item += rows * type->size) {
        rows = n < SQL_ROWS_MAX ? n : SQL_ROWS_MAX;
        post(cx, type, item, (int)rows, sql);
    }
}

/* ---- Questions asked together -------------------------------------------------------- */

static void read_answer(Run *run, Ask *ask)
{
    if (ask->one)
        ask->one_value = read_one(run);
    else
        ask->all_value = read_all(run);
    run_close(run);
}

static void db_ask(Ctx *cx, Ask ask, SqlArgs args)
{
    if (cx->db && cx->db->ask_count == DB_ASKS_MAX) db_settle(cx);
    Run run;
    if (!run_begin(&run, cx, args.sql)) return;
    DbConn *c = run.c;
    ask.stmt = stmt_get(c, ask.type, NULL, 0, args);
    ask.begun_us = run.begun_us;
    if (!ask.stmt) {
        failed_at(c, args.sql);
        return;
    }
    if (c->ops->pipelines) {
        if (!run_send(&run, ask.stmt, args)) return;
    } else {
        if (!run_open_stmt(&run, ask.stmt, args)) return;
        read_answer(&run, &ask);
    }
    c->asks[c->ask_count++] = ask;
}

void db_ask_one_args(Ctx *cx, void **destination, const Type *type, SqlArgs args)
{
    *destination = NULL;
    db_ask(cx, (Ask){.type = type, .one = destination}, args);
}

void db_ask_all_args(Ctx *cx, AnyList *destination, const Type *type, SqlArgs args)
{
    *destination = (AnyList){0};
    db_ask(cx, (Ask){.type = type, .all = destination}, args);
}

/* Reads what was sent in one go. The arguments may be gone by now, so a slow one is logged without
 * its plan. */
static void receive_answers(Ctx *cx, int count)
{
    DbConn *c = cx->db;
    bool arrived = c->ops->sync(c);
    for (int i = 0; i < count; i++) {
        Ask *ask = &c->asks[i];
        Run run = {cx, c, ask->stmt, {.sql = ask->stmt->sql}, ask->begun_us, .asked = true};
        if (arrived && c->ops->receive(c, ask->stmt))
            read_answer(&run, ask);
        else
            failed_at(c, ask->stmt->sql);
    }
}

bool db_settle(Ctx *cx)
{
    DbConn *c = cx->db;
    assert(c);
    int count = c->ask_count;
    c->ask_count = 0;
    if (count && c->ops->pipelines) receive_answers(cx, count);
    if (c->ops->settle) c->ops->settle(c);
    for (int i = 0; i < count && !c->failure; i++) {
        if (c->asks[i].one) *c->asks[i].one = c->asks[i].one_value;
        if (c->asks[i].all) *c->asks[i].all = c->asks[i].all_value;
    }
    return !c->failure;
}
