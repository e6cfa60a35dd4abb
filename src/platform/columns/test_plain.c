/* The plain way to answer a question: look at every row, for each facet anew. Nothing here is fast,
 * so that it can be seen to be right; the store is held against it. */
#include "platform/columns/test_plain.h"

#include <stdlib.h>

typedef struct Match {
    const ColumnsRow *row;
    int32_t score;
} Match;

typedef struct Matches {
    Match *items;
    size_t n;
} Matches;

static bool has_term(const ColumnsRow *row, Str column, Str term)
{
    for (size_t i = 0; i < row->term_count; i++)
        if (str_eq(row->terms[i].column, column) && str_eq(row->terms[i].term, term)) return true;
    return false;
}

static const int64_t *number_of(const ColumnsRow *row, Str column)
{
    for (size_t i = 0; i < row->number_count; i++)
        if (str_eq(row->numbers[i].column, column)) return &row->numbers[i].value;
    return NULL;
}

static const Str *text_of(const ColumnsRow *row, Str column)
{
    for (size_t i = 0; i < row->text_count; i++)
        if (str_eq(row->texts[i].column, column)) return &row->texts[i].text;
    return NULL;
}

static bool condition_holds(const ColumnsRow *row, const ColumnsCondition *c)
{
    bool holds = false;
    if (c->is_range) {
        const int64_t *number = number_of(row, c->column);
        holds = number && *number >= c->min && *number <= c->max;
    } else {
        for (size_t i = 0; i < c->terms.n; i++)
            if (has_term(row, c->column, c->terms.items[i])) holds = true;
    }
    return holds != c->is_not;
}

static bool clause_holds(const ColumnsRow *row, const ColumnsClause *clause)
{
    for (size_t i = 0; i < clause->n; i++)
        if (condition_holds(row, &clause->any[i])) return true;
    return false;
}

/* Is the clause a choice within this column, and nothing else? */
static bool is_choice(const ColumnsClause *clause, Str column, bool is_number)
{
    for (size_t i = 0; i < clause->n; i++)
        if (!str_eq(clause->any[i].column, column) || clause->any[i].is_range != is_number)
            return false;
    return clause->n > 0 && !clause->is_fixed;
}

static bool found(const ColumnsHits *only, Id id, int32_t *score)
{
    *score = 0;
    if (!only) return true;
    for (size_t i = 0; i < only->n; i++) {
        if (!id_eq(only->ids[i], id)) continue;
        if (only->scores) *score = only->scores[i];
        return true;
    }
    return false;
}

/* `free_column`: clauses that are choices in it do not count. */
static Matches match(const ColumnsRow *rows, size_t n, Arena *arena, const ColumnsFilter *filter,
                     const Str *free_column, bool is_number)
{
    Matches matches = {NEW_N(arena, Match, n), 0};
    for (size_t i = 0; i < n; i++) {
        int32_t score = 0;
        bool holds = found(filter->only, rows[i].id, &score);
        for (size_t k = 0; k < filter->n && holds; k++) {
            const ColumnsClause *clause = &filter->all[k];
            if (free_column && is_choice(clause, *free_column, is_number)) continue;
            holds = clause_holds(&rows[i], clause);
        }
        if (holds) matches.items[matches.n++] = (Match){&rows[i], score};
    }
    return matches;
}

/* ---- Pages ----------------------------------------------------------------------------------- */

static ColumnsPosition position_of(const Match *match, const ColumnsOrder *order)
{
    ColumnsPosition at = {.id = match->row->id};
    if (order->by == ORDER_SCORE) at.number = match->score;
    if (order->by == ORDER_NUMBER) {
        const int64_t *number = number_of(match->row, order->column);
        at.is_absent = !number;
        if (number) at.number = *number;
    }
    if (order->by == ORDER_TEXT) {
        const Str *text = text_of(match->row, order->column);
        at.is_absent = !text;
        if (text) at.text = str_slice(*text, 0, COLUMNS_TEXT_MAX);
    }
    return at;
}

static int compare(const ColumnsPosition *a, const ColumnsPosition *b, const ColumnsOrder *order)
{
    if (a->is_absent != b->is_absent) return a->is_absent ? 1 : -1;
    int by_key = 0;
    if (!a->is_absent && order->by == ORDER_TEXT) by_key = str_cmp(a->text, b->text);
    if (!a->is_absent && (order->by == ORDER_NUMBER || order->by == ORDER_SCORE))
        by_key = (a->number > b->number) - (a->number < b->number);
    if (order->descending || order->by == ORDER_SCORE) by_key = -by_key;
    return by_key ? by_key : (a->id.n < b->id.n) - (a->id.n > b->id.n);
}

static int compare_positions(const void *a, const void *b, void *order)
{
    return compare(a, b, order);
}

static void page(Arena *arena, const Matches *matches, const ColumnsQuestion *q, ColumnsAnswer *out)
{
    ColumnsOrder order = q->order;
    if (order.by == ORDER_NEWEST) order.descending = false;
    ColumnsPosition after = {0};
    if (q->after) {
        after = *q->after;
        if (order.by == ORDER_NEWEST || order.by == ORDER_SCORE) after.is_absent = false;
        after.text = str_slice(after.text, 0, COLUMNS_TEXT_MAX);
    }
    ColumnsPosition *all = NEW_N(arena, ColumnsPosition, matches->n);
    size_t n = 0;
    for (size_t i = 0; i < matches->n; i++) {
        ColumnsPosition at = position_of(&matches->items[i], &order);
        if (!q->after || compare(&at, &after, &order) > 0) all[n++] = at;
    }
    qsort_r(all, n, sizeof *all, compare_positions, &order);
    size_t limit = q->limit < COLUMNS_PAGE_MAX ? q->limit : COLUMNS_PAGE_MAX;
    out->n = n < limit ? n : limit;
    out->has_more = n > limit;
    out->positions = all;
    out->ids = NEW_N(arena, Id, out->n);
    for (size_t i = 0; i < out->n; i++) {
        all[i].text = str_copy(arena, all[i].text);
        out->ids[i] = all[i].id;
    }
}

/* ---- Facets ---------------------------------------------------------------------------------- */

static int by_count(const void *a, const void *b)
{
    const ColumnsFacetTerm *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return str_cmp(x->term, y->term);
}

static ColumnsFacetTerm *facet_term(ColumnsFacet *facet, Str term)
{
    for (size_t i = 0; i < facet->term_count; i++)
        if (str_eq(facet->terms[i].term, term)) return &facet->terms[i];
    facet->terms[facet->term_count] = (ColumnsFacetTerm){.term = term};
    return &facet->terms[facet->term_count++];
}

static void note_chosen(ColumnsFacet *facet, const ColumnsFilter *filter)
{
    for (size_t i = 0; i < filter->n; i++) {
        if (!is_choice(&filter->all[i], facet->column, false)) continue;
        for (size_t k = 0; k < filter->all[i].n; k++) {
            const ColumnsCondition *c = &filter->all[i].any[k];
            if (c->is_not) continue;
            for (size_t t = 0; t < c->terms.n; t++)
                facet_term(facet, c->terms.items[t])->is_chosen = true;
        }
    }
}

static size_t terms_at_most(const Matches *matches, const ColumnsFilter *filter)
{
    size_t n = 0;
    for (size_t i = 0; i < matches->n; i++) n += matches->items[i].row->term_count;
    for (size_t i = 0; i < filter->n; i++)
        for (size_t k = 0; k < filter->all[i].n; k++) n += filter->all[i].any[k].terms.n;
    return n;
}

static void count_row(ColumnsFacet *facet, const ColumnsRow *row)
{
    bool any = false;
    for (size_t k = 0; k < row->term_count; k++) {
        if (!str_eq(row->terms[k].column, facet->column)) continue;
        bool again = false;
        for (size_t j = 0; j < k; j++)
            again |= str_eq(row->terms[j].column, facet->column) &&
                     str_eq(row->terms[j].term, row->terms[k].term);
        if (!again) facet_term(facet, row->terms[k].term)->count++;
        any = true;
    }
    facet->objects += any;
}

static void count_terms(Arena *arena, const Matches *matches, const ColumnsFilter *filter,
                        size_t max, ColumnsFacet *facet)
{
    facet->terms = NEW_N(arena, ColumnsFacetTerm, terms_at_most(matches, filter));
    for (size_t i = 0; i < matches->n; i++) count_row(facet, matches->items[i].row);
    facet->distinct = facet->term_count;
    note_chosen(facet, filter);
    qsort(facet->terms, facet->term_count, sizeof *facet->terms, by_count);
    size_t kept = 0, nonzero = 0;
    if (max > COLUMNS_FACET_TERMS_MAX) max = COLUMNS_FACET_TERMS_MAX;
    for (size_t i = 0; i < facet->term_count; i++) {
        ColumnsFacetTerm term = facet->terms[i];
        bool listed = term.count > 0 && nonzero++ < max;
        if (!listed && !term.is_chosen) continue;
        term.term = str_copy(arena, term.term);
        facet->terms[kept++] = term;
    }
    facet->term_count = kept;
}

static __int128 floor_to(__int128 value, __int128 step)
{
    __int128 rest = value % step;
    return value - rest - (rest < 0 ? step : 0);
}

static int64_t clamped(__int128 value)
{
    return value > INT64_MAX ? INT64_MAX : value < INT64_MIN ? INT64_MIN : (int64_t)value;
}

static void make_buckets(Arena *arena, ColumnsFacet *facet, size_t max)
{
    static const int factors[] = {1, 2, 5};
    __int128 power = 1, step = 1;
    if (max > COLUMNS_BUCKETS_MAX) max = COLUMNS_BUCKETS_MAX;
    if (max == 0) return;
    for (int i = 0;; i++) {
        step = power * factors[i % 3];
        __int128 first = floor_to(facet->min, step), last = floor_to(facet->max, step);
        if ((last - first) / step + 1 <= (__int128)max) break;
        /* Around 0 two buckets remain however wide they are; one cannot cover both signs. */
        if (step > (__int128)INT64_MAX * 2) return;
        if (i % 3 == 2) power *= 10;
    }
    __int128 first = floor_to(facet->min, step);
    facet->bucket_count = (size_t)((floor_to(facet->max, step) - first) / step + 1);
    facet->buckets = NEW_N(arena, ColumnsBucket, facet->bucket_count);
    for (size_t i = 0; i < facet->bucket_count; i++) {
        __int128 from = first + step * (__int128)i;
        facet->buckets[i] = (ColumnsBucket){clamped(from), clamped(from + step - 1), 0};
    }
}

static void count_numbers(Arena *arena, const Matches *matches, size_t max, ColumnsFacet *facet)
{
    for (size_t i = 0; i < matches->n; i++) {
        const int64_t *number = number_of(matches->items[i].row, facet->column);
        if (!number) continue;
        if (facet->objects == 0 || *number < facet->min) facet->min = *number;
        if (facet->objects == 0 || *number > facet->max) facet->max = *number;
        facet->objects++;
    }
    if (facet->objects == 0) return;
    make_buckets(arena, facet, max);
    for (size_t i = 0; i < matches->n; i++) {
        const int64_t *number = number_of(matches->items[i].row, facet->column);
        for (size_t b = 0; number && b < facet->bucket_count; b++) {
            ColumnsBucket *bucket = &facet->buckets[b];
            if (*number >= bucket->min && *number <= bucket->max) bucket->count++;
        }
    }
}

static ColumnsFacet count_column(const ColumnsRow *rows, size_t n, Arena *arena,
                                 const ColumnsQuestion *q, size_t ask, Str column)
{
    ColumnsFacet facet = {.ask = ask, .column = str_copy(arena, column)};
    bool is_number = q->facets[ask].is_number;
    Matches matches = match(rows, n, arena, q->filter, &column, is_number);
    if (is_number)
        count_numbers(arena, &matches, q->facets[ask].max, &facet);
    else
        count_terms(arena, &matches, q->filter, q->facets[ask].max, &facet);
    return facet;
}

static int by_objects(const void *a, const void *b)
{
    const ColumnsFacet *x = a, *y = b;
    if (x->objects != y->objects) return x->objects > y->objects ? -1 : 1;
    return str_cmp(x->column, y->column);
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(((const ColumnsFacet *)a)->column, ((const ColumnsFacet *)b)->column);
}

static void add_name(Str *names, size_t *n, Str name, Str prefix)
{
    if (!str_starts(name, prefix)) return;
    for (size_t i = 0; i < *n; i++)
        if (str_eq(names[i], name)) return;
    names[(*n)++] = name;
}

static size_t names_with_prefix(const ColumnsRow *rows, size_t n, const ColumnsFacetAsk *ask,
                                Str *names)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const ColumnsRow *row = &rows[i];
        for (size_t k = 0; !ask->is_number && k < row->term_count; k++)
            add_name(names, &count, row->terms[k].column, ask->column);
        for (size_t k = 0; ask->is_number && k < row->number_count; k++)
            add_name(names, &count, row->numbers[k].column, ask->column);
    }
    return count;
}

static size_t count_prefix(const ColumnsRow *rows, size_t n, Arena *arena, const ColumnsQuestion *q,
                           size_t ask, ColumnsFacet *out)
{
    Str *names = NEW_N(arena, Str, COLUMNS_COLUMNS_MAX * 2);
    size_t found_names = names_with_prefix(rows, n, &q->facets[ask], names), kept = 0;
    ColumnsFacet *facets = NEW_N(arena, ColumnsFacet, found_names);
    for (size_t i = 0; i < found_names; i++) {
        facets[kept] = count_column(rows, n, arena, q, ask, names[i]);
        kept += facets[kept].objects > 0 || facets[kept].term_count > 0;
    }
    qsort(facets, kept, sizeof *facets, by_objects);
    if (kept > COLUMNS_FACETS_MAX) kept = COLUMNS_FACETS_MAX;
    qsort(facets, kept, sizeof *facets, by_name);
    memcpy(out, facets, kept * sizeof *facets);
    return kept;
}

static void facets(const ColumnsRow *rows, size_t n, Arena *arena, const ColumnsQuestion *q,
                   ColumnsAnswer *out)
{
    out->facets = NEW_N(arena, ColumnsFacet, q->facet_count * COLUMNS_FACETS_MAX);
    for (size_t i = 0; i < q->facet_count; i++) {
        ColumnsFacet *next = &out->facets[out->facet_count];
        if (q->facets[i].is_prefix) {
            out->facet_count += count_prefix(rows, n, arena, q, i, next);
        } else {
            *next = count_column(rows, n, arena, q, i, q->facets[i].column);
            out->facet_count++;
        }
    }
}

ColumnsAnswer plain_ask(const ColumnsRow *rows, size_t n, Arena *arena,
                        const ColumnsQuestion *question)
{
    static const ColumnsFilter everything;
    ColumnsQuestion q = *question;
    if (!q.filter) q.filter = &everything;
    ColumnsAnswer answer = {0};
    Matches matches = match(rows, n, arena, q.filter, NULL, false);
    if (q.wants_total) answer.total = matches.n;
    if (q.limit) page(arena, &matches, &q, &answer);
    facets(rows, n, arena, &q, &answer);
    return answer;
}
