#include "base/random.h"

#include "base/hash.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

/* Straight from the kernel's generator. */
static void ask_kernel(unsigned char *at, size_t n)
{
    while (n) {
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

/* Each request wants some bytes, and asking the kernel costs more than the bytes: a thread asks for
 * many at a time. Bytes that were given out are erased, so that they cannot be read twice; a child
 * of fork starts with an empty pool. */
enum { POOL_BYTES = 1024, POOL_TAKE_MAX = 64 };

typedef struct Pool {
    size_t left; /* the first `left` bytes are unused */
    unsigned generation;
    unsigned char bytes[POOL_BYTES];
} Pool;

static _Thread_local Pool pool;
static unsigned generation; /* of the process; written only by a child that has one thread */
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

static void begin_generation(void)
{
    generation++;
}

static void watch_forks(void)
{
    int error = pthread_atfork(NULL, NULL, begin_generation);
    assert(!error);
}

static void fill_from_system(void *state, void *out, size_t n)
{
    (void)state;
    if (n > POOL_TAKE_MAX) {
        ask_kernel(out, n);
        return;
    }
    if (pool.left < n || pool.generation != generation) {
        pthread_once(&fork_once, watch_forks);
        ask_kernel(pool.bytes, POOL_BYTES);
        pool.left = POOL_BYTES;
        pool.generation = generation;
    }
    pool.left -= n;
    memcpy(out, pool.bytes + pool.left, n);
    explicit_bzero(pool.bytes + pool.left, n);
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
