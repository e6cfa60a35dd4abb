/* Any bytes as a Shopify product CSV: the size of the pieces must not matter, and what becomes a draft
 * without a refusal must hang together. */
#include "modules/catalog/transfer/input.h"
#include "modules/catalog/transfer/shopify.h"
#include "modules/catalog/transfer/variants.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Pieces {
    Str rest;
    size_t step;
} Pieces;

static ssize_t read_piece(void *state, void *out, size_t size)
{
    Pieces *pieces = state;
    Str piece = str_slice(pieces->rest, 0, pieces->step < size ? pieces->step : size);
    if (piece.n) memcpy(out, piece.p, piece.n);
    pieces->rest = str_slice(pieces->rest, piece.n, pieces->rest.n);
    return (ssize_t)piece.n;
}

static bool is_row(void *state, const CsvRecord *record)
{
    return row_is_plausible(state, record);
}

/* A product to hold drafts against: two variants of one option. */
static const Product *some_product(Arena *arena)
{
    Product *product = NEW(arena, Product);
    Str *values = NEW_N(arena, Str, 2);
    values[0] = S("S");
    values[1] = S("M");
    product->options = (OptionList){NEW(arena, Option), 1};
    product->options.items[0] = (Option){S("Size"), {values, 2}};
    product->variants = (VariantList){NEW_N(arena, Variant, 2), 2};
    for (int i = 0; i < 2; i++)
        product->variants.items[i] =
            (Variant){.id = {i + 1}, .sku = values[i], .options = {&values[i], 1}, .position = i};
    return product;
}

static void check_draft(Arena *arena, Draft *draft, Buf *out)
{
    shopify_end(draft);
    assert(draft->remarks.refusals || (draft->handle.n && draft->said.title.n));
    for (size_t i = 0; i < draft->remarks.n; i++) {
        const Remark *r = &draft->remarks.items[i];
        assert(str_is_utf8(r->message) && str_is_utf8(r->place) && r->line > 0);
        buf_format(out, "%d %.*s|", (int)r->line, STR_ARG(r->code));
    }
    buf_format(out, "%.*s %.*s %zu %zu %zu\n", STR_ARG(draft->handle),
               STR_ARG(draft->said.description), draft->variant_count, draft->said.tags.n,
               draft->said.images.n);
    for (size_t i = 0; !draft->remarks.refusals && i < draft->variant_count; i++)
        assert(draft->mode != VARIANTS_ALL ||
               draft->variants[i].said.options.n == draft->said.options.n);
    if (draft->remarks.refusals) return;
    Remarks remarks = remarks_new(arena);
    const Product *there = some_product(arena);
    WantedVariants wanted = variants_wanted(arena, draft, there, &remarks);
    if (draft->mode == VARIANTS_ALL) assert(wanted.list.n == draft->variant_count);
    for (size_t i = 1; draft->mode == VARIANTS_ALL && i < wanted.list.n; i++)
        assert(wanted.list.items[i - 1].position <= wanted.list.items[i].position);
    if (draft->mode != VARIANTS_UNSAID) options_wanted(arena, draft, there);
}

static Str read_all(Arena *arena, Str text, size_t step)
{
    static const MarketCurrencies none;
    static const Currency euro = {"EUR"};
    Pieces pieces = {text, step};
    CsvInput in = csv_input(window_open(arena, (ByteSource){read_piece, &pieces}));
    Buf out = buf_new(arena, SIZE_MAX / 4);
    Columns columns;
    Str problem;
    Draft *open = NULL;
    bool fine = csv_input_next(&in) == INPUT_READ &&
                columns_read(arena, &in.record, euro, &none, &columns, &problem);
    in.plausible = is_row;
    in.state = &columns;
    for (InputStep input; fine && (input = csv_input_next(&in)) != INPUT_END;) {
        if (input != INPUT_READ) {
            buf_format(&out, "!%d-%d ", (int)in.problem.line, (int)in.problem.last_line);
            if (open) shopify_take_broken(open, in.problem.line, in.problem.message);
            if (input == INPUT_STOPPED) break;
            continue;
        }
        Str handle = row_handle(arena, &columns, &in.record);
        if (!handle.n) continue;
        if (open && !str_eq(open->handle, handle)) {
            check_draft(arena, open, &out);
            open = NULL;
        }
        if (!open) open = shopify_begin(arena, &columns, handle, &in.record);
        shopify_take(open, &in.record);
    }
    if (open) check_draft(arena, open, &out);
    csv_input_close(&in);
    return buf_str(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(1 << 16);
    Str text = {(const char *)data, size};
    Str whole = read_all(arena, text, size + 1), pieces = read_all(arena, text, 1 + size % 13);
    assert(str_eq(whole, pieces));
    encoding_problem(arena, text, size % 2);
    arena_free(arena);
    return 0;
}
