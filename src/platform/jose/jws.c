/* Signing and verifying.
 *
 * The order in which a token is looked at: its length, its shape, its header, the key, the signature;
 * and only what is signed is read further. Each step is strict where RFC 7515 lets a reader choose,
 * since two readers that choose differently are how tokens are forged: three parts, base64url in its
 * one spelling, no name twice in an object, no "crit" (nothing critical is understood here, so all of
 * it is refused, RFC 7515 §4.1.11), "alg" only as a statement that must agree with the key.
 *
 * A token names its key by "kid". One without is tried with the key if there is only one; it is never
 * tried with one key after the other. */
#include "platform/jose/key.h"

#include "base/hash.h"
#include "meta/json.h"

#include <assert.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>

/* ---- Refusals -------------------------------------------------------------------------------- */

#define REFUSAL(variable, code_, title_, doc_)                                                     \
    const Error variable = {code_, 401, title_, LOG_DEBUG, doc_}

REFUSAL(jose_too_long, "token_too_long", "The token is too long.",
        "No token of this shop has more than 8192 characters.");
REFUSAL(jose_malformed, "token_malformed", "The token is not well formed.",
        "It must be a compact JWS: three parts of base64url without padding, and a header and "
        "claims that are JSON objects in which no name stands twice.");
REFUSAL(jose_unsupported, "token_unsupported", "The token asks for what is not supported.",
        "Its alg must be that of the key it names, ES256 or EdDSA, and it must have no crit.");
REFUSAL(jose_unknown_key, "token_unknown_key", "The token was signed by a key that is not known.",
        "Its kid must name a key that is still in use. Get a new token.");
REFUSAL(jose_bad_signature, "token_bad_signature", "The token's signature is wrong.",
        "The token was changed, or not made by who is said to have made it.");
REFUSAL(jose_wrong_type, "token_wrong_type", "The token is of another kind.",
        "An access token has the typ at+jwt; an ID token is no access token.");
REFUSAL(jose_wrong_issuer, "token_wrong_issuer", "The token is from somebody else.",
        "Its iss must be this shop.");
REFUSAL(jose_wrong_audience, "token_wrong_audience", "The token is for somebody else.",
        "Its aud must name who it is shown to.");
REFUSAL(jose_expired, "token_expired", "The token has expired.", "Get a new one.");
REFUSAL(jose_not_yet, "token_not_yet_valid", "The token is not valid yet.",
        "Its nbf or iat is in the future: the clock of who made it may be wrong.");
REFUSAL(jose_bad_claims, "token_bad_claims", "The token lacks a claim, or one is wrong.",
        "Its claims must be there and of the right kind.");

const Error *const jose_errors[] = {
    &jose_too_long,      &jose_malformed,  &jose_unsupported,  &jose_unknown_key,
    &jose_bad_signature, &jose_wrong_type, &jose_wrong_issuer, &jose_wrong_audience,
    &jose_expired,       &jose_not_yet,    &jose_bad_claims,
};
const size_t jose_error_count = sizeof jose_errors / sizeof *jose_errors;

/* ---- Bytes ----------------------------------------------------------------------------------- */

enum { HALF = JOSE_SIGNATURE_BYTES / 2, DER_MAX = 80 };

static const char *digest_of(const JoseKey *key)
{
    return key->alg == JOSE_EDDSA ? NULL : "SHA2-256";
}

/* OpenSSL's ASN.1 into R and S of 32 bytes each. */
static void raw_of_der(const unsigned char *der, size_t n, unsigned char *out)
{
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)n);
    jose_must(pair != NULL);
    jose_must(BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, HALF) == HALF);
    jose_must(BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + HALF, HALF) == HALF);
    ECDSA_SIG_free(pair);
}

static size_t der_of_raw(const unsigned char *raw, unsigned char der[static DER_MAX])
{
    ECDSA_SIG *pair = ECDSA_SIG_new();
    jose_must(pair != NULL);
    jose_must(ECDSA_SIG_set0(pair, BN_bin2bn(raw, HALF, NULL), BN_bin2bn(raw + HALF, HALF, NULL)));
    int n = i2d_ECDSA_SIG(pair, &der);
    ECDSA_SIG_free(pair);
    jose_must(n > 0);
    return (size_t)n;
}

void jose_sign_bytes(const JoseKey *key, Str message,
                     unsigned char out[static JOSE_SIGNATURE_BYTES])
{
    assert(key->private);
    unsigned char made[DER_MAX];
    size_t n = sizeof made;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    jose_must(context != NULL);
    jose_must(EVP_DigestSignInit_ex(context, NULL, digest_of(key), NULL, NULL, key->pair, NULL));
    jose_must(EVP_DigestSign(context, made, &n, (const unsigned char *)message.p, message.n));
    EVP_MD_CTX_free(context);
    if (key->alg == JOSE_ES256) {
        raw_of_der(made, n, out);
        return;
    }
    assert(n == JOSE_SIGNATURE_BYTES);
    memcpy(out, made, n);
}

bool jose_signed_bytes(const JoseKey *key, Str message, Str signature)
{
    unsigned char der[DER_MAX];
    if (signature.n != JOSE_SIGNATURE_BYTES) return false;
    const unsigned char *bytes = (const unsigned char *)signature.p;
    size_t n = signature.n;
    if (key->alg == JOSE_ES256) {
        n = der_of_raw(bytes, der);
        bytes = der;
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    jose_must(context != NULL);
    jose_must(EVP_DigestVerifyInit_ex(context, NULL, digest_of(key), NULL, NULL, key->pair, NULL));
    bool good =
        EVP_DigestVerify(context, bytes, n, (const unsigned char *)message.p, message.n) == 1;
    EVP_MD_CTX_free(context);
    if (!good) ERR_clear_error();
    return good;
}

/* ---- Signing --------------------------------------------------------------------------------- */

static Str encoded(Arena *arena, Str bytes)
{
    return base64url_text(arena, (const unsigned char *)bytes.p, bytes.n);
}

Str jose_sign(Arena *arena, const JoseKey *key, const char *typ, Str claims)
{
    unsigned char signature[JOSE_SIGNATURE_BYTES];
    Buf head = buf_new(arena, JOSE_TOKEN_MAX);
    buf_format(&head, "{\"alg\":\"%s\",\"typ\":\"%s\",\"kid\":", jose_alg_names.names[key->alg],
               typ);
    json_write_str(&head, jose_key_id(key));
    buf_char(&head, '}');
    Str parts[] = {encoded(arena, buf_str(&head)), encoded(arena, claims), S("")};
    Str signing = str_join(arena, (StrList){parts, 2}, S("."));
    jose_sign_bytes(key, signing, signature);
    parts[2] = base64url_text(arena, signature, sizeof signature);
    return str_join(arena, (StrList){parts, 3}, S("."));
}

/* ---- Taking apart ---------------------------------------------------------------------------- */

typedef struct Header {
    Present present;
    Str alg, typ, kid;
    Json crit;
} Header;

/* Nullable, so that a null is seen: it is not the same as nothing. */
static const Type header_type = TYPE_WITH_ABSENCE(
    Header, "A JOSE header.", FIELD(Header, alg, "", .required = true, .nullable = true),
    FIELD(Header, typ, "", .nullable = true), FIELD(Header, kid, "", .nullable = true),
    FIELD(Header, crit, "", .nullable = true));

/* An object of the type; NULL when the text is no JSON, or a name stands twice, at any depth. */
static void *read_strictly(Arena *arena, const Type *type, Str text)
{
    Violations violations = violations_new(arena);
    Buf compact = buf_new(arena, SIZE_MAX / 4);
    if (!json_compact(text, &compact, &violations)) return NULL;
    return json_read(arena, type, text, JSON_CREATE | JSON_LENIENT, &violations);
}

static const Error *read_head(Arena *arena, Str text, JoseHead *out)
{
    const Header *header = read_strictly(arena, &header_type, text);
    if (!header || header->present.null) return &jose_malformed;
    if (IS_SET(&header_type, header, Header, crit)) return &jose_unsupported;
    bool typed = IS_SET(&header_type, header, Header, typ);
    bool named = IS_SET(&header_type, header, Header, kid);
    *out = (JoseHead){.alg = header->alg,
                      .typ = typed ? header->typ : (Str){0},
                      .kid = named ? header->kid : (Str){0}};
    return NULL;
}

const Error *jose_take_apart(Arena *arena, Str token, JoseParts *out)
{
    Str head, payload, signature, rest;
    if (token.n > JOSE_TOKEN_MAX) return &jose_too_long;
    bool three = str_cut(token, '.', &head, &rest) && str_cut(rest, '.', &payload, &signature);
    JoseParts parts = {.signing = str_slice(token, 0, head.n + 1 + payload.n)};
    if (!three || !base64url_parse(arena, head, &head) ||
        !base64url_parse(arena, payload, &parts.payload) ||
        !base64url_parse(arena, signature, &parts.signature))
        return &jose_malformed;
    const Error *error = read_head(arena, head, &parts.head);
    if (!error) *out = parts;
    return error;
}

/* ---- Claims ---------------------------------------------------------------------------------- */

typedef struct Registered {
    Present present;
    Str iss;
    Json aud;
    double exp, nbf, iat; /* NumericDate: seconds, perhaps with a fraction (RFC 7519 §2) */
} Registered;

static const Type registered_type = TYPE_WITH_ABSENCE(
    Registered, "Claims of RFC 7519.", FIELD(Registered, iss, "", .nullable = true),
    FIELD(Registered, aud, "", .nullable = true), FIELD(Registered, exp, "", .nullable = true),
    FIELD(Registered, nbf, "", .nullable = true), FIELD(Registered, iat, "", .nullable = true));

typedef struct Audience {
    Str one;
    StrList many;
} Audience;

static const Type audience_type =
    TYPE(Audience, "An aud.", FIELD(Audience, one, ""), FIELD(Audience, many, ""));

/* "aud" is a text or a list of texts (RFC 7519 §4.1.3). */
static bool is_for(Arena *arena, const JoseRules *rules, const Registered *said)
{
    Audience audience = {0};
    Violations violations = violations_new(arena);
    const Field *one = &audience_type.fields[0], *many = &audience_type.fields[1];
    if (!IS_SET(&registered_type, said, Registered, aud)) return false;
    if (json_read_value(arena, one, said->aud.text, JSON_CREATE, NULL, &audience.one, &violations))
        return str_eq(audience.one, rules->audience);
    violations = violations_new(arena);
    json_read_value(arena, many, said->aud.text, JSON_CREATE, NULL, &audience.many, &violations);
    for (size_t i = 0; i < audience.many.n; i++)
        if (str_eq(audience.many.items[i], rules->audience)) return true;
    return false;
}

/* Times are compared as doubles: 2^53 seconds are enough for everybody. */
static const Error *judge_times(const JoseRules *rules, bool may_be_expired, const Registered *said)
{
    double now = (double)rules->now.us / 1e6, leeway = (double)rules->leeway_s;
    if (!IS_SET(&registered_type, said, Registered, exp)) return &jose_bad_claims;
    if (!may_be_expired && now >= said->exp + leeway) return &jose_expired;
    if (IS_SET(&registered_type, said, Registered, nbf) && said->nbf > now + leeway)
        return &jose_not_yet;
    if (IS_SET(&registered_type, said, Registered, iat) && said->iat > now + leeway)
        return &jose_not_yet;
    return NULL;
}

const Error *jose_judge(Arena *arena, const JoseRules *rules, bool may_be_expired, Str payload,
                        const void **claims)
{
    const Registered *said = read_strictly(arena, &registered_type, payload);
    if (!said || said->present.null) return &jose_bad_claims;
    if (!IS_SET(&registered_type, said, Registered, iss) || !str_eq(said->iss, rules->issuer))
        return &jose_wrong_issuer;
    if (!is_for(arena, rules, said)) return &jose_wrong_audience;
    const Error *error = judge_times(rules, may_be_expired, said);
    if (error) return error;
    Violations violations = violations_new(arena);
    const void *read =
        json_read(arena, rules->claims, payload, JSON_CREATE | JSON_LENIENT, &violations);
    if (!read) return &jose_bad_claims;
    *claims = read;
    return NULL;
}

/* ---- Verifying ------------------------------------------------------------------------------- */

/* RFC 7515 §4.1.9: media types, compared without case, "application/" may be left out. */
static bool is_typed(Str typ, const char *wanted)
{
    Str prefix = S("application/");
    if (!typ.p) return false;
    if (str_eq_nocase(str_slice(typ, 0, prefix.n), prefix)) typ = str_slice(typ, prefix.n, typ.n);
    return str_eq_nocase(typ, str_from(wanted));
}

static const JoseKey *key_for(JoseKeys keys, const JoseHead *head)
{
    if (!head->kid.p) return keys.n == 1 ? keys.items[0] : NULL;
    for (size_t i = 0; i < keys.n; i++)
        if (str_eq(jose_key_id(keys.items[i]), head->kid)) return keys.items[i];
    return NULL;
}

static const Error *verify(Arena *arena, JoseKeys keys, const JoseRules *rules, bool may_be_expired,
                           Str token, const void **claims)
{
    JoseParts parts;
    unsigned alg;
    const Error *error = jose_take_apart(arena, token, &parts);
    if (error) return error;
    if (!enum_parse(&jose_alg_names, parts.head.alg, &alg)) return &jose_unsupported;
    const JoseKey *key = key_for(keys, &parts.head);
    if (!key) return &jose_unknown_key;
    if (alg != key->alg) return &jose_unsupported;
    if (!jose_signed_bytes(key, parts.signing, parts.signature)) return &jose_bad_signature;
    if (rules->typ && !is_typed(parts.head.typ, rules->typ)) return &jose_wrong_type;
    return jose_judge(arena, rules, may_be_expired, parts.payload, claims);
}

const void *jose_verify(Arena *arena, JoseKeys keys, const JoseRules *rules, Str token,
                        const Error **error)
{
    const void *claims = NULL;
    *error = verify(arena, keys, rules, false, token, &claims);
    return claims;
}

const void *jose_verify_expired(Arena *arena, JoseKeys keys, const JoseRules *rules, Str token,
                                const Error **error)
{
    const void *claims = NULL;
    *error = verify(arena, keys, rules, true, token, &claims);
    return claims;
}
