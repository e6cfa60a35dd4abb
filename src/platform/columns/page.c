/* One page, in one of two ways. Walking: along a kept order from the position on, looking at each object
 * whether it matches, until the page is full; this costs the same at any number of objects, but would
 * take long when matches are rare or far away. Picking: from all matches, keeping the best in a heap; this
 * costs something for each match, and needs no order. The estimate of matches decides, and a walk that
 * finds less than was expected gives up before it has cost much more than picking. */
#include "platform/columns/query.h"

/* What things cost, in nanoseconds, about (bench/micro/columns.c). Their proportions choose the way; only
 * the speed depends on them. */
static const double WALK_NS = 8, WALK_KNOWN_NS = 2.5, PICK_NS = 4, PICK_TEXT_NS = 10,
                    PAGE_CLAUSE_NS = 60;

/* ---- Which way ------------------------------------------------------------------------------- */

static double expected_hits(const Query *query)
{
    return query->share * query->columns->slots.objects;
}

static double pick_ns(const Query *query, bool are_hits_known, double hits)
{
    double ns = hits * (query->sorting.by == ORDER_TEXT ? PICK_TEXT_NS : PICK_NS);
    if (are_hits_known) return ns;
    double clauses = 1 + (double)query->always.n + (double)query->choice_count;
    return ns + (double)query->columns->slots.page_count * clauses * PAGE_CLAUSE_NS;
}

static double walk_step_ns(bool are_hits_known)
{
    return are_hits_known ? WALK_KNOWN_NS : WALK_NS;
}

bool page_wants_walk(const Query *query, bool are_hits_known, size_t hits)
{
    if (query->limit == 0 || query->sorting.by == ORDER_SCORE) return false;
    double objects = query->columns->slots.objects;
    double found = are_hits_known ? (double)hits : expected_hits(query);
    double steps = (double)(query->limit + 1) * objects / (found < 1 ? 1 : found);
    if (steps > objects) steps = objects;
    return steps * walk_step_ns(are_hits_known) <= pick_ns(query, are_hits_known, found);
}

/* ---- Walking --------------------------------------------------------------------------------- */

static bool is_before(OrderPlace a, OrderPlace b)
{
    return a.chunk != b.chunk ? a.chunk < b.chunk : a.at < b.at;
}

/* The part of the order where matches can be: behind the position, and within the range when the filter
 * has one on the order's own column. */
static void find_stretch(const Query *query, const SlotOrder *order, OrderPlace *from,
                         OrderPlace *to)
{
    *from = (OrderPlace){0, 0};
    *to = (OrderPlace){order->n, 0};
    for (size_t i = 0; i < query->always.n; i++) {
        const Clause *clause = &query->always.items[i];
        const Condition *range = clause->any;
        if (clause->n != 1 || !range->is_range || range->is_not ||
            range->column != order->sorting.column)
            continue;
        bool down = order->sorting.is_descending;
        int64_t low = down ? range->max : range->min, high = down ? range->min : range->max;
        SortKey first = {.major = sorting_major_of_number(&order->sorting, low), .id = {INT64_MAX}};
        SortKey last = {.major = sorting_major_of_number(&order->sorting, high)};
        OrderPlace begin = slot_order_find(order, &first), end = slot_order_find(order, &last);
        if (is_before(*from, begin)) *from = begin;
        if (is_before(end, *to)) *to = end;
    }
    if (!query->question->after) return;
    SortKey after = sorting_key_of(&order->sorting, query->question->after);
    OrderPlace begin = slot_order_find(order, &after), next = begin;
    uint32_t slot;
    if (slot_order_next(order, &next, &slot) &&
        sorting_compare_slot(&order->sorting, slot, &after) == 0)
        begin = next;
    if (is_before(*from, begin)) *from = begin;
}

static void add(const Query *query, const SortKey *key, ColumnsAnswer *out)
{
    out->ids[out->n] = key->id;
    out->positions[out->n++] = sorting_position(&query->sorting, key, query->arena);
}

static void make_room(const Query *query, size_t n, ColumnsAnswer *out)
{
    out->n = 0;
    out->has_more = false;
    out->ids = NEW_N(query->arena, Id, n);
    out->positions = NEW_N(query->arena, ColumnsPosition, n);
}

bool page_walk(const Query *query, const SlotOrder *order, const Hits *hits, ColumnsAnswer *out)
{
    double found = hits ? (double)hits->n : expected_hits(query);
    double worth = 2 * pick_ns(query, hits != NULL, found) / walk_step_ns(hits != NULL);
    size_t steps = worth < 1e15 ? 256 + (size_t)worth : SIZE_MAX;
    OrderPlace place, end;
    find_stretch(query, order, &place, &end);
    make_room(query, query->limit, out);
    for (uint32_t slot; is_before(place, end) && slot_order_next(order, &place, &slot); steps--) {
        if (steps == 0) return false;
        bool is_hit = hits ? bit_get(hits->pages[slot >> PAGE_SHIFT].words, slot % PAGE_SLOTS)
                           : query_matches(query, slot);
        if (!is_hit) continue;
        if (out->n == query->limit) {
            out->has_more = true;
            break;
        }
        SortKey key = sorting_key(&query->sorting, slot, sorting_major(&query->sorting, slot));
        add(query, &key, out);
    }
    return true;
}

/* ---- Picking --------------------------------------------------------------------------------- */

/* The first `capacity` of what is offered: a heap with the last of them on top (Williams 1964). */
typedef struct Best {
    const Sorting *sorting;
    SortKey *keys;
    size_t n, capacity;
    bool has_after;
    SortKey after;
} Best;

static void swap(SortKey *a, SortKey *b)
{
    SortKey c = *a;
    *a = *b;
    *b = c;
}

static void sift_up(Best *best, size_t at)
{
    for (size_t parent; at > 0; at = parent) {
        parent = (at - 1) / 2;
        if (sorting_compare(best->sorting, &best->keys[at], &best->keys[parent]) <= 0) return;
        swap(&best->keys[at], &best->keys[parent]);
    }
}

static void sift_down(Best *best, size_t n)
{
    for (size_t at = 0, child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n &&
            sorting_compare(best->sorting, &best->keys[child], &best->keys[child + 1]) < 0)
            child++;
        if (sorting_compare(best->sorting, &best->keys[at], &best->keys[child]) >= 0) return;
        swap(&best->keys[at], &best->keys[child]);
    }
}

/* Most objects are refused by one comparison of numbers. */
static void offer(Best *best, uint32_t slot, uint64_t major)
{
    bool is_full = best->n == best->capacity;
    if (is_full && major > best->keys[0].major) return;
    if (best->has_after && major < best->after.major) return;
    SortKey key = sorting_key(best->sorting, slot, major);
    if (best->has_after && sorting_compare(best->sorting, &key, &best->after) <= 0) return;
    if (!is_full) {
        best->keys[best->n] = key;
        sift_up(best, best->n++);
    } else if (sorting_compare(best->sorting, &key, &best->keys[0]) < 0) {
        best->keys[0] = key;
        sift_down(best, best->n);
    }
}

static void sort_best(Best *best)
{
    for (size_t n = best->n; n-- > 1;) {
        swap(&best->keys[0], &best->keys[n]);
        sift_down(best, n);
    }
}

static void offer_found(const Query *query, const Hits *hits, Best *best)
{
    const ColumnsHits *only = query->filter->only;
    for (size_t i = 0; i < only->n; i++) {
        uint32_t slot = query->only_slots[i];
        if (slot == NO_SLOT || !bit_get(hits->pages[slot >> PAGE_SHIFT].words, slot % PAGE_SLOTS))
            continue;
        offer(best, slot, sorting_major_of_score(only->scores ? only->scores[i] : 0));
    }
}

static void offer_page(const Query *query, size_t page, const PageBits *bits, Best *best)
{
    uint16_t slots[PAGE_SLOTS];
    uint64_t majors[PAGE_SLOTS];
    size_t n = page_bits_list(bits->words, slots);
    if (query->sorting.by == ORDER_SCORE) /* without a search */
        for (size_t i = 0; i < n; i++) majors[i] = sorting_major_of_score(0);
    else
        sorting_majors(&query->sorting, page, slots, n, majors);
    for (size_t i = 0; i < n; i++) offer(best, (uint32_t)(page * PAGE_SLOTS) + slots[i], majors[i]);
}

void page_pick(const Query *query, const Hits *hits, ColumnsAnswer *out)
{
    size_t capacity = query->limit + 1 < hits->n ? query->limit + 1 : hits->n;
    make_room(query, capacity, out);
    if (capacity == 0) return;
    Best best = {.sorting = &query->sorting,
                 .keys = NEW_N(query->arena, SortKey, capacity),
                 .capacity = capacity,
                 .has_after = query->question->after != NULL};
    if (best.has_after) best.after = sorting_key_of(&query->sorting, query->question->after);
    if (query->sorting.by == ORDER_SCORE && query->only_bits) {
        offer_found(query, hits, &best);
    } else {
        for (size_t page = 0; page < query->columns->slots.page_count; page++)
            if (page_bits_any(hits->pages[page].words))
                offer_page(query, page, &hits->pages[page], &best);
    }
    sort_best(&best);
    out->has_more = best.n > query->limit;
    for (size_t i = 0; i < best.n && i < query->limit; i++) add(query, &best.keys[i], out);
}
