/* `souk doctor`: is everything on this machine, in this folder and in this database as it should
 * be? Checks are rows; see doctor.c. */
#ifndef APP_DOCTOR_H
#define APP_DOCTOR_H

#include "app/app.h"
#include "platform/db/vitals.h"

typedef enum CheckResult {
    CHECK_OK,
    CHECK_WARNING, /* the shop works, but somebody should know */
    CHECK_FAILURE, /* it does not, or will lose something */
    CHECK_SKIPPED, /* what the check needs is not there */
} CheckResult;

/* What a check found: one sentence, without its full stop. */
typedef struct Finding {
    CheckResult result;
    Str found;
    Str advice; /* what to do; empty: as the row says */
} Finding;

typedef struct Doctor {
    CommandCall *call;
    Arena *arena;
    const Config *config; /* NULL: it is refused */
    /* NULL: there is none, or it cannot be had; then db_error says why, NULL for "not made yet". */
    Db *db;
    Ctx *cx;
    const Error *db_error;
    Str db_detail;
    bool vital; /* `vitals` is filled */
    DbVitals vitals;
} Doctor;

typedef enum CheckNeeds {
    CHECK_NEEDS_NOTHING,
    CHECK_NEEDS_SETTINGS,
    CHECK_NEEDS_FOLDER,   /* that exists */
    CHECK_NEEDS_DATABASE, /* that answers: `vitals` are there */
    CHECK_NEEDS_SCHEMA,
} CheckNeeds;

typedef enum CheckWhere {
    CHECK_EVERYWHERE,
    CHECK_WITH_SQLITE,
    CHECK_WITH_POSTGRES,
    CHECK_IN_SERVER,
} CheckWhere;

/* One thing that is looked at. A check that does not apply here is left out. */
typedef struct Check {
    const char *name;
    const char *doc;    /* what it looks at */
    const char *advice; /* what to do when it is not well */
    CheckNeeds needs;
    CheckWhere where;
    Finding (*look)(Doctor *d);
} Check;

Finding check_fine(const Doctor *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
Finding check_warn(const Doctor *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
Finding check_fail(const Doctor *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- The looks, by what they look at --------------------------------------------------------- */

Finding look_at_configuration(Doctor *d); /* doctor_settings.c */
Finding look_at_changes(Doctor *d);
Finding look_at_mode(Doctor *d);
Finding look_at_listen(Doctor *d);
Finding look_at_proxies(Doctor *d);
Finding look_at_mail(Doctor *d);
Finding look_at_faults(Doctor *d);
Finding look_at_open_files(Doctor *d);
Finding look_at_memory(Doctor *d);

Finding look_at_folder(Doctor *d); /* doctor_folder.c */
Finding look_at_files(Doctor *d);
Finding look_at_master_key(Doctor *d);
Finding look_at_file_system(Doctor *d);
Finding look_at_disk_space(Doctor *d);
Finding look_at_disk_sync(Doctor *d);
Finding look_at_server(Doctor *d);

Finding look_at_database(Doctor *d); /* doctor_database.c */
Finding look_at_version(Doctor *d);
Finding look_at_encoding(Doctor *d);
Finding look_at_connections(Doctor *d);
Finding look_at_clock(Doctor *d);
Finding look_at_schema(Doctor *d);
Finding look_at_integrity(Doctor *d);
Finding look_at_nodes(Doctor *d);
Finding look_at_keys(Doctor *d);

/* ---- Where well ends (doctor_rules.c, pure) -------------------------------------------------- */

CheckResult disk_result(uint64_t free_bytes, uint64_t free_files);
/* Of the answer cache, in the memory that this process may have. */
CheckResult memory_result(uint64_t cache_bytes, uint64_t limit_bytes);
/* `ahead_us`: of the server's clock before ours, measured over a round trip of so long. */
CheckResult skew_result(int64_t ahead_us, int64_t round_trip_us);
/* `newest`: the newest id that was promised, which lies at most two minutes ahead of its making. */
CheckResult clock_result(Time now, Id newest);
/* What a file system of this magic number (statfs(2)) does to SQLite; *name says which one it is. */
CheckResult file_system_result(int64_t magic, const char **name);
/* An address to listen on that is that of every network. */
bool listens_everywhere(Str address);
/* A block so wide that nobody has all its addresses. */
bool trusts_everybody(Str block);

/* The rows, as the documentation lists them. */
extern const Type check_row_type;
AnyList check_rows(Arena *arena);

extern const CommandList doctor_commands;

#endif
