/* `souk inventory import` and `souk inventory export`: Shopify's inventory CSV, a row for each variant and location.
 * The commands' rows are in commands.c. */
#ifndef MODULES_CATALOG_TRANSFER_STOCK_CSV_H
#define MODULES_CATALOG_TRANSFER_STOCK_CSV_H

#include "modules/catalog/transfer/columns.h"
#include "platform/cli/cli.h"

typedef struct StockImportFlags {
    bool dry_run;
    Str report;
} StockImportFlags;

typedef struct StockExportFlags {
    Generation generation;
    Str output;
} StockExportFlags;

int import_stock(CommandCall *call, const StockImportFlags *flags);
int export_stock(CommandCall *call, const StockExportFlags *flags);

/* ---- Columns ---------------------------------------------------------------------------------- */

enum { STOCK_OPTIONS = 3 }; /* as many as the format has columns for */

typedef enum StockColumn {
    STOCK_HANDLE,
    STOCK_SKU,
    STOCK_OPTION1,
    STOCK_OPTION2,
    STOCK_OPTION3,
    STOCK_LOCATION,
    STOCK_CURRENT,
    STOCK_ON_HAND,
    STOCK_COLUMNS,
} StockColumn;

typedef struct StockColumns {
    size_t at[STOCK_COLUMNS]; /* SIZE_MAX: the file has none */
} StockColumns;

/* Of the header. False, and *problem says what is missing, when no stock can be read by it. */
bool stock_columns_read(Arena *arena, const CsvRecord *header, StockColumns *out, Str *problem);

/* A row of the file: which variant, where, and how many are to be on hand. */
typedef struct StockLine {
    int64_t line;
    Str handle, sku, location;
    StrList options;
    bool says_current, says_nothing; /* nothing: leave it as it is */
    int64_t current, on_hand;
    const char *code; /* of a refusal; NULL: none */
    Str place, message;
} StockLine;

/* The row in `arena`, with what is wrong with it. */
StockLine *stock_line_read(Arena *arena, const StockColumns *columns, const CsvRecord *record);

#endif
