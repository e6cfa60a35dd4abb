/* Holds: reservations for those who sell elsewhere. A till, a marketplace or a person at the telephone
 * keeps stock for some time and then ships it or lets it go. A hold has no row of its own: it is what
 * is promised to its id, so it is gone when that has expired or left. */
#include "modules/inventory/hold_routes.h"
#include "modules/inventory/store.h"

#include "platform/api/errors.h"

const Error error_stock_short = {
    "stock_short", 409, "Not everything can be had.", LOG_DEBUG,
    "`errors` names each line of which too little is there. Nothing was reserved; ask for less."};
static const Error error_stock_unplaced = {
    "stock_unplaced", 409, "Some of it has expired, or is not there yet.", LOG_DEBUG,
    "Ship what is there, line by line, or wait for stock; GET shows what is promised."};

const ViolationCode short_line = {"stock_short", "Fewer can be had than were wanted."};

/* ---- Making one --------------------------------------------------------------------------------- */

static const StockShort *lack_of(StockShortList lacking, Id variant)
{
    for (size_t i = 0; i < lacking.n; i++)
        if (id_eq(lacking.items[i].variant, variant)) return &lacking.items[i];
    return NULL;
}

static Reply refuse_short(Request *rq, const Hold *in, StockShortList lacking)
{
    Violations *bad = NEW(rq->cx->arena, Violations);
    *bad = violations_new(rq->cx->arena);
    for (size_t i = 0; i < in->lines.n; i++) {
        const StockShort *lack = lack_of(lacking, in->lines.items[i].variant);
        Arena *arena = rq->cx->arena;
        if (lack)
            violation_add_at(bad, str_format(arena, "/lines/%zu/quantity", i), &short_line,
                             str_format(arena, "can be at most %lld in all, is %lld",
                                        (long long)lack->free, (long long)lack->wanted));
    }
    return (Reply){
        .status = error_stock_short.status, .error = &error_stock_short, .violations = bad};
}

static StockDemandList demands_of(Arena *arena, HoldLineList lines)
{
    StockDemandList wanted = {NEW_N(arena, StockDemand, lines.n), lines.n};
    for (size_t i = 0; i < lines.n; i++)
        wanted.items[i] = (StockDemand){lines.items[i].variant, lines.items[i].quantity};
    return wanted;
}

static StockOwner owner_of(Id hold)
{
    return (StockOwner){"hold", hold};
}

static Time end_of(Request *rq, int64_t seconds)
{
    return (Time){ctx_now(rq->cx).us + seconds * 1000000};
}

static Reply create_hold(Request *rq, const Hold *in)
{
    Hold *hold = arena_copy(rq->cx->arena, in, sizeof *in);
    hold->id = ctx_id(rq->cx);
    hold->expires_at = end_of(rq, in->seconds);
    hold->present = PRESENT_ALL;
    StockShortList lacking;
    if (!stock_reserve(rq->cx, owner_of(hold->id), demands_of(rq->cx->arena, in->lines),
                       hold->expires_at, &lacking))
        return refuse_short(rq, in, lacking);
    return created(&hold_type, hold,
                   str_format(rq->cx->arena, "/v1/stock-holds/%.*s",
                              STR_ARG(id_text(rq->cx->arena, "hold", hold->id))));
}
HANDLER(create_hold, Hold)

/* ---- Looking at it, moving its end -------------------------------------------------------------- */

/* What is alive, by variant; NULL: nothing. */
static Hold *hold_read(Request *rq)
{
    Ctx *cx = rq->cx;
    ReservationList held = reservations_of(cx, owner_of(rq->id));
    Hold *hold = NEW(cx->arena, Hold);
    *hold = (Hold){
        .present = PRESENT_ALL, .id = rq->id, .lines = {NEW_N(cx->arena, HoldLine, held.n), 0}};
    for (size_t i = 0; i < held.n; i++) {
        const Reservation *r = &held.items[i];
        if (r->expires_at.us <= ctx_now(cx).us) continue;
        hold->expires_at = r->expires_at;
        HoldLine *last = hold->lines.n ? &hold->lines.items[hold->lines.n - 1] : NULL;
        if (last && id_eq(last->variant, r->variant))
            last->quantity += r->quantity;
        else
            hold->lines.items[hold->lines.n++] = (HoldLine){r->variant, r->quantity};
    }
    return hold->lines.n ? hold : NULL;
}

static Reply reply_hold(Request *rq)
{
    const Hold *hold = hold_read(rq);
    return hold ? ok(&hold_type, hold) : not_found(rq, "hold");
}

static Reply show_hold(Request *rq)
{
    return reply_hold(rq);
}
HANDLER_PLAIN(show_hold)

typedef struct HoldExtension {
    int64_t seconds;
} HoldExtension;

static const Type hold_extension_type = TYPE(HoldExtension, "How much longer.",
                                             FIELD(HoldExtension, seconds, "From now on.", .min = 1,
                                                   .max = HOLD_SECONDS_MAX, .initial = "600"));

static Reply extend_hold(Request *rq, const HoldExtension *in)
{
    stock_extend(rq->cx, owner_of(rq->id), end_of(rq, in->seconds));
    return reply_hold(rq);
}
HANDLER(extend_hold, HoldExtension)

/* ---- Its end ------------------------------------------------------------------------------------ */

static Reply ship_hold(Request *rq)
{
    const Hold *hold = hold_read(rq);
    if (!hold) return not_found(rq, "hold");
    if (!stock_ship(rq->cx, owner_of(rq->id), demands_of(rq->cx->arena, hold->lines)))
        return hold_read(rq) ? fail(rq, &error_stock_unplaced, "Nothing was shipped.")
                             : not_found(rq, "hold"); /* somebody else was faster */
    return no_content();
}
HANDLER_PLAIN(ship_hold)

static Reply release_hold(Request *rq)
{
    return stock_release(rq->cx, owner_of(rq->id)) ? no_content() : not_found(rq, "hold");
}
HANDLER_PLAIN(release_hold)

/* ---- What is promised of a variant --------------------------------------------------------------- */

static Reply list_reservations(Request *rq)
{
    const MovementQuery *query = rq->query;
    Ctx *cx = rq->cx;
    PromiseCursor start = {0};
    if (query->cursor.n) {
        const PromiseCursor *cursor = cursor_read(cx->arena, &promise_cursor_type, query->cursor);
        if (!cursor) return fail(rq, &error_bad_cursor, "This is no cursor of reservations.");
        start = *cursor;
    }
    ReservationList rows = reservations_page(cx, rq->id, start.after, query->limit + 1);
    Str next = {0};
    if (rows.n > (size_t)query->limit) {
        PromiseCursor cursor = {rows.items[--rows.n - 1].id};
        next = cursor_write(cx->arena, &promise_cursor_type, &cursor);
    }
    StockPromise *shown = NEW_N(cx->arena, StockPromise, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        const Reservation *r = &rows.items[i];
        shown[i] = (StockPromise){
            .present = PRESENT_ALL,
            .owner = id_text(cx->arena, str_z(cx->arena, r->owner_kind), r->owner_id),
            .location = r->location,
            .quantity = r->quantity,
            .expires_at = r->expires_at,
            .created_at = r->created_at};
        if (!r->location.n) MARK_ABSENT(&stock_promise_type, &shown[i], StockPromise, location);
        if (!r->expires_at.us)
            MARK_ABSENT(&stock_promise_type, &shown[i], StockPromise, expires_at);
    }
    return ok_list(&stock_promise_type, (AnyList){shown, rows.n}, next);
}
HANDLER_PLAIN(list_reservations)

/* ---- The table ---------------------------------------------------------------------------------- */

static const Error *const create_errors[] = {&error_stock_short, NULL};
static const Error *const ship_errors[] = {&error_stock_unplaced, &error_not_found, NULL};
static const Error *const page_errors[] = {&error_bad_cursor, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/variants/{id:var}/reservations", list_reservations,
          "List to whom a variant is promised, the oldest promise first.", .tx = TX_READ,
          .needs = &inventory_read, .query = &movement_query_type, .reply = &stock_promise_type,
          .list = true, .errors = page_errors),
    ROUTE(POST, "/v1/stock-holds", create_hold, "Keep stock for somebody outside.",
          .detail = "All lines or none. It ends by itself after `seconds`.", .tx = TX_WRITE,
          .needs = &inventory_write, .body = &hold_type, .reply = &hold_type, .status = 201,
          .errors = create_errors),
    ROUTE(GET, "/v1/stock-holds/{id:hold}", show_hold, "Show what is kept.",
          .detail = "404 when it has expired, was released or has left.", .tx = TX_READ,
          .needs = &inventory_read, .reply = &hold_type),
    ROUTE(POST, "/v1/stock-holds/{id:hold}/extend", extend_hold, "Keep it longer.", .tx = TX_WRITE,
          .needs = &inventory_write, .body = &hold_extension_type, .reply = &hold_type),
    ROUTE(POST, "/v1/stock-holds/{id:hold}/ship", ship_hold, "What was kept has left the house.",
          .tx = TX_WRITE, .needs = &inventory_write, .errors = ship_errors),
    ROUTE(DELETE, "/v1/stock-holds/{id:hold}", release_hold, "Keep it no longer.", .tx = TX_WRITE,
          .needs = &inventory_write),
};

static const Error *const errors[] = {&error_stock_short, &error_stock_unplaced};

const Module stock_holds_module = {
    .name = "stock-holds",
    .doc = "Stock that is kept for those who sell elsewhere.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
};
