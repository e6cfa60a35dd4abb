/* What the collections answer.
 *
 * Every change of a collection, its texts or its members takes its row first and counts its version,
 * so what is read afterwards stays true until the commit, and If-Match speaks of members too. */
#include "modules/collections/change.h"
#include "modules/collections/events.h"
#include "modules/collections/rules.h"
#include "modules/collections/store.h"

#include "meta/merge.h"
#include "platform/api/errors.h"
#include "platform/changes.h"

static const Permission collections_read = {
    "collections:read", "See hidden collections, and what was put in a collection.",
    .roles = "manager support creator"};
static const Permission collections_write = {"collections:write",
                                             "Create, change, fill and delete collections.",
                                             .roles = "manager creator"};

/* ---- Reading --------------------------------------------------------------------------------- */

/* One collection more than the page holds is asked for: that it exists is `has_more`. */
static Reply list_collections(Request *rq)
{
    const CollectionQuery *query = rq->query;
    CollectionCursor start = {.position = -1};
    cache_depends(rq, "collection", (Id){0});
    if (query->cursor.n) {
        const CollectionCursor *cursor =
            cursor_read(rq->cx->arena, &collection_cursor_type, query->cursor);
        if (!cursor) return fail(rq, &error_bad_cursor, "This is no cursor of /v1/collections.");
        start = *cursor;
    }
    CollectionList page = collection_page(rq->cx, text_locale_form(rq->cx->arena, query->locale),
                                          may(rq, &collections_read), &start, query->limit + 1);
    Str next = {0};
    if (page.n > (size_t)query->limit) {
        const Collection *last = &page.items[--page.n - 1];
        CollectionCursor cursor = {last->position, last->id};
        next = cursor_write(rq->cx->arena, &collection_cursor_type, &cursor);
    }
    return ok_list(&collection_type, (AnyList){page.items, page.n}, next);
}
HANDLER_PLAIN(list_collections)

static Reply show(Request *rq, Id id)
{
    const CollectionView *view = rq->query;
    const Collection *collection =
        collection_read(rq->cx, id, text_locale_form(rq->cx->arena, view->locale));
    if (!collection || (collection->hidden && !may(rq, &collections_read)))
        return not_found(rq, "collection");
    return with_version(ok(&collection_type, collection), collection->version);
}

static Reply show_collection(Request *rq)
{
    cache_depends(rq, "collection", rq->id);
    return show(rq, rq->id);
}
HANDLER_PLAIN(show_collection)

static Reply show_collection_by_handle(Request *rq)
{
    cache_depends(rq, "collection", (Id){0});
    return show(rq, collection_by_handle(rq->cx, rq->args[0].text));
}
HANDLER_PLAIN(show_collection_by_handle)

/* ---- Changing -------------------------------------------------------------------------------- */

/* The collection, to be changed: its version is already the one that it will have. */
static Collection *take_collection(Request *rq)
{
    collection_touch(rq->cx, rq->id);
    changed(rq->cx, "collection", rq->id);
    return collection_read(rq->cx, rq->id, S(""));
}

/* If-Match against the version that the collection had before it was taken. */
static bool is_expected(const Request *rq, const Collection *taken)
{
    return version_matches(rq, taken->version - 1);
}

static Reply reply_collection(const Collection *collection)
{
    return with_version(ok(&collection_type, collection), collection->version);
}

/* The refusal of the rules, or a reply with status 0. */
static Reply check_rules(Request *rq, const Collection *collection)
{
    Violations *bad = NEW(rq->cx->arena, Violations);
    *bad = violations_new(rq->cx->arena);
    collection_check(bad, collection);
    return bad->n ? refuse_violations(bad) : (Reply){0};
}

static Reply create_collection(Request *rq, const Collection *in)
{
    Collection *collection = arena_copy(rq->cx->arena, in, sizeof *in);
    if (!IS_SET(&collection_type, collection, Collection, sort))
        collection->sort = collection_sort_initial(collection->kind);
    Reply refused = check_rules(rq, collection);
    if (refused.status) return refused;
    Verdict verdict = collection_create(rq->cx, collection);
    if (verdict.error) return refuse(verdict);
    Reply reply = reply_collection(collection);
    reply.location = str_format(rq->cx->arena, "/v1/collections/%.*s",
                                STR_ARG(id_text(rq->cx->arena, "coll", collection->id)));
    return reply;
}
HANDLER(create_collection, Collection)

static Reply change_collection(Request *rq, const Collection *patch)
{
    Collection *collection = take_collection(rq);
    if (!collection) return not_found(rq, "collection");
    if (!is_expected(rq, collection)) return version_changed(rq);
    merge_patch(rq->cx->arena, &collection_type, collection, patch);
    if (field_is_null(&collection_type, type_field(&collection_type, S("sort")), patch))
        collection->sort = collection_sort_initial(collection->kind);
    Reply refused = check_rules(rq, collection);
    if (refused.status) return refused;
    Verdict verdict = collection_put_with_handle(rq->cx, collection, collection_update);
    return verdict.error ? refuse(verdict) : reply_collection(collection);
}
HANDLER(change_collection, Collection)

static Reply delete_collection(Request *rq)
{
    const Collection *collection = take_collection(rq);
    if (!collection) return not_found(rq, "collection");
    if (!is_expected(rq, collection)) return version_changed(rq);
    MemberChanges all_go =
        collection_members_change(rq->cx->arena, collection_members(rq->cx, rq->id), (IdList){0});
    collection_delete(rq->cx, rq->id);
    if (all_go.gone.n) collection_tell_members(rq->cx, rq->id, &all_go);
    return no_content();
}
HANDLER_PLAIN(delete_collection)

/* ---- Members --------------------------------------------------------------------------------- */

static Reply reply_members(Request *rq, const Collection *collection, IdList products)
{
    CollectionProducts *document = NEW(rq->cx->arena, CollectionProducts);
    document->products = products;
    return with_version(ok(&collection_products_type, document), collection->version);
}

static Reply list_collection_products(Request *rq)
{
    const Collection *collection = collection_read(rq->cx, rq->id, S(""));
    if (!collection) return not_found(rq, "collection");
    Verdict verdict = collection_has_members(collection);
    if (verdict.error) return refuse(verdict);
    CollectionPlaces members = collection_members(rq->cx, rq->id);
    return reply_members(rq, collection,
                         collection_members_with(rq->cx->arena, members, (IdList){0}));
}
HANDLER_PLAIN(list_collection_products)

/* Adds to the members, or replaces them all. */
static Reply set_members(Request *rq, const CollectionProducts *in, bool add)
{
    Violations *bad = NEW(rq->cx->arena, Violations);
    *bad = violations_new(rq->cx->arena);
    collection_products_check(bad, in->products);
    if (bad->n) return refuse_violations(bad);
    const Collection *collection = take_collection(rq);
    if (!collection) return not_found(rq, "collection");
    if (!is_expected(rq, collection)) return version_changed(rq);
    CollectionPlaces members = collection_members(rq->cx, rq->id);
    IdList wanted =
        add ? collection_members_with(rq->cx->arena, members, in->products) : in->products;
    Verdict verdict = collection_set_members(rq->cx, collection, members, wanted);
    return verdict.error ? refuse(verdict) : reply_members(rq, collection, wanted);
}

static Reply add_collection_products(Request *rq, const CollectionProducts *in)
{
    return set_members(rq, in, true);
}
HANDLER(add_collection_products, CollectionProducts)

static Reply replace_collection_products(Request *rq, const CollectionProducts *in)
{
    return set_members(rq, in, false);
}
HANDLER(replace_collection_products, CollectionProducts)

static Reply remove_collection_product(Request *rq)
{
    const Collection *collection = take_collection(rq);
    if (!collection) return not_found(rq, "collection");
    if (!is_expected(rq, collection)) return version_changed(rq);
    IdList one = {&rq->args[1].id, 1};
    if (!collection_members_remove(rq->cx, rq->id, one))
        return not_found(rq, "product in this collection");
    collection_tell_members(rq->cx, rq->id, &(MemberChanges){.gone = one});
    return no_content();
}
HANDLER_PLAIN(remove_collection_product)

/* ---- Translations ---------------------------------------------------------------------------- */

static Reply list_collection_translations(Request *rq)
{
    if (!collection_read(rq->cx, rq->id, S(""))) return not_found(rq, "collection");
    LocaleTextsList all = collection_texts_of(rq->cx, rq->id);
    return ok_list(&locale_texts_type, (AnyList){all.items, all.n}, (Str){0});
}
HANDLER_PLAIN(list_collection_translations)

static Reply put_collection_translation(Request *rq, const LocaleTexts *in)
{
    LocaleTexts *texts = arena_copy(rq->cx->arena, in, sizeof *in);
    texts->locale = text_locale_form(rq->cx->arena, rq->args[1].text);
    if (!text_is_locale(texts->locale))
        return fail(rq, &error_not_found, "\"%.*s\" is no language tag such as de or pt-BR.",
                    STR_ARG(str_slice(texts->locale, 0, 64)));
    if (!take_collection(rq)) return not_found(rq, "collection");
    MARK_SET(&locale_texts_type, texts, LocaleTexts, locale);
    collection_texts_put(rq->cx, rq->id, texts);
    return ok(&locale_texts_type, texts);
}
HANDLER(put_collection_translation, LocaleTexts)

static Reply delete_collection_translation(Request *rq)
{
    Str locale = text_locale_form(rq->cx->arena, rq->args[1].text);
    take_collection(rq);
    if (!collection_texts_delete(rq->cx, rq->id, locale)) return not_found(rq, "translation");
    return no_content();
}
HANDLER_PLAIN(delete_collection_translation)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const page_errors[] = {&error_bad_cursor, NULL};
static const Error *const handle_errors[] = {&error_collection_handle_taken, NULL};
static const Error *const read_errors[] = {&error_collection_by_rules, NULL};
static const Error *const fill_errors[] = {&error_collection_by_rules, &error_collection_full,
                                           &error_unknown_product, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/collections", list_collections, "List collections, by position.", .tx = TX_READ,
          .cached = true, .query = &collection_query_type, .reply = &collection_type, .list = true,
          .errors = page_errors),
    ROUTE(GET, "/v1/collections/{id:coll}", show_collection, "Read a collection.",
          .detail = "Its products: `GET /v1/products?collection=…`.", .tx = TX_READ, .cached = true,
          .query = &collection_view_type, .reply = &collection_type),
    ROUTE(GET, "/v1/collections/by-handle/{handle}", show_collection_by_handle,
          "Read a collection by its handle.", .tx = TX_READ, .cached = true,
          .query = &collection_view_type, .reply = &collection_type),
    ROUTE(POST, "/v1/collections", create_collection, "Create a collection.",
          .detail = "`manual`: put products in it afterwards. `rules`: every product that fits "
                    "`all` or `any` of them is in it, now and later.",
          .tx = TX_WRITE, .needs = &collections_write, .body = &collection_type,
          .reply = &collection_type, .status = 201, .errors = handle_errors),
    ROUTE(PATCH, "/v1/collections/{id:coll}", change_collection, "Change a collection.",
          .tx = TX_WRITE, .needs = &collections_write, .body = &collection_type,
          .body_mode = BODY_MERGE_PATCH, .reply = &collection_type, .if_match = true,
          .errors = handle_errors),
    ROUTE(DELETE, "/v1/collections/{id:coll}", delete_collection, "Delete a collection.",
          .detail = "Its products stay.", .tx = TX_WRITE, .needs = &collections_write,
          .if_match = true),

    ROUTE(GET, "/v1/collections/{id:coll}/products", list_collection_products,
          "List the products of a collection made by hand, in their order.",
          .detail = "Ids, of drafts too; what customers see of it is "
                    "`GET /v1/products?collection=…`. All are in one answer: there are at most "
                    "10,000.",
          .tx = TX_READ, .needs = &collections_read, .reply = &collection_products_type,
          .errors = read_errors),
    ROUTE(POST, "/v1/collections/{id:coll}/products", add_collection_products,
          "Add products at the end of a collection.",
          .detail = "Those that are in it already stay where they are.", .tx = TX_WRITE,
          .needs = &collections_write, .body = &collection_products_type,
          .reply = &collection_products_type, .if_match = true, .errors = fill_errors),
    ROUTE(PUT, "/v1/collections/{id:coll}/products", replace_collection_products,
          "Set which products are in a collection, and in which order.", .tx = TX_WRITE,
          .needs = &collections_write, .body = &collection_products_type,
          .reply = &collection_products_type, .if_match = true, .errors = fill_errors),
    ROUTE(DELETE, "/v1/collections/{id:coll}/products/{product:prod}", remove_collection_product,
          "Take a product out of a collection made by hand.", .tx = TX_WRITE,
          .needs = &collections_write, .if_match = true),

    ROUTE(GET, "/v1/collections/{id:coll}/translations", list_collection_translations,
          "List a collection's texts in other languages.", .tx = TX_READ,
          .needs = &collections_read, .reply = &locale_texts_type, .list = true),
    ROUTE(PUT, "/v1/collections/{id:coll}/translations/{locale}", put_collection_translation,
          "Set a collection's texts in a language.", .tx = TX_WRITE, .needs = &collections_write,
          .body = &locale_texts_type, .reply = &locale_texts_type),
    ROUTE(DELETE, "/v1/collections/{id:coll}/translations/{locale}", delete_collection_translation,
          "Remove a collection's texts in a language.", .tx = TX_WRITE,
          .needs = &collections_write),
};

static const Error *const errors[] = {&error_collection_handle_taken, &error_collection_full,
                                      &error_collection_by_rules, &error_unknown_collection,
                                      &error_unknown_product};
static const Permission *const permissions[] = {&collections_read, &collections_write};
static const Event *const events[] = {&collection_products_named, &collection_members_changed};
static const Table tables[] = {{"collections", &collection_type}};

extern const char collections_0001_collections[];
static const Migration migrations[] = {
    {.module = "collections",
     .number = 1,
     .name = "collections",
     .sql = collections_0001_collections},
};

const Module collections_module = {
    .name = "collections",
    .doc = "Products brought together, by hand or by rules.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
    MODULE_ROWS(migrations, migration),
    MODULE_ROWS(tables, table),
    MODULE_ROWS(events, event),
};
