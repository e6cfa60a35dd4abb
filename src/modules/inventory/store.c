#include "modules/inventory/store.h"

const Id location_main = {1};

static const Type stock_type =
    TYPE(Stock, "What is free of a variant.", FIELD(Stock, variant, "", .prefix = "var"),
         FIELD(Stock, free, ""));

void stock_ask(Ctx *cx, StockList *stock, IdList products)
{
    db_ask_all(cx, &stock->rows, &stock_type,
               "select i.variant_id as variant, "
               "cast(sum(l.on_hand - l.reserved) as bigint) as free "
               "from stock_items i join stock_levels l on l.variant_id = i.variant_id "
               "where i.product_id in IDS($1) group by i.variant_id order by i.variant_id",
               products);
}

int64_t stock_of(const StockList *stock, Id variant)
{
    size_t from = 0, to = stock->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (stock->items[middle].variant.n < variant.n)
            from = middle + 1;
        else
            to = middle;
    }
    return from < stock->n && id_eq(stock->items[from].variant, variant) ? stock->items[from].free
                                                                         : 0;
}

void stock_item_add(Ctx *cx, Id variant, Id product)
{
    db_exec(cx, "insert into stock_items (variant_id, product_id) values ($1, $2)", variant,
            product);
}

void stock_item_remove(Ctx *cx, Id variant)
{
    db_exec(cx, "delete from stock_items where variant_id = $1", variant);
}

void stock_items_remove_of(Ctx *cx, Id product)
{
    db_exec(cx, "delete from stock_items where product_id = $1", product);
}

bool stock_item_exists(Ctx *cx, Id variant)
{
    return db_int(cx, 0, "select variant_id from stock_items where variant_id = $1", variant);
}

/* One statement, so that a reservation made meanwhile is never forgotten. */
bool stock_set(Ctx *cx, Id variant, Id location, int64_t on_hand)
{
    return db_exec(cx,
                   "insert into stock_levels (variant_id, location_id, on_hand, reserved, "
                   "updated_at) select i.variant_id, p.id, $3, 0, $4 "
                   "from stock_items i cross join locations p "
                   "where i.variant_id = $1 and p.id = $2 "
                   "on conflict (variant_id, location_id) "
                   "do update set on_hand = excluded.on_hand, updated_at = excluded.updated_at",
                   variant, location, on_hand, ctx_now(cx)) == 1;
}

StockLevelList stock_levels_of(Ctx *cx, Id variant)
{
    return DB_LIST(StockLevelList,
                   db_all(cx, &stock_level_type,
                          "select variant_id as variant, location_id as location, on_hand, "
                          "reserved, updated_at from stock_levels where variant_id = $1 "
                          "order by location_id",
                          variant));
}

StockLevel *stock_level(Ctx *cx, Id variant, Id location)
{
    return db_one(cx, &stock_level_type,
                  "select variant_id as variant, location_id as location, on_hand, reserved, "
                  "updated_at from stock_levels where variant_id = $1 and location_id = $2",
                  variant, location);
}

LocationList locations_all(Ctx *cx)
{
    return DB_LIST(LocationList,
                   db_all(cx, &location_type, "select id, name from locations order by id"));
}

bool location_insert(Ctx *cx, const Location *location)
{
    return db_put(cx, &location_type, location,
                  "insert into locations (id, name) values (:id, :name) "
                  "on conflict (name) do nothing") == 1;
}
