/* The SQL of the inventory's checks: what differs, of the variants behind `after`, up to `last`. */
#ifndef MODULES_INVENTORY_STORE_CHECKS_H
#define MODULES_INVENTORY_STORE_CHECKS_H

#include "platform/db/db.h"

/* Two numbers that should be one. */
typedef struct Difference {
    Id variant, location;
    int64_t stored, counted;
} Difference;

/* The last of the next variants, 0 when there are none, and whether they are the last ones. */
Id variants_page_end(Ctx *cx, Id after, int64_t limit, bool *end);

/* Of Difference, ascending by variant. */
AnyList differences_on_hand(Ctx *cx, Id after, Id last);
AnyList differences_reserved(Ctx *cx, Id after, Id last);
AnyList differences_incoming(Ctx *cx, Id after, Id last);
AnyList differences_waiting(Ctx *cx, Id after, Id last);

IdList variants_page(Ctx *cx, Id after, Id last); /* all of them */

/* Of locked levels. */
void level_set_incoming(Ctx *cx, Id variant, Id location, int64_t incoming);

/* The same. False: fewer are on hand. */
bool level_set_reserved(Ctx *cx, Id variant, Id location, int64_t reserved);
void item_set_waiting(Ctx *cx, Id variant, int64_t waiting);

#endif
