/* `souk doctor`: the table of checks, and the command that goes through it.
 *
 * The checks are what somebody with the pager wants looked at before reading logs: settings,
 * folder, disk, database, schema, clocks, limits, and what makes a shop weak. Each is a row with a
 * function that looks and says one sentence; the rows are in the order in which one stands on the
 * other. A check whose ground is missing is skipped and says so, so that one cause is one failure:
 * a database that is down fails once, and what would be asked of it is not looked at.
 *
 * The command runs whatever is wrong (Command.anyhow): with a refused configuration, without a
 * folder, without a database. Where a server owns the folder it runs inside that server, and sees
 * its limits and its database. It changes nothing and makes nothing, so it does not open a SQLite
 * database that is not there yet (opening would make it), and nothing that it asks takes longer
 * than a reader may.
 *
 * Rejected: figures over time (that is what /metrics is for), and repairing (a person decides). */
#include "app/doctor.h"

#include "platform/cli/help.h"
#include "platform/module.h"
#include "platform/telemetry/log.h"

#include <assert.h>
#include <stdarg.h>
#include <sys/stat.h>

static const int64_t ASK_MAX_US = 10000000; /* of the database, a check */

static const Check checks[] = {
    {"configuration", "Is every setting understood, wherever it was made?",
     "Mend what is named; `souk config --list` shows what there is to set.", CHECK_NEEDS_NOTHING,
     CHECK_EVERYWHERE, look_at_configuration},
    {"changes", "Does the server run with the settings that its sources have now?",
     "`systemctl reload souk` (SIGHUP) takes over what can be; the rest needs a restart.",
     CHECK_NEEDS_SETTINGS, CHECK_IN_SERVER, look_at_changes},
    {"mode", "Would production start with these settings?",
     "Mend what is named; `mode = production` refuses to start before.", CHECK_NEEDS_SETTINGS,
     CHECK_EVERYWHERE, look_at_mode},
    {"folder", "Can the data folder be used, and is it closed to others?",
     "It must belong to the user that runs souk, with mode 0700; `--data` names another one.",
     CHECK_NEEDS_SETTINGS, CHECK_EVERYWHERE, look_at_folder},
    {"files", "Do the files in the folder belong to its owner?",
     "A command was run as another user, root perhaps: chown the file to the folder's owner.",
     CHECK_NEEDS_FOLDER, CHECK_EVERYWHERE, look_at_files},
    {"master-key", "Is the key behind what is sealed there, and known to nobody else?",
     "`chmod 600` the file, or set SOUK_MASTER_KEY where only souk can read it; every machine of a "
     "shop needs the same key. Keep a copy elsewhere.",
     CHECK_NEEDS_SETTINGS, CHECK_EVERYWHERE, look_at_master_key},
    {"file-system", "Can the folder's file system hold SQLite's WAL, and does it last?",
     "Put the data folder on a local disk.", CHECK_NEEDS_FOLDER, CHECK_WITH_SQLITE,
     look_at_file_system},
    {"disk-space", "Is there room where the data folder lies?",
     "Free some space: without it the shop is read-only.", CHECK_NEEDS_FOLDER, CHECK_WITH_SQLITE,
     look_at_disk_space},
    {"disk-sync", "How long does the disk take to make a write safe? Each commit waits for it.",
     "Group commit hides some of it; a disk of its own, or one with a battery, the rest.",
     CHECK_NEEDS_FOLDER, CHECK_WITH_SQLITE, look_at_disk_sync},
    {"server", "Does a server run on the folder, and is it ready?",
     "The log of that process says more; `souk serve` starts one.", CHECK_NEEDS_SETTINGS,
     CHECK_EVERYWHERE, look_at_server},
    {"listen", "Can the addresses be listened on, and who reaches them?",
     "Listen on 127.0.0.1 behind a proxy that speaks TLS, and name it in http.trusted_proxies.",
     CHECK_NEEDS_SETTINGS, CHECK_EVERYWHERE, look_at_listen},
    {"proxies", "Are the trusted proxies few, and well written?",
     "Name the addresses of your proxies; whoever is trusted can claim to be any client.",
     CHECK_NEEDS_SETTINGS, CHECK_EVERYWHERE, look_at_proxies},
    {"mail", "Can mail go out as it is set?",
     "Set mail.transport = smtp, mail.url and mail.from; then `souk mail test ADDRESS`.",
     CHECK_NEEDS_SETTINGS, CHECK_EVERYWHERE, look_at_mail},
    {"faults", "Is the server free of faults that tests provoke?",
     "Take the setting `fault` away; it is for tests.", CHECK_NEEDS_SETTINGS, CHECK_EVERYWHERE,
     look_at_faults},
    {"open-files", "Do the limits of the system leave http.connections_max its descriptors?",
     "Raise LimitNOFILE of the unit (`ulimit -n` in a shell), or lower http.connections_max.",
     CHECK_NEEDS_SETTINGS, CHECK_EVERYWHERE, look_at_open_files},
    {"memory", "Does the answer cache leave room in the memory that the process may have?",
     "Lower cache.bytes, or give the machine (or MemoryMax of the unit) more.",
     CHECK_NEEDS_SETTINGS, CHECK_EVERYWHERE, look_at_memory},
    {"database", "Can the database be reached?",
     "`souk serve` makes a SQLite database; DATABASE_URL names one of PostgreSQL.",
     CHECK_NEEDS_SETTINGS, CHECK_EVERYWHERE, look_at_database},
    {"version", "Is the database's software as new as souk needs?",
     "Bring it up to date: older ones lack what souk relies on, or can lose data.",
     CHECK_NEEDS_DATABASE, CHECK_EVERYWHERE, look_at_version},
    {"encoding", "Does the database store text as UTF-8?",
     "Make a new database with the encoding UTF8 and move the data (pg_dump, createdb -E UTF8).",
     CHECK_NEEDS_DATABASE, CHECK_EVERYWHERE, look_at_encoding},
    {"connections", "Does the server let this process have all its connections?",
     "Raise max_connections of PostgreSQL, or lower db.readers and db.writers.",
     CHECK_NEEDS_DATABASE, CHECK_WITH_POSTGRES, look_at_connections},
    {"clock", "Is the clock right, and does the database server agree?",
     "Let NTP keep the clocks (`timedatectl`). Ids stay in order whatever the clock does.",
     CHECK_NEEDS_DATABASE, CHECK_EVERYWHERE, look_at_clock},
    {"schema", "Is the schema that of this program, and unchanged since it was made?",
     "`souk serve` and `souk migrate up` apply what is pending.", CHECK_NEEDS_DATABASE,
     CHECK_EVERYWHERE, look_at_schema},
    {"integrity", "Is the database file whole (SQLite's quick_check)?",
     "Stop the shop, keep a copy of the folder, and restore the last backup.", CHECK_NEEDS_DATABASE,
     CHECK_WITH_SQLITE, look_at_integrity},
    {"nodes", "Are there node numbers left for another process?",
     "Each process leases one; those of processes that died come back after a minute.",
     CHECK_NEEDS_SCHEMA, CHECK_WITH_POSTGRES, look_at_nodes},
    {"keys", "Are the keys of the API such as only their owners know?",
     "Make one of your own (`souk key add`), and delete that of the first start (`souk key "
     "list`, `souk key revoke`): a terminal or a journal has seen it.",
     CHECK_NEEDS_SCHEMA, CHECK_EVERYWHERE, look_at_keys},
};

/* ---- Findings -------------------------------------------------------------------------------- */

#define FINDING(verdict_)                                                                          \
    va_list args;                                                                                  \
    va_start(args, format);                                                                        \
    Finding finding = {.result = (verdict_), .found = str_vformat(d->arena, format, args)};        \
    va_end(args);                                                                                  \
    return finding

Finding check_fine(const Doctor *d, const char *format, ...)
{
    FINDING(CHECK_OK);
}

Finding check_warn(const Doctor *d, const char *format, ...)
{
    FINDING(CHECK_WARNING);
}

Finding check_fail(const Doctor *d, const char *format, ...)
{
    FINDING(CHECK_FAILURE);
}

/* ---- Going through the table ----------------------------------------------------------------- */

static bool is_postgres(const Doctor *d)
{
    return d->config && d->config->database_url.n;
}

static bool applies(const Doctor *d, const Check *check)
{
    switch (check->where) {
    case CHECK_EVERYWHERE:
        return true;
    case CHECK_WITH_SQLITE:
        return !is_postgres(d);
    case CHECK_WITH_POSTGRES:
        return is_postgres(d);
    case CHECK_IN_SERVER:
        return d->call->in_server;
    }
    return false;
}

static bool has_folder(const Doctor *d)
{
    struct stat about;
    return stat(str_z(d->arena, d->config->data), &about) == 0 && S_ISDIR(about.st_mode);
}

/* What a check would stand on and has not got, or NULL. */
static const char *missing(const Doctor *d, CheckNeeds needs)
{
    if (needs >= CHECK_NEEDS_SETTINGS && !d->config) return "the settings are refused";
    if (needs == CHECK_NEEDS_FOLDER && !has_folder(d)) return "there is no data folder yet";
    if (needs >= CHECK_NEEDS_DATABASE && !d->vital) return "there is no database to ask";
    if (needs == CHECK_NEEDS_SCHEMA && !d->vitals.has_schema)
        return "the database has no schema yet";
    return NULL;
}

static Finding look(Doctor *d, const Check *check)
{
    const char *lacks = missing(d, check->needs);
    if (lacks) return (Finding){.result = CHECK_SKIPPED, .found = str_from(lacks)};
    if (d->cx) d->cx->deadline_us = monotonic_us() + ASK_MAX_US;
    Finding finding = check->look(d);
    bool ill = finding.result == CHECK_WARNING || finding.result == CHECK_FAILURE;
    if (ill && !finding.advice.n) finding.advice = str_from(check->advice);
    return finding;
}

/* ---- Reports --------------------------------------------------------------------------------- */

typedef struct Report {
    Str check;
    CheckResult result;
    Str found, advice;
} Report;

static const EnumNames result_names = ENUM_NAMES("ok", "warning", "failure", "skipped");
static const Type report_type =
    TYPE(Report, "What a check found.", FIELD(Report, check, "Its name."),
         ENUM(Report, result, "ok, warning, failure or skipped.", result_names),
         FIELD(Report, found, "What it found."),
         FIELD(Report, advice, "What to do about it; empty when it is well."));

static void print_report(Output *out, const Report *report)
{
    static const char *const colours[] = {"\033[32m", "\033[33m", "\033[31m", "\033[2m"};
    enum { NAME_COLUMN = 9, FOUND_COLUMN = 23 };
    int columns = out->shape.columns < 100 ? out->shape.columns : 100;
    bool colour = out->shape.colours;
    output_print(out, "%s%-8s%s %-13.*s ", colour ? colours[report->result] : "",
                 result_names.names[report->result], colour ? "\033[0m" : "",
                 STR_ARG(report->check));
    help_wrapped(out, OUTPUT_RESULT, report->found, FOUND_COLUMN, FOUND_COLUMN, columns);
    if (!report->advice.n) return;
    output_print(out, "%*s", FOUND_COLUMN, "");
    help_wrapped(out, OUTPUT_RESULT, report->advice, FOUND_COLUMN, FOUND_COLUMN, columns);
}

static int64_t count_of(const Report *reports, size_t n, CheckResult result)
{
    int64_t count = 0;
    for (size_t i = 0; i < n; i++) count += reports[i].result == result;
    return count;
}

static void print_reports(Output *out, const Report *reports, size_t n)
{
    if (out->shape.json) {
        output_table(out, &report_type, (AnyList){(void *)(uintptr_t)reports, n});
        return;
    }
    for (size_t i = 0; i < n; i++) print_report(out, &reports[i]);
    for (int result = CHECK_OK; result <= CHECK_SKIPPED; result++)
        output_print(out, "%s%s: %lld", result ? ", " : "", result_names.names[result],
                     (long long)count_of(reports, n, (CheckResult)result));
    output_print(out, "\n");
}

/* ---- The database, once for all checks ------------------------------------------------------- */

/* Opening makes the file of SQLite, and as whoever looks. */
static bool may_open(const Doctor *d)
{
    if (!d->config || is_postgres(d)) return is_postgres(d);
    struct stat about;
    Str file = str_format(d->arena, "%.*s/souk.db", STR_ARG(d->config->data));
    return !d->call->obstacle && stat(str_z(d->arena, file), &about) == 0;
}

static bool open_own(Doctor *d)
{
    d->db_error = app_open_database(d->arena, d->config, &d->db, &d->db_detail);
    if (d->db_error) return false;
    d->cx = NEW(d->arena, Ctx);
    *d->cx = (Ctx){.arena = d->arena, .clock = &clock_system, .random = &random_system};
    return true;
}

static void ask_vitals(Doctor *d)
{
    if (!d->db) return;
    d->cx->deadline_us = monotonic_us() + ASK_MAX_US;
    d->db_error = db_vitals(d->db, d->cx, &d->vitals);
    d->vital = !d->db_error;
    if (!d->vital) db_ready(d->db, d->arena, &d->db_detail); /* knows what the server said */
}

/* ---- The command ----------------------------------------------------------------------------- */

typedef struct DoctorFlags {
    bool list;
} DoctorFlags;

static const Type doctor_flags =
    TYPE(DoctorFlags, "", FIELD(DoctorFlags, list, "Only say what is looked at."));

typedef struct CheckRow {
    Str check, advice, question;
} CheckRow;

const Type check_row_type =
    TYPE(CheckRow, "A check of `souk doctor`.", FIELD(CheckRow, check, "Its name."),
         FIELD(CheckRow, advice, "What to do when it is not well."),
         FIELD(CheckRow, question, "What it looks at."));

AnyList check_rows(Arena *arena)
{
    CheckRow *rows = NEW_N(arena, CheckRow, ROWS(checks));
    for (size_t i = 0; i < ROWS(checks); i++)
        rows[i] = (CheckRow){str_from(checks[i].name), str_from(checks[i].advice),
                             str_from(checks[i].doc)};
    return (AnyList){rows, ROWS(checks)};
}

static int examine(CommandCall *call)
{
    Doctor d = {.call = call,
                .arena = call->arena,
                .config = call->config ? &call->config->values : NULL,
                .db = call->db,
                .cx = call->cx};
    bool opened = !d.db && may_open(&d) && open_own(&d);
    ask_vitals(&d);
    Report reports[ROWS(checks)];
    size_t n = 0;
    for (size_t i = 0; i < ROWS(checks) && !command_cancelled(call); i++) {
        if (!applies(&d, &checks[i])) continue;
        Finding finding = look(&d, &checks[i]);
        reports[n++] =
            (Report){str_from(checks[i].name), finding.result, finding.found, finding.advice};
    }
    if (opened) db_close(d.db);
    if (command_cancelled(call)) return EXIT_CANCELLED;
    print_reports(call->out, reports, n);
    return count_of(reports, n, CHECK_FAILURE) ? EXIT_FAILED : EXIT_FINE;
}

static int doctor(CommandCall *call, const DoctorFlags *flags)
{
    if (flags->list) {
        output_table(call->out, &check_row_type, check_rows(call->arena));
        return EXIT_FINE;
    }
    if (!call->in_server) log_silence(); /* what fails is in the report */
    return examine(call);
}
COMMAND_HANDLER(doctor, DoctorFlags)

static const Command commands[] = {
    {.name = "doctor",
     .summary = "Look for what is wrong here, and say what to do",
     .doc = "Looks at settings, data folder, disk, database, schema, clocks, limits and keys, and "
            "says of each if it is well, and what to do when it is not. Changes nothing. Works "
            "while a server runs on the folder (then inside it), and when the database is down. "
            "Ends with 1 when there is a failure; warnings alone end with 0.",
     .flags = &doctor_flags,
     .examples = {{"souk doctor --data /var/lib/souk", "A shop that systemd runs."},
                  {"souk doctor --json", "The same for programs."}},
     .needs = COMMAND_NEEDS_FOLDER,
     .anyhow = true,
     .run = COMMAND_RUN(doctor)},
};

const CommandList doctor_commands = COMMAND_LIST(commands);
