/* The catalogue: what the shop shows and sells. Owns products, their types, texts, variants and
 * prices, and what is derived from them: documents, facts, search texts. Stock is not here: the
 * inventory module counts it by variant id; nor are categories, collections and price lists, which
 * products only name. */
#ifndef MODULES_CATALOG_CATALOG_H
#define MODULES_CATALOG_CATALOG_H

#include "modules/display/display.h"
#include "modules/inventory/inventory.h"
#include "platform/module.h"

typedef enum ProductStatus { PRODUCT_DRAFT, PRODUCT_ACTIVE, PRODUCT_ARCHIVED } ProductStatus;

/* What a variant costs: in one channel and currency, of one price list, from a quantity on, for a
 * time. Which of them is in force, `prices_in_force` (rules.h) decides. */
typedef struct Price {
    Present present;
    Str channel;
    Currency currency;
    Money amount;
    Money compare_at;        /* what it cost before, or elsewhere; absent: nothing is crossed out */
    Id price_list;           /* 0: the default list */
    int64_t min_quantity;    /* pieces of one variant in one order */
    Time starts_at, ends_at; /* absent: always */
} Price;

typedef struct Prices {
    Price *items;
    size_t n;
} Prices;

/* What the shop itself paid for a variant. */
typedef struct Cost {
    Currency currency;
    Money amount;
} Cost;

typedef struct Costs {
    Cost *items;
    size_t n;
} Costs;

/* One thing that can be bought: a product in one choice of its options. */
typedef struct Variant {
    Present present;
    Id id;
    Id product;
    Str sku;
    Str barcode;
    StrList options; /* one value for each option of the product, in its order */
    int64_t position;
    Prices prices;
    Costs costs; /* for staff */
    Str tax_class;
    int64_t weight;                /* grams, packed; absent: unknown */
    int64_t length, width, height; /* millimetres, packed */
    int64_t stock; /* free to sell over all locations, from the inventory; for who asks */
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

/* A fact about a product: a text, a number or a truth value. */
typedef struct Attribute {
    Str name;
    Json value;
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
    Str vendor;
    Str type;         /* the name of a product type, or empty */
    StrList channels; /* where it is shown while active */
    StrList tags;
    IdList categories;
    OptionList options;
    AttributeList attributes;
    ImageList images;
    Seo seo;
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

/* What an attribute of a product type holds. */
typedef enum AttributeKind {
    ATTRIBUTE_TEXT,
    ATTRIBUTE_NUMBER,
    ATTRIBUTE_BOOLEAN,
    ATTRIBUTE_CHOICE
} AttributeKind;

typedef struct AttributeRule {
    Str name;
    AttributeKind kind;
    StrList choices; /* of ATTRIBUTE_CHOICE */
    Str unit;        /* "cm", shown behind a number */
    bool required;
} AttributeRule;

typedef struct AttributeRuleList {
    AttributeRule *items;
    size_t n;
} AttributeRuleList;

/* A kind of product, and what is to be said of each. */
typedef struct ProductType {
    Present present;
    Id id;
    Str name;
    AttributeRuleList attributes;
    int64_t version;
    Time created_at, updated_at;
} ProductType;

typedef struct ProductTypeList {
    ProductType *items;
    size_t n;
} ProductTypeList;

/* From where somebody looks: chooses texts, prices and what is shown. `staff` is found out and not
 * asked for. */
typedef struct ProductView {
    Str locale;        /* empty: the shop's own language */
    Str channel;       /* empty: the prices of all channels, for staff */
    Currency currency; /* none: all */
    StrList expand;
    bool staff;
} ProductView;

/* Rows for query types from which a ProductView is made. */
#define CHANNEL_PATTERN "^[a-z0-9]+(-[a-z0-9]+)*$"
#define CHANNEL_LENGTH  40

/* clang-format off */
#define PRODUCT_VIEW_FIELDS(T)                                                                       \
    FIELD(T, locale, "Language of the texts; those not translated come in the shop's own.",        \
          .format = FORMAT_LOCALE),                                                                \
    FIELD(T, channel,                                                                              \
          "The channel to look from: `default` when left out, but for staff the prices of all.",   \
          .pattern = CHANNEL_PATTERN, .max = CHANNEL_LENGTH),                                      \
    FIELD(T, currency, "Only prices in this currency.")
/* clang-format on */

#define PRODUCT_EXPAND_FIELD(T)                                                                    \
    FIELD(T, expand, "`stock`: how many of each variant are free to sell now.", .max = 4,          \
          .pattern = "^stock$", .commas = true)

/* ---- What others ask of the catalogue -------------------------------------------------------- */

/* A product as somebody sees it: its JSON. */
typedef struct ShownProduct {
    Id id;
    int64_t version;
    Time until; /* when a price begins or ends; 0: as long as nobody changes the product */
    Str json;
} ShownProduct;

typedef struct ShownProducts {
    ShownProduct *items;
    size_t n;
} ShownProducts;

/* One product, or NULL when the view does not show it: one statement for a shopper. Staff see all.
 */
const ShownProduct *product_shown(Ctx *cx, Id id, const ProductView *view);

/* The same by handle. */
const ShownProduct *product_shown_by_handle(Ctx *cx, Str handle, const ProductView *view);

/* A shown product's JSON as a struct again, for pages; NULL when it is damaged. In `arena`. */
const Product *product_of_document(Arena *arena, Str json);

/* Several, in the order of the ids, which the view shows (it is not asked again); those that are
 * not there any more are left out. */
ShownProducts products_shown(Ctx *cx, IdList ids, const ProductView *view);

typedef struct ProductNumber {
    Str column;
    int64_t value;
} ProductNumber;

typedef struct ProductNumberList {
    ProductNumber *items;
    size_t n;
} ProductNumberList;

/* What filters, facets and orders know of an active product; rows of the column store. */
typedef struct ProductFacts {
    Present present;
    Id product_id;
    int64_t shape;
    StrList terms; /* column, term, column, term, … */
    ProductNumberList numbers;
    IdList categories; /* without those above them */
    Str title_key;
    Time valid_until;
    int64_t sold; /* pieces; from its own table, which publishing leaves alone */
} ProductFacts;

typedef struct ProductFactsList {
    ProductFacts *items;
    size_t n;
} ProductFactsList;

/* The facts of active products: up to `limit` behind that one, by id; and of certain ones. */
ProductFactsList facts_page(Ctx *cx, Id after, int64_t limit);
ProductFactsList facts_read(Ctx *cx, IdList products);

/* Columns of facts, in `arena`. What one piece of the cheapest variant costs: a number. What an
 * attribute says: a term; and, when it is a number, in millionths. */
Str price_column(Arena *arena, Str channel, Currency currency);
Str attribute_column(Arena *arena, Str name);
Str number_column(Arena *arena, Str name);

/* A decimal number as number_column has it; false when the text is none below 10^12. */
bool attribute_number(Str text, int64_t *millionths);

/* What is to be told of products of that type, by name; nothing when there is no such type. */
AttributeRuleList attribute_rules(Ctx *cx, Str type);

/* Staff may see drafts and archived products, all prices, costs and stock. */
bool sees_all_products(const Request *rq);

/* The view that a request asks for: staff see all channels unless they name one, others `default`.
 */
ProductView product_view_of(Request *rq, Str locale, Str channel, Currency currency,
                            StrList expand);

/* Products of one status, whatever their channels, newest first, made before `before` (0: from the
 * newest), as staff see them. */
ShownProducts products_by_status(Ctx *cx, const ProductView *view, ProductStatus status, Id before,
                                 int64_t limit);

/* ---- What can be bought ------------------------------------------------------------------------ */

/* A variant as one channel offers it now, in one currency and language. */
typedef struct Offer {
    Id variant, product;
    Str title;
    StrList options;
    Str sku;   /* empty: none */
    Str image; /* URL of the product's first picture; empty: none */
    Str tax_class;
    int64_t weight; /* grams; -1: unknown */
    bool shown;     /* the product is active in this channel */
    Prices prices;  /* in force, of the default list, ascending by min_quantity */
    int64_t free;   /* to sell now, over all locations */
    Availability availability;
} Offer;

typedef struct OfferList {
    Offer *items; /* ascending by variant */
    size_t n;
} OfferList;

/* To whom, and where. */
typedef struct OfferView {
    Str channel;
    Currency currency;
    Str locale;
    StockOwner owner; /* what is promised to him is free to him */
} OfferView;

/* What is offered of these variants, each named once. Those that are not there (any more) are left out.
 * Two statements, one round trip, however many they are; none when there are none. */
OfferList catalog_offers(Ctx *cx, IdList variants, const OfferView *view);

/* The same in two parts, for who asks more in that round trip: offers_ask, other db_ask_…, db_settle, and
 * what offers_answered makes of the answers. Nothing may be asked of no variants. */
typedef struct OfferAsk {
    OfferView view;
    AnyList rows;
    StockList stock;
} OfferAsk;
void offers_ask(Ctx *cx, OfferAsk *ask, IdList variants, const OfferView *view);
OfferList offers_answered(Ctx *cx, const OfferAsk *ask);

/* The offer of this variant, or NULL. */
const Offer *offer_of(const OfferList *offers, Id variant);

extern const Permission products_read, products_write;
extern const EnumNames product_status_names;
extern const Type product_type, variant_type, price_type, translation_type, product_type_type;
extern const Module catalog_module, product_types_module, transfer_module;

#endif
