/* The catalogue: what the shop shows and sells. Owns products, their texts, variants and prices.
 * Stock is not here: the inventory module counts it by variant id. */
#ifndef MODULES_CATALOG_CATALOG_H
#define MODULES_CATALOG_CATALOG_H

#include "modules/display/display.h"
#include "platform/module.h"

typedef enum ProductStatus { PRODUCT_DRAFT, PRODUCT_ACTIVE, PRODUCT_ARCHIVED } ProductStatus;
typedef enum Availability { AVAILABILITY_OUT, AVAILABILITY_LOW, AVAILABILITY_IN } Availability;

/* What a variant costs in one channel and currency, tax as the shop's prices have it. */
typedef struct Price {
    Str channel;
    Currency currency;
    Money amount;
} Price;

typedef struct PriceList {
    Price *items;
    size_t n;
} PriceList;

/* One thing that can be bought: a product in one choice of its options. */
typedef struct Variant {
    Present present;
    Id id;
    Id product;
    Str sku;
    Str barcode;
    StrList options; /* one value for each option of the product, in its order */
    int64_t position;
    PriceList prices;
    int64_t stock; /* free to sell over all locations, from the inventory */
    Availability availability;
    Time created_at, updated_at;
} Variant;

typedef struct VariantList {
    Variant *items;
    size_t n;
} VariantList;

/* What one can choose: "Size": S, M, L. */
typedef struct Option {
    Str name;
    StrList values;
} Option;

typedef struct OptionList {
    Option *items;
    size_t n;
} OptionList;

typedef struct Attribute {
    Str name;
    Str value;
} Attribute;

typedef struct AttributeList {
    Attribute *items;
    size_t n;
} AttributeList;

typedef struct Product {
    Present present;
    Id id;
    Str handle;
    Str title;
    Str description; /* Markdown */
    ProductStatus status;
    StrList channels; /* where it is shown while active */
    StrList tags;
    OptionList options;
    AttributeList attributes;
    ImageList images;
    VariantList variants;
    int64_t version; /* counts every change of the product, its variants and prices */
    Time created_at, updated_at;
} Product;

typedef struct ProductList {
    Product *items;
    size_t n;
} ProductList;

/* A product's texts in another language than the shop's own. */
typedef struct Translation {
    Str locale;
    Str title;
    Str description;
} Translation;

typedef struct TranslationList {
    Translation *items;
    size_t n;
} TranslationList;

extern const Type product_type, variant_type, price_type, translation_type;
extern const Module catalog_module;

#endif
