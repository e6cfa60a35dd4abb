#include "modules/oauth/id_token.h"

#include "meta/json.h"
#include "modules/auth/auth.h"
#include "modules/oauth/rules.h"

#define TOKEN_TYPE "JWT"

enum { CLAIMS_MAX = 4096 }; /* a nonce of NONCE_MAX, and names that are short */

typedef struct IdClaims {
    Present present;
    Str iss, sub, aud;
    int64_t exp, iat, auth_time;
    Str nonce, at_hash, sid;
} IdClaims;

static const Type claims_type = TYPE_WITH_ABSENCE(
    IdClaims, "An ID token.", FIELD(IdClaims, iss, "The shop."), FIELD(IdClaims, sub, "The user."),
    FIELD(IdClaims, aud, "The client."), FIELD(IdClaims, exp, "When it is over."),
    FIELD(IdClaims, iat, "When it was made."),
    FIELD(IdClaims, auth_time, "When the user had logged in.", .optional = true),
    FIELD(IdClaims, nonce, "Of the request.", .optional = true),
    FIELD(IdClaims, at_hash, "Of the access token beside it."),
    FIELD(IdClaims, sid, "The session of what the client was given."));

void id_token_add(Ctx *cx, const OauthClient *client, const OauthGrant *grant, const IdLogin *login,
                  TokenAnswer *answer)
{
    Arena *arena = cx->arena;
    if (!rules_scope_has(answer->scope, S("openid"))) return;
    int64_t now_s = ctx_now(cx).us / 1000000;
    IdClaims claims = {.present = PRESENT_ALL,
                       .iss = auth_issuer(),
                       .sub = id_text(arena, "user", grant->user_id),
                       .aud = id_text(arena, "client", client->id),
                       .exp = now_s + AUTH_TOKEN_LIFE_S,
                       .iat = now_s,
                       .at_hash = auth_half_hash(arena, answer->access_token),
                       .sid = id_text(arena, "sess", grant->session_id)};
    if (login)
        claims.auth_time = login->at.us / 1000000;
    else
        MARK_ABSENT(&claims_type, &claims, IdClaims, auth_time);
    if (login && login->nonce.p)
        claims.nonce = login->nonce;
    else
        MARK_ABSENT(&claims_type, &claims, IdClaims, nonce);
    Buf json = buf_new(arena, CLAIMS_MAX);
    json_write(&json, &claims_type, &claims);
    answer->id_token = auth_sign(cx, TOKEN_TYPE, buf_str(&json));
    MARK_SET(&token_answer_type, answer, TokenAnswer, id_token);
}

typedef struct HintClaims {
    Str sub, aud, sid;
} HintClaims;

static const Type hint_type =
    TYPE(HintClaims, "What is read of an ID token.", FIELD(HintClaims, sub, "", .required = true),
         FIELD(HintClaims, aud, "", .required = true), FIELD(HintClaims, sid, ""));

bool id_token_look(Ctx *cx, Str token, IdTokenFacts *out)
{
    IdTokenFacts facts = {0};
    const HintClaims *claims = auth_read_signed(cx, TOKEN_TYPE, &hint_type, token);
    if (!claims || !id_parse(claims->sub, "user", &facts.user) ||
        !id_parse(claims->aud, "client", &facts.client))
        return false;
    id_parse(claims->sid, "sess", &facts.session);
    *out = facts;
    return true;
}
