/* What carts decide without asking anybody: what lies in them, and what it comes to.
 *
 * A CartState is a cart in memory. Functions change it and know limits; nothing here knows a price, so
 * merging two carts or moving lines is tested without a catalogue. Beside each line stands how many pieces
 * it had before the request: who lowers a line that is too large already is not refused, and a price that
 * depends on the quantity can be compared with what was seen.
 *
 * Sums are checked, and answers of hooks are not trusted: a discount below zero or a tax that does not fit
 * is refused here, and no discount takes more than is left of its line, in whatever order they come.
 *
 * Rejected: rounding in here. Every amount is a whole number of minor units when it arrives; only a spread
 * discount is divided, by largest remainder. */
#include "modules/cart/rules.h"

#include <stdlib.h>

const Error error_cart_full = {"cart_full", 409, "The cart has no room for another line.",
                               LOG_DEBUG, "Take something out, or make it more of a line."};
const Error error_too_many = {"too_many_pieces", 409, "A line cannot have so many pieces.",
                              LOG_DEBUG, "Ask the shop for large amounts."};
const Error error_cannot_be_added = {
    "cannot_be_added", 409, "Not everything can be put into the cart.", LOG_DEBUG,
    "`errors` names each line and says why. Nothing was added; ask for less, or for something "
    "else."};
const Error error_cart_version = {"cart_version", 409, "The cart has changed meanwhile.", LOG_DEBUG,
                                  "Read it again, and decide on what it is now."};
const Error error_unknown_shipping_rate = {
    "unknown_shipping_rate", 422, "It cannot be sent that way.", LOG_DEBUG,
    "Choose one of the shipping rates that the cart has for this address."};
const Error error_amount_out_of_range = {
    "amount_out_of_range", 422, "An amount is too large, or below 0.", LOG_WARN,
    "Prices, discounts, shipping and taxes must add up to a number that fits. Ask the shop."};
const Error error_cart_not_open = {
    "cart_not_open", 409, "The cart cannot be changed any more.", LOG_DEBUG,
    "It is being paid, or was bought, or its lines are in its customer's other cart: `status` of "
    "the cart says which. Wait, or make another one."};

/* ---- What lies in a cart --------------------------------------------------------------------- */

CartState cart_state(Arena *arena, const CartRow *row, CartLineRows lines)
{
    CartState state = {.row = *row,
                       .lines = {NEW_N(arena, CartLineRow, CART_LINES_MAX), lines.n},
                       .before = NEW_N(arena, int64_t, CART_LINES_MAX),
                       .was = lines};
    if (lines.n) memcpy(state.lines.items, lines.items, lines.n * sizeof *lines.items);
    for (size_t i = 0; i < lines.n; i++) state.before[i] = lines.items[i].quantity;
    return state;
}

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const Id *)a)->n, y = ((const Id *)b)->n;
    return (x > y) - (x < y);
}

IdList ids_once(IdList ids)
{
    if (!ids.n) return ids;
    qsort(ids.items, ids.n, sizeof *ids.items, by_id);
    size_t kept = 1;
    for (size_t i = 1; i < ids.n; i++)
        if (!id_eq(ids.items[i], ids.items[kept - 1])) ids.items[kept++] = ids.items[i];
    return (IdList){ids.items, kept};
}

bool cart_blocks(CartNoticeCode code)
{
    return code != NOTICE_PRICE_CHANGED && code != NOTICE_DISCOUNT_CHANGED;
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(((const LineAttribute *)a)->name, ((const LineAttribute *)b)->name);
}

bool attributes_sort(Arena *arena, LineAttributes given, LineAttributes *out)
{
    LineAttributes sorted = {NEW_N(arena, LineAttribute, given.n), given.n};
    if (!given.n) {
        *out = sorted;
        return true;
    }
    memcpy(sorted.items, given.items, given.n * sizeof *given.items);
    qsort(sorted.items, sorted.n, sizeof *sorted.items, by_name);
    for (size_t i = 1; i < sorted.n; i++)
        if (str_eq(sorted.items[i - 1].name, sorted.items[i].name)) return false;
    *out = sorted;
    return true;
}

bool attributes_same(LineAttributes a, LineAttributes b)
{
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++)
        if (!str_eq(a.items[i].name, b.items[i].name) ||
            !str_eq(a.items[i].value, b.items[i].value))
            return false;
    return true;
}

/* The line that has it, other than `but`; lines.n: none. */
static size_t find_like(const CartState *state, Id variant, LineAttributes attributes, size_t but)
{
    size_t i = 0;
    for (; i < state->lines.n; i++) {
        const CartLineRow *line = &state->lines.items[i];
        if (i != but && id_eq(line->variant_id, variant) &&
            attributes_same(line->attributes, attributes))
            break;
    }
    return i;
}

const Error *state_add(CartState *state, Id variant, int64_t quantity, LineAttributes attributes,
                       size_t *at)
{
    CartLineRows *lines = &state->lines;
    size_t i = find_like(state, variant, attributes, SIZE_MAX);
    if (i == lines->n && i == CART_LINES_MAX) return &error_cart_full;
    int64_t there = i < lines->n ? lines->items[i].quantity : 0;
    if (quantity > CART_QUANTITY_MAX - there) return &error_too_many;
    if (i == lines->n) {
        state->before[lines->n] = 0;
        lines->items[lines->n++] = (CartLineRow){.present = PRESENT_ALL,
                                                 .cart_id = state->row.id,
                                                 .variant_id = variant,
                                                 .attributes = attributes};
    }
    lines->items[i].quantity += quantity;
    *at = i;
    return NULL;
}

size_t state_find(const CartState *state, Id line)
{
    size_t i = 0;
    while (i < state->lines.n && !id_eq(state->lines.items[i].id, line)) i++;
    return i;
}

void state_remove(CartState *state, size_t at)
{
    size_t behind = --state->lines.n - at;
    memmove(&state->lines.items[at], &state->lines.items[at + 1],
            behind * sizeof *state->lines.items);
    memmove(&state->before[at], &state->before[at + 1], behind * sizeof *state->before);
}

const Error *state_change(CartState *state, size_t at, int64_t quantity, LineAttributes attributes,
                          size_t *now_at)
{
    CartLineRow *line = &state->lines.items[at];
    size_t other = find_like(state, line->variant_id, attributes, at);
    if (other < state->lines.n) {
        CartLineRow *joined = &state->lines.items[other];
        if (quantity > CART_QUANTITY_MAX - joined->quantity) return &error_too_many;
        joined->quantity += quantity;
        state_remove(state, at);
        *now_at = other - (other > at);
        return NULL;
    }
    line->quantity = quantity;
    line->attributes = attributes;
    *now_at = at;
    return NULL;
}

void state_merge(CartState *state, const CartLineRows *lines)
{
    for (size_t i = 0; i < lines->n; i++) {
        const CartLineRow *line = &lines->items[i];
        size_t at = find_like(state, line->variant_id, line->attributes, SIZE_MAX);
        bool is_new = at == state->lines.n;
        int64_t room = CART_QUANTITY_MAX - (is_new ? 0 : state->lines.items[at].quantity);
        int64_t fits = line->quantity < room ? line->quantity : room;
        if (fits <= 0 || state_add(state, line->variant_id, fits, line->attributes, &at)) continue;
        CartLineRow *made = &state->lines.items[at];
        if (!is_new) continue;
        made->product_id = line->product_id;
        made->title = line->title;
        made->sku = line->sku;
    }
}

int64_t state_pieces(const CartState *state, Id variant)
{
    int64_t sum = 0;
    for (size_t i = 0; i < state->lines.n; i++)
        if (id_eq(state->lines.items[i].variant_id, variant)) sum += state->lines.items[i].quantity;
    return sum;
}

int64_t state_pieces_before(const CartState *state, Id variant)
{
    int64_t sum = 0;
    for (size_t i = 0; i < state->lines.n; i++)
        if (id_eq(state->lines.items[i].variant_id, variant)) sum += state->before[i];
    return sum;
}

/* ---- What it comes to ------------------------------------------------------------------------ */

static CartLine *line_of(Cart *cart, Id line)
{
    for (size_t i = 0; i < cart->lines.n; i++)
        if (id_eq(cart->lines.items[i].id, line)) return &cart->lines.items[i];
    return NULL;
}

static void take_off_line(CartLine *line, Money amount)
{
    int64_t left = line->subtotal.minor - line->discount.minor;
    line->discount.minor += amount.minor < left ? amount.minor : left;
}

/* In proportion to what is left of each. */
static bool take_off_all(Arena *arena, Cart *cart, Money amount)
{
    size_t n = cart->lines.n;
    Money *left = NEW_N(arena, Money, n), *shares = NEW_N(arena, Money, n), spread;
    for (size_t i = 0; i < n; i++) {
        const CartLine *line = &cart->lines.items[i];
        left[i].minor = line->subtotal.minor - line->discount.minor;
    }
    if (!totals_spread(amount, left, n, shares, &spread)) return false;
    for (size_t i = 0; i < n; i++) cart->lines.items[i].discount.minor += shares[i].minor;
    return true;
}

bool cart_take_off(Arena *arena, Cart *cart, const LineAmounts *discounts)
{
    Money subtotal = {0}, discount = {0};
    for (size_t i = 0; i < cart->lines.n; i++) cart->lines.items[i].discount = (Money){0};
    for (size_t i = 0; i < discounts->n; i++) {
        const LineAmount *off = &discounts->items[i];
        if (off->amount.minor < 0) return false;
        CartLine *line = off->line.n ? line_of(cart, off->line) : NULL;
        if (line) take_off_line(line, off->amount);
        if (!off->line.n && !take_off_all(arena, cart, off->amount)) return false;
    }
    for (size_t i = 0; i < cart->lines.n; i++) {
        if (!money_add(subtotal, cart->lines.items[i].subtotal, &subtotal)) return false;
        discount.minor += cart->lines.items[i].discount.minor; /* at most the subtotal */
    }
    cart->totals.subtotal = subtotal;
    cart->totals.discount = discount;
    return true;
}

static Money tax_on(const TaxAnswer *tax, Id line)
{
    for (size_t i = 0; i < tax->taxes.n; i++)
        if (id_eq(tax->taxes.items[i].line, line)) return tax->taxes.items[i].amount;
    return (Money){0};
}

/* net and tax are not below 0. */
static bool add_up_line(CartLine *line, Money tax, Money *taxes)
{
    Money net = {line->subtotal.minor - line->discount.minor}, total;
    if (tax.minor < 0 || !money_add(net, tax, &total) || !money_add(*taxes, tax, taxes))
        return false;
    line->tax = tax;
    line->total = total;
    return true;
}

bool cart_add_up(Cart *cart, const TaxAnswer *tax, Money shipping)
{
    Money taxes = tax->shipping;
    for (size_t i = 0; i < cart->lines.n; i++) {
        CartLine *line = &cart->lines.items[i];
        if (!add_up_line(line, tax_on(tax, line->id), &taxes)) return false;
    }
    Totals totals = cart->totals;
    totals.currency = cart->currency;
    totals.shipping = shipping;
    totals.tax = taxes;
    if (tax->shipping.minor < 0 || !totals_add_up(&totals)) return false;
    cart->totals = totals;
    return true;
}
