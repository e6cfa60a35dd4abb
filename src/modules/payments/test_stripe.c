/* Stripe's side of the wire, without a network: who has signed, and what answers mean. */
#include "modules/payments/stripe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* ---- Signatures ------------------------------------------------------------------------------ */

/* Of `{"id":"evt_1"}` at 1700000000 by two secrets: printf '1700000000.{"id":"evt_1"}' | openssl dgst
 * -sha256 -hmac SECRET. */
#define BODY   S("{\"id\":\"evt_1\"}")
#define BY_NEW "f3ac0c93c23f69e2e6046d7f0e2c82c93d0403de0f8651457189ab70fbbfcaae"
#define BY_OLD "ef1b1b7e4b312671a75ef2a03e10529f7834a6528a49db77ad6568c8c8017843"
/* By the new one, at INT64_MIN instead. */
#define LONG_AGO "365722f189aa49356db5da24af2a06a3e65f957f6acb120b4aa1b52bf7fcc50f"
#define STAMP_AT ((Time){INT64_C(1700000000) * 1000000})

static Time after(int64_t seconds)
{
    return (Time){STAMP_AT.us + seconds * 1000000};
}

static StripeSignature judge(const char *header, Time now)
{
    return stripe_signed(str_from(header), BODY, S("whsec_new"), now);
}

static void a_signature_is_believed_by_its_secret_alone(void **state)
{
    (void)state;
    assert_int_equal(judge("t=1700000000,v1=" BY_NEW, STAMP_AT), STRIPE_SIGNED);
    assert_int_equal(judge("t=1700000000,v1=" BY_OLD, STAMP_AT), STRIPE_UNSIGNED);
    assert_int_equal(judge("t=1700000001,v1=" BY_NEW, STAMP_AT), STRIPE_UNSIGNED);
    assert_int_equal(judge("t=1700000000,v0=" BY_NEW, STAMP_AT), STRIPE_UNSIGNED);
    assert_int_equal(judge("v1=" BY_NEW, STAMP_AT), STRIPE_UNSIGNED);
    assert_int_equal(judge("t=1700000000", STAMP_AT), STRIPE_UNSIGNED);
    assert_int_equal(judge("t=1700000000,v1=" BY_NEW "00", STAMP_AT), STRIPE_UNSIGNED);
    assert_int_equal(judge("", STAMP_AT), STRIPE_UNSIGNED);
    assert_int_equal(stripe_signed(S("t=1700000000,v1=" BY_NEW), S("{\"id\":\"evt_2\"}"),
                                   S("whsec_new"), STAMP_AT),
                     STRIPE_UNSIGNED);
}

/* While the secret is changed Stripe signs by both. */
static void any_of_several_signatures_will_do(void **state)
{
    (void)state;
    assert_int_equal(judge("t=1700000000,v1=" BY_OLD ",v1=" BY_NEW, STAMP_AT), STRIPE_SIGNED);
    assert_int_equal(judge("t=1700000000,v1=" BY_NEW ",v1=" BY_OLD ",v0=6ffb", STAMP_AT),
                     STRIPE_SIGNED);
}

static void a_signature_is_good_for_five_minutes(void **state)
{
    (void)state;
    assert_int_equal(judge("t=1700000000,v1=" BY_NEW, after(300)), STRIPE_SIGNED);
    assert_int_equal(judge("t=1700000000,v1=" BY_NEW, after(301)), STRIPE_TOO_OLD);
    assert_int_equal(judge("t=1700000000,v1=" BY_NEW, after(-300)), STRIPE_SIGNED);
    assert_int_equal(judge("t=-9223372036854775808,v1=" LONG_AGO, STAMP_AT), STRIPE_TOO_OLD);
    assert_int_equal(judge("t=1700000000,v1=" BY_NEW, after(-301)), STRIPE_TOO_OLD);
    assert_int_equal(judge("t=1700000000,v1=" BY_OLD, after(301)), STRIPE_UNSIGNED);
}

/* Whoever has set no secret believes nobody, not even who signs by none. */
static void without_a_secret_nothing_is_believed(void **state)
{
    (void)state;
    assert_int_equal(
        stripe_signed(
            S("t=1700000000,v1=0544cee61c7f21c4f8ddaa03818d769214fe1cee99d6a47c009139d400184359"),
            BODY, S(""), STAMP_AT),
        STRIPE_UNSIGNED);
}

/* ---- What answers mean ----------------------------------------------------------------------- */

static PaymentEnd end_of(Arena *arena, const char *intent, StripeWish wish)
{
    const StripeIntent *read = stripe_read(arena, &stripe_intent_type, str_from(intent));
    assert_non_null(read);
    return stripe_end_of_intent(read, wish);
}

static void the_state_of_an_intent_decides(void **state)
{
    (void)state;
    Arena *arena = arena_new(4096);
    PaymentEnd held = end_of(arena,
                             "{\"id\":\"pi_1\",\"status\":\"requires_capture\",\"amount\":900,"
                             "\"amount_capturable\":900,\"amount_received\":0,\"new_member\":{}}",
                             STRIPE_AUTHORISE);
    assert_int_equal(held.outcome, PAYMENT_OK);
    assert_int_equal(held.amount.minor, 900);
    assert_true(str_eq(held.provider_ref, S("pi_1")));
    const char *taken = "{\"id\":\"pi_1\",\"status\":\"succeeded\",\"amount\":900,"
                        "\"amount_received\":500}";
    assert_int_equal(end_of(arena, taken, STRIPE_CAPTURE).amount.minor, 500);
    assert_int_equal(end_of(arena, taken, STRIPE_CANCEL).outcome, PAYMENT_DECLINED);
    PaymentEnd action =
        end_of(arena,
               "{\"id\":\"pi_1\",\"status\":\"requires_action\",\"client_secret\":\"pi_1_secret\","
               "\"next_action\":{\"type\":\"use_stripe_sdk\"},\"last_payment_error\":null}",
               STRIPE_AUTHORISE);
    assert_int_equal(action.outcome, PAYMENT_NEEDS_ACTION);
    assert_true(str_eq(action.client_secret, S("pi_1_secret")));
    PaymentEnd no = end_of(arena,
                           "{\"id\":\"pi_1\",\"status\":\"requires_payment_method\","
                           "\"last_payment_error\":{\"type\":\"card_error\",\"code\":"
                           "\"card_declined\",\"decline_code\":\"lost_card\"}}",
                           STRIPE_AUTHORISE);
    assert_int_equal(no.outcome, PAYMENT_DECLINED);
    assert_true(str_eq(no.decline_code, S("lost_card")));
    assert_int_equal(
        end_of(arena, "{\"id\":\"pi_1\",\"status\":\"canceled\"}", STRIPE_CANCEL).outcome,
        PAYMENT_OK);
    assert_int_equal(
        end_of(arena, "{\"id\":\"pi_1\",\"status\":\"processing\"}", STRIPE_AUTHORISE).outcome,
        PAYMENT_UNKNOWN);
    assert_null(stripe_read(arena, &stripe_intent_type, S("{\"status\":\"succeeded\"}")));
    assert_null(stripe_read(arena, &stripe_intent_type, S("{\"id\":\"pi_1\",\"status\":\"\"}")));
    arena_free(arena);
}

static PaymentOutcome outcome(Arena *arena, int status, const char *type, StripeWish wish)
{
    Str body = str_format(arena, "{\"error\":{\"type\":\"%s\",\"message\":\"No.\"}}", type);
    return stripe_end_of_fault(arena, status, body, wish).outcome;
}

/* What may be different next time is never taken for a no, or a customer who was charged is told that he
 * was not. */
static void only_a_no_is_a_no(void **state)
{
    (void)state;
    Arena *arena = arena_new(4096);
    assert_int_equal(outcome(arena, 402, "card_error", STRIPE_AUTHORISE), PAYMENT_DECLINED);
    assert_int_equal(outcome(arena, 400, "invalid_request_error", STRIPE_AUTHORISE),
                     PAYMENT_DECLINED);
    assert_int_equal(outcome(arena, 409, "idempotency_error", STRIPE_AUTHORISE), PAYMENT_UNKNOWN);
    assert_int_equal(outcome(arena, 429, "invalid_request_error", STRIPE_AUTHORISE),
                     PAYMENT_UNKNOWN);
    assert_int_equal(outcome(arena, 500, "api_error", STRIPE_CAPTURE), PAYMENT_UNKNOWN);
    assert_int_equal(outcome(arena, 302, "", STRIPE_CAPTURE), PAYMENT_UNKNOWN);
    assert_int_equal(outcome(arena, 401, "invalid_request_error", STRIPE_AUTHORISE),
                     PAYMENT_DECLINED);
    assert_int_equal(outcome(arena, 401, "invalid_request_error", STRIPE_CAPTURE), PAYMENT_UNKNOWN);
    assert_int_equal(stripe_end_of_fault(arena, 502, S("<html>"), STRIPE_AUTHORISE).outcome,
                     PAYMENT_UNKNOWN);
    Str late = S("{\"error\":{\"type\":\"invalid_request_error\",\"code\":"
                 "\"payment_intent_unexpected_state\",\"payment_intent\":{\"id\":\"pi_1\","
                 "\"status\":\"succeeded\"}}}");
    PaymentEnd replayed = stripe_end_of_fault(arena, 400, late, STRIPE_CAPTURE);
    assert_int_equal(replayed.outcome,
                     PAYMENT_UNKNOWN); /* it was captured: how much is looked up */
    assert_true(str_eq(replayed.provider_ref, S("pi_1")));
    /* It was captured by somebody else, and cannot be cancelled: again, how much is looked up. */
    PaymentEnd taken = stripe_end_of_fault(arena, 400, late, STRIPE_CANCEL);
    assert_int_equal(taken.outcome, PAYMENT_UNKNOWN);
    assert_true(str_eq(taken.provider_ref, S("pi_1")));
    StripeIntent intent = {.id = S("pi_1"), .status = S("succeeded"), .amount_received = 700};
    taken = stripe_end_of_intent(&intent, STRIPE_CANCEL);
    assert_int_equal(taken.outcome, PAYMENT_DECLINED);
    assert_int_equal(taken.amount.minor, 700);
    arena_free(arena);
}

static void events_name_what_to_look_at(void **state)
{
    (void)state;
    Arena *arena = arena_new(4096);
    static const struct {
        const char *object, *intent, *wanted;
    } cases[] = {{"pi_1", NULL, "pi_1"},
                 {"ch_1", "pi_2", "pi_2"},
                 {"re_1", "pi_3", "pi_3"},
                 {"seti_1", NULL, "seti_1"},
                 {"cus_1", NULL, ""}};
    for (size_t i = 0; i < ROWS(cases); i++) {
        Str intent = cases[i].intent ? str_format(arena, "\"%s\"", cases[i].intent) : S("null");
        Str text = str_format(arena,
                              "{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"x\",\"data\":{"
                              "\"object\":{\"id\":\"%s\",\"payment_intent\":%.*s}}}",
                              cases[i].object, STR_ARG(intent));
        const StripeEvent *event = stripe_read(arena, &stripe_event_type, text);
        assert_non_null(event);
        assert_true(str_eq(stripe_event_object(event), str_from(cases[i].wanted)));
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_is_believed_by_its_secret_alone),
        cmocka_unit_test(any_of_several_signatures_will_do),
        cmocka_unit_test(a_signature_is_good_for_five_minutes),
        cmocka_unit_test(without_a_secret_nothing_is_believed),
        cmocka_unit_test(the_state_of_an_intent_decides),
        cmocka_unit_test(only_a_no_is_a_no),
        cmocka_unit_test(events_name_what_to_look_at)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
