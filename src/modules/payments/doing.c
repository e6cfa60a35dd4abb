#include "modules/payments/doing.h"

const Type doing_type = TYPE(
    Doing, "What is done with a payment.", FIELD(Doing, payment, "Which.", .prefix = "pay"),
    FIELD(Doing, refund, "Of a refund: which.", .prefix = "re"),
    FIELD(Doing, amount, "How much was wanted."), FIELD(Doing, local, "No other machine is asked."),
    FIELD(Doing, capture, "Of taking: it is captured, too."),
    FIELD(Doing, authorised, "So much the provider holds."),
    FIELD(Doing, done, "So much the provider has moved."),
    FIELD(Doing, provider_ref, "The provider's id.", .nullable = true),
    FIELD(Doing, code, "Why the provider said no.", .nullable = true),
    FIELD(Doing, detail, "The same in its words.", .nullable = true));

bool doing_is_outside(const void *state)
{
    return !((const Doing *)state)->local;
}

PaymentEnd doing_said(const Doing *doing, Money amount)
{
    return (PaymentEnd){.outcome = doing->code.p ? PAYMENT_DECLINED : PAYMENT_OK,
                        .provider_ref = doing->provider_ref,
                        .amount = amount,
                        .decline_code = doing->code,
                        .detail = doing->detail};
}

/* Keeps what was said. A no is an answer; no answer is asked for again. */
SagaEnd doing_keep(const PaymentEnd *end, Doing *doing, Money *amount)
{
    if (end->outcome == PAYMENT_UNKNOWN) return saga_again(end->detail);
    if (end->provider_ref.n) doing->provider_ref = end->provider_ref;
    if (end->outcome == PAYMENT_OK) {
        *amount = end->amount;
    } else {
        doing->code = end->decline_code.n ? end->decline_code : S("declined");
        doing->detail = end->detail;
    }
    return saga_done();
}

Str doing_why(Ctx *cx, const Doing *doing)
{
    Str separator = doing->detail.n ? S(": ") : S("");
    return str_format(cx->arena, "%.*s%.*s%.*s", STR_ARG(doing->code), STR_ARG(separator),
                      STR_ARG(doing->detail));
}

SagaSubject doing_subject(Id payment)
{
    return (SagaSubject){"pay", payment};
}

Reply doing_begin(Request *rq, const Saga *saga, const Doing *doing)
{
    RequestKey key = request_key(rq);
    Doing *state = arena_copy(rq->cx->arena, doing, sizeof *doing);
    return saga_reply(rq, saga_begin(rq->cx, saga, doing_subject(doing->payment), &key, state));
}
