#include "modules/checkout/types.h"

static const Type checkout_payment_type = TYPE(
    CheckoutPayment, "How it is paid.",
    FIELD(CheckoutPayment, provider, "One of `providers`.", .required = true, .max = 40),
    FIELD(CheckoutPayment, method,
          "What the provider is told: a token that its script in the browser has made, or a saved "
          "method. Never card data.",
          .max = 200, .initial = ""));

#define EMAIL_DOC    "Where the confirmation goes."
#define SHIPPING_DOC "Where the goods go."
#define BILLING_DOC  "Whom the invoice is for; absent: the same."
#define RATE_DOC     "`id` of one of `shipping_rates`."
#define NOTE_DOC     "What the customer says to the shop."

const Type checkout_row_type = TYPE_WITH_ABSENCE(
    CheckoutRow, "What was said of how a cart is sent and paid.",
    FIELD(CheckoutRow, cart_id, "The cart.", .prefix = "cart"),
    FIELD(CheckoutRow, customer_id, "Whose.", .prefix = "user", .nullable = true),
    FIELD(CheckoutRow, email, EMAIL_DOC, .personal = true),
    OBJECT(CheckoutRow, shipping_address, SHIPPING_DOC, address_type, .nullable = true,
           .personal = true),
    OBJECT(CheckoutRow, billing_address, BILLING_DOC, address_type, .nullable = true,
           .personal = true),
    FIELD(CheckoutRow, shipping_rate, RATE_DOC), FIELD(CheckoutRow, provider, "Who is asked."),
    FIELD(CheckoutRow, method, "What he is told.", .secret = true),
    FIELD(CheckoutRow, note, NOTE_DOC, .personal = true),
    FIELD(CheckoutRow, updated_at, "When it was said last."));

const Type checkout_edit_type = TYPE_WITH_ABSENCE(
    CheckoutEdit, "What is said of how a cart is sent and paid. What is left out stays.",
    FIELD(CheckoutEdit, email, EMAIL_DOC, .format = FORMAT_EMAIL, .nullable = true, .max = 254),
    OBJECT(CheckoutEdit, shipping_address, SHIPPING_DOC " Whole, or null.", address_type,
           .nullable = true),
    OBJECT(CheckoutEdit, billing_address, BILLING_DOC " Whole, or null.", address_type,
           .nullable = true),
    FIELD(CheckoutEdit, shipping_rate, RATE_DOC, .nullable = true, .max = 100),
    OBJECT(CheckoutEdit, payment, "How it is paid. Whole, or null.", checkout_payment_type,
           .nullable = true),
    FIELD(CheckoutEdit, note, NOTE_DOC, .nullable = true, .max = CHECKOUT_NOTE_MAX));

const Type checkout_type = TYPE_WITH_ABSENCE(
    Checkout, "The checkout of a cart: what was said, what it comes to, and what is missing.",
    OBJECT(Checkout, cart, "The cart, with shipping and tax in its totals.", cart_type,
           .read_only = true),
    FIELD(Checkout, email, EMAIL_DOC, .nullable = true, .personal = true),
    OBJECT(Checkout, shipping_address, SHIPPING_DOC, address_type, .nullable = true,
           .personal = true),
    OBJECT(Checkout, billing_address, BILLING_DOC, address_type, .nullable = true,
           .personal = true),
    FIELD(Checkout, shipping_rate, RATE_DOC, .nullable = true),
    OBJECT(Checkout, payment, "How it is paid.", checkout_payment_type, .nullable = true),
    FIELD(Checkout, note, NOTE_DOC, .nullable = true),
    LIST(Checkout, shipping_rates, "How it can be sent there.", shipping_rate_type,
         .read_only = true),
    FIELD(Checkout, providers, "By whom it can be paid.", .read_only = true),
    FIELD(Checkout, missing, "What must be said before it can be completed: names of fields here.",
          .read_only = true),
    FIELD(Checkout, ready, "Nothing is missing, and nothing keeps the cart from being bought.",
          .read_only = true));

const Type completion_type = TYPE(
    Completion, "What the buyer has seen and agrees to.",
    FIELD(Completion, expected_total,
          "`cart.totals.total` as it was shown. When it has become another one nothing is bought, "
          "and 409 says what is different.",
          .required = true, .min = 0),
    FIELD(Completion, currency, "And in which currency.", .required = true));

static const EnumNames completed_status_names = ENUM_NAMES("completed", "requires_action");

const Type completed_action_type =
    TYPE_WITH_ABSENCE(CompletedAction, "What the customer must do before it goes on.",
                      FIELD(CompletedAction, payment, "The payment.", .prefix = "pay"),
                      FIELD(CompletedAction, url, "Where he goes on.", .nullable = true),
                      FIELD(CompletedAction, client_secret,
                            "For the provider's script in the browser.", .nullable = true));

const Type completed_type = TYPE_WITH_ABSENCE(
    Completed, "What came of completing a checkout.",
    ENUM(Completed, status,
         "`completed`, or `requires_action`: the customer must do something first, and then the "
         "same request again.",
         completed_status_names),
    OBJECT(Completed, order, "The order, when it is completed.", order_type, .nullable = true),
    OBJECT(Completed, action, "Of `requires_action`.", completed_action_type, .nullable = true));

/* ---- The saga's ------------------------------------------------------------------------------ */

static const Type sold_line_type = TYPE(
    SoldLine, "A line as its buyer has agreed to it.",
    FIELD(SoldLine, variant, "", .prefix = "var"), FIELD(SoldLine, product, "", .prefix = "prod"),
    FIELD(SoldLine, title, ""), FIELD(SoldLine, variant_title, ""), FIELD(SoldLine, sku, ""),
    FIELD(SoldLine, image, ""), FIELD(SoldLine, quantity, ""), FIELD(SoldLine, unit_price, ""),
    FIELD(SoldLine, discount, ""), FIELD(SoldLine, tax, ""));

const Type purchase_type = TYPE(
    Purchase, "A checkout under way.", FIELD(Purchase, cart, "", .prefix = "cart"),
    FIELD(Purchase, order, "", .prefix = "ord"), FIELD(Purchase, payment, "", .prefix = "pay"),
    FIELD(Purchase, provider, ""), FIELD(Purchase, method, "", .secret = true),
    FIELD(Purchase, currency, ""), FIELD(Purchase, total, ""),
    LIST(Purchase, lines, "", sold_line_type), OBJECT(Purchase, totals, "", totals_type),
    FIELD(Purchase, needs_action, ""), FIELD(Purchase, declined, ""),
    FIELD(Purchase, provider_ref, ""), FIELD(Purchase, decline_code, ""),
    FIELD(Purchase, detail, ""), FIELD(Purchase, action_url, ""), FIELD(Purchase, authorised, ""),
    FIELD(Purchase, captured, ""), FIELD(Purchase, taken, ""));
