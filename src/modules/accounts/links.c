#include "modules/accounts/links.h"

#include "platform/vault/vault.h"

#include <inttypes.h>

static Str message(Arena *arena, Id user, int64_t expires_s, int64_t generation)
{
    return str_format(arena, "%.*s.%" PRId64 ".%" PRId64, STR_ARG(id_text(arena, "user", user)),
                      expires_s, generation);
}

Str link_make(Ctx *cx, const char *purpose, Id user, int64_t generation, int64_t for_s)
{
    Arena *arena = cx->arena;
    int64_t expires_s = ctx_now(cx).us / 1000000 + for_s;
    Str signature =
        vault_sign(arena, cx->vault, purpose, message(arena, user, expires_s, generation));
    return str_format(arena, "%.*s.%" PRId64 ".%.*s", STR_ARG(id_text(arena, "user", user)),
                      expires_s, STR_ARG(signature));
}

bool link_parse(Str text, LinkToken *out)
{
    Str id, rest, expires;
    LinkToken token;
    if (!str_cut(text, '.', &id, &rest) || !str_cut(rest, '.', &expires, &token.signature))
        return false;
    if (!id_parse(id, "user", &token.user) || !str_to_int(expires, &token.expires_s)) return false;
    if (token.signature.n != VAULT_SIGNATURE_LENGTH) return false;
    *out = token;
    return true;
}

bool link_holds(Ctx *cx, const char *purpose, const LinkToken *token, int64_t generation)
{
    Str signed_text = message(cx->arena, token->user, token->expires_s, generation);
    bool ours = vault_signed(cx->vault, purpose, signed_text, token->signature);
    return ours && ctx_now(cx).us / 1000000 < token->expires_s;
}
