/* The store itself, for its own files.
 *
 * Two locks. `writer` is held by whoever changes anything or builds an order or an index: what it
 * protects can be read under it without the other one. `lock` keeps readers out while something that
 * they might look at changes: writers take it for one portion of rows at a time, builders for a moment
 * at their end. Writer comes before lock. */
#ifndef PLATFORM_COLUMNS_STORE_H
#define PLATFORM_COLUMNS_STORE_H

#include "platform/columns/slot_order.h"

#include <pthread.h>

struct Columns {
    pthread_mutex_t writer;
    pthread_rwlock_t lock;
    SipKey key;
    struct RowScratch *scratch; /* the writer's */
    Slots slots;
    ColumnList lists[COLUMN_KINDS];
    SlotOrder **orders;
    size_t order_count;
    _Atomic uint32_t
        tick; /* advances whenever something is built: what has an old one is not in use */
    size_t index_bytes; /* as of the last time that they were counted */
};

/* Marks an order or index as in use. */
static inline void columns_touch(Columns *columns, _Atomic uint32_t *used)
{
    uint32_t tick = atomic_load_explicit(&columns->tick, memory_order_relaxed);
    if (atomic_load_explicit(used, memory_order_relaxed) != tick)
        atomic_store_explicit(used, tick, memory_order_relaxed);
}

/* ---- row.c ----------------------------------------------------------------------------------- */

/* What a row says, with room for it; reused from row to row. */
typedef struct RowScratch RowScratch;
RowScratch *row_scratch_new(void);
void row_scratch_free(RowScratch *scratch);

/* Both locks are held, the table of slots has room. False when the row exceeds a limit. */
bool columns_row_put(Columns *columns, RowScratch *scratch, const ColumnsRow *row);
void columns_row_remove(Columns *columns, RowScratch *scratch, uint32_t slot);

/* ---- prepare.c ------------------------------------------------------------------------------- */

/* An index or order that a question would be faster with. Names, since columns may go. */
typedef struct Wanted {
    Str column, term;
} Wanted;

/* Builds what is wanted, if no other writer or builder is at work: then the question does without. No
 * lock is held. */
void columns_prepare(Columns *columns, const Wanted *indexes, size_t n, const ColumnsOrder *order);

SlotOrder *columns_find_order(const Columns *columns, const ColumnsOrder *order); /* or NULL */
void columns_drop_orders(Columns *columns); /* both locks are held */

#endif
