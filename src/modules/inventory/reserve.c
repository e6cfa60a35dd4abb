/* Promises: reserve, extend, confirm, release, ship.
 *
 * **The hot variant.** A thousand people want one thing. While plenty is left, a reservation is one
 * guarded update of one row, and an insert that nobody waits for: the row is held from the update to
 * the commit, one round trip. Nothing else need be looked at, because with more than STOCK_LOW left
 * at one location the answer to "can it be had?" is the same before and after. Several things are
 * taken in one round trip, ascending; if one of them cannot be had that way, all are put back (and
 * let go: a savepoint), and the careful way is gone.
 *
 * On PostgreSQL even that round trip keeps others waiting. So there the buyer looks first, with the
 * statement that he waits for anyway; if far more is left than all who are buying at this moment can
 * take, he sends update, insert and COMMIT together, and the server sees to the guard: should it fail
 * all the same, the transaction is run again.
 *
 * **The careful way** looks first without holding anything: who asks for what is sold out is told so,
 * and keeps nobody from buying. Then it takes the variants (change.c), plans on what it finds, and
 * writes. It knows of expired reservations, of several locations, of what may be sold beyond what is
 * there, and of what is promised to the same owner already.
 *
 * Rejected: `reserved` as the sum of reservation rows, without a column. The guard would have to add
 * up what a thousand buyers have written, and would not see those who have not committed. */
#include "modules/inventory/change.h"

#include <assert.h>
#include <stdlib.h>

enum {
    ASKED_AT_ONCE = 16, /* db.h: the most between two settles */
    ABUNDANT = 100      /* a hundred writers at once are more than a PostgreSQL serves */
};

typedef struct Reserving {
    StockOwner owner;
    StockDemandList wanted; /* summed, ascending */
    Time expires_at;
    IdList variants; /* that are concerned: wanted, or promised until now */
    StockShortList *lacking;
    PortionList portions;
} Reserving;

/* ---- Writing ----------------------------------------------------------------------------------- */

static Reservation reservation_of(Ctx *cx, const Reserving *r, Portion portion)
{
    Reservation row = {.present = PRESENT_ALL,
                       .id = ctx_id(cx),
                       .owner_kind = str_from(r->owner.kind),
                       .owner_id = r->owner.id,
                       .variant = portion.variant,
                       .location = portion.location,
                       .quantity = portion.quantity,
                       .expires_at = r->expires_at,
                       .created_at = ctx_now(cx)};
    if (!row.expires_at.us) MARK_ABSENT(&reservation_type, &row, Reservation, expires_at);
    if (!row.location.n) MARK_ABSENT(&reservation_type, &row, Reservation, location);
    return row;
}

static void insert_portions(Ctx *cx, const Reserving *r, const Portion *portions, size_t n)
{
    Reservation *rows = NEW_N(cx->arena, Reservation, n);
    for (size_t i = 0; i < n; i++) rows[i] = reservation_of(cx, r, portions[i]);
    reservations_insert(cx, rows, n);
}

/* ---- While plenty is left ---------------------------------------------------------------------- */

static bool take_some(Ctx *cx, Reserving *r, size_t from, size_t to)
{
    TakenLocation *places[ASKED_AT_ONCE] = {0};
    for (size_t i = from; i < to; i++) level_ask_take(cx, &places[i - from], r->wanted.items[i]);
    if (!db_settle(cx)) return false;
    Portion portions[ASKED_AT_ONCE];
    for (size_t i = from; i < to; i++) {
        if (!places[i - from]) return false;
        const StockDemand *demand = &r->wanted.items[i];
        portions[i - from] =
            (Portion){demand->variant, places[i - from]->location, demand->quantity};
    }
    insert_portions(cx, r, portions, to - from);
    return true;
}

static bool take_plenty(Ctx *cx, void *arg)
{
    Reserving *r = arg;
    for (size_t i = 0; i < r->wanted.n; i += ASKED_AT_ONCE) {
        size_t to = i + ASKED_AT_ONCE < r->wanted.n ? i + ASKED_AT_ONCE : r->wanted.n;
        if (!take_some(cx, r, i, to)) return false;
    }
    return true;
}

/* One that was not had has left nothing behind. */
static bool reserve_plenty(Ctx *cx, Reserving *r)
{
    return r->wanted.n == 1 ? take_plenty(cx, r) : db_try(cx, take_plenty, r);
}

/* Of all that is wanted, is so much left that others who buy now cannot have taken it when we do? Both
 * lists are ascending by variant. */
static bool is_abundant(const AnyList *plenty, StockDemandList wanted)
{
    const Plenty *places = plenty->items;
    if (plenty->n != wanted.n) return false;
    for (size_t i = 0; i < wanted.n; i++)
        if (places[i].free < wanted.items[i].quantity + ABUNDANT) return false;
    return true;
}

static bool reserve_abundant(Ctx *cx, const Reserving *r)
{
    for (size_t i = 0; i < r->wanted.n; i++) {
        const StockDemand *demand = &r->wanted.items[i];
        Reservation taken =
            reservation_of(cx, r, (Portion){demand->variant, {0}, demand->quantity});
        reservation_post_taken(cx, &taken);
    }
    return !db_failure(cx);
}

/* ---- The careful way ---------------------------------------------------------------------------- */

static void add_lacking(Ctx *cx, Reserving *r, const StockDemand *demand, const Shelf *shelf)
{
    int64_t free = shelf ? shelf_free(shelf) + shelf_beyond(shelf, ctx_now(cx)) : 0;
    r->lacking->items[r->lacking->n++] = (StockShort){demand->variant, demand->quantity, free};
}

/* Plans on what was taken, or only looked at. */
static bool plan(Ctx *cx, Reserving *r, const Taken *taken)
{
    *r->lacking = (StockShortList){NEW_N(cx->arena, StockShort, r->wanted.n), 0};
    r->portions = (PortionList){.arena = cx->arena};
    for (size_t i = 0; i < taken->own.n; i++) {
        const Reservation *own = &taken->own.items[i];
        shelf_give_back(shelf_find(taken->shelves, own->variant), own->location, own->quantity);
    }
    for (size_t i = 0; i < r->wanted.n; i++) {
        const StockDemand *demand = &r->wanted.items[i];
        Shelf *shelf = shelf_find(taken->shelves, demand->variant);
        if (!shelf || !shelf_take(shelf, demand->quantity, ctx_now(cx), &r->portions))
            add_lacking(cx, r, demand, shelf);
    }
    return !r->lacking->n;
}

static void delete_own(Ctx *cx, ReservationList own)
{
    IdList ids = {NEW_N(cx->arena, Id, own.n), own.n};
    for (size_t i = 0; i < own.n; i++) ids.items[i] = own.items[i].id;
    reservations_delete(cx, ids);
}

static bool take_planned(Ctx *cx, void *arg)
{
    Reserving *r = arg;
    Taken taken = stock_take(cx, r->variants, &r->owner);
    if (db_failure(cx) || !plan(cx, r, &taken)) return false;
    delete_own(cx, taken.own);
    insert_portions(cx, r, r->portions.items, r->portions.n);
    stock_put(cx, &taken);
    return true;
}

static bool reserve_planned(Ctx *cx, Reserving *r)
{
    Taken seen = stock_look(cx, r->variants, &r->owner);
    if (db_failure(cx) || !plan(cx, r, &seen)) return false;
    return db_try(cx, take_planned, r);
}

/* ---- What was promised before ------------------------------------------------------------------- */

/* Exactly what is wanted, and all of it alive? Both lists are ascending by variant. */
static bool is_same(Ctx *cx, ReservationList held, StockDemandList wanted)
{
    size_t at = 0;
    for (size_t i = 0; i < wanted.n; i++) {
        int64_t sum = 0;
        for (; at < held.n && id_eq(held.items[at].variant, wanted.items[i].variant); at++) {
            Time end = held.items[at].expires_at;
            if (end.us && end.us <= ctx_now(cx).us) return false;
            sum += held.items[at].quantity;
        }
        if (sum != wanted.items[i].quantity) return false;
    }
    return at == held.n;
}

static bool are_endless(ReservationList held)
{
    for (size_t i = 0; i < held.n; i++)
        if (held.items[i].expires_at.us) return false;
    return true;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = ((const Id *)a)->n, y = ((const Id *)b)->n;
    return (x > y) - (x < y);
}

/* Of both, ascending, each once. */
static IdList variants_of(Arena *arena, StockDemandList wanted, ReservationList held)
{
    IdList ids = {NEW_N(arena, Id, wanted.n + held.n), 0};
    for (size_t i = 0; i < wanted.n; i++) ids.items[i] = wanted.items[i].variant;
    for (size_t i = 0; i < held.n; i++) ids.items[wanted.n + i] = held.items[i].variant;
    qsort(ids.items, wanted.n + held.n, sizeof *ids.items, by_number);
    for (size_t i = 0; i < wanted.n + held.n; i++)
        if (!ids.n || !id_eq(ids.items[ids.n - 1], ids.items[i])) ids.items[ids.n++] = ids.items[i];
    return ids;
}

static bool reserve(Ctx *cx, Reserving *r, bool is_new)
{
    AnyList rows = {0}, plenty = {0};
    *r->lacking = (StockShortList){0};
    if (!is_new) reservations_ask(cx, &rows, r->owner);
    if (db_dialect(cx) == DB_POSTGRES)
        levels_ask_plenty(cx, &plenty, variants_of(cx->arena, r->wanted, (ReservationList){0}));
    if (!db_settle(cx)) return false;
    ReservationList held = {rows.items, rows.n};
    if (!held.n && is_abundant(&plenty, r->wanted)) return reserve_abundant(cx, r);
    if (!held.n && reserve_plenty(cx, r)) return true;
    if (held.n && is_same(cx, held, r->wanted)) {
        if (are_endless(held) && !r->expires_at.us) return true;
        if (reservations_extend(cx, r->owner, r->expires_at) == (int64_t)held.n) return true;
    }
    r->variants = variants_of(cx->arena, r->wanted, held);
    return !db_failure(cx) && reserve_planned(cx, r);
}

bool stock_reserve(Ctx *cx, StockOwner owner, StockDemandList wanted, Time expires_at,
                   StockShortList *lacking)
{
    Reserving r = {owner, demands_summed(cx->arena, wanted), expires_at, .lacking = lacking};
    return reserve(cx, &r, false);
}

bool stock_promise(Ctx *cx, StockOwner owner, StockDemandList wanted, StockShortList *lacking)
{
    Reserving r = {owner, demands_summed(cx->arena, wanted), .lacking = lacking};
    return reserve(cx, &r, true);
}

int64_t stock_extend(Ctx *cx, StockOwner owner, Time expires_at)
{
    return reservations_extend(cx, owner, expires_at);
}

bool stock_confirm(Ctx *cx, StockOwner from, StockOwner to, StockDemandList wanted)
{
    if (!reservations_confirm(cx, from, to)) return !wanted.n;
    return is_same(cx, reservations_of(cx, to), demands_summed(cx->arena, wanted));
}

bool stock_release(Ctx *cx, StockOwner owner)
{
    ReservationList held = reservations_of(cx, owner);
    if (!held.n) return false;
    Taken taken = stock_take(cx, variants_of(cx->arena, (StockDemandList){0}, held), &owner);
    for (size_t i = 0; i < taken.own.n; i++) {
        const Reservation *own = &taken.own.items[i];
        shelf_give_back(shelf_find(taken.shelves, own->variant), own->location, own->quantity);
    }
    delete_own(cx, taken.own);
    stock_put(cx, &taken);
    return taken.own.n > 0;
}

int64_t stock_promised(Ctx *cx, StockOwner owner)
{
    ReservationList held = reservations_of(cx, owner);
    int64_t sum = 0;
    for (size_t i = 0; i < held.n; i++)
        if (!held.items[i].expires_at.us) sum += held.items[i].quantity;
    return sum;
}

/* ---- Shipping ----------------------------------------------------------------------------------- */

/* Takes up to `quantity` out of one reservation; how many it gave. */
static int64_t ship_from(Ctx *cx, Shelf *shelf, const Reservation *own, int64_t quantity,
                         Str reference)
{
    Level *level = shelf_level(shelf, own->location);
    if (!own->location.n || !level) return 0;
    int64_t part = own->quantity < quantity ? own->quantity : quantity;
    if (part < own->quantity)
        reservation_set_quantity(cx, own->id, own->quantity - part);
    else {
        Id id = own->id;
        reservations_delete(cx, (IdList){&id, 1});
    }
    level->reserved -= part;
    stock_move(cx, level, -part, MOVEMENT_SOLD, reference);
    return part;
}

typedef struct Shipping {
    StockOwner owner;
    StockDemandList parcel;
} Shipping;

static bool ship(Ctx *cx, void *arg)
{
    const Shipping *shipping = arg;
    StockDemandList parcel = shipping->parcel;
    IdList variants = variants_of(cx->arena, parcel, (ReservationList){0});
    Taken taken = stock_take(cx, variants, &shipping->owner);
    Str reference = id_text(cx->arena, shipping->owner.kind, shipping->owner.id);
    for (size_t i = 0; i < parcel.n; i++) {
        Shelf *shelf = shelf_find(taken.shelves, parcel.items[i].variant);
        int64_t left = parcel.items[i].quantity;
        for (size_t k = 0; k < taken.own.n && left; k++)
            if (id_eq(taken.own.items[k].variant, parcel.items[i].variant))
                left -= ship_from(cx, shelf, &taken.own.items[k], left, reference);
        if (left) return false;
    }
    stock_put(cx, &taken);
    return true;
}

bool stock_ship(Ctx *cx, StockOwner owner, StockDemandList parcel)
{
    Shipping shipping = {owner, demands_summed(cx->arena, parcel)};
    return db_try(cx, ship, &shipping);
}

/* ---- Coming back --------------------------------------------------------------------------------- */

void stock_take_back(Ctx *cx, StockOwner from, StockDemandList parcel)
{
    StockDemandList back = demands_summed(cx->arena, parcel);
    IdList variants = variants_of(cx->arena, back, (ReservationList){0});
    Taken taken = stock_take(cx, variants, NULL);
    Str reference = id_text(cx->arena, from.kind, from.id);
    for (size_t i = 0; i < back.n; i++) {
        Shelf *shelf = shelf_find(taken.shelves, back.items[i].variant);
        Level *main = shelf ? shelf_level(shelf, location_main) : NULL;
        int64_t quantity = back.items[i].quantity;
        if (main && main->on_hand + quantity <= STOCK_MAX)
            stock_move(cx, main, quantity, MOVEMENT_RETURNED, reference);
    }
    stock_put(cx, &taken);
}
