/* The grants, and what they have in common. */
#include "modules/oauth/grant.h"

#include "modules/oauth/errors.h"
#include "modules/oauth/rules.h"
#include "platform/api/errors.h"

Reply grant_refuse(Request *rq, const Error *error, const char *detail)
{
    return fail(rq, error, "%s", detail);
}

Reply grant_answer(Request *rq, const TokenCall *call, const OauthGrant *grant, Str scope,
                   TokenAnswer **answer)
{
    *answer = issue_tokens(rq->cx, call->client, grant, scope);
    if (*answer) return (Reply){0};
    return fail(rq, &error_internal, "The signing key was sealed by another master key.");
}

/* ---- A client for itself (RFC 6749 §4.4) ----------------------------------------------------- */

/* It has its secret, so it needs no refresh token. */
static Reply run_client_credentials(Request *rq, const TokenCall *call, TokenAnswer **answer)
{
    Str scope;
    Verdict verdict =
        rules_scope_grant(rq->cx->arena, call->client->scopes, call->in->scope, &scope);
    return verdict.error ? refuse(verdict) : grant_answer(rq, call, NULL, scope, answer);
}

const Grant client_credentials_grant = {.name = "client_credentials",
                                        .doc = "A program acts for itself.",
                                        .run = run_client_credentials};

/* ---- The table ------------------------------------------------------------------------------- */

static const Grant *const grants[] = {&password_grant, &refresh_token_grant,
                                      &client_credentials_grant};

const Grant *grant_find(Str name)
{
    for (size_t i = 0; i < ROWS(grants); i++)
        if (str_eq(name, str_from(grants[i]->name))) return grants[i];
    return NULL;
}

GrantList grants_all(void)
{
    return (GrantList){grants, ROWS(grants)};
}
