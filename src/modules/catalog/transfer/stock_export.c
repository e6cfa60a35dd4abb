/* `souk inventory export`: what lies where, a row for each variant and location.
 *
 * Products are read in pages by id, each in a transaction of its own (as export.c does). Shopify's numbers fit ours: what is never sold is
 * "Unavailable", what is promised "Committed", and On hand is the sum of these and "Available". */
#include "modules/catalog/transfer/stock_csv.h"

#include "modules/catalog/store.h"

#include "platform/api/problem.h"
#include "platform/cli/progress.h"
#include "platform/db/db.h"

#include <errno.h>

enum { PAGE_PRODUCTS = 100, ARENA_FIRST = 256 * 1024, PAGE_BYTES_MAX = 256 * 1024 * 1024 };

typedef struct StockExport {
    CommandCall *call;
    const StockExportFlags *flags;
    Id after;
    size_t page;
    Buf written;
    Arena *arena; /* of a page */
} StockExport;

static void put(Buf *out, Str text, bool first)
{
    if (!first) buf_char(out, ',');
    csv_write_field(out, text);
}

static void put_number(Buf *out, int64_t number)
{
    buf_format(out, ",%lld", (long long)number);
}

static void write_header(Buf *out, Generation generation)
{
    static const char *const columns[] = {
        "Handle",        "Title",        "Option1 Name",  "Option1 Value", "Option2 Name",
        "Option2 Value", "Option3 Name", "Option3 Value", "SKU",           "Location",
        "Incoming",      "Unavailable",  "Committed",     "Available"};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        put(out, str_from(columns[i]), !i);
    if (generation == GENERATION_OLD)
        put(out, S("On hand"), false);
    else
        buf_lit(out, ",On hand (current),On hand (new)");
    buf_lit(out, "\r\n");
}

static void write_row(StockExport *ex, const Product *product, const Variant *variant,
                      const StockPlace *place)
{
    Buf *out = &ex->written;
    Arena *arena = ex->arena;
    int64_t unpromised = place->on_hand - place->reserved;
    int64_t unavailable = place->safety < unpromised ? place->safety : unpromised;
    put(out, product->handle, true);
    put(out, csv_guard(arena, product->title), false);
    for (size_t i = 0; i < STOCK_OPTIONS; i++) {
        bool there = i < product->options.n && i < variant->options.n;
        put(out, there ? csv_guard(arena, product->options.items[i].name) : S(""), false);
        put(out, there ? csv_guard(arena, variant->options.items[i]) : S(""), false);
    }
    put(out, csv_guard(arena, variant->sku), false);
    put(out, csv_guard(arena, place->location), false);
    put_number(out, place->incoming);
    put_number(out, unavailable);
    put_number(out, place->reserved);
    put_number(out, unpromised - unavailable);
    put_number(out, place->on_hand);
    buf_put(out, ex->flags->generation == GENERATION_OLD ? S("\r\n") : S(",\r\n"));
}

static bool write_page(Ctx *cx, void *arg)
{
    StockExport *ex = arg;
    ProductList page = products_after(cx, ex->after, PAGE_PRODUCTS);
    IdList ids = {NEW_N(cx->arena, Id, page.n), page.n};
    for (size_t i = 0; i < page.n; i++) ids.items[i] = page.items[i].id;
    StockPlaceList places = stock_places(cx, ids);
    if (db_failure(cx)) return false;
    ex->written = buf_new(cx->arena, PAGE_BYTES_MAX);
    for (size_t i = 0; i < page.n; i++)
        for (size_t v = 0; v < page.items[i].variants.n; v++) {
            const Variant *variant = &page.items[i].variants.items[v];
            for (size_t k = stock_places_first(&places, variant->id);
                 k < places.n && id_eq(places.items[k].variant, variant->id); k++)
                write_row(ex, &page.items[i], variant, &places.items[k]);
        }
    ex->page = page.n;
    if (page.n) ex->after = page.items[page.n - 1].id;
    return true;
}

static bool deliver(StockExport *ex, Str text)
{
    if (ex->call->outputs[0] >= 0) return command_write(ex->call->outputs[0], text);
    output_put(ex->call->out, OUTPUT_RESULT, text);
    return true;
}

static int write_pages(StockExport *ex)
{
    Buf header = buf_new(ex->call->arena, 4096);
    write_header(&header, ex->flags->generation);
    bool written = deliver(ex, buf_str(&header));
    Progress progress = progress_start(ex->call->out, "products", 0);
    do {
        if (command_cancelled(ex->call)) return EXIT_CANCELLED;
        Ctx cx = *ex->call->cx;
        cx.arena = ex->arena;
        arena_reset(ex->arena);
        DbFailure failure = db_run(ex->call->db, TX_READ, &cx, write_page, ex);
        if (failure != DB_FINE)
            return command_fail(ex->call, problem_of_failure(failure), "stock could not be read");
        written = written && deliver(ex, buf_str(&ex->written));
        if (!written)
            return command_fail(ex->call, &err_file, "the file cannot be written: %s",
                                strerrordesc_np(errno));
        progress_add(&progress, (int64_t)ex->page);
    } while (ex->page == PAGE_PRODUCTS && !ex->call->out->failed);
    progress_end(&progress);
    return EXIT_FINE;
}

int export_stock(CommandCall *call, const StockExportFlags *flags)
{
    StockExport ex = {.call = call, .flags = flags, .arena = arena_new(ARENA_FIRST)};
    int code = write_pages(&ex);
    arena_free(ex.arena);
    return code;
}
