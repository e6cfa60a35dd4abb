/* Random bytes. The system source is cryptographic (getrandom); a test brings its own. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include "base/str.h"

typedef struct Random {
    void (*fill)(void *state, void *out, size_t n); /* cannot fail */
    void *state;
} Random;

extern const Random random_system;

/* A repeatable stream for tests and seeds: SplitMix64 from `seed`, not for secrets. */
typedef struct RandomSeeded {
    uint64_t state;
} RandomSeeded;
Random random_seeded(RandomSeeded *seeded, uint64_t seed);

uint64_t random_u64(const Random *random);

/* Uniform over 0 … bound-1, bound > 0 (Lemire, "Fast Random Integer Generation in an Interval",
 * 2019). */
uint64_t random_below(const Random *random, uint64_t bound);

/* A secret of `bytes` random bytes as base64url without padding, after `prefix`: "sk_5f…". */
Str random_token(Arena *arena, const Random *random, const char *prefix, size_t bytes);

#endif
