/* Migrations: what has been applied is a row in schema_migrations, with the checksum of its text.
 *
 * Each migration is one transaction that first takes a lock which other processes respect, then
 * looks again whether somebody else was faster, then runs the script and writes its row. So two
 * programs that start at once share the work, and none sees half of a migration. On SQLite the lock
 * is the transaction itself (BEGIN IMMEDIATE on the one writer of a folder that one process owns),
 * on PostgreSQL an advisory lock that the transaction's end releases.
 *
 * Levels. A program's level in a module is the highest number that it brings for that module. A
 * migration states the oldest level that may keep running beside what it changes: an added table
 * tolerates level 0, a dropped column only itself. A program that finds a migration which it does
 * not bring, and whose oldest_program is above its own level, refuses to run. */
#include "platform/db/driver.h"

#include "base/hash.h"

static const Error err_changed = {
    "migration_changed", 500, "A migration was changed after it had been applied.", LOG_ERROR,
    "Take the file back to what it was, and put the change into a new migration."};
static const Error err_too_old = {"program_too_old", 500,
                                  "The database has been moved on by a newer program.", LOG_ERROR,
                                  "Run the newer souk; migrations go forward only."};
static const Error err_migration_failed = {
    "migration_failed", 500, "A migration failed; nothing of it was kept.", LOG_ERROR,
    "The detail says which one, and what the database answered."};

/* A migration that waits for a table makes everybody who comes later wait behind it; better to try
 * again. */
#define LOCK_TIMEOUT "5s"

/* A row of schema_migrations. */
typedef struct Applied {
    Str module;
    int64_t number;
    Str name;
    Str checksum;
    int64_t oldest_program;
    Time applied_at;
} Applied;

typedef struct AppliedList {
    Applied *items;
    size_t n;
} AppliedList;

static const Type applied_type =
    TYPE(Applied, "A migration that this database has.",
         FIELD(Applied, module, "The module that it belongs to."),
         FIELD(Applied, number, "Its number there, from 1."),
         FIELD(Applied, name, "What its file is called."),
         FIELD(Applied, checksum, "SHA-256 of its text."),
         FIELD(Applied, oldest_program, "The oldest level of the module that may run beside it."),
         FIELD(Applied, applied_at, "When it was applied."));

static const char bootstrap_sql[] = "create table if not exists schema_migrations (module TEXT not "
                                    "null, number INTEGER not null, name TEXT not null, "
                                    "checksum TEXT not null, oldest_program INTEGER not null, "
                                    "applied_at TIME not null, primary key (module, number));"
                                    /* node.c */
                                    "create table if not exists nodes (node INTEGER primary key, "
                                    "fence INTEGER not null, owner TEXT not null, "
                                    "expires_at TIME, last_id INTEGER not null);";

typedef struct Migrator Migrator;
struct Migrator {
    Db *db;
    Ctx *cx;
    const Migration *migrations;
    size_t count, at;
    AppliedList applied;
    bool did_apply;
    bool (*step)(Migrator *m, Ctx *cx);
    Str detail; /* what the database said of the failure */
};

static Str migration_file(Arena *arena, const Migration *m)
{
    return str_format(arena, "%s/%04d_%s.sql", m->module, m->number, m->name);
}

static Str checksum_of(Arena *arena, const Migration *m)
{
    unsigned char bytes[SHA256_BYTES];
    hash_sha256(str_from(m->sql), bytes);
    return hex_text(arena, bytes, sizeof bytes);
}

/* ---- Inside a transaction ------------------------------------------------------------ */

/* Whoever holds it is the only one that migrates. Waiting for it is not waiting for a table, and a
 * migration may take its time, so the server's own limits do not hold here. The key is "souk" in
 * ASCII. */
static bool take_lock(Ctx *cx)
{
    DbConn *c = cx->db;
    return c->ops->driver == DB_SQLITE ||
           c->ops->script(c, "set local lock_timeout = 0; set local statement_timeout = 0;"
                             "select pg_advisory_xact_lock(1936684395);"
                             "set local lock_timeout = '" LOCK_TIMEOUT "'");
}

static bool script_run(Ctx *cx, Str script)
{
    DbConn *c = cx->db;
    char *sql;
    Str problem;
    if (!sql_migration(cx->arena, c->ops->driver, script, &sql, &problem))
        return db_fail(c, DB_BROKEN, S(""), problem);
    return c->ops->script(c, sql);
}

static bool load_applied(Ctx *cx, Migrator *m)
{
    m->applied = DB_LIST(AppliedList,
                         db_all(cx, &applied_type,
                                "select module, number, name, checksum, oldest_program, applied_at "
                                "from schema_migrations order by applied_at, module, number"));
    return !cx->db->failure;
}

static const Applied *find_applied(const AppliedList *list, const Migration *m)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i].number == m->number &&
            str_eq(list->items[i].module, str_from(m->module)))
            return &list->items[i];
    return NULL;
}

static bool bootstrap(Migrator *m, Ctx *cx)
{
    return take_lock(cx) && script_run(cx, str_from(bootstrap_sql)) && load_applied(cx, m);
}

static void put_row(Ctx *cx, const Migration *migration)
{
    Applied row = {
        .module = str_from(migration->module),
        .number = migration->number,
        .name = str_from(migration->name),
        .checksum = checksum_of(cx->arena, migration),
        .oldest_program = migration->oldest_program,
        .applied_at = ctx_now(cx),
    };
    db_put(cx, &applied_type, &row,
           "insert into schema_migrations (module, number, name, checksum, oldest_program, "
           "applied_at) "
           "values (:module, :number, :name, :checksum, :oldest_program, :applied_at)");
}

/* Applies migration number m->at, unless another process was faster. */
static bool apply(Migrator *m, Ctx *cx)
{
    const Migration *migration = &m->migrations[m->at];
    m->did_apply = false;
    if (!take_lock(cx)) return false;
    int64_t there =
        db_int(cx, 0, "select count(*) from schema_migrations where module = $1 and number = $2",
               str_from(migration->module), migration->number);
    if (there || !script_run(cx, str_from(migration->sql))) return there != 0;
    put_row(cx, migration);
    m->did_apply = true;
    return true;
}

/* Reads the table if it is there, and changes nothing. */
static bool peek(Migrator *m, Ctx *cx)
{
    int64_t there = m->db->ops->driver == DB_SQLITE
                        ? db_int(cx, 0,
                                 "select count(*) from sqlite_schema where type = 'table' and "
                                 "name = 'schema_migrations'")
                        : db_int(cx, 0,
                                 "select count(*) from pg_catalog.pg_class where oid = "
                                 "to_regclass('schema_migrations')");
    return there ? load_applied(cx, m) : !cx->db->failure;
}

static bool run_step(Ctx *cx, void *arg)
{
    Migrator *m = arg;
    bool keep = m->step(m, cx);
    if (cx->db->failure) m->detail = str_copy(cx->arena, cx->db->detail);
    return keep;
}

static const Error *run(Migrator *m, TxMode mode, bool (*step)(Migrator *m, Ctx *cx))
{
    m->step = step;
    m->detail = S("");
    DbFailure failure = db_run(m->db, mode, m->cx, run_step, m);
    bool own_fault = mode == TX_WRITE && (failure == DB_BROKEN || failure == DB_CONSTRAINT);
    return own_fault ? &err_migration_failed : db_failure_error(failure);
}

/* ---- Outside ------------------------------------------------------------------------- */

static int64_t level_of(const Migrator *m, Str module)
{
    int64_t level = 0;
    for (size_t i = 0; i < m->count; i++)
        if (str_eq(str_from(m->migrations[i].module), module) && m->migrations[i].number > level)
            level = m->migrations[i].number;
    return level;
}

static const Error *check_checksums(Migrator *m, Str *detail)
{
    for (size_t i = 0; i < m->count; i++) {
        const Applied *row = find_applied(&m->applied, &m->migrations[i]);
        if (!row || str_eq(row->checksum, checksum_of(m->cx->arena, &m->migrations[i]))) continue;
        *detail = str_format(m->cx->arena, "%.*s is no longer what was applied on %.*s",
                             STR_ARG(migration_file(m->cx->arena, &m->migrations[i])),
                             STR_ARG(time_text(m->cx->arena, row->applied_at)));
        return &err_changed;
    }
    return NULL;
}

static const Error *check_levels(Migrator *m, Str *detail)
{
    for (size_t i = 0; i < m->applied.n; i++) {
        const Applied *row = &m->applied.items[i];
        int64_t level = level_of(m, row->module);
        if (row->number <= level || row->oldest_program <= level) continue;
        *detail = str_format(
            m->cx->arena,
            "migration %04lld (%.*s) of module %.*s tolerates programs that know the module up to "
            "%04lld; this one knows it up to %04lld",
            (long long)row->number, STR_ARG(row->name), STR_ARG(row->module),
            (long long)row->oldest_program, (long long)level);
        return &err_too_old;
    }
    return NULL;
}

/* Reads the table, which is made when it is missing and `mode` is TX_WRITE, and says what forbids
 * going on. */
static const Error *look(Migrator *m, TxMode mode, Str *detail)
{
    const Error *error = run(m, mode, mode == TX_WRITE ? bootstrap : peek);
    if (error)
        *detail = str_format(m->cx->arena, "schema_migrations: %.*s", STR_ARG(m->detail));
    else if (!(error = check_checksums(m, detail)))
        error = check_levels(m, detail);
    return error;
}

const Error *db_migrate(Db *db, Ctx *cx, const Migration *migrations, size_t count, int *applied,
                        Str *detail)
{
    Migrator m = {.db = db, .cx = cx, .migrations = migrations, .count = count};
    const Error *error = look(&m, TX_WRITE, detail);
    int done = 0;
    for (m.at = 0; m.at < count && !error; m.at++) {
        if (find_applied(&m.applied, &migrations[m.at])) continue;
        error = run(&m, TX_WRITE, apply);
        if (error)
            *detail = str_format(cx->arena, "%.*s: %.*s",
                                 STR_ARG(migration_file(cx->arena, &migrations[m.at])),
                                 STR_ARG(m.detail));
        else
            done += m.did_apply;
    }
    if (!error) *applied = done;
    return error;
}

const Error *db_migration_status(Db *db, Ctx *cx, const Migration *migrations, size_t count,
                                 MigrationState *states, Str *detail)
{
    Migrator m = {.db = db, .cx = cx, .migrations = migrations, .count = count};
    const Error *error = look(&m, TX_READ, detail);
    for (size_t i = 0; i < count && !error; i++) {
        const Applied *row = find_applied(&m.applied, &migrations[i]);
        states[i] = (MigrationState){&migrations[i], row ? row->applied_at : (Time){0}};
    }
    return error;
}
