/* What other modules may ask of the inventory, on both databases. */
#include "modules/inventory/store.h"

#include "platform/changes.h"
#include "platform/db/test_world.h"
#include "platform/outbox/outbox.h"

/* ---- Who listens ------------------------------------------------------------------------------ */

static int heard;

static void hear(Ctx *cx, const StockEvent *stock)
{
    (void)cx;
    WANT_INT(stock->product.n, 7);
    heard++;
}
REACTION(hear, StockEvent)

static const Reaction reactions[] = {ON(stock_availability_changed, hear)};
static const Module listener = {.name = "listener", MODULE_ROWS(reactions, reaction)};
static const Module *const modules[] = {&changes_module, &outbox_module, &inventory_module,
                                        &listener};

static World *shop_of(void **state)
{
    World *w = world_of(state);
    for (size_t i = 0; i < ROWS(modules); i++) {
        int applied;
        Str detail = S("");
        const Error *error = db_migrate(w->db, &w->cx, modules[i]->migrations,
                                        modules[i]->migration_count, &applied, &detail);
        if (error) fail_msg("%s: %.*s", error->code, STR_ARG(detail));
    }
    events_gather(modules, ROWS(modules));
    heard = 0;
    return w;
}

/* ---- How much is free -------------------------------------------------------------------------- */

static int64_t free_of(Ctx *cx, Id variant)
{
    StockList stock;
    int64_t free = -1;
    stock_ask(cx, &stock, (Id){7});
    WANT(db_settle(cx));
    stock_of(&stock, variant, &free);
    return free;
}

/* 20 at the main location, 3 of them promised; 5 elsewhere. */
static bool set_what_is_free(Ctx *cx, void *arg)
{
    (void)arg;
    Id variant = {1}, elsewhere = {99};
    stock_register(cx, variant, (Id){7}, 20);
    db_exec(cx, "update stock_levels set reserved = 3 where variant_id = $1", variant);
    db_exec(cx, "insert into locations (id, name) values ($1, 'Elsewhere')", elsewhere);
    WANT(stock_set(cx, variant, elsewhere, 5));
    WANT_INT(free_of(cx, variant), 22);

    WANT(stock_set_free(cx, variant, 30));
    WANT_INT(free_of(cx, variant), 30);
    WANT_INT(stock_level(cx, variant, location_main)->on_hand, 28);
    WANT_INT(stock_level(cx, variant, elsewhere)->on_hand, 5);
    WANT_INT(heard, 0);

    WANT(stock_set_free(cx, variant, 5)); /* what is promised stays, and so do those elsewhere */
    WANT_INT(stock_level(cx, variant, location_main)->on_hand, 3);
    WANT_INT(heard, 1);
    WANT(!stock_set_free(cx, variant, 4));
    WANT(!stock_set_free(cx, variant, STOCK_MAX + 100));
    WANT_INT(free_of(cx, variant), 5);
    WANT(!stock_set_free(cx, (Id){2}, 1)); /* which is not registered */
    return true;
}

static void what_is_missing_is_added_at_the_main_location(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, set_what_is_free, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {ON_BOTH(what_is_missing_is_added_at_the_main_location)};
    return cmocka_run_group_tests_name("inventory", tests, worlds_begin, worlds_end);
}
