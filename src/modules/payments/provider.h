/* A provider: who moves money for the shop. A row each, in provider.c. */
#ifndef MODULES_PAYMENTS_PROVIDER_H
#define MODULES_PAYMENTS_PROVIDER_H

#include "modules/payments/types.h"
#include "platform/config/config.h"

/* What a provider is told of a payment. */
typedef struct PaymentAsk {
    const Payment *payment;
    Str customer_ref; /* who the customer is there; empty: nobody */
    const Config *config;
} PaymentAsk;

/* What a provider says of a payment when it is asked how things are. */
typedef struct PaymentFacts {
    Id payment;                 /* 0: it is none of ours */
    PaymentEnd told;            /* provider_ref; what is declined or required */
    Money authorised, captured; /* 0: not */
    bool voided, declined, required;
    RefundList refunds; /* `id` 0: one that the provider has made by itself */
} PaymentFacts;

struct Request;

typedef struct PaymentProvider {
    const char *name; /* kept in the database, so for ever */
    const char *doc;
    bool later; /* its money comes days later: the checkout never captures it */
    bool (*is_offered)(const Config *config);
    /* NULL: any text will do. */
    bool (*knows_method)(Str method);
    /* Is no other machine asked? */
    bool (*is_local)(Str method);
    PaymentEnd (*authorise)(Ctx *cx, const PaymentAsk *ask, Str key);
    PaymentEnd (*capture)(Ctx *cx, const PaymentAsk *ask, Money amount, Str key);
    PaymentEnd (*give_up)(Ctx *cx, const PaymentAsk *ask, Str key); /* void */
    PaymentEnd (*refund)(Ctx *cx, const PaymentAsk *ask, const Refund *refund, Str key);
} PaymentProvider;

extern const PaymentProvider manual_provider, test_provider;

/* NULL: there is none of that name. */
const PaymentProvider *provider_named(Str name);
const PaymentProvider *provider_at(size_t i); /* NULL behind the last */

/* The process's settings and database, for who asks outside of a transaction. */
void payments_begin(Db *db, const Config *config);
Db *payments_db(void);
const Config *payments_config(void);

#endif
