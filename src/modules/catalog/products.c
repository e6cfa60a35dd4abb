/* Writing products.
 *
 * A product is written whole or not at all: what belongs to it (row, categories, variants, prices,
 * stock, what is published) is one part of the transaction, which may fail by itself (db_try), so
 * that a refused product of an import leaves no trace and takes none of its neighbours along. Within
 * the part nobody waits for an answer: on PostgreSQL a new product costs one round trip, however
 * many variants it has. Whether handle and SKUs are free is not asked before: the unique indexes say
 * so, also against whoever writes at the same time, and only when they refuse it is found out which
 * SKU it was.
 *
 * A change compares the product as it was read with the product as it is to be, and writes the rows
 * that differ. So a caller changes the struct, and does not say twice what it has changed. */
#include "modules/catalog/products.h"

#include "modules/catalog/events.h"
#include "modules/catalog/price_trail.h"
#include "modules/catalog/publish.h"
#include "modules/catalog/store.h"

#include "meta/json.h"
#include "meta/merge.h"
#include "meta/slug.h"
#include "modules/categories/categories.h"
#include "modules/media/media.h"
#include "modules/pricing/pricing.h"
#include "platform/api/errors.h"
#include "platform/api/limits.h"
#include "platform/api/problem.h"

#include <assert.h>

/* ---- Checks ---------------------------------------------------------------------------------- */

/* The product's type, or NULL; an unknown one is noted. */
static const ProductType *type_of_product(Ctx *cx, Violations *bad, const Product *product)
{
    if (!product->type.n) return NULL;
    const ProductType *type = product_type_named(cx, product->type);
    if (!type)
        violation_add_at(bad, S("/type"), &unknown_reference,
                         S("is the name of no product type; make it first"));
    return type;
}

static void check_price_lists(Ctx *cx, Violations *bad, Prices prices, const char *place)
{
    for (size_t i = 0; i < prices.n; i++) {
        Id list = prices.items[i].price_list;
        if (!list.n || pricing_list_exists(cx, list)) continue;
        violation_add_at(bad, str_format(cx->arena, "%s/prices/%zu/price_list", place, i),
                         &unknown_reference, S("is no price list of this shop"));
    }
}

/* Pictures that were uploaded here are named by their address; others may be anywhere. */
static bool is_media(const Image *image)
{
    return str_starts(image->url, S("/media/"));
}

static bool has_media(const Product *product)
{
    for (size_t i = 0; i < product->images.n; i++)
        if (is_media(&product->images.items[i])) return true;
    return false;
}

static void check_images(Ctx *cx, Violations *bad, ImageList images)
{
    for (size_t i = 0; i < images.n; i++) {
        if (!is_media(&images.items[i]) || media_by_url(cx, images.items[i].url).n) continue;
        violation_add_at(bad, str_format(cx->arena, "/images/%zu/url", i), &unknown_reference,
                         S("is no picture that was uploaded to this shop"));
    }
}

/* Says which pictures the product shows, so that they are not deleted meanwhile. False: one of them
 * has just been. */
static bool keep_media(Ctx *cx, const Product *product)
{
    IdList media = {NEW_N(cx->arena, Id, product->images.n), 0};
    for (size_t i = 0; i < product->images.n; i++) {
        if (!is_media(&product->images.items[i])) continue;
        Id id = media_by_url(cx, product->images.items[i].url);
        if (!id.n) return false;
        media.items[media.n++] = id;
    }
    return media_set_uses(cx, product->id, media);
}

void product_check_references(Ctx *cx, Violations *bad, const Product *product)
{
    Id missing;
    check_images(cx, bad, product->images);
    if (product->categories.n && !categories_exist(cx, product->categories, &missing))
        violation_add_at(bad, S("/categories"), &unknown_reference,
                         str_format(cx->arena, "names %.*s, which is no category of this shop",
                                    STR_ARG(id_text(cx->arena, "cat", missing))));
    for (size_t i = 0; i < product->variants.n; i++) {
        Str place = str_format(cx->arena, "/variants/%zu", i);
        check_price_lists(cx, bad, product->variants.items[i].prices, str_z(cx->arena, place));
    }
}

void product_check_whole(Ctx *cx, Violations *bad, const Product *product)
{
    product_check(bad, product, type_of_product(cx, bad, product));
    product_check_references(cx, bad, product);
}

void variant_check_whole(Ctx *cx, Violations *bad, const Product *product, const Variant *variant)
{
    variant_check(bad, product, variant);
    check_price_lists(cx, bad, variant->prices, "");
}

/* ---- Refusals -------------------------------------------------------------------------------- */

static Verdict taken(Ctx *cx, const Error *error, Str what)
{
    return (Verdict){error, str_format(cx->arena, "\"%.*s\" is taken.", STR_ARG(what))};
}

Verdict product_why_refused(Ctx *cx, const Product *product)
{
    if (db_failure(cx)) return (Verdict){problem_of_failure(db_failure(cx)), {0}};
    Str constraint = str_copy(cx->arena, db_constraint(cx));
    if (str_eq(constraint, S("products_handle_key")))
        return taken(cx, &error_handle_taken, product->handle);
    for (size_t i = 0; i < product->variants.n; i++) {
        const Variant *variant = &product->variants.items[i];
        Id other = variant->sku.n ? variant_by_sku(cx, variant->sku) : (Id){0};
        if (other.n && !id_eq(other, variant->id)) return taken(cx, &error_sku_taken, variant->sku);
    }
    return (Verdict){&error_conflict, str_format(cx->arena, "The data does not allow it (%.*s).",
                                                 STR_ARG(constraint))};
}

/* Tries to write the product. A handle that was left out is made from the title, and made unique when
 * that is taken. */
static Verdict write_with_handle(Ctx *cx, Product *product, bool (*write)(Ctx *cx, void *arg),
                                 void *arg)
{
    bool made = !product->handle.n;
    if (made) product->handle = slug_of_title(cx->arena, product->title, S("product"));
    if (db_try(cx, write, arg)) return (Verdict){0};
    Verdict verdict = product_why_refused(cx, product);
    if (!made || verdict.error != &error_handle_taken) return verdict;
    product->handle = slug_unique(cx->arena, product->handle, product->id);
    return db_try(cx, write, arg) ? (Verdict){0} : product_why_refused(cx, product);
}

/* ---- Making ---------------------------------------------------------------------------------- */

static void prepare_variant(Ctx *cx, Variant *variant, Id product, int64_t position)
{
    variant->id = ctx_id(cx);
    variant->product = product;
    if (!IS_SET(&variant_type, variant, Variant, position)) variant->position = position;
    variant->created_at = variant->updated_at = ctx_now(cx);
    variant->availability = availability_of(variant->stock);
    merge_complete(&variant_type, variant);
}

static bool write_new(Ctx *cx, void *arg)
{
    const Product *product = arg;
    product_insert(cx, product);
    if (has_media(product) && !keep_media(cx, product)) return false;
    for (size_t i = 0; i < product->variants.n; i++) {
        const Variant *variant = &product->variants.items[i];
        variant_insert(cx, variant, variant->stock);
    }
    product_publish_first(cx, product);
    announce(cx, &product_created, &(ProductEvent){product->id});
    return true;
}

static void prepare_product(Ctx *cx, Product *product)
{
    product->id = ctx_id(cx);
    product->version = 1;
    product->created_at = product->updated_at = ctx_now(cx);
    merge_complete(&product_type, product);
    for (size_t i = 0; i < product->variants.n; i++)
        prepare_variant(cx, &product->variants.items[i], product->id, (int64_t)i);
}

Verdict product_create(Ctx *cx, Product *product)
{
    prepare_product(cx, product);
    return write_with_handle(cx, product, write_new, product);
}

bool product_create_or_fail(Ctx *cx, Product *product)
{
    assert(product->handle.n);
    prepare_product(cx, product);
    return write_new(cx, product);
}

/* ---- Changing -------------------------------------------------------------------------------- */

Product *product_open(Ctx *cx, Id id)
{
    product_touch(cx, id);
    return product_read(cx, id, S(""));
}

/* Are the two stored in the same way? */
static bool same_object(Arena *arena, const Type *type, const void *a, const void *b)
{
    ArenaMark mark = arena_mark(arena);
    Buf one = buf_new(arena, LIMIT_ANSWER_BYTES), other = buf_new(arena, LIMIT_ANSWER_BYTES);
    json_write_stored(&one, type, a);
    json_write_stored(&other, type, b);
    bool same = !one.full && !other.full && str_eq(buf_str(&one), buf_str(&other));
    arena_rewind(arena, mark);
    return same;
}

static bool same_row(Arena *arena, const Product *a, const Product *b)
{
    Product one = *a, other = *b;
    one.variants = other.variants = (VariantList){0};
    one.version = other.version;
    one.updated_at = other.updated_at;
    return same_object(arena, &product_type, &one, &other);
}

/* But for stock, which is not stored here. */
static bool same_variant(Arena *arena, const Variant *a, const Variant *b)
{
    Variant one = *a, other = *b;
    one.stock = other.stock = 0;
    one.availability = other.availability = AVAILABILITY_OUT;
    one.updated_at = other.updated_at;
    return same_object(arena, &variant_type, &one, &other);
}

static bool same_prices(Arena *arena, const Variant *a, const Variant *b)
{
    Variant one = {.present = PRESENT_ALL, .prices = a->prices},
            other = {.present = PRESENT_ALL, .prices = b->prices};
    return same_object(arena, &variant_type, &one, &other);
}

bool product_same(Arena *arena, const Product *a, const Product *b)
{
    if (a->variants.n != b->variants.n || !same_row(arena, a, b)) return false;
    for (size_t i = 0; i < a->variants.n; i++)
        if (!same_variant(arena, &a->variants.items[i], &b->variants.items[i])) return false;
    return true;
}

static bool has_sku(VariantList variants, Str sku)
{
    for (size_t i = 0; sku.n && i < variants.n; i++)
        if (str_eq(variants.items[i].sku, sku)) return true;
    return false;
}

/* Takes away the variants that go, and the SKUs that pass from one variant to another. */
static void make_way(Ctx *cx, const Product *before, const Product *product)
{
    for (size_t i = 0; i < before->variants.n; i++) {
        const Variant *old = &before->variants.items[i];
        const Variant *kept = product_variant(product, old->id);
        if (!kept)
            variant_delete(cx, old->id);
        else if (!str_eq(kept->sku, old->sku) && has_sku(product->variants, old->sku))
            variant_release_sku(cx, old->id);
    }
}

static void write_variant(Ctx *cx, const Variant *old, Variant *variant)
{
    if (!old) {
        variant_insert(cx, variant, variant->stock);
    } else if (!same_variant(cx->arena, old, variant)) {
        variant->updated_at = ctx_now(cx);
        variant_update(cx, variant);
        if (!same_prices(cx->arena, old, variant)) variant_replace_prices(cx, variant);
    }
}

typedef struct Rewriting {
    const Product *before;
    Product *product;
} Rewriting;

static bool write_again(Ctx *cx, void *arg)
{
    const Rewriting *rewriting = arg;
    const Product *before = rewriting->before;
    Product *product = rewriting->product;
    make_way(cx, before, product);
    if (!same_row(cx->arena, before, product)) product_update(cx, product);
    if ((has_media(before) || has_media(product)) && !keep_media(cx, product)) return false;
    for (size_t i = 0; i < product->variants.n; i++) {
        Variant *variant = &product->variants.items[i];
        write_variant(cx, product_variant(before, variant->id), variant);
    }
    tell_prices(cx, before, product, same_prices);
    product_publish(cx, product);
    announce(cx, &product_updated, &(ProductEvent){product->id});
    return true;
}

static void prepare_new_variants(Ctx *cx, Product *product)
{
    for (size_t i = 0; i < product->variants.n; i++) {
        Variant *variant = &product->variants.items[i];
        if (!variant->id.n) prepare_variant(cx, variant, product->id, (int64_t)i);
    }
}

Verdict product_rewrite(Ctx *cx, const Product *before, Product *product)
{
    prepare_new_variants(cx, product);
    return write_with_handle(cx, product, write_again, &(Rewriting){before, product});
}

bool product_rewrite_or_fail(Ctx *cx, const Product *before, Product *product)
{
    assert(product->handle.n);
    prepare_new_variants(cx, product);
    return write_again(cx, &(Rewriting){before, product});
}
