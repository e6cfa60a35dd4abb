/* Any bytes as what Stripe sends: an object, an error, an event; and any line as its signature. Nothing
 * is believed of who does not know the secret; who knows it is believed as long as the signature is
 * young, whatever else the line says. */
#include "modules/payments/stripe.h"

#include "base/hash.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

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

/* "t=…,v1=…" of that second, as Stripe makes it. */
static Str sign(Arena *arena, int64_t second, Str body, Str secret)
{
    unsigned char mac[SHA256_BYTES];
    Str parts[] = {str_format(arena, "%lld.", (long long)second), body};
    Str message = str_join(arena, (StrList){parts, 2}, S(""));
    HMAC(EVP_sha256(), secret.p, (int)secret.n, (const unsigned char *)message.p, message.n, mac,
         NULL);
    return str_format(arena, "t=%lld,v1=%.*s", (long long)second,
                      STR_ARG(hex_text(arena, mac, sizeof mac)));
}

/* Seconds that are near to `now` or far from it, by the first three bytes: by how many, and times what
 * power of two. */
static int64_t second_of(Str text, int64_t now)
{
    int16_t by = 0;
    if (text.n < 3) return now;
    memcpy(&by, text.p, sizeof by);
    return (int64_t)((uint64_t)now + ((uint64_t)by << (text.p[2] & 63)));
}

static void check_signature(Arena *arena, Str text, Str line, Str body)
{
    const int64_t now = 1700000000;
    const Time time = {now * 1000000};
    int64_t second = second_of(text, now);
    bool young = second >= now - STRIPE_TOLERANCE_S && second <= now + STRIPE_TOLERANCE_S;
    assert(stripe_signed(line, body, S("whsec_nobody_knows"), time) == STRIPE_UNSIGNED);
    Str parts[] = {sign(arena, second, body, S("whsec_ours")), line};
    Str header = str_join(arena, (StrList){parts, 2}, S(","));
    StripeSignature expected = young ? STRIPE_SIGNED : STRIPE_TOO_OLD;
    assert(stripe_signed(header, body, S("whsec_ours"), time) == expected);
    assert(stripe_signed(header, text, S("whsec_ours"), time) == STRIPE_UNSIGNED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(4096);
    Str text = {(const char *)data, size}, line, rest;
    bool two = str_cut(text, '\n', &line, &rest);
    if (two) check_signature(arena, text, line, rest);
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
