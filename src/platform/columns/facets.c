/* Counting values. Pages come one by one, each with the objects that match; a term facet has a counter
 * for each code of its column, so that counting is one addition a value, and the texts are looked at
 * only for the few terms that are listed in the end. Counters of a column have the size of its largest
 * code; with thousands of terms that still fits the second-level cache.
 *
 * Where everything matches, the counts are those that the terms keep anyway.
 *
 * Buckets of numbers need the least and the greatest first, so the numbers are kept until then. */
#include "platform/columns/query.h"

#include <stdlib.h>

/* Numbers of one page's hits. */
typedef struct PageNumbers {
    int64_t *items;
    size_t n;
} PageNumbers;

typedef struct Counted {
    const Column *column; /* NULL: there is none of this name */
    Str name;
    size_t ask;
    size_t choice;        /* whose clauses do not count for it; NO_CHOICE */
    Counters counters;    /* of terms, by code; in the end their sums are in the first half */
    bool is_all;          /* terms of all objects: nothing narrows */
    PageNumbers *numbers; /* of each page; NULL: no buckets are wanted */
    size_t objects;
    int64_t min, max;
} Counted;

#define NO_CHOICE SIZE_MAX

struct Facets {
    const Query *query;
    Counted *items;
    size_t n;
};

/* ---- What to count --------------------------------------------------------------------------- */

static size_t max_of(const Facets *facets, const Counted *counted)
{
    const ColumnsFacetAsk *ask = &facets->query->question->facets[counted->ask];
    size_t most = ask->is_number ? COLUMNS_BUCKETS_MAX : COLUMNS_FACET_TERMS_MAX;
    return ask->max < most ? ask->max : most;
}

/* Where nothing narrows, the counts are those that the terms keep anyway. */
static void take_all(Counted *counted)
{
    const TermTable *table = &counted->column->terms;
    for (uint32_t code = 1; code < table->codes; code++)
        counted->counters.half[0][code] = table->terms[code].text ? table->terms[code].objects : 0;
    counted->objects = counted->column->objects;
}

static void add_column(Facets *facets, size_t ask, const Column *column, Str name)
{
    const Query *query = facets->query;
    Counted *counted = &facets->items[facets->n++];
    *counted = (Counted){.column = column, .name = name, .ask = ask, .choice = NO_CHOICE};
    if (!column) return;
    for (size_t i = 0; i < query->choice_count; i++)
        if (query->choices[i].column == column) counted->choice = i;
    size_t others = query->choice_count - (counted->choice != NO_CHOICE);
    counted->is_all =
        column->kind == COLUMN_TERMS && others == 0 && query->always.n == 0 && !query->only_slots;
    if (column->kind == COLUMN_TERMS)
        for (int i = 0; i < 2; i++)
            counted->counters.half[i] = NEW_N(query->arena, uint32_t, column->terms.codes);
    else if (max_of(facets, counted) > 0)
        counted->numbers = NEW_N(query->arena, PageNumbers, query->columns->slots.page_count);
    if (counted->is_all) take_all(counted);
}

static const ColumnList *list_of(const Query *query, const ColumnsFacetAsk *ask)
{
    return &query->columns->lists[ask->is_number ? COLUMN_NUMBERS : COLUMN_TERMS];
}

static size_t prefix_end(const ColumnList *list, size_t first, Str prefix)
{
    while (first < list->n && str_starts(list->items[first]->name, prefix)) first++;
    return first;
}

Facets *columns_facets_new(const Query *query)
{
    const ColumnsQuestion *q = query->question;
    size_t room = 0;
    for (size_t i = 0; i < q->facet_count; i++)
        room += q->facets[i].is_prefix ? list_of(query, &q->facets[i])->n : 1;
    Facets *facets = NEW(query->arena, Facets);
    *facets = (Facets){query, NEW_N(query->arena, Counted, room), 0};
    for (size_t i = 0; i < q->facet_count; i++) {
        const ColumnsFacetAsk *ask = &q->facets[i];
        const ColumnList *list = list_of(query, ask);
        size_t first = column_list_place(list, ask->column);
        if (!ask->is_prefix) {
            add_column(facets, i, column_list_find(list, ask->column), ask->column);
            continue;
        }
        for (size_t end = prefix_end(list, first, ask->column); first < end; first++)
            add_column(facets, i, list->items[first], list->items[first]->name);
    }
    return facets;
}

/* ---- Counting -------------------------------------------------------------------------------- */

static void count_numbers(Facets *facets, Counted *counted, size_t page, const PageHits *hits)
{
    uint64_t codes[PAGE_SLOTS];
    int64_t numbers[PAGE_SLOTS], min = INT64_MAX, max = INT64_MIN;
    size_t n = 0;
    segment_read(column_segment(counted->column, page), hits->slots, hits->n, codes);
    for (size_t i = 0; i < hits->n; i++) {
        numbers[n] = number_decode(codes[i]);
        n += codes[i] != 0;
    }
    for (size_t i = 0; i < n; i++) {
        min = numbers[i] < min ? numbers[i] : min;
        max = numbers[i] > max ? numbers[i] : max;
    }
    if (n == 0) return;
    if (counted->objects == 0 || min < counted->min) counted->min = min;
    if (counted->objects == 0 || max > counted->max) counted->max = max;
    counted->objects += n;
    if (counted->numbers)
        counted->numbers[page] =
            (PageNumbers){arena_copy(facets->query->arena, numbers, n * sizeof *numbers), n};
}

static void count_column(Facets *facets, Counted *counted, size_t page, const PageHits *hits)
{
    const Segment *segment = column_segment(counted->column, page);
    if (!segment) return;
    if (counted->column->kind == COLUMN_TERMS)
        counted->objects += segment_count(segment, hits, &counted->counters);
    else
        count_numbers(facets, counted, page, hits);
}

/* Counts the columns that one choice (or none) leaves free. */
static void count_bits(Facets *facets, size_t page, size_t choice, const PageBits *bits)
{
    uint16_t slots[PAGE_SLOTS];
    PageHits hits = {bits->words, slots, 0};
    bool is_listed = false;
    for (size_t i = 0; i < facets->n; i++) {
        Counted *counted = &facets->items[i];
        if (counted->choice != choice || counted->is_all) continue;
        if (!is_listed) hits.n = page_bits_list(bits->words, slots);
        is_listed = true;
        if (hits.n) count_column(facets, counted, page, &hits);
    }
}

void columns_facets_count_page(Facets *facets, size_t page, const PageBits *hits,
                               const PageBits *without)
{
    count_bits(facets, page, NO_CHOICE, hits);
    for (size_t i = 0; i < facets->query->choice_count; i++)
        count_bits(facets, page, i, &without[i]);
}

/* ---- Terms ----------------------------------------------------------------------------------- */

static int by_count_and_text(const void *a, const void *b)
{
    const ColumnsFacetTerm *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return str_cmp(x->term, y->term);
}

/* The terms that the facet's own clauses name, each once, in room for all. */
static ColumnsFacetTerm *list_chosen(const Query *query, const Counted *counted, size_t *n)
{
    const ColumnsFilter *filter = query->filter;
    size_t room = 0;
    for (size_t i = 0; i < filter->n; i++)
        for (size_t k = 0; k < filter->all[i].n; k++) room += filter->all[i].any[k].terms.n;
    ColumnsFacetTerm *chosen = NEW_N(query->arena, ColumnsFacetTerm, room);
    *n = 0;
    for (size_t i = 0; i < filter->n; i++) {
        if (!columns_query_is_choice(&filter->all[i], counted->name, false)) continue;
        for (size_t k = 0; k < filter->all[i].n; k++) {
            const ColumnsCondition *condition = &filter->all[i].any[k];
            for (size_t t = 0; t < condition->terms.n && !condition->is_not; t++)
                chosen[(*n)++] =
                    (ColumnsFacetTerm){.term = condition->terms.items[t], .is_chosen = true};
        }
    }
    qsort(chosen, *n, sizeof *chosen, by_count_and_text);
    size_t kept = 0;
    for (size_t i = 0; i < *n; i++)
        if (kept == 0 || !str_eq(chosen[kept - 1].term, chosen[i].term)) chosen[kept++] = chosen[i];
    *n = kept;
    return chosen;
}

/* The codes with the highest counts: a heap with the last of them on top. */
typedef struct Top {
    const Counted *counted;
    uint32_t *codes;
    size_t n, capacity;
} Top;

static bool comes_before(const Counted *counted, uint32_t a, uint32_t b)
{
    const uint32_t *counts = counted->counters.half[0];
    if (counts[a] != counts[b]) return counts[a] > counts[b];
    const TermTable *table = &counted->column->terms;
    return str_cmp(term_table_text(table, a), term_table_text(table, b)) < 0;
}

static void sift_up(Top *top, size_t at)
{
    for (size_t parent; at > 0; at = parent) {
        parent = (at - 1) / 2;
        if (!comes_before(top->counted, top->codes[parent], top->codes[at])) return;
        uint32_t code = top->codes[at];
        top->codes[at] = top->codes[parent];
        top->codes[parent] = code;
    }
}

static void sift_down(Top *top)
{
    for (size_t at = 0, child; (child = 2 * at + 1) < top->n; at = child) {
        if (child + 1 < top->n &&
            comes_before(top->counted, top->codes[child], top->codes[child + 1]))
            child++;
        if (comes_before(top->counted, top->codes[child], top->codes[at])) return;
        uint32_t code = top->codes[at];
        top->codes[at] = top->codes[child];
        top->codes[child] = code;
    }
}

static void offer(Top *top, uint32_t code)
{
    if (top->n < top->capacity) {
        top->codes[top->n] = code;
        sift_up(top, top->n++);
    } else if (top->capacity > 0 && comes_before(top->counted, code, top->codes[0])) {
        top->codes[0] = code;
        sift_down(top);
    }
}

static void find_top(Facets *facets, Counted *counted, ColumnsFacet *out, Top *top)
{
    const TermTable *table = &counted->column->terms;
    *top = (Top){.counted = counted, .capacity = max_of(facets, counted)};
    top->codes = NEW_N(facets->query->arena, uint32_t, top->capacity);
    uint32_t *counts = counted->counters.half[0], *others = counted->counters.half[1];
    for (uint32_t code = 1; code < table->codes; code++) counts[code] += others[code];
    for (uint32_t code = 1; code < table->codes; code++) {
        if (counts[code] == 0) continue;
        out->distinct++;
        offer(top, code);
    }
}

/* The listed terms in front, then the chosen ones that are not among them. */
static void finish_terms(Facets *facets, Counted *counted, ColumnsFacet *out)
{
    Arena *arena = facets->query->arena;
    size_t chosen_count;
    ColumnsFacetTerm *chosen = list_chosen(facets->query, counted, &chosen_count);
    const uint32_t *counts = counted->counters.half[0];
    Top top = {0};
    if (counted->column) find_top(facets, counted, out, &top);
    out->terms = NEW_N(arena, ColumnsFacetTerm, top.n + chosen_count);
    for (size_t i = 0; i < top.n; i++) {
        Str text = term_table_text(&counted->column->terms, top.codes[i]);
        out->terms[i] =
            (ColumnsFacetTerm){.term = str_copy(arena, text), .count = counts[top.codes[i]]};
    }
    qsort(out->terms, top.n, sizeof *out->terms, by_count_and_text);
    out->term_count = top.n;
    for (size_t i = 0; i < chosen_count; i++) {
        size_t at = 0;
        while (at < top.n && !str_eq(out->terms[at].term, chosen[i].term)) at++;
        if (at < top.n) {
            out->terms[at].is_chosen = true;
            continue;
        }
        uint32_t code =
            counted->column ? term_table_find(&counted->column->terms, chosen[i].term) : 0;
        chosen[i].count = code ? counts[code] : 0;
        chosen[i].term = str_copy(arena, chosen[i].term);
        out->terms[out->term_count++] = chosen[i];
    }
    qsort(out->terms + top.n, out->term_count - top.n, sizeof *out->terms, by_count_and_text);
}

/* ---- Numbers --------------------------------------------------------------------------------- */

static __int128 floor_to(__int128 value, __int128 step)
{
    __int128 rest = value % step;
    return value - rest - (rest < 0 ? step : 0);
}

static int64_t clamped(__int128 value)
{
    return value > INT64_MAX ? INT64_MAX : value < INT64_MIN ? INT64_MIN : (int64_t)value;
}

/* The least of 1, 2, 5, 10, 20 … such that at most `most` buckets cover the numbers; 0 when none does: one
 * bucket cannot cover both signs. */
static uint64_t step_for(int64_t min, int64_t max, size_t most)
{
    static const int factors[] = {1, 2, 5};
    __int128 power = 1, step = 1;
    for (int i = 1; step <= UINT64_MAX; step = power * factors[i++ % 3]) {
        if ((floor_to(max, step) - floor_to(min, step)) / step < (__int128)most)
            return (uint64_t)step;
        if (i % 3 == 0) power *= 10;
    }
    return 0;
}

/* The bucket is found by a multiplication, which can miss by one; its bounds tell. Neighbours go to different
 * halves of the counts, as with terms. */
static void fill_buckets(const PageNumbers *numbers, size_t page_count, ColumnsFacet *out,
                         uint64_t step)
{
    uint32_t counts[2][COLUMNS_BUCKETS_MAX] = {0};
    int64_t mins[COLUMNS_BUCKETS_MAX];
    size_t last = out->bucket_count - 1;
    for (size_t i = 0; i <= last; i++) mins[i] = out->buckets[i].min;
    double each = 1 / (double)step, first = (double)mins[0];
    for (size_t page = 0; page < page_count; page++) {
        for (size_t i = 0; i < numbers[page].n; i++) {
            int64_t number = numbers[page].items[i];
            size_t at = (size_t)(((double)number - first) * each); /* >= 0: first is the least */
            if (at > last) at = last;
            at -= number < mins[at];
            at += at < last && number >= mins[at + 1];
            counts[i % 2][at]++;
        }
    }
    for (size_t i = 0; i <= last; i++) out->buckets[i].count = counts[0][i] + counts[1][i];
}

static void finish_numbers(Facets *facets, Counted *counted, ColumnsFacet *out)
{
    size_t most = max_of(facets, counted);
    if (counted->objects == 0) return;
    out->min = counted->min;
    out->max = counted->max;
    uint64_t step = most ? step_for(out->min, out->max, most) : 0;
    if (step == 0) return;
    __int128 first = floor_to(out->min, step);
    out->bucket_count = (size_t)((floor_to(out->max, step) - first) / step + 1);
    out->buckets = NEW_N(facets->query->arena, ColumnsBucket, out->bucket_count);
    for (size_t i = 0; i < out->bucket_count; i++) {
        __int128 from = first + (__int128)step * (__int128)i;
        out->buckets[i] = (ColumnsBucket){clamped(from), clamped(from + step - 1), 0};
    }
    fill_buckets(counted->numbers, facets->query->columns->slots.page_count, out, step);
}

/* ---- The answer ------------------------------------------------------------------------------ */

static int by_objects_and_name(const void *a, const void *b)
{
    const ColumnsFacet *x = a, *y = b;
    if (x->objects != y->objects) return x->objects > y->objects ? -1 : 1;
    return str_cmp(x->column, y->column);
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(((const ColumnsFacet *)a)->column, ((const ColumnsFacet *)b)->column);
}

static ColumnsFacet finish(Facets *facets, Counted *counted)
{
    const ColumnsFacetAsk *ask = &facets->query->question->facets[counted->ask];
    ColumnsFacet out = {.ask = counted->ask,
                        .column = str_copy(facets->query->arena, counted->name),
                        .objects = counted->objects};
    if (ask->is_number)
        finish_numbers(facets, counted, &out);
    else
        finish_terms(facets, counted, &out);
    return out;
}

void columns_facets_finish(Facets *facets, ColumnsAnswer *out)
{
    const ColumnsQuestion *q = facets->query->question;
    out->facets = NEW_N(facets->query->arena, ColumnsFacet, facets->n);
    for (size_t i = 0, ask = 0; ask < q->facet_count; ask++) {
        ColumnsFacet *first = &out->facets[out->facet_count];
        size_t n = 0;
        for (; i < facets->n && facets->items[i].ask == ask; i++) {
            first[n] = finish(facets, &facets->items[i]);
            n += !q->facets[ask].is_prefix || first[n].objects > 0 || first[n].term_count > 0;
        }
        if (n > COLUMNS_FACETS_MAX) {
            qsort(first, n, sizeof *first, by_objects_and_name);
            n = COLUMNS_FACETS_MAX;
            qsort(first, n, sizeof *first, by_name);
        }
        out->facet_count += n;
    }
}
