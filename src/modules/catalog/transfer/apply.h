/* Drafts become products: the part of an import that knows what the shop has. */
#ifndef MODULES_CATALOG_TRANSFER_APPLY_H
#define MODULES_CATALOG_TRANSFER_APPLY_H

#include "modules/catalog/transfer/draft.h"
#include "modules/catalog/transfer/references.h"

typedef enum Outcome {
    OUTCOME_CREATED,
    OUTCOME_UPDATED,
    OUTCOME_UNCHANGED,
    OUTCOME_REFUSED,
} Outcome;

/* How writing is undone when it is refused on the way. A savepoint for each product costs as much as a
 * product (SQLite's full-text index writes itself out at each), and hardly any is needed. */
typedef enum Guard {
    GUARD_BATCH,   /* the whole transaction is given up and run again, guarded */
    GUARD_PRODUCT, /* each product is a part that may fail by itself */
} Guard;

/* A draft that was applied, in the transaction of `refs`. */
typedef struct Applied {
    Outcome outcome;
    Remarks remarks; /* beside those of the draft; in the transaction's arena */
    bool spoilt;     /* with GUARD_BATCH: something was written that must be undone */
} Applied;

/* What the shop has of that handle. */
typedef struct There {
    const Product *product;       /* read whole; NULL: none */
    TranslationList translations; /* by language; of a draft that says nothing of them, none */
} There;

/* Makes the product, or changes the one that is there; writes nothing when all is as the draft wants
 * it, nor when it is refused. */
Applied draft_apply(References *refs, const Draft *draft, There there, Guard guard);

#endif
