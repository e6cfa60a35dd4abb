/* The inventory against a plain model, in any order of things, and many buyers at once, on both
 * databases. */
#include "modules/inventory/test_shop.h"

#include <pthread.h>

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
        ON_BOTH(any_order_of_things_keeps_the_laws),
        ON_BOTH(exactly_one_unit_is_sold_once),
        ON_BOTH(exactly_a_hundred_units_are_sold),
    };
    return cmocka_run_group_tests_name("inventory_model", tests, worlds_begin, worlds_end);
}
