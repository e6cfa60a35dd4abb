/* Rules of the SQL that stands in string literals and migrations: never built from a format, the
 * common subset of both databases, in the module's store, and almost never for one database alone.
 */
#include "lint.h"

#include <ctype.h>
#include <stdio.h>

enum { DIALECT_PERCENT_MAX = 5 };

/* Does the word stand in the text, as a word? Both in lower case, as our SQL is. */
static bool has_word(Str text, const char *word)
{
    size_t n = strlen(word);
    for (size_t at = 0; at + n <= text.n; at++) {
        bool begins = at == 0 || !(isalnum((unsigned char)text.p[at - 1]) || text.p[at - 1] == '_');
        bool ends =
            at + n == text.n || !(isalnum((unsigned char)text.p[at + n]) || text.p[at + n] == '_');
        if (begins && ends && memcmp(text.p + at, word, n) == 0) return true;
    }
    return false;
}

/* A statement, not prose that happens to begin like one: our SQL is written in lower case and names
 * a table. */
static bool is_statement(Str text)
{
    text = str_trim(text);
    while (str_starts(text, S("\\n"))) text = str_trim(str_slice(text, 2, text.n));
    if (str_starts(text, S("select "))) return has_word(text, "from") || text.p[text.n - 1] == ')';
    if (str_starts(text, S("insert into "))) return true;
    if (str_starts(text, S("update ")))
        return has_word(text, "set") && str_find_char(text, '=') < text.n;
    if (str_starts(text, S("delete from "))) return true;
    return str_starts(text, S("with ")) && has_word(text, "as") && has_word(text, "select");
}

static bool has_conversion(Str text)
{
    for (size_t at = 0; at + 1 < text.n; at++)
        if (text.p[at] == '%' && strchr("sdiuxzlpcj.*0123456789", text.p[at + 1])) return true;
    return false;
}

/* Written for one database: the name of the file says so. */
static bool is_dialect_file(const char *path)
{
    return strstr(path, "sqlite") != NULL || strstr(path, "postgres") != NULL;
}

static void check_statement(Lint *lint, const Source *source, const Literal *literal)
{
    if (has_conversion(literal->text))
        lint_error(lint, source, literal->line, "SQL with a format conversion; use parameters");
    if (path_is_test(source->path) || !path_is_in(source->path, "src/modules/ src/app/")) return;
    const char *name = strrchr(source->path, '/') + 1;
    if (strncmp(name, "store", 5) != 0 && !is_dialect_file(name))
        lint_error(lint, source, literal->line, "SQL stands in the module's store");
    if (has_word(literal->text, "like") || has_word(literal->text, "ilike"))
        lint_error(lint, source, literal->line, "LIKE folds case in one database only");
    lint->statements++;
    if (is_dialect_file(name)) lint->dialect_statements++;
}

void check_sql(Lint *lint, const Source *source)
{
    if (!path_is_in(source->path, "src/")) return;
    for (size_t i = 0; i < source->literal_count; i++)
        if (is_statement(source->literals[i].text))
            check_statement(lint, source, &source->literals[i]);
}

/* Counts the statements of a migration by their semicolons, and those between `-- only …` and `--
 * end`. */
void check_migration(Lint *lint, const char *path, Str text)
{
    Source source = {.path = path};
    Str rest = text, line;
    bool only = false;
    for (int number = 1; source_next_line(&rest, &line); number++) {
        Str trimmed = str_trim(line);
        if (str_starts(trimmed, S("-- only "))) {
            if (only) lint_error(lint, &source, number, "`-- only` inside `-- only`");
            only = true;
        } else if (str_eq(trimmed, S("-- end"))) {
            if (!only) lint_error(lint, &source, number, "`-- end` without `-- only`");
            only = false;
        } else if (!str_starts(trimmed, S("--")) && str_ends(trimmed, S(";"))) {
            lint->statements++;
            lint->dialect_statements += only;
        }
    }
    if (only) lint_error(lint, &source, 1, "`-- only` without `-- end`");
}

void check_sql_share(Lint *lint)
{
    printf("lint: %d statements of SQL in the modules, %d of them for one database\n",
           lint->statements, lint->dialect_statements);
    if (lint->dialect_statements * 100 > lint->statements * DIALECT_PERCENT_MAX) {
        printf("lint: error: more than %d %% of the statements are for one database\n",
               DIALECT_PERCENT_MAX);
        lint->errors++;
    }
}
