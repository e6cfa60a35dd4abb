/* `souk import`: a file of products, of any size, in little memory.
 *
 * The file is a stream. Rows are gathered into drafts, drafts into batches, and a batch is one
 * transaction: large enough that its commit is shared, small enough that a server's other writers wait
 * some tens of milliseconds at most. What has been applied is told, and its memory is used again.
 *
 * Nothing is remembered about how far an import came, and nothing needs to be: a product is found by
 * its handle, and one that is as the file wants it is not written. So an import that was stopped, by a
 * signal, a crash or a full disk, is simply run again.
 *
 * A dry run does the same, but each transaction is rolled back. It cannot see what a real one would
 * see of the batches before, so SKUs that were promised are kept in mind. What it does not find: a SKU
 * that passes from one product of the shop to another which stands in a later batch. */
#include "modules/catalog/transfer/import.h"

#include "modules/catalog/store.h"
#include "modules/catalog/transfer/apply.h"
#include "modules/catalog/transfer/input.h"
#include "modules/catalog/transfer/json_lines.h"
#include "modules/catalog/transfer/report.h"
#include "modules/catalog/transfer/seen.h"
#include "modules/catalog/transfer/shopify.h"

#include "platform/api/problem.h"
#include "platform/cli/progress.h"
#include "platform/db/db.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

enum {
    BATCH_PRODUCTS = 100,
    BATCH_BYTES = 2 * 1024 * 1024, /* of drafts; one product may have more */
    ARENA_FIRST = 256 * 1024,
    BEGINNING = 64 * 1024, /* bytes by which format and encoding are known */
};

const Error error_not_importable = {
    "not_importable", 422, "The file is none that products can be read from.", LOG_DEBUG,
    "The detail says what to do; `souk help import` says what files it takes."};
const Error error_import_stopped = {
    "import_stopped", 503, "The import stopped before its end.", LOG_ERROR,
    "What was stored before stays. Mend what the detail names, and run the same command again: it "
    "goes on where it stopped."};

/* ---- An import under way ----------------------------------------------------------------------- */

typedef struct Import {
    CommandCall *call;
    const ImportFlags *flags;
    Currency currency;
    Report report;
    Progress progress;
    int64_t size; /* bytes of the file; 0: nobody knows */
    const Window *window;
    Arena *arena; /* for as long as the import */
    Map categories;
    Seen handles, skus;
    int64_t unread_from;
    int stopped; /* the exit code; 0: it goes on */

    Arena *batch; /* of the drafts under way */
    Draft *drafts[BATCH_PRODUCTS];
    size_t n;
    Draft *open; /* a draft that takes rows */
} Import;

static ssize_t read_file(void *state, void *out, size_t size)
{
    return command_read(state, 0, out, size);
}

static int64_t size_of_file(const CommandCall *call)
{
    struct stat file;
    return fstat(call->files[0], &file) == 0 && S_ISREG(file.st_mode) ? file.st_size : 0;
}

/* How many products there will be, as far as the part that was read tells. */
static void show_progress(Import *in, size_t products)
{
    double share = in->size ? (double)in->window->total / (double)in->size : 0;
    int64_t done = in->progress.done + (int64_t)products;
    in->progress.total = share > 0 ? (int64_t)((double)done / share) : 0;
    progress_add(&in->progress, (int64_t)products);
}

/* ---- A batch ----------------------------------------------------------------------------------- */

typedef struct BatchRun {
    Import *import;
    Guard guard;
    bool again;
    Applied *applied; /* for each draft */
    References refs;
} BatchRun;

static StrList handles_of(Arena *arena, const Import *in)
{
    StrList handles = {NEW_N(arena, Str, in->n), in->n};
    for (size_t i = 0; i < in->n; i++) handles.items[i] = in->drafts[i]->handle;
    return handles;
}

static ProductList read_products(Ctx *cx, IdList ids)
{
    IdList there = {NEW_N(cx->arena, Id, ids.n), 0};
    for (size_t i = 0; i < ids.n; i++)
        if (ids.items[i].n) there.items[there.n++] = ids.items[i];
    return there.n ? products_of(cx, there, S("")) : (ProductList){0};
}

static bool says_translations(const Import *in)
{
    for (size_t i = 0; i < in->n; i++)
        if (in->drafts[i]->says_translations) return true;
    return false;
}

static const Product *product_in(ProductList list, Id id)
{
    for (size_t i = 0; id.n && i < list.n; i++)
        if (id_eq(list.items[i].id, id)) return &list.items[i];
    return NULL;
}

/* Of a dry run: a SKU that another product of the file is to have. */
static void check_promised(const Import *in, Draft *draft)
{
    for (size_t i = 0; i < draft->variant_count; i++) {
        const DraftVariant *v = &draft->variants[i];
        int64_t line = v->said.sku.n ? seen_line(&in->skus, v->said.sku) : 0;
        if (line)
            remark(&draft->remarks, true, v->line, S(""), "sku_taken",
                   "\"%.*s\" is the SKU of the variant on line %" PRId64, STR_ARG(v->said.sku),
                   line);
    }
}

static void promise(Import *in, const Draft *draft)
{
    for (size_t i = 0; i < draft->variant_count; i++)
        if (draft->variants[i].said.sku.n)
            seen_add(&in->skus, draft->variants[i].said.sku, draft->variants[i].line);
}

/* Applies all drafts. False: a product must be undone that has no guard of its own. */
static bool apply_drafts(Ctx *cx, BatchRun *run)
{
    const Import *in = run->import;
    run->refs = references_new(cx, &in->categories);
    run->applied = NEW_N(cx->arena, Applied, in->n);
    IdList ids = products_by_handles(cx, handles_of(cx->arena, in));
    ProductList products = read_products(cx, ids);
    TranslationRows translations = {0};
    if (says_translations(in)) translations = translations_of_all(cx, products);
    for (size_t i = 0; i < in->n && !db_failure(cx); i++) {
        There there = {product_in(products, ids.items[i]),
                       translations_among(cx->arena, translations, ids.items[i])};
        run->applied[i] = draft_apply(&run->refs, in->drafts[i], there, run->guard);
        if (run->applied[i].spoilt) return false;
    }
    return db_settle(cx);
}

/* May run several times, each time from scratch. Most batches go through as they are; one that does not
 * is run again with a guard for each product. */
static bool apply_batch(Ctx *cx, void *arg)
{
    BatchRun *run = arg;
    if (apply_drafts(cx, run)) return !run->import->flags->dry_run;
    run->again =
        run->guard == GUARD_BATCH && (db_failure(cx) == DB_FINE || db_failure(cx) == DB_CONSTRAINT);
    return false;
}

static DbFailure run_guarded(Import *in, Ctx *cx, BatchRun *run)
{
    DbFailure failure = db_run(in->call->db, TX_WRITE, cx, apply_batch, run);
    if (!run->again) return failure;
    arena_reset(cx->arena);
    *run = (BatchRun){.import = in, .guard = GUARD_PRODUCT};
    return db_run(in->call->db, TX_WRITE, cx, apply_batch, run);
}

static void stop(Import *in, const Error *error, Str detail)
{
    in->stopped = command_fail(in->call, error, "%.*s", STR_ARG(detail));
}

static void tell_batch(Import *in, const BatchRun *run)
{
    for (size_t i = 0; i < in->n; i++) {
        const Applied *applied = &run->applied[i];
        report_product(&in->report, in->drafts[i]->handle, applied->outcome,
                       &in->drafts[i]->remarks, &applied->remarks);
        if (in->flags->dry_run && applied->outcome != OUTCOME_REFUSED) promise(in, in->drafts[i]);
    }
    if (!in->flags->dry_run) references_keep(&run->refs, in->arena, &in->categories);
    show_progress(in, in->n);
}

static void run_batch(Import *in)
{
    if (!in->n || in->stopped) return;
    Ctx cx = *in->call->cx;
    cx.arena = arena_new(ARENA_FIRST);
    BatchRun run = {.import = in};
    if (in->flags->dry_run)
        for (size_t i = 0; i < in->n; i++) check_promised(in, in->drafts[i]);
    DbFailure failure = run_guarded(in, &cx, &run);
    if (failure == DB_FINE)
        tell_batch(in, &run);
    else
        stop(in, &error_import_stopped,
             str_format(in->call->arena, "the products from line %" PRId64 " on are not stored: %s",
                        in->drafts[0]->line, problem_of_failure(failure)->title));
    arena_free(cx.arena);
    in->n = 0;
    arena_reset(in->batch);
    if (!in->stopped && command_cancelled(in->call)) in->stopped = EXIT_CANCELLED;
}

/* ---- Drafts ------------------------------------------------------------------------------------ */

/* The draft is complete. */
static void add_draft(Import *in, Draft *draft)
{
    int64_t before = draft->handle.n ? seen_line(&in->handles, draft->handle) : 0;
    if (before)
        remark(&draft->remarks, true, draft->line, S(""), "repeated",
               "stands in the file already, from line %" PRId64
               " on; all that is said of a product must stand together",
               before);
    else if (draft->handle.n)
        seen_add(&in->handles, draft->handle, draft->line);
    in->drafts[in->n++] = draft;
    if (in->n == BATCH_PRODUCTS || arena_used(in->batch) > BATCH_BYTES) run_batch(in);
}

/* Nothing more is said of the product whose rows were read. */
static void close_draft(Import *in)
{
    Draft *draft = in->open;
    in->open = NULL;
    if (!draft) return;
    shopify_end(draft);
    add_draft(in, draft);
}

/* ---- CSV --------------------------------------------------------------------------------------- */

typedef struct CsvImport {
    Import *import;
    CsvInput input;
    Columns columns;
    Arena *scratch;
} CsvImport;

static bool is_blank_record(const CsvRecord *record)
{
    for (size_t i = 0; i < record->n; i++)
        if (str_trim(record->fields[i]).n) return false;
    return true;
}

/* Makes the draft with that handle the open one. */
static void open_draft(CsvImport *csv, Str handle, const CsvRecord *record)
{
    Import *in = csv->import;
    if (in->open && str_eq(in->open->handle, handle)) return;
    close_draft(in);
    in->open = shopify_begin(in->batch, &csv->columns, handle, record);
}

static void take_row(CsvImport *csv, const CsvRecord *record)
{
    arena_reset(csv->scratch);
    Str handle = row_handle(csv->scratch, &csv->columns, record);
    if (handle.n) {
        open_draft(csv, handle, record);
        shopify_take(csv->import->open, record);
    } else if (!is_blank_record(record)) {
        close_draft(csv->import);
        report_refusal(&csv->import->report, record->line, "required",
                       S("the row has no handle by which it belongs to a product"));
    }
}

static Str lost_lines(Arena *arena, const InputProblem *problem)
{
    if (!problem->last_line)
        return str_format(arena, "from line %" PRId64 " on nothing was read", problem->line);
    if (problem->last_line == problem->line) return S("the line was not read");
    return str_format(arena, "lines %" PRId64 " to %" PRId64 " were not read", problem->line,
                      problem->last_line);
}

/* What could not be read belongs to the product whose handle it still shows; else, perhaps, to the one
 * whose rows were read last. */
static void take_broken(CsvImport *csv)
{
    Import *in = csv->import;
    const CsvRecord *begun = &csv->input.record;
    const InputProblem *problem = &csv->input.problem;
    arena_reset(csv->scratch);
    const char *advice = problem->quotes ? " (a quote within a text is written twice)" : "";
    Str message = str_format(csv->scratch, "%.*s; %.*s%s", STR_ARG(problem->message),
                             STR_ARG(lost_lines(csv->scratch, problem)), advice);
    bool shown =
        has_column(&csv->columns, COLUMN_HANDLE) && csv->columns.fixed[COLUMN_HANDLE] < begun->n;
    Str handle = shown ? row_handle(csv->scratch, &csv->columns, begun) : S("");
    if (handle.n) open_draft(csv, handle, begun);
    if (in->open)
        shopify_take_broken(in->open, problem->line, message);
    else
        report_refusal(&in->report, problem->line, "unreadable", message);
}

static bool is_row(void *state, const CsvRecord *record)
{
    const CsvImport *csv = state;
    return row_is_plausible(&csv->columns, record);
}

/* "International=USD" */
static bool read_market(Str text, MarketCurrency *out)
{
    Str currency;
    return str_cut(text, '=', &out->market, &currency) && out->market.n &&
           currency_parse(currency, &out->currency);
}

static bool read_header(CsvImport *csv)
{
    Import *in = csv->import;
    Arena *arena = in->arena;
    Str problem = S("it is empty");
    StrList flags = in->flags->market;
    MarketCurrencies markets = {NEW_N(arena, MarketCurrency, flags.n), flags.n};
    for (size_t i = 0; i < flags.n; i++) read_market(flags.items[i], &markets.items[i]);
    InputStep step = csv_input_next(&csv->input);
    if (step == INPUT_BROKEN || step == INPUT_STOPPED)
        problem = str_format(arena, "its first line cannot be read: %.*s",
                             STR_ARG(csv->input.problem.message));
    if (step == INPUT_READ &&
        columns_read(arena, &csv->input.record, in->currency, &markets, &csv->columns, &problem))
        return true;
    stop(in, &error_not_importable, problem);
    return false;
}

static void read_rows(CsvImport *csv)
{
    Import *in = csv->import;
    while (!in->stopped) {
        InputStep step = csv_input_next(&csv->input);
        if (step == INPUT_END) break;
        if (step == INPUT_READ) {
            take_row(csv, &csv->input.record);
            continue;
        }
        take_broken(csv);
        if (step == INPUT_STOPPED) {
            in->unread_from = csv->input.problem.line;
            break;
        }
    }
    close_draft(in);
}

static StrList columns_not_kept(const CsvImport *csv)
{
    StrList names = {NEW_N(csv->import->arena, Str, csv->columns.n), 0};
    for (size_t i = 0; i < csv->columns.n; i++)
        if (csv->columns.used[i]) names.items[names.n++] = csv->columns.names[i];
    return names;
}

static StrList import_csv(Import *in, Window window)
{
    CsvImport csv = {.import = in, .input = csv_input(window), .scratch = arena_new(ARENA_FIRST)};
    StrList not_kept = {0};
    csv.input.plausible = is_row;
    csv.input.state = &csv;
    in->window = &csv.input.window;
    if (read_header(&csv)) {
        read_rows(&csv);
        run_batch(in);
        not_kept = columns_not_kept(&csv);
        if (csv.input.window.error && !in->stopped)
            stop(in, &err_file,
                 str_format(in->arena, "the file cannot be read: %s",
                            strerrordesc_np(csv.input.window.error)));
    }
    csv_input_close(&csv.input);
    arena_free(csv.scratch);
    return not_kept;
}

/* ---- JSON Lines ---------------------------------------------------------------------------------- */

static void import_lines(Import *in, Window window)
{
    LineInput input = line_input(window);
    in->window = &input.window;
    while (!in->stopped) {
        InputStep step = line_input_next(&input);
        if (step == INPUT_END) break;
        if (step == INPUT_BROKEN)
            report_refusal(&in->report, input.problem.line, "unreadable", input.problem.message);
        else
            add_draft(in, line_draft(in->batch, str_copy(in->batch, input.line), input.number));
    }
    run_batch(in);
    if (input.window.error && !in->stopped)
        stop(in, &err_file,
             str_format(in->arena, "the file cannot be read: %s",
                        strerrordesc_np(input.window.error)));
}

/* ---- The command --------------------------------------------------------------------------------- */

/* The first byte that is no blank: a document of JSON begins with a brace, and no header of ours. */
static bool looks_like_json(Str text)
{
    if (str_starts(text, S("\xEF\xBB\xBF"))) text = str_slice(text, 3, text.n);
    size_t i = 0;
    while (i < text.n && strchr(" \t\r\n", text.p[i])) i++;
    return i < text.n && text.p[i] == '{';
}

static bool flags_are_fine(CommandCall *call, const ImportFlags *flags)
{
    MarketCurrency market;
    for (size_t i = 0; i < flags->market.n; i++) {
        if (read_market(flags->market.items[i], &market)) continue;
        command_fail(
            call, &err_usage,
            "--market must be like \"International=USD\", a market's name and the currency "
            "of its prices");
        return false;
    }
    return true;
}

static StrList import_window(Import *in, Window window)
{
    StrList none = {0};
    Str beginning = window_text(&window),
        problem = encoding_problem(in->arena, beginning, window.ended);
    if (problem.n) {
        stop(in, &error_not_importable, problem);
        return none;
    }
    bool json = in->flags->format == FORMAT_JSON_LINES ||
                (in->flags->format == FORMAT_AUTO && looks_like_json(beginning));
    if (!json) return import_csv(in, window);
    import_lines(in, window);
    return none;
}

static int end_import(Import *in, StrList not_kept)
{
    ReportEnd end = {in->flags->dry_run, in->unread_from, not_kept};
    progress_end(&in->progress);
    bool written = report_end(&in->report, &end);
    if (!written) stop(in, &err_file, S("the report could not be written"));
    if (in->stopped) return in->stopped;
    return in->report.counts[OUTCOME_REFUSED] || in->unread_from ? EXIT_FAILED : EXIT_FINE;
}

int import_products(CommandCall *call, const ImportFlags *flags)
{
    if (!flags_are_fine(call, flags)) return EXIT_USAGE;
    Import *in = NEW(call->arena, Import);
    *in = (Import){.call = call,
                   .flags = flags,
                   .currency = flags->currency,
                   .size = size_of_file(call),
                   .arena = call->arena,
                   .categories = map_new(call->arena),
                   .handles = seen_new(call->arena),
                   .skus = seen_new(call->arena),
                   .batch = arena_new(ARENA_FIRST)};
    if (!in->currency.code[0]) in->currency = call->config->values.shop.currency;
    Window window = window_open(call->arena, (ByteSource){read_file, call});
    while (window_text(&window).n < BEGINNING && window_fill(&window)) continue;
    if (window.error == ECANCELED) return EXIT_CANCELLED;
    if (window.error)
        return command_fail(call, &err_file, "the file cannot be read: %s",
                            strerrordesc_np(window.error));
    in->report = report_begin(call, call->outputs[0]);
    in->progress = progress_start(call->out, "products", 0);
    StrList not_kept = import_window(in, window);
    arena_free(in->batch);
    return end_import(in, not_kept);
}
