#include "modules/orders/parcels.h"

#include "modules/orders/mails.h"

/* What of the parts is in the catalogue, and so has stock. */
static StockDemandList demands_of(Ctx *cx, const OrderLineList *lines, OrderPartList parts)
{
    StockDemandList wanted = {NEW_N(cx->arena, StockDemand, parts.n), 0};
    for (size_t i = 0; i < parts.n; i++) {
        const OrderLine *line = order_line(lines, parts.items[i].line);
        if (line->variant.n)
            wanted.items[wanted.n++] = (StockDemand){line->variant, parts.items[i].quantity};
    }
    return wanted;
}

/* "2 x Shirt, 1 x Mug". */
static Str told(Ctx *cx, const OrderLineList *lines, OrderPartList parts)
{
    enum { TOLD_MAX = 400 };
    Buf out = buf_new(cx->arena, TOLD_MAX);
    for (size_t i = 0; i < parts.n && !out.full; i++) {
        const OrderLine *line = order_line(lines, parts.items[i].line);
        buf_put(&out, str_format(cx->arena, "%s%lld x %.*s", i ? ", " : "",
                                 (long long)parts.items[i].quantity, STR_ARG(line->title)));
    }
    return out.full ? str_format(cx->arena, "%zu lines", parts.n) : buf_str(&out);
}

/* ---- Out ------------------------------------------------------------------------------------- */

bool order_ship(Ctx *cx, OrderRow *row, const OrderLineList *lines, OrderShipment *shipment)
{
    OrderPartList parts = shipment->lines;
    for (size_t i = 0; i < parts.n; i++) {
        OrderLine *line = order_line(lines, parts.items[i].line);
        line->shipped += parts.items[i].quantity;
        row->shipped += parts.items[i].quantity;
        order_line_write(cx, line);
    }
    OrderShipmentRow stored = {.present = PRESENT_ALL,
                               .id = shipment->id,
                               .order_id = row->id,
                               .carrier = shipment->carrier,
                               .tracking_number = shipment->tracking_number,
                               .tracking_url = shipment->tracking_url,
                               .lines = parts,
                               .shipped_at = shipment->shipped_at};
    MARK_ABSENT(&order_shipment_row_type, &stored, OrderShipmentRow, delivered_at);
    order_shipment_insert(cx, &stored);
    order_mail_shipped(cx, row, shipment);
    announce(cx, &order_shipped, &(OrderEvent){row->id});
    order_happened(cx, row,
                   &(Happening){.kind = HAPPENED_SHIPPED,
                                .by = BY(ORDER_BY_SHIP),
                                .public = true,
                                .detail = told(cx, lines, parts)});
    StockDemandList wanted = demands_of(cx, lines, parts);
    return !wanted.n || stock_ship(cx, order_owner(row->id), wanted);
}

void order_deliver(Ctx *cx, OrderRow *row, const OrderLineList *lines, OrderShipment *shipment)
{
    for (size_t i = 0; i < shipment->lines.n; i++) {
        OrderLine *line = order_line(lines, shipment->lines.items[i].line);
        line->delivered += shipment->lines.items[i].quantity;
        row->delivered += shipment->lines.items[i].quantity;
        order_line_write(cx, line);
    }
    shipment->delivered_at = ctx_now(cx);
    MARK_SET(&order_shipment_type, shipment, OrderShipment, delivered_at);
    order_shipment_write(cx, shipment);
    announce(cx, &order_delivered, &(OrderEvent){row->id});
    order_happened(cx, row,
                   &(Happening){.kind = HAPPENED_DELIVERED,
                                .by = BY(ORDER_BY_DELIVER),
                                .public = true,
                                .detail = told(cx, lines, shipment->lines)});
}

/* ---- Back ------------------------------------------------------------------------------------ */

void order_announce_return(Ctx *cx, OrderRow *row, OrderReturn *back)
{
    OrderReturnRow stored = {.present = PRESENT_ALL,
                             .id = back->id,
                             .order_id = row->id,
                             .state = back->state,
                             .lines = back->lines,
                             .reason = back->reason,
                             .requested_at = back->requested_at};
    MARK_ABSENT(&order_return_row_type, &stored, OrderReturnRow, closed_at);
    order_return_insert(cx, &stored);
    order_happened(
        cx, row,
        &(Happening){.kind = HAPPENED_RETURN_REQUESTED, .public = true, .detail = back->reason});
}

static void close_return(Ctx *cx, OrderReturn *back, OrderReturnState state)
{
    back->state = state;
    back->closed_at = ctx_now(cx);
    MARK_SET(&order_return_type, back, OrderReturn, closed_at);
    order_return_write(cx, back);
}

void order_receive(Ctx *cx, OrderRow *row, const OrderLineList *lines, OrderReturn *back,
                   bool restock)
{
    for (size_t i = 0; i < back->lines.n; i++) {
        OrderLine *line = order_line(lines, back->lines.items[i].line);
        line->returned += back->lines.items[i].quantity;
        row->returned += back->lines.items[i].quantity;
        order_line_write(cx, line);
    }
    back->restocked = restock;
    close_return(cx, back, RETURN_RECEIVED);
    announce(cx, &order_returned, &(OrderEvent){row->id});
    order_happened(cx, row,
                   &(Happening){.kind = HAPPENED_RETURN_RECEIVED,
                                .by = BY(ORDER_BY_RETURN),
                                .public = true,
                                .detail = told(cx, lines, back->lines)});
    if (restock) stock_take_back(cx, order_owner(row->id), demands_of(cx, lines, back->lines));
}

void order_refuse_return(Ctx *cx, OrderRow *row, OrderReturn *back)
{
    close_return(cx, back, RETURN_REFUSED);
    order_happened(
        cx, row,
        &(Happening){.kind = HAPPENED_RETURN_REFUSED, .public = true, .detail = back->reason});
}
