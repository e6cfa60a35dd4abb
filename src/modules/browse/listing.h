/* A list of products in the making: what routes.c and facets.c share. */
#ifndef MODULES_BROWSE_LISTING_H
#define MODULES_BROWSE_LISTING_H

#include "modules/browse/filter.h"

#include "platform/search/search.h"

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

/* What facets are asked for: FACET_ASKS of them, in the request's arena. */
enum { FACET_ASKS = 7 };
const ColumnsFacetAsk *facet_asks(const Listing *list);

/* What the store has counted, as it is answered: categories with their titles. */
FacetList facets_of(const Listing *list, const ColumnsAnswer *answer);

#endif
