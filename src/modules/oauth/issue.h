/* Tokens: what a client is given, and what it has to show for the next ones. */
#ifndef MODULES_OAUTH_ISSUE_H
#define MODULES_OAUTH_ISSUE_H

#include "modules/oauth/clients.h"

/* Begins what a client is given for a user, inside a WRITE transaction: a session of kind
 * SESSION_GRANT, and the row from which its refresh tokens come. `scope` is the most that its tokens
 * may have (rules_scope_grant). */
const OauthGrant *issue_begin(Ctx *cx, const OauthClient *client, Id user, Str scope);

/* Tokens of a grant; of a client for itself, `grant` is NULL. `scope` is that of the access token. There
 * is a refresh token when the client's `grants` have refresh_token. Inside a WRITE transaction. NULL
 * when the vault has another master key than the one that the signing keys were sealed by. */
TokenAnswer *issue_tokens(Ctx *cx, const OauthClient *client, const OauthGrant *grant, Str scope);

/* ---- Refresh tokens -------------------------------------------------------------------------- */

typedef enum RefreshFit {
    REFRESH_WRONG,  /* none of ours, or its session is over */
    REFRESH_RIGHT,  /* the one that counts: rotate it */
    REFRESH_AGAIN,  /* the one before it, shortly after: its answer may have been lost */
    REFRESH_REUSED, /* an old one: somebody has a copy */
} RefreshFit;

/* Whose token is it, and which? *grant is his, but for REFRESH_WRONG. Inside a transaction. */
RefreshFit refresh_look(Ctx *cx, Str token, const OauthGrant **grant);

#endif
