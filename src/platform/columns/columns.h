/* Columns: a column store in memory that answers, for a list of objects with ids: which match a
 * filter, in which order, what page of them, how many, and how many have which value (facets).
 *
 * It knows neither the database nor what the objects are. The caller puts a row for each object and
 * puts it again when the object has changed; the text of terms and columns is the caller's to choose
 * ("vendor" "Alder", "price:default:EUR" 1990). Reading is allowed from any number of threads while
 * one writes; no reader ever sees a part of a row, and the answer to one question is about one
 * moment. docs/internals/columns.md says how it works and what it costs. */
#ifndef PLATFORM_COLUMNS_H
#define PLATFORM_COLUMNS_H

#include "base/id.h"
#include "platform/columns/limits.h"

typedef struct Columns Columns;

/* ---- Rows ------------------------------------------------------------------------------------ */

/* Words that an object has: any number in a column. A category is given once for each ancestor, so
 * that filtering by the ancestor finds what is below. */
typedef struct ColumnTerm {
    Str column, term;
} ColumnTerm;

/* A number: at most one in a column, greater than INT64_MIN. */
typedef struct ColumnNumber {
    Str column;
    int64_t value;
} ColumnNumber;

/* A sort key: at most one in a column, compared by bytes. */
typedef struct ColumnText {
    Str column, text;
} ColumnText;

typedef struct ColumnsRow {
    Id id; /* > 0 */
    ColumnTerm *terms;
    size_t term_count;
    ColumnNumber *numbers;
    size_t number_count;
    ColumnText *texts;
    size_t text_count;
} ColumnsRow;

/* An empty store; freed when no thread uses it any more. */
Columns *columns_new(void);
void columns_free(Columns *columns); /* NULL is fine */

/* Takes the row, instead of the one with its id if there is one; everything is copied. A term that is
 * stated twice counts once; of two numbers (or texts) for one column the first holds. False when the
 * row exceeds a limit (limits.h): what exceeds it is left out, the rest is in. Any thread; writers
 * take turns, and the order in which two rows of one id arrive is the caller's care. */
bool columns_put(Columns *columns, const ColumnsRow *row);

/* The same for many rows; readers are let in between. False when any row exceeds a limit. */
bool columns_put_all(Columns *columns, const ColumnsRow *rows, size_t n);

void columns_remove(Columns *columns, Id id); /* nothing happens when there is none */

/* Removes every object whose id is not in the list (of any order): what a complete reload ends with. */
void columns_keep(Columns *columns, IdList ids);

/* ---- Filters --------------------------------------------------------------------------------- */

/* True for an object that has one of the terms in the column, or, with is_range, whose number in the
 * column lies in min … max (both included); with is_not, for all others, also those that have nothing
 * in the column. No terms: true for nobody. A column that does not exist is one that nobody has. */
typedef struct ColumnsCondition {
    Str column;
    bool is_not;
    bool is_range;
    StrList terms;
    int64_t min, max;
} ColumnsCondition;

/* True where any of the conditions is; a clause without conditions is true for nobody. */
typedef struct ColumnsClause {
    ColumnsCondition *any;
    size_t n;
    bool
        is_fixed; /* part of the place (this category, this collection), not a choice within it: holds
                    * for the facets of its own column too */
} ColumnsClause;

/* What a search has found: ids in any order, each with its score. Ids that are not in the store are
 * passed over; an id that comes twice counts with its first score. */
typedef struct ColumnsHits {
    Id *ids;
    int32_t *scores; /* NULL: all 0 */
    size_t n;
} ColumnsHits;

/* True where all clauses are; no clauses: everything. What a question costs grows with the number of
 * conditions and terms: whoever takes filters from outside bounds them. */
typedef struct ColumnsFilter {
    ColumnsClause *all;
    size_t n;
    const ColumnsHits *only; /* NULL: all objects */
} ColumnsFilter;

/* ---- Questions ------------------------------------------------------------------------------- */

typedef enum ColumnsOrderBy {
    ORDER_NEWEST, /* id, descending; has no column */
    ORDER_NUMBER,
    ORDER_TEXT,
    ORDER_SCORE, /* of filter.only, descending; has no column */
} ColumnsOrderBy;

/* Objects without a value come last in both directions. Objects that are equal come newest first in
 * both directions. */
typedef struct ColumnsOrder {
    ColumnsOrderBy by;
    Str column;
    bool descending; /* of ORDER_NUMBER and ORDER_TEXT; the others have one direction */
} ColumnsOrder;

/* A place between two objects of an order: behind the object with this id and this key. It stays valid
 * when that object changes or goes. */
typedef struct ColumnsPosition {
    Id id;
    bool is_absent; /* the object had no value in the order's column */
    int64_t number; /* ORDER_NUMBER; ORDER_SCORE */
    Str text;       /* ORDER_TEXT: at most COLUMNS_TEXT_MAX bytes; what is longer is cut */
} ColumnsPosition;

/* Asks for the values of a column. Counting takes objects that match all clauses but those which are
 * about this column alone (and not is_fixed): a shopper who has chosen "Oak" still sees how many there
 * are of "Ash". */
typedef struct ColumnsFacetAsk {
    Str column;
    bool is_prefix; /* all columns whose names begin so: "attribute:" */
    bool is_number; /* a number column */
    size_t max;     /* terms listed, or buckets made, at most; capped by limits.h */
} ColumnsFacetAsk;

typedef struct ColumnsQuestion {
    const ColumnsFilter *filter; /* NULL: everything */
    ColumnsOrder order;
    const ColumnsPosition *after; /* NULL: from the beginning */
    size_t limit;                 /* 0: no page; more than COLUMNS_PAGE_MAX is cut to that */
    bool wants_total;
    const ColumnsFacetAsk *facets;
    size_t facet_count;
} ColumnsQuestion;

/* ---- Answers --------------------------------------------------------------------------------- */

typedef struct ColumnsFacetTerm {
    Str term;
    size_t count;
    bool
        is_chosen; /* a condition (not is_not) of the filter on this column alone, that is not fixed,
                     * names it */
} ColumnsFacetTerm;

typedef struct ColumnsBucket {
    int64_t min, max; /* both included, as a range condition has them */
    size_t count;
} ColumnsBucket;

typedef struct ColumnsFacet {
    size_t ask; /* which of the question's asks this answers */
    Str column;
    size_t objects;          /* that have something in the column */
    ColumnsFacetTerm *terms; /* most first, then by text; behind them the chosen ones that are not
                              * among the first `max`, also those with count 0 */
    size_t term_count;
    size_t distinct;  /* terms with a count above 0, listed or not */
    int64_t min, max; /* of a number column with objects > 0 */
    ColumnsBucket
        *buckets; /* cover min … max without gaps; each as wide as the others: 1, 2 or 5 times
                             * a power of ten, and beginning at a multiple of that */
    size_t bucket_count;
} ColumnsFacet;

typedef struct ColumnsAnswer {
    Id *ids;
    ColumnsPosition *positions; /* of each: where a page that ends with it goes on */
    size_t n;
    bool has_more;
    size_t total; /* when asked for: objects that match, on all pages */
    /* One for each ask without is_prefix, in the order of the asks; for an ask with is_prefix one for
     * each column of which something is found or chosen, by name, of more than COLUMNS_FACETS_MAX those
     * with the most objects. */
    ColumnsFacet *facets;
    size_t facet_count;
} ColumnsAnswer;

/* Everything in the answer lives in the arena. Any thread. */
ColumnsAnswer columns_ask(Columns *columns, Arena *arena, const ColumnsQuestion *question);

/* ---- Size ------------------------------------------------------------------------------------ */

typedef struct ColumnsSize {
    size_t objects;
    size_t columns;     /* of all kinds */
    size_t terms;       /* distinct */
    size_t bytes;       /* of memory, all in all */
    size_t text_bytes;  /* of these, the bytes of texts and terms themselves */
    size_t order_bytes; /* of these, kept orders */
    size_t index_bytes; /* of these, the indexes of terms that filters have named */
} ColumnsSize;

ColumnsSize columns_size(Columns *columns);

#endif
