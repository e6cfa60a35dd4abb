/* Our tokens and keys on a command line, for a peer of another language (jose.mjs):
 *
 *     jose_peer make ALG                                      a new pair: its id, private and public JWK
 *     jose_peer sign PRIVATE-JWK TYP CLAIMS                   a token
 *     jose_peer verify TYP ISSUER AUDIENCE NOW TOKEN JWK…     its "sub", or why it is refused
 *
 * NOW is in seconds; an empty TYP is any. Ends with 0 whatever the verdict, with 2 when it was not
 * asked well. */
#include "platform/jose/jose.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct Claims {
    Str sub;
} Claims;

static const Type claims_type =
    TYPE(Claims, "What is read.", FIELD(Claims, sub, "Who.", .required = true));

static int complain(Str why)
{
    fprintf(stderr, "jose_peer: %.*s\n", STR_ARG(why));
    return 2;
}

static int make(Arena *arena, char **words)
{
    unsigned alg;
    if (!enum_parse(&jose_alg_names, str_from(words[0]), &alg)) return complain(S("which ALG?"));
    JoseKey *key = jose_key_make((JoseAlg)alg);
    printf("%.*s\n%.*s\n%.*s\n", STR_ARG(jose_key_id(key)), STR_ARG(jose_jwk_private(arena, key)),
           STR_ARG(jose_jwk(arena, key)));
    jose_key_free(key);
    return 0;
}

static int sign(Arena *arena, char **words)
{
    Str why;
    JoseKey *key = jose_key_read(arena, str_from(words[0]), &why);
    if (!key) return complain(why);
    printf("%.*s\n", STR_ARG(jose_sign(arena, key, words[1], str_from(words[2]))));
    jose_key_free(key);
    return 0;
}

static int verify(Arena *arena, char **words, int n)
{
    int keys = n - 5;
    JoseKey **read = NEW_N(arena, JoseKey *, (size_t)keys);
    for (int i = 0; i < keys; i++) {
        Str why;
        read[i] = jose_key_read(arena, str_from(words[5 + i]), &why);
        if (!read[i]) return complain(why);
    }
    const JoseRules rules = {.typ = *words[0] ? words[0] : NULL,
                             .issuer = str_from(words[1]),
                             .audience = str_from(words[2]),
                             .now = {strtoll(words[3], NULL, 10) * 1000000},
                             .claims = &claims_type};
    const Error *error;
    const JoseKeys set = {(const JoseKey *const *)read, (size_t)keys};
    const Claims *claims = jose_verify(arena, set, &rules, str_from(words[4]), &error);
    if (claims)
        printf("sub %.*s\n", STR_ARG(claims->sub));
    else
        printf("%s\n", error->code);
    for (int i = 0; i < keys; i++) jose_key_free(read[i]);
    return 0;
}

static int run(Arena *arena, int n, char **words)
{
    Str verb = n ? str_from(words[0]) : S("");
    if (str_eq(verb, S("make")) && n == 2) return make(arena, words + 1);
    if (str_eq(verb, S("sign")) && n == 4) return sign(arena, words + 1);
    if (str_eq(verb, S("verify")) && n > 6) return verify(arena, words + 1, n - 1);
    return complain(S("usage: make ALG | sign JWK TYP CLAIMS | verify TYP ISS AUD NOW TOKEN JWK…"));
}

int main(int argc, char **argv)
{
    Arena *arena = arena_new(4096);
    int status = run(arena, argc - 1, argv + 1);
    arena_free(arena);
    return status;
}
