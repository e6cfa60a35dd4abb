/* The inventory's laws, as `souk check` asks them. Both sides of each are read by one statement, so of one moment.
 *
 * What is counted twice is put right from what it was counted from: the sums `reserved` and `waiting` from their reservations. What is
 * on hand is what was counted on the shelf, so there the book gets an entry, and the number stays. */
#include "modules/inventory/checks.h"
#include "modules/inventory/change.h"
#include "modules/inventory/store_checks.h"

typedef AnyList (*FindDifferences)(Ctx *cx, Id after, Id last);

static Id look(Ctx *cx, CheckFound *found, Id after, FindDifferences find, const char *format)
{
    bool end;
    Id last = variants_page_end(cx, after, CHECK_PAGE, &end);
    AnyList list = last.n ? find(cx, after, last) : (AnyList){0};
    const Difference *rows = list.items;
    for (size_t i = 0; i < list.n; i++) {
        Str where = rows[i].location.n ? id_text(cx->arena, "loc", rows[i].location) : S("");
        check_found(found, rows[i].variant, format, STR_ARG(where), (long long)rows[i].stored,
                    (long long)rows[i].counted);
    }
    return end ? (Id){0} : last;
}

/* What is told of the variant follows from its levels. */
static void renew(Ctx *cx, Id variant)
{
    Taken taken = stock_take(cx, (IdList){&variant, 1}, NULL);
    stock_put(cx, &taken);
}

/* Levels first: then nobody else changes what is looked at. False: `put` was, of some difference. */
static bool repair(Ctx *cx, Id variant, FindDifferences find,
                   bool (*put)(Ctx *cx, const Difference *difference))
{
    levels_lock(cx, variant);
    AnyList list = find(cx, (Id){variant.n - 1}, variant);
    const Difference *rows = list.items;
    for (size_t i = 0; i < list.n; i++)
        if (!put(cx, &rows[i])) return false;
    return true;
}

/* ---- On hand and its movements ------------------------------------------------------------------ */

static Id look_at_on_hand(Ctx *cx, CheckFound *found, Id after)
{
    return look(cx, found, after, differences_on_hand,
                "at %.*s %lld are on hand, movements add up to %lld");
}

static bool put_movement(Ctx *cx, const Difference *difference)
{
    movement_insert(cx, &(Movement){.variant = difference->variant,
                                    .location = difference->location,
                                    .change = difference->stored - difference->counted,
                                    .reason = MOVEMENT_REPAIRED});
    return true;
}

static bool repair_on_hand(Ctx *cx, Id variant)
{
    return repair(cx, variant, differences_on_hand, put_movement);
}

/* ---- Promises and their sums ---------------------------------------------------------------------- */

static Id look_at_reserved(Ctx *cx, CheckFound *found, Id after)
{
    return look(cx, found, after, differences_reserved,
                "at %.*s %lld are reserved, reservations add up to %lld");
}

/* False: more are promised than there are. */
static bool put_reserved(Ctx *cx, const Difference *difference)
{
    return level_set_reserved(cx, difference->variant, difference->location, difference->counted);
}

static bool repair_reserved(Ctx *cx, Id variant)
{
    if (!repair(cx, variant, differences_reserved, put_reserved)) return false;
    renew(cx, variant);
    return true;
}

static Id look_at_incoming(Ctx *cx, CheckFound *found, Id after)
{
    return look(cx, found, after, differences_incoming,
                "at %.*s %lld are incoming, transfers add up to %lld");
}

static bool put_incoming(Ctx *cx, const Difference *difference)
{
    level_set_incoming(cx, difference->variant, difference->location, difference->counted);
    return true;
}

static bool repair_incoming(Ctx *cx, Id variant)
{
    return repair(cx, variant, differences_incoming, put_incoming);
}

static Id look_at_waiting(Ctx *cx, CheckFound *found, Id after)
{
    return look(cx, found, after, differences_waiting,
                "%.*s%lld wait, reservations add up to %lld");
}

static bool put_waiting(Ctx *cx, const Difference *difference)
{
    item_set_waiting(cx, difference->variant, difference->counted);
    return true;
}

static bool repair_waiting(Ctx *cx, Id variant)
{
    if (!repair(cx, variant, differences_waiting, put_waiting)) return false;
    renew(cx, variant);
    return true;
}

/* ---- What is told --------------------------------------------------------------------------------- */

/* The end of a pre-order is told by the next job. */
static bool is_told_well(const Shelf *shelf, Time now)
{
    Availability is = shelf_availability(shelf, now);
    bool ended = shelf->availability == AVAILABILITY_PREORDER && shelf->available_at.us <= now.us;
    return is == shelf->availability || ended;
}

static Id look_at_told(Ctx *cx, CheckFound *found, Id after)
{
    bool end;
    Id last = variants_page_end(cx, after, CHECK_PAGE, &end);
    if (!last.n) return last;
    AnyList rows = {0};
    levels_ask(cx, &rows, variants_page(cx, after, last));
    if (!db_settle(cx)) return (Id){0};
    ShelfList shelves = shelves_of(cx->arena, (LevelList){rows.items, rows.n});
    for (size_t i = 0; i < shelves.n; i++) {
        const Shelf *shelf = &shelves.items[i];
        if (is_told_well(shelf, ctx_now(cx))) continue;
        check_found(found, shelf->variant, "\"%s\" is told, %lld are free",
                    availability_names.names[shelf->availability], (long long)shelf_free(shelf));
    }
    return end ? (Id){0} : last;
}

static bool repair_told(Ctx *cx, Id variant)
{
    renew(cx, variant);
    return true;
}

const Check inventory_checks[INVENTORY_CHECKS] = {
    {"stock.on_hand", "What is on hand at a location is the sum of its movements.", "var",
     look_at_on_hand, repair_on_hand, "Add a movement for what no movement accounts for."},
    {"stock.reserved", "What is reserved at a location is the sum of its reservations.", "var",
     look_at_reserved, repair_reserved, "Write down the sum of the reservations."},
    {"stock.waiting", "What waits for stock is the sum of the reservations without a location.",
     "var", look_at_waiting, repair_waiting, "Write down the sum of the reservations."},
    {"stock.incoming", "What is incoming at a location is what transfers still bring there.", "var",
     look_at_incoming, repair_incoming, "Write down the sum of the transfers."},
    {"stock.availability", "Shoppers are told what is free.", "var", look_at_told, repair_told,
     "Tell them, and announce it."},
};
