/* Lists and searches of products, as answers. How a page is found stands in list.c. */
#include "modules/browse/index.h"
#include "modules/browse/listing.h"

#include "modules/collections/collections.h"
#include "platform/api/errors.h"
#include "platform/api/limits.h"
#include "platform/cache/cache.h"
#include "platform/changes.h"
#include "platform/events.h"

/* ---- What is found, as JSON ---- */

/* The texts of a finished document, for highlights. */
typedef struct Texts {
    Str title, description;
} Texts;

static const Type texts_type = TYPE(Texts, "What of a product is searched and shown.",
                                    FIELD(Texts, title, ""), FIELD(Texts, description, ""));

static void write_hit(Buf *out, Arena *arena, const SearchQuery *query, Str product)
{
    enum { EXCERPT = 200 }; /* characters: two or three lines */
    Violations bad = violations_new(arena);
    const Texts *texts = json_read(arena, &texts_type, product, JSON_CREATE | JSON_LENIENT, &bad);
    Highlights highlights = {0};
    if (texts) {
        highlights.title = search_highlight(arena, query, texts->title, SIZE_MAX);
        highlights.description = search_excerpt(arena, query, texts->description, EXCERPT);
    }
    buf_lit(out, "{\"product\":");
    buf_put(out, product);
    buf_lit(out, ",\"highlights\":");
    json_write(out, &highlights_type, &highlights);
    buf_char(out, '}');
}

static Str write_items(Arena *arena, const BrowsePage *page, bool hits)
{
    ShownProducts shown = page->products;
    Buf out = buf_new(arena, LIMIT_ANSWER_BYTES);
    size_t bytes = 0;
    for (size_t i = 0; i < shown.n; i++) bytes += shown.items[i].json.n + 1;
    buf_reserve(&out, bytes);
    for (size_t i = 0; i < shown.n; i++) {
        if (i) buf_char(&out, ',');
        if (hits)
            write_hit(&out, arena, page->found.query, shown.items[i].json);
        else
            buf_put(&out, shown.items[i].json);
    }
    return out.full ? (Str){0} : buf_str(&out);
}

/* What is said beside the products, or NULL when nothing was asked for. */
static const ProductListNotes *make_notes(Arena *arena, const ProductQuery *query,
                                          const BrowsePage *page)
{
    ProductListNotes *notes = NEW(arena, ProductListNotes);
    if (list_says(query->include, "total")) {
        notes->total = page->total;
        MARK_SET(&product_list_notes_type, notes, ProductListNotes, total);
    }
    if (list_says(query->include, "facets")) {
        notes->facets = page->facets;
        MARK_SET(&product_list_notes_type, notes, ProductListNotes, facets);
    }
    if (page->found.corrected.n) {
        notes->corrected = page->found.corrected;
        MARK_SET(&product_list_notes_type, notes, ProductListNotes, corrected);
    }
    return notes->present.set ? notes : NULL;
}

/* ---- Lists ---- */

static Reply reply_items(Request *rq, const BrowsePage *page, bool hits)
{
    Str items = write_items(rq->cx->arena, page, hits);
    if (page->products.n && !items.p) return refuse((Verdict){&error_answer_too_large, {0}});
    return ok_list_json(items, page->next);
}

static Reply reply_page(Request *rq, bool hits)
{
    BrowsePage page = browse_page(rq, rq->query);
    if (page.refused) return fail(rq, page.refused, "%s", page.why);
    return with_notes(reply_items(rq, &page, hits), &product_list_notes_type,
                      make_notes(rq->cx->arena, rq->query, &page));
}

/* What only staff may list is read from the tables: the store knows active products only. One product
 * more than the page holds is asked for: that it exists is `has_more`. */
static Reply list_by_status(Request *rq, const ProductQuery *query)
{
    if (!sees_all_products(rq)) return not_allowed(rq, &products_read);
    Id before;
    if (!cursor_of_newest(rq->cx->arena, query->cursor, &before))
        return fail(rq, &error_bad_cursor, "This is no cursor of this list.");
    ProductView view =
        product_view_of(rq, query->locale, query->channel, query->currency, query->expand);
    BrowsePage page = {
        .products = products_by_status(rq->cx, &view, query->status, before, query->limit + 1)};
    if (page.products.n > (size_t)query->limit) {
        page.products.n = (size_t)query->limit;
        page.next = cursor_newest(rq->cx->arena, page.products.items[page.products.n - 1].id);
    }
    return reply_items(rq, &page, false);
}

static Reply list_products(Request *rq)
{
    const ProductQuery *query = rq->query;
    bool by_status = IS_SET(&product_query_type, query, ProductQuery, status);
    return by_status ? list_by_status(rq, query) : reply_page(rq, false);
}
HANDLER_PLAIN(list_products)

/* Parameters of lists that make no sense here. */
static void check_search(Violations *bad, const ProductQuery *query)
{
    if (!IS_SET(&product_query_type, query, ProductQuery, q))
        violation_add_at(bad, S("?q"), VIOLATION(REQUIRED), S("is required"));
    if (IS_SET(&product_query_type, query, ProductQuery, status))
        violation_add_at(bad, S("?status"), VIOLATION(UNKNOWN_PARAMETER),
                         S("is for GET /v1/products; only what is shown is searched"));
}

static Reply search_products(Request *rq)
{
    Violations *bad = NEW(rq->cx->arena, Violations);
    *bad = violations_new(rq->cx->arena);
    check_search(bad, rq->query);
    return bad->n ? refuse_violations(bad) : reply_page(rq, true);
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
    cache_depends(rq, SEARCH_WORDS_TAG, (Id){0});
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
          .cost = 2, .notes = &product_list_notes_type, .errors = list_errors, .cached = true),
    ROUTE(GET, "/v1/search", search_products,
          "Find products by words, best match first, and show why each was found.",
          .detail = "Takes the filters and orders of `GET /v1/products`. Words are found in any "
                    "form and without their accents; spelling is mended when nothing fits.",
          .tx = TX_READ, .query = &product_query_type, .reply = &search_hit_type, .list = true,
          .cost = 5, .notes = &product_list_notes_type, .errors = search_errors, .cached = true),
    ROUTE(GET, "/v1/search/suggestions", suggest, "Complete what somebody is typing.",
          .tx = TX_READ, .query = &suggestion_query_type, .reply = &suggestion_type, .list = true,
          .cached = true),
};

static const Error *const errors[] = {&error_not_loaded};
static const Reaction reactions[] = {ON(collection_members_changed, members_changed)};

const Module browse_module = {
    .name = "browse",
    .doc = "Lists, filters, facets and searches of products.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(reactions, reaction),
    .start = browse_start,
    .stop = browse_stop,
};
