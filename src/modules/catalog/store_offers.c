/* What a cart asks of the catalogue: many variants of many products, each with one price list in one
 * currency.
 *
 * Finished documents (documents.h) are for one product as it is shown, with all of its variants; a cart
 * of fifty lines would read and parse fifty of them to use one variant of each. So this reads the tables,
 * in one statement for texts and prices together: a row for each price, of which a variant has one or
 * two. Stock is the inventory's, and travels with it. */
#include "modules/catalog/rules.h"
#include "modules/catalog/store.h"

#include <stdlib.h>

/* A variant, its product's texts, and one of its prices. */
typedef struct OfferRow {
    Present present;
    Id variant, product;
    Str title;
    StrList options;
    Str sku, image, tax_class;
    int64_t weight;
    unsigned status;
    StrList channels;
    Money amount; /* absent: it has no price here */
    Money compare_at;
    int64_t min_quantity;
    Time starts_at, ends_at;
} OfferRow;

static const Type offer_row_type = TYPE_WITH_ABSENCE(
    OfferRow, "A variant beside one of its prices.", FIELD(OfferRow, variant, "", .prefix = "var"),
    FIELD(OfferRow, product, "", .prefix = "prod"), FIELD(OfferRow, title, ""),
    FIELD(OfferRow, options, ""), FIELD(OfferRow, sku, ""), FIELD(OfferRow, image, ""),
    FIELD(OfferRow, tax_class, ""), FIELD(OfferRow, weight, ""),
    ENUM(OfferRow, status, "", product_status_names), FIELD(OfferRow, channels, ""),
    FIELD(OfferRow, amount, ""), FIELD(OfferRow, compare_at, ""), FIELD(OfferRow, min_quantity, ""),
    FIELD(OfferRow, starts_at, ""), FIELD(OfferRow, ends_at, ""));

#define ROW_HAS(row, member) IS_SET(&offer_row_type, row, OfferRow, member)

static Price price_of(const OfferRow *row, const OfferView *view)
{
    Price price = {.channel = view->channel,
                   .currency = view->currency,
                   .amount = row->amount,
                   .compare_at = row->compare_at,
                   .min_quantity = row->min_quantity,
                   .starts_at = row->starts_at,
                   .ends_at = row->ends_at};
    MARK_SET(&price_type, &price, Price, amount);
    if (ROW_HAS(row, compare_at)) MARK_SET(&price_type, &price, Price, compare_at);
    if (ROW_HAS(row, starts_at)) MARK_SET(&price_type, &price, Price, starts_at);
    if (ROW_HAS(row, ends_at)) MARK_SET(&price_type, &price, Price, ends_at);
    return price;
}

static int by_quantity(const void *a, const void *b)
{
    int64_t x = ((const Price *)a)->min_quantity, y = ((const Price *)b)->min_quantity;
    return (x > y) - (x < y);
}

static bool is_among(Str text, StrList list)
{
    for (size_t i = 0; i < list.n; i++)
        if (str_eq(list.items[i], text)) return true;
    return false;
}

/* The offer of the rows of one variant. */
static Offer offer_from(Ctx *cx, const OfferRow *rows, size_t n, const OfferView *view)
{
    Prices all = {NEW_N(cx->arena, Price, n), 0};
    for (size_t i = 0; i < n; i++)
        if (ROW_HAS(&rows[i], amount)) all.items[all.n++] = price_of(&rows[i], view);
    Time until = {0}; /* a cart is shown now, and not kept */
    Prices prices = prices_in_force(cx->arena, all, view->channel, ctx_now(cx), &until);
    if (prices.n) qsort(prices.items, prices.n, sizeof *prices.items, by_quantity);
    return (Offer){
        .variant = rows->variant,
        .product = rows->product,
        .title = rows->title,
        .options = rows->options,
        .sku = rows->sku,
        .image = rows->image,
        .tax_class = rows->tax_class,
        .weight = ROW_HAS(rows, weight) ? rows->weight : -1,
        .shown = rows->status == PRODUCT_ACTIVE && is_among(view->channel, rows->channels),
        .prices = prices,
    };
}

void offers_ask(Ctx *cx, OfferAsk *ask, IdList variants, const OfferView *view)
{
    ask->view = *view;
    db_ask_all(cx, &ask->rows, &offer_row_type,
               "select v.id as variant, v.product_id as product, "
               "coalesce(t.title, p.title) as title, v.options, v.sku, "
               "p.images -> 0 ->> 'url' as image, v.tax_class, v.weight, p.status, p.channels, "
               "r.amount, r.compare_at, r.min_quantity, r.starts_at, r.ends_at "
               "from variants v join products p on p.id = v.product_id "
               "left join product_translations t on t.product_id = p.id and t.locale = $1 "
               "left join prices r on r.variant_id = v.id and r.channel = $2 and r.currency = $3 "
               "and r.price_list is null "
               "where v.id in IDS($4) order by v.id, r.position nulls first",
               view->locale, view->channel, currency_text(&view->currency), variants);
    stock_ask_for(cx, &ask->stock, variants, view->owner);
}

OfferList offers_answered(Ctx *cx, const OfferAsk *ask)
{
    size_t n = ask->rows.n;
    const OfferRow *rows = ask->rows.items;
    OfferList offers = {NEW_N(cx->arena, Offer, n), 0};
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && id_eq(rows[end].variant, rows[i].variant);) end++;
        Offer *offer = &offers.items[offers.n++];
        *offer = offer_from(cx, &rows[i], end - i, &ask->view);
        stock_of(&ask->stock, offer->variant, &offer->free, &offer->availability);
    }
    return offers;
}

OfferList catalog_offers(Ctx *cx, IdList variants, const OfferView *view)
{
    OfferAsk ask;
    if (!variants.n) return (OfferList){0};
    offers_ask(cx, &ask, variants, view);
    return db_settle(cx) ? offers_answered(cx, &ask) : (OfferList){0};
}

const Offer *offer_of(const OfferList *offers, Id variant)
{
    size_t from = 0, to = offers->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (offers->items[middle].variant.n < variant.n)
            from = middle + 1;
        else
            to = middle;
    }
    bool found = from < offers->n && id_eq(offers->items[from].variant, variant);
    return found ? &offers->items[from] : NULL;
}
