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

/* ---- Files: files.c ---- */

/* The files that a command line names for writing, while they are written. */
typedef struct CommandOutputs {
    Str names
        [COMMAND_WRITE_ROWS]; /* empty: the flag was not given, or it stands under its own name */
    Str temporary[COMMAND_WRITE_ROWS];
} CommandOutputs;

/* Opens the arguments that are files, and the files of flags; `files` as in CommandCall. On failure
 * false, and all that were opened are closed. */
bool command_files_open(Arena *arena, const CommandLine *line, int files[static COMMAND_FILES_MAX],
                        CommandOutputs *outputs, Str *detail);
void command_files_close(int files[static COMMAND_FILES_MAX]);

/* The command has ended, well or not: gives the files that were written their names, or takes them
 * away. False, and *detail says why, when a name cannot be given. Before command_files_close. */
bool command_outputs_finish(Arena *arena, const CommandOutputs *outputs, bool well, Str *detail);

/* How many descriptors the command line asks for. */
size_t command_files_count(const CommandLine *line);

/* Fills call->outputs from call->files. */
void command_files_share(CommandCall *call, const CommandLine *line);

#endif
