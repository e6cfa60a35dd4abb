/* The catalogue's SQL: every statement of the module is in store.c. */
#ifndef MODULES_CATALOG_STORE_H
#define MODULES_CATALOG_STORE_H

#include "modules/catalog/types.h"

/* A product as `view` sees it, variants, prices and stock included; NULL when there is none, or
 * when it is not shown in the view's channel and `all` (drafts and archived ones too) is false.
 * Three statements, one round trip. */
Product *product_read(Ctx *cx, Id id, const ProductView *view, bool all);

/* Up to `limit` products that the view's channel shows, newest first, made before `before` (0: from
 * the newest). */
ProductList product_page(Ctx *cx, const ProductView *view, Id before, int64_t limit);

/* The same over all products of one status, whatever their channels. */
ProductList product_page_by_status(Ctx *cx, const ProductView *view, ProductStatus status,
                                   Id before, int64_t limit);

/* False when the handle is taken; nothing was written then. */
bool product_insert(Ctx *cx, const Product *product);
bool product_update(Ctx *cx, const Product *product);
void product_delete(Ctx *cx, Id id);

/* Counts a change that the product's own row does not show: of a variant, a price, a translation.
 */
void product_touch(Ctx *cx, Id id);

/* Derives what the product's channels show from its status and channels: for a new product, and for
 * one that changed. */
void product_list_first(Ctx *cx, const Product *product);
void product_list_anew(Ctx *cx, const Product *product);

/* The product of a variant; 0 when there is no such variant. */
Id variant_product(Ctx *cx, Id variant);

/* False when the SKU is taken; nothing was written then. */
bool variant_insert(Ctx *cx, const Variant *variant);
bool variant_update(Ctx *cx, const Variant *variant); /* without prices */
void variant_replace_prices(Ctx *cx, const Variant *variant);
void variant_delete(Ctx *cx, Id id);

TranslationList translations_of(Ctx *cx, Id product);
void translation_put(Ctx *cx, Id product, const Translation *translation);
bool translation_delete(Ctx *cx, Id product, Str locale);

#endif
