/* Who is a client, and is it he? */
#ifndef MODULES_OAUTH_CLIENTS_H
#define MODULES_OAUTH_CLIENTS_H

#include "modules/oauth/store.h"

/* What a request says of its client. Texts may be in the request's arena. */
typedef struct ClientCredentials {
    Str id;     /* empty: nothing was said */
    Str secret; /* empty: none */
    bool basic; /* by Authorization; else by the form */
} ClientCredentials;

/* By RFC 6749 §2.3.1: `Authorization: Basic`, whose two parts are form-encoded each, or the form. Both
 * at once, or two of them: oauth_invalid_request. Any other Authorization: oauth_invalid_client. */
Verdict client_credentials_read(Arena *arena, const HttpRequest *http, Str form_id, Str form_secret,
                                ClientCredentials *out);

/* The client that these are of: a confidential one by its secret, a public one by its id alone.
 * oauth_invalid_client, and *out untouched, otherwise. */
Verdict client_check(Ctx *cx, const ClientCredentials *credentials, const OauthClient **out);

/* Both. Of a request to one of the protocol's endpoints. */
Verdict client_authenticate(Request *rq, Str form_id, Str form_secret, const OauthClient **out);

/* The client of that client_id; NULL: there is none. For the authorization endpoint, where nobody
 * shows a secret. */
const OauthClient *client_by_name(Ctx *cx, Str client_id);

/* A new secret, in `secret`, for once, and by its hash. Stored by who calls. */
void client_renew_secret(Ctx *cx, OauthClient *client);

#endif
