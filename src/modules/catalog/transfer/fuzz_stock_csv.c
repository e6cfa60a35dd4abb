/* Any bytes as an inventory CSV: what is read of a row stands there and is a count that can be, or it is a
 * refusal that can be told. */
#include "modules/catalog/transfer/input.h"
#include "modules/catalog/transfer/stock_csv.h"
#include "modules/inventory/inventory.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static ssize_t read_rest(void *state, void *out, size_t size)
{
    Str *rest = state, piece = str_slice(*rest, 0, size);
    if (piece.n) memcpy(out, piece.p, piece.n);
    *rest = str_slice(*rest, piece.n, rest->n);
    return (ssize_t)piece.n;
}

static bool stands_in(const CsvRecord *record, Str text)
{
    for (size_t i = 0; i < record->n; i++)
        if (str_ends(str_trim(record->fields[i]), text)) return true;
    return false;
}

static void check_line(const StockLine *line, const CsvRecord *record)
{
    assert(line->line > 0);
    if (line->code) {
        assert(line->message.n && str_is_utf8(line->message) && str_is_utf8(line->place));
        return;
    }
    if (line->says_nothing) return;
    assert(line->sku.n || line->handle.n);
    assert(line->location.n && line->options.n <= STOCK_OPTIONS);
    assert(stands_in(record, line->sku) && stands_in(record, line->handle) &&
           stands_in(record, line->location));
    for (size_t i = 0; i < line->options.n; i++)
        assert(line->options.items[i].n && stands_in(record, line->options.items[i]));
    assert(line->on_hand >= 0 && line->on_hand <= STOCK_MAX);
    assert(!line->says_current || (line->current >= 0 && line->current <= STOCK_MAX));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(4096);
    Str rest = {(const char *)data, size}, problem;
    Window window = window_open(arena, (ByteSource){read_rest, &rest});
    CsvInput input = csv_input(window);
    StockColumns columns;
    if (csv_input_next(&input) == INPUT_READ &&
        stock_columns_read(arena, &input.record, &columns, &problem))
        for (InputStep step; (step = csv_input_next(&input)) != INPUT_END && step != INPUT_STOPPED;)
            if (step == INPUT_READ)
                check_line(stock_line_read(arena, &columns, &input.record), &input.record);
    csv_input_close(&input);
    arena_free(arena);
    return 0;
}
