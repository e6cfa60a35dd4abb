/* Help from the rows: what `souk help` and --help print. */
#ifndef PLATFORM_CLI_HELP_H
#define PLATFORM_CLI_HELP_H

#include "platform/cli/cli.h"

/* All commands, a line each; to stdout, or to stderr when the user asked for nothing. With --json a
 * list of all commands. */
void help_overview(Output *out, const CommandTable *table, OutputStream stream);

/* One command: usage, prose, arguments, flags. With --json one object. */
void help_command(Output *out, const CommandTable *table, const Command *command);

/* "souk seed [flags] FILE [FILE…]" */
Str help_usage(Arena *arena, const CommandTable *table, const Command *command);

/* What an argument is, with the words that it can be. */
Str help_argument_doc(Arena *arena, const CommandArgument *row);

/* What --SETTING VALUE stands for. */
Str help_settings_doc(Arena *arena, const CommandTable *table);

/* Writes `text` in lines of at most `columns` characters, the first from column `at` (what stands
 * before is written already), the others indented by `indent`. Lines that begin with a blank are
 * kept as they are; a line feed ends a paragraph. */
void help_wrapped(Output *out, OutputStream stream, Str text, int at, int indent, int columns);

#endif
