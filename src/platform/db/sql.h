/* SQL as it is written in this program, turned into what each driver understands. Pure: text in,
 * text out. */
#ifndef PLATFORM_DB_SQL_H
#define PLATFORM_DB_SQL_H

#include "meta/type.h"
#include "platform/db/db.h"

enum {
    SQL_ROWS_MAX = 8, /* of one insert: with more, a round trip saved is not seen any more */
    SQL_PARAMS_MAX =
        256, /* one statement's: so many rows of 32 columns, or one of the largest type */
};

typedef struct SqlText {
    char *text;           /* NUL-terminated, in the arena */
    int params;           /* the highest parameter's number */
    const Field **fields; /* with a type: the field that each parameter takes, in order */
} SqlText;

/* Rewrites one statement:
 *
 *     $N           ?N for SQLite, where a bare $N would be a *name* that is numbered by its first
 * occurrence in IDS($N)   in carray(?N) for SQLite, = any($N::bigint[]) for PostgreSQL; `not in`
 * likewise :name        with `type`: the next free parameter, which takes the field of that name
 *
 * Strings, quoted identifiers, comments and dollar quotes are copied as they are. False, with
 * *problem in the arena and *out untouched, when the text cannot be meant: an unknown field, both
 * $N and :name, IDS without `in`, $0, more than SQL_PARAMS_MAX parameters, something that is not
 * closed. What else is wrong the database will say. */
bool sql_rewrite(Arena *arena, DbDriver driver, const char *sql, const Type *type, SqlText *out,
                 Str *problem);

/* The same for an insert of `rows` ≤ SQL_ROWS_MAX at once: the tuple of `values (…)`, with which the
 * text must end, stands there so many times, each with parameters of its own; out->fields are those
 * of all. Refuses besides: $N, a :name elsewhere or none, and a tuple too large for SQL_ROWS_MAX. */
bool sql_rewrite_rows(Arena *arena, DbDriver driver, const char *sql, const Type *type, int rows,
                      SqlText *out, Str *problem);

/* Rewrites a migration: the column words (in capitals, where a type stands) become the driver's
 * types, every table of SQLite becomes STRICT, lines between `-- only sqlite` or `-- only postgres`
 * and `-- end` are left out for the other.
 *
 *                SQLite    PostgreSQL                        SQLite    PostgreSQL
 *     ID         INTEGER   bigint                 JSON       TEXT      jsonb
 *     MONEY      INTEGER   bigint                 BYTES      BLOB      bytea
 *     INTEGER    INTEGER   bigint                 TEXT       TEXT      text collate "C"
 *     TIME       INTEGER   timestamptz            REAL       REAL      double precision
 *     BOOL       INTEGER   boolean
 *
 * A type stands after a column's name (which follows `(`, `,`, `column` or `add`) or after `as` in
 * a cast. */
bool sql_migration(Arena *arena, DbDriver driver, Str script, char **out, Str *problem);

#endif
