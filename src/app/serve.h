/* `souk serve`: start-up, signals, shutdown. */
#ifndef APP_SERVE_H
#define APP_SERVE_H

#include "platform/cli/cli.h"

extern const CommandList serve_commands;

#endif
