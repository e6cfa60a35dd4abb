/* Pricing's SQL: every statement of the module is in store.c. */
#ifndef MODULES_PRICING_STORE_H
#define MODULES_PRICING_STORE_H

#include "modules/pricing/types.h"

PriceListList price_lists_all(Ctx *cx); /* by name */
PriceList *price_list_read(Ctx *cx, Id id);
int64_t price_lists_count(Ctx *cx);

/* Counts a change of the list, and holds it until the commit. */
void price_list_touch(Ctx *cx, Id id);

/* False when handle or name is taken; nothing was written then. */
bool price_list_insert(Ctx *cx, const PriceList *list);
bool price_list_update(Ctx *cx, const PriceList *list);

/* Is there a list of that name beside this one? */
bool price_list_name_taken(Ctx *cx, const PriceList *list);

/* Breaks a constraint while prices are on it. */
void price_list_delete(Ctx *cx, Id id);

#endif
