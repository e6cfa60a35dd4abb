/* What auth allows, each with its reason. */
#ifndef MODULES_AUTH_LIMITS_H
#define MODULES_AUTH_LIMITS_H

#include "base/str.h"

enum {
    ROLES_MAX = 200, /* all are one answer; more roles than people are a mistake of a program */
    ROLE_NAME_MAX = 40,
    ROLE_DESCRIPTION_MAX = 500,
    USER_ROLES_MAX = 50, /* read with each identification that is not in memory */

    KEYS_MAX = 1000, /* all are one answer; a program that makes a key a day is noticed in time */
    KEY_NAME_MAX = 100,
    KEY_ADDRESSES_MAX = 50, /* compared one by one */

    /* Of one user: the oldest ends when one more begins. More devices than anybody has, and what a
     * program that logs in for each request can fill. */
    SESSIONS_OF_USER_MAX = 100,
    USER_AGENT_MAX = 100, /* bytes kept: what tells one's own devices apart stands in front */
    SESSION_SCOPE_MAX = 4096,

    /* Use is noted so exactly: a write a token in ten minutes, not one a request. Where sessions may
     * idle only briefly, a quarter of that, or who is there would be taken for gone. */
    USE_NOTED_S = 600,
    USE_NOTED_PART = 4,
};

#endif
