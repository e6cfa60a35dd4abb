/* Packing answers small.
 *
 * Answers of one route are alike: names of fields, addresses, dates, phrases. A compressor that
 * sees each one alone cannot use that; a product of 2 KB becomes 600 bytes. With a dictionary that
 * was made of other answers it becomes 190, and is unpacked in half a microsecond, because most of it
 * is copied from the dictionary (measured with `souk seed`; docs/internals/cache.md). So the same
 * memory holds several times as many answers, and the answers that are asked for most often are
 * kept ready to send beside their packed form (table.c).
 *
 * The dictionary is made by zstd's own trainer (fastCover: Collet et al., lib/dictBuilder) from the
 * last answers before a certain number was stored: 256, and eight times that, and so on, because a
 * shop that has just started shows little of itself, and what is learnt of the first products
 * matters less when the lists and searches come. An attempt that gains too little on answers that
 * it has not seen is dropped. Dictionaries are few (eight times eight times …) and are kept as long
 * as the cache, so that nothing has to be packed again.
 *
 * Rejected: one dictionary a route (the answers of different routes are made of the same objects),
 * dictionaries in the database (they are cheap to make and go with the program's formats). */
#include "platform/cache/pack.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <zdict.h>
#include <zstd.h>

enum {
    LEVEL = 3,
    DICTIONARY_BYTES =
        32 << 10, /* twice that gains 2 % more and does not fit a core's first cache */
    DICTIONARIES_MAX = 8,
    SAMPLES = 256,
    SAMPLE_BYTES = 4 << 10, /* of a long list a piece shows enough */
    NEXT_LESSON = 8,        /* after so many times as many answers */
    WORTH = 16,             /* a new dictionary must save a sixteenth */
    FORM_PLAIN = 0,         /* not packed at all */
    FORM_ALONE = 1,         /* without a dictionary; FORM_ALONE + n: with the n-th */
};

typedef struct Dictionary {
    ZSTD_CDict *pack;
    ZSTD_DDict *unpack;
} Dictionary;

/* What one thread at a time needs; as many as pack at the same time. */
typedef struct Packer {
    struct Packer *next;
    ZSTD_CCtx *pack;
    ZSTD_DCtx *unpack;
} Packer;

struct Pack {
    pthread_mutex_t lock; /* guards `idle`, and the samples while nobody learns */
    Packer *idle;
    Dictionary dictionaries[DICTIONARIES_MAX]; /* written once, before they are counted */
    _Atomic int count;
    _Atomic uint64_t shown;  /* answers */
    _Atomic uint64_t lesson; /* the number of answers at which to learn next */
    char *samples;
    size_t sizes[SAMPLES], samples_bytes;
    unsigned sample_count;
    bool learning; /* somebody was told so: the samples are theirs */
};

static void *must(void *p)
{
    if (!p) abort(); /* out of memory, as in an arena */
    return p;
}

Pack *pack_new(void)
{
    Pack *pack = must(calloc(1, sizeof *pack));
    pthread_mutex_init(&pack->lock, NULL);
    atomic_init(&pack->lesson, SAMPLES);
    return pack;
}

static void packer_free(Packer *packer)
{
    ZSTD_freeCCtx(packer->pack);
    ZSTD_freeDCtx(packer->unpack);
    free(packer);
}

static void dictionary_free(Dictionary *dictionary)
{
    ZSTD_freeCDict(dictionary->pack);
    ZSTD_freeDDict(dictionary->unpack);
}

void pack_free(Pack *pack)
{
    if (!pack) return;
    for (Packer *packer; (packer = pack->idle);) {
        pack->idle = packer->next;
        packer_free(packer);
    }
    for (int i = 0; i < pack->count; i++) dictionary_free(&pack->dictionaries[i]);
    free(pack->samples);
    pthread_mutex_destroy(&pack->lock);
    free(pack);
}

static Packer *take(Pack *pack)
{
    pthread_mutex_lock(&pack->lock);
    Packer *packer = pack->idle;
    if (packer) pack->idle = packer->next;
    pthread_mutex_unlock(&pack->lock);
    return packer ? packer : must(calloc(1, sizeof *packer));
}

static void give_back(Pack *pack, Packer *packer)
{
    pthread_mutex_lock(&pack->lock);
    packer->next = pack->idle;
    pack->idle = packer;
    pthread_mutex_unlock(&pack->lock);
}

/* ---- Packing and unpacking ------------------------------------------------------------------- */

static size_t pack_with(Packer *packer, const Dictionary *dictionary, Str plain, char *to,
                        size_t room)
{
    if (!packer->pack) packer->pack = must(ZSTD_createCCtx());
    size_t n = dictionary ? ZSTD_compress_usingCDict(packer->pack, to, room, plain.p, plain.n,
                                                     dictionary->pack)
                          : ZSTD_compressCCtx(packer->pack, to, room, plain.p, plain.n, LEVEL);
    return ZSTD_isError(n) ? 0 : n; /* only for want of room */
}

Packed pack_bytes(Pack *pack, Arena *arena, Str plain)
{
    Packed packed = {.bytes = plain, .plain = plain.n, .form = FORM_PLAIN};
    int newest = atomic_load_explicit(&pack->count, memory_order_acquire);
    if (plain.n < 2) return packed;
    size_t room = plain.n - 1; /* what does not fit has not become smaller */
    ArenaMark mark = arena_mark(arena);
    char *to = arena_alloc(arena, room, 1);
    Packer *packer = take(pack);
    size_t n = pack_with(packer, newest ? &pack->dictionaries[newest - 1] : NULL, plain, to, room);
    give_back(pack, packer);
    if (n) return (Packed){{to, n}, plain.n, (uint8_t)(FORM_ALONE + newest)};
    arena_rewind(arena, mark);
    return packed;
}

Str unpack_bytes(Pack *pack, Arena *arena, const Packed *packed)
{
    if (packed->form == FORM_PLAIN) return packed->bytes;
    char *to = arena_alloc(arena, packed->plain, 1);
    Packer *packer = take(pack);
    if (!packer->unpack) packer->unpack = must(ZSTD_createDCtx());
    Str from = packed->bytes;
    int number = packed->form - FORM_ALONE;
    size_t n = number ? ZSTD_decompress_usingDDict(packer->unpack, to, packed->plain, from.p,
                                                   from.n, pack->dictionaries[number - 1].unpack)
                      : ZSTD_decompressDCtx(packer->unpack, to, packed->plain, from.p, from.n);
    give_back(pack, packer);
    assert(n == packed->plain);
    return (Str){to, n};
}

/* ---- Learning -------------------------------------------------------------------------------- */

/* A piece of a long answer, from somewhere in it. */
static Str sample_of(Str plain, uint64_t number)
{
    if (plain.n <= SAMPLE_BYTES) return plain;
    size_t from = (size_t)(number * 7919) % (plain.n - SAMPLE_BYTES);
    return str_slice(plain, from, from + SAMPLE_BYTES);
}

bool pack_show(Pack *pack, Str plain)
{
    uint64_t number = atomic_fetch_add_explicit(&pack->shown, 1, memory_order_relaxed);
    uint64_t lesson = atomic_load_explicit(&pack->lesson, memory_order_relaxed);
    if (number + SAMPLES < lesson || plain.n == 0) return false;
    bool due = false;
    pthread_mutex_lock(&pack->lock);
    if (!pack->learning && pack->count < DICTIONARIES_MAX) {
        if (!pack->samples) pack->samples = must(malloc((size_t)SAMPLES * SAMPLE_BYTES));
        if (pack->sample_count < SAMPLES) {
            Str sample = sample_of(plain, number);
            memcpy(pack->samples + pack->samples_bytes, sample.p, sample.n);
            pack->samples_bytes += sample.n;
            pack->sizes[pack->sample_count++] = sample.n;
        }
        due = pack->learning = pack->sample_count == SAMPLES;
    }
    pthread_mutex_unlock(&pack->lock);
    return due;
}

void pack_learn_later(Pack *pack)
{
    pthread_mutex_lock(&pack->lock);
    pack->learning = false;
    pthread_mutex_unlock(&pack->lock);
}

/* What the samples from `first` on take with the dictionary. */
static size_t packed_size(Pack *pack, const Dictionary *dictionary, unsigned first)
{
    size_t at = 0, total = 0, room = ZSTD_compressBound(SAMPLE_BYTES);
    char *to = must(malloc(room));
    Packer *packer = take(pack);
    for (unsigned i = 0; i < SAMPLES; at += pack->sizes[i++])
        if (i >= first)
            total +=
                pack_with(packer, dictionary, (Str){pack->samples + at, pack->sizes[i]}, to, room);
    give_back(pack, packer);
    free(to);
    return total;
}

/* Made of the first three quarters of the samples; false when they have nothing in common. */
static bool train(const Pack *pack, unsigned samples, Dictionary *out)
{
    char *text = must(malloc(DICTIONARY_BYTES));
    size_t n = ZDICT_trainFromBuffer(text, DICTIONARY_BYTES, pack->samples, pack->sizes, samples);
    if (!ZDICT_isError(n))
        *out =
            (Dictionary){must(ZSTD_createCDict(text, n, LEVEL)), must(ZSTD_createDDict(text, n))};
    free(text);
    return !ZDICT_isError(n);
}

/* Judged by the samples that it was not made of. */
static bool is_worth_it(Pack *pack, const Dictionary *dictionary, unsigned first)
{
    int count = atomic_load(&pack->count);
    size_t now = packed_size(pack, count ? &pack->dictionaries[count - 1] : NULL, first);
    size_t then = packed_size(pack, dictionary, first);
    return then + now / WORTH < now;
}

void pack_learn(Pack *pack)
{
    enum { TRAINING = SAMPLES * 3 / 4 };
    Dictionary dictionary;
    assert(pack->learning);
    if (train(pack, TRAINING, &dictionary)) {
        int count = atomic_load(&pack->count);
        if (is_worth_it(pack, &dictionary, TRAINING)) {
            pack->dictionaries[count] = dictionary;
            atomic_store_explicit(&pack->count, count + 1, memory_order_release);
        } else {
            dictionary_free(&dictionary);
        }
    }
    pthread_mutex_lock(&pack->lock);
    free(pack->samples);
    pack->samples = NULL;
    pack->samples_bytes = pack->sample_count = 0;
    atomic_store(&pack->lesson, NEXT_LESSON * atomic_load(&pack->lesson));
    pack->learning = false;
    pthread_mutex_unlock(&pack->lock);
}

size_t pack_memory(Pack *pack)
{
    size_t bytes = 0;
    for (int i = 0; i < atomic_load_explicit(&pack->count, memory_order_acquire); i++)
        bytes += ZSTD_sizeof_CDict(pack->dictionaries[i].pack) +
                 ZSTD_sizeof_DDict(pack->dictionaries[i].unpack);
    pthread_mutex_lock(&pack->lock);
    bytes += pack->samples_bytes;
    for (const Packer *packer = pack->idle; packer; packer = packer->next)
        bytes += ZSTD_sizeof_CCtx(packer->pack) + ZSTD_sizeof_DCtx(packer->unpack);
    pthread_mutex_unlock(&pack->lock);
    return bytes;
}

int pack_dictionaries(const Pack *pack)
{
    return atomic_load_explicit(&pack->count, memory_order_acquire);
}
