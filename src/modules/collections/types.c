#include "modules/collections/types.h"

#include "meta/slug.h"
#include "platform/api/limits.h"

static const char *const kind_docs[] = {"Its products are chosen one by one.",
                                        "Every product that fits its rules is in it."};
static const EnumNames kind_names = {
    .names = (const char *const[]){"manual", "rules"}, .n = 2, .docs = kind_docs};

static const EnumNames match_names = ENUM_NAMES("all", "any");

static const char *const sort_docs[] = {"As they were put in it by hand.",
                                        "Made last first.",
                                        "Cheapest first.",
                                        "Dearest first.",
                                        "By title, A first.",
                                        "By title, Z first.",
                                        "Sold most first."};
static const EnumNames sort_names = {.names = (const char *const[]){"position", "newest", "price",
                                                                    "-price", "title", "-title",
                                                                    "best-selling"},
                                     .n = 7,
                                     .docs = sort_docs};

static const char *const field_docs[] = {
    "Who makes it.",
    "The name of its product type.",
    "One of its tags.",
    "A category's id: it stands in that category or below it.",
    "What the cheapest of its variants costs in `currency`, in minor units.",
    "`in`, `low` or `out`: of the variant that there is most of.",
    "Its attribute of that `name`."};
static const EnumNames field_names = {.names = (const char *const[]){"vendor", "type", "tag",
                                                                     "category", "price",
                                                                     "availability", "attribute"},
                                      .n = 7,
                                      .docs = field_docs};

static const char *const relation_docs[] = {"The same.",
                                            "Another one, or none at all.",
                                            "A smaller number: of prices and attributes.",
                                            "The same number or a smaller one.",
                                            "A larger number: of prices and attributes.",
                                            "The same number or a larger one."};
static const EnumNames relation_names = {
    .names = (const char *const[]){"is", "is_not", "less", "at_most", "greater", "at_least"},
    .n = 6,
    .docs = relation_docs};

static const Type collection_rule_type = TYPE(
    CollectionRule, "What a product must be to be in a collection.",
    ENUM(CollectionRule, field, "What is looked at.", field_names, .required = true),
    ENUM(CollectionRule, relation, "How it is compared.", relation_names, .required = true),
    FIELD(CollectionRule, name, "Of an attribute: its name. Else empty.", .max = RULE_NAME_MAX,
          .initial = ""),
    FIELD(CollectionRule, currency, "Of a price: in which currency. Else null.", .nullable = true),
    FIELD(CollectionRule, value, "What it is compared with.", .required = true, .min = 1,
          .max = RULE_VALUE_MAX));

const Type collection_type = TYPE_WITH_ABSENCE(
    Collection, "Products brought together, by hand or by rules.",
    FIELD(Collection, id, "Identifier.", .prefix = "coll", .read_only = true),
    FIELD(Collection, handle,
          "Its name in addresses, unique among collections; made from the title if left out.",
          .format = FORMAT_SLUG, .min = 1, .max = SLUG_MAX),
    FIELD(Collection, title, "Name as customers see it.", .required = true, .min = 1,
          .max = PAGE_TITLE_MAX),
    FIELD(Collection, description, "Markdown.", .format = FORMAT_MARKDOWN,
          .max = PAGE_DESCRIPTION_MAX, .initial = ""),
    OBJECT(Collection, image, "A picture of it.", image_type, .nullable = true),
    OBJECT(Collection, seo, "What search engines are told.", seo_type),
    FIELD(Collection, hidden, "Is it kept from customers?", .initial = "false"),
    ENUM(Collection, kind, "How products come into it.", kind_names, .initial = "manual",
         .create_only = true),
    ENUM(Collection, match, "How many of the rules a product must fit.", match_names,
         .initial = "all"),
    LIST(Collection, rules, "Of kind `rules`: at least one.", collection_rule_type,
         .max = COLLECTION_RULES_MAX),
    ENUM(Collection, sort,
         "In which order its products are shown when nobody asks for another. Left out: `position` "
         "when it is made by hand, else `newest`.",
         sort_names),
    FIELD(Collection, position,
          "Lists of collections have lower ones first, and of the same the older ones first.",
          .min = 0, .max = 1000000, .initial = "0"),
    FIELD(Collection, version, "Counts changes of it, its translations and its members.",
          .read_only = true),
    FIELD(Collection, created_at, "When it was made.", .read_only = true),
    FIELD(Collection, updated_at, "When it last changed.", .read_only = true));

#define LOCALE_FIELD(T)                                                                            \
    FIELD(T, locale, "Language of the texts; those not translated come in the shop's own.",        \
          .format = FORMAT_LOCALE)

const Type collection_view_type =
    TYPE(CollectionView, "How a collection is seen.", LOCALE_FIELD(CollectionView));

const Type collection_query_type = TYPE_WITH_ABSENCE(
    CollectionQuery, "A page of collections.", LOCALE_FIELD(CollectionQuery),
    FIELD(CollectionQuery, limit, "Collections on a page.", .min = 1, .max = LIMIT_PAGE,
          .initial = "20"),
    FIELD(CollectionQuery, cursor, "`next_cursor` of the page before.", .max = 1400));

const Type collection_cursor_type =
    TYPE(CollectionCursor, "Where the list of collections goes on.",
         FIELD(CollectionCursor, position, "", .required = true),
         FIELD(CollectionCursor, id, "", .prefix = "coll", .required = true));

const Type collection_products_type =
    TYPE(CollectionProducts, "The products of a collection made by hand, in their order.",
         FIELD(CollectionProducts, products, "Each once.", .prefix = "prod", .required = true,
               .max = COLLECTION_PRODUCTS_MAX));

const Type collection_place_type = TYPE(CollectionPlace, "Where a product stands in a collection.",
                                        FIELD(CollectionPlace, product, "", .prefix = "prod"),
                                        FIELD(CollectionPlace, collection, "", .prefix = "coll"),
                                        FIELD(CollectionPlace, position, ""));
