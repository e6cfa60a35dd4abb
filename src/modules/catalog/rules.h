/* The catalogue's decisions: values in, a verdict out. No database, no clock, no HTTP. */
#ifndef MODULES_CATALOG_RULES_H
#define MODULES_CATALOG_RULES_H

#include "meta/check.h"
#include "modules/catalog/types.h"
#include "platform/api/request.h"

/* A type, category or price list that is named and is not there. */
extern const ViolationCode unknown_reference;

extern const Error error_handle_taken, error_sku_taken, error_variants_full;

/* Notes what is wrong with a whole product beyond its single fields: options that repeat, variants
 * that do not fit the options or each other, prices given twice. attributes that are not what
 * `type` (NULL: the product has none) says. `product` is as it would be stored. */
void product_check(Violations *bad, const Product *product, const ProductType *type);

/* The same for a product type: attributes given twice, choices without choices. */
void product_type_check(Violations *bad, const ProductType *type);

/* The same for one of the product's variants that is sent as a document of its own: pointers are
 * into the variant. That its SKU is free only the store can tell. */
void variant_check(Violations *bad, const Product *product, const Variant *variant);

/* What a channel sells at now: of each currency and quantity, of the default list, the price that
 * started last. `*until`, when it is not 0 already and sooner, becomes the moment at which this
 * changes. In `arena`. */
Prices prices_in_force(Arena *arena, Prices all, Str channel, Time now, Time *until);

/* A product that was read whole, with the prices that the view shows; its texts stay. */
Product product_seen(Arena *arena, const Product *product, const ProductView *view, Time now,
                     Time *until);

/* Takes the category out of the product in memory. */
void product_leave_category(Product *product, Id category);

/* The variant of that id within the product, or NULL. */
Variant *product_variant(const Product *product, Id id);

/* Adds a copy of the variant to the product in memory, behind the others; returns its place there. */
Variant *product_add_variant(Arena *arena, Product *product, const Variant *variant);
void product_remove_variant(Product *product, Id id);

#endif
