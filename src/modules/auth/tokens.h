/* Access tokens and the keys that sign them, as identification sees them. */
#ifndef MODULES_AUTH_TOKENS_H
#define MODULES_AUTH_TOKENS_H

#include "modules/auth/types.h"

/* What one of our tokens says. */
typedef struct TokenClaims {
    Str sub, client_id, scope, sid, jti;
    int64_t exp, iat;
} TokenClaims;

/* The claims of a token that this shop has signed and that is not over; else NULL. */
const TokenClaims *token_read(Ctx *cx, Str token);

/* "a b" as a list. */
StrList scope_names(Arena *arena, Str scope);

#endif
