/* Who may do what. For now: secret keys (sk_…) that hold every permission; the first one is made on
 * the first start. */
#ifndef MODULES_AUTH_AUTH_H
#define MODULES_AUTH_AUTH_H

#include "platform/module.h"

/* Whose token this is: fills cx->actor, inside a read transaction. NULL, or &error_unauthenticated.
 */
const Error *auth_identify(Ctx *cx, Str token);

/* On a shop without any key: makes one and returns its token, which is shown once and stored only
 * as a hash. Empty when there are keys. Inside a write transaction. */
Str auth_first_key(Ctx *cx);

/* Is there any key, and is the one of the first start still among them? Inside a transaction. */
typedef struct AuthKeys {
    int64_t count;
    Id first; /* 0: it was deleted */
} AuthKeys;
AuthKeys auth_keys(Ctx *cx);

extern const Module auth_module;

#endif
