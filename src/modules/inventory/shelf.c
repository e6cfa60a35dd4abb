#include "modules/inventory/shelf.h"

#include <assert.h>
#include <stdlib.h>

const Type level_type =
    TYPE(Level, "A level with its item.", FIELD(Level, variant, "", .prefix = "var"),
         FIELD(Level, product, "", .prefix = "prod"), FIELD(Level, location, "", .prefix = "loc"),
         FIELD(Level, on_hand, ""), FIELD(Level, reserved, ""), FIELD(Level, safety, ""),
         FIELD(Level, incoming, ""), ENUM(Level, policy, "", policy_names),
         FIELD(Level, backorder_limit, ""), FIELD(Level, available_at, ""),
         FIELD(Level, waiting, ""), ENUM(Level, availability, "", availability_names));

ShelfList shelves_of(Arena *arena, LevelList rows)
{
    ShelfList shelves = {NEW_N(arena, Shelf, rows.n), 0};
    Level *stored = arena_copy(arena, rows.items, rows.n * sizeof *stored);
    for (size_t i = 0; i < rows.n; i++) {
        const Level *row = &rows.items[i];
        if (!shelves.n || !id_eq(shelves.items[shelves.n - 1].variant, row->variant))
            shelves.items[shelves.n++] = (Shelf){.variant = row->variant,
                                                 .product = row->product,
                                                 .levels = &rows.items[i],
                                                 .stored = &stored[i],
                                                 .policy = row->policy,
                                                 .backorder_limit = row->backorder_limit,
                                                 .available_at = row->available_at,
                                                 .waiting = row->waiting,
                                                 .stored_waiting = row->waiting,
                                                 .availability = row->availability};
        shelves.items[shelves.n - 1].n++;
    }
    return shelves;
}

Shelf *shelf_find(ShelfList shelves, Id variant)
{
    size_t from = 0, to = shelves.n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (id_eq(shelves.items[middle].variant, variant)) return &shelves.items[middle];
        if (shelves.items[middle].variant.n < variant.n)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

Level *shelf_level(Shelf *shelf, Id location)
{
    for (size_t i = 0; i < shelf->n; i++)
        if (id_eq(shelf->levels[i].location, location)) return &shelf->levels[i];
    return NULL;
}

int64_t level_free(const Level *level)
{
    int64_t free = level->on_hand - level->reserved - level->safety;
    return free > 0 ? free : 0;
}

int64_t shelf_free(const Shelf *shelf)
{
    int64_t free = 0;
    for (size_t i = 0; i < shelf->n; i++) free += level_free(&shelf->levels[i]);
    return free;
}

int64_t shelf_beyond(const Shelf *shelf, Time now)
{
    bool allowed = shelf->policy == POLICY_BACKORDER ||
                   (shelf->policy == POLICY_PREORDER && now.us < shelf->available_at.us);
    if (!allowed) return 0;
    int64_t limit = shelf->backorder_limit < 0 ? STOCK_MAX : shelf->backorder_limit;
    return limit > shelf->waiting ? limit - shelf->waiting : 0;
}

void shelf_set_policy(Shelf *shelf, StockPolicy policy, int64_t limit, Time available_at)
{
    shelf->policy = policy;
    shelf->backorder_limit = limit;
    shelf->available_at = available_at;
}

void shelf_give_back(Shelf *shelf, Id location, int64_t quantity)
{
    Level *level = shelf_level(shelf, location);
    if (!location.n)
        shelf->waiting -= quantity;
    else if (level)
        level->reserved -= quantity;
}

static void add_portion(PortionList *portions, Id variant, Id location, int64_t quantity)
{
    if (portions->n == portions->capacity) {
        size_t more = portions->capacity ? 2 * portions->capacity : 8;
        portions->items =
            arena_grow(portions->arena, portions->items, portions->n * sizeof *portions->items,
                       more * sizeof *portions->items, alignof(Portion));
        portions->capacity = more;
    }
    portions->items[portions->n++] = (Portion){variant, location, quantity};
}

static void take_from(Level *level, int64_t quantity, PortionList *portions)
{
    level->reserved += quantity;
    add_portion(portions, level->variant, level->location, quantity);
}

bool shelf_take(Shelf *shelf, int64_t quantity, Time now, PortionList *portions)
{
    if (quantity > shelf_free(shelf) + shelf_beyond(shelf, now)) return false;
    for (size_t i = 0; i < shelf->n; i++)
        if (level_free(&shelf->levels[i]) >= quantity) {
            take_from(&shelf->levels[i], quantity, portions);
            return true;
        }
    for (size_t i = 0; i < shelf->n && quantity; i++) {
        int64_t free = level_free(&shelf->levels[i]);
        int64_t part = free < quantity ? free : quantity;
        if (part) take_from(&shelf->levels[i], part, portions);
        quantity -= part;
    }
    if (quantity) add_portion(portions, shelf->variant, (Id){0}, quantity);
    shelf->waiting += quantity;
    return true;
}

Availability shelf_availability(const Shelf *shelf, Time now)
{
    Availability there = availability_of(shelf_free(shelf));
    if (there != AVAILABILITY_OUT || !shelf_beyond(shelf, now)) return there;
    return shelf->policy == POLICY_PREORDER ? AVAILABILITY_PREORDER : AVAILABILITY_BACKORDER;
}

static int by_variant(const void *a, const void *b)
{
    int64_t x = ((const StockDemand *)a)->variant.n, y = ((const StockDemand *)b)->variant.n;
    return (x > y) - (x < y);
}

StockDemandList demands_summed(Arena *arena, StockDemandList wanted)
{
    assert(wanted.n <= STOCK_DEMANDS_MAX);
    StockDemandList summed = {arena_copy(arena, wanted.items, wanted.n * sizeof *wanted.items), 0};
    qsort(summed.items, wanted.n, sizeof *summed.items, by_variant);
    for (size_t i = 0; i < wanted.n; i++) {
        StockDemand one = summed.items[i];
        assert(one.quantity > 0 && one.quantity <= STOCK_MAX);
        if (summed.n && id_eq(summed.items[summed.n - 1].variant, one.variant))
            summed.items[summed.n - 1].quantity += one.quantity;
        else
            summed.items[summed.n++] = one;
    }
    return summed;
}
