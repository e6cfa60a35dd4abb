/* The grant `refresh_token` (RFC 6749 §6), by rotation: issue.c has what a token is. */
#include "modules/oauth/grant.h"
#include "modules/oauth/id_token.h"

#include "modules/auth/auth.h"
#include "modules/oauth/audits.h"
#include "modules/oauth/errors.h"
#include "modules/oauth/rules.h"

static Reply refuse_token(Request *rq, const char *why)
{
    return grant_refuse(rq, &oauth_invalid_grant, why);
}

/* What the trail tells of it. */
typedef struct ReusedToken {
    Id client_id, session_id;
} ReusedToken;

static const Type reused_token_type =
    TYPE(ReusedToken, "A refresh token that came again.",
         FIELD(ReusedToken, client_id, "The client that it was given to.", .prefix = "client"),
         FIELD(ReusedToken, session_id, "The session that was ended.", .prefix = "sess"));

/* Somebody has a copy: what hangs on the grant ends, for both, and it is written down. */
static Reply end_family(Request *rq, const OauthGrant *grant)
{
    auth_session_end(rq->cx, grant->session_id);
    ReusedToken reused = {grant->client_id, grant->session_id};
    audit(rq->cx, &refresh_token_reused, "user", grant->user_id, &reused_token_type, NULL, &reused);
    return refuse_and_keep(
        refuse_token(rq, "The refresh token was used before; everything it gave has ended."));
}

/* Which token is it? The one that counts is counted on. Of two who come with it at the same time, one
 * finds that the other was here, and is told the same as he. */
static RefreshFit take(Ctx *cx, Str token, OauthGrant **grant)
{
    const OauthGrant *found;
    Time now = ctx_now(cx);
    RefreshFit fit = refresh_look(cx, token, &found);
    bool rotated =
        fit == REFRESH_RIGHT && grant_rotate(cx, found->session_id, found->generation, now);
    if (fit == REFRESH_RIGHT && !rotated) fit = refresh_look(cx, token, &found);
    if (fit == REFRESH_WRONG) return fit;
    *grant = arena_copy(cx->arena, found, sizeof *found);
    if (rotated) (*grant)->generation++;
    return fit;
}

/* What the client may still have of what it was given. */
static Verdict scope_of(Ctx *cx, const TokenCall *call, const OauthGrant *grant, Str *scope)
{
    StrList most = {0};
    Str common = rules_scope_common(cx->arena, call->client->scopes, grant->scope);
    rules_scope_read(cx->arena, common, &most);
    return rules_scope_grant(cx->arena, most, call->in->scope, scope);
}

static Reply run(Request *rq, const TokenCall *call, TokenAnswer **answer)
{
    Ctx *cx = rq->cx;
    OauthGrant *grant;
    Str scope;
    if (!call->in->refresh_token.n)
        return grant_refuse(rq, &oauth_invalid_request, "refresh_token must be there.");
    RefreshFit fit = take(cx, call->in->refresh_token, &grant);
    if (fit == REFRESH_WRONG) return refuse_token(rq, "The refresh token is wrong or over.");
    if (!id_eq(grant->client_id, call->client->id))
        return refuse_token(rq, "The refresh token was given to another client.");
    if (fit == REFRESH_REUSED) return end_family(rq, grant);
    Verdict verdict = scope_of(cx, call, grant, &scope);
    if (verdict.error) return refuse(verdict);
    auth_session_use(cx, grant->session_id);
    Reply refused = grant_answer(rq, call, grant, scope, answer);
    if (!refused.status) id_token_add(cx, call->client, grant, NULL, *answer);
    return refused;
}

const Grant refresh_token_grant = {
    .name = "refresh_token", .doc = "The next tokens, for a refresh token.", .run = run};
