/* What the catalogue answers.
 *
 * Everything that changes a product takes it first (all statuses): the change is counted in its row,
 * which keeps others from it until the commit, and then it is read whole. The change is applied to
 * the struct, the rules are asked about the whole, and what changed is written. So a rule is stated
 * once, whichever route would break it, and holds against whoever writes at the same time; and
 * If-Match is asked against one version: the product's, which counts changes of its variants and
 * prices too. A refusal rolls the counting back. */
#include "modules/catalog/documents.h"
#include "modules/catalog/rules.h"
#include "modules/catalog/seed.h"
#include "modules/catalog/store.h"

#include "meta/json.h"
#include "meta/slug.h"
#include "platform/api/errors.h"
#include "platform/api/limits.h"

static const Permission products_read = {"products:read", "See drafts and archived products."};
static const Permission products_write = {"products:write", "Create, change and delete products."};

enum { STOCK_TEXT = 64 }; /* more than one variant's stock takes in a document */

/* ---- Reading --------------------------------------------------------------------------------- */

/* Language tags have no case; our keys are in one. Who may change prices sees those of all channels, so that what is
 * read can be written back. */
static ProductView view_asked(Request *rq, const ProductView *asked)
{
    ProductView view = *asked;
    view.locale = text_locale_form(rq->cx->arena, asked->locale);
    if (!view.channel.n && !may(rq, &products_read)) view.channel = S("default");
    return view;
}

/* A product from its tables: for staff, for one currency, and for documents that another version of
 * the program wrote. */
static Reply show_from_tables(Request *rq, const ProductView *view)
{
    const Product *product = product_read(rq->cx, rq->id, view, may(rq, &products_read));
    if (!product) return not_found(rq, "product");
    return with_version(ok(&product_type, product), product->version);
}

static Reply show_product(Request *rq)
{
    ProductView view = view_asked(rq, rq->query);
    if (may(rq, &products_read) || view.currency.code[0]) return show_from_tables(rq, &view);
    StockList stock;
    const ProductDocument *document = document_read(rq->cx, rq->id, &view, &stock);
    if (!document) return not_found(rq, "product");
    if (document->shape != document_shape()) return show_from_tables(rq, &view);
    Buf out = buf_new(rq->cx->arena, LIMIT_ANSWER_BYTES);
    buf_reserve(&out, document->body.n + stock.n * STOCK_TEXT);
    document_fill(&out, document->body, &stock);
    return with_version(ok_json(buf_str(&out)), document->version);
}
HANDLER_PLAIN(show_product)

/* ---- Pages ------------------------------------------------------------------------------------
 */

static Str next_cursor(Request *rq, Id last)
{
    ProductCursor cursor = {.before = last};
    return cursor_write(rq->cx->arena, &product_cursor_type, &cursor);
}

/* Can the page be answered from its documents, or must it be read from the tables? */
static bool documents_will_do(ProductDocumentList page, const ProductView *view)
{
    bool fresh = true;
    for (size_t i = 0; i < page.n; i++) fresh &= page.items[i].shape == document_shape();
    return fresh && !view->currency.code[0];
}

static Reply reply_documents(Arena *arena, ProductDocumentList page, const StockList *stock,
                             Str next)
{
    size_t bytes = stock->n * STOCK_TEXT;
    for (size_t i = 0; i < page.n; i++) bytes += page.items[i].body.n + 1;
    Buf out = buf_new(arena, LIMIT_ANSWER_BYTES);
    buf_reserve(&out, bytes);
    for (size_t i = 0; i < page.n; i++) {
        if (i) buf_char(&out, ',');
        document_fill(&out, page.items[i].body, stock);
    }
    if (out.full) return refuse((Verdict){&error_answer_too_large, {0}});
    return ok_list_json(buf_str(&out), next);
}

/* One product more than the page holds is asked for: that it exists is `has_more`. */
static Reply list_shown(Request *rq, const ProductView *view, Id before, int64_t limit)
{
    StockList stock;
    Str next = {0};
    ProductDocumentList page = document_page(rq->cx, view, before, limit + 1, &stock);
    if (page.n > (size_t)limit) {
        page.n = (size_t)limit;
        next = next_cursor(rq, page.items[page.n - 1].product_id);
    }
    if (documents_will_do(page, view)) return reply_documents(rq->cx->arena, page, &stock, next);
    ProductList products = products_of_documents(rq->cx, view, page);
    return ok_list(&product_type, (AnyList){products.items, products.n}, next);
}

static Reply list_by_status(Request *rq, const ProductView *view, ProductStatus status, Id before,
                            int64_t limit)
{
    if (!may(rq, &products_read)) return not_allowed(rq, &products_read);
    ProductList page = product_page_by_status(rq->cx, view, status, before, limit + 1);
    Str next = {0};
    if (page.n > (size_t)limit) {
        page.n = (size_t)limit;
        next = next_cursor(rq, page.items[page.n - 1].id);
    }
    return ok_list(&product_type, (AnyList){page.items, page.n}, next);
}

static Reply list_products(Request *rq)
{
    const ProductQuery *query = rq->query;
    ProductView view =
        view_asked(rq, &(ProductView){query->locale, query->channel, query->currency});
    ProductCursor start = {0};
    if (query->cursor.n) {
        const ProductCursor *cursor =
            cursor_read(rq->cx->arena, &product_cursor_type, query->cursor);
        if (!cursor) return fail(rq, &error_bad_cursor, "This is no cursor of /v1/products.");
        start = *cursor;
    }
    if (IS_SET(&product_query_type, query, ProductQuery, status))
        return list_by_status(rq, &view, query->status, start.before, query->limit);
    if (!view.channel.n) view.channel = S("default"); /* what is shown, is shown somewhere */
    return list_shown(rq, &view, start.before, query->limit);
}
HANDLER_PLAIN(list_products)

/* ---- Variants to read -------------------------------------------------------------------------
 */

static Reply show_variant(Request *rq)
{
    ProductView view = view_asked(rq, rq->query);
    Id product_id = variant_product(rq->cx, rq->id);
    const Product *product =
        product_id.n ? product_read(rq->cx, product_id, &view, may(rq, &products_read)) : NULL;
    const Variant *variant = product ? product_variant(product, rq->id) : NULL;
    if (!variant) return not_found(rq, "variant");
    return with_version(ok(&variant_type, variant), product->version);
}
HANDLER_PLAIN(show_variant)

/* ---- Products -------------------------------------------------------------------------------- */

/* The view in which staff see what they have just written. */
static const ProductView staff_view = {.locale = S_INIT(""), .channel = S_INIT("")};

static Product *product_for_staff(Request *rq, Id id)
{
    return product_read(rq->cx, id, &staff_view, true);
}

/* The product, to be changed: its version is already the one that it will have. */
static Product *take_product(Request *rq, Id id)
{
    product_touch(rq->cx, id);
    return product_for_staff(rq, id);
}

/* If-Match against the version that the product had before it was taken. */
static bool is_expected(const Request *rq, const Product *taken)
{
    return version_matches(rq, taken->version - 1);
}

static Reply reply_product(Request *rq, Id id)
{
    const Product *product = product_for_staff(rq, id);
    if (!product) return not_found(rq, "product");
    return with_version(ok(&product_type, product), product->version);
}

/* The refusals of the rules about the product, or about one variant of it; or a reply with status
 * 0.
 */
static Reply check_rules(Request *rq, const Product *product, const Variant *variant)
{
    Violations *bad = NEW(rq->cx->arena, Violations);
    *bad = violations_new(rq->cx->arena);
    if (variant)
        variant_check(bad, product, variant);
    else
        product_check(bad, product);
    return bad->n ? refuse_violations(bad) : (Reply){0};
}

static void prepare_variant(Ctx *cx, Variant *variant, Id product, int64_t position)
{
    variant->id = ctx_id(cx);
    variant->product = product;
    if (!IS_SET(&variant_type, variant, Variant, position)) variant->position = position;
    variant->created_at = variant->updated_at = ctx_now(cx);
    variant->present = PRESENT_ALL;
}

/* Inserts or updates by `put`; a handle that is left out is made from the title, and made unique.
 */
static bool put_with_handle(Ctx *cx, Product *product, bool (*put)(Ctx *cx, const Product *product))
{
    if (product->handle.n) return put(cx, product);
    product->handle = slug_of_title(cx->arena, product->title, S("product"));
    if (put(cx, product)) return true;
    product->handle = slug_unique(cx->arena, product->handle, product->id);
    return put(cx, product);
}

static Reply create_product(Request *rq, const Product *in)
{
    Ctx *cx = rq->cx;
    Product product = *in;
    Reply refused = check_rules(rq, &product, NULL);
    if (refused.status) return refused;
    product.id = ctx_id(cx);
    product.version = 1;
    product.created_at = product.updated_at = ctx_now(cx);
    product.present = PRESENT_ALL;
    if (!put_with_handle(cx, &product, product_insert))
        return fail(rq, &error_handle_taken, "\"%.*s\" is taken.", STR_ARG(product.handle));
    for (size_t i = 0; i < product.variants.n; i++) {
        Variant *variant = &product.variants.items[i];
        prepare_variant(cx, variant, product.id, (int64_t)i);
        if (!variant_insert(cx, variant, 0))
            return fail(rq, &error_sku_taken, "\"%.*s\" is taken.", STR_ARG(variant->sku));
    }
    documents_renew(cx, &product);
    Reply reply = reply_product(rq, product.id);
    reply.location =
        str_format(cx->arena, "/v1/products/%.*s", STR_ARG(id_text(cx->arena, "prod", product.id)));
    return reply;
}
HANDLER(create_product, Product)

static Reply change_product(Request *rq, const Product *patch)
{
    Product *product = take_product(rq, rq->id);
    if (!product) return not_found(rq, "product");
    if (!is_expected(rq, product)) return version_changed(rq);
    product_merge(product, patch);
    Reply refused = check_rules(rq, product, NULL);
    if (refused.status) return refused;
    if (!put_with_handle(rq->cx, product, product_update))
        return fail(rq, &error_handle_taken, "\"%.*s\" is taken.", STR_ARG(product->handle));
    documents_renew(rq->cx, product);
    return with_version(ok(&product_type, product), product->version);
}
HANDLER(change_product, Product)

static Reply delete_product(Request *rq)
{
    const Product *product = take_product(rq, rq->id);
    if (!product) return not_found(rq, "product");
    if (!is_expected(rq, product)) return version_changed(rq);
    product_delete(rq->cx, rq->id);
    return no_content();
}
HANDLER_PLAIN(delete_product)

/* ---- Variants -------------------------------------------------------------------------------- */

/* The product that was taken has changed in something that its own row does not show. */
static const Product *product_changed(Request *rq, Id id)
{
    const Product *product = product_for_staff(rq, id);
    if (product) documents_renew(rq->cx, product);
    return product;
}

static Reply reply_variant(Request *rq, Id product_id, Id variant_id)
{
    const Product *product = product_changed(rq, product_id);
    if (!product) return not_found(rq, "product");
    return with_version(ok(&variant_type, product_variant(product, variant_id)), product->version);
}

static Reply create_variant(Request *rq, const Variant *in)
{
    Ctx *cx = rq->cx;
    Product *product = take_product(rq, rq->id);
    if (!product) return not_found(rq, "product");
    if (product->variants.n >= VARIANTS_MAX)
        return fail(rq, &error_variants_full, "It has %zu.", product->variants.n);
    Variant *variant = product_add_variant(cx->arena, product, in);
    Reply refused = check_rules(rq, product, variant);
    if (refused.status) return refused;
    prepare_variant(cx, variant, product->id, (int64_t)product->variants.n - 1);
    if (!variant_insert(cx, variant, 0))
        return fail(rq, &error_sku_taken, "\"%.*s\" is taken.", STR_ARG(variant->sku));
    Reply reply = reply_variant(rq, product->id, variant->id);
    reply.location =
        str_format(cx->arena, "/v1/variants/%.*s", STR_ARG(id_text(cx->arena, "var", variant->id)));
    return reply;
}
HANDLER(create_variant, Variant)

static Reply change_variant(Request *rq, const Variant *patch)
{
    Id product_id = variant_product(rq->cx, rq->id);
    Product *product = product_id.n ? take_product(rq, product_id) : NULL;
    Variant *variant = product ? product_variant(product, rq->id) : NULL;
    if (!variant) return not_found(rq, "variant");
    if (!is_expected(rq, product)) return version_changed(rq);
    variant_merge(variant, patch);
    Reply refused = check_rules(rq, product, variant);
    if (refused.status) return refused;
    variant->updated_at = ctx_now(rq->cx);
    if (!variant_update(rq->cx, variant))
        return fail(rq, &error_sku_taken, "\"%.*s\" is taken.", STR_ARG(variant->sku));
    if (IS_SET(&variant_type, patch, Variant, prices)) variant_replace_prices(rq->cx, variant);
    return reply_variant(rq, product_id, rq->id);
}
HANDLER(change_variant, Variant)

static Reply delete_variant(Request *rq)
{
    Id product_id = variant_product(rq->cx, rq->id);
    const Product *product = product_id.n ? take_product(rq, product_id) : NULL;
    if (!product || !product_variant(product, rq->id)) return not_found(rq, "variant");
    if (!is_expected(rq, product)) return version_changed(rq);
    variant_delete(rq->cx, rq->id);
    product_changed(rq, product_id);
    return no_content();
}
HANDLER_PLAIN(delete_variant)

/* ---- Translations ---------------------------------------------------------------------------- */

static Reply list_translations(Request *rq)
{
    if (!product_for_staff(rq, rq->id)) return not_found(rq, "product");
    TranslationList all = translations_of(rq->cx, rq->id);
    return ok_list(&translation_type, (AnyList){all.items, all.n}, (Str){0});
}
HANDLER_PLAIN(list_translations)

static Reply put_translation(Request *rq, const Translation *in)
{
    Translation translation = *in;
    translation.locale = text_locale_form(rq->cx->arena, rq->args[1].text);
    if (!text_is_locale(translation.locale))
        return fail(rq, &error_not_found, "\"%.*s\" is no language tag such as de or pt-BR.",
                    STR_ARG(str_slice(translation.locale, 0, 64)));
    if (!take_product(rq, rq->id)) return not_found(rq, "product");
    translation_put(rq->cx, rq->id, &translation);
    product_changed(rq, rq->id);
    return ok(&translation_type, arena_copy(rq->cx->arena, &translation, sizeof translation));
}
HANDLER(put_translation, Translation)

static Reply delete_translation(Request *rq)
{
    Str locale = text_locale_form(rq->cx->arena, rq->args[1].text);
    product_touch(rq->cx, rq->id);
    if (!translation_delete(rq->cx, rq->id, locale)) return not_found(rq, "translation");
    product_changed(rq, rq->id);
    return no_content();
}
HANDLER_PLAIN(delete_translation)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const page_errors[] = {&error_bad_cursor, &error_forbidden, NULL};
static const Error *const create_errors[] = {&error_handle_taken, &error_sku_taken, NULL};
static const Error *const change_errors[] = {&error_handle_taken, NULL};
static const Error *const add_errors[] = {&error_sku_taken, &error_variants_full, NULL};
static const Error *const variant_errors[] = {&error_sku_taken, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/products", list_products, "List products, newest first.", .tx = TX_READ,
          .query = &product_query_type, .reply = &product_type, .list = true,
          .errors = page_errors),
    ROUTE(GET, "/v1/products/{id:prod}", show_product, "Read a product.", .tx = TX_READ,
          .query = &product_view_type, .reply = &product_type),
    ROUTE(POST, "/v1/products", create_product, "Create a product with its variants.",
          .tx = TX_WRITE, .needs = &products_write, .body = &product_type, .reply = &product_type,
          .status = 201, .errors = create_errors),
    ROUTE(PATCH, "/v1/products/{id:prod}", change_product, "Change a product.",
          .detail = "`{\"status\": \"archived\"}` takes it out of the shop and keeps it.",
          .tx = TX_WRITE, .needs = &products_write, .body = &product_type,
          .body_mode = BODY_MERGE_PATCH, .reply = &product_type, .if_match = true,
          .errors = change_errors),
    ROUTE(DELETE, "/v1/products/{id:prod}", delete_product,
          "Delete a product with its variants, prices and stock.", .tx = TX_WRITE,
          .needs = &products_write, .if_match = true),

    ROUTE(GET, "/v1/variants/{id:var}", show_variant, "Read a variant.", .tx = TX_READ,
          .query = &product_view_type, .reply = &variant_type),
    ROUTE(POST, "/v1/products/{id:prod}/variants", create_variant, "Add a variant to a product.",
          .tx = TX_WRITE, .needs = &products_write, .body = &variant_type, .reply = &variant_type,
          .status = 201, .errors = add_errors),
    ROUTE(PATCH, "/v1/variants/{id:var}", change_variant, "Change a variant or its prices.",
          .tx = TX_WRITE, .needs = &products_write, .body = &variant_type,
          .body_mode = BODY_MERGE_PATCH, .reply = &variant_type, .if_match = true,
          .errors = variant_errors),
    ROUTE(DELETE, "/v1/variants/{id:var}", delete_variant, "Delete a variant.", .tx = TX_WRITE,
          .needs = &products_write, .if_match = true),

    ROUTE(GET, "/v1/products/{id:prod}/translations", list_translations,
          "List a product's texts in other languages.", .tx = TX_READ, .needs = &products_read,
          .reply = &translation_type, .list = true),
    ROUTE(PUT, "/v1/products/{id:prod}/translations/{locale}", put_translation,
          "Set a product's texts in a language.", .tx = TX_WRITE, .needs = &products_write,
          .body = &translation_type, .reply = &translation_type),
    ROUTE(DELETE, "/v1/products/{id:prod}/translations/{locale}", delete_translation,
          "Remove a product's texts in a language.", .tx = TX_WRITE, .needs = &products_write),
};

static const Error *const errors[] = {&error_handle_taken, &error_sku_taken, &error_variants_full};
static const Permission *const permissions[] = {&products_read, &products_write};

extern const char catalog_0001_products[];
static const Migration migrations[] = {
    {.module = "catalog", .number = 1, .name = "products", .sql = catalog_0001_products},
};

static const Table tables[] = {{"products", &product_type}};

const Module catalog_module = {
    .name = "catalog",
    .doc = "What the shop shows and sells: products, variants, prices, texts.",
    .routes = routes,
    .route_count = ROWS(routes),
    .errors = errors,
    .error_count = ROWS(errors),
    .permissions = permissions,
    .permission_count = ROWS(permissions),
    .migrations = migrations,
    .migration_count = ROWS(migrations),
    .tables = tables,
    .table_count = ROWS(tables),
    .commands = catalog_commands,
    .command_count = ROWS(catalog_commands),
};
