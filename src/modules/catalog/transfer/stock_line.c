/* Rows of an inventory CSV. Names of columns of both generations: "On hand", and "On hand (current)" with "On hand (new)". */
#include "modules/catalog/transfer/stock_csv.h"

#include "meta/check.h"
#include "modules/inventory/inventory.h"

static const struct {
    const char *name;
    StockColumn column;
} names[] = {
    {"Handle", STOCK_HANDLE},
    {"URL handle", STOCK_HANDLE},
    {"SKU", STOCK_SKU},
    {"Variant SKU", STOCK_SKU},
    {"Option1 Value", STOCK_OPTION1},
    {"Option2 Value", STOCK_OPTION2},
    {"Option3 Value", STOCK_OPTION3},
    {"Location", STOCK_LOCATION},
    {"On hand (current)", STOCK_CURRENT},
    {"On hand (new)", STOCK_ON_HAND},
    {"On hand", STOCK_ON_HAND},
};

bool stock_columns_read(Arena *arena, const CsvRecord *header, StockColumns *out, Str *problem)
{
    for (size_t c = 0; c < STOCK_COLUMNS; c++) out->at[c] = SIZE_MAX;
    for (size_t i = 0; i < header->n; i++)
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            if (str_eq_nocase(str_trim(header->fields[i]), str_from(names[k].name)) &&
                out->at[names[k].column] == SIZE_MAX)
                out->at[names[k].column] = i;
    const char *missing = NULL;
    if (out->at[STOCK_ON_HAND] == SIZE_MAX) missing = "On hand (new)";
    if (out->at[STOCK_LOCATION] == SIZE_MAX) missing = "Location";
    if (out->at[STOCK_HANDLE] == SIZE_MAX && out->at[STOCK_SKU] == SIZE_MAX) missing = "SKU";
    if (missing) *problem = str_format(arena, "it has no column \"%s\"", missing);
    return !missing;
}

static Str cell(const StockColumns *columns, const CsvRecord *record, StockColumn column)
{
    size_t at = columns->at[column];
    return at < record->n ? str_trim(record->fields[at]) : S("");
}

static void refuse_line(StockLine *line, const char *code, const char *place, Str message)
{
    if (line->code) return;
    line->code = code;
    line->place = str_from(place);
    line->message = message;
}

/* False: there is none that can be on hand. */
static bool read_number(Arena *arena, StockLine *line, const char *place, Str text, int64_t *out)
{
    if (str_to_int(text, out) && *out >= 0 && *out <= STOCK_MAX) return true;
    refuse_line(line, "not_a_count", place,
                str_format(arena, "\"%.*s\" is no whole number from 0 to %d",
                           STR_ARG(violation_quote(arena, text)), STOCK_MAX));
    return false;
}

StockLine *stock_line_read(Arena *arena, const StockColumns *columns, const CsvRecord *record)
{
    StockLine *line = NEW(arena, StockLine);
    *line =
        (StockLine){.line = record->line,
                    .handle = str_copy(arena, cell(columns, record, STOCK_HANDLE)),
                    .sku = str_copy(arena, csv_unguard(cell(columns, record, STOCK_SKU))),
                    .location = str_copy(arena, csv_unguard(cell(columns, record, STOCK_LOCATION))),
                    .options = {NEW_N(arena, Str, STOCK_OPTIONS), 0}};
    for (size_t i = 0; i < STOCK_OPTIONS; i++) {
        Str value = csv_unguard(cell(columns, record, STOCK_OPTION1 + (StockColumn)i));
        if (value.n) line->options.items[line->options.n++] = str_copy(arena, value);
    }
    Str on_hand = cell(columns, record, STOCK_ON_HAND);
    Str current = cell(columns, record, STOCK_CURRENT);
    line->says_nothing = !on_hand.n || str_eq_nocase(on_hand, S("not stocked"));
    if (line->says_nothing) return line;
    if (!line->sku.n && !line->handle.n)
        refuse_line(line, "no_variant", "SKU", S("neither SKU nor handle says which variant"));
    if (!line->location.n) refuse_line(line, "no_location", "Location", S("is empty"));
    read_number(arena, line, "On hand (new)", on_hand, &line->on_hand);
    if (current.n && !str_eq_nocase(current, S("not stocked")))
        line->says_current = read_number(arena, line, "On hand (current)", current, &line->current);
    return line;
}
