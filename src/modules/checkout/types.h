/* What the checkout shows, takes and keeps. */
#ifndef MODULES_CHECKOUT_TYPES_H
#define MODULES_CHECKOUT_TYPES_H

#include "modules/cart/cart.h"
#include "modules/orders/orders.h"
#include "modules/payments/payments.h"

enum {
    CHECKOUT_NOTE_MAX = 2000,
    CHECKOUT_HOLD_S = 15 * 60, /* so long goods are promised to who is paying: a bank's page takes
                                  minutes, and others want them too */
};

/* By which provider, and what the provider is told. */
typedef struct CheckoutPayment {
    Str provider, method;
} CheckoutPayment;

/* As it is stored. */
typedef struct CheckoutRow {
    Present present;
    Id cart_id, customer_id;
    Str email;
    Address shipping_address, billing_address;
    Str shipping_rate, provider, method, note;
    Time updated_at;
} CheckoutRow;

/* A merge patch of it. */
typedef struct CheckoutEdit {
    Present present;
    Str email;
    Address shipping_address, billing_address;
    Str shipping_rate;
    CheckoutPayment payment;
    Str note;
} CheckoutEdit;

/* As it is shown. */
typedef struct Checkout {
    Present present;
    Cart cart;
    Str email;
    Address shipping_address, billing_address;
    Str shipping_rate;
    CheckoutPayment payment;
    Str note;
    ShippingRates shipping_rates;
    StrList providers;
    StrList missing;
    bool ready;
} Checkout;

/* What its buyer believes that it comes to. */
typedef struct Completion {
    Money expected_total;
    Currency currency;
} Completion;

typedef enum CompletedStatus { COMPLETED, REQUIRES_ACTION } CompletedStatus;

typedef struct CompletedAction {
    Present present;
    Id payment;
    Str url, client_secret;
} CompletedAction;

/* What came of it. */
typedef struct Completed {
    Present present;
    unsigned status; /* CompletedStatus */
    Order order;
    CompletedAction action;
} Completed;

/* ---- The saga's ------------------------------------------------------------------------------ */

/* A line as its buyer has agreed to it. */
typedef struct SoldLine {
    Id variant, product;
    Str title, variant_title, sku, image;
    int64_t quantity;
    Money unit_price, discount, tax;
} SoldLine;

typedef struct SoldLines {
    SoldLine *items;
    size_t n;
} SoldLines;

/* What its steps share. `lines` and `totals` are what was agreed to; they are written down only where
 * the saga is not over in its first transaction, since prices may change meanwhile. */
typedef struct Purchase {
    Id cart, order;
    Id payment; /* 0: nothing is to be paid */
    Str provider, method;
    Currency currency;
    Money total;
    SoldLines lines;
    Totals totals;
    /* What another machine has said, until it is noted. */
    bool needs_action, declined;
    Str provider_ref, decline_code, detail, action_url;
    Money authorised, captured;
    Money taken; /* by somebody else, while this was given up */

    /* As long as the first transaction lasts. */
    Request *rq;
    const Completion *wanted;
    const Violations *differences;
    const Order *placed;
    /* As long as the run lasts. */
    const CheckoutRow *said;
    Cart *priced;
    const Payment *decided; /* of a local provider; not written yet */
    bool asked_now;         /* whether something is required of the customer: by this run */
    Str client_secret;
} Purchase;

extern const Type checkout_row_type, checkout_edit_type, checkout_type, completion_type,
    completed_type, completed_action_type, purchase_type;

#endif
