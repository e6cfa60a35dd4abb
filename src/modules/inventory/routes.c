#include "modules/inventory/store.h"

#include "platform/api/errors.h"

static const Permission inventory_read = {"inventory:read", "See locations and exact stock.",
                                          .roles = "manager support creator"};
static const Permission inventory_write = {"inventory:write", "Make locations and count stock.",
                                           .roles = "manager"};

static const Error error_location_name_taken = {
    "location_name_taken", 409, "Another location has this name.", LOG_DEBUG,
    "Choose another name; names are unique in the shop."};
static const Error error_below_reserved = {
    "stock_below_reserved", 409, "Fewer on hand than are promised.", LOG_DEBUG,
    "Release reservations (cancel carts or orders) first; `reserved` says how many there are."};

/* ---- Locations ------------------------------------------------------------------------------- */

static Reply list_locations(Request *rq)
{
    LocationList all = locations_all(rq->cx);
    return ok_list(&location_type, (AnyList){all.items, all.n}, (Str){0});
}
HANDLER_PLAIN(list_locations)

static Reply create_location(Request *rq, const Location *in)
{
    Location location = *in;
    location.id = ctx_id(rq->cx);
    if (!location_insert(rq->cx, &location))
        return fail(rq, &error_location_name_taken, "\"%.*s\" is taken.", STR_ARG(in->name));
    return created(&location_type, arena_copy(rq->cx->arena, &location, sizeof location),
                   S("/v1/locations"));
}
HANDLER(create_location, Location)

/* ---- Stock ----------------------------------------------------------------------------------- */

static Reply list_stock_levels(Request *rq)
{
    StockLevelList levels = stock_levels_of(rq->cx, rq->id);
    if (!levels.n) return not_found(rq, "variant");
    return ok_list(&stock_level_type, (AnyList){levels.items, levels.n}, (Str){0});
}
HANDLER_PLAIN(list_stock_levels)

static Reply set_stock_level(Request *rq, const StockLevel *in)
{
    Id variant = rq->args[0].id, location = rq->args[1].id;
    if (!stock_take(rq->cx, variant)) return not_found(rq, "variant");
    const StockLevel *before = stock_level(rq->cx, variant, location);
    if (before && before->reserved > in->on_hand)
        return fail(rq, &error_below_reserved, "%lld are reserved, %lld would be on hand.",
                    (long long)before->reserved, (long long)in->on_hand);
    if (!stock_set(rq->cx, variant, location, in->on_hand)) return not_found(rq, "location");
    return ok(&stock_level_type, stock_level(rq->cx, variant, location));
}
HANDLER(set_stock_level, StockLevel)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const location_errors[] = {&error_location_name_taken, NULL};
static const Error *const stock_errors[] = {&error_below_reserved, &error_not_found, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/locations", list_locations, "List the places that hold stock.", .tx = TX_READ,
          .needs = &inventory_read, .reply = &location_type, .list = true),
    ROUTE(POST, "/v1/locations", create_location, "Make a place that holds stock.", .tx = TX_WRITE,
          .needs = &inventory_write, .body = &location_type, .reply = &location_type, .status = 201,
          .errors = location_errors),
    ROUTE(GET, "/v1/variants/{id:var}/stock", list_stock_levels,
          "Show where a variant lies and how many are promised.", .tx = TX_READ,
          .needs = &inventory_read, .reply = &stock_level_type, .list = true),
    ROUTE(PUT, "/v1/variants/{id:var}/stock/{location:loc}", set_stock_level,
          "Set how many of a variant are on hand at a location.", .tx = TX_WRITE,
          .needs = &inventory_write, .body = &stock_level_type, .reply = &stock_level_type,
          .errors = stock_errors),
};

static const Error *const errors[] = {&error_location_name_taken, &error_below_reserved};
static const Permission *const permissions[] = {&inventory_read, &inventory_write};
static const Table tables[] = {{"locations", &location_type}};

extern const char inventory_0001_stock[];
static const Migration migrations[] = {
    {.module = "inventory", .number = 1, .name = "stock", .sql = inventory_0001_stock},
};

static const Event *const events[] = {&stock_availability_changed};

const Module inventory_module = {
    .name = "inventory",
    .doc = "How many of each variant lie where.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
    MODULE_ROWS(migrations, migration),
    MODULE_ROWS(tables, table),
    MODULE_ROWS(events, event),
};
