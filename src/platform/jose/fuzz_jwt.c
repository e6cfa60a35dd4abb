/* Any bytes as a token, as a key, and as claims that were signed: nothing may crash, nothing that was
 * not signed is taken, claims are what another reader of JSON finds in them, and a key that was read is
 * written as one that is read again. */
#include "platform/jose/key.h"

#include "meta/json.h"

#include <assert.h>
#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Claims {
    Str iss, sub, client_id;
    double exp;
    StrList roles;
} Claims;

static const Type claims_type =
    TYPE(Claims, "", FIELD(Claims, iss, ""), FIELD(Claims, sub, "", .required = true),
         FIELD(Claims, client_id, ""), FIELD(Claims, exp, ""), FIELD(Claims, roles, ""));

static const JoseRules rules = {.typ = "at+jwt",
                                .issuer = {"i", 1},
                                .audience = {"a", 1},
                                .now = {INT64_C(1800000000000000)},
                                .leeway_s = 5,
                                .claims = &claims_type};

/* Made anew for each process: nobody has signed by them. */
static const JoseKey *keys[JOSE_ALGS];

static void as_token(Arena *arena, Str text)
{
    const Error *error;
    const void *claims = jose_verify(arena, (JoseKeys){keys, JOSE_ALGS}, &rules, text, &error);
    assert(!claims && error);
    for (int alg = 0; alg < JOSE_ALGS; alg++) {
        claims = jose_verify(arena, (JoseKeys){&keys[alg], 1}, &rules, text, &error);
        assert(!claims && error);
    }
    JoseParts parts;
    if (jose_take_apart(arena, text, &parts)) return;
    assert(parts.signing.n < text.n && parts.head.alg.p);
}

static bool is_str(const json_t *value, Str text)
{
    return json_is_string(value) &&
           str_eq((Str){json_string_value(value), json_string_length(value)}, text);
}

/* Nobody who was not meant, and not before or after its time, as jansson reads the claims. */
static void check_claims(Str text, const Claims *taken)
{
    double now = (double)rules.now.us / 1e6, leeway = (double)rules.leeway_s;
    json_t *said =
        json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, NULL);
    assert(json_is_object(said));
    const json_t *audience = json_object_get(said, "aud");
    bool meant = is_str(audience, rules.audience);
    for (size_t i = 0; i < json_array_size(audience); i++)
        meant |= is_str(json_array_get(audience, i), rules.audience);
    assert(meant && is_str(json_object_get(said, "iss"), rules.issuer));
    assert(is_str(json_object_get(said, "sub"), taken->sub));
    assert(json_real_value(json_object_get(said, "exp")) + leeway > now);
    assert(json_real_value(json_object_get(said, "nbf")) <= now + leeway);
    assert(json_real_value(json_object_get(said, "iat")) <= now + leeway);
    json_decref(said);
}

static void as_claims(Arena *arena, Str text)
{
    const void *claims = NULL;
    const Error *error = jose_judge(arena, &rules, false, text, &claims);
    assert((claims == NULL) == (error != NULL));
    if (error) return;
    check_claims(text, claims);
    assert(!jose_judge(arena, &rules, true, text, &claims));
}

static void as_key(Arena *arena, Str text)
{
    Str why;
    JoseKey *key = jose_key_read(arena, text, &why);
    if (!key) return;
    JoseKey *again = jose_key_read(arena, jose_jwk(arena, key), &why);
    assert(again && !jose_key_is_private(again));
    assert(str_eq(jose_thumbprint(arena, key), jose_thumbprint(arena, again)));
    assert(str_eq(jose_key_id(key), jose_key_id(again)));
    jose_key_free(again);
    if (jose_key_is_private(key)) {
        again = jose_key_read(arena, jose_jwk_private(arena, key), &why);
        assert(again && jose_key_is_private(again));
        jose_key_free(again);
    }
    jose_key_free(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(1 << 16);
    Str text = {(const char *)data, size};
    for (int alg = 0; alg < JOSE_ALGS; alg++)
        if (!keys[alg]) keys[alg] = jose_key_make((JoseAlg)alg);
    as_token(arena, text);
    as_claims(arena, text);
    as_key(arena, text);
    arena_free(arena);
    return 0;
}
