/* Map: text keys to pointers, open addressing in an arena; SipHash with a key of the process, so
 * that a client cannot choose collisions. Keys are kept by reference. Not thread-safe; there is no
 * removal, since arenas die whole. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/str.h"

typedef struct MapSlot {
    Str key;
    void *value;
    uint64_t hash;
} MapSlot;

typedef struct Map {
    Arena *arena;
    MapSlot *slots; /* power of two, or NULL while empty; a free slot has value NULL */
    size_t capacity, n;
} Map;

Map map_new(Arena *arena);
void *map_get(const Map *map, Str key); /* NULL when missing */

/* `value` is not NULL. Returns the former value, or NULL. */
void *map_put(Map *map, Str key, void *value);

/* Visits in no particular order: start with *at = 0; false at the end. */
bool map_next(const Map *map, size_t *at, Str *key, void **value);

#endif
