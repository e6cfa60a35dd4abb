/* The inventory's SQL.
 *
 * What is asked most is how much of a product's variants is free, so levels lie by product, and what
 * expired reservations no longer promise is added by the same statement. What is written most is one
 * level of a variant that many want: level_ask_take does that in one guarded statement.
 *
 * Whatever else changes a variant holds all its levels first (levels_lock), so that its levels, its
 * item and its reservations can be read, decided on in memory (shelf.c) and written back. */
#include "modules/inventory/store.h"

const Id location_main = {1};

/* ---- How much there is ------------------------------------------------------------------------ */

static const Type stock_type =
    TYPE(Stock, "What is free of a variant.", FIELD(Stock, variant, "", .prefix = "var"),
         FIELD(Stock, free, ""), ENUM(Stock, availability, "", availability_names));

/* Of a level l, with its item i, at the time $2. */
#define STOCK_COLUMNS                                                                              \
    "l.variant_id as variant, l.on_hand - l.reserved - l.safety + coalesce((select "               \
    "cast(sum(r.quantity) as bigint) from stock_reservations r where r.variant_id = l.variant_id " \
    "and r.location_id = l.location_id and r.expires_at <= $2), 0) as free, i.availability "

void stock_ask(Ctx *cx, StockList *stock, Id product)
{
    db_ask_all(cx, &stock->rows, &stock_type,
               "select " STOCK_COLUMNS "from stock_levels l "
               "join stock_items i on i.variant_id = l.variant_id "
               "where l.product_id = $1 order by l.variant_id",
               product, ctx_now(cx));
}

void stock_ask_all(Ctx *cx, StockList *stock, IdList products)
{
    db_ask_all(cx, &stock->rows, &stock_type,
               "select " STOCK_COLUMNS "from stock_levels l "
               "join stock_items i on i.variant_id = l.variant_id "
               "where l.product_id in IDS($1) order by l.variant_id",
               products, ctx_now(cx));
}

/* The signs keep the owner's few reservations from being looked for among all of the variant's. */
void stock_ask_for(Ctx *cx, StockList *stock, IdList variants, StockOwner owner)
{
    db_ask_all(cx, &stock->rows, &stock_type,
               "select l.variant_id as variant, l.on_hand - l.reserved - l.safety + coalesce(("
               "select cast(sum(r.quantity) as bigint) from stock_reservations r "
               "where r.variant_id = l.variant_id and r.location_id = l.location_id "
               "and r.expires_at <= $2), 0) + coalesce((select cast(sum(o.quantity) as bigint) "
               "from stock_reservations o where o.owner_id = $3 and o.owner_kind = $4 "
               "and +o.variant_id = l.variant_id and +o.location_id = l.location_id "
               "and (o.expires_at is null or o.expires_at > $2)), 0) as free, i.availability "
               "from stock_levels l join stock_items i on i.variant_id = l.variant_id "
               "where l.variant_id in IDS($1) order by l.variant_id",
               variants, ctx_now(cx), owner.id, str_from(owner.kind));
}

IdList stock_owners(Ctx *cx, const char *kind, Id after, int64_t limit)
{
    return db_ids(cx,
                  "select distinct owner_id from stock_reservations where owner_kind = $1 "
                  "and owner_id > $2 and (expires_at is null or expires_at > $3) "
                  "order by owner_id limit $4",
                  str_from(kind), after.n, ctx_now(cx), limit); /* 0 is a number here */
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

bool stock_of(const StockList *stock, Id variant, int64_t *free, Availability *availability)
{
    size_t at = find_variant(stock, variant), first = at;
    int64_t sum = 0;
    for (; at < stock->n && id_eq(stock->items[at].variant, variant); at++)
        if (stock->items[at].free > 0) sum += stock->items[at].free;
    if (at == first) return false;
    *free = sum;
    *availability = stock->items[first].availability;
    return true;
}

static const Type stock_place_type =
    TYPE(StockPlace, "What lies where.", FIELD(StockPlace, variant, "", .prefix = "var"),
         FIELD(StockPlace, location, ""), FIELD(StockPlace, on_hand, ""),
         FIELD(StockPlace, reserved, ""), FIELD(StockPlace, safety, ""),
         FIELD(StockPlace, incoming, ""));

StockPlaceList stock_places(Ctx *cx, IdList products)
{
    return DB_LIST(StockPlaceList,
                   db_all(cx, &stock_place_type,
                          "select l.variant_id as variant, p.name as location, l.on_hand, "
                          "l.reserved, l.safety, l.incoming from stock_levels l "
                          "join locations p on p.id = l.location_id "
                          "where l.product_id in IDS($1) order by l.variant_id, p.id",
                          products));
}

size_t stock_places_first(const StockPlaceList *places, Id variant)
{
    size_t from = 0, to = places->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (places->items[middle].variant.n < variant.n)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* ---- Locations -------------------------------------------------------------------------------- */

LocationList locations_all(Ctx *cx)
{
    return DB_LIST(LocationList, db_all(cx, &location_type,
                                        "select id, name, priority from locations order by id"));
}

Location *location_read(Ctx *cx, Id id)
{
    return db_one(cx, &location_type, "select id, name, priority from locations where id = $1", id);
}

Id stock_location_named(Ctx *cx, Str name)
{
    return (Id){db_int(cx, 0, "select id from locations where name = $1", name)};
}

bool location_insert(Ctx *cx, const Location *location)
{
    return db_put(cx, &location_type, location,
                  "insert into locations (id, name, priority) values (:id, :name, :priority) "
                  "on conflict (name) do nothing") == 1;
}

/* One statement, so that of two who want the same name one is told so. */
bool location_update(Ctx *cx, const Location *location)
{
    return db_exec(cx,
                   "update locations set name = $2, priority = $3 where id = $1 and not exists "
                   "(select 1 from locations o where o.name = $2 and o.id <> $1)",
                   location->id, location->name, location->priority) == 1;
}

/* ---- Levels and items ------------------------------------------------------------------------- */

#define LEVEL_COLUMNS                                                                              \
    "variant_id as variant, location_id as location, on_hand, reserved, safety, incoming, "        \
    "updated_at "

StockLevelList stock_levels_of(Ctx *cx, Id variant)
{
    return DB_LIST(StockLevelList,
                   db_all(cx, &stock_level_type,
                          "select " LEVEL_COLUMNS "from stock_levels where variant_id = $1 "
                          "order by location_id",
                          variant));
}

StockLevel *stock_level(Ctx *cx, Id variant, Id location)
{
    return db_one(cx, &stock_level_type,
                  "select " LEVEL_COLUMNS "from stock_levels where variant_id = $1 "
                  "and location_id = $2",
                  variant, location);
}

StockItem *stock_item(Ctx *cx, Id variant)
{
    return db_one(cx, &stock_item_type,
                  "select variant_id as variant, policy, backorder_limit, available_at, waiting, "
                  "availability from stock_items where variant_id = $1",
                  variant);
}

void stock_item_set_policy(Ctx *cx, const StockItem *item)
{
    db_put(cx, &stock_item_type, item,
           "update stock_items set policy = :policy, backorder_limit = :backorder_limit, "
           "available_at = :available_at where variant_id = :variant");
}

void stock_register(Ctx *cx, Id variant, Id product, int64_t on_hand)
{
    Time now = ctx_now(cx);
    db_post(cx,
            "insert into stock_items (variant_id, product_id, policy, waiting, availability) "
            "values ($1, $2, 'deny', 0, $3)",
            variant, product, enum_text(&availability_names, availability_of(on_hand)));
    db_post(cx,
            "insert into stock_levels (product_id, variant_id, location_id, on_hand, reserved, "
            "updated_at) values ($1, $2, $3, $4, 0, $5)",
            product, variant, location_main, on_hand, now);
    if (on_hand)
        movement_insert(cx, &(Movement){.variant = variant,
                                        .location = location_main,
                                        .change = on_hand,
                                        .reason = MOVEMENT_INITIAL,
                                        .at = now});
}

void level_open(Ctx *cx, Id variant, Id location)
{
    db_post(cx,
            "insert into stock_levels (product_id, variant_id, location_id, on_hand, reserved, "
            "updated_at) select i.product_id, i.variant_id, p.id, 0, 0, $3 from stock_items i "
            "cross join locations p where i.variant_id = $1 and p.id = $2 on conflict "
            "(product_id, variant_id, location_id) do nothing",
            variant, location, ctx_now(cx));
}

void levels_lock(Ctx *cx, Id variant)
{
    db_post(cx, "update stock_levels set reserved = reserved where variant_id = $1", variant);
}

void levels_ask(Ctx *cx, AnyList *rows, IdList variants)
{
    db_ask_all(cx, rows, &level_type,
               "select l.variant_id as variant, l.product_id as product, l.location_id as "
               "location, l.on_hand, l.reserved, l.safety, l.incoming, i.policy, "
               "coalesce(i.backorder_limit, -1) as backorder_limit, i.available_at, i.waiting, "
               "i.availability from stock_levels l "
               "join stock_items i on i.variant_id = l.variant_id "
               "join locations p on p.id = l.location_id "
               "where l.variant_id in IDS($1) order by l.variant_id, p.priority, p.id",
               variants);
}

static const Type taken_location_type =
    TYPE(TakenLocation, "Who serves.", FIELD(TakenLocation, location, "", .prefix = "loc"));

/* The place is looked for without being held; the guard is asked again of the row as it is then. Of the
 * variant $1, $2 of it, at the time $4, so that more than $3 - $2 are left. */
#define TAKE_PLENTY                                                                                \
    "update stock_levels set reserved = reserved + $2, updated_at = $4 "                           \
    "where variant_id = $1 and on_hand - reserved - safety > $3 and location_id = "                \
    "(select l.location_id from stock_levels l join locations p on p.id = l.location_id "          \
    "where l.variant_id = $1 and l.on_hand - l.reserved - l.safety >= $2 "                         \
    "order by p.priority, p.id limit 1) returning location_id as location"

void level_ask_take(Ctx *cx, TakenLocation **location, StockDemand demand)
{
    db_ask_one(cx, location, &taken_location_type, TAKE_PLENTY, demand.variant, demand.quantity,
               demand.quantity + STOCK_LOW, ctx_now(cx));
}

static const Type plenty_type =
    TYPE(Plenty, "What is free at one place.", FIELD(Plenty, variant, "", .prefix = "var"),
         FIELD(Plenty, free, ""));

void levels_ask_plenty(Ctx *cx, AnyList *rows, IdList variants)
{
    db_ask_all(cx, rows, &plenty_type,
               "select variant_id as variant, max(on_hand - reserved - safety) as free "
               "from stock_levels where variant_id in IDS($1) group by variant_id "
               "order by variant_id",
               variants);
}

void level_put(Ctx *cx, const Level *level)
{
    db_post(cx,
            "update stock_levels set on_hand = $3, reserved = $4, safety = $5, incoming = $6, "
            "updated_at = $7 where variant_id = $1 and location_id = $2",
            level->variant, level->location, level->on_hand, level->reserved, level->safety,
            level->incoming, ctx_now(cx));
}

void item_put(Ctx *cx, Id variant, int64_t waiting, Availability availability)
{
    db_post(cx, "update stock_items set waiting = $2, availability = $3 where variant_id = $1",
            variant, waiting, enum_text(&availability_names, availability));
}

IdList variants_of_product(Ctx *cx, Id product)
{
    return db_ids(cx,
                  "select variant_id from stock_items where product_id = $1 order by variant_id",
                  product);
}

void levels_delete(Ctx *cx, Id variant)
{
    db_post(cx, "delete from stock_reservations where variant_id = $1", variant);
    db_post(cx, "delete from stock_levels where variant_id = $1", variant);
    db_post(cx, "delete from stock_items where variant_id = $1", variant);
}

/* ---- Movements -------------------------------------------------------------------------------- */

/* "user_…", or nothing where nobody is known: a command, a job. */
static Str actor_text(Ctx *cx)
{
    if (!cx->actor.id.n) return S("");
    return id_text(cx->arena, cx->actor.prefix, cx->actor.id);
}

void movement_insert(Ctx *cx, const Movement *movement)
{
    Movement row = *movement;
    row.id = ctx_id(cx);
    row.at = ctx_now(cx);
    row.actor = actor_text(cx);
    if (!row.reference.p) row.reference = S("");
    db_post_put(cx, &movement_type, &row,
                "insert into stock_movements (id, variant_id, location_id, change, reason, "
                "reference, actor, at) values (:id, :variant, :location, :change, :reason, "
                ":reference, :actor, :at)");
}

MovementList movements_page(Ctx *cx, Id variant, Id before, int64_t limit)
{
    return DB_LIST(
        MovementList,
        db_all(cx, &movement_type,
               "select id, variant_id as variant, location_id as location, change, reason, "
               "reference, actor, at from stock_movements where variant_id = $1 and id < $2 "
               "order by id desc limit $3",
               variant, before.n ? before.n : INT64_MAX, limit));
}

/* ---- Reservations ------------------------------------------------------------------------------ */

#define RESERVATION_COLUMNS                                                                        \
    "id, owner_kind, owner_id, variant_id as variant, location_id as location, quantity, "         \
    "expires_at, created_at "

static Value time_or_null(Time t)
{
    return t.us ? value_time(t) : (Value){.kind = VALUE_NULL};
}

void reservations_insert(Ctx *cx, const Reservation *rows, size_t n)
{
    db_post_rows(cx, &reservation_type, rows, n,
                 "insert into stock_reservations (id, owner_kind, owner_id, variant_id, "
                 "location_id, quantity, expires_at, created_at) values (:id, :owner_kind, "
                 ":owner_id, :variant, :location, :quantity, :expires_at, :created_at)");
}

void reservation_post_taken(Ctx *cx, const Reservation *r)
{
    db_post(cx,
            "with taken as (" TAKE_PLENTY "), kept as (insert into stock_reservations (id, "
            "owner_kind, owner_id, variant_id, location_id, quantity, expires_at, created_at) "
            "select $5, $6, $7, $1, location, $2, $8, $4 from taken returning id) "
            "select stock_must_take(count(*)) from kept",
            r->variant, r->quantity, r->quantity + STOCK_LOW, r->created_at, r->id, r->owner_kind,
            r->owner_id, time_or_null(r->expires_at));
}

void reservations_delete(Ctx *cx, IdList ids)
{
    if (ids.n) db_post(cx, "delete from stock_reservations where id in IDS($1)", ids);
}

void reservation_set_quantity(Ctx *cx, Id id, int64_t quantity)
{
    db_post(cx, "update stock_reservations set quantity = $2 where id = $1", id, quantity);
}

void reservation_put_at(Ctx *cx, Id id, Id location)
{
    db_post(cx, "update stock_reservations set location_id = $2 where id = $1", id, location);
}

void reservations_ask(Ctx *cx, AnyList *rows, StockOwner owner)
{
    db_ask_all(cx, rows, &reservation_type,
               "select " RESERVATION_COLUMNS "from stock_reservations "
               "where owner_id = $1 and owner_kind = $2 order by variant_id, id",
               owner.id, str_from(owner.kind));
}

ReservationList reservations_of(Ctx *cx, StockOwner owner)
{
    AnyList rows = {0};
    reservations_ask(cx, &rows, owner);
    db_settle(cx);
    return (ReservationList){rows.items, rows.n};
}

void reservations_ask_expired(Ctx *cx, AnyList *rows, IdList variants)
{
    db_ask_all(cx, rows, &reservation_type,
               "select " RESERVATION_COLUMNS "from stock_reservations "
               "where variant_id in IDS($1) and expires_at <= $2 order by variant_id, id",
               variants, ctx_now(cx));
}

ReservationList reservations_waiting(Ctx *cx, Id variant)
{
    return DB_LIST(ReservationList,
                   db_all(cx, &reservation_type,
                          "select " RESERVATION_COLUMNS "from stock_reservations "
                          "where variant_id = $1 and location_id is null order by id",
                          variant));
}

ReservationList reservations_page(Ctx *cx, Id variant, Id after, int64_t limit)
{
    return DB_LIST(ReservationList,
                   db_all(cx, &reservation_type,
                          "select " RESERVATION_COLUMNS "from stock_reservations "
                          "where variant_id = $1 and id > $2 "
                          "and (expires_at > $3 or expires_at is null) order by id limit $4",
                          variant, after.n, ctx_now(cx), limit));
}

IdList variants_expired(Ctx *cx, int64_t limit)
{
    return db_ids(cx,
                  "select variant_id from stock_reservations where expires_at <= $1 union "
                  "select variant_id from stock_items where available_at <= $1 "
                  "and availability = 'preorder' order by variant_id limit $2",
                  ctx_now(cx), limit);
}

int64_t reservations_extend(Ctx *cx, StockOwner owner, Time expires_at)
{
    return db_exec(cx,
                   "update stock_reservations set expires_at = $3 where owner_id = $1 "
                   "and owner_kind = $2 and expires_at > $4",
                   owner.id, str_from(owner.kind), time_or_null(expires_at), ctx_now(cx));
}

int64_t reservations_confirm(Ctx *cx, StockOwner from, StockOwner to)
{
    return db_exec(cx,
                   "update stock_reservations set owner_id = $3, owner_kind = $4, "
                   "expires_at = null where owner_id = $1 and owner_kind = $2 "
                   "and (expires_at > $5 or expires_at is null)",
                   from.id, str_from(from.kind), to.id, str_from(to.kind), ctx_now(cx));
}
