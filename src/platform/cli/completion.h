/* Completion of the command line in shells, from the rows: what `souk completion SHELL` prints. */
#ifndef PLATFORM_CLI_COMPLETION_H
#define PLATFORM_CLI_COMPLETION_H

#include "platform/cli/flags.h"

enum { COMPLETION_MAX = 1 << 20 };

typedef enum CompletionShell { COMPLETION_BASH, COMPLETION_FISH, COMPLETION_ZSH } CompletionShell;
extern const EnumNames completion_shells; /* "bash", "fish", "zsh" */

/* Appends the script of that shell. The same table gives the same bytes. */
void completion_write(Buf *out, const CommandTable *table, CompletionShell shell);

/* ---- Between completion.c and the file of each shell ------------------------------------------ */

void completion_write_bash(Buf *out, const CommandTable *table);
void completion_write_fish(Buf *out, const CommandTable *table);
void completion_write_zsh(Buf *out, const CommandTable *table);

/* What can stand as a value. */
typedef enum CompletionSource {
    COMPLETION_NOTHING, /* it is a switch: no value */
    COMPLETION_WORDS,   /* one of field->names */
    COMPLETION_FILES,   /* any text: perhaps a path */
    COMPLETION_FREE,    /* a number, a time, a URL: nothing to offer */
} CompletionSource;

CompletionSource completion_source(const FlagView *flag);

/* The first sentence of a row's prose, without its full stop. */
Str completion_summary(Str doc);

/* The words that can follow the program (`group` empty), or a group's name, each once: "serve key
 * seed". */
Str completion_words(Arena *arena, const CommandTable *table, Str group, const char *separator);

/* 'text', with what ends a quotation escaped as the shell wants it. */
void completion_quote(Buf *out, Str text, CompletionShell shell);

#endif
