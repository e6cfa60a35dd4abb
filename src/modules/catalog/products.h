/* Products as a whole: checked, made, changed. What routes, seeds and imports have in common: there
 * is no other way of writing a product. All inside a WRITE transaction. */
#ifndef MODULES_CATALOG_PRODUCTS_H
#define MODULES_CATALOG_PRODUCTS_H

#include "modules/catalog/rules.h"

/* Notes all that is wrong with a product as it would be stored: by the rules (rules.h), and in what it
 * names that is not there. */
void product_check_whole(Ctx *cx, Violations *bad, const Product *product);

/* The same for one variant, which stands in the product already; pointers are into the variant. */
void variant_check_whole(Ctx *cx, Violations *bad, const Product *product, const Variant *variant);

/* The part of product_check_whole that asks the database, but for the product's type. */
void product_check_references(Ctx *cx, Violations *bad, const Product *product);

/* Makes and publishes a product that was checked, with its variants, their prices, and `stock` of
 * each on hand at the main location. Fills in what is new (ids, version, times, positions that are
 * not marked as set, the handle when it is empty), also in the variants. When it is refused, because
 * the handle or a SKU is taken, nothing was written. */
Verdict product_create(Ctx *cx, Product *product);

/* The same without a way back, also of product_rewrite: when the handle (which must be there) or a SKU
 * is taken, the transaction fails with DB_CONSTRAINT; false when something that the product names has
 * just gone. Then the transaction must be given up, or a db_try around it undoes what was written, and
 * product_why_refused says why. For many products in one transaction, of which hardly any will be
 * refused: a part for each of them costs as much again as writing it, since FTS5 writes what it has
 * gathered at every savepoint. */
bool product_create_or_fail(Ctx *cx, Product *product);
bool product_rewrite_or_fail(Ctx *cx, const Product *before, Product *product);
Verdict product_why_refused(Ctx *cx, const Product *product);

/* The product, to be changed: its version is already the one that it will have, and until the commit
 * nobody else changes it. NULL: there is none. */
Product *product_open(Ctx *cx, Id id);

/* Writes and publishes a product that was opened, and whose changes were checked. `before` is how it
 * was opened, with a list of variants of its own. Of the variants, those without an id are new (made
 * as by product_create), those that are missing go, and the others are written when they differ;
 * `stock` of those that are there already is not. Refused as product_create. */
Verdict product_rewrite(Ctx *cx, const Product *before, Product *product);

/* Would both be stored in the same way, but for their version and the stock of their variants? */
bool product_same(Arena *arena, const Product *a, const Product *b);

#endif
