/* The inventory's SQL: every statement of the module is in store.c. */
#ifndef MODULES_INVENTORY_STORE_H
#define MODULES_INVENTORY_STORE_H

#include "modules/inventory/inventory.h"

LocationList locations_all(Ctx *cx);
bool location_insert(Ctx *cx, const Location *location); /* false: the name is taken */

bool stock_item_exists(Ctx *cx, Id variant);
StockLevelList stock_levels_of(Ctx *cx, Id variant);
StockLevel *stock_level(Ctx *cx, Id variant, Id location); /* NULL: never counted */

#endif
