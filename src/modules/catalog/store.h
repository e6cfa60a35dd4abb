/* The catalogue's SQL: every statement of the module is in store.c. */
#ifndef MODULES_CATALOG_STORE_H
#define MODULES_CATALOG_STORE_H

#include "modules/catalog/types.h"
#include "modules/inventory/inventory.h"

/* A product read whole from its tables, with all its prices and its stock, and with the texts of
 * `locale` where it is translated. NULL when there is none. Four statements, one round trip. */
Product *product_read(Ctx *cx, Id id, Str locale);

/* The same for several, newest first; those that are not there are left out. */
ProductList products_of(Ctx *cx, IdList ids, Str locale);

/* Up to `limit` products of one status, whatever their channels, newest first, made before `before`
 * (0: from the newest). */
ProductList product_page_by_status(Ctx *cx, Str locale, ProductStatus status, Id before,
                                   int64_t limit);

/* The same of all statuses, oldest first, made after `after` (0: from the oldest). */
ProductList products_after(Ctx *cx, Id after, int64_t limit);

/* Only their ids and attributes; what exports need to know before the first row. */
ProductList attributes_after(Ctx *cx, Id after, int64_t limit);
int64_t products_count(Ctx *cx);
Prices currencies_in_use(Ctx *cx); /* one price for each, with its currency alone; by code */

Id product_by_handle(Ctx *cx, Str handle); /* 0: there is none */

/* The products of these handles, in their order; 0 for one that there is none of. */
IdList products_by_handles(Ctx *cx, StrList handles);

Id product_missing(Ctx *cx, IdList ids); /* one of them that is no product; 0: all are */

/* Does the channel show the product? */
bool product_is_shown(Ctx *cx, Id id, Str channel);

/* ---- What is derived (publish.h) ---- */

/* The document of a product. NULL when the channel does not show it. */
const ProductDocument *document_read(Ctx *cx, Id id, const ProductView *view);

/* Those that the view's channel shows, in any order. */
ProductDocumentList documents_read(Ctx *cx, IdList ids, const ProductView *view);

void document_put(Ctx *cx, const ProductDocument *document);
void facts_put(Ctx *cx, const ProductFacts *facts);
void derived_delete(Ctx *cx, Id product);

/* Up to `limit` active products behind that one, by id, that have no facts of this shape. */
IdList products_unpublished(Ctx *cx, int64_t shape, Id after, int64_t limit);

/* Up to `limit` products whose prices have begun or ended since they were published; and the moment
 * at which the next one will be due (0: none). */
IdList products_due(Ctx *cx, Time now, int64_t limit);
Time products_next_due(Ctx *cx);

/* ---- Writing ---- */

/* Called by products.c, which everybody else calls. None of them is waited for: a handle or a SKU that
 * is taken breaks a constraint (products_handle_key, variants_sku_key), which db_try tells. */
void product_insert(Ctx *cx, const Product *product);
void product_update(Ctx *cx, const Product *product); /* one that was touched */
void product_delete(Ctx *cx, Id id);

/* Those that are in the category itself. */
IdList products_in_category(Ctx *cx, Id category);

/* Counts a change of the product or of something that belongs to it. First in each transaction that
 * changes it: until the commit, nobody else can do the same, so what is read afterwards stays true.
 */
void product_touch(Ctx *cx, Id id);

/* The same without counting: what is published anew has not changed. */
void product_take(Ctx *cx, Id id);

/* Counts pieces that were sold, for who sorts by it. */
void product_sold(Ctx *cx, Id id, int64_t pieces);

/* The handle of the product that a variant belongs to; empty when there is no such variant. */
Str variant_product_handle(Ctx *cx, Id variant);

/* The product of a variant; 0 when there is no such variant. */
Id variant_product(Ctx *cx, Id variant);

/* The variant of that SKU, or 0. */
Id variant_by_sku(Ctx *cx, Str sku);

/* As product_insert. With prices, and registered in the inventory with `stock` on hand. */
void variant_insert(Ctx *cx, const Variant *variant, int64_t stock);
void variant_update(Ctx *cx, const Variant *variant); /* without prices */
void variant_replace_prices(Ctx *cx, const Variant *variant);
void variant_release_sku(Ctx *cx, Id id); /* it has none, for now */
void variant_delete(Ctx *cx, Id id);

TranslationList translations_of(Ctx *cx, Id product); /* by language */

/* Of several products; and those of one of them, by language. */
TranslationRows translations_of_all(Ctx *cx, ProductList products);
TranslationList translations_among(Arena *arena, TranslationRows rows, Id product);

void translation_put(Ctx *cx, Id product, const Translation *translation);
bool translation_delete(Ctx *cx, Id product, Str locale);

/* ---- Product types ---- */

ProductTypeList product_types_all(Ctx *cx); /* by name */
ProductType *product_type_read(Ctx *cx, Id id);
ProductType *product_type_named(Ctx *cx, Str name);
bool product_type_insert(Ctx *cx, const ProductType *type); /* false: the name is taken */
void product_type_touch(Ctx *cx, Id id);                    /* as product_touch */
void product_type_update(Ctx *cx, const ProductType *type);
bool product_type_is_used(Ctx *cx, Str name);
void product_type_delete(Ctx *cx, Id id);

#endif
