/* What the catalogue offers a cart, on both databases: one product in two channels and currencies, by
 * quantity and by time. */
#include "modules/catalog/products.h"
#include "modules/catalog/store.h"

#include "modules/categories/categories.h"
#include "modules/collections/collections.h"
#include "modules/pricing/pricing.h"
#include "platform/changes.h"
#include "platform/outbox/outbox.h"
#include "platform/search/search.h"
#include "platform/test_modules.h"

static const Module *const modules[] = {&changes_module,   &outbox_module,     &search_module,
                                        &inventory_module, &categories_module, &collections_module,
                                        &pricing_module,   &catalog_module};

static int64_t present_us;

static Time test_now(void *state)
{
    (void)state;
    return (Time){present_us};
}
static const Clock test_clock = {test_now, NULL};

static World *shop_of(void **state)
{
    World *w = world_with(state, modules, ROWS(modules));
    present_us = INT64_C(1800000000000000);
    w->cx.clock = &test_clock;
    return w;
}

static const Currency euro = {"EUR"}, yen = {"JPY"};

static Price price(const char *channel, Currency currency, int64_t amount, int64_t from)
{
    Price made = {.channel = str_from(channel),
                  .currency = currency,
                  .amount = {amount},
                  .min_quantity = from};
    MARK_SET(&price_type, &made, Price, channel);
    MARK_SET(&price_type, &made, Price, currency);
    MARK_SET(&price_type, &made, Price, amount);
    MARK_SET(&price_type, &made, Price, min_quantity);
    return made;
}

static StrList texts(Arena *arena, const char *a, const char *b)
{
    StrList list = {NEW_N(arena, Str, 2), b ? 2 : 1};
    list.items[0] = str_from(a);
    if (b) list.items[1] = str_from(b);
    return list;
}

/* From ten pieces on it is cheaper; in an hour there is a sale. */
static Prices shirt_prices(Arena *arena)
{
    Prices all = {NEW_N(arena, Price, 5), 5};
    all.items[0] = price("default", euro, 900, 10);
    all.items[1] = price("default", euro, 1000, 1);
    all.items[2] = price("default", yen, 1500, 1);
    all.items[3] = price("trade", euro, 700, 1);
    Price *sale = &all.items[4];
    *sale = price("default", euro, 600, 1);
    sale->starts_at = (Time){present_us + INT64_C(3600000000)};
    MARK_SET(&price_type, sale, Price, starts_at);
    sale->compare_at = (Money){1000};
    MARK_SET(&price_type, sale, Price, compare_at);
    return all;
}

typedef struct Made {
    Id shirt, small, large;
} Made;

static Variant shirt_variant(Arena *arena, const char *size, Str sku, int64_t stock)
{
    Variant variant = {.options = texts(arena, size, NULL), .sku = sku, .stock = stock};
    MARK_SET(&variant_type, &variant, Variant, options);
    MARK_SET(&variant_type, &variant, Variant, sku);
    return variant;
}

static bool make_shirt(Ctx *cx, void *arg)
{
    Made *made = arg;
    Product shirt = {.title = S("Shirt"),
                     .status = PRODUCT_ACTIVE,
                     .channels = texts(cx->arena, "default", NULL),
                     .options = {NEW(cx->arena, Option), 1},
                     .images = {NEW_N(cx->arena, Image, 2), 2},
                     .variants = {NEW_N(cx->arena, Variant, 2), 2}};
    shirt.options.items[0] = (Option){S("Size"), texts(cx->arena, "S", "L")};
    shirt.images.items[0] = (Image){S("https://shop.example/first.jpg"), S("A shirt")};
    shirt.images.items[1] = (Image){S("https://shop.example/second.jpg"), S("Its back")};
    Variant *small = &shirt.variants.items[0], *large = &shirt.variants.items[1];
    *small = shirt_variant(cx->arena, "S", S("SH-S"), 7);
    *large = shirt_variant(cx->arena, "L", S("SH-L"), 0);
    small->prices = shirt_prices(cx->arena);
    MARK_SET(&variant_type, small, Variant, prices);
    small->weight = 150;
    MARK_SET(&variant_type, small, Variant, weight);
    small->tax_class = S("reduced");
    WANT(!product_create(cx, &shirt).error);
    translation_put(cx, shirt.id, &(Translation){S("de"), S("Hemd"), S("")});
    *made = (Made){shirt.id, small->id, large->id};
    return true;
}

static const Offer *offer_now(Ctx *cx, Id variant, const char *channel, Currency currency,
                              const char *locale)
{
    OfferView view = {str_from(channel), currency, str_from(locale), {"cart", {9}}};
    OfferList offers = catalog_offers(cx, (IdList){&variant, 1}, &view);
    WANT_INT(offers.n, 1);
    return offers.items;
}

static bool look_at_shirt(Ctx *cx, void *arg)
{
    const Made *made = arg;
    const Offer *small = offer_now(cx, made->small, "default", euro, "");
    WANT_INT(small->product.n, made->shirt.n);
    WANT_STR(small->title, S("Shirt"));
    WANT_INT(small->options.n, 1);
    WANT_STR(small->options.items[0], S("S"));
    WANT_STR(small->sku, S("SH-S"));
    WANT_STR(small->image, S("https://shop.example/first.jpg"));
    WANT_STR(small->tax_class, S("reduced"));
    WANT_INT(small->weight, 150);
    WANT(small->shown);
    WANT_INT(small->free, 7);
    WANT_INT(small->availability, AVAILABILITY_IN);
    WANT_INT(small->prices.n, 2);
    WANT_INT(small->prices.items[0].min_quantity, 1);
    WANT_INT(small->prices.items[0].amount.minor, 1000);
    WANT_INT(small->prices.items[1].min_quantity, 10);
    WANT_INT(small->prices.items[1].amount.minor, 900);
    WANT_STR(offer_now(cx, made->small, "default", euro, "de")->title, S("Hemd"));
    WANT_STR(offer_now(cx, made->small, "default", euro, "fr")->title, S("Shirt"));
    return true;
}

static void a_variant_is_offered_with_all_that_a_cart_shows(void **state)
{
    World *w = shop_of(state);
    Made made;
    RUN(w, TX_WRITE, make_shirt, &made);
    RUN(w, TX_READ, look_at_shirt, &made);
}

static bool look_elsewhere(Ctx *cx, void *arg)
{
    const Made *made = arg;
    const Offer *in_yen = offer_now(cx, made->small, "default", yen, "");
    WANT_INT(in_yen->prices.n, 1);
    WANT_INT(in_yen->prices.items[0].amount.minor, 1500);
    const Offer *trade = offer_now(cx, made->small, "trade", euro, "");
    WANT(!trade->shown); /* it has a price there, and is not in the channel */
    WANT_INT(trade->prices.items[0].amount.minor, 700);
    const Offer *large = offer_now(cx, made->large, "default", euro, "");
    WANT_INT(large->prices.n, 0);
    WANT_INT(large->weight, -1);
    WANT_INT(large->availability, AVAILABILITY_OUT);
    return true;
}

static void other_channels_and_currencies_have_other_prices(void **state)
{
    World *w = shop_of(state);
    Made made;
    RUN(w, TX_WRITE, make_shirt, &made);
    RUN(w, TX_READ, look_elsewhere, &made);
}

static bool look_at_sale(Ctx *cx, void *arg)
{
    const Offer *offer = offer_now(cx, *(Id *)arg, "default", euro, "");
    WANT_INT(offer->prices.n, 2);
    WANT_INT(offer->prices.items[0].amount.minor, 600);
    WANT_INT(offer->prices.items[0].compare_at.minor, 1000);
    return true;
}

static void a_price_begins_at_its_time(void **state)
{
    World *w = shop_of(state);
    Made made;
    RUN(w, TX_WRITE, make_shirt, &made);
    present_us += INT64_C(3600000000);
    RUN(w, TX_READ, look_at_sale, &made.small);
}

static bool look_at_both(Ctx *cx, void *arg)
{
    const Made *made = arg;
    Id asked[] = {made->large, {4711}, made->small};
    int before = cx->cost.statements;
    OfferView view = {S("default"), euro, S(""), {"cart", {9}}};
    OfferList offers = catalog_offers(cx, (IdList){asked, 3}, &view);
    WANT_INT(cx->cost.statements - before, 2);
    WANT_INT(offers.n, 2);
    WANT(offer_of(&offers, made->large) && offer_of(&offers, made->small));
    WANT_STR(offer_of(&offers, made->large)->sku, S("SH-L"));
    WANT(!offer_of(&offers, (Id){4711}));
    WANT_INT(catalog_offers(cx, (IdList){0}, &view).n, 0);
    return true;
}

static bool archive(Ctx *cx, void *arg)
{
    Id id = ((const Made *)arg)->shirt;
    Product *product = product_open(cx, id), before = *product;
    product->status = PRODUCT_ARCHIVED;
    WANT(!product_rewrite(cx, &before, product).error);
    WANT(!offer_now(cx, ((const Made *)arg)->small, "default", euro, "")->shown);
    return true;
}

static void several_cost_two_statements_and_those_that_are_gone_are_missing(void **state)
{
    World *w = shop_of(state);
    Made made;
    RUN(w, TX_WRITE, make_shirt, &made);
    RUN(w, TX_READ, look_at_both, &made);
    RUN(w, TX_WRITE, archive, &made);
}

/* Five of seven are promised: to the owner they are as free as the other two. */
static bool promise_some(Ctx *cx, void *arg)
{
    Id small = ((const Made *)arg)->small;
    StockDemand wanted = {small, 5};
    StockShortList lacking;
    Time end = {present_us + 1000000};
    WANT(
        stock_reserve(cx, (StockOwner){"cart", {9}}, (StockDemandList){&wanted, 1}, end, &lacking));
    WANT_INT(offer_now(cx, small, "default", euro, "")->free, 7);
    OfferView other = {S("default"), euro, S(""), {"cart", {10}}};
    WANT_INT(catalog_offers(cx, (IdList){&small, 1}, &other).items->free, 2);
    other.owner = (StockOwner){"hold", {9}}; /* the id of another kind */
    WANT_INT(catalog_offers(cx, (IdList){&small, 1}, &other).items->free, 2);
    present_us = end.us; /* it has expired, and is counted once */
    WANT_INT(offer_now(cx, small, "default", euro, "")->free, 7);
    WANT_INT(catalog_offers(cx, (IdList){&small, 1}, &other).items->free, 7);
    return true;
}

static void what_is_promised_to_somebody_is_free_to_him(void **state)
{
    World *w = shop_of(state);
    Made made;
    RUN(w, TX_WRITE, make_shirt, &made);
    RUN(w, TX_WRITE, promise_some, &made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(a_variant_is_offered_with_all_that_a_cart_shows),
        ON_BOTH(other_channels_and_currencies_have_other_prices),
        ON_BOTH(a_price_begins_at_its_time),
        ON_BOTH(several_cost_two_statements_and_those_that_are_gone_are_missing),
        ON_BOTH(what_is_promised_to_somebody_is_free_to_him),
    };
    return cmocka_run_group_tests_name("offers", tests, worlds_begin, worlds_end);
}
