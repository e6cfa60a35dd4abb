/* Orders on both databases: placed once, paid by what payments tell, sent and taken back with their stock,
 * in the book to the cent, numbered without gaps; and each law broken and found. */
#include "modules/orders/checks.h"
#include "modules/orders/money.h"
#include "modules/orders/number.h"
#include "modules/orders/parcels.h"
#include "modules/orders/persons.h"

#include "modules/ledger/ledger.h"
#include "modules/payments/payments.h"
#include "platform/changes.h"
#include "platform/jobs/jobs.h"
#include "platform/mail/mail.h"
#include "platform/outbox/outbox.h"
#include "platform/test_modules.h"

#include <pthread.h>

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

static bool stock_some(Ctx *cx, void *arg)
{
    (void)arg;
    stock_register(cx, shirt, product, 100);
    stock_register(cx, mug, product, 100);
    return true;
}

static World *shop_of(void **state)
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

static OrderDraft draft(void)
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

static Id place(Ctx *cx, Id id)
{
    OrderDraft given = draft();
    const Order *order = order_place(cx, id, &given);
    return order ? order->id : (Id){0};
}

/* Placed, and its stock promised. */
static Id place_one(Ctx *cx)
{
    StockDemand wanted[] = {{shirt, 2}, {mug, 3}};
    StockShortList lacking;
    Id id = place(cx, ctx_id(cx));
    WANT(id.n != 0);
    WANT(stock_reserve(cx, order_owner(id), (StockDemandList){wanted, 2}, (Time){0}, &lacking));
    return id;
}

static PaymentEvent event_of(Ctx *cx, Id order, int64_t amount, int64_t refund)
{
    return (PaymentEvent){.payment = {order.n + 1},
                          .subject = id_text(cx->arena, "ord", order),
                          .currency = {"EUR"},
                          .amount = {amount},
                          .refund = {refund}};
}

static void capture(Ctx *cx, Id order, int64_t amount)
{
    PaymentEvent event = event_of(cx, order, amount, 0);
    announce(cx, &payment_captured, &event);
}

static void refund(Ctx *cx, Id order, int64_t amount, int64_t refund)
{
    PaymentEvent event = event_of(cx, order, amount, refund);
    announce(cx, &payment_refunded, &event);
}

static void want_state(Ctx *cx, Id order, OrderState state)
{
    const OrderRow *row = order_row(cx, order);
    WANT(row != NULL);
    WANT_STR(enum_text(&order_state_names, row->state), str_from(order_state_names.names[state]));
}

static int64_t free_of(Ctx *cx, Id variant)
{
    StockList stock;
    int64_t free = -1;
    Availability told;
    stock_ask(cx, &stock, product);
    WANT(db_settle(cx) && stock_of(&stock, variant, &free, &told));
    return free;
}

/* As its class counts: cash by debits. */
static int64_t booked(Ctx *cx, const LedgerKind *kind)
{
    int64_t credits = db_int(cx, 0,
                             "select cast(sum(e.amount) as bigint) from ledger_entries e "
                             "join ledger_accounts a on a.id = e.account_id where a.kind = $1",
                             str_from(kind->name));
    return kind->class == LEDGER_ASSET ? -credits : credits;
}

/* What the laws find over all orders. */
static size_t found_by(Ctx *cx, const char *law)
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

static void laws_hold(Ctx *cx)
{
    WANT(found_by(cx, NULL) == 0 && !db_failure(cx));
}

/* ---- Placing --------------------------------------------------------------------------------- */

static bool place_and_read(Ctx *cx, void *arg)
{
    Id id = place_one(cx);
    const Order *order = order_read(cx, id);
    WANT(order && order->totals.total.minor == TOTAL && order->lines.n == 2);
    WANT_INT(order->lines.items[0].total.minor, 2 * 1000 - 100 + 160);
    WANT_STR(order->lines.items[1].sku, S("MUG-1"));
    WANT_INT(order->reference.n, ORDER_REFERENCE_LENGTH);
    WANT(order->token.n >= 22 && order->shipments.n == 0 && order->refunds.n == 0);
    WANT_STR(order->shipping_address.name, S("Ann Ödegaard"));
    WANT(!IS_SET(&order_type, order, Order, billing_address));
    WANT(!IS_SET(&order_type, order, Order, number));
    want_state(cx, id, ORDER_PENDING);
    WANT_INT(db_int(cx, -1, "select count(*) from jobs where kind = 'mail.send'"), 1);
    laws_hold(cx);
    *(Id *)arg = id;
    return true;
}

static bool place_again(Ctx *cx, void *arg)
{
    Id id = *(Id *)arg;
    WANT(id_eq(place(cx, id), id));
    WANT_INT(db_int(cx, -1, "select count(*) from orders"), 1);
    WANT_INT(db_int(cx, -1, "select count(*) from order_lines"), 2);
    return true;
}

static bool look_whether_told_once(Ctx *cx, void *arg)
{
    (void)arg;
    WANT_INT(db_int(cx, -1, "select count(*) from outbox where name = 'order.placed'"), 1);
    return true;
}

static void an_order_is_placed_once(void **state)
{
    World *w = shop_of(state);
    Id id;
    RUN(w, TX_WRITE, place_and_read, &id);
    RUN(w, TX_READ, look_whether_told_once, NULL);
    RUN(w, TX_WRITE, place_again, &id);
    RUN(w, TX_READ, look_whether_told_once, NULL);
}

static bool place_of_a_cart(Ctx *cx, void *arg)
{
    (void)arg;
    OrderDraft given = draft();
    given.cart = (Id){5};
    const Order *first = order_place(cx, ctx_id(cx), &given);
    WANT(first != NULL);
    WANT(order_place(cx, ctx_id(cx), &given) == NULL);
    WANT(id_eq(order_of_cart(cx, (Id){5}), first->id));
    return true;
}

static void a_cart_becomes_one_order(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, place_of_a_cart, NULL);
}

static bool place_for_nothing(Ctx *cx, void *arg)
{
    (void)arg;
    OrderLine gift = {.title = S("Sample"), .quantity = 1};
    OrderDraft given = draft();
    given.lines = &gift, given.n = 1, given.totals = (Totals){.currency = {"JPY"}};
    const Order *order = order_place(cx, ctx_id(cx), &given);
    WANT_INT(order->state, ORDER_PAID);
    want_state(cx, order->id, ORDER_PAID);
    laws_hold(cx);
    return true;
}

static void what_costs_nothing_is_paid_at_once(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, place_for_nothing, NULL);
}

static bool unplace(Ctx *cx, void *arg)
{
    (void)arg;
    Id id = place_one(cx);
    WANT_INT(free_of(cx, shirt), 98);
    WANT(order_unplace(cx, id, S("The payment was declined.")));
    want_state(cx, id, ORDER_CANCELLED);
    WANT_INT(free_of(cx, shirt), 100);
    WANT(order_unplace(cx, id, S("Again.")));
    WANT_STR(order_row(cx, id)->cancel_reason, S("The payment was declined."));
    Id paid = place_one(cx);
    capture(cx, paid, TOTAL);
    WANT(!order_unplace(cx, paid, S("Too late.")));
    want_state(cx, paid, ORDER_PAID);
    laws_hold(cx);
    return true;
}

static void placing_is_undone_until_money_has_come(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, unplace, NULL);
}

/* ---- Money ----------------------------------------------------------------------------------- */

static bool pay(Ctx *cx, void *arg)
{
    (void)arg;
    Id id = place_one(cx);
    capture(cx, id, 1000);
    want_state(cx, id, ORDER_PENDING); /* not all of it */
    capture(cx, id, TOTAL - 1000);
    want_state(cx, id, ORDER_PAID);
    WANT_INT(booked(cx, &ledger_cash), 1000); /* one payment is captured once in the book */
    return true;
}

static void an_order_is_paid_when_all_of_it_has_come(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, pay, NULL);
}

static bool book(Ctx *cx, void *arg)
{
    (void)arg;
    Id id = place_one(cx);
    capture(cx, id, TOTAL);
    WANT_INT(booked(cx, &ledger_cash), TOTAL);
    WANT_INT(booked(cx, &ledger_sales), 2899);
    WANT_INT(booked(cx, &ledger_shipping), 490);
    WANT_INT(booked(cx, &ledger_tax), 321);
    refund(cx, id, 710, 501);
    want_state(cx, id, ORDER_PAID); /* a part of it is no state */
    WANT_INT(booked(cx, &ledger_cash), 3000);
    PaymentEvent failed = event_of(cx, id, 710, 501);
    announce(cx, &payment_refund_failed, &failed);
    announce(cx, &payment_refund_failed, &failed); /* told twice */
    WANT_INT(booked(cx, &ledger_cash), TOTAL);
    WANT_INT(order_row(cx, id)->refunded.minor, 0);
    refund(cx, id, TOTAL, 502);
    want_state(cx, id, ORDER_REFUNDED);
    WANT_INT(booked(cx, &ledger_cash), 0);
    WANT_INT(booked(cx, &ledger_sales), 0);
    WANT_INT(booked(cx, &ledger_shipping), 0);
    WANT_INT(booked(cx, &ledger_tax), 0);
    WANT_INT(free_of(cx, mug), 100); /* it is over: nothing is promised */
    laws_hold(cx);
    return true;
}

static void money_is_in_the_book_to_the_cent(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, book, NULL);
}

/* A payment for somebody else is not for an order. */
static bool hear_of_a_cart(Ctx *cx, void *arg)
{
    (void)arg;
    PaymentEvent event = event_of(cx, (Id){1}, 5, 0);
    event.subject = S("cart_0000000000001");
    announce(cx, &payment_captured, &event);
    WANT_INT(booked(cx, &ledger_cash), 0);
    return !db_failure(cx);
}

static void payments_of_others_are_not_heard(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, hear_of_a_cart, NULL);
}

/* ---- Goods ----------------------------------------------------------------------------------- */

static OrderPartList part(Ctx *cx, Id line, int64_t quantity)
{
    OrderPart *one = NEW(cx->arena, OrderPart);
    *one = (OrderPart){line, quantity};
    return (OrderPartList){one, 1};
}

static Id ship(Ctx *cx, Id order, OrderPartList parts)
{
    OrderRow *row = order_hold(cx, order);
    OrderLineList lines = order_lines(cx, order);
    OrderShipment shipment = {.present = PRESENT_ALL,
                              .id = ctx_id(cx),
                              .carrier = S("Post"),
                              .tracking_number = S("1"),
                              .tracking_url = S(""),
                              .lines = parts,
                              .shipped_at = ctx_now(cx)};
    WANT(order_ship(cx, row, &lines, &shipment));
    return shipment.id;
}

static void deliver(Ctx *cx, Id order, Id shipment)
{
    OrderRow *row = order_hold(cx, order);
    OrderLineList lines = order_lines(cx, order);
    order_deliver(cx, row, &lines, order_shipment(cx, order, shipment));
}

static void take_back(Ctx *cx, Id order, OrderPartList parts, bool restock)
{
    OrderRow *row = order_hold(cx, order);
    OrderLineList lines = order_lines(cx, order);
    OrderReturn back = {.present = PRESENT_ALL,
                        .id = ctx_id(cx),
                        .lines = parts,
                        .reason = S("Too small."),
                        .requested_at = ctx_now(cx)};
    order_announce_return(cx, row, &back);
    order_receive(cx, row, &lines, order_return(cx, order, back.id), restock);
}

static bool send_and_take_back(Ctx *cx, void *arg)
{
    (void)arg;
    Id id = place_one(cx);
    capture(cx, id, TOTAL);
    OrderLineList lines = order_lines(cx, id);
    Id first = lines.items[0].id, second = lines.items[1].id;
    Id one = ship(cx, id, part(cx, first, 2));
    want_state(cx, id, ORDER_PARTIALLY_FULFILLED);
    laws_hold(cx);
    deliver(cx, id, one);
    want_state(cx, id, ORDER_PARTIALLY_FULFILLED); /* more is to be sent */
    Id two = ship(cx, id, part(cx, second, 3));
    want_state(cx, id, ORDER_PARTIALLY_DELIVERED);
    deliver(cx, id, two);
    want_state(cx, id, ORDER_DELIVERED);
    WANT_INT(free_of(cx, shirt), 98);
    take_back(cx, id, part(cx, first, 1), true);
    want_state(cx, id, ORDER_PARTIALLY_RETURNED);
    WANT_INT(free_of(cx, shirt), 99);
    take_back(cx, id, part(cx, second, 3), false);
    WANT_INT(free_of(cx, mug), 97); /* broken: not to be sold again */
    take_back(cx, id, part(cx, first, 1), true);
    want_state(cx, id, ORDER_RETURNED);
    WANT(!db_failure(cx));
    AnyList told = order_timeline(cx, id, true, (Id){0}, 100);
    WANT_INT(told.n, 12); /* placed, captured, 2 shipped, 2 delivered, 3 × (requested, received) */
    laws_hold(cx);
    return true;
}

static void goods_go_out_and_come_back_with_their_stock(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, send_and_take_back, NULL);
}

/* ---- Numbers --------------------------------------------------------------------------------- */

static bool place_many(Ctx *cx, void *arg)
{
    for (int i = 0; i < 5; i++) place_one(cx);
    return *(bool *)arg; /* taken back: no number is lost */
}

static bool want_numbers(Ctx *cx, void *arg)
{
    (void)arg;
    WANT_INT(db_int(cx, 0, "select count(*) from orders where number is null"), 0);
    WANT_INT(db_int(cx, 0, "select max(number) from orders"), 5);
    WANT_INT(db_int(cx, 0,
                    "select count(*) from orders a join orders b on b.number = a.number + 1 "
                    "where b.id > a.id"),
             4); /* in the order of placing */
    laws_hold(cx);
    return true;
}

static void numbers_have_no_gaps(void **state)
{
    World *w = shop_of(state);
    SequencerTurn turn = {&order_numbers, 0};
    bool keep = false;
    db_run(w->db, TX_WRITE, &w->cx, place_many, &keep);
    keep = true;
    RUN(w, TX_WRITE, place_many, &keep);
    RUN(w, TX_WRITE, sequencer_turn, &turn);
    assert_int_equal(turn.count, 5);
    RUN(w, TX_READ, want_numbers, NULL);
}

enum { THREADS = 4, EACH = 20 };

typedef struct Crowd {
    World *w;
    pthread_t thread;
    int seed;
} Crowd;

static bool place_alone(Ctx *cx, void *arg)
{
    (void)arg;
    OrderDraft given = draft();
    OrderLine gift = {.title = S("Sample"), .quantity = 1, .unit_price = {1}};
    given.lines = &gift, given.n = 1;
    given.totals = (Totals){.currency = {"EUR"}, .subtotal = {1}, .total = {1}};
    return order_place(cx, ctx_id(cx), &given) != NULL;
}

static void *crowd(void *arg)
{
    Crowd *c = arg;
    for (int i = 0; i < EACH; i++) {
        Arena *arena = arena_new(4096);
        Ctx cx = c->w->cx;
        cx.arena = arena;
        SequencerTurn turn = {&order_numbers, 0};
        if (db_run(c->w->db, TX_WRITE, &cx, place_alone, NULL) != DB_FINE) abort();
        db_run(c->w->db, TX_WRITE, &cx, sequencer_turn, &turn); /* or another one is at it */
        arena_free(arena);
    }
    return NULL;
}

static bool want_all_numbered(Ctx *cx, void *arg)
{
    (void)arg;
    WANT_INT(db_int(cx, 0, "select max(number) from orders"), THREADS * EACH);
    WANT_INT(db_int(cx, 0, "select count(distinct number) from orders"), THREADS * EACH);
    WANT_INT(found_by(cx, "orders.numbers"), 0);
    return true;
}

static void many_who_number_at_once_leave_no_gap(void **state)
{
    World *w = shop_of(state);
    Crowd crowds[THREADS];
    SequencerTurn turn = {&order_numbers, -1};
    for (int i = 0; i < THREADS; i++) {
        crowds[i] = (Crowd){.w = w, .seed = i};
        assert_int_equal(pthread_create(&crowds[i].thread, NULL, crowd, &crowds[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(crowds[i].thread, NULL);
    while (turn.count < 0) /* PostgreSQL may still be about to take a thread's last turn back */
        RUN(w, TX_WRITE, sequencer_turn, &turn);
    RUN(w, TX_READ, want_all_numbered, NULL);
}

/* ---- Forgetting ------------------------------------------------------------------------------ */

static bool forget(Ctx *cx, void *arg)
{
    (void)arg;
    Id open = place_one(cx), closed = place_one(cx), never = place_one(cx);
    capture(cx, open, TOTAL);
    capture(cx, closed, TOTAL);
    refund(cx, closed, TOTAL, 501);
    WANT(order_unplace(cx, never, S("")));
    IdList all = orders_to_forget(cx, ann, (Id){0}, 10);
    WANT_INT(all.n, 3);
    for (size_t i = 0; i < all.n; i++) order_forget_persons(cx, order_hold(cx, all.items[i]));

    const Order *order = order_read(cx, open); /* it is still to be sent */
    WANT_STR(order->shipping_address.name, S("Ann Ödegaard"));
    order = order_read(cx, closed); /* who paid stays in the books */
    WANT(!IS_SET(&order_type, order, Order, shipping_address));
    WANT_STR(order->billing_address.name, S("Ann Ödegaard"));
    WANT_STR(order->billing_address.phone, S(""));
    WANT_STR(order->email, S(""));
    order = order_read(cx, never);
    WANT(!IS_SET(&order_type, order, Order, billing_address));
    WANT_STR(order->email, S(""));

    ship(cx, open,
         order_all_left(cx->arena, &(OrderLineList){order_lines(cx, open).items, 2},
                        ORDER_USE_SHIP));
    deliver(cx, open, ((OrderShipment *)order_read(cx, open)->shipments.items)->id);
    order = order_read(cx, open); /* now it is closed */
    WANT(!IS_SET(&order_type, order, Order, shipping_address));
    WANT_STR(order->email, S(""));
    laws_hold(cx);
    return true;
}

static void who_is_deleted_is_taken_out_of_his_orders(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, forget, NULL);
}

/* ---- Laws ------------------------------------------------------------------------------------ */

static void lose_a_line(Ctx *cx, Id order)
{
    db_exec(cx, "delete from order_lines where order_id = $1 and position = 1", order);
}

static void make_it_free(Ctx *cx, Id order)
{
    db_exec(cx,
            "update orders set discount = subtotal + 1, total = shipping + tax - 1 where id = $1",
            order);
}

static void lose_money(Ctx *cx, Id order)
{
    db_exec(cx, "update orders set captured = captured - 1 where id = $1", order);
}

static void give_back_too_much(Ctx *cx, Id order)
{
    db_exec(cx, "update orders set refunded = captured + 1, state = 'refunded' where id = $1",
            order);
}

static void lose_a_posting(Ctx *cx, Id order)
{
    (void)order;
    db_exec(cx, "update ledger_transactions set reference = 'pay_lost' where cause = $1",
            S("payment.captured"));
}

static void say_delivered(Ctx *cx, Id order)
{
    db_exec(cx, "update orders set state = 'delivered' where id = $1", order);
}

static void let_stock_go(Ctx *cx, Id order)
{
    stock_release(cx, order_owner(order));
}

static void skip_a_number(Ctx *cx, Id order)
{
    db_exec(cx, "update orders set number = 2 where id = $1", order);
}

static void lose_the_end(Ctx *cx, Id order)
{
    (void)order;
    db_exec(cx, "update order_numbers set last = last + 1");
}

static const struct {
    const char *law;
    void (*plant)(Ctx *cx, Id order);
} faults[] = {
    {"orders.lines", lose_a_line},    {"orders.totals", make_it_free},
    {"orders.money", lose_money},     {"orders.money", give_back_too_much},
    {"orders.book", lose_a_posting},  {"orders.state", say_delivered},
    {"orders.stock", let_stock_go},   {"orders.numbers", skip_a_number},
    {"orders.numbers", lose_the_end},
};

static bool break_a_law(Ctx *cx, void *arg)
{
    size_t at = *(size_t *)arg;
    SequencerTurn turn = {&order_numbers, 0};
    Id id = place_one(cx);
    capture(cx, id, TOTAL);
    WANT(sequencer_turn(cx, &turn));
    laws_hold(cx);
    faults[at].plant(cx, id);
    if (found_by(cx, faults[at].law) != 1) fail_msg("%s: fault %zu", faults[at].law, at);
    return false;
}

static void a_law_that_is_broken_is_found(void **state)
{
    World *w = shop_of(state);
    for (size_t i = 0; i < ROWS(faults); i++) db_run(w->db, TX_WRITE, &w->cx, break_a_law, &i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(an_order_is_placed_once),
        ON_BOTH(a_cart_becomes_one_order),
        ON_BOTH(what_costs_nothing_is_paid_at_once),
        ON_BOTH(placing_is_undone_until_money_has_come),
        ON_BOTH(an_order_is_paid_when_all_of_it_has_come),
        ON_BOTH(money_is_in_the_book_to_the_cent),
        ON_BOTH(payments_of_others_are_not_heard),
        ON_BOTH(goods_go_out_and_come_back_with_their_stock),
        ON_BOTH(numbers_have_no_gaps),
        ON_BOTH(many_who_number_at_once_leave_no_gap),
        ON_BOTH(who_is_deleted_is_taken_out_of_his_orders),
        ON_BOTH(a_law_that_is_broken_is_found),
    };
    return cmocka_run_group_tests_name("orders", tests, worlds_begin, worlds_end);
}
