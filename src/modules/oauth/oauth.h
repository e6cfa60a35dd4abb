/* The OAuth 2 and OpenID Connect server: programs ("clients") that act for a user or for themselves, by
 * access tokens that auth signs and checks. See docs/internals/oauth.md.
 *
 * For the rest of the module: clients.h (who is a client, and is it he?), issue.h (tokens), grant.h (the
 * table of grants), store.h. */
#ifndef MODULES_OAUTH_OAUTH_H
#define MODULES_OAUTH_OAUTH_H

#include "platform/module.h"

#define OAUTH_TOKEN_PATH      "/v1/oauth/token"
#define OAUTH_REVOKE_PATH     "/v1/oauth/revoke"
#define OAUTH_INTROSPECT_PATH "/v1/oauth/introspect"
#define OAUTH_AUTHORIZE_PATH  "/oauth/authorize"
#define OAUTH_USERINFO_PATH   "/v1/oauth/userinfo"
#define OAUTH_LOGOUT_PATH     "/oauth/logout"
#define OAUTH_KEYS_PATH       "/.well-known/jwks.json"

/* The client of the shop's own documentation page, by which it logs in. Made by oauth_settle. */
#define OAUTH_DOCS_CLIENT "client_0000000000001"

/* The shop's own clients are there. Inside a WRITE transaction, at each start. */
void oauth_settle(Ctx *cx);

/* Is there anything for oauth_settle to do? Inside a transaction. */
bool oauth_is_settled(Ctx *cx);

extern const Module oauth_module, oauth_clients_module, oauth_pages_module, oauth_identity_module,
    oauth_logout_module;

#endif
