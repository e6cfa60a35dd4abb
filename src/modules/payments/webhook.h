/* What providers tell the shop. */
#ifndef MODULES_PAYMENTS_WEBHOOK_H
#define MODULES_PAYMENTS_WEBHOOK_H

#include "modules/payments/provider.h"
#include "platform/jobs/jobs.h"

/* Notes all that a provider has said of a payment or a method, in a WRITE transaction. */
void facts_note(Ctx *cx, Str provider, const PaymentFacts *facts);

#endif
