/* The provider for trying: no machine is asked and no money moves, and the token says what comes of it.
 * Production mode does not know it. It remembers nothing but, as long as the process runs, which answers it
 * has lost already. */
#include "modules/payments/provider.h"

#include "base/hash.h"

#include <stdatomic.h>
#include <time.h>

enum {
    SLOW_MS = 2000,
    LOST_MAX = 1024, /* attempts whose lost answer is remembered: of older ones it is lost again */
    LOST_NEAR =
        64, /* places where one may stand: two that are tried by turns must not oust each other */
};

typedef struct Token {
    const char *name;
    const char *decline_code; /* of the authorisation */
    const char *capture_code; /* of the capture */
    const char *refund_code;  /* of a refund */
    bool action, slow, lost;
} Token;

static const Token tokens[] = {
    {.name = "tok_ok"},
    {.name = "tok_declined", .decline_code = "card_declined"},
    {.name = "tok_no_funds", .decline_code = "insufficient_funds"},
    {.name = "tok_action", .action = true},
    {.name = "tok_slow", .slow = true},
    {.name = "tok_lost", .lost = true},
    {.name = "tok_capture_declined", .capture_code = "authorisation_expired"},
    {.name = "tok_refund_declined", .refund_code = "charge_disputed"},
};

/* Of one that was saved, what stands before the colon. */
static const Token *token_named(Str method)
{
    Str name, rest;
    str_cut(method, ':', &name, &rest);
    if (!name.n) return &tokens[0];
    for (size_t i = 0; i < ROWS(tokens); i++)
        if (str_eq(name, str_from(tokens[i].name))) return &tokens[i];
    return NULL;
}

/* ---- Losing answers -------------------------------------------------------------------------- */

static _Atomic uint64_t lost[LOST_MAX];

/* Was an answer to this key lost before? From now on it was. */
static bool is_lost(Str key)
{
    uint64_t hash = hash_fast(key), mark = hash | 1;
    for (uint64_t i = 0; i < LOST_NEAR; i++) {
        uint64_t there = 0;
        if (atomic_compare_exchange_strong(&lost[(hash + i) % LOST_MAX], &there, mark)) return true;
        if (there == mark) return false;
    }
    atomic_store(&lost[hash % LOST_MAX], mark);
    return true;
}

static void take_time(void)
{
    struct timespec pause = {SLOW_MS / 1000, SLOW_MS % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

/* ---- The provider ---------------------------------------------------------------------------- */

static bool is_offered(const Config *config)
{
    return config->mode == MODE_DEVELOPMENT;
}

static bool knows_method(Str method)
{
    return token_named(method) != NULL;
}

/* What takes time, loses answers, waits for the customer or thinks again behaves as another machine; so
 * does what was saved, of which only its payment knows what it is. */
static bool is_local(Str method)
{
    const Token *token = token_named(method);
    return token && !token->slow && !token->lost && !token->action && !token->capture_code;
}

static PaymentEnd declined(const char *code)
{
    return (PaymentEnd){PAYMENT_DECLINED, .decline_code = str_from(code),
                        .detail = S("The test provider was told to refuse.")};
}

static PaymentEnd fine(Ctx *cx, Money amount, const char *prefix, Id id)
{
    return (PaymentEnd){PAYMENT_OK, .amount = amount,
                        .provider_ref = str_format(cx->arena, "test_%.*s",
                                                   STR_ARG(id_text(cx->arena, prefix, id)))};
}

static PaymentEnd authorise(Ctx *cx, const PaymentAsk *ask, Str key)
{
    const Payment *payment = ask->payment;
    const Token *token = token_named(payment->method);
    PaymentEnd end = fine(cx, payment->amount, "pay", payment->id);
    if (!token) return declined("unknown_token");
    if (token->slow) take_time();
    if (token->lost && is_lost(key))
        return (PaymentEnd){PAYMENT_UNKNOWN, .detail = S("the answer was lost, for once")};
    if (token->decline_code) return declined(token->decline_code);
    if (!token->action) return end;
    end.outcome = PAYMENT_NEEDS_ACTION;
    end.action_url = str_format(cx->arena, "/v1/payments/%.*s/test-events",
                                STR_ARG(id_text(cx->arena, "pay", payment->id)));
    return end;
}

static PaymentEnd capture(Ctx *cx, const PaymentAsk *ask, Money amount, Str key)
{
    (void)key;
    const Token *token = token_named(ask->payment->method);
    if (token && token->capture_code) return declined(token->capture_code);
    return fine(cx, amount, "pay", ask->payment->id);
}

static PaymentEnd give_up(Ctx *cx, const PaymentAsk *ask, Str key)
{
    (void)key;
    return fine(cx, ask->payment->amount, "pay", ask->payment->id);
}

static PaymentEnd refund(Ctx *cx, const PaymentAsk *ask, const Refund *wanted, Str key)
{
    (void)key;
    const Token *token = token_named(ask->payment->method);
    if (token && token->refund_code) return declined(token->refund_code);
    return fine(cx, wanted->amount, "re", wanted->id);
}

static SetupEnd set_up(Ctx *cx, const Config *config, Id user, Str customer_ref, Str method,
                       Str key)
{
    (void)config, (void)customer_ref;
    const Token *token = token_named(method);
    if (!token || token->decline_code)
        return (SetupEnd){.outcome = PAYMENT_DECLINED,
                          .decline_code = str_from(token ? token->decline_code : "unknown_token")};
    /* Its token says what comes of it, and is its own: two who save the same one do not share it. */
    SavedMethod saved = {.customer = user,
                         .provider = S("test"),
                         .provider_ref =
                             str_format(cx->arena, "%s:%.*s", token->name, STR_ARG(key)),
                         .kind = S("card"),
                         .brand = S("test"),
                         .last4 = S("4242"),
                         .expires = S("2099-12")};
    return (SetupEnd){.outcome = PAYMENT_OK, .method = saved};
}

const PaymentProvider test_provider = {
    .name = "test",
    .doc = "For trying: the token says what comes of it, and no money moves. Not in production.",
    .is_offered = is_offered,
    .knows_method = knows_method,
    .is_local = is_local,
    .authorise = authorise,
    .capture = capture,
    .give_up = give_up,
    .refund = refund,
    .set_up = set_up,
};
