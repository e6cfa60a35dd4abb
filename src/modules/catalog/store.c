/* Every SQL statement of the catalogue but those of product types.
 *
 * There are two ways to read a product. Shoppers read its finished document (documents.h): one row.
 * Staff, and whoever asks for one currency or for exact stock, read it from its tables, in four
 * statements that all know its id from the start, so that PostgreSQL answers them in one round
 * trip: the row with its texts, the variants, their prices, and (by the inventory) the stock. A
 * page costs as many statements as one product, with a list of ids.
 *
 * Documents and facts are derived: publish.c writes them in the transaction that changes the
 * tables. What nobody waits for is posted (db_post). */
#include "modules/catalog/store.h"

#include <stdlib.h>

/* ---- Reading products ------------------------------------------------------------------------ */

#define PRODUCT_COLUMNS                                                                            \
    "p.id, p.handle, coalesce(t.title, p.title) as title, "                                        \
    "coalesce(nullif(t.description, ''), p.description) as description, p.status, p.vendor, "      \
    "p.type, p.channels, p.tags, p.categories, p.options, p.attributes, p.images, p.seo, "         \
    "p.version, p.created_at, p.updated_at "

#define WITH_TEXTS "left join product_translations t on t.product_id = p.id and t.locale = $1 "

#define VARIANT_COLUMNS                                                                            \
    "v.id, v.product_id as product, v.sku, v.barcode, v.options, v.position, v.costs, "            \
    "v.tax_class, v.weight, v.length, v.width, v.height, v.created_at, v.updated_at "

#define PRICE_COLUMNS                                                                              \
    "r.channel, r.currency, r.amount, r.compare_at, r.price_list, r.min_quantity, r.starts_at, "   \
    "r.ends_at, r.variant_id "

/* What belongs to products, as it arrives: all in the order of products and their variants. */
typedef struct Belongings {
    AnyList variants;
    AnyList prices; /* PriceRow */
    StockList stock;
} Belongings;

static Price price_of_row(const PriceRow *row)
{
    return (Price){.present = row->present,
                   .channel = row->channel,
                   .currency = row->currency,
                   .amount = row->amount,
                   .compare_at = row->compare_at,
                   .price_list = row->price_list,
                   .min_quantity = row->min_quantity,
                   .starts_at = row->starts_at,
                   .ends_at = row->ends_at};
}

/* Gives each variant its run of the prices, which are in the same order, and its stock. */
static VariantList fill_variants(Arena *arena, const Belongings *all)
{
    VariantList variants = {all->variants.items, all->variants.n};
    const PriceRow *row = all->prices.items, *end = all->prices.n ? row + all->prices.n : row;
    Price *prices = NEW_N(arena, Price, all->prices.n);
    for (size_t i = 0; i < variants.n; i++) {
        Variant *variant = &variants.items[i];
        variant->prices.items = prices;
        for (; row < end && id_eq(row->variant_id, variant->id); row++)
            *prices++ = price_of_row(row);
        variant->prices.n = (size_t)(prices - variant->prices.items);
        stock_of(&all->stock, variant->id, &variant->stock, &variant->availability);
        MARK_SET(&variant_type, variant, Variant, prices);
        MARK_SET(&variant_type, variant, Variant, stock);
        MARK_SET(&variant_type, variant, Variant, availability);
    }
    return variants;
}

/* Gives each product its run of the variants; both are in the same order of products. */
static void share_variants(ProductList products, VariantList variants)
{
    for (size_t i = 0; i < products.n; i++) {
        Product *product = &products.items[i];
        product->variants.items = variants.items;
        while (variants.n && id_eq(variants.items->product, product->id)) {
            variants.items++;
            variants.n--;
            product->variants.n++;
        }
        MARK_SET(&product_type, product, Product, variants);
    }
}

/* Fills variants, prices and stock into products that are there already, newest first: three
 * statements, one round trip. */
static ProductList fill_products(Ctx *cx, ProductList products)
{
    Belongings all;
    IdList ids = {NEW_N(cx->arena, Id, products.n), products.n};
    for (size_t i = 0; i < products.n; i++) ids.items[i] = products.items[i].id;
    db_ask_all(cx, &all.variants, &variant_type,
               "select " VARIANT_COLUMNS "from variants v where v.product_id in IDS($1) "
               "order by v.product_id desc, v.position, v.id",
               ids);
    db_ask_all(cx, &all.prices, &price_row_type,
               "select " PRICE_COLUMNS "from variants v join prices r on r.variant_id = v.id "
               "where v.product_id in IDS($1) "
               "order by v.product_id desc, v.position, v.id, r.position",
               ids);
    stock_ask_all(cx, &all.stock, ids);
    if (!db_settle(cx)) return (ProductList){0};
    share_variants(products, fill_variants(cx->arena, &all));
    return products;
}

Product *product_read(Ctx *cx, Id id, Str locale)
{
    Product *product;
    Belongings all;
    db_ask_one(cx, &product, &product_type,
               "select " PRODUCT_COLUMNS "from products p " WITH_TEXTS "where p.id = $2", locale,
               id);
    db_ask_all(cx, &all.variants, &variant_type,
               "select " VARIANT_COLUMNS "from variants v where v.product_id = $1 "
               "order by v.position, v.id",
               id);
    db_ask_all(cx, &all.prices, &price_row_type,
               "select " PRICE_COLUMNS "from variants v join prices r on r.variant_id = v.id "
               "where v.product_id = $1 order by v.position, v.id, r.position",
               id);
    stock_ask(cx, &all.stock, id);
    if (!db_settle(cx) || !product) return NULL;
    share_variants((ProductList){product, 1}, fill_variants(cx->arena, &all));
    return product;
}

/* A page begins below this id; 0 means at the newest. */
static Id page_start(Id before)
{
    return before.n ? before : (Id){INT64_MAX};
}

ProductList product_page_by_status(Ctx *cx, Str locale, ProductStatus status, Id before,
                                   int64_t limit)
{
    ProductList page =
        DB_LIST(ProductList, db_all(cx, &product_type,
                                    "select " PRODUCT_COLUMNS "from products p " WITH_TEXTS
                                    "where p.status = $2 and p.id < $3 order by p.id desc limit $4",
                                    locale, enum_text(&product_status_names, status),
                                    page_start(before), limit));
    return fill_products(cx, page);
}

ProductList products_of(Ctx *cx, IdList ids, Str locale)
{
    ProductList products =
        DB_LIST(ProductList, db_all(cx, &product_type,
                                    "select " PRODUCT_COLUMNS "from products p " WITH_TEXTS
                                    "where p.id in IDS($2) order by p.id desc",
                                    locale, ids));
    return fill_products(cx, products);
}

ProductList products_after(Ctx *cx, Id after, int64_t limit)
{
    IdList ids = db_ids(cx, "select id from products where id > $1 order by id limit $2", after.n,
                        limit); /* 0 is a number here, and no missing id */
    ProductList page = products_of(cx, ids, S(""));
    for (size_t i = 0; i < page.n / 2; i++) {
        Product swapped = page.items[i];
        page.items[i] = page.items[page.n - 1 - i];
        page.items[page.n - 1 - i] = swapped;
    }
    return page;
}

ProductList attributes_after(Ctx *cx, Id after, int64_t limit)
{
    return DB_LIST(ProductList, db_all(cx, &product_type,
                                       "select id, attributes from products where id > $1 "
                                       "order by id limit $2",
                                       after.n, limit));
}

int64_t products_count(Ctx *cx)
{
    return db_int(cx, 0, "select count(*) from products");
}

Prices currencies_in_use(Ctx *cx)
{
    return DB_LIST(
        Prices, db_all(cx, &price_type, "select distinct currency from prices order by currency"));
}

Id product_by_handle(Ctx *cx, Str handle)
{
    return (Id){db_int(cx, 0, "select id from products where handle = $1", handle)};
}

typedef struct FoundProduct {
    Id id;
} FoundProduct;

static const Type found_product_type = TYPE(FoundProduct, "A product that was asked for.",
                                            FIELD(FoundProduct, id, "", .prefix = "prod"));

enum { ASKED_AT_ONCE = 16 }; /* db_ask_one */

IdList products_by_handles(Ctx *cx, StrList handles)
{
    IdList ids = {NEW_N(cx->arena, Id, handles.n), handles.n};
    for (size_t i = 0; i < handles.n; i += ASKED_AT_ONCE) {
        FoundProduct *found[ASKED_AT_ONCE] = {0};
        size_t n = handles.n - i < ASKED_AT_ONCE ? handles.n - i : ASKED_AT_ONCE;
        for (size_t k = 0; k < n; k++)
            db_ask_one(cx, &found[k], &found_product_type,
                       "select id from products where handle = $1", handles.items[i + k]);
        if (!db_settle(cx)) break;
        for (size_t k = 0; k < n; k++)
            if (found[k]) ids.items[i + k] = found[k]->id;
    }
    return ids;
}

/* ---- Documents ------------------------------------------------------------------------------- */

const ProductDocument *document_read(Ctx *cx, Id id, const ProductView *view)
{
    if (!view->locale.n) /* the common case, at one look into the index */
        return db_one(cx, &product_document_type,
                      "select product_id, version, shape, valid_until, body "
                      "from product_documents "
                      "where channel = $1 and locale = '' and product_id = $2",
                      view->channel, id);
    return db_one(cx, &product_document_type,
                  "select product_id, version, shape, valid_until, body from product_documents "
                  "where channel = $1 and locale in ('', $2) and product_id = $3 "
                  "order by locale desc limit 1",
                  view->channel, view->locale, id);
}

ProductDocumentList documents_read(Ctx *cx, IdList ids, const ProductView *view)
{
    return DB_LIST(ProductDocumentList,
                   db_all(cx, &product_document_type,
                          "select d.product_id, d.version, d.shape, "
                          "coalesce(t.valid_until, d.valid_until) as valid_until, "
                          "coalesce(t.body, d.body) as body "
                          "from product_documents d left join product_documents t on $2 <> '' "
                          "and t.channel = d.channel and t.locale = $2 "
                          "and t.product_id = d.product_id "
                          "where d.channel = $1 and d.locale = '' and d.product_id in IDS($3)",
                          view->channel, view->locale, ids));
}

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const Id *)a)->n, y = ((const Id *)b)->n;
    return (x > y) - (x < y);
}

Id product_missing(Ctx *cx, IdList ids)
{
    if (!ids.n) return (Id){0};
    IdList there = db_ids(cx, "select id from products where id in IDS($1) order by id", ids);
    for (size_t i = 0; i < ids.n; i++)
        if (!there.n || !bsearch(&ids.items[i], there.items, there.n, sizeof(Id), by_id))
            return ids.items[i];
    return (Id){0};
}

bool product_is_shown(Ctx *cx, Id id, Str channel)
{
    return db_int(cx, 0,
                  "select 1 from product_documents "
                  "where channel = $1 and locale = '' and product_id = $2",
                  channel, id) == 1;
}

void document_put(Ctx *cx, const ProductDocument *document)
{
    db_post_put(cx, &product_document_type, document,
                "insert into product_documents (channel, locale, product_id, version, shape, "
                "valid_until, body) "
                "values (:channel, :locale, :product_id, :version, :shape, :valid_until, :body)");
}

void facts_put(Ctx *cx, const ProductFacts *facts)
{
    db_post_put(
        cx, &product_facts_type, facts,
        "insert into product_facts (product_id, shape, terms, numbers, categories, title_key, "
        "valid_until) values (:product_id, :shape, :terms, :numbers, :categories, :title_key, "
        ":valid_until)");
}

void derived_delete(Ctx *cx, Id product)
{
    db_post(cx, "delete from product_documents where product_id = $1", product);
    db_post(cx, "delete from product_facts where product_id = $1", product);
}

#define FACT_COLUMNS                                                                               \
    "f.product_id, f.shape, f.terms, f.numbers, f.categories, f.title_key, f.valid_until, "        \
    "coalesce(s.sold, 0) as sold "                                                                 \
    "from product_facts f left join product_sales s on s.product_id = f.product_id "

ProductFactsList facts_page(Ctx *cx, Id after, int64_t limit)
{
    return DB_LIST(ProductFactsList,
                   db_all(cx, &product_facts_type,
                          "select " FACT_COLUMNS "where f.product_id > $1 "
                          "order by f.product_id limit $2",
                          after.n, limit)); /* 0 is a number here, and no missing id */
}

ProductFactsList facts_read(Ctx *cx, IdList products)
{
    return DB_LIST(ProductFactsList,
                   db_all(cx, &product_facts_type,
                          "select " FACT_COLUMNS "where f.product_id in IDS($1)", products));
}

IdList products_unpublished(Ctx *cx, int64_t shape, Id after, int64_t limit)
{
    return db_ids(cx,
                  "select p.id from products p left join product_facts f on f.product_id = p.id "
                  "where p.status = 'active' and p.id > $2 "
                  "and (f.shape is null or f.shape <> $1) order by p.id limit $3",
                  shape, after.n, limit); /* 0 is a number here, and no missing id */
}

IdList products_due(Ctx *cx, Time now, int64_t limit)
{
    return db_ids(cx,
                  "select product_id from product_facts where valid_until <= $1 "
                  "order by valid_until limit $2",
                  now, limit);
}

Time products_next_due(Ctx *cx)
{
    const ProductFacts *next =
        db_one(cx, &product_facts_type,
               "select valid_until from product_facts where valid_until is not null "
               "order by valid_until limit 1");
    return next ? next->valid_until : (Time){0};
}

/* ---- Writing products ------------------------------------------------------------------------ */

typedef struct PlaceInTree {
    Id category_id, product_id;
} PlaceInTree;

static const Type place_in_tree_type = TYPE(PlaceInTree, "That a product is in a category.",
                                            FIELD(PlaceInTree, category_id, "", .prefix = "cat"),
                                            FIELD(PlaceInTree, product_id, "", .prefix = "prod"));

static void put_categories(Ctx *cx, const Product *product)
{
    size_t n = product->categories.n;
    PlaceInTree *places = NEW_N(cx->arena, PlaceInTree, n);
    for (size_t i = 0; i < n; i++)
        places[i] = (PlaceInTree){product->categories.items[i], product->id};
    db_post_rows(cx, &place_in_tree_type, places, n,
                 "insert into product_categories (category_id, product_id) "
                 "values (:category_id, :product_id)");
}

void product_insert(Ctx *cx, const Product *product)
{
    db_post_put(cx, &product_type, product,
                "insert into products (id, handle, title, description, status, vendor, type, "
                "channels, tags, categories, options, attributes, images, seo, version, "
                "created_at, updated_at) values (:id, :handle, :title, :description, :status, "
                ":vendor, :type, :channels, :tags, :categories, :options, :attributes, :images, "
                ":seo, :version, :created_at, :updated_at)");
    put_categories(cx, product);
}

void product_update(Ctx *cx, const Product *product)
{
    db_post_put(
        cx, &product_type, product,
        "update products set handle = :handle, title = :title, description = :description, "
        "status = :status, vendor = :vendor, type = :type, channels = :channels, tags = :tags, "
        "categories = :categories, options = :options, attributes = :attributes, "
        "images = :images, seo = :seo where id = :id");
    db_post(cx, "delete from product_categories where product_id = $1", product->id);
    put_categories(cx, product);
}

IdList products_in_category(Ctx *cx, Id category)
{
    return db_ids(cx, "select product_id from product_categories where category_id = $1", category);
}

void product_delete(Ctx *cx, Id id)
{
    stock_forget_product(cx, id);
    db_exec(cx, "delete from products where id = $1", id);
}

void product_touch(Ctx *cx, Id id)
{
    db_exec(cx, "update products set version = version + 1, updated_at = $2 where id = $1", id,
            ctx_now(cx));
}

void product_sold(Ctx *cx, Id id, int64_t pieces)
{
    db_post(cx,
            "insert into product_sales (product_id, sold) values ($1, $2) "
            "on conflict (product_id) do update set sold = product_sales.sold + excluded.sold",
            id, pieces);
}

void product_take(Ctx *cx, Id id)
{
    db_exec(cx, "update products set version = version where id = $1", id);
}

/* ---- Variants -------------------------------------------------------------------------------- */

Id variant_product(Ctx *cx, Id variant)
{
    return (Id){db_int(cx, 0, "select product_id from variants where id = $1", variant)};
}

Str variant_product_handle(Ctx *cx, Id variant)
{
    return db_text(cx, S(""),
                   "select p.handle from variants v join products p on p.id = v.product_id "
                   "where v.id = $1",
                   variant);
}

static PriceRow row_of_price(const Price *price, Id variant)
{
    return (PriceRow){.present = price->present,
                      .channel = price->channel,
                      .currency = price->currency,
                      .amount = price->amount,
                      .compare_at = price->compare_at,
                      .price_list = price->price_list,
                      .min_quantity = price->min_quantity,
                      .starts_at = price->starts_at,
                      .ends_at = price->ends_at,
                      .variant_id = variant};
}

static void insert_prices(Ctx *cx, const Variant *variant)
{
    size_t n = variant->prices.n;
    PriceRow *rows = NEW_N(cx->arena, PriceRow, n);
    for (size_t i = 0; i < n; i++) {
        rows[i] = row_of_price(&variant->prices.items[i], variant->id);
        rows[i].position = (int64_t)i;
        MARK_SET(&price_row_type, &rows[i], PriceRow, variant_id);
        MARK_SET(&price_row_type, &rows[i], PriceRow, position);
    }
    db_post_rows(cx, &price_row_type, rows, n,
                 "insert into prices (variant_id, position, price_list, channel, currency, "
                 "min_quantity, starts_at, ends_at, amount, compare_at) values (:variant_id, "
                 ":position, :price_list, :channel, :currency, :min_quantity, :starts_at, "
                 ":ends_at, :amount, :compare_at)");
}

Id variant_by_sku(Ctx *cx, Str sku)
{
    return (Id){db_int(cx, 0, "select id from variants where sku = $1", sku)};
}

void variant_insert(Ctx *cx, const Variant *variant, int64_t stock)
{
    db_post_put(cx, &variant_type, variant,
                "insert into variants (id, product_id, sku, barcode, options, position, costs, "
                "tax_class, weight, length, width, height, created_at, updated_at) values (:id, "
                ":product, :sku, :barcode, :options, :position, :costs, :tax_class, :weight, "
                ":length, :width, :height, :created_at, :updated_at)");
    insert_prices(cx, variant);
    stock_register(cx, variant->id, variant->product, stock);
}

void variant_update(Ctx *cx, const Variant *variant)
{
    db_post_put(cx, &variant_type, variant,
                "update variants set sku = :sku, barcode = :barcode, options = :options, "
                "position = :position, costs = :costs, tax_class = :tax_class, weight = :weight, "
                "length = :length, width = :width, height = :height, updated_at = :updated_at "
                "where id = :id");
}

void variant_release_sku(Ctx *cx, Id id)
{
    db_post(cx, "update variants set sku = null where id = $1", id);
}

void variant_replace_prices(Ctx *cx, const Variant *variant)
{
    db_post(cx, "delete from prices where variant_id = $1", variant->id);
    insert_prices(cx, variant);
}

void variant_delete(Ctx *cx, Id id)
{
    db_exec(cx, "delete from variants where id = $1", id);
    stock_forget(cx, id);
}

/* ---- Translations ---------------------------------------------------------------------------- */

TranslationList translations_of(Ctx *cx, Id product)
{
    return DB_LIST(TranslationList,
                   db_all(cx, &translation_type,
                          "select locale, title, description from product_translations "
                          "where product_id = $1 order by locale",
                          product));
}

TranslationRows translations_of_all(Ctx *cx, ProductList products)
{
    if (!products.n) return (TranslationRows){0};
    IdList ids = {NEW_N(cx->arena, Id, products.n), products.n};
    for (size_t i = 0; i < products.n; i++) ids.items[i] = products.items[i].id;
    return DB_LIST(TranslationRows,
                   db_all(cx, &translation_row_type,
                          "select product_id, locale, title, description "
                          "from product_translations "
                          "where product_id in IDS($1) order by product_id, locale",
                          ids));
}

TranslationList translations_among(Arena *arena, TranslationRows rows, Id product)
{
    size_t from = 0, to;
    while (from < rows.n && !id_eq(rows.items[from].product_id, product)) from++;
    for (to = from; to < rows.n && id_eq(rows.items[to].product_id, product);) to++;
    TranslationList list = {NEW_N(arena, Translation, to - from), to - from};
    for (size_t i = 0; i < list.n; i++) {
        const TranslationRow *row = &rows.items[from + i];
        list.items[i] = (Translation){row->locale, row->title, row->description};
    }
    return list;
}

void translation_put(Ctx *cx, Id product, const Translation *translation)
{
    db_exec(cx,
            "insert into product_translations (product_id, locale, title, description) "
            "values ($1, $2, $3, $4) on conflict (product_id, locale) "
            "do update set title = excluded.title, description = excluded.description",
            product, translation->locale, translation->title, translation->description);
}

bool translation_delete(Ctx *cx, Id product, Str locale)
{
    return db_exec(cx, "delete from product_translations where product_id = $1 and locale = $2",
                   product, locale) == 1;
}
