#include "lint.h"

typedef enum Part { CODE, LINE_COMMENT, BLOCK_COMMENT, STRING, CHARACTER } Part;

bool source_next_line(Str *rest, Str *line)
{
    if (rest->n == 0) return false;
    str_cut(*rest, '\n', line, rest);
    return true;
}

/* Where the part that begins at `at` ends: the index after its last byte. */
static size_t part_end(Str text, size_t at, Part part)
{
    char quote = part == STRING ? '"' : '\'';
    for (size_t i = at + (part == STRING || part == CHARACTER ? 1 : 2); i < text.n; i++) {
        switch (part) {
        case LINE_COMMENT:
            if (text.p[i] == '\n') return i;
            break;
        case BLOCK_COMMENT:
            if (text.p[i] == '/' && text.p[i - 1] == '*' && i > at + 2) return i + 1;
            break;
        case STRING:
        case CHARACTER:
            if (text.p[i] == '\\')
                i++;
            else if (text.p[i] == quote)
                return i + 1;
            break;
        case CODE:
            return i;
        }
    }
    return text.n;
}

static Part part_at(Str text, size_t at)
{
    Str here = str_slice(text, at, at + 2);
    if (str_eq(here, S("//"))) return LINE_COMMENT;
    if (str_eq(here, S("/*"))) return BLOCK_COMMENT;
    if (text.p[at] == '"') return STRING;
    if (text.p[at] == '\'') return CHARACTER;
    return CODE;
}

static int count_lines(Str text)
{
    int lines = 0;
    for (size_t i = 0; i < text.n; i++) lines += text.p[i] == '\n';
    return lines;
}

static void blank(char *text, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (text[i] != '\n') text[i] = ' ';
}

/* Adds a literal, or joins it to the last one when only blanks stood between them. */
static void add_literal(Arena *arena, Source *source, Str text, int line, bool adjacent)
{
    Literal *last = &source->literals[source->literal_count - 1];
    if (adjacent && source->literal_count > 0)
        last->text = str_format(arena, "%.*s%.*s", STR_ARG(last->text), STR_ARG(text));
    else
        source->literals[source->literal_count++] = (Literal){text, line};
}

Source source_scan(Arena *arena, const char *path, Str text)
{
    char *code = str_z(arena, text), *comments = str_z(arena, text);
    Source source = {
        path, text, {code, text.n}, {comments, text.n}, .line_count = count_lines(text)};
    source.literals =
        arena_zalloc(arena, text.n / 2 + 1, sizeof *source.literals, alignof(Literal));
    int line = 1;
    bool adjacent = false;
    for (size_t at = 0; at < text.n;) {
        Part part = part_at(text, at);
        size_t end = part == CODE ? at + 1 : part_end(text, at, part);
        if (part == STRING) {
            add_literal(arena, &source, str_slice(text, at + 1, end - 1), line, adjacent);
            adjacent = true;
        } else if (part == CODE && !strchr(" \t\n", text.p[at])) {
            adjacent = false;
        }
        char *blanked = part == LINE_COMMENT || part == BLOCK_COMMENT ? code : comments;
        blank(blanked, at, end);
        if (part == STRING || part == CHARACTER) blank(code, at, end);
        line += count_lines(str_slice(text, at, end));
        at = end;
    }
    return source;
}

bool path_is_in(const char *path, const char *folders_and_files)
{
    Str rest = str_from(folders_and_files), place, mine = str_from(path);
    for (bool more = rest.n > 0; more;) {
        more = str_cut(rest, ' ', &place, &rest);
        if (str_ends(place, S("/")) ? str_starts(mine, place) : str_eq(mine, place)) return true;
    }
    return false;
}

bool path_is_test(const char *path)
{
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    return strncmp(name, "test_", 5) == 0 || strncmp(name, "fuzz_", 5) == 0 ||
           strncmp(path, "tests/", 6) == 0;
}
