#include "modules/catalog/transfer/seen.h"

#include "base/hash.h"

enum { CAPACITY_FIRST = 1024 };

static uint64_t hash_of(Str text)
{
    uint64_t hash = hash_fast(text);
    return hash ? hash : 1;
}

/* The slot of the hash, or the free one where it would be. */
static SeenSlot *slot_of(const Seen *seen, uint64_t hash)
{
    size_t at = (size_t)hash & (seen->capacity - 1);
    while (seen->slots[at].hash && seen->slots[at].hash != hash)
        at = (at + 1) & (seen->capacity - 1);
    return &seen->slots[at];
}

static void make_larger(Seen *seen)
{
    Seen larger = {.arena = seen->arena,
                   .capacity = seen->capacity ? seen->capacity * 2 : CAPACITY_FIRST,
                   .n = seen->n};
    larger.slots = NEW_N(seen->arena, SeenSlot, larger.capacity);
    for (size_t i = 0; i < seen->capacity; i++)
        if (seen->slots[i].hash) *slot_of(&larger, seen->slots[i].hash) = seen->slots[i];
    *seen = larger;
}

Seen seen_new(Arena *arena)
{
    return (Seen){.arena = arena};
}

int64_t seen_line(const Seen *seen, Str text)
{
    return seen->capacity ? slot_of(seen, hash_of(text))->line : 0;
}

void seen_add(Seen *seen, Str text, int64_t line)
{
    if ((seen->n + 1) * 4 > seen->capacity * 3) make_larger(seen);
    uint64_t hash = hash_of(text);
    SeenSlot *slot = slot_of(seen, hash);
    if (slot->hash) return;
    *slot = (SeenSlot){hash, line};
    seen->n++;
}
