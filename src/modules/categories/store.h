/* The categories' SQL: every statement of the module is in store.c. */
#ifndef MODULES_CATEGORIES_STORE_H
#define MODULES_CATEGORIES_STORE_H

#include "modules/categories/types.h"

/* category_by_handle, as it is stored. */
Id category_stored_by_handle(Ctx *cx, Str handle);

/* Holds the structure of the tree until the commit: what is read of it afterwards stays true. First
 * in each transaction that adds, moves or deletes a category. */
void category_structure_take(Ctx *cx);

/* Counts a change of the category, and holds it until the commit. After category_structure_take,
 * where both are needed. */
void category_touch(Ctx *cx, Id id);

/* False when the handle is taken; nothing was written then. The others do not make room by
 * themselves: see category_make_room. */
bool category_insert(Ctx *cx, const Category *category);
bool category_update(Ctx *cx, const Category *category); /* without parent and position */
void category_delete(Ctx *cx, Id id);

/* Moves those at `position` and behind it, below `parent`, by one (`by` is 1 or -1), but not the
 * category `id`, for which room is made or closed. */
void category_make_room(Ctx *cx, Id id, Id parent, int64_t position, int64_t by);
void category_put_below(Ctx *cx, Id id, Id parent, int64_t position);

LocaleTextsList category_texts_of(Ctx *cx, Id id);
void category_texts_put(Ctx *cx, Id id, const LocaleTexts *texts);
bool category_texts_delete(Ctx *cx, Id id, Str locale); /* false: there were none */

#endif
