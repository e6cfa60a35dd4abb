/* Types of lists and searches: what is asked, where a page goes on, and what is said beside it. */
#ifndef MODULES_BROWSE_TYPES_H
#define MODULES_BROWSE_TYPES_H

#include "modules/catalog/catalog.h"

enum {
    FILTER_VALUES_MAX = 50, /* of one filter in a request: more than a person ticks */
    SEARCH_TEXT_MAX = 500,  /* characters: a pasted sentence */
    FACETS_MAX = 30,        /* kinds of facets in one answer: more than a page shows */
    FACET_VALUES_MAX = 100, /* values of one */
    SUGGESTIONS_MAX = 20,
};

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

/* Where a list goes on: behind the product of this id, which had this key in the list's order. */
typedef struct ProductCursor {
    ProductSort sort;
    Id id;
    bool absent; /* it had no key */
    int64_t number;
    Str text;
} ProductCursor;

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

/* What a list of products says beside its products. */
typedef struct ProductListNotes {
    Present present;
    int64_t total;
    FacetList facets;
    Str corrected;
} ProductListNotes;

/* ---- Search ---- */

/* The parts of a hit that fit the question, as HTML with <mark>. */
typedef struct Highlights {
    Str title;
    Str description;
} Highlights;

/* For the documentation: answers are written as text, around finished documents. */
typedef struct SearchHit {
    Product product;
    Highlights highlights;
} SearchHit;

typedef struct SuggestionQuery {
    Str q;
    Str locale;
    int64_t limit;
} SuggestionQuery;

typedef struct Suggestion {
    Str text;
} Suggestion;

extern const Type product_query_type, product_cursor_type, product_list_notes_type, facet_type,
    facet_value_type, highlights_type, search_hit_type, suggestion_query_type, suggestion_type;

#endif
