/* Addresses of the shop window: the present choices, and one that is made or taken back. */
#ifndef MODULES_STOREFRONT_CHOICES_H
#define MODULES_STOREFRONT_CHOICES_H

#include "modules/browse/browse.h"

enum { CHOICES_MAX = 200 }; /* what product_query_type lets through, all lists full */

typedef struct Choice {
    const char *name;
    Str value;
} Choice;

/* The choices of a query, in the order of its type; the cursor is none. */
typedef struct Choices {
    Arena *arena;
    Choice items[CHOICES_MAX];
    size_t n;
} Choices;

Choices choices_of(Arena *arena, const ProductQuery *query);

bool choices_have(const Choices *choices, const char *name, Str value);

/* "/?…" with this choice made, or taken back when it is there. */
Str choices_toggled(const Choices *choices, const char *name, Str value);

/* The same with this value instead of all that the name has; an empty one takes it away. */
Str choices_with(const Choices *choices, const char *name, Str value);

#endif
