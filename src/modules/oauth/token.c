/* The token endpoint (RFC 6749 §3.2), and its grants.
 *
 * A request takes the three steps of a write. The first finds out who asks and in which way, and lets the
 * grant's row look; only a password goes on to the hash lane, so that a flood of log-ins keeps nobody from
 * refreshing his tokens; the last is the row's. What a client is, is read again by then: it may have been
 * changed while the password was hashed. */
#include "modules/oauth/code.h"
#include "modules/oauth/endpoints.h"

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

static const Grant *const grants[] = {&authorization_code_grant, &refresh_token_grant,
                                      &client_credentials_grant, &password_grant};

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

/* ---- The endpoint ---------------------------------------------------------------------------- */

static Verdict choose_grant(TokenCall *call)
{
    call->grant = grant_find(call->in->grant_type);
    if (!call->grant) return (Verdict){&oauth_unsupported_grant_type, {0}};
    if (!rules_has_grant(call->client, call->in->grant_type))
        return (Verdict){&oauth_unauthorized_client, {0}};
    return (Verdict){0};
}

Reply token_look(Request *rq, const TokenRequest *in)
{
    TokenCall *call = NEW(rq->cx->arena, TokenCall);
    call->in = in;
    rq->looked = call;
    Verdict verdict = client_authenticate(rq, in->client_id, in->client_secret, &call->client);
    if (!verdict.error) verdict = choose_grant(call);
    if (verdict.error) return refuse(verdict);
    rq->ahead_needless = !call->grant->ahead;
    return call->grant->look ? call->grant->look(rq, call) : (Reply){0};
}

Reply token_ahead(Request *rq, const TokenRequest *in)
{
    (void)in;
    TokenCall *call = rq->looked;
    return call->grant->ahead(rq, call);
}

Reply token_give(Request *rq, const TokenRequest *in)
{
    (void)in;
    const TokenCall *looked = rq->looked;
    TokenCall call = *looked;
    TokenAnswer *answer;
    call.client = client_read(rq->cx, looked->client->id);
    if (!call.client) return refuse((Verdict){&oauth_invalid_client, {0}});
    Verdict verdict = choose_grant(&call);
    if (verdict.error) return refuse(verdict);
    Reply refused = call.grant->run(rq, &call, &answer);
    if (refused.status) return refused;
    Reply reply = ok(&token_answer_type, answer);
    reply.headers = S("Cache-Control: no-store\r\nPragma: no-cache\r\n"); /* RFC 6749 §5.1 */
    return reply;
}
