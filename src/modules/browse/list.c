/* From a query to a page of products.
 *
 * A query names a place (a channel, a category, a collection, a search) and what is chosen in it; the
 * column store (index.c) answers with the ids of a page, how many there are and what they have in
 * common; the catalogue gives the documents of the page. Relevance comes from the search, which gives
 * ids with scores. */
#include "modules/browse/index.h"
#include "modules/browse/listing.h"

#include "modules/categories/categories.h"
#include "modules/collections/collections.h"
#include "platform/api/errors.h"
#include "platform/cache/cache.h"

const Error error_not_loaded = {"products_loading", 503,
                                "The shop has just started and is still reading its products.",
                                LOG_WARN, "Try again in a moment."};

bool list_says(StrList list, const char *word)
{
    for (size_t i = 0; i < list.n; i++)
        if (str_eq(list.items[i], str_from(word))) return true;
    return false;
}

static bool query_has(const ProductQuery *query, size_t member)
{
    return type_member_is_set(&product_query_type, query, member);
}
#define HAS(query, member) query_has((query), offsetof(ProductQuery, member))

/* ---- The place ------------------------------------------------------------------------------- */

/* What a parameter names by its id or its handle. */
static Id named(Request *rq, const char *prefix, Str text, Id (*by_handle)(Ctx *cx, Str handle))
{
    Id id = {0};
    if (id_parse(text, prefix, &id)) return id;
    return by_handle(rq->cx, text);
}

/* False: there is no such place, which is an empty list. */
static bool find_category(Listing *list)
{
    cache_depends(list->rq, "category", (Id){0});
    if (!list->query->category.n) return true;
    Id id = named(list->rq, "cat", list->query->category, category_by_handle);
    if (!id.n) return false;
    filter_category(&list->filter, id);
    return true;
}

static bool find_collection(Listing *list)
{
    if (!list->query->collection.n) return true;
    cache_depends(list->rq, "collection", (Id){0});
    Id id = named(list->rq, "coll", list->query->collection, collection_by_handle);
    list->collection = id.n ? collection_read(list->rq->cx, id, S("")) : NULL;
    if (!list->collection) return false;
    filter_collection(&list->filter, list->collection, list->view.channel);
    return true;
}

static void search(Listing *list)
{
    Ctx *cx = list->rq->cx;
    if (!HAS(list->query, q)) return;
    const SearchQuery *query = search_parse(cx->arena, list->query->q, list->view.locale);
    list->searches = true;
    list->found = search_run(cx, "product", query);
    list->hits = (ColumnsHits){list->found.ids, list->found.scores, list->found.n};
}

/* ---- The order and where it goes on ---------------------------------------------------------- */

static ProductSort sort_of(const Listing *list)
{
    if (HAS(list->query, sort)) return list->query->sort;
    if (list->searches) return SORT_RELEVANCE;
    if (!list->collection) return SORT_NEWEST;
    static const ProductSort of_collection[] = {
        [COLLECTION_SORT_POSITION] = SORT_POSITION,
        [COLLECTION_SORT_NEWEST] = SORT_NEWEST,
        [COLLECTION_SORT_PRICE] = SORT_PRICE,
        [COLLECTION_SORT_PRICE_DESCENDING] = SORT_PRICE_DESCENDING,
        [COLLECTION_SORT_TITLE] = SORT_TITLE,
        [COLLECTION_SORT_TITLE_DESCENDING] = SORT_TITLE_DESCENDING,
        [COLLECTION_SORT_BEST_SELLING] = SORT_BEST_SELLING,
    };
    return of_collection[list->collection->sort];
}

static ColumnsOrder by_number(Str column, bool descending)
{
    return (ColumnsOrder){.by = ORDER_NUMBER, .column = column, .descending = descending};
}

static ColumnsOrder order_of(const Listing *list)
{
    static const ColumnsOrder newest = {.by = ORDER_NEWEST};
    Arena *arena = list->rq->cx->arena;
    switch (list->sort) {
    case SORT_RELEVANCE:
        return list->searches ? (ColumnsOrder){.by = ORDER_SCORE} : newest;
    case SORT_NEWEST:
        return newest;
    case SORT_PRICE:
    case SORT_PRICE_DESCENDING:
        return by_number(price_column(arena, list->view.channel, list->currency),
                         list->sort == SORT_PRICE_DESCENDING);
    case SORT_TITLE:
    case SORT_TITLE_DESCENDING:
        return (ColumnsOrder){.by = ORDER_TEXT,
                              .column = S("title"),
                              .descending = list->sort == SORT_TITLE_DESCENDING};
    case SORT_BEST_SELLING:
        return by_number(S("sold"), true);
    case SORT_POSITION:
        return list->collection ? by_number(collection_column(arena, list->collection->id), false)
                                : newest;
    }
    return newest;
}

/* NULL when the text is no cursor of a list in this order. */
static const ColumnsPosition *position_of(const Listing *list)
{
    Arena *arena = list->rq->cx->arena;
    const ProductCursor *cursor = cursor_read(arena, &product_cursor_type, list->query->cursor);
    if (!cursor || cursor->sort != list->sort) return NULL;
    ColumnsPosition *position = NEW(arena, ColumnsPosition);
    *position = (ColumnsPosition){.id = cursor->id,
                                  .is_absent = cursor->absent,
                                  .number = cursor->number,
                                  .text = cursor->text};
    return position;
}

static Str cursor_behind(const Listing *list, const ColumnsPosition *last)
{
    ProductCursor cursor = {.sort = list->sort,
                            .id = last->id,
                            .absent = last->is_absent,
                            .number = last->number,
                            .text = last->text};
    return cursor_write(list->rq->cx->arena, &product_cursor_type, &cursor);
}

Str cursor_newest(Arena *arena, Id last)
{
    ProductCursor cursor = {.sort = SORT_NEWEST, .id = last};
    return cursor_write(arena, &product_cursor_type, &cursor);
}

bool cursor_of_newest(Arena *arena, Str text, Id *before)
{
    *before = (Id){0};
    if (!text.n) return true;
    const ProductCursor *cursor = cursor_read(arena, &product_cursor_type, text);
    if (!cursor || cursor->sort != SORT_NEWEST) return false;
    *before = cursor->id;
    return true;
}

/* ---- The page ---- */

static void note_cache(const Listing *list, ShownProducts shown)
{
    cache_depends(list->rq, "product", (Id){0});
    if (list->searches) cache_depends(list->rq, SEARCH_WORDS_TAG, (Id){0});
    if (list->view.expand.n) cache_never(list->rq);
    for (size_t i = 0; i < shown.n; i++)
        if (shown.items[i].until.us) cache_expires(list->rq, shown.items[i].until);
}

static BrowsePage refused(const Error *error, const char *why)
{
    return (BrowsePage){.refused = error, .why = why};
}

static BrowsePage ask(Listing *list)
{
    Ctx *cx = list->rq->cx;
    StrList include = list->query->include;
    Columns *columns = browse_columns(cx);
    if (!columns) return refused(&error_not_loaded, "Its products are not all read yet.");
    list->sort = sort_of(list);
    const ColumnsPosition *after = list->query->cursor.n ? position_of(list) : NULL;
    if (list->query->cursor.n && !after)
        return refused(&error_bad_cursor, "This is no cursor of this list in this order.");
    bool facets = list_says(include, "facets");
    ColumnsFilter filter = {.all = list->filter.clauses,
                            .n = list->filter.n,
                            .only = list->searches ? &list->hits : NULL};
    ColumnsAnswer answer =
        columns_ask(columns, cx->arena,
                    &(ColumnsQuestion){.filter = &filter,
                                       .order = order_of(list),
                                       .after = after,
                                       .limit = (size_t)list->query->limit,
                                       .wants_total = list_says(include, "total"),
                                       .facets = facets ? facet_asks(list) : NULL,
                                       .facet_count = facets ? FACET_ASKS : 0});
    BrowsePage page = {.total = (int64_t)answer.total, .found = list->found};
    page.products = products_shown(cx, (IdList){answer.ids, answer.n}, &list->view);
    if (answer.has_more) page.next = cursor_behind(list, &answer.positions[answer.n - 1]);
    if (facets) page.facets = facets_of(list, &answer);
    note_cache(list, page.products);
    return page;
}

/* What is listed is shown somewhere, also to staff. */
BrowsePage browse_page(Request *rq, const ProductQuery *query)
{
    Listing *list = NEW(rq->cx->arena, Listing);
    *list = (Listing){.rq = rq, .query = query, .filter = {.arena = rq->cx->arena}};
    list->view = product_view_of(rq, query->locale, query->channel, query->currency, query->expand);
    list->currency = query->currency.code[0] ? query->currency : browse_currency();
    if (!list->view.channel.n) list->view.channel = S("default");
    filter_channel(&list->filter, list->view.channel);
    if (!find_category(list) || !find_collection(list)) {
        note_cache(list, (ShownProducts){0});
        return (BrowsePage){0};
    }
    filter_choices(&list->filter, query, list->view.channel, list->currency);
    search(list);
    return ask(list);
}
