/* Transfers over the API.
 *
 * A transfer is written down (draft), leaves (shipped), comes in one or several parts, and is closed:
 * by itself when all has come, or by a person who says that the rest will not. Each step takes the
 * transfer's row first, so that two who receive the same van count its goods once. What is on its way
 * belongs to no location: it is `incoming` where it is expected, and nowhere on hand.
 *
 * Rejected: moving goods by two adjustments. Nobody could tell a van that is late from a theft. */
#include "modules/inventory/hold_routes.h"
#include "modules/inventory/store.h"
#include "modules/inventory/store_transfers.h"

#include "platform/api/errors.h"

static const Error error_transfer_shipped = {
    "transfer_shipped", 409, "The goods have left already.", LOG_DEBUG,
    "A transfer that has left is received or closed; only a draft can be shipped or deleted."};
static const Error error_transfer_not_shipped = {
    "transfer_not_shipped", 409, "The goods are not on their way.", LOG_DEBUG,
    "Only a transfer whose `status` is `shipped` can be received or closed."};

static const ViolationCode same_place = {"same_place", "From a place to itself is no transfer."};
static const ViolationCode unknown_place = {"unknown_location", "There is no such location."};
static const ViolationCode unknown_variant = {"unknown_variant", "There is no such variant."};
static const ViolationCode not_sent = {"not_sent", "More has come than is on its way."};

/* ---- Reading ---------------------------------------------------------------------------------- */

static Reply reply_transfer(const StockTransfer *transfer)
{
    return with_version(ok(&stock_transfer_type, transfer), transfer->version);
}

static Reply list_stock_transfers(Request *rq)
{
    const MovementQuery *query = rq->query;
    Ctx *cx = rq->cx;
    TransferCursor start = {0};
    if (query->cursor.n) {
        const TransferCursor *cursor = cursor_read(cx->arena, &transfer_cursor_type, query->cursor);
        if (!cursor) return fail(rq, &error_bad_cursor, "This is no cursor of transfers.");
        start = *cursor;
    }
    StockTransferList page = stock_transfers_page(cx, start.before, query->limit + 1);
    Str next = {0};
    if (page.n > (size_t)query->limit) {
        TransferCursor cursor = {page.items[--page.n - 1].id};
        next = cursor_write(cx->arena, &transfer_cursor_type, &cursor);
    }
    return ok_list(&stock_transfer_type, (AnyList){page.items, page.n}, next);
}
HANDLER_PLAIN(list_stock_transfers)

static Reply show_stock_transfer(Request *rq)
{
    const StockTransfer *transfer = stock_transfer_read(rq->cx, rq->id);
    return transfer ? reply_transfer(transfer) : not_found(rq, "transfer");
}
HANDLER_PLAIN(show_stock_transfer)

/* ---- Writing one down --------------------------------------------------------------------------- */

static StockTransferLineList summed_lines(Arena *arena, StockTransferLineList lines)
{
    StockDemandList all = {NEW_N(arena, StockDemand, lines.n), lines.n};
    for (size_t i = 0; i < lines.n; i++)
        all.items[i] = (StockDemand){lines.items[i].variant, lines.items[i].quantity};
    StockDemandList summed = demands_summed(arena, all);
    StockTransferLineList list = {NEW_N(arena, StockTransferLine, summed.n), summed.n};
    for (size_t i = 0; i < summed.n; i++)
        list.items[i] = (StockTransferLine){.variant = summed.items[i].variant,
                                            .quantity = summed.items[i].quantity};
    return list;
}

static Reply check_transfer(Request *rq, const StockTransfer *transfer)
{
    Ctx *cx = rq->cx;
    Violations *bad = NEW(cx->arena, Violations);
    *bad = violations_new(cx->arena);
    IdList variants = {NEW_N(cx->arena, Id, transfer->lines.n), transfer->lines.n};
    for (size_t i = 0; i < variants.n; i++) variants.items[i] = transfer->lines.items[i].variant;
    if (!location_read(cx, transfer->origin))
        violation_add_at(bad, S("/origin"), &unknown_place, S("names no location"));
    if (!location_read(cx, transfer->destination))
        violation_add_at(bad, S("/destination"), &unknown_place, S("names no location"));
    if (id_eq(transfer->origin, transfer->destination))
        violation_add_at(bad, S("/destination"), &same_place, S("must not be the origin"));
    if (!variants_all_known(cx, variants))
        violation_add_at(bad, S("/lines"), &unknown_variant, S("names what is no variant"));
    return bad->n ? refuse_violations(bad) : (Reply){0};
}

static Reply create_stock_transfer(Request *rq, const StockTransfer *in)
{
    Ctx *cx = rq->cx;
    StockTransfer *transfer = arena_copy(cx->arena, in, sizeof *in);
    transfer->lines = summed_lines(cx->arena, in->lines);
    Reply refusal = check_transfer(rq, transfer);
    if (refusal.status) return refusal;
    transfer->id = ctx_id(cx);
    transfer->created_at = ctx_now(cx);
    stock_transfer_insert(cx, transfer);
    Reply reply = reply_transfer(stock_transfer_read(cx, transfer->id));
    reply.status = 201;
    reply.location = str_format(cx->arena, "/v1/stock-transfers/%.*s",
                                STR_ARG(id_text(cx->arena, "trf", transfer->id)));
    return reply;
}
HANDLER(create_stock_transfer, StockTransfer)

/* ---- Its way ------------------------------------------------------------------------------------ */

/* To be changed: its version is already the one that it will have. */
static StockTransfer *take_transfer(Request *rq)
{
    stock_transfer_touch(rq->cx, rq->id);
    return stock_transfer_read(rq->cx, rq->id);
}

static Reply delete_stock_transfer(Request *rq)
{
    const StockTransfer *transfer = take_transfer(rq);
    if (!transfer) return not_found(rq, "transfer");
    if (transfer->status != TRANSFER_DRAFT)
        return fail(rq, &error_transfer_shipped, "It cannot be deleted.");
    stock_transfer_delete(rq->cx, rq->id);
    return no_content();
}
HANDLER_PLAIN(delete_stock_transfer)

static Reply refuse_short(Request *rq, const StockTransfer *transfer, StockShortList lacking)
{
    Violations *bad = NEW(rq->cx->arena, Violations);
    *bad = violations_new(rq->cx->arena);
    size_t at = 0;
    for (size_t i = 0; i < transfer->lines.n && at < lacking.n; i++) {
        if (!id_eq(transfer->lines.items[i].variant, lacking.items[at].variant)) continue;
        violation_add_at(bad, str_format(rq->cx->arena, "/lines/%zu/quantity", i), &short_line,
                         str_format(rq->cx->arena, "can be at most %lld in all, is %lld",
                                    (long long)lacking.items[at].free,
                                    (long long)lacking.items[at].wanted));
        at++;
    }
    return (Reply){
        .status = error_stock_short.status, .error = &error_stock_short, .violations = bad};
}

static Reply ship_stock_transfer(Request *rq)
{
    StockTransfer *transfer = take_transfer(rq);
    StockShortList lacking;
    if (!transfer) return not_found(rq, "transfer");
    if (transfer->status != TRANSFER_DRAFT)
        return fail(rq, &error_transfer_shipped, "It cannot leave again.");
    if (!stock_transfer_ship(rq->cx, transfer, &lacking))
        return refuse_short(rq, transfer, lacking);
    return reply_transfer(transfer);
}
HANDLER_PLAIN(ship_stock_transfer)

static StockTransferLine *line_of(const StockTransfer *transfer, Id variant)
{
    for (size_t i = 0; i < transfer->lines.n; i++)
        if (id_eq(transfer->lines.items[i].variant, variant)) return &transfer->lines.items[i];
    return NULL;
}

/* How many of each of the transfer's lines have come. */
static Reply count_arrived(Request *rq, const StockTransfer *transfer, const StockArrival *in,
                           int64_t *arrived)
{
    Violations *bad = NEW(rq->cx->arena, Violations);
    *bad = violations_new(rq->cx->arena);
    for (size_t i = 0; !in->lines.n && i < transfer->lines.n; i++)
        arrived[i] = line_on_its_way(&transfer->lines.items[i]);
    for (size_t i = 0; i < in->lines.n; i++) {
        const StockTransferLine *line = line_of(transfer, in->lines.items[i].variant);
        int64_t left = 0;
        if (line) {
            size_t at = (size_t)(line - transfer->lines.items);
            left = line_on_its_way(line) - arrived[at];
            arrived[at] += in->lines.items[i].quantity;
        }
        if (in->lines.items[i].quantity > left)
            violation_add_at(bad, str_format(rq->cx->arena, "/lines/%zu/quantity", i), &not_sent,
                             str_format(rq->cx->arena, "must be at most %lld, is %lld",
                                        (long long)left, (long long)in->lines.items[i].quantity));
    }
    return bad->n ? refuse_violations(bad) : (Reply){0};
}

static Reply receive_stock_transfer(Request *rq, const StockArrival *in)
{
    StockTransfer *transfer = take_transfer(rq);
    if (!transfer) return not_found(rq, "transfer");
    if (transfer->status != TRANSFER_SHIPPED)
        return fail(rq, &error_transfer_not_shipped, "Nothing can be received.");
    int64_t *arrived = NEW_N(rq->cx->arena, int64_t, transfer->lines.n);
    Reply refusal = count_arrived(rq, transfer, in, arrived);
    if (refusal.status) return refusal;
    stock_transfer_receive(rq->cx, transfer, arrived);
    return reply_transfer(transfer);
}
HANDLER(receive_stock_transfer, StockArrival)

static Reply close_stock_transfer(Request *rq)
{
    StockTransfer *transfer = take_transfer(rq);
    if (!transfer) return not_found(rq, "transfer");
    if (transfer->status != TRANSFER_SHIPPED)
        return fail(rq, &error_transfer_not_shipped, "Nothing is awaited.");
    stock_transfer_close(rq->cx, transfer);
    return reply_transfer(transfer);
}
HANDLER_PLAIN(close_stock_transfer)

/* ---- The table ---------------------------------------------------------------------------------- */

static const Error *const page_errors[] = {&error_bad_cursor, NULL};
static const Error *const draft_errors[] = {&error_transfer_shipped, NULL};
static const Error *const ship_errors[] = {&error_transfer_shipped, &error_stock_short, NULL};
static const Error *const way_errors[] = {&error_transfer_not_shipped, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/stock-transfers", list_stock_transfers, "List transfers, the newest first.",
          .tx = TX_READ, .needs = &inventory_read, .query = &movement_query_type,
          .reply = &stock_transfer_type, .list = true, .errors = page_errors),
    ROUTE(POST, "/v1/stock-transfers", create_stock_transfer,
          "Write down what is to go from one location to another.",
          .detail = "A draft changes no stock.", .tx = TX_WRITE, .needs = &inventory_write,
          .body = &stock_transfer_type, .reply = &stock_transfer_type, .status = 201),
    ROUTE(GET, "/v1/stock-transfers/{id:trf}", show_stock_transfer, "Read a transfer.",
          .tx = TX_READ, .needs = &inventory_read, .reply = &stock_transfer_type),
    ROUTE(DELETE, "/v1/stock-transfers/{id:trf}", delete_stock_transfer, "Delete a draft.",
          .tx = TX_WRITE, .needs = &inventory_write, .errors = draft_errors),
    ROUTE(POST, "/v1/stock-transfers/{id:trf}/ship", ship_stock_transfer, "The goods leave.",
          .detail = "From now on they are `incoming` at the destination.", .tx = TX_WRITE,
          .needs = &inventory_write, .reply = &stock_transfer_type, .errors = ship_errors),
    ROUTE(POST, "/v1/stock-transfers/{id:trf}/receive", receive_stock_transfer,
          "Some or all of the goods have come.",
          .detail = "When the last of them has come, the transfer is closed.", .tx = TX_WRITE,
          .needs = &inventory_write, .body = &stock_arrival_type, .reply = &stock_transfer_type,
          .errors = way_errors),
    ROUTE(POST, "/v1/stock-transfers/{id:trf}/close", close_stock_transfer,
          "What has not come will not come.", .detail = "It is told as `lost` in the lines.",
          .tx = TX_WRITE, .needs = &inventory_write, .reply = &stock_transfer_type,
          .errors = way_errors),
};

static const Error *const errors[] = {&error_transfer_shipped, &error_transfer_not_shipped};

const Module stock_transfers_module = {
    .name = "stock-transfers",
    .doc = "Goods on their way from one location to another.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
};
