/* Types that only the collections themselves use: queries, cursors, bodies. */
#ifndef MODULES_COLLECTIONS_TYPES_H
#define MODULES_COLLECTIONS_TYPES_H

#include "modules/collections/collections.h"

typedef struct CollectionView {
    Str locale; /* empty: the shop's own language */
} CollectionView;

typedef struct CollectionQuery {
    Present present;
    Str locale;
    int64_t limit;
    Str cursor;
} CollectionQuery;

/* Where the list of collections goes on: behind this one. */
typedef struct CollectionCursor {
    int64_t position;
    Id id;
} CollectionCursor;

/* Who is in a collection made by hand. */
typedef struct CollectionProducts {
    IdList products;
} CollectionProducts;

extern const Type collection_view_type, collection_query_type, collection_cursor_type,
    collection_products_type, collection_place_type;

#endif
