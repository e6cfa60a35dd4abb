/* From names to codes, and from clauses to bits.
 *
 * A page at a time: half a kilobyte of bits goes from clause to clause, the cheap and strict ones first, and what is left is
 * counted, listed and given to the facets while it is in the first-level cache. A page whose bits are
 * all gone is left at once. A clause turns into bits by the index of its term, if there is one; else, and
 * always for ranges, by looking at those objects that are left.
 *
 * With choices, a facet's own column must not be narrowed by what is chosen in it. So each choice is
 * evaluated for itself over what all other clauses leave, and each facet gets the AND of the others'
 * bits: products from the left and from the right make that linear in the number of choices.
 *
 * Rejected: sets of whole-store bits for each clause, which go through the second-level cache once for
 * each; lists of slots, which are slower as soon as a filter lets a hundredth through. */
#include "platform/columns/query.h"

#include <assert.h>

/* ---- Names to codes -------------------------------------------------------------------------- */

static void want_index(Query *query, const ColumnsCondition *from, Str term)
{
    query->wanted[query->wanted_count++] = (Wanted){from->column, term};
}

/* The codes of the condition's terms; asks for indexes that are missing. A term that everybody has needs
 * none. Returns how many objects have them, counted once for each term. */
static size_t find_codes(Query *query, const ColumnsCondition *from, Condition *condition)
{
    uint32_t *codes = NEW_N(query->arena, uint32_t, from->terms.n);
    const TermTable *table = &condition->column->terms;
    size_t objects = 0;
    for (size_t i = 0; i < from->terms.n; i++) {
        uint32_t code = term_table_find(table, from->terms.items[i]);
        if (!code) continue;
        const Term *term = &table->terms[code];
        if (term->index)
            columns_touch(query->columns, &term->index->used);
        else if (term->objects < query->columns->slots.objects)
            want_index(query, from, from->terms.items[i]);
        codes[condition->n++] = code;
        objects += term->objects;
    }
    condition->codes = codes;
    return objects;
}

/* How many have a number in the range: counted where an order by the column is kept, else a guess. */
static size_t range_objects(const Query *query, const Condition *condition)
{
    const Columns *columns = query->columns;
    for (size_t i = 0; i < columns->order_count; i++) {
        const SlotOrder *order = columns->orders[i];
        if (order->sorting.column != condition->column) continue;
        bool down = order->sorting.is_descending;
        SortKey first = {.major = sorting_major_of_number(&order->sorting,
                                                          down ? condition->max : condition->min),
                         .id = {INT64_MAX}};
        SortKey last = {.major = sorting_major_of_number(&order->sorting,
                                                         down ? condition->min : condition->max)};
        return slot_order_between(order, slot_order_find(order, &first),
                                  slot_order_find(order, &last));
    }
    return condition->column->objects / 3;
}

typedef enum Reach { REACH_NOBODY, REACH_SOME, REACH_ALL } Reach;

static Reach resolve_condition(Query *query, const ColumnsCondition *from, Condition *to,
                               size_t *objects)
{
    ColumnKind kind = from->is_range ? COLUMN_NUMBERS : COLUMN_TERMS;
    size_t all = query->columns->slots.objects;
    *to = (Condition){.column = column_list_find(&query->columns->lists[kind], from->column),
                      .min = from->min,
                      .max = from->max,
                      .is_not = from->is_not,
                      .is_range = from->is_range};
    *objects = 0;
    if (to->column && from->is_range && from->min <= from->max)
        *objects = range_objects(query, to);
    else if (to->column && !from->is_range)
        *objects = find_codes(query, from, to);
    bool is_nobody = !to->column || (from->is_range ? from->min > from->max : to->n == 0);
    bool is_all = to->n == 1 && *objects == all;
    if (is_nobody || is_all) return is_nobody != from->is_not ? REACH_NOBODY : REACH_ALL;
    if (*objects > all) *objects = all;
    if (from->is_not) *objects = all - *objects;
    return REACH_SOME;
}

static bool needs_looks(const Condition *condition)
{
    for (size_t i = 0; i < condition->n; i++)
        if (!condition->column->terms.terms[condition->codes[i]].index) return true;
    return condition->is_range;
}

static Reach resolve_clause(Query *query, const ColumnsClause *from, Clause *to)
{
    *to = (Clause){.any = NEW_N(query->arena, Condition, from->n)};
    bool is_all = false;
    for (size_t i = 0; i < from->n; i++) {
        size_t objects;
        Reach reach = resolve_condition(query, &from->any[i], &to->any[to->n], &objects);
        is_all = is_all || reach == REACH_ALL;
        if (reach != REACH_SOME) continue;
        to->needs_looks = needs_looks(&to->any[to->n++]) || to->needs_looks;
        to->objects += objects;
    }
    if (to->objects > query->columns->slots.objects) to->objects = query->columns->slots.objects;
    return is_all ? REACH_ALL : to->n ? REACH_SOME : REACH_NOBODY;
}

bool columns_query_is_choice(const ColumnsClause *clause, Str column, bool is_number)
{
    for (size_t i = 0; i < clause->n; i++)
        if (!str_eq(clause->any[i].column, column) || clause->any[i].is_range != is_number)
            return false;
    return clause->n > 0 && !clause->is_fixed;
}

/* The column that the clause is a choice in, if it is counted; or NULL. */
static const Column *chosen_column(const Query *query, const ColumnsClause *clause)
{
    const ColumnsQuestion *q = query->question;
    const ColumnsCondition *first = clause->any;
    if (clause->n == 0 || !columns_query_is_choice(clause, first->column, first->is_range))
        return NULL;
    bool is_counted = false;
    for (size_t i = 0; i < q->facet_count && !is_counted; i++) {
        const ColumnsFacetAsk *ask = &q->facets[i];
        is_counted = ask->is_number == first->is_range &&
                     (ask->is_prefix ? str_starts(first->column, ask->column)
                                     : str_eq(first->column, ask->column));
    }
    ColumnKind kind = first->is_range ? COLUMN_NUMBERS : COLUMN_TERMS;
    return is_counted ? column_list_find(&query->columns->lists[kind], first->column) : NULL;
}

/* The clauses of choices in this column, one more to be added; `room` in each list. */
static ClauseList *choice_in(Query *query, const Column *column, size_t room)
{
    for (size_t i = 0; i < query->choice_count; i++)
        if (query->choices[i].column == column) return &query->choices[i].clauses;
    Choice *choice = &query->choices[query->choice_count++];
    *choice = (Choice){column, {NEW_N(query->arena, Clause, room), 0}};
    return &choice->clauses;
}

static bool goes_before(const Clause *a, const Clause *b)
{
    return a->needs_looks != b->needs_looks ? b->needs_looks : a->objects < b->objects;
}

static void insert_clause(ClauseList *list, Clause clause)
{
    size_t at = list->n++;
    for (; at > 0 && goes_before(&clause, &list->items[at - 1]); at--)
        list->items[at] = list->items[at - 1];
    list->items[at] = clause;
}

static void resolve_clauses(Query *query)
{
    const ColumnsFilter *filter = query->filter;
    double all = query->columns->slots.objects;
    size_t terms = 0;
    for (size_t i = 0; i < filter->n; i++)
        for (size_t k = 0; k < filter->all[i].n; k++) terms += filter->all[i].any[k].terms.n;
    query->wanted = NEW_N(query->arena, Wanted, terms);
    query->always.items = NEW_N(query->arena, Clause, filter->n);
    query->choices = NEW_N(query->arena, Choice, filter->n);
    query->share = all > 0 ? 1 : 0;
    for (size_t i = 0; i < filter->n; i++) {
        Clause clause;
        if (resolve_clause(query, &filter->all[i], &clause) == REACH_ALL) continue;
        const Column *column = chosen_column(query, &filter->all[i]);
        insert_clause(column ? choice_in(query, column, filter->n) : &query->always, clause);
        query->share *= clause.n ? (double)clause.objects / all : 0;
    }
}

static void resolve_only(Query *query)
{
    enum { AHEAD = 12 };
    const ColumnsHits *only = query->filter->only;
    const Slots *slots = &query->columns->slots;
    query->only_slots = NEW_N(query->arena, uint32_t, only->n);
    query->only_bits = NEW_N(query->arena, PageBits, slots->page_count);
    for (size_t i = 0; i < only->n; i++) {
        if (i + AHEAD < only->n) slots_expect(slots, only->ids[i + AHEAD]);
        uint32_t slot = slots_find(slots, only->ids[i]);
        uint64_t *words = slot == NO_SLOT ? NULL : query->only_bits[slot >> PAGE_SHIFT].words;
        if (words && bit_get(words, slot % PAGE_SLOTS)) slot = NO_SLOT; /* again */
        query->only_slots[i] = slot;
        if (slot == NO_SLOT) continue;
        bit_set(words, slot % PAGE_SLOTS);
        query->only_count++;
    }
    if (slots->objects) query->share *= (double)query->only_count / (double)slots->objects;
}

static Sorting resolve_order(const Columns *columns, const ColumnsOrder *order)
{
    Sorting sorting = {.by = order->by, .slots = &columns->slots};
    if (order->by == ORDER_NEWEST || order->by == ORDER_SCORE) return sorting;
    ColumnKind kind = order->by == ORDER_TEXT ? COLUMN_TEXTS : COLUMN_NUMBERS;
    sorting.is_descending = order->descending;
    sorting.column = column_list_find(&columns->lists[kind], order->column);
    return sorting;
}

Query columns_query_new(Columns *columns, Arena *arena, const ColumnsQuestion *question)
{
    static const ColumnsFilter everything;
    Query query = {.columns = columns,
                   .arena = arena,
                   .question = question,
                   .filter = question->filter ? question->filter : &everything,
                   .sorting = resolve_order(columns, &question->order),
                   .limit = question->limit};
    if (query.limit > COLUMNS_PAGE_MAX) query.limit = COLUMNS_PAGE_MAX;
    resolve_clauses(&query);
    if (query.filter->only) resolve_only(&query);
    return query;
}

/* ---- One object ------------------------------------------------------------------------------ */

static bool condition_holds(const Condition *condition, uint32_t slot)
{
    bool holds = false;
    if (condition->is_range) {
        int64_t number;
        holds = column_number(condition->column, slot, &number) && number >= condition->min &&
                number <= condition->max;
        return holds != condition->is_not;
    }
    const Segment *segment = column_segment(condition->column, slot >> PAGE_SHIFT);
    for (size_t i = 0; i < condition->n && !holds; i++) {
        const TermIndex *index = condition->column->terms.terms[condition->codes[i]].index;
        holds = index && index->bits ? term_index_has(index, slot)
                                     : segment_has(segment, slot % PAGE_SLOTS, condition->codes[i]);
    }
    return holds != condition->is_not;
}

static bool clause_holds(const Clause *clause, uint32_t slot)
{
    for (size_t i = 0; i < clause->n; i++)
        if (condition_holds(&clause->any[i], slot)) return true;
    return false;
}

bool columns_query_matches(const Query *query, uint32_t slot, const Seeds *seeds)
{
    assert(query->choice_count == 0 && (!query->only_slots || seeds));
    for (size_t i = seeds && seeds->are_of_first_clause; i < query->always.n; i++)
        if (!clause_holds(&query->always.items[i], slot)) return false;
    return true;
}

bool columns_query_seeds(const Query *query, Seeds *seeds)
{
    enum { SEEDS_PER_PAGE = 16 };
    *seeds = (Seeds){.slots = query->only_slots,
                     .n = query->filter->only ? query->filter->only->n : SIZE_MAX};
    if (query->always.n > 0 && query->always.items[0].n == 1) {
        const Condition *first = query->always.items[0].any;
        const TermIndex *index =
            first->n == 1 ? first->column->terms.terms[first->codes[0]].index : NULL;
        /* With scores, what the search has found must be gone through anyway. */
        if (index && index->slots && !first->is_not && !query->only_slots)
            *seeds = (Seeds){index->slots, index->n, true};
    }
    return seeds->n <= query->columns->slots.page_count * SEEDS_PER_PAGE;
}

/* ---- One page -------------------------------------------------------------------------------- */

/* Sets the bits of those of the candidates that have a number in the range. */
static void mark_range(const Condition *condition, size_t page, const uint64_t *candidates,
                       uint64_t *bits)
{
    enum { BATCH = 256 };
    const Segment *segment = column_segment(condition->column, page);
    if (!segment) return;
    uint16_t slots[PAGE_SLOTS];
    uint64_t codes[BATCH];
    size_t n = page_bits_list(candidates, slots);
    for (size_t from = 0; from < n; from += BATCH) {
        size_t count = n - from < BATCH ? n - from : BATCH;
        segment_read(segment, slots + from, count, codes);
        for (size_t i = 0; i < count; i++) {
            int64_t number = codes[i] ? number_decode(codes[i]) : 0;
            bool holds = codes[i] && number >= condition->min && number <= condition->max;
            unsigned slot = slots[from + i];
            bits[slot / 64] |= (uint64_t)holds << (slot % 64);
        }
    }
}

/* Sets the bits of those that have the term; perhaps of others than the candidates too. */
static void mark_term(const Condition *condition, uint32_t code, size_t page,
                      const uint64_t *candidates, uint64_t *bits)
{
    enum { FEW = 128 }; /* one look each is cheaper than to look at the whole page */
    const TermIndex *index = condition->column->terms.terms[code].index;
    if (index) {
        term_index_mark(index, page, bits);
        return;
    }
    const Segment *segment = column_segment(condition->column, page);
    if (!segment) return;
    if (page_bits_count(candidates) > FEW) {
        segment_mark(segment, code, bits);
        return;
    }
    uint16_t slots[PAGE_SLOTS];
    size_t n = page_bits_list(candidates, slots);
    for (size_t i = 0; i < n; i++)
        if (segment_has(segment, slots[i], code)) bit_set(bits, slots[i]);
}

static void add_condition(const Condition *condition, size_t page, const uint64_t *candidates,
                          uint64_t *bits)
{
    uint64_t own[PAGE_WORDS] = {0};
    if (condition->is_range) mark_range(condition, page, candidates, own);
    for (size_t i = 0; i < condition->n; i++)
        mark_term(condition, condition->codes[i], page, candidates, own);
    uint64_t flip = condition->is_not ? UINT64_MAX : 0;
    for (size_t i = 0; i < PAGE_WORDS; i++) bits[i] |= candidates[i] & (own[i] ^ flip);
}

/* Leaves of the bits those for which the clause holds; false when none is left. */
static bool narrow(const Clause *clause, size_t page, uint64_t *bits)
{
    const Condition *first = clause->any;
    if (clause->n == 1 && first->n == 1 && !first->is_not) {
        const TermIndex *index = first->column->terms.terms[first->codes[0]].index;
        const uint64_t *own = index ? term_index_page(index, page) : NULL;
        uint64_t any = 0;
        for (size_t i = 0; own && i < PAGE_WORDS; i++) any |= bits[i] &= own[i];
        if (own) return any != 0;
    }
    PageBits out = {0};
    for (size_t i = 0; i < clause->n; i++) add_condition(&clause->any[i], page, bits, out.words);
    memcpy(bits, out.words, sizeof out.words);
    return page_bits_any(bits);
}

static bool narrow_all(const ClauseList *list, size_t page, PageBits *bits)
{
    for (size_t i = 0; i < list->n; i++)
        if (!narrow(&list->items[i], page, bits->words)) return false;
    return true;
}

static void intersect(PageBits *bits, const PageBits *with)
{
    for (size_t i = 0; i < PAGE_WORDS; i++) bits->words[i] &= with->words[i];
}

bool columns_query_page(const Query *query, size_t page, PageBits *hits, PageBits *without)
{
    const uint64_t *from =
        query->only_bits ? query->only_bits[page].words : query->columns->slots.pages[page]->live;
    memcpy(hits->words, from, sizeof hits->words);
    if (!page_bits_any(hits->words) || !narrow_all(&query->always, page, hits)) return false;
    size_t n = query->choice_count;
    if (n == 0) return true;
    ArenaMark mark = arena_mark(query->arena);
    PageBits *own = NEW_N(query->arena, PageBits, n), base = *hits;
    for (size_t i = 0; i < n; i++) {
        own[i] = base;
        if (!narrow_all(&query->choices[i].clauses, page, &own[i])) own[i] = (PageBits){0};
        without[i] = *hits; /* what the choices before it leave … */
        intersect(hits, &own[i]);
    }
    PageBits right = base; /* … and those behind it */
    for (size_t i = n; i-- > 0;) {
        intersect(&without[i], &right);
        intersect(&right, &own[i]);
    }
    arena_rewind(query->arena, mark);
    return true;
}
