/* What the catalogue answers.
 *
 * Everything that changes a product takes it first (all statuses): the change is counted in its row,
 * which keeps others from it until the commit, and then it is read whole. The change is applied to
 * the struct, the rules are asked about the whole, and what changed is written. So a rule is stated
 * once, whichever route would break it, and holds against whoever writes at the same time; and
 * If-Match is asked against one version: the product's, which counts changes of its variants and
 * prices too. A refusal rolls the counting back. */
#include "modules/catalog/documents.h"
#include "modules/catalog/events.h"
#include "modules/catalog/price_trail.h"
#include "modules/catalog/products.h"
#include "modules/catalog/publish.h"
#include "modules/catalog/renew.h"
#include "modules/catalog/seed.h"
#include "modules/catalog/store.h"

#include "meta/merge.h"
#include "modules/categories/categories.h"
#include "modules/collections/collections.h"
#include "modules/media/media.h"
#include "platform/api/errors.h"
#include "platform/cache/cache.h"
#include "platform/events.h"

const Permission products_read = {"products:read", "See drafts and archived products.",
                                  .roles = "manager support creator"};
const Permission products_write = {"products:write", "Create, change and delete products.",
                                   .roles = "manager creator"};

/* ---- Reading --------------------------------------------------------------------------------- */

bool sees_all_products(const Request *rq)
{
    return may(rq, &products_read);
}

ProductView product_view_of(Request *rq, Str locale, Str channel, Currency currency, StrList expand)
{
    ProductView view = {.locale = text_locale_form(rq->cx->arena, locale),
                        .channel = channel,
                        .currency = currency,
                        .expand = expand,
                        .staff = sees_all_products(rq)};
    if (!view.channel.n && !view.staff) view.channel = S("default");
    return view;
}

static ProductView view_asked(Request *rq)
{
    const ProductAsked *asked = rq->query;
    return product_view_of(rq, asked->locale, asked->channel, asked->currency, asked->expand);
}

/* What the answer holds for, for the answer cache. */
static void depends_on_product(Request *rq, Id id, Time until, StrList expand)
{
    cache_depends(rq, "product", id);
    if (until.us) cache_expires(rq, until);
    if (expand.n) cache_never(rq); /* exact stock */
}

static Reply reply_shown(Request *rq, Id id)
{
    ProductView view = view_asked(rq);
    const ShownProduct *shown = id.n ? product_shown(rq->cx, id, &view) : NULL;
    depends_on_product(rq, id, shown ? shown->until : (Time){0}, view.expand);
    if (!shown) return not_found(rq, "product");
    return with_version(ok_json(shown->json), shown->version);
}

static Reply show_product(Request *rq)
{
    return reply_shown(rq, rq->id);
}
HANDLER_PLAIN(show_product)

static Reply show_product_by_handle(Request *rq)
{
    return reply_shown(rq, product_by_handle(rq->cx, rq->args[0].text));
}
HANDLER_PLAIN(show_product_by_handle)

/* Read from the tables: nobody asks often for one variant alone. */
static Reply show_variant(Request *rq)
{
    Ctx *cx = rq->cx;
    ProductView view = view_asked(rq);
    Id id = variant_product(cx, rq->id);
    bool shown = id.n && (view.staff || product_is_shown(cx, id, view.channel));
    const Product *product = shown ? product_read(cx, id, view.locale) : NULL;
    if (!product) return not_found(rq, "variant");
    Time until = {0};
    Product seen = product_seen(cx->arena, product, &view, ctx_now(cx), &until);
    depends_on_product(rq, id, until, view.expand);
    const Variant *variant = product_variant(&seen, rq->id);
    if (!variant) return not_found(rq, "variant");
    Reply reply = with_version(ok(&variant_type, variant), product->version);
    return view.staff ? reply : with_mask(reply, variant_mask(view.expand.n));
}
HANDLER_PLAIN(show_variant)

/* ---- Products -------------------------------------------------------------------------------- */

/* As staff see what they have just written. */
static Product *product_for_staff(Request *rq, Id id)
{
    return product_read(rq->cx, id, S(""));
}

/* If-Match against the version that the product had before it was opened. */
static bool is_expected(const Request *rq, const Product *opened)
{
    return version_matches(rq, opened->version - 1);
}

static Reply reply_product(Request *rq, Id id)
{
    const Product *product = product_for_staff(rq, id);
    if (!product) return not_found(rq, "product");
    return with_version(ok(&product_type, product), product->version);
}

/* The refusals of the rules about the product, or about one variant of it; or a reply with status
 * 0. */
static Reply check_rules(Request *rq, const Product *product, const Variant *variant)
{
    Violations *bad = NEW(rq->cx->arena, Violations);
    *bad = violations_new(rq->cx->arena);
    if (variant)
        variant_check_whole(rq->cx, bad, product, variant);
    else
        product_check_whole(rq->cx, bad, product);
    return bad->n ? refuse_violations(bad) : (Reply){0};
}

static Reply create_product(Request *rq, const Product *in)
{
    Ctx *cx = rq->cx;
    Product product = *in;
    Reply refused = check_rules(rq, &product, NULL);
    if (refused.status) return refused;
    Verdict verdict = product_create(cx, &product);
    if (verdict.error) return refuse(verdict);
    Reply reply = reply_product(rq, product.id);
    reply.location =
        str_format(cx->arena, "/v1/products/%.*s", STR_ARG(id_text(cx->arena, "prod", product.id)));
    return reply;
}
HANDLER(create_product, Product)

static Reply change_product(Request *rq, const Product *patch)
{
    Product *product = product_open(rq->cx, rq->id);
    if (!product) return not_found(rq, "product");
    if (!is_expected(rq, product)) return version_changed(rq);
    Product before = *product;
    merge_patch(rq->cx->arena, &product_type, product, patch);
    Reply refused = check_rules(rq, product, NULL);
    if (refused.status) return refused;
    Verdict verdict = product_rewrite(rq->cx, &before, product);
    if (verdict.error) return refuse(verdict);
    return with_version(ok(&product_type, product), product->version);
}
HANDLER(change_product, Product)

static Reply delete_product(Request *rq)
{
    const Product *product = product_open(rq->cx, rq->id);
    if (!product) return not_found(rq, "product");
    if (!is_expected(rq, product)) return version_changed(rq);
    product_withdraw(rq->cx, rq->id);
    collections_forget_product(rq->cx, rq->id);
    if (product->images.n) media_set_uses(rq->cx, rq->id, (IdList){0});
    product_delete(rq->cx, rq->id);
    announce(rq->cx, &product_deleted, &(ProductEvent){rq->id});
    return no_content();
}
HANDLER_PLAIN(delete_product)

/* ---- Variants -------------------------------------------------------------------------------- */

/* How the product was opened, while its variants are changed. */
static Product keep_before(Ctx *cx, const Product *product)
{
    Product before = *product;
    if (before.variants.n)
        before.variants.items = arena_copy(cx->arena, product->variants.items,
                                           product->variants.n * sizeof *product->variants.items);
    return before;
}

static Reply reply_variant(const Product *product, const Variant *variant)
{
    return with_version(ok(&variant_type, variant), product->version);
}

static Reply create_variant(Request *rq, const Variant *in)
{
    Ctx *cx = rq->cx;
    Product *product = product_open(cx, rq->id);
    if (!product) return not_found(rq, "product");
    if (product->variants.n >= VARIANTS_MAX)
        return fail(rq, &error_variants_full, "It has %zu.", product->variants.n);
    Product before = keep_before(cx, product);
    Variant *variant = product_add_variant(cx->arena, product, in);
    Reply refused = check_rules(rq, product, variant);
    if (refused.status) return refused;
    Verdict verdict = product_rewrite(cx, &before, product);
    if (verdict.error) return refuse(verdict);
    Reply reply = reply_variant(product, variant);
    reply.location =
        str_format(cx->arena, "/v1/variants/%.*s", STR_ARG(id_text(cx->arena, "var", variant->id)));
    return reply;
}
HANDLER(create_variant, Variant)

static Reply change_variant(Request *rq, const Variant *patch)
{
    Ctx *cx = rq->cx;
    Id product_id = variant_product(cx, rq->id);
    Product *product = product_id.n ? product_open(cx, product_id) : NULL;
    Variant *variant = product ? product_variant(product, rq->id) : NULL;
    if (!variant) return not_found(rq, "variant");
    if (!is_expected(rq, product)) return version_changed(rq);
    Product before = keep_before(cx, product);
    merge_patch(cx->arena, &variant_type, variant, patch);
    Reply refused = check_rules(rq, product, variant);
    if (refused.status) return refused;
    Verdict verdict = product_rewrite(cx, &before, product);
    return verdict.error ? refuse(verdict) : reply_variant(product, variant);
}
HANDLER(change_variant, Variant)

static Reply delete_variant(Request *rq)
{
    Id product_id = variant_product(rq->cx, rq->id);
    Product *product = product_id.n ? product_open(rq->cx, product_id) : NULL;
    Variant *variant = product ? product_variant(product, rq->id) : NULL;
    if (!variant) return not_found(rq, "variant");
    if (!is_expected(rq, product)) return version_changed(rq);
    Product before = keep_before(rq->cx, product);
    product_remove_variant(product, rq->id);
    Verdict verdict = product_rewrite(rq->cx, &before, product);
    return verdict.error ? refuse(verdict) : no_content();
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
    const Product *product = product_open(rq->cx, rq->id);
    if (!product) return not_found(rq, "product");
    translation_put(rq->cx, rq->id, &translation);
    product_publish(rq->cx, product);
    announce(rq->cx, &product_updated, &(ProductEvent){rq->id});
    return ok(&translation_type, arena_copy(rq->cx->arena, &translation, sizeof translation));
}
HANDLER(put_translation, Translation)

static Reply delete_translation(Request *rq)
{
    Str locale = text_locale_form(rq->cx->arena, rq->args[1].text);
    const Product *product = product_open(rq->cx, rq->id);
    if (!product || !translation_delete(rq->cx, rq->id, locale))
        return not_found(rq, "translation");
    product_publish(rq->cx, product);
    announce(rq->cx, &product_updated, &(ProductEvent){rq->id});
    return no_content();
}
HANDLER_PLAIN(delete_translation)

/* ---- What changes elsewhere ------------------------------------------------------------------ */

/* The product is taken before it is read, so that two variants that sell out at once leave the
 * truth about both. */
static void show_availability(Ctx *cx, const StockEvent *stock)
{
    product_take(cx, stock->product);
    const Product *product = product_read(cx, stock->product, S(""));
    if (product) product_publish(cx, product);
}
REACTION(show_availability, StockEvent)

static void leave_category(Ctx *cx, const CategoryEvent *deleted)
{
    IdList ids = products_in_category(cx, deleted->category);
    for (size_t i = 0; i < ids.n; i++) {
        product_touch(cx, ids.items[i]);
        Product *product = product_read(cx, ids.items[i], S(""));
        if (!product) continue;
        product_leave_category(product, deleted->category);
        product_update(cx, product);
        product_publish(cx, product);
        announce(cx, &product_updated, &(ProductEvent){product->id});
    }
}
REACTION(leave_category, CategoryEvent)

static void check_members(Ctx *cx, const CollectionProductsNamed *named)
{
    *named->unknown = product_missing(cx, named->products);
}
REACTION(check_members, CollectionProductsNamed)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const create_errors[] = {&error_handle_taken, &error_sku_taken, NULL};
static const Error *const change_errors[] = {&error_handle_taken, NULL};
static const Error *const add_errors[] = {&error_sku_taken, &error_variants_full, NULL};
static const Error *const variant_errors[] = {&error_sku_taken, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/products/{id:prod}", show_product, "Read a product.", .tx = TX_READ,
          .query = &product_view_type, .reply = &product_type, .cached = true),
    ROUTE(GET, "/v1/products/by-handle/{handle}", show_product_by_handle,
          "Read a product by the name that it has in addresses.", .tx = TX_READ,
          .query = &product_view_type, .reply = &product_type, .cached = true),
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
          .query = &product_view_type, .reply = &variant_type, .cached = true),
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

extern const char catalog_0001_products[], catalog_0002_catalogue[];
static const Migration migrations[] = {
    {.module = "catalog", .number = 1, .name = "products", .sql = catalog_0001_products},
    {.module = "catalog",
     .number = 2,
     .name = "catalogue",
     .sql = catalog_0002_catalogue,
     .oldest_program = 2},
};

static const Table tables[] = {{"products", &product_type}};

static const Reaction reactions[] = {ON(stock_availability_changed, show_availability),
                                     ON(category_deleted, leave_category),
                                     ON(collection_products_named, check_members)};

static const Event *const events[] = {&product_created, &product_updated, &product_deleted};
static const AuditAction *const audits[] = {&prices_changed};

const Module catalog_module = {
    .name = "catalog",
    .doc = "What the shop shows and sells: products, variants, prices, texts.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
    MODULE_ROWS(migrations, migration),
    MODULE_ROWS(tables, table),
    .commands = catalog_commands,
    .command_count = ROWS(catalog_commands),
    MODULE_ROWS(events, event),
    MODULE_ROWS(reactions, reaction),
    MODULE_ROWS(audits, audit),
    .start = renew_start,
    .stop = renew_stop,
};
