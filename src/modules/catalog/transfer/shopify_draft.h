/* A draft while its rows are read: between shopify.c and its neighbours. */
#ifndef MODULES_CATALOG_TRANSFER_SHOPIFY_DRAFT_H
#define MODULES_CATALOG_TRANSFER_SHOPIFY_DRAFT_H

#include "modules/catalog/transfer/shopify.h"

enum {
    IMAGE_ROWS_MAX = IMAGES_MAX + 1, /* kept; one too many, so that they are refused */
    VARIANT_ROWS_MAX = VARIANTS_MAX + 1,
};

/* A picture, and where it is to stand. */
typedef struct ImageRow {
    Image image;
    int64_t position;
} ImageRow;

typedef struct ShopifyDraft {
    Draft draft;
    Arena *arena;
    const Columns *columns;
    size_t rows, variant_rows;
    Str option_names[OPTIONS_MAX];
    size_t option_count;
    ImageRow *images;
    size_t image_count, image_capacity, image_rows;
    size_t variant_capacity;
} ShopifyDraft;

/* Room for one more behind `n` items; `*capacity` is 0 at first. */
void *grow_items(Arena *arena, void *items, size_t n, size_t *capacity, size_t size);

/* ---- Cells ---- */

/* A copy that lives as long as the draft. */
Str keep_text(const ShopifyDraft *s, Str text);

static inline Str row_cell(const ShopifyDraft *s, const CsvRecord *row, ColumnKind kind)
{
    return cell_of(s->columns, row, kind);
}

static inline bool is_blank(Str text)
{
    return str_trim(text).n == 0;
}

void refuse_cell(ShopifyDraft *s, const CsvRecord *row, Str column, const char *code,
                 const char *message);

/* A decimal without blanks around and without zeros behind its point: "12.50" is "12.5". */
Str plain_number(Str text);

/* ---- Parts of a product ---- */

/* Takes the variant of a row, if it has one; and after the last row, what follows from all of them. */
void shopify_take_variant(ShopifyDraft *s, const CsvRecord *row);
void shopify_end_variants(ShopifyDraft *s);

/* Draft.place */
Str shopify_place(const Draft *draft, Str pointer, const Product *product);

#endif
