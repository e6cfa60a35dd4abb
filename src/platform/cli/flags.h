/* The flags of a command as people see them: what the help, the manual and the completion of shells
 * show. */
#ifndef PLATFORM_CLI_FLAGS_H
#define PLATFORM_CLI_FLAGS_H

#include "platform/cli/cli.h"

typedef struct FlagView {
    Str name;           /* without dashes: "dry-run" */
    char letter;        /* its short form; 0: none */
    Str value;          /* what stands for its value: "N", "TEXT", "a|b"; empty for a switch */
    Str doc;            /* with what is allowed, and the default */
    const Field *field; /* NULL: --json and --help, which every command has */
} FlagView;

typedef struct FlagViewList {
    FlagView *items;
    size_t n;
} FlagViewList;

/* The command's own flags in the order of its rows. */
FlagViewList flags_of_command(Arena *arena, const Command *command);

/* --json and --help. */
extern const FlagView flags_of_all[2];

/* The settings as flags, in the order of their table. */
FlagViewList flags_of_settings(Arena *arena);

/* "-n, --name TEXT" */
Str flag_term(Arena *arena, const FlagView *flag);

/* A name that stands for several commands: the "key" of "key add". Takes the next one of the
 * table, each once; false at the end. Start with *at = 0. */
bool command_group_next(const CommandTable *table, size_t *at, Str *group);

/* Is it the first command in the table whose name begins with its first word? */
bool command_is_first(const CommandTable *table, const Command *command);

/* What stands before the blank in the command's name, and behind it (empty for one word). */
void command_name_parts(const Command *command, Str *first, Str *second);

#endif
