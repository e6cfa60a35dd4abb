#include "modules/checkout/store.h"

static CheckoutRow *nothing_said(Ctx *cx, Id cart)
{
    CheckoutRow *row = NEW(cx->arena, CheckoutRow);
    *row = (CheckoutRow){.present = PRESENT_ALL,
                         .cart_id = cart,
                         .email = S(""),
                         .shipping_rate = S(""),
                         .provider = S(""),
                         .method = S(""),
                         .note = S("")};
    MARK_ABSENT(&checkout_row_type, row, CheckoutRow, customer_id);
    MARK_ABSENT(&checkout_row_type, row, CheckoutRow, shipping_address);
    MARK_ABSENT(&checkout_row_type, row, CheckoutRow, billing_address);
    return row;
}

#define COLUMNS                                                                                    \
    "cart_id, customer_id, email, shipping_address, billing_address, shipping_rate, provider, "    \
    "method, note, updated_at"

void checkout_ask(Ctx *cx, Id cart, void *said)
{
    db_ask_one(cx, (CheckoutRow **)said, &checkout_row_type,
               "select " COLUMNS " from checkouts where cart_id = $1", cart);
}

CheckoutRow *checkout_said(Ctx *cx, Id cart, CheckoutRow *row)
{
    return row ? row : nothing_said(cx, cart);
}

CheckoutRow *checkout_read(Ctx *cx, Id cart)
{
    CheckoutRow *row;
    checkout_ask(cx, cart, &row);
    return db_settle(cx) ? checkout_said(cx, cart, row) : nothing_said(cx, cart);
}

void checkout_write(Ctx *cx, const CheckoutRow *row)
{
    db_post_put(cx, &checkout_row_type, row,
                "insert into checkouts (" COLUMNS
                ") values (:cart_id, :customer_id, :email, :shipping_address, :billing_address, "
                ":shipping_rate, :provider, :method, :note, :updated_at) "
                "on conflict (cart_id) do update set customer_id = excluded.customer_id, "
                "email = excluded.email, shipping_address = excluded.shipping_address, "
                "billing_address = excluded.billing_address, "
                "shipping_rate = excluded.shipping_rate, provider = excluded.provider, "
                "method = excluded.method, note = excluded.note, "
                "updated_at = excluded.updated_at");
}

void checkout_forget(Ctx *cx, Id cart)
{
    db_post(cx, "delete from checkouts where cart_id = $1", cart);
}

AnyList checkouts_of_customer(Ctx *cx, Id customer)
{
    return db_all(cx, &checkout_row_type,
                  "select " COLUMNS " from checkouts where customer_id = $1 order by cart_id",
                  customer);
}

void checkouts_forget_customer(Ctx *cx, Id customer)
{
    db_post(cx, "delete from checkouts where customer_id = $1", customer);
}
