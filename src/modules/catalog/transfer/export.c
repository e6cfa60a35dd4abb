/* `souk export`: all products, as a file that can be imported again.
 *
 * Products are read in pages by id, each page in a transaction of its own, so that an export of a large
 * shop holds up nobody: no snapshot grows old. So the file is no moment of the shop; each product in
 * it is. A CSV needs to know its columns before its first row: which attributes and currencies there
 * are is found out before, by another walk through the shop. */
#include "modules/catalog/transfer/export.h"

#include "modules/catalog/store.h"
#include "modules/catalog/transfer/draft.h"
#include "modules/catalog/transfer/json_lines.h"
#include "modules/catalog/transfer/references.h"
#include "modules/catalog/transfer/shopify_rows.h"

#include "meta/json.h"
#include "platform/api/problem.h"
#include "platform/cli/progress.h"
#include "platform/db/db.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

enum {
    PAGE_PRODUCTS = 100,
    PAGE_ATTRIBUTES = 1000,
    ATTRIBUTE_COLUMNS_MAX = 500,        /* a CSV reader takes a thousand columns, ours too */
    PAGE_BYTES = 16 * 1024 * 1024,      /* a page that is larger ends with this product */
    PAGE_BYTES_MAX = 256 * 1024 * 1024, /* with the largest product: prices, translations */
    ARENA_FIRST = 256 * 1024,
};

const Error error_too_many_attributes = {
    "too_many_attributes", 422, "The products have more attributes than a CSV file has columns.",
    LOG_DEBUG, "`souk export --format jsonl` has all of them."};

typedef struct Export {
    CommandCall *call;
    const ExportFlags *flags;
    int file; /* -1: stdout */
    RowShape shape;
    int64_t count;
    Map attributes; /* names, while they are gathered */
    Map paths;      /* of categories, by their ids as text */
    Id after;
    size_t page;  /* products of the last page */
    bool last;    /* behind it there are none */
    Buf written;  /* of it */
    Arena *arena; /* of it */
    bool lost;    /* it could not be written */
} Export;

/* ---- What there is --------------------------------------------------------------------------- */

static bool count_products(Ctx *cx, void *arg)
{
    Export *ex = arg;
    ex->count = products_count(cx);
    Prices all = currencies_in_use(cx);
    Arena *arena = ex->call->arena;
    ex->shape.others.items = NEW_N(arena, Price, all.n);
    for (size_t i = 0; i < all.n; i++)
        if (!currency_eq(all.items[i].currency, ex->shape.currency))
            ex->shape.others.items[ex->shape.others.n++] = all.items[i];
    return true;
}

static bool gather_attributes(Ctx *cx, void *arg)
{
    Export *ex = arg;
    ProductList page = attributes_after(cx, ex->after, PAGE_ATTRIBUTES);
    ex->page = page.n;
    for (size_t i = 0; i < page.n; i++) {
        AttributeList list = page.items[i].attributes;
        for (size_t k = 0; k < list.n; k++)
            if (!map_get(&ex->attributes, list.items[k].name))
                map_put(&ex->attributes, str_copy(ex->attributes.arena, list.items[k].name), ex);
        ex->after = page.items[i].id;
    }
    return true;
}

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

static void sort_attributes(Export *ex)
{
    StrList *list = &ex->shape.attributes;
    list->items = NEW_N(ex->call->arena, Str, ex->attributes.n);
    void *unused;
    for (size_t at = 0; map_next(&ex->attributes, &at, &list->items[list->n], &unused);) list->n++;
    qsort(list->items, list->n, sizeof(Str), by_text);
}

/* Runs one transaction in the page's arena. */
static bool run(Export *ex, bool (*f)(Ctx *cx, void *arg), DbFailure *failure)
{
    Ctx cx = *ex->call->cx;
    cx.arena = ex->arena;
    arena_reset(ex->arena);
    *failure = db_run(ex->call->db, TX_READ, &cx, f, ex);
    return *failure == DB_FINE;
}

static bool find_shape(Export *ex, DbFailure *failure)
{
    if (!run(ex, count_products, failure)) return false;
    if (ex->flags->format != EXPORT_CSV) return true;
    do {
        if (!run(ex, gather_attributes, failure)) return false;
    } while (ex->page == PAGE_ATTRIBUTES && !command_cancelled(ex->call));
    ex->after = (Id){0};
    sort_attributes(ex);
    return true;
}

/* ---- Pages ----------------------------------------------------------------------------------- */

/* The path of a category; the same for as long as the export. */
static Str path_of(Export *ex, Ctx *cx, Id category)
{
    Str key = id_text(cx->arena, "cat", category);
    Str *path = map_get(&ex->paths, key);
    if (path) return *path;
    References refs = references_new(cx, NULL);
    Arena *arena = ex->call->arena;
    path = NEW(arena, Str);
    *path = str_copy(arena, reference_path(&refs, category));
    map_put(&ex->paths, str_copy(arena, key), path);
    return *path;
}

static void write_line(Export *ex, Ctx *cx, const Product *product, TranslationRows translations)
{
    size_t n = product->categories.n;
    LineProduct line = {.product = *product,
                        .category_paths = {NEW_N(cx->arena, Str, n), n},
                        .translations = translations_among(cx->arena, translations, product->id)};
    for (size_t i = 0; i < n; i++)
        line.category_paths.items[i] = path_of(ex, cx, product->categories.items[i]);
    MARK_SET(line_product_type(), &line, LineProduct, category_paths);
    MARK_SET(line_product_type(), &line, LineProduct, translations);
    json_write(&ex->written, line_product_type(), &line);
    buf_char(&ex->written, '\n');
}

static bool write_page(Ctx *cx, void *arg)
{
    Export *ex = arg;
    ProductList page = products_after(cx, ex->after, PAGE_PRODUCTS);
    bool lines = ex->flags->format != EXPORT_CSV;
    TranslationRows translations = lines ? translations_of_all(cx, page) : (TranslationRows){0};
    ex->written = buf_new(cx->arena, PAGE_BYTES_MAX);
    ex->page = 0;
    while (ex->page < page.n && ex->written.n < PAGE_BYTES) {
        const Product *product = &page.items[ex->page++];
        Str category =
            product->categories.n ? path_of(ex, cx, product->categories.items[0]) : S("");
        if (lines)
            write_line(ex, cx, product, translations);
        else
            shopify_write_rows(&ex->written, cx->arena, &ex->shape, product, category);
    }
    assert(!ex->written.full);
    if (ex->page && !db_failure(cx)) ex->after = page.items[ex->page - 1].id;
    ex->last = page.n < PAGE_PRODUCTS && ex->page == page.n;
    return true;
}

static void deliver(Export *ex, Str text)
{
    if (ex->file >= 0)
        ex->lost |= !command_write(ex->file, text);
    else
        output_put(ex->call->out, OUTPUT_RESULT, text);
}

/* ---- The command ----------------------------------------------------------------------------- */

static int fail_read(Export *ex, DbFailure failure)
{
    return command_fail(ex->call, problem_of_failure(failure), "the products could not be read");
}

static int write_pages(Export *ex)
{
    DbFailure failure;
    Progress progress = progress_start(ex->call->out, "products", ex->count);
    do {
        if (command_cancelled(ex->call)) return EXIT_CANCELLED;
        if (!run(ex, write_page, &failure)) return fail_read(ex, failure);
        deliver(ex, buf_str(&ex->written));
        if (ex->lost)
            return command_fail(ex->call, &err_file, "the file cannot be written: %s",
                                strerrordesc_np(errno));
        progress_add(&progress, (int64_t)ex->page);
    } while (!ex->last && !ex->call->out->failed);
    progress_end(&progress);
    return EXIT_FINE;
}

static int write_all(Export *ex)
{
    DbFailure failure;
    if (!find_shape(ex, &failure)) return fail_read(ex, failure);
    if (ex->shape.attributes.n > ATTRIBUTE_COLUMNS_MAX)
        return command_fail(ex->call, &error_too_many_attributes, "There are %zu, at most %d fit.",
                            ex->shape.attributes.n, ATTRIBUTE_COLUMNS_MAX);
    if (ex->flags->format == EXPORT_CSV) {
        Buf header = buf_new(ex->call->arena, 1 << 20);
        shopify_write_header(&header, &ex->shape);
        deliver(ex, buf_str(&header));
    }
    return write_pages(ex);
}

int export_products(CommandCall *call, const ExportFlags *flags)
{
    Export *ex = NEW(call->arena, Export);
    *ex = (Export){.call = call,
                   .flags = flags,
                   .file = call->outputs[0],
                   .shape = {.generation = flags->generation, .currency = flags->currency},
                   .attributes = map_new(call->arena),
                   .paths = map_new(call->arena),
                   .arena = arena_new(ARENA_FIRST)};
    if (!ex->shape.currency.code[0]) ex->shape.currency = call->config->values.shop.currency;
    int code = write_all(ex);
    arena_free(ex->arena);
    return code;
}
