/* What belongs to an order besides its lines: parcels, returns, refunds, timeline, notes. */
#include "modules/orders/store.h"

/* ---- Parcels --------------------------------------------------------------------------------- */

#define SHIPMENT_COLUMNS                                                                           \
    "select id, carrier, tracking_number, tracking_url, lines, shipped_at, delivered_at "          \
    "from order_shipments "

void order_shipments_ask(Ctx *cx, AnyList *shipments, Id order)
{
    db_ask_all(cx, shipments, &order_shipment_type,
               SHIPMENT_COLUMNS "where order_id = $1 order by order_id, id", order);
}

OrderShipment *order_shipment(Ctx *cx, Id order, Id id)
{
    return db_one(cx, &order_shipment_type, SHIPMENT_COLUMNS "where id = $1 and order_id = $2", id,
                  order);
}

void order_shipment_insert(Ctx *cx, const OrderShipmentRow *row)
{
    db_post_put(cx, &order_shipment_row_type, row,
                "insert into order_shipments (id, order_id, carrier, tracking_number, "
                "tracking_url, lines, shipped_at, delivered_at) "
                "values (:id, :order_id, :carrier, :tracking_number, :tracking_url, :lines, "
                ":shipped_at, :delivered_at)");
}

void order_shipment_write(Ctx *cx, const OrderShipment *shipment)
{
    db_post_put(cx, &order_shipment_type, shipment,
                "update order_shipments set carrier = :carrier, "
                "tracking_number = :tracking_number, tracking_url = :tracking_url, "
                "delivered_at = :delivered_at where id = :id");
}

/* ---- Returns --------------------------------------------------------------------------------- */

#define RETURN_COLUMNS                                                                             \
    "select id, state, lines, reason, restocked, requested_at, closed_at from order_returns "

void order_returns_ask(Ctx *cx, AnyList *returns, Id order)
{
    db_ask_all(cx, returns, &order_return_type,
               RETURN_COLUMNS "where order_id = $1 order by order_id, id", order);
}

OrderReturn *order_return(Ctx *cx, Id order, Id id)
{
    return db_one(cx, &order_return_type, RETURN_COLUMNS "where id = $1 and order_id = $2", id,
                  order);
}

void order_return_insert(Ctx *cx, const OrderReturnRow *row)
{
    db_post_put(cx, &order_return_row_type, row,
                "insert into order_returns (id, order_id, state, lines, reason, restocked, "
                "requested_at, closed_at) "
                "values (:id, :order_id, :state, :lines, :reason, :restocked, :requested_at, "
                ":closed_at)");
}

void order_return_write(Ctx *cx, const OrderReturn *back)
{
    db_post_put(cx, &order_return_type, back,
                "update order_returns set state = :state, restocked = :restocked, "
                "closed_at = :closed_at where id = :id");
}

/* ---- Refunds --------------------------------------------------------------------------------- */

#define REFUND_COLUMNS                                                                             \
    "select id, state, way, amount, goods, shipping, tax, lines, reason, created_at "              \
    "from order_refunds where order_id = $1 order by order_id, id"

void order_refunds_ask(Ctx *cx, AnyList *refunds, Id order)
{
    db_ask_all(cx, refunds, &order_refund_type, REFUND_COLUMNS, order);
}

OrderRefundList order_refunds(Ctx *cx, Id order)
{
    return DB_LIST(OrderRefundList, db_all(cx, &order_refund_type, REFUND_COLUMNS, order));
}

void order_refund_insert(Ctx *cx, const OrderRefundRow *row)
{
    db_post_put(cx, &order_refund_row_type, row,
                "insert into order_refunds (id, order_id, state, way, payment_id, refund, amount, "
                "goods, shipping, tax, lines, reason, created_at) "
                "values (:id, :order_id, :state, :way, :payment_id, :refund, :amount, :goods, "
                ":shipping, :tax, :lines, :reason, :created_at)");
}

#define REFUND_ROW                                                                                 \
    "select id, order_id, state, way, payment_id, refund, amount, goods, shipping, tax, lines, "   \
    "reason, created_at from order_refunds "

OrderRefundRow *order_refund_of(Ctx *cx, Id refund)
{
    return db_one(cx, &order_refund_row_type, REFUND_ROW "where refund = $1", refund);
}

OrderRefundRow *order_refund_unnamed(Ctx *cx, Id order, Id payment)
{
    return db_one(cx, &order_refund_row_type,
                  REFUND_ROW "where order_id = $1 and payment_id = $2 and refund is null "
                             "and state = 'pending' order by order_id, id limit 1",
                  order, payment);
}

void order_refund_write(Ctx *cx, const OrderRefundRow *row)
{
    db_post_put(cx, &order_refund_row_type, row,
                "update order_refunds set state = :state, refund = :refund where id = :id");
}

void order_refund_name(Ctx *cx, Id id, Id refund)
{
    db_post(cx, "update order_refunds set refund = $2 where id = $1", id, refund);
}

int64_t order_parts_count(Ctx *cx, Id order)
{
    return db_int(cx, 0,
                  "select (select count(*) from order_shipments where order_id = $1) + "
                  "(select count(*) from order_returns where order_id = $1) + "
                  "(select count(*) from order_refunds where order_id = $1)",
                  order);
}

/* ---- Timeline and notes ---------------------------------------------------------------------- */

void order_timeline_insert(Ctx *cx, const OrderTimelineRow *rows, size_t n)
{
    db_post_rows(cx, &order_timeline_row_type, rows, n,
                 "insert into order_timeline (id, order_id, kind, state, public, detail, amount, "
                 "actor) "
                 "values (:id, :order_id, :kind, :state, :public, :detail, :amount, :actor)");
}

AnyList order_timeline(Ctx *cx, Id order, bool all, Id after, int64_t limit)
{
    return db_all(cx, &order_timeline_row_type,
                  "select id, order_id, kind, state, public, detail, amount, actor "
                  "from order_timeline where order_id = $1 and id > $2 and ($3 or public) "
                  "order by order_id, id limit $4",
                  order, after.n, all, limit);
}

void order_note_insert(Ctx *cx, const OrderNoteRow *row)
{
    db_post_put(cx, &order_note_row_type, row,
                "insert into order_notes (id, order_id, author, text) "
                "values (:id, :order_id, :author, :text)");
}

AnyList order_notes(Ctx *cx, Id order, Id before, int64_t limit)
{
    return db_all(cx, &order_note_row_type,
                  "select id, order_id, author, text from order_notes "
                  "where order_id = $1 and id < $2 order by order_id desc, id desc limit $3",
                  order, before.n, limit);
}
