/* What the checkout decides without asking anybody. */
#ifndef MODULES_CHECKOUT_RULES_H
#define MODULES_CHECKOUT_RULES_H

#include "modules/checkout/types.h"
#include "platform/api/request.h"

/* What is said from now on. */
void checkout_apply(CheckoutRow *row, const CheckoutEdit *edit);

/* What must still be said: names of the resource's fields. `free`: nothing is to be paid. */
StrList checkout_missing(Arena *arena, const CheckoutRow *row, bool free);

/* Violations for what is not acceptable beyond what the types say. False: there are none. */
bool checkout_edit_is_bad(const CheckoutEdit *edit, Violations *bad);

/* What is different from what its buyer agrees to; NULL: nothing. `lacking`: of the stock. */
const Violations *checkout_differences(Arena *arena, const Cart *cart, const Completion *wanted);
const Violations *checkout_shortage(Arena *arena, const Cart *cart, StockShortList lacking);
const Violations *checkout_gaps(Arena *arena, StrList missing);

/* The lines of a cart that can be bought, as they are sold. */
SoldLines checkout_sold(Arena *arena, const Cart *cart);

/* As the order and the inventory want them. */
OrderLine *checkout_order_lines(Arena *arena, SoldLines sold);
StockDemandList checkout_demand(Arena *arena, SoldLines sold);

#endif
