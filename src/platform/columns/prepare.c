/* Orders and indexes are made when a question first could use them, beside the readers: only the last
 * step, putting them in place, keeps readers out. Both are bounded, and what has not been asked for the
 * longest goes first. */
#include "platform/columns/store.h"

#include "platform/columns/memory.h"

/* ---- Orders ---------------------------------------------------------------------------------- */

/* NULL when nobody has anything there: the order of such columns is newest first, all being absent. */
static const Column *order_column(const Columns *columns, const ColumnsOrder *order)
{
    ColumnKind kind = order->by == ORDER_TEXT ? COLUMN_TEXTS : COLUMN_NUMBERS;
    return column_list_find(&columns->lists[kind], order->column);
}

SlotOrder *columns_find_order(const Columns *columns, const ColumnsOrder *order)
{
    const Column *column = order->by == ORDER_NEWEST ? NULL : order_column(columns, order);
    for (size_t i = 0; i < columns->order_count; i++) {
        const Sorting *sorting = &columns->orders[i]->sorting;
        if (sorting->by == order->by && sorting->column == column &&
            (order->by == ORDER_NEWEST || sorting->is_descending == order->descending))
            return columns->orders[i];
    }
    return NULL;
}

void columns_drop_orders(Columns *columns)
{
    for (size_t i = 0; i < columns->order_count; i++) slot_order_free(columns->orders[i]);
    columns->order_count = 0;
}

/* The place for one more order; the one that was not asked for the longest leaves when there are too
 * many. The lock is held. */
static SlotOrder *make_place(Columns *columns)
{
    if (columns->order_count < COLUMNS_ORDERS_MAX) {
        columns->orders =
            memory_resize(columns->orders, columns->order_count + 1, sizeof *columns->orders);
        columns->order_count++;
        return NULL;
    }
    size_t oldest = 0;
    for (size_t i = 1; i < columns->order_count; i++)
        if (columns->orders[i]->used < columns->orders[oldest]->used) oldest = i;
    SlotOrder *order = columns->orders[oldest];
    columns->orders[oldest] = columns->orders[columns->order_count - 1];
    return order;
}

static void prepare_order(Columns *columns, const ColumnsOrder *order)
{
    if (order->by == ORDER_SCORE || columns_find_order(columns, order)) return;
    Sorting sorting = {.by = order->by, .slots = &columns->slots};
    if (order->by != ORDER_NEWEST) {
        sorting.is_descending = order->descending;
        sorting.column = order_column(columns, order);
    }
    SlotOrder *built = slot_order_new(&sorting);
    pthread_rwlock_wrlock(&columns->lock);
    built->used = ++columns->tick;
    SlotOrder *old = make_place(columns);
    columns->orders[columns->order_count - 1] = built;
    pthread_rwlock_unlock(&columns->lock);
    slot_order_free(old);
}

/* ---- Indexes --------------------------------------------------------------------------------- */

typedef struct OldestIndex {
    Term *term;
    size_t bytes; /* of all indexes */
} OldestIndex;

static OldestIndex find_oldest(const Columns *columns)
{
    OldestIndex oldest = {0};
    const ColumnList *list = &columns->lists[COLUMN_TERMS];
    for (size_t i = 0; i < list->n; i++) {
        TermTable *table = &list->items[i]->terms;
        for (uint32_t code = 1; code < table->codes; code++) {
            Term *term = &table->terms[code];
            if (!term->text || !term->index) continue;
            oldest.bytes += term_index_bytes(term->index);
            if (!oldest.term || term->index->used < oldest.term->index->used) oldest.term = term;
        }
    }
    return oldest;
}

/* Frees indexes until `bytes` more fit. */
static void make_room(Columns *columns, size_t bytes)
{
    columns->index_bytes += bytes;
    while (columns->index_bytes > COLUMNS_INDEX_BYTES_MAX) {
        OldestIndex oldest = find_oldest(columns);
        columns->index_bytes = oldest.bytes + bytes;
        if (!oldest.term || columns->index_bytes <= COLUMNS_INDEX_BYTES_MAX) return;
        TermIndex *index = oldest.term->index;
        columns->index_bytes -= term_index_bytes(index);
        pthread_rwlock_wrlock(&columns->lock);
        oldest.term->index = NULL;
        pthread_rwlock_unlock(&columns->lock);
        term_index_free(index);
    }
}

static void prepare_index(Columns *columns, const Wanted *wanted)
{
    Column *column = column_list_find(&columns->lists[COLUMN_TERMS], wanted->column);
    uint32_t code = column ? term_table_find(&column->terms, wanted->term) : 0;
    if (!code || column->terms.terms[code].index) return;
    Term *term = &column->terms.terms[code];
    TermIndex *index = term_index_new(column->segments, column->page_count, code, term->objects);
    make_room(columns, term_index_bytes(index));
    pthread_rwlock_wrlock(&columns->lock);
    index->used = ++columns->tick;
    term->index = index;
    pthread_rwlock_unlock(&columns->lock);
}

void columns_prepare(Columns *columns, const Wanted *indexes, size_t n, const ColumnsOrder *order)
{
    if (pthread_mutex_trylock(&columns->writer) != 0) return;
    for (size_t i = 0; i < n; i++) prepare_index(columns, &indexes[i]);
    if (order) prepare_order(columns, order);
    pthread_mutex_unlock(&columns->writer);
}
