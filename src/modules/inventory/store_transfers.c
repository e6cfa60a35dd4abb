/* The SQL of transfers. */
#include "modules/inventory/store_transfers.h"

typedef struct LineRow {
    Id transfer, variant;
    int64_t quantity, received, lost;
} LineRow;

static const Type line_row_type =
    TYPE(LineRow, "A line as it is stored.", FIELD(LineRow, transfer, "", .prefix = "trf"),
         FIELD(LineRow, variant, "", .prefix = "var"), FIELD(LineRow, quantity, ""),
         FIELD(LineRow, received, ""), FIELD(LineRow, lost, ""));

void stock_transfer_insert(Ctx *cx, const StockTransfer *transfer)
{
    db_post(cx,
            "insert into stock_transfers (id, origin, destination, status, reference, version, "
            "created_at) values ($1, $2, $3, 'draft', $4, 1, $5)",
            transfer->id, transfer->origin, transfer->destination, transfer->reference,
            transfer->created_at);
    for (size_t i = 0; i < transfer->lines.n; i++)
        db_post(cx,
                "insert into stock_transfer_lines (transfer_id, variant_id, quantity, received, "
                "lost) values ($1, $2, $3, 0, 0)",
                transfer->id, transfer->lines.items[i].variant, transfer->lines.items[i].quantity);
}

void stock_transfer_delete(Ctx *cx, Id id)
{
    db_post(cx, "delete from stock_transfers where id = $1", id);
}

void stock_transfer_touch(Ctx *cx, Id id)
{
    db_post(cx, "update stock_transfers set version = version + 1 where id = $1", id);
}

#define TRANSFER_COLUMNS                                                                           \
    "id, origin, destination, status, reference, version, created_at, shipped_at, closed_at "

/* Both are ascending by transfer. */
static void share_lines(Ctx *cx, StockTransferList all, AnyList rows)
{
    const LineRow *row = rows.items, *end = rows.n ? row + rows.n : row;
    StockTransferLine *lines = NEW_N(cx->arena, StockTransferLine, rows.n);
    for (size_t i = all.n; i-- > 0;) {
        StockTransfer *transfer = &all.items[i];
        transfer->lines.items = lines;
        for (; row < end && id_eq(row->transfer, transfer->id); row++)
            *lines++ = (StockTransferLine){row->variant, row->quantity, row->received, row->lost};
        transfer->lines.n = (size_t)(lines - transfer->lines.items);
        MARK_SET(&stock_transfer_type, transfer, StockTransfer, lines);
    }
}

static void read_lines(Ctx *cx, StockTransferList all)
{
    IdList ids = {NEW_N(cx->arena, Id, all.n), all.n};
    for (size_t i = 0; i < all.n; i++) ids.items[i] = all.items[i].id;
    share_lines(cx, all,
                db_all(cx, &line_row_type,
                       "select transfer_id as transfer, variant_id as variant, quantity, received, "
                       "lost from stock_transfer_lines where transfer_id in IDS($1) "
                       "order by transfer_id, variant_id",
                       ids));
}

StockTransfer *stock_transfer_read(Ctx *cx, Id id)
{
    StockTransfer *transfer =
        db_one(cx, &stock_transfer_type,
               "select " TRANSFER_COLUMNS "from stock_transfers where id = $1", id);
    if (transfer) read_lines(cx, (StockTransferList){transfer, 1});
    return transfer;
}

StockTransferList stock_transfers_page(Ctx *cx, Id before, int64_t limit)
{
    StockTransferList page = DB_LIST(
        StockTransferList, db_all(cx, &stock_transfer_type,
                                  "select " TRANSFER_COLUMNS "from stock_transfers where id < $1 "
                                  "order by id desc limit $2",
                                  before.n ? before.n : INT64_MAX, limit));
    read_lines(cx, page);
    return page;
}

void stock_transfer_put(Ctx *cx, const StockTransfer *transfer)
{
    db_post_put(cx, &stock_transfer_type, transfer,
                "update stock_transfers set status = :status, shipped_at = :shipped_at, "
                "closed_at = :closed_at where id = :id");
}

void stock_transfer_line_put(Ctx *cx, Id transfer, const StockTransferLine *line)
{
    db_post(cx,
            "update stock_transfer_lines set received = $3, lost = $4 where transfer_id = $1 "
            "and variant_id = $2",
            transfer, line->variant, line->received, line->lost);
}

bool variants_all_known(Ctx *cx, IdList variants)
{
    return db_int(cx, -1, "select count(*) from stock_items where variant_id in IDS($1)",
                  variants) == (int64_t)variants.n;
}
