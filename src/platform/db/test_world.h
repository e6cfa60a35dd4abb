/* A database for each test, of each driver: tests beside this file run on both.
 *
 * SQLite gets a folder of its own. PostgreSQL is found by SOUK_TEST_PG, a URL whose role may create
 * databases; each test program makes one database, and each test starts with an empty schema.
 * Without the variable the PostgreSQL tests are skipped and say so, or fail when
 * SOUK_TEST_REQUIRE_PG=1. */
#ifndef PLATFORM_DB_TEST_WORLD_H
#define PLATFORM_DB_TEST_WORLD_H

#include "base/buf.h"
#include "platform/db/db.h"
#include "platform/telemetry/log.h"
#include "platform/vault/vault.h"

#include <fcntl.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <libpq-fe.h>

#include <cmocka.h>

/* For what must come at some time: only a hang comes to its end. */
#define TEST_PATIENCE_US ((int64_t)300 * 1000000)

typedef struct World {
    Arena *arena;
    DbOptions options;
    Db *db;
    IdMaker ids;
    Ctx cx;
    char folder[256];
} World;

static char test_pg_url[1024]; /* this program's own database; empty: no PostgreSQL */
static char test_pg_name[64];

static void ignore_notice(void *arg, const PGresult *notice)
{
    (void)arg, (void)notice;
}

static inline PGconn *pg_connect(const char *url)
{
    PGconn *pg = PQconnectdb(url);
    if (PQstatus(pg) != CONNECTION_OK) fail_msg("%s", PQerrorMessage(pg));
    PQsetNoticeReceiver(pg, ignore_notice, NULL);
    return pg;
}

/* Outside of the driver under test. The first column of the first row. */
static inline int64_t pg_run(PGconn *pg, const char *sql)
{
    PGresult *result = PQexec(pg, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(pg));
    int64_t answer = 0;
    if (PQntuples(result) && PQnfields(result))
        str_to_int(str_from(PQgetvalue(result, 0, 0)), &answer);
    PQclear(result);
    return answer;
}

/* The same on a connection of its own. */
static inline int64_t pg_do(const char *url, const char *sql)
{
    PGconn *pg = pg_connect(url);
    int64_t answer = pg_run(pg, sql);
    PQfinish(pg);
    return answer;
}

/* The server's address with another database, as keywords. */
static inline void pg_name_database(const char *url)
{
    char *problem = NULL;
    PQconninfoOption *options = PQconninfoParse(url, &problem);
    if (!options) fail_msg("SOUK_TEST_PG: %s", problem);
    size_t n = 0;
    for (PQconninfoOption *o = options; o->keyword; o++)
        if (o->val && strcmp(o->keyword, "dbname") != 0)
            n += (size_t)snprintf(test_pg_url + n, sizeof test_pg_url - n, "%s='%s' ", o->keyword,
                                  o->val);
    snprintf(test_pg_url + n, sizeof test_pg_url - n, "dbname=%s", test_pg_name);
    PQconninfoFree(options);
}

/* Failures are wanted here: they are not to be logged. */
static inline int quiet(void **state)
{
    (void)state;
    log_setup(LOG_STYLE_JSON, LOG_ERROR, open("/dev/null", O_WRONLY | O_CLOEXEC));
    return 0;
}

static inline int worlds_begin(void **state)
{
    quiet(state);
    const char *url = getenv("SOUK_TEST_PG"), *required = getenv("SOUK_TEST_REQUIRE_PG");
    if (!url || !*url) {
        print_message("SOUK_TEST_PG is not set: PostgreSQL is not tested\n");
        return required && *required == '1' ? -1 : 0;
    }
    char sql[128];
    snprintf(test_pg_name, sizeof test_pg_name, "souk_unit_%ld", (long)getpid());
    snprintf(sql, sizeof sql, "%s %s", "create database", test_pg_name);
    pg_do(url, sql);
    pg_name_database(url);
    return 0;
}

static inline int worlds_end(void **state)
{
    (void)state;
    if (!test_pg_url[0]) return 0;
    char sql[128];
    snprintf(sql, sizeof sql, "%s %s %s", "drop database", test_pg_name, "with (force)");
    pg_do(getenv("SOUK_TEST_PG"), sql);
    return 0;
}

/* The same master key for all tests; closed with the process. */
static inline Vault *world_vault(Arena *arena)
{
    static Vault *vault;
    Str detail, key = S("a6f3019c5be84d72c07f96e1384bd25a1fe7804c93b6da0572ce38a1d94f6b20");
    if (!vault && vault_open(arena, S(""), key, &random_system, &vault, &detail))
        fail_msg("%.*s", STR_ARG(detail));
    return vault;
}

static inline World *world_new(void)
{
    World *w = calloc(1, sizeof *w);
    w->arena = arena_new(65536);
    w->options = (DbOptions){.readers = 2,
                             .writers = 4,
                             .queue_max = 1024,
                             .batch_max = 256,
                             .batch_us = 5000,
                             .hash_nice = 3,
                             .hashers = 1,
                             .hash_queue_max = 2,
                             .read_us = TEST_PATIENCE_US,
                             .close_us = TEST_PATIENCE_US};
    id_maker_init(&w->ids, 1, (Id){0});
    w->cx = (Ctx){.arena = w->arena,
                  .vault = world_vault(w->arena),
                  .clock = &clock_system,
                  .random = &random_system,
                  .ids = &w->ids};
    return w;
}

/* A context of its own, for work that runs beside the test's. */
static inline Ctx world_cx(World *w)
{
    Ctx cx = w->cx;
    cx.arena = arena_new(4096);
    cx.db = NULL;
    return cx;
}

static inline void world_open(World *w)
{
    Str detail = S("");
    const Error *error = db_open(w->arena, &w->options, &w->db, &detail);
    if (error) fail_msg("%s: %.*s", error->code, STR_ARG(detail));
}

static inline void world_close(World *w)
{
    if (w->db) db_close(w->db);
    w->db = NULL;
}

static inline int world_sqlite(void **state)
{
    World *w = world_new();
    const char *parent = getenv("SOUK_TEST_DIR");
    snprintf(w->folder, sizeof w->folder, "%s/souk-db-XXXXXX", parent ? parent : "/tmp");
    assert_non_null(mkdtemp(w->folder));
    w->options.folder = str_from(w->folder);
    world_open(w);
    *state = w;
    return 0;
}

static inline int world_postgres(void **state)
{
    *state = NULL;
    if (!test_pg_url[0]) return 0;
    pg_do(test_pg_url, "drop schema public cascade; create schema public");
    World *w = world_new();
    w->options.url = str_from(test_pg_url);
    world_open(w);
    *state = w;
    return 0;
}

static inline int world_end(void **state)
{
    World *w = *state;
    if (!w) return 0;
    world_close(w);
    if (w->folder[0]) {
        static const char *const files[] = {"souk.db", "souk.db-wal", "souk.db-shm"};
        for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
            char path[300];
            snprintf(path, sizeof path, "%s/%s", w->folder, files[i]);
            unlink(path);
        }
        assert_int_equal(rmdir(w->folder), 0);
    }
    arena_free(w->arena);
    free(w);
    return 0;
}

/* Checks for code that runs on a lane: cmocka's own are for the test's thread only. */
#define WANT(condition)      want((condition), __FILE__, __LINE__, #condition)
#define WANT_INT(got, value) want_int((int64_t)(got), (int64_t)(value), __FILE__, __LINE__, #got)
#define WANT_STR(got, value) want_str((got), (value), __FILE__, __LINE__, #got)

static inline void want(bool condition, const char *file, int line, const char *what)
{
    if (condition) return;
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
    abort();
}

static inline void want_int(int64_t got, int64_t value, const char *file, int line,
                            const char *what)
{
    if (got != value) fprintf(stderr, "%lld is not %lld\n", (long long)got, (long long)value);
    want(got == value, file, line, what);
}

static inline void want_str(Str got, Str value, const char *file, int line, const char *what)
{
    if (!str_eq(got, value))
        fprintf(stderr, "'%.*s' is not '%.*s'\n", STR_ARG(got), STR_ARG(value));
    want(str_eq(got, value), file, line, what);
}

/* The test's world, or the test ends here because it has none. */
static inline World *world_of(void **state)
{
    if (!*state) skip();
    return *state;
}

#define ON_SQLITE(f)                                                                               \
    {                                                                                              \
#f " [sqlite]", f, world_sqlite, world_end, NULL                                           \
    }
#define ON_POSTGRES(f)                                                                             \
    {                                                                                              \
#f " [postgres]", f, world_postgres, world_end, NULL                                       \
    }
#define ON_BOTH(f) ON_SQLITE(f), ON_POSTGRES(f)

/* Runs a transaction and wants it to end so. */
#define RUN(w, mode, f, arg)                                                                       \
    assert_int_equal(db_run((w)->db, (mode), &(w)->cx, (f), (arg)), DB_FINE)

/* Applies one script as a migration of its own module. */
static inline void world_schema(World *w, const char *sql)
{
    Migration migration = {"test", 1, "schema", sql, 0};
    int applied = 0;
    Str detail = S("");
    const Error *error = db_migrate(w->db, &w->cx, &migration, 1, &applied, &detail);
    if (error) fail_msg("%s: %.*s", error->code, STR_ARG(detail));
    assert_int_equal(applied, 1);
}

#endif
