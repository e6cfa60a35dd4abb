/* `souk import`: see import.c. The command's row is in commands.c. */
#ifndef MODULES_CATALOG_TRANSFER_IMPORT_H
#define MODULES_CATALOG_TRANSFER_IMPORT_H

#include "platform/cli/cli.h"

typedef enum ImportFormat { FORMAT_AUTO, FORMAT_CSV, FORMAT_JSON_LINES } ImportFormat;

typedef struct ImportFlags {
    ImportFormat format;
    Currency currency;
    StrList market;
    bool dry_run;
    Str report;
} ImportFlags;

extern const Error error_not_importable, error_import_stopped;

int import_products(CommandCall *call, const ImportFlags *flags);

#endif
