/* Writing products, on both databases: what is refused leaves nothing, what is changed is written
 * and nothing else. */
#include "modules/catalog/catalog.h"
#include "modules/catalog/products.h"
#include "modules/catalog/store.h"

#include "modules/categories/categories.h"
#include "modules/collections/collections.h"
#include "modules/pricing/pricing.h"
#include "platform/api/errors.h"
#include "platform/changes.h"
#include "platform/outbox/outbox.h"
#include "platform/search/search.h"
#include "platform/test_modules.h"

static const Module *const modules[] = {&changes_module,   &outbox_module,     &search_module,
                                        &inventory_module, &categories_module, &collections_module,
                                        &pricing_module,   &catalog_module};

static World *shop_of(void **state)
{
    World *w = world_with(state, modules, ROWS(modules));
    return w;
}

/* ---- Products of letters: "ab" has a variant with the SKU a and one with the SKU b ------------- */

static StrList one_text(Arena *arena, Str text)
{
    StrList list = {NEW(arena, Str), 1};
    list.items[0] = text;
    return list;
}

static Variant make_variant(Arena *arena, char letter)
{
    Str text = str_format(arena, "%c", letter);
    Variant variant = {.options = one_text(arena, text), .sku = text, .stock = letter};
    MARK_SET(&variant_type, &variant, Variant, sku);
    MARK_SET(&variant_type, &variant, Variant, options);
    return variant;
}

static Product make_product(Arena *arena, const char *title, const char *letters)
{
    size_t n = strlen(letters);
    Product product = {.title = str_from(title),
                       .status = PRODUCT_ACTIVE,
                       .channels = one_text(arena, S("default")),
                       .options = {NEW(arena, Option), 1},
                       .variants = {NEW_N(arena, Variant, n), n}};
    product.options.items[0] = (Option){S("Letter"), {NEW_N(arena, Str, 26), 26}};
    for (int i = 0; i < 26; i++)
        product.options.items[0].values.items[i] = str_format(arena, "%c", 'a' + i);
    for (size_t i = 0; i < n; i++) product.variants.items[i] = make_variant(arena, letters[i]);
    return product;
}

static Verdict create(Ctx *cx, const char *title, const char *letters, Product *out)
{
    *out = make_product(cx->arena, title, letters);
    return product_create(cx, out);
}

/* "a97 b98": SKUs and what is free of each, in the order of the variants. */
static Str variants_text(Ctx *cx, Id id)
{
    Buf text = buf_new(cx->arena, 1000);
    const Product *product = product_read(cx, id, S(""));
    WANT(product);
    for (size_t i = 0; i < product->variants.n; i++) {
        const Variant *variant = &product->variants.items[i];
        buf_format(&text, "%s%.*s%lld", i ? " " : "", STR_ARG(variant->sku),
                   (long long)variant->stock);
    }
    return buf_str(&text);
}

static int64_t count_all(Ctx *cx)
{
    return db_int(cx, 0,
                  "select (select count(*) from products) + (select count(*) from variants) + "
                  "(select count(*) from stock_levels) + (select count(*) from product_facts) + "
                  "(select count(*) from product_documents) + (select count(*) from changes)");
}

/* ---- Making ----------------------------------------------------------------------------------- */

static bool try_making(Ctx *cx, void *arg)
{
    (void)arg;
    Product tea, other;
    WANT(!create(cx, "Tea", "ab", &tea).error);
    WANT_STR(tea.handle, S("tea"));
    WANT_STR(variants_text(cx, tea.id), S("a97 b98"));
    int64_t rows = count_all(cx);

    Verdict verdict = create(cx, "Coffee", "cb", &other);
    WANT(verdict.error == &error_sku_taken);
    WANT_STR(verdict.detail, S("\"b\" is taken."));
    other = make_product(cx->arena, "Another", "d");
    other.handle = S("tea");
    verdict = product_create(cx, &other);
    WANT(verdict.error == &error_handle_taken);
    WANT_STR(verdict.detail, S("\"tea\" is taken."));
    WANT_INT(count_all(cx), rows);

    WANT(!create(cx, "Tea", "e", &other).error);
    WANT(str_starts(other.handle, S("tea-")));
    WANT_STR(variants_text(cx, other.id), S("e101"));
    return true;
}

static void what_is_refused_leaves_nothing(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, try_making, NULL);
}

/* What goes while somebody names it is a refusal too, and no broken transaction. */
static bool try_unknown_category(Ctx *cx, void *arg)
{
    (void)arg;
    Id gone = {4711};
    Product product = make_product(cx->arena, "Tea", "a");
    product.categories = (IdList){&gone, 1};
    int64_t rows = count_all(cx);
    WANT(product_create(cx, &product).error == &error_conflict);
    WANT_INT(count_all(cx), rows);
    return true;
}

static void a_category_that_is_gone_is_refused(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, try_unknown_category, NULL);
}

/* ---- Changing --------------------------------------------------------------------------------- */

typedef struct Change {
    Id id;
    const char *after; /* the SKUs: of those that are there in their new order; others are new */
    const Error *error;
    Str text;
} Change;

static Variant variant_of(const Product *before, char letter, Arena *arena)
{
    for (size_t i = 0; i < before->variants.n; i++)
        if (before->variants.items[i].sku.p[0] == letter) return before->variants.items[i];
    return make_variant(arena, letter);
}

static bool change_variants(Ctx *cx, void *arg)
{
    Change *change = arg;
    Product *product = product_open(cx, change->id), before = *product;
    size_t n = strlen(change->after);
    product->variants = (VariantList){NEW_N(cx->arena, Variant, n), n};
    for (size_t i = 0; i < n; i++) {
        product->variants.items[i] = variant_of(&before, change->after[i], cx->arena);
        product->variants.items[i].position = (int64_t)i;
        MARK_SET(&variant_type, &product->variants.items[i], Variant, position);
    }
    change->error = product_rewrite(cx, &before, product).error;
    change->text = str_copy(cx->arena, variants_text(cx, change->id));
    return !change->error;
}

static bool make_two(Ctx *cx, void *arg)
{
    Product *products = arg;
    WANT(!create(cx, "Tea", "abc", &products[0]).error);
    WANT(!create(cx, "Coffee", "xyz", &products[1]).error);
    return true;
}

static void variants_come_go_and_stay(void **state)
{
    World *w = shop_of(state);
    Product products[2];
    RUN(w, TX_WRITE, make_two, products);
    Change change = {.id = products[0].id, .after = "cad"};
    RUN(w, TX_WRITE, change_variants, &change);
    assert_null(change.error);
    WANT_STR(change.text, S("c99 a97 d100"));
    change.after = "dx";
    RUN(w, TX_WRITE, change_variants, &change);
    assert_ptr_equal(change.error, &error_sku_taken);
    WANT_STR(change.text, S("c99 a97 d100"));
}

/* a gets the SKU of b, and b that of a; c goes and leaves its SKU to a new one. */
static bool swap_skus(Ctx *cx, void *arg)
{
    Product *product = product_open(cx, ((const Product *)arg)->id), before = *product;
    Variant *after = NEW_N(cx->arena, Variant, 3);
    memcpy(after, before.variants.items, 3 * sizeof *after);
    after[0].sku = S("b");
    after[1].sku = S("a");
    after[2] = make_variant(cx->arena, 'c');
    after[2].position = 2;
    MARK_SET(&variant_type, &after[2], Variant, position);
    product->variants = (VariantList){after, 3};
    WANT(!product_rewrite(cx, &before, product).error);
    WANT_STR(variants_text(cx, product->id), S("b97 a98 c99"));
    const Product *read = product_read(cx, product->id, S(""));
    WANT(id_eq(read->variants.items[0].id, before.variants.items[0].id));
    WANT(!id_eq(read->variants.items[2].id, before.variants.items[2].id));
    return true;
}

static void skus_may_pass_from_one_variant_to_another(void **state)
{
    World *w = shop_of(state);
    Product products[2];
    RUN(w, TX_WRITE, make_two, products);
    RUN(w, TX_WRITE, swap_skus, products);
}

static bool change_one(Ctx *cx, void *arg)
{
    Product *product = product_open(cx, ((const Product *)arg)->id), before = *product;
    Variant *after = NEW_N(cx->arena, Variant, 3);
    memcpy(after, before.variants.items, 3 * sizeof *after);
    product->variants.items = after;
    after[1].barcode = S("4006381333931");
    MARK_SET(&variant_type, &after[1], Variant, barcode);
    WANT(!product_rewrite(cx, &before, product).error);
    const Product *read = product_read(cx, product->id, S(""));
    const Variant *now = read->variants.items, *then = before.variants.items;
    WANT_INT(now[0].updated_at.us, then[0].updated_at.us);
    WANT(now[1].updated_at.us > then[1].updated_at.us);
    WANT_STR(now[1].barcode, S("4006381333931"));
    WANT_INT(read->version, before.version);
    return true;
}

static void only_what_differs_is_written(void **state)
{
    World *w = shop_of(state);
    Product products[2];
    RUN(w, TX_WRITE, make_two, products);
    RUN(w, TX_WRITE, change_one, products);
}

static bool take_handle(Ctx *cx, void *arg)
{
    const Product *products = arg;
    Product *coffee = product_open(cx, products[1].id), before = *coffee;
    coffee->handle = S("tea");
    Verdict verdict = product_rewrite(cx, &before, coffee);
    WANT(verdict.error == &error_handle_taken);
    coffee->handle = S("");
    coffee->title = S("Tea");
    WANT(!product_rewrite(cx, &before, coffee).error);
    WANT(str_starts(coffee->handle, S("tea-")));
    WANT_INT(product_by_handle(cx, coffee->handle).n, coffee->id.n);
    return true;
}

static void a_handle_that_is_taken_is_refused_and_a_made_one_made_unique(void **state)
{
    World *w = shop_of(state);
    Product products[2];
    RUN(w, TX_WRITE, make_two, products);
    RUN(w, TX_WRITE, take_handle, products);
}

/* ---- Documents of another program -------------------------------------------------------------- */

static Str seen_by_shoppers(Ctx *cx, Id id)
{
    ProductView view = {.channel = S("default")};
    const ShownProduct *one = product_shown(cx, id, &view);
    ShownProducts list = products_shown(cx, (IdList){&id, 1}, &view);
    WANT(one && list.n == 1);
    WANT_STR(list.items[0].json, one->json);
    return one->json;
}

static bool leave_another_shape(Ctx *cx, void *arg)
{
    Id id = ((const Product *)arg)->id;
    Str before = seen_by_shoppers(cx, id);
    db_exec(cx, "update product_documents set body = '{}' where product_id = $1", id);
    WANT_STR(seen_by_shoppers(cx, id), S("{}")); /* it is the document that is shown */
    db_exec(cx, "update product_documents set shape = shape + 1 where product_id = $1", id);
    WANT_STR(seen_by_shoppers(cx, id), before);
    return true;
}

static void a_document_of_another_shape_is_not_handed_out(void **state)
{
    World *w = shop_of(state);
    Product products[2];
    RUN(w, TX_WRITE, make_two, products);
    RUN(w, TX_WRITE, leave_another_shape, products);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(what_is_refused_leaves_nothing),
        ON_BOTH(a_category_that_is_gone_is_refused),
        ON_BOTH(variants_come_go_and_stay),
        ON_BOTH(skus_may_pass_from_one_variant_to_another),
        ON_BOTH(only_what_differs_is_written),
        ON_BOTH(a_handle_that_is_taken_is_refused_and_a_made_one_made_unique),
        ON_BOTH(a_document_of_another_shape_is_not_handed_out),
    };
    return cmocka_run_group_tests_name("products", tests, worlds_begin, worlds_end);
}
