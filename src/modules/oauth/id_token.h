/* ID tokens, and what they and userinfo tell of a user (OpenID Connect Core §2, §5). */
#ifndef MODULES_OAUTH_ID_TOKEN_H
#define MODULES_OAUTH_ID_TOKEN_H

#include "modules/oauth/issue.h"

/* The log-in of which an ID token tells. */
typedef struct IdLogin {
    Time at;
    Str nonce; /* of the request for the code; without pointer: there was none */
} IdLogin;

/* Adds an ID token to the answer, when its scope has `openid`. `login` is NULL for tokens that come
 * later, by a refresh token (§12.2). Inside a WRITE transaction; `answer` is issue_tokens'. */
void id_token_add(Ctx *cx, const OauthClient *client, const OauthGrant *grant, const IdLogin *login,
                  TokenAnswer *answer);

/* What an ID token of ours says to whom. */
typedef struct IdTokenFacts {
    Id user, client;
    Id session; /* the grant's, its `sid` */
} IdTokenFacts;

/* Reads one that somebody shows as a hint: it may have expired. False, and *out untouched: it is none
 * of ours. Inside a transaction. */
bool id_token_look(Ctx *cx, Str token, IdTokenFacts *out);

#endif
