#include "base/random.h"

#include "base/hash.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

static void ask_kernel(void *out, size_t n)
{
    for (unsigned char *at = out; n;) {
        ssize_t got = getrandom(at, n, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) { /* a kernel without it; going on would give guessable secrets */
            perror("souk: getrandom");
            abort();
        }
        at += got;
        n -= (size_t)got;
    }
}

/* A system call for each trace id would cost a tenth of a small request, so each thread asks for
 * POOL bytes at a time. What was given out is wiped; a forked child must exec before it asks. */
enum { POOL = 1024 };

static _Thread_local struct {
    unsigned char bytes[POOL];
    size_t left; /* at the end of bytes */
} pool;

static void fill_from_system(void *state, void *out, size_t n)
{
    (void)state;
    if (n > POOL / 8) {
        ask_kernel(out, n);
        return;
    }
    if (n > pool.left) {
        ask_kernel(pool.bytes, POOL);
        pool.left = POOL;
    }
    unsigned char *at = pool.bytes + POOL - pool.left;
    memcpy(out, at, n);
    explicit_bzero(at, n);
    pool.left -= n;
}

const Random random_system = {fill_from_system, NULL};

/* SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014. */
static uint64_t splitmix_next(RandomSeeded *seeded)
{
    uint64_t z = seeded->state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static void fill_from_seed(void *state, void *out, size_t n)
{
    for (unsigned char *at = out; n;) {
        uint64_t word = splitmix_next(state);
        size_t take = n < sizeof word ? n : sizeof word;
        memcpy(at, &word, take);
        at += take;
        n -= take;
    }
}

Random random_seeded(RandomSeeded *seeded, uint64_t seed)
{
    seeded->state = seed;
    return (Random){fill_from_seed, seeded};
}

uint64_t random_u64(const Random *random)
{
    uint64_t word;
    random->fill(random->state, &word, sizeof word);
    return word;
}

uint64_t random_below(const Random *random, uint64_t bound)
{
    assert(bound > 0);
    /* The high half of word × bound is uniform once the words whose low half falls below 2^64 mod
     * bound are redrawn; the modulo is only taken when a redraw is possible at all. */
    unsigned __int128 product = (unsigned __int128)random_u64(random) * bound;
    if ((uint64_t)product < bound) {
        uint64_t unfair = -bound % bound;
        while ((uint64_t)product < unfair) product = (unsigned __int128)random_u64(random) * bound;
    }
    return (uint64_t)(product >> 64);
}

Str random_token(Arena *arena, const Random *random, const char *prefix, size_t bytes)
{
    unsigned char *secret = arena_alloc(arena, bytes, 1);
    random->fill(random->state, secret, bytes);
    Str text = base64url_text(arena, secret, bytes);
    explicit_bzero(secret, bytes);
    return str_join(arena, (StrList){(Str[]){str_from(prefix), text}, 2}, S(""));
}
