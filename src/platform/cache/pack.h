/* Packing answers small: zstd with a dictionary learnt from the answers themselves.
 * docs/internals/cache.md says what that gains. */
#ifndef PLATFORM_CACHE_PACK_H
#define PLATFORM_CACHE_PACK_H

#include "base/str.h"

typedef struct Pack Pack;

Pack *pack_new(void);
void pack_free(Pack *pack); /* NULL is fine */

typedef struct Packed {
    Str bytes;
    size_t plain; /* bytes when unpacked */
    uint8_t form; /* how it was packed, for unpack */
} Packed;

/* Packs as well as is known now; what does not become smaller is a view of `plain`. Any thread. */
Packed pack_bytes(Pack *pack, Arena *arena, Str plain);

/* Any thread. The result is what was packed: bytes never come from outside. */
Str unpack_bytes(Pack *pack, Arena *arena, const Packed *packed);

/* Shows what answers look like. True when there is something to learn from: then somebody calls
 * pack_learn, on a thread that may be busy for a tenth of a second, or pack_learn_later. */
bool pack_show(Pack *pack, Str plain);
void pack_learn(Pack *pack);
void pack_learn_later(Pack *pack); /* pack_show will be true again */

size_t pack_memory(Pack *pack); /* dictionaries and what was shown; for the metrics */
int pack_dictionaries(const Pack *pack);

#endif
