/* The checkout of a cart as its buyer sees it: what he says of it, what it comes to, buying it, and giving that
 * up.
 *
 * It is one resource beside the cart, patched in any order, so that a shop may ask on one page or on
 * four; what is missing is told at every turn, and nothing is refused for being incomplete until it is to
 * be bought. Each route reads the cart anew, with today's prices and stock, under the rules of the cart
 * itself: who may see it, and whether it is open. Buying is a saga (complete.c).
 *
 * Rejected: a step that must follow another (the step that a customer goes back to is the one that the
 * shop had not thought of); a session of the checkout with an id of its own (who has the cart has it). */
#include "modules/checkout/checkout.h"
#include "modules/checkout/complete.h"
#include "modules/checkout/rules.h"
#include "modules/checkout/store.h"

#include "modules/accounts/accounts.h"
#include "modules/payments/payments.h"
#include "platform/api/errors.h"
#include "platform/personal.h"

/* ---- What was said, and what it comes to ------------------------------------------------------ */

static void show_what_was_said(Checkout *out, const CheckoutRow *row)
{
    out->email = row->email;
    out->shipping_address = row->shipping_address;
    out->billing_address = row->billing_address;
    out->shipping_rate = row->shipping_rate;
    out->payment = (CheckoutPayment){row->provider, row->method};
    out->note = row->note;
    if (!row->email.n) MARK_ABSENT(&checkout_type, out, Checkout, email);
    if (!row->shipping_rate.n) MARK_ABSENT(&checkout_type, out, Checkout, shipping_rate);
    if (!row->provider.n) MARK_ABSENT(&checkout_type, out, Checkout, payment);
    if (!row->note.n) MARK_ABSENT(&checkout_type, out, Checkout, note);
    if (address_is_empty(&row->shipping_address))
        MARK_ABSENT(&checkout_type, out, Checkout, shipping_address);
    if (address_is_empty(&row->billing_address))
        MARK_ABSENT(&checkout_type, out, Checkout, billing_address);
}

/* With the shipping rate that was chosen, or, when there is no such rate any more, without. */
static bool price(Ctx *cx, Cart *cart, CheckoutRow *row)
{
    const Address *to = address_is_empty(&row->shipping_address) ? NULL : &row->shipping_address;
    if (!cart_price(cx, cart, to, row->shipping_rate).error) return true;
    row->shipping_rate = S("");
    return !cart_price(cx, cart, to, S("")).error;
}

static Reply show(Request *rq, Cart *cart, CheckoutRow *row)
{
    Ctx *cx = rq->cx;
    Checkout *out = NEW(cx->arena, Checkout);
    *out = (Checkout){.present = PRESENT_ALL};
    bool priced = price(cx, cart, row);
    bool free = priced && cart->totals.total.minor == 0;
    show_what_was_said(out, row);
    out->missing = checkout_missing(cx->arena, row, free);
    if (!cart->lines.n) out->missing.items[out->missing.n++] = S("cart");
    out->ready = priced && cart->status == CART_OPEN && !out->missing.n && !cart_is_blocked(cart);
    out->providers = payment_providers(cx->arena);
    if (!address_is_empty(&row->shipping_address))
        out->shipping_rates = cart_shipping_rates(cx, cart, &row->shipping_address);
    out->cart = *cart;
    Reply reply = ok(&checkout_type, out);
    reply.headers = S("Cache-Control: no-store\r\n");
    return reply;
}

static Reply show_checkout(Request *rq)
{
    Cart *cart = cart_of(rq);
    return cart ? show(rq, cart, checkout_read(rq->cx, rq->id)) : not_found(rq, "cart");
}
HANDLER_PLAIN(show_checkout)

/* ---- Saying it ------------------------------------------------------------------------------- */

/* The cart's row first: what is being paid is not changed. */
static Reply change_checkout(Request *rq, const CheckoutEdit *edit)
{
    Ctx *cx = rq->cx;
    Violations bad = violations_new(cx->arena);
    if (checkout_edit_is_bad(edit, &bad)) {
        Violations *kept = NEW(cx->arena, Violations);
        *kept = bad;
        return refuse_violations(kept);
    }
    CheckoutRow *row = NULL;
    Cart *cart = cart_hold(rq, &(CartAlso){checkout_ask, &row});
    if (!cart) return not_found(rq, "cart");
    if (cart->status != CART_OPEN)
        return fail(rq, &error_cart_not_open, "Its status is \"%.*s\".",
                    STR_ARG(enum_text(&cart_status_names, cart->status)));
    row = checkout_said(cx, rq->id, row);
    checkout_apply(row, edit);
    row->customer_id = cart->customer;
    MARK_SET(&checkout_row_type, row, CheckoutRow, customer_id);
    if (!cart->customer.n) MARK_ABSENT(&checkout_row_type, row, CheckoutRow, customer_id);
    row->updated_at = ctx_now(cx);
    checkout_write(cx, row);
    return show(rq, cart, row);
}
HANDLER(change_checkout, CheckoutEdit)

/* ---- Completing it --------------------------------------------------------------------------- */

static Reply complete_checkout(Request *rq, const Completion *in)
{
    SagaSubject cart = {"cart", rq->id};
    Reply before = saga_repeat(rq, &checkout_saga, cart);
    if (before.status) return cart_of(rq) ? before : not_found(rq, "cart");
    Purchase *purchase = NEW(rq->cx->arena, Purchase);
    *purchase = (Purchase){.cart = rq->id,
                           .provider = S(""),
                           .method = S(""),
                           .provider_ref = S(""),
                           .decline_code = S(""),
                           .detail = S(""),
                           .action_url = S(""),
                           .client_secret = S(""),
                           .rq = rq,
                           .wanted = in};
    RequestKey key = request_key(rq);
    return saga_reply(rq, saga_begin(rq->cx, &checkout_saga, cart, &key, purchase));
}
HANDLER(complete_checkout, Completion)

/* ---- Giving it up ---------------------------------------------------------------------------- */

/* A payment that waits for its customer is voided; that wakes the saga, which is told no, and undoes what
 * it has done. One that has come through meanwhile is not touched: he has bought it. */
static Reply cancel_checkout(Request *rq)
{
    Ctx *cx = rq->cx;
    CheckoutRow *row = NULL;
    Cart *cart = cart_hold(rq, &(CartAlso){checkout_ask, &row});
    if (!cart) return not_found(rq, "cart");
    PaymentList payments = payments_of(cx, (PaymentSubject){"cart", rq->id});
    for (size_t i = 0; i < payments.n; i++)
        if (payments.items[i].state == PAYMENT_STATE_REQUIRES_ACTION)
            payment_give_back(cx, payments.items[i].id, S("The customer has given up."));
    return show(rq, cart, checkout_said(cx, rq->id, row));
}
HANDLER_PLAIN(cancel_checkout)

/* ---- What happens elsewhere ------------------------------------------------------------------ */

/* A bank's page has been passed, or not, or nobody wants to: who waits for that looks. A payment that is
 * an order's has no such waiter. */
static void wake_checkout(Ctx *cx, const PaymentEvent *event)
{
    Id cart;
    if (id_parse(event->subject, "cart", &cart)) saga_wake(cx, (SagaSubject){"cart", cart});
}
REACTION(wake_checkout, PaymentEvent)

static void forget_customer(Ctx *cx, const UserEvent *gone)
{
    checkouts_forget_customer(cx, gone->user);
}
REACTION(forget_customer, UserEvent)

static const Reaction reactions[] = {
    ON(payment_authorised, wake_checkout), ON(payment_failed, wake_checkout),
    ON(payment_voided, wake_checkout), ON(user_deleted, forget_customer)};

static AnyList said_by(Ctx *cx, Id user)
{
    return checkouts_of_customer(cx, user);
}

static const Personal personals[] = {
    {"checkouts", "Where he wanted it sent.", &checkout_row_type, said_by}};

/* ---- The tables ------------------------------------------------------------------------------ */

static const Error *const change_errors[] = {&error_cart_not_open, NULL};
static const Error *const complete_errors[] = {&error_cart_not_open,
                                               &error_cart_changed,
                                               &error_sold_out,
                                               &error_checkout_incomplete,
                                               &error_payment_declined,
                                               &error_unknown_shipping_rate,
                                               &error_amount_out_of_range,
                                               &error_unknown_provider,
                                               &error_unknown_method,
                                               NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/carts/{id:cart}/checkout", show_checkout, "Read the checkout of a cart.",
          .tx = TX_READ, .reply = &checkout_type,
          .detail = "For whoever has the cart: by `Cart-Token`, or as its customer."),
    ROUTE(PATCH, "/v1/carts/{id:cart}/checkout", change_checkout,
          "Say where a cart goes and how it is paid.", .tx = TX_WRITE, .body = &checkout_edit_type,
          .reply = &checkout_type, .errors = change_errors),
    ROUTE(POST, "/v1/carts/{id:cart}/checkout/complete", complete_checkout, "Buy a cart.",
          .tx = TX_WRITE, .parks = true, .key_required = true, .body = &completion_type,
          .reply = &completed_type, .status = 201, .status_again = 202, .errors = complete_errors,
          .detail = "201: the order is placed. 202: the customer must do something first (3-D "
                    "Secure); then send the same request again, with the same key. Sent again "
                    "while it is under way it is 409 `in_flight`; afterwards it answers with the "
                    "same order. Of a cart there is one order, however often it is completed."),
    ROUTE(POST, "/v1/carts/{id:cart}/checkout/cancel", cancel_checkout,
          "Give up a payment that waits for its customer.", .tx = TX_WRITE, .reply = &checkout_type,
          .detail =
              "For who has left his bank's page and wants to pay in another way: without it "
              "the cart is kept for him for a quarter of an hour. The payment is voided, and "
              "the cart is `open` as soon as the provider has confirmed that, mostly within a "
              "second: ask for it again. A payment that came through meanwhile stays, and the "
              "cart becomes an order. Where nothing waits nothing happens."),
};

static const Error *const errors[] = {&error_cart_changed, &error_sold_out,
                                      &error_checkout_incomplete, &error_payment_declined,
                                      &error_cart_ordered};
static const Saga *const sagas[] = {&checkout_saga};
static const Table tables[] = {{"checkouts", &checkout_row_type}};

extern const char checkout_0001_checkouts[];
static const Migration migrations[] = {
    {.module = "checkout", .number = 1, .name = "checkouts", .sql = checkout_0001_checkouts}};

const Module checkout_module = {.name = "checkout",
                                .doc = "From a cart to an order.",
                                MODULE_ROWS(routes, route),
                                MODULE_ROWS(errors, error),
                                MODULE_ROWS(sagas, saga),
                                MODULE_ROWS(tables, table),
                                MODULE_ROWS(migrations, migration),
                                MODULE_ROWS(reactions, reaction),
                                MODULE_ROWS(personals, personal)};
