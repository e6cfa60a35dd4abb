/* What the column store costs: memory, loading, changing, and the questions of a shop, at 10,000,
 * 100,000 and 1,000,000 objects (or the numbers given). Each question is the least of many rounds on one
 * thread, as in micro.c; a put is the median of many; the catalogue is made up, but skewed as real ones are.
 *
 * usage: columns [OBJECTS… | WORD…]      words: only rows whose names contain one of them */
#include "platform/columns/columns.h"
#include "base/random.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { TERMS = 17, NUMBERS = 4, ROUNDS = 301, PORTION = 1000, WORD = 48 };

typedef struct Product {
    ColumnsRow row;
    ColumnTerm terms[TERMS];
    ColumnNumber numbers[NUMBERS];
    ColumnText title;
    char words[TERMS + 1][WORD];
    size_t word_count;
} Product;

static char **words; /* of the command line */
static int word_count;
static Random chance;
static RandomSeeded seeded;

/* ---- A catalogue ----------------------------------------------------------------------------- */

static size_t below(size_t bound)
{
    return (size_t)random_below(&chance, bound);
}

/* A number below the bound; the first is the most frequent, about as Zipf has it. */
static size_t zipf(size_t bound)
{
    double u = (double)below(1 << 30) / (1 << 30);
    return (size_t)(pow((double)bound + 1, u) - 1);
}

static void add(Product *p, Str column, const char *stem, size_t n)
{
    char *word = p->words[p->word_count++];
    Str term = {word, (size_t)snprintf(word, WORD, "%s%zu", stem, n)};
    p->terms[p->row.term_count++] = (ColumnTerm){column, term};
}

/* A tree of 8, 64 and 512 categories; the product is in one of the last and so in all above it. */
static void add_categories(Product *p)
{
    size_t leaf = below(512);
    add(p, S("category"), "cat_0d3k9v7m2c8q", leaf / 64);
    add(p, S("category"), "cat_0d3k9v7m2c8r", leaf / 8);
    add(p, S("category"), "cat_0d3k9v7m2c8s", leaf);
}

static void make_title(Product *p)
{
    static const char *const first[] = {"alder", "birch",  "cedar", "copper", "linen", "marble",
                                        "oak",   "rattan", "steel", "walnut", "wool",  "zinc"};
    static const char *const second[] = {"armchair", "bench", "bookcase", "bowl",  "cabinet",
                                         "candle",   "clock", "cushion",  "lamp",  "mirror",
                                         "rug",      "shelf", "sofa",     "stool", "table"};
    char *word = p->words[p->word_count++];
    p->title = (ColumnText){S("title"),
                            {word, (size_t)snprintf(word, WORD, "%s %s %zu", first[below(12)],
                                                    second[below(15)], below(10000))}};
}

static void make(Product *p, int64_t id)
{
    p->row = (ColumnsRow){.id = {id},
                          .terms = p->terms,
                          .numbers = p->numbers,
                          .number_count = NUMBERS,
                          .texts = &p->title,
                          .text_count = 1};
    p->word_count = 0;
    add(p, S("shown"), "default", 0);
    add(p, S("availability"), "level", zipf(3));
    add(p, S("type"), "type ", zipf(40));
    add(p, S("vendor"), "Vendor & Sons ", zipf(600));
    add_categories(p);
    add(p, S("tag"), "tag-", zipf(2000));
    add(p, S("tag"), "label-", zipf(500));
    add(p, S("attribute:Colour"), "colour ", zipf(25));
    if (below(10) < 6) add(p, S("attribute:Material"), "material ", zipf(40));
    if (below(10) < 4) add(p, S("attribute:Size"), "size ", below(12));
    if (below(20) < 1) add(p, S("attribute:Power"), "watt ", below(30));
    int64_t price = (int64_t)exp(6 + (double)below(5000) / 1000);
    p->numbers[0] = (ColumnNumber){S("price:default:EUR"), price};
    p->numbers[1] = (ColumnNumber){S("price:default:USD"), price * 11 / 10};
    p->numbers[2] = (ColumnNumber){S("popularity"), (int64_t)(10000 / (zipf(10000) + 1))};
    p->numbers[3] = (ColumnNumber){S("rating"), (int64_t)below(500)};
    make_title(p);
}

/* Ids as they are made: ascending, with gaps. */
static int64_t id_of(size_t i)
{
    return ((int64_t)i + 1) * 2097;
}

static Columns *load(size_t n, double *us)
{
    Columns *columns = columns_new();
    Product *products = calloc(PORTION, sizeof *products);
    ColumnsRow *rows = calloc(PORTION, sizeof *rows);
    if (!products || !rows) abort();
    int64_t spent = 0;
    for (size_t i = 0; i < n; i += PORTION) {
        size_t count = n - i < PORTION ? n - i : PORTION;
        for (size_t k = 0; k < count; k++) {
            make(&products[k], id_of(i + k));
            rows[k] = products[k].row;
        }
        int64_t began = monotonic_us();
        columns_put_all(columns, rows, count);
        spent += monotonic_us() - began;
    }
    *us = (double)spent / (double)n;
    free(products);
    free(rows);
    return columns;
}

/* ---- Measuring ------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, by_value);
    return values[n / 2];
}

static bool is_wanted(const char *name)
{
    bool any = false;
    for (int i = 0; i < word_count; i++) {
        int64_t n;
        if (str_to_int(str_from(words[i]), &n)) continue;
        if (strstr(name, words[i])) return true;
        any = true;
    }
    return !any;
}

static void print_row(const char *name, const char *unit, double value)
{
    if (is_wanted(name)) printf("  %-52s %12.2f %s\n", name, value, unit);
}

/* The least of many rounds, as in micro.c. The clock counts microseconds: a round repeats what is fast. */
static void ask(Columns *columns, Arena *arena, const char *name, const ColumnsQuestion *q)
{
    if (!is_wanted(name)) return;
    double us[ROUNDS];
    int64_t began = monotonic_us();
    columns_ask(columns, arena, q);
    columns_ask(columns, arena, q);
    int times = (int)(200 / (monotonic_us() - began + 1)) + 1, rounds = 0;
    for (int64_t start = began; rounds < ROUNDS && began - start < 2000000; rounds++) {
        arena_reset(arena);
        began = monotonic_us();
        for (int i = 0; i < times; i++) columns_ask(columns, arena, q);
        us[rounds] = (double)(monotonic_us() - began) / times;
    }
    arena_reset(arena);
    qsort(us, (size_t)rounds, sizeof *us, by_value);
    print_row(name, "us", us[0]);
}

static ColumnsCondition term(Str column, Str *word)
{
    return (ColumnsCondition){.column = column, .terms = {word, 1}};
}

/* ---- Pages ----------------------------------------------------------------------------------- */

/* The position in front of the page, by asking for the pages before it. */
static ColumnsPosition *skip(Columns *columns, Arena *arena, const ColumnsQuestion *q, size_t pages)
{
    static ColumnsPosition at;
    static char text[COLUMNS_TEXT_MAX];
    ColumnsQuestion step = *q;
    step.limit = COLUMNS_PAGE_MAX;
    bool any = false;
    for (size_t left = pages * q->limit; left > 0;) {
        if (step.limit > left) step.limit = left;
        arena_reset(arena);
        ColumnsAnswer page = columns_ask(columns, arena, &step);
        if (page.n == 0 || !page.has_more) break;
        at = page.positions[page.n - 1];
        if (at.text.n) memcpy(text, at.text.p, at.text.n);
        at.text.p = text;
        step.after = &at;
        any = true;
        left -= page.n;
    }
    return any ? &at : NULL;
}

static void measure_pages(Columns *columns, Arena *arena)
{
    static const struct {
        const char *name;
        ColumnsOrder order;
    } orders[] = {{"newest", {.by = ORDER_NEWEST}},
                  {"price", {ORDER_NUMBER, S_INIT("price:default:EUR"), false}},
                  {"title", {ORDER_TEXT, S_INIT("title"), false}}};
    Str category[] = {S("cat_0d3k9v7m2c8q3"), S("cat_0d3k9v7m2c8r33"), S("cat_0d3k9v7m2c8s300")};
    static const char *const sizes[] = {"1/8", "1/64", "1/512"};
    Str shown = S("default0");
    char name[80];
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < 3; k++) {
            ColumnsCondition conditions[] = {term(S("shown"), &shown),
                                             term(S("category"), &category[k])};
            ColumnsClause clauses[] = {{&conditions[0], 1, true}, {&conditions[1], 1, true}};
            ColumnsFilter filter = {clauses, 2, NULL};
            ColumnsQuestion q = {.filter = &filter, .order = orders[i].order, .limit = 20};
            snprintf(name, sizeof name, "%s in a category of %s, page 1", orders[i].name, sizes[k]);
            ask(columns, arena, name, &q);
            q.after = skip(columns, arena, &q, 1000);
            snprintf(name, sizeof name, "%s in a category of %s, page 1,000 or last",
                     orders[i].name, sizes[k]);
            ask(columns, arena, name, &q);
        }
    }
}

static void measure_filters(Columns *columns, Arena *arena)
{
    Str category = S("cat_0d3k9v7m2c8q3"), vendor = S("Vendor & Sons 2"), power = S("watt 7");
    ColumnsCondition conditions[] = {term(S("category"), &category), term(S("vendor"), &vendor)};
    ColumnsClause clauses[] = {{&conditions[0], 1, true}, {&conditions[1], 1, false}};
    ColumnsFilter filter = {clauses, 2, NULL};
    ColumnsQuestion q = {
        .filter = &filter, .order = {ORDER_NUMBER, S("price:default:EUR"), false}, .limit = 20};
    ask(columns, arena, "category and vendor, by price", &q);
    q.wants_total = true;
    ask(columns, arena, "  the same with total", &q);
    q.wants_total = false;
    conditions[1] = (ColumnsCondition){
        .column = S("price:default:EUR"), .is_range = true, .min = 5000, .max = 9000};
    ask(columns, arena, "category and price range, by price", &q);
    q.order = (ColumnsOrder){ORDER_TEXT, S("title"), false};
    ask(columns, arena, "category and price range, by title", &q);
    conditions[1] = term(S("attribute:Power"), &power);
    ask(columns, arena, "category and rare attribute, by title", &q);
    q.filter = NULL;
    ask(columns, arena, "everything, by title", &q);
}

/* ---- Facets ---------------------------------------------------------------------------------- */

static const ColumnsFacetAsk six[] = {
    {S_INIT("category"), false, false, 20},
    {S_INIT("vendor"), false, false, 20},
    {S_INIT("tag"), false, false, 20},
    {S_INIT("attribute:Colour"), false, false, 20},
    {S_INIT("attribute:Material"), false, false, 20},
    {S_INIT("price:default:EUR"), false, true, 8},
};

static void measure_facets(Columns *columns, Arena *arena, size_t n)
{
    Str kinds[] = {S("type 0"), S("type 1")}, vendor = S("Vendor & Sons 0");
    ColumnsCondition conditions[] = {{.column = S("type"), .terms = {kinds, 2}},
                                     term(S("vendor"), &vendor)};
    ColumnsClause clauses[] = {{&conditions[0], 1, true}, {&conditions[1], 1, false}};
    ColumnsFilter filter = {clauses, 1, NULL};
    ColumnsQuestion q = {.filter = &filter,
                         .order = {ORDER_NUMBER, S("popularity"), true},
                         .limit = 20,
                         .wants_total = true,
                         .facets = six,
                         .facet_count = 6};
    char name[80];
    snprintf(name, sizeof name, "page, total, six facets over %zu",
             columns_ask(columns, arena, &q).total);
    ask(columns, arena, name, &q);
    q.facet_count = 5;
    ask(columns, arena, "  without the price", &q);
    q.facet_count = 6;
    filter.n = 2;
    snprintf(name, sizeof name, "  with a vendor chosen: %zu",
             columns_ask(columns, arena, &q).total);
    ask(columns, arena, name, &q);
    static const ColumnsFacetAsk attributes = {S_INIT("attribute:"), true, false, 20};
    filter.n = 1;
    q.facets = &attributes;
    q.facet_count = 1;
    ask(columns, arena, "  all attribute: columns instead", &q);
    Str thousand[] = {S("cat_0d3k9v7m2c8r33"), S("cat_0d3k9v7m2c8s300")};
    conditions[0] = term(S("category"), &thousand[n >= 500000]);
    q.facets = six;
    q.facet_count = 6;
    snprintf(name, sizeof name, "page, total, six facets over %zu",
             columns_ask(columns, arena, &q).total);
    ask(columns, arena, name, &q);
    q.filter = NULL;
    ask(columns, arena, "page, total, six facets over everything", &q);
}

static void measure_search(Columns *columns, Arena *arena, size_t n, double share)
{
    size_t count = (size_t)((double)n * share);
    Id *ids = calloc(count, sizeof *ids);
    int32_t *scores = calloc(count, sizeof *scores);
    if (!ids || !scores) abort();
    for (size_t i = 0; i < count; i++) {
        ids[i] = (Id){id_of(below(n))};
        scores[i] = (int32_t)below(100000);
    }
    ColumnsHits hits = {ids, scores, count};
    ColumnsFilter filter = {.only = &hits};
    ColumnsQuestion q = {
        .filter = &filter, .order = {.by = ORDER_SCORE}, .limit = 20, .wants_total = true};
    char name[80];
    snprintf(name, sizeof name, "search with %zu hits, by score", count);
    ask(columns, arena, name, &q);
    q.facets = six;
    q.facet_count = 6;
    ask(columns, arena, "  with six facets", &q);
    free(ids);
    free(scores);
}

/* ---- Changes --------------------------------------------------------------------------------- */

static void measure_changes(Columns *columns, size_t n)
{
    Product *p = calloc(1, sizeof *p);
    if (!p) abort();
    enum { CHANGES = 2001 };
    static double price[CHANGES], all[CHANGES], same[CHANGES], gone[CHANGES];
    for (size_t i = 0; i < CHANGES; i++) {
        make(p, id_of(below(n)));
        int64_t a = monotonic_us();
        for (int k = 0; k < 1; k++) columns_put(columns, &p->row);
        int64_t b = monotonic_us();
        p->numbers[0].value++;
        for (int k = 0; k < 1; k++) columns_put(columns, &p->row);
        int64_t c = monotonic_us();
        for (int k = 0; k < 10; k++) columns_put(columns, &p->row);
        int64_t d = monotonic_us();
        columns_remove(columns, p->row.id);
        columns_put(columns, &p->row);
        int64_t e = monotonic_us();
        all[i] = (double)(b - a);
        price[i] = (double)(c - b);
        same[i] = (double)(d - c) / 10;
        gone[i] = (double)(e - d);
    }
    print_row("put: another row", "us", median(all, CHANGES));
    print_row("  99th percentile", "us", all[CHANGES * 99 / 100]);
    print_row("put: another price", "us", median(price, CHANGES));
    print_row("put: nothing new", "us", median(same, CHANGES));
    print_row("remove, and put again", "us", median(gone, CHANGES));
    free(p);
}

/* As many attributes as a marketplace has: each put looks at each column. */
static void measure_many_columns(Columns *columns, size_t n)
{
    enum { COLUMNS = 1000, CHANGES = 501 };
    static double us[CHANGES];
    Product *p = calloc(1, sizeof *p);
    if (!p) abort();
    for (size_t i = 0; i < COLUMNS + CHANGES; i++) {
        char name[32];
        make(p, id_of(below(n)));
        Str column = {name, (size_t)snprintf(name, sizeof name, "attribute:Other %zu", i)};
        if (i < COLUMNS) p->terms[p->row.term_count++] = (ColumnTerm){column, S("yes")};
        int64_t began = monotonic_us();
        columns_put(columns, &p->row);
        if (i >= COLUMNS) us[i - COLUMNS] = (double)(monotonic_us() - began);
    }
    print_row("put: another row, with 1,000 columns more", "us", median(us, CHANGES));
    free(p);
}

/* ---- Readers beside a writer ----------------------------------------------------------------- */

typedef struct Refresh {
    Columns *columns;
    size_t n;
    _Atomic bool stopping;
    size_t rows;
} Refresh;

static void *refresh(void *arg)
{
    Refresh *r = arg;
    Product *products = calloc(PORTION, sizeof *products);
    ColumnsRow *rows = calloc(PORTION, sizeof *rows);
    if (!products || !rows) abort();
    while (!atomic_load(&r->stopping)) {
        for (size_t i = 0; i < PORTION; i++) {
            make(&products[i], id_of(below(r->n)));
            rows[i] = products[i].row;
        }
        columns_put_all(r->columns, rows, PORTION / 2); /* fewer than would drop the orders */
        columns_put_all(r->columns, rows + PORTION / 2, PORTION / 2);
        r->rows += PORTION;
    }
    free(products);
    free(rows);
    return NULL;
}

static void measure_beside_writer(Columns *columns, Arena *arena, size_t n)
{
    enum { QUESTIONS = 200000 };
    static double us[QUESTIONS];
    Str category = S("cat_0d3k9v7m2c8q3");
    ColumnsCondition condition = term(S("category"), &category);
    ColumnsClause clause = {&condition, 1, true};
    ColumnsFilter filter = {&clause, 1, NULL};
    ColumnsQuestion q = {.filter = &filter, .order = {ORDER_TEXT, S("title"), false}, .limit = 20};
    columns_ask(columns, arena, &q);
    Refresh writer = {.columns = columns, .n = n};
    pthread_t thread;
    if (pthread_create(&thread, NULL, refresh, &writer) != 0) abort();
    int64_t start = monotonic_us();
    for (size_t i = 0; i < QUESTIONS; i++) {
        arena_reset(arena);
        int64_t began = monotonic_us();
        columns_ask(columns, arena, &q);
        us[i] = (double)(monotonic_us() - began);
    }
    double seconds = (double)(monotonic_us() - start) / 1e6;
    atomic_store(&writer.stopping, true);
    pthread_join(thread, NULL);
    print_row("page beside a writer, median", "us", median(us, QUESTIONS));
    print_row("  99th percentile", "us", us[QUESTIONS / 100 * 99]);
    print_row("  longest of 200,000", "us", us[QUESTIONS - 1]);
    print_row("  rows written meanwhile", "1000/s", (double)writer.rows / seconds / 1000);
}

static void print_size(Columns *columns, const char *name)
{
    ColumnsSize size = columns_size(columns);
    double n = (double)size.objects;
    printf(
        "  %-30s %6.1f bytes an object besides %.1f of text; of these orders %.1f, indexes %.1f\n",
        name, (double)(size.bytes - size.text_bytes) / n, (double)size.text_bytes / n,
        (double)size.order_bytes / n, (double)size.index_bytes / n);
}

static void measure(size_t n)
{
    chance = random_seeded(&seeded, 1);
    double us;
    printf("%zu objects\n", n);
    Columns *columns = load(n, &us);
    print_row("load, each", "us", us);
    print_size(columns, "loaded");
    Arena *arena = arena_new(8 << 20);
    ColumnsQuestion by_title = {.order = {ORDER_TEXT, S("title"), false}, .limit = 20};
    int64_t began = monotonic_us();
    columns_ask(columns, arena, &by_title);
    print_row("the order by title is built", "us", (double)(monotonic_us() - began));
    measure_pages(columns, arena);
    measure_filters(columns, arena);
    measure_facets(columns, arena, n);
    measure_search(columns, arena, n, 0.01);
    measure_search(columns, arena, n, 0.3);
    if (is_wanted("put")) measure_changes(columns, n);
    print_size(columns, "with orders and indexes");
    if (is_wanted("beside")) measure_beside_writer(columns, arena, n);
    if (is_wanted("put")) measure_many_columns(columns, n);
    arena_free(arena);
    columns_free(columns);
}

int main(int argc, char **argv)
{
    int64_t n;
    bool any = false;
    words = argv + 1;
    word_count = argc - 1;
    for (int i = 0; i < word_count; i++) {
        if (!str_to_int(str_from(words[i]), &n) || n <= 0) continue;
        measure((size_t)n);
        any = true;
    }
    for (n = 10000; !any && n <= 1000000; n *= 10) measure((size_t)n);
    return 0;
}
