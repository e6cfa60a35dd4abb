/* Carts on both databases: what a checkout does with them, how they end, and what is left of a customer
 * who has gone. The clock is the test's: nothing here waits. */
#include "modules/cart/access.h"
#include "modules/cart/checks.h"
#include "modules/cart/events.h"

#include "modules/accounts/accounts.h"
#include "platform/audit/audit.h"
#include "platform/changes.h"
#include "platform/outbox/outbox.h"
#include "platform/search/search.h"
#include "platform/test_modules.h"

/* Whose tables those of accounts and of the catalogue refer to; a cart knows none of them. */
extern const Module auth_module, categories_module, collections_module, pricing_module;

static const Module *const modules[] = {
    &changes_module,    &audit_trail_module, &jobs_module,     &outbox_module,
    &search_module,     &auth_module,        &accounts_module, &inventory_module,
    &categories_module, &collections_module, &pricing_module,  &catalog_module,
    &cart_module};

static const Id shirt_product = {7}, shirt = {11}, ann = {501}, order = {901}, other_order = {902};

static int64_t present_us;

static Time test_now(void *state)
{
    (void)state;
    return (Time){present_us};
}
static const Clock test_clock = {test_now, NULL};

/* A product is written by hand: how the catalogue makes one is its own tests' business. */
static bool stock_up(Ctx *cx, void *arg)
{
    (void)arg;
    db_exec(cx,
            "insert into products (id, handle, title, description, status, channels, tags, "
            "options, attributes, images, version, created_at, updated_at) values ($1, 'shirt', "
            "'Shirt', '', 'active', '[\"default\"]', '[]', '[]', '[]', '[]', 1, $2, $2)",
            shirt_product, ctx_now(cx));
    db_exec(cx,
            "insert into variants (id, product_id, sku, options, position, created_at, "
            "updated_at) values ($1, $2, 'S', '[]', 0, $3, $3)",
            shirt, shirt_product, ctx_now(cx));
    db_exec(cx,
            "insert into prices (variant_id, position, channel, currency, min_quantity, amount) "
            "values ($1, 0, 'default', 'EUR', 1, 1000)",
            shirt);
    stock_register(cx, shirt, shirt_product, 7);
    return true;
}

static World *shop_of(void **state)
{
    World *w = world_with(state, modules, ROWS(modules));
    present_us = INT64_C(1800000000000000);
    w->cx.clock = &test_clock;
    RUN(w, TX_WRITE, stock_up, NULL);
    return w;
}

/* ---- A cart with two shirts, a guest's or Ann's ---------------------------------------------- */

static Id cart_with(Ctx *cx, Id customer, int64_t quantity)
{
    CartRow row = {.present = PRESENT_ALL,
                   .id = ctx_id(cx),
                   .name = S(""),
                   .token_hash = S("hash"),
                   .customer_id = customer,
                   .channel = S("default"),
                   .currency = {"EUR"},
                   .locale = S(""),
                   .note = S("Ring twice."),
                   .version = 1,
                   .expires_at = {present_us + (int64_t)CART_DAYS * 86400 * 1000000},
                   .created_at = ctx_now(cx),
                   .updated_at = ctx_now(cx)};
    if (customer.n) MARK_ABSENT(&cart_row_type, &row, CartRow, token_hash);
    cart_insert(cx, &row);
    CartState state = cart_state(cx->arena, &row, (CartLineRows){0});
    size_t at;
    WANT(!state_add(&state, shirt, quantity, (LineAttributes){0}, &at));
    cart_keep(cx, &state, cart_show_state(cx, &state));
    return row.id;
}

static bool may_change(Ctx *cx, Id cart)
{
    CartRow *row;
    CartLineRows lines;
    CartAccess access = {.token_hash = S("hash")};
    return cart_open(cx, cart, false, &access, NULL, &row, &lines);
}

/* ---- A checkout ------------------------------------------------------------------------------ */

static bool check_out(Ctx *cx, void *arg)
{
    (void)arg;
    Id id = cart_with(cx, (Id){0}, 2);
    CartLineRows lines;
    WANT(cart_row_hold(cx, id, NULL, NULL, &lines) != NULL && lines.n > 0);
    WANT(cart_row_hold(cx, (Id){4711}, NULL, NULL, &lines) == NULL);
    Cart *cart = cart_read(cx, id);
    WANT_INT(cart->totals.total.minor, 2000);
    WANT(!cart_is_blocked(cart));

    WANT(cart_freeze(cx, id) && cart_freeze(cx, id));
    WANT(!may_change(cx, id));
    WANT(cart_reopen(cx, id, (Id){0}) && !cart_reopen(cx, id, (Id){0}));
    WANT(may_change(cx, id));

    WANT(cart_freeze(cx, id) && cart_close(cx, id, order) && cart_close(cx, id, order));
    WANT(!cart_close(cx, id, other_order) && !cart_freeze(cx, id));
    WANT_INT(cart_read(cx, id)->order.n, order.n);
    WANT_INT(cart_read(cx, id)->status, CART_ORDERED);
    WANT(!cart_reopen(cx, id, other_order) && !cart_reopen(cx, id, (Id){0}));
    WANT(cart_reopen(cx, id, order));
    WANT_INT(cart_read(cx, id)->order.n, 0);
    WANT(may_change(cx, id));
    return true;
}

static void a_cart_is_frozen_closed_and_opened_again(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, check_out, NULL);
}

static bool price(Ctx *cx, void *arg)
{
    (void)arg;
    Cart *cart = cart_read(cx, cart_with(cx, (Id){0}, 2));
    cart->totals.shipping.minor = 17, cart->totals.total.minor = 4711; /* to be left alone */
    WANT(cart_price(cx, cart, NULL, S("by-balloon")).error == &error_unknown_shipping_rate);
    WANT_INT(cart->totals.shipping.minor, 17);
    WANT_INT(cart->totals.total.minor, 4711);
    WANT(!cart_price(cx, cart, NULL, S("standard")).error); /* free, without settings */
    WANT(totals_hold(&cart->totals));
    WANT_INT(cart->totals.total.minor, 2000);
    WANT_INT(cart_shipping_rates(cx, cart, NULL).n, 1);
    return true;
}

static void a_rate_that_is_not_there_is_refused(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, price, NULL);
}

/* All seven shirts are promised to this cart: to it they are there, to others they are not. */
static bool reserve_all(Ctx *cx, void *arg)
{
    (void)arg;
    Id mine = cart_with(cx, (Id){0}, 7), other = cart_with(cx, (Id){0}, 1);
    StockShortList lacking;
    StockDemandList wanted = cart_demand(cx->arena, cart_read(cx, mine));
    WANT(stock_reserve(cx, (StockOwner){"cart", mine}, wanted, (Time){present_us + 1000000},
                       &lacking));
    WANT(!cart_is_blocked(cart_read(cx, mine)));
    const Cart *sold_out = cart_read(cx, other);
    WANT(cart_is_blocked(sold_out));
    WANT_INT(sold_out->notices.n, 1);
    WANT_INT(sold_out->notices.items[0].code, NOTICE_SOLD_OUT);
    present_us += 1000000; /* the promise has ended, whatever any job does */
    WANT(!cart_is_blocked(cart_read(cx, other)));
    return true;
}

static void what_is_promised_to_a_cart_is_there_for_it(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, reserve_all, NULL);
}

/* ---- The law ------------------------------------------------------------------------------------ */

static size_t found_wrong(Ctx *cx)
{
    CheckFound found = {.arena = cx->arena};
    WANT_INT(cart_checks[0].look(cx, &found, (Id){0}).n, 0);
    return found.n;
}

/* Three carts have a promise each; one is open, one is bought without giving it up, one is gone. */
static bool break_the_law(Ctx *cx, void *arg)
{
    (void)arg;
    StockShortList lacking;
    Id carts[3];
    for (int i = 0; i < 3; i++) {
        carts[i] = cart_with(cx, (Id){0}, 1);
        WANT(stock_reserve(cx, (StockOwner){"cart", carts[i]},
                           cart_demand(cx->arena, cart_read(cx, carts[i])),
                           (Time){present_us + 1000000}, &lacking));
    }
    WANT_INT(found_wrong(cx), 0);
    WANT(cart_close(cx, carts[1], order) && cart_delete(cx, carts[2]));
    WANT_INT(found_wrong(cx), 2);
    for (int i = 0; i < 3; i++) WANT(cart_checks[0].repair(cx, carts[i]));
    WANT_INT(found_wrong(cx), 0);
    IdList owners = stock_owners(cx, "cart", (Id){0}, 10);
    WANT_INT(owners.n, 1);
    WANT_INT(owners.items[0].n, carts[0].n);
    return true;
}

static void a_promise_to_what_cannot_be_bought_is_found_and_given_back(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, break_the_law, NULL);
}

/* ---- They end -------------------------------------------------------------------------------- */

static const int64_t lifetime_us = (int64_t)CART_DAYS * 86400 * 1000000;

static int64_t count(Ctx *cx)
{
    return db_int(cx, -1,
                  "select (select count(*) from carts) * 1000 + (select count(*) from cart_lines)");
}

/* Three carts: one is changed in between, one is being paid. */
static bool let_expire(Ctx *cx, void *arg)
{
    (void)arg;
    bool more;
    Id left = cart_with(cx, (Id){0}, 2), used = cart_with(cx, (Id){0}, 1);
    Id paid = cart_with(cx, (Id){0}, 1);
    StockShortList lacking;
    StockDemandList wanted = cart_demand(cx->arena, cart_read(cx, left));
    Time end = {present_us + 2 * lifetime_us}; /* longer than any checkout: as if one had failed */
    WANT(stock_reserve(cx, (StockOwner){"cart", left}, wanted, end, &lacking));
    WANT(cart_freeze(cx, paid));

    present_us += lifetime_us - 1;
    WANT(cart_read(cx, left) && may_change(cx, used));
    present_us += 1; /* no job has run */
    WANT(!cart_read(cx, left) && !may_change(cx, left) && !cart_freeze(cx, left));
    WANT(cart_read(cx, used) && cart_read(cx, paid));

    WANT(carts_sweep(cx, &more) && !more);
    WANT_INT(count(cx), 2002);
    WANT_INT(db_int(cx, -1, "select count(*) from stock_reservations"), 0);
    WANT(cart_close(cx, paid, order));
    present_us += lifetime_us;
    WANT(carts_sweep(cx, &more));
    WANT_INT(count(cx), 0);
    return true;
}

static void a_cart_ends_by_itself_and_is_swept(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, let_expire, NULL);
}

static bool sweep_many(Ctx *cx, void *arg)
{
    (void)arg;
    bool more;
    for (int i = 0; i < 120; i++) cart_with(cx, (Id){0}, 1);
    present_us += lifetime_us;
    WANT(carts_sweep(cx, &more) && more);
    WANT_INT(count(cx), 20020);
    WANT(carts_sweep(cx, &more) && !more);
    WANT_INT(count(cx), 0);
    return true;
}

static void sweeping_goes_on_until_none_is_left(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, sweep_many, NULL);
}

/* ---- A customer goes ------------------------------------------------------------------------- */

/* What is being paid stays, without his name and what he wrote. */
static bool forget(Ctx *cx, void *arg)
{
    (void)arg;
    Id open = cart_with(cx, ann, 2), paid = cart_with(cx, ann, 1),
       bob = cart_with(cx, (Id){502}, 1);
    WANT(cart_freeze(cx, paid));
    WANT_INT(cart_personals[0].read(cx, ann).n, 2); /* carts, lists, lines */
    WANT_INT(cart_personals[1].read(cx, ann).n, 0);
    WANT_INT(cart_personals[2].read(cx, ann).n, 2);
    announce(cx, &user_deleted, &(UserEvent){ann});
    WANT(!cart_read(cx, open) && cart_read(cx, bob));
    const Cart *left = cart_read(cx, paid);
    WANT_INT(left->customer.n, 0);
    WANT_STR(left->note, S(""));
    WANT_INT(left->lines.n, 1);
    WANT_INT(cart_personals[0].read(cx, ann).n, 0);
    return true;
}

static void a_customer_who_goes_leaves_nothing(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, forget, NULL);
}

/* ---- What a cart probably holds -------------------------------------------------------------- */

static const OfferView at_the_counter = {S_INIT("default"), {"EUR"}, S_INIT(""), {"cart", {4712}}};

static CartGuess *guess_of(Ctx *cx, Id cart, Id wanted)
{
    WantedLine line = {.variant = wanted, .quantity = 1};
    return cart_guess(cx, cart, &(WantedLines){&line, wanted.n != 0});
}

static bool holds(const CartGuess *guess, const OfferView *view, Id variant)
{
    return guess_holds(guess, (IdList){&variant, 1}, view);
}

/* Nothing is known, then two variants, then none, then more than are kept. */
static bool guess_and_check(Ctx *cx, void *arg)
{
    (void)arg;
    Id held[] = {{5}, shirt}, many[13];
    Id cart = at_the_counter.owner.id;
    WANT(!guess_of(cx, cart, shirt));
    guess_note(cart, (IdList){held, 2}, &at_the_counter);
    CartGuess *guess = guess_of(cx, cart, (Id){8});
    WANT_INT(guess->variants.n, 3);
    WANT(!holds(guess, &at_the_counter, shirt)); /* nobody has asked yet */
    guess_ask(cx, guess);
    WANT(db_settle(cx));
    WANT(holds(guess, &at_the_counter, shirt) && holds(guess, &at_the_counter, (Id){8}));
    WANT(!holds(guess, &at_the_counter, (Id){9}));
    WANT_INT(offers_answered(cx, &guess->ask).n, 1); /* the only one that there is */

    OfferView elsewhere[] = {at_the_counter, at_the_counter, at_the_counter, at_the_counter};
    elsewhere[0].channel = S("market");
    elsewhere[1].currency = (Currency){"USD"};
    elsewhere[2].locale = S("de");
    elsewhere[3].owner.id = (Id){4713};
    for (size_t i = 0; i < 4; i++) WANT(!holds(guess, &elsewhere[i], shirt));

    guess_note(cart, (IdList){0}, &at_the_counter);
    WANT(!cart_guess(cx, cart, NULL));
    WANT_INT(guess_of(cx, cart, shirt)->variants.n, 1);
    for (int i = 0; i < 13; i++) many[i] = (Id){i + 1};
    guess_note(cart, (IdList){many, 13}, &at_the_counter);
    WANT(!guess_of(cx, cart, shirt));
    return true;
}

static void a_guess_counts_only_for_what_it_asked(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, guess_and_check, NULL);
}

/* The cart holds a shirt; the guess is of a time when it held something else. */
static bool show_by_a_wrong_guess(Ctx *cx, void *arg)
{
    (void)arg;
    Id cart = cart_with(cx, (Id){0}, 2), gone = {5};
    OfferView view = at_the_counter;
    view.owner.id = cart;
    guess_note(cart, (IdList){&gone, 1}, &view);
    const Cart *shown = cart_read(cx, cart);
    WANT_INT(shown->totals.total.minor, 2000);
    int statements = cx->cost.statements;
    WANT_INT(cart_read(cx, cart)->totals.total.minor, 2000);
    WANT_INT(cx->cost.statements - statements, 4); /* now it is known */
    return true;
}

static void a_wrong_guess_shows_the_same_cart(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, show_by_a_wrong_guess, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(a_cart_is_frozen_closed_and_opened_again),
        ON_BOTH(a_rate_that_is_not_there_is_refused),
        ON_BOTH(what_is_promised_to_a_cart_is_there_for_it),
        ON_BOTH(a_promise_to_what_cannot_be_bought_is_found_and_given_back),
        ON_BOTH(a_cart_ends_by_itself_and_is_swept),
        ON_BOTH(sweeping_goes_on_until_none_is_left),
        ON_BOTH(a_customer_who_goes_leaves_nothing),
        ON_BOTH(a_guess_counts_only_for_what_it_asked),
        ON_BOTH(a_wrong_guess_shows_the_same_cart),
    };
    return cmocka_run_group_tests_name("carts", tests, worlds_begin, worlds_end);
}
