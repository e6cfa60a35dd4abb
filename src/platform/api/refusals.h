/* Which refusals a route can give: what its row names, and what follows from the rest of the row.
 * The documentation lists them, and the tests hold the traffic against that. */
#ifndef PLATFORM_API_REFUSALS_H
#define PLATFORM_API_REFUSALS_H

#include "platform/api/route.h"

enum { REFUSALS_MAX = 64 };

typedef struct Refusals {
    const Error *items[REFUSALS_MAX]; /* by status, each once */
    size_t n;
} Refusals;

Refusals refusals_of(const Route *route);

/* Those that every route can give and refusals_of leaves out: the HTTP core's (platform/http), and
 * our own failure. */
Refusals refusals_of_all(void);

#endif
