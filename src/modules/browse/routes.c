/* Lists and searches of products.
 *
 * A request names a place (a channel, a category, a collection, a search) and what is chosen in it;
 * the column store (index.c) answers with the ids of a page, how many there are and what they have
 * in common; the catalogue gives the documents of the page. Relevance comes from the search, which
 * gives ids with scores. What only staff may list, products of one status, is read from the tables:
 * the store knows active products only. */
#include "modules/browse/index.h"
#include "modules/browse/listing.h"

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
        notes->facets = facets_of(list, answer);
        MARK_SET(&product_list_notes_type, notes, ProductListNotes, facets);
    }
    if (list->found.corrected.n) {
        notes->corrected = list->found.corrected;
        MARK_SET(&product_list_notes_type, notes, ProductListNotes, corrected);
    }
    return notes->present.set ? notes : NULL;
}

/* The texts of a finished document, for highlights. */
typedef struct Texts {
    Str title, description;
} Texts;

static const Type texts_type = TYPE(Texts, "What of a product is searched and shown.",
                                    FIELD(Texts, title, ""), FIELD(Texts, description, ""));

static void write_hit(Buf *out, const Listing *list, Str product)
{
    enum { EXCERPT = 200 }; /* characters: two or three lines */
    Arena *arena = list->rq->cx->arena;
    Violations bad = violations_new(arena);
    const Texts *texts = json_read(arena, &texts_type, product, JSON_CREATE | JSON_LENIENT, &bad);
    Highlights highlights = {0};
    if (texts) {
        const SearchQuery *query = list->found.query;
        highlights.title = search_highlight(arena, query, texts->title, SIZE_MAX);
        highlights.description = search_excerpt(arena, query, texts->description, EXCERPT);
    }
    buf_lit(out, "{\"product\":");
    buf_put(out, product);
    buf_lit(out, ",\"highlights\":");
    json_write(out, &highlights_type, &highlights);
    buf_char(out, '}');
}

static Str write_items(const Listing *list, ShownProducts shown, bool hits)
{
    Buf out = buf_new(list->rq->cx->arena, LIMIT_ANSWER_BYTES);
    size_t bytes = 0;
    for (size_t i = 0; i < shown.n; i++) bytes += shown.items[i].json.n + 1;
    buf_reserve(&out, bytes);
    for (size_t i = 0; i < shown.n; i++) {
        if (i) buf_char(&out, ',');
        if (hits)
            write_hit(&out, list, shown.items[i].json);
        else
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

static Reply reply_page(const Listing *list, ShownProducts shown, Str next, bool hits)
{
    note_cache(list, shown);
    Str items = write_items(list, shown, hits);
    if (shown.n && !items.p) return refuse((Verdict){&error_answer_too_large, {0}});
    return ok_list_json(items, next);
}

static Reply reply_nothing(const Listing *list)
{
    static const ColumnsAnswer nothing;
    return with_notes(reply_page(list, (ShownProducts){0}, (Str){0}, false),
                      &product_list_notes_type, make_notes(list, &nothing));
}

static Reply reply_listing(Listing *list, bool hits)
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
                            .n = list->filter.n,
                            .only = list->searches ? &list->hits : NULL};
    ColumnsAnswer answer =
        columns_ask(columns, rq->cx->arena,
                    &(ColumnsQuestion){.filter = &filter,
                                       .order = order_of(list),
                                       .after = after,
                                       .limit = (size_t)list->query->limit,
                                       .wants_total = asked(list->query->include, "total"),
                                       .facets = facets ? facet_asks(list) : NULL,
                                       .facet_count = facets ? FACET_ASKS : 0});
    ShownProducts shown = products_shown(rq->cx, (IdList){answer.ids, answer.n}, &list->view);
    Str next = {0};
    if (answer.has_more) next = cursor_behind(list, &answer.positions[answer.n - 1]);
    return with_notes(reply_page(list, shown, next, hits), &product_list_notes_type,
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
static Reply list_shown(Listing *list, bool hits)
{
    if (!list->view.channel.n) list->view.channel = S("default");
    filter_channel(&list->filter, list->view.channel);
    if (!find_category(list) || !find_collection(list)) return reply_nothing(list);
    filter_choices(&list->filter, list->query, list->view.channel, list->currency);
    search(list);
    return reply_listing(list, hits);
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
    return reply_page(list, page, next, false);
}

static Reply list_products(Request *rq)
{
    Listing *list = NEW(rq->cx->arena, Listing);
    *list = listing_new(rq);
    return HAS(list->query, status) ? list_by_status(list) : list_shown(list, false);
}
HANDLER_PLAIN(list_products)

/* Parameters of lists that make no sense here. */
static void check_search(Violations *bad, const ProductQuery *query)
{
    if (!HAS(query, q)) violation_add_at(bad, S("?q"), VIOLATION(REQUIRED), S("is required"));
    if (HAS(query, status))
        violation_add_at(bad, S("?status"), VIOLATION(UNKNOWN_PARAMETER),
                         S("is for GET /v1/products; only what is shown is searched"));
}

static Reply search_products(Request *rq)
{
    Listing *list = NEW(rq->cx->arena, Listing);
    Violations *bad = NEW(rq->cx->arena, Violations);
    *list = listing_new(rq);
    *bad = violations_new(rq->cx->arena);
    check_search(bad, list->query);
    return bad->n ? refuse_violations(bad) : list_shown(list, true);
}
HANDLER_PLAIN(search_products)

static Reply suggest(Request *rq)
{
    const SuggestionQuery *query = rq->query;
    Str locale = text_locale_form(rq->cx->arena, query->locale);
    StrList texts = search_suggest(rq->cx, "product", locale, query->q, (size_t)query->limit);
    Suggestion *items = NEW_N(rq->cx->arena, Suggestion, texts.n);
    for (size_t i = 0; i < texts.n; i++) items[i].text = texts.items[i];
    cache_depends(rq, "product", (Id){0});
    return ok_list(&suggestion_type, (AnyList){items, texts.n}, (Str){0});
}
HANDLER_PLAIN(suggest)

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
static const Error *const search_errors[] = {&error_bad_cursor, &error_not_loaded, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/products", list_products, "List products: filtered, sorted, counted.",
          .tx = TX_READ, .query = &product_query_type, .reply = &product_type, .list = true,
          .notes = &product_list_notes_type, .errors = list_errors, .cached = true),
    ROUTE(GET, "/v1/search", search_products,
          "Find products by words, best match first, and show why each was found.",
          .detail = "Takes the filters and orders of `GET /v1/products`. Words are found in any "
                    "form and without their accents; spelling is mended when nothing fits.",
          .tx = TX_READ, .query = &product_query_type, .reply = &search_hit_type, .list = true,
          .notes = &product_list_notes_type, .errors = search_errors, .cached = true),
    ROUTE(GET, "/v1/search/suggestions", suggest, "Complete what somebody is typing.",
          .tx = TX_READ, .query = &suggestion_query_type, .reply = &suggestion_type, .list = true,
          .cached = true),
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
