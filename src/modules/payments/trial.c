/* What the test provider tells: as a webhook of a real one, but by whoever tries things. The same event twice, late or early:
 * what is written in the end is the same, and this route is there to see that. */
#include "modules/payments/webhook.h"

#include "modules/payments/payment.h"
#include "modules/payments/store.h"

static const Permission payments_try = {"payments:try", "Say what the test provider tells.",
                                        .roles = "manager"};

static const Error error_not_for_trying = {
    "not_for_trying", 409, "Only payments of the test provider are for trying.", LOG_DEBUG,
    "Take one with `provider` \"test\", on a shop in development mode."};

typedef enum TrialKind {
    TRIAL_AUTHORISED,
    TRIAL_DECLINED,
    TRIAL_CAPTURED,
    TRIAL_VOIDED,
    TRIAL_REFUNDED
} TrialKind;

static const EnumNames trial_names =
    ENUM_NAMES("authorised", "declined", "captured", "voided", "refunded");

typedef struct Trial {
    Str event;
    unsigned type;
    Money amount;
} Trial;

static const Type trial_type =
    TYPE(Trial, "What the test provider tells of a payment.",
         FIELD(Trial, event, "Its id: the same one has no effect again.", .required = true,
               .min = 1, .max = PAYMENT_TOKEN_MAX),
         ENUM(Trial, type, "What has happened.", trial_names, .required = true),
         FIELD(Trial, amount, "In minor units; 0: all of the payment.", .min = 0,
               .max = PAYMENT_AMOUNT_MAX, .initial = "0"));

static PaymentFacts facts_of(Ctx *cx, const Payment *payment, const Trial *in)
{
    Money amount = in->amount.minor ? in->amount : payment->amount;
    PaymentFacts facts = {.payment = payment->id};
    facts.told.provider_ref =
        payment->provider_ref.n
            ? payment->provider_ref
            : str_format(cx->arena, "test_%.*s", STR_ARG(id_text(cx->arena, "pay", payment->id)));
    facts.told.decline_code = S("card_declined");
    if (in->type == TRIAL_AUTHORISED) facts.authorised = amount;
    if (in->type == TRIAL_CAPTURED) facts.captured = amount;
    facts.declined = in->type == TRIAL_DECLINED;
    facts.voided = in->type == TRIAL_VOIDED;
    if (in->type != TRIAL_REFUNDED) return facts;
    facts.refunds = (RefundList){NEW(cx->arena, Refund), 1};
    facts.refunds.items[0] = (Refund){.payment = payment->id,
                                      .amount = amount,
                                      .state = REFUND_SUCCEEDED,
                                      .provider_ref = in->event};
    return facts;
}

static Reply tell_test_event(Request *rq, const Trial *in)
{
    Ctx *cx = rq->cx;
    const Payment *payment = payment_read(cx, rq->id);
    if (!payment) return not_found(rq, "payment");
    if (!str_eq(payment->provider, S("test")) || !test_provider.is_offered(payments_config()))
        return refuse((Verdict){&error_not_for_trying, {0}});
    PaymentFacts facts = facts_of(cx, payment, in);
    ProviderEvent event = {.provider = S("test"),
                           .event = in->event,
                           .type = enum_text(&trial_names, in->type),
                           .object = facts.told.provider_ref};
    if (provider_event_insert(cx, &event)) {
        facts_note(cx, event.provider, &facts);
        provider_event_settle(cx, event.provider, event.event);
    }
    const Payment *now = payment_read(cx, rq->id);
    return with_version(ok(&payment_type, now), now->version);
}
HANDLER(tell_test_event, Trial)

static const Error *const tell_errors[] = {&error_not_for_trying, NULL};

static const Route routes[] = {
    ROUTE(POST, "/v1/payments/{id:pay}/test-events", tell_test_event,
          "Say what the test provider tells of a payment.",
          .detail =
              "As a webhook of a real provider: of a payment that waits for its customer, that "
              "he has done what he was asked (`authorised`). The same `event` again has no "
              "effect, and the order does not matter. In development mode only.",
          .tx = TX_WRITE, .needs = &payments_try, .body = &trial_type, .reply = &payment_type,
          .errors = tell_errors),
};

static const Error *const errors[] = {&error_not_for_trying};
static const Permission *const permissions[] = {&payments_try};

const Module payment_trials_module = {
    .name = "payment-trials",
    .doc = "What the test provider tells.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
};
