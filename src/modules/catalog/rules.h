/* The catalogue's decisions: values in, a verdict out. No database, no clock, no HTTP. */
#ifndef MODULES_CATALOG_RULES_H
#define MODULES_CATALOG_RULES_H

#include "meta/check.h"
#include "modules/catalog/types.h"
#include "platform/api/request.h"

extern const Error error_handle_taken, error_sku_taken, error_variants_full;

/* Notes what is wrong with a whole product beyond its single fields: options that repeat, variants
 * that do not fit the options or each other, prices given twice. `product` is as it would be
 * stored. */
void product_check(Violations *bad, const Product *product);

/* The same for one of the product's variants that is sent as a document of its own: pointers are
 * into the variant. That its SKU is free only the store can tell. */
void variant_check(Violations *bad, const Product *product, const Variant *variant);

/* The variant of that id within the product, or NULL. */
Variant *product_variant(const Product *product, Id id);

/* Adds a copy of the variant to the product in memory; returns its place there. */
Variant *product_add_variant(Arena *arena, Product *product, const Variant *variant);

/* Takes over what a merge patch sets (RFC 7396); null empties lists and description. */
void product_merge(Product *product, const Product *patch);
void variant_merge(Variant *variant, const Variant *patch);

#endif
