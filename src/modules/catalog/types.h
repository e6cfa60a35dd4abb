/* Types that only the catalogue itself uses: limits and rows. */
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
    COSTS_MAX = 10,
    CHANNELS_MAX = 20,
    PRODUCT_CATEGORIES_MAX = 20,
    TRANSLATIONS_MAX = 200, /* of a product in a file: more languages than any shop speaks */
    TYPE_NAME_MAX = 100,
    CHOICES_MAX = 200,          /* colours, sizes, countries */
    ATTRIBUTE_BYTES_MAX = 1000, /* a sentence, quotes included */
    SIZE_MM_MAX = 100000,
    FACET_TEXT_MAX = 100, /* bytes of an attribute's value that is a facet; more is prose */
};

#define AMOUNT_MAX 1000000000000 /* ten thousand millions of euros: sums of many stay below 2^63 */

/* ---- Rows ---- */

/* What a request says of the view. */
typedef struct ProductAsked {
    Str locale;
    Str channel;
    Currency currency;
    StrList expand;
} ProductAsked;

/* A product as one channel and language show it. See documents.h. */
typedef struct ProductDocument {
    Present present;
    Id product_id;
    Str channel;
    Str locale;
    int64_t version;
    int64_t shape;
    Time valid_until; /* absent: until the product changes */
    Str body;
} ProductDocument;

typedef struct ProductDocumentList {
    ProductDocument *items;
    size_t n;
} ProductDocumentList;

/* A price beside its variant: the members of Price in its order, and the variant. */
typedef struct PriceRow {
    Present present;
    Str channel;
    Currency currency;
    Money amount;
    Money compare_at;
    Id price_list;
    int64_t min_quantity;
    Time starts_at, ends_at;
    Id variant_id;
    int64_t position;
} PriceRow;

/* A translation beside its product. */
typedef struct TranslationRow {
    Id product_id;
    Str locale;
    Str title;
    Str description;
} TranslationRow;

typedef struct TranslationRows {
    TranslationRow *items;
    size_t n;
} TranslationRows;

extern const Type product_view_type, product_document_type, price_row_type, translation_row_type,
    product_facts_type;

#endif
