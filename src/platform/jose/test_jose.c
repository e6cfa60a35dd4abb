#include "platform/jose/key.h"

#include "base/hash.h"
#include "meta/json.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

/* RFC 7515, appendix A.3.1, and RFC 8037, appendix A.1. */
#define ES256_X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define ES256_Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define ES256_D "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"
#define ES256_JWK                                                                                  \
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" ES256_X "\",\"y\":\"" ES256_Y                     \
    "\",\"d\":\"" ES256_D "\"}"
#define EDDSA_X "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define EDDSA_JWK                                                                                  \
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\","  \
    "\"x\":\"" EDDSA_X "\"}"

typedef struct Claims {
    Str iss, sub;
    bool admin;
} Claims;

static const Type claims_type =
    TYPE(Claims, "", FIELD(Claims, iss, ""), FIELD(Claims, sub, "", .required = true),
         FIELD(Claims, admin, ""));

#define NOW_S 1800000000

typedef struct World {
    Arena *arena;
    JoseKey *keys[JOSE_ALGS];
    JoseRules rules;
} World;

static JoseKey *key_from(World *w, const char *jwk)
{
    Str why = S("");
    JoseKey *key = jose_key_read(w->arena, str_from(jwk), &why);
    if (!key) fail_msg("%s: %.*s", jwk, STR_ARG(why));
    return key;
}

static int setup(void **state)
{
    World *w = calloc(1, sizeof *w);
    w->arena = arena_new(65536);
    w->keys[JOSE_ES256] = key_from(w, ES256_JWK);
    w->keys[JOSE_EDDSA] = key_from(w, EDDSA_JWK);
    w->rules = (JoseRules){.typ = "at+jwt",
                           .issuer = S("https://shop.example"),
                           .audience = S("shop"),
                           .now = {(int64_t)NOW_S * 1000000},
                           .leeway_s = 5,
                           .claims = &claims_type};
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    World *w = *state;
    for (int i = 0; i < JOSE_ALGS; i++) jose_key_free(w->keys[i]);
    arena_free(w->arena);
    free(w);
    return 0;
}

static Str encoded(World *w, Str bytes)
{
    return base64url_text(w->arena, (const unsigned char *)bytes.p, bytes.n);
}

/* A token of any header and payload, well signed. */
static Str forge(World *w, const JoseKey *key, Str head, Str payload)
{
    unsigned char signature[JOSE_SIGNATURE_BYTES];
    Str parts[] = {encoded(w, head), encoded(w, payload), S("")};
    jose_sign_bytes(key, str_join(w->arena, (StrList){parts, 2}, S(".")), signature);
    parts[2] = encoded(w, (Str){(char *)signature, sizeof signature});
    return str_join(w->arena, (StrList){parts, 3}, S("."));
}

static const Error *judged_by(World *w, const JoseKey *key, Str token)
{
    const Error *error;
    const Claims *claims = jose_verify(w->arena, (JoseKeys){&key, 1}, &w->rules, token, &error);
    assert_true((claims == NULL) == (error != NULL));
    return error;
}

static void assert_refused(World *w, const Error *wanted, Str token)
{
    const Error *got = judged_by(w, w->keys[JOSE_ES256], token);
    if (got != wanted)
        fail_msg("%.*s: %s instead of %s", STR_ARG(token), got ? got->code : "taken",
                 wanted ? wanted->code : "taken");
}

/* ---- Published vectors ----------------------------------------------------------------------- */

#define RFC7515_A3                                                                                 \
    "eyJhbGciOiJFUzI1NiJ9."                                                                        \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl" \
    "fQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
#define RFC8037_A4                                                                                 \
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."                                    \
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"

static void signatures_of_the_rfcs_are_good(void **state)
{
    static const char *const tokens[] = {RFC7515_A3, RFC8037_A4};
    World *w = *state;
    for (int alg = 0; alg < JOSE_ALGS; alg++) {
        JoseParts parts;
        assert_null(jose_take_apart(w->arena, str_from(tokens[alg]), &parts));
        assert_true(jose_signed_bytes(w->keys[alg], parts.signing, parts.signature));
        assert_false(jose_signed_bytes(w->keys[alg], parts.payload, parts.signature));
        assert_false(jose_signed_bytes(w->keys[1 - alg], parts.signing, parts.signature));
    }
}

/* Ed25519 signs the same bytes the same way each time: RFC 8037, appendix A.4. */
static void eddsa_signs_as_the_rfc_does(void **state)
{
    World *w = *state;
    Str token =
        forge(w, w->keys[JOSE_EDDSA], S("{\"alg\":\"EdDSA\"}"), S("Example of Ed25519 signing"));
    assert_string_equal(str_z(w->arena, token), RFC8037_A4);
}

/* RFC 8037, appendix A.3. That of the EC key was computed with node's crypto module. */
static void thumbprints_are_those_of_rfc_7638(void **state)
{
    World *w = *state;
    assert_string_equal(str_z(w->arena, jose_thumbprint(w->arena, w->keys[JOSE_EDDSA])),
                        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert_string_equal(str_z(w->arena, jose_thumbprint(w->arena, w->keys[JOSE_ES256])),
                        "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static void keys_are_written_as_they_are_read(void **state)
{
    World *w = *state;
    for (int alg = 0; alg < JOSE_ALGS; alg++) {
        JoseKey *fresh[] = {jose_key_make((JoseAlg)alg), jose_key_make((JoseAlg)alg)};
        assert_false(str_eq(jose_key_id(fresh[0]), jose_key_id(fresh[1])));
        assert_true(str_eq(jose_key_id(fresh[0]), jose_thumbprint(w->arena, fresh[0])));
        JoseKey *private = key_from(w, str_z(w->arena, jose_jwk_private(w->arena, fresh[0])));
        JoseKey *public = key_from(w, str_z(w->arena, jose_jwk(w->arena, fresh[0])));
        assert_true(jose_key_is_private(private) && !jose_key_is_private(public));
        assert_int_equal(jose_key_alg(public), alg);
        assert_true(str_eq(jose_key_id(public), jose_key_id(fresh[0])));
        unsigned char signature[JOSE_SIGNATURE_BYTES];
        for (int i = 0; i < 50; i++) { /* R and S of ES256 have leading zeros now and then */
            Str message = str_format(w->arena, "%d", i);
            jose_sign_bytes(private, message, signature);
            assert_true(
                jose_signed_bytes(public, message, (Str){(char *)signature, sizeof signature}));
            assert_false(
                jose_signed_bytes(fresh[1], message, (Str){(char *)signature, sizeof signature}));
        }
        Str text = jose_jwk(w->arena, private);
        assert_int_equal(str_find(text, S("\"d\"")), text.n); /* a public half keeps the secret */
        for (int i = 0; i < 2; i++) jose_key_free(fresh[i]);
        jose_key_free(private);
        jose_key_free(public);
    }
}

static void sets_hold_public_halves(void **state)
{
    World *w = *state;
    const JoseKey *keys[] = {w->keys[0], w->keys[1]};
    Str set = jose_jwks(w->arena, (JoseKeys){keys, 2});
    Str expected =
        str_format(w->arena, "{\"keys\":[%.*s,%.*s]}", STR_ARG(jose_jwk(w->arena, keys[0])),
                   STR_ARG(jose_jwk(w->arena, keys[1])));
    assert_true(str_eq(set, expected));
    assert_string_equal(str_z(w->arena, jose_jwks(w->arena, (JoseKeys){NULL, 0})), "{\"keys\":[]}");
    assert_string_equal(str_z(w->arena, jose_jwk(w->arena, keys[1])),
                        "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"" EDDSA_X
                        "\",\"kid\":\"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k\","
                        "\"use\":\"sig\",\"alg\":\"EdDSA\"}");
}

static void what_is_no_key_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "[]",
        "{}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" ES256_X "\"}", /* without y */
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" ES256_Y "\",\"y\":\"" ES256_X
        "\"}", /* no point */
        "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" ES256_X "\",\"y\":\"" ES256_Y "\"}",
        "{\"kty\":\"OKP\",\"crv\":\"P-256\",\"x\":\"" ES256_X "\",\"y\":\"" ES256_Y "\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" ES256_X "\",\"y\":\"" ES256_Y
        "\",\"d\":\"" ES256_X "\"}", /* halves of two keys */
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" ES256_X "\",\"y\":\"" ES256_Y
        "\",\"d\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" ES256_X "\",\"y\":\"" ES256_Y
        "\",\"alg\":\"ES384\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" ES256_X "\",\"y\":\"" ES256_Y
        "\",\"use\":\"enc\"}",
        "{\"kty\":\"EC\",\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" ES256_X "\",\"y\":\"" ES256_Y
        "\"}", /* a name twice */
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" ES256_X "=\",\"y\":\"" ES256_Y "\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"g83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
        "\"y\":\"" ES256_Y "\"}",
        "{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcH\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" EDDSA_X "\",\"y\":\"" EDDSA_X "\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" EDDSA_X "\",\"d\":\"" EDDSA_X "\"}",
        "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" EDDSA_X "\"}",
    };
    World *w = *state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        Str why = S("");
        if (jose_key_read(w->arena, str_from(texts[i]), &why)) fail_msg("%s was read", texts[i]);
        assert_true(why.n > 0);
    }
    /* A name that is not known is fine, and a kid is kept. */
    JoseKey *key = key_from(w, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" EDDSA_X
                               "\",\"kid\":\"mine\",\"ext\":true,\"key_ops\":[\"verify\"]}");
    assert_true(str_eq(jose_key_id(key), S("mine")));
    assert_false(jose_key_is_private(key));
    jose_key_free(key);
    for (size_t i = 100; i <= 101; i++) { /* characters of two bytes each */
        Str why, jwk = str_format(w->arena, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" EDDSA_X
                                            "\",\"kid\":\"");
        for (size_t k = 0; k < i; k++) jwk = str_format(w->arena, "%.*sé", STR_ARG(jwk));
        key = jose_key_read(w->arena, str_format(w->arena, "%.*s\"}", STR_ARG(jwk)), &why);
        assert_true((key != NULL) == (i == 100));
        jose_key_free(key);
    }
}

/* ---- Tokens ---------------------------------------------------------------------------------- */

#define CLAIMS                                                                                     \
    "{\"iss\":\"https://shop.example\",\"aud\":\"shop\",\"exp\":1800000060,\"iat\":1800000000,"    \
    "\"sub\":\"user_1\",\"admin\":true,\"more\":{\"of\":[\"this\"]}}"

static void what_was_signed_is_taken(void **state)
{
    World *w = *state;
    for (int alg = 0; alg < JOSE_ALGS; alg++) {
        const JoseKey *keys[] = {w->keys[0], w->keys[1]};
        const Error *error;
        Str token = jose_sign(w->arena, w->keys[alg], "at+jwt", S(CLAIMS));
        const Claims *claims = jose_verify(w->arena, (JoseKeys){keys, 2}, &w->rules, token, &error);
        assert_null(error);
        assert_true(str_eq(claims->sub, S("user_1")) && claims->admin);
        assert_null(judged_by(w, w->keys[alg], token));
        assert_ptr_equal(judged_by(w, w->keys[1 - alg], token), &jose_unknown_key);
    }
}

static void a_changed_token_is_refused(void **state)
{
    World *w = *state;
    for (int alg = 0; alg < JOSE_ALGS; alg++) {
        Str token = jose_sign(w->arena, w->keys[alg], "at+jwt", S(CLAIMS));
        for (size_t i = 0; i < token.n; i++) {
            char *changed = str_z(w->arena, token);
            changed[i] = changed[i] == 'B' ? 'C' : 'B';
            assert_non_null(judged_by(w, w->keys[alg], (Str){changed, token.n}));
            assert_non_null(judged_by(w, w->keys[alg], str_slice(token, 0, i)));
            assert_non_null(judged_by(w, w->keys[alg], str_slice(token, i + 1, token.n)));
        }
    }
}

#define ES "{\"alg\":\"ES256\",\"typ\":\"at+jwt\""

typedef struct HeadCase {
    Str head;
    const Error *error;
} HeadCase;

static void headers_are_judged(void **state)
{
    const HeadCase cases[] = {
        {S(ES "}"), NULL},
        {S("{\"typ\":\"application/AT+JWT\",\"alg\":\"ES256\"}"), NULL},
        {S(ES ",\"jku\":\"https://evil.example\",\"jwk\":{}}"), NULL}, /* not looked at */
        {S("{\"alg\":\"none\",\"typ\":\"at+jwt\"}"), &jose_unsupported},
        {S("{\"alg\":\"NONE\",\"typ\":\"at+jwt\"}"), &jose_unsupported},
        {S("{\"alg\":\"es256\",\"typ\":\"at+jwt\"}"), &jose_unsupported},
        {S("{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}"), &jose_unsupported},
        {S("{\"alg\":\"ES384\",\"typ\":\"at+jwt\"}"), &jose_unsupported},
        {S("{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\"}"), &jose_unsupported}, /* of another key */
        {S("{\"typ\":\"at+jwt\"}"), &jose_malformed},
        {S("{\"alg\":null,\"typ\":\"at+jwt\"}"), &jose_malformed},
        {S("{\"alg\":[\"ES256\"],\"typ\":\"at+jwt\"}"), &jose_malformed},
        {S(ES ",\"crit\":[]}"), &jose_unsupported},
        {S(ES ",\"crit\":[\"exp\"],\"exp\":1}"), &jose_unsupported},
        {S(ES ",\"crit\":[\"b64\"],\"b64\":false}"), &jose_unsupported},
        {S(ES ",\"crit\":null}"), &jose_malformed},
        {S(ES ",\"alg\":\"ES256\"}"), &jose_malformed},
        {S(ES ",\"x\":{\"a\":1,\"a\":2}}"), &jose_malformed}, /* at any depth */
        {S(ES ",\"kid\":\"other\"}"), &jose_unknown_key},
        {S(ES ",\"kid\":\"\"}"), &jose_unknown_key},
        {S(ES ",\"kid\":5}"), &jose_malformed},
        {S(ES ",\"kid\":null}"), &jose_malformed},
        {S(ES "} "), NULL},
        {S(ES "}x"), &jose_malformed},
        {S("[]"), &jose_malformed},
        {S(""), &jose_malformed},
        {S("\xff"), &jose_malformed},
        {S("{\"alg\":\"ES256\"}"), &jose_wrong_type},
        {S("{\"alg\":\"ES256\",\"typ\":\"JWT\"}"), &jose_wrong_type},
        {S("{\"alg\":\"ES256\",\"typ\":\"at+jwt2\"}"), &jose_wrong_type},
        {S("{\"alg\":\"ES256\",\"typ\":\"application/application/at+jwt\"}"), &jose_wrong_type},
        {S("{\"alg\":\"ES256\",\"typ\":\"\"}"), &jose_wrong_type},
    };
    World *w = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(w, cases[i].error, forge(w, w->keys[JOSE_ES256], cases[i].head, S(CLAIMS)));
    w->rules.typ = NULL;
    assert_refused(w, NULL, forge(w, w->keys[JOSE_ES256], S("{\"alg\":\"ES256\"}"), S(CLAIMS)));
}

#define WHO "\"iss\":\"https://shop.example\",\"aud\":\"shop\",\"sub\":\"u\""

static void claims_are_judged(void **state)
{
    const HeadCase cases[] = {
        {S("{" WHO ",\"exp\":1800000001}"), NULL},
        {S("{" WHO ",\"exp\":1799999996}"), NULL}, /* within the leeway */
        {S("{" WHO ",\"exp\":1799999995.25}"), NULL},
        {S("{" WHO ",\"exp\":1799999995}"), &jose_expired},
        {S("{" WHO ",\"exp\":-1}"), &jose_expired},
        {S("{" WHO ",\"exp\":1e300}"), NULL},
        {S("{" WHO "}"), &jose_bad_claims},
        {S("{" WHO ",\"exp\":null}"), &jose_bad_claims},
        {S("{" WHO ",\"exp\":1800000001,\"nbf\":null}"), &jose_bad_claims},
        {S("{" WHO ",\"exp\":\"1800000001\"}"), &jose_bad_claims},
        {S("{" WHO ",\"exp\":1e999}"), &jose_bad_claims},
        {S("{" WHO ",\"exp\":1800000001,\"exp\":1900000000}"), &jose_bad_claims},
        {S("{" WHO ",\"exp\":1800000001,\"nbf\":1800000005,\"iat\":1800000005}"), NULL},
        {S("{" WHO ",\"exp\":1800000001,\"nbf\":1800000006}"), &jose_not_yet},
        {S("{" WHO ",\"exp\":1800000001,\"iat\":1800000006}"), &jose_not_yet},
        {S("{\"aud\":\"shop\",\"sub\":\"u\",\"exp\":1800000001}"), &jose_wrong_issuer},
        {S("{\"iss\":\"https://shop.example/\",\"aud\":\"shop\",\"exp\":1800000001}"),
         &jose_wrong_issuer},
        {S("{\"iss\":\"https://shop.example\",\"exp\":1800000001}"), &jose_wrong_audience},
        {S("{\"iss\":\"https://shop.example\",\"aud\":\"Shop\",\"exp\":1800000001}"),
         &jose_wrong_audience},
        {S("{\"iss\":\"https://shop.example\",\"aud\":[],\"exp\":1800000001}"),
         &jose_wrong_audience},
        {S("{\"iss\":\"https://shop.example\",\"aud\":[\"a\",5,\"shop\"],\"exp\":1800000001}"),
         &jose_wrong_audience},
        {S("{\"iss\":\"https://shop.example\",\"aud\":{\"shop\":1},\"exp\":1800000001}"),
         &jose_wrong_audience},
        {S("{\"iss\":\"https://shop.example\",\"aud\":[\"a\",\"shop\"],\"sub\":\"u\","
           "\"exp\":1800000001}"),
         NULL},
        {S("{\"iss\":\"https://shop.example\",\"aud\":\"shop\",\"exp\":1800000001}"),
         &jose_bad_claims}, /* without sub */
        {S("{" WHO ",\"exp\":1800000001,\"admin\":\"yes\"}"), &jose_bad_claims},
        {S("{" WHO ",\"exp\":1800000001,\"x\":[{\"y\":1,\"y\":1}]}"), &jose_bad_claims},
        {S("Example of Ed25519 signing"), &jose_bad_claims},
        {S("[]"), &jose_bad_claims},
        {S(""), &jose_bad_claims},
    };
    World *w = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(w, cases[i].error, forge(w, w->keys[JOSE_ES256], S(ES "}"), cases[i].head));
}

static void a_hint_may_have_expired(void **state)
{
    World *w = *state;
    const JoseKey *key = w->keys[JOSE_ES256];
    const Error *error;
    Str old = forge(w, key, S(ES "}"), S("{" WHO ",\"exp\":1700000000}"));
    assert_refused(w, &jose_expired, old);
    const Claims *claims =
        jose_verify_expired(w->arena, (JoseKeys){&key, 1}, &w->rules, old, &error);
    assert_null(error);
    assert_true(str_eq(claims->sub, S("u")));
    Str foreign = forge(w, key, S(ES "}"), S("{\"iss\":\"x\",\"aud\":\"shop\",\"exp\":1}"));
    assert_null(jose_verify_expired(w->arena, (JoseKeys){&key, 1}, &w->rules, foreign, &error));
    assert_ptr_equal(error, &jose_wrong_issuer);
}

static void shapes_are_judged(void **state)
{
    World *w = *state;
    Str token = forge(w, w->keys[JOSE_ES256], S(ES "}"), S(CLAIMS)), head, payload, signature;
    Str rest;
    str_cut(token, '.', &head, &rest);
    str_cut(rest, '.', &payload, &signature);
    assert_refused(w, NULL, token);
    const Str malformed[] = {
        S(""),
        S("."),
        S(".."),
        S("..."),
        head,
        rest,
        str_format(w->arena, "%.*s.", STR_ARG(token)),
        str_format(w->arena, "%.*s.x", STR_ARG(token)),
        str_format(w->arena, " %.*s", STR_ARG(token)),
        str_format(w->arena, "%.*s\n", STR_ARG(token)),
        str_format(w->arena, "%.*s=", STR_ARG(token)),
        str_format(w->arena, "%.*s==.%.*s.%.*s", STR_ARG(head), STR_ARG(payload),
                   STR_ARG(signature)),
        str_format(w->arena, "%.*s.%.*s\r\n.%.*s", STR_ARG(head), STR_ARG(payload),
                   STR_ARG(signature)),
        str_format(w->arena, "%.*s.%.*s+.%.*s", STR_ARG(head), STR_ARG(payload),
                   STR_ARG(signature)),
    };
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++)
        assert_refused(w, &jose_malformed, malformed[i]);
    /* The last letter of a signature of 64 bytes has four bits that mean nothing: they must be 0. */
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *other = str_z(w->arena, token);
    size_t value = (size_t)(strchr(letters, other[token.n - 1]) - letters);
    assert_int_equal(value & 15, 0);
    other[token.n - 1] = letters[value | 1];
    assert_refused(w, &jose_malformed, (Str){other, token.n});
    /* Nothing signed, and signatures of no or of another length. */
    assert_refused(w, &jose_bad_signature, str_slice(token, 0, token.n - signature.n));
    Str longer = encoded(w, (Str){arena_zalloc(w->arena, 96, 1, 1), 96});
    assert_refused(
        w, &jose_bad_signature,
        str_format(w->arena, "%.*s.%.*s.%.*s", STR_ARG(head), STR_ARG(payload), STR_ARG(longer)));
}

static void long_tokens_are_not_looked_at(void **state)
{
    World *w = *state;
    Str head = S(ES "}");
    Buf payload = buf_new(w->arena, JOSE_TOKEN_MAX);
    buf_lit(&payload, "{" WHO ",\"exp\":1800000001}");
    Str token = forge(w, w->keys[JOSE_ES256], head, buf_str(&payload));
    while (token.n <= JOSE_TOKEN_MAX) {
        assert_refused(w, NULL, token);
        for (int i = 0; i < 500; i++) buf_char(&payload, ' ');
        token = forge(w, w->keys[JOSE_ES256], head, buf_str(&payload));
    }
    assert_refused(w, &jose_too_long, token);
}

/* A signature of zeros or of the order fits every message where the numbers are not checked
 * (CVE-2022-21449). */
static void empty_numbers_sign_nothing(void **state)
{
    World *w = *state;
    static const unsigned char order[32] = {0xff, 0xff, 0xff, 0xff, 0,    0,    0,    0,
                                            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                            0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
                                            0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
    char numbers[2][JOSE_SIGNATURE_BYTES] = {{0}};
    memcpy(numbers[1], order, 32), memcpy(numbers[1] + 32, order, 32);
    for (int alg = 0; alg < JOSE_ALGS; alg++)
        for (int i = 0; i < 2; i++)
            assert_false(jose_signed_bytes(w->keys[alg], S("message"),
                                           (Str){numbers[i], JOSE_SIGNATURE_BYTES}));
}

/* The public key as the secret of an HMAC: there is no HMAC to be confused with. */
static void a_public_key_is_no_secret(void **state)
{
    World *w = *state;
    unsigned char mac[SHA256_BYTES];
    unsigned length;
    Str jwk = jose_jwk(w->arena, w->keys[JOSE_ES256]);
    Str parts[] = {encoded(w, S("{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}")), encoded(w, S(CLAIMS)),
                   S("")};
    Str signing = str_join(w->arena, (StrList){parts, 2}, S("."));
    assert_non_null(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, jwk.p, jwk.n,
                              (const unsigned char *)signing.p, signing.n, mac, sizeof mac,
                              &(size_t){0}));
    length = sizeof mac;
    parts[2] = encoded(w, (Str){(char *)mac, length});
    assert_refused(w, &jose_unsupported, str_join(w->arena, (StrList){parts, 3}, S(".")));
}

/* Which of several keys is meant must be said. */
static void keys_are_not_tried_in_turn(void **state)
{
    World *w = *state;
    const Error *error;
    const JoseKey *keys[] = {w->keys[0], w->keys[1]};
    Str token = forge(w, w->keys[JOSE_ES256], S(ES "}"), S(CLAIMS));
    assert_null(jose_verify(w->arena, (JoseKeys){keys, 2}, &w->rules, token, &error));
    assert_ptr_equal(error, &jose_unknown_key);
    assert_null(jose_verify(w->arena, (JoseKeys){keys, 0}, &w->rules, token, &error));
    assert_ptr_equal(error, &jose_unknown_key);
}

static void refusals_are_listed(void **state)
{
    (void)state;
    assert_true(jose_error_count == 11);
    for (size_t i = 0; i < jose_error_count; i++) {
        assert_int_equal(jose_errors[i]->status, 401);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(jose_errors[i]->code, jose_errors[k]->code);
    }
}

/* ---- Many at once ---------------------------------------------------------------------------- */

static void *sign_and_verify(void *arg)
{
    const World *w = arg;
    Arena *arena = arena_new(65536);
    for (int i = 0; i < 20; i++) {
        const JoseKey *key = w->keys[i % JOSE_ALGS];
        const Error *error;
        Str token = jose_sign(arena, key, "at+jwt", S(CLAIMS));
        if (!jose_verify(arena, (JoseKeys){&key, 1}, &w->rules, token, &error)) abort();
        arena_reset(arena);
    }
    arena_free(arena);
    return NULL;
}

static void threads_share_keys(void **state)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sign_and_verify, *state), 0);
    for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
}

#define WITH_KEYS(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_KEYS(signatures_of_the_rfcs_are_good),
        WITH_KEYS(eddsa_signs_as_the_rfc_does),
        WITH_KEYS(thumbprints_are_those_of_rfc_7638),
        WITH_KEYS(keys_are_written_as_they_are_read),
        WITH_KEYS(sets_hold_public_halves),
        WITH_KEYS(what_is_no_key_is_refused),
        WITH_KEYS(what_was_signed_is_taken),
        WITH_KEYS(a_changed_token_is_refused),
        WITH_KEYS(headers_are_judged),
        WITH_KEYS(claims_are_judged),
        WITH_KEYS(a_hint_may_have_expired),
        WITH_KEYS(shapes_are_judged),
        WITH_KEYS(long_tokens_are_not_looked_at),
        WITH_KEYS(empty_numbers_sign_nothing),
        WITH_KEYS(a_public_key_is_no_secret),
        WITH_KEYS(keys_are_not_tried_in_turn),
        WITH_KEYS(refusals_are_listed),
        WITH_KEYS(threads_share_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
