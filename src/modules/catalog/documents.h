/* Product documents: what a shopper reads, written when the product changes and not when it is
 * read. See docs/internals/product-documents.md.
 *
 * A document is the product's JSON in one channel and language, finished but for the stock, which
 * changes with every sale: where a variant's stock stands there is a mark (0x01, the variant's id
 * in decimal, 0x01; JSON text has no such byte), and a reader puts the present stock in its place.
 * So reading a product costs two small statements and one copy, and selling it does not touch the
 * document. */
#ifndef MODULES_CATALOG_DOCUMENTS_H
#define MODULES_CATALOG_DOCUMENTS_H

#include "base/buf.h"
#include "modules/catalog/types.h"
#include "modules/inventory/inventory.h"

/* The document of a product, whatever its stock now. In `arena`. */
Str document_write(Arena *arena, const Product *product);

/* Appends the document with the stock in its places; variants that `stock` does not know have none.
 */
void document_fill(Buf *out, Str body, const StockList *stock);

/* Names the shape of documents that this program writes: those of another shape were written by
 * another version, and are read from the tables instead. */
int64_t document_shape(void);

Availability availability_of(int64_t stock);

#endif
