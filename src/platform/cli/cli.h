/* Commands: rows of tables that `souk help`, the parser of flags and the control socket read.
 * See docs/internals/commands.md.
 *
 *     typedef struct SeedFlags {
 *         int64_t products;
 *     } SeedFlags;
 *     static const Type seed_flags =
 *         TYPE(SeedFlags, "What to make up.",
 *              FIELD(SeedFlags, products, "How many.", .min = 1, .initial = "50"));
 *
 *     static int seed(CommandCall *call, const SeedFlags *flags) { … }
 *     COMMAND_HANDLER(seed, SeedFlags)
 *
 *     const Command catalog_commands[] = {
 *         {.name = "seed", .summary = "Make products to try things with", .doc = "…",
 *          .flags = &seed_flags, .run = COMMAND_RUN(seed), .needs = COMMAND_NEEDS_FOLDER},
 *     };
 *
 * A field `dry_run` is the flag --dry-run; a bool takes no value, a list may be given several
 * times, a .required one must be given. Settings (platform/config) are flags of every command
 * whose `needs` is above COMMAND_NEEDS_NOTHING; --json and --help are flags of all. */
#ifndef PLATFORM_CLI_CLI_H
#define PLATFORM_CLI_CLI_H

#include "platform/cli/output.h"
#include "platform/config/config.h"
#include "platform/ctx.h"

#include <stdatomic.h>
#include <sys/types.h>

struct Db;

/* How a command ends: what the shell, make and systemd see. The large ones are those of sysexits.h.
 * cli_exits says what each means. */
enum {
    EXIT_FINE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_NOT_NOW = 69,
    EXIT_REFUSED_CONFIG = 78,
    EXIT_CANCELLED = 130,
};

typedef struct CommandExit {
    int code;
    const char *doc;
} CommandExit;

enum { CLI_EXITS = 6 };
extern const CommandExit cli_exits[CLI_EXITS];

/* What a command works on, and so where it runs.
 *
 *     NOTHING    reads neither settings nor data: help, version, openapi
 *     SETTINGS   the configuration, not the data
 *     FOLDER     the data: runs inside the server that owns the folder, or opens the folder itself
 *     IS_SERVER  owns the folder for as long as it runs; refused while another process does. One
 *                that was given its sockets (LISTEN_FDS) waits for the one before it to leave. */
typedef enum CommandNeeds {
    COMMAND_NEEDS_NOTHING,
    COMMAND_NEEDS_SETTINGS,
    COMMAND_NEEDS_FOLDER,
    COMMAND_IS_SERVER,
} CommandNeeds;

typedef struct CommandArgument {
    const char *name; /* "FILE", as the help shows it */
    const char *doc;
    bool optional;
    bool many;    /* the last one only: takes all that follow */
    bool file;    /* the caller's process opens it for reading ("-" is stdin) and hands it over */
    bool command; /* a command's name, word by word */
    const EnumNames *names; /* one of these words; NULL: any */
} CommandArgument;

/* A flag (a text) that names a file which the command writes. The caller's process opens it, so that
 * relative paths and rights are the caller's, wherever the command runs. */
typedef struct CommandWrite {
    const char *flag; /* a field of `flags` */
    /* A report: it is there from the start, and grows. Else it appears when the command has ended well
     * (EXIT_FINE), whole and in place of one of that name, and not otherwise. */
    bool as_it_comes;
} CommandWrite;

typedef struct CommandExample {
    const char *line; /* "souk openapi > openapi.json": up to the first of > < | it must fit the
                         table; words are not quoted */
    const char *doc;  /* one sentence */
} CommandExample;

typedef struct CommandLetter {
    char letter;
    const char *field; /* of `flags` */
} CommandLetter;

typedef struct CommandCall CommandCall;

enum {
    COMMAND_ARGUMENT_ROWS = 4,
    COMMAND_LETTER_ROWS = 4,
    COMMAND_EXAMPLE_ROWS = 4,
    COMMAND_WRITE_ROWS = 2,
    COMMAND_FILES_MAX = 8, /* of arguments and flags together */
    COMMAND_WORDS_MAX = 1024
};

typedef struct Command {
    const char *name;    /* one or two words: "seed", "migrate up" */
    const char *summary; /* one line in the list of commands, no full stop */
    const char *doc;     /* paragraphs; what `souk help NAME` prints, wrapped to the terminal */
    const Type *flags;   /* NULL: none of its own */
    CommandLetter letters[COMMAND_LETTER_ROWS]; /* short forms */
    CommandArgument arguments[COMMAND_ARGUMENT_ROWS];
    CommandWrite writes[COMMAND_WRITE_ROWS];
    CommandExample examples[COMMAND_EXAMPLE_ROWS];
    CommandNeeds needs;
    bool as_is; /* COMMAND_NEEDS_FOLDER: takes the data as it is, not brought up to date first */
    /* COMMAND_NEEDS_FOLDER, for who says what is wrong: runs whatever is wrong, and makes nothing.
     * In its own process it does not enter the world; see CommandCall.obstacle. */
    bool anyhow;
    /* COMMAND_NEEDS_FOLDER, with an optional argument that is a file: when it is given, the command
     * works on that and needs nothing else. */
    bool alone;
    /* COMMAND_RUN(f), or a function that ignores `flags` when there are none; returns an EXIT_… */
    int (*run)(CommandCall *call, const void *flags);
} Command;

typedef struct CommandList {
    const Command *items;
    size_t n;
} CommandList;

#define COMMAND_LIST(rows)                                                                         \
    {                                                                                              \
        (rows), sizeof(rows) / sizeof((rows)[0])                                                   \
    }

/* The typed thunk of a command: f(CommandCall *, const T *flags). */
#define COMMAND_HANDLER(f, T)                                                                      \
    static int f##_command(CommandCall *call, const void *flags)                                   \
    {                                                                                              \
        return f(call, (const T *)flags);                                                          \
    }
#define COMMAND_RUN(f) f##_command

/* What COMMAND_NEEDS_FOLDER commands work on. The command's process opens one for the call; the
 * server lends its own. */
typedef struct CommandWorld {
    /* Sets call->cx and call->db. On failure says why, and leave is not called. */
    const Error *(*enter)(void *state, CommandCall *call, Str *detail);
    void (*leave)(void *state, CommandCall *call);
    void *state;
} CommandWorld;

/* What the manual says beside the commands and settings. */
typedef struct ManualRow {
    const char *name;
    const char *doc;
} ManualRow;

typedef struct ManualList {
    const ManualRow *items;
    size_t n;
} ManualList;

typedef struct Manual {
    const char *doc;        /* paragraphs: what the program is */
    const char *released;   /* the day of the version, YYYY-MM-DD */
    ManualList environment; /* variables that are no settings */
    ManualList files;
} Manual;

typedef struct CommandTable {
    const char *program; /* "souk" */
    const char *version;
    const char *summary; /* what the program is, one line */
    Manual manual;
    /* One list a module, in the order of the help; those of cli_builtins come last. */
    const CommandList *lists;
    size_t list_count;
    const CommandWorld *world; /* for commands that run in their own process */
    /* A COMMAND_IS_SERVER that was given its sockets and finds the folder owned calls this, so that
     * the owner knows that it may leave, and waits. NULL: nobody is told. */
    void (*takes_over)(void);
    /* How long other processes at the folder may stand still; 0: as long as an operator waits. */
    int64_t patience_us;
} CommandTable;

struct CommandCall {
    const CommandTable *table;
    const Command *command;
    Output *out;
    Arena *arena;
    StrList arguments;
    /* The descriptors of the arguments whose rows say file, in their order, then those of `outputs`;
     * -1 behind the last. Read with command_read; closed by the caller of run(). */
    int files[COMMAND_FILES_MAX];
    /* Those of the row's `writes`, in their order; -1: the flag was not given. For command_write. */
    int outputs[COMMAND_WRITE_ROWS];
    /* Above COMMAND_NEEDS_NOTHING. Inside the server: the server's, as of its start. */
    ConfigLoaded *config;
    /* COMMAND_NEEDS_FOLDER: from the world. */
    Ctx *cx;
    struct Db *db;
    void *world; /* the world's own */
    bool in_server;
    /* Why a command that runs `anyhow` has not got what others have, and the reason; NULL: it has.
     * With err_config the configuration is refused, and `config` is NULL; else the folder could not
     * be had (err_folder_in_use, err_folder_unusable) or its owner not be asked (err_control). */
    const Error *obstacle;
    Str obstacle_detail;
    char **words;         /* this process's argv, for a server that starts its successor */
    _Atomic bool *cancel; /* see command_cancelled; NULL for COMMAND_IS_SERVER */
};

/* Did the user ask to stop (Ctrl-C, SIGTERM, or gone)? A command that works for long asks between
 * steps, stops at a clean place and returns EXIT_CANCELLED. */
bool command_cancelled(const CommandCall *call);

/* Reads up to `size` bytes of files[file]: their number, 0 at the end, -1 with errno. A pipe that
 * says nothing does not keep a cancelled command: errno is then ECANCELED. */
ssize_t command_read(const CommandCall *call, size_t file, void *out, size_t size);

/* Writes all of it to one of `outputs`. False, with errno, when that cannot be. */
bool command_write(int output, Str bytes);

/* Prints the error and returns EXIT_NOT_NOW for one of status 503, else EXIT_FAILED:
 * return command_fail(call, &err_x, "line %d", n); */
int command_fail(CommandCall *call, const Error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The program: reads the words, does what they say, returns the exit code. Reads environ; ignores
 * SIGPIPE (a lost reader is a failed write); turns SIGINT and SIGTERM into command_cancelled, but
 * for COMMAND_IS_SERVER, which sees to its own signals. */
int cli_main(int argc, char **argv, const CommandTable *table);

/* config, help, man, completion, version: for those who list all commands. */
extern const CommandList cli_builtins;

/* True when the table is sound: names unique, letters and flags distinct from each other and from
 * the settings, rows complete, examples understood. For a test; *problem says what is wrong. */
bool command_table_sound(const CommandTable *table, Arena *arena, Str *problem);

extern const Error err_usage, err_output_lost, err_file;

#endif
