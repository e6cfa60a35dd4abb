/* Giving money back: the saga of a refund, for staff and for modules on their behalf. As the others by hand (by_hand.c), but its claim is
 * made by whoever begins it, who knows why; and its key is the refund's own, so that a refund is made once whoever asks. */
#include "modules/payments/doing.h"

#include "modules/payments/payment.h"
#include "modules/payments/store.h"
#include "platform/audit/audit.h"

static const Permission payments_refund = {"payments:refund", "Give money back.",
                                           .roles = "manager"};

const Error error_refund_too_much = {
    "refund_too_much", 409, "More would be given back than was captured.", LOG_DEBUG,
    "Ask the payment how much was captured, refunded and is being refunded."};
static const AuditAction payment_was_refunded = {"payment.refunded",
                                                 "Somebody gave back money of a payment."};

/* ---- Giving back ----------------------------------------------------------------------------- */

static SagaEnd claim_refund(Ctx *cx, SagaRun *run, void *state)
{
    (void)cx, (void)run, (void)state; /* whoever begins has claimed it: he knows the note */
    return saga_done();
}

static bool unclaim_refund(Ctx *cx, SagaRun *run, void *state)
{
    (void)run;
    refund_note_failed(cx, ((Doing *)state)->refund, &(PaymentEnd){.decline_code = S("not_asked")});
    return true;
}

static SagaEnd give_back(Ctx *cx, SagaRun *run, void *state)
{
    Doing *doing = state;
    Str key = id_text(cx->arena, "re", doing->refund); /* one refund, one key, whoever asks */
    (void)run;
    PaymentEnd end = refund_ask(cx, doing->payment, doing->refund, key);
    return doing_keep(&end, doing, &doing->done);
}

static SagaEnd note_refund(Ctx *cx, SagaRun *run, void *state)
{
    (void)run;
    const Doing *doing = state;
    PaymentEnd end = doing_said(doing, doing->done);
    if (doing->code.p) refund_note_failed(cx, doing->refund, &end);
    if (!doing->code.p) refund_note_succeeded(cx, doing->refund, &end);
    return saga_done();
}

static const SagaStep refund_steps[] = {
    {"claim", "The amount is kept from other refunds.", .write = claim_refund,
     .undo_write = unclaim_refund},
    {"refund", "Asks the provider to give it back.", .call = give_back, .outside = doing_is_outside,
     .persists = true},
    {"note", "Notes what the provider said.", .write = note_refund, .persists = true},
};

static Reply answer_refund(Request *rq, const void *state, const SagaEnd *end)
{
    const Doing *doing = state;
    if (end->verdict == SAGA_REFUSED) return refuse((Verdict){end->error, end->detail});
    const Refund *refund = refund_read(rq->cx, doing->refund);
    if (!refund) return not_found(rq, "refund");
    if (end->verdict == SAGA_DONE && doing->code.p)
        return refuse((Verdict){&error_provider_declined, doing_why(rq->cx, doing)});
    Str payment = id_text(rq->cx->arena, "pay", refund->payment);
    Reply reply = created(&refund_type, refund,
                          str_format(rq->cx->arena, "/v1/payments/%.*s/refunds", STR_ARG(payment)));
    if (end->verdict != SAGA_DONE) reply.status = 202;
    return reply;
}

static const Saga refund_saga = {.name = "payments.refund",
                                 .doc = "Gives back money of a payment.",
                                 .state = &doing_type,
                                 .steps = refund_steps,
                                 .step_count = ROWS(refund_steps),
                                 .answer = answer_refund};

typedef struct RefundWish {
    Present present;
    Money amount;
    Str note;
} RefundWish;

static const Type refund_wish_type = TYPE_WITH_ABSENCE(
    RefundWish, "How much of a payment is given back.",
    FIELD(RefundWish, amount, "In minor units; left out: all that is left.", .min = 1,
          .max = PAYMENT_AMOUNT_MAX),
    FIELD(RefundWish, note, "Why, for who runs the shop.", .max = PAYMENT_TEXT_MAX, .initial = ""));

Money payment_left(const Payment *payment)
{
    return (Money){payment->captured.minor - payment->refunded.minor - payment->refunding.minor -
                   payment->credited.minor};
}

static Doing refunding(const Payment *payment, Id refund, Money amount)
{
    return (Doing){.payment = payment->id,
                   .refund = refund,
                   .amount = amount,
                   .local = payment_is_local(payment->provider, payment->method)};
}

static Reply refund_payment(Request *rq, const RefundWish *in)
{
    Id id = rq->id;
    Money amount = IS_SET(&refund_wish_type, in, RefundWish, amount) ? in->amount : (Money){0};
    const Payment *payment = payment_read(rq->cx, id);
    if (!payment) return not_found(rq, "payment");
    Reply before = saga_repeat(rq, &refund_saga, doing_subject(id));
    if (before.status) return before;
    if (!amount.minor) amount = payment_left(payment);
    RefundWish told = {.present = PRESENT_ALL, .amount = amount, .note = in->note};
    Id refund = amount.minor > 0 ? refund_start(rq->cx, id, amount, in->note) : (Id){0};
    if (!refund.n) return refuse((Verdict){&error_refund_too_much, {0}});
    audit(rq->cx, &payment_was_refunded, "pay", id, &refund_wish_type, NULL, &told);
    Doing doing = refunding(payment, refund, amount);
    return doing_begin(rq, &refund_saga, &doing);
}
HANDLER(refund_payment, RefundWish)

bool payment_give_back(Ctx *cx, Id id, Str note)
{
    const Payment *payment = payment_read(cx, id);
    if (!payment) return true;
    Money left = payment_left(payment);
    Doing *doing = NEW(cx->arena, Doing);
    *doing = refunding(payment, (Id){0}, left);
    if (payment->captured.minor > 0) {
        if (!left.minor) return true;
        doing->refund = refund_start(cx, id, left, note);
        if (doing->refund.n) saga_begin(cx, &refund_saga, doing_subject(id), NULL, doing);
        return doing->refund.n > 0;
    }
    if (payment->voided) return true;
    bool begun;
    SagaRun *run = saga_begin(cx, &payment_void_saga, doing_subject(id), NULL, doing);
    return saga_stands(run, &begun).verdict != SAGA_REFUSED;
}

Id payment_refund_some(Ctx *cx, Id id, Money amount, Str note)
{
    const Payment *payment = payment_read(cx, id);
    Id refund = payment && amount.minor > 0 ? refund_start(cx, id, amount, note) : (Id){0};
    if (!refund.n) return refund;
    Doing *doing = NEW(cx->arena, Doing);
    *doing = refunding(payment, refund, amount);
    saga_begin(cx, &refund_saga, doing_subject(id), NULL, doing);
    return refund;
}

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const refund_errors[] = {&error_refund_too_much, &error_provider_declined,
                                             NULL};

static const Route routes[] = {
    ROUTE(POST, "/v1/payments/{id:pay}/refunds", refund_payment, "Give back money of a payment.",
          .detail = "Never more than was captured, however many ask at once. " DOING_KEYED,
          .tx = TX_WRITE, .parks = true, .needs = &payments_refund, .body = &refund_wish_type,
          .reply = &refund_type, .status = 201, .status_again = 202, .errors = refund_errors),
};

static const Error *const errors[] = {&error_refund_too_much};
static const Permission *const permissions[] = {&payments_refund};
static const AuditAction *const audits[] = {&payment_was_refunded};
static const Saga *const sagas[] = {&refund_saga};

const Module payment_refunds_module = {
    .name = "payment-refunds",
    .doc = "Money that is given back.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
    MODULE_ROWS(audits, audit),
    MODULE_ROWS(sagas, saga),
};
