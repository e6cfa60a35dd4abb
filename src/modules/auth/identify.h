/* Identification while a server runs. */
#ifndef MODULES_AUTH_IDENTIFY_H
#define MODULES_AUTH_IDENTIFY_H

#include "modules/auth/auth.h"

/* From now on "last used" is noted, and the settings of sessions hold; and no longer. */
void identify_start(const ModuleWorld *of_server);
void identify_stop(void);

#endif
