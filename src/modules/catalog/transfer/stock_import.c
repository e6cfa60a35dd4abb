/* `souk inventory import`: how many are on hand, from a file.
 *
 * The file is a stream; 200 rows are a transaction, applied in the order of their variants, so that an import and the
 * shop's buyers lock in the same order. A row says what shall be there, so a file that is read twice changes nothing the second time, and
 * an import that was stopped is run again.
 *
 * A count is old when it comes back: meanwhile things were sold. A file that says what was there when it was made ("On hand
 * (current)") is held to that, row by row, and a row that would overwrite what has happened since is refused with both numbers. Who
 * means it takes the column out. Rejected: adding the difference, which books as counted what nobody has counted. */
#include "modules/catalog/transfer/stock_csv.h"

#include "modules/catalog/store.h"
#include "modules/catalog/transfer/import.h"
#include "modules/catalog/transfer/input.h"
#include "modules/catalog/transfer/report.h"

#include "platform/api/problem.h"
#include "platform/cli/progress.h"
#include "platform/db/db.h"

#include <errno.h>
#include <stdlib.h>

enum { BATCH_ROWS = 200, ARENA_FIRST = 256 * 1024, BEGINNING = 64 * 1024 };

/* A row and what has become of it. */
typedef struct Counted {
    const StockLine *line;
    Id variant, location;
    Outcome outcome;
    const char *code; /* NULL: not refused */
    Str place, message;
} Counted;

typedef struct StockImport {
    CommandCall *call;
    const StockImportFlags *flags;
    StockColumns columns;
    Report report;
    Progress progress;
    int stopped; /* the exit code; 0: it goes on */
    int64_t unread_from;
    Arena *batch; /* of the rows under way, and of their transaction */
    Counted rows[BATCH_ROWS];
    size_t n;
    Product *product; /* the last one that was asked for, in a transaction */
    Str handle;
} StockImport;

static void stop(StockImport *in, const Error *error, Str why)
{
    if (!in->stopped) in->stopped = command_fail(in->call, error, "%.*s", STR_ARG(why));
}

static void refuse_row(Counted *row, const char *code, const char *place, Str message)
{
    row->outcome = OUTCOME_REFUSED;
    row->code = code;
    row->place = str_from(place);
    row->message = message;
}

/* ---- Which variant, which location --------------------------------------------------------------- */

static bool same_options(StrList a, StrList b)
{
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++)
        if (!str_eq(a.items[i], b.items[i])) return false;
    return true;
}

/* A product without options has one variant, whatever the file calls it. */
static Id variant_among(const Product *product, StrList options)
{
    if (!product->options.n && product->variants.n == 1) return product->variants.items[0].id;
    for (size_t i = 0; i < product->variants.n; i++)
        if (same_options(product->variants.items[i].options, options))
            return product->variants.items[i].id;
    return (Id){0};
}

static Id find_variant(StockImport *in, Ctx *cx, const StockLine *line)
{
    Id by_sku = line->sku.n ? variant_by_sku(cx, line->sku) : (Id){0};
    if (by_sku.n || !line->handle.n) return by_sku;
    if (!in->product || !str_eq(in->handle, line->handle)) {
        Id id = product_by_handle(cx, line->handle);
        in->product = id.n ? product_read(cx, id, S("")) : NULL;
        in->handle = line->handle;
    }
    return in->product ? variant_among(in->product, line->options) : (Id){0};
}

static void resolve(StockImport *in, Ctx *cx, Counted *row)
{
    const StockLine *line = row->line;
    *row = (Counted){.line = line, .outcome = OUTCOME_UNCHANGED};
    if (line->code) refuse_row(row, line->code, "", line->message);
    if (line->code) row->place = line->place;
    if (line->code || line->says_nothing) return;
    row->variant = find_variant(in, cx, line);
    row->location = stock_location_named(cx, line->location);
    if (!row->variant.n)
        refuse_row(row, "unknown_variant", "", S("the shop has no such variant"));
    else if (!row->location.n)
        refuse_row(row, "unknown_location", "Location",
                   str_format(cx->arena, "there is no location \"%.*s\"",
                              STR_ARG(violation_quote(cx->arena, line->location))));
}

/* ---- A batch ------------------------------------------------------------------------------------- */

static void apply_row(Ctx *cx, Counted *row)
{
    const StockLine *line = row->line;
    StockBefore before = {0};
    StockEnd end = stock_count(cx, row->variant, row->location, line->on_hand,
                               line->says_current ? &line->current : NULL, &before);
    switch (end) {
    case STOCK_FINE:
        row->outcome = before.on_hand == line->on_hand ? OUTCOME_UNCHANGED : OUTCOME_UPDATED;
        return;
    case STOCK_OTHER:
        refuse_row(row, "stock_changed", "On hand (current)",
                   str_format(cx->arena, "%lld are on hand by now, and not %lld",
                              (long long)before.on_hand, (long long)line->current));
        return;
    case STOCK_BELOW_RESERVED:
        refuse_row(row, "stock_below_reserved", "On hand (new)",
                   str_format(cx->arena, "%lld are promised, so fewer cannot be on hand",
                              (long long)before.reserved));
        return;
    case STOCK_NO_VARIANT:
    case STOCK_NO_LOCATION:
    case STOCK_TOO_MUCH:
        refuse_row(row, "unknown_variant", "", S("cannot be counted"));
        return;
    }
}

static int by_place(const void *a, const void *b)
{
    const Counted *x = *(Counted *const *)a, *y = *(Counted *const *)b;
    if (x->variant.n != y->variant.n) return x->variant.n < y->variant.n ? -1 : 1;
    return (x->line->line > y->line->line) - (x->line->line < y->line->line);
}

static bool apply_batch(Ctx *cx, void *arg)
{
    StockImport *in = arg;
    Counted *order[BATCH_ROWS];
    in->product = NULL;
    for (size_t i = 0; i < in->n; i++) {
        resolve(in, cx, &in->rows[i]);
        order[i] = &in->rows[i];
    }
    qsort(order, in->n, sizeof *order, by_place);
    for (size_t i = 0; i < in->n && !db_failure(cx); i++)
        if (order[i]->variant.n && !order[i]->code) apply_row(cx, order[i]);
    return !in->flags->dry_run;
}

static void run_batch(StockImport *in)
{
    Ctx cx = *in->call->cx;
    cx.arena = in->batch;
    DbFailure failure =
        in->n && !in->stopped ? db_run(in->call->db, TX_WRITE, &cx, apply_batch, in) : DB_FINE;
    if (failure != DB_FINE)
        stop(in, &error_import_stopped, str_from(problem_of_failure(failure)->title));
    for (size_t i = 0; i < in->n && !in->stopped; i++) {
        const Counted *row = &in->rows[i];
        if (row->code)
            report_refusal(&in->report, row->line->line, row->code,
                           row->place.n ? str_format(in->batch, "%.*s: %.*s", STR_ARG(row->place),
                                                     STR_ARG(row->message))
                                        : row->message);
        else
            in->report.counts[row->outcome]++;
    }
    progress_add(&in->progress, (int64_t)in->n);
    in->n = 0;
    in->product = NULL;
    arena_reset(in->batch);
    if (command_cancelled(in->call)) in->stopped = EXIT_CANCELLED;
}

/* ---- The file ------------------------------------------------------------------------------------ */

static ssize_t read_file(void *state, void *out, size_t size)
{
    return command_read(state, 0, out, size);
}

static void read_rows(StockImport *in, CsvInput *input)
{
    while (!in->stopped) {
        InputStep step = csv_input_next(input);
        if (step == INPUT_END) break;
        if (step == INPUT_READ) {
            if (in->n == BATCH_ROWS) run_batch(in);
            in->rows[in->n++].line = stock_line_read(in->batch, &in->columns, &input->record);
            continue;
        }
        run_batch(in);
        report_refusal(&in->report, input->problem.line, "unreadable", input->problem.message);
        if (step == INPUT_STOPPED) {
            in->unread_from = input->problem.line;
            break;
        }
    }
    run_batch(in);
}

static void import_rows(StockImport *in, Window window)
{
    Arena *arena = in->call->arena;
    Str problem = encoding_problem(arena, window_text(&window), window.ended);
    CsvInput input = csv_input(window);
    if (!problem.n && csv_input_next(&input) != INPUT_READ)
        problem = S("its first line cannot be read");
    if (problem.n || !stock_columns_read(arena, &input.record, &in->columns, &problem))
        stop(in, &error_not_importable, problem);
    else
        read_rows(in, &input);
    if (input.window.error)
        stop(in, &err_file,
             str_format(arena, "the file cannot be read: %s", strerrordesc_np(input.window.error)));
    csv_input_close(&input);
}

int import_stock(CommandCall *call, const StockImportFlags *flags)
{
    StockImport *in = NEW(call->arena, StockImport);
    *in = (StockImport){.call = call, .flags = flags, .batch = arena_new(ARENA_FIRST)};
    Window window = window_open(call->arena, (ByteSource){read_file, call});
    while (window_text(&window).n < BEGINNING && window_fill(&window)) continue;
    in->report = report_begin(call, call->outputs[0]);
    in->progress = progress_start(call->out, "rows", 0);
    import_rows(in, window);
    progress_end(&in->progress);
    ReportEnd end = {.dry_run = flags->dry_run, .unread_from = in->unread_from};
    if (!report_end(&in->report, &end)) stop(in, &err_file, S("the report could not be written"));
    int64_t refused = in->report.counts[OUTCOME_REFUSED];
    arena_free(in->batch);
    if (in->stopped) return in->stopped;
    return refused || in->unread_from ? EXIT_FAILED : EXIT_FINE;
}
