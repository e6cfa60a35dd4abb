/* The ways in which a client gets tokens: one row each, called by the token endpoint (token.c).
 *
 * A row is asked in the steps of a write (docs/internals/requests.md): `look` reads, `ahead` hashes,
 * `run` decides and writes. The client is authenticated by then, and has the grant in its `grants`. To
 * add one: a file with its functions, its row in token.c. */
#ifndef MODULES_OAUTH_GRANT_H
#define MODULES_OAUTH_GRANT_H

#include "modules/oauth/issue.h"

/* A request to the token endpoint, from its first step to its last. */
typedef struct TokenCall {
    const OauthClient *client;
    const TokenRequest *in;
    const struct Grant *grant;
    void *looked; /* what the grant's `look` has left */
    void *ahead;  /* what its `ahead` has left */
} TokenCall;

typedef struct Grant {
    const char *name; /* as grant_type has it */
    const char *doc;  /* one sentence */

    /* In a READ transaction; NULL: nothing to look at. A refusal, or a reply of {0}. */
    Reply (*look)(Request *rq, TokenCall *call);

    /* On the hash lane, without a transaction; NULL: the request does not go there. */
    Reply (*ahead)(Request *rq, TokenCall *call);

    /* In a WRITE transaction: the answer, or a refusal, and then NULL. */
    Reply (*run)(Request *rq, const TokenCall *call, TokenAnswer **answer);
} Grant;

/* The row of that name; NULL: there is none. */
const Grant *grant_find(Str name);

/* All, for metadata. */
typedef struct GrantList {
    const Grant *const *items;
    size_t n;
} GrantList;
GrantList grants_all(void);

/* Tokens as the last step of a grant: what issue_tokens gives, or our own failure. */
Reply grant_answer(Request *rq, const TokenCall *call, const OauthGrant *grant, Str scope,
                   TokenAnswer **answer);

/* A refusal by one of the protocol's rows. */
Reply grant_refuse(Request *rq, const Error *error, const char *detail);

extern const Grant password_grant, refresh_token_grant, client_credentials_grant;

#endif
