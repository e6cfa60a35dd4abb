/* Query: a question, with its names looked up in the store; and which objects match it. Lives as long
 * as the store is locked. */
#ifndef PLATFORM_COLUMNS_QUERY_H
#define PLATFORM_COLUMNS_QUERY_H

#include "platform/columns/store.h"

typedef struct Condition {
    const Column *column;
    const uint32_t *codes; /* of the terms that there are */
    size_t n;
    int64_t min, max;
    bool is_not, is_range;
} Condition;

/* Any of its conditions; none: nobody. */
typedef struct Clause {
    Condition *any;
    size_t n;
    size_t objects;   /* for which it holds, about */
    bool needs_looks; /* at each object that is left: a range, or a term without an index */
} Clause;

typedef struct ClauseList {
    Clause *items;
    size_t n;
} ClauseList;

/* What has been chosen within one column that is counted. */
typedef struct Choice {
    const Column *column;
    ClauseList clauses;
} Choice;

typedef struct PageBits {
    uint64_t words[PAGE_WORDS];
} PageBits;

typedef struct Query {
    Columns *columns;
    Arena *arena;
    const ColumnsQuestion *question;
    const ColumnsFilter *filter;
    Sorting sorting;
    ClauseList always; /* those by indexes first, of these and of the others the strictest */
    Choice *choices;
    size_t choice_count;
    size_t limit;
    double share;         /* of all objects that match, about */
    uint32_t *only_slots; /* of filter->only, in its order; NO_SLOT for those to pass over */
    PageBits *only_bits;  /* the same, one for each page; NULL: all objects */
    size_t only_count;
    Wanted *wanted; /* indexes that would help */
    size_t wanted_count;
} Query;

/* The lock is held for reading. */
Query columns_query_new(Columns *columns, Arena *arena, const ColumnsQuestion *question);

/* Is the clause a choice within this column, and nothing else? */
bool columns_query_is_choice(const ColumnsClause *clause, Str column, bool is_number);

/* Slots among which all matches are, so few that looking at each is quicker than going through pages: those
 * of a rare term, or what a search has found (NO_SLOT: to be passed over). False when there are no such. */
typedef struct Seeds {
    const uint32_t *slots;
    size_t n;
    bool are_of_first_clause; /* which therefore need not be asked again */
} Seeds;
bool columns_query_seeds(const Query *query, Seeds *seeds);

/* Does the object match? Of a question without facets; when it has filter->only, an object that comes from
 * the seeds. `seeds` NULL: it comes from elsewhere. */
bool columns_query_matches(const Query *query, uint32_t slot, const Seeds *seeds);

/* Which objects of the page match; and for each choice, which match all but it (room for choice_count).
 * False when nothing is set anywhere. */
bool columns_query_page(const Query *query, size_t page, PageBits *hits, PageBits *without);

/* What matches on all pages. */
typedef struct Hits {
    PageBits *pages;
    size_t n;
} Hits;

/* ---- page.c ---------------------------------------------------------------------------------- */

/* Is walking along the order, looking for matches, likely faster than picking the first from all hits?
 * `hits` NULL: they are not counted, query->share says how many to expect. */
bool columns_page_wants_walk(const Query *query, const Hits *hits);

/* Would it be worth while to have the order for that? Not where picking is done in a moment: a collection's
 * own order is asked for often, but never by many objects. */
bool columns_page_wants_order(const Query *query);

/* Fill in ids, positions and has_more. Walking gives up, and returns false, when it takes longer than
 * expected. */
bool columns_page_walk(const Query *query, const SlotOrder *order, const Hits *hits,
                       ColumnsAnswer *out);
void columns_page_pick(const Query *query, const Hits *hits, ColumnsAnswer *out);
void columns_page_pick_seeds(const Query *query, const Seeds *seeds,
                             ColumnsAnswer *out); /* and total */

/* ---- facets.c -------------------------------------------------------------------------------- */

typedef struct Facets Facets;

Facets *columns_facets_new(const Query *query);
void columns_facets_count_page(Facets *facets, size_t page, const PageBits *hits,
                               const PageBits *without);
void columns_facets_finish(Facets *facets, ColumnsAnswer *out);

#endif
