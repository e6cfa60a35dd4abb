/* One page, in one of two ways. Walking: along a kept order from the position on, looking at each object
 * whether it matches, until the page is full; this costs the same at any number of objects, but would
 * take long when matches are rare or far away. Picking: from all matches, keeping the best in a heap; this
 * costs something for each match, and needs no order. The estimate of matches decides, and a walk that
 * finds less than was expected gives up before it has cost much more than picking. */
#include "platform/columns/query.h"

/* What things cost, in nanoseconds, about (bench/micro/columns.c). Their proportions choose the way; only
 * the speed depends on them. */
static const double STEP_NS = 4, LOOK_NS = 20, PICK_NS = 4, PICK_TEXT_NS = 10, PAGE_NS = 150,
                    PAGE_CLAUSE_NS = 60, PAGE_LOOK_NS = 5, SEED_NS = 25, ORDER_WORTH_NS = 20000;

/* A walk that was so many times longer than expected, and not short, is worth to be shorter the next time. */
enum { LONG_WALK = 4, SHORT_WALK = 1000 };

/* ---- Which way ------------------------------------------------------------------------------- */

static double expected_hits(const Query *query, const Hits *hits)
{
    return hits ? (double)hits->n : query->share * query->columns->slots.objects;
}

/* Can the clause be asked about one object by looking at bits? Else its columns must be looked at. */
static bool has_bits(const Clause *clause)
{
    for (size_t i = 0; i < clause->n; i++) {
        const Condition *condition = &clause->any[i];
        if (condition->is_range) return false;
        for (size_t k = 0; k < condition->n; k++) {
            const TermIndex *index = condition->column->terms.terms[condition->codes[k]].index;
            if (!index || !index->bits) return false;
        }
    }
    return true;
}

/* How many objects must be looked at, by walking or by going through pages, if the filter is asked about so
 * many: each clause is asked about what those before it have left. */
static double expected_looks(const Query *query, double objects, bool is_walk)
{
    double looks = 0, left = objects, all = query->columns->slots.objects;
    for (size_t i = 0; i < query->always.n; i++) {
        const Clause *clause = &query->always.items[i];
        if (is_walk ? !has_bits(clause) : clause->needs_looks) looks += left;
        left *= (double)clause->objects / all;
    }
    return looks;
}

static double pick_ns(const Query *query, const Hits *hits)
{
    double objects = query->columns->slots.objects, found = expected_hits(query, hits);
    double pages = (double)query->columns->slots.page_count;
    double ns = found * (query->sorting.by == ORDER_TEXT ? PICK_TEXT_NS : PICK_NS);
    if (hits) return ns + pages * PAGE_NS;
    Seeds seeds;
    if (columns_query_seeds(query, &seeds)) return (double)seeds.n * SEED_NS;
    double clauses = (double)(query->always.n + query->choice_count);
    return ns + pages * (PAGE_NS + clauses * PAGE_CLAUSE_NS) +
           expected_looks(query, objects, false) * PAGE_LOOK_NS;
}

static double walk_ns(const Query *query, const Hits *hits, double steps)
{
    return steps * STEP_NS + (hits ? 0 : expected_looks(query, steps, true) * LOOK_NS);
}

/* Of a walk until the page is full, when matches are everywhere as likely. */
static double expected_steps(const Query *query, const Hits *hits)
{
    double objects = query->columns->slots.objects, found = expected_hits(query, hits);
    double steps = (double)(query->limit + 1) * objects / (found < 1 ? 1 : found);
    return steps > objects ? objects : steps;
}

bool columns_page_wants_walk(const Query *query, const Hits *hits)
{
    if (query->limit == 0 || query->sorting.by == ORDER_SCORE) return false;
    return walk_ns(query, hits, expected_steps(query, hits)) <= pick_ns(query, hits);
}

bool columns_page_wants_order(const Query *query)
{
    return columns_page_wants_walk(query, NULL) && pick_ns(query, NULL) > ORDER_WORTH_NS;
}

/* ---- Walking --------------------------------------------------------------------------------- */

static bool is_before(OrderPlace a, OrderPlace b)
{
    return a.chunk != b.chunk ? a.chunk < b.chunk : a.at < b.at;
}

/* Does the clause ask for one term, of which an index tells who has it? */
static const TermIndex *index_of(const Clause *clause)
{
    const Condition *only = clause->any;
    if (clause->n != 1 || only->is_range || only->is_not || only->n != 1) return NULL;
    const TermIndex *index = only->column->terms.terms[only->codes[0]].index;
    return index && index->bits ? index : NULL;
}

/* Of the terms that the filter asks for, the first objects of the one of which most of the order is
 * known. False: of none. */
static bool find_first_objects(const Query *query, const SlotOrder *order, OrderHint *out)
{
    bool is_found = false;
    for (size_t i = 0; i < query->always.n; i++) {
        const Condition *only = query->always.items[i].any;
        OrderHint hint;
        if (!index_of(&query->always.items[i]) ||
            !order_hints_find(order->hints, only->column, only->codes[0], &hint))
            continue;
        if (is_found) {
            uint32_t last = out->slots[out->n - 1];
            SortKey key = sorting_key(&order->sorting, last, sorting_major(&order->sorting, last));
            if (sorting_compare_slot(&order->sorting, hint.slots[hint.n - 1], &key) < 0) continue;
        }
        *out = hint;
        is_found = true;
    }
    return is_found;
}

/* After a walk from the beginning that took long: which objects come first that have the filter's
 * terms? Looking for them takes about as long as picking, once; then it is known (order_hints.h). */
static void learn_first_objects(const Query *query, const SlotOrder *order)
{
    for (size_t i = 0; i < query->always.n; i++) {
        const Condition *only = query->always.items[i].any;
        const TermIndex *index = index_of(&query->always.items[i]);
        OrderHint hint;
        if (!index || order_hints_find(order->hints, only->column, only->codes[0], &hint)) continue;
        hint = (OrderHint){.column = only->column, .code = only->codes[0]};
        OrderPlace place = {0, 0};
        for (uint32_t slot; hint.n < ORDER_HINT_SLOTS && slot_order_next(order, &place, &slot);)
            if (term_index_has(index, slot)) hint.slots[hint.n++] = slot;
        order_hints_learn(order->hints, &hint);
    }
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

static bool is_hit(const Hits *hits, uint32_t slot)
{
    return bit_get(hits->pages[slot >> PAGE_SHIFT].words, slot % PAGE_SLOTS);
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

/* The object belongs to the page when it matches. False: the page is full, and there is more. */
static bool walk_past(const Query *query, const Hits *hits, uint32_t slot, ColumnsAnswer *out)
{
    if (hits ? !is_hit(hits, slot) : !columns_query_matches(query, slot, NULL)) return true;
    if (out->n == query->limit) {
        out->has_more = true;
        return false;
    }
    SortKey key = sorting_key(&query->sorting, slot, sorting_major(&query->sorting, slot));
    add(query, &key, out);
    return true;
}

/* Walks past the known first objects that come behind the position, as walk_past; then *from is not
 * before the last of them. */
static bool walk_first_objects(const Query *query, const SlotOrder *order, const Hits *hits,
                               OrderPlace *from, ColumnsAnswer *out)
{
    OrderHint first;
    if (!find_first_objects(query, order, &first)) return true;
    const Sorting *sorting = &order->sorting;
    const ColumnsPosition *position = query->question->after;
    SortKey after = {0};
    if (position) after = sorting_key_of(sorting, position);
    uint32_t last = first.slots[first.n - 1];
    if (position && sorting_compare_slot(sorting, last, &after) <= 0) return true;
    for (uint32_t i = 0; i < first.n; i++) {
        if (position && sorting_compare_slot(sorting, first.slots[i], &after) <= 0) continue;
        if (!walk_past(query, hits, first.slots[i], out)) return false;
    }
    SortKey key = sorting_key(sorting, last, sorting_major(sorting, last));
    OrderPlace behind = slot_order_find(order, &key);
    slot_order_next(order, &behind, &last);
    if (is_before(*from, behind)) *from = behind;
    return true;
}

bool columns_page_walk(const Query *query, const SlotOrder *order, const Hits *hits,
                       ColumnsAnswer *out)
{
    double worth = 2 * pick_ns(query, hits) / walk_ns(query, hits, 1);
    size_t most = worth < 1e15 ? 256 + (size_t)worth : SIZE_MAX, steps = 0;
    OrderPlace place, end;
    find_stretch(query, order, &place, &end);
    make_room(query, query->limit, out);
    if (!walk_first_objects(query, order, hits, &place, out)) return true;
    for (uint32_t slot; steps < most && is_before(place, end); steps++) {
        if (!slot_order_next(order, &place, &slot) || !walk_past(query, hits, slot, out)) break;
    }
    double surprising = LONG_WALK * expected_steps(query, hits) + SHORT_WALK;
    bool is_given_up = steps == most;
    if (!query->question->after && (is_given_up || (double)steps > surprising))
        learn_first_objects(query, order);
    return !is_given_up;
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

/* The scores of what a search has found; 0 when there was none. */
static uint64_t major_of_found(const Query *query, size_t i)
{
    const ColumnsHits *only = query->filter->only;
    return sorting_major_of_score(only && only->scores ? only->scores[i] : 0);
}

static void offer_found(const Query *query, const Hits *hits, Best *best)
{
    for (size_t i = 0; i < query->filter->only->n; i++) {
        uint32_t slot = query->only_slots[i];
        if (slot != NO_SLOT && is_hit(hits, slot)) offer(best, slot, major_of_found(query, i));
    }
}

static void offer_page(const Query *query, size_t page, const PageBits *bits, Best *best)
{
    uint16_t slots[PAGE_SLOTS];
    uint64_t majors[PAGE_SLOTS];
    size_t n = page_bits_list(bits->words, slots);
    if (query->sorting.by == ORDER_SCORE) /* without a search */
        for (size_t i = 0; i < n; i++) majors[i] = major_of_found(query, i);
    else
        sorting_majors(&query->sorting, page, slots, n, majors);
    for (size_t i = 0; i < n; i++) offer(best, (uint32_t)(page * PAGE_SLOTS) + slots[i], majors[i]);
}

static Best best_new(const Query *query, size_t hits)
{
    size_t capacity = query->limit + 1 < hits ? query->limit + 1 : hits;
    Best best = {.sorting = &query->sorting,
                 .keys = NEW_N(query->arena, SortKey, capacity),
                 .capacity = capacity,
                 .has_after = query->question->after != NULL};
    if (best.has_after) best.after = sorting_key_of(&query->sorting, query->question->after);
    return best;
}

/* Slots are gone through from the last on: mostly the newest objects, of which later ones are refused at once
 * when the newest come first. */
static void take_best(const Query *query, Best *best, ColumnsAnswer *out)
{
    sort_best(best);
    make_room(query, best->n, out);
    out->has_more = best->n > query->limit;
    for (size_t i = 0; i < best->n && i < query->limit; i++) add(query, &best->keys[i], out);
}

void columns_page_pick(const Query *query, const Hits *hits, ColumnsAnswer *out)
{
    if (hits->n == 0 || query->limit == 0) return;
    Best best = best_new(query, hits->n);
    if (query->sorting.by == ORDER_SCORE && query->only_slots) {
        offer_found(query, hits, &best);
    } else {
        for (size_t page = query->columns->slots.page_count; page-- > 0;)
            if (page_bits_any(hits->pages[page].words))
                offer_page(query, page, &hits->pages[page], &best);
    }
    take_best(query, &best, out);
}

void columns_page_pick_seeds(const Query *query, const Seeds *seeds, ColumnsAnswer *out)
{
    if (seeds->n == 0) return;
    Best best = best_new(query, seeds->n);
    bool by_score = query->sorting.by == ORDER_SCORE;
    for (size_t i = seeds->n; i-- > 0;) {
        uint32_t slot = seeds->slots[i];
        if (slot == NO_SLOT || !columns_query_matches(query, slot, seeds)) continue;
        out->total++;
        if (query->limit == 0) continue;
        offer(&best, slot,
              by_score ? major_of_found(query, i) : sorting_major(&query->sorting, slot));
    }
    if (query->limit > 0) take_best(query, &best, out);
}
