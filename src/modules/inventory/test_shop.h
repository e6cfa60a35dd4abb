/* A shop for the tests of the inventory: its tables, a clock of the test's, some goods, and the laws. */
#ifndef MODULES_INVENTORY_TEST_SHOP_H
#define MODULES_INVENTORY_TEST_SHOP_H

#include "modules/inventory/change.h"

#include "platform/audit/audit.h"
#include "platform/changes.h"
#include "platform/outbox/outbox.h"
#include "platform/test_modules.h"

static const Id product = {7}, shirt = {11}, mug = {12}, lamp = {13};
static const Id elsewhere = {99};

static const Module *const shop_modules[] = {&changes_module, &audit_trail_module, &outbox_module,
                                             &inventory_module};

/* ---- A shop ------------------------------------------------------------------------------------ */

static int64_t present_us;

static Time test_now(void *state)
{
    (void)state;
    return (Time){present_us};
}
static const Clock test_clock = {test_now, NULL};

static inline Time in_seconds(int64_t seconds)
{
    return (Time){present_us + seconds * 1000000};
}

static inline World *shop_of(void **state)
{
    World *w = world_with(state, shop_modules, ROWS(shop_modules));
    present_us = INT64_C(1800000000000000);
    w->cx.clock = &test_clock;
    return w;
}

static inline int64_t free_of(Ctx *cx, Id variant)
{
    StockList stock;
    int64_t free = -1;
    Availability told;
    stock_ask(cx, &stock, product);
    WANT(db_settle(cx));
    stock_of(&stock, variant, &free, &told);
    return free;
}

static inline Availability told_of(Ctx *cx, Id variant)
{
    StockList stock;
    int64_t free;
    Availability told = AVAILABILITY_OUT;
    stock_ask(cx, &stock, product);
    WANT(db_settle(cx));
    WANT(stock_of(&stock, variant, &free, &told));
    return told;
}

static inline StockEnd adjust(Ctx *cx, Id variant, Id location, int64_t change)
{
    StockBefore before;
    return stock_change(
        cx,
        &(StockChange){
            .variant = variant, .location = location, .change = change, .reason = MOVEMENT_OTHER},
        &before);
}

static inline void make_elsewhere(Ctx *cx)
{
    WANT(location_insert(
        cx, &(Location){.present = PRESENT_ALL, .id = elsewhere, .name = S("Elsewhere")}));
}

static inline StockOwner cart(int64_t n)
{
    return (StockOwner){"cart", {n}};
}

static StockShortList lacking;

/* One line. */
static inline bool reserve(Ctx *cx, StockOwner owner, Id variant, int64_t quantity, Time end)
{
    StockDemand wanted = {variant, quantity};
    return stock_reserve(cx, owner, (StockDemandList){&wanted, 1}, end, &lacking);
}

/* ---- The laws ---------------------------------------------------------------------------------- */

static inline void laws_hold(Ctx *cx)
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
    WANT_INT(
        db_int(cx, -1,
               "select count(*) from stock_items i join (select variant_id, sum(on_hand - "
               "reserved) as free from stock_levels group by variant_id) l on l.variant_id = "
               "i.variant_id where availability <> case when free <= 0 then case when policy = "
               "'backorder' and waiting < backorder_limit then 'backorder' else 'out' end "
               "when free <= 5 then 'low' else 'in' end"),
        0);
}

static inline void allow_beyond(Ctx *cx, Id variant, int64_t limit)
{
    StockItem *item = stock_item(cx, variant);
    item->policy = POLICY_BACKORDER;
    item->backorder_limit = limit;
    MARK_SET(&stock_item_type, item, StockItem, backorder_limit);
    stock_item_set_policy(cx, item);
}

#endif
