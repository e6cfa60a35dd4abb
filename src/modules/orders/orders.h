/* Orders: what was sold, to whom, for how much, and what has become of it since. Owns orders, their
 * lines, shipments, returns, refunds, timeline and notes. See docs/internals/orders.md.
 *
 * An order keeps copies of what was sold, so that products may change. Its state follows from what has
 * happened (what was captured, shipped, delivered, returned, refunded), by the table in rules.c, and is
 * written in one place (step.h). */
#ifndef MODULES_ORDERS_ORDERS_H
#define MODULES_ORDERS_ORDERS_H

#include "modules/display/display.h"
#include "platform/events.h"

/* In which state of its life an order is. */
typedef enum OrderState {
    ORDER_PENDING,             /* not paid */
    ORDER_PAID,                /* nothing has left the house */
    ORDER_PARTIALLY_FULFILLED, /* some of it has */
    ORDER_FULFILLED,           /* all of it has */
    ORDER_PARTIALLY_DELIVERED,
    ORDER_DELIVERED,
    ORDER_PARTIALLY_RETURNED,
    ORDER_RETURNED,
    ORDER_REFUNDED, /* all that was paid was given back: it is over */
    ORDER_CANCELLED,
} OrderState;

enum { ORDER_STATES = ORDER_CANCELLED + 1, ORDER_LINES_MAX = 500 };

/* A line as it was sold. */
typedef struct OrderLine {
    Present present;
    Id id;
    Id variant, product; /* 0: something that is in no catalogue */
    Str title, variant_title, sku, image;
    int64_t quantity;
    Money unit_price;
    Money discount; /* of the whole line */
    Money tax;      /* of the whole line, on top of the price */
    Money total;    /* unit_price × quantity − discount + tax */
    int64_t shipped, delivered, returned;
    int64_t refunded; /* so many were refunded as such; refunds of an amount are not counted here */
} OrderLine;

typedef struct OrderLineList {
    OrderLine *items;
    size_t n;
} OrderLineList;

/* So many of a line. */
typedef struct OrderPart {
    Id line;
    int64_t quantity;
} OrderPart;

typedef struct OrderPartList {
    OrderPart *items;
    size_t n;
} OrderPartList;

/* A parcel. */
typedef struct OrderShipment {
    Present present;
    Id id;
    Str carrier, tracking_number, tracking_url;
    OrderPartList lines;
    Time shipped_at, delivered_at;
} OrderShipment;

typedef struct OrderShipmentList {
    OrderShipment *items;
    size_t n;
} OrderShipmentList;

typedef enum OrderReturnState {
    RETURN_REQUESTED,
    RETURN_RECEIVED,
    RETURN_REFUSED
} OrderReturnState;

/* Goods on their way back. */
typedef struct OrderReturn {
    Present present;
    Id id;
    unsigned state; /* OrderReturnState */
    OrderPartList lines;
    Str reason;
    bool restocked;
    Time requested_at, closed_at;
} OrderReturn;

typedef struct OrderReturnList {
    OrderReturn *items;
    size_t n;
} OrderReturnList;

typedef enum OrderRefundState { REFUND_PENDING, REFUND_DONE, REFUND_FAILED } OrderRefundState;
typedef enum OrderRefundWay { REFUND_TO_SOURCE, REFUND_TO_CREDIT } OrderRefundWay;

/* Money that goes back. */
typedef struct OrderRefund {
    Present present;
    Id id;
    unsigned state; /* OrderRefundState */
    unsigned way;   /* OrderRefundWay */
    Money amount;   /* goods + shipping + tax */
    Money goods, shipping, tax;
    OrderPartList lines;
    Str reason;
    Time created_at;
} OrderRefund;

typedef struct OrderRefundList {
    OrderRefund *items;
    size_t n;
} OrderRefundList;

typedef struct Order {
    Present present;
    Id id;
    int64_t number; /* absent: none yet; it comes within a second after the commit */
    Str reference;  /* eight letters and digits, by which people name it */
    Str token;      /* by which a guest reads it; absent where it is not to be told */
    unsigned state; /* OrderState */
    Id cart, customer, payment;
    Str email, locale, channel;
    Totals totals;
    Money captured, refunded;
    Money credited; /* the part of `refunded` that was given as store credit */
    Str shipping_rate, note;
    Address shipping_address, billing_address;
    OrderLineList lines;
    OrderShipmentList shipments;
    OrderReturnList returns;
    OrderRefundList refunds;
    Str cancel_reason;
    Time placed_at, paid_at, cancelled_at;
    int64_t version;
    Time updated_at;
} Order;

extern const Type order_type;
extern const EnumNames order_state_names;

/* ---- Placing --------------------------------------------------------------------------------- */

/* What is to be sold. Of the lines are read: variant, product, the four texts, quantity, unit_price,
 * discount and tax. The law: totals_hold(&totals); subtotal is the sum of unit_price × quantity, discount
 * that of the lines' discounts, and tax at least that of their taxes (the rest is on shipping). */
typedef struct OrderDraft {
    Id cart;     /* 0: none; of a cart there is at most one order */
    Id customer; /* 0: a guest */
    Str email, locale, channel;
    Address shipping, billing; /* empty (address_is_empty): none */
    OrderLine *lines;
    size_t n; /* 1 … ORDER_LINES_MAX */
    Totals totals;
    Str shipping_rate, note;
    Id payment; /* 0: none yet */
    Money
        captured; /* so much is here already, by that payment, which is made in this transaction */
} OrderDraft;

/* Does the draft keep the law? For who did not make the sums himself. */
bool order_draft_holds(const OrderDraft *draft);

/* Writes the order, in a WRITE transaction: pending, or paid where all of it is captured or nothing is to
 * be paid; announces order.placed (and order.paid) and writes the confirmation to the customer. What
 * is captured is posted; the payment itself is the caller's, and so is the stock: promised to
 * {"ord", id} for good. `id` is made by the caller (ctx_id): with the same one it is the same order, and
 * nothing is written again. Asserts order_draft_holds. Answers the order as order_read would; NULL: there
 * is an order of this cart already, or the database has failed (db_failure). */
Order *order_place(Ctx *cx, Id id, const OrderDraft *draft);

/* The undo, of an order that was not paid and from which nothing has left the house: it is cancelled,
 * as `reason` says, its stock is free, and its cart may have another order. False, and nothing has changed: it is past that, or there is
 * no such order. Asked again it is true. Payments are the caller's. */
bool order_unplace(Ctx *cx, Id order, Str reason);

/* The whole order; NULL: there is none. Five statements in one round trip. */
Order *order_read(Ctx *cx, Id id);

/* ---- What is announced ----------------------------------------------------------------------- */

/* Public: the reader reads the order. */
typedef struct OrderEvent {
    Id order;
} OrderEvent;

extern const Event order_placed, order_paid, order_shipped, order_delivered, order_cancelled,
    order_returned, order_refunded;

extern const Module orders_module, order_changes_module;

#endif
