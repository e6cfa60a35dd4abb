/* Changes of collections: what routes, seeds and imports have in common. */
#ifndef MODULES_COLLECTIONS_CHANGE_H
#define MODULES_COLLECTIONS_CHANGE_H

#include "modules/collections/types.h"

/* collection_create and collection_add are in collections.h. */

/* Inserts or updates by `put`; a handle that is left out is made from the title, and made unique. */
Verdict collection_put_with_handle(Ctx *cx, Collection *collection,
                                   bool (*put)(Ctx *cx, const Collection *collection));

/* Makes `wanted` the members of a collection, in this order, where `members` are in it now; it was
 * touched before they were read. Nothing was written when it is refused. */
Verdict collection_set_members(Ctx *cx, const Collection *collection, CollectionPlaces members,
                               IdList wanted);

/* No verdict about a collection made by hand; the refusal of one by rules. */
Verdict collection_has_members(const Collection *collection);

#endif
