/* Rows of a Shopify product CSV as drafts. */
#ifndef MODULES_CATALOG_TRANSFER_SHOPIFY_H
#define MODULES_CATALOG_TRANSFER_SHOPIFY_H

#include "modules/catalog/transfer/columns.h"
#include "modules/catalog/transfer/draft.h"

/* The handle that a row names, or has by its title; empty when it has neither. In `arena`. */
Str row_handle(Arena *arena, const Columns *columns, const CsvRecord *record);

/* Does the record look like a row of a product, in a file that was broken before it? */
bool row_is_plausible(const Columns *columns, const CsvRecord *record);

/* A draft of the product that the row begins; the row is not taken yet. Everything that the draft
 * points to lies in `arena`, but for the columns. */
Draft *shopify_begin(Arena *arena, const Columns *columns, Str handle, const CsvRecord *first);

/* Takes a row of the product, the first one too. */
void shopify_take(Draft *draft, const CsvRecord *row);

/* A row of the product could not be read. */
void shopify_take_broken(Draft *draft, int64_t line, Str message);

/* After the last row. */
void shopify_end(Draft *draft);

#endif
