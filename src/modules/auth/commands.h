/* The commands about keys and roles. */
#ifndef MODULES_AUTH_COMMANDS_H
#define MODULES_AUTH_COMMANDS_H

#include "modules/auth/types.h"

enum { KEY_COMMANDS = 3 };
extern const Command key_commands[KEY_COMMANDS];

#endif
