/* The SQL of the checks of orders. */
#ifndef MODULES_ORDERS_STORE_CHECKS_H
#define MODULES_ORDERS_STORE_CHECKS_H

#include "modules/orders/store.h"

/* The next so many orders behind `after`. */
OrderRowList order_rows_page(Ctx *cx, Id after, int64_t limit);

/* What the lines of an order add up to. */
typedef struct OrderSums {
    Id id;
    Money subtotal, discount, tax, total;
    int64_t items, shipped, delivered, returned;
    int64_t unshipped; /* of what has stock */
} OrderSums;

/* Of the orders behind `after`, up to `last`, in their order; none of an order without lines. */
AnyList order_sums(Ctx *cx, Id after, Id last);

/* What the book has references for: refunds to the source, by the payments' ids of them. */
IdList order_refund_ids(Ctx *cx, Id order);

/* Numbered orders behind the number, in the order of numbers. */
typedef struct NumberedOrder {
    Id id;
    int64_t number;
} NumberedOrder;
AnyList orders_numbered(Ctx *cx, int64_t after, int64_t limit);
int64_t order_last_number(Ctx *cx);

#endif
