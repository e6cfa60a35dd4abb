#include "modules/catalog/types.h"

#include "platform/api/limits.h"

static const char *const status_docs[] = {"Being prepared; only staff see it.",
                                          "Shown in its channels.",
                                          "No longer sold; kept for the orders that name it."};
const EnumNames product_status_names = {
    .names = (const char *const[]){"draft", "active", "archived"}, .n = 3, .docs = status_docs};

/* clang-format off */
#define PRICE_FIELDS(T)                                                                            \
    FIELD(T, channel, "The channel that sells at this price.", .pattern = CHANNEL_PATTERN,         \
          .max = CHANNEL_LENGTH, .initial = "default"),                                            \
    FIELD(T, currency, "ISO 4217 code.", .required = true),                                        \
    FIELD(T, amount, "In minor units: cents, yen, fils.", .required = true, .min = 0,              \
          .max = AMOUNT_MAX),                                                                      \
    FIELD(T, compare_at, "What it cost before, shown crossed out; more than `amount`.",            \
          .nullable = true, .min = 0, .max = AMOUNT_MAX),                                          \
    FIELD(T, price_list, "Empty: the list of everybody.", .prefix = "plist", .nullable = true),    \
    FIELD(T, min_quantity, "From how many pieces on.", .min = 1, .max = 1000000, .initial = "1"),  \
    FIELD(T, starts_at, "Empty: at once.", .nullable = true),                                      \
    FIELD(T, ends_at, "Empty: for good. At this moment it is over.", .nullable = true)
/* clang-format on */

const Type price_type = TYPE_WITH_ABSENCE(Price, "What a variant costs.", PRICE_FIELDS(Price));

/* As the database delivers it: with the variant that it belongs to. */
const Type price_row_type = TYPE_WITH_ABSENCE(
    PriceRow, "A price beside its variant.", PRICE_FIELDS(PriceRow),
    FIELD(PriceRow, variant_id, "", .prefix = "var"), FIELD(PriceRow, position, ""));

static const Type cost_type = TYPE(
    Cost, "What the shop itself paid.", FIELD(Cost, currency, "ISO 4217 code.", .required = true),
    FIELD(Cost, amount, "In minor units.", .required = true, .min = 0, .max = AMOUNT_MAX));

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
    LIST(Variant, prices,
         "Staff see all; others those in force in their channel, one for each currency and "
         "`min_quantity`.",
         price_type, .max = PRICES_MAX),
    LIST(Variant, costs, "What the shop itself paid, at most one for each currency.", cost_type,
         .max = COSTS_MAX, .restricted = true),
    FIELD(Variant, tax_class, "\"reduced\"; empty: the standard class.", .max = 40, .initial = ""),
    FIELD(Variant, weight, "Grams, packed.", .nullable = true, .min = 0, .max = 100000000),
    FIELD(Variant, length, "Millimetres, packed.", .nullable = true, .min = 0, .max = SIZE_MM_MAX),
    FIELD(Variant, width, "Millimetres, packed.", .nullable = true, .min = 0, .max = SIZE_MM_MAX),
    FIELD(Variant, height, "Millimetres, packed.", .nullable = true, .min = 0, .max = SIZE_MM_MAX),
    FIELD(Variant, stock,
          "Free to sell now, over all locations; for staff, and with `expand=stock`.",
          .read_only = true, .restricted = true),
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
         FIELD(Attribute, value, "A text, a number or a truth value: \"Linen\", 12.5, true.",
               .required = true, .max = ATTRIBUTE_BYTES_MAX));

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
    FIELD(Product, vendor, "Who makes it.", .max = 100, .initial = ""),
    FIELD(Product, type, "The name of a product type, which says what attributes it has.",
          .max = TYPE_NAME_MAX, .initial = ""),
    FIELD(Product, channels, "Where it is shown while active.", .max = CHANNELS_MAX,
          .pattern = CHANNEL_PATTERN, .item_max = CHANNEL_LENGTH, .initial = "default"),
    FIELD(Product, tags, "Words to find it by.", .max = TAGS_MAX, .item_max = 100),
    FIELD(Product, categories, "Where in the tree of categories it is found, the main one first.",
          .prefix = "cat", .max = PRODUCT_CATEGORIES_MAX),
    LIST(Product, options, "What one can choose; each variant has one value of each.", option_type,
         .max = OPTIONS_MAX),
    LIST(Product, attributes, "Facts about it.", attribute_type, .max = ATTRIBUTES_MAX),
    LIST(Product, images, "Pictures, the first one first.", image_type, .max = IMAGES_MAX),
    OBJECT(Product, seo, "What search engines are told.", seo_type),
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

const Type translation_row_type =
    TYPE(TranslationRow, "A translation beside its product.",
         FIELD(TranslationRow, product_id, "", .prefix = "prod"), FIELD(TranslationRow, locale, ""),
         FIELD(TranslationRow, title, ""), FIELD(TranslationRow, description, ""));

const Type product_view_type =
    TYPE(ProductAsked, "From where a product is seen.", PRODUCT_VIEW_FIELDS(ProductAsked),
         PRODUCT_EXPAND_FIELD(ProductAsked));

const Type product_document_type = TYPE_WITH_ABSENCE(
    ProductDocument, "A product as one channel and language show it.",
    FIELD(ProductDocument, product_id, "", .prefix = "prod"), FIELD(ProductDocument, channel, ""),
    FIELD(ProductDocument, locale, ""), FIELD(ProductDocument, version, ""),
    FIELD(ProductDocument, shape, ""), FIELD(ProductDocument, valid_until, "", .nullable = true),
    FIELD(ProductDocument, body, ""));

const Type product_number_type =
    TYPE(ProductNumber, "A number that lists sort and filter by.", FIELD(ProductNumber, column, ""),
         FIELD(ProductNumber, value, ""));

const Type product_facts_type = TYPE_WITH_ABSENCE(
    ProductFacts, "What lists know of a product.",
    FIELD(ProductFacts, product_id, "", .prefix = "prod"), FIELD(ProductFacts, shape, ""),
    FIELD(ProductFacts, terms, ""), LIST(ProductFacts, numbers, "", product_number_type),
    FIELD(ProductFacts, categories, "", .prefix = "cat"), FIELD(ProductFacts, title_key, ""),
    FIELD(ProductFacts, valid_until, "", .nullable = true), FIELD(ProductFacts, sold, ""));

static const char *const attribute_kind_docs[] = {"Any text.", "A number.", "true or false.",
                                                  "One of `choices`."};
static const EnumNames attribute_kind_names = {
    .names = (const char *const[]){"text", "number", "boolean", "choice"},
    .n = 4,
    .docs = attribute_kind_docs};

static const Type attribute_rule_type = TYPE(
    AttributeRule, "What is to be told of products of a type.",
    FIELD(AttributeRule, name, "\"Material\".", .required = true, .min = 1, .max = 100),
    ENUM(AttributeRule, kind, "What it holds.", attribute_kind_names, .initial = "text"),
    FIELD(AttributeRule, choices, "Of a choice: what can be chosen.", .max = CHOICES_MAX,
          .item_max = 100),
    FIELD(AttributeRule, unit, "\"cm\": shown behind a number.", .max = 20, .initial = ""),
    FIELD(AttributeRule, required, "Must each product of the type have it?", .initial = "false"));

const Type product_type_type = TYPE_WITH_ABSENCE(
    ProductType, "A kind of product, and what is to be told of each.",
    FIELD(ProductType, id, "Identifier.", .prefix = "ptype", .read_only = true),
    FIELD(ProductType, name, "\"Shoes\": what products write in `type`; unique in the shop.",
          .required = true, .create_only = true, .min = 1, .max = TYPE_NAME_MAX),
    LIST(ProductType, attributes, "What is to be told of each product of the type.",
         attribute_rule_type, .max = ATTRIBUTES_MAX),
    FIELD(ProductType, version, "Counts its changes.", .read_only = true),
    FIELD(ProductType, created_at, "When it was made.", .read_only = true),
    FIELD(ProductType, updated_at, "When it last changed.", .read_only = true));
