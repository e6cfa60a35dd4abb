/* Collections: products brought together, by hand or by rules over what they are. Owns the
 * collections, their texts, and who is in those made by hand; it knows products as ids only. What the
 * rules mean for a product, the catalogue decides, which knows products. */
#ifndef MODULES_COLLECTIONS_COLLECTIONS_H
#define MODULES_COLLECTIONS_COLLECTIONS_H

#include "modules/display/display.h"
#include "platform/events.h"

enum {
    COLLECTION_PRODUCTS_MAX = 10000, /* by hand: one answer, and one transaction reorders them */
    COLLECTION_RULES_MAX = 50,       /* each is looked at for each product in the shop */
    RULE_NAME_MAX = 100,
    RULE_VALUE_MAX = 1000,
};

typedef enum CollectionKind { COLLECTION_MANUAL, COLLECTION_BY_RULES } CollectionKind;

typedef enum CollectionMatch { MATCH_ALL, MATCH_ANY } CollectionMatch;

/* The names are those of `sort` in lists of products. */
typedef enum CollectionSort {
    COLLECTION_SORT_POSITION, /* of those made by hand only */
    COLLECTION_SORT_NEWEST,
    COLLECTION_SORT_PRICE,
    COLLECTION_SORT_PRICE_DESCENDING,
    COLLECTION_SORT_TITLE,
    COLLECTION_SORT_TITLE_DESCENDING,
    COLLECTION_SORT_BEST_SELLING,
} CollectionSort;

typedef enum RuleField {
    RULE_VENDOR,
    RULE_TYPE,
    RULE_TAG,          /* any of the product's tags */
    RULE_CATEGORY,     /* `value` is an id, "cat_…"; one below it will do as well */
    RULE_PRICE,        /* the lowest of its variants, in `currency`; `value` in minor units */
    RULE_AVAILABILITY, /* `value` is "in", "low" or "out"; of the variant that has the most */
    RULE_ATTRIBUTE,    /* the one of that `name` */
} RuleField;

/* A product that does not have the field at all (no such attribute, no price in the currency) fits
 * RULE_IS_NOT and nothing else. The last four compare numbers, and only of prices and attributes. */
typedef enum RuleRelation {
    RULE_IS,
    RULE_IS_NOT,
    RULE_LESS,
    RULE_AT_MOST,
    RULE_GREATER,
    RULE_AT_LEAST,
} RuleRelation;

/* Checked when it was stored: the relation fits the field, and `value` is what both ask for. */
typedef struct CollectionRule {
    RuleField field;
    RuleRelation relation;
    Str name;          /* of an attribute; else empty */
    Currency currency; /* of a price; else none */
    Str value;
} CollectionRule;

typedef struct CollectionRules {
    CollectionRule *items;
    size_t n;
} CollectionRules;

typedef struct Collection {
    Present present;
    Id id;
    Str handle;
    Str title;
    Str description; /* Markdown */
    Image image;     /* may be absent */
    Seo seo;
    bool hidden;
    CollectionKind kind;
    CollectionMatch match;
    CollectionRules rules; /* of COLLECTION_BY_RULES: at least one; else none */
    CollectionSort sort;
    int64_t position;
    int64_t version; /* counts changes of it, its texts and its members */
    Time created_at, updated_at;
} Collection;

typedef struct CollectionList {
    Collection *items;
    size_t n;
} CollectionList;

/* Where a product stands in a collection made by hand. */
typedef struct CollectionPlace {
    Id product;
    Id collection;
    int64_t position;
} CollectionPlace;

/* Ascending by product. */
typedef union CollectionPlaces {
    AnyList rows;
    struct {
        CollectionPlace *items;
        size_t n;
    };
} CollectionPlaces;

/* In the locale, where it is translated; empty: in the shop's own language. NULL when there is none. */
Collection *collection_read(Ctx *cx, Id id, Str locale);

/* The collection of that handle, or 0. */
Id collection_by_handle(Ctx *cx, Str handle);

/* Asks in which collections made by hand these products are; *places is there after db_settle. */
void collections_ask(Ctx *cx, CollectionPlaces *places, IdList products);

/* The product is gone: takes it out of all collections. */
void collections_forget_product(Ctx *cx, Id product);

/* ---- Changing, for seeds and imports --------------------------------------------------------- */

/* Makes a collection: `title` must be there; the handle is made from it when left out. Fills in the
 * rest. Nothing was written when it is refused; what is wrong with its rules is not asked here. */
Verdict collection_create(Ctx *cx, Collection *collection);

/* Adds the products, in their order, behind those in a collection made by hand; who is in it already
 * stays where it is. */
Verdict collection_add(Ctx *cx, Id id, IdList products);

/* ---- What is announced ----------------------------------------------------------------------- */

/* Products were named that are to be in a collection. Who knows products sets *unknown to one that
 * does not exist; then none is taken. */
typedef struct CollectionProductsNamed {
    IdList products;
    Id *unknown;
} CollectionProductsNamed;
extern const Event collection_products_named;

/* These came into the collection, left it, or stand elsewhere in it. */
typedef struct CollectionMembersChanged {
    Id collection;
    IdList products;
} CollectionMembersChanged;
extern const Event collection_members_changed;

extern const Error error_unknown_collection; /* 422 */

extern const Type collection_type;
extern const Module collections_module;

#endif
