/* From rows to a cart as its customer sees it.
 *
 * A line keeps what, how many, and what a piece cost when its customer was shown it last; everything else
 * is looked up whenever the cart is shown. So nothing has to run through carts when a price changes, and a
 * customer who comes back after a week is told what is different. What "since the last time" means: since
 * the cart was changed last, for only a change may write; reading it twice says the same twice.
 *
 * A price may depend on how many there are. A notice compares what the customer has seen with what that
 * quantity would cost today, so who takes ten and gets them cheaper is not told that the price has
 * changed.
 *
 * Rejected: prices that are fixed when something is put into a cart (the shop would sell at last month's
 * prices, or surprise the customer at the end), and an event of the catalogue that rewrites lines (a sale
 * begins by itself at its time, and a hundred thousand carts are looked at by nobody). */
#include "modules/cart/show.h"

#include "modules/cart/guess.h"

/* ---- What a line costs ----------------------------------------------------------------------- */

/* What a hook is told of an offer's prices. */
static PriceTiers tiers_of(Arena *arena, const Offer *offer)
{
    PriceTiers tiers = {NEW_N(arena, PriceTier, offer->prices.n), offer->prices.n};
    for (size_t i = 0; i < tiers.n; i++) {
        const Price *price = &offer->prices.items[i];
        PriceTier *tier = &tiers.items[i];
        *tier = (PriceTier){.present = PRESENT_ALL,
                            .min_quantity = price->min_quantity,
                            .amount = price->amount,
                            .compare_at = price->compare_at};
        if (!IS_SET(&price_type, price, Price, compare_at))
            MARK_ABSENT(&price_tier_type, tier, PriceTier, compare_at);
    }
    return tiers;
}

/* What a piece costs when there are so many of it; false: it is not for sale. */
static bool unit_price(Ctx *cx, const CartRow *row, const Offer *offer, int64_t pieces,
                       UnitPriceAnswer *out)
{
    if (!offer || !offer->shown) return false;
    UnitPriceQuestion question = {.customer = row->customer_id,
                                  .variant = offer->variant,
                                  .product = offer->product,
                                  .channel = row->channel,
                                  .currency = row->currency,
                                  .quantity = pieces,
                                  .tiers = tiers_of(cx->arena, offer)};
    hook_ask(cx, &hook_unit_price, &question, out);
    bool has = IS_SET(&unit_price_answer_type, out, UnitPriceAnswer, amount);
    return has && out->amount.minor >= 0 && out->amount.minor <= CART_PRICE_MAX;
}

static void fill_from_offer(CartLine *line, const Offer *offer)
{
    line->product = offer->product;
    line->title = offer->title;
    line->sku = offer->sku;
    line->options = offer->options;
    line->image = offer->image;
    line->tax_class = offer->tax_class;
    line->availability = offer->availability;
    if (offer->weight < 0) return;
    line->weight = offer->weight;
    MARK_SET(&cart_line_type, line, CartLine, weight);
}

/* The line as it stands in the cart, before anything is asked. */
static CartLine line_from(const CartLineRow *row, const Offer *offer)
{
    CartLine line = {.present = PRESENT_ALL,
                     .id = row->id,
                     .variant = row->variant_id,
                     .product = row->product_id,
                     .quantity = row->quantity,
                     .attributes = row->attributes,
                     .title = row->title,
                     .sku = row->sku,
                     .image = S(""),
                     .tax_class = S("")};
    MARK_ABSENT(&cart_line_type, &line, CartLine, unit_price);
    MARK_ABSENT(&cart_line_type, &line, CartLine, compare_at);
    MARK_ABSENT(&cart_line_type, &line, CartLine, weight);
    if (offer) fill_from_offer(&line, offer);
    return line;
}

static void price_line(Ctx *cx, const CartState *state, CartLine *line, const Offer *offer)
{
    UnitPriceAnswer price;
    line->for_sale = unit_price(cx, &state->row, offer, state_pieces(state, line->variant), &price);
    if (!line->for_sale) return;
    line->unit_price = price.amount;
    MARK_SET(&cart_line_type, line, CartLine, unit_price);
    line->subtotal.minor = price.amount.minor * line->quantity; /* fits: limits.h */
    if (!IS_SET(&unit_price_answer_type, &price, UnitPriceAnswer, compare_at)) return;
    line->compare_at = price.compare_at;
    MARK_SET(&cart_line_type, line, CartLine, compare_at);
}

/* ---- What is different, and what is wrong ---------------------------------------------------- */

static CartNotice *note(Cart *cart, CartNoticeCode code, const CartLine *line, Str message)
{
    CartNotice *notice = &cart->notices.items[cart->notices.n++];
    *notice = (CartNotice){
        .present = PRESENT_ALL, .code = code, .blocking = cart_blocks(code), .message = message};
    if (line)
        notice->line = line->id;
    else
        MARK_ABSENT(&cart_notice_type, notice, CartNotice, line);
    MARK_ABSENT(&cart_notice_type, notice, CartNotice, was);
    MARK_ABSENT(&cart_notice_type, notice, CartNotice, now);
    MARK_ABSENT(&cart_notice_type, notice, CartNotice, free);
    return notice;
}

static void tell_amounts(CartNotice *notice, const Money *was, const Money *now)
{
    if (was) {
        notice->was = *was;
        MARK_SET(&cart_notice_type, notice, CartNotice, was);
    }
    if (now) {
        notice->now = *now;
        MARK_SET(&cart_notice_type, notice, CartNotice, now);
    }
}

static MayAddAnswer may_add(Ctx *cx, const CartState *state, const CartLine *line, int64_t free)
{
    MayAddAnswer answer;
    MayAddQuestion question = {.cart = state->row.id,
                               .customer = state->row.customer_id,
                               .variant = line->variant,
                               .product = line->product,
                               .channel = state->row.channel,
                               .currency = state->row.currency,
                               .for_sale = line->for_sale,
                               .availability = line->availability,
                               .free = free,
                               .quantity = state_pieces(state, line->variant)};
    hook_ask(cx, &hook_may_add, &question, &answer);
    return answer;
}

static void note_what_is_wrong(Ctx *cx, Cart *cart, const CartState *state, const CartLine *line,
                               const Offer *offer)
{
    int64_t free = offer ? offer->free : 0;
    MayAddAnswer answer = may_add(cx, state, line, free);
    CartNotice *notice;
    switch ((MayAdd)answer.answer) {
    case MAY_ADD:
        return;
    case MAY_NOT_FOR_SALE:
        note(cart, NOTICE_NOT_FOR_SALE, line, S("This is not for sale."));
        return;
    case MAY_NOT_SOLD_OUT:
        note(cart, NOTICE_SOLD_OUT, line, S("This is sold out."));
        return;
    case MAY_NOT_SHORT:
        notice = note(cart, NOTICE_STOCK_SHORT, line,
                      str_format(cx->arena, "Only %lld of this can be had.", (long long)free));
        notice->free = free;
        MARK_SET(&cart_notice_type, notice, CartNotice, free);
        return;
    case MAY_NOT_OTHER:
        note(cart, NOTICE_NOT_ALLOWED, line, answer.message);
        return;
    }
}

/* What so many pieces as the customer has seen would cost now is not what he has seen. */
static void note_price(Ctx *cx, Cart *cart, const CartState *state, size_t i, const Offer *offer)
{
    const CartLineRow *row = &state->lines.items[i];
    const CartLine *line = &cart->lines.items[i];
    if (!state->before[i] || !line->for_sale) return;
    bool seen = IS_SET(&cart_line_row_type, row, CartLineRow, seen_price);
    UnitPriceAnswer then = {.amount = line->unit_price};
    int64_t pieces = state_pieces_before(state, row->variant_id);
    if (pieces != state_pieces(state, row->variant_id) &&
        !unit_price(cx, &state->row, offer, pieces, &then))
        return; /* so few are not sold, and no price was seen */
    if (seen && then.amount.minor == row->seen_price.minor) return;
    tell_amounts(note(cart, NOTICE_PRICE_CHANGED, line, S("The price has changed.")),
                 seen ? &row->seen_price : NULL, &line->unit_price);
}

/* ---- Discounts, shipping and taxes ----------------------------------------------------------- */

/* What hooks are told of the lines that are for sale. */
static PricedLines priced_lines(Arena *arena, const Cart *cart)
{
    PricedLines lines = {NEW_N(arena, PricedLine, cart->lines.n), 0};
    for (size_t i = 0; i < cart->lines.n; i++) {
        const CartLine *line = &cart->lines.items[i];
        if (!line->for_sale) continue;
        lines.items[lines.n++] = (PricedLine){.line = line->id,
                                              .variant = line->variant,
                                              .product = line->product,
                                              .quantity = line->quantity,
                                              .unit_price = line->unit_price,
                                              .subtotal = line->subtotal,
                                              .net = {line->subtotal.minor - line->discount.minor},
                                              .tax_class = line->tax_class};
    }
    return lines;
}

static bool take_off(Ctx *cx, Cart *cart)
{
    PromotionAnswer answer;
    PromotionQuestion question = {.cart = cart->id,
                                  .customer = cart->customer,
                                  .channel = cart->channel,
                                  .currency = cart->currency,
                                  .lines = priced_lines(cx->arena, cart)};
    hook_ask(cx, &hook_promotion_lines, &question, &answer);
    return cart_take_off(cx->arena, cart, &answer.discounts);
}

/* Set when a server starts, and only read from then on. */
static struct {
    Str name;
    FlatRates rates;
} shipping = {.name = S_INIT("Standard")};
static Currency shop_currency = {"EUR"};

ShippingRates cart_shipping_rates(Ctx *cx, const Cart *cart, const Address *ship_to)
{
    ShippingAnswer answer;
    ShippingQuestion question = {
        .channel = cart->channel,
        .currency = cart->currency,
        .goods = {cart->totals.subtotal.minor - cart->totals.discount.minor},
        .rate_name = shipping.name,
        .rates = shipping.rates};
    if (ship_to) question.ship_to = *ship_to;
    for (size_t i = 0; i < cart->lines.n; i++)
        question.weight += cart->lines.items[i].weight * cart->lines.items[i].quantity;
    hook_ask(cx, &hook_shipping_rates, &question, &answer);
    return answer.rates;
}

/* What the rate costs; false: there is no such rate. */
static bool rate_amount(Ctx *cx, const Cart *cart, const Address *ship_to, Str rate, Money *out)
{
    ShippingRates rates = cart_shipping_rates(cx, cart, ship_to);
    for (size_t i = 0; i < rates.n; i++)
        if (str_eq(rates.items[i].id, rate)) {
            *out = rates.items[i].amount;
            return true;
        }
    return false;
}

Verdict cart_price(Ctx *cx, Cart *cart, const Address *ship_to, Str shipping_rate)
{
    if (!IS_SET(&cart_type, cart, Cart, totals)) return (Verdict){&error_amount_out_of_range, {0}};
    Money amount = {0};
    if (shipping_rate.n && !rate_amount(cx, cart, ship_to, shipping_rate, &amount))
        return (Verdict){&error_unknown_shipping_rate, {0}};
    TaxAnswer tax;
    TaxQuestion question = {.customer = cart->customer,
                            .channel = cart->channel,
                            .currency = cart->currency,
                            .lines = priced_lines(cx->arena, cart),
                            .shipping = amount};
    if (ship_to) question.ship_to = *ship_to;
    hook_ask(cx, &hook_tax_lines, &question, &tax);
    if (!cart_add_up(cart, &tax, amount)) return (Verdict){&error_amount_out_of_range, {0}};
    return (Verdict){0};
}

/* ---- The whole cart -------------------------------------------------------------------------- */

/* Each variant of the lines once. */
static IdList variants_of(Arena *arena, CartLineRows lines)
{
    IdList all = {NEW_N(arena, Id, lines.n), lines.n};
    for (size_t i = 0; i < lines.n; i++) all.items[i] = lines.items[i].variant_id;
    return ids_once(all);
}

/* Today's offers for the lines: those that were asked when the cart was opened, if they are the right
 * ones. */
static OfferList offers_for(Ctx *cx, const CartState *state)
{
    const CartRow *row = &state->row;
    OfferView view = {row->channel, row->currency, row->locale, {"cart", row->id}};
    IdList variants = variants_of(cx->arena, state->lines);
    guess_note(row->id, variants, &view);
    return guess_holds(state->guess, variants, &view) ? offers_answered(cx, &state->guess->ask)
                                                      : catalog_offers(cx, variants, &view);
}

static Cart *cart_from(Arena *arena, const CartState *state)
{
    enum { NOTICES_A_LINE = 2 };
    const CartRow *row = &state->row;
    Cart *cart = NEW(arena, Cart);
    *cart = (Cart){.present = PRESENT_ALL,
                   .id = row->id,
                   .customer = row->customer_id,
                   .status = row->status,
                   .channel = row->channel,
                   .currency = row->currency,
                   .locale = row->locale,
                   .note = row->note,
                   .lines = {NEW_N(arena, CartLine, state->lines.n), state->lines.n},
                   .notices = {NEW_N(arena, CartNotice, state->lines.n * NOTICES_A_LINE + 1), 0},
                   .totals = {.currency = row->currency},
                   .order = row->order_id,
                   .version = row->version,
                   .expires_at = row->expires_at,
                   .created_at = row->created_at,
                   .updated_at = row->updated_at};
    MARK_ABSENT(&cart_type, cart, Cart, token);
    if (!row->customer_id.n) MARK_ABSENT(&cart_type, cart, Cart, customer);
    if (!row->order_id.n) MARK_ABSENT(&cart_type, cart, Cart, order);
    return cart;
}

Cart *cart_show(Ctx *cx, const CartState *state)
{
    Cart *cart = cart_from(cx->arena, state);
    OfferList offers = offers_for(cx, state);
    for (size_t i = 0; i < cart->lines.n; i++) {
        const CartLineRow *row = &state->lines.items[i];
        const Offer *offer = offer_of(&offers, row->variant_id);
        cart->lines.items[i] = line_from(row, offer);
        price_line(cx, state, &cart->lines.items[i], offer);
        note_what_is_wrong(cx, cart, state, &cart->lines.items[i], offer);
        note_price(cx, cart, state, i, offer);
    }
    if (!take_off(cx, cart) || cart_price(cx, cart, NULL, S("")).error)
        MARK_ABSENT(&cart_type, cart, Cart, totals);
    if (!state->changed && cart->totals.discount.minor != state->row.seen_discount.minor)
        tell_amounts(note(cart, NOTICE_DISCOUNT_CHANGED, NULL, S("Discounts have changed.")),
                     &state->row.seen_discount, &cart->totals.discount);
    return cart;
}

/* ---- For others ------------------------------------------------------------------------------ */

bool cart_is_blocked(const Cart *cart)
{
    for (size_t i = 0; i < cart->notices.n; i++)
        if (cart->notices.items[i].blocking) return true;
    return !IS_SET(&cart_type, cart, Cart, totals);
}

StockDemandList cart_demand(Arena *arena, const Cart *cart)
{
    StockDemandList wanted = {NEW_N(arena, StockDemand, cart->lines.n), 0};
    for (size_t i = 0; i < cart->lines.n; i++) {
        const CartLine *line = &cart->lines.items[i];
        size_t k = 0;
        while (k < wanted.n && !id_eq(wanted.items[k].variant, line->variant)) k++;
        if (k == wanted.n) wanted.items[wanted.n++] = (StockDemand){line->variant, 0};
        wanted.items[k].quantity += line->quantity;
    }
    return wanted;
}

/* ---- The settings ---------------------------------------------------------------------------- */

/* "EUR 4.90 free from 50"; false: it is none. */
bool shipping_parse(Str text, FlatRate *out)
{
    Str code, rest, amount, free_from = S(" free from ");
    FlatRate rate = {.free_from = {INT64_MAX}};
    str_cut(text, ' ', &code, &rest);
    size_t at = str_find(rest, free_from);
    amount = str_slice(rest, 0, at);
    if (!currency_parse(code, &rate.currency) || !money_parse(amount, rate.currency, &rate.amount))
        return false;
    if (at < rest.n &&
        !money_parse(str_slice(rest, at + free_from.n, rest.n), rate.currency, &rate.free_from))
        return false;
    if (rate.amount.minor < 0 || rate.free_from.minor < 0) return false;
    *out = rate;
    return true;
}

void cart_use(const ModuleWorld *world)
{
    static FlatRate rates[SHIPPING_RATES_MAX];
    const ShopConfig *shop = &world->config->shop;
    shop_currency = shop->currency;
    shipping.name = shop->shipping_name;
    shipping.rates = (FlatRates){rates, 0};
    for (size_t i = 0; i < shop->shipping_rates.n && i < SHIPPING_RATES_MAX; i++) {
        FlatRate *rate = &rates[shipping.rates.n++];
        *rate = (FlatRate){0}; /* of no currency, if it cannot be read: shipping is not free then */
        shipping_parse(shop->shipping_rates.items[i], rate);
    }
}

Currency cart_shop_currency(void)
{
    return shop_currency;
}
