/* Types that only the categories themselves use: queries and rows. */
#ifndef MODULES_CATEGORIES_TYPES_H
#define MODULES_CATEGORIES_TYPES_H

#include "modules/categories/categories.h"

typedef struct CategoryView {
    Str locale; /* empty: the shop's own language */
} CategoryView;

typedef struct CategoryQuery {
    Present present;
    Str locale;
    Id root;
    int64_t depth;
} CategoryQuery;

/* What the tree is made of. */
typedef struct CategoryRow {
    Id id;
    Id parent;
    bool hidden;
} CategoryRow;

typedef struct CategoryRowList {
    CategoryRow *items;
    size_t n;
} CategoryRowList;

/* One step of the way to `leaf`. */
typedef struct CategoryStep {
    Id leaf;
    Id id;
    Str handle;
    Str title;
    bool hidden;
} CategoryStep;

extern const Type category_view_type, category_query_type, category_row_type, category_step_type;

#endif
