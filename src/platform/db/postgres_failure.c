#include "platform/db/postgres.h"

#include <stdio.h>

/* Classes and codes: appendix A of the manual. */
static DbFailure failure_of(const char *state)
{
    static const struct {
        const char *prefix;
        DbFailure failure;
    } rows[] = {
        {"23", DB_CONSTRAINT},     {"40001", DB_CONFLICT}, /* serialization_failure */
        {"40P01", DB_CONFLICT},                            /* deadlock_detected */
        {"55P03", DB_CONFLICT},                            /* lock_not_available: lock_timeout */
        {"57014", DB_TIMEOUT},                             /* query_canceled: statement_timeout */
        {"53100", DB_FULL},                                /* disk_full */
        {"25006", DB_READ_ONLY},   /* read_only_sql_transaction: also what a standby says */
        {"08", DB_UNAVAILABLE},    /* connection exceptions */
        {"53", DB_UNAVAILABLE},    /* insufficient resources: too many connections, out of memory */
        {"57", DB_UNAVAILABLE},    /* operator intervention: shutdown, starting up */
        {"58", DB_UNAVAILABLE},    /* system error: I/O */
        {"25P03", DB_UNAVAILABLE}, /* idle_in_transaction_session_timeout: the session is over */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strncmp(state, rows[i].prefix, strlen(rows[i].prefix)) == 0) return rows[i].failure;
    return DB_BROKEN;
}

/* Prepared statements that are gone, taken, or older than their tables. The last has a code that
 * means much else, so the function that reports it is asked too
 * (src/backend/utils/cache/plancache.c). */
static bool is_stale(const PGresult *result, const char *state)
{
    const char *function = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
    if (strcmp(state, "26000") == 0 || strcmp(state, "42P05") == 0) return true;
    return strcmp(state, "0A000") == 0 && function &&
           strcmp(function, "RevalidateCachedQuery") == 0;
}

/* The server is about to close the connection. */
static bool is_fatal(const PGresult *result)
{
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    return severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

/* One name on both databases: see sqlite.c. */
static Str constraint_name(char *out, size_t size, const PGresult *result, const char *state)
{
    Str table = str_from(PQresultErrorField(result, PG_DIAG_TABLE_NAME));
    Str column = str_from(PQresultErrorField(result, PG_DIAG_COLUMN_NAME));
    if (strcmp(state, "23503") == 0) return S("foreign_key");
    if (strcmp(state, "23502") != 0)
        return str_from(PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME));
    int n = snprintf(out, size, "%.*s_%.*s_not_null", STR_ARG(table), STR_ARG(column));
    return (Str){out, (size_t)n < size ? (size_t)n : size - 1};
}

void pg_failure_of(const PGresult *result, PgFailure *out)
{
    const char *given = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *state = given ? given : ""; /* libpq's own errors have none */
    *out = (PgFailure){.failure = DB_BROKEN, .constraint = S("")};
    out->message = str_from(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
    out->fatal = is_fatal(result);
    out->stale = is_stale(result, state);
    out->failure = out->stale ? DB_CONFLICT : failure_of(state);
    if (out->failure == DB_CONSTRAINT)
        out->constraint = constraint_name(out->name, sizeof out->name, result, state);
}
