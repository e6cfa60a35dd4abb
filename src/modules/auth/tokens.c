/* Access tokens: JWTs by RFC 9068, signed by Ed25519, of a quarter of an hour.
 *
 *     iss        the shop's address (auth_set_issuer)      sub        user_… or client_…
 *     aud        the same: the API of this shop            client_id  the program; "souk": the shop's own
 *     exp, iat   seconds                                   scope      what the program may do at most
 *     jti        random                                    sid        the session that it ends with
 *
 * What the bearer may do does not stand in it: permissions are the user's at the moment, narrowed by
 * the scope, so that a role that is taken away is felt within a second and not at the token's end.
 *
 * Keys are rows, their private halves sealed by the vault. One signs; when it is a month old the next
 * one is made, published at once and used an hour later, when everybody who keeps the key set has
 * asked for it again; the old one is published for a week more, long after its last token has ended.
 * That happens when a token is issued: a shop that issues none needs no keys.
 *
 * Rejected: a key in a file (processes on other machines would have others), HMAC (who can verify
 * could sign), permissions in the token (a quarter of an hour too late). */
#include "modules/auth/tokens.h"

#include "base/buf.h"
#include "base/hash.h"
#include "meta/json.h"
#include "modules/auth/store.h"
#include "platform/jose/jose.h"
#include "platform/vault/vault.h"

#include <stdatomic.h>

#define PURPOSE    "auth.signing"
#define TOKEN_TYPE "at+jwt"
#define HOUR_US    (INT64_C(3600) * 1000000)
#define ROTATE_US  (30 * 24 * HOUR_US)
#define PUBLISH_US HOUR_US
#define STAY_US    (7 * 24 * HOUR_US)
#define OWN_CLIENT S("souk")

enum { JTI_BYTES = 16, LEEWAY_S = 60, CLAIMS_MAX = 8192 };

/* ---- Who issues ------------------------------------------------------------------------------ */

/* Told when the server listens, and it may be asked by then: no token is ours before. */
static _Atomic(const Str *) issuer;

void auth_set_issuer(const Str *url)
{
    atomic_store(&issuer, url);
}

Str auth_issuer(void)
{
    const Str *url = atomic_load(&issuer);
    return url ? *url : S("");
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static SigningKey *make_key(Ctx *cx, Time signs_from)
{
    JoseKey *pair = jose_key_make(JOSE_EDDSA);
    SigningKey *key = NEW(cx->arena, SigningKey);
    *key = (SigningKey){.id = ctx_id(cx),
                        .jwk = jose_jwk(cx->arena, pair),
                        .created_at = ctx_now(cx),
                        .signs_from = signs_from};
    key->sealed = vault_seal(cx->arena, cx->vault, cx->random, PURPOSE,
                             jose_jwk_private(cx->arena, pair), id_text(cx->arena, "sig", key->id));
    jose_key_free(pair);
    signing_key_insert(cx, key);
    return key;
}

/* The newest that may sign by now; else the newest of all. `keys` are the newest first. */
static const SigningKey *choose(SigningKeyList keys, Time now)
{
    for (size_t i = 0; i < keys.n; i++)
        if (keys.items[i].signs_from.us <= now.us) return &keys.items[i];
    return &keys.items[0];
}

/* The key that signs now; makes the first one, or its successor, and forgets who is long retired. */
static const SigningKey *signing_key(Ctx *cx)
{
    Time now = ctx_now(cx);
    SigningKeyList keys = signing_keys_all(cx);
    if (!keys.n) return make_key(cx, now);
    if (now.us - keys.items[0].created_at.us > ROTATE_US) make_key(cx, (Time){now.us + PUBLISH_US});
    const SigningKey *chosen = choose(keys, now);
    if (now.us - chosen->signs_from.us > STAY_US) signing_keys_forget(cx, chosen->id);
    return chosen;
}

/* NULL when the vault has another master key than the one that sealed it. */
static JoseKey *unseal(Ctx *cx, const SigningKey *key)
{
    Str jwk, why;
    bool ours = vault_unseal(cx->arena, cx->vault, PURPOSE, key->sealed,
                             id_text(cx->arena, "sig", key->id), &jwk);
    return ours ? jose_key_read(cx->arena, jwk, &why) : NULL;
}

typedef struct PublicKeys {
    JoseKey **items;
    size_t n;
} PublicKeys;

static PublicKeys public_keys(Ctx *cx)
{
    SigningKeyList rows = signing_keys_all(cx);
    PublicKeys keys = {NEW_N(cx->arena, JoseKey *, rows.n + 1), 0};
    Str why;
    for (size_t i = 0; i < rows.n; i++) {
        keys.items[keys.n] = jose_key_read(cx->arena, rows.items[i].jwk, &why);
        if (keys.items[keys.n]) keys.n++;
    }
    return keys;
}

static void free_keys(PublicKeys keys)
{
    for (size_t i = 0; i < keys.n; i++) jose_key_free(keys.items[i]);
}

static JoseKeys as_jose(PublicKeys keys)
{
    return (JoseKeys){(const JoseKey *const *)keys.items, keys.n};
}

Str auth_jwks(Ctx *cx)
{
    PublicKeys keys = public_keys(cx);
    Str jwks = jose_jwks(cx->arena, as_jose(keys));
    free_keys(keys);
    return jwks;
}

Str auth_sign(Ctx *cx, const char *typ, Str claims)
{
    JoseKey *key = unseal(cx, signing_key(cx));
    Str token = key ? jose_sign(cx->arena, key, typ, claims) : (Str){0};
    jose_key_free(key);
    return token;
}

/* ---- Other tokens that it signs --------------------------------------------------------------- */

typedef struct Audience {
    Str aud;
} Audience;

static const Type audience_type = TYPE(Audience, "For whom.", FIELD(Audience, aud, ""));

/* As the token says, which nobody has verified yet. */
static Str audience_said(Arena *arena, Str token)
{
    Str head, rest, payload, signature, json;
    Violations bad = violations_new(arena);
    if (!str_cut(token, '.', &head, &rest) || !str_cut(rest, '.', &payload, &signature) ||
        payload.n > JOSE_TOKEN_MAX || !base64url_parse(arena, payload, &json))
        return S("");
    const Audience *said = json_read(arena, &audience_type, json, JSON_CREATE | JSON_LENIENT, &bad);
    return said ? said->aud : S("");
}

const void *auth_read_signed(Ctx *cx, const char *typ, const Type *type, Str token)
{
    const Error *error;
    if (!auth_issuer().n) return NULL;
    JoseRules rules = {.typ = typ,
                       .issuer = auth_issuer(),
                       .audience = audience_said(cx->arena, token),
                       .now = ctx_now(cx),
                       .leeway_s = LEEWAY_S,
                       .claims = type};
    PublicKeys keys = public_keys(cx);
    const void *claims = jose_verify_expired(cx->arena, as_jose(keys), &rules, token, &error);
    free_keys(keys);
    return claims;
}

Str auth_half_hash(Arena *arena, Str token)
{
    unsigned char hash[SHA512_BYTES];
    hash_sha512(token, hash);
    return base64url_text(arena, hash, sizeof hash / 2);
}

/* ---- Tokens ---------------------------------------------------------------------------------- */

/* Who it really is (RFC 8693 §4.1). */
typedef struct Actual {
    Str sub;
} Actual;

static const Type actual_type = TYPE(Actual, "", FIELD(Actual, sub, ""));

typedef struct FullClaims {
    Str iss, aud, sub, client_id, scope, sid, jti;
    int64_t exp, iat;
    Actual act;
} FullClaims;

#define CLAIMS                                                                                     \
    FIELD(FullClaims, iss, ""), FIELD(FullClaims, aud, ""), FIELD(FullClaims, sub, ""),            \
        FIELD(FullClaims, client_id, ""), FIELD(FullClaims, scope, ""),                            \
        FIELD(FullClaims, sid, ""), FIELD(FullClaims, jti, ""), FIELD(FullClaims, exp, ""),        \
        FIELD(FullClaims, iat, "")

static const Type full_claims_type = TYPE(FullClaims, "An access token.", CLAIMS);
static const Type acted_claims_type = TYPE(FullClaims, "One of somebody who acts as the user.",
                                           CLAIMS, OBJECT(FullClaims, act, "", actual_type));

static const Type claims_type = TYPE(
    TokenClaims, "What is read of an access token.", FIELD(TokenClaims, sub, "", .required = true),
    FIELD(TokenClaims, client_id, "", .required = true), FIELD(TokenClaims, scope, ""),
    FIELD(TokenClaims, sid, ""), FIELD(TokenClaims, jti, "", .required = true),
    FIELD(TokenClaims, exp, "", .required = true), FIELD(TokenClaims, iat, "", .required = true));

Str auth_access_token(Ctx *cx, const AccessToken *token)
{
    Arena *arena = cx->arena;
    int64_t now_s = ctx_now(cx).us / 1000000;
    Str client = token->client.n ? id_text(arena, "client", token->client) : OWN_CLIENT;
    FullClaims claims = {.iss = auth_issuer(),
                         .aud = auth_issuer(),
                         .sub = token->user.n ? id_text(arena, "user", token->user) : client,
                         .client_id = client,
                         .scope = token->scope,
                         .sid = token->session.n ? id_text(arena, "sess", token->session) : S(""),
                         .jti = random_token(arena, cx->random, "", JTI_BYTES),
                         .exp = now_s + AUTH_TOKEN_LIFE_S,
                         .iat = now_s};
    const Session *session = token->session.n ? session_read(cx, token->session) : NULL;
    Id actual = session ? session->impersonator : (Id){0};
    if (actual.n) claims.act.sub = id_text(arena, "user", actual);
    Buf json = buf_new(arena, CLAIMS_MAX);
    json_write(&json, actual.n ? &acted_claims_type : &full_claims_type, &claims);
    return json.full ? (Str){0} : auth_sign(cx, TOKEN_TYPE, buf_str(&json));
}

const TokenClaims *token_read(Ctx *cx, Str token)
{
    const Error *error;
    if (!auth_issuer().n) return NULL;
    JoseRules rules = {.typ = TOKEN_TYPE,
                       .issuer = auth_issuer(),
                       .audience = auth_issuer(),
                       .now = ctx_now(cx),
                       .leeway_s = LEEWAY_S,
                       .claims = &claims_type};
    PublicKeys keys = public_keys(cx);
    const TokenClaims *claims = jose_verify(cx->arena, as_jose(keys), &rules, token, &error);
    free_keys(keys);
    return claims;
}

StrList scope_names(Arena *arena, Str scope)
{
    StrList names = {NEW_N(arena, Str, scope.n / 2 + 1), 0};
    for (bool more = scope.n > 0; more;) {
        Str name;
        more = str_cut(scope, ' ', &name, &scope);
        if (name.n) names.items[names.n++] = name;
    }
    return names;
}
