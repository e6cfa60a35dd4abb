#include "platform/config/config_file.h"

#include "platform/config/config.h"

#include <ini.h>

/* What the reader that libinih pulls lines from, and the handler that it calls, share. */
typedef struct FileParse {
    Arena *arena;
    Str rest;  /* not read yet */
    int line;  /* number of the line that libinih is working on */
    bool open; /* that line has to give a value, and has not yet */
    Str section;
    ConfigLineList *lines;
    ConfigLineProblems *problems;
} FileParse;

static void add_problem(FileParse *parse, int line, Str text)
{
    if (parse->problems->n == CONFIG_PROBLEMS_MAX) return;
    parse->problems->items[parse->problems->n++] = (ConfigLineProblem){text, line};
}

/* "[http]", and nothing after it but a comment. */
static bool is_section(Str line, Str *name)
{
    size_t end = str_find_char(line, ']');
    if (end == line.n) return false;
    *name = str_trim(str_slice(line, 1, end));
    Str rest = str_trim(str_slice(line, end + 1, line.n));
    return name->n && (rest.n == 0 || rest.p[0] == ';' || rest.p[0] == '#');
}

/* Decides what libinih gets to see of a line: all of it, or nothing when it is refused here. */
static Str screened(FileParse *parse, Str line, size_t room)
{
    parse->open = false;
    if (line.n == 0 || line.p[0] == '#' || line.p[0] == ';') return S("");
    if (line.n > room) {
        add_problem(parse, parse->line,
                    str_format(parse->arena,
                               "the line has %zu bytes, at most %zu can be read: give a list in "
                               "several lines of the same name, a long text in the environment",
                               line.n, room));
        return S("");
    }
    if (line.p[0] != '[') {
        parse->open = true;
        return line;
    }
    if (is_section(line, &parse->section)) return line;
    add_problem(parse, parse->line, S("a section is written [name], alone in its line"));
    return S("");
}

static void settle_line(FileParse *parse)
{
    if (!parse->open) return;
    add_problem(parse, parse->line, S("the line is neither a section nor `name = value`"));
    parse->open = false;
}

/* For libinih: as fgets, the next line in at most `size` bytes with its NUL. */
static char *read_line(char *out, int size, void *state)
{
    FileParse *parse = state;
    settle_line(parse);
    if (parse->rest.n == 0) return NULL;
    Str line;
    str_cut(parse->rest, '\n', &line, &parse->rest);
    if (str_ends(line, S("\r"))) line.n--;
    parse->line++;
    /* libinih's own limit is one less than its buffer, and reads a line that fills it as two. */
    Str shown = screened(parse, str_trim(line), (size_t)size - 3);
    if (shown.n) memcpy(out, shown.p, shown.n);
    out[shown.n] = 0;
    return out;
}

/* What is wrong with the spelling of a line, or an empty text. */
static Str misspelt(Str name, Str value)
{
    if (name.n == 0) return S("there is no name before the \"=\"");
    if (value.n && (value.p[0] == '"' || value.p[0] == '\''))
        return S("a value is written without quotation marks");
    for (size_t i = 1; i < value.n; i++)
        if (value.p[i] == '#' && (value.p[i - 1] == ' ' || value.p[i - 1] == '\t'))
            return S("a comment behind a value begins with \";\", not with \"#\"");
    return S("");
}

/* For libinih: one value. Its copy of the section is not used, since that is cut at 49 bytes. */
static int take_value(void *state, const char *section, const char *name_z, const char *value_z)
{
    (void)section;
    FileParse *parse = state;
    Str name = str_from(name_z), value = str_from(value_z), wrong = misspelt(name, value);
    parse->open = false;
    if (wrong.n) {
        add_problem(parse, parse->line, wrong);
    } else if (parse->lines->n == CONFIG_LINES_MAX) {
        add_problem(parse, parse->line,
                    str_format(parse->arena, "more than %d settings", CONFIG_LINES_MAX));
        parse->rest = S("");
    } else {
        Str dot = parse->section.n ? S(".") : S("");
        Str full = str_format(parse->arena, "%.*s%.*s%.*s", STR_ARG(parse->section), STR_ARG(dot),
                              STR_ARG(name));
        parse->lines->items[parse->lines->n++] =
            (ConfigLine){full, str_copy(parse->arena, value), parse->line};
    }
    return 1;
}

void config_file_parse(Arena *arena, Str content, ConfigLineList *lines,
                       ConfigLineProblems *problems)
{
    *lines = (ConfigLineList){NEW_N(arena, ConfigLine, CONFIG_LINES_MAX), 0};
    *problems = (ConfigLineProblems){NEW_N(arena, ConfigLineProblem, CONFIG_PROBLEMS_MAX), 0};
    FileParse parse = {.arena = arena, .lines = lines, .problems = problems, .section = S("")};
    if (content.n > CONFIG_FILE_MAX) {
        add_problem(&parse, 0,
                    str_format(arena, "the file has more than %d bytes", CONFIG_FILE_MAX));
    } else if (str_find_char(content, 0) < content.n || !str_is_utf8(content)) {
        add_problem(&parse, 0, S("the file is no UTF-8 text"));
    } else {
        parse.rest =
            str_starts(content, S("\xEF\xBB\xBF")) ? str_slice(content, 3, content.n) : content;
        ini_parse_stream(read_line, &parse, take_value, &parse);
    }
}
