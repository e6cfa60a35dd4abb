/* What the audit trail is told of prices. */
#ifndef MODULES_CATALOG_PRICE_TRAIL_H
#define MODULES_CATALOG_PRICE_TRAIL_H

#include "modules/catalog/catalog.h"
#include "platform/audit/audit.h"

/* Prices of variants that were there before and are there still: one entry of the trail a product,
 * however many variants it has; none, when no price has changed. */
void tell_prices(Ctx *cx, const Product *before, const Product *product,
                 bool (*same_prices)(Arena *arena, const Variant *a, const Variant *b));

extern const AuditAction prices_changed;

#endif
