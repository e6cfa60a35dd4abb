/* What the search costs, and how good it is, on one database: puts the made-up catalogue into the
 * index, times questions, and answers the judged ones of judged.txt.
 *
 * usage: search FOLDER|URL [--products N] [--keep] [--judged FILE [--verbose]]
 *
 *   FOLDER     an empty folder for SQLite; or postgresql://… of an empty database
 *   --keep     the index is there from an earlier run, with as many products
 *   --judged   instead of timing questions
 *   --verbose  a line for each question: recall, nDCG, hits
 */
#include "platform/search/search.h"
#include "judged.h"

#include "base/buf.h"
#include "modules/catalog/seed.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 500, ROUNDS = 21 };

static Db *db;
static IdMaker ids;

static void die(const char *what, Str why)
{
    fprintf(stderr, "%s: %.*s\n", what, STR_ARG(why));
    exit(1);
}

static Ctx context(void)
{
    return (Ctx){
        .arena = arena_new(1 << 20), .clock = &clock_system, .random = &random_system, .ids = &ids};
}

static void run(TxMode mode, Ctx *cx, bool (*work)(Ctx *cx, void *arg), void *arg)
{
    if (db_run(db, mode, cx, work, arg) != DB_FINE) die("search", S("the transaction failed"));
}

/* ---- The index ------------------------------------------------------------------------------- */

/* Ids in the order of the products, as `souk seed` makes them. */
static Id id_of(int64_t n)
{
    return (Id){((n + 1000) << 21) | (n & 2047)};
}

static int64_t number_of(Id id)
{
    return (id.n >> 21) - 1000;
}

static void put_product(Ctx *cx, int64_t n)
{
    Product product = seed_product(cx->arena, n);
    SearchText text = {
        S(""), product.title, {NEW_N(cx->arena, Str, product.tags.n + 2), 0}, product.description};
    for (size_t i = 0; i < product.tags.n; i++)
        text.tags.items[text.tags.n++] = product.tags.items[i];
    text.tags.items[text.tags.n++] = product.vendor;
    text.tags.items[text.tags.n++] = product.type;
    StrList codes = {NEW_N(cx->arena, Str, product.variants.n * 2), 0};
    for (size_t i = 0; i < product.variants.n; i++) {
        codes.items[codes.n++] = product.variants.items[i].sku;
        if (product.variants.items[i].barcode.n)
            codes.items[codes.n++] = product.variants.items[i].barcode;
    }
    search_put(cx, "product", id_of(n), (SearchTextList){&text, 1}, codes);
}

typedef struct Batch {
    int64_t from, to;
} Batch;

static bool put_batch(Ctx *cx, void *arg)
{
    const Batch *batch = arg;
    for (int64_t n = batch->from; n < batch->to; n++) put_product(cx, n);
    return true;
}

static bool make_only(Ctx *cx, void *arg)
{
    const Batch *batch = arg;
    for (int64_t n = batch->from; n < batch->to; n++) seed_product(cx->arena, n);
    return true;
}

static bool analyze(Ctx *cx, void *arg)
{
    (void)arg;
    db_exec(cx, "analyze");
    return true;
}

static double cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Processor time of this process (on PostgreSQL that is not all of it), and time, for each. */
typedef struct Spent {
    double cpu_us, us;
} Spent;

static Spent each(int64_t products, bool (*work)(Ctx *cx, void *arg), TxMode mode)
{
    int64_t begun_us = monotonic_us();
    double cpu = cpu_us();
    for (int64_t n = 1; n <= products; n += BATCH) {
        Ctx cx = context();
        Batch batch = {n, n + BATCH <= products ? n + BATCH : products + 1};
        run(mode, &cx, work, &batch);
        arena_free(cx.arena);
    }
    return (Spent){(cpu_us() - cpu) / (double)products,
                   (double)(monotonic_us() - begun_us) / (double)products};
}

static bool print_size(Ctx *cx, void *arg)
{
    (void)arg;
    int64_t bytes;
    if (db_dialect(cx) == DB_SQLITE)
        bytes = db_int(cx, 0, "select sum(pgsize) from dbstat where name like 'search_%'");
    else
        bytes = db_int(cx, 0,
                       "select sum(pg_total_relation_size(oid))::bigint from pg_class where "
                       "relname in ('search_objects', 'search_vocabulary')");
    printf("size        %8.1f MB\n", (double)bytes / 1e6);
    return true;
}

static void fill(int64_t products)
{
    Spent made = each(products, make_only, TX_READ), put = each(products, put_batch, TX_WRITE);
    Spent again = each(products, put_batch, TX_WRITE);
    printf("put         %8.1f us an object, %.1f us of the processor\n", put.us - made.us,
           put.cpu_us - made.cpu_us);
    printf("put again   %8.1f us an object, %.1f us of the processor: nothing has changed\n",
           again.us - made.us, again.cpu_us - made.cpu_us);
    Ctx cx = context();
    if (db_driver(db) == DB_POSTGRES) run(TX_WRITE, &cx, analyze, NULL);
    run(TX_READ, &cx, print_size, NULL);
    arena_free(cx.arena);
}

/* ---- Time ------------------------------------------------------------------------------------ */

typedef struct Question {
    Str q;
    int64_t took_us;
    size_t n;
    Str corrected;
} Question;

static bool ask(Ctx *cx, void *arg)
{
    Question *a = arg;
    int64_t begun_us = monotonic_us();
    SearchHits hits = search_run(cx, "product", search_parse(cx->arena, a->q, S("")));
    a->took_us = monotonic_us() - begun_us;
    a->n = hits.n;
    a->corrected = hits.corrected;
    return true;
}

static bool suggest(Ctx *cx, void *arg)
{
    Question *a = arg;
    int64_t begun_us = monotonic_us();
    a->n = search_suggest(cx, "product", S(""), a->q, 10).n;
    a->took_us = monotonic_us() - begun_us;
    return true;
}

static int by_time(const void *a, const void *b)
{
    const int64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

static void time_question(const char *q, bool (*work)(Ctx *cx, void *arg))
{
    int64_t took[ROUNDS];
    Question a = {.q = str_from(q)};
    for (int i = 0; i < ROUNDS; i++) {
        Ctx cx = context();
        run(TX_READ, &cx, work, &a);
        took[i] = a.took_us;
        arena_free(cx.arena);
    }
    qsort(took, ROUNDS, sizeof *took, by_time);
    printf("%-8s %7lld us best %7lld us p50 %7zu  %s\n", work == ask ? "search" : "suggest",
           (long long)took[0], (long long)took[ROUNDS / 2], a.n, q);
}

static void time_questions(void)
{
    static const char *const questions[] = {
        "cotton jumper",
        "oak",
        "kitchen",
        "lamp",
        "quiet companion",
        "cork",
        "stock parts",
        "years",
        "alder oak desk lamp",
        "la",
        "c",
        "brass desk la",
        "dl 000123",
        "DL-000123-1",
        "\"made in small batches\"",
        "\"desk lamp\" -oak",
        "lapm",
        "alder oka dsek lamp",
        "desklamp",
        "xyzzyxyzzy",
        "wool blanket",
        "the",
        "by people who use it",
        "made",
    };
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        time_question(questions[i], ask);
    static const char *const typed[] = {"l", "la", "lamp", "oak d", "alder oak desk l", "oak "};
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) time_question(typed[i], suggest);
}

/* ---- Main ------------------------------------------------------------------------------------ */

static void open_db(Arena *arena, Str where)
{
    DbOptions options = {
        .readers = 1, .writers = 1, .queue_max = 16, .batch_max = 256, .batch_us = 0};
    if (str_starts(where, S("postgres")))
        options.url = where;
    else
        options.folder = where;
    Str detail = S("");
    if (db_open(arena, &options, &db, &detail)) die("search", detail);
    Ctx cx = context();
    int applied;
    if (db_migrate(db, &cx, search_module.migrations, search_module.migration_count, &applied,
                   &detail))
        die("search", detail);
    arena_free(cx.arena);
}

int main(int argc, char **argv)
{
    int64_t products = 100000;
    bool keep = false, verbose = false, well = true;
    const char *judged = NULL;
    Str where = S("");
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--keep"))
            keep = true;
        else if (!strcmp(argv[i], "--verbose"))
            verbose = true;
        else if (!strcmp(argv[i], "--products") && i + 1 < argc)
            str_to_int(str_from(argv[++i]), &products);
        else if (!strcmp(argv[i], "--judged") && i + 1 < argc)
            judged = argv[++i];
        else
            where = str_from(argv[i]);
    }
    if (!where.n) die("usage", S("search FOLDER|URL [--products N] [--keep] [--judged FILE]"));
    Arena *arena = arena_new(4096);
    id_maker_init(&ids, 1, (Id){0});
    open_db(arena, where);
    if (!keep) fill(products);
    if (judged)
        well = judge(db, judged, products, verbose, number_of);
    else
        time_questions();
    db_close(db);
    arena_free(arena);
    return !well;
}
