/* Money that comes and goes for orders: in the order, and in the shop's book. */
#ifndef MODULES_ORDERS_MONEY_H
#define MODULES_ORDERS_MONEY_H

#include "modules/orders/step.h"

/* What the order consists of that refunds have not taken. */
OrderMoney order_money_left(const OrderRow *row, const OrderRefundList *refunds);

/* So much of it has come: in the row, which is held or not written yet; and, once for each payment, in
 * the book. `fresh`: the payment was made in this transaction. */
void order_count_captured(Ctx *cx, OrderRow *row, Money amount);
void order_book_captured(Ctx *cx, const OrderRow *row, Id payment, Money amount, bool fresh);

/* Money of the order, which is held, has gone back by this refund, whose row is written: notes it, posts it and
 * takes the step. `credit`: to the customer's credit. */
Verdict order_give_back(Ctx *cx, OrderRow *row, const OrderRefundRow *refund);

enum { ORDER_MONEY_REACTIONS = 6 };
extern const Reaction order_money_reactions[ORDER_MONEY_REACTIONS];

#endif
