#include "modules/payments/provider.h"

static const PaymentProvider *const providers[] = {&stripe_provider, &manual_provider,
                                                   &test_provider};

const PaymentProvider *provider_at(size_t i)
{
    return i < ROWS(providers) ? providers[i] : NULL;
}

const PaymentProvider *provider_named(Str name)
{
    for (size_t i = 0; i < ROWS(providers); i++)
        if (str_eq(name, str_from(providers[i]->name))) return providers[i];
    return NULL;
}

/* ---- The process's own ----------------------------------------------------------------------- */

static struct {
    Db *db;
    const Config *config;
} own;

void payments_begin(Db *db, const Config *config)
{
    own.db = db;
    own.config = config;
}

Db *payments_db(void)
{
    return own.db;
}

const Config *payments_config(void)
{
    return own.config;
}

/* ---- What is offered ------------------------------------------------------------------------- */

StrList payment_providers(Arena *arena)
{
    StrList list = {NEW_N(arena, Str, ROWS(providers)), 0};
    for (size_t i = 0; i < ROWS(providers); i++)
        if (own.config && providers[i]->is_offered(own.config))
            list.items[list.n++] = str_from(providers[i]->name);
    return list;
}

bool payment_is_local(Str name, Str method)
{
    const PaymentProvider *provider = provider_named(name);
    return !provider || provider->is_local(method);
}

/* ---- manual ---------------------------------------------------------------------------------- */

static bool manual_is_offered(const Config *config)
{
    return config->payments.manual;
}

static bool without_method(Str method)
{
    return method.n == 0;
}

static bool always_local(Str method)
{
    (void)method;
    return true;
}

static PaymentEnd agreed(Ctx *cx, const PaymentAsk *ask, Money amount, const char *prefix, Id id)
{
    (void)ask;
    return (PaymentEnd){PAYMENT_OK, .amount = amount,
                        .provider_ref = id_text(cx->arena, prefix, id)};
}

static PaymentEnd promise(Ctx *cx, const PaymentAsk *ask, Str key)
{
    (void)key;
    return agreed(cx, ask, ask->payment->amount, "pay", ask->payment->id);
}

static PaymentEnd receive(Ctx *cx, const PaymentAsk *ask, Money amount, Str key)
{
    (void)key;
    return agreed(cx, ask, amount, "pay", ask->payment->id);
}

static PaymentEnd forgo(Ctx *cx, const PaymentAsk *ask, Str key)
{
    (void)key;
    return agreed(cx, ask, ask->payment->amount, "pay", ask->payment->id);
}

static PaymentEnd pay_back(Ctx *cx, const PaymentAsk *ask, const Refund *refund, Str key)
{
    (void)key;
    return agreed(cx, ask, refund->amount, "re", refund->id);
}

/* Bank transfer, cash: people look whether it has come, and send it back. */
const PaymentProvider manual_provider = {
    .name = "manual",
    .doc = "Money that comes by bank transfer or in cash: staff say when it is there.",
    .later = true,
    .is_offered = manual_is_offered,
    .knows_method = without_method,
    .is_local = always_local,
    .authorise = promise,
    .capture = receive,
    .give_up = forgo,
    .refund = pay_back,
};
