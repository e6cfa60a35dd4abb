/* souk audit verify, export, key. */
#ifndef MODULES_AUDIT_COMMANDS_H
#define MODULES_AUDIT_COMMANDS_H

#include "modules/audit/audit.h"

enum { AUDIT_COMMANDS = 3 };
extern const Command audit_commands[AUDIT_COMMANDS];

#endif
