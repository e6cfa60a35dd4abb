/* Payments: how they begin, who is asked, and what is noted of the answers.
 *
 * Asking and noting are two things, because between them lies another machine. Who asks (a checkout, a job, a
 * person) may die before it notes, and then a webhook notes, or the same one asks again by the same key; all of
 * them come here, so that whoever is first announces the fact, and the others change nothing (store.c).
 *
 * Before a provider is asked, what is known is looked at: a capture that is known is not asked for again, and
 * one of a payment that was given up is refused here. That is a courtesy, and no guard: the guard is the
 * provider's own, by the key.
 *
 * Rejected: a lock on the payment while its provider is asked (a transaction open for as long as another
 * machine likes), and states that only the checkout may set (a webhook that is faster would be lost). */
#include "modules/payments/payment.h"

#include "modules/payments/provider.h"
#include "modules/payments/store.h"
#include "platform/vault/vault.h"

#include <assert.h>

const Error error_unknown_provider = {"unknown_provider", 422,
                                      "Nobody moves money by this name here.", LOG_DEBUG,
                                      "Ask what is offered: the checkout lists it."};
const Error error_unknown_method = {
    "unknown_method", 422, "This provider cannot be paid that way.", LOG_DEBUG,
    "Give a token of the provider's, or a saved method of the customer's own."};

const Event payment_authorised = {"payment.authorised", "A provider holds money for the shop.",
                                  NULL};
const Event payment_captured = {"payment.captured",
                                "The shop has the money. It implies that it was authorised.", NULL};
const Event payment_refunded = {"payment.refunded", "Money was given back.", NULL};
const Event payment_refund_failed = {
    "payment.refund_failed", "A refund that was announced has not reached the customer.", NULL};
const Event payment_refund_refused = {"payment.refund_refused",
                                      "A refund that was asked for was not made.", NULL};
const Event payment_voided = {"payment.voided",
                              "A payment was given up before its money was taken.", NULL};
const Event payment_failed = {"payment.failed", "A payment was declined.", NULL};

#define SECRET_PURPOSE "payment"

/* ---- Beginning ------------------------------------------------------------------------------- */

/* The provider's own token of what the customer has saved there; no pointer: he has no such thing. */
static Str token_of(Ctx *cx, const PaymentStart *start)
{
    Id saved;
    if (!id_parse(start->method, "saved", &saved)) return start->method;
    const SavedMethod *method = saved_method_read(cx, saved);
    if (!method || !start->customer.n || !id_eq(method->customer, start->customer) ||
        !str_eq(method->provider, start->provider))
        return (Str){0};
    return method->provider_ref;
}

static Verdict check_start(Ctx *cx, const PaymentStart *start, Str *token)
{
    const PaymentProvider *provider = provider_named(start->provider);
    if (!provider || !payments_config() || !provider->is_offered(payments_config()))
        return (Verdict){&error_unknown_provider, {0}};
    *token = start->method.n ? token_of(cx, start) : S("");
    if (!token->p || token->n > PAYMENT_TOKEN_MAX ||
        (provider->knows_method && !provider->knows_method(*token)))
        return (Verdict){&error_unknown_method, {0}};
    return (Verdict){0};
}

/* The payment as it begins, in memory; NULL and *verdict: it cannot. */
static Payment *draft(Ctx *cx, Id id, const PaymentStart *start, Verdict *verdict)
{
    assert(start->amount.minor > 0);
    Str token;
    *verdict = check_start(cx, start, &token);
    if (verdict->error) return NULL;
    Payment *payment = NEW(cx->arena, Payment);
    *payment =
        (Payment){.id = id,
                  .subject = id_text(cx->arena, start->subject.kind, start->subject.id),
                  .customer = start->customer,
                  .email = start->email,
                  .provider = start->provider,
                  .method = token,
                  .currency = start->currency,
                  .amount = start->amount,
                  .capture_now = start->capture_now && !provider_named(start->provider)->later,
                  .state = PAYMENT_STATE_NEW,
                  .claim = PAYMENT_CLAIM_NONE,
                  .version = 1,
                  .created_at = ctx_now(cx),
                  .updated_at = ctx_now(cx)};
    return payment;
}

Id payment_start(Ctx *cx, const PaymentStart *start, Verdict *verdict)
{
    const Payment *payment = draft(cx, ctx_id(cx), start, verdict);
    if (!payment) return (Id){0};
    payment_insert(cx, payment);
    return payment->id;
}

/* ---- Asking ---------------------------------------------------------------------------------- */

typedef struct Asking {
    Id id, refund_id;
    Payment *payment;
    Refund *refund;
    Str customer_ref;
} Asking;

static bool read_asking(Ctx *cx, void *arg)
{
    Asking *asking = arg;
    asking->payment = payment_read(cx, asking->id);
    asking->refund = asking->refund_id.n ? refund_read(cx, asking->refund_id) : NULL;
    const Payment *payment = asking->payment;
    if (payment && payment->customer.n && !payment_is_local(payment->provider, payment->method))
        asking->customer_ref = provider_customer(cx, payment->customer, payment->provider);
    return true;
}

static PaymentEnd unknown(const char *why)
{
    return (PaymentEnd){PAYMENT_UNKNOWN, .detail = str_from(why)};
}

static PaymentEnd fine(const Payment *payment, Money amount)
{
    return (PaymentEnd){PAYMENT_OK, .provider_ref = payment->provider_ref, .amount = amount};
}

static PaymentEnd declined(const char *code, const char *detail)
{
    return (PaymentEnd){PAYMENT_DECLINED, .decline_code = str_from(code),
                        .detail = str_from(detail)};
}

/* What is known of the payment, in the transaction of `cx` or in one of its own. Its provider; NULL: that
 * cannot be found out now, and *end says so. */
static const PaymentProvider *find_out(Ctx *cx, Asking *asking, PaymentAsk *ask, PaymentEnd *end)
{
    bool read = cx->db ? read_asking(cx, asking)
                       : db_run(payments_db(), TX_READ, cx, read_asking, asking) == DB_FINE;
    *end = unknown("the database does not answer");
    if (!read || !asking->payment) return NULL;
    const PaymentProvider *provider = provider_named(asking->payment->provider);
    *end = unknown("this program does not know the provider");
    *ask = (PaymentAsk){asking->payment, asking->customer_ref, payments_config()};
    return provider;
}

typedef struct Required {
    Id payment;
    const PaymentEnd *end;
} Required;

static bool note_required(Ctx *cx, void *arg)
{
    const Required *required = arg;
    payment_note_action(cx, required->payment, required->end);
    return true;
}

/* What the customer must do is written down at once: whoever has asked waits for it now, and has no
 * transaction until it is done. Where that fails it is asked for again. */
static void keep_action(Ctx *cx, Id payment, const PaymentEnd *end)
{
    Required required = {payment, end};
    if (!cx->db) db_run(payments_db(), TX_WRITE, cx, note_required, &required);
}

/* What is known already, or what the provider says. */
static PaymentEnd authorise_once(Ctx *cx, const PaymentProvider *provider, const PaymentAsk *ask,
                                 Str key)
{
    const Payment *known = ask->payment;
    if (known->authorised.minor > 0) return fine(known, known->authorised);
    if (known->voided) return declined("voided", "The payment was given up.");
    if (!known->decline_code.p) return provider->authorise(cx, ask, key);
    return (PaymentEnd){PAYMENT_DECLINED, .provider_ref = known->provider_ref,
                        .decline_code = known->decline_code, .detail = known->detail};
}

PaymentEnd payment_authorise(Ctx *cx, Id payment, Str key)
{
    Asking asking = {.id = payment};
    PaymentAsk ask;
    PaymentEnd end;
    const PaymentProvider *provider = find_out(cx, &asking, &ask, &end);
    if (!provider) return end;
    end = authorise_once(cx, provider, &ask, key);
    if (end.outcome == PAYMENT_NEEDS_ACTION) keep_action(cx, payment, &end);
    /* The browser has the secret of it, and might try another card after the shop has taken the no for an
     * answer. When this is not heard, a webhook tells what came of that. */
    if (end.outcome == PAYMENT_DECLINED && asking.payment->client_secret.n)
        provider->give_up(cx, &ask, str_format(cx->arena, "%.*s:gone", STR_ARG(key)));
    return end;
}

PaymentEnd payment_capture(Ctx *cx, Id payment, Money amount, Str key)
{
    Asking asking = {.id = payment};
    PaymentAsk ask;
    PaymentEnd end;
    const PaymentProvider *provider = find_out(cx, &asking, &ask, &end);
    if (!provider) return end;
    if (asking.payment->captured.minor > 0) return fine(asking.payment, asking.payment->captured);
    if (asking.payment->voided) return declined("voided", "The payment was given up.");
    return provider->capture(cx, &ask, amount, key);
}

PaymentEnd payment_void(Ctx *cx, Id payment, Str key)
{
    Asking asking = {.id = payment};
    PaymentAsk ask;
    PaymentEnd end;
    const PaymentProvider *provider = find_out(cx, &asking, &ask, &end);
    if (!provider) return end;
    if (asking.payment->voided) return fine(asking.payment, asking.payment->amount);
    if (asking.payment->captured.minor > 0) {
        end = declined("captured", "The money was taken already.");
        end.amount = asking.payment->captured;
        return end;
    }
    return provider->give_up(cx, &ask, key);
}

PaymentEnd refund_ask(Ctx *cx, Id payment, Id refund, Str key)
{
    Asking asking = {.id = payment, .refund_id = refund};
    PaymentAsk ask;
    PaymentEnd end;
    const PaymentProvider *provider = find_out(cx, &asking, &ask, &end);
    if (!provider || !asking.refund) return end;
    const Refund *known = asking.refund;
    if (known->state == REFUND_SUCCEEDED)
        return (PaymentEnd){PAYMENT_OK, .provider_ref = known->provider_ref,
                            .amount = known->amount};
    if (known->state == REFUND_FAILED)
        return (PaymentEnd){PAYMENT_DECLINED, .decline_code = known->decline_code,
                            .detail = known->detail};
    return provider->refund(cx, &ask, known, key);
}

/* ---- Noting ---------------------------------------------------------------------------------- */

static void tell(Ctx *cx, const Event *event, const Payment *payment, Money amount, Id refund)
{
    announce(cx, event,
             &(PaymentEvent){.payment = payment->id,
                             .subject = payment->subject,
                             .currency = payment->currency,
                             .amount = amount,
                             .refund = refund});
}

bool payment_note_authorised(Ctx *cx, Id id, const PaymentEnd *end)
{
    const Payment *payment = payment_put_authorised(cx, id, end->amount, end->provider_ref);
    if (!payment) return false;
    bool outranked = payment->state != PAYMENT_STATE_AUTHORISED;
    if (!outranked) tell(cx, &payment_authorised, payment, end->amount, (Id){0});
    return !outranked;
}

bool payment_note_action(Ctx *cx, Id id, const PaymentEnd *end)
{
    Str sealed = {0};
    if (end->client_secret.n)
        sealed = vault_seal(cx->arena, cx->vault, cx->random, SECRET_PURPOSE, end->client_secret,
                            id_text(cx->arena, "pay", id));
    if (!end->action_url.n && !sealed.n) return false;
    return payment_put_action(cx, id, end->provider_ref, end->action_url, sealed) != NULL;
}

bool payment_note_declined(Ctx *cx, Id id, const PaymentEnd *end)
{
    Str code = end->decline_code.n ? end->decline_code : S("declined");
    const Payment *payment = payment_put_declined(cx, id, end->provider_ref, code, end->detail);
    if (!payment || payment->state != PAYMENT_STATE_FAILED) return false;
    tell(cx, &payment_failed, payment, payment->amount, (Id){0});
    return true;
}

bool payment_note_captured(Ctx *cx, Id id, const PaymentEnd *end)
{
    const Payment *payment = payment_put_captured(cx, id, end->amount, end->provider_ref);
    if (payment) tell(cx, &payment_captured, payment, end->amount, (Id){0});
    return payment != NULL;
}

bool payment_note_voided(Ctx *cx, Id id, const PaymentEnd *end)
{
    (void)end;
    const Payment *payment = payment_put_voided(cx, id);
    if (!payment || payment->state != PAYMENT_STATE_VOIDED) return false;
    tell(cx, &payment_voided, payment, payment->amount, (Id){0});
    return true;
}

void payment_rebind(Ctx *cx, Id payment, PaymentSubject to)
{
    payment_put_subject(cx, payment, id_text(cx->arena, to.kind, to.id));
}

Str payment_client_secret(Ctx *cx, const Payment *payment)
{
    Str secret = S("");
    if (payment->state != PAYMENT_STATE_REQUIRES_ACTION || !payment->client_secret.n) return secret;
    vault_unseal(cx->arena, cx->vault, SECRET_PURPOSE, payment->client_secret,
                 id_text(cx->arena, "pay", payment->id), &secret);
    return secret;
}

/* ---- At one go ------------------------------------------------------------------------------- */

static void take_word(Payment *payment, const PaymentEnd *end, Money *amount)
{
    if (end->provider_ref.n) payment->provider_ref = end->provider_ref;
    if (end->outcome == PAYMENT_OK) {
        *amount = end->amount;
        return;
    }
    payment->decline_code = end->decline_code.n ? end->decline_code : S("declined");
    payment->detail = end->detail;
}

Payment *payment_decide(Ctx *cx, Id id, const PaymentStart *start, Verdict *verdict)
{
    assert(payment_is_local(start->provider, start->method));
    Payment *payment = draft(cx, id, start, verdict);
    if (!payment) return NULL;
    const PaymentProvider *provider = provider_named(payment->provider);
    PaymentAsk ask = {payment, {0}, payments_config()};
    Str key = id_text(cx->arena, "pay", id);
    PaymentEnd end = provider->authorise(cx, &ask, key);
    take_word(payment, &end, &payment->authorised);
    if (end.outcome == PAYMENT_OK && payment->capture_now) {
        end = provider->capture(cx, &ask, payment->amount, key);
        take_word(payment, &end, &payment->captured);
    }
    if (payment->decline_code.p) payment->authorised = (Money){0};
    payment->state = payment->decline_code.p       ? PAYMENT_STATE_FAILED
                     : payment->captured.minor > 0 ? PAYMENT_STATE_CAPTURED
                                                   : PAYMENT_STATE_AUTHORISED;
    return payment;
}

void payment_put_whole(Ctx *cx, const Payment *payment)
{
    bool captured = payment->state == PAYMENT_STATE_CAPTURED;
    bool failed = payment->state == PAYMENT_STATE_FAILED;
    const Event *event = captured ? &payment_captured
                         : failed ? &payment_failed
                                  : &payment_authorised;
    payment_insert(cx, payment);
    announce(cx, event,
             &(PaymentEvent){.payment = payment->id,
                             .subject = payment->subject,
                             .currency = payment->currency,
                             .amount = captured ? payment->captured : payment->amount,
                             .whole = true});
}

/* ---- Refunds --------------------------------------------------------------------------------- */

static Str actor_of(Ctx *cx)
{
    return cx->actor.id.n ? id_text(cx->arena, cx->actor.prefix, cx->actor.id) : S("");
}

Id refund_start(Ctx *cx, Id payment, Money amount, Str note)
{
    assert(amount.minor > 0);
    if (!payment_claim_refund(cx, payment, amount)) return (Id){0};
    Refund refund = {.id = ctx_id(cx),
                     .payment = payment,
                     .amount = amount,
                     .state = REFUND_PENDING,
                     .note = note,
                     .actor = actor_of(cx),
                     .created_at = ctx_now(cx),
                     .updated_at = ctx_now(cx)};
    refund_insert(cx, &refund);
    return refund.id;
}

bool refund_note_succeeded(Ctx *cx, Id id, const PaymentEnd *end)
{
    const Refund *refund = refund_put_succeeded(cx, id, end->provider_ref);
    if (!refund) return false;
    const Payment *payment =
        payment_put_refunded(cx, refund->payment, (Money){-refund->amount.minor}, refund->amount);
    if (payment) tell(cx, &payment_refunded, payment, refund->amount, refund->id);
    return payment != NULL;
}

bool refund_note_failed(Ctx *cx, Id id, const PaymentEnd *end)
{
    bool had_succeeded;
    Str code = end->decline_code.n ? end->decline_code : S("failed");
    const Refund *refund =
        refund_put_failed(cx, id, end->provider_ref, code, end->detail, &had_succeeded);
    if (!refund) return false;
    Money back = {-refund->amount.minor}, none = {0};
    const Payment *payment = payment_put_refunded(cx, refund->payment, had_succeeded ? none : back,
                                                  had_succeeded ? back : none);
    const Event *event = had_succeeded ? &payment_refund_failed : &payment_refund_refused;
    if (payment) tell(cx, event, payment, refund->amount, refund->id);
    return payment != NULL;
}

bool refund_note_told(Ctx *cx, const Refund *told)
{
    Refund refund = *told;
    refund.id = ctx_id(cx);
    refund.state = REFUND_SUCCEEDED;
    refund.note = S("");
    refund.actor = S("");
    refund.created_at = refund.updated_at = ctx_now(cx);
    if (!refund_insert_told(cx, &refund)) return false;
    const Payment *payment = payment_put_refunded(cx, refund.payment, (Money){0}, refund.amount);
    if (payment) tell(cx, &payment_refunded, payment, refund.amount, refund.id);
    return payment != NULL;
}
