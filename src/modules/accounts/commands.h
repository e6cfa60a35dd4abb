#ifndef MODULES_ACCOUNTS_COMMANDS_H
#define MODULES_ACCOUNTS_COMMANDS_H

#include "platform/cli/cli.h"

enum { ACCOUNT_COMMANDS = 6 };
extern const Command account_commands[ACCOUNT_COMMANDS];

#endif
