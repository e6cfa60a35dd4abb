/* What carts decide: what lies in them, and what it comes to, by random carts in currencies of 0, 2 and 3
 * decimals. */
#include "modules/cart/rules.h"
#include "modules/cart/show.h"

#include "base/random.h"

#include <setjmp.h>

#include <cmocka.h>

static Arena *arena;

static int begin(void **state)
{
    (void)state;
    arena = arena_new(1 << 16);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static CartState empty_cart(void)
{
    CartRow row = {.id = {1}, .version = 1};
    return cart_state(arena, &row, (CartLineRows){0});
}

static LineAttributes engraved(const char *text)
{
    LineAttributes given = {NEW(arena, LineAttribute), 1};
    given.items[0] = (LineAttribute){S("engraving"), str_from(text)};
    return given;
}

static const Id shirt = {11}, mug = {12};
static const LineAttributes plain = {0};

/* ---- What lies in a cart --------------------------------------------------------------------- */

static void the_same_joins_its_line_and_something_else_is_another(void **state)
{
    (void)state;
    CartState cart = empty_cart();
    size_t at;
    assert_null(state_add(&cart, shirt, 2, plain, &at));
    assert_int_equal(at, 0);
    assert_null(state_add(&cart, shirt, 1, engraved("Ann"), &at));
    assert_int_equal(at, 1);
    assert_null(state_add(&cart, shirt, 3, plain, &at));
    assert_int_equal(at, 0);
    assert_null(state_add(&cart, shirt, 1, engraved("Bob"), &at));
    assert_int_equal(at, 2);
    assert_null(state_add(&cart, mug, 1, engraved("Ann"), &at));
    assert_int_equal(cart.lines.n, 4);
    assert_int_equal(cart.lines.items[0].quantity, 5);
    assert_int_equal(state_pieces(&cart, shirt), 7);
    assert_int_equal(state_pieces_before(&cart, shirt), 0);
}

static void a_line_that_becomes_like_another_joins_it(void **state)
{
    (void)state;
    CartState cart = empty_cart();
    size_t at, now_at;
    assert_null(state_add(&cart, shirt, 2, plain, &at));
    assert_null(state_add(&cart, mug, 1, plain, &at));
    assert_null(state_add(&cart, shirt, 4, engraved("Ann"), &at));
    assert_null(state_change(&cart, 0, 3, engraved("Ann"), &now_at)); /* the first joins the last */
    assert_int_equal(cart.lines.n, 2);
    assert_int_equal(now_at, 1);
    assert_int_equal(cart.lines.items[1].quantity, 7);
    assert_null(state_change(&cart, 1, 1, plain, &now_at));
    assert_int_equal(now_at, 1);
    assert_int_equal(cart.lines.items[1].quantity, 1);
    assert_int_equal(cart.lines.items[1].attributes.n, 0);
}

static void a_cart_has_its_limits(void **state)
{
    (void)state;
    CartState cart = empty_cart();
    size_t at, now_at;
    for (int64_t i = 0; i < CART_LINES_MAX; i++)
        assert_null(state_add(&cart, (Id){100 + i}, 1, plain, &at));
    assert_ptr_equal(state_add(&cart, shirt, 1, plain, &at), &error_cart_full);
    Id last = {100 + CART_LINES_MAX - 1};
    assert_null(state_add(&cart, last, CART_QUANTITY_MAX - 1, plain, &at)); /* it has a line */
    assert_ptr_equal(state_add(&cart, last, 1, plain, &at), &error_too_many);
    assert_int_equal(cart.lines.items[at].quantity, CART_QUANTITY_MAX);
    state_remove(&cart, 0);
    assert_null(state_add(&cart, last, 1, engraved("Ann"), &at));
    assert_ptr_equal(state_change(&cart, at, 1, plain, &now_at), &error_too_many);
    assert_int_equal(cart.lines.n, CART_LINES_MAX);
}

/* The other cart has a line that is here, one that is not, and one for which there is no room. */
static void carts_are_merged_within_limits(void **state)
{
    (void)state;
    CartState cart = empty_cart(), other = empty_cart();
    size_t at;
    for (int64_t i = 0; i < CART_LINES_MAX - 2; i++)
        assert_null(state_add(&cart, (Id){100 + i}, 1, plain, &at));
    assert_null(state_add(&cart, shirt, CART_QUANTITY_MAX - 3, plain, &at));
    assert_null(state_add(&other, shirt, 5, plain, &at));
    assert_null(state_add(&other, mug, 5, plain, &at));
    assert_null(state_add(&other, mug, 5, engraved("Ann"), &at));
    other.lines.items[1].title = S("Mug");
    other.lines.items[1].product_id = (Id){7};
    state_merge(&cart, &other.lines);
    assert_int_equal(cart.lines.n, CART_LINES_MAX);
    assert_int_equal(state_pieces(&cart, shirt), CART_QUANTITY_MAX);
    const CartLineRow *last = &cart.lines.items[CART_LINES_MAX - 1];
    assert_int_equal(last->variant_id.n, mug.n);
    assert_int_equal(last->quantity, 5);
    assert_int_equal(last->product_id.n, 7);
    assert_int_equal(last->cart_id.n, cart.row.id.n);
    assert_int_equal(last->attributes.n, 0);
}

static void attributes_are_sorted_and_named_once(void **state)
{
    (void)state;
    LineAttribute given[] = {{S("wrap"), S("yes")}, {S("card"), S("Hello")}};
    LineAttributes sorted;
    assert_true(attributes_sort(arena, (LineAttributes){given, 2}, &sorted));
    assert_true(str_eq(sorted.items[0].name, S("card")));
    assert_true(str_eq(given[0].name, S("wrap")));
    given[1].name = S("wrap");
    assert_false(attributes_sort(arena, (LineAttributes){given, 2}, &sorted));
    assert_true(attributes_sort(arena, plain, &sorted));
    assert_int_equal(sorted.n, 0);
}

/* ---- What it comes to ------------------------------------------------------------------------ */

static const char *const codes[] = {"JPY", "EUR", "KWD"};

enum { LINES = 9, ROUNDS = 20000 };

/* A cart with prices as shops have them: thousands of yen, tens of euros, some dinars. */
static Cart random_cart(const Random *random, CartLine lines[static LINES], const char *code)
{
    Cart cart = {.present = PRESENT_ALL, .id = {1}, .lines = {lines, random_below(random, LINES)}};
    assert_true(currency_parse(str_from(code), &cart.currency));
    for (size_t i = 0; i < cart.lines.n; i++) {
        CartLine *line = &lines[i];
        *line =
            (CartLine){.id = {(int64_t)i + 1}, .quantity = 1 + (int64_t)random_below(random, 9)};
        line->unit_price.minor = (int64_t)random_below(random, 20000);
        line->subtotal.minor = line->unit_price.minor * line->quantity;
    }
    return cart;
}

/* Up to four discounts, for a line, for all, or for a line that is not there; some of them larger than
 * all that the cart costs. */
static LineAmounts random_discounts(const Random *random, LineAmount amounts[static 4])
{
    LineAmounts all = {amounts, random_below(random, 5)};
    for (size_t i = 0; i < all.n; i++) {
        uint64_t most = random_below(random, 4) == 0 ? 10000000 : 3000;
        amounts[i] = (LineAmount){{(int64_t)random_below(random, LINES + 2)},
                                  {(int64_t)random_below(random, most)}};
    }
    return all;
}

static void check_sums(const Cart *cart, Money shipping)
{
    int64_t subtotal = 0, discount = 0, tax = 0, total = 0;
    for (size_t i = 0; i < cart->lines.n; i++) {
        const CartLine *line = &cart->lines.items[i];
        assert_true(line->discount.minor >= 0 && line->discount.minor <= line->subtotal.minor);
        assert_int_equal(line->total.minor,
                         line->subtotal.minor - line->discount.minor + line->tax.minor);
        subtotal += line->subtotal.minor;
        discount += line->discount.minor;
        tax += line->tax.minor;
        total += line->total.minor;
    }
    assert_true(totals_hold(&cart->totals));
    assert_int_equal(cart->totals.subtotal.minor, subtotal);
    assert_int_equal(cart->totals.discount.minor, discount);
    assert_int_equal(cart->totals.shipping.minor, shipping.minor);
    assert_int_equal(cart->totals.total.minor,
                     total + shipping.minor + cart->totals.tax.minor - tax);
}

static void the_lines_of_a_cart_add_up_to_its_total(void **state)
{
    (void)state;
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 11);
    int nothing_left = 0, discounted = 0;
    for (int round = 0; round < ROUNDS; round++) {
        ArenaMark mark = arena_mark(arena);
        CartLine lines[LINES];
        LineAmount amounts[4], taxes[LINES];
        Cart cart = random_cart(&random, lines, codes[round % 3]);
        LineAmounts discounts = random_discounts(&random, amounts);
        assert_true(cart_take_off(arena, &cart, &discounts));
        TaxAnswer tax = {.taxes = {taxes, cart.lines.n}, .shipping = {37}};
        for (size_t i = 0; i < cart.lines.n; i++)
            taxes[i] = (LineAmount){lines[i].id, {(int64_t)random_below(&random, 500)}};
        Money shipping = {(int64_t)random_below(&random, 1000)};
        assert_true(cart_add_up(&cart, &tax, shipping));
        check_sums(&cart, shipping);
        discounted += cart.totals.discount.minor > 0;
        nothing_left += cart.totals.subtotal.minor > 0 &&
                        cart.totals.discount.minor == cart.totals.subtotal.minor;
        arena_rewind(arena, mark);
    }
    assert_in_range(discounted, 1000, ROUNDS);
    assert_in_range(nothing_left, 100, ROUNDS);
}

/* medusa#14899: two promotions, each of the whole cart, made its total negative. */
static void two_promotions_take_no_more_than_there_is(void **state)
{
    (void)state;
    CartLine lines[2] = {{.id = {1}, .subtotal = {3000}}, {.id = {2}, .subtotal = {999}}};
    Cart cart = {.present = PRESENT_ALL, .lines = {lines, 2}};
    LineAmount twice[] = {{{0}, {3999}}, {{0}, {3999}}};
    assert_true(cart_take_off(arena, &cart, &(LineAmounts){twice, 2}));
    assert_true(cart_add_up(&cart, &(TaxAnswer){0}, (Money){490}));
    assert_int_equal(cart.totals.discount.minor, 3999);
    assert_int_equal(cart.totals.total.minor, 490);
    LineAmount line_first[] = {{{2}, {5000}}, {{0}, {1000}}, {{9}, {500}}};
    assert_true(cart_take_off(arena, &cart, &(LineAmounts){line_first, 3}));
    assert_int_equal(lines[1].discount.minor, 999);
    assert_int_equal(lines[0].discount.minor, 1000);
}

static void wrong_answers_of_hooks_are_refused(void **state)
{
    (void)state;
    CartLine line = {.id = {1}, .subtotal = {3000}};
    Cart cart = {.present = PRESENT_ALL, .lines = {&line, 1}};
    LineAmount wrong = {{1}, {-1}};
    assert_false(cart_take_off(arena, &cart, &(LineAmounts){&wrong, 1}));
    assert_true(cart_take_off(arena, &cart, &(LineAmounts){0}));
    cart.totals.total.minor = 7;
    assert_false(cart_add_up(&cart, &(TaxAnswer){.taxes = {&wrong, 1}}, (Money){0}));
    assert_false(cart_add_up(&cart, &(TaxAnswer){.shipping = {-1}}, (Money){0}));
    assert_false(cart_add_up(&cart, &(TaxAnswer){0}, (Money){-1}));
    assert_false(cart_add_up(&cart, &(TaxAnswer){0}, (Money){INT64_MAX}));
    assert_int_equal(cart.totals.total.minor, 7);
}

/* medusa#16502: two lines of one variant, each of which alone could be had. */
static void demand_is_summed_over_lines(void **state)
{
    (void)state;
    CartLine lines[] = {{.variant = {11}, .quantity = 3},
                        {.variant = {12}, .quantity = 1},
                        {.variant = {11}, .quantity = 2}};
    Cart cart = {.lines = {lines, 3}};
    StockDemandList wanted = cart_demand(arena, &cart);
    assert_int_equal(wanted.n, 2);
    assert_int_equal(wanted.items[0].variant.n, 11);
    assert_int_equal(wanted.items[0].quantity, 5);
}

/* ---- Built-in decisions ---------------------------------------------------------------------- */

static MayAdd may_add(bool for_sale, Availability availability, int64_t free, int64_t quantity)
{
    MayAddQuestion question = {
        .for_sale = for_sale, .availability = availability, .free = free, .quantity = quantity};
    MayAddAnswer answer = {0};
    hook_may_add.decide(arena, &question, &answer);
    return (MayAdd)answer.answer;
}

static void what_can_be_had_may_be_added(void **state)
{
    (void)state;
    assert_int_equal(may_add(true, AVAILABILITY_IN, 10, 10), MAY_ADD);
    assert_int_equal(may_add(true, AVAILABILITY_IN, 10, 11), MAY_NOT_SHORT);
    assert_int_equal(may_add(true, AVAILABILITY_OUT, 0, 1), MAY_NOT_SOLD_OUT);
    assert_int_equal(may_add(true, AVAILABILITY_OUT, 1, 1), MAY_ADD); /* promised to him already */
    assert_int_equal(may_add(false, AVAILABILITY_IN, 10, 1), MAY_NOT_FOR_SALE);
    assert_int_equal(may_add(true, AVAILABILITY_BACKORDER, 0, 500), MAY_ADD);
    assert_int_equal(may_add(true, AVAILABILITY_PREORDER, 0, 1), MAY_ADD);
    assert_int_equal(may_add(false, AVAILABILITY_PREORDER, 0, 1), MAY_NOT_FOR_SALE);
}

static Money shipping_of(const char *setting, const char *code, int64_t goods)
{
    FlatRate rate;
    ShippingQuestion question = {.goods = {goods}, .rate_name = S("Post")};
    assert_true(currency_parse(str_from(code), &question.currency));
    if (setting) {
        assert_true(shipping_parse(str_from(setting), &rate));
        question.rates = (FlatRates){&rate, 1};
    }
    ShippingAnswer answer = {0};
    hook_shipping_rates.decide(arena, &question, &answer);
    if (!answer.rates.n) return (Money){-1};
    assert_true(str_eq(answer.rates.items[0].name, S("Post")));
    return answer.rates.items[0].amount;
}

static void shipping_costs_what_the_settings_say(void **state)
{
    (void)state;
    assert_int_equal(shipping_of("EUR 4.90", "EUR", 1000000).minor, 490);
    assert_int_equal(shipping_of("EUR 4.90 free from 50", "EUR", 4999).minor, 490);
    assert_int_equal(shipping_of("EUR 4.90 free from 50", "EUR", 5000).minor, 0);
    assert_int_equal(shipping_of("EUR 4.90", "USD", 100).minor, -1);
    assert_int_equal(shipping_of(NULL, "USD", 100).minor, 0);
    assert_int_equal(shipping_of("JPY 500 free from 8000", "JPY", 7999).minor, 500);
    assert_int_equal(shipping_of("KWD 1.250", "KWD", 0).minor, 1250);
    FlatRate rate;
    static const char *const wrong[] = {"",
                                        "EUR",
                                        "EUR ",
                                        "EUR 4.999",
                                        "JPY 4.90",
                                        "XXQ 4.90",
                                        "EUR -4.90",
                                        "EUR 4.90 free from ",
                                        "EUR 4.90 free"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(shipping_parse(str_from(wrong[i]), &rate));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_joins_its_line_and_something_else_is_another),
        cmocka_unit_test(a_line_that_becomes_like_another_joins_it),
        cmocka_unit_test(a_cart_has_its_limits),
        cmocka_unit_test(carts_are_merged_within_limits),
        cmocka_unit_test(attributes_are_sorted_and_named_once),
        cmocka_unit_test(the_lines_of_a_cart_add_up_to_its_total),
        cmocka_unit_test(two_promotions_take_no_more_than_there_is),
        cmocka_unit_test(wrong_answers_of_hooks_are_refused),
        cmocka_unit_test(demand_is_summed_over_lines),
        cmocka_unit_test(what_can_be_had_may_be_added),
        cmocka_unit_test(shipping_costs_what_the_settings_say),
    };
    return cmocka_run_group_tests_name("cart rules", tests, begin, end);
}
