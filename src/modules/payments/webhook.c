/* What Stripe tells: POST /v1/payments/webhooks/stripe.
 *
 * A webhook is believed in one thing only: that something has happened to an object. Who has signed it is asked before any
 * transaction that writes. Then the event and a job are written in one transaction, the event under its own id, so that the same
 * one told again has no effect. The job asks Stripe how the object is now, and notes that, with the end of the job, in one
 * transaction: so events in any order, and old ones, lead to what is so.
 *
 * Stripe gets its answer as soon as this is committed, and not when Stripe itself has been asked: it waits for few seconds, and tells
 * again whom it does not hear.
 *
 * Rejected: acting upon the object in the event (it may be older than what is known, and whoever knows the secret could write
 * it), a table of types of events (a payment is asked for as a whole, whatever has happened to it). */
#include "modules/payments/webhook.h"

#include "modules/payments/payment.h"
#include "modules/payments/store.h"
#include "modules/payments/stripe.h"
#include "platform/telemetry/fault.h"

enum {
    EVENT_MAX = 512 * 1024, /* an object of Stripe's with all of its lines */
    FORGOTTEN_AT_ONCE = 1000,
};

#define EVENTS_KEPT_US (INT64_C(60) * 24 * 3600 * 1000000) /* Stripe tells again for three days */

static const Error error_bad_signature = {
    "bad_signature", 400, "The provider of payments has not signed this, or long ago.", LOG_WARN,
    "Compare payments.stripe_webhook_secret with the endpoint's secret at Stripe, and this "
    "machine's "
    "clock with the time."};
static const Error error_bad_event = {"bad_event", 400, "This is no event of the provider's.",
                                      LOG_WARN, "Events are JSON objects of type `event`."};

/* ---- Noting ---------------------------------------------------------------------------------- */

static void note_refund(Ctx *cx, Id payment, const Refund *told)
{
    Id id = told->id.n ? told->id : refund_named(cx, payment, told->provider_ref);
    const Refund *known = id.n ? refund_read(cx, id) : NULL;
    PaymentEnd end = {.provider_ref = told->provider_ref, .decline_code = told->decline_code};
    if (known && !id_eq(known->payment, payment)) return;
    if (!known && told->state == REFUND_SUCCEEDED) refund_note_told(cx, told);
    if (known && told->state == REFUND_SUCCEEDED) refund_note_succeeded(cx, id, &end);
    if (known && told->state == REFUND_FAILED) refund_note_failed(cx, id, &end);
}

static void note_payment(Ctx *cx, Str provider, const PaymentFacts *facts)
{
    const Payment *payment = payment_read(cx, facts->payment);
    Str ref = facts->told.provider_ref;
    if (!payment || !str_eq(payment->provider, provider)) return;
    if (payment->provider_ref.n && !str_eq(payment->provider_ref, ref)) return;
    PaymentEnd end = facts->told;
    if (facts->required) payment_note_action(cx, payment->id, &end);
    if (facts->declined) payment_note_declined(cx, payment->id, &end);
    end.amount = facts->authorised;
    if (end.amount.minor > 0) payment_note_authorised(cx, payment->id, &end);
    if (facts->voided) payment_note_voided(cx, payment->id, &end);
    end.amount = facts->captured;
    if (end.amount.minor > 0) payment_note_captured(cx, payment->id, &end);
    for (size_t i = 0; i < facts->refunds.n; i++)
        note_refund(cx, payment->id, &facts->refunds.items[i]);
}

void facts_note(Ctx *cx, Str provider, const PaymentFacts *facts)
{
    if (facts->payment.n) note_payment(cx, provider, facts);
    if (!facts->method.customer.n) return;
    SavedMethod method = facts->method;
    method.id = ctx_id(cx);
    method.created_at = ctx_now(cx);
    saved_method_insert(cx, &method);
}

/* ---- The job --------------------------------------------------------------------------------- */

typedef struct Told {
    Str provider, event, object;
} Told;

static const Type told_type =
    TYPE(Told, "What is to be looked into.", FIELD(Told, provider, "Who."),
         FIELD(Told, event, "By which event."), FIELD(Told, object, "What, by the provider's id."));

FAULT_POINT(fault_looked, "payments.looked",
            "A provider has said how a payment is; that is not noted yet.");

typedef struct Looked {
    const Told *told;
    const PaymentFacts *facts; /* NULL: there are none */
} Looked;

static bool settle(Ctx *cx, void *arg)
{
    const Looked *looked = arg;
    if (looked->facts) facts_note(cx, looked->told->provider, looked->facts);
    provider_event_settle(cx, looked->told->provider, looked->told->event);
    return true;
}

static JobEnd look_into(JobRun *run, const Told *told)
{
    const PaymentProvider *provider = provider_named(told->provider);
    const Config *config = payments_config();
    if (!provider || !provider->facts || !provider->is_offered(config))
        return job_retry(run, "the provider is not set up any more");
    PaymentFacts facts;
    FactsEnd end = provider->facts(run->cx, config, told->object, &facts);
    if (end == FACTS_LATER) return job_retry(run, "%.*s", STR_ARG(facts.detail));
    FAULT(&fault_looked);
    Looked looked = {told, end == FACTS_FOUND ? &facts : NULL};
    return job_finish_with(run, settle, &looked);
}
JOB_HANDLER(look_into, Told)

static const Job look_job = {.name = "payments.look",
                             .doc = "Asks a provider how a payment is, after it has told of it.",
                             .payload = &told_type,
                             .run = JOB_RUN(look_into)};

/* ---- Forgetting ------------------------------------------------------------------------------ */

static bool forget_some(Ctx *cx, void *more)
{
    Time before = {ctx_now(cx).us - EVENTS_KEPT_US};
    *(bool *)more = provider_events_forget(cx, before, FORGOTTEN_AT_ONCE) == FORGOTTEN_AT_ONCE;
    return true;
}

static JobEnd forget(JobRun *run, const void *payload)
{
    (void)payload;
    bool more = true;
    while (more && !job_cancelled(run))
        if (job_do(run, TX_WRITE, forget_some, &more) != DB_FINE)
            return job_retry(run, "the database did not take it");
    return job_done();
}

static const Job forget_job = {.name = "payments.forget",
                               .doc = "Forgets what providers have told long ago.",
                               .run = forget,
                               .concurrency = 1};

/* ---- The route ------------------------------------------------------------------------------- */

static Reply look_at_stripe(Request *rq)
{
    const Config *config = payments_config();
    Str header = request_header(rq, S("stripe-signature")), body = rq->http->body;
    StripeSignature signature =
        stripe_signed(header, body, config->payments.stripe_webhook_secret, ctx_now(rq->cx));
    if (signature == STRIPE_TOO_OLD)
        return fail(rq, &error_bad_signature, "It was signed at another time.");
    if (signature != STRIPE_SIGNED) return refuse((Verdict){&error_bad_signature, {0}});
    rq->looked = stripe_read(rq->cx->arena, &stripe_event_type, body);
    return rq->looked ? (Reply){0} : refuse((Verdict){&error_bad_event, {0}});
}
HANDLER_PLAIN(look_at_stripe)

static Reply hear_stripe(Request *rq)
{
    const StripeEvent *event = rq->looked;
    Told told = {S("stripe"), event->id, stripe_event_object(event)};
    ProviderEvent row = {
        .provider = told.provider, .event = event->id, .type = event->type, .object = told.object};
    if (!provider_event_insert(rq->cx, &row)) return no_content();
    if (told.object.n)
        job_add(rq->cx, &look_job, &told);
    else
        provider_event_settle(rq->cx, told.provider, told.event);
    return no_content();
}
HANDLER_PLAIN(hear_stripe)

static const Error *const hear_errors[] = {&error_bad_signature, &error_bad_event, NULL};

static const Route routes[] = {
    ROUTE(POST, "/v1/payments/webhooks/stripe", hear_stripe, "Hear what Stripe tells.",
          .detail =
              "For Stripe alone, which signs each event by the secret of the endpoint. An event "
              "that was told before has no effect.",
          .tx = TX_WRITE, .lenient = true, .takes = "application/json", .body_max = EVENT_MAX,
          .look = look_at_stripe_handler, .errors = hear_errors),
};

static const Error *const errors[] = {&error_bad_signature, &error_bad_event};
static const Job *const jobs[] = {&look_job, &forget_job};
static const Cron crons[] = {{.name = "payments.forget",
                              .doc = "Forgets what providers have told long ago.",
                              .schedule = "41 3 * * *",
                              .job = &forget_job}};

const Module payment_webhooks_module = {
    .name = "payment-webhooks",
    .doc = "What providers of payments tell the shop.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(jobs, job),
    MODULE_ROWS(crons, cron),
};
