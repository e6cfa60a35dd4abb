/* Any bytes as what Stripe sends: an object, an error, an event; and any line as its signature. Nothing
 * is believed of who does not know the secret. */
#include "modules/payments/stripe.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at_intent(const StripeIntent *intent)
{
    for (StripeWish wish = STRIPE_AUTHORISE; wish <= STRIPE_CANCEL; wish++) {
        PaymentEnd end = stripe_end_of_intent(intent, wish);
        assert(str_eq(end.provider_ref, intent->id));
        assert(end.outcome != PAYMENT_OK || end.amount.minor >= 0);
        assert(end.outcome != PAYMENT_DECLINED || end.decline_code.n > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(4096);
    Str text = {(const char *)data, size}, line, rest;
    str_cut(text, '\n', &line, &rest);
    assert(stripe_signed(line, rest, S("whsec_nobody_knows"), (Time){0}) != STRIPE_SIGNED);
    const StripeIntent *intent = stripe_read(arena, &stripe_intent_type, text);
    if (intent) look_at_intent(intent);
    for (int status = 200; status < 600; status += 101)
        assert(stripe_end_of_fault(arena, status, text, STRIPE_CAPTURE).outcome != PAYMENT_OK);
    const StripeRefunds *refunds = stripe_read(arena, &stripe_refunds_type, text);
    for (size_t i = 0; refunds && i < refunds->data.n; i++)
        assert(stripe_end_of_refund(&refunds->data.items[i]).amount.minor > 0);
    const StripeEvent *event = stripe_read(arena, &stripe_event_type, text);
    if (event) assert(stripe_event_object(event).n <= PAYMENT_TOKEN_MAX);
    stripe_read(arena, &stripe_method_type, text);
    arena_free(arena);
    return 0;
}
