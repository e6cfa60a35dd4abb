/* Changes of the tree: what routes, seeds and imports have in common. */
#ifndef MODULES_CATEGORIES_CHANGE_H
#define MODULES_CATEGORIES_CHANGE_H

#include "modules/categories/types.h"

/* category_create is in categories.h. */

/* The category in the shop's own language, with its way; NULL when there is none. */
Category *category_read(Ctx *cx, Id id, Str locale);

/* Applies a merge patch to the category, which was touched and read; `structure_taken` when the patch
 * moves it (category_moves). Nothing was written when it is refused. */
Verdict category_change(Ctx *cx, Category *category, const Category *patch);

/* Does the patch say where the category is to stand? */
bool category_moves(const Category *patch);

/* Deletes the category, which was read after the structure was taken. */
Verdict category_remove(Ctx *cx, const Category *category);

#endif
