/* What other modules may ask of the inventory, on both databases. The clock is the test's: nothing
 * here waits for something to expire. */
#include "modules/inventory/change.h"
#include "modules/inventory/events.h"

#include "platform/changes.h"
#include "platform/db/test_world.h"
#include "platform/outbox/outbox.h"

#include <pthread.h>

static const Id product = {7}, shirt = {11}, mug = {12}, lamp = {13};
static const Id elsewhere = {99};

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
static const Module *const modules[] = {&changes_module, &outbox_module, &inventory_module,
                                        &listener};

/* ---- A shop ------------------------------------------------------------------------------------ */

static int64_t present_us;

static Time test_now(void *state)
{
    (void)state;
    return (Time){present_us};
}
static const Clock test_clock = {test_now, NULL};

static Time in_seconds(int64_t seconds)
{
    return (Time){present_us + seconds * 1000000};
}

static World *shop_of(void **state)
{
    World *w = world_of(state);
    Migration all[32];
    size_t count = 0;
    int applied;
    Str detail = S("");
    for (size_t i = 0; i < ROWS(modules); i++)
        for (size_t k = 0; k < modules[i]->migration_count; k++)
            all[count++] = modules[i]->migrations[k];
    const Error *error = db_migrate(w->db, &w->cx, all, count, &applied, &detail);
    if (error) fail_msg("%s: %.*s", error->code, STR_ARG(detail));
    events_gather(modules, ROWS(modules));
    heard = heard_low = heard_back = 0;
    present_us = INT64_C(1800000000000000);
    w->cx.clock = &test_clock;
    return w;
}

static int64_t free_of(Ctx *cx, Id variant)
{
    StockList stock;
    int64_t free = -1;
    Availability told;
    stock_ask(cx, &stock, product);
    WANT(db_settle(cx));
    stock_of(&stock, variant, &free, &told);
    return free;
}

static Availability told_of(Ctx *cx, Id variant)
{
    StockList stock;
    int64_t free;
    Availability told = AVAILABILITY_OUT;
    stock_ask(cx, &stock, product);
    WANT(db_settle(cx));
    WANT(stock_of(&stock, variant, &free, &told));
    return told;
}

static StockEnd adjust(Ctx *cx, Id variant, Id location, int64_t change)
{
    int64_t reserved;
    return stock_change(
        cx,
        &(StockChange){
            .variant = variant, .location = location, .change = change, .reason = MOVEMENT_OTHER},
        &reserved);
}

static void make_elsewhere(Ctx *cx)
{
    WANT(location_insert(
        cx, &(Location){.present = PRESENT_ALL, .id = elsewhere, .name = S("Elsewhere")}));
}

static StockOwner cart(int64_t n)
{
    return (StockOwner){"cart", {n}};
}

static StockShortList lacking;

/* One line. */
static bool reserve(Ctx *cx, StockOwner owner, Id variant, int64_t quantity, Time end)
{
    StockDemand wanted = {variant, quantity};
    return stock_reserve(cx, owner, (StockDemandList){&wanted, 1}, end, &lacking);
}

/* ---- The laws ---------------------------------------------------------------------------------- */

static void laws_hold(Ctx *cx)
{
    WANT_INT(db_int(cx, -1,
                    "select count(*) from stock_levels l where reserved <> coalesce((select "
                    "sum(quantity) from stock_reservations r where r.variant_id = l.variant_id and "
                    "r.location_id = l.location_id), 0) or reserved > on_hand or reserved < 0"),
             0);
    WANT_INT(db_int(cx, -1,
                    "select count(*) from stock_levels l where on_hand <> coalesce((select "
                    "sum(change) from stock_movements m where m.variant_id = l.variant_id and "
                    "m.location_id = l.location_id), 0)"),
             0);
    WANT_INT(db_int(cx, -1,
                    "select count(*) from stock_items i where waiting <> coalesce((select "
                    "sum(quantity) from stock_reservations r where r.variant_id = i.variant_id and "
                    "r.location_id is null), 0)"),
             0);
    WANT_INT(db_int(cx, -1,
                    "select count(*) from stock_items i join (select variant_id, sum(on_hand - "
                    "reserved) as free from stock_levels group by variant_id) l on l.variant_id = "
                    "i.variant_id where availability <> case when free <= 0 then 'out' when "
                    "free <= 5 then 'low' else 'in' end"),
             0);
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
    World *w = shop_of(state);
    RUN(w, TX_WRITE, set_what_is_free, NULL);
}

static bool keep_safety(Ctx *cx, void *arg)
{
    (void)arg;
    int64_t reserved, safety = 4, count = 10;
    stock_register(cx, shirt, product, 10);
    WANT_INT(stock_change(cx,
                          &(StockChange){.variant = shirt,
                                         .location = location_main,
                                         .on_hand = &count,
                                         .safety = &safety,
                                         .reason = MOVEMENT_COUNTED},
                          &reserved),
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
    World *w = shop_of(state);
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
    World *w = shop_of(state);
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
    World *w = shop_of(state);
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
    stock_release(cx, cart(1));
    stock_release(cx, cart(1));
    WANT_INT(free_of(cx, mug), 10);
    laws_hold(cx);
    return true;
}

static void reserving_again_replaces_what_was(void **state)
{
    World *w = shop_of(state);
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
    World *w = shop_of(state);
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
    World *w = shop_of(state);
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
    World *w = shop_of(state);
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
    World *w = shop_of(state);
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
    World *w = shop_of(state);
    RUN(w, TX_WRITE, confirm_too_late, NULL);
    RUN(w, TX_WRITE, confirm_expired, NULL);
}

/* ---- Beyond what is there ----------------------------------------------------------------------- */

static bool sell_beyond(Ctx *cx, void *arg)
{
    (void)arg;
    stock_register(cx, lamp, product, 2);
    StockItem *item = stock_item(cx, lamp);
    item->policy = POLICY_BACKORDER;
    item->backorder_limit = 6;
    MARK_SET(&stock_item_type, item, StockItem, backorder_limit);
    stock_item_set_policy(cx, item);
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
    World *w = shop_of(state);
    RUN(w, TX_WRITE, sell_beyond, NULL);
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
    World *w = shop_of(state);
    RUN(w, TX_WRITE, forget_one, NULL);
}

/* ---- Any order of things ------------------------------------------------------------------------ */

enum { OWNERS = 5, VARIANTS = 2, STEPS = 1500 };

/* The plain model: sums, and no locations. */
typedef struct Model {
    int64_t on_hand[VARIANTS][2];
    int64_t held[OWNERS][VARIANTS];
    int64_t end[OWNERS]; /* 0: for good */
    Random random;
} Model;

static const Id model_variants[VARIANTS] = {{11}, {12}};
static const Id model_places[2] = {{1}, {99}};

static bool is_alive(const Model *m, size_t owner)
{
    return !m->end[owner] || m->end[owner] > present_us;
}

static int64_t model_on_hand(const Model *m, size_t v)
{
    return m->on_hand[v][0] + m->on_hand[v][1];
}

static int64_t model_held(const Model *m, size_t v, size_t but)
{
    int64_t held = 0;
    for (size_t o = 0; o < OWNERS; o++)
        if (o != but && is_alive(m, o)) held += m->held[o][v];
    return held;
}

static size_t any(Model *m, size_t below)
{
    return (size_t)random_below(&m->random, below);
}

static void forget_owner(Model *m, size_t o)
{
    for (size_t v = 0; v < VARIANTS; v++) m->held[o][v] = 0;
    m->end[o] = 1;
}

static void step_reserve(Ctx *cx, Model *m)
{
    size_t o = any(m, OWNERS), lines = 1 + any(m, 3);
    int64_t sums[VARIANTS] = {0};
    StockDemand wanted[3];
    Time end = any(m, 4) ? in_seconds((int64_t)any(m, 40) + 1) : (Time){0};
    for (size_t i = 0; i < lines; i++) {
        size_t v = any(m, VARIANTS);
        wanted[i] = (StockDemand){model_variants[v], (int64_t)any(m, 12) + 1};
        sums[v] += wanted[i].quantity;
    }
    bool expected = true;
    for (size_t v = 0; v < VARIANTS; v++)
        if (sums[v]) expected &= sums[v] <= model_on_hand(m, v) - model_held(m, v, o);
    bool got =
        stock_reserve(cx, cart((int64_t)o + 1), (StockDemandList){wanted, lines}, end, &lacking);
    WANT_INT(got, expected);
    if (!got) return;
    memcpy(m->held[o], sums, sizeof sums);
    m->end[o] = end.us;
}

static void step_ship(Ctx *cx, Model *m)
{
    size_t o = any(m, OWNERS), v = any(m, VARIANTS);
    StockDemand parcel = {model_variants[v], (int64_t)any(m, 6) + 1};
    bool expected = is_alive(m, o) && parcel.quantity <= m->held[o][v];
    int64_t before[2];
    for (size_t p = 0; p < 2; p++) before[p] = m->on_hand[v][p];
    WANT_INT(stock_ship(cx, cart((int64_t)o + 1), (StockDemandList){&parcel, 1}), expected);
    int64_t left = 0;
    for (size_t p = 0; p < 2; p++) {
        const StockLevel *level = stock_level(cx, parcel.variant, model_places[p]);
        left += before[p] - level->on_hand;
        m->on_hand[v][p] = level->on_hand;
    }
    WANT_INT(left, expected ? parcel.quantity : 0);
    if (expected) m->held[o][v] -= parcel.quantity;
}

static void step_adjust(Ctx *cx, Model *m)
{
    size_t v = any(m, VARIANTS), p = any(m, 2);
    int64_t change = (int64_t)any(m, 21) - 10;
    StockEnd end = adjust(cx, model_variants[v], model_places[p], change);
    const StockLevel *level = stock_level(cx, model_variants[v], model_places[p]);
    WANT(end == STOCK_FINE || (end == STOCK_BELOW_RESERVED && change < 0));
    if (end == STOCK_FINE) m->on_hand[v][p] += change;
    WANT_INT(level->on_hand, m->on_hand[v][p]);
}

/* A refused change is rolled back by its caller; so is this one. */
static bool try_adjust(Ctx *cx, void *arg)
{
    Model *m = arg;
    step_adjust(cx, m);
    return true;
}

static void one_step(Ctx *cx, Model *m)
{
    size_t o = any(m, OWNERS);
    switch (any(m, 8)) {
    case 0:
    case 1:
    case 2:
        step_reserve(cx, m);
        break;
    case 3:
        step_ship(cx, m);
        break;
    case 4:
        db_try(cx, try_adjust, m);
        break;
    case 5:
        stock_release(cx, cart((int64_t)o + 1));
        if (is_alive(m, o)) forget_owner(m, o);
        break;
    case 6:
        present_us += (int64_t)any(m, 20) * 1000000;
        break;
    default: {
        Time end = in_seconds((int64_t)any(m, 40) + 1);
        bool holds = false;
        for (size_t v = 0; v < VARIANTS; v++) holds |= m->held[o][v] > 0;
        bool can = holds && m->end[o] && is_alive(m, o);
        WANT_INT(stock_extend(cx, cart((int64_t)o + 1), end) > 0, can);
        if (can) m->end[o] = end.us;
    }
    }
}

static void as_the_model_has_it(Ctx *cx, Model *m)
{
    for (size_t v = 0; v < VARIANTS; v++)
        WANT_INT(free_of(cx, model_variants[v]), model_on_hand(m, v) - model_held(m, v, OWNERS));
    laws_hold(cx);
}

static bool begin_model(Ctx *cx, void *arg)
{
    Model *m = arg;
    make_elsewhere(cx);
    for (size_t v = 0; v < VARIANTS; v++) {
        stock_register(cx, model_variants[v], product, 20);
        WANT_INT(adjust(cx, model_variants[v], elsewhere, 10), STOCK_FINE);
        m->on_hand[v][0] = 20;
        m->on_hand[v][1] = 10;
    }
    for (size_t o = 0; o < OWNERS; o++) forget_owner(m, o);
    return true;
}

static bool run_steps(Ctx *cx, void *arg)
{
    Model *m = arg;
    for (int i = 0; i < 25; i++) {
        one_step(cx, m);
        as_the_model_has_it(cx, m);
    }
    return true;
}

static void any_order_of_things_keeps_the_laws(void **state)
{
    World *w = shop_of(state);
    RandomSeeded seeded;
    Model m = {.random = random_seeded(&seeded, 20261121)};
    RUN(w, TX_WRITE, begin_model, &m);
    for (int i = 0; i < STEPS / 25; i++) RUN(w, TX_WRITE, run_steps, &m);
}

/* ---- Many at once ------------------------------------------------------------------------------- */

enum { BUYERS = 12, TRIES = 20 };

typedef struct Buyer {
    World *w;
    int number, sold, refused;
    int64_t quantity;
    pthread_t thread;
} Buyer;

typedef struct Try {
    StockOwner owner;
    int64_t quantity;
    bool sold;
} Try;

static bool buy(Ctx *cx, void *arg)
{
    Try *try = arg;
    StockShortList missing;
    StockDemand wanted[] = {{mug, try->quantity}, {shirt, try->quantity}};
    try->sold = stock_reserve(cx, try->owner, (StockDemandList){wanted, 2}, (Time){0}, &missing);
    WANT(try->sold || missing.n > 0);
    return true;
}

static void *buyer_main(void *arg)
{
    Buyer *b = arg;
    for (int i = 0; i < TRIES; i++) {
        Ctx cx = world_cx(b->w);
        Try try = {{"ord", {1 + b->number * TRIES + i}}, b->quantity, false};
        WANT_INT(db_run(b->w->db, TX_WRITE, &cx, buy, &try), DB_FINE);
        *(try.sold ? &b->sold : &b->refused) += 1;
        arena_free(cx.arena);
    }
    return NULL;
}

static bool open_race(Ctx *cx, void *arg)
{
    int64_t units = *(int64_t *)arg;
    make_elsewhere(cx);
    stock_register(cx, shirt, product, units - units / 3);
    stock_register(cx, mug, product, 1000000);
    WANT_INT(adjust(cx, shirt, elsewhere, units / 3), STOCK_FINE);
    return true;
}

static bool close_race(Ctx *cx, void *arg)
{
    laws_hold(cx);
    *(int64_t *)arg = db_int(cx, -1,
                             "select cast(sum(on_hand - reserved) as bigint) from stock_levels "
                             "where variant_id = $1",
                             shirt);
    return true;
}

static void race_for(World *w, int64_t units)
{
    Buyer buyers[BUYERS];
    int64_t left = 0;
    int sold = 0;
    RUN(w, TX_WRITE, open_race, &units);
    for (int i = 0; i < BUYERS; i++) {
        buyers[i] = (Buyer){.w = w, .number = i, .quantity = 1};
        assert_int_equal(pthread_create(&buyers[i].thread, NULL, buyer_main, &buyers[i]), 0);
    }
    for (int i = 0; i < BUYERS; i++) {
        assert_int_equal(pthread_join(buyers[i].thread, NULL), 0);
        sold += buyers[i].sold;
        assert_int_equal(buyers[i].sold + buyers[i].refused, TRIES);
    }
    assert_int_equal(sold, units);
    RUN(w, TX_WRITE, close_race, &left);
    assert_int_equal(left, 0);
}

static void exactly_one_unit_is_sold_once(void **state)
{
    race_for(shop_of(state), 1);
}

static void exactly_a_hundred_units_are_sold(void **state)
{
    race_for(shop_of(state), 100);
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
        ON_BOTH(what_is_forgotten_leaves_its_movements),
        ON_BOTH(any_order_of_things_keeps_the_laws),
        ON_BOTH(exactly_one_unit_is_sold_once),
        ON_BOTH(exactly_a_hundred_units_are_sold),
    };
    return cmocka_run_group_tests_name("inventory", tests, worlds_begin, worlds_end);
}
