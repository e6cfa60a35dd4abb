/* Every statement of the checkout. */
#ifndef MODULES_CHECKOUT_STORE_H
#define MODULES_CHECKOUT_STORE_H

#include "modules/checkout/types.h"

/* What was said; nothing yet is a row without anything. */
CheckoutRow *checkout_read(Ctx *cx, Id cart);

/* The same in two steps, the first of which is a CartAlso: `said` is the place of a row, filled by
 * db_settle, of which checkout_said makes what there is. */
void checkout_ask(Ctx *cx, Id cart, void *said);
CheckoutRow *checkout_said(Ctx *cx, Id cart, CheckoutRow *row);

void checkout_write(Ctx *cx, const CheckoutRow *row); /* not waited for */
void checkout_forget(Ctx *cx, Id cart);               /* nor this */

AnyList checkouts_of_customer(Ctx *cx, Id customer);
void checkouts_forget_customer(Ctx *cx, Id customer);

#endif
