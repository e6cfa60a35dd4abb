/* `souk export`: see export.c. The command's row is in commands.c. */
#ifndef MODULES_CATALOG_TRANSFER_EXPORT_H
#define MODULES_CATALOG_TRANSFER_EXPORT_H

#include "modules/catalog/transfer/columns.h"
#include "platform/cli/cli.h"

typedef enum ExportFormat { EXPORT_CSV, EXPORT_JSON_LINES } ExportFormat;

typedef struct ExportFlags {
    ExportFormat format;
    Generation generation;
    Currency currency;
    Str output;
} ExportFlags;

extern const Error error_too_many_attributes;

int export_products(CommandCall *call, const ExportFlags *flags);

#endif
