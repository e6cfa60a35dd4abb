/* The payments' SQL: every statement of the module is in store.c. */
#ifndef MODULES_PAYMENTS_STORE_H
#define MODULES_PAYMENTS_STORE_H

#include "modules/payments/types.h"

/* ---- Payments -------------------------------------------------------------------------------- */

void payment_insert(Ctx *cx, const Payment *payment);
PaymentList payments_page(Ctx *cx, const PaymentQuery *query, Id before, int64_t limit);
PaymentList payments_of_customer(Ctx *cx, Id customer);

/* Each writes down one fact and answers the payment as it is then; NULL: that was known, or there is no
 * such payment. */
Payment *payment_put_authorised(Ctx *cx, Id id, Money amount, Str provider_ref);
Payment *payment_put_action(Ctx *cx, Id id, Str provider_ref, Str url, Str sealed_secret);
Payment *payment_put_declined(Ctx *cx, Id id, Str provider_ref, Str code, Str detail);
Payment *payment_put_captured(Ctx *cx, Id id, Money amount, Str provider_ref);
Payment *payment_put_voided(Ctx *cx, Id id);

/* Claims: what is under way keeps others from beginning. False: it cannot be begun now. */
bool payment_claim_capture(Ctx *cx, Id id, Money amount);
bool payment_claim_void(Ctx *cx, Id id);
void payment_unclaim(Ctx *cx, Id id, PaymentClaim claim);

void payment_put_subject(Ctx *cx, Id id, Str subject);

/* Forgets who paid. */
void payments_forget(Ctx *cx, Id customer);

/* ---- Refunds --------------------------------------------------------------------------------- */

/* False: with those that are under way it would be more than was captured. */
bool payment_claim_refund(Ctx *cx, Id payment, Money amount);
void refund_insert(Ctx *cx, const Refund *refund);
Refund *refund_read(Ctx *cx, Id id);
RefundList refunds_of(Ctx *cx, Id payment);

/* The refund as it is then; NULL: that was known already. */
Refund *refund_put_succeeded(Ctx *cx, Id id, Str provider_ref);
Refund *refund_put_failed(Ctx *cx, Id id, Str provider_ref, Str code, Str detail,
                          bool *had_succeeded);

/* A refund that the provider has made by itself; false: it is known already. */
bool refund_insert_told(Ctx *cx, const Refund *refund);

Id refund_named(Ctx *cx, Id payment, Str provider_ref); /* 0: there is none */

/* Moves the payment's sums by what became of a refund; the payment as it is then. */
Payment *payment_put_refunded(Ctx *cx, Id payment, Money refunding, Money refunded);

/* ---- What providers tell --------------------------------------------------------------------- */

bool provider_event_insert(Ctx *cx, const ProviderEvent *event); /* false: it was told before */
void provider_event_settle(Ctx *cx, Str provider, Str event);
int64_t provider_events_forget(Ctx *cx, Time before, int64_t limit);

Id payment_named(Ctx *cx, Str provider, Str provider_ref); /* 0: there is none */

/* ---- What users keep at providers ------------------------------------------------------------ */

Str provider_customer(Ctx *cx, Id customer, Str provider); /* empty: he is not known there */
ProviderCustomerList provider_customers_of(Ctx *cx, Id customer);
void provider_customer_put(Ctx *cx, const ProviderCustomer *row);
bool saved_method_insert(Ctx *cx, const SavedMethod *method); /* false: it is known */
SavedMethod *saved_method_read(Ctx *cx, Id id);
SavedMethodList saved_methods_of(Ctx *cx, Id customer);
void saved_method_delete(Ctx *cx, Id id);
void saved_methods_forget(Ctx *cx, Id customer);

/* ---- Checking -------------------------------------------------------------------------------- */

/* The next so many behind `after`. */
IdList payment_ids(Ctx *cx, Id after, int64_t limit);

/* Payments behind `after`, up to `last`, whose sums are not those of their refunds; as the refunds have
 * it, and as the payment has it. */
typedef struct RefundSum {
    Id payment;
    Money refunded, refunding, counted_refunded, counted_refunding;
} RefundSum;

typedef struct RefundSumList {
    RefundSum *items;
    size_t n;
} RefundSumList;

RefundSumList refund_sums_wrong(Ctx *cx, Id after, Id last);

/* Those whose amounts cannot be: more captured than authorised, more given back than captured; and
 * those whose state is not what follows from the facts. */
PaymentList payments_impossible(Ctx *cx, Id after, Id last);
PaymentList payments_misstated(Ctx *cx, Id after, Id last);

/* What was told of payments behind `after`, up to `last`, before that time, and never looked into. */
IdList payments_unheard(Ctx *cx, Id after, Id last, Time before);

/* Writes the state that follows from the facts, and the sums of the refunds. */
void payment_put_state(Ctx *cx, Id id);
bool payment_put_sums(Ctx *cx, const RefundSum *sum);

#endif
