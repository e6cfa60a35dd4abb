/* What products, categories and collections have in common: each has a page of its own. Types only;
 * whoever has such a page stores its own. */
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

extern const Type image_type, seo_type;

#endif
