/* The SQL of transfers between locations. */
#ifndef MODULES_INVENTORY_STORE_TRANSFERS_H
#define MODULES_INVENTORY_STORE_TRANSFERS_H

#include "modules/inventory/transfer.h"

void stock_transfer_insert(Ctx *cx, const StockTransfer *transfer); /* with its lines */
void stock_transfer_delete(Ctx *cx, Id id);

/* Counts a change and holds the transfer until the commit; first of what is held. */
void stock_transfer_touch(Ctx *cx, Id id);

StockTransfer *stock_transfer_read(Ctx *cx, Id id); /* NULL: none */

/* The newest first, behind `before` (0: the newest), with their lines. */
StockTransferList stock_transfers_page(Ctx *cx, Id before, int64_t limit);

/* Status and times. */
void stock_transfer_put(Ctx *cx, const StockTransfer *transfer);
void stock_transfer_line_put(Ctx *cx, Id transfer, const StockTransferLine *line);

/* Those of the ids that are no registered variants. */
bool variants_all_known(Ctx *cx, IdList variants);

#endif
