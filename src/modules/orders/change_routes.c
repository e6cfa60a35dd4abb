/* What staff do with an order: send it, take it back, give money back, give it up.
 *
 * Each route holds the order first, so two who do the same at once come one after the other, and the
 * second sees what the first has done: a parcel that has left, an amount that is claimed. What is wrong
 * with the request is said before anything is written; what only writing can tell (stock that is not
 * there yet, a payment that is just being refunded) refuses afterwards, and the framework takes back what
 * was written.
 *
 * Money goes back in two ways. Store credit is a posting, done at once. To its source it goes by the payment,
 * which may have to ask another machine: the refund is written down as pending with its amount claimed, and
 * what came of it is told by events (money.c), for a provider that needs no machine before the call
 * returns. Cancelling is the same for all that is left, and voids what was not captured.
 *
 * Every route answers with the whole order: who has changed it wants to see what it is now.
 *
 * Rejected: routes below /v1/shipments and /v1/returns (they are parts of an order, which is what is held);
 * a refund that parks its request until the provider has answered (an order with a pending refund says
 * the same, and cancelling would have to park as well). */
#include "modules/orders/money.h"
#include "modules/orders/parcels.h"
#include "modules/orders/routes.h"

#include "modules/payments/payments.h"
#include "platform/api/errors.h"

static const Error error_order_state = {
    "order_state", 409, "The order is not in a state in which this can be done.", LOG_DEBUG,
    "Read the order: its `state` says how far it is. The table in the description of GET "
    "/v1/orders/{id} says what can follow."};
static const Error error_order_waits = {
    "order_waits_for_stock", 409, "Some of it is not there yet.", LOG_DEBUG,
    "Ship what is there, line by line, or wait for stock to come."};
static const Error error_nothing_left = {"nothing_left", 409, "There is nothing left of it.",
                                         LOG_DEBUG, "Read the order: `lines` says what is left."};
static const Error error_order_full = {"order_full", 409,
                                       "The order has too many of these already.", LOG_DEBUG,
                                       "A hundred parcels, returns and refunds."};
static const Error error_closed = {"already_closed", 409, "That was done before.", LOG_DEBUG,
                                   "Read the order; nothing has to be done."};

static const AuditAction order_cancelled_by = {"order.cancelled", "Somebody gave an order up."};

/* ---- What they share ------------------------------------------------------------------------- */

static Id second_id(const Request *rq)
{
    return rq->args[1].id;
}

static Reply wrong_state(Request *rq, const OrderRow *row)
{
    Str state = enum_text(&order_state_names, row->state);
    return fail(rq, &error_order_state, "The order is %.*s.", STR_ARG(state));
}

/* The parts that are asked for, or all that is left; checked. A reply with a status: the refusal. */
static Reply take_parts(Request *rq, const OrderLineList *lines, OrderPartList *parts, OrderUse use)
{
    Violations *bad = NEW(rq->cx->arena, Violations);
    *bad = violations_new(rq->cx->arena);
    if (!parts->n) *parts = order_all_left(rq->cx->arena, lines, use);
    if (!parts->n) return refuse((Verdict){&error_nothing_left, {0}});
    if (!order_check_parts(bad, lines, *parts, use)) return refuse_violations(bad);
    if (order_parts_count(rq->cx, rq->id) >= ORDER_RETURNS_MAX)
        return refuse((Verdict){&error_order_full, {0}});
    return (Reply){0};
}

static Reply created_order(Request *rq)
{
    Reply reply = order_reply(rq);
    if (!reply.error)
        reply.location = str_format(rq->cx->arena, "/v1/orders/%.*s",
                                    STR_ARG(id_text(rq->cx->arena, "ord", rq->id)));
    return reply;
}

/* ---- Parcels --------------------------------------------------------------------------------- */

static Reply create_shipment(Request *rq, const NewShipment *in)
{
    Ctx *cx = rq->cx;
    OrderRow *row = order_hold(cx, rq->id);
    if (!row) return not_found(rq, "order");
    if (!order_may_ship(row->state)) return wrong_state(rq, row);
    OrderLineList lines = order_lines(cx, rq->id);
    OrderPartList parts = in->lines;
    Reply refusal = take_parts(rq, &lines, &parts, ORDER_USE_SHIP);
    if (refusal.status) return refusal;
    bool url = IS_SET(&new_shipment_type, in, NewShipment, tracking_url);
    OrderShipment shipment = {.present = PRESENT_ALL,
                              .id = ctx_id(cx),
                              .carrier = in->carrier,
                              .tracking_number = in->tracking_number,
                              .tracking_url = url ? in->tracking_url : S(""),
                              .lines = parts,
                              .shipped_at = ctx_now(cx)};
    if (!order_ship(cx, row, &lines, &shipment)) return refuse((Verdict){&error_order_waits, {0}});
    return created_order(rq);
}
HANDLER(create_shipment, NewShipment)

/* The order, held, and the parcel that the path names; false: there is no such thing. */
static bool find_shipment(Request *rq, OrderRow **row, OrderShipment **shipment)
{
    *row = order_hold(rq->cx, rq->id);
    *shipment = *row ? order_shipment(rq->cx, rq->id, second_id(rq)) : NULL;
    return *shipment != NULL;
}

static Reply change_shipment(Request *rq, const TrackingPatch *in)
{
    OrderRow *row;
    OrderShipment *shipment;
    if (!find_shipment(rq, &row, &shipment)) return not_found(rq, "shipment");
    if (IS_SET(&tracking_patch_type, in, TrackingPatch, carrier)) shipment->carrier = in->carrier;
    if (IS_SET(&tracking_patch_type, in, TrackingPatch, tracking_number))
        shipment->tracking_number = in->tracking_number;
    if (IS_SET(&tracking_patch_type, in, TrackingPatch, tracking_url))
        shipment->tracking_url = in->tracking_url;
    order_shipment_write(rq->cx, shipment);
    order_happened(rq->cx, row,
                   &(Happening){.kind = HAPPENED_TRACKED,
                                .public = true,
                                .detail = shipment->tracking_number});
    return order_reply(rq);
}
HANDLER(change_shipment, TrackingPatch)

static Reply deliver_shipment(Request *rq)
{
    OrderRow *row;
    OrderShipment *shipment;
    if (!find_shipment(rq, &row, &shipment)) return not_found(rq, "shipment");
    if (IS_SET(&order_shipment_type, shipment, OrderShipment, delivered_at))
        return refuse((Verdict){&error_closed, {0}});
    OrderLineList lines = order_lines(rq->cx, rq->id);
    order_deliver(rq->cx, row, &lines, shipment);
    return order_reply(rq);
}
HANDLER_PLAIN(deliver_shipment)

/* ---- Returns --------------------------------------------------------------------------------- */

static Reply create_return(Request *rq, const NewReturn *in)
{
    Ctx *cx = rq->cx;
    OrderRow *row = order_hold(cx, rq->id);
    if (!row) return not_found(rq, "order");
    OrderLineList lines = order_lines(cx, rq->id);
    OrderPartList parts = in->lines;
    Reply refusal = take_parts(rq, &lines, &parts, ORDER_USE_RETURN);
    if (refusal.status) return refusal;
    OrderReturn back = {.present = PRESENT_ALL,
                        .id = ctx_id(cx),
                        .state = RETURN_REQUESTED,
                        .lines = parts,
                        .reason = in->reason,
                        .requested_at = ctx_now(cx)};
    order_announce_return(cx, row, &back);
    return created_order(rq);
}
HANDLER(create_return, NewReturn)

/* The return that the path names, which is not closed, of the order, which is held. A reply with a status:
 * the refusal. */
static Reply find_return(Request *rq, OrderRow **row, OrderReturn **back)
{
    *row = order_hold(rq->cx, rq->id);
    *back = *row ? order_return(rq->cx, rq->id, second_id(rq)) : NULL;
    if (!*back) return not_found(rq, "return");
    if ((*back)->state != RETURN_REQUESTED) return refuse((Verdict){&error_closed, {0}});
    return (Reply){0};
}

static Reply receive_return(Request *rq, const ReturnReceipt *in)
{
    OrderRow *row;
    OrderReturn *back;
    Reply refusal = find_return(rq, &row, &back);
    if (refusal.status) return refusal;
    Violations bad = violations_new(rq->cx->arena);
    OrderLineList lines = order_lines(rq->cx, rq->id);
    if (!order_check_parts(&bad, &lines, back->lines, ORDER_USE_RETURN))
        return refuse((Verdict){&error_nothing_left, {0}}); /* another return was faster */
    order_receive(rq->cx, row, &lines, back, in->restock);
    return order_reply(rq);
}
HANDLER(receive_return, ReturnReceipt)

static Reply refuse_return(Request *rq)
{
    OrderRow *row;
    OrderReturn *back;
    Reply refusal = find_return(rq, &row, &back);
    if (refusal.status) return refusal;
    order_refuse_return(rq->cx, row, back);
    return order_reply(rq);
}
HANDLER_PLAIN(refuse_return)

/* ---- Money back ------------------------------------------------------------------------------ */

static const Error error_refund_too_large = {
    "refund_too_large", 409, "More would go back than was paid.", LOG_DEBUG,
    "Read the order: `captured` less all `refunds` that have not failed can go back."};
static const Error error_no_customer = {"no_customer", 409, "A guest has no store credit.",
                                        LOG_DEBUG, "Give the money back to where it came from."};

static const ViolationCode either = {"either", "One of these is to be given, and not both."};

static const AuditAction order_refunded_by = {"order.refunded",
                                              "Somebody gave money back for an order."};

/* What is asked for: an amount, or the cost of lines and shipping. */
static OrderMoney money_asked(const NewRefund *in, const OrderRow *row, const OrderLineList *lines,
                              OrderMoney left)
{
    if (IS_SET(&new_refund_type, in, NewRefund, amount)) return order_money_split(in->amount, left);
    OrderMoney money = order_parts_cost(lines, in->lines);
    if (!in->shipping) return money;
    int64_t tax = row->tax.minor, most = left.tax.minor - money.tax.minor;
    for (size_t i = 0; i < lines->n; i++) tax -= lines->items[i].tax.minor;
    money.shipping = left.shipping;
    if (left.shipping.minor > 0) money.tax.minor += tax < most ? tax : most > 0 ? most : 0;
    return money;
}

/* What of the money that came has not gone back, and is not about to. */
static Money still_here(const OrderRow *row, const OrderRefundList *refunds)
{
    return (Money){row->captured.minor - order_money_sum(order_refunds_taken(refunds)).minor};
}

static Reply check_refund(Request *rq, const NewRefund *in, const OrderLineList *lines)
{
    bool amount = IS_SET(&new_refund_type, in, NewRefund, amount);
    Violations *bad = NEW(rq->cx->arena, Violations);
    *bad = violations_new(rq->cx->arena);
    if (amount == (in->lines.n > 0 || in->shipping))
        violation_add_at(bad, S("/amount"), &either,
                         S("must be there, or `lines` or `shipping` instead"));
    order_check_parts(bad, lines, in->lines, ORDER_USE_REFUND);
    if (bad->n) return refuse_violations(bad);
    if (order_parts_count(rq->cx, rq->id) >= ORDER_RETURNS_MAX)
        return refuse((Verdict){&error_order_full, {0}});
    return (Reply){0};
}

static OrderRefundRow new_refund(Ctx *cx, const OrderRow *row, OrderMoney money, unsigned way)
{
    OrderRefundRow refund = {.present = PRESENT_ALL,
                             .id = ctx_id(cx),
                             .order_id = row->id,
                             .state = REFUND_PENDING,
                             .way = way,
                             .amount = order_money_sum(money),
                             .goods = money.goods,
                             .shipping = money.shipping,
                             .tax = money.tax,
                             .reason = S(""),
                             .created_at = ctx_now(cx)};
    MARK_ABSENT(&order_refund_row_type, &refund, OrderRefundRow, payment_id);
    MARK_ABSENT(&order_refund_row_type, &refund, OrderRefundRow, refund);
    return refund;
}

/* The shop owes the money in another way now: what it came by refunds that much less. False: somebody else
 * is just refunding it there. */
static bool keep_money(Ctx *cx, Id order, Money amount)
{
    PaymentList payments = payments_of(cx, (PaymentSubject){"ord", order});
    for (size_t i = 0; i < payments.n && amount.minor > 0; i++) {
        Money kept = payment_left(&payments.items[i]);
        if (kept.minor > amount.minor) kept = amount;
        if (kept.minor > 0 && !payment_credit(cx, payments.items[i].id, kept)) return false;
        amount.minor -= kept.minor;
    }
    return amount.minor == 0;
}

static Reply give_credit(Request *rq, OrderRow *row, OrderRefundRow *refund)
{
    if (!row->customer_id.n) return refuse((Verdict){&error_no_customer, {0}});
    if (!keep_money(rq->cx, row->id, refund->amount))
        return refuse((Verdict){&error_refund_too_large, {0}});
    refund->state = REFUND_DONE;
    order_refund_insert(rq->cx, refund);
    order_refund_lines(rq->cx, row->id, refund->lines, 1);
    Verdict verdict = order_give_back(rq->cx, row, refund);
    return verdict.error ? refuse(verdict) : created_order(rq);
}

/* The payment of the order that holds so much; 0: none. */
static Id payment_with(Ctx *cx, Id order, Money amount)
{
    PaymentList payments = payments_of(cx, (PaymentSubject){"ord", order});
    for (size_t i = 0; i < payments.n; i++)
        if (payment_left(&payments.items[i]).minor >= amount.minor) return payments.items[i].id;
    return (Id){0};
}

/* Writes the refund down and asks the payment for it. What comes of it is told by events, perhaps at once,
 * which hold the order anew. False: not so much is left. */
static bool ask_source(Ctx *cx, OrderRow *row, OrderRefundRow *refund)
{
    refund->payment_id = payment_with(cx, row->id, refund->amount);
    if (!refund->payment_id.n) return false;
    MARK_SET(&order_refund_row_type, refund, OrderRefundRow, payment_id);
    order_refund_insert(cx, refund);
    order_refund_lines(cx, row->id, refund->lines, 1);
    order_happened(cx, row,
                   &(Happening){.kind = HAPPENED_REFUND_BEGUN,
                                .detail = refund->reason,
                                .amount = &refund->amount});
    Id id = payment_refund_some(cx, refund->payment_id, refund->amount, refund->reason);
    if (id.n) order_refund_name(cx, refund->id, id);
    return id.n != 0;
}

static Reply give_to_source(Request *rq, OrderRow *row, OrderRefundRow *refund)
{
    return ask_source(rq->cx, row, refund) ? created_order(rq)
                                           : refuse((Verdict){&error_refund_too_large, {0}});
}

static Reply create_refund(Request *rq, const NewRefund *in)
{
    Ctx *cx = rq->cx;
    OrderRow *row = order_hold(cx, rq->id);
    if (!row) return not_found(rq, "order");
    OrderLineList lines = order_lines(cx, rq->id);
    Reply refusal = check_refund(rq, in, &lines);
    if (refusal.status) return refusal;
    OrderRefundList refunds = order_refunds(cx, rq->id);
    OrderMoney money = money_asked(in, row, &lines, order_money_left(row, &refunds));
    Money here = still_here(row, &refunds);
    if (order_money_sum(money).minor == 0) return refuse((Verdict){&error_nothing_left, {0}});
    if (order_money_sum(money).minor > here.minor)
        return fail(rq, &error_refund_too_large, "At most %lld can go back.",
                    (long long)here.minor);
    OrderRefundRow refund = new_refund(cx, row, money, in->way);
    refund.reason = in->reason;
    refund.lines = in->lines;
    audit(cx, &order_refunded_by, "ord", rq->id, &new_refund_type, NULL, in);
    return in->way == REFUND_TO_CREDIT ? give_credit(rq, row, &refund)
                                       : give_to_source(rq, row, &refund);
}
HANDLER(create_refund, NewRefund)

/* ---- Giving up ------------------------------------------------------------------------------- */

static const Error error_payment_busy = {"payment_busy", 409,
                                         "Its payment is just being captured, voided or refunded.",
                                         LOG_DEBUG, "Wait for that, and ask again."};

/* What was promised is given up, what was taken goes back. False: somebody else is at it. */
static bool end_payments(Ctx *cx, Id order, Str reason)
{
    PaymentList payments = payments_of(cx, (PaymentSubject){"ord", order});
    for (size_t i = 0; i < payments.n; i++) {
        const Payment *payment = &payments.items[i];
        Money here = payment_left(payment);
        if (payment->captured.minor == 0 || here.minor == 0) {
            if (!payment_give_back(cx, payment->id, reason)) return false;
            continue;
        }
        OrderRow *row = order_hold(cx, order);
        OrderRefundList refunds = order_refunds(cx, order);
        OrderMoney money = order_money_split(here, order_money_left(row, &refunds));
        OrderRefundRow refund = new_refund(cx, row, money, REFUND_TO_SOURCE);
        refund.reason = reason;
        if (!ask_source(cx, row, &refund)) return false;
    }
    return true;
}

static Reply cancel_order(Request *rq, const Cancellation *in)
{
    Ctx *cx = rq->cx;
    OrderRow *row = order_hold(cx, rq->id);
    if (!row) return not_found(rq, "order");
    if (!order_may_cancel(row->state)) return wrong_state(rq, row);
    audit(cx, &order_cancelled_by, "ord", rq->id, &cancellation_type, NULL, in);
    order_cancel(cx, row, in->reason);
    if (!end_payments(cx, rq->id, in->reason)) return refuse((Verdict){&error_payment_busy, {0}});
    return order_reply(rq);
}
HANDLER(cancel_order, Cancellation)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const ship_errors[] = {&error_order_state, &error_order_waits,
                                           &error_nothing_left, &error_order_full, NULL};
static const Error *const deliver_errors[] = {&error_closed, NULL};
static const Error *const return_errors[] = {&error_nothing_left, &error_order_full, NULL};
static const Error *const receive_errors[] = {&error_closed, &error_nothing_left, NULL};
static const Error *const refund_errors[] = {&error_refund_too_large, &error_no_customer,
                                             &error_nothing_left, &error_order_full, NULL};
static const Error *const cancel_errors[] = {&error_order_state, &error_payment_busy, NULL};

static const Route routes[] = {
    ROUTE(POST, "/v1/orders/{id:ord}/shipments", create_shipment, "A parcel leaves the house.",
          .detail = "Of an order that is paid, and of what is there; what waits for stock comes in "
                    "a later one. The customer is written to.",
          .tx = TX_WRITE, .needs = &orders_write, .body = &new_shipment_type, .reply = &order_type,
          .status = 201, .errors = ship_errors),
    ROUTE(PATCH, "/v1/orders/{id:ord}/shipments/{shipment:ship}", change_shipment,
          "Change what is known of a parcel.", .tx = TX_WRITE, .needs = &orders_write,
          .body = &tracking_patch_type, .body_mode = BODY_MERGE_PATCH, .reply = &order_type),
    ROUTE(POST, "/v1/orders/{id:ord}/shipments/{shipment:ship}/deliver", deliver_shipment,
          "A parcel has arrived.", .tx = TX_WRITE, .needs = &orders_write, .reply = &order_type,
          .errors = deliver_errors),
    ROUTE(POST, "/v1/orders/{id:ord}/returns", create_return, "Goods are to come back.",
          .detail = "The customer announces it by himself, or staff for him.", .tx = TX_WRITE,
          .needs = &orders_write, .owner = order_its_customer, .body = &new_return_type,
          .reply = &order_type, .status = 201, .errors = return_errors),
    ROUTE(POST, "/v1/orders/{id:ord}/returns/{return:ret}/receive", receive_return,
          "Goods have come back.", .detail = "Money goes back by itself not: see refunds.",
          .tx = TX_WRITE, .needs = &orders_write, .body = &return_receipt_type,
          .reply = &order_type, .errors = receive_errors),
    ROUTE(POST, "/v1/orders/{id:ord}/returns/{return:ret}/refuse", refuse_return,
          "Goods are not taken back.", .tx = TX_WRITE, .needs = &orders_write, .reply = &order_type,
          .errors = deliver_errors),
    ROUTE(POST, "/v1/orders/{id:ord}/refunds", create_refund, "Give money back.",
          .detail =
              "Never more than was paid. When all of it has gone back, the order is over, and "
              "nothing more is sent. Send `Idempotency-Key`, so that an answer that is lost "
              "can be asked for again.",
          .tx = TX_WRITE, .needs = &orders_refund, .body = &new_refund_type, .reply = &order_type,
          .status = 201, .errors = refund_errors),
    ROUTE(POST, "/v1/orders/{id:ord}/cancel", cancel_order, "Give an order up.",
          .detail =
              "Of which nothing has left the house. What was promised of stock is free again; a "
              "payment is voided, or goes back.",
          .tx = TX_WRITE, .needs = &orders_write, .body = &cancellation_type, .reply = &order_type,
          .errors = cancel_errors),
};

static const Error *const errors[] = {
    &error_order_state, &error_order_waits,      &error_nothing_left, &error_order_full,
    &error_closed,      &error_refund_too_large, &error_no_customer,  &error_payment_busy};
static const AuditAction *const audits[] = {&order_cancelled_by, &order_refunded_by};

const Module order_changes_module = {
    .name = "order-changes",
    .doc = "What becomes of orders.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(audits, audit),
    .reactions = order_money_reactions,
    .reaction_count = ORDER_MONEY_REACTIONS,
};
