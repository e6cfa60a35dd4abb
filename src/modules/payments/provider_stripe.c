/* Stripe, by its API of PaymentIntents with manual capture: docs.stripe.com/payments/place-a-hold-on-a-payment-method.
 *
 * Each call that moves money has an Idempotency-Key, and that of the authorisation is the payment's own id: a
 * payment is authorised once, whoever asks, so that even who does not know Stripe's id of it (an answer was lost, then
 * the process died) comes to the same intent by asking again. The others follow from what asks for them.
 *
 * Where an answer leaves open what has become of an intent, the intent is read. After a webhook it is read too, and
 * what the webhook itself says is not believed: it may be old.
 *
 * Without a token of what to pay with, the intent waits for Stripe's script in the browser, by its client secret. Card
 * numbers go from there to Stripe and never come here.
 *
 * Rejected: Checkout Sessions (their page decides what is shown and when it is captured), capture by Stripe itself (the
 * goods are promised first). */
#include "modules/payments/provider.h"
#include "modules/payments/stripe.h"

#include "meta/query.h"
#include "platform/client/client.h"

enum {
    CALL_MS = 25000, /* less than a job's or a request's own limit */
    ANSWER_MAX = 1 << 20,
    FORM_MAX = 16 * 1024,
};

/* ---- Calling --------------------------------------------------------------------------------- */

typedef struct Form {
    Buf text;
} Form;

static Form form_new(Ctx *cx)
{
    return (Form){buf_new(cx->arena, FORM_MAX)};
}

static void form_put(Form *form, const char *name, Str value)
{
    if (form->text.n) buf_char(&form->text, '&');
    percent_encode(&form->text, str_from(name));
    buf_char(&form->text, '=');
    percent_encode(&form->text, value);
}

static void form_put_amount(Ctx *cx, Form *form, const char *name, Money amount)
{
    form_put(form, name, str_format(cx->arena, "%lld", (long long)amount.minor));
}

static ClientAnswer call_as(Ctx *cx, const Config *config, const char *method, Str path,
                            const Form *form, Str key)
{
    Str headers[4];
    size_t n = 0;
    headers[n++] =
        str_format(cx->arena, "Authorization: Bearer %.*s", STR_ARG(config->payments.stripe_key));
    headers[n++] = S("Stripe-Version: " STRIPE_VERSION);
    if (form) headers[n++] = S("Content-Type: application/x-www-form-urlencoded");
    if (key.n) headers[n++] = str_format(cx->arena, "Idempotency-Key: %.*s", STR_ARG(key));
    ClientCall wanted = {.peer = "stripe",
                         .method = method,
                         .url = str_format(cx->arena, "%.*s%.*s",
                                           STR_ARG(config->payments.stripe_url), STR_ARG(path)),
                         .headers = {headers, n},
                         .timeout_ms = CALL_MS,
                         .answer_max = ANSWER_MAX};
    if (form) wanted.body = buf_str(&form->text);
    return client_call(cx, &wanted);
}

/* A GET without a form. */
static ClientAnswer call(Ctx *cx, const Config *config, Str path, const Form *form, Str key)
{
    return call_as(cx, config, form ? "POST" : "GET", path, form, key);
}

static bool succeeded(const ClientAnswer *answer)
{
    return answer->end == CLIENT_ANSWERED && answer->status >= 200 && answer->status <= 299;
}

static PaymentEnd unknown(Str why)
{
    return (PaymentEnd){.outcome = PAYMENT_UNKNOWN, .detail = why};
}

/* Stripe's ids stand in paths: letters, digits and underscores only. */
static bool is_reference(Str id)
{
    for (size_t i = 0; i < id.n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", id.p[i]))
            return false;
    return id.n > 0 && id.n <= PAYMENT_TOKEN_MAX;
}

static Str intent_path(Ctx *cx, Str id, const char *verb)
{
    return str_format(cx->arena, "/v1/payment_intents/%.*s%s", STR_ARG(id), verb);
}

static PaymentEnd judge(Ctx *cx, const ClientAnswer *answer, StripeWish wish)
{
    if (answer->end != CLIENT_ANSWERED) return unknown(answer->why);
    if (!succeeded(answer))
        return stripe_end_of_fault(cx->arena, answer->status, answer->body, wish);
    const StripeIntent *intent = stripe_read(cx->arena, &stripe_intent_type, answer->body);
    return intent ? stripe_end_of_intent(intent, wish)
                  : unknown(S("Stripe's answer cannot be read"));
}

static PaymentEnd look(Ctx *cx, const Config *config, Str id, StripeWish wish)
{
    ClientAnswer answer = call(cx, config, intent_path(cx, id, ""), NULL, (Str){0});
    return judge(cx, &answer, wish);
}

/* ---- Payments -------------------------------------------------------------------------------- */

static bool is_offered(const Config *config)
{
    return config->payments.stripe_key.n > 0;
}

static bool knows_method(Str method)
{
    return !method.n || is_reference(method);
}

static bool is_local(Str method)
{
    (void)method;
    return false;
}

static PaymentEnd create(Ctx *cx, const PaymentAsk *ask)
{
    const Payment *payment = ask->payment;
    Str id = id_text(cx->arena, "pay", payment->id);
    Form form = form_new(cx);
    form_put_amount(cx, &form, "amount", payment->amount);
    form_put(&form, "currency", str_lower(cx->arena, currency_text(&payment->currency)));
    form_put(&form, "capture_method", S("manual"));
    form_put(&form, "automatic_payment_methods[enabled]", S("true"));
    form_put(&form, "automatic_payment_methods[allow_redirects]", S("never"));
    form_put(&form, "metadata[payment]", id);
    if (ask->customer_ref.n) form_put(&form, "customer", ask->customer_ref);
    if (payment->method.n) form_put(&form, "payment_method", payment->method);
    if (payment->method.n) form_put(&form, "confirm", S("true"));
    ClientAnswer answer = call(cx, ask->config, S("/v1/payment_intents"), &form,
                               str_format(cx->arena, "%.*s:authorise", STR_ARG(id)));
    return judge(cx, &answer, STRIPE_AUTHORISE);
}

static PaymentEnd authorise(Ctx *cx, const PaymentAsk *ask, Str key)
{
    (void)key;
    Str known = ask->payment->provider_ref;
    return known.n ? look(cx, ask->config, known, STRIPE_AUTHORISE) : create(cx, ask);
}

/* The answer, or what the intent says where it leaves that open. */
static PaymentEnd change(Ctx *cx, const PaymentAsk *ask, Str id, const char *verb, const Form *form,
                         Str key, StripeWish wish)
{
    ClientAnswer answer = call(cx, ask->config, intent_path(cx, id, verb), form, key);
    PaymentEnd end = judge(cx, &answer, wish);
    bool open = end.outcome == PAYMENT_UNKNOWN && answer.end == CLIENT_ANSWERED &&
                end.provider_ref.n && is_reference(end.provider_ref);
    return open ? look(cx, ask->config, id, wish) : end;
}

static PaymentEnd capture(Ctx *cx, const PaymentAsk *ask, Money amount, Str key)
{
    Form form = form_new(cx);
    Str id = ask->payment->provider_ref;
    if (!id.n)
        return (PaymentEnd){PAYMENT_DECLINED, .decline_code = S("not_authorised"),
                            .detail = S("Stripe does not know the payment.")};
    form_put_amount(cx, &form, "amount_to_capture", amount);
    return change(cx, ask, id, "/capture", &form, key, STRIPE_CAPTURE);
}

/* Who does not know Stripe's id asks for it by the key of the authorisation. */
static PaymentEnd give_up(Ctx *cx, const PaymentAsk *ask, Str key)
{
    Form form = form_new(cx);
    Str id = ask->payment->provider_ref;
    if (!id.n) {
        PaymentEnd found = create(cx, ask);
        if (found.outcome == PAYMENT_UNKNOWN) return found;
        if (!found.provider_ref.n) /* there is nothing, and never will be */
            return (PaymentEnd){PAYMENT_OK, .amount = ask->payment->amount};
        id = found.provider_ref;
    }
    form_put(&form, "cancellation_reason", S("abandoned"));
    return change(cx, ask, id, "/cancel", &form, key, STRIPE_CANCEL);
}

static PaymentEnd refund(Ctx *cx, const PaymentAsk *ask, const Refund *wanted, Str key)
{
    Form form = form_new(cx);
    form_put(&form, "payment_intent", ask->payment->provider_ref);
    form_put_amount(cx, &form, "amount", wanted->amount);
    form_put(&form, "metadata[refund]", id_text(cx->arena, "re", wanted->id));
    ClientAnswer answer = call(cx, ask->config, S("/v1/refunds"), &form, key);
    if (answer.end != CLIENT_ANSWERED) return unknown(answer.why);
    if (!succeeded(&answer))
        return stripe_end_of_fault(cx->arena, answer.status, answer.body, STRIPE_CAPTURE);
    const StripeRefund *made = stripe_read(cx->arena, &stripe_refund_type, answer.body);
    return made ? stripe_end_of_refund(made) : unknown(S("Stripe's answer cannot be read"));
}

/* ---- How things are -------------------------------------------------------------------------- */

static FactsEnd facts_later(PaymentFacts *out, Str why)
{
    out->detail = why.n ? why : S("Stripe does not say");
    return FACTS_LATER;
}

/* What Stripe answers to a GET, as an object of the type; NULL: *end. */
static void *get(Ctx *cx, const Config *config, Str path, const Type *type, PaymentFacts *out,
                 FactsEnd *end)
{
    ClientAnswer answer = call(cx, config, path, NULL, (Str){0});
    void *object = succeeded(&answer) ? stripe_read(cx->arena, type, answer.body) : NULL;
    if (object) return object;
    *end = answer.end == CLIENT_ANSWERED && answer.status == 404 ? FACTS_NONE
                                                                 : facts_later(out, answer.why);
    return NULL;
}

static void take_refunds(Ctx *cx, const StripeRefunds *refunds, PaymentFacts *out)
{
    size_t n = refunds->data.n;
    out->refunds = (RefundList){NEW_N(cx->arena, Refund, n), n};
    for (size_t i = 0; i < n; i++) {
        const StripeRefund *told = &refunds->data.items[i];
        PaymentEnd end = stripe_end_of_refund(told);
        Refund *refund = &out->refunds.items[i];
        *refund = (Refund){.payment = out->payment,
                           .amount = end.amount,
                           .state = end.outcome == PAYMENT_OK ? REFUND_SUCCEEDED : REFUND_FAILED,
                           .provider_ref = told->id,
                           .decline_code = end.decline_code};
        id_parse(told->metadata.refund, "re", &refund->id);
    }
}

static void take_intent(const StripeIntent *intent, PaymentFacts *out)
{
    out->told = stripe_end_of_intent(intent, STRIPE_AUTHORISE);
    out->voided = str_eq(intent->status, S("canceled"));
    out->captured.minor = intent->amount_received;
    if (out->told.outcome == PAYMENT_OK)
        out->authorised = intent->amount_received > 0 ? (Money){intent->amount} : out->told.amount;
    out->declined = out->told.outcome == PAYMENT_DECLINED && !out->voided;
    out->required = out->told.outcome == PAYMENT_NEEDS_ACTION;
}

static FactsEnd intent_facts(Ctx *cx, const Config *config, Str object, PaymentFacts *out)
{
    FactsEnd end = FACTS_FOUND;
    const StripeIntent *intent =
        get(cx, config, intent_path(cx, object, ""), &stripe_intent_type, out, &end);
    if (!intent) return end;
    if (!id_parse(intent->metadata.payment, "pay", &out->payment)) return FACTS_NONE;
    take_intent(intent, out);
    if (!out->captured.minor) return FACTS_FOUND;
    Str path = str_format(cx->arena, "/v1/refunds?payment_intent=%.*s&limit=100", STR_ARG(object));
    const StripeRefunds *refunds = get(cx, config, path, &stripe_refunds_type, out, &end);
    if (refunds) take_refunds(cx, refunds, out);
    return refunds ? FACTS_FOUND : end;
}

static FactsEnd method_facts(Ctx *cx, const Config *config, Str object, PaymentFacts *out)
{
    FactsEnd end = FACTS_NONE;
    const StripeIntent *setup =
        get(cx, config, str_format(cx->arena, "/v1/setup_intents/%.*s", STR_ARG(object)),
            &stripe_intent_type, out, &end);
    if (!setup) return end;
    Id user;
    if (!str_eq(setup->status, S("succeeded")) || !is_reference(setup->payment_method) ||
        !id_parse(setup->metadata.user, "user", &user))
        return FACTS_NONE;
    Str path = str_format(cx->arena, "/v1/payment_methods/%.*s", STR_ARG(setup->payment_method));
    const StripeMethod *method = get(cx, config, path, &stripe_method_type, out, &end);
    if (!method) return end;
    out->method = (SavedMethod){.customer = user,
                                .provider = S("stripe"),
                                .provider_ref = method->id,
                                .kind = method->type.n ? method->type : S("card"),
                                .brand = method->card.brand,
                                .last4 = method->card.last4,
                                .expires = S("")};
    if (method->card.exp_year)
        out->method.expires =
            str_format(cx->arena, "%04lld-%02lld", (long long)method->card.exp_year,
                       (long long)method->card.exp_month);
    return FACTS_FOUND;
}

static FactsEnd facts(Ctx *cx, const Config *config, Str object, PaymentFacts *out)
{
    *out = (PaymentFacts){.payment = {0}};
    if (!is_reference(object)) return FACTS_NONE;
    return str_starts(object, S("seti_")) ? method_facts(cx, config, object, out)
                                          : intent_facts(cx, config, object, out);
}

/* ---- Saved methods --------------------------------------------------------------------------- */

static SetupEnd setup_failed(const ClientAnswer *answer, Ctx *cx)
{
    PaymentEnd end =
        answer->end == CLIENT_ANSWERED
            ? stripe_end_of_fault(cx->arena, answer->status, answer->body, STRIPE_AUTHORISE)
            : unknown(answer->why);
    return (SetupEnd){.outcome = end.outcome == PAYMENT_OK ? PAYMENT_UNKNOWN : end.outcome,
                      .decline_code = end.decline_code,
                      .detail = end.detail};
}

static SetupEnd set_up(Ctx *cx, const Config *config, Id user, Str customer_ref, Str method,
                       Str key)
{
    (void)method;
    Str name = id_text(cx->arena, "user", user);
    Form form = form_new(cx);
    form_put(&form, "metadata[user]", name);
    if (!customer_ref.n) {
        ClientAnswer made = call(cx, config, S("/v1/customers"), &form,
                                 str_format(cx->arena, "%.*s:customer", STR_ARG(name)));
        const StripeCustomer *customer =
            succeeded(&made) ? stripe_read(cx->arena, &stripe_customer_type, made.body) : NULL;
        if (!customer) return setup_failed(&made, cx);
        customer_ref = customer->id;
    }
    form_put(&form, "customer", customer_ref);
    form_put(&form, "usage", S("on_session"));
    form_put(&form, "automatic_payment_methods[enabled]", S("true"));
    form_put(&form, "automatic_payment_methods[allow_redirects]", S("never"));
    ClientAnswer answer = call(cx, config, S("/v1/setup_intents"), &form, key);
    const StripeIntent *setup =
        succeeded(&answer) ? stripe_read(cx->arena, &stripe_intent_type, answer.body) : NULL;
    if (!setup) return setup_failed(&answer, cx);
    return (SetupEnd){.outcome = PAYMENT_NEEDS_ACTION,
                      .client_secret = setup->client_secret,
                      .customer_ref = customer_ref};
}

/* What Stripe does not know any more is forgotten. */
static PaymentOutcome forgotten(const ClientAnswer *answer)
{
    bool later = answer->end != CLIENT_ANSWERED || answer->status >= 500 || answer->status == 429 ||
                 answer->status == 401 || answer->status == 403;
    return later ? PAYMENT_UNKNOWN : PAYMENT_OK;
}

static PaymentOutcome forget_customer(Ctx *cx, const Config *config, Str provider_ref)
{
    if (!is_reference(provider_ref)) return PAYMENT_OK;
    Str path = str_format(cx->arena, "/v1/customers/%.*s", STR_ARG(provider_ref));
    ClientAnswer answer = call_as(cx, config, "DELETE", path, NULL, (Str){0});
    return forgotten(&answer);
}

static PaymentOutcome forget_method(Ctx *cx, const Config *config, Str provider_ref)
{
    Form form = form_new(cx);
    if (!is_reference(provider_ref)) return PAYMENT_OK;
    ClientAnswer answer = call(
        cx, config, str_format(cx->arena, "/v1/payment_methods/%.*s/detach", STR_ARG(provider_ref)),
        &form, (Str){0});
    return forgotten(&answer);
}

const PaymentProvider stripe_provider = {
    .name = "stripe",
    .doc = "Cards and more, by Stripe.",
    .is_offered = is_offered,
    .knows_method = knows_method,
    .is_local = is_local,
    .authorise = authorise,
    .capture = capture,
    .give_up = give_up,
    .refund = refund,
    .facts = facts,
    .set_up = set_up,
    .forget_method = forget_method,
    .forget_customer = forget_customer,
};
