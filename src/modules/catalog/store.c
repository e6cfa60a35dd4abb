/* Every SQL statement of the catalogue.
 *
 * There are two ways to read a product. Shoppers read its finished document (documents.h): one row,
 * and the stock beside it. Staff, and whoever asks for one currency only, read it from its tables,
 * in three statements that all know its id from the start, so that PostgreSQL answers them in one
 * round trip: the row with its texts, the variants beside their prices, and (by the inventory) the
 * stock. A page costs as many statements as one product, with a list of ids.
 *
 * The documents are derived: `documents_renew` writes them from the tables in the transaction that
 * changes those. */
#include "modules/catalog/store.h"

#include "modules/catalog/documents.h"

/* ---- Reading products ------------------------------------------------------------------------ */

#define PRODUCT_COLUMNS                                                                            \
    "p.id, p.handle, coalesce(t.title, p.title) as title, "                                        \
    "coalesce(nullif(t.description, ''), p.description) as description, p.status, p.channels, "    \
    "p.tags, p.options, p.attributes, p.images, p.version, p.created_at, p.updated_at "

#define WITH_TEXTS "left join product_translations t on t.product_id = p.id and t.locale = $1 "

#define VARIANT_COLUMNS                                                                            \
    "v.id, v.product_id as product, v.sku, v.barcode, v.options, v.position, v.created_at, "       \
    "v.updated_at, r.channel, r.currency, r.amount "

#define WITH_PRICES                                                                                \
    "left join variant_prices r on r.variant_id = v.id and ($2 = '' or r.channel = $2) "           \
    "and ($3 = '' or r.currency = $3) "

static Variant variant_of_row(const VariantPriceRow *row)
{
    return (Variant){.present = PRESENT_ALL,
                     .id = row->id,
                     .product = row->product,
                     .sku = row->sku,
                     .barcode = row->barcode,
                     .options = row->options,
                     .position = row->position,
                     .created_at = row->created_at,
                     .updated_at = row->updated_at};
}

/* Folds the rows of the join, which come in the order of products and variants, into variants with
 * their prices. Both lists are allotted once, for the most that there can be, and each variant's
 * prices are a run of the one array. */
static VariantList fold_variants(Arena *arena, AnyList joined)
{
    const VariantPriceRow *rows = joined.items;
    VariantList variants = {NEW_N(arena, Variant, joined.n), 0};
    Price *prices = NEW_N(arena, Price, joined.n);
    for (size_t i = 0; i < joined.n; i++, rows++) {
        Variant *variant = variants.n ? &variants.items[variants.n - 1] : NULL;
        if (!variant || !id_eq(variant->id, rows->id)) {
            variant = &variants.items[variants.n++];
            *variant = variant_of_row(rows);
            variant->prices.items = prices;
        }
        if (!rows->currency.code[0]) continue; /* the left join found no price */
        *prices++ = (Price){rows->channel, rows->currency, rows->amount};
        variant->prices.n++;
    }
    return variants;
}

static void fill_stock(VariantList variants, const StockList *stock)
{
    for (size_t i = 0; i < variants.n; i++) {
        Variant *variant = &variants.items[i];
        stock_of(stock, variant->id, &variant->stock);
        variant->availability = availability_of(variant->stock);
    }
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

/* Fills variants and stock into products that are there already: two statements, one round trip. */
static ProductList fill_products(Ctx *cx, ProductList products, const ProductView *view)
{
    IdList ids = {NEW_N(cx->arena, Id, products.n), products.n};
    for (size_t i = 0; i < products.n; i++) ids.items[i] = products.items[i].id;
    AnyList joined;
    StockList stock;
    db_ask_all(cx, &joined, &variant_price_row_type,
               "select " VARIANT_COLUMNS "from variants v " WITH_PRICES
               "where v.product_id in IDS($1) "
               "order by v.product_id desc, v.position, v.id, r.channel, r.currency",
               ids, view->channel, currency_text(&view->currency));
    stock_ask_all(cx, &stock, ids);
    if (!db_settle(cx)) return (ProductList){0};
    VariantList variants = fold_variants(cx->arena, joined);
    fill_stock(variants, &stock);
    share_variants(products, variants);
    return products;
}

Product *product_read(Ctx *cx, Id id, const ProductView *view, bool all)
{
    Product *product;
    AnyList joined;
    StockList stock;
    db_ask_one(cx, &product, &product_type,
               "select " PRODUCT_COLUMNS "from products p " WITH_TEXTS
               "where p.id = $2 and ($4 or exists (select 1 from product_documents d "
               "where d.channel = $3 and d.locale = '' and d.product_id = p.id))",
               view->locale, id, view->channel, all);
    db_ask_all(cx, &joined, &variant_price_row_type,
               "select " VARIANT_COLUMNS "from variants v " WITH_PRICES
               "where v.product_id = $1 order by v.position, v.id, r.channel, r.currency",
               id, view->channel, currency_text(&view->currency));
    stock_ask(cx, &stock, id);
    if (!db_settle(cx) || !product) return NULL;
    VariantList variants = fold_variants(cx->arena, joined);
    fill_stock(variants, &stock);
    share_variants((ProductList){product, 1}, variants);
    return product;
}

/* A page begins below this id; 0 means at the newest. */
static Id page_start(Id before)
{
    return before.n ? before : (Id){INT64_MAX};
}

ProductList product_page_by_status(Ctx *cx, const ProductView *view, ProductStatus status,
                                   Id before, int64_t limit)
{
    ProductList page =
        DB_LIST(ProductList, db_all(cx, &product_type,
                                    "select " PRODUCT_COLUMNS "from products p " WITH_TEXTS
                                    "where p.status = $2 and p.id < $3 order by p.id desc limit $4",
                                    view->locale, enum_text(&product_status_names, status),
                                    page_start(before), limit));
    return fill_products(cx, page, view);
}

/* ---- Documents ------------------------------------------------------------------------------- */

const ProductDocument *document_read(Ctx *cx, Id id, const ProductView *view, StockList *stock)
{
    ProductDocument *document;
    if (view->locale.n)
        db_ask_one(cx, &document, &product_document_type,
                   "select product_id, version, shape, body from product_documents "
                   "where channel = $1 and locale in ('', $2) and product_id = $3 "
                   "order by locale desc limit 1",
                   view->channel, view->locale, id);
    else /* the same for the common case, at one look into the index */
        db_ask_one(cx, &document, &product_document_type,
                   "select product_id, version, shape, body from product_documents "
                   "where channel = $1 and locale = '' and product_id = $2",
                   view->channel, id);
    stock_ask(cx, stock, id);
    return db_settle(cx) ? document : NULL;
}

static IdList products_named(Arena *arena, ProductDocumentList page)
{
    IdList ids = {NEW_N(arena, Id, page.n), page.n};
    for (size_t i = 0; i < page.n; i++) ids.items[i] = page.items[i].product_id;
    return ids;
}

ProductDocumentList document_page(Ctx *cx, const ProductView *view, Id before, int64_t limit,
                                  StockList *stock)
{
    ProductDocumentList page = DB_LIST(
        ProductDocumentList,
        db_all(cx, &product_document_type,
               "select d.product_id, d.version, d.shape, coalesce(t.body, d.body) as body "
               "from product_documents d left join product_documents t on $2 <> '' "
               "and t.channel = d.channel and t.locale = $2 and t.product_id = d.product_id "
               "where d.channel = $1 and d.locale = '' and d.product_id < $3 "
               "order by d.product_id desc limit $4",
               view->channel, view->locale, page_start(before), limit));
    stock_ask_all(cx, stock, products_named(cx->arena, page));
    if (!db_settle(cx)) return (ProductDocumentList){0};
    return page;
}

ProductList products_of_documents(Ctx *cx, const ProductView *view, ProductDocumentList page)
{
    ProductList products =
        DB_LIST(ProductList, db_all(cx, &product_type,
                                    "select " PRODUCT_COLUMNS "from products p " WITH_TEXTS
                                    "where p.id in IDS($2) order by p.id desc",
                                    view->locale, products_named(cx->arena, page)));
    return fill_products(cx, products, view);
}

void document_insert(Ctx *cx, const Product *product, Str channel, Str locale)
{
    ProductDocument document = {.product_id = product->id,
                                .channel = channel,
                                .locale = locale,
                                .version = product->version,
                                .shape = document_shape(),
                                .body = document_write(cx->arena, product)};
    db_put(cx, &product_document_type, &document,
           "insert into product_documents (channel, locale, product_id, version, shape, body) "
           "values (:channel, :locale, :product_id, :version, :shape, :body)");
}

static void write_document(Ctx *cx, Id id, Str channel, Str locale)
{
    ProductView view = {.channel = channel, .locale = locale};
    const Product *product = product_read(cx, id, &view, true);
    if (product) document_insert(cx, product, channel, locale);
}

void documents_renew(Ctx *cx, const Product *product)
{
    db_exec(cx, "delete from product_documents where product_id = $1", product->id);
    if (product->status != PRODUCT_ACTIVE) return;
    TranslationList translations = translations_of(cx, product->id);
    for (size_t i = 0; i < product->channels.n; i++) {
        Str channel = product->channels.items[i];
        write_document(cx, product->id, channel, S(""));
        for (size_t k = 0; k < translations.n; k++)
            write_document(cx, product->id, channel, translations.items[k].locale);
    }
}

/* ---- Writing products ------------------------------------------------------------------------ */

bool product_insert(Ctx *cx, const Product *product)
{
    return db_put(cx, &product_type, product,
                  "insert into products (id, handle, title, description, status, channels, tags, "
                  "options, attributes, images, version, created_at, updated_at) "
                  "values (:id, :handle, :title, :description, :status, :channels, :tags, "
                  ":options, :attributes, :images, :version, :created_at, :updated_at) "
                  "on conflict (handle) do nothing") == 1;
}

bool product_update(Ctx *cx, const Product *product)
{
    int64_t taken = db_int(cx, 0, "select id from products where handle = $1 and id <> $2",
                           product->handle, product->id);
    if (taken) return false;
    db_put(cx, &product_type, product,
           "update products set handle = :handle, title = :title, description = :description, "
           "status = :status, channels = :channels, tags = :tags, options = :options, "
           "attributes = :attributes, images = :images where id = :id");
    return true;
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

/* ---- Variants -------------------------------------------------------------------------------- */

Id variant_product(Ctx *cx, Id variant)
{
    return (Id){db_int(cx, 0, "select product_id from variants where id = $1", variant)};
}

static void insert_prices(Ctx *cx, const Variant *variant)
{
    for (size_t i = 0; i < variant->prices.n; i++) {
        const Price *price = &variant->prices.items[i];
        db_exec(cx,
                "insert into variant_prices (variant_id, channel, currency, amount) "
                "values ($1, $2, $3, $4)",
                variant->id, price->channel, currency_text(&price->currency), price->amount);
    }
}

bool variant_insert(Ctx *cx, const Variant *variant, int64_t stock)
{
    if (db_put(cx, &variant_type, variant,
               "insert into variants (id, product_id, sku, barcode, options, position, "
               "created_at, updated_at) values (:id, :product, :sku, :barcode, :options, "
               ":position, :created_at, :updated_at) on conflict (sku) do nothing") != 1)
        return false;
    insert_prices(cx, variant);
    stock_register(cx, variant->id, variant->product, stock);
    return true;
}

bool variant_update(Ctx *cx, const Variant *variant)
{
    int64_t taken = db_int(cx, 0, "select id from variants where sku = $1 and id <> $2",
                           variant->sku, variant->id);
    if (taken) return false;
    db_put(cx, &variant_type, variant,
           "update variants set sku = :sku, barcode = :barcode, options = :options, "
           "position = :position, updated_at = :updated_at where id = :id");
    return true;
}

void variant_replace_prices(Ctx *cx, const Variant *variant)
{
    db_exec(cx, "delete from variant_prices where variant_id = $1", variant->id);
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
