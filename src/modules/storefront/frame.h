/* What all pages of the shop have in common. */
#ifndef MODULES_STOREFRONT_FRAME_H
#define MODULES_STOREFRONT_FRAME_H

#include "meta/markup.h"
#include "modules/browse/browse.h"
#include "modules/categories/categories.h"

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

/* A page whose head says `title`, up to where its content begins: the categories are read, the search
 * box holds `q`. */
Page page_begin(Request *rq, Str title, Str description, Str q);

/* The reply with all that was written. */
Reply page_end(Page *page, int status);

/* A price as people read it, in the shop's language: "€12.90", "12,90 €". In `arena`. */
Str price_text(Arena *arena, Money amount, Currency currency, Str locale);

/* The least that the variants cost in the page's currency; else in the first that there is. False:
 * there is no price. `*several`: they differ. */
bool lowest_price(const VariantList *variants, Currency wanted, Price *lowest, bool *several);

/* What is said of availability, and its class in the stylesheet. */
const char *availability_text(Availability availability);
Availability best_of(const VariantList *variants);

/* A picture, or a tile with the title's first letter where there is none. */
void put_picture(Buf *out, ImageList images, Str title, bool large);

/* The stylesheet, for its route. */
Reply show_stylesheet(Request *rq);

#endif
