/* Commands that show and move the schema. */
#ifndef APP_MIGRATE_H
#define APP_MIGRATE_H

#include "platform/cli/cli.h"

extern const CommandList migrate_commands;

#endif
