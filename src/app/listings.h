/* Lists of what there is, and the commands that print them. */
#ifndef APP_LISTINGS_H
#define APP_LISTINGS_H

#include "platform/cli/cli.h"

typedef struct Listing {
    const char *name; /* of the command that prints it, where there is one: the row there has the
                         prose */
    const Type *type;
    AnyList (*rows)(Arena *arena);
} Listing;

extern const Listing listings[];
extern const size_t listing_count;

extern const CommandList listing_commands;

#endif
