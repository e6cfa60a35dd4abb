/* What the inventory answers.
 *
 * Whoever changes a level takes the variant first (change.c), so what he reads stays true until the
 * commit. A change of stock is written down as a movement, which says who and why; what is decided of
 * a variant or a location (policy, priority) is accounted for in the audit trail. */
#include "modules/inventory/change.h"
#include "modules/inventory/checks.h"
#include "modules/inventory/events.h"
#include "modules/inventory/hold_routes.h"

#include "meta/merge.h"
#include "platform/api/errors.h"
#include "platform/audit/audit.h"

const Permission inventory_read = {"inventory:read", "See locations and exact stock.",
                                   .roles = "manager support creator"};
const Permission inventory_write = {"inventory:write", "Make locations, count and reserve stock.",
                                    .roles = "manager"};

static const Error error_location_name_taken = {
    "location_name_taken", 409, "Another location has this name.", LOG_DEBUG,
    "Choose another name; names are unique in the shop."};
static const Error error_below_reserved = {
    "stock_below_reserved", 409, "Fewer on hand than are promised.", LOG_DEBUG,
    "Release reservations (cancel carts or orders) first; `reserved` says how many there are."};
static const Error error_stock_too_much = {"stock_too_much", 409,
                                           "More on hand than can be counted.", LOG_DEBUG,
                                           "At most 1,000,000,000 of a variant at a location."};

static const ViolationCode no_change = {"no_change", "A change by 0 is none."};
static const ViolationCode not_for_people = {"not_for_people",
                                             "The program uses this reason by itself."};
static const ViolationCode no_date = {"no_date", "A pre-order needs a date."};

static const AuditAction location_created = {"location.created", "A place for stock was made."};
static const AuditAction location_changed = {"location.changed",
                                             "A place for stock has another name or priority."};
static const AuditAction policy_changed = {
    "stock_policy.changed", "How a variant is sold when too little is there was changed."};

/* ---- Locations ------------------------------------------------------------------------------- */

static Reply list_locations(Request *rq)
{
    LocationList all = locations_all(rq->cx);
    return ok_list(&location_type, (AnyList){all.items, all.n}, (Str){0});
}
HANDLER_PLAIN(list_locations)

static Reply name_taken(Request *rq, Str name)
{
    return fail(rq, &error_location_name_taken, "\"%.*s\" is taken.", STR_ARG(name));
}

static Reply create_location(Request *rq, const Location *in)
{
    Location *location = arena_copy(rq->cx->arena, in, sizeof *in);
    location->id = ctx_id(rq->cx);
    location->present = PRESENT_ALL;
    if (!location_insert(rq->cx, location)) return name_taken(rq, in->name);
    audit(rq->cx, &location_created, "loc", location->id, &location_type, NULL, location);
    return created(&location_type, location, S("/v1/locations"));
}
HANDLER(create_location, Location)

static Reply change_location(Request *rq, const Location *patch)
{
    const Location *before = location_read(rq->cx, rq->id);
    if (!before) return not_found(rq, "location");
    Location *after = arena_copy(rq->cx->arena, before, sizeof *before);
    merge_patch(rq->cx->arena, &location_type, after, patch);
    if (!location_update(rq->cx, after)) return name_taken(rq, after->name);
    audit(rq->cx, &location_changed, "loc", after->id, &location_type, before, after);
    return ok(&location_type, after);
}
HANDLER(change_location, Location)

/* ---- Stock ----------------------------------------------------------------------------------- */

static Reply list_stock_levels(Request *rq)
{
    StockLevelList levels = stock_levels_of(rq->cx, rq->id);
    if (!levels.n) return not_found(rq, "variant");
    return ok_list(&stock_level_type, (AnyList){levels.items, levels.n}, (Str){0});
}
HANDLER_PLAIN(list_stock_levels)

/* {0}: it is done. */
static Reply change_stock(Request *rq, const StockChange *change)
{
    StockBefore before = {0};
    switch (stock_change(rq->cx, change, &before)) {
    case STOCK_FINE:
        return (Reply){0};
    case STOCK_NO_VARIANT:
        return not_found(rq, "variant");
    case STOCK_NO_LOCATION:
        return not_found(rq, "location");
    case STOCK_BELOW_RESERVED:
        return fail(rq, &error_below_reserved, "%lld are reserved, fewer would be on hand.",
                    (long long)before.reserved);
    case STOCK_OTHER: /* nothing was expected */
    case STOCK_TOO_MUCH:
        return fail(rq, &error_stock_too_much, "Nothing has changed.");
    }
    return (Reply){0};
}

static Reply set_stock_level(Request *rq, const StockLevel *in)
{
    Id variant = rq->args[0].id, location = rq->args[1].id;
    bool says_safety = IS_SET(&stock_level_type, in, StockLevel, safety);
    Reply refusal = change_stock(rq, &(StockChange){.variant = variant,
                                                    .location = location,
                                                    .on_hand = &in->on_hand,
                                                    .safety = says_safety ? &in->safety : NULL,
                                                    .reason = MOVEMENT_COUNTED});
    return refusal.status ? refusal : ok(&stock_level_type, stock_level(rq->cx, variant, location));
}
HANDLER(set_stock_level, StockLevel)

static Reply check_adjustment(Request *rq, const Adjustment *in)
{
    Violations *bad = NEW(rq->cx->arena, Violations);
    *bad = violations_new(rq->cx->arena);
    if (!in->change) violation_add_at(bad, S("/change"), &no_change, S("must not be 0"));
    if (in->reason == MOVEMENT_INITIAL || in->reason == MOVEMENT_COUNTED)
        violation_add_at(bad, S("/reason"), &not_for_people,
                         S("is written by the program itself; a count is a PUT of the level"));
    return bad->n ? refuse_violations(bad) : (Reply){0};
}

static Reply adjust_stock(Request *rq, const Adjustment *in)
{
    Id variant = rq->args[0].id, location = rq->args[1].id;
    Reply refusal = check_adjustment(rq, in);
    if (refusal.status) return refusal;
    refusal = change_stock(rq, &(StockChange){.variant = variant,
                                              .location = location,
                                              .change = in->change,
                                              .reason = in->reason,
                                              .reference = in->reference});
    return refusal.status ? refusal : ok(&stock_level_type, stock_level(rq->cx, variant, location));
}
HANDLER(adjust_stock, Adjustment)

static Reply list_movements(Request *rq)
{
    const MovementQuery *query = rq->query;
    Ctx *cx = rq->cx;
    MovementCursor start = {0};
    if (query->cursor.n) {
        const MovementCursor *cursor = cursor_read(cx->arena, &movement_cursor_type, query->cursor);
        if (!cursor) return fail(rq, &error_bad_cursor, "This is no cursor of movements.");
        start = *cursor;
    }
    MovementList page = movements_page(cx, rq->id, start.before, query->limit + 1);
    Str next = {0};
    if (page.n > (size_t)query->limit) {
        MovementCursor cursor = {page.items[--page.n - 1].id};
        next = cursor_write(cx->arena, &movement_cursor_type, &cursor);
    }
    return ok_list(&movement_type, (AnyList){page.items, page.n}, next);
}
HANDLER_PLAIN(list_movements)

/* ---- What is sold beyond what is there --------------------------------------------------------- */

static Reply show_stock_policy(Request *rq)
{
    const StockItem *item = stock_item(rq->cx, rq->id);
    return item ? ok(&stock_item_type, item) : not_found(rq, "variant");
}
HANDLER_PLAIN(show_stock_policy)

static Reply change_stock_policy(Request *rq, const StockItem *patch)
{
    Ctx *cx = rq->cx;
    Id variant = rq->id;
    Taken taken = stock_take(cx, (IdList){&variant, 1}, NULL);
    const StockItem *before = stock_item(cx, variant);
    if (!before) return not_found(rq, "variant");
    StockItem *after = arena_copy(cx->arena, before, sizeof *before);
    merge_patch(cx->arena, &stock_item_type, after, patch);
    if (after->policy == POLICY_PREORDER && !after->available_at.us) {
        Violations *bad = NEW(cx->arena, Violations);
        *bad = violations_new(cx->arena);
        violation_add_at(bad, S("/available_at"), &no_date, S("is needed by pre-orders"));
        return refuse_violations(bad);
    }
    stock_item_set_policy(cx, after);
    bool limited = IS_SET(&stock_item_type, after, StockItem, backorder_limit);
    shelf_set_policy(shelf_find(taken.shelves, variant), after->policy,
                     limited ? after->backorder_limit : -1, after->available_at);
    stock_put(cx, &taken);
    audit(cx, &policy_changed, "var", variant, &stock_item_type, before, after);
    return ok(&stock_item_type, stock_item(cx, variant));
}
HANDLER(change_stock_policy, StockItem)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const location_errors[] = {&error_location_name_taken, NULL};
static const Error *const stock_errors[] = {&error_below_reserved, &error_stock_too_much,
                                            &error_not_found, NULL};
static const Error *const page_errors[] = {&error_bad_cursor, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/locations", list_locations, "List the places that hold stock.", .tx = TX_READ,
          .needs = &inventory_read, .reply = &location_type, .list = true),
    ROUTE(POST, "/v1/locations", create_location, "Make a place that holds stock.", .tx = TX_WRITE,
          .needs = &inventory_write, .body = &location_type, .reply = &location_type, .status = 201,
          .errors = location_errors),
    ROUTE(PATCH, "/v1/locations/{id:loc}", change_location,
          "Give a location another name, or another turn.", .tx = TX_WRITE,
          .needs = &inventory_write, .body = &location_type, .body_mode = BODY_MERGE_PATCH,
          .reply = &location_type, .errors = location_errors),
    ROUTE(GET, "/v1/variants/{id:var}/stock", list_stock_levels,
          "Show where a variant lies and how many are promised.", .tx = TX_READ,
          .needs = &inventory_read, .reply = &stock_level_type, .list = true),
    ROUTE(PUT, "/v1/variants/{id:var}/stock/{location:loc}", set_stock_level,
          "Set how many of a variant are on hand at a location.",
          .detail = "For who has counted. The difference is written down as a movement.",
          .tx = TX_WRITE, .needs = &inventory_write, .body = &stock_level_type,
          .reply = &stock_level_type, .errors = stock_errors),
    ROUTE(POST, "/v1/variants/{id:var}/stock/{location:loc}/adjust", adjust_stock,
          "Add to what is on hand, or take away from it, and say why.", .tx = TX_WRITE,
          .needs = &inventory_write, .body = &adjustment_type, .reply = &stock_level_type,
          .errors = stock_errors),
    ROUTE(GET, "/v1/variants/{id:var}/movements", list_movements,
          "List what has changed of a variant's stock, the newest first.",
          .detail = "Nothing is ever taken out of this list; what is on hand at a location is the "
                    "sum of its changes there.",
          .tx = TX_READ, .needs = &inventory_read, .query = &movement_query_type,
          .reply = &movement_type, .list = true, .errors = page_errors),
    ROUTE(GET, "/v1/variants/{id:var}/stock-policy", show_stock_policy,
          "Show how a variant is sold when too little is there.", .tx = TX_READ,
          .needs = &inventory_read, .reply = &stock_item_type),
    ROUTE(PATCH, "/v1/variants/{id:var}/stock-policy", change_stock_policy,
          "Say whether more of a variant may be sold than is there.",
          .detail = "What was sold beyond what is there waits, and is served first, in the order "
                    "of selling, when stock comes.",
          .tx = TX_WRITE, .needs = &inventory_write, .body = &stock_item_type,
          .body_mode = BODY_MERGE_PATCH, .reply = &stock_item_type),
};

static const Error *const errors[] = {&error_location_name_taken, &error_below_reserved,
                                      &error_stock_too_much};
static const Permission *const permissions[] = {&inventory_read, &inventory_write};
static const Table tables[] = {{"locations", &location_type}};

extern const char inventory_0001_stock[], inventory_0002_inventory[], inventory_0003_transfers[],
    inventory_0004_taking[], inventory_0005_no_hot_key[];
static const Migration migrations[] = {
    {.module = "inventory", .number = 1, .name = "stock", .sql = inventory_0001_stock},
    {.module = "inventory",
     .number = 2,
     .name = "inventory",
     .sql = inventory_0002_inventory,
     .oldest_program = 2},
    {.module = "inventory", .number = 3, .name = "transfers", .sql = inventory_0003_transfers},
    {.module = "inventory", .number = 4, .name = "taking", .sql = inventory_0004_taking},
    {.module = "inventory", .number = 5, .name = "no_hot_key", .sql = inventory_0005_no_hot_key},
};

static const AuditAction *const audits[] = {&location_created, &location_changed, &policy_changed};
static const Job *const jobs[] = {&expire_job};

const Module inventory_module = {
    .name = "inventory",
    .doc = "How many of each variant lie where, and to whom they are promised.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
    MODULE_ROWS(migrations, migration),
    MODULE_ROWS(tables, table),
    .events = inventory_events,
    .event_count = ROWS(inventory_events),
    MODULE_ROWS(audits, audit),
    MODULE_ROWS(jobs, job),
    .crons = &expire_cron,
    .cron_count = 1,
    .checks = inventory_checks,
    .check_count = ROWS(inventory_checks),
};
