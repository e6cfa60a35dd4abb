/* `souk seed`: products to try things with. */
#ifndef MODULES_CATALOG_SEED_H
#define MODULES_CATALOG_SEED_H

#include "modules/catalog/types.h"

/* Product number `n` (from 1) of the made-up catalogue: always the same for the same number,
 * complete but for ids and times. In `arena`. */
Product seed_product(Arena *arena, int64_t n);

/* How many of the variant's are on hand in the made-up stock. */
int64_t seed_stock(int64_t product, size_t variant);

/* How many pieces of it were sold. */
int64_t seed_sold(int64_t product);

extern const Command catalog_commands[1];

#endif
