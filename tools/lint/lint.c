/* lint [ROOT]: walks src, tools, tests and bench below ROOT (default: here) and runs the checks.
 * Exit status 1 when a rule is broken; warnings are only shown. */
#include "lint.h"

#include <fts.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { FILE_MAX = 4 << 20 };

static void say(const char *kind, const Source *source, int line, const char *format, va_list args)
{
    printf("%s:%d: %s", source->path, line, kind);
    vprintf(format, args);
    putchar('\n');
}

void lint_error(Lint *lint, const Source *source, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say("error: ", source, line, format, args);
    va_end(args);
    lint->errors++;
}

void lint_warn(Lint *lint, const Source *source, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say("warning: ", source, line, format, args);
    va_end(args);
    lint->warnings++;
}

static Str read_file(Lint *lint, const char *path, size_t size)
{
    char *bytes = arena_alloc(lint->arena, size + 1, 1);
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(bytes, 1, size, file) : 0;
    if (!file || n != size) {
        perror(path);
        exit(2);
    }
    fclose(file);
    return (Str){bytes, n};
}

static void check_file(Lint *lint, const char *path, const struct stat *st)
{
    Str name = str_from(path);
    const char *below_root = path + strlen(lint->root) + 1;
    bool code = str_ends(name, S(".c")) || str_ends(name, S(".h"));
    bool migration = str_ends(name, S(".sql")) && strstr(below_root, "/migrations/");
    if ((!code && !migration) || st->st_size > FILE_MAX) return;
    ArenaMark mark = arena_mark(lint->arena);
    Str text = read_file(lint, path, (size_t)st->st_size);
    if (migration) {
        check_migration(lint, below_root, text);
    } else {
        Source source = source_scan(lint->arena, below_root, text);
        check_includes(lint, &source);
        check_words(lint, &source);
        check_size(lint, &source);
        check_sql(lint, &source);
    }
    arena_rewind(lint->arena, mark);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void check_folder(Lint *lint, const char *folder)
{
    char *path = str_z(lint->arena, str_format(lint->arena, "%s/%s", lint->root, folder));
    FTS *walk = fts_open((char *[]){path, NULL}, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    if (!walk) {
        perror(path);
        exit(2);
    }
    for (FTSENT *entry; (entry = fts_read(walk));) {
        if (entry->fts_info == FTS_D && strcmp(entry->fts_name, "node_modules") == 0)
            fts_set(walk, entry, FTS_SKIP);
        else if (entry->fts_info == FTS_F)
            check_file(lint, entry->fts_path, entry->fts_statp);
    }
    fts_close(walk);
}

int main(int argc, char **argv)
{
    Lint lint = {.arena = arena_new(1 << 20), .root = argc > 1 ? argv[1] : "."};
    static const char *const folders[] = {"src", "tools", "tests", "bench"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) check_folder(&lint, folders[i]);
    check_sql_share(&lint);
    printf("lint: %d errors, %d warnings\n", lint.errors, lint.warnings);
    arena_free(lint.arena);
    return lint.errors > 0;
}
