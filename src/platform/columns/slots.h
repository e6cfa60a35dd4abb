/* Slots: which object lives in which slot, both ways. */
#ifndef PLATFORM_COLUMNS_SLOTS_H
#define PLATFORM_COLUMNS_SLOTS_H

#include "base/id.h"
#include "platform/columns/bits.h"

enum {
    NO_SLOT = UINT32_MAX >> 5,
    SLOTS_MAX = NO_SLOT, /* 134 million: what the table's entries leave room for */
};

typedef struct SlotPage {
    uint64_t live[PAGE_WORDS]; /* slots with an object */
    Id ids[PAGE_SLOTS];        /* of a free slot: minus the next free one, and 1 */
} SlotPage;

typedef struct Slots {
    SlotPage **pages;
    size_t page_count;
    uint32_t used;      /* slots that have ever been taken */
    uint32_t free_slot; /* first of those given back, or NO_SLOT */
    uint32_t objects;
    /* Open addressing: 27 bits of slot and 5 of hash; EMPTY where nothing is. A power of two. */
    uint32_t *table;
    size_t table_size;
} Slots;

void slots_init(Slots *slots);
void slots_clear(Slots *slots); /* frees what it holds */

/* The slot of the object; NO_SLOT when there is none. */
uint32_t slots_find(const Slots *slots, Id id);

/* Says that the object will be looked for soon. In a long list, of which each entry would wait for memory
 * in turn, this makes them wait together. */
void slots_expect(const Slots *slots, Id id);

/* A larger table, when one more object needs one; NULL otherwise. Reads only; slots_take_table puts it in
 * place and returns the old one, to be freed. So the long part is done while others read. */
uint32_t *slots_larger_table(const Slots *slots, size_t *size);
uint32_t *slots_take_table(Slots *slots, uint32_t *table, size_t size);

/* A slot for an object that has none; the table has room (slots_larger_table gave NULL). */
uint32_t slots_add(Slots *slots, Id id);
void slots_remove(Slots *slots, uint32_t slot);

static inline Id slots_id(const Slots *slots, uint32_t slot)
{
    return slots->pages[slot >> PAGE_SHIFT]->ids[slot & (PAGE_SLOTS - 1)];
}

size_t slots_bytes(const Slots *slots);

#endif
