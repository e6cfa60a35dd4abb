/* The grant `authorization_code` (RFC 6749 §4.1.3, RFC 7636 §4.5). */
#include "modules/oauth/code.h"

#include "base/hash.h"
#include "modules/auth/auth.h"
#include "modules/oauth/ask.h"
#include "modules/oauth/audits.h"
#include "modules/oauth/errors.h"
#include "modules/oauth/id_token.h"

enum { CODE_BYTES = 32 };

static Str hash_of(Arena *arena, Str code)
{
    unsigned char hash[SHA256_BYTES];
    hash_sha256(code, hash);
    return hex_text(arena, hash, sizeof hash);
}

Str code_make(Ctx *cx, const OauthCode *row)
{
    Str text = random_token(cx->arena, cx->random, "ac_", CODE_BYTES);
    OauthCode code = *row;
    code.present = PRESENT_ALL;
    code.id = ctx_id(cx);
    code.hash = hash_of(cx->arena, text);
    code.expires_at.us = ctx_now(cx).us + (int64_t)CODE_S * 1000000;
    MARK_ABSENT(&oauth_code_type, &code, OauthCode, session_id);
    code_insert(cx, &code);
    return text;
}

static bool is_used(const OauthCode *code)
{
    return IS_SET(&oauth_code_type, code, OauthCode, session_id);
}

/* That it was used is nothing wrong here: who can show all the rest has had its tokens too. */
static const char *what_is_wrong(Ctx *cx, const TokenCall *call, const OauthCode *code)
{
    const TokenRequest *in = call->in;
    if (!code || (!is_used(code) && ctx_now(cx).us >= code->expires_at.us))
        return "The code is wrong or over.";
    if (!id_eq(code->client_id, call->client->id)) return "The code was given to another client.";
    if (!str_eq(code->redirect_uri, in->redirect_uri))
        return "redirect_uri is another one than the code was sent to.";
    if (!ask_verifier_fits(cx->arena, in->code_verifier, code->challenge))
        return "code_verifier does not fit code_challenge.";
    return NULL;
}

static Reply refuse_code(Request *rq, const char *why)
{
    return grant_refuse(rq, &oauth_invalid_grant, why);
}

/* Two have the code and its verifier: what it gave ends, for both (RFC 6749 §4.1.2). Who has the code
 * alone, which passes through histories and logs, cannot end anything by it. */
static Reply end_all(Request *rq, const OauthCode *code)
{
    auth_session_end(rq->cx, code->session_id);
    audit(rq->cx, &code_reused, "client", code->client_id, NULL, NULL, NULL);
    return refuse_and_keep(
        refuse_code(rq, "The code was used before; everything it gave has ended."));
}

/* Of two at once, one finds that the other was here. Then his is undone as well. */
static Reply give(Request *rq, const TokenCall *call, const OauthCode *code, TokenAnswer **answer)
{
    Ctx *cx = rq->cx;
    const OauthGrant *grant = issue_begin(cx, call->client, code->user_id, code->scope);
    if (!code_use(cx, code->id, grant->session_id)) {
        auth_session_end(cx, grant->session_id);
        return end_all(rq, code_by_hash(cx, code->hash));
    }
    Reply reply = grant_answer(rq, call, grant, code->scope, answer);
    const IdLogin login = {code->auth_time, code->nonce.n ? code->nonce : (Str){0}};
    if (!reply.status) id_token_add(cx, call->client, grant, &login, *answer);
    return reply;
}

static Reply run(Request *rq, const TokenCall *call, TokenAnswer **answer)
{
    Ctx *cx = rq->cx;
    const TokenRequest *in = call->in;
    if (!in->code.n || !in->redirect_uri.n || !in->code_verifier.n)
        return grant_refuse(rq, &oauth_invalid_request,
                            "code, redirect_uri and code_verifier must be there.");
    const OauthCode *code = code_by_hash(cx, hash_of(cx->arena, in->code));
    const char *wrong = what_is_wrong(cx, call, code);
    if (wrong) return refuse_code(rq, wrong);
    if (is_used(code)) return end_all(rq, code);
    if (!auth_session_lives(cx, code->login_id))
        return refuse_code(rq, "The user has logged out in between.");
    return give(rq, call, code, answer);
}

const Grant authorization_code_grant = {
    .name = "authorization_code",
    .doc = "A user has let the client in on a page of the shop, and it shows the code.",
    .run = run};
