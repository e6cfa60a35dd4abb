/* Running a command that has been understood, in whichever process. */
#ifndef PLATFORM_CLI_RUN_H
#define PLATFORM_CLI_RUN_H

#include "platform/cli/command_line.h"

/* Enters the world if the command needs one, runs, leaves, and flushes the output: EXIT_FAILED and
 * a message when results were lost. `call` is complete but for cx, db and world. */
int command_execute(CommandCall *call, const CommandWorld *world, const CommandLine *line);

/* Prints the mistakes of a command line, and how to get help. Returns EXIT_USAGE. */
int command_usage(Output *out, const CommandTable *table, const CommandLine *line,
                  const StrList *problems);

/* Opens the arguments that are files; `files` as in CommandCall. On failure false, and all that
 * were opened are closed. */
bool command_files_open(Arena *arena, const CommandLine *line, int files[static COMMAND_FILES_MAX],
                        Str *detail);
void command_files_close(int files[static COMMAND_FILES_MAX]);

/* How many of the command line's arguments are files. */
size_t command_files_count(const CommandLine *line);

#endif
