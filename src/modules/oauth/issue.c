/* What a client is given.
 *
 * A refresh token is  rt_SESSION.GENERATION.SIGNATURE, signed by the vault over session, generation and a
 * random salt of the grant. So the tokens of a family are a sequence that only the shop can continue, and
 * nothing of them is stored: one row for each grant holds the salt and which generation counts. Whoever
 * has a copy of the database lacks the master key, whoever has that lacks the salt.
 *
 * Each is good for once. Shown again it is a copy that somebody else has, unless the answer was lost on
 * its way: then the client has the old one only, and nobody has used the new one. For that case, for a
 * minute, the old one answers the same new one again. An older one ends the session, however late it
 * comes, and since it is recognised by its signature, no list of old tokens must be kept.
 * docs/decisions/refresh-tokens.md has what was rejected. */
#include "modules/oauth/issue.h"

#include "modules/auth/auth.h"
#include "modules/oauth/rules.h"
#include "platform/vault/vault.h"

#include <inttypes.h>

#define PURPOSE "oauth.refresh"
#define PREFIX  "rt_"

enum { SALT_BYTES = 16 };

/* ---- Refresh tokens -------------------------------------------------------------------------- */

static Str text_of(Arena *arena, Id session, int64_t generation)
{
    return str_format(arena, PREFIX "%.*s.%" PRId64, STR_ARG(id_text(arena, "sess", session)),
                      generation);
}

static Str signed_text(Arena *arena, Str text, const OauthGrant *grant)
{
    return str_format(arena, "%.*s.%.*s", STR_ARG(text), STR_ARG(grant->salt));
}

static Str refresh_token(Ctx *cx, const OauthGrant *grant)
{
    Str text = text_of(cx->arena, grant->session_id, grant->generation);
    Str signature = vault_sign(cx->arena, cx->vault, PURPOSE, signed_text(cx->arena, text, grant));
    return str_format(cx->arena, "%.*s.%.*s", STR_ARG(text), STR_ARG(signature));
}

typedef struct RefreshToken {
    Id session;
    int64_t generation;
    Str signature;
} RefreshToken;

static bool parse(Str text, RefreshToken *out)
{
    Str id, rest, generation;
    if (!str_starts(text, S(PREFIX))) return false;
    text = str_slice(text, strlen(PREFIX), text.n);
    return str_cut(text, '.', &id, &rest) && str_cut(rest, '.', &generation, &out->signature) &&
           id_parse(id, "sess", &out->session) && str_to_int(generation, &out->generation) &&
           out->signature.n == VAULT_SIGNATURE_LENGTH;
}

RefreshFit refresh_look(Ctx *cx, Str token, const OauthGrant **grant)
{
    RefreshToken read;
    if (!parse(token, &read)) return REFRESH_WRONG;
    const OauthGrant *row = grant_read(cx, read.session);
    if (!row) return REFRESH_WRONG;
    Str text = text_of(cx->arena, read.session, read.generation);
    if (!vault_signed(cx->vault, PURPOSE, signed_text(cx->arena, text, row), read.signature) ||
        !auth_session_lives(cx, read.session) || read.generation > row->generation)
        return REFRESH_WRONG;
    *grant = row;
    if (read.generation == row->generation) return REFRESH_RIGHT;
    bool before = read.generation == row->generation - 1;
    int64_t since_us = ctx_now(cx).us - row->rotated_at.us;
    return before && since_us <= (int64_t)RETRY_S * 1000000 ? REFRESH_AGAIN : REFRESH_REUSED;
}

/* ---- Giving ---------------------------------------------------------------------------------- */

const OauthGrant *issue_begin(Ctx *cx, const OauthClient *client, Id user, Str scope)
{
    OauthGrant *grant = NEW(cx->arena, OauthGrant);
    SessionStart start = {
        .user = user, .kind = SESSION_GRANT, .client = client->id, .scope = scope};
    *grant = (OauthGrant){.session_id = auth_session_start(cx, &start, NULL),
                          .client_id = client->id,
                          .user_id = user,
                          .scope = scope,
                          .salt = random_token(cx->arena, cx->random, "", SALT_BYTES),
                          .generation = 1,
                          .rotated_at = ctx_now(cx)};
    grant_insert(cx, grant);
    return grant;
}

TokenAnswer *issue_tokens(Ctx *cx, const OauthClient *client, const OauthGrant *grant, Str scope)
{
    TokenAnswer *answer = NEW(cx->arena, TokenAnswer);
    AccessToken token = {.client = client->id, .scope = scope};
    if (grant) {
        token.user = grant->user_id;
        token.session = grant->session_id;
    }
    *answer = (TokenAnswer){.present = PRESENT_ALL,
                            .access_token = auth_access_token(cx, &token),
                            .token_type = S("Bearer"),
                            .expires_in = AUTH_TOKEN_LIFE_S,
                            .scope = scope};
    MARK_ABSENT(&token_answer_type, answer, TokenAnswer, id_token);
    if (grant && rules_has_grant(client, S("refresh_token")))
        answer->refresh_token = refresh_token(cx, grant);
    else
        MARK_ABSENT(&token_answer_type, answer, TokenAnswer, refresh_token);
    return answer->access_token.n ? answer : NULL;
}
