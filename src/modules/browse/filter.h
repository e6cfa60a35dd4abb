/* From what a request asks for to a filter of the column store. */
#ifndef MODULES_BROWSE_FILTER_H
#define MODULES_BROWSE_FILTER_H

#include "modules/browse/types.h"
#include "modules/collections/collections.h"
#include "platform/columns/columns.h"

enum { FILTER_CLAUSES_MAX = 80, FILTER_CONDITIONS_MAX = 400 };

/* A filter in the making: clauses that all must hold. */
typedef struct Filter {
    Arena *arena;
    ColumnsClause clauses[FILTER_CLAUSES_MAX];
    size_t n;
} Filter;

/* What the place is: the channel, a category with what is below it, a collection by hand or by
 * rules. The facets of such a list are counted within it. */
void filter_channel(Filter *filter, Str channel);
void filter_category(Filter *filter, Id category);
void filter_collection(Filter *filter, const Collection *collection, Str channel);

/* The column that has the place of its products in a collection made by hand. */
Str collection_column(Arena *arena, Id collection);

/* What is chosen within the place. `currency` is that of the price range. */
void filter_choices(Filter *filter, const ProductQuery *query, Str channel, Currency currency);

#endif
