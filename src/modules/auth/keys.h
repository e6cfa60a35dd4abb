/* Keys of the API, as identification, routes and commands see them. */
#ifndef MODULES_AUTH_KEYS_H
#define MODULES_AUTH_KEYS_H

#include "modules/auth/rules.h"

/* Makes a token for the key, fills id, token, hint, hash and times, and stores it. Whether it may be
 * made was asked before. False: a key has this id. With `id` 0 it gets one. */
bool key_make(Ctx *cx, ApiKey *key);

/* Deletes it: the next request with it is refused. False: there is none. */
bool key_revoke(Ctx *cx, Id id);

/* The key of this token, whether it works or not; NULL: there is none. */
const ApiKey *key_of_token(Ctx *cx, Str token);

/* What the key becomes by the input; checked by rules_key_is_sound by the caller. */
void key_take(ApiKey *key, const KeyInput *in);

#endif
