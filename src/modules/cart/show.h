/* A cart as its customer sees it now: today's offers for its lines, what they cost, and what is different
 * from before. */
#ifndef MODULES_CART_SHOW_H
#define MODULES_CART_SHOW_H

#include "modules/cart/rules.h"

/* The cart of the state, whose lines all have ids: two statements, or none for an empty one. */
Cart *cart_show(Ctx *cx, const CartState *state);

/* "EUR 4.90 free from 50" of the settings; false: it is none. */
bool shipping_parse(Str text, FlatRate *out);

/* Takes what the settings say; once, when a server starts. */
void cart_use(const ModuleWorld *world);

/* Of carts that name none. */
Currency cart_shop_currency(void);

#endif
