/* What every change of an order does: it holds the order, changes facts, and takes the step.
 *
 *     OrderRow *row = order_hold(cx, id);
 *     row->shipped += 2;
 *     order_happened(cx, row, &(Happening){HAPPENED_SHIPPED, .by = ORDER_BY_SHIP, .public = true});
 */
#ifndef MODULES_ORDERS_STEP_H
#define MODULES_ORDERS_STEP_H

#include "modules/inventory/inventory.h"
#include "modules/orders/rules.h"
#include "modules/orders/store.h"

typedef struct Happening {
    OrderHappening kind;
    const OrderBy *by; /* NULL: no step */
    bool public;       /* the customer may see it */
    Str detail;        /* for people */
    const Money *amount;
} Happening;

#define BY(by_) (&(const OrderBy){by_})

/* Moves the order, which is held, to the state that its facts ask for, writes the row, and puts what
 * has happened into the timeline. Nobody else writes the state. When the order is over then, what was
 * promised to it is free; that comes last. */
void order_happened(Ctx *cx, OrderRow *row, const Happening *happening);

/* Parts of it, for an order that is just being placed: the step, of which nothing is written; and an entry
 * of the timeline, of an order that is in this state now. */
void order_take_step(OrderRow *row, OrderBy by);
OrderTimelineRow order_entry(Ctx *cx, Id order, OrderState state, const Happening *happening);

/* Blanks what is personal in the row, as far as law lets go of it now (docs/internals/orders.md). */
void order_forget_persons(Ctx *cx, OrderRow *row);

/* Gives the order, which is held and may be given up (order_may_cancel), up, and says so. Money is the
 * caller's. */
void order_cancel(Ctx *cx, OrderRow *row, Str reason);

/* The document of a row, without what other tables hold; and a line of it. */
Order *order_of_row(Arena *arena, const OrderRow *row);
OrderLine order_line_of_row(const OrderLineRow *row);

OrderFacts order_facts(const OrderRow *row);
Totals order_totals(const OrderRow *row);

static inline StockOwner order_owner(Id order)
{
    return (StockOwner){"ord", order};
}

/* The id of who acts, with its prefix; empty: nobody. */
Str order_actor(Ctx *cx);

#endif
