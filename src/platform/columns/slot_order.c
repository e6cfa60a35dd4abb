/* A sorted array in chunks: finding is a binary search over chunks and one within, changing moves at
 * most two kilobytes, walking is reading an array. An entry is a slot, four bytes; what it is sorted by
 * stays in the columns. Each direction is an order of its own (absent values come last in both, and
 * equals newest first in both), so that every walk goes forward.
 *
 * Rejected: a B-tree with keys in its nodes (three times the bytes, and the third level is not needed
 * below millions of chunks); a skip list or balanced tree (a cache miss for each step of a walk); one
 * flat array (a put would move megabytes). */
#include "platform/columns/slot_order.h"

#include "platform/columns/memory.h"

#include <assert.h>

/* Chunks are made this full, so that the first insertions do not split them all. */
enum { CHUNK_FILL = ORDER_CHUNK_SLOTS * 7 / 8 };

/* ---- Building -------------------------------------------------------------------------------- */

typedef struct Entry {
    uint64_t major;
    uint32_t slot;
    uint32_t rank; /* its place among the newest first: decides between equals */
} Entry;

/* Sorts by major; equals keep their order (radix sort from the lowest byte; Knuth, The Art of Computer
 * Programming 3, 5.2.5, algorithm R). Bytes that are the same everywhere are passed over. */
static void sort_by_major(Entry **entries, Entry **spare, size_t n)
{
    size_t(*counts)[256] = memory_zeroed(8, sizeof *counts);
    for (size_t i = 0; i < n; i++)
        for (int byte = 0; byte < 8; byte++) counts[byte][(*entries)[i].major >> byte * 8 & 255]++;
    for (int byte = 0; byte < 8; byte++) {
        size_t *count = counts[byte], sum = 0;
        if (n == 0 || count[(*entries)[0].major >> byte * 8 & 255] == n) continue;
        for (int i = 0; i < 256; i++) {
            size_t here = count[i];
            count[i] = sum;
            sum += here;
        }
        for (size_t i = 0; i < n; i++)
            (*spare)[count[(*entries)[i].major >> byte * 8 & 255]++] = (*entries)[i];
        Entry *sorted = *spare;
        *spare = *entries;
        *entries = sorted;
    }
    free(counts);
}

static int by_major_and_rank(const void *a, const void *b)
{
    const Entry *x = a, *y = b;
    if (x->major != y->major) return x->major < y->major ? -1 : 1;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

/* Sorts by major and rank: few by comparing. `spare` has room for as many. */
static void sort_entries(Entry *entries, Entry *spare, size_t n)
{
    enum { FEW = 1000 };
    Entry *from = entries, *to = spare;
    if (n <= FEW) {
        qsort(entries, n, sizeof *entries, by_major_and_rank);
        return;
    }
    sort_by_major(&from, &to, n);
    if (from != entries) memcpy(entries, from, n * sizeof *entries);
}

/* Sorts what is equal in the words of text up to `depth` by the rest, of which each text gives one word at a
 * time: it is fetched once for a word, not once for a comparison. */
static void sort_runs(const Sorting *sorting, Entry *entries, Entry *spare, size_t n, size_t depth)
{
    for (size_t i = 0, end; i < n; i = end) {
        uint64_t word = entries[i].major;
        for (end = i + 1; end < n && entries[end].major == word;) end++;
        if (end - i == 1 || !sorting_text_goes_on(sorting, word)) continue;
        for (size_t k = i; k < end; k++)
            entries[k].major = sorting_text_word(sorting, entries[k].slot, depth + 1);
        sort_entries(entries + i, spare + i, end - i);
        sort_runs(sorting, entries + i, spare + i, end - i, depth + 1);
    }
}

/* Objects newest first, which is how equals shall stand. */
static size_t list_newest_first(const Slots *slots, Entry *entries, Entry *spare)
{
    size_t n = 0;
    bool is_sorted = true;
    for (uint32_t slot = slots->used; slot-- > 0;) {
        Id id = slots_id(slots, slot);
        if (id.n <= 0) continue; /* free */
        entries[n] = (Entry){.major = UINT64_MAX - (uint64_t)id.n, .slot = slot};
        is_sorted = is_sorted && (n == 0 || entries[n - 1].major < entries[n].major);
        n++;
    }
    if (!is_sorted) sort_entries(entries, spare, n);
    for (size_t i = 0; i < n; i++) entries[i].rank = (uint32_t)i;
    return n;
}

static void sort_all(const Sorting *sorting, Entry *entries, Entry *spare, size_t n)
{
    if (sorting->by == ORDER_NEWEST) return;
    for (size_t i = 0; i < n; i++) entries[i].major = sorting_major(sorting, entries[i].slot);
    sort_entries(entries, spare, n);
    if (sorting->by == ORDER_TEXT) sort_runs(sorting, entries, spare, n, 0);
}

static OrderChunk *chunk_new(const uint32_t *slots, size_t n)
{
    OrderChunk *chunk = memory_resize(NULL, 1, sizeof *chunk);
    chunk->n = (uint32_t)n;
    if (n) memcpy(chunk->slots, slots, n * sizeof *slots);
    return chunk;
}

static void insert_chunk(SlotOrder *order, size_t at, OrderChunk *chunk)
{
    if (order->n == order->capacity) {
        order->capacity = memory_capacity(order->n + 1);
        order->chunks = memory_resize(order->chunks, order->capacity, sizeof *order->chunks);
    }
    memmove(order->chunks + at + 1, order->chunks + at, (order->n - at) * sizeof *order->chunks);
    order->chunks[at] = chunk;
    order->n++;
}

SlotOrder *slot_order_new(const Sorting *sorting)
{
    SlotOrder *order = memory_zeroed(1, sizeof *order);
    order->sorting = *sorting;
    order->hints = order_hints_new();
    size_t objects = sorting->slots->objects;
    Entry *entries = memory_resize(NULL, objects, sizeof *entries);
    Entry *spare = memory_resize(NULL, objects, sizeof *spare);
    size_t n = list_newest_first(sorting->slots, entries, spare);
    sort_all(sorting, entries, spare, n);
    for (size_t i = 0; i < n; i += CHUNK_FILL) {
        OrderChunk *chunk = chunk_new(NULL, 0);
        for (size_t k = i; k < n && k < i + CHUNK_FILL; k++)
            chunk->slots[chunk->n++] = entries[k].slot;
        insert_chunk(order, order->n, chunk);
    }
    free(entries);
    free(spare);
    return order;
}

void slot_order_free(SlotOrder *order)
{
    if (!order) return;
    for (size_t i = 0; i < order->n; i++) free(order->chunks[i]);
    free(order->chunks);
    order_hints_free(order->hints);
    free(order);
}

/* ---- Finding --------------------------------------------------------------------------------- */

OrderPlace slot_order_find(const SlotOrder *order, const SortKey *key)
{
    size_t low = 0, high = order->n; /* the last chunk that begins before the key is the one */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sorting_compare_slot(&order->sorting, order->chunks[middle]->slots[0], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0) return (OrderPlace){0, 0};
    const OrderChunk *chunk = order->chunks[low - 1];
    size_t first = 1, end = chunk->n;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (sorting_compare_slot(&order->sorting, chunk->slots[middle], key) < 0)
            first = middle + 1;
        else
            end = middle;
    }
    return first < chunk->n ? (OrderPlace){low - 1, first} : (OrderPlace){low, 0};
}

size_t slot_order_between(const SlotOrder *order, OrderPlace from, OrderPlace to)
{
    size_t n = 0;
    for (size_t i = from.chunk; i < to.chunk; i++) n += order->chunks[i]->n;
    return n - from.at + to.at;
}

/* ---- Changing -------------------------------------------------------------------------------- */

static SortKey key_of(const SlotOrder *order, uint32_t slot)
{
    return sorting_key(&order->sorting, slot, sorting_major(&order->sorting, slot));
}

/* Half of a full chunk becomes the next one; but at an end of the order, where the newest objects arrive
 * one after the other, the new chunk is empty, so that those left behind stay full. Returns the place
 * where the insertion goes now. */
static OrderPlace split(SlotOrder *order, OrderPlace place)
{
    OrderChunk *chunk = order->chunks[place.chunk];
    if (place.chunk == 0 && place.at == 0) {
        insert_chunk(order, 0, chunk_new(NULL, 0));
        return place;
    }
    if (place.chunk == order->n - 1 && place.at == chunk->n) {
        insert_chunk(order, order->n, chunk_new(NULL, 0));
        return (OrderPlace){place.chunk + 1, 0};
    }
    uint32_t half = chunk->n / 2;
    insert_chunk(order, place.chunk + 1, chunk_new(chunk->slots + half, chunk->n - half));
    chunk->n = half;
    return place.at > half ? (OrderPlace){place.chunk + 1, place.at - half} : place;
}

void slot_order_insert(SlotOrder *order, uint32_t slot)
{
    SortKey key = key_of(order, slot);
    OrderPlace place = slot_order_find(order, &key);
    if (order->n == 0) insert_chunk(order, 0, chunk_new(NULL, 0));
    if (place.at == 0 && place.chunk > 0) /* behind a chunk rather than before the next */
        place = (OrderPlace){place.chunk - 1, order->chunks[place.chunk - 1]->n};
    if (order->chunks[place.chunk]->n == ORDER_CHUNK_SLOTS) place = split(order, place);
    OrderChunk *chunk = order->chunks[place.chunk];
    memmove(chunk->slots + place.at + 1, chunk->slots + place.at,
            (chunk->n - place.at) * sizeof *chunk->slots);
    chunk->slots[place.at] = slot;
    chunk->n++;
}

static void remove_chunk(SlotOrder *order, size_t at)
{
    free(order->chunks[at]);
    order->n--;
    memmove(order->chunks + at, order->chunks + at + 1, (order->n - at) * sizeof *order->chunks);
}

/* Takes the next chunk in when both are small, so that two neighbours are never both less than a quarter full. */
static void merge(SlotOrder *order, size_t at)
{
    OrderChunk *chunk = order->chunks[at];
    if (chunk->n == 0) {
        remove_chunk(order, at);
        return;
    }
    if (at + 1 == order->n) return;
    const OrderChunk *next = order->chunks[at + 1];
    if (chunk->n + next->n > ORDER_CHUNK_SLOTS / 2) return;
    memcpy(chunk->slots + chunk->n, next->slots, next->n * sizeof *next->slots);
    chunk->n += next->n;
    remove_chunk(order, at + 1);
}

void slot_order_put(SlotOrder *order, uint32_t slot)
{
    order_hints_put(order->hints, &order->sorting, slot);
}

void slot_order_remove(SlotOrder *order, uint32_t slot)
{
    order_hints_leave(order->hints, slot);
    SortKey key = key_of(order, slot);
    OrderPlace place = slot_order_find(order, &key);
    assert(place.chunk < order->n && order->chunks[place.chunk]->slots[place.at] == slot);
    OrderChunk *chunk = order->chunks[place.chunk];
    chunk->n--;
    memmove(chunk->slots + place.at, chunk->slots + place.at + 1,
            (chunk->n - place.at) * sizeof *chunk->slots);
    merge(order, place.chunk);
    if (place.chunk > 0) merge(order, place.chunk - 1);
}

size_t slot_order_bytes(const SlotOrder *order)
{
    return sizeof *order + order_hints_bytes(order->hints) +
           order->capacity * sizeof *order->chunks + order->n * sizeof(OrderChunk);
}
