/* Types that only the catalogue itself uses: queries, cursors, rows. */
#ifndef MODULES_CATALOG_TYPES_H
#define MODULES_CATALOG_TYPES_H

#include "meta/slug.h"
#include "modules/catalog/catalog.h"

/* How much of one product: each bounds a document, a page and a transaction. */
enum {
    TITLE_MAX = 200,
    HANDLE_MAX = SLUG_MAX,
    DESCRIPTION_MAX = 50000, /* a long article; search and cards show the beginning */
    TAGS_MAX = 50,
    OPTIONS_MAX = 3, /* as Shopify; more become attributes */
    OPTION_VALUES_MAX = 100,
    ATTRIBUTES_MAX = 100,
    IMAGES_MAX = 50,
    VARIANTS_MAX = 250,
    PRICES_MAX = 100,
    CHANNELS_MAX = 20,
    STOCK_LOW = 5, /* fewer are told as "low" */
};

/* From where a shopper looks: chooses texts, prices and what is shown. */
typedef struct ProductView {
    Str locale;        /* empty: the shop's own language */
    Str channel;       /* empty: the prices of all channels, for staff */
    Currency currency; /* none: all */
} ProductView;

typedef struct ProductQuery {
    Present present;
    Str locale;
    Str channel;
    Currency currency;
    ProductStatus status;
    int64_t limit;
    Str cursor;
} ProductQuery;

/* Where the newest-first list goes on: before this product. */
typedef struct ProductCursor {
    Id before;
} ProductCursor;

/* A product as one channel and language show it, finished but for the stock. See documents.h. */
typedef struct ProductDocument {
    Id product_id;
    Str channel;
    Str locale;
    int64_t version;
    int64_t shape;
    Str body;
} ProductDocument;

typedef struct ProductDocumentList {
    ProductDocument *items;
    size_t n;
} ProductDocumentList;

/* A variant beside one of its prices, as the join delivers them. */
typedef struct VariantPriceRow {
    Id id;
    Id product;
    Str sku;
    Str barcode;
    StrList options;
    int64_t position;
    Time created_at, updated_at;
    Str channel;
    Currency currency;
    Money amount;
} VariantPriceRow;

extern const Type product_view_type, product_query_type, product_cursor_type, product_document_type,
    variant_price_row_type;
extern const EnumNames product_status_names;

#endif
