/* A list of products in the making: what list.c, facets.c and routes.c share. */
#ifndef MODULES_BROWSE_LISTING_H
#define MODULES_BROWSE_LISTING_H

#include "modules/browse/filter.h"

typedef struct Listing {
    Request *rq;
    const ProductQuery *query;
    ProductView view;
    Currency currency; /* of prices to sort and filter by */
    ProductSort sort;
    Filter filter;
    const Collection *collection; /* NULL: in none */
    bool searches;
    SearchHits found; /* when it does */
    ColumnsHits hits; /* the same for the store */
} Listing;

/* Does the list of words have this one? */
bool list_says(StrList list, const char *word);

/* The cursor of the list of newest products behind one of them, and back; an empty one is before all.
 * False: it is no such cursor. */
Str cursor_newest(Arena *arena, Id last);
bool cursor_of_newest(Arena *arena, Str cursor, Id *before);

/* What facets are asked for: FACET_ASKS of them, in the request's arena. */
enum { FACET_ASKS = 7 };
const ColumnsFacetAsk *facet_asks(const Listing *list);

/* What the store has counted, as it is answered: categories with their titles. */
FacetList facets_of(const Listing *list, const ColumnsAnswer *answer);

#endif
