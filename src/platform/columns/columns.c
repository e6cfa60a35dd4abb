/* The store from outside: locks, portions, and the course of a question.
 *
 * A question is asked twice at most. The first time may find that an index or an order is missing which
 * would make it faster; then the lock is left, they are built (or not, when a writer is at work), and the
 * question is asked again of the store as it is by then. */
#include "platform/columns/query.h"

#include "base/random.h"
#include "platform/columns/memory.h"

enum {
    /* Rows that are put while readers wait: some tens of microseconds. */
    PORTION = 8,
    /* So many rows at once are cheaper to sort anew than to insert one by one, if they are a good part of
     * all (BULK_SHARE). */
    BULK_ROWS = 1000,
    BULK_SHARE = 8,
};

Columns *columns_new(void)
{
    Columns *columns = memory_zeroed(1, sizeof *columns);
    pthread_mutex_init(&columns->writer, NULL);
    /* Else a steady stream of readers would keep writers out for ever. */
    pthread_rwlockattr_t attr;
    pthread_rwlockattr_init(&attr);
    pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&columns->lock, &attr);
    pthread_rwlockattr_destroy(&attr);
    columns->key = (SipKey){random_u64(&random_system), random_u64(&random_system)};
    columns->scratch = row_scratch_new();
    slots_init(&columns->slots);
    return columns;
}

void columns_free(Columns *columns)
{
    if (!columns) return;
    columns_drop_orders(columns);
    free(columns->orders);
    for (int kind = 0; kind < COLUMN_KINDS; kind++) {
        for (size_t i = 0; i < columns->lists[kind].n; i++)
            column_free(columns->lists[kind].items[i]);
        free(columns->lists[kind].items);
    }
    slots_clear(&columns->slots);
    row_scratch_free(columns->scratch);
    pthread_rwlock_destroy(&columns->lock);
    pthread_mutex_destroy(&columns->writer);
    free(columns);
}

/* ---- Writing --------------------------------------------------------------------------------- */

/* Makes the table of slots large enough for one more object; the long part beside the readers. Called and
 * left without the lock. */
static void grow_table(Columns *columns)
{
    size_t size;
    uint32_t *table = slots_larger_table(&columns->slots, &size);
    if (!table) return;
    pthread_rwlock_wrlock(&columns->lock);
    uint32_t *old = slots_take_table(&columns->slots, table, size);
    pthread_rwlock_unlock(&columns->lock);
    free(old);
}

static bool put_portion(Columns *columns, const ColumnsRow *rows, size_t n)
{
    bool fits = true;
    pthread_mutex_lock(&columns->writer);
    for (size_t i = 0; i < n; i++) grow_table(columns);
    pthread_rwlock_wrlock(&columns->lock);
    for (size_t i = 0; i < n; i++)
        fits = columns_row_put(columns, columns->scratch, &rows[i]) && fits;
    pthread_rwlock_unlock(&columns->lock);
    pthread_mutex_unlock(&columns->writer);
    return fits;
}

bool columns_put(Columns *columns, const ColumnsRow *row)
{
    return put_portion(columns, row, 1);
}

/* Orders that most of what they sort is about to leave are built anew when they are next asked for. */
static void drop_orders_for(Columns *columns, size_t rows)
{
    pthread_mutex_lock(&columns->writer);
    if (rows >= BULK_ROWS && rows >= columns->slots.objects / BULK_SHARE) {
        pthread_rwlock_wrlock(&columns->lock);
        columns_drop_orders(columns);
        pthread_rwlock_unlock(&columns->lock);
    }
    pthread_mutex_unlock(&columns->writer);
}

bool columns_put_all(Columns *columns, const ColumnsRow *rows, size_t n)
{
    bool fits = true;
    drop_orders_for(columns, n);
    for (size_t i = 0; i < n; i += PORTION)
        fits = put_portion(columns, rows + i, n - i < PORTION ? n - i : PORTION) && fits;
    return fits;
}

static void remove_portion(Columns *columns, const uint32_t *slots, size_t n)
{
    pthread_rwlock_wrlock(&columns->lock);
    for (size_t i = 0; i < n; i++) columns_row_remove(columns, columns->scratch, slots[i]);
    pthread_rwlock_unlock(&columns->lock);
}

void columns_remove(Columns *columns, Id id)
{
    pthread_mutex_lock(&columns->writer);
    uint32_t slot = slots_find(&columns->slots, id);
    if (slot != NO_SLOT) remove_portion(columns, &slot, 1);
    pthread_mutex_unlock(&columns->writer);
}

void columns_keep(Columns *columns, IdList ids)
{
    pthread_mutex_lock(&columns->writer);
    const Slots *slots = &columns->slots;
    uint64_t *kept = memory_zeroed(slots->page_count * PAGE_WORDS, sizeof *kept);
    for (size_t i = 0; i < ids.n; i++) {
        uint32_t slot = slots_find(slots, ids.items[i]);
        if (slot != NO_SLOT) bit_set(kept, slot);
    }
    uint32_t portion[PORTION];
    size_t n = 0;
    for (uint32_t slot = 0; slot < slots->used; slot++) {
        if (!bit_get(slots->pages[slot >> PAGE_SHIFT]->live, slot % PAGE_SLOTS)) continue;
        if (bit_get(kept, slot)) continue;
        portion[n++] = slot;
        if (n < PORTION) continue;
        remove_portion(columns, portion, n);
        n = 0;
    }
    remove_portion(columns, portion, n);
    free(kept);
    pthread_mutex_unlock(&columns->writer);
}

/* ---- Asking ---------------------------------------------------------------------------------- */

/* Evaluates the filter, page by page, for the page and the facets. */
static Hits find_hits(const Query *query, Facets *facets)
{
    size_t pages = query->columns->slots.page_count;
    Hits hits = {.pages = NEW_N(query->arena, PageBits, pages)};
    PageBits *without = NEW_N(query->arena, PageBits, query->choice_count);
    for (size_t page = 0; page < pages; page++) {
        if (!columns_query_page(query, page, &hits.pages[page], without)) continue;
        hits.n += page_bits_count(hits.pages[page].words);
        if (facets) columns_facets_count_page(facets, page, &hits.pages[page], without);
    }
    return hits;
}

/* The ways from the cheapest on: a walk; looking at a few seeds; evaluating the filter on all pages. */
static ColumnsAnswer answer(Query *query)
{
    const ColumnsQuestion *q = query->question;
    ColumnsAnswer out = {0};
    SlotOrder *order = columns_find_order(query->columns, &q->order);
    if (order) columns_touch(query->columns, &order->used);
    bool is_page_only = !q->wants_total && q->facet_count == 0 && !query->only_slots;
    if (is_page_only && order && columns_page_wants_walk(query, NULL) &&
        columns_page_walk(query, order, NULL, &out))
        return out;
    Seeds seeds;
    if (q->facet_count == 0 && columns_query_seeds(query, &seeds)) {
        columns_page_pick_seeds(query, &seeds, &out);
        if (!q->wants_total) out.total = 0;
        return out;
    }
    Facets *facets = q->facet_count ? columns_facets_new(query) : NULL;
    Hits hits = find_hits(query, facets);
    if (facets) columns_facets_finish(facets, &out);
    if (q->wants_total) out.total = hits.n;
    if (order && columns_page_wants_walk(query, &hits) &&
        columns_page_walk(query, order, &hits, &out))
        return out;
    columns_page_pick(query, &hits, &out);
    return out;
}

ColumnsAnswer columns_ask(Columns *columns, Arena *arena, const ColumnsQuestion *question)
{
    pthread_rwlock_rdlock(&columns->lock);
    Query query = columns_query_new(columns, arena, question);
    bool wants_order =
        !columns_find_order(columns, &question->order) && columns_page_wants_order(&query);
    if (query.wanted_count || wants_order) {
        pthread_rwlock_unlock(&columns->lock);
        columns_prepare(columns, query.wanted, query.wanted_count,
                        wants_order ? &question->order : NULL);
        pthread_rwlock_rdlock(&columns->lock);
        query = columns_query_new(columns, arena, question);
    }
    ColumnsAnswer out = answer(&query);
    pthread_rwlock_unlock(&columns->lock);
    return out;
}

/* ---- Size ------------------------------------------------------------------------------------ */

static size_t indexes_bytes(const TermTable *table)
{
    size_t bytes = 0;
    for (uint32_t code = 1; code < table->codes; code++)
        if (table->terms[code].text) bytes += term_index_bytes(table->terms[code].index);
    return bytes;
}

ColumnsSize columns_size(Columns *columns)
{
    pthread_rwlock_rdlock(&columns->lock);
    ColumnsSize size = {.objects = columns->slots.objects,
                        .bytes = sizeof *columns + slots_bytes(&columns->slots)};
    for (int kind = 0; kind < COLUMN_KINDS; kind++) {
        const ColumnList *list = &columns->lists[kind];
        size.columns += list->n;
        for (size_t i = 0; i < list->n; i++) {
            size.terms += list->items[i]->terms.n;
            size.bytes += column_bytes(list->items[i]);
            size.text_bytes += column_text_bytes(list->items[i]);
            size.index_bytes += indexes_bytes(&list->items[i]->terms);
        }
    }
    for (size_t i = 0; i < columns->order_count; i++)
        size.order_bytes += slot_order_bytes(columns->orders[i]);
    size.bytes += size.order_bytes + size.index_bytes;
    pthread_rwlock_unlock(&columns->lock);
    return size;
}
