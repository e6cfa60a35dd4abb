/* Keeping the column store up to date.
 *
 * One thread does it: it loads the facts of all products, page by page, and from then on whenever
 * somebody asks and something has changed. Who asks waits until what was known to have changed at
 * that moment is in, so that a list shows what its reader has just written; when nothing has
 * changed, nobody waits.
 *
 * The rows are read in transactions of the thread's own, one after the other, and not in those of
 * the requests: two requests may see two states of a product, and the one with the older snapshot
 * might come last. That a store is newer than the snapshot of who asks does no harm: the documents
 * of a page are read in that snapshot, and a product that is not in it is left out.
 *
 * A category knows its ancestors only by the tree, so a product stands in the store under each of
 * them, and a move in the tree loads everything anew. It is done under the eyes of readers, and when
 * it is done, what they have made of the old rows is forgotten. */
#include "modules/browse/index.h"

#include "modules/browse/filter.h"

#include "modules/catalog/catalog.h"
#include "modules/categories/categories.h"
#include "platform/api/problem.h"
#include "platform/cache/cache.h"
#include "platform/changes.h"
#include "platform/telemetry/log.h"

#include <errno.h>
#include <pthread.h>

enum {
    PAGE = 1000, /* facts in one transaction: some milliseconds */
    RETRY_US =
        1000000, /* when the database does not answer, it will not in the next moment either */
};

LOG_EVENT(browse_failed, "browse.load_failed", LOG_ERROR,
          "The products could not be read; it is tried again.");
LOG_EVENT(
    browse_left_out, "browse.left_out", LOG_WARN,
    "Products have more tags, attributes or collections than lists hold, or names too long for "
    "them: they are listed, but not found by what is beyond that.");

/* How much is known to have changed, of all that rows are made of. */
typedef struct Seen {
    uint64_t products, categories;
} Seen;

static struct {
    ModuleWorld world;
    Columns *columns;
    pthread_t thread;
    bool started;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wanted, loaded;
    bool stop, want;
    bool complete; /* everything has been in once */
    Seen seen;     /* is in */
} state = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The thread's own. */
static struct {
    DbConn *db; /* its own: who waits for it is on the lanes */
    Arena *arena;
    CategoryTree tree;
    ChangePosition position;
    bool behind; /* everything must be loaded */
    Id *ids;     /* of all products, while everything is loaded */
    size_t id_count, id_room;
} loader;

static Seen seen_now(void)
{
    return (Seen){changes_seen("product"), changes_seen("category")};
}

static bool covers(Seen have, Seen want)
{
    return have.products >= want.products && have.categories >= want.categories;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static void add_terms(ColumnsRow *row, StrList pairs)
{
    for (size_t i = 0; i + 1 < pairs.n; i += 2)
        row->terms[row->term_count++] = (ColumnTerm){pairs.items[i], pairs.items[i + 1]};
}

/* Each category of the product and all above it; the store counts a term once. */
static void add_categories(Arena *arena, ColumnsRow *row, const CategoryTree *tree, IdList direct)
{
    for (size_t i = 0; i < direct.n; i++) {
        IdList path = category_ancestors(arena, tree, direct.items[i]);
        for (size_t k = 0; k < path.n; k++)
            row->terms[row->term_count++] =
                (ColumnTerm){S("category"), id_text(arena, "cat", path.items[k])};
    }
}

/* The product's own run of the places, which are ascending by product. */
static CollectionPlaces places_of(CollectionPlaces all, Id product)
{
    CollectionPlaces own = {.items = all.items};
    while (all.n && own.items->product.n < product.n) {
        own.items++;
        all.n--;
    }
    while (own.n < all.n && id_eq(own.items[own.n].product, product)) own.n++;
    return own;
}

static void add_collections(Arena *arena, ColumnsRow *row, CollectionPlaces places)
{
    for (size_t i = 0; i < places.n; i++) {
        Id collection = places.items[i].collection;
        row->terms[row->term_count++] =
            (ColumnTerm){S("collection"), id_text(arena, "coll", collection)};
        row->numbers[row->number_count++] =
            (ColumnNumber){collection_column(arena, collection), places.items[i].position};
    }
}

static ColumnsRow row_of_facts(Arena *arena, const CategoryTree *tree, const ProductFacts *facts,
                               CollectionPlaces places)
{
    size_t most = facts->terms.n / 2 + facts->categories.n * CATEGORY_LEVELS_MAX + places.n;
    ColumnsRow row = {.id = facts->product_id,
                      .terms = NEW_N(arena, ColumnTerm, most),
                      .numbers = NEW_N(arena, ColumnNumber, facts->numbers.n + places.n + 1),
                      .texts = NEW(arena, ColumnText),
                      .text_count = 1};
    add_terms(&row, facts->terms);
    add_categories(arena, &row, tree, facts->categories);
    add_collections(arena, &row, places);
    for (size_t i = 0; i < facts->numbers.n; i++)
        row.numbers[row.number_count++] =
            (ColumnNumber){facts->numbers.items[i].column, facts->numbers.items[i].value};
    row.numbers[row.number_count++] = (ColumnNumber){S("sold"), facts->sold};
    *row.texts = (ColumnText){S("title"), facts->title_key};
    return row;
}

/* Which rows exceed a limit is found out by putting each once more. One line tells of all of them, since
 * a shop that has more attributes than there are columns would have one for each product. */
static void tell_left_out(const ColumnsRow *rows, size_t n)
{
    int64_t count = 0;
    char first[ID_TEXT_MAX];
    Str id = {first, 0};
    for (size_t i = 0; i < n; i++) {
        if (columns_put(state.columns, &rows[i])) continue;
        if (!count++) id.n = id_write(first, "prod", rows[i].id);
    }
    LOG(NULL, &browse_left_out, KV("products", count), KV("first", id));
}

static void put_rows(Ctx *cx, ProductFactsList facts)
{
    CollectionPlaces places;
    ColumnsRow *rows = NEW_N(cx->arena, ColumnsRow, facts.n);
    IdList ids = {NEW_N(cx->arena, Id, facts.n), facts.n};
    for (size_t i = 0; i < facts.n; i++) ids.items[i] = facts.items[i].product_id;
    collections_ask(cx, &places, ids);
    if (!db_settle(cx)) return;
    for (size_t i = 0; i < facts.n; i++)
        rows[i] =
            row_of_facts(cx->arena, &loader.tree, &facts.items[i], places_of(places, ids.items[i]));
    if (!columns_put_all(state.columns, rows, facts.n)) tell_left_out(rows, facts.n);
}

/* ---- Reading, each in a transaction of its own ----------------------------------------------- */

static bool read_own(bool (*run)(Ctx *cx, void *arg), void *arg)
{
    Arena *arena = arena_new(1 << 16);
    Ctx cx = module_ctx(&state.world, arena);
    DbFailure failure = db_own_run(loader.db, &cx, run, arg);
    arena_free(arena);
    if (failure == DB_FINE) return true;
    LOG(NULL, &browse_failed, KV("why", str_from(problem_of_failure(failure)->code)));
    return false;
}

/* One page of all facts: SQLite's readers have a second. */
typedef struct Page {
    Id after;
    size_t n;
    Id ids[PAGE];
} Page;

static bool load_page(Ctx *cx, void *arg)
{
    Page *page = arg;
    ProductFactsList facts = facts_page(cx, page->after, PAGE);
    put_rows(cx, facts);
    page->n = facts.n;
    for (size_t i = 0; i < facts.n; i++) page->ids[i] = facts.items[i].product_id;
    return true;
}

/* Position and tree come before the pages: what changes meanwhile is news afterwards. */
static bool load_tree(Ctx *cx, void *arg)
{
    (void)arg;
    bool complete;
    loader.tree = category_tree_read(cx, loader.arena);
    changes_since(cx, "product", &loader.position, &complete);
    return true;
}

static bool facts_have(ProductFactsList facts, Id id)
{
    for (size_t i = 0; i < facts.n; i++)
        if (id_eq(facts.items[i].product_id, id)) return true;
    return false;
}

static void load_some(Ctx *cx, IdList ids)
{
    ProductFactsList facts = facts_read(cx, ids);
    if (db_failure(cx) != DB_FINE) return;
    put_rows(cx, facts);
    for (size_t i = 0; i < ids.n; i++)
        if (!facts_have(facts, ids.items[i])) columns_remove(state.columns, ids.items[i]);
}

static bool load_news(Ctx *cx, void *arg)
{
    enum { SOME = 100 };
    bool complete;
    (void)arg;
    ChangePosition position = loader.position;
    IdList ids = changes_since(cx, "product", &position, &complete);
    loader.behind = !complete;
    for (size_t i = 0; i < ids.n; i += SOME) {
        size_t n = ids.n - i < SOME ? ids.n - i : SOME;
        load_some(cx, (IdList){ids.items + i, n});
    }
    if (db_failure(cx) == DB_FINE) loader.position = position;
    return true;
}

/* ---- The thread ------------------------------------------------------------------------------ */

static bool is_stopping(void)
{
    pthread_mutex_lock(&state.lock);
    bool stop = state.stop;
    pthread_mutex_unlock(&state.lock);
    return stop;
}

static void remember_ids(const Page *page)
{
    if (loader.id_count + page->n > loader.id_room) {
        size_t room = 2 * loader.id_room + PAGE;
        loader.ids = arena_grow(loader.arena, loader.ids, loader.id_room * sizeof(Id),
                                room * sizeof(Id), alignof(Id));
        loader.id_room = room;
    }
    if (page->n) memcpy(loader.ids + loader.id_count, page->ids, page->n * sizeof *page->ids);
    loader.id_count += page->n;
}

static bool load_all(void)
{
    arena_reset(loader.arena);
    loader.position = (ChangePosition){0};
    loader.ids = NULL;
    loader.id_count = loader.id_room = 0;
    if (!read_own(load_tree, NULL)) return false;
    Page page = {.n = PAGE};
    while (page.n == PAGE) {
        if (is_stopping() || !read_own(load_page, &page)) return false;
        remember_ids(&page);
        if (page.n) page.after = page.ids[page.n - 1];
    }
    columns_keep(state.columns, (IdList){loader.ids, loader.id_count});
    loader.behind = false;
    return read_own(load_news, NULL) && !loader.behind;
}

/* Brings in what `target` knows of. What others made of the rows before they were loaded anew was made
 * of rows that were too old; before the first load nobody had any, and the answers that wait for it
 * are kept. */
static bool load(Seen target, Seen have, bool complete)
{
    if (!complete || target.categories != have.categories) loader.behind = true;
    if (!loader.behind && !read_own(load_news, NULL)) return false;
    if (!loader.behind) return true;
    if (!load_all()) return false;
    if (complete) cache_bump("product", (Id){0});
    return true;
}

static struct timespec timespec_of(int64_t us)
{
    return (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
}

static void wait_to_retry(void)
{
    struct timespec until = timespec_of(monotonic_us() + RETRY_US);
    while (!state.stop && pthread_cond_timedwait(&state.wanted, &state.lock, &until) != ETIMEDOUT) {
    }
}

static void *keep_up(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&state.lock);
    while (!state.stop) {
        Seen target = seen_now();
        if (state.complete && covers(state.seen, target) && !state.want) {
            pthread_cond_wait(&state.wanted, &state.lock);
            continue;
        }
        state.want = false;
        Seen have = state.seen;
        bool complete = state.complete;
        pthread_mutex_unlock(&state.lock);
        bool fine = load(target, have, complete);
        pthread_mutex_lock(&state.lock);
        if (!fine) {
            wait_to_retry();
            continue;
        }
        state.seen = target;
        state.complete = true;
        pthread_cond_broadcast(&state.loaded);
    }
    pthread_mutex_unlock(&state.lock);
    return NULL;
}

/* ---- From outside ---------------------------------------------------------------------------- */

static void cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
}

void browse_start(const ModuleWorld *world)
{
    state.world = *world;
    state.columns = columns_new();
    state.stop = state.complete = state.want = false;
    loader.arena = arena_new(1 << 16);
    loader.db = db_own_open(world->db);
    cond_init(&state.wanted);
    cond_init(&state.loaded);
    state.started = pthread_create(&state.thread, NULL, keep_up, NULL) == 0;
}

void browse_stop(void)
{
    pthread_mutex_lock(&state.lock);
    state.stop = true;
    pthread_cond_broadcast(&state.wanted);
    pthread_cond_broadcast(&state.loaded);
    pthread_mutex_unlock(&state.lock);
    if (state.started) pthread_join(state.thread, NULL);
    columns_free(state.columns);
    db_own_close(loader.db);
    arena_free(loader.arena);
    memset(&loader, 0, sizeof loader);
}

Columns *browse_columns(Ctx *cx)
{
    Seen target = seen_now();
    struct timespec until = timespec_of(cx->deadline_us);
    pthread_mutex_lock(&state.lock);
    bool in = state.complete && covers(state.seen, target), late = false;
    while (!in && !late && !state.stop) {
        state.want = true;
        pthread_cond_signal(&state.wanted);
        late = pthread_cond_timedwait(&state.loaded, &state.lock, &until) == ETIMEDOUT;
        in = state.complete && covers(state.seen, target);
    }
    pthread_mutex_unlock(&state.lock);
    return in ? state.columns : NULL;
}

Currency browse_currency(void)
{
    return state.world.config->shop.currency;
}
