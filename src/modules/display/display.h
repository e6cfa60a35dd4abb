/* Types that modules share; each module stores its own. Products, categories and collections each have
 * a page of their own; carts and orders come to a sum, and go to an address. */
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

/* ---- Sums ------------------------------------------------------------------------------------- */

/* What a cart or an order comes to, in minor units of one currency:
 * total = subtotal - discount + shipping + tax. None of them is ever negative. */
typedef struct Totals {
    Currency currency;
    Money subtotal; /* the lines, before discounts */
    Money discount; /* at most the subtotal */
    Money shipping;
    Money tax;
    Money total;
} Totals;

/* Fills `total`. False, and nothing has changed, when a part is negative, the discount is more than the
 * subtotal, or the sum does not fit. */
bool totals_add_up(Totals *totals);

/* Does the law hold of totals that come from elsewhere? */
bool totals_hold(const Totals *totals);

/* Spreads a discount over amounts, in proportion to them: the shares add up to it exactly (largest
 * remainder, money_split), and none is more than its amount. `discount` is clamped to the sum of the
 * amounts, and *spread is what was really given. False when an amount is negative, or the sum does not
 * fit. */
bool totals_spread(Money discount, const Money *amounts, size_t n, Money *shares, Money *spread);

extern const Type image_type, seo_type, locale_texts_type, totals_type;

/* ---- Where things are sent, and who pays -------------------------------------------------------- */

/* As it stands on a parcel. Which parts a country wants is for carriers to say: here all but name,
 * line1, city and country may be empty. */
typedef struct Address {
    Str name, company;
    Str line1, line2;
    Str city, region, postal_code;
    Str country; /* ISO 3166-1 alpha-2 */
    Str phone;
} Address;

/* Every text of it is personal. */
extern const Type address_type;

/* No address: it has no country. */
static inline bool address_is_empty(const Address *address)
{
    return address->country.n == 0;
}

bool address_is_same(const Address *a, const Address *b);

#endif
