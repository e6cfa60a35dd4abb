/* The categories' decisions: values in, a verdict out. No database, no clock, no HTTP. */
#ifndef MODULES_CATEGORIES_RULES_H
#define MODULES_CATEGORIES_RULES_H

#include "modules/categories/types.h"

extern const Error error_category_handle_taken, error_category_has_children,
    error_category_below_itself, error_category_too_deep, error_categories_full;

/* The tree of these rows, which come in the order of parent (roots first), then of position. Rows
 * that hang below none of the roots are left out. */
CategoryTree category_tree_make(Arena *arena, CategoryRowList rows);

/* May one more category be made below `parent` (0: as a root)? */
Verdict category_may_add(Arena *arena, const CategoryTree *tree, Id parent);

/* May the category be moved below `parent`? */
Verdict category_may_move(Arena *arena, const CategoryTree *tree, Id id, Id parent);

/* May it be deleted? */
Verdict category_may_delete(const CategoryTree *tree, Id id);

/* The position that a category gets below `parent` when it asks for `wanted`: at most the last.
 * `self` (0: a new one) does not count. */
int64_t category_position(const CategoryTree *tree, Id self, Id parent, int64_t wanted);

/* Puts the categories, in any order, into the order of the tree, which has all of them, and fills
 * depth, path and visible. */
CategoryList category_arrange(Arena *arena, const CategoryTree *tree, CategoryList list);

/* The part of the arranged list that a query asks for: empty when there is no such root; `everybody`
 * leaves out what customers do not see. */
CategoryList category_part(Arena *arena, CategoryList all, const CategoryQuery *query,
                           bool everybody);

#endif
