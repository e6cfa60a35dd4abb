/* Types that only payments themselves use. */
#ifndef MODULES_PAYMENTS_TYPES_H
#define MODULES_PAYMENTS_TYPES_H

#include "modules/payments/payments.h"

enum {
    PAYMENT_TEXT_MAX = 500, /* of what a provider says and a person writes */
    PAYMENT_TOKEN_MAX = 200,
};

/* The most of one payment, in minor units: sums of millions of them fit. */
#define PAYMENT_AMOUNT_MAX INT64_C(1000000000000)

extern const EnumNames payment_claim_names, refund_state_names;

/* ---- Refunds --------------------------------------------------------------------------------- */

typedef enum RefundState {
    REFUND_PENDING, /* its amount is claimed; the provider is asked, or has not made up its mind */
    REFUND_SUCCEEDED, /* the money is on its way back */
    REFUND_FAILED,
} RefundState;

typedef struct Refund {
    Id id, payment;
    Money amount;
    unsigned state;
    Str note, actor;
    Str provider_ref; /* no pointer: not known */
    Str decline_code, detail;
    Time created_at, updated_at;
} Refund;

typedef struct RefundList {
    Refund *items;
    size_t n;
} RefundList;

extern const Type refund_type;

/* ---- What providers tell --------------------------------------------------------------------- */

typedef struct ProviderEvent {
    Present present;
    Str provider, event, type, object;
    Time received_at, settled_at;
} ProviderEvent;

extern const Type provider_event_type;

/* ---- What users keep at providers ------------------------------------------------------------ */

typedef struct ProviderCustomer {
    Id customer;
    Str provider, provider_ref;
} ProviderCustomer;

typedef struct ProviderCustomerList {
    ProviderCustomer *items;
    size_t n;
} ProviderCustomerList;

typedef struct SavedMethod {
    Id id, customer;
    Str provider, provider_ref;
    Str kind; /* "card" */
    Str brand, last4, expires;
    Time created_at;
} SavedMethod;

typedef struct SavedMethodList {
    SavedMethod *items;
    size_t n;
} SavedMethodList;

extern const Type provider_customer_type, saved_method_type;

/* ---- Queries --------------------------------------------------------------------------------- */

typedef struct PaymentQuery {
    Present present;
    Str subject;
    unsigned state;
    int64_t limit;
    Str cursor;
} PaymentQuery;

typedef struct PaymentCursor {
    Id before;
} PaymentCursor;

extern const Type payment_query_type, payment_cursor_type;

#endif
