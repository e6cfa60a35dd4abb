/* The SQL of orders: every statement of the module is in store.c and store_parts.c. */
#ifndef MODULES_ORDERS_STORE_H
#define MODULES_ORDERS_STORE_H

#include "modules/orders/types.h"
#include "platform/db/db.h"

/* ---- Orders ---------------------------------------------------------------------------------- */

/* False: there is one of this id, cart or reference already. */
bool order_insert(Ctx *cx, const OrderRow *row);
void order_lines_insert(Ctx *cx, const OrderLineRow *rows, size_t n);

Id order_exists(Ctx *cx, Id id);   /* the id, or 0 */
Id order_customer(Ctx *cx, Id id); /* whose it is; 0: a guest's, or there is no such order */
Id order_find_cart(Ctx *cx, Id cart);

/* It is no cart's order any more, so that the cart can have another one. Not waited for. */
void order_leave_cart(Ctx *cx, Id order);

/* Holds the order until the commit, counts the change, and reads its row; NULL: there is none. */
OrderRow *order_hold(Ctx *cx, Id id);

/* Writes what may change of a row that is held, all but its lines. */
void order_write(Ctx *cx, const OrderRow *row);

OrderRow *order_row(Ctx *cx, Id id);

/* For db_settle: the row, and what belongs to it. */
void order_ask(Ctx *cx, OrderRow **row, Id id);
void order_lines_ask(Ctx *cx, AnyList *lines, Id order);
void order_shipments_ask(Ctx *cx, AnyList *shipments, Id order);
void order_returns_ask(Ctx *cx, AnyList *returns, Id order);
void order_refunds_ask(Ctx *cx, AnyList *refunds, Id order);

OrderLineList order_lines(Ctx *cx, Id order);
OrderRefundList order_refunds(Ctx *cx, Id order);

/* Writes how many of the line were sent, have arrived, are back and were refunded. */
void order_line_write(Ctx *cx, const OrderLine *line);

/* Adds `sign` × the quantities to what of these lines was refunded. */
void order_refund_lines(Ctx *cx, Id order, OrderPartList parts, int64_t sign);

/* ---- Lists: newest first, all placed before the id `before` ---------------------------------- */

typedef struct OrderFilter {
    Str state;   /* empty: any */
    Id customer; /* 0: any */
    Id from;     /* the lowest id */
    Id before;
    int64_t limit;
} OrderFilter;

AnyList orders_page(Ctx *cx, const OrderFilter *filter);
AnyList orders_of_customer(Ctx *cx, const OrderFilter *filter);
AnyList orders_in_state(Ctx *cx, const OrderFilter *filter);
AnyList orders_by_email(Ctx *cx, const OrderFilter *filter, Str key);
AnyList orders_by_name(Ctx *cx, const OrderFilter *filter, Str key);
AnyList orders_by_sku(Ctx *cx, const OrderFilter *filter, Str sku);
AnyList orders_by_number(Ctx *cx, const OrderFilter *filter, int64_t number);
AnyList orders_by_reference(Ctx *cx, const OrderFilter *filter, Str reference);

/* ---- Parcels, returns, refunds --------------------------------------------------------------- */

void order_shipment_insert(Ctx *cx, const OrderShipmentRow *row);
OrderShipment *order_shipment(Ctx *cx, Id order, Id id);
void order_shipment_write(Ctx *cx, const OrderShipment *shipment);

void order_return_insert(Ctx *cx, const OrderReturnRow *row);
OrderReturn *order_return(Ctx *cx, Id order, Id id);
void order_return_write(Ctx *cx, const OrderReturn *back);

void order_refund_insert(Ctx *cx, const OrderRefundRow *row);
OrderRefundRow *order_refund_of(Ctx *cx, Id refund); /* by the payment's id of it */
/* The one of the order that is about to be asked of that payment, and has not been told its id yet. */
OrderRefundRow *order_refund_unnamed(Ctx *cx, Id order, Id payment);
void order_refund_name(Ctx *cx, Id id, Id refund); /* tells it the payment's id of it */
void order_refund_write(Ctx *cx, const OrderRefundRow *row);

/* How many shipments, returns and refunds together the order has. */
int64_t order_parts_count(Ctx *cx, Id order);

/* ---- Timeline and notes ---------------------------------------------------------------------- */

void order_timeline_insert(Ctx *cx, const OrderTimelineRow *rows, size_t n);

/* The oldest first, behind `after`. */
AnyList order_timeline(Ctx *cx, Id order, bool all, Id after, int64_t limit);

void order_note_insert(Ctx *cx, const OrderNoteRow *row);
AnyList order_notes(Ctx *cx, Id order, Id before, int64_t limit); /* the newest first */

/* ---- Numbers --------------------------------------------------------------------------------- */

bool orders_are_unnumbered(Ctx *cx);
int64_t orders_number(Ctx *cx, int64_t limit); /* how many got one */

/* ---- Forgetting ------------------------------------------------------------------------------ */

IdList orders_to_forget(Ctx *cx, Id customer, Id after, int64_t limit);
void order_write_persons(Ctx *cx, const OrderRow *row);
OrderRowList order_rows_of_customer(Ctx *cx, Id customer); /* the oldest first */
AnyList order_line_rows_of_customer(Ctx *cx, Id customer); /* by order */

#endif
