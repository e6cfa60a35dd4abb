/* The catalogue's SQL: every statement of the module is in store.c. */
#ifndef MODULES_CATALOG_STORE_H
#define MODULES_CATALOG_STORE_H

#include "modules/catalog/types.h"
#include "modules/inventory/inventory.h"

/* A product as `view` sees it, read from its tables: variants, prices and stock included. NULL when
 * there is none, or when the view's channel does not show it and `all` (drafts and archived ones
 * too) is false. Three statements, one round trip. */
Product *product_read(Ctx *cx, Id id, const ProductView *view, bool all);

/* Up to `limit` products of one status, whatever their channels, newest first, made before `before`
 * (0: from the newest); read from the tables. */
ProductList product_page_by_status(Ctx *cx, const ProductView *view, ProductStatus status,
                                   Id before, int64_t limit);

/* The finished document of a product and its stock: two statements, one round trip. NULL when the
 * channel does not show it. */
const ProductDocument *document_read(Ctx *cx, Id id, const ProductView *view, StockList *stock);

/* Up to `limit` documents that the view's channel shows, newest first, made before `before`, and
 * the stock of all. */
ProductDocumentList document_page(Ctx *cx, const ProductView *view, Id before, int64_t limit,
                                  StockList *stock);

/* The products of these documents, in their order, read from the tables. */
ProductList products_of_documents(Ctx *cx, const ProductView *view, ProductDocumentList page);

/* Writes a product's documents anew, or none when it is not active; after every change of it, its
 * variants, prices or translations. `product` has what its own row has. */
void documents_renew(Ctx *cx, const Product *product);

/* Writes one document of a new product that is complete in memory. */
void document_insert(Ctx *cx, const Product *product, Str channel, Str locale);

/* False when the handle is taken; nothing was written then. */
bool product_insert(Ctx *cx, const Product *product);
bool product_update(Ctx *cx, const Product *product); /* one that was touched */
void product_delete(Ctx *cx, Id id);

/* Counts a change of the product or of something that belongs to it. First in each transaction that
 * changes it: until the commit, nobody else can do the same, so what is read afterwards stays true.
 */
void product_touch(Ctx *cx, Id id);

/* The product of a variant; 0 when there is no such variant. */
Id variant_product(Ctx *cx, Id variant);

/* With prices, and registered in the inventory with `stock` on hand. False when the SKU is taken;
 * nothing was written then. */
bool variant_insert(Ctx *cx, const Variant *variant, int64_t stock);
bool variant_update(Ctx *cx, const Variant *variant); /* without prices */
void variant_replace_prices(Ctx *cx, const Variant *variant);
void variant_delete(Ctx *cx, Id id);

TranslationList translations_of(Ctx *cx, Id product);
void translation_put(Ctx *cx, Id product, const Translation *translation);
bool translation_delete(Ctx *cx, Id product, Str locale);

#endif
