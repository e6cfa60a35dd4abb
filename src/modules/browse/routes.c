/* Lists and searches of products.
 *
 * A request names a place (a channel, a category, a collection, a search) and what is chosen in it;
 * the column store (index.c) answers with the ids of a page, how many there are and what they have
 * in common; the catalogue gives the documents of the page. Relevance comes from the search, which
 * gives ids with scores. What only staff may list, products of one status, is read from the tables:
 * the store knows active products only. */
#include "modules/browse/filter.h"
#include "modules/browse/index.h"
#include "modules/browse/types.h"

#include "modules/categories/categories.h"
#include "modules/collections/collections.h"
#include "platform/api/errors.h"
#include "platform/api/limits.h"
#include "platform/cache/cache.h"
#include "platform/changes.h"
#include "platform/events.h"

static const Error error_not_loaded = {
    "products_loading", 503, "The shop has just started and is still reading its products.",
    LOG_WARN, "Try again in a moment."};

/* A list in the making. */
typedef struct Listing {
    Request *rq;
    const ProductQuery *query;
    ProductView view;
    Currency currency; /* of prices to sort and filter by */
    ProductSort sort;
    Filter filter;
    const Collection *collection;
} Listing;

static bool asked(StrList list, const char *word)
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

/* ---- The order and where it goes on ---------------------------------------------------------- */

static ProductSort sort_of(const Listing *list)
{
    if (HAS(list->query, sort)) return list->query->sort;
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
        return newest;
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

/* ---- Facets ---------------------------------------------------------------------------------- */

enum {
    ASK_VENDOR,
    ASK_TYPE,
    ASK_TAG,
    ASK_CATEGORY,
    ASK_AVAILABILITY,
    ASK_ATTRIBUTES,
    ASK_PRICE,
    ASKS
};

static const ColumnsFacetAsk *facet_asks(const Listing *list)
{
    ColumnsFacetAsk *asks = NEW_N(list->rq->cx->arena, ColumnsFacetAsk, ASKS);
    asks[ASK_VENDOR] = (ColumnsFacetAsk){.column = S("vendor"), .max = FACET_VALUES_MAX};
    asks[ASK_TYPE] = (ColumnsFacetAsk){.column = S("type"), .max = FACET_VALUES_MAX};
    asks[ASK_TAG] = (ColumnsFacetAsk){.column = S("tag"), .max = FACET_VALUES_MAX};
    asks[ASK_CATEGORY] = (ColumnsFacetAsk){.column = S("category"), .max = FACET_VALUES_MAX};
    asks[ASK_AVAILABILITY] = (ColumnsFacetAsk){.column = S("availability"), .max = 3};
    asks[ASK_ATTRIBUTES] =
        (ColumnsFacetAsk){.column = S("attribute:"), .is_prefix = true, .max = FACET_VALUES_MAX};
    asks[ASK_PRICE] = (ColumnsFacetAsk){
        .column = price_column(list->rq->cx->arena, list->view.channel, list->currency),
        .is_number = true};
    return asks;
}

static Facet make_facet(Arena *arena, const ColumnsFacet *found)
{
    Facet facet = {.present = PRESENT_ALL, .name = found->column};
    facet.values = (FacetValueList){NEW_N(arena, FacetValue, found->term_count), found->term_count};
    for (size_t i = 0; i < found->term_count; i++) {
        FacetValue *value = &facet.values.items[i];
        *value = (FacetValue){.present = PRESENT_ALL,
                              .value = found->terms[i].term,
                              .count = (int64_t)found->terms[i].count};
        MARK_ABSENT(&facet_value_type, value, FacetValue, label);
    }
    facet.min = found->min;
    facet.max = found->max;
    if (found->ask == ASK_PRICE && found->objects) {
        facet.name = S("price");
    } else {
        MARK_ABSENT(&facet_type, &facet, Facet, min);
        MARK_ABSENT(&facet_type, &facet, Facet, max);
    }
    return facet;
}

/* Categories are counted by their ids; people read titles. Those that are hidden are left out. */
static void label_categories(const Listing *list, Facet *facet)
{
    Ctx *cx = list->rq->cx;
    IdList ids = {NEW_N(cx->arena, Id, facet->values.n), 0};
    for (size_t i = 0; i < facet->values.n; i++)
        ids.n += id_parse(facet->values.items[i].value, "cat", &ids.items[ids.n]);
    CategoryList categories = categories_named(cx, ids, list->view.locale);
    size_t kept = 0;
    for (size_t i = 0, k = 0; i < facet->values.n && k < categories.n; i++) {
        FacetValue value = facet->values.items[i];
        if (!str_eq(value.value, id_text(cx->arena, "cat", categories.items[k].id))) continue;
        const Category *category = &categories.items[k++];
        if (!category->visible) continue;
        value.label = category->title;
        MARK_SET(&facet_value_type, &value, FacetValue, label);
        facet->values.items[kept++] = value;
    }
    facet->values.n = kept;
}

static FacetList make_facets(const Listing *list, const ColumnsAnswer *answer)
{
    Arena *arena = list->rq->cx->arena;
    FacetList facets = {NEW_N(arena, Facet, answer->facet_count), 0};
    for (size_t i = 0; i < answer->facet_count && facets.n < FACETS_MAX; i++) {
        const ColumnsFacet *found = &answer->facets[i];
        if (!found->objects && !found->term_count) continue;
        Facet *facet = &facets.items[facets.n++];
        *facet = make_facet(arena, found);
        if (found->ask == ASK_CATEGORY) label_categories(list, facet);
    }
    return facets;
}

/* ---- The answer ------------------------------------------------------------------------------ */

/* What is said beside the products, or NULL when nothing was asked for. */
static const ProductListNotes *make_notes(const Listing *list, const ColumnsAnswer *answer)
{
    ProductListNotes *notes = NEW(list->rq->cx->arena, ProductListNotes);
    bool total = asked(list->query->include, "total");
    bool facets = asked(list->query->include, "facets");
    if (total) {
        notes->total = (int64_t)answer->total;
        MARK_SET(&product_list_notes_type, notes, ProductListNotes, total);
    }
    if (facets) {
        notes->facets = make_facets(list, answer);
        MARK_SET(&product_list_notes_type, notes, ProductListNotes, facets);
    }
    return notes->present.set ? notes : NULL;
}

static Str write_items(const Listing *list, ShownProducts shown)
{
    Buf out = buf_new(list->rq->cx->arena, LIMIT_ANSWER_BYTES);
    size_t bytes = 0;
    for (size_t i = 0; i < shown.n; i++) bytes += shown.items[i].json.n + 1;
    buf_reserve(&out, bytes);
    for (size_t i = 0; i < shown.n; i++) {
        if (i) buf_char(&out, ',');
        buf_put(&out, shown.items[i].json);
    }
    return out.full ? (Str){0} : buf_str(&out);
}

/* What the page holds for, for the answer cache. */
static void note_cache(const Listing *list, ShownProducts shown)
{
    cache_depends(list->rq, "product", (Id){0});
    if (list->view.expand.n) cache_never(list->rq);
    for (size_t i = 0; i < shown.n; i++)
        if (shown.items[i].until.us) cache_expires(list->rq, shown.items[i].until);
}

static Reply reply_page(const Listing *list, ShownProducts shown, Str next)
{
    note_cache(list, shown);
    Str items = write_items(list, shown);
    if (shown.n && !items.p) return refuse((Verdict){&error_answer_too_large, {0}});
    return ok_list_json(items, next);
}

static Reply reply_nothing(const Listing *list)
{
    static const ColumnsAnswer nothing;
    return with_notes(reply_page(list, (ShownProducts){0}, (Str){0}),
                      &product_list_notes_type, make_notes(list, &nothing));
}

static Reply reply_listing(Listing *list)
{
    Request *rq = list->rq;
    Columns *columns = browse_columns(rq->cx);
    if (!columns) return fail(rq, &error_not_loaded, "Its products are not all read yet.");
    list->sort = sort_of(list);
    const ColumnsPosition *after = list->query->cursor.n ? position_of(list) : NULL;
    if (list->query->cursor.n && !after)
        return fail(rq, &error_bad_cursor, "This is no cursor of this list in this order.");
    bool facets = asked(list->query->include, "facets");
    ColumnsFilter filter = {.all = list->filter.clauses,
                            .n = list->filter.n};
    ColumnsAnswer answer =
        columns_ask(columns, rq->cx->arena,
                    &(ColumnsQuestion){.filter = &filter,
                                       .order = order_of(list),
                                       .after = after,
                                       .limit = (size_t)list->query->limit,
                                       .wants_total = asked(list->query->include, "total"),
                                       .facets = facets ? facet_asks(list) : NULL,
                                       .facet_count = facets ? ASKS : 0});
    ShownProducts shown = products_shown(rq->cx, (IdList){answer.ids, answer.n}, &list->view);
    Str next = {0};
    if (answer.has_more) next = cursor_behind(list, &answer.positions[answer.n - 1]);
    return with_notes(reply_page(list, shown, next), &product_list_notes_type,
                      make_notes(list, &answer));
}

static Listing listing_new(Request *rq)
{
    const ProductQuery *query = rq->query;
    Listing list = {.rq = rq, .query = query, .filter = {.arena = rq->cx->arena}};
    list.view = product_view_of(rq, query->locale, query->channel, query->currency, query->expand);
    list.currency = query->currency.code[0] ? query->currency : browse_currency();
    return list;
}

/* What is listed is shown somewhere, also to staff. */
static Reply list_shown(Listing *list)
{
    if (!list->view.channel.n) list->view.channel = S("default");
    filter_channel(&list->filter, list->view.channel);
    if (!find_category(list) || !find_collection(list)) return reply_nothing(list);
    filter_choices(&list->filter, list->query, list->view.channel, list->currency);
    return reply_listing(list);
}

/* One product more than the page holds is asked for: that it exists is `has_more`. */
static Reply list_by_status(Listing *list)
{
    Request *rq = list->rq;
    if (!sees_all_products(rq)) return not_allowed(rq, &products_read);
    list->sort = SORT_NEWEST;
    const ColumnsPosition *after = list->query->cursor.n ? position_of(list) : NULL;
    if (list->query->cursor.n && !after)
        return fail(rq, &error_bad_cursor, "This is no cursor of this list.");
    int64_t limit = list->query->limit;
    ShownProducts page = products_by_status(rq->cx, &list->view, list->query->status,
                                            after ? after->id : (Id){0}, limit + 1);
    Str next = {0};
    if (page.n > (size_t)limit) {
        page.n = (size_t)limit;
        next = cursor_behind(list, &(ColumnsPosition){.id = page.items[page.n - 1].id});
    }
    return reply_page(list, page, next);
}

static Reply list_products(Request *rq)
{
    Listing *list = NEW(rq->cx->arena, Listing);
    *list = listing_new(rq);
    return HAS(list->query, status) ? list_by_status(list) : list_shown(list);
}
HANDLER_PLAIN(list_products)

/* ---- What changes elsewhere ------------------------------------------------------------------ */

/* Membership of collections is a part of the store's rows. */
static void members_changed(Ctx *cx, const CollectionMembersChanged *change)
{
    for (size_t i = 0; i < change->products.n; i++)
        changed(cx, "product", change->products.items[i]);
}
REACTION(members_changed, CollectionMembersChanged)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const list_errors[] = {&error_bad_cursor, &error_forbidden, &error_not_loaded,
                                           NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/products", list_products, "List products: filtered, sorted, counted.",
          .tx = TX_READ, .query = &product_query_type, .reply = &product_type, .list = true,
          .notes = &product_list_notes_type, .errors = list_errors, .cached = true),
};

static const Error *const errors[] = {&error_not_loaded};
static const Reaction reactions[] = {ON(collection_members_changed, members_changed)};

const Module browse_module = {
    .name = "browse",
    .doc = "Lists, filters, facets and searches of products.",
    .routes = routes,
    .route_count = ROWS(routes),
    .errors = errors,
    .error_count = ROWS(errors),
    .reactions = reactions,
    .reaction_count = ROWS(reactions),
    .start = browse_start,
    .stop = browse_stop,
};
