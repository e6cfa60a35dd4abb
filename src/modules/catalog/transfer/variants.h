/* The variants of a draft against those of the product: which is which, and what becomes of it. */
#ifndef MODULES_CATALOG_TRANSFER_VARIANTS_H
#define MODULES_CATALOG_TRANSFER_VARIANTS_H

#include "modules/catalog/transfer/draft.h"

/* The variants that the product is to have. */
typedef struct WantedVariants {
    VariantList list; /* with `stock` as it is to be */
    int64_t *lines;   /* of the file, for each of them; 0: the file says nothing of it */
} WantedVariants;

/* `there` NULL: the product is new. What cannot be told apart is a refusal among the remarks. Never
 * changes `there`. In `arena`. */
WantedVariants variants_wanted(Arena *arena, const Draft *draft, const Product *there,
                               Remarks *remarks);

/* The options that it is to have: those of the file, with the values in the order that they have, and
 * without those that only variants had which go. */
OptionList options_wanted(Arena *arena, const Draft *draft, const Product *there);

#endif
