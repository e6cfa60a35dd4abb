#include "platform/columns/slots.h"

#include "platform/columns/memory.h"

#include <assert.h>

enum {
    SLOT_BITS = 27,
    TABLE_LEAST = 1024,
};

#define EMPTY UINT32_MAX /* NO_SLOT with all bits of hash */

void slots_init(Slots *slots)
{
    *slots = (Slots){.free_slot = NO_SLOT, .table_size = TABLE_LEAST};
    slots->table = memory_resize(NULL, TABLE_LEAST, sizeof *slots->table);
    memset(slots->table, 0xff, TABLE_LEAST * sizeof *slots->table);
}

void slots_clear(Slots *slots)
{
    for (size_t i = 0; i < slots->page_count; i++) free(slots->pages[i]);
    free(slots->pages);
    free(slots->table);
}

/* Ids are made by the program, mostly ascending: a multiplication spreads them (Fibonacci hashing, Knuth,
 * The Art of Computer Programming 3, 6.4). The upper half is the better one. */
static uint64_t hash_of(Id id)
{
    uint64_t hash = (uint64_t)id.n * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

static uint32_t entry_of(uint32_t slot, uint64_t hash)
{
    return slot | (uint32_t)(hash >> 59) << SLOT_BITS;
}

/* Where the object's entry is, or the empty place where it belongs. */
static size_t place_of(const Slots *slots, Id id)
{
    uint64_t hash = hash_of(id);
    size_t mask = slots->table_size - 1, at = hash & mask;
    for (; slots->table[at] != EMPTY; at = (at + 1) & mask) {
        uint32_t slot = slots->table[at] & NO_SLOT;
        if (slots->table[at] == entry_of(slot, hash) && id_eq(slots_id(slots, slot), id)) break;
    }
    return at;
}

uint32_t slots_find(const Slots *slots, Id id)
{
    uint32_t entry = slots->table[place_of(slots, id)];
    return entry == EMPTY ? NO_SLOT : entry & NO_SLOT;
}

void slots_expect(const Slots *slots, Id id)
{
    __builtin_prefetch(&slots->table[hash_of(id) & (slots->table_size - 1)]);
}

uint32_t *slots_larger_table(const Slots *slots, size_t *size)
{
    if (slots->objects < slots->table_size / 4 * 3) return NULL;
    *size = slots->table_size * 2;
    uint32_t *table = memory_resize(NULL, *size, sizeof *table);
    memset(table, 0xff, *size * sizeof *table);
    for (size_t i = 0; i < slots->table_size; i++) {
        if (slots->table[i] == EMPTY) continue;
        uint64_t hash = hash_of(slots_id(slots, slots->table[i] & NO_SLOT));
        size_t at = hash & (*size - 1);
        while (table[at] != EMPTY) at = (at + 1) & (*size - 1);
        table[at] = slots->table[i];
    }
    return table;
}

uint32_t *slots_take_table(Slots *slots, uint32_t *table, size_t size)
{
    uint32_t *old = slots->table;
    slots->table = table;
    slots->table_size = size;
    return old;
}

static uint32_t new_slot(Slots *slots)
{
    assert(slots->used < SLOTS_MAX);
    if (slots->used == slots->page_count * PAGE_SLOTS) {
        slots->pages = memory_resize(slots->pages, slots->page_count + 1, sizeof *slots->pages);
        slots->pages[slots->page_count++] = memory_zeroed(1, sizeof(SlotPage));
    }
    return slots->used++;
}

uint32_t slots_add(Slots *slots, Id id)
{
    uint32_t slot = slots->free_slot;
    if (slot == NO_SLOT)
        slot = new_slot(slots);
    else
        slots->free_slot = (uint32_t)(-slots_id(slots, slot).n - 1);
    SlotPage *page = slots->pages[slot >> PAGE_SHIFT];
    page->ids[slot & (PAGE_SLOTS - 1)] = id;
    bit_set(page->live, slot & (PAGE_SLOTS - 1));
    slots->table[place_of(slots, id)] = entry_of(slot, hash_of(id));
    slots->objects++;
    return slot;
}

/* Closes the gap, so that no later entry of the same run becomes unreachable (Knuth, 6.4, algorithm R). */
static void close_gap(Slots *slots, size_t gap)
{
    size_t mask = slots->table_size - 1;
    for (size_t at = (gap + 1) & mask; slots->table[at] != EMPTY; at = (at + 1) & mask) {
        size_t home = hash_of(slots_id(slots, slots->table[at] & NO_SLOT)) & mask;
        if (((at - home) & mask) < ((at - gap) & mask)) continue;
        slots->table[gap] = slots->table[at];
        gap = at;
    }
    slots->table[gap] = EMPTY;
}

void slots_remove(Slots *slots, uint32_t slot)
{
    close_gap(slots, place_of(slots, slots_id(slots, slot)));
    SlotPage *page = slots->pages[slot >> PAGE_SHIFT];
    page->ids[slot & (PAGE_SLOTS - 1)] = (Id){-(int64_t)slots->free_slot - 1};
    bit_clear(page->live, slot & (PAGE_SLOTS - 1));
    slots->free_slot = slot;
    slots->objects--;
}

size_t slots_bytes(const Slots *slots)
{
    return slots->page_count * (sizeof(SlotPage) + sizeof(SlotPage *)) +
           slots->table_size * sizeof *slots->table;
}
