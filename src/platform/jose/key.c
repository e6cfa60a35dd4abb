/* Keys and their JSON form.
 *
 * A JWK is taken only when all that it says fits together: kty, crv, alg and use, coordinates of the
 * full length (RFC 7518 §6.2.1.2), a point that lies on the curve, a private half that belongs to the
 * public one. A key that is half wrong is somebody's mistake or somebody's attack. */
#include "platform/jose/key.h"

#include "base/hash.h"
#include "meta/json.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const alg_names[] = {"ES256", "EdDSA"};
const EnumNames jose_alg_names = {alg_names, JOSE_ALGS, NULL};
static const char *const curves[] = {"P-256", "Ed25519"};
static const char *const kinds[] = {"EC", "OKP"};

enum { COORDINATE = 32, POINT = 1 + 2 * COORDINATE };

void jose_must(int ok)
{
    static const char text[] = "souk: OpenSSL failed\n";
    if (ok > 0) return;
    ssize_t n = write(STDERR_FILENO, text, sizeof text - 1);
    (void)n;
    abort();
}

/* ---- The numbers of a key -------------------------------------------------------------------- */

typedef struct Numbers {
    unsigned char x[COORDINATE], y[COORDINATE], d[COORDINATE]; /* y: of ES256 only */
} Numbers;

static void get_public(const JoseKey *key, Numbers *out)
{
    size_t n;
    unsigned char point[POINT];
    if (key->alg == JOSE_EDDSA) {
        n = sizeof out->x;
        jose_must(EVP_PKEY_get_raw_public_key(key->pair, out->x, &n));
        return;
    }
    jose_must(EVP_PKEY_get_octet_string_param(key->pair, OSSL_PKEY_PARAM_PUB_KEY, point,
                                              sizeof point, &n));
    assert(n == POINT && point[0] == POINT_CONVERSION_UNCOMPRESSED);
    memcpy(out->x, point + 1, COORDINATE);
    memcpy(out->y, point + 1 + COORDINATE, COORDINATE);
}

static void get_private(const JoseKey *key, Numbers *out)
{
    size_t n = sizeof out->d;
    BIGNUM *d = NULL;
    if (key->alg == JOSE_EDDSA) {
        jose_must(EVP_PKEY_get_raw_private_key(key->pair, out->d, &n));
        return;
    }
    jose_must(EVP_PKEY_get_bn_param(key->pair, OSSL_PKEY_PARAM_PRIV_KEY, &d));
    jose_must(BN_bn2binpad(d, out->d, COORDINATE) == COORDINATE);
    BN_clear_free(d);
}

/* ---- Making ---------------------------------------------------------------------------------- */

static JoseKey *key_of(JoseAlg alg, EVP_PKEY *pair, bool private, Str kid)
{
    JoseKey *key = calloc(1, sizeof *key);
    jose_must(key != NULL);
    *key = (JoseKey){.alg = alg, .pair = pair, .private = private};
    if (!kid.n) {
        Arena *arena = arena_new(1024);
        kid = jose_thumbprint(arena, key);
        memcpy(key->kid, kid.p, kid.n);
        arena_free(arena);
    } else {
        memcpy(key->kid, kid.p, kid.n);
    }
    key->kid_length = kid.n;
    return key;
}

JoseKey *jose_key_make(JoseAlg alg)
{
    EVP_PKEY *pair = alg == JOSE_EDDSA ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
                                       : EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    jose_must(pair != NULL);
    return key_of(alg, pair, true, S(""));
}

void jose_key_free(JoseKey *key)
{
    if (!key) return;
    EVP_PKEY_free(key->pair); /* overwrites the private half */
    free(key);
}

JoseAlg jose_key_alg(const JoseKey *key)
{
    return key->alg;
}

bool jose_key_is_private(const JoseKey *key)
{
    return key->private;
}

Str jose_key_id(const JoseKey *key)
{
    return (Str){key->kid, key->kid_length};
}

/* ---- Reading --------------------------------------------------------------------------------- */

typedef struct Jwk {
    Str kty, crv, x, y, d, alg, use, kid;
} Jwk;

static const Type jwk_type =
    TYPE(Jwk, "A JSON Web Key.", FIELD(Jwk, kty, "", .required = true),
         FIELD(Jwk, crv, "", .required = true), FIELD(Jwk, x, "", .required = true),
         FIELD(Jwk, y, ""), FIELD(Jwk, d, "", .secret = true), FIELD(Jwk, alg, ""),
         FIELD(Jwk, use, ""), FIELD(Jwk, kid, ""));

static bool read_number(Arena *arena, Str text, unsigned char out[static COORDINATE])
{
    Str bytes;
    if (!base64url_parse(arena, text, &bytes) || bytes.n != COORDINATE) return false;
    memcpy(out, bytes.p, COORDINATE);
    return true;
}

/* NULL when the point is not on the curve, or the halves do not belong together. */
static EVP_PKEY *pair_of_p256(const Numbers *numbers, bool private)
{
    unsigned char point[POINT] = {POINT_CONVERSION_UNCOMPRESSED};
    memcpy(point + 1, numbers->x, COORDINATE);
    memcpy(point + 1 + COORDINATE, numbers->y, COORDINATE);
    EVP_PKEY *pair = NULL;
    BIGNUM *d = private ? BN_bin2bn(numbers->d, COORDINATE, NULL) : NULL;
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    jose_must(build != NULL);
    jose_must(OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0));
    jose_must(
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point));
    if (d) jose_must(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, d));
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    jose_must(params != NULL && context != NULL);
    jose_must(EVP_PKEY_fromdata_init(context));
    int selection = private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
    if (EVP_PKEY_fromdata(context, &pair, selection, params) <= 0) pair = NULL;
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    BN_clear_free(d);
    return pair;
}

static bool p256_is_sound(EVP_PKEY *pair, bool private)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pair, NULL);
    jose_must(context != NULL);
    bool sound = private ? EVP_PKEY_check(context) > 0 : EVP_PKEY_public_check(context) > 0;
    EVP_PKEY_CTX_free(context);
    return sound;
}

static EVP_PKEY *pair_of_ed25519(const Numbers *numbers, bool private)
{
    unsigned char x[COORDINATE];
    size_t n = sizeof x;
    if (!private)
        return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, numbers->x, COORDINATE);
    EVP_PKEY *pair = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, numbers->d, COORDINATE);
    if (!pair) return NULL;
    jose_must(EVP_PKEY_get_raw_public_key(pair, x, &n));
    if (memcmp(x, numbers->x, COORDINATE) == 0) return pair;
    EVP_PKEY_free(pair);
    return NULL;
}

static EVP_PKEY *pair_of(JoseAlg alg, const Numbers *numbers, bool private)
{
    if (alg == JOSE_EDDSA) return pair_of_ed25519(numbers, private);
    EVP_PKEY *pair = pair_of_p256(numbers, private);
    if (!pair || p256_is_sound(pair, private)) return pair;
    EVP_PKEY_free(pair);
    return NULL;
}

static bool alg_of(const Jwk *jwk, JoseAlg *out)
{
    for (int alg = 0; alg < JOSE_ALGS; alg++) {
        if (!str_eq(jwk->kty, str_from(kinds[alg])) || !str_eq(jwk->crv, str_from(curves[alg])))
            continue;
        *out = (JoseAlg)alg;
        return true;
    }
    return false;
}

static JoseKey *read_jwk(Arena *arena, const Jwk *jwk, Str *why)
{
    JoseAlg alg;
    Numbers numbers = {0};
    bool private = jwk->d.n > 0;
    if (jwk->kid.n > JOSE_KID_MAX) {
        *why = S("its kid is too long");
        return NULL;
    }
    if (!alg_of(jwk, &alg)) {
        *why = S("only EC keys on P-256 and OKP keys on Ed25519 are taken");
        return NULL;
    }
    if ((jwk->alg.n && !str_eq(jwk->alg, str_from(alg_names[alg]))) ||
        (jwk->use.n && !str_eq(jwk->use, S("sig")))) {
        *why = S("the key is for something else, by its alg or use");
        return NULL;
    }
    bool whole = read_number(arena, jwk->x, numbers.x) &&
                 (alg == JOSE_EDDSA ? !jwk->y.n : read_number(arena, jwk->y, numbers.y)) &&
                 (!private || read_number(arena, jwk->d, numbers.d));
    EVP_PKEY *pair = whole ? pair_of(alg, &numbers, private) : NULL;
    explicit_bzero(&numbers, sizeof numbers);
    ERR_clear_error();
    if (pair) return key_of(alg, pair, private, jwk->kid);
    *why = S("its numbers are no key");
    return NULL;
}

JoseKey *jose_key_read(Arena *arena, Str text, Str *why)
{
    Violations violations = violations_new(arena);
    Buf compact = buf_new(arena, 2 * JOSE_JWK_MAX);
    if (text.n > JOSE_JWK_MAX) {
        *why = S("it is too long for a key");
        return NULL;
    }
    /* Names that stand twice are refused (RFC 7517 §4), those that are not known here too. */
    bool whole = json_compact(text, &compact, &violations);
    const Jwk *jwk =
        whole ? json_read(arena, &jwk_type, text, JSON_CREATE | JSON_LENIENT, &violations) : NULL;
    if (jwk) return read_jwk(arena, jwk, why);
    *why = S("it is no JSON Web Key");
    return NULL;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static void member(Buf *out, const char *name, Str value)
{
    buf_format(out, "%s\"%s\":", out->p[out->n - 1] == '{' ? "" : ",", name);
    json_write_str(out, value);
}

static void number(Buf *out, const char *name, const unsigned char bytes[static COORDINATE])
{
    char text[BASE64URL_LENGTH(COORDINATE)];
    base64url_write(text, bytes, COORDINATE);
    member(out, name, (Str){text, sizeof text});
    explicit_bzero(text, sizeof text);
}

/* The members that make the key what it is, in the order of their names and without blanks: what
 * RFC 7638 wants hashed. */
static void write_required(Buf *out, const JoseKey *key)
{
    Numbers numbers;
    get_public(key, &numbers);
    buf_char(out, '{');
    member(out, "crv", str_from(curves[key->alg]));
    member(out, "kty", str_from(kinds[key->alg]));
    number(out, "x", numbers.x);
    if (key->alg == JOSE_ES256) number(out, "y", numbers.y);
}

Str jose_thumbprint(Arena *arena, const JoseKey *key)
{
    unsigned char hash[SHA256_BYTES];
    Buf out = buf_new(arena, JOSE_JWK_MAX);
    write_required(&out, key);
    buf_char(&out, '}');
    hash_sha256(buf_str(&out), hash);
    return base64url_text(arena, hash, sizeof hash);
}

static void write_public(Buf *out, const JoseKey *key)
{
    write_required(out, key);
    member(out, "kid", jose_key_id(key));
    member(out, "use", S("sig"));
    member(out, "alg", str_from(alg_names[key->alg]));
}

Str jose_jwk(Arena *arena, const JoseKey *key)
{
    Buf out = buf_new(arena, JOSE_JWK_MAX);
    write_public(&out, key);
    buf_char(&out, '}');
    return buf_str(&out);
}

Str jose_jwk_private(Arena *arena, const JoseKey *key)
{
    assert(key->private);
    Numbers numbers;
    Buf out = buf_new(arena, JOSE_JWK_MAX);
    write_public(&out, key);
    get_private(key, &numbers);
    number(&out, "d", numbers.d);
    explicit_bzero(&numbers, sizeof numbers);
    buf_char(&out, '}');
    return buf_str(&out);
}

Str jose_jwks(Arena *arena, JoseKeys keys)
{
    Buf out = buf_new(arena, 32 + keys.n * JOSE_JWK_MAX);
    buf_lit(&out, "{\"keys\":[");
    for (size_t i = 0; i < keys.n; i++) {
        if (i) buf_char(&out, ',');
        write_public(&out, keys.items[i]);
        buf_char(&out, '}');
    }
    buf_lit(&out, "]}");
    return buf_str(&out);
}
