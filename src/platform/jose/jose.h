/* Signed tokens: JWT (RFC 7519) as compact JWS (RFC 7515), signed by ES256 or EdDSA (RFC 7518, 8037),
 * judged as RFC 8725 wants it. See docs/internals/tokens.md.
 *
 * A key has one algorithm, and what a token says of its algorithm is only compared with it: there is
 * no "none", and no key that could be taken for another kind of key. What a token brings along to be
 * verified by (jwk, jku, x5u, x5c) is not looked at. Encryption (JWE) is not here, on purpose.
 *
 * Keys may be used by several threads at once. */
#ifndef PLATFORM_JOSE_JOSE_H
#define PLATFORM_JOSE_JOSE_H

#include "base/error.h"
#include "base/time.h"
#include "meta/type.h"

typedef enum JoseAlg {
    JOSE_ES256, /* ECDSA on P-256 with SHA-256 */
    JOSE_EDDSA, /* Ed25519 */
} JoseAlg;

enum { JOSE_ALGS = JOSE_EDDSA + 1 };

/* "ES256", "EdDSA". */
extern const EnumNames jose_alg_names;

typedef struct JoseKey JoseKey;

typedef struct JoseKeys {
    const JoseKey *const *items;
    size_t n;
} JoseKeys;

enum {
    JOSE_TOKEN_MAX = 8192, /* bytes; ours have some 600, and a head has 16 KiB for all its fields */
    JOSE_JWK_MAX = 4096,   /* an elliptic key has some 300 */
    JOSE_KID_MAX = 200,    /* bytes of a name that somebody else chose */
    JOSE_SIGNATURE_BYTES = 64, /* of both algorithms */
};

/* ---- Keys ------------------------------------------------------------------------------------ */

JoseKey *jose_key_make(JoseAlg alg); /* a new pair; ends with jose_key_free */

/* A key from the text of its JWK (RFC 7517): of kty EC with crv P-256, or OKP with crv Ed25519; public, or
 * private when it has a "d". NULL, and *why in `arena`, when it is none or contradicts itself. */
JoseKey *jose_key_read(Arena *arena, Str text, Str *why);
void jose_key_free(JoseKey *key); /* NULL is fine */

JoseAlg jose_key_alg(const JoseKey *key);
bool jose_key_is_private(const JoseKey *key);

/* Its "kid": as it was read, else its thumbprint. Valid as long as the key. */
Str jose_key_id(const JoseKey *key);

/* RFC 7638 with SHA-256: 43 characters that follow from the public key alone. */
Str jose_thumbprint(Arena *arena, const JoseKey *key);

Str jose_jwk(Arena *arena, const JoseKey *key);         /* the public half */
Str jose_jwk_private(Arena *arena, const JoseKey *key); /* all of it: to be sealed by the vault */
Str jose_jwks(Arena *arena, JoseKeys keys);             /* {"keys":[…]}, public halves */

/* ---- Bytes ----------------------------------------------------------------------------------- */

/* By a private key: R and S (ES256, RFC 7518 §3.4) or what RFC 8032 says (EdDSA). */
void jose_sign_bytes(const JoseKey *key, Str message,
                     unsigned char out[static JOSE_SIGNATURE_BYTES]);
bool jose_signed_bytes(const JoseKey *key, Str message, Str signature);

/* ---- Tokens ---------------------------------------------------------------------------------- */

/* The token of these claims (a JSON object) and this "typ" ("at+jwt"). */
Str jose_sign(Arena *arena, const JoseKey *key, const char *typ, Str claims);

/* What a token must say to be taken. */
typedef struct JoseRules {
    const char *typ; /* must be its "typ" (RFC 8725 §3.11); NULL: it may have any, or none */
    Str issuer;      /* must be its "iss" */
    Str audience;    /* must be, or be among, its "aud" */
    Time now;
    int64_t leeway_s;   /* by which clocks may differ */
    const Type *claims; /* what else it says, and how; unknown claims are ignored */
} JoseRules;

/* The token's claims as a new object of rules->claims in `arena`, when it was signed by one of the
 * keys and says what it must; "exp" must be there, and "nbf" and "iat", where they are, must not be
 * in the future. Else NULL, and *error is one of jose_errors. */
const void *jose_verify(Arena *arena, JoseKeys keys, const JoseRules *rules, Str token,
                        const Error **error);

/* The same for a token that is a hint and no proof (OpenID's id_token_hint): it may have expired. */
const void *jose_verify_expired(Arena *arena, JoseKeys keys, const JoseRules *rules, Str token,
                                const Error **error);

extern const Error jose_too_long, jose_malformed, jose_unsupported, jose_unknown_key,
    jose_bad_signature, jose_wrong_type, jose_wrong_issuer, jose_wrong_audience, jose_expired,
    jose_not_yet, jose_bad_claims;
extern const Error *const jose_errors[];
extern const size_t jose_error_count;

#endif
