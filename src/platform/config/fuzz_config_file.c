#include "platform/config/config.h"
#include "platform/config/config_file.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever a file holds: names and values are text without NUL, lines are in order and within the
 * file, and nothing is both taken and refused. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Arena *arena;
    if (!arena) arena = arena_new(256 * 1024);
    Str content = {(const char *)data, size};
    int newlines = 0, last = 0;
    for (size_t i = 0; i < size; i++) newlines += data[i] == '\n';
    ConfigLineList lines;
    ConfigLineProblems problems;
    config_file_parse(arena, content, &lines, &problems);
    assert(lines.n <= CONFIG_LINES_MAX && problems.n <= CONFIG_PROBLEMS_MAX);
    for (size_t i = 0; i < lines.n; i++) {
        const ConfigLine *line = &lines.items[i];
        assert(line->line > last && line->line <= newlines + 1);
        last = line->line;
        assert(line->name.n && str_is_utf8(line->name) && str_is_utf8(line->value));
        assert(str_find_char(line->value, 0) == line->value.n);
        for (size_t k = 0; k < problems.n; k++) assert(problems.items[k].line != line->line);
    }
    arena_reset(arena);
    return 0;
}
