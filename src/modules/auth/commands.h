/* The commands about keys and roles. */
#ifndef MODULES_AUTH_COMMANDS_H
#define MODULES_AUTH_COMMANDS_H

#include "modules/auth/types.h"

enum { KEY_COMMANDS = 3 };
extern const Command key_commands[KEY_COMMANDS];

enum { ROLE_COMMANDS = 2 };
extern const Command role_commands[ROLE_COMMANDS];

#endif
