/* The control socket: commands that run inside the server that owns the data folder.
 * See docs/internals/commands.md.
 *
 * One process owns a data folder. A command that finds it owned connects to DATA/control.sock,
 * sends its words (and the files that it was given, as open descriptors), copies what comes back to
 * its own stdout and stderr, and ends with the exit code that it is told. */
#ifndef PLATFORM_CLI_CONTROL_H
#define PLATFORM_CLI_CONTROL_H

#include "platform/cli/cli.h"

typedef struct ControlServer ControlServer;

enum {
    CONTROL_COMMANDS_MAX = 8, /* at once; one more is told to come back later */
};

/* Listens on `folder`/control.sock (mode 0600; the peer must be of the same user, or root) and runs
 * commands of `table` that need the folder, each on a thread of its own, in `world`. `config` is
 * copied. The caller owns the folder (folder.h), so a socket left there is stale and is removed. On
 * failure `*detail` says why, in `arena`. */
const Error *control_start(Arena *arena, Str folder, const CommandTable *table,
                           const CommandWorld *world, const ConfigLoaded *config,
                           ControlServer **out, Str *detail);

/* Accepts no more, cancels what runs, waits for it, removes the socket. NULL is fine. */
void control_stop(ControlServer *server);

extern const Error err_control, err_control_refused;

#endif
