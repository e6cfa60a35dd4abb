/* What orders decide: values in, a verdict out. */
#ifndef MODULES_ORDERS_RULES_H
#define MODULES_ORDERS_RULES_H

#include "modules/orders/types.h"
#include "platform/api/request.h"

/* ---- The state ------------------------------------------------------------------------------- */

/* What happens to an order. */
typedef enum OrderBy {
    ORDER_BY_PAY,
    ORDER_BY_CANCEL,
    ORDER_BY_SHIP,
    ORDER_BY_DELIVER,
    ORDER_BY_RETURN,
    ORDER_BY_REFUND,
} OrderBy;

typedef struct OrderEdge {
    OrderState from;
    OrderBy by;
    OrderState to;
    const char *doc;
} OrderEdge;

/* All the ways from one state to another; there are no others. */
extern const OrderEdge order_edges[];
extern const size_t order_edge_count;

/* The same as a table in Markdown, for who reads about it. */
extern const char order_edges_text[];

/* What has happened so far. */
typedef struct OrderFacts {
    bool paid; /* it once was, wholly */
    bool cancelled;
    Money captured, refunded;
    int64_t items, shipped, delivered, returned;
} OrderFacts;

/* The state that follows from the facts, for an order that is not over. */
OrderState order_state_of(const OrderFacts *facts);

/* The state after `by`, of an order that was in `from` and of which these facts hold now. Whatever is
 * over (refunded, cancelled) stays so. False: the table has no such edge. */
bool order_next(OrderState from, OrderBy by, const OrderFacts *facts, OrderState *to);

bool order_may_ship(OrderState state);
bool order_may_cancel(OrderState state);
bool order_is_over(OrderState state);   /* nothing is promised to it any more */
bool order_is_closed(OrderState state); /* over, or all of it is with the customer or back */

/* A reference as people type it, as it is kept: capitals, and what Crockford's base32 takes for one
 * another (I and L for 1, O for 0). */
Str order_reference_form(Arena *arena, Str typed);

/* ---- Parts of an order ----------------------------------------------------------------------- */

/* What can be done with a line's units. */
typedef enum OrderUse { ORDER_USE_SHIP, ORDER_USE_RETURN, ORDER_USE_REFUND } OrderUse;

/* How many of the line can still be used so. */
int64_t order_line_left(const OrderLine *line, OrderUse use);

/* All that can be used so, in the arena. */
OrderPartList order_all_left(Arena *arena, const OrderLineList *lines, OrderUse use);

/* Are these parts of these lines, each once, and is as much of each left? Adds to `bad` what is wrong,
 * at /lines/N. */
bool order_check_parts(Violations *bad, const OrderLineList *lines, OrderPartList parts,
                       OrderUse use);

/* The line of that id, or NULL. */
OrderLine *order_line(const OrderLineList *lines, Id line);

/* ---- Money ----------------------------------------------------------------------------------- */

/* What an amount consists of. */
typedef struct OrderMoney {
    Money goods, shipping, tax;
} OrderMoney;

/* What the order as a whole consists of. */
OrderMoney order_money(const Totals *totals);

/* Splits the amount in proportion to what is left of each kind (≥ 0); the parts add up to it. Where nothing
 * is left of any, all of it is goods. */
OrderMoney order_money_split(Money amount, OrderMoney left);

/* What the parts cost, counted so that a line that is refunded in several steps gives back exactly its
 * total. They have been checked. */
OrderMoney order_parts_cost(const OrderLineList *lines, OrderPartList parts);

/* What refunds, all but failed ones, have taken, or are about to take. */
OrderMoney order_refunds_taken(const OrderRefundList *refunds);

Money order_money_sum(OrderMoney money);
OrderMoney order_money_less(OrderMoney a, OrderMoney b); /* each part ≥ 0 */

#endif
