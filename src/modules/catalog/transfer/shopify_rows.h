/* Products as rows of a Shopify product CSV: the reverse of shopify.h. */
#ifndef MODULES_CATALOG_TRANSFER_SHOPIFY_ROWS_H
#define MODULES_CATALOG_TRANSFER_SHOPIFY_ROWS_H

#include "modules/catalog/transfer/columns.h"
#include "modules/catalog/types.h"

/* What a file of products shall have. */
typedef struct RowShape {
    Generation generation;
    Currency currency; /* of the columns Price, Compare-at price and Cost per item */
    Prices others;     /* further currencies, each with two columns: "Price / USD" */
    StrList attributes;
} RowShape;

/* Appends the header, and the rows of a product; `category` is the path of its main one. */
void shopify_write_header(Buf *out, const RowShape *shape);
void shopify_write_rows(Buf *out, Arena *arena, const RowShape *shape, const Product *product,
                        Str category);

#endif
