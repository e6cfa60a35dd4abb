/* Limits of carts, each with its reason. */
#ifndef MODULES_CART_LIMITS_H
#define MODULES_CART_LIMITS_H

enum {
    CART_LINES_MAX = 100,     /* each is priced and counted whenever the cart is shown */
    CART_QUANTITY_MAX = 9999, /* of a line: a hundred such lines at the highest price fit 63 bits */
    LINE_ATTRIBUTES_MAX = 10, /* an engraving, a gift message: not a form */
    ATTRIBUTE_NAME_MAX = 40,
    ATTRIBUTE_VALUE_MAX = 500, /* a message on a card */
    CART_NOTE_MAX = 2000,
    CART_LISTS_MAX = 50, /* of one customer: saved carts and wish lists */
    LIST_NAME_MAX = 100,
    SHIPPING_RATES_MAX = 50, /* of the settings: one for each currency */

    CART_DAYS = 30, /* from the last change on, or a day less; who comes back later starts anew */
    CART_TOKEN_BYTES = 16 /* 128 random bits: nobody guesses them */
};

/* The most that a piece costs, in minor units: what the catalogue takes. What a rule of the shop's own
 * answers above it is no price. */
#define CART_PRICE_MAX INT64_C(1000000000000)

#endif
