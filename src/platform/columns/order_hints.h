/* OrderHints: in an order, where the objects with a term begin.
 *
 * What is wanted of an order may stand far behind its beginning: the furniture behind everything that is
 * cheaper than any chair. A walk that has learned where such a term begins starts there, and costs the
 * same at any number of objects again. A hint is a bound, not a truth about an object: nobody with the
 * term stands before the hint's object, which need not have it any more.
 *
 * Readers learn while they share the store's lock, so they take turns by a flag; who does not get it does
 * without. Writers are alone. */
#ifndef PLATFORM_COLUMNS_ORDER_HINTS_H
#define PLATFORM_COLUMNS_ORDER_HINTS_H

#include "platform/columns/sorting.h"

#include <stdatomic.h>

enum { ORDER_HINTS_MAX = 64 }; /* of an order: the subtrees and vendors that shoppers sort */

typedef struct OrderHint {
    const Column *column;
    uint32_t code;
    uint32_t slot;
} OrderHint;

typedef struct OrderHints {
    atomic_flag is_busy;
    uint32_t n, next; /* the next one to be replaced when all are in use */
    OrderHint items[ORDER_HINTS_MAX];
} OrderHints;

/* For readers. NO_SLOT: nothing is known. */
uint32_t order_hints_find(OrderHints *hints, const Column *column, uint32_t code);
void order_hints_learn(OrderHints *hints, const Column *column, uint32_t code, uint32_t slot);

/* For writers, alone: the object has the values and the place in the order that it will have; it leaves
 * its place; the column goes. */
void order_hints_put(OrderHints *hints, const Sorting *sorting, uint32_t slot);
void order_hints_leave(OrderHints *hints, uint32_t slot);
void order_hints_drop_column(OrderHints *hints, const Column *column);

#endif
