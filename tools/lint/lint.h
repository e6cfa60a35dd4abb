/* The house rules that no compiler and no clang-tidy knows. `make lint` runs them over the tree.
 *
 * A source file is read once into three views: the text as it is; `code`, the same bytes with
 * comments and the contents of literals blanked, so that a word in it is a word of the program; and
 * the string literals, adjacent ones joined as the compiler joins them. Each check takes a Source
 * and reports lines. The checks read text, not a syntax tree: clang-format has made the text
 * regular enough (a function's braces stand in column 0), and the tool stays a screen or two a
 * rule. Rejected: Coccinelle and libclang, heavy to install and slow to run for rules that are
 * about words and places. */
#ifndef TOOLS_LINT_H
#define TOOLS_LINT_H

#include "base/arena.h"
#include "base/str.h"

typedef struct Literal {
    Str text; /* as written between the quotes; escapes are not resolved */
    int line;
} Literal;

typedef struct Source {
    const char *path;         /* from the root of the tree: "src/base/str.c" */
    Str text, code, comments; /* of equal length */
    Literal *literals;
    size_t literal_count;
    int line_count;
} Source;

/* What is read of one file at a time, and what all of them add up to. */
typedef struct Lint {
    Arena *arena;
    const char *root;
    int errors, warnings;
    int statements, dialect_statements; /* of SQL, in the modules */
} Lint;

void lint_error(Lint *lint, const Source *source, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void lint_warn(Lint *lint, const Source *source, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

Source source_scan(Arena *arena, const char *path, Str text);

/* Takes the next line off `rest` (without its newline); false at the end. */
bool source_next_line(Str *rest, Str *line);

/* Is `path` below one of the space-separated `folders_and_files`? "src/base/" is a folder,
 * "src/main.c" a file. */
bool path_is_in(const char *path, const char *folders_and_files);
bool path_is_test(
    const char *path); /* a test or fuzz program beside the code, or anything below tests/ */

void check_includes(Lint *lint, const Source *source); /* layers.c */
void check_words(Lint *lint, const Source *source);    /* words.c */
void check_size(Lint *lint, const Source *source);     /* size.c */
void check_sql(Lint *lint, const Source *source);      /* sql.c */
void check_migration(Lint *lint, const char *path, Str text);
void check_sql_share(Lint *lint); /* when all files were read */

#endif
