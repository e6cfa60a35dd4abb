/* Any text through the rewriting of statements and migrations. What is checked: no crash, a result
 * that ends where its NUL is unless the input had one, and that nothing is left of what must be
 * rewritten. */
#include "platform/db/sql.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Thing {
    Id id;
    Str name;
} Thing;

static const Type thing_type =
    TYPE(Thing, "A thing.", FIELD(Thing, id, "Id."), FIELD(Thing, name, "Name."));

/* What can be meant of rows can be meant of one, and each row has as many parameters. */
static void rows(Arena *arena, DbDriver driver, const char *sql, int n)
{
    SqlText many, one;
    Str problem = {0};
    if (!sql_rewrite_rows(arena, driver, sql, &thing_type, n, &many, &problem)) {
        assert(problem.n);
        return;
    }
    bool same = sql_rewrite(arena, driver, sql, &thing_type, &one, &problem);
    assert(same && one.params > 0 && many.params == n * one.params);
    for (int i = 0; i < many.params; i++) assert(many.fields[i] == one.fields[i % one.params]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(4096);
    char *sql = str_z(arena, (Str){(const char *)data, size});
    for (int driver = DB_SQLITE; driver <= DB_POSTGRES; driver++) {
        SqlText text;
        Str problem = {0};
        if (sql_rewrite(arena, (DbDriver)driver, sql, size % 2 ? &thing_type : NULL, &text,
                        &problem)) {
            assert(text.params >= 0 && text.params <= SQL_PARAMS_MAX);
            SqlText again; /* what PostgreSQL gets is SQL of ours again, and stays */
            if (driver == DB_POSTGRES && size % 2 == 0) {
                bool same = sql_rewrite(arena, DB_POSTGRES, text.text, NULL, &again, &problem);
                assert(same && !strcmp(again.text, text.text));
            }
        } else {
            assert(problem.n);
        }
        rows(arena, (DbDriver)driver, sql, 1 + (int)(size % SQL_ROWS_MAX));
        char *script;
        if (sql_migration(arena, (DbDriver)driver, (Str){(const char *)data, size}, &script,
                          &problem))
            assert(strlen(script) <= 4 * size + 64);
    }
    arena_free(arena);
    return 0;
}
