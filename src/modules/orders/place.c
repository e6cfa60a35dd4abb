/* Placing an order, taking that back, and reading it whole.
 *
 * Placing is a part of somebody else's transaction: the checkout's commit, or the route by which staff write
 * an order down. It waits once, for the order's own row, whose indexes say whether the id, the cart or the
 * reference is there already; all else (lines, timeline, event, mail) is posted and travels with whatever
 * follows. What an order is named by: its id, made by the caller, so that a repeat is the same order; the
 * reference, short enough to be read out, which is there at once; the number, which comes afterwards
 * (number.c).
 *
 * Reading asks for the row and what belongs to it in one round trip.
 *
 * Rejected: a hash of the token in place of the token (whoever reads the row reads the order, and a
 * checkout that is asked again must answer the same one); lines as JSON in the row (they are searched by
 * SKU, and counted on by parcels). */
#include "modules/orders/mails.h"
#include "modules/orders/money.h"
#include "modules/orders/number.h"

#include "meta/nfkc.h"

#include <assert.h>

const Event order_placed = {"order.placed", "An order was placed.", &order_event_type};
const Event order_paid = {"order.paid", "All of an order is paid.", &order_event_type};
const Event order_shipped = {"order.shipped", "A parcel of an order has left the house.",
                             &order_event_type};
const Event order_delivered = {"order.delivered", "A parcel of an order has arrived.",
                               &order_event_type};
const Event order_cancelled = {"order.cancelled", "An order was given up.", &order_event_type};
const Event order_returned = {"order.returned", "Something of an order has come back.",
                              &order_event_type};
const Event order_refunded = {"order.refunded", "Money for an order has gone back.",
                              &order_event_type};

/* ---- Placing --------------------------------------------------------------------------------- */

/* Eight letters of Crockford's base32: 40 bits. The index keeps them apart. */
static Str new_reference(Ctx *cx)
{
    static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    char *out = arena_alloc(cx->arena, ORDER_REFERENCE_LENGTH, 1);
    uint64_t bits = random_u64(cx->random);
    for (int i = 0; i < ORDER_REFERENCE_LENGTH; i++, bits >>= 5) out[i] = letters[bits & 31];
    return (Str){out, ORDER_REFERENCE_LENGTH};
}

static Str or_empty(Str text)
{
    return text.p ? text : S("");
}

/* What people search by: without case, in one form. */
static Str key_of(Ctx *cx, Str text)
{
    return or_empty(nfkc(cx->arena, or_empty(text), true));
}

static Address whole(const Address *address)
{
    Address out = *address;
    for (size_t i = 0; i < address_type.field_count; i++) {
        Str *text = (void *)((char *)&out + address_type.fields[i].offset);
        *text = or_empty(*text);
    }
    return out;
}

static void put_address(OrderRow *row, Address *member, size_t offset, const Address *address)
{
    *member = whole(address);
    if (address_is_empty(address)) type_member_clear(&order_row_type, row, offset);
}

static void put_totals(OrderRow *row, const Totals *totals)
{
    row->currency = totals->currency;
    row->subtotal = totals->subtotal;
    row->discount = totals->discount;
    row->shipping = totals->shipping;
    row->tax = totals->tax;
    row->total = totals->total;
}

/* Ids that are 0 and times that have not come are NULL. */
static void mark_absent(OrderRow *row)
{
    MARK_ABSENT(&order_row_type, row, OrderRow, number);
    MARK_ABSENT(&order_row_type, row, OrderRow, paid_at);
    MARK_ABSENT(&order_row_type, row, OrderRow, cancelled_at);
    MARK_ABSENT(&order_row_type, row, OrderRow, cancel_reason);
    if (!row->cart_id.n) MARK_ABSENT(&order_row_type, row, OrderRow, cart_id);
    if (!row->customer_id.n) MARK_ABSENT(&order_row_type, row, OrderRow, customer_id);
    if (!row->payment_id.n) MARK_ABSENT(&order_row_type, row, OrderRow, payment_id);
}

static OrderRow new_row(Ctx *cx, Id id, const OrderDraft *draft)
{
    const Address *person = address_is_empty(&draft->shipping) ? &draft->billing : &draft->shipping;
    OrderRow row = {.present = PRESENT_ALL,
                    .id = id,
                    .reference = new_reference(cx),
                    .token = random_token(cx->arena, cx->random, "", ORDER_TOKEN_BYTES),
                    .state = ORDER_PENDING,
                    .cart_id = draft->cart,
                    .customer_id = draft->customer,
                    .payment_id = draft->payment,
                    .email = or_empty(draft->email),
                    .email_key = key_of(cx, draft->email),
                    .name_key = key_of(cx, person->name),
                    .locale = or_empty(draft->locale),
                    .channel = or_empty(draft->channel),
                    .title = or_empty(draft->lines[0].title),
                    .image = or_empty(draft->lines[0].image),
                    .shipping_rate = or_empty(draft->shipping_rate),
                    .note = or_empty(draft->note),
                    .placed_at = ctx_now(cx),
                    .version = 1,
                    .updated_at = ctx_now(cx)};
    for (size_t i = 0; i < draft->n; i++) row.items += draft->lines[i].quantity;
    put_totals(&row, &draft->totals);
    mark_absent(&row);
    put_address(&row, &row.shipping_address, offsetof(OrderRow, shipping_address),
                &draft->shipping);
    put_address(&row, &row.billing_address, offsetof(OrderRow, billing_address), &draft->billing);
    return row;
}

static OrderLineRow line_row(Ctx *cx, Id order, const OrderLine *line, size_t position)
{
    return (OrderLineRow){.id = ctx_id(cx),
                          .order_id = order,
                          .position = (int64_t)position,
                          .variant_id = line->variant,
                          .product_id = line->product,
                          .title = or_empty(line->title),
                          .variant_title = or_empty(line->variant_title),
                          .sku = or_empty(line->sku),
                          .image = or_empty(line->image),
                          .quantity = line->quantity,
                          .unit_price = line->unit_price,
                          .discount = line->discount,
                          .tax = line->tax,
                          .total = {line->unit_price.minor * line->quantity - line->discount.minor +
                                    line->tax.minor}};
}

static OrderLineList insert_lines(Ctx *cx, Id order, const OrderDraft *draft)
{
    OrderLineList lines = {NEW_N(cx->arena, OrderLine, draft->n), draft->n};
    OrderLineRow *rows = NEW_N(cx->arena, OrderLineRow, draft->n);
    for (size_t i = 0; i < draft->n; i++) {
        rows[i] = line_row(cx, order, &draft->lines[i], i);
        lines.items[i] = order_line_of_row(&rows[i]);
    }
    order_lines_insert(cx, rows, draft->n);
    return lines;
}

/* Writes the row. A reference that somebody has already (once in a million millions) is drawn again.
 * False: there is this order already, or one of the cart. */
static bool insert_row(Ctx *cx, OrderRow *row)
{
    while (!order_insert(cx, row)) {
        if (db_failure(cx) || order_exists(cx, row->id).n ||
            (row->cart_id.n && order_find_cart(cx, row->cart_id).n))
            return false;
        row->reference = new_reference(cx);
    }
    return true;
}

/* What is paid when it is placed: the row knows it before it is written. */
static bool is_paid_at_once(Ctx *cx, OrderRow *row, const OrderDraft *draft)
{
    order_count_captured(cx, row, draft->captured);
    if (!IS_SET(&order_row_type, row, OrderRow, paid_at)) return false;
    order_take_step(row, ORDER_BY_PAY);
    return true;
}

/* What there is to tell of it: that it was placed and, perhaps, that it is paid. */
static void tell(Ctx *cx, const OrderRow *row, bool paid)
{
    Str why = row->total.minor ? S("") : S("Nothing is to be paid.");
    Happening placed = {.kind = HAPPENED_PLACED, .public = true, .detail = S("")};
    Happening captured = {
        .kind = HAPPENED_CAPTURED, .public = true, .detail = why, .amount = &row->captured};
    OrderTimelineRow entries[] = {order_entry(cx, row->id, ORDER_PENDING, &placed),
                                  order_entry(cx, row->id, row->state, &captured)};
    order_timeline_insert(cx, entries, paid ? 2 : 1);
    announce(cx, &order_placed, &(OrderEvent){row->id});
    if (paid) announce(cx, &order_paid, &(OrderEvent){row->id});
}

Order *order_place(Ctx *cx, Id id, const OrderDraft *draft)
{
    assert(id.n && order_draft_holds(draft));
    OrderRow *row = NEW(cx->arena, OrderRow);
    *row = new_row(cx, id, draft);
    bool paid = is_paid_at_once(cx, row, draft);
    if (!insert_row(cx, row)) return order_read(cx, id);
    Order *order = order_of_row(cx->arena, row);
    order->lines = insert_lines(cx, id, draft);
    tell(cx, row, paid);
    order_mail_placed(cx, row, draft);
    if (draft->captured.minor > 0)
        order_book_captured(cx, row, draft->payment, draft->captured, true);
    order_number_soon(cx);
    return order;
}

bool order_unplace(Ctx *cx, Id order, Str reason)
{
    OrderRow *row = order_hold(cx, order);
    if (!row) return false;
    if (row->state == ORDER_CANCELLED) return true;
    if (row->captured.minor > 0 || !order_may_cancel(row->state)) return false;
    order_cancel(cx, row, reason);
    order_leave_cart(cx, order);
    return true;
}

void order_cancel(Ctx *cx, OrderRow *row, Str reason)
{
    row->cancelled_at = ctx_now(cx);
    row->cancel_reason = or_empty(reason);
    MARK_SET(&order_row_type, row, OrderRow, cancelled_at);
    MARK_SET(&order_row_type, row, OrderRow, cancel_reason);
    announce(cx, &order_cancelled, &(OrderEvent){row->id});
    order_happened(cx, row,
                   &(Happening){.kind = HAPPENED_CANCELLED,
                                .by = BY(ORDER_BY_CANCEL),
                                .public = true,
                                .detail = row->cancel_reason});
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* What of the row stands in the document under the same condition. */
static void copy_present(const OrderRow *row, Order *order)
{
    static const struct {
        size_t from, to;
    } same[] = {
        {offsetof(OrderRow, number), offsetof(Order, number)},
        {offsetof(OrderRow, cart_id), offsetof(Order, cart)},
        {offsetof(OrderRow, customer_id), offsetof(Order, customer)},
        {offsetof(OrderRow, payment_id), offsetof(Order, payment)},
        {offsetof(OrderRow, shipping_address), offsetof(Order, shipping_address)},
        {offsetof(OrderRow, billing_address), offsetof(Order, billing_address)},
        {offsetof(OrderRow, cancel_reason), offsetof(Order, cancel_reason)},
        {offsetof(OrderRow, paid_at), offsetof(Order, paid_at)},
        {offsetof(OrderRow, cancelled_at), offsetof(Order, cancelled_at)},
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        if (!type_member_is_set(&order_row_type, row, same[i].from))
            type_member_clear(&order_type, order, same[i].to);
}

OrderLine order_line_of_row(const OrderLineRow *row)
{
    OrderLine line = {.present = PRESENT_ALL,
                      .id = row->id,
                      .variant = row->variant_id,
                      .product = row->product_id,
                      .title = row->title,
                      .variant_title = row->variant_title,
                      .sku = row->sku,
                      .image = row->image,
                      .quantity = row->quantity,
                      .unit_price = row->unit_price,
                      .discount = row->discount,
                      .tax = row->tax,
                      .total = row->total,
                      .shipped = row->shipped,
                      .delivered = row->delivered,
                      .returned = row->returned,
                      .refunded = row->refunded};
    if (!line.variant.n) MARK_ABSENT(&order_line_type, &line, OrderLine, variant);
    if (!line.product.n) MARK_ABSENT(&order_line_type, &line, OrderLine, product);
    return line;
}

Order *order_of_row(Arena *arena, const OrderRow *row)
{
    Order *order = NEW(arena, Order);
    *order = (Order){.present = PRESENT_ALL,
                     .id = row->id,
                     .number = row->number,
                     .reference = row->reference,
                     .token = row->token,
                     .state = row->state,
                     .cart = row->cart_id,
                     .customer = row->customer_id,
                     .payment = row->payment_id,
                     .email = row->email,
                     .locale = row->locale,
                     .channel = row->channel,
                     .totals = order_totals(row),
                     .captured = row->captured,
                     .refunded = row->refunded,
                     .credited = row->credited,
                     .shipping_rate = row->shipping_rate,
                     .note = row->note,
                     .shipping_address = row->shipping_address,
                     .billing_address = row->billing_address,
                     .cancel_reason = row->cancel_reason,
                     .placed_at = row->placed_at,
                     .paid_at = row->paid_at,
                     .cancelled_at = row->cancelled_at,
                     .version = row->version,
                     .updated_at = row->updated_at};
    copy_present(row, order);
    return order;
}

Order *order_read(Ctx *cx, Id id)
{
    OrderRow *row = NULL;
    AnyList lines = {0}, shipments = {0}, returns = {0}, refunds = {0};
    order_ask(cx, &row, id);
    order_lines_ask(cx, &lines, id);
    order_shipments_ask(cx, &shipments, id);
    order_returns_ask(cx, &returns, id);
    order_refunds_ask(cx, &refunds, id);
    if (!db_settle(cx) || !row) return NULL;
    Order *order = order_of_row(cx->arena, row);
    order->lines = (OrderLineList){lines.items, lines.n};
    order->shipments = (OrderShipmentList){shipments.items, shipments.n};
    order->returns = (OrderReturnList){returns.items, returns.n};
    order->refunds = (OrderRefundList){refunds.items, refunds.n};
    return order;
}
