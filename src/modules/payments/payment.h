/* What payment.c does for the rest of the module. */
#ifndef MODULES_PAYMENTS_PAYMENT_H
#define MODULES_PAYMENTS_PAYMENT_H

#include "modules/payments/types.h"

/* Claims so much of what was captured, in a WRITE transaction. 0, and nothing is written: with what was
 * and is being given back it would be more than that. */
Id refund_start(Ctx *cx, Id payment, Money amount, Str note);

/* Asks the provider to give it back; as payment_capture. */
PaymentEnd refund_ask(Ctx *cx, Id payment, Id refund, Str key);

/* As payment_note_…: true, it was news. A refund that had succeeded may fail after all, since banks
 * send money back; one that failed does not succeed any more. */
bool refund_note_succeeded(Ctx *cx, Id refund, const PaymentEnd *end);
bool refund_note_failed(Ctx *cx, Id refund, const PaymentEnd *end);

/* A refund that was made at the provider, without us: `payment`, `amount` and `provider_ref` of it. */
bool refund_note_told(Ctx *cx, const Refund *told);

#endif
