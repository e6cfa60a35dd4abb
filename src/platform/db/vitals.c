#include "platform/db/vitals.h"

#include "platform/db/driver.h"

/* sqlite.org/wal.html#walresetbug: older ones can corrupt a database when the WAL is reset. */
#define SQLITE_WANTED   "3.51.3"
#define POSTGRES_WANTED "15"

/* ---- Versions ------------------------------------------------------------------------ */

/* The next number of "3.51.3", and what stands behind its dot; what is no number counts as 0. */
static int64_t next_number(Str *version)
{
    Str head;
    int64_t number = 0;
    size_t digits = 0;
    str_cut(*version, '.', &head, version);
    while (digits < head.n && head.p[digits] >= '0' && head.p[digits] <= '9') digits++;
    return str_to_int(str_slice(head, 0, digits), &number) ? number : 0;
}

bool version_is_as_new(Str version, Str wanted)
{
    while (wanted.n) {
        int64_t have = next_number(&version), want = next_number(&wanted);
        if (have != want) return have > want;
    }
    return true;
}

/* ---- Vitals -------------------------------------------------------------------------- */

typedef struct Asked {
    Db *db;
    DbVitals *vitals;
} Asked;

static void ask_sqlite(Ctx *cx, DbVitals *v)
{
    v->version = db_text(cx, S(""), "select sqlite_version()");
    v->version_wanted = S(SQLITE_WANTED);
    v->encoding = db_text(cx, S(""), "select encoding from pragma_encoding");
    v->has_schema = db_int(cx, 0,
                           "select count(*) from sqlite_schema where type = 'table' and name = "
                           "'nodes'") == 1;
    if (v->has_schema) v->nodes_taken = 1;
}

typedef struct ServerClock {
    Time now;
} ServerClock;

static const Type server_clock_type =
    TYPE(ServerClock, "The server's clock.", FIELD(ServerClock, now, "At this moment."));

/* The server read its clock somewhere between our two looks at ours. */
static void ask_clock(Ctx *cx, DbVitals *v)
{
    int64_t sent_us = monotonic_us();
    int64_t before_us = ctx_now(cx).us;
    const ServerClock *clock = db_one(cx, &server_clock_type, "select clock_timestamp() as now");
    v->round_trip_us = monotonic_us() - sent_us;
    if (clock) v->clock_ahead_us = clock->now.us - (before_us + v->round_trip_us / 2);
}

static void ask_postgres(Ctx *cx, const Db *db, DbVitals *v)
{
    v->version = db_text(cx, S(""), "select current_setting('server_version')");
    v->version_wanted = S(POSTGRES_WANTED);
    v->encoding = db_text(cx, S(""), "select current_setting('server_encoding')");
    v->connections_max =
        db_int(cx, 0,
               "select cast(current_setting('max_connections') as bigint) - "
               "cast(current_setting('superuser_reserved_connections') as bigint)");
    v->connections_wanted = db->options.readers + db->options.writers + DB_SLOW_THREADS;
    v->has_schema = db_int(cx, 0,
                           "select count(*) from pg_catalog.pg_class where oid = "
                           "to_regclass('nodes')") == 1;
    if (v->has_schema)
        v->nodes_taken = db_int(cx, 0, "select count(*) from nodes where expires_at > now()");
    ask_clock(cx, v); /* now that the connection is there and warm */
}

static bool ask_vitals(Ctx *cx, void *arg)
{
    const Asked *asked = arg;
    DbVitals *v = asked->vitals;
    *v = (DbVitals){.has_schema = false};
    if (db_driver(asked->db) == DB_SQLITE)
        ask_sqlite(cx, v);
    else
        ask_postgres(cx, asked->db, v);
    v->version_fine = version_is_as_new(v->version, v->version_wanted);
    v->encoding_fine = str_eq(v->encoding, S("UTF-8")) || str_eq(v->encoding, S("UTF8"));
    if (v->has_schema)
        v->newest = (Id){db_int(cx, 0, "select coalesce(max(last_id), 0) from nodes")};
    return true;
}

const Error *db_vitals(Db *db, Ctx *cx, DbVitals *out)
{
    DbVitals vitals;
    Asked asked = {db, &vitals};
    DbFailure failure = db_run(db, TX_READ, cx, ask_vitals, &asked);
    if (failure == DB_FINE) *out = vitals;
    return db_failure_error(failure);
}

/* ---- Integrity ----------------------------------------------------------------------- */

typedef struct Line {
    Str text;
} Line;

typedef struct LineList {
    Line *items;
    size_t n;
} LineList;

static const Type line_type = TYPE(Line, "A row of one text.", FIELD(Line, text, "The text."));

typedef struct Checked {
    Str table;
    LineList lines;
} Checked;

/* Virtual tables have no pages of their own: their shadow tables do. */
static bool list_tables(Ctx *cx, void *arg)
{
    Checked *checked = arg;
    checked->lines =
        DB_LIST(LineList, db_all(cx, &line_type,
                                 "select name as text from sqlite_schema where type = 'table' and "
                                 "rootpage > 0 order by name"));
    return true;
}

static bool check_one(Ctx *cx, void *arg)
{
    Checked *checked = arg;
    checked->lines =
        DB_LIST(LineList,
                db_all(cx, &line_type,
                       "select quick_check as text from pragma_quick_check where arg = $1 limit $2",
                       checked->table, DB_PROBLEMS_MAX));
    return true;
}

static void add_line(StrList *list, Str line)
{
    if (list->n < DB_PROBLEMS_MAX) list->items[list->n++] = line;
}

const Error *db_integrity(Db *db, Ctx *cx, bool (*cancelled)(void *arg), void *arg,
                          DbIntegrity *out)
{
    DbIntegrity found = {.problems = {NEW_N(cx->arena, Str, DB_PROBLEMS_MAX), 0},
                         .not_to_end = {NEW_N(cx->arena, Str, DB_PROBLEMS_MAX), 0}};
    Checked tables = {.table = S("")};
    DbFailure failure = DB_FINE;
    if (db_driver(db) == DB_SQLITE) failure = db_run(db, TX_READ, cx, list_tables, &tables);
    for (size_t i = 0; i < tables.lines.n && !failure && !cancelled(arg); i++) {
        Checked one = {.table = tables.lines.items[i].text};
        failure = db_run(db, TX_READ, cx, check_one, &one);
        found.tables++;
        if (failure == DB_TIMEOUT) add_line(&found.not_to_end, one.table);
        if (failure == DB_BROKEN)
            add_line(&found.problems,
                     str_format(cx->arena, "%.*s cannot be read", STR_ARG(one.table)));
        for (size_t k = 0; k < one.lines.n && !failure; k++)
            if (!str_eq(one.lines.items[k].text, S("ok")))
                add_line(&found.problems, one.lines.items[k].text);
        if (failure == DB_TIMEOUT || failure == DB_BROKEN) failure = DB_FINE;
    }
    if (failure == DB_FINE) *out = found;
    return db_failure_error(failure);
}
