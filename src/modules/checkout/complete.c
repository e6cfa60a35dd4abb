/* From a cart to an order, in named steps. docs/internals/checkout.md has the picture.
 *
 * Whose money is asked for is decided in this order: the goods are promised before anybody is charged, the
 * money is held before there is an order, and it is taken when there is one. So a crash, a refusal or a
 * lost answer anywhere leaves at worst money that is held and goods that are promised, and both are
 * given back by the undo of the steps that were done.
 *
 * What the buyer has agreed to (`lines`, `totals`) is what is sold, whatever the catalogue says a minute
 * later. Where the saga is over in its first transaction nothing of it is written down but the order;
 * else it goes into the saga's state.
 *
 * Where no other machine is asked for money (is_paid_here), everything is decided before anything is
 * written, and each row is written once: the goods are promised to the order at once, the payment is
 * written as it has come out, and the order as it is then. Else the cart is frozen and the goods are its
 * own until the money is held.
 *
 * A call cannot write. What the provider has said travels in the state to the next step that writes; so
 * the undo of `reserve`, which comes after that of `authorise`, notes that the payment is void or was
 * declined. */
#include "modules/checkout/complete.h"

#include "modules/checkout/rules.h"
#include "modules/checkout/store.h"
#include "modules/payments/payments.h"
#include "platform/api/errors.h"

#include <assert.h>

const Error error_cart_changed = {
    "cart_changed", 409, "The cart is not what its buyer has agreed to; nothing was bought.",
    LOG_DEBUG,
    "`errors` lists what is different. Show it to the buyer, and complete again with the "
    "new `expected_total` and a new `Idempotency-Key`."};
const Error error_sold_out = {"sold_out", 409,
                              "Less can be had than the cart wants; nothing was bought.", LOG_DEBUG,
                              "`errors` names the lines and how many can be had of each."};
const Error error_checkout_incomplete = {
    "checkout_incomplete", 409, "Something has to be said before this can be completed.", LOG_DEBUG,
    "`errors` names what is missing: send it with PATCH."};
const Error error_payment_declined = {
    "payment_declined", 402, "The payment was declined; nothing was bought.", LOG_INFO,
    "The detail has the provider's code. Choose another method, and complete again with a new "
    "`Idempotency-Key`."};
const Error error_cart_ordered = {"cart_ordered", 409, "The cart was bought already.", LOG_DEBUG,
                                  "The answer is the order."};

/* ---- Validate -------------------------------------------------------------------------------- */

static SagaEnd differs(Purchase *p, const Error *error, const Violations *differences)
{
    p->differences = differences;
    return saga_refused(error, S(""));
}

/* Of a cart that cannot be frozen. */
static SagaEnd not_open(Ctx *cx, Purchase *p, const Cart *cart)
{
    if (!cart)
        return saga_refused(&error_not_found,
                            S("There is no such cart, or it is not visible to you."));
    if (cart->status == CART_ORDERED) {
        p->order = cart->order;
        return saga_refused(&error_cart_ordered, S(""));
    }
    Str status = enum_text(&cart_status_names, cart->status);
    return saga_refused(&error_cart_not_open,
                        str_format(cx->arena, "Its status is \"%.*s\".", STR_ARG(status)));
}

static SagaEnd agree(Ctx *cx, Purchase *p, Cart *cart, const CheckoutRow *said)
{
    StrList missing = checkout_missing(cx->arena, said, true);
    if (!cart->lines.n) missing.items[missing.n++] = S("cart");
    if (missing.n) return differs(p, &error_checkout_incomplete, checkout_gaps(cx->arena, missing));
    Verdict verdict = cart_price(cx, cart, &said->shipping_address, said->shipping_rate);
    if (verdict.error) return saga_refused(verdict.error, verdict.detail);
    const Violations *differences = checkout_differences(cx->arena, cart, p->wanted);
    if (differences) return differs(p, &error_cart_changed, differences);
    missing = checkout_missing(cx->arena, said, cart->totals.total.minor == 0);
    if (missing.n) return differs(p, &error_checkout_incomplete, checkout_gaps(cx->arena, missing));
    p->totals = cart->totals;
    p->currency = cart->totals.currency;
    p->total = cart->totals.total;
    p->lines = checkout_sold(cx->arena, cart);
    return saga_done();
}

static bool may_buy(const Cart *cart)
{
    return cart && (cart->status == CART_OPEN || cart->status == CART_CHECKOUT);
}

/* The cart's row is held first, and stays as it is until this is over. */
static SagaEnd validate(Ctx *cx, SagaRun *run, void *state)
{
    Purchase *p = state;
    (void)run;
    assert(p->rq); /* it runs in the first transaction, or not at all */
    CheckoutRow *row = NULL;
    Cart *cart = cart_hold(p->rq, &(CartAlso){checkout_ask, &row});
    if (!may_buy(cart)) return not_open(cx, p, cart);
    const CheckoutRow *said = checkout_said(cx, p->cart, row);
    p->said = said;
    p->priced = cart;
    p->provider = said->provider;
    p->method = said->method;
    p->order = ctx_id(cx);
    return agree(cx, p, cart, said);
}

static bool invalidate(Ctx *cx, SagaRun *run, void *state)
{
    Purchase *p = state;
    (void)run;
    p->lines = (SoldLines){0};
    cart_reopen(cx, p->cart, (Id){0}); /* false: it was not frozen, or is gone */
    return !db_failure(cx);
}

/* ---- Who is paid how ------------------------------------------------------------------------- */

/* Without asking another machine, or for nothing. */
static bool is_paid_here(const Purchase *p)
{
    return !p->payment.n || payment_is_local(p->provider, p->method);
}

static bool is_asked_outside(const void *state)
{
    return !is_paid_here(state);
}

/* To whom the goods are promised until there is an order. */
static StockOwner holder(const Purchase *p)
{
    return is_paid_here(p) ? (StockOwner){"ord", p->order} : (StockOwner){"cart", p->cart};
}

/* What the first transaction has read, also in a later one. False: it was forgotten meanwhile. */
static bool recall(Ctx *cx, Purchase *p)
{
    if (!p->said) p->said = checkout_read(cx, p->cart);
    if (!p->priced) p->priced = cart_read(cx, p->cart);
    return p->priced && !address_is_empty(&p->said->shipping_address);
}

static PaymentStart start_of(const Purchase *p, PaymentSubject subject)
{
    return (PaymentStart){.subject = subject,
                          .customer = p->priced->customer,
                          .email = p->said->email,
                          .provider = p->provider,
                          .method = p->method,
                          .currency = p->currency,
                          .amount = p->total,
                          .capture_now = true};
}

/* Of a payment that is paid here: as it comes out. */
static Verdict decide(Ctx *cx, Purchase *p)
{
    Verdict verdict = {0};
    PaymentStart start = start_of(p, (PaymentSubject){"ord", p->order});
    if (!p->decided) p->decided = payment_decide(cx, p->payment, &start, &verdict);
    return verdict;
}

/* ---- Reserve --------------------------------------------------------------------------------- */

static Verdict begin_payment(Ctx *cx, Purchase *p)
{
    Verdict verdict = {0};
    if (p->total.minor == 0) return verdict;
    if (payment_is_local(p->provider, p->method)) {
        p->payment = ctx_id(cx);
        return decide(cx, p);
    }
    PaymentStart start = start_of(p, (PaymentSubject){"cart", p->cart});
    p->payment = payment_start(cx, &start, &verdict);
    return verdict;
}

static bool promise_goods(Ctx *cx, Purchase *p, StockShortList *lacking)
{
    StockDemandList demand = checkout_demand(cx->arena, p->lines);
    Time until = {ctx_now(cx).us + CHECKOUT_HOLD_S * INT64_C(1000000)};
    if (is_paid_here(p)) return stock_promise(cx, holder(p), demand, lacking);
    return cart_freeze(cx, p->cart) && stock_reserve(cx, holder(p), demand, until, lacking);
}

static SagaEnd reserve(Ctx *cx, SagaRun *run, void *state)
{
    Purchase *p = state;
    (void)run;
    StockShortList lacking = {0};
    Verdict verdict = begin_payment(cx, p);
    if (verdict.error) return saga_refused(verdict.error, verdict.detail);
    if (promise_goods(cx, p, &lacking)) return saga_done();
    return differs(p, &error_sold_out, checkout_shortage(cx->arena, p->priced, lacking));
}

/* What was decided, and did not come to an order. */
static void put_declined(Ctx *cx, const Purchase *p)
{
    Payment payment = *p->decided;
    payment.subject = id_text(cx->arena, "cart", p->cart);
    payment_put_whole(cx, &payment);
}

static bool note_given_up(Ctx *cx, const Purchase *p)
{
    PaymentEnd end = {.outcome = p->declined ? PAYMENT_DECLINED : PAYMENT_OK,
                      .provider_ref = p->provider_ref,
                      .amount = p->taken.minor ? p->taken : p->total,
                      .decline_code = p->decline_code,
                      .detail = p->detail};
    if (p->declined) {
        payment_note_declined(cx, p->payment, &end);
    } else if (p->taken.minor) {
        payment_note_captured(cx, p->payment, &end);
        return payment_give_back(cx, p->payment, S("The checkout had been given up."));
    } else {
        payment_note_voided(cx, p->payment, &end);
    }
    return true;
}

/* Also notes what the provider has said of a payment that was declined, is void now, or was taken by
 * somebody else meanwhile: then it goes back. */
static bool let_go(Ctx *cx, SagaRun *run, void *state)
{
    Purchase *p = state;
    (void)run;
    stock_release(cx, holder(p)); /* false: nothing was promised any more */
    if (is_asked_outside(p) && !note_given_up(cx, p)) return false;
    if (!is_asked_outside(p) && p->declined && recall(cx, p) && !decide(cx, p).error)
        put_declined(cx, p);
    return !db_failure(cx);
}

/* ---- Authorise ------------------------------------------------------------------------------- */

static Str or_empty(Str text)
{
    return text.p ? text : S("");
}

static SagaEnd refused_by_provider(Ctx *cx, Str code)
{
    Str why = code.n ? code : S("declined");
    return saga_refused(&error_payment_declined,
                        str_format(cx->arena, "The provider says: %.*s.", STR_ARG(why)));
}

static SagaEnd take_authorisation(Ctx *cx, Purchase *p, const PaymentEnd *end)
{
    p->provider_ref = or_empty(end->provider_ref);
    p->decline_code = or_empty(end->decline_code);
    p->detail = or_empty(end->detail);
    p->action_url = or_empty(end->action_url);
    p->client_secret = or_empty(end->client_secret);
    p->needs_action = end->outcome == PAYMENT_NEEDS_ACTION;
    p->declined = end->outcome == PAYMENT_DECLINED;
    p->asked_now = true;
    if (end->outcome == PAYMENT_OK) p->authorised = end->amount;
    if (end->outcome == PAYMENT_UNKNOWN) return saga_again(p->detail);
    return p->declined ? refused_by_provider(cx, p->decline_code) : saga_done();
}

static SagaEnd take_decision(Ctx *cx, Purchase *p)
{
    if (!recall(cx, p) || decide(cx, p).error)
        return saga_refused(&error_cart_not_open, S("It was forgotten meanwhile."));
    p->declined = p->decided->state == PAYMENT_STATE_FAILED;
    if (p->declined) return refused_by_provider(cx, p->decided->decline_code);
    return saga_done();
}

static SagaEnd authorise(Ctx *cx, SagaRun *run, void *state)
{
    Purchase *p = state;
    if (!p->payment.n) return saga_done();
    if (is_paid_here(p)) return take_decision(cx, p);
    PaymentEnd end = payment_authorise(cx, p->payment, saga_key(cx, run));
    return take_authorisation(cx, p, &end);
}

static SagaEnd give_back(Ctx *cx, SagaRun *run, void *state)
{
    Purchase *p = state;
    if (is_paid_here(p)) return saga_done();
    PaymentEnd end = payment_void(cx, p->payment, saga_key(cx, run));
    if (end.outcome == PAYMENT_DECLINED) p->taken = end.amount;
    bool settled = end.outcome == PAYMENT_OK || p->taken.minor > 0;
    return settled ? saga_done() : saga_again(or_empty(end.detail));
}

/* ---- Record, confirm ------------------------------------------------------------------------- */

/* What the customer must do is to be found by him, also when this answer is lost. */
static SagaEnd record(Ctx *cx, SagaRun *run, void *state)
{
    Purchase *p = state;
    (void)run;
    if (!p->needs_action) return saga_done();
    PaymentEnd end = {.outcome = PAYMENT_NEEDS_ACTION,
                      .provider_ref = p->provider_ref,
                      .detail = p->detail,
                      .action_url = p->action_url,
                      .client_secret = p->client_secret};
    payment_note_action(cx, p->payment, &end);
    return saga_done();
}

static bool confirms_outside(const void *state)
{
    const Purchase *p = state;
    return p->needs_action && !p->asked_now && is_asked_outside(p);
}

/* Waits until what was required is done: whether it is is asked when somebody has said so, with the key
 * of the first question. */
static SagaEnd confirm(Ctx *cx, SagaRun *run, void *state)
{
    Purchase *p = state;
    Time until = {ctx_now(cx).us + CHECKOUT_HOLD_S * INT64_C(1000000)};
    if (!p->needs_action) return saga_done();
    if (!p->asked_now) {
        PaymentEnd end = payment_authorise(cx, p->payment, saga_key_of(cx, run, "authorise"));
        SagaEnd taken = take_authorisation(cx, p, &end);
        if (taken.verdict != SAGA_DONE) return taken;
    }
    return p->needs_action ? saga_wait(until) : saga_done();
}

/* ---- Commit ---------------------------------------------------------------------------------- */

static OrderDraft draft_of(Ctx *cx, const Purchase *p)
{
    const CheckoutRow *said = p->said;
    return (OrderDraft){.cart = p->cart,
                        .customer = p->priced->customer,
                        .email = said->email,
                        .locale = p->priced->locale,
                        .channel = p->priced->channel,
                        .shipping = said->shipping_address,
                        .billing = said->billing_address,
                        .lines = checkout_order_lines(cx->arena, p->lines),
                        .n = p->lines.n,
                        .totals = p->totals,
                        .shipping_rate = said->shipping_rate,
                        .note = said->note,
                        .payment = p->payment,
                        .captured = p->decided ? p->decided->captured : (Money){0}};
}

static void put_payment(Ctx *cx, const Purchase *p)
{
    PaymentEnd end = {.provider_ref = p->provider_ref, .amount = p->authorised};
    if (p->decided) {
        payment_put_whole(cx, p->decided);
    } else if (p->payment.n) {
        payment_rebind(cx, p->payment, (PaymentSubject){"ord", p->order});
        payment_note_authorised(cx, p->payment, &end);
    }
}

/* The promise to the cart may have expired while a bank was slow; then it is made anew, if it can be. */
static bool hand_goods_over(Ctx *cx, const Purchase *p)
{
    StockOwner cart = {"cart", p->cart}, order = {"ord", p->order};
    StockDemandList demand = checkout_demand(cx->arena, p->lines);
    StockShortList lacking;
    if (is_paid_here(p) || stock_confirm(cx, cart, order, demand)) return true;
    return !db_failure(cx) && stock_reserve(cx, order, demand, (Time){0}, &lacking);
}

/* In the first transaction it is held, and was found open. */
static bool close_cart(Ctx *cx, const Purchase *p)
{
    if (!p->rq) return cart_close(cx, p->cart, p->order);
    cart_close_held(cx, p->cart, p->order);
    return true;
}

static SagaEnd commit(Ctx *cx, SagaRun *run, void *state)
{
    Purchase *p = state;
    (void)run;
    if (!recall(cx, p) || (p->payment.n && is_paid_here(p) && decide(cx, p).error))
        return saga_refused(&error_cart_not_open, S("It was forgotten meanwhile."));
    OrderDraft draft = draft_of(cx, p);
    p->placed = order_place(cx, p->order, &draft);
    if (!p->placed) return saga_refused(&error_cart_not_open, S("It has an order already."));
    put_payment(cx, p);
    if (!close_cart(cx, p)) return saga_again(S("the cart was not closed"));
    if (!hand_goods_over(cx, p)) return saga_refused(&error_sold_out, S(""));
    p->lines = (SoldLines){0};
    return saga_done();
}

/* The money could be held, and not be taken. */
static bool take_back(Ctx *cx, SagaRun *run, void *state)
{
    const Purchase *p = state;
    (void)run;
    if (p->payment.n) payment_rebind(cx, p->payment, (PaymentSubject){"cart", p->cart});
    if (!order_unplace(cx, p->order, S("The payment did not come through."))) return false;
    cart_reopen(cx, p->cart, p->order);
    return !db_failure(cx);
}

/* ---- Capture, release ------------------------------------------------------------------------ */

/* Not to know whether the money was taken is no reason to take the order back; to know that it was not
 * is one. */
static SagaEnd capture(Ctx *cx, SagaRun *run, void *state)
{
    Purchase *p = state;
    if (is_paid_here(p)) return saga_done(); /* as it was decided */
    PaymentEnd end = payment_capture(cx, p->payment, p->total, saga_key(cx, run));
    if (end.outcome == PAYMENT_OK) p->captured = end.amount;
    if (end.outcome == PAYMENT_DECLINED) return refused_by_provider(cx, end.decline_code);
    return end.outcome == PAYMENT_OK ? saga_done() : saga_again(or_empty(end.detail));
}

static SagaEnd release(Ctx *cx, SagaRun *run, void *state)
{
    Purchase *p = state;
    (void)run;
    PaymentEnd end = {.provider_ref = p->provider_ref, .amount = p->captured};
    if (p->captured.minor > 0) payment_note_captured(cx, p->payment, &end);
    checkout_forget(cx, p->cart);
    return saga_done();
}

/* ---- Answers --------------------------------------------------------------------------------- */

static Reply bought(Request *rq, const Order *order)
{
    if (!order) return not_found(rq, "order");
    Completed *done = NEW(rq->cx->arena, Completed);
    *done = (Completed){.present = PRESENT_ALL, .status = COMPLETED, .order = *order};
    MARK_ABSENT(&completed_type, done, Completed, action);
    Str text = id_text(rq->cx->arena, "ord", order->id);
    Reply reply =
        created(&completed_type, done, str_format(rq->cx->arena, "/v1/orders/%.*s", STR_ARG(text)));
    reply.headers = S("Cache-Control: no-store\r\n");
    return reply;
}

static Reply requires_action(Request *rq, const Purchase *p)
{
    Ctx *cx = rq->cx;
    Completed *done = NEW(cx->arena, Completed);
    const Payment *payment = payment_read(cx, p->payment);
    Str secret = payment ? payment_client_secret(cx, payment) : S("");
    *done = (Completed){.present = PRESENT_ALL,
                        .status = REQUIRES_ACTION,
                        .action = {PRESENT_ALL, p->payment, p->action_url, secret}};
    MARK_ABSENT(&completed_type, done, Completed, order);
    CompletedAction *action = &done->action;
    if (!p->action_url.n) MARK_ABSENT(&completed_action_type, action, CompletedAction, url);
    if (!secret.n) MARK_ABSENT(&completed_action_type, action, CompletedAction, client_secret);
    Reply reply = ok(&completed_type, done);
    reply.status = 202;
    reply.headers = S("Cache-Control: no-store\r\n");
    return reply;
}

static Reply answer(Request *rq, const void *state, const SagaEnd *end)
{
    const Purchase *p = state;
    if (end->verdict == SAGA_WAIT) return requires_action(rq, p);
    if (end->verdict != SAGA_REFUSED || end->error == &error_cart_ordered)
        return bought(rq, p->placed ? p->placed : order_read(rq->cx, p->order));
    Reply reply = refuse((Verdict){end->error, end->detail});
    reply.violations = p->differences;
    return reply;
}

/* ---- The table ------------------------------------------------------------------------------- */

static const SagaStep steps[] = {
    {"validate", "Holds the cart, and looks whether it is what its buyer agrees to.",
     .write = validate, .undo_write = invalidate},
    {"reserve", "Begins the payment, freezes the cart, and promises the goods.", .write = reserve,
     .undo_write = let_go},
    {"authorise", "Has the money held for the shop.", .call = authorise, .undo_call = give_back,
     .outside = is_asked_outside},
    {"record", "Notes what is required of the customer.", .write = record},
    {"confirm", "Waits until the customer has done it.", .call = confirm,
     .outside = confirms_outside},
    {"commit", "Writes the order, which has the goods and the payment from now on.",
     .write = commit, .undo_write = take_back},
    {"capture", "Takes the money.", .call = capture, .outside = is_asked_outside, .persists = true},
    {"release", "Notes that the money was taken, and forgets what the order knows.",
     .write = release, .persists = true},
};

const Saga checkout_saga = {.name = "checkout",
                            .doc = "Makes an order of a cart.",
                            .state = &purchase_type,
                            .steps = steps,
                            .step_count = ROWS(steps),
                            .exclusive = true,
                            .answer = answer};
