/* Changing stock: variants are taken, changed in memory, and put back. */
#ifndef MODULES_INVENTORY_CHANGE_H
#define MODULES_INVENTORY_CHANGE_H

#include "modules/inventory/store.h"

/* Of a WRITE transaction that has taken them. */
typedef struct Taken {
    ShelfList shelves;
    ReservationList own; /* of the owner, alive, of these variants */
} Taken;

/* Holds these variants (ascending) until the commit and reads them; what has expired of them is given
 * back, and those who wait are served. `owner` NULL: of nobody in particular. Once in a transaction,
 * or for higher variants than before. A stock_put follows, or a rollback. */
Taken stock_take(Ctx *cx, IdList variants, const StockOwner *owner);

/* The same, and each has a level at that location, if there is one of that id. */
Taken stock_take_at(Ctx *cx, IdList variants, Id location);

/* The same for who only looks: nothing is held, and nothing written; those who wait still do, so
 * perhaps less can be had than it seems. */
Taken stock_look(Ctx *cx, IdList variants, const StockOwner *owner);

/* Writes what has been changed, gives what has become free to those who wait for it, and announces
 * what can be had now and could not before, or the other way round. */
void stock_put(Ctx *cx, const Taken *taken);

/* Changes what is on hand of a level that was taken, and writes down why. */
void stock_move(Ctx *cx, Level *level, int64_t change, MovementReason reason, Str reference);

/* ---- Whole changes ---------------------------------------------------------------------------- */

typedef struct StockChange {
    Id variant, location;
    const int64_t *on_hand;  /* what was counted, … */
    int64_t change;          /* … or, when that is NULL, what is more (or fewer) */
    const int64_t *safety;   /* NULL: as it was */
    const int64_t *expected; /* only if so many are on hand now; NULL: in any case */
    MovementReason reason;
    Str reference;
} StockChange;

/* When it is not FINE nothing has changed. */
StockEnd stock_change(Ctx *cx, const StockChange *change, StockBefore *before);

extern const Event *const inventory_events[3];

#endif
