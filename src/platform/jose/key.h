/* What the files of jose share. */
#ifndef PLATFORM_JOSE_KEY_H
#define PLATFORM_JOSE_KEY_H

#include "platform/jose/jose.h"

#include <openssl/evp.h>

struct JoseKey {
    JoseAlg alg;
    EVP_PKEY *pair;
    bool private;
    char kid[JOSE_KID_MAX];
    size_t kid_length;
};

/* OpenSSL cannot fail here but for want of memory, which ends the program everywhere. */
void jose_must(int ok);

/* ---- For jws.c and the fuzzer ---------------------------------------------------------------- */

typedef struct JoseHead {
    Str alg, typ, kid; /* without pointer: it has none */
} JoseHead;

/* The three parts of a token, taken apart and decoded; nothing is believed yet. */
typedef struct JoseParts {
    Str signing; /* what the signature is over */
    JoseHead head;
    Str payload, signature;
} JoseParts;

const Error *jose_take_apart(Arena *arena, Str token, JoseParts *out);

/* Does the payload say what it must? Its signature has been seen to. */
const Error *jose_judge(Arena *arena, const JoseRules *rules, bool may_be_expired, Str payload,
                        const void **claims);

#endif
