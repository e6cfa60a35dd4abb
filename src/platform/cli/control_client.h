/* The command's end of the control socket. */
#ifndef PLATFORM_CLI_CONTROL_CLIENT_H
#define PLATFORM_CLI_CONTROL_CLIENT_H

#include "platform/cli/control_frame.h"

typedef enum ControlOutcome {
    CONTROL_RAN,    /* *exit_code is what the server said */
    CONTROL_ABSENT, /* nobody listens: the owner is no server, or is only starting or ending */
    CONTROL_FAILED, /* *detail says why, in out's arena */
} ControlOutcome;

/* Has the server that owns `folder` run the request and copies its output to `out`. SIGINT and
 * SIGTERM cancel the command there; a second one gives up waiting (EXIT_CANCELLED). */
ControlOutcome control_call(Output *out, Str folder, const ControlRequest *request,
                            const int *files, int *exit_code, Str *detail);

#endif
