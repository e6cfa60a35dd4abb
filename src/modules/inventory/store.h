/* The inventory's SQL: every statement of the module is in store.c. */
#ifndef MODULES_INVENTORY_STORE_H
#define MODULES_INVENTORY_STORE_H

#include "modules/inventory/inventory.h"

LocationList locations_all(Ctx *cx);
bool location_insert(Ctx *cx, const Location *location); /* false: the name is taken */

/* Holds the variant's stock until the commit, so that what is read of it stays true; false when it
 * is not registered. First in each transaction that sets it. */
bool stock_take(Ctx *cx, Id variant);

/* Sets what is on hand; false when the variant is not registered or there is no such location. */
bool stock_set(Ctx *cx, Id variant, Id location, int64_t on_hand);

StockLevelList stock_levels_of(Ctx *cx, Id variant);
StockLevel *stock_level(Ctx *cx, Id variant, Id location); /* NULL: never counted */

#endif
