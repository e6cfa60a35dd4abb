/* Numbers, prices and facts as people read them, by the conventions of a language. */
#ifndef MODULES_STOREFRONT_FIGURES_H
#define MODULES_STOREFRONT_FIGURES_H

#include "modules/catalog/catalog.h"

/* "100,000", "100.000". In `arena`, as all texts here. */
Str count_text(Arena *arena, int64_t count, Str locale);

/* "€1,290.50", "1.290,50 €"; a currency without a symbol of its own is named by its code. */
Str price_text(Arena *arena, Money amount, Currency currency, Str locale);

/* The value of an attribute: "yes" and "no" for what is true or not. */
Str fact_text(Str value);

/* The least that one piece of the variants costs in the wanted currency; else in the first that
 * there is. False: there is no price. `*several`: they differ. */
bool lowest_price(const VariantList *variants, Currency wanted, Price *lowest, bool *several);

#endif
