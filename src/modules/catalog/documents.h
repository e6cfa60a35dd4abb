/* Product documents: what a shopper reads, written when the product changes and not when it is
 * read. See docs/internals/product-documents.md.
 *
 * A document is the product's JSON in one channel and language, without what only staff see and
 * without exact stock. It says whether each variant can be had, and is written anew when that
 * changes, which is seldom: a sale that leaves enough does not touch it. So reading a product is
 * one small statement and one copy. */
#ifndef MODULES_CATALOG_DOCUMENTS_H
#define MODULES_CATALOG_DOCUMENTS_H

#include "meta/json.h"
#include "modules/catalog/types.h"

/* What is written of products and variants for those who are no staff: without restricted fields,
 * but with `stock` when it is asked for. For the life of the process. */
const FieldMask *product_mask(bool stock);
const FieldMask *variant_mask(bool stock);

/* The document of a product as it is seen (rules.h: product_seen). In `arena`. */
Str document_write(Arena *arena, const Product *seen);

/* Names the shape of documents and facts that this program writes: those of another shape were
 * written by another version, and are read from the tables instead until they are written anew. */
int64_t document_shape(void);

#endif
