#include "platform/permission.h"

#include "platform/module.h"

#include <assert.h>

/* A row is found by its address, which is asked on every request: an open table at most half full. */
enum { SLOTS = 2 * PERMISSIONS_MAX, SLOT_SHIFT = 64 - 9 };
_Static_assert(SLOTS == 1 << (64 - SLOT_SHIFT), "the shift leaves as many bits as there are slots");

typedef struct BitPlace {
    const Permission *row; /* NULL: free */
    size_t bit;
} BitPlace;

static struct {
    const Permission *rows[PERMISSIONS_MAX];
    size_t count;
    BitPlace places[SLOTS];
} all;

/* Where the row is, or would be. */
static BitPlace *place_of(const Permission *row)
{
    size_t at =
        (uint64_t)(uintptr_t)row * 0x9E3779B97F4A7C15u >> SLOT_SHIFT; /* Fibonacci hashing */
    while (all.places[at].row && all.places[at].row != row) at = (at + 1) % SLOTS;
    return &all.places[at];
}

static size_t bit_of(const Permission *row)
{
    const BitPlace *place = place_of(row);
    assert(place->row); /* it is in no module's table */
    return place->bit;
}

static bool add(Arena *arena, const Permission *row, Str *why)
{
    BitPlace *place = place_of(row);
    if (place->row) return true;
    if (permission_find(str_from(row->name))) {
        *why = str_format(arena, "two permissions are called %s", row->name);
        return false;
    }
    if (all.count == PERMISSIONS_MAX) {
        *why = str_format(arena, "there are more than %d permissions", PERMISSIONS_MAX);
        return false;
    }
    *place = (BitPlace){row, all.count};
    all.rows[all.count++] = row;
    return true;
}

bool permissions_gather(Arena *arena, const Module *const *modules, size_t count, Str *why)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < modules[i]->permission_count; k++)
            if (!add(arena, modules[i]->permissions[k], why)) return false;
    return true;
}

size_t permission_count(void)
{
    return all.count;
}

const Permission *permission_at(size_t bit)
{
    assert(bit < all.count);
    return all.rows[bit];
}

const Permission *permission_find(Str name)
{
    for (size_t i = 0; i < all.count; i++)
        if (str_eq(str_from(all.rows[i]->name), name)) return all.rows[i];
    return NULL;
}

PermissionSet permission_set_all(void)
{
    PermissionSet set = {{0}};
    for (size_t bit = 0; bit < all.count; bit++) set.words[bit / 64] |= UINT64_C(1) << bit % 64;
    return set;
}

void permission_set_add(PermissionSet *set, const Permission *permission)
{
    size_t bit = bit_of(permission);
    set->words[bit / 64] |= UINT64_C(1) << bit % 64;
}

bool permission_set_has(const PermissionSet *set, const Permission *permission)
{
    size_t bit = bit_of(permission);
    return set->words[bit / 64] >> bit % 64 & 1;
}
