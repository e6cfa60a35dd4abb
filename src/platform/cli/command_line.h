/* The words of a command line, understood by the rows of the command table.
 *
 *     --name value   --name=value   --switch   --switch=false   -n value   -nvalue   -ab   --
 *
 * The command comes first; flags and arguments in any order after it. "-" is an argument. Behind
 * "--" everything is. Of a flag that is given twice the last one counts, but lists gather. */
#ifndef PLATFORM_CLI_COMMAND_LINE_H
#define PLATFORM_CLI_COMMAND_LINE_H

#include "platform/cli/cli.h"

typedef struct CommandLine {
    const Command *command; /* NULL: none was named (`souk`, `souk --help`, `souk --version`) */
    void *flags;            /* a struct of command->flags, or NULL */
    ConfigFlagList settings;
    StrList arguments;
    StrList words; /* without the program and the settings: what a server needs to run it */
    bool json, help, version;
} CommandLine;

/* `words` without the program's name. False, with one sentence for each mistake, when the words do
 * not fit the table; *out is then good for `json` only. With --help, missing flags and arguments
 * are no mistake. */
bool command_line_parse(Arena *arena, const CommandTable *table, StrList words, CommandLine *out,
                        StrList *problems);

/* The table's lists with those of cli itself behind, one by one: start with *at = 0; NULL at the
 * end. */
const Command *command_next(const CommandTable *table, size_t *at);

/* The command of exactly that name, or NULL. */
const Command *command_find(const CommandTable *table, Str name);

/* A field's flag without dashes: "dry-run". */
Str command_flag_name(Arena *arena, const Field *field);

/* What this line's command works on: with Command.alone that depends on what it was given. */
CommandNeeds command_line_needs(const CommandLine *line);

/* How many argument rows the command has. */
size_t command_argument_rows(const Command *command);

/* The row of the `index`th argument given, or NULL when that is one too many. */
const CommandArgument *command_argument_row(const Command *command, size_t index);

#endif
