/* What other modules may ask of the inventory, on both databases. The clock is the test's: nothing
 * here waits for something to expire. */
#include "modules/inventory/events.h"
#include "modules/inventory/test_shop.h"

/* ---- Who listens ------------------------------------------------------------------------------ */

static int heard, heard_low, heard_back;
static Availability last_heard;

static void hear(Ctx *cx, const StockEvent *stock)
{
    (void)cx;
    WANT_INT(stock->product.n, product.n);
    last_heard = stock->availability;
    heard++;
}
REACTION(hear, StockEvent)

static void hear_low(Ctx *cx, const StockEvent *stock)
{
    (void)cx, (void)stock;
    heard_low++;
}
REACTION(hear_low, StockEvent)

static void hear_back(Ctx *cx, const StockEvent *stock)
{
    (void)cx, (void)stock;
    heard_back++;
}
REACTION(hear_back, StockEvent)

static const Reaction reactions[] = {ON(stock_availability_changed, hear), ON(stock_low, hear_low),
                                     ON(stock_back, hear_back)};
static const Module listener = {.name = "listener", MODULE_ROWS(reactions, reaction)};
static const Module *const listeners[] = {&inventory_module, &listener};

static World *listened_shop(void **state)
{
    World *w = shop_of(state);
    events_gather(listeners, ROWS(listeners));
    heard = heard_low = heard_back = 0;
    return w;
}

/* ---- How much is free -------------------------------------------------------------------------- */

/* 20 at the main location, 3 of them promised; 5 elsewhere. */
static bool set_what_is_free(Ctx *cx, void *arg)
{
    (void)arg;
    stock_register(cx, shirt, product, 20);
    WANT(reserve(cx, cart(1), shirt, 3, (Time){0}));
    make_elsewhere(cx);
    WANT_INT(adjust(cx, shirt, elsewhere, 5), STOCK_FINE);
    WANT_INT(free_of(cx, shirt), 22);

    WANT(stock_set_free(cx, shirt, 30));
    WANT_INT(free_of(cx, shirt), 30);
    WANT_INT(stock_level(cx, shirt, location_main)->on_hand, 28);
    WANT_INT(stock_level(cx, shirt, elsewhere)->on_hand, 5);
    WANT_INT(heard, 0);

    WANT(stock_set_free(cx, shirt, 5)); /* what is promised stays, and so do those elsewhere */
    WANT_INT(stock_level(cx, shirt, location_main)->on_hand, 3);
    WANT_INT(heard, 1);
    WANT(!stock_set_free(cx, shirt, 4));
    WANT(!stock_set_free(cx, shirt, STOCK_MAX + 100));
    WANT_INT(free_of(cx, shirt), 5);
    WANT(!stock_set_free(cx, (Id){2}, 1)); /* which is not registered */
    laws_hold(cx);
    return true;
}

static void what_is_missing_is_added_at_the_main_location(void **state)
{
    World *w = listened_shop(state);
    RUN(w, TX_WRITE, set_what_is_free, NULL);
}

static bool keep_safety(Ctx *cx, void *arg)
{
    (void)arg;
    StockBefore before;
    int64_t safety = 4, count = 10;
    stock_register(cx, shirt, product, 10);
    WANT_INT(stock_change(cx,
                          &(StockChange){.variant = shirt,
                                         .location = location_main,
                                         .on_hand = &count,
                                         .safety = &safety,
                                         .reason = MOVEMENT_COUNTED},
                          &before),
             STOCK_FINE);
    WANT_INT(free_of(cx, shirt), 6);
    WANT(!reserve(cx, cart(1), shirt, 7, in_seconds(60)));
    WANT_INT(lacking.items[0].free, 6);
    WANT(reserve(cx, cart(1), shirt, 6, in_seconds(60)));
    WANT_INT(told_of(cx, shirt), AVAILABILITY_OUT);
    WANT_INT(adjust(cx, shirt, location_main, -3), STOCK_FINE); /* into the safety stock */
    WANT_INT(free_of(cx, shirt), 0);
    WANT_INT(adjust(cx, shirt, location_main, -2), STOCK_BELOW_RESERVED);
    return true;
}

static void safety_stock_is_not_sold(void **state)
{
    World *w = listened_shop(state);
    RUN(w, TX_WRITE, keep_safety, NULL);
}

/* ---- Reserving --------------------------------------------------------------------------------- */

static bool reserve_all_or_nothing(Ctx *cx, void *arg)
{
    (void)arg;
    stock_register(cx, shirt, product, 4);
    stock_register(cx, mug, product, 1);
    StockDemand wanted[] = {{mug, 1}, {shirt, 2}, {mug, 1}, {{1000}, 1}};
    WANT(!stock_reserve(cx, cart(1), (StockDemandList){wanted, 4}, in_seconds(60), &lacking));
    WANT_INT(lacking.n, 2); /* two lines of one mug are one demand */
    WANT_INT(lacking.items[0].variant.n, mug.n);
    WANT_INT(lacking.items[0].wanted, 2);
    WANT_INT(lacking.items[0].free, 1);
    WANT_INT(lacking.items[1].variant.n, 1000);
    WANT_INT(lacking.items[1].free, 0);
    WANT_INT(free_of(cx, shirt), 4);

    WANT(stock_reserve(cx, cart(1), (StockDemandList){wanted, 2}, in_seconds(60), &lacking));
    WANT_INT(lacking.n, 0);
    WANT_INT(free_of(cx, shirt), 2);
    WANT_INT(free_of(cx, mug), 0);
    WANT(!reserve(cx, cart(2), mug, 1, in_seconds(60)));
    WANT(!reserve(cx, cart(2), shirt, 3, in_seconds(60)));
    laws_hold(cx);
    return true;
}

static void everything_is_reserved_or_nothing(void **state)
{
    World *w = listened_shop(state);
    RUN(w, TX_WRITE, reserve_all_or_nothing, NULL);
}

/* With plenty of each, so that the guarded updates are tried, and one fails behind another. */
static bool reserve_plenty_but_one(Ctx *cx, void *arg)
{
    (void)arg;
    stock_register(cx, shirt, product, 100);
    stock_register(cx, mug, product, 8);
    StockDemand wanted[] = {{shirt, 50}, {mug, 9}};
    WANT(!stock_reserve(cx, cart(1), (StockDemandList){wanted, 2}, in_seconds(60), &lacking));
    WANT_INT(free_of(cx, shirt), 100);
    wanted[1].quantity = 2;
    WANT(stock_reserve(cx, cart(1), (StockDemandList){wanted, 2}, in_seconds(60), &lacking));
    WANT_INT(free_of(cx, shirt), 50);
    WANT_INT(free_of(cx, mug), 6);
    WANT_INT(heard, 0);
    wanted[1].quantity = 1;
    WANT(stock_reserve(cx, cart(2), (StockDemandList){wanted, 2}, in_seconds(60), &lacking));
    WANT_INT(heard, 2); /* both went below plenty, the one to none */
    WANT_INT(heard_low, 2);
    laws_hold(cx);
    return true;
}

static void one_that_is_short_takes_nothing_of_the_others(void **state)
{
    World *w = listened_shop(state);
    RUN(w, TX_WRITE, reserve_plenty_but_one, NULL);
}

static bool reserve_again(Ctx *cx, void *arg)
{
    (void)arg;
    stock_register(cx, shirt, product, 10);
    stock_register(cx, mug, product, 10);
    WANT(reserve(cx, cart(1), shirt, 8, in_seconds(60)));
    WANT(reserve(cx, cart(1), shirt, 8, in_seconds(90))); /* the same: only its end moves */
    WANT_INT(free_of(cx, shirt), 2);
    WANT_INT(reservations_of(cx, cart(1)).items[0].expires_at.us, in_seconds(90).us);
    WANT(reserve(cx, cart(1), shirt, 10, in_seconds(90))); /* its own 8 are his to have */
    WANT(!reserve(cx, cart(1), shirt, 11, in_seconds(90)));
    WANT_INT(lacking.items[0].free, 10);
    WANT_INT(free_of(cx, shirt), 0); /* a refusal leaves what was */
    WANT(reserve(cx, cart(1), mug, 1, in_seconds(90)));
    WANT_INT(free_of(cx, shirt), 10);
    WANT_INT(free_of(cx, mug), 9);
    laws_hold(cx);
    WANT(stock_release(cx, cart(1)));
    WANT(!stock_release(cx, cart(1)));
    WANT_INT(free_of(cx, mug), 10);
    laws_hold(cx);
    return true;
}

static void reserving_again_replaces_what_was(void **state)
{
    World *w = listened_shop(state);
    RUN(w, TX_WRITE, reserve_again, NULL);
}

static bool serve_by_priority(Ctx *cx, void *arg)
{
    (void)arg;
    stock_register(cx, shirt, product, 100);
    make_elsewhere(cx);
    WANT_INT(adjust(cx, shirt, elsewhere, 20), STOCK_FINE);
    WANT(reserve(cx, cart(1), shirt, 10, in_seconds(60)));
    WANT_INT(stock_level(cx, shirt, location_main)->reserved, 10);
    WANT(location_update(
        cx, &(Location){
                .present = PRESENT_ALL, .id = elsewhere, .name = S("Elsewhere"), .priority = -1}));
    WANT(reserve(cx, cart(2), shirt, 10, in_seconds(60)));
    WANT(reserve(cx, cart(3), shirt, 10, in_seconds(60))); /* the last ones there */
    WANT_INT(stock_level(cx, shirt, elsewhere)->reserved, 20);
    WANT(reserve(cx, cart(4), shirt, 10, in_seconds(60)));
    WANT_INT(stock_level(cx, shirt, location_main)->reserved, 20);
    laws_hold(cx);
    return true;
}

static void locations_serve_in_their_order(void **state)
{
    World *w = listened_shop(state);
    RUN(w, TX_WRITE, serve_by_priority, NULL);
}

/* ---- Time --------------------------------------------------------------------------------------- */

static bool let_expire(Ctx *cx, void *arg)
{
    (void)arg;
    stock_register(cx, shirt, product, 3);
    WANT(reserve(cx, cart(1), shirt, 3, in_seconds(60)));
    WANT(!reserve(cx, cart(2), shirt, 1, in_seconds(600)));
    present_us += 59999999;
    WANT(!reserve(cx, cart(2), shirt, 1, in_seconds(600)));
    WANT_INT(stock_extend(cx, cart(1), in_seconds(30)), 1);
    present_us += 29999999;
    WANT(!reserve(cx, cart(2), shirt, 1, in_seconds(600)));
    present_us += 1; /* no job has run */
    WANT_INT(free_of(cx, shirt), 3);
    WANT_INT(told_of(cx, shirt), AVAILABILITY_OUT);
    WANT_INT(stock_extend(cx, cart(1), in_seconds(60)), 0); /* what is over is over */
    WANT(reserve(cx, cart(2), shirt, 1, in_seconds(600)));
    WANT_INT(free_of(cx, shirt), 2);
    WANT_INT(told_of(cx, shirt), AVAILABILITY_LOW);
    WANT(!reserve(cx, cart(1), shirt, 3, in_seconds(60)));
    laws_hold(cx);
    return true;
}

static void what_has_expired_counts_for_nothing(void **state)
{
    World *w = listened_shop(state);
    RUN(w, TX_WRITE, let_expire, NULL);
}

static bool notice_what_expired(Ctx *cx, void *arg)
{
    (void)arg;
    bool more = true;
    stock_register(cx, shirt, product, 3);
    WANT(reserve(cx, cart(1), shirt, 3, in_seconds(60)));
    WANT_INT(heard, 1);
    WANT(stock_expire(cx, &more) && !more);
    WANT_INT(heard, 1);
    present_us += 60000000;
    WANT(stock_expire(cx, &more) && !more);
    WANT_INT(heard, 2);
    WANT_INT(heard_back, 1);
    WANT_INT(last_heard, AVAILABILITY_LOW);
    WANT_INT(reservations_of(cx, cart(1)).n, 0);
    laws_hold(cx);
    return true;
}

static void the_job_tells_of_what_expired(void **state)
{
    World *w = listened_shop(state);
    RUN(w, TX_WRITE, notice_what_expired, NULL);
}

/* ---- Orders ------------------------------------------------------------------------------------- */

static bool order_and_ship(Ctx *cx, void *arg)
{
    (void)arg;
    StockOwner order = {"ord", {500}};
    StockDemand all[] = {{shirt, 3}, {mug, 1}}, some[] = {{shirt, 2}};
    StockDemandList both = {all, 2}, two = {some, 1};
    stock_register(cx, shirt, product, 10);
    stock_register(cx, mug, product, 1);
    WANT(stock_reserve(cx, cart(1), both, in_seconds(60), &lacking));
    WANT(stock_confirm(cx, cart(1), order, both));
    present_us += INT64_C(1000000000000); /* an order's goods wait for it */
    WANT_INT(free_of(cx, shirt), 7);
    WANT(!reserve(cx, cart(2), mug, 1, in_seconds(60)));

    WANT(stock_ship(cx, order, two));
    WANT_INT(stock_level(cx, shirt, location_main)->on_hand, 8);
    WANT_INT(stock_level(cx, shirt, location_main)->reserved, 1);
    WANT(!stock_ship(cx, order, two)); /* only one is left to ship */
    WANT(!stock_ship(cx, cart(1), (StockDemandList){some, 1}));
    WANT_INT(free_of(cx, shirt), 7);
    const Movement *sold = movements_page(cx, shirt, (Id){0}, 1).items;
    WANT_INT(sold->change, -2);
    WANT_INT(sold->reason, MOVEMENT_SOLD);
    WANT_STR(sold->reference, id_text(cx->arena, "ord", order.id));
    laws_hold(cx);
    stock_release(cx, order); /* the rest is cancelled */
    WANT_INT(free_of(cx, shirt), 8);
    WANT_INT(free_of(cx, mug), 1);
    laws_hold(cx);
    return true;
}

static void an_order_keeps_its_goods_and_ships_them(void **state)
{
    World *w = listened_shop(state);
    RUN(w, TX_WRITE, order_and_ship, NULL);
}

static bool confirm_too_late(Ctx *cx, void *arg)
{
    (void)arg;
    StockOwner order = {"ord", {500}};
    stock_register(cx, shirt, product, 10);
    WANT(reserve(cx, cart(1), shirt, 2, in_seconds(60)));
    WANT(!stock_confirm(cx, cart(1), order, (StockDemandList){&(StockDemand){shirt, 3}, 1}));
    return false; /* as its caller does */
}

static bool confirm_expired(Ctx *cx, void *arg)
{
    (void)arg;
    StockOwner order = {"ord", {500}};
    stock_register(cx, shirt, product, 10);
    WANT(reserve(cx, cart(1), shirt, 2, in_seconds(60)));
    present_us += 60000000;
    StockDemand wanted = {shirt, 2};
    WANT(!stock_confirm(cx, cart(1), order, (StockDemandList){&wanted, 1}));
    WANT(reserve(cx, order, shirt, 2, (Time){0})); /* for good, at once */
    laws_hold(cx);
    return true;
}

static void what_has_expired_is_not_confirmed(void **state)
{
    World *w = listened_shop(state);
    RUN(w, TX_WRITE, confirm_too_late, NULL);
    RUN(w, TX_WRITE, confirm_expired, NULL);
}

/* ---- Beyond what is there ----------------------------------------------------------------------- */

static bool sell_beyond(Ctx *cx, void *arg)
{
    (void)arg;
    stock_register(cx, lamp, product, 2);
    allow_beyond(cx, lamp, 6);
    WANT(reserve(cx, cart(1), lamp, 5, (Time){0}));
    WANT(reserve(cx, cart(2), lamp, 2, in_seconds(60)));
    WANT(!reserve(cx, cart(3), lamp, 2, (Time){0}));
    WANT_INT(lacking.items[0].free, 1);
    WANT(reserve(cx, cart(3), lamp, 1, (Time){0}));
    WANT_INT(stock_item(cx, lamp)->waiting, 6);
    laws_hold(cx);

    WANT(!stock_ship(cx, cart(1), (StockDemandList){&(StockDemand){lamp, 3}, 1}));
    WANT_INT(adjust(cx, lamp, location_main, 2), STOCK_FINE); /* for who came first */
    WANT_INT(stock_item(cx, lamp)->waiting, 4);
    WANT(stock_ship(cx, cart(1), (StockDemandList){&(StockDemand){lamp, 4}, 1}));
    laws_hold(cx);
    present_us += 60000000; /* the second gives up */
    WANT_INT(adjust(cx, lamp, location_main, 2), STOCK_FINE);
    WANT_INT(stock_item(cx, lamp)->waiting, 0);
    WANT_INT(free_of(cx, lamp), 0);
    WANT(stock_ship(cx, cart(1), (StockDemandList){&(StockDemand){lamp, 1}, 1}));
    WANT(stock_ship(cx, cart(3), (StockDemandList){&(StockDemand){lamp, 1}, 1}));
    laws_hold(cx);
    return true;
}

static void who_waits_is_served_in_turn(void **state)
{
    World *w = listened_shop(state);
    RUN(w, TX_WRITE, sell_beyond, NULL);
}

static bool end_preorder(Ctx *cx, void *arg)
{
    (void)arg;
    bool more;
    Id variant = lamp;
    stock_register(cx, lamp, product, 0);
    Taken taken = stock_take(cx, (IdList){&variant, 1}, NULL);
    StockItem *item = stock_item(cx, lamp);
    item->policy = POLICY_PREORDER;
    item->available_at = in_seconds(60);
    MARK_SET(&stock_item_type, item, StockItem, available_at);
    stock_item_set_policy(cx, item);
    shelf_set_policy(shelf_find(taken.shelves, lamp), POLICY_PREORDER, -1, item->available_at);
    stock_put(cx, &taken);
    WANT_INT(told_of(cx, lamp), AVAILABILITY_PREORDER);
    WANT(reserve(cx, cart(1), lamp, 2, (Time){0}));
    present_us += 60000000;
    WANT(!reserve(cx, cart(2), lamp, 1, (Time){0}));
    WANT(stock_expire(cx, &more) && !more);
    WANT_INT(told_of(cx, lamp), AVAILABILITY_OUT);
    WANT_INT(heard_back, 0);
    WANT_INT(stock_item(cx, lamp)->waiting, 2);
    return true;
}

static void a_pre_order_ends_on_its_day(void **state)
{
    World *w = listened_shop(state);
    RUN(w, TX_WRITE, end_preorder, NULL);
}

static bool forget_one(Ctx *cx, void *arg)
{
    (void)arg;
    stock_register(cx, shirt, product, 3);
    stock_register(cx, mug, product, 3);
    WANT(reserve(cx, cart(1), shirt, 1, in_seconds(60)));
    stock_forget(cx, shirt);
    WANT_INT(free_of(cx, shirt), -1);
    WANT_INT(free_of(cx, mug), 3);
    WANT_INT(reservations_of(cx, cart(1)).n, 0);
    stock_forget_product(cx, product);
    WANT_INT(free_of(cx, mug), -1);
    /* What was there is accounted for: in and out. */
    WANT_INT(db_int(cx, -1, "select count(*) from stock_movements"), 4);
    WANT_INT(db_int(cx, -1, "select cast(sum(change) as bigint) from stock_movements"), 0);
    return true;
}

static void what_is_forgotten_leaves_its_movements(void **state)
{
    World *w = listened_shop(state);
    RUN(w, TX_WRITE, forget_one, NULL);
}

/* ---- PostgreSQL: taken without a word in between --------------------------------------------------- */

static bool count_a_thousand(Ctx *cx, void *arg)
{
    (void)arg;
    stock_register(cx, shirt, product, 1000);
    stock_register(cx, mug, product, 1000);
    return true;
}

/* The first time more is taken than is there, as when others were faster than the look. */
static bool take_too_much_once(Ctx *cx, void *runs)
{
    bool is_first = ++*(int *)runs == 1;
    Reservation much = {.id = ctx_id(cx),
                        .owner_kind = S("cart"),
                        .owner_id = {1},
                        .variant = shirt,
                        .quantity = is_first ? 1000 : 10,
                        .created_at = ctx_now(cx)};
    Reservation little = much;
    little.id = ctx_id(cx);
    little.variant = mug;
    little.quantity = 10;
    reservation_post_taken(cx, &little);
    reservation_post_taken(cx, &much);
    return true;
}

static bool see_what_was_taken(Ctx *cx, void *arg)
{
    (void)arg;
    WANT_INT(free_of(cx, shirt), 990);
    WANT_INT(free_of(cx, mug), 990);
    WANT_INT(reservations_of(cx, cart(1)).n, 2);
    laws_hold(cx);
    return true;
}

static void what_was_taken_by_others_is_taken_anew(void **state)
{
    World *w = shop_of(state);
    int runs = 0;
    RUN(w, TX_WRITE, count_a_thousand, NULL);
    RUN(w, TX_WRITE, take_too_much_once, &runs);
    assert_int_equal(runs, 2);
    RUN(w, TX_WRITE, see_what_was_taken, NULL);
}

static bool reserve_of_abundance(Ctx *cx, void *arg)
{
    (void)arg;
    StockDemand wanted[] = {{mug, 3}, {shirt, 2}, {mug, 1}};
    StockShortList none;
    WANT(stock_reserve(cx, cart(1), (StockDemandList){wanted, 3}, in_seconds(60), &none));
    WANT_INT(free_of(cx, shirt), 998);
    WANT_INT(free_of(cx, mug), 996);
    ReservationList held = reservations_of(cx, cart(1));
    WANT_INT(held.n, 2);
    for (size_t i = 0; i < held.n; i++) {
        WANT(id_eq(held.items[i].location, location_main));
        WANT_INT(held.items[i].expires_at.us, in_seconds(60).us);
    }
    laws_hold(cx);
    return true;
}

static void of_abundance_all_lines_are_taken_at_once(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, count_a_thousand, NULL);
    RUN(w, TX_WRITE, reserve_of_abundance, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(what_is_missing_is_added_at_the_main_location),
        ON_BOTH(safety_stock_is_not_sold),
        ON_BOTH(everything_is_reserved_or_nothing),
        ON_BOTH(one_that_is_short_takes_nothing_of_the_others),
        ON_BOTH(reserving_again_replaces_what_was),
        ON_BOTH(locations_serve_in_their_order),
        ON_BOTH(what_has_expired_counts_for_nothing),
        ON_BOTH(the_job_tells_of_what_expired),
        ON_BOTH(an_order_keeps_its_goods_and_ships_them),
        ON_BOTH(what_has_expired_is_not_confirmed),
        ON_BOTH(who_waits_is_served_in_turn),
        ON_BOTH(a_pre_order_ends_on_its_day),
        ON_BOTH(what_is_forgotten_leaves_its_movements),
        /* SQLite has one writer, so nobody who could be faster. */
        ON_POSTGRES(what_was_taken_by_others_is_taken_anew),
        ON_BOTH(of_abundance_all_lines_are_taken_at_once),
    };
    return cmocka_run_group_tests_name("inventory", tests, worlds_begin, worlds_end);
}
