/* Sessions, as identification and the routes see them. */
#ifndef MODULES_AUTH_SESSIONS_H
#define MODULES_AUTH_SESSIONS_H

#include "modules/auth/rules.h"
#include "platform/config/config.h"

/* The settings of the running server; before, the defaults. */
void sessions_use(const Config *config);
const SessionTimes *session_times(void);

/* The session whose cookie this is, if it is not over; else NULL. */
const Session *session_of_cookie(Ctx *cx, Str cookie);

bool session_lives(const Session *session, Time now); /* NULL: no */

#endif
