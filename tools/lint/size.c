/* How long things may be. clang-format sets a function's braces in column 0, which is all that
 * counting needs. */
#include "lint.h"

enum {
    FUNCTION_LINES_MAX = 100, /* more than two screens: two functions */
    FILE_LINES_MAX = 600,   /* more: two subjects, most likely; a warning, for tables may be long */
    ESSAY_FROM_LINES = 200, /* longer files say first what they are and why so */
    ESSAY_LINES_MIN = 3,
};

static void check_functions(Lint *lint, const Source *source)
{
    Str rest = source->code, line;
    int begin = 0;
    for (int number = 1; source_next_line(&rest, &line); number++) {
        if (str_eq(line, S("{"))) begin = number;
        if (!str_eq(line, S("}")) || begin == 0) continue;
        if (number - begin - 1 > FUNCTION_LINES_MAX)
            lint_error(lint, source, begin, "a function of %d lines; %d are the most",
                       number - begin - 1, FUNCTION_LINES_MAX);
        begin = 0;
    }
}

/* The lines of the comment with which the file opens. A test explains itself by the names of its
 * cases. */
static int essay_lines(const Source *source)
{
    if (!str_starts(source->text, S("/*"))) return 0;
    Str rest = source->text, line;
    int lines = 0;
    while (source_next_line(&rest, &line)) {
        lines++;
        if (str_ends(str_trim(line), S("*/"))) break;
    }
    return lines;
}

void check_size(Lint *lint, const Source *source)
{
    check_functions(lint, source);
    if (source->line_count > FILE_LINES_MAX)
        lint_warn(lint, source, 1, "%d lines: two subjects in one file?", source->line_count);
    if (source->line_count > ESSAY_FROM_LINES && !path_is_test(source->path) &&
        essay_lines(source) < ESSAY_LINES_MIN)
        lint_error(lint, source, 1,
                   "%d lines without an essay: what is it, why so, what was rejected?",
                   source->line_count);
}
