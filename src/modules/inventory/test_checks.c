/* Each law of the inventory is broken behind its back, found, and put right, on both databases. */
#include "modules/inventory/checks.h"
#include "modules/inventory/test_shop.h"

static CheckFound found;

static size_t look_with(Ctx *cx, const Check *law)
{
    found = (CheckFound){.arena = cx->arena};
    WANT_INT(law->look(cx, &found, (Id){0}).n, 0);
    WANT(!db_failure(cx));
    return found.n;
}

static bool stock_some(Ctx *cx, void *arg)
{
    (void)arg;
    make_elsewhere(cx);
    stock_register(cx, shirt, product, 20);
    stock_register(cx, mug, product, 3);
    stock_register(cx, lamp, product, 0);
    WANT_INT(adjust(cx, shirt, elsewhere, 5), STOCK_FINE);
    allow_beyond(cx, lamp, 9);
    WANT(reserve(cx, cart(1), shirt, 4, in_seconds(60)));
    WANT(reserve(cx, cart(2), lamp, 2, (Time){0}));
    return true;
}

static bool look_at_all(Ctx *cx, void *arg)
{
    (void)arg;
    for (size_t i = 0; i < INVENTORY_CHECKS; i++) WANT_INT(look_with(cx, &inventory_checks[i]), 0);
    return true;
}

typedef struct Fault {
    void (*plant)(Ctx *cx);
    const char *law;
    Id variant;
    const char *told;
} Fault;

static void lose_a_movement(Ctx *cx)
{
    db_exec(cx, "update stock_movements set change = 2 where variant_id = $1 and location_id = $2",
            shirt, elsewhere);
}

static void miscount_reserved(Ctx *cx)
{
    db_exec(cx, "update stock_levels set reserved = 6 where variant_id = $1 and location_id = $2",
            shirt, location_main);
}

static void miscount_waiting(Ctx *cx)
{
    db_exec(cx, "update stock_items set waiting = 3 where variant_id = $1", lamp);
}

static void miscount_incoming(Ctx *cx)
{
    db_exec(cx, "update stock_levels set incoming = 9 where variant_id = $1", mug);
}

static void tell_a_lie(Ctx *cx)
{
    db_exec(cx, "update stock_items set availability = 'in' where variant_id = $1", mug);
}

static const Fault faults[] = {
    {lose_a_movement,
     "stock.on_hand",
     {11},
     "at loc_0000000000033 5 are on hand, movements add up to 2"},
    {miscount_reserved,
     "stock.reserved",
     {11},
     "at loc_0000000000001 6 are reserved, reservations add up to 4"},
    {miscount_waiting, "stock.waiting", {13}, "3 wait, reservations add up to 2"},
    {miscount_incoming,
     "stock.incoming",
     {12},
     "at loc_0000000000001 9 are incoming, transfers add up to 0"},
    {tell_a_lie, "stock.availability", {12}, "\"in\" is told, 3 are free"},
};

/* Only its own law finds it. */
static bool break_and_mend(Ctx *cx, void *arg)
{
    const Fault *fault = arg;
    fault->plant(cx);
    for (size_t i = 0; i < INVENTORY_CHECKS; i++) {
        const Check *law = &inventory_checks[i];
        bool is_it = strcmp(law->name, fault->law) == 0;
        WANT_INT(look_with(cx, law), is_it);
        if (!is_it) continue;
        WANT_INT(found.subjects[0].id.n, fault->variant.n);
        WANT_STR(found.subjects[0].detail, str_from(fault->told));
        WANT(law->repair(cx, fault->variant));
        WANT_INT(look_with(cx, law), 0);
    }
    laws_hold(cx);
    return true;
}

static void what_is_broken_is_found_and_put_right(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, stock_some, NULL);
    RUN(w, TX_READ, look_at_all, NULL);
    for (size_t i = 0; i < ROWS(faults); i++) {
        Fault fault = faults[i];
        RUN(w, TX_WRITE, break_and_mend, &fault);
        RUN(w, TX_READ, look_at_all, NULL);
    }
}

/* Nobody knows who of them gets nothing. */
static bool promise_too_much(Ctx *cx, void *arg)
{
    (void)arg;
    db_exec(cx, "update stock_reservations set quantity = 40 where variant_id = $1", shirt);
    WANT_INT(look_with(cx, &inventory_checks[1]), 1);
    WANT(!inventory_checks[1].repair(cx, shirt));
    return false;
}

static void what_a_person_must_decide_is_left_to_him(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, stock_some, NULL);
    RUN(w, TX_WRITE, promise_too_much, NULL);
    RUN(w, TX_READ, look_at_all, NULL);
}

/* More than one page of them. */
static bool stock_many(Ctx *cx, void *arg)
{
    (void)arg;
    for (int64_t i = 1; i <= CHECK_PAGE + 3; i++) stock_register(cx, (Id){i}, product, 1);
    db_exec(cx, "update stock_items set waiting = 1 where variant_id > $1", CHECK_PAGE - 1);
    return true;
}

static bool walk_pages(Ctx *cx, void *arg)
{
    (void)arg;
    const Check *law = &inventory_checks[2];
    found = (CheckFound){.arena = cx->arena};
    Id last = law->look(cx, &found, (Id){0});
    WANT_INT(last.n, CHECK_PAGE);
    WANT_INT(found.n, 1);
    WANT_INT(law->look(cx, &found, last).n, 0);
    WANT_INT(found.n, 4);
    return true;
}

static void every_page_is_looked_at(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, stock_many, NULL);
    RUN(w, TX_READ, walk_pages, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(what_is_broken_is_found_and_put_right),
        ON_BOTH(what_a_person_must_decide_is_left_to_him),
        ON_BOTH(every_page_is_looked_at),
    };
    return cmocka_run_group_tests_name("inventory_checks", tests, worlds_begin, worlds_end);
}
