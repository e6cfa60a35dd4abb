/* Finding products: lists, filters, facets, searches. Owns nothing that is stored: it keeps a column
 * store of what the catalogue publishes, in memory. */
#ifndef MODULES_BROWSE_BROWSE_H
#define MODULES_BROWSE_BROWSE_H

#include "modules/catalog/catalog.h"
#include "platform/search/search.h"

typedef enum ProductSort {
    SORT_RELEVANCE,
    SORT_NEWEST,
    SORT_PRICE,
    SORT_PRICE_DESCENDING,
    SORT_TITLE,
    SORT_TITLE_DESCENDING,
    SORT_BEST_SELLING,
    SORT_POSITION, /* in the collection */
} ProductSort;

typedef struct ProductQuery {
    Present present;
    Str locale;
    Str channel;
    Currency currency;
    Str q;
    Str category;   /* id or handle */
    Str collection; /* the same */
    StrList vendor, type, tag;
    StrList attribute; /* "Material:Oak" */
    int64_t price_min, price_max;
    bool in_stock;
    ProductStatus status;
    ProductSort sort;
    StrList include, expand;
    int64_t limit;
    Str cursor;
} ProductQuery;

/* ---- Facets ---- */

typedef struct FacetValue {
    Present present;
    Str value;
    Str label; /* absent: the value itself */
    int64_t count;
} FacetValue;

typedef struct FacetValueList {
    FacetValue *items;
    size_t n;
} FacetValueList;

typedef struct Facet {
    Present present;
    Str name;
    FacetValueList values;
    int64_t min, max; /* of the price */
} Facet;

typedef struct FacetList {
    Facet *items;
    size_t n;
} FacetList;

/* ---- Pages ---- */

/* What a query finds: what is asked for by `include` only. */
typedef struct BrowsePage {
    const Error *refused; /* NULL: none of the rest is there when it is not */
    const char *why;
    ShownProducts products;
    Str next; /* the cursor of the next page; empty: this is the last one */
    int64_t total;
    FacetList facets;
    SearchHits found; /* of `q`: what was really looked for, for highlights */
} BrowsePage;

/* The page of active products that the query asks for, as the request's actor sees them, inside a
 * READ transaction. Says what it depends on (platform/cache). `query` is of product_query_type; its
 * `status` is not looked at. */
BrowsePage browse_page(Request *rq, const ProductQuery *query);

/* As a request names it: "newest", "-price". */
Str sort_text(ProductSort sort);

extern const Error error_not_loaded;
extern const Type product_query_type;
extern const Module browse_module;

#endif
