/* Transfers: goods on their way from one location to another. */
#ifndef MODULES_INVENTORY_TRANSFER_H
#define MODULES_INVENTORY_TRANSFER_H

#include "modules/inventory/types.h"

typedef enum TransferStatus { TRANSFER_DRAFT, TRANSFER_SHIPPED, TRANSFER_CLOSED } TransferStatus;

typedef struct StockTransferLine {
    Id variant;
    int64_t quantity; /* is to leave, or has left */
    int64_t received, lost;
} StockTransferLine;

typedef struct StockTransferLineList {
    StockTransferLine *items;
    size_t n;
} StockTransferLineList;

typedef struct StockTransfer {
    Present present;
    Id id, origin, destination;
    unsigned status;
    Str reference;
    StockTransferLineList lines;
    int64_t version;
    Time created_at, shipped_at, closed_at;
} StockTransfer;

typedef struct StockTransferList {
    StockTransfer *items;
    size_t n;
} StockTransferList;

/* What has come. */
typedef struct StockArrival {
    HoldLineList lines; /* empty: all that is still on its way */
} StockArrival;

typedef struct TransferCursor {
    Id before;
} TransferCursor;

static inline int64_t line_on_its_way(const StockTransferLine *line)
{
    return line->quantity - line->received - line->lost;
}

extern const EnumNames transfer_status_names;
extern const Type stock_transfer_type, stock_arrival_type, transfer_cursor_type;

/* ---- What happens to one ---------------------------------------------------------------------- */

/* All in a WRITE transaction that has touched and read the transfer, whose status allows it. */

/* Goods leave the origin and are incoming at the destination. False, and the transaction is to be rolled
 * back, when there is less than that beside what is promised; *lacking says of what. */
bool stock_transfer_ship(Ctx *cx, StockTransfer *transfer, StockShortList *lacking);

/* Some have come: `arrived` is by line, at most what is on its way. The last ones close it. */
void stock_transfer_receive(Ctx *cx, StockTransfer *transfer, const int64_t *arrived);

/* What is still on its way will not come. */
void stock_transfer_close(Ctx *cx, StockTransfer *transfer);

#endif
