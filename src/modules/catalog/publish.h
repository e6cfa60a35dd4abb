/* Publishing: what is derived from a product, in the transaction that changes it. */
#ifndef MODULES_CATALOG_PUBLISH_H
#define MODULES_CATALOG_PUBLISH_H

#include "modules/catalog/types.h"

/* Writes a product's documents, facts and search texts anew, or takes them away when it is not
 * active; after every change of it, its variants, prices, translations, availability or
 * collections. `product` was read whole, in the shop's own language. */
void product_publish(Ctx *cx, const Product *product);

/* The same for a product that was never published: nothing is there to take away. */
void product_publish_first(Ctx *cx, const Product *product);

/* Takes away what was published of a product that goes. */
void product_withdraw(Ctx *cx, Id product);

/* The facts of a product that has these texts, prices and stock; part of the above, for tests. */
ProductFacts product_facts(Arena *arena, const Product *product, Time now);

/* How titles are sorted: without case and accents. In `arena`. */
Str title_key(Arena *arena, Str title);

#endif
