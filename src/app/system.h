/* What the program answers about itself: how it is, what it counts, and what it has. */
#ifndef APP_SYSTEM_H
#define APP_SYSTEM_H

#include "platform/module.h"

/* Makes the documents that are served from memory and takes note of the database to ask for
 * readiness. Once, before the server starts. */
void system_start(Db *db);

/* The shop is going away: /readyz says so from now on, while requests are still answered. */
void system_stop(void);

extern const Module system_module;

#endif
