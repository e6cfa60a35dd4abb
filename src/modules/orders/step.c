#include "modules/orders/step.h"

#include <assert.h>

OrderFacts order_facts(const OrderRow *row)
{
    return (OrderFacts){.paid = IS_SET(&order_row_type, row, OrderRow, paid_at),
                        .cancelled = IS_SET(&order_row_type, row, OrderRow, cancelled_at),
                        .captured = row->captured,
                        .refunded = row->refunded,
                        .items = row->items,
                        .shipped = row->shipped,
                        .delivered = row->delivered,
                        .returned = row->returned};
}

Totals order_totals(const OrderRow *row)
{
    return (Totals){.currency = row->currency,
                    .subtotal = row->subtotal,
                    .discount = row->discount,
                    .shipping = row->shipping,
                    .tax = row->tax,
                    .total = row->total};
}

Str order_actor(Ctx *cx)
{
    const Actor *actor = &cx->actor;
    return actor->id.n ? id_text(cx->arena, actor->prefix, actor->id) : S("");
}

OrderTimelineRow order_entry(Ctx *cx, Id order, OrderState state, const Happening *happening)
{
    OrderTimelineRow entry = {.present = PRESENT_ALL,
                              .id = ctx_id(cx),
                              .order_id = order,
                              .kind = happening->kind,
                              .state = state,
                              .public = happening->public,
                              .detail = happening->detail,
                              .actor = order_actor(cx)};
    if (happening->amount)
        entry.amount = *happening->amount;
    else
        MARK_ABSENT(&order_timeline_row_type, &entry, OrderTimelineRow, amount);
    return entry;
}

void order_take_step(OrderRow *row, OrderBy by)
{
    OrderState after;
    OrderFacts facts = order_facts(row);
    bool known = order_next(row->state, by, &facts, &after);
    assert(known);
    row->state = after;
}

void order_happened(Ctx *cx, OrderRow *row, const Happening *happening)
{
    OrderState before = row->state;
    if (happening->by) order_take_step(row, *happening->by);
    order_write(cx, row);
    OrderTimelineRow entry = order_entry(cx, row->id, row->state, happening);
    order_timeline_insert(cx, &entry, 1);
    if (row->forget && order_is_closed(row->state)) order_forget_persons(cx, row);
    if (order_is_over(row->state) && !order_is_over(before))
        stock_release(cx, order_owner(row->id));
}

/* ---- Forgetting ------------------------------------------------------------------------------ */

static void drop_address(OrderRow *row, Address *address, size_t offset)
{
    *address = (Address){0};
    type_member_clear(&order_row_type, row, offset);
}

void order_forget_persons(Ctx *cx, OrderRow *row)
{
    row->forget = true;
    if (order_is_closed(row->state)) {
        /* What was paid is in the books for as long as law keeps them, with who paid it. */
        bool paid = IS_SET(&order_row_type, row, OrderRow, paid_at);
        bool bill = IS_SET(&order_row_type, row, OrderRow, billing_address);
        if (paid && !bill && IS_SET(&order_row_type, row, OrderRow, shipping_address)) {
            row->billing_address = row->shipping_address;
            MARK_SET(&order_row_type, row, OrderRow, billing_address);
        }
        drop_address(row, &row->shipping_address, offsetof(OrderRow, shipping_address));
        if (!paid) drop_address(row, &row->billing_address, offsetof(OrderRow, billing_address));
        row->billing_address.phone = S("");
        row->email = row->email_key = row->name_key = row->note = S("");
    }
    order_write_persons(cx, row);
}
