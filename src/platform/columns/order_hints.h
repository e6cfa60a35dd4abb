/* OrderHints: in an order, the first objects with a term.
 *
 * What is wanted of an order may stand far behind its beginning, and thinly at first: the furniture
 * behind everything that is cheaper than any chair, and then one stool among thousands of lamps. A walk
 * that has learned who comes first starts with them, goes on behind the last, and costs the same at any
 * number of objects again. A hint is a bound, not a truth about objects: nobody with the term stands
 * before the last of the hint's objects without being one of them; they need not have it any more.
 *
 * Readers learn while they share the store's lock, so they take turns by a flag; who does not get it does
 * without. Writers are alone. */
#ifndef PLATFORM_COLUMNS_ORDER_HINTS_H
#define PLATFORM_COLUMNS_ORDER_HINTS_H

#include "platform/columns/sorting.h"

#include <stdatomic.h>

enum {
    ORDER_HINTS_MAX = 64,  /* of an order: the subtrees and vendors that shoppers sort */
    ORDER_HINT_SLOTS = 128 /* a page of the most objects, and some to spare for those that leave */
};

typedef struct OrderHint {
    const Column *column;
    uint32_t code;
    uint32_t n; /* at least one */
    uint32_t slots[ORDER_HINT_SLOTS];
} OrderHint;

typedef struct OrderHints {
    atomic_flag is_busy;
    uint32_t n, next; /* the next one to be replaced when all are in use */
    OrderHint *items[ORDER_HINTS_MAX];
} OrderHints;

OrderHints *order_hints_new(void);
void order_hints_free(OrderHints *hints);
size_t order_hints_bytes(const OrderHints *hints); /* of memory */

/* For readers. The hint into *out; false, and *out is untouched: nothing is known. Of one to be learned
 * `n` may be 0: then nothing is. */
bool order_hints_find(OrderHints *hints, const Column *column, uint32_t code, OrderHint *out);
void order_hints_learn(OrderHints *hints, const OrderHint *learned);

/* For writers, alone: the object has the values and the place in the order that it will have; it leaves
 * its place; the column goes. */
void order_hints_put(OrderHints *hints, const Sorting *sorting, uint32_t slot);
void order_hints_leave(OrderHints *hints, uint32_t slot);
void order_hints_drop_column(OrderHints *hints, const Column *column);

#endif
