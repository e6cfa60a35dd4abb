/* The grant `password` (RFC 6749 §4.3): a program of the shop's own sends what the user has typed.
 *
 * RFC 9700 §2.4 tells everybody not to use it, and it is right about other people's programs: so only a
 * first-party client can have it. It is here for the shop's own scripts and documentation page.
 *
 * A user with a second factor is told so (mfa_required) when his password was right, and the same form
 * comes again with `otp`. The password comes twice, but nothing has to be kept or invented in between. */
#include "modules/oauth/grant.h"

#include "modules/accounts/accounts.h"
#include "modules/oauth/errors.h"
#include "modules/oauth/id_token.h"
#include "modules/oauth/rules.h"
#include "platform/api/errors.h"

static Reply look(Request *rq, TokenCall *call)
{
    if (!call->in->username.n || !call->in->password.n)
        return grant_refuse(rq, &oauth_invalid_request, "username and password must be there.");
    call->looked = (void *)account_look(rq->cx, call->in->username);
    return (Reply){0};
}

/* What accounts refuses, as the protocol says it. A banned user is told so: he knew the password. Who
 * comes too often is told that, by the frame's own row. */
static Reply refuse_login(Request *rq, Verdict verdict)
{
    if (verdict.error == &error_rate_limited) return refuse(verdict);
    return fail(rq, &oauth_invalid_grant, "%s%s%.*s", verdict.error->title,
                verdict.detail.n ? " " : "", STR_ARG(verdict.detail));
}

static Reply ahead(Request *rq, TokenCall *call)
{
    LoginCheck *check = NEW(rq->cx->arena, LoginCheck);
    *check = account_check(rq, call->looked, call->in->password);
    call->ahead = check;
    return check->refused.error ? refuse_login(rq, check->refused) : (Reply){0};
}

static Reply begin(Request *rq, const TokenCall *call, Id user, TokenAnswer **answer)
{
    Str scope;
    Verdict verdict =
        rules_scope_grant(rq->cx->arena, call->client->scopes, call->in->scope, &scope);
    if (verdict.error) return refuse(verdict);
    const OauthGrant *grant = issue_begin(rq->cx, call->client, user, scope);
    const IdLogin login = {ctx_now(rq->cx), {0}};
    Reply refused = grant_answer(rq, call, grant, scope, answer);
    if (!refused.status) id_token_add(rq->cx, call->client, grant, &login, *answer);
    return refused;
}

/* Wrong codes are counted, so that refusal keeps what was written. */
static Reply second(Request *rq, const TokenCall *call, Str challenge, TokenAnswer **answer)
{
    if (!call->in->otp.n)
        return grant_refuse(rq, &oauth_mfa_required,
                            "The user has a second factor: send the same form with otp.");
    Login login = account_second(rq, challenge, call->in->otp);
    if (login.refused.error) return refuse_and_keep(refuse_login(rq, login.refused));
    return begin(rq, call, login.user, answer);
}

static Reply run(Request *rq, const TokenCall *call, TokenAnswer **answer)
{
    Login login = account_log_in(rq, call->looked, call->ahead);
    if (login.refused.error) return refuse_login(rq, login.refused);
    return login.challenge.n ? second(rq, call, login.challenge, answer)
                             : begin(rq, call, login.user, answer);
}

const Grant password_grant = {.name = "password",
                              .doc = "A program of the shop's own sends a user's password.",
                              .look = look,
                              .ahead = ahead,
                              .run = run};
