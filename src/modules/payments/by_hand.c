/* What people do with payments: take one, capture, void; give_back.c has refunds.
 *
 * Each is a saga of three steps: claim, ask, note. The claim is one statement that guards itself, so of two who want the same
 * only one asks the provider. Once the provider may have been asked there is no way back: a refund whose answer is lost may have been
 * made. So the asking is tried until there is an answer, by the same key; a provider that says no is an answer, too, and the note
 * gives the claim back. Only taking a payment is undone as a checkout is: what was held is given up.
 *
 * Where no other machine is asked all steps run in the request's own transaction.
 *
 * Rejected: asking in the request itself (its client goes away, the process dies, and nobody notes what was done), a job (the one who
 * asks wants to be told what came of it). */
#include "modules/payments/doing.h"

#include "modules/payments/provider.h"
#include "modules/payments/store.h"
#include "platform/api/errors.h"
#include "platform/audit/audit.h"

static const Permission payments_write = {
    "payments:write", "Take, capture and void payments by hand.", .roles = "manager"};
const Error error_provider_declined = {"provider_declined", 402, "The payment provider said no.",
                                       LOG_DEBUG, "The detail is the provider's own reason."};
static const Error error_not_capturable = {
    "not_capturable", 409, "So much of the payment cannot be captured now.", LOG_DEBUG,
    "It must be authorised for as much, not captured or voided before, and nothing else under "
    "way."};
static const Error error_not_voidable = {
    "not_voidable", 409, "The payment cannot be voided now.", LOG_DEBUG,
    "What was captured is given back by a refund; while something else is under way, wait for it."};
static const Error error_in_checkout = {"in_checkout", 409, "The payment belongs to a checkout.",
                                        LOG_DEBUG, "The checkout captures or voids it by itself."};

static const AuditAction payment_was_taken = {"payment.taken", "Somebody took a payment by hand."};
static const AuditAction payment_was_captured = {"payment.captured",
                                                 "Somebody captured a payment by hand."};
static const AuditAction payment_was_voided = {"payment.voided",
                                               "Somebody voided a payment by hand."};
/* How long the customer may take to do what his bank asks of him. */
#define ACTION_US (INT64_C(3600) * 1000000)

static Reply answer_payment(Request *rq, const void *state, const SagaEnd *end)
{
    const Doing *doing = state;
    if (end->verdict == SAGA_REFUSED) return refuse((Verdict){end->error, end->detail});
    const Payment *payment = payment_read(rq->cx, doing->payment);
    if (!payment) return not_found(rq, "payment");
    if (end->verdict == SAGA_DONE && doing->code.p)
        return refuse((Verdict){&error_provider_declined, doing_why(rq->cx, doing)});
    Reply reply = with_version(ok(&payment_type, payment), payment->version);
    if (end->verdict != SAGA_DONE) reply.status = 202;
    return reply;
}

/* ---- Taking ---------------------------------------------------------------------------------- */

static SagaEnd open_payment(Ctx *cx, SagaRun *run, void *state)
{
    (void)cx, (void)run, (void)state; /* the handler has written it down: it knows the texts */
    return saga_done();
}

static bool close_payment(Ctx *cx, SagaRun *run, void *state)
{
    (void)run;
    const Doing *doing = state;
    PaymentEnd end = doing_said(doing, (Money){0});
    payment_note_declined(cx, doing->payment, &end);
    return true;
}

static SagaEnd authorise(Ctx *cx, SagaRun *run, void *state)
{
    Doing *doing = state;
    PaymentEnd end = payment_authorise(cx, doing->payment, saga_key(cx, run));
    if (end.outcome == PAYMENT_NEEDS_ACTION) return saga_wait((Time){ctx_now(cx).us + ACTION_US});
    SagaEnd kept = doing_keep(&end, doing, &doing->authorised);
    if (kept.verdict == SAGA_DONE && doing->code.p)
        return saga_refused(&error_provider_declined, doing_why(cx, doing));
    return kept;
}

static SagaEnd give_up(Ctx *cx, SagaRun *run, void *state)
{
    PaymentEnd end = payment_void(cx, ((Doing *)state)->payment, saga_key(cx, run));
    return end.outcome == PAYMENT_UNKNOWN ? saga_again(end.detail) : saga_done();
}

static SagaEnd note_held(Ctx *cx, SagaRun *run, void *state)
{
    (void)run;
    const Doing *doing = state;
    PaymentEnd end = doing_said(doing, doing->authorised);
    payment_note_authorised(cx, doing->payment, &end);
    return saga_done();
}

static bool note_given_up(Ctx *cx, SagaRun *run, void *state)
{
    (void)run;
    payment_note_voided(cx, ((Doing *)state)->payment, &(PaymentEnd){.outcome = PAYMENT_OK});
    return true;
}

static bool captures_outside(const void *state)
{
    const Doing *doing = state;
    return doing->capture && !doing->local;
}

static SagaEnd capture(Ctx *cx, SagaRun *run, void *state)
{
    Doing *doing = state;
    if (!doing->capture) return saga_done();
    PaymentEnd end = payment_capture(cx, doing->payment, doing->amount, saga_key(cx, run));
    return doing_keep(&end, doing, &doing->done);
}

static SagaEnd note_captured(Ctx *cx, SagaRun *run, void *state)
{
    (void)run;
    const Doing *doing = state;
    PaymentEnd end = doing_said(doing, doing->done);
    if (doing->code.p) payment_unclaim(cx, doing->payment, PAYMENT_CLAIM_CAPTURE);
    if (!doing->code.p && doing->capture) payment_note_captured(cx, doing->payment, &end);
    return saga_done();
}

static const SagaStep take_steps[] = {
    {"open", "The payment is written down.", .write = open_payment, .undo_write = close_payment},
    {"authorise", "Asks the provider to hold the money.", .call = authorise, .undo_call = give_up,
     .outside = doing_is_outside},
    {"hold", "Notes that it is held.", .write = note_held, .undo_write = note_given_up},
    {"capture", "Asks the provider to take it.", .call = capture, .outside = captures_outside,
     .persists = true},
    {"note", "Notes that it was taken.", .write = note_captured, .persists = true},
};

static Reply answer_taken(Request *rq, const void *state, const SagaEnd *end)
{
    Reply reply = answer_payment(rq, state, end);
    if (reply.error || reply.status == 202) return reply;
    Id id = ((const Doing *)state)->payment;
    Str location =
        str_format(rq->cx->arena, "/v1/payments/%.*s", STR_ARG(id_text(rq->cx->arena, "pay", id)));
    return with_version(created(reply.type, reply.value, location), reply.version);
}

static const Saga take_saga = {.name = "payments.take",
                               .doc = "Takes a payment by hand.",
                               .state = &doing_type,
                               .steps = take_steps,
                               .step_count = ROWS(take_steps),
                               .answer = answer_taken};

typedef struct PaymentTake {
    Id order;
    Str email, provider, method;
    Currency currency;
    Money amount;
    bool capture_now;
} PaymentTake;

static const Type payment_take_type = TYPE(
    PaymentTake, "A payment that staff take: by telephone, at the counter.",
    FIELD(PaymentTake, order, "What it is for.", .prefix = "ord", .required = true),
    FIELD(PaymentTake, email, "For the provider's receipt.", .max = 254, .initial = ""),
    FIELD(PaymentTake, provider, "Who moves the money.", .required = true, .min = 1, .max = 40),
    FIELD(PaymentTake, method, "The provider's token of what is paid with, never a card's number.",
          .max = PAYMENT_TOKEN_MAX, .initial = ""),
    FIELD(PaymentTake, currency, "ISO 4217 code.", .required = true),
    FIELD(PaymentTake, amount, "In minor units.", .required = true, .min = 1,
          .max = PAYMENT_AMOUNT_MAX),
    FIELD(PaymentTake, capture_now,
          "Captured at once, where the provider's money comes at once; else later, by hand.",
          .initial = "true"));

static Reply take_payment(Request *rq, const PaymentTake *in)
{
    Verdict verdict;
    Reply before = saga_repeat(rq, &take_saga, (SagaSubject){"ord", in->order});
    if (before.status) return before;
    PaymentStart start = {.subject = {"ord", in->order},
                          .email = in->email,
                          .provider = in->provider,
                          .method = in->method,
                          .currency = in->currency,
                          .amount = in->amount,
                          .capture_now = in->capture_now};
    Id id = payment_start(rq->cx, &start, &verdict);
    if (verdict.error) return refuse(verdict);
    audit(rq->cx, &payment_was_taken, "pay", id, &payment_take_type, NULL, in);
    Doing *doing = NEW(rq->cx->arena, Doing);
    *doing = (Doing){.payment = id,
                     .amount = in->amount,
                     .local = payment_is_local(in->provider, in->method),
                     .capture = in->capture_now && !provider_named(in->provider)->later};
    RequestKey key = request_key(rq);
    SagaSubject subject = {"ord", in->order};
    return saga_reply(rq, saga_begin(rq->cx, &take_saga, subject, &key, doing));
}
HANDLER(take_payment, PaymentTake)

/* The customer has done what was asked of him, or has not managed to: the saga goes on. */
static void wake(Ctx *cx, const PaymentEvent *event)
{
    Id order;
    if (id_parse(event->subject, "ord", &order)) saga_wake(cx, (SagaSubject){"ord", order});
}
REACTION(wake, PaymentEvent)

/* ---- Capturing ------------------------------------------------------------------------------- */

static SagaEnd claim_capture(Ctx *cx, SagaRun *run, void *state)
{
    (void)run;
    const Doing *doing = state;
    if (payment_claim_capture(cx, doing->payment, doing->amount)) return saga_done();
    return saga_refused(&error_not_capturable, (Str){0});
}

static bool unclaim_capture(Ctx *cx, SagaRun *run, void *state)
{
    (void)run;
    payment_unclaim(cx, ((Doing *)state)->payment, PAYMENT_CLAIM_CAPTURE);
    return true;
}

static const SagaStep capture_steps[] = {
    {"claim", "Keeps others from capturing or voiding it meanwhile.", .write = claim_capture,
     .undo_write = unclaim_capture},
    {"capture", "Asks the provider to take the money.", .call = capture,
     .outside = doing_is_outside, .persists = true},
    {"note", "Notes what the provider said.", .write = note_captured, .persists = true},
};

static const Saga capture_saga = {.name = "payments.capture",
                                  .doc = "Captures a payment by hand.",
                                  .state = &doing_type,
                                  .steps = capture_steps,
                                  .step_count = ROWS(capture_steps),
                                  .answer = answer_payment};

typedef struct CaptureWish {
    Present present;
    Money amount;
} CaptureWish;

static const Type capture_wish_type = TYPE_WITH_ABSENCE(
    CaptureWish, "How much of a payment is captured.",
    FIELD(CaptureWish, amount,
          "In minor units; left out: all that is authorised. The rest is given up.", .min = 1,
          .max = PAYMENT_AMOUNT_MAX));

static Reply in_checkout(const Payment *payment)
{
    bool is = str_starts(payment->subject, S("cart_"));
    return is ? refuse((Verdict){&error_in_checkout, {0}}) : (Reply){0};
}

static Reply capture_payment(Request *rq, const CaptureWish *in)
{
    const Payment *payment = payment_read(rq->cx, rq->id);
    if (!payment) return not_found(rq, "payment");
    Reply before = saga_repeat(rq, &capture_saga, doing_subject(rq->id));
    if (before.status) return before;
    Reply refused = in_checkout(payment);
    if (refused.status) return refused;
    bool some = IS_SET(&capture_wish_type, in, CaptureWish, amount);
    audit(rq->cx, &payment_was_captured, "pay", rq->id, &capture_wish_type, NULL, in);
    return doing_begin(rq, &capture_saga,
                       &(Doing){.payment = rq->id,
                                .amount = some ? in->amount : payment->authorised,
                                .local = payment_is_local(payment->provider, payment->method),
                                .capture = payment->authorised.minor > 0});
}
HANDLER(capture_payment, CaptureWish)

/* ---- Voiding --------------------------------------------------------------------------------- */

static SagaEnd claim_void(Ctx *cx, SagaRun *run, void *state)
{
    (void)run;
    if (payment_claim_void(cx, ((Doing *)state)->payment)) return saga_done();
    return saga_refused(&error_not_voidable, (Str){0});
}

static bool unclaim_void(Ctx *cx, SagaRun *run, void *state)
{
    (void)run;
    payment_unclaim(cx, ((Doing *)state)->payment, PAYMENT_CLAIM_VOID);
    return true;
}

static SagaEnd void_payment_there(Ctx *cx, SagaRun *run, void *state)
{
    Doing *doing = state;
    PaymentEnd end = payment_void(cx, doing->payment, saga_key(cx, run));
    return doing_keep(&end, doing, &doing->done);
}

static SagaEnd note_void(Ctx *cx, SagaRun *run, void *state)
{
    (void)run;
    const Doing *doing = state;
    PaymentEnd end = doing_said(doing, doing->done);
    if (doing->code.p) payment_unclaim(cx, doing->payment, PAYMENT_CLAIM_VOID);
    if (!doing->code.p) payment_note_voided(cx, doing->payment, &end);
    return saga_done();
}

static const SagaStep void_steps[] = {
    {"claim", "Keeps others from capturing or voiding it meanwhile.", .write = claim_void,
     .undo_write = unclaim_void},
    {"void", "Asks the provider to let the money go.", .call = void_payment_there,
     .outside = doing_is_outside, .persists = true},
    {"note", "Notes what the provider said.", .write = note_void, .persists = true},
};

const Saga payment_void_saga = {.name = "payments.void",
                                .doc = "Voids a payment by hand.",
                                .state = &doing_type,
                                .steps = void_steps,
                                .step_count = ROWS(void_steps),
                                .answer = answer_payment};

static Reply void_payment(Request *rq)
{
    const Payment *payment = payment_read(rq->cx, rq->id);
    if (!payment) return not_found(rq, "payment");
    Reply before = saga_repeat(rq, &payment_void_saga, doing_subject(rq->id));
    if (before.status) return before;
    Reply refused = in_checkout(payment);
    if (refused.status) return refused;
    audit(rq->cx, &payment_was_voided, "pay", rq->id, NULL, NULL, NULL);
    return doing_begin(rq, &payment_void_saga,
                       &(Doing){.payment = rq->id,
                                .amount = payment->amount,
                                .local = payment_is_local(payment->provider, payment->method)});
}
HANDLER_PLAIN(void_payment)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const take_errors[] = {&error_unknown_provider, &error_unknown_method,
                                           &error_provider_declined, NULL};
static const Error *const capture_errors[] = {&error_not_capturable, &error_in_checkout,
                                              &error_provider_declined, NULL};
static const Error *const void_errors[] = {&error_not_voidable, &error_in_checkout,
                                           &error_provider_declined, NULL};

static const Route routes[] = {
    ROUTE(POST, "/v1/payments", take_payment, "Take a payment for an order by hand.",
          .detail = "202: the customer must do something first (`action_url`). " DOING_KEYED,
          .tx = TX_WRITE, .parks = true, .needs = &payments_write, .body = &payment_take_type,
          .reply = &payment_type, .status = 201, .status_again = 202, .errors = take_errors),
    ROUTE(POST, "/v1/payments/{id:pay}/capture", capture_payment, "Capture a payment.",
          .detail = "Once, and no more than is authorised. Of `manual`: say that the money is "
                    "there. " DOING_KEYED,
          .tx = TX_WRITE, .parks = true, .needs = &payments_write, .body = &capture_wish_type,
          .reply = &payment_type, .status_again = 202, .errors = capture_errors),
    ROUTE(POST, "/v1/payments/{id:pay}/void", void_payment, "Void a payment before it is captured.",
          .detail = DOING_KEYED, .tx = TX_WRITE, .parks = true, .needs = &payments_write,
          .reply = &payment_type, .status_again = 202, .errors = void_errors),
};

static const Error *const errors[] = {&error_provider_declined, &error_not_capturable,
                                      &error_not_voidable, &error_in_checkout};
static const Permission *const permissions[] = {&payments_write};
static const AuditAction *const audits[] = {&payment_was_taken, &payment_was_captured,
                                            &payment_was_voided};
static const Reaction reactions[] = {ON(payment_authorised, wake), ON(payment_failed, wake)};
static const Saga *const sagas[] = {&take_saga, &capture_saga, &payment_void_saga};

const Module payment_actions_module = {
    .name = "payment-actions",
    .doc = "What people do with payments.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
    MODULE_ROWS(audits, audit),
    MODULE_ROWS(reactions, reaction),
    MODULE_ROWS(sagas, saga),
};
