/* The SQL of the inventory's checks. */
#include "modules/inventory/store_checks.h"

#include "modules/inventory/store.h"

static const Type difference_type = TYPE(
    Difference, "Two numbers that should be one.", FIELD(Difference, variant, "", .prefix = "var"),
    FIELD(Difference, location, "", .prefix = "loc"), FIELD(Difference, stored, ""),
    FIELD(Difference, counted, ""));

Id variants_page_end(Ctx *cx, Id after, int64_t limit, bool *end)
{
    IdList page = db_ids(cx,
                         "select variant_id from stock_items where variant_id > $1 "
                         "order by variant_id limit $2",
                         after.n, limit);
    *end = page.n < (size_t)limit;
    return page.n ? page.items[page.n - 1] : (Id){0};
}

/* Of the levels behind $1 up to $2: where the column is not the sum. */
#define LEVEL_DIFFERENCES(column, sum)                                                             \
    "select l.variant_id as variant, l.location_id as location, l." column " as stored, " sum      \
    " as counted from stock_levels l where l.variant_id > $1 and l.variant_id <= $2 "              \
    "and l." column " <> " sum " order by l.variant_id, l.location_id"

#define MOVED                                                                                      \
    "coalesce((select cast(sum(m.change) as bigint) from stock_movements m where m.variant_id = "  \
    "l.variant_id and m.location_id = l.location_id), 0)"

AnyList differences_on_hand(Ctx *cx, Id after, Id last)
{
    return db_all(cx, &difference_type, LEVEL_DIFFERENCES("on_hand", MOVED), after.n, last.n);
}

#define RESERVED                                                                                   \
    "coalesce((select cast(sum(r.quantity) as bigint) from stock_reservations r where "            \
    "r.variant_id = l.variant_id and r.location_id = l.location_id), 0)"

AnyList differences_reserved(Ctx *cx, Id after, Id last)
{
    return db_all(cx, &difference_type, LEVEL_DIFFERENCES("reserved", RESERVED), after.n, last.n);
}

#define INCOMING                                                                                   \
    "coalesce((select cast(sum(t.quantity - t.received - t.lost) as bigint) from "                 \
    "stock_transfer_lines t join stock_transfers s on s.id = t.transfer_id where t.variant_id = "  \
    "l.variant_id and s.destination = l.location_id and s.status = 'shipped'), 0)"

AnyList differences_incoming(Ctx *cx, Id after, Id last)
{
    return db_all(cx, &difference_type, LEVEL_DIFFERENCES("incoming", INCOMING), after.n, last.n);
}

#define WAITING                                                                                    \
    "coalesce((select cast(sum(r.quantity) as bigint) from stock_reservations r where "            \
    "r.variant_id = i.variant_id and r.location_id is null), 0)"

AnyList differences_waiting(Ctx *cx, Id after, Id last)
{
    return db_all(cx, &difference_type,
                  "select i.variant_id as variant, i.waiting as stored, " WAITING
                  " as counted from stock_items i where i.variant_id > $1 and i.variant_id <= $2 "
                  "and i.waiting <> " WAITING " order by i.variant_id",
                  after.n, last.n);
}

IdList variants_page(Ctx *cx, Id after, Id last)
{
    return db_ids(cx,
                  "select variant_id from stock_items where variant_id > $1 and variant_id <= $2 "
                  "order by variant_id",
                  after.n, last.n);
}

void level_set_incoming(Ctx *cx, Id variant, Id location, int64_t incoming)
{
    db_exec(cx, "update stock_levels set incoming = $3 where variant_id = $1 and location_id = $2",
            variant, location, incoming);
}

bool level_set_reserved(Ctx *cx, Id variant, Id location, int64_t reserved)
{
    return db_exec(cx,
                   "update stock_levels set reserved = $3 where variant_id = $1 "
                   "and location_id = $2 and on_hand >= $3",
                   variant, location, reserved) == 1;
}

void item_set_waiting(Ctx *cx, Id variant, int64_t waiting)
{
    db_exec(cx, "update stock_items set waiting = $2 where variant_id = $1", variant, waiting);
}
