/* Orders on both databases: placed once, paid by what payments tell, sent and taken back with their
 * stock, in the book to the cent; and what is left of a customer who has gone. */
#include "modules/orders/test_shop.h"

#include "modules/orders/money.h"
#include "modules/orders/persons.h"

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
    WANT_INT(db_int(cx, 0, "select id from orders where cart_id = $1", given.cart), first->id.n);
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
        ON_BOTH(who_is_deleted_is_taken_out_of_his_orders),
    };
    return cmocka_run_group_tests_name("orders", tests, worlds_begin, worlds_end);
}
