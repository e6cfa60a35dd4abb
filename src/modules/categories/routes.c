/* What the categories answer.
 *
 * A change of one category takes its row first (its version is counted), a change of the tree takes
 * the tree's one row before that: then what is read stays true until the commit. Customers are told
 * of what is visible; staff of everything. */
#include "modules/categories/change.h"
#include "modules/categories/rules.h"
#include "modules/categories/store.h"

#include "platform/api/errors.h"
#include "platform/changes.h"

static const Permission categories_read = {"categories:read", "See hidden categories.",
                                           .roles = "manager support creator"};
static const Permission categories_write = {
    "categories:write", "Create, change, move and delete categories.", .roles = "manager creator"};

/* ---- Reading --------------------------------------------------------------------------------- */

static Reply list_categories(Request *rq)
{
    const CategoryQuery *query = rq->query;
    cache_depends(rq, "category", (Id){0});
    CategoryList all = categories_all(rq->cx, text_locale_form(rq->cx->arena, query->locale));
    CategoryList part = category_part(rq->cx->arena, all, query, !may(rq, &categories_read));
    if (query->root.n && !part.n)
        return fail(rq, &error_unknown_category, "`root` names no category.");
    return ok_list(&category_type, (AnyList){part.items, part.n}, (Str){0});
}
HANDLER_PLAIN(list_categories)

/* What is above it and its neighbours is in the answer too, so any change of the tree counts. */
static Reply show(Request *rq, Id id)
{
    const CategoryView *view = rq->query;
    cache_depends(rq, "category", (Id){0});
    const Category *category =
        category_read(rq->cx, id, text_locale_form(rq->cx->arena, view->locale));
    if (!category || (!category->visible && !may(rq, &categories_read)))
        return not_found(rq, "category");
    return with_version(ok(&category_type, category), category->version);
}

static Reply show_category(Request *rq)
{
    return show(rq, rq->id);
}
HANDLER_PLAIN(show_category)

static Reply show_category_by_handle(Request *rq)
{
    return show(rq, category_by_handle(rq->cx, rq->args[0].text));
}
HANDLER_PLAIN(show_category_by_handle)

/* ---- Changing -------------------------------------------------------------------------------- */

/* The category, to be changed: its version is already the one that it will have. */
static Category *take_category(Request *rq)
{
    category_touch(rq->cx, rq->id);
    return category_read(rq->cx, rq->id, S(""));
}

/* If-Match against the version that the category had before it was taken. */
static bool is_expected(const Request *rq, const Category *taken)
{
    return version_matches(rq, taken->version - 1);
}

static Reply reply_category(Request *rq, Id id)
{
    const Category *category = category_read(rq->cx, id, S(""));
    if (!category) return not_found(rq, "category");
    return with_version(ok(&category_type, category), category->version);
}

static Reply create_category(Request *rq, const Category *in)
{
    Category category = *in;
    Verdict verdict = category_create(rq->cx, &category);
    if (verdict.error) return refuse(verdict);
    Reply reply = reply_category(rq, category.id);
    reply.location = str_format(rq->cx->arena, "/v1/categories/%.*s",
                                STR_ARG(id_text(rq->cx->arena, "cat", category.id)));
    return reply;
}
HANDLER(create_category, Category)

static Reply change_category(Request *rq, const Category *patch)
{
    if (category_moves(patch)) category_structure_take(rq->cx);
    Category *category = take_category(rq);
    if (!category) return not_found(rq, "category");
    if (!is_expected(rq, category)) return version_changed(rq);
    Verdict verdict = category_change(rq->cx, category, patch);
    if (verdict.error) return refuse(verdict);
    return reply_category(rq, rq->id);
}
HANDLER(change_category, Category)

static Reply delete_category(Request *rq)
{
    category_structure_take(rq->cx);
    const Category *category = take_category(rq);
    if (!category) return not_found(rq, "category");
    if (!is_expected(rq, category)) return version_changed(rq);
    Verdict verdict = category_remove(rq->cx, category);
    return verdict.error ? refuse(verdict) : no_content();
}
HANDLER_PLAIN(delete_category)

/* ---- Translations ---------------------------------------------------------------------------- */

static Reply list_category_translations(Request *rq)
{
    if (!category_read(rq->cx, rq->id, S(""))) return not_found(rq, "category");
    LocaleTextsList all = category_texts_of(rq->cx, rq->id);
    return ok_list(&locale_texts_type, (AnyList){all.items, all.n}, (Str){0});
}
HANDLER_PLAIN(list_category_translations)

static Reply put_category_translation(Request *rq, const LocaleTexts *in)
{
    LocaleTexts *texts = arena_copy(rq->cx->arena, in, sizeof *in);
    texts->locale = text_locale_form(rq->cx->arena, rq->args[1].text);
    if (!text_is_locale(texts->locale))
        return fail(rq, &error_not_found, "\"%.*s\" is no language tag such as de or pt-BR.",
                    STR_ARG(str_slice(texts->locale, 0, 64)));
    if (!take_category(rq)) return not_found(rq, "category");
    MARK_SET(&locale_texts_type, texts, LocaleTexts, locale);
    category_texts_put(rq->cx, rq->id, texts);
    changed(rq->cx, "category", rq->id);
    return ok(&locale_texts_type, texts);
}
HANDLER(put_category_translation, LocaleTexts)

static Reply delete_category_translation(Request *rq)
{
    Str locale = text_locale_form(rq->cx->arena, rq->args[1].text);
    category_touch(rq->cx, rq->id);
    if (!category_texts_delete(rq->cx, rq->id, locale)) return not_found(rq, "translation");
    changed(rq->cx, "category", rq->id);
    return no_content();
}
HANDLER_PLAIN(delete_category_translation)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const list_errors[] = {&error_unknown_category, NULL};
static const Error *const create_errors[] = {&error_category_handle_taken, &error_unknown_category,
                                             &error_category_too_deep, &error_categories_full,
                                             NULL};
static const Error *const change_errors[] = {&error_category_handle_taken, &error_unknown_category,
                                             &error_category_too_deep, &error_category_below_itself,
                                             NULL};
static const Error *const delete_errors[] = {&error_category_has_children, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/categories", list_categories, "List the tree of categories, depth first.",
          .detail =
              "Each category comes behind the one above it; `depth` and `parent` say where it "
              "hangs. All are in one answer: there are at most 5,000.",
          .tx = TX_READ, .cached = true, .query = &category_query_type, .reply = &category_type,
          .list = true, .errors = list_errors),
    ROUTE(GET, "/v1/categories/{id:cat}", show_category, "Read a category.", .tx = TX_READ,
          .cached = true, .query = &category_view_type, .reply = &category_type),
    ROUTE(GET, "/v1/categories/by-handle/{handle}", show_category_by_handle,
          "Read a category by its handle.", .tx = TX_READ, .cached = true,
          .query = &category_view_type, .reply = &category_type),
    ROUTE(POST, "/v1/categories", create_category, "Create a category.", .tx = TX_WRITE,
          .needs = &categories_write, .body = &category_type, .reply = &category_type,
          .status = 201, .errors = create_errors),
    ROUTE(PATCH, "/v1/categories/{id:cat}", change_category, "Change or move a category.",
          .detail =
              "`{\"parent\": \"cat_…\", \"position\": 0}` moves it, with all that is below it, "
              "to the first place there; `{\"parent\": null}` makes it the last root.",
          .tx = TX_WRITE, .needs = &categories_write, .body = &category_type,
          .body_mode = BODY_MERGE_PATCH, .reply = &category_type, .if_match = true,
          .errors = change_errors),
    ROUTE(DELETE, "/v1/categories/{id:cat}", delete_category,
          "Delete a category that has none below it.",
          .detail = "Its products stay, and are no longer in it.", .tx = TX_WRITE,
          .needs = &categories_write, .if_match = true, .errors = delete_errors),

    ROUTE(GET, "/v1/categories/{id:cat}/translations", list_category_translations,
          "List a category's texts in other languages.", .tx = TX_READ, .needs = &categories_read,
          .reply = &locale_texts_type, .list = true),
    ROUTE(PUT, "/v1/categories/{id:cat}/translations/{locale}", put_category_translation,
          "Set a category's texts in a language.", .tx = TX_WRITE, .needs = &categories_write,
          .body = &locale_texts_type, .reply = &locale_texts_type),
    ROUTE(DELETE, "/v1/categories/{id:cat}/translations/{locale}", delete_category_translation,
          "Remove a category's texts in a language.", .tx = TX_WRITE, .needs = &categories_write),
};

static const Error *const errors[] = {&error_category_handle_taken, &error_unknown_category,
                                      &error_category_has_children, &error_category_below_itself,
                                      &error_category_too_deep,     &error_categories_full};
static const Permission *const permissions[] = {&categories_read, &categories_write};
static const Event *const events[] = {&category_deleted, &category_moved};
static const Table tables[] = {{"categories", &category_type}};

extern const char categories_0001_categories[];
static const Migration migrations[] = {
    {.module = "categories", .number = 1, .name = "categories", .sql = categories_0001_categories},
};

const Module categories_module = {
    .name = "categories",
    .doc = "The tree of categories that products stand in.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
    MODULE_ROWS(migrations, migration),
    MODULE_ROWS(tables, table),
    MODULE_ROWS(events, event),
};
