#include "base/map.h"

#include "base/hash.h"
#include "base/random.h"

#include <assert.h>
#include <pthread.h>

enum { FIRST_CAPACITY = 8 };

static SipKey process_key;
static pthread_once_t process_key_once = PTHREAD_ONCE_INIT;

static void make_process_key(void)
{
    process_key = (SipKey){random_u64(&random_system), random_u64(&random_system)};
}

static uint64_t hash_of(Str key)
{
    pthread_once(&process_key_once, make_process_key);
    return hash_sip(process_key, key);
}

Map map_new(Arena *arena)
{
    return (Map){.arena = arena};
}

/* The slot of this key, or the free one where it belongs. The table is never full. */
static MapSlot *slot_of(MapSlot *slots, size_t capacity, Str key, uint64_t hash)
{
    size_t at = hash & (capacity - 1);
    while (slots[at].value && !(slots[at].hash == hash && str_eq(slots[at].key, key)))
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

void *map_get(const Map *map, Str key)
{
    return map->n ? slot_of(map->slots, map->capacity, key, hash_of(key))->value : NULL;
}

static void grow(Map *map)
{
    size_t capacity = map->capacity ? map->capacity * 2 : FIRST_CAPACITY;
    MapSlot *slots = NEW_N(map->arena, MapSlot, capacity);
    for (size_t i = 0; i < map->capacity; i++) {
        const MapSlot *old = &map->slots[i];
        if (old->value) *slot_of(slots, capacity, old->key, old->hash) = *old;
    }
    map->slots = slots;
    map->capacity = capacity;
}

void *map_put(Map *map, Str key, void *value)
{
    assert(value);
    if (map->n >= map->capacity / 4 * 3) grow(map); /* beyond three quarters probing gets long */
    uint64_t hash = hash_of(key);
    MapSlot *slot = slot_of(map->slots, map->capacity, key, hash);
    void *former = slot->value;
    if (!former) map->n++;
    *slot = (MapSlot){former ? slot->key : key, value, hash};
    return former;
}

bool map_next(const Map *map, size_t *at, Str *key, void **value)
{
    for (; *at < map->capacity; ++*at) {
        const MapSlot *slot = &map->slots[*at];
        if (!slot->value) continue;
        *key = slot->key;
        *value = slot->value;
        ++*at;
        return true;
    }
    return false;
}
