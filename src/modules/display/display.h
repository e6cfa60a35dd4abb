/* What products, categories and collections have in common: each has a page of its own. Types only;
 * each module stores its own. */
#ifndef MODULES_DISPLAY_DISPLAY_H
#define MODULES_DISPLAY_DISPLAY_H

#include "meta/type.h"

typedef struct Image {
    Str url;
    Str alt;
} Image;

typedef struct ImageList {
    Image *items;
    size_t n;
} ImageList;

/* What search engines are told instead of title and description. */
typedef struct Seo {
    Str title;
    Str description;
} Seo;

/* The texts of a page in another language than the shop's own. */
typedef struct LocaleTexts {
    Present present;
    Str locale;
    Str title;
    Str description; /* empty: the shop's own */
    Seo seo;         /* absent: the shop's own */
} LocaleTexts;

typedef struct LocaleTextsList {
    LocaleTexts *items;
    size_t n;
} LocaleTextsList;

enum {
    PAGE_TITLE_MAX = 200,
    PAGE_DESCRIPTION_MAX = 5000, /* of a category or collection: an introduction, not an article */
};

extern const Type image_type, seo_type, locale_texts_type;

#endif
