/* What the sagas by hand have in common: by_hand.c, give_back.c. */
#ifndef MODULES_PAYMENTS_DOING_H
#define MODULES_PAYMENTS_DOING_H

#include "modules/payments/payments.h"
#include "platform/saga/saga.h"

/* What a saga knows: which payment, what was wanted, what the provider has said. */
typedef struct Doing {
    Id payment, refund;
    Money amount; /* wanted */
    bool local, capture;
    Money authorised, done; /* by the provider's word */
    Str provider_ref, code, detail;
} Doing;

extern const Type doing_type;

/* A call's `outside`: is another machine asked? */
bool doing_is_outside(const void *state);

/* What was said, as it is noted. */
PaymentEnd doing_said(const Doing *doing, Money amount);

/* Keeps what was said, and in *amount how much of it. A no is an answer (`code`); no answer is asked for
 * again. */
SagaEnd doing_keep(const PaymentEnd *end, Doing *doing, Money *amount);

/* The provider's no, for who has asked. */
Str doing_why(Ctx *cx, const Doing *doing);

/* Begins the saga of a payment, with a copy of `doing`. */
Reply doing_begin(Request *rq, const Saga *saga, const Doing *doing);
SagaSubject doing_subject(Id payment);

/* Voids a payment: by_hand.c. */
extern const Saga payment_void_saga;

/* Prose for the routes of such sagas. */
#define DOING_KEYED                                                                                \
    "Send `Idempotency-Key`, so that an answer that is lost can be asked for again. 202: the "     \
    "provider has not answered yet; it is asked again until it does."

#endif
