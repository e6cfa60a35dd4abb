/* SlotOrder: all objects in one order, kept while rows come and go. Built when a page is first asked for
 * in that order. */
#ifndef PLATFORM_COLUMNS_SLOT_ORDER_H
#define PLATFORM_COLUMNS_SLOT_ORDER_H

#include "platform/columns/order_hints.h"

enum { ORDER_CHUNK_SLOTS = 510 }; /* with its count and malloc's header 2 KiB */

typedef struct OrderChunk {
    uint32_t n;
    uint32_t slots[ORDER_CHUNK_SLOTS];
} OrderChunk;

typedef struct SlotOrder {
    Sorting sorting;
    _Atomic uint32_t used; /* when a question last asked for it, in ticks of the store */
    bool is_moving;        /* of the put under way: the object's place changes */
    OrderChunk **chunks;   /* none is empty */
    size_t n, capacity;
    OrderHints *hints;
} SlotOrder;

/* Between two objects: before the one at chunks[chunk]->slots[at], or at the end (chunk = n). */
typedef struct OrderPlace {
    size_t chunk, at;
} OrderPlace;

/* All objects of sorting->slots, sorted. Only reads the store. */
SlotOrder *slot_order_new(const Sorting *sorting);
void slot_order_free(SlotOrder *order); /* NULL is fine */

/* The place of the first object that does not come before the key. */
OrderPlace slot_order_find(const SlotOrder *order, const SortKey *key);

/* The object's values must be those that it is, or shall be, sorted by. */
void slot_order_insert(SlotOrder *order, uint32_t slot);
void slot_order_remove(SlotOrder *order, uint32_t slot);

/* The object has changed, whether or not it has moved; all its values are those that it is to have. */
void slot_order_put(SlotOrder *order, uint32_t slot);

/* The object at the place, which moves behind it; false at the end. */
static inline bool slot_order_next(const SlotOrder *order, OrderPlace *place, uint32_t *slot)
{
    if (place->chunk == order->n) return false;
    const OrderChunk *chunk = order->chunks[place->chunk];
    *slot = chunk->slots[place->at];
    if (++place->at == chunk->n) *place = (OrderPlace){place->chunk + 1, 0};
    return true;
}

/* Objects between two places, from <= to. */
size_t slot_order_between(const SlotOrder *order, OrderPlace from, OrderPlace to);

size_t slot_order_bytes(const SlotOrder *order); /* of memory */

#endif
