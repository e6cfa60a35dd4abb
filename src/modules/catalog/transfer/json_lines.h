/* JSON Lines: one product a line, as staff see it in the API, with the paths of its categories and its
 * texts in other languages. */
#ifndef MODULES_CATALOG_TRANSFER_JSON_LINES_H
#define MODULES_CATALOG_TRANSFER_JSON_LINES_H

#include "modules/catalog/transfer/draft.h"

/* A product, and where its categories stand: their ids mean nothing to another shop. */
typedef struct LineProduct {
    Product product;
    StrList category_paths; /* "Home > Kitchen", in the order of product.categories */
    TranslationList translations;
} LineProduct;

/* The type of a line: all fields of a product, and those. For the life of the process. */
const Type *line_product_type(void);

/* The draft of a line. Its handle is empty when the line could not be read. Its text must live as long
 * as the draft. */
Draft *line_draft(Arena *arena, Str text, int64_t number);

#endif
