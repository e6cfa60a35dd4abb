/* Changing stock.
 *
 * All but the plainest reservation (reserve.c) goes the same way: the variants are held, ascending,
 * all their levels; what is there is read; it is changed in memory; what differs is written. Who holds
 * all levels of a variant holds all that belongs to it: reservations and the item are written by
 * holders only. So nothing here needs a guard in its statement, and what is announced is right,
 * since nobody else can change the sum meanwhile. Those who wait for stock come first: what has become
 * free is theirs before anybody else is asked what he wants.
 *
 * Rejected: guards in each statement. Whether a variant can be had is a sum over locations, and two
 * who each change one location would both see "still some left".
 *
 * What has expired counts for nothing from that moment on, whoever has looked: reading adds it to what
 * is free (store.c), and taking gives it back first. The job in events.c only makes the news of it
 * early. */
#include "modules/inventory/change.h"

#include <assert.h>

/* ---- Events ----------------------------------------------------------------------------------- */

static const Type stock_event_type =
    TYPE(StockEvent, "A variant of which another answer is given than before.",
         FIELD(StockEvent, product, "Whose variant.", .prefix = "prod"),
         FIELD(StockEvent, variant, "Which one.", .prefix = "var"),
         ENUM(StockEvent, availability, "Whether it can be had.", availability_names));

const Event stock_availability_changed = {
    "stock.availability_changed", "Whether a variant can be had is another answer than before.",
    &stock_event_type};
const Event stock_low = {"stock.low", "Few are left of a variant, or none.", &stock_event_type};
const Event stock_back = {"stock.back", "A variant that was not there is there again.",
                          &stock_event_type};
const Event *const inventory_events[3] = {&stock_availability_changed, &stock_low, &stock_back};

static void announce_availability(Ctx *cx, const Shelf *shelf, Availability now)
{
    StockEvent event = {shelf->product, shelf->variant, now};
    announce(cx, &stock_availability_changed, &event);
    if (shelf->availability == AVAILABILITY_IN) announce(cx, &stock_low, &event);
    if (shelf->availability < AVAILABILITY_LOW && now >= AVAILABILITY_LOW)
        announce(cx, &stock_back, &event);
}

/* ---- Those who wait ---------------------------------------------------------------------------- */

/* A reservation that waited gets a place, or several. What it still lacks waits on. */
static void place_waiting(Ctx *cx, Shelf *shelf, Reservation waiting)
{
    for (size_t i = 0; i < shelf->n && waiting.quantity; i++) {
        Level *level = &shelf->levels[i];
        int64_t free = level_free(level);
        int64_t part = free < waiting.quantity ? free : waiting.quantity;
        if (!part) continue;
        level->reserved += part;
        shelf->waiting -= part;
        waiting.quantity -= part;
        Reservation placed = waiting;
        placed.quantity = part;
        placed.location = level->location;
        MARK_SET(&reservation_type, &placed, Reservation, location);
        if (!waiting.quantity) {
            reservation_set_quantity(cx, waiting.id, part);
            reservation_put_at(cx, waiting.id, level->location);
            return;
        }
        placed.id = ctx_id(cx);
        reservations_insert(cx, &placed, 1);
        reservation_set_quantity(cx, waiting.id, waiting.quantity);
    }
}

/* Whether anybody was served. */
static bool serve_waiting(Ctx *cx, Shelf *shelf)
{
    if (!shelf->waiting || !shelf_free(shelf)) return false;
    ReservationList waiting = reservations_waiting(cx, shelf->variant);
    for (size_t i = 0; i < waiting.n && shelf_free(shelf); i++)
        place_waiting(cx, shelf, waiting.items[i]);
    return waiting.n > 0;
}

/* ---- Taking ----------------------------------------------------------------------------------- */

typedef struct Read {
    AnyList levels, expired, own;
} Read;

static ReservationList alive_of(Ctx *cx, const Taken *taken, AnyList rows)
{
    ReservationList alive = {rows.items, 0};
    Time now = ctx_now(cx);
    for (size_t i = 0; i < rows.n; i++) {
        Reservation one = ((const Reservation *)rows.items)[i];
        if ((!one.expires_at.us || one.expires_at.us > now.us) &&
            shelf_find(taken->shelves, one.variant))
            alive.items[alive.n++] = one;
    }
    return alive;
}

static Taken read_stock(Ctx *cx, IdList variants, const StockOwner *owner, ReservationList *expired)
{
    Read read = {0};
    levels_ask(cx, &read.levels, variants);
    reservations_ask_expired(cx, &read.expired, variants);
    if (owner) reservations_ask(cx, &read.own, *owner);
    if (!db_settle(cx)) return (Taken){0};
    *expired = (ReservationList){read.expired.items, read.expired.n};
    Taken taken = {shelves_of(cx->arena, (LevelList){read.levels.items, read.levels.n}), {0}};
    for (size_t i = 0; i < expired->n; i++) {
        const Reservation *r = &expired->items[i];
        Shelf *shelf = shelf_find(taken.shelves, r->variant);
        if (shelf) shelf_give_back(shelf, r->location, r->quantity);
    }
    taken.own = alive_of(cx, &taken, read.own);
    return taken;
}

Taken stock_look(Ctx *cx, IdList variants, const StockOwner *owner)
{
    ReservationList expired;
    return read_stock(cx, variants, owner, &expired);
}

static IdList ids_of(Ctx *cx, ReservationList list)
{
    IdList ids = {NEW_N(cx->arena, Id, list.n), list.n};
    for (size_t i = 0; i < list.n; i++) ids.items[i] = list.items[i].id;
    return ids;
}

/* A level is made when the variant is held: else it might be made of one that is just being deleted. */
static Taken take(Ctx *cx, IdList variants, const StockOwner *owner, Id location)
{
    ReservationList expired = {0};
    for (size_t i = 0; i < variants.n; i++) levels_lock(cx, variants.items[i]);
    for (size_t i = 0; location.n && i < variants.n; i++)
        level_open(cx, variants.items[i], location);
    Taken taken = read_stock(cx, variants, owner, &expired);
    reservations_delete(cx, ids_of(cx, expired));
    bool served = false;
    for (size_t i = 0; i < taken.shelves.n && !db_failure(cx); i++)
        served |= serve_waiting(cx, &taken.shelves.items[i]);
    if (served && owner) {
        ReservationList own = reservations_of(cx, *owner);
        taken.own = alive_of(cx, &taken, (AnyList){own.items, own.n});
    }
    return taken;
}

Taken stock_take(Ctx *cx, IdList variants, const StockOwner *owner)
{
    return take(cx, variants, owner, (Id){0});
}

Taken stock_take_at(Ctx *cx, IdList variants, Id location)
{
    return take(cx, variants, NULL, location);
}

/* ---- Putting back ------------------------------------------------------------------------------ */

static void put_levels(Ctx *cx, const Shelf *shelf)
{
    for (size_t i = 0; i < shelf->n; i++) {
        const Level *now = &shelf->levels[i], *was = &shelf->stored[i];
        assert(now->reserved >= 0 && now->on_hand >= now->reserved && now->incoming >= 0);
        if (now->on_hand != was->on_hand || now->reserved != was->reserved ||
            now->safety != was->safety || now->incoming != was->incoming)
            level_put(cx, now);
    }
}

void stock_put(Ctx *cx, const Taken *taken)
{
    if (db_failure(cx)) return;
    ShelfList shelves = taken->shelves;
    for (size_t i = 0; i < shelves.n; i++) {
        serve_waiting(cx, &shelves.items[i]);
        if (db_failure(cx)) return;
        put_levels(cx, &shelves.items[i]);
    }
    for (size_t i = 0; i < shelves.n; i++) {
        const Shelf *shelf = &shelves.items[i];
        Availability now = shelf_availability(shelf, ctx_now(cx));
        assert(shelf->waiting >= 0);
        if (shelf->waiting != shelf->stored_waiting || now != shelf->availability)
            item_put(cx, shelf->variant, shelf->waiting, now);
    }
    for (size_t i = 0; i < shelves.n && !db_failure(cx); i++) {
        Availability now = shelf_availability(&shelves.items[i], ctx_now(cx));
        if (now != shelves.items[i].availability) announce_availability(cx, &shelves.items[i], now);
    }
}

void stock_move(Ctx *cx, Level *level, int64_t change, MovementReason reason, Str reference)
{
    if (!change) return;
    level->on_hand += change;
    movement_insert(cx, &(Movement){.variant = level->variant,
                                    .location = level->location,
                                    .change = change,
                                    .reason = reason,
                                    .reference = reference});
}

/* ---- Whole changes ---------------------------------------------------------------------------- */

static StockEnd change_level(Ctx *cx, Level *level, const StockChange *change)
{
    int64_t by = change->on_hand ? *change->on_hand - level->on_hand : change->change;
    if (change->expected && *change->expected != level->on_hand) return STOCK_OTHER;
    if (level->on_hand + by < level->reserved) return STOCK_BELOW_RESERVED;
    if (level->on_hand + by > STOCK_MAX) return STOCK_TOO_MUCH;
    stock_move(cx, level, by, change->reason, change->reference);
    if (change->safety) level->safety = *change->safety;
    return STOCK_FINE;
}

StockEnd stock_change(Ctx *cx, const StockChange *change, StockBefore *before)
{
    Id variant = change->variant;
    Taken taken = stock_take_at(cx, (IdList){&variant, 1}, change->location);
    Shelf *shelf = shelf_find(taken.shelves, variant);
    if (!shelf) return STOCK_NO_VARIANT;
    Level *level = shelf_level(shelf, change->location);
    StockEnd end = STOCK_NO_LOCATION;
    if (level) {
        *before = (StockBefore){level->on_hand, level->reserved};
        end = change_level(cx, level, change);
    }
    stock_put(cx, &taken);
    return end;
}

StockEnd stock_count(Ctx *cx, Id variant, Id location, int64_t on_hand, const int64_t *expected,
                     StockBefore *before)
{
    return stock_change(cx,
                        &(StockChange){.variant = variant,
                                       .location = location,
                                       .on_hand = &on_hand,
                                       .expected = expected,
                                       .reason = MOVEMENT_IMPORTED},
                        before);
}

/* Free elsewhere stays as it is, so the main location makes up the rest. */
bool stock_set_free(Ctx *cx, Id variant, int64_t free)
{
    Taken taken = stock_take(cx, (IdList){&variant, 1}, NULL);
    Shelf *shelf = shelf_find(taken.shelves, variant);
    Level *main = shelf ? shelf_level(shelf, location_main) : NULL;
    if (!main) return false;
    int64_t here = free - (shelf_free(shelf) - level_free(main));
    int64_t by = here - level_free(main);
    if (by > 0) by = main->reserved + main->safety + here - main->on_hand;
    bool can = here >= 0 && main->on_hand + by <= STOCK_MAX;
    if (can) stock_move(cx, main, by, MOVEMENT_IMPORTED, S(""));
    stock_put(cx, &taken);
    return can;
}

static void remove_shelf(Ctx *cx, Shelf *shelf)
{
    for (size_t i = 0; i < shelf->n; i++)
        stock_move(cx, &shelf->levels[i], -shelf->levels[i].on_hand, MOVEMENT_REMOVED, S(""));
    levels_delete(cx, shelf->variant);
}

static void forget(Ctx *cx, IdList variants)
{
    Taken taken = stock_take(cx, variants, NULL);
    for (size_t i = 0; i < taken.shelves.n; i++) remove_shelf(cx, &taken.shelves.items[i]);
}

void stock_forget(Ctx *cx, Id variant)
{
    forget(cx, (IdList){&variant, 1});
}

void stock_forget_product(Ctx *cx, Id product)
{
    forget(cx, variants_of_product(cx, product));
}
