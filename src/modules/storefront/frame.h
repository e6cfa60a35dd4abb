/* What all pages of the shop have in common. */
#ifndef MODULES_STOREFRONT_FRAME_H
#define MODULES_STOREFRONT_FRAME_H

#include "meta/markup.h"
#include "modules/browse/browse.h"
#include "modules/categories/categories.h"
#include "modules/storefront/figures.h"

enum { PAGE_BYTES_MAX = 4 << 20 }; /* a window of 100 products with all their filters is 200 KB */

/* What a page needs of the world. */
typedef struct Page {
    Request *rq;
    Arena *arena;
    Buf out;
    Str locale;
    Currency currency;
    CategoryList categories; /* those that are visible, depth first */
} Page;

void page_start(const ModuleWorld *world);

/* What a page says of itself. Addresses are paths of the shop, or URLs; what is empty is not said. */
typedef struct PageHead {
    Str title, description;
    Str q;     /* what the search box holds */
    Str path;  /* of this page, without choices that make no other page of it */
    Str next;  /* the page behind it */
    Str image; /* what stands for it where somebody shares it */
    bool is_product;
} PageHead;

/* A page with nothing on it; the categories are read. */
Page page_new(Request *rq);

/* Its head, up to where its content begins. */
void page_begin(Page *page, const PageHead *head);

/* A path as those need it who read it elsewhere: a URL, where the shop knows its own (`shop.url`). */
Str page_address(const Page *page, Str path);

/* The reply with all that was written. */
Reply page_end(Page *page, int status);

/* What is said of availability, and its class in the stylesheet. */
const char *availability_text(Availability availability);
Availability best_of(const VariantList *variants);

/* A picture, or a tile with the title's first letter where there is none. A picture that nobody has
 * described is called by the title when it is large; a small one stands beside the title. */
void put_picture(Buf *out, ImageList images, Str title, bool large);

/* The stylesheet, for its route. */
Reply show_stylesheet(Request *rq);

#endif
