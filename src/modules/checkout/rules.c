#include "modules/checkout/rules.h"

static const ViolationCode code_total = {"total_changed", "It comes to another sum now."};
static const ViolationCode code_notice = {"cart_notice", "Something about the cart has changed."};
static const ViolationCode code_short = {"stock_short", "Fewer can be had than were wanted."};
static const ViolationCode code_missing = {"missing", "It has to be said first."};
static const ViolationCode code_country = {"country", "It is no country of ISO 3166-1."};

/* ---- What is said ---------------------------------------------------------------------------- */

static Str or_empty(Str text)
{
    return text.p ? text : S("");
}

#define TAKE(member)                                                                               \
    if (IS_SET(&checkout_edit_type, edit, CheckoutEdit, member))                                   \
    row->member = or_empty(edit->member)

#define TAKE_ADDRESS(member)                                                                       \
    if (IS_SET(&checkout_edit_type, edit, CheckoutEdit, member)) {                                 \
        row->member = edit->member;                                                                \
        MARK_SET(&checkout_row_type, row, CheckoutRow, member);                                    \
        if (address_is_empty(&edit->member))                                                       \
            MARK_ABSENT(&checkout_row_type, row, CheckoutRow, member);                             \
    }

void checkout_apply(CheckoutRow *row, const CheckoutEdit *edit)
{
    TAKE(email);
    TAKE(shipping_rate);
    TAKE(note);
    TAKE_ADDRESS(shipping_address)
    TAKE_ADDRESS(billing_address)
    if (!IS_SET(&checkout_edit_type, edit, CheckoutEdit, payment)) return;
    row->provider = or_empty(edit->payment.provider);
    row->method = or_empty(edit->payment.method);
}

static void check_country(const Address *address, const char *pointer, Violations *bad)
{
    if (address_is_empty(address) || text_is_country(address->country)) return;
    violation_add_at(bad, str_from(pointer), &code_country,
                     S("must be a country's code of ISO 3166-1, as DE"));
}

bool checkout_edit_is_bad(const CheckoutEdit *edit, Violations *bad)
{
    check_country(&edit->shipping_address, "/shipping_address/country", bad);
    check_country(&edit->billing_address, "/billing_address/country", bad);
    return bad->n > 0;
}

StrList checkout_missing(Arena *arena, const CheckoutRow *row, bool free)
{
    StrList missing = {NEW_N(arena, Str, 4), 0};
    if (!row->email.n) missing.items[missing.n++] = S("email");
    if (address_is_empty(&row->shipping_address))
        missing.items[missing.n++] = S("shipping_address");
    if (!row->shipping_rate.n) missing.items[missing.n++] = S("shipping_rate");
    if (!row->provider.n && !free) missing.items[missing.n++] = S("payment");
    return missing;
}

/* ---- Why not --------------------------------------------------------------------------------- */

static Violations *none_yet(Arena *arena)
{
    Violations *all = NEW(arena, Violations);
    *all = violations_new(arena);
    return all;
}

static size_t place_of(const Cart *cart, Id line)
{
    size_t i = 0;
    while (i < cart->lines.n && !id_eq(cart->lines.items[i].id, line)) i++;
    return i;
}

const Violations *checkout_gaps(Arena *arena, StrList missing)
{
    Violations *all = none_yet(arena);
    for (size_t i = 0; i < missing.n; i++)
        violation_add_at(all, str_format(arena, "/%.*s", STR_ARG(missing.items[i])), &code_missing,
                         S("has to be said first"));
    return all;
}

static void add_notices(Arena *arena, const Cart *cart, Violations *all)
{
    for (size_t i = 0; i < cart->notices.n; i++) {
        const CartNotice *notice = &cart->notices.items[i];
        size_t at = place_of(cart, notice->line);
        Str pointer = at < cart->lines.n ? str_format(arena, "/cart/lines/%zu", at) : S("/cart");
        violation_add_at(all, pointer, &code_notice, notice->message);
    }
}

const Violations *checkout_differences(Arena *arena, const Cart *cart, const Completion *wanted)
{
    const Totals *totals = &cart->totals;
    bool same = currency_eq(wanted->currency, totals->currency) &&
                wanted->expected_total.minor == totals->total.minor;
    if (same && !cart_is_blocked(cart)) return NULL;
    Violations *all = none_yet(arena);
    if (!same)
        violation_add_at(all, S("/expected_total"), &code_total,
                         str_format(arena, "is %lld %.3s now", (long long)totals->total.minor,
                                    totals->currency.code));
    add_notices(arena, cart, all);
    return all;
}

const Violations *checkout_shortage(Arena *arena, const Cart *cart, StockShortList lacking)
{
    Violations *all = none_yet(arena);
    for (size_t i = 0; i < lacking.n; i++)
        for (size_t k = 0; k < cart->lines.n; k++)
            if (id_eq(cart->lines.items[k].variant, lacking.items[i].variant))
                violation_add_at(all, str_format(arena, "/cart/lines/%zu/quantity", k), &code_short,
                                 str_format(arena, "is more than can be had: %lld",
                                            (long long)lacking.items[i].free));
    return all;
}

/* ---- What is sold ---------------------------------------------------------------------------- */

SoldLines checkout_sold(Arena *arena, const Cart *cart)
{
    SoldLines sold = {NEW_N(arena, SoldLine, cart->lines.n + 1), cart->lines.n};
    for (size_t i = 0; i < sold.n; i++) {
        const CartLine *line = &cart->lines.items[i];
        sold.items[i] = (SoldLine){.variant = line->variant,
                                   .product = line->product,
                                   .title = or_empty(line->title),
                                   .variant_title = str_join(arena, line->options, S(" / ")),
                                   .sku = or_empty(line->sku),
                                   .image = or_empty(line->image),
                                   .quantity = line->quantity,
                                   .unit_price = line->unit_price,
                                   .discount = line->discount,
                                   .tax = line->tax};
    }
    return sold;
}

OrderLine *checkout_order_lines(Arena *arena, SoldLines sold)
{
    OrderLine *lines = NEW_N(arena, OrderLine, sold.n + 1);
    for (size_t i = 0; i < sold.n; i++) {
        const SoldLine *line = &sold.items[i];
        lines[i] = (OrderLine){.present = PRESENT_ALL,
                               .variant = line->variant,
                               .product = line->product,
                               .title = line->title,
                               .variant_title = line->variant_title,
                               .sku = line->sku,
                               .image = line->image,
                               .quantity = line->quantity,
                               .unit_price = line->unit_price,
                               .discount = line->discount,
                               .tax = line->tax};
    }
    return lines;
}

StockDemandList checkout_demand(Arena *arena, SoldLines sold)
{
    StockDemandList demand = {NEW_N(arena, StockDemand, sold.n + 1), sold.n};
    for (size_t i = 0; i < sold.n; i++)
        demand.items[i] = (StockDemand){sold.items[i].variant, sold.items[i].quantity};
    return demand;
}
