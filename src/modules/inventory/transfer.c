#include "modules/inventory/transfer.h"

#include "modules/inventory/change.h"
#include "modules/inventory/store_transfers.h"
#include "platform/api/limits.h"

/* ---- Types ------------------------------------------------------------------------------------ */

static const char *const status_docs[] = {"Nothing has left yet.", "On its way, or in part.",
                                          "All has come, or will not come."};
const EnumNames transfer_status_names = {
    .names = (const char *const[]){"draft", "shipped", "closed"}, .n = 3, .docs = status_docs};

static const Type stock_transfer_line_type =
    TYPE(StockTransferLine, "So many of a variant.",
         FIELD(StockTransferLine, variant, "Which variant.", .prefix = "var", .required = true),
         FIELD(StockTransferLine, quantity, "How many leave.", .required = true, .min = 1,
               .max = STOCK_MAX),
         FIELD(StockTransferLine, received, "Of them, so many have come.", .read_only = true),
         FIELD(StockTransferLine, lost, "Of them, so many will not come.", .read_only = true));

const Type stock_transfer_type = TYPE_WITH_ABSENCE(
    StockTransfer, "Goods on their way from one location to another.",
    FIELD(StockTransfer, id, "Identifier.", .prefix = "trf", .read_only = true),
    FIELD(StockTransfer, origin, "From where.", .prefix = "loc", .required = true),
    FIELD(StockTransfer, destination, "To where.", .prefix = "loc", .required = true),
    ENUM(StockTransfer, status, "How far it is.", transfer_status_names, .read_only = true),
    FIELD(StockTransfer, reference, "\"Van 3\": for people.", .max = 100, .initial = ""),
    LIST(StockTransfer, lines, "What; a variant that stands several times is added up.",
         stock_transfer_line_type, .required = true, .min = 1, .max = STOCK_DEMANDS_MAX),
    FIELD(StockTransfer, version, "Counts its changes.", .read_only = true),
    FIELD(StockTransfer, created_at, "When it was written down.", .read_only = true),
    FIELD(StockTransfer, shipped_at, "When it left; null: it has not.", .read_only = true,
          .nullable = true),
    FIELD(StockTransfer, closed_at, "When it ended; null: it has not.", .read_only = true,
          .nullable = true));

const Type stock_arrival_type =
    TYPE(StockArrival, "What has come.",
         LIST(StockArrival, lines, "Each variant once; left out: all that is on its way.",
              hold_line_type, .max = STOCK_DEMANDS_MAX));

const Type transfer_cursor_type =
    TYPE(TransferCursor, "Where the list of transfers goes on.",
         FIELD(TransferCursor, before, "Transfers made before this one.", .prefix = "trf",
               .required = true));

/* ---- What happens to one ---------------------------------------------------------------------- */

static Taken take_all(Ctx *cx, const StockTransfer *transfer)
{
    IdList variants = {NEW_N(cx->arena, Id, transfer->lines.n), transfer->lines.n};
    for (size_t i = 0; i < variants.n; i++) variants.items[i] = transfer->lines.items[i].variant;
    return stock_take_at(cx, variants, transfer->destination);
}

/* Of a variant that is still sold; the levels of others are gone, and their lines are only told. */
static Level *level_at(const Taken *taken, const StockTransferLine *line, Id location)
{
    Shelf *shelf = shelf_find(taken->shelves, line->variant);
    return shelf ? shelf_level(shelf, location) : NULL;
}

static Str reference_of(Ctx *cx, const StockTransfer *transfer)
{
    return id_text(cx->arena, "trf", transfer->id);
}

bool stock_transfer_ship(Ctx *cx, StockTransfer *transfer, StockShortList *lacking)
{
    *lacking = (StockShortList){NEW_N(cx->arena, StockShort, transfer->lines.n), 0};
    Taken taken = take_all(cx, transfer);
    for (size_t i = 0; i < transfer->lines.n; i++) {
        const StockTransferLine *line = &transfer->lines.items[i];
        Level *from = level_at(&taken, line, transfer->origin);
        Level *to = level_at(&taken, line, transfer->destination);
        int64_t unpromised = from ? from->on_hand - from->reserved : 0;
        if (!to || unpromised < line->quantity) {
            lacking->items[lacking->n++] = (StockShort){line->variant, line->quantity, unpromised};
            continue;
        }
        stock_move(cx, from, -line->quantity, MOVEMENT_SENT, reference_of(cx, transfer));
        to->incoming += line->quantity;
    }
    if (lacking->n || db_failure(cx)) return false;
    stock_put(cx, &taken);
    transfer->status = TRANSFER_SHIPPED;
    transfer->shipped_at = ctx_now(cx);
    MARK_SET(&stock_transfer_type, transfer, StockTransfer, shipped_at);
    stock_transfer_put(cx, transfer);
    return true;
}

static void end_transfer(Ctx *cx, StockTransfer *transfer)
{
    transfer->status = TRANSFER_CLOSED;
    transfer->closed_at = ctx_now(cx);
    MARK_SET(&stock_transfer_type, transfer, StockTransfer, closed_at);
    stock_transfer_put(cx, transfer);
}

void stock_transfer_receive(Ctx *cx, StockTransfer *transfer, const int64_t *arrived)
{
    Taken taken = take_all(cx, transfer);
    int64_t left = 0;
    for (size_t i = 0; i < transfer->lines.n; i++) {
        StockTransferLine *line = &transfer->lines.items[i];
        Level *to = level_at(&taken, line, transfer->destination);
        if (to && arrived[i]) {
            to->incoming -= arrived[i];
            stock_move(cx, to, arrived[i], MOVEMENT_ARRIVED, reference_of(cx, transfer));
        }
        line->received += arrived[i];
        left += line_on_its_way(line);
        if (arrived[i]) stock_transfer_line_put(cx, transfer->id, line);
    }
    stock_put(cx, &taken);
    if (!left) end_transfer(cx, transfer);
}

void stock_transfer_close(Ctx *cx, StockTransfer *transfer)
{
    Taken taken = take_all(cx, transfer);
    for (size_t i = 0; i < transfer->lines.n; i++) {
        StockTransferLine *line = &transfer->lines.items[i];
        int64_t lost = line_on_its_way(line);
        Level *to = level_at(&taken, line, transfer->destination);
        if (to) to->incoming -= lost;
        line->lost += lost;
        if (lost) stock_transfer_line_put(cx, transfer->id, line);
    }
    stock_put(cx, &taken);
    end_transfer(cx, transfer);
}
