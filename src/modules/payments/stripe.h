/* Stripe's side of the wire, without a network: its objects, its errors, its signatures. Shapes by
 * https://docs.stripe.com/api, version STRIPE_VERSION. */
#ifndef MODULES_PAYMENTS_STRIPE_H
#define MODULES_PAYMENTS_STRIPE_H

#include "modules/payments/types.h"

/* Sent along with each call: answers keep their shape whatever the account's own version is. */
#define STRIPE_VERSION "2024-06-20"

enum {
    STRIPE_TOLERANCE_S = 300,   /* of a signature's age, as Stripe's own libraries have it */
    STRIPE_SIGNATURES_MAX = 16, /* in a header: one a secret, while secrets are changed */
};

/* ---- Signatures ------------------------------------------------------------------------------ */

typedef enum StripeSignature {
    STRIPE_SIGNED,
    STRIPE_UNSIGNED, /* no header of this form, or nobody who knows the secret has signed this */
    STRIPE_TOO_OLD,  /* signed, and more than STRIPE_TOLERANCE_S from now */
} StripeSignature;

/* Has Stripe signed these bytes? `header` is Stripe-Signature ("t=…,v1=…,v1=…"): HMAC-SHA-256 of "t.body"
 * by the secret. In a time that does not depend on the signature. */
StripeSignature stripe_signed(Str header, Str body, Str secret, Time now);

/* ---- Objects --------------------------------------------------------------------------------- */

typedef struct StripeError {
    Present present;
    Str type, code, decline_code, message;
    struct StripeIntentRef {
        Present present;
        Str id, status;
    } payment_intent;
} StripeError;

typedef struct StripeFault {
    Present present;
    StripeError error;
} StripeFault;

typedef struct StripeMetadata {
    Str payment, refund, user;
} StripeMetadata;

typedef struct StripeIntent {
    Present present;
    Str id, status, client_secret, payment_method, customer;
    int64_t amount, amount_capturable, amount_received;
    StripeError last_payment_error;
    StripeMetadata metadata;
    struct StripeNext {
        Present present;
        struct StripeRedirect {
            Present present;
            Str url;
        } redirect_to_url;
    } next_action;
} StripeIntent;

typedef struct StripeRefund {
    Present present;
    Str id, status, failure_reason;
    int64_t amount;
    StripeMetadata metadata;
} StripeRefund;

typedef struct StripeRefundList {
    StripeRefund *items;
    size_t n;
} StripeRefundList;

typedef struct StripeRefunds {
    StripeRefundList data;
    bool has_more;
} StripeRefunds;

typedef struct StripeMethod {
    Present present;
    Str id, type;
    struct StripeCard {
        Present present;
        Str brand, last4;
        int64_t exp_month, exp_year;
    } card;
} StripeMethod;

typedef struct StripeCustomer {
    Str id;
} StripeCustomer;

/* What a webhook tells, as far as it says what to look at. */
typedef struct StripeEvent {
    Str id, type;
    struct StripeEventData {
        struct StripeEventObject {
            Present present;
            Str id, object, payment_intent;
        } object;
    } data;
} StripeEvent;

extern const Type stripe_fault_type, stripe_intent_type, stripe_refund_type, stripe_refunds_type,
    stripe_method_type, stripe_customer_type, stripe_event_type;

/* The object in the arena, with views into `body`; NULL: it is none of this type. Unknown members are
 * Stripe's to add. */
void *stripe_read(Arena *arena, const Type *type, Str body);

/* ---- What they mean -------------------------------------------------------------------------- */

/* Of an intent that was asked to be authorised, captured or cancelled. */
typedef enum StripeWish { STRIPE_AUTHORISE, STRIPE_CAPTURE, STRIPE_CANCEL } StripeWish;

PaymentEnd stripe_end_of_intent(const StripeIntent *intent, StripeWish wish);

/* Of an answer that is no success. */
PaymentEnd stripe_end_of_fault(Arena *arena, int status, Str body, StripeWish wish);

PaymentEnd stripe_end_of_refund(const StripeRefund *refund);

/* The object that an event is about, as "pi_…" or "seti_…"; empty: one that does not matter here. */
Str stripe_event_object(const StripeEvent *event);

#endif
