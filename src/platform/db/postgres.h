/* What PostgreSQL's answers mean, and values as its binary protocol carries them. Inside of
 * platform/db. Pure. */
#ifndef PLATFORM_DB_POSTGRES_H
#define PLATFORM_DB_POSTGRES_H

#include "meta/value.h"
#include "platform/db/sql.h"

#include <libpq-fe.h>

/* An error that the server reported. The texts are views of the result, or of this struct. */
typedef struct PgFailure {
    DbFailure failure;
    bool fatal; /* the server is about to close the connection */
    bool stale; /* a prepared statement is gone, taken, or older than its table; DB_CONFLICT */
    Str constraint, message;
    char name[128]; /* room for two names of 63 bytes */
} PgFailure;

void pg_failure_of(const PGresult *result, PgFailure *out);

/* The type that a parameter of this kind is declared with; 0 lets the server decide. */
Oid pg_type_of(ValueKind kind);

/* Parameters as libpq takes them: all binary. */
typedef struct PgParams {
    int n;
    Oid types[SQL_PARAMS_MAX];
    const char *bytes[SQL_PARAMS_MAX]; /* NULL: null */
    int lengths[SQL_PARAMS_MAX];
    int formats[SQL_PARAMS_MAX];
    uint64_t numbers[SQL_PARAMS_MAX]; /* in network order: what `bytes` of numbers point to */
} PgParams;

/* `kinds`: what the statement was prepared for, which a NULL cannot tell. Views of the values, and
 * of what is made in the arena. */
void pg_encode(Arena *arena, const Value *values, const ValueKind *kinds, size_t count,
               PgParams *out);

/* One column of a result, as a view. False for types that no column of ours has (numeric, arrays,
 * …) and for bytes that are not of their type; *out is untouched then. */
bool pg_decode(Oid type, const char *bytes, size_t length, Value *out);

#endif
