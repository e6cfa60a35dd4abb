/* What orders decide: the table of states walked by random lives, parts of lines, and money in currencies
 * of 0, 2 and 3 decimals. */
#include "modules/orders/rules.h"

#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static Arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_new(1 << 16);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* ---- The table ------------------------------------------------------------------------------- */

/* An order as its routes treat it, with nothing but what the state says. */
typedef struct Life {
    OrderState state;
    OrderFacts facts;
    int64_t total;
} Life;

enum { EDGES_MAX = 64 };
static int walked[EDGES_MAX];

/* What the routes allow; false: it would be refused. Every deed may also come when nothing follows. */
static bool happen(Life *life, OrderBy by, const Random *random)
{
    OrderFacts *facts = &life->facts;
    int64_t left;
    switch (by) {
    case ORDER_BY_PAY:
        facts->captured.minor += 1 + (int64_t)random_below(random, (uint64_t)life->total);
        if (facts->captured.minor - facts->refunded.minor >= life->total) facts->paid = true;
        return true;
    case ORDER_BY_CANCEL:
        if (!order_may_cancel(life->state)) return false;
        facts->cancelled = true;
        return true;
    case ORDER_BY_SHIP:
        left = facts->items - facts->shipped;
        if (!order_may_ship(life->state) || !left) return false;
        facts->shipped += 1 + (int64_t)random_below(random, (uint64_t)left);
        return true;
    case ORDER_BY_DELIVER:
        left = facts->shipped - facts->delivered;
        if (!left) return false;
        facts->delivered += 1 + (int64_t)random_below(random, (uint64_t)left);
        return true;
    case ORDER_BY_RETURN:
        left = facts->shipped - facts->returned;
        if (!left) return false;
        facts->returned += 1 + (int64_t)random_below(random, (uint64_t)left);
        return true;
    case ORDER_BY_REFUND:
        left = facts->captured.minor - facts->refunded.minor;
        if (!left) return false;
        facts->refunded.minor +=
            random_below(random, 2) ? left : 1 + (int64_t)random_below(random, (uint64_t)left);
        return true;
    }
    return false;
}

static void walk(OrderState from, OrderBy by, OrderState to)
{
    for (size_t i = 0; i < order_edge_count; i++)
        if (order_edges[i].from == from && order_edges[i].by == by && order_edges[i].to == to)
            walked[i]++;
}

static void live(uint64_t seed)
{
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, seed);
    Life life = {.facts = {.items = 1 + (int64_t)random_below(&random, 4)},
                 .total = 1 + (int64_t)random_below(&random, 3)};
    for (int step = 0; step < 40; step++) {
        OrderBy by = (OrderBy)random_below(&random, ORDER_BY_REFUND + 1);
        OrderState before = life.state;
        if (by == ORDER_BY_CANCEL && random_below(&random, 4)) continue;
        if (!happen(&life, by, &random)) continue;
        if (!order_next(before, by, &life.facts, &life.state))
            fail_msg("seed %llu, step %d: no edge from %s by %d for these facts",
                     (unsigned long long)seed, step, order_state_names.names[before], (int)by);
        if (order_is_over(before)) assert_int_equal(life.state, before);
        if (before != life.state) walk(before, by, life.state);
    }
}

static void random_lives_keep_to_the_table(void **state)
{
    (void)state;
    assert_true(order_edge_count <= EDGES_MAX);
    for (uint64_t seed = 1; seed <= 20000; seed++) live(seed);
    for (size_t i = 0; i < order_edge_count; i++)
        if (!walked[i])
            fail_msg("no life goes from %s to %s", order_state_names.names[order_edges[i].from],
                     order_state_names.names[order_edges[i].to]);
}

static void a_step_that_the_table_does_not_know_is_none(void **state)
{
    (void)state;
    OrderFacts paid = {.paid = true, .captured = {5}, .items = 1, .shipped = 1};
    OrderState to = ORDER_DELIVERED;
    assert_false(order_next(ORDER_PENDING, ORDER_BY_SHIP, &paid, &to));
    assert_false(order_next(ORDER_PAID, ORDER_BY_DELIVER, &paid, &to));
    assert_int_equal(to, ORDER_DELIVERED); /* untouched */
    assert_true(order_next(ORDER_PAID, ORDER_BY_SHIP, &paid, &to));
    assert_int_equal(to, ORDER_FULFILLED);
}

/* Payments are told late and in any order: the end is the same. */
static void the_order_of_news_does_not_matter(void **state)
{
    (void)state;
    OrderFacts both = {.paid = true, .captured = {5}, .refunded = {5}, .items = 2, .shipped = 1};
    OrderState by_refund, by_ship;
    assert_true(order_next(ORDER_PARTIALLY_FULFILLED, ORDER_BY_REFUND, &both, &by_refund));
    assert_true(order_next(by_refund, ORDER_BY_PAY, &both, &by_ship));
    assert_int_equal(by_refund, ORDER_REFUNDED);
    assert_int_equal(by_ship, ORDER_REFUNDED);
}

static void the_table_is_told_as_it_is(void **state)
{
    (void)state;
    size_t rows = 0;
    for (const char *at = order_edges_text; *at; at++) rows += *at == '\n';
    assert_int_equal(rows, order_edge_count + 2);
    for (size_t i = 0; i < order_edge_count; i++) {
        const OrderEdge *edge = &order_edges[i];
        Str row = str_format(arena, "| %s | ", order_state_names.names[edge->from]);
        assert_true(str_find(str_from(order_edges_text), row) < strlen(order_edges_text));
        assert_true(str_find(str_from(order_edges_text), str_from(edge->doc)) <
                    strlen(order_edges_text));
    }
}

/* ---- Parts ----------------------------------------------------------------------------------- */

static OrderLine three_shirts(void)
{
    return (OrderLine){
        .id = {7}, .quantity = 3, .shipped = 2, .returned = 1, .total = {1000}, .tax = {160}};
}

static Str first_mistake(OrderPartList parts, OrderUse use)
{
    OrderLine line = three_shirts();
    Violations bad = violations_new(arena);
    if (order_check_parts(&bad, &(OrderLineList){&line, 1}, parts, use)) return S("");
    return bad.items[0].pointer;
}

static void parts_are_of_what_is_left(void **state)
{
    (void)state;
    OrderPart one = {{7}, 1}, two = {{7}, 2}, other = {{8}, 1}, twice[] = {{{7}, 1}, {{7}, 1}};
    assert_true(str_eq(first_mistake((OrderPartList){&one, 1}, ORDER_USE_SHIP), S("")));
    assert_true(
        str_eq(first_mistake((OrderPartList){&two, 1}, ORDER_USE_SHIP), S("/lines/0/quantity")));
    assert_true(
        str_eq(first_mistake((OrderPartList){&two, 1}, ORDER_USE_RETURN), S("/lines/0/quantity")));
    assert_true(str_eq(first_mistake((OrderPartList){&two, 1}, ORDER_USE_REFUND), S("")));
    assert_true(
        str_eq(first_mistake((OrderPartList){&other, 1}, ORDER_USE_SHIP), S("/lines/0/line")));
    assert_true(
        str_eq(first_mistake((OrderPartList){twice, 2}, ORDER_USE_REFUND), S("/lines/1/line")));
}

/* ---- Money ----------------------------------------------------------------------------------- */

/* Whatever the currency's decimals: parts of a line, refunded one by one, give back exactly its total. */
static void a_line_that_goes_back_in_parts_goes_back_whole(void **state)
{
    (void)state;
    static const int64_t totals[] = {1000, 1, 0, 100001, 7, 999999999999};
    for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++)
        for (int64_t quantity = 1; quantity <= 7; quantity++) {
            OrderLine line = {.id = {7}, .quantity = quantity, .total = {totals[i]}};
            line.tax.minor = totals[i] / 6;
            int64_t sum = 0;
            for (line.refunded = 0; line.refunded < quantity; line.refunded++) {
                OrderPart one = {{7}, 1};
                OrderMoney cost =
                    order_parts_cost(&(OrderLineList){&line, 1}, (OrderPartList){&one, 1});
                assert_true(cost.goods.minor >= 0 && cost.tax.minor >= 0);
                sum += order_money_sum(cost).minor;
            }
            assert_int_equal(sum, totals[i]);
        }
}

static void an_amount_is_split_into_what_is_left(void **state)
{
    (void)state;
    OrderMoney left = {{700}, {200}, {100}};
    for (int64_t amount = 0; amount <= 1000; amount++) {
        OrderMoney parts = order_money_split((Money){amount}, left);
        assert_int_equal(order_money_sum(parts).minor, amount);
        assert_true(parts.goods.minor <= 700 && parts.shipping.minor <= 200 &&
                    parts.tax.minor <= 100);
    }
    OrderMoney nothing = order_money_split((Money){5}, (OrderMoney){0});
    assert_int_equal(nothing.goods.minor, 5);
}

static void failed_refunds_take_nothing(void **state)
{
    (void)state;
    OrderRefund refunds[] = {{.state = REFUND_DONE, .goods = {5}, .tax = {1}},
                             {.state = REFUND_PENDING, .goods = {7}},
                             {.state = REFUND_FAILED, .goods = {100}, .shipping = {100}}};
    OrderMoney taken = order_refunds_taken(&(OrderRefundList){refunds, 3});
    assert_int_equal(taken.goods.minor, 12);
    assert_int_equal(taken.shipping.minor, 0);
    assert_int_equal(taken.tax.minor, 1);
}

/* ---- Drafts ---------------------------------------------------------------------------------- */

static OrderDraft draft_of(OrderLine *lines, size_t n, const Totals *totals)
{
    return (OrderDraft){.lines = lines, .n = n, .totals = *totals};
}

static void a_draft_costs_what_its_lines_do(void **state)
{
    (void)state;
    OrderLine lines[] = {
        {.quantity = 3, .unit_price = {333}, .discount = {99}, .tax = {60}},
        {.quantity = 1, .unit_price = {1}},
    };
    Totals totals = {.subtotal = {1000}, .discount = {99}, .shipping = {490}, .tax = {70}};
    assert_true(totals_add_up(&totals));
    OrderDraft draft = draft_of(lines, 2, &totals);
    assert_true(order_draft_holds(&draft)); /* 10 of the tax are on shipping */
    draft.totals.subtotal.minor++, draft.totals.total.minor++;
    assert_false(order_draft_holds(&draft));
    draft = draft_of(lines, 2, &totals);
    lines[0].tax.minor = 71;
    assert_false(order_draft_holds(&draft));
    lines[0].tax.minor = 60, lines[0].discount.minor = 1000;
    assert_false(order_draft_holds(&draft));
    draft = draft_of(lines, 0, &totals);
    assert_false(order_draft_holds(&draft));
}

static void sums_that_do_not_fit_are_no_draft(void **state)
{
    (void)state;
    OrderLine lines[] = {{.quantity = 2, .unit_price = {INT64_MAX}}};
    OrderDraft draft = draft_of(lines, 1, &(Totals){.subtotal = {-2}, .total = {-2}});
    assert_false(order_draft_holds(&draft));
}

static void a_reference_is_read_as_people_type_it(void **state)
{
    (void)state;
    assert_true(str_eq(order_reference_form(arena, S("ab1lioxz")), S("AB1110XZ")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_lives_keep_to_the_table),
        cmocka_unit_test(a_step_that_the_table_does_not_know_is_none),
        cmocka_unit_test(the_order_of_news_does_not_matter),
        cmocka_unit_test(the_table_is_told_as_it_is),
        cmocka_unit_test(parts_are_of_what_is_left),
        cmocka_unit_test(a_line_that_goes_back_in_parts_goes_back_whole),
        cmocka_unit_test(an_amount_is_split_into_what_is_left),
        cmocka_unit_test(failed_refunds_take_nothing),
        cmocka_unit_test(a_draft_costs_what_its_lines_do),
        cmocka_unit_test(sums_that_do_not_fit_are_no_draft),
        cmocka_unit_test(a_reference_is_read_as_people_type_it),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
