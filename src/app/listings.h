/* Commands that print what there is. */
#ifndef APP_LISTINGS_H
#define APP_LISTINGS_H

#include "platform/cli/cli.h"

extern const CommandList listing_commands;

#endif
