/* Each law of orders is broken, and found. */
#include "modules/orders/number.h"
#include "modules/orders/test_shop.h"

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
    SequencerTurn turn = {&order_numbers, -1};
    Id id = place_one(cx);
    capture(cx, id, TOTAL);
    while (turn.count < 0) /* PostgreSQL may still be about to take the last fault's turn back */
        sequencer_turn(cx, &turn);
    WANT_INT(turn.count, 1);
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
        ON_BOTH(a_law_that_is_broken_is_found),
    };
    return cmocka_run_group_tests_name("orders_checks", tests, worlds_begin, worlds_end);
}
