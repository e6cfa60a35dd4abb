#include "modules/catalog/types.h"

#include "platform/api/limits.h"

static const char *const status_docs[] = {"Being prepared; only staff see it.",
                                          "Shown in its channels.",
                                          "No longer sold; kept for the orders that name it."};
const EnumNames product_status_names = {
    .names = (const char *const[]){"draft", "active", "archived"}, .n = 3, .docs = status_docs};

static const EnumNames availability_names = ENUM_NAMES("out", "low", "in");

#define CHANNEL_PATTERN "^[a-z0-9]+(-[a-z0-9]+)*$"
#define CHANNEL_LENGTH  40

const Type price_type =
    TYPE(Price, "What a variant costs in one channel and currency.",
         FIELD(Price, channel, "The channel that sells at this price.", .pattern = CHANNEL_PATTERN,
               .max = CHANNEL_LENGTH, .initial = "default"),
         FIELD(Price, currency, "ISO 4217 code.", .required = true),
         FIELD(Price, amount, "In minor units: cents, yen, fils.", .required = true, .min = 0,
               .max = 1000000000000));

const Type variant_type = TYPE_WITH_ABSENCE(
    Variant, "One thing that can be bought: a product in one choice of its options.",
    FIELD(Variant, id, "Identifier.", .prefix = "var", .read_only = true),
    FIELD(Variant, product, "The product that it is a variant of.", .prefix = "prod",
          .read_only = true),
    FIELD(Variant, sku, "Stock keeping unit, unique in the shop.", .nullable = true, .min = 1,
          .max = 64),
    FIELD(Variant, barcode, "GTIN, EAN, UPC or ISBN.", .nullable = true, .min = 1, .max = 64),
    FIELD(Variant, options, "One value for each option of the product, in the product's order.",
          .max = OPTIONS_MAX, .item_max = 100),
    FIELD(Variant, position, "Order among the product's variants, from 0.", .min = 0, .max = 10000),
    LIST(Variant, prices, "At most one for each channel and currency.", price_type,
         .max = PRICES_MAX),
    FIELD(Variant, stock, "Free to sell now, over all locations.", .read_only = true),
    ENUM(Variant, availability, "Whether it can be had.", availability_names, .read_only = true),
    FIELD(Variant, created_at, "When it was made.", .read_only = true),
    FIELD(Variant, updated_at, "When it last changed.", .read_only = true));

static const Type option_type =
    TYPE(Option, "What one can choose of a product.",
         FIELD(Option, name, "\"Size\".", .required = true, .min = 1, .max = 100),
         FIELD(Option, values, "In the order in which they are offered.", .required = true,
               .min = 1, .max = OPTION_VALUES_MAX, .item_max = 100));

static const Type attribute_type =
    TYPE(Attribute, "A fact about a product.",
         FIELD(Attribute, name, "\"Material\".", .required = true, .min = 1, .max = 100),
         FIELD(Attribute, value, "\"Linen\".", .required = true, .min = 1, .max = 1000));

const Type product_type = TYPE_WITH_ABSENCE(
    Product, "A thing that the shop shows, in one or more variants.",
    FIELD(Product, id, "Identifier.", .prefix = "prod", .read_only = true),
    FIELD(Product, handle,
          "Its name in addresses, unique in the shop; made from the title if left out.",
          .format = FORMAT_SLUG, .min = 1, .max = HANDLE_MAX),
    FIELD(Product, title, "Name as customers see it.", .required = true, .min = 1,
          .max = TITLE_MAX),
    FIELD(Product, description, "Markdown.", .format = FORMAT_MARKDOWN, .max = DESCRIPTION_MAX,
          .initial = ""),
    ENUM(Product, status, "Who sees it.", product_status_names, .initial = "draft"),
    FIELD(Product, channels, "Where it is shown while active.", .max = CHANNELS_MAX,
          .pattern = CHANNEL_PATTERN, .item_max = CHANNEL_LENGTH, .initial = "default"),
    FIELD(Product, tags, "Words to find it by.", .max = TAGS_MAX, .item_max = 100),
    LIST(Product, options, "What one can choose; each variant has one value of each.", option_type,
         .max = OPTIONS_MAX),
    LIST(Product, attributes, "Facts about it.", attribute_type, .max = ATTRIBUTES_MAX),
    LIST(Product, images, "Pictures, the first one first.", image_type, .max = IMAGES_MAX),
    LIST(Product, variants, "What can be bought. Given at creation; later changed one by one.",
         variant_type, .max = VARIANTS_MAX, .create_only = true),
    FIELD(Product, version, "Counts every change of it, its variants and prices.",
          .read_only = true),
    FIELD(Product, created_at, "When it was made.", .read_only = true),
    FIELD(Product, updated_at, "When it last changed.", .read_only = true));

const Type translation_type = TYPE(
    Translation, "A product's texts in another language than the shop's own.",
    FIELD(Translation, locale, "Language tag, BCP 47.", .read_only = true, .format = FORMAT_LOCALE),
    FIELD(Translation, title, "Name as customers see it.", .required = true, .min = 1,
          .max = TITLE_MAX),
    FIELD(Translation, description, "Markdown; empty: the shop's own is shown.",
          .format = FORMAT_MARKDOWN, .max = DESCRIPTION_MAX));

/* clang-format off */
#define VIEW_FIELDS(T)                                                                             \
    FIELD(T, locale, "Language of the texts; those not translated come in the shop's own.",        \
          .format = FORMAT_LOCALE),                                                                \
    FIELD(T, channel,                                                                              \
          "The channel to look from: `default` when left out, but for staff the prices of all.",   \
          .pattern = CHANNEL_PATTERN, .max = CHANNEL_LENGTH),                                      \
    FIELD(T, currency, "Only prices in this currency.")
/* clang-format on */

const Type product_view_type =
    TYPE(ProductView, "From where a product is seen.", VIEW_FIELDS(ProductView));

const Type product_query_type = TYPE_WITH_ABSENCE(
    ProductQuery, "A page of products.", VIEW_FIELDS(ProductQuery),
    ENUM(ProductQuery, status, "Products of this status in all channels; needs products:read.",
         product_status_names),
    FIELD(ProductQuery, limit, "Products on a page.", .min = 1, .max = LIMIT_PAGE, .initial = "20"),
    FIELD(ProductQuery, cursor, "`next_cursor` of the page before.", .max = 1400));

const Type product_cursor_type = TYPE(ProductCursor, "Where the list of products goes on.",
                                      FIELD(ProductCursor, before, "Products made before this one.",
                                            .prefix = "prod", .required = true));

const Type product_document_type = TYPE(
    ProductDocument, "A product as one channel and language show it.",
    FIELD(ProductDocument, product_id, "", .prefix = "prod"), FIELD(ProductDocument, channel, ""),
    FIELD(ProductDocument, locale, ""), FIELD(ProductDocument, version, ""),
    FIELD(ProductDocument, shape, ""), FIELD(ProductDocument, body, ""));

const Type variant_price_row_type =
    TYPE(VariantPriceRow, "A variant beside one of its prices.",
         FIELD(VariantPriceRow, id, "", .prefix = "var"),
         FIELD(VariantPriceRow, product, "", .prefix = "prod"), FIELD(VariantPriceRow, sku, ""),
         FIELD(VariantPriceRow, barcode, ""), FIELD(VariantPriceRow, options, ""),
         FIELD(VariantPriceRow, position, ""), FIELD(VariantPriceRow, created_at, ""),
         FIELD(VariantPriceRow, updated_at, ""), FIELD(VariantPriceRow, channel, ""),
         FIELD(VariantPriceRow, currency, ""), FIELD(VariantPriceRow, amount, ""));
