/* The payments' laws, as `souk check` asks them. What was authorised and captured is what a provider has
 * said; where that cannot be, a person must ask the provider. Sums and states are counted again. That a
 * provider's reference stands once, and each of its events is kept once, are keys of their tables. */
#include "modules/payments/checks.h"

#include "modules/payments/store.h"

/* So long a webhook may wait to be looked into: by then its job is a dead letter. */
#define UNHEARD_US (INT64_C(24) * 3600 * 1000000)

static Id last_of(IdList page)
{
    return page.n ? page.items[page.n - 1] : (Id){0};
}

static Id next_of(IdList page)
{
    return page.n < CHECK_PAGE ? (Id){0} : last_of(page);
}

static Id look_at_amounts(Ctx *cx, CheckFound *found, Id after)
{
    IdList page = payment_ids(cx, after, CHECK_PAGE);
    PaymentList wrong = page.n ? payments_impossible(cx, after, last_of(page)) : (PaymentList){0};
    for (size_t i = 0; i < wrong.n; i++) {
        const Payment *p = &wrong.items[i];
        check_found(found, p->id, "of %lld, %lld authorised, %lld captured, %lld given back",
                    (long long)p->amount.minor, (long long)p->authorised.minor,
                    (long long)p->captured.minor,
                    (long long)p->refunded.minor + (long long)p->refunding.minor);
    }
    return next_of(page);
}

static Id look_at_refunds(Ctx *cx, CheckFound *found, Id after)
{
    IdList page = payment_ids(cx, after, CHECK_PAGE);
    RefundSumList wrong = page.n ? refund_sums_wrong(cx, after, last_of(page)) : (RefundSumList){0};
    for (size_t i = 0; i < wrong.n; i++) {
        const RefundSum *sum = &wrong.items[i];
        check_found(found, sum->payment,
                    "%lld given back and %lld under way, refunds add up to %lld and %lld",
                    (long long)sum->refunded.minor, (long long)sum->refunding.minor,
                    (long long)sum->counted_refunded.minor,
                    (long long)sum->counted_refunding.minor);
    }
    return next_of(page);
}

static bool repair_refunds(Ctx *cx, Id payment)
{
    RefundSumList wrong = refund_sums_wrong(cx, (Id){payment.n - 1}, payment);
    if (!wrong.n) return true;
    bool fine = payment_put_sums(cx, &wrong.items[0]);
    if (fine) payment_put_state(cx, payment);
    return fine;
}

static Id look_at_states(Ctx *cx, CheckFound *found, Id after)
{
    IdList page = payment_ids(cx, after, CHECK_PAGE);
    PaymentList wrong = page.n ? payments_misstated(cx, after, last_of(page)) : (PaymentList){0};
    for (size_t i = 0; i < wrong.n; i++)
        check_found(found, wrong.items[i].id, "it says %s, and its amounts say otherwise",
                    payment_state_names.names[wrong.items[i].state]);
    return next_of(page);
}

static bool repair_state(Ctx *cx, Id payment)
{
    payment_put_state(cx, payment);
    return true;
}

static Id look_at_events(Ctx *cx, CheckFound *found, Id after)
{
    IdList page = payment_ids(cx, after, CHECK_PAGE);
    Time before = {ctx_now(cx).us - UNHEARD_US};
    IdList wrong = page.n ? payments_unheard(cx, after, last_of(page), before) : (IdList){0};
    for (size_t i = 0; i < wrong.n; i++)
        check_found(found, wrong.items[i], "its provider has told of it, and nobody has looked");
    return next_of(page);
}

const Check payment_checks[PAYMENT_CHECKS] = {
    {"payments.amounts",
     "No more is given back than was captured, captured than authorised, authorised than asked "
     "for.",
     "pay", look_at_amounts, NULL, NULL},
    {"payments.refunds", "What was and is being given back is the sum of the refunds.", "pay",
     look_at_refunds, repair_refunds,
     "Write down the sums of the refunds, if that much was captured."},
    {"payments.state", "The state of a payment follows from its amounts.", "pay", look_at_states,
     repair_state, "Write down the state that follows."},
    {"payments.events", "What a provider tells is looked into within a day.", "pay", look_at_events,
     NULL, NULL},
};
