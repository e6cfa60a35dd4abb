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

/* How asking for facts has ended. */
typedef enum FactsEnd {
    FACTS_FOUND,
    FACTS_NONE,  /* there is no such thing, or it is none of ours */
    FACTS_LATER, /* no answer that counts */
} FactsEnd;

/* What a provider says of a payment, or of a saved method, when it is asked how things are now. */
typedef struct PaymentFacts {
    Id payment;                 /* 0: it is about a saved method */
    PaymentEnd told;            /* provider_ref; why it was declined, what is required */
    Money authorised, captured; /* 0: not */
    bool voided, declined, required;
    RefundList refunds; /* `id` 0: one that the provider has made by itself */
    SavedMethod method; /* `customer` 0: none */
    Str detail;         /* of FACTS_LATER */
} PaymentFacts;

/* What came of beginning to save a method: it is there, or the provider's script in the browser goes on
 * (PAYMENT_NEEDS_ACTION, by `client_secret`). */
typedef struct SetupEnd {
    PaymentOutcome outcome;
    SavedMethod method;
    Str client_secret, customer_ref;
    Str decline_code, detail;
} SetupEnd;

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
    /* How is the thing of that id there? NULL: nobody there could tell. */
    FactsEnd (*facts)(Ctx *cx, const Config *config, Str object, PaymentFacts *out);
    /* Begins to save a method of the user's, who is `customer_ref` there (empty: not known yet). NULL:
     * nothing can be saved there. */
    SetupEnd (*set_up)(Ctx *cx, const Config *config, Id user, Str customer_ref, Str method,
                       Str key);
    PaymentOutcome (*forget_method)(Ctx *cx, const Config *config, Str provider_ref);
    /* A user is gone, and all that he has saved there goes, too. */
    PaymentOutcome (*forget_customer)(Ctx *cx, const Config *config, Str provider_ref);
} PaymentProvider;

extern const PaymentProvider manual_provider, test_provider, stripe_provider;

/* NULL: there is none of that name. */
const PaymentProvider *provider_named(Str name);
const PaymentProvider *provider_at(size_t i); /* NULL behind the last */

/* The process's settings and database, for who asks outside of a transaction. */
void payments_begin(Db *db, const Config *config);
Db *payments_db(void);
const Config *payments_config(void);

#endif
