/* Carts: what somebody wants to buy, and what it comes to. Owns carts, lists (saved carts and wish
 * lists) and their lines. Prices, texts and stock are looked at anew whenever a cart is shown; what the
 * customer was shown last is kept beside each line, so that an answer can say what has changed. See
 * docs/internals/cart.md.
 *
 * A checkout holds the cart first, so that nobody changes it meanwhile:
 *
 *     Cart *cart = cart_hold(rq, NULL);            whose it is has been looked at; NULL: nobody's
 *     Verdict verdict = cart_price(cx, cart, &address, rate);     totals, in cart->totals
 *     cart_freeze(cx, cart->id);                   and nothing changes while somebody is asked for money
 *     …
 *     cart_close(cx, cart->id, order);             bought; cart_reopen undoes either */
#ifndef MODULES_CART_CART_H
#define MODULES_CART_CART_H

#include "modules/catalog/catalog.h"
#include "modules/display/display.h"
#include "platform/module.h"

typedef enum CartStatus {
    CART_OPEN,
    CART_CHECKOUT, /* being paid: frozen */
    CART_ORDERED,
    CART_MERGED, /* its lines are in another one */
} CartStatus;

/* What the customer says of a line: {"engraving": "For Ann"}. Lines with other attributes are other
 * lines. */
typedef struct LineAttribute {
    Str name, value;
} LineAttribute;

typedef struct LineAttributes {
    LineAttribute *items; /* by name */
    size_t n;
} LineAttributes;

typedef struct CartLine {
    Present present;
    Id id, variant, product;
    int64_t quantity;
    LineAttributes attributes;
    Str title, sku; /* of what is gone: as it was */
    StrList options;
    Str image; /* URL */
    Availability availability;
    bool for_sale;
    Money unit_price; /* at this quantity; absent: not for sale */
    Money compare_at;
    Money subtotal, discount, tax; /* subtotal = unit_price × quantity */
    Money total;                   /* subtotal - discount + tax */
    Str tax_class;
    int64_t weight; /* grams a piece; absent: unknown */
} CartLine;

typedef struct CartLines {
    CartLine *items; /* as they were added */
    size_t n;
} CartLines;

/* What is different from when the customer changed the cart last, and what keeps it from being
 * bought. */
typedef enum CartNoticeCode {
    NOTICE_PRICE_CHANGED,
    NOTICE_DISCOUNT_CHANGED,
    NOTICE_NOT_FOR_SALE, /* this and those below keep the cart from being bought */
    NOTICE_SOLD_OUT,
    NOTICE_STOCK_SHORT,
    NOTICE_NOT_ALLOWED, /* says the shop's own rule */
} CartNoticeCode;

typedef struct CartNotice {
    Present present;
    unsigned code;
    Id line; /* absent: the cart */
    bool blocking;
    Money was, now; /* of prices and discounts */
    int64_t free;   /* of NOTICE_STOCK_SHORT: so many can be had, of all lines of this variant */
    Str message;
} CartNotice;

typedef struct CartNotices {
    CartNotice *items;
    size_t n;
} CartNotices;

typedef struct ShippingRate {
    Str id; /* "standard" */
    Str name;
    Money amount;
} ShippingRate;

typedef struct ShippingRates {
    ShippingRate *items;
    size_t n;
} ShippingRates;

typedef struct Cart {
    Present present;
    Id id;
    Str token;   /* of a guest's; only in the answer that makes it */
    Id customer; /* absent: a guest's */
    unsigned status;
    Str channel;
    Currency currency;
    Str locale;
    Str note;
    CartLines lines;
    CartNotices notices;
    Totals totals; /* absent: a sum does not fit, so it cannot be bought */
    Id order;      /* of CART_ORDERED */
    int64_t version;
    Time expires_at;
    Time created_at, updated_at;
} Cart;

/* ---- Reading --------------------------------------------------------------------------------- */

/* The cart with today's prices, texts and stock, its totals without shipping, and its notices. NULL:
 * there is none, or it has expired. Four statements. */
Cart *cart_read(Ctx *cx, Id cart);

/* The cart of the path, {id:cart}, if the request may have it: it brings the token (header Cart-Token),
 * or is its customer's, or comes from somebody with the permission. NULL: answer not_found(rq, "cart").
 * Lines and prices as cart_read has them. */
Cart *cart_of(Request *rq);
Cart *cart_of_staff(Request *rq, const Permission *permission);

/* ---- What it comes to ------------------------------------------------------------------------ */

/* Totals of a cart that was read, shipped there (NULL: not known yet) at that rate (empty: none chosen
 * yet). Discounts and taxes stand in its lines, too. Refused when there is no such rate, or a sum does not
 * fit 64 bits; then the totals are as they were. */
Verdict cart_price(Ctx *cx, Cart *cart, const Address *ship_to, Str shipping_rate);

/* How it can be shipped there. */
ShippingRates cart_shipping_rates(Ctx *cx, const Cart *cart, const Address *ship_to);

/* Does a notice keep it from being bought? */
bool cart_is_blocked(const Cart *cart);

/* What is to be reserved for it: of each variant how many, over all lines (in the cart's arena). */
StockDemandList cart_demand(Arena *arena, const Cart *cart);

extern const Error error_unknown_shipping_rate, error_amount_out_of_range, error_cart_not_open;

/* ---- For the checkout, in a WRITE transaction -------------------------------------------------- */

/* What a caller asks (db_ask_…) of the cart besides, in the same round trip, when it is held. */
typedef struct CartAlso {
    void (*ask)(Ctx *cx, Id cart, void *arg);
    void *arg;
} CartAlso;

/* As cart_of; and nobody else changes it before the commit. `also`: NULL, nothing. */
Cart *cart_hold(Request *rq, const CartAlso *also);

/* From now on customers change nothing: they are told that it is being paid. True again when it is
 * frozen already; false when it is not open, or has expired. */
bool cart_freeze(Ctx *cx, Id cart);

/* It was bought by this order. Of an open or a frozen one; true again for the same order. */
bool cart_close(Ctx *cx, Id cart, Id order);

/* The same of one that this transaction holds and has found open; nobody waits for it. */
void cart_close_held(Ctx *cx, Id cart, Id order);

/* It is open again, if it was frozen (`order` 0), or closed by this order: undoes either. False: it was
 * neither. */
bool cart_reopen(Ctx *cx, Id cart, Id order);

extern const Type cart_type, cart_line_type, shipping_rate_type;
extern const EnumNames cart_status_names;
extern const Permission carts_read;
extern const Module cart_module, lists_module;

#endif
