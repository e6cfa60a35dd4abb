/* A shop for the tests of orders: two things to sell, an order of both, what payments tell of it,
 * and the laws. */
#ifndef MODULES_ORDERS_TEST_SHOP_H
#define MODULES_ORDERS_TEST_SHOP_H

#include "modules/orders/checks.h"
#include "modules/orders/parcels.h"

#include "modules/inventory/inventory.h"
#include "modules/ledger/ledger.h"
#include "modules/payments/payments.h"
#include "platform/changes.h"
#include "platform/jobs/jobs.h"
#include "platform/mail/mail.h"
#include "platform/outbox/outbox.h"
#include "platform/test_modules.h"

/* Constants that initialize others. */
#define PRODUCT                                                                                    \
    {                                                                                              \
        7                                                                                          \
    }
#define SHIRT                                                                                      \
    {                                                                                              \
        11                                                                                         \
    }
#define MUG                                                                                        \
    {                                                                                              \
        12                                                                                         \
    }
static const Id product = PRODUCT, shirt = SHIRT, mug = MUG, ann = {21};

static const Module *const modules[] = {&changes_module, &jobs_module,         &outbox_module,
                                        &ledger_module,  &payments_module,     &inventory_module,
                                        &orders_module,  &order_changes_module};

static inline bool stock_some(Ctx *cx, void *arg)
{
    (void)arg;
    stock_register(cx, shirt, product, 100);
    stock_register(cx, mug, product, 100);
    return true;
}

static inline World *shop_of(void **state)
{
    World *w = world_with(state, modules, ROWS(modules));
    mail_gather(modules, ROWS(modules));
    RUN(w, TX_WRITE, stock_some, NULL);
    return w;
}

/* ---- An order -------------------------------------------------------------------------------- */

/* Two shirts and three mugs, with 1 off, shipping and tax: 2×1000 + 3×333 − 100 + 490 + 321. */
static OrderLine two_lines[] = {
    {.variant = SHIRT,
     .product = PRODUCT,
     .title = {"Shirt", 5},
     .quantity = 2,
     .unit_price = {1000},
     .discount = {100},
     .tax = {160}},
    {.variant = MUG,
     .product = PRODUCT,
     .title = {"Mug", 3},
     .sku = {"MUG-1", 5},
     .quantity = 3,
     .unit_price = {333},
     .tax = {81}},
};

static inline OrderDraft draft(void)
{
    OrderDraft draft = {.customer = ann,
                        .email = S("Ann@Shop.example"),
                        .locale = S("en"),
                        .channel = S("default"),
                        .shipping = {.name = S("Ann Ödegaard"),
                                     .line1 = S("1 Main Street"),
                                     .city = S("Oslo"),
                                     .country = S("NO"),
                                     .phone = S("+47 1234")},
                        .lines = two_lines,
                        .n = 2,
                        .totals = {.currency = {"EUR"},
                                   .subtotal = {2999},
                                   .discount = {100},
                                   .shipping = {490},
                                   .tax = {321}}};
    totals_add_up(&draft.totals);
    return draft;
}

enum { TOTAL = 3710 };

static inline Id place(Ctx *cx, Id id)
{
    OrderDraft given = draft();
    const Order *order = order_place(cx, id, &given);
    return order ? order->id : (Id){0};
}

/* Placed, and its stock promised. */
static inline Id place_one(Ctx *cx)
{
    StockDemand wanted[] = {{shirt, 2}, {mug, 3}};
    StockShortList lacking;
    Id id = place(cx, ctx_id(cx));
    WANT(id.n != 0);
    WANT(stock_reserve(cx, order_owner(id), (StockDemandList){wanted, 2}, (Time){0}, &lacking));
    return id;
}

static inline PaymentEvent event_of(Ctx *cx, Id order, int64_t amount, int64_t refund)
{
    return (PaymentEvent){.payment = {order.n + 1},
                          .subject = id_text(cx->arena, "ord", order),
                          .currency = {"EUR"},
                          .amount = {amount},
                          .refund = {refund}};
}

static inline void capture(Ctx *cx, Id order, int64_t amount)
{
    PaymentEvent event = event_of(cx, order, amount, 0);
    announce(cx, &payment_captured, &event);
}

static inline void refund(Ctx *cx, Id order, int64_t amount, int64_t refund)
{
    PaymentEvent event = event_of(cx, order, amount, refund);
    announce(cx, &payment_refunded, &event);
}

static inline void want_state(Ctx *cx, Id order, OrderState state)
{
    const OrderRow *row = order_row(cx, order);
    WANT(row != NULL);
    WANT_STR(enum_text(&order_state_names, row->state), str_from(order_state_names.names[state]));
}

static inline int64_t free_of(Ctx *cx, Id variant)
{
    StockList stock;
    int64_t free = -1;
    Availability told;
    stock_ask(cx, &stock, product);
    WANT(db_settle(cx) && stock_of(&stock, variant, &free, &told));
    return free;
}

/* As its class counts: cash by debits. */
static inline int64_t booked(Ctx *cx, const LedgerKind *kind)
{
    int64_t credits = db_int(cx, 0,
                             "select cast(sum(e.amount) as bigint) from ledger_entries e "
                             "join ledger_accounts a on a.id = e.account_id where a.kind = $1",
                             str_from(kind->name));
    return kind->class == LEDGER_ASSET ? -credits : credits;
}

/* What the laws find over all orders. */
static inline size_t found_by(Ctx *cx, const char *law)
{
    CheckFound *found = NEW(cx->arena, CheckFound);
    for (size_t i = 0; i < ORDER_CHECKS; i++) {
        if (law && strcmp(law, order_checks[i].name) != 0) continue;
        size_t before = found->n;
        found->arena = cx->arena;
        order_checks[i].look(cx, found, (Id){0});
        if (!law && found->n > before)
            fail_msg("%s: %.*s", order_checks[i].name, STR_ARG(found->subjects[before].detail));
    }
    return found->n;
}

static inline void laws_hold(Ctx *cx)
{
    WANT(found_by(cx, NULL) == 0 && !db_failure(cx));
}

#endif
