/* Types of lists and searches: what is asked, where a page goes on, and what is said beside it. */
#ifndef MODULES_BROWSE_TYPES_H
#define MODULES_BROWSE_TYPES_H

#include "modules/browse/browse.h"

enum {
    FILTER_VALUES_MAX = 50, /* of one filter in a request: more than a person ticks */
    SEARCH_TEXT_MAX = 500,  /* characters: a pasted sentence */
    FACETS_MAX = 30,        /* kinds of facets in one answer: more than a page shows */
    FACET_VALUES_MAX = 100, /* values of one */
    SUGGESTIONS_MAX = 20,
};

/* Where a list goes on: behind the product of this id, which had this key in the list's order. */
typedef struct ProductCursor {
    ProductSort sort;
    Id id;
    bool absent; /* it had no key */
    int64_t number;
    Str text;
} ProductCursor;

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

extern const Type product_cursor_type, product_list_notes_type, facet_type, facet_value_type,
    highlights_type, search_hit_type, suggestion_query_type, suggestion_type;

#endif
