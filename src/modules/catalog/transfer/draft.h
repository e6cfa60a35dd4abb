/* A draft: what a file says of one product, before anybody has asked what the shop has. Whether it came
 * from CSV or JSON Lines, it is applied in one way (apply.h). */
#ifndef MODULES_CATALOG_TRANSFER_DRAFT_H
#define MODULES_CATALOG_TRANSFER_DRAFT_H

#include "modules/catalog/types.h"

#include "meta/check.h"

enum {
    REMARKS_MAX = 50,           /* of one product: enough to mend it in one go */
    DRAFT_CATEGORY_LEVELS = 10, /* of a path: as deep as a tree can be */
};

/* ---- What is to be said of it ----------------------------------------------------------------- */

/* A refusal: the product stays as it was. Else a note: something of it could not be kept. */
typedef struct Remark {
    bool refusal;
    int64_t line;
    Str place; /* a column, or a pointer into a JSON document; empty: the whole */
    Str code;
    Str message; /* "must be …", and what to do */
} Remark;

typedef struct Remarks {
    Arena *arena;
    Remark *items;
    size_t n, refusals;
} Remarks;

Remarks remarks_new(Arena *arena);

/* Copies everything but the code. What is beyond REMARKS_MAX is only counted. */
void remark(Remarks *remarks, bool refusal, int64_t line, Str place, const char *code,
            const char *format, ...) __attribute__((format(printf, 6, 7)));

/* ---- What a file says --------------------------------------------------------------------------- */

/* The price of everybody in the default channel, from one piece on, always. */
typedef struct DraftPrice {
    Currency currency;
    bool says_amount, says_compare_at;
    bool has_amount, has_compare_at; /* else it is to go */
    Money amount, compare_at;
} DraftPrice;

typedef struct DraftVariant {
    int64_t line;
    Variant said; /* marked: what is said; without prices and costs, unless `whole` */
    bool whole;   /* all that is not said is as in a new one */
    DraftPrice *prices;
    size_t price_count;
    bool says_cost, has_cost;
    Cost cost;
} DraftVariant;

typedef struct DraftAttribute {
    Str name;
    Str text; /* empty: it is to go */
} DraftAttribute;

typedef enum DraftVariants {
    VARIANTS_UNSAID,
    VARIANTS_ALL,  /* the product has these and no others */
    VARIANTS_SOME, /* these change: found by SKU, or the only one */
} DraftVariants;

typedef struct Draft {
    int64_t line; /* on which it begins */
    Str handle;   /* a slug, never empty */
    Product said; /* marked: what is said; without variants */
    Remarks remarks;

    /* What needs the product that is there. */
    Str html;                       /* of the description; its p is NULL: that was no HTML */
    Str tags;                       /* as one text; its p is NULL: they were none */
    bool says_published, published; /* in the default channel */
    bool says_seo_title, says_seo_description; /* of said.seo */
    bool says_category;                        /* the main one */
    StrList category;       /* titles from the root down; none: no category at all */
    StrList category_paths; /* beside said.categories: "Home > Kitchen" */
    bool says_images, says_alts;
    bool says_translations;
    TranslationList translations; /* all that there are to be, by language */
    bool derived_options;         /* their values are those that the variants have */
    bool names_what_may_be_gone;  /* ids of categories and price lists, from another day or shop */
    ProductStatus first_status;   /* of a new product, when none is said */
    DraftAttribute *attributes;
    size_t attribute_count;

    DraftVariants mode;
    DraftVariant *variants;
    size_t variant_count;

    /* How the file calls the place that a pointer into the product leads to. NULL: as the pointer. */
    Str (*place)(const struct Draft *draft, Str pointer, const Product *product);
} Draft;

/* The titles of a path, "Home > Kitchen"; blank ones are left out. In `arena`. */
StrList path_titles(Arena *arena, Str path);
Str path_text(Arena *arena, StrList titles);

/* Tags as one text, as files have them: "a, b", and the reverse. */
Str tags_text(Arena *arena, StrList tags);
StrList tags_of_text(Arena *arena, Str text);

#endif
