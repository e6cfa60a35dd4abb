/* The collections' SQL: every statement of the module is in store.c. */
#ifndef MODULES_COLLECTIONS_STORE_H
#define MODULES_COLLECTIONS_STORE_H

#include "modules/collections/types.h"

/* Up to `limit` collections behind `after`; hidden ones too when `all`. */
CollectionList collection_page(Ctx *cx, Str locale, bool all, const CollectionCursor *after,
                               int64_t limit);

/* Counts a change of the collection or of its members, and holds both until the commit. */
void collection_touch(Ctx *cx, Id id);

/* False when the handle is taken; nothing was written then. */
bool collection_insert(Ctx *cx, const Collection *collection);
bool collection_update(Ctx *cx, const Collection *collection);
void collection_delete(Ctx *cx, Id id);

/* In the order of their positions. */
CollectionPlaces collection_members(Ctx *cx, Id id);
void collection_members_put(Ctx *cx, Id id, CollectionPlaces places); /* new, or elsewhere */
int64_t collection_members_remove(Ctx *cx, Id id, IdList products);   /* how many were in it */

LocaleTextsList collection_texts_of(Ctx *cx, Id id);
void collection_texts_put(Ctx *cx, Id id, const LocaleTexts *texts);
bool collection_texts_delete(Ctx *cx, Id id, Str locale); /* false: there were none */

#endif
