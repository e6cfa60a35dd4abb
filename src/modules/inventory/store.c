#include "modules/inventory/store.h"

#include "platform/events.h"

const Id location_main = {1};

static const Type stock_event_type =
    TYPE(StockEvent, "A variant of which another answer is given than before.",
         FIELD(StockEvent, product, "Whose variant.", .prefix = "prod"),
         FIELD(StockEvent, variant, "Which one.", .prefix = "var"),
         ENUM(StockEvent, availability, "Whether it can be had.", availability_names));

const Event stock_availability_changed = {
    "stock.availability_changed", "Whether a variant can be had is another answer than before.",
    &stock_event_type};

static const Type stock_type =
    TYPE(Stock, "What is free of a variant.", FIELD(Stock, variant, "", .prefix = "var"),
         FIELD(Stock, free, ""));

void stock_ask(Ctx *cx, StockList *stock, Id product)
{
    db_ask_all(cx, &stock->rows, &stock_type,
               "select variant_id as variant, on_hand - reserved as free from stock_levels "
               "where product_id = $1 order by variant_id",
               product);
}

void stock_ask_all(Ctx *cx, StockList *stock, IdList products)
{
    db_ask_all(cx, &stock->rows, &stock_type,
               "select variant_id as variant, on_hand - reserved as free from stock_levels "
               "where product_id in IDS($1) order by variant_id",
               products);
}

/* The first of the variant's rows, or n. */
static size_t find_variant(const StockList *stock, Id variant)
{
    size_t from = 0, to = stock->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (stock->items[middle].variant.n < variant.n)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

bool stock_of(const StockList *stock, Id variant, int64_t *free)
{
    size_t at = find_variant(stock, variant), first = at;
    int64_t sum = 0;
    for (; at < stock->n && id_eq(stock->items[at].variant, variant); at++)
        sum += stock->items[at].free;
    if (at == first) return false;
    *free = sum;
    return true;
}

void stock_register(Ctx *cx, Id variant, Id product, int64_t on_hand)
{
    db_post(cx,
            "insert into stock_levels (product_id, variant_id, location_id, on_hand, reserved, "
            "updated_at) values ($1, $2, $3, $4, 0, $5)",
            product, variant, location_main, on_hand, ctx_now(cx));
}

bool stock_take(Ctx *cx, Id variant)
{
    return db_exec(cx, "update stock_levels set reserved = reserved where variant_id = $1",
                   variant) > 0;
}

/* Of a variant that was taken. */
static int64_t stock_free(Ctx *cx, Id variant)
{
    return db_int(cx, 0,
                  "select cast(sum(on_hand - reserved) as bigint) from stock_levels "
                  "where variant_id = $1",
                  variant);
}

static void announce_change(Ctx *cx, Id variant, int64_t before)
{
    Availability now = availability_of(stock_free(cx, variant));
    if (availability_of(before) == now) return;
    Id product = {db_int(cx, 0, "select product_id from stock_levels where variant_id = $1 limit 1",
                         variant)};
    announce(cx, &stock_availability_changed, &(StockEvent){product, variant, now});
}

/* Taken first: a statement does not see the rows that were added while it waited for others. */
void stock_forget(Ctx *cx, Id variant)
{
    stock_take(cx, variant);
    db_exec(cx, "delete from stock_levels where variant_id = $1", variant);
}

void stock_forget_product(Ctx *cx, Id product)
{
    db_exec(cx, "update stock_levels set reserved = reserved where product_id = $1", product);
    db_exec(cx, "delete from stock_levels where product_id = $1", product);
}

/* One statement, so that a reservation made meanwhile is never forgotten. */
bool stock_set(Ctx *cx, Id variant, Id location, int64_t on_hand)
{
    int64_t before = stock_free(cx, variant);
    if (db_exec(cx,
                "insert into stock_levels (product_id, variant_id, location_id, on_hand, "
                "reserved, updated_at) "
                "select v.product_id, $1, p.id, $3, 0, $4 "
                "from (select product_id from stock_levels where variant_id = $1 limit 1) v "
                "cross join locations p where p.id = $2 "
                "on conflict (product_id, variant_id, location_id) "
                "do update set on_hand = excluded.on_hand, updated_at = excluded.updated_at",
                variant, location, on_hand, ctx_now(cx)) != 1)
        return false;
    announce_change(cx, variant, before);
    return true;
}

bool stock_set_free(Ctx *cx, Id variant, int64_t free)
{
    if (!stock_take(cx, variant)) return false;
    const StockLevel *main = stock_level(cx, variant, location_main);
    int64_t on_hand = (main ? main->on_hand : 0) + free - stock_free(cx, variant);
    if (on_hand < (main ? main->reserved : 0) || on_hand > STOCK_MAX) return false;
    return stock_set(cx, variant, location_main, on_hand);
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
