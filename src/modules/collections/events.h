/* What the collections announce. */
#ifndef MODULES_COLLECTIONS_EVENTS_H
#define MODULES_COLLECTIONS_EVENTS_H

#include "modules/collections/rules.h"

/* One of these that is no product, as far as anybody knows; or 0. */
Id collection_unknown_product(Ctx *cx, IdList products);

void collection_tell_members(Ctx *cx, Id id, const MemberChanges *changes);

#endif
