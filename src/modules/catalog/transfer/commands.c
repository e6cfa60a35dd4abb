/* The commands that move products in and out: their flags and rows. */
#include "modules/catalog/transfer/export.h"
#include "modules/catalog/transfer/import.h"
#include "modules/catalog/transfer/stock_csv.h"

#include "modules/catalog/catalog.h"

/* ---- souk import ------------------------------------------------------------------------------- */

static const char *const format_docs[] = {"As the file looks.", "Product CSV as Shopify has it.",
                                          "JSON Lines: one product a line, as in the API."};
static const EnumNames format_names = {
    .names = (const char *const[]){"auto", "csv", "jsonl"}, .n = 3, .docs = format_docs};

static const Type import_flags = TYPE(
    ImportFlags, "What to read, and how.",
    ENUM(ImportFlags, format, "What the file is.", format_names, .initial = "auto"),
    FIELD(ImportFlags, currency, "Of the prices in a CSV file; left out: the shop's own."),
    FIELD(ImportFlags, market,
          "\"International=USD\": the prices of that market (the column \"Price / International\") "
          "are in that currency. May be given several times; other markets are not kept.",
          .max = 50, .item_max = 200),
    FIELD(ImportFlags, dry_run, "Check everything, and store nothing."),
    FIELD(ImportFlags, report, "A CSV file for all that is refused or not kept.", .max = 4096));

COMMAND_HANDLER(import_products, ImportFlags)

/* ---- souk export ------------------------------------------------------------------------------- */

static const char *const export_format_docs[] = {
    "Product CSV as Shopify has it: what spreadsheets and other shops read.",
    "JSON Lines: everything that Souk knows of a product, one a line."};
static const EnumNames export_format_names = {
    .names = (const char *const[]){"csv", "jsonl"}, .n = 2, .docs = export_format_docs};

static const char *const generation_docs[] = {"\"URL handle\", \"SKU\".",
                                              "\"Handle\", \"Variant SKU\"."};
static const EnumNames generation_names = {
    .names = (const char *const[]){"new", "old"}, .n = 2, .docs = generation_docs};

static const Type export_flags = TYPE(
    ExportFlags, "What to write, and where.",
    ENUM(ExportFlags, format, "What the file shall be.", export_format_names, .initial = "csv"),
    ENUM(ExportFlags, generation, "Whose names the columns of a CSV have.", generation_names,
         .initial = "new"),
    FIELD(ExportFlags, currency,
          "Of the column Price; left out: the shop's own. Other currencies have columns of their "
          "own: \"Price / USD\"."),
    FIELD(ExportFlags, output, "The file, which appears when it is complete; left out: stdout.",
          .max = 4096));

COMMAND_HANDLER(export_products, ExportFlags)

/* ---- souk inventory ---------------------------------------------------------------------------- */

static const Type stock_import_flags =
    TYPE(StockImportFlags, "How to read it.",
         FIELD(StockImportFlags, dry_run, "Check everything, and store nothing."),
         FIELD(StockImportFlags, report, "A CSV file for all that is refused.", .max = 4096));

COMMAND_HANDLER(import_stock, StockImportFlags)

static const char *const stock_generation_docs[] = {"\"On hand (current)\", \"On hand (new)\".",
                                                    "\"On hand\"."};
static const EnumNames stock_generation_names = {
    .names = (const char *const[]){"new", "old"}, .n = 2, .docs = stock_generation_docs};

static const Type stock_export_flags =
    TYPE(StockExportFlags, "What to write, and where.",
         ENUM(StockExportFlags, generation, "Whose names the columns have.", stock_generation_names,
              .initial = "new"),
         FIELD(StockExportFlags, output,
               "The file, which appears when it is complete; left out: stdout.", .max = 4096));

COMMAND_HANDLER(export_stock, StockExportFlags)

/* ---- The table --------------------------------------------------------------------------------- */

static const Command commands[] = {
    {
        .name = "import",
        .summary = "Read products from a file",
        .doc =
            "Makes and changes products as a file says: Shopify's product CSV, old and new, or "
            "JSON "
            "Lines as `souk export` writes them. Products are found by their handle. What the file "
            "says of a product is stored whole or not at all; what is refused is told with its "
            "line, "
            "and does not stop the rest. Run again, it changes nothing; stopped, it goes on when "
            "it "
            "is run again. Ends with 1 when something was refused.",
        .flags = &import_flags,
        .arguments = {{"FILE", "The file; \"-\" reads stdin.", .file = true}},
        .writes = {{.flag = "report", .as_it_comes = true}},
        .examples = {{"souk import products_export.csv --dry-run", "See what would be refused."},
                     {"souk import products_export.csv --currency EUR", "An export of Shopify."},
                     {"souk import catalogue.jsonl",
                      "What `souk export --format jsonl` has written."}},
        .needs = COMMAND_NEEDS_FOLDER,
        .run = COMMAND_RUN(import_products),
    },
    {
        .name = "export",
        .summary = "Write all products to a file",
        .doc =
            "Writes all products, drafts and archived ones too, so that `souk import` makes the "
            "same "
            "shop of the file: as Shopify's product CSV, or as JSON Lines, which keep what a CSV "
            "has "
            "no columns for (prices of lists, quantities and times, sizes, further categories). A "
            "text that a spreadsheet would take for a formula has an apostrophe before it, which "
            "the "
            "import takes away again.",
        .flags = &export_flags,
        .writes = {{.flag = "output"}},
        .examples = {{"souk export --output products.csv", "For a spreadsheet, or for Shopify."},
                     {"souk export --format jsonl > products.jsonl",
                      "Everything, for another Souk."}},
        .needs = COMMAND_NEEDS_FOLDER,
        .run = COMMAND_RUN(export_products),
    },
    {
        .name = "inventory import",
        .summary = "Read from a file how many are on hand",
        .doc =
            "Takes Shopify's inventory CSV: a row for each variant and location. Variants are "
            "found "
            "by their SKU, else by handle and options; locations by their name. A number in \"On "
            "hand (new)\" (or \"On hand\") is what is on hand from now on; an empty cell and \"not "
            "stocked\" leave it as it is. Where \"On hand (current)\" is not what is there by now, "
            "the row is refused, since it would overwrite what has been sold since; without that "
            "column it is not asked. Ends with 1 when something was refused.",
        .flags = &stock_import_flags,
        .arguments = {{"FILE", "The file; \"-\" reads stdin.", .file = true}},
        .writes = {{.flag = "report", .as_it_comes = true}},
        .examples = {{"souk inventory import counted.csv --dry-run", "See what would be refused."}},
        .needs = COMMAND_NEEDS_FOLDER,
        .run = COMMAND_RUN(import_stock),
    },
    {
        .name = "inventory export",
        .summary = "Write to a file what lies where",
        .doc = "Writes Shopify's inventory CSV: a row for each variant and location. Fill in \"On "
               "hand (new)\" where you have counted, and give it to `souk inventory import`.",
        .flags = &stock_export_flags,
        .writes = {{.flag = "output"}},
        .examples = {{"souk inventory export --output stock.csv", "For a spreadsheet."}},
        .needs = COMMAND_NEEDS_FOLDER,
        .run = COMMAND_RUN(export_stock),
    },
};

static const Error *const errors[] = {&error_not_importable, &error_import_stopped,
                                      &error_too_many_attributes};

const Module transfer_module = {
    .name = "transfer",
    .doc = "Products out of files and into files.",
    MODULE_ROWS(errors, error),
    MODULE_ROWS(commands, command),
};
