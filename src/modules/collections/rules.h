/* The collections' decisions: values in, a verdict out. No database, no clock, no HTTP. */
#ifndef MODULES_COLLECTIONS_RULES_H
#define MODULES_COLLECTIONS_RULES_H

#include "meta/check.h"
#include "modules/collections/types.h"

extern const Error error_collection_handle_taken, error_collection_full, error_collection_by_rules,
    error_unknown_product;

/* Notes what is wrong with a whole collection beyond its single fields: rules that are not wanted or
 * missing, or that cannot be meant. `collection` is as it would be stored. */
void collection_check(Violations *bad, const Collection *collection);

/* The order that a collection has when nobody says otherwise. */
CollectionSort collection_sort_initial(CollectionKind kind);

/* Notes products that stand twice in the list, at "/products/3". */
void collection_products_check(Violations *bad, IdList products);

/* `members` and behind them those of `more` that are not among them. */
IdList collection_members_with(Arena *arena, CollectionPlaces members, IdList more);

typedef struct MemberChanges {
    CollectionPlaces
        put; /* new ones, and those that get another position; `collection` is not set */
    IdList come, gone;
} MemberChanges;

/* What must be written so that the members, who are in the order of their positions, become `wanted`,
 * in that order. Who can keep his position keeps it. */
MemberChanges collection_members_change(Arena *arena, CollectionPlaces members, IdList wanted);

#endif
