/* What customers pay with again and again: kept by the provider, and known here by its token.
 *
 * To save a method is the customer's own doing: the provider's script in the browser takes the card, by a secret that is asked for here,
 * and a webhook tells when it is done. The provider is asked ahead of the transaction; nothing that moves money hangs on it, so a
 * crash between the two leaves an empty form at the provider, and no more.
 *
 * Rejected: taking a card's number here, for whatever reason. */
#include "modules/payments/provider.h"
#include "modules/payments/store.h"

#include "modules/accounts/accounts.h"
#include "platform/api/errors.h"
#include "platform/jobs/jobs.h"

static const Permission methods_read = {"payment-methods:read",
                                        "See what customers pay with: brand and last digits.",
                                        .roles = "manager support"};
static const Permission methods_write = {
    "payment-methods:write", "Save and remove what customers pay with.", .roles = "manager"};

static const Error error_cannot_save = {"cannot_save", 422, "This provider keeps no methods.",
                                        LOG_DEBUG, "Pay without saving."};
static const Error error_not_saved = {"not_saved", 402, "The provider does not save this method.",
                                      LOG_DEBUG, "The detail is the provider's own reason."};
static const Error error_provider_unavailable = {"provider_unavailable", 503,
                                                 "The payment provider does not answer.", LOG_WARN,
                                                 "Nothing was done. Try again in a while."};

enum { METHODS_MAX = 50 }; /* of one user: nobody has more cards */

static const Error error_too_many_methods = {"too_many_methods", 409,
                                             "The customer has saved as many as he may.", LOG_DEBUG,
                                             "Remove one first."};

/* Whose they are; nobody's when there is no such user. */
static Id its_owner(Request *rq)
{
    return user_read(rq->cx, rq->id) ? rq->id : (Id){0};
}

static Reply list_payment_methods(Request *rq)
{
    if (!user_read(rq->cx, rq->id)) return not_found(rq, "user");
    SavedMethodList list = saved_methods_of(rq->cx, rq->id);
    return ok_list(&saved_method_type, (AnyList){list.items, list.n}, (Str){0});
}
HANDLER_PLAIN(list_payment_methods)

/* ---- Saving ---------------------------------------------------------------------------------- */

typedef struct MethodSave {
    Str provider, method;
} MethodSave;

static const Type method_save_type = TYPE(
    MethodSave, "A method of payment that a customer wants to keep.",
    FIELD(MethodSave, provider, "Who shall keep it.", .required = true, .min = 1, .max = 40),
    FIELD(MethodSave, method,
          "A token of the `test` provider's. Others give a secret for their own script instead.",
          .max = PAYMENT_TOKEN_MAX, .initial = ""));

typedef struct MethodSetup {
    Str provider;
    Id id;
    Str client_secret;
} MethodSetup;

static const Type method_setup_type = TYPE(
    MethodSetup, "How a method of payment is saved.", FIELD(MethodSetup, provider, "Who keeps it."),
    FIELD(MethodSetup, id, "What was saved; null: nothing yet.", .prefix = "saved",
          .nullable = true),
    FIELD(MethodSetup, client_secret,
          "For the provider's script in the browser, which goes on; null: it is done.",
          .nullable = true, .secret = true));

typedef struct SetupLook {
    Str customer_ref;
} SetupLook;

static const PaymentProvider *keeper(Str name)
{
    const PaymentProvider *provider = provider_named(name);
    return provider && provider->is_offered(payments_config()) ? provider : NULL;
}

static Reply look_at_save(Request *rq, const MethodSave *in)
{
    const PaymentProvider *provider = keeper(in->provider);
    if (!user_read(rq->cx, rq->id)) return not_found(rq, "user");
    if (!provider) return refuse((Verdict){&error_unknown_provider, {0}});
    if (!provider->set_up) return refuse((Verdict){&error_cannot_save, {0}});
    if (saved_methods_of(rq->cx, rq->id).n >= METHODS_MAX)
        return refuse((Verdict){&error_too_many_methods, {0}});
    SetupLook *look = NEW(rq->cx->arena, SetupLook);
    look->customer_ref = provider_customer(rq->cx, rq->id, in->provider);
    rq->looked = look;
    return (Reply){0};
}
HANDLER(look_at_save, MethodSave)

/* A request that is sent again with its Idempotency-Key is the same one to the provider. */
static Str setup_key(Request *rq)
{
    Str given = request_header(rq, S("idempotency-key"));
    Str own = given.n && given.n <= 100 ? given : str_from(rq->cx->trace.request_id);
    return str_format(rq->cx->arena, "%.*s:setup:%.*s",
                      STR_ARG(id_text(rq->cx->arena, "user", rq->id)), STR_ARG(own));
}

static Reply ask_to_save(Request *rq, const MethodSave *in)
{
    const SetupLook *look = rq->looked;
    SetupEnd *end = NEW(rq->cx->arena, SetupEnd);
    *end = keeper(in->provider)
               ->set_up(rq->cx, payments_config(), rq->id, look->customer_ref, in->method,
                        setup_key(rq));
    rq->ahead = end;
    if (end->outcome == PAYMENT_UNKNOWN) return refuse((Verdict){&error_provider_unavailable, {0}});
    if (end->outcome == PAYMENT_DECLINED)
        return refuse((Verdict){&error_not_saved, end->decline_code});
    return (Reply){0};
}
HANDLER(ask_to_save, MethodSave)

static Reply save_payment_method(Request *rq, const MethodSave *in)
{
    Ctx *cx = rq->cx;
    const SetupEnd *end = rq->ahead;
    MethodSetup *setup = NEW(cx->arena, MethodSetup);
    *setup = (MethodSetup){.provider = in->provider, .client_secret = end->client_secret};
    if (end->customer_ref.n)
        provider_customer_put(cx, &(ProviderCustomer){rq->id, in->provider, end->customer_ref});
    if (end->outcome == PAYMENT_OK) {
        SavedMethod method = end->method;
        setup->id = method.id = ctx_id(cx);
        method.created_at = ctx_now(cx);
        saved_method_insert(cx, &method);
    }
    Str user = id_text(cx->arena, "user", rq->id);
    return created(&method_setup_type, setup,
                   str_format(cx->arena, "/v1/users/%.*s/payment-methods", STR_ARG(user)));
}
HANDLER(save_payment_method, MethodSave)

/* ---- Removing -------------------------------------------------------------------------------- */

static Reply look_at_remove(Request *rq)
{
    SavedMethod *method = saved_method_read(rq->cx, rq->args[1].id);
    if (!method || !id_eq(method->customer, rq->id)) return not_found(rq, "saved method");
    rq->looked = method;
    return (Reply){0};
}
HANDLER_PLAIN(look_at_remove)

static Reply ask_to_remove(Request *rq)
{
    const SavedMethod *method = rq->looked;
    const PaymentProvider *provider = provider_named(method->provider);
    bool asked = provider && provider->forget_method;
    if (asked &&
        provider->forget_method(rq->cx, payments_config(), method->provider_ref) != PAYMENT_OK)
        return refuse((Verdict){&error_provider_unavailable, {0}});
    return (Reply){0};
}
HANDLER_PLAIN(ask_to_remove)

static Reply remove_payment_method(Request *rq)
{
    saved_method_delete(rq->cx, ((const SavedMethod *)rq->looked)->id);
    return no_content();
}
HANDLER_PLAIN(remove_payment_method)

/* ---- Forgetting ------------------------------------------------------------------------------ */

typedef struct Leaver {
    Str provider, provider_ref;
} Leaver;

static const Type leaver_type =
    TYPE(Leaver, "Somebody who is gone.", FIELD(Leaver, provider, "Who still knows him."),
         FIELD(Leaver, provider_ref, "As whom.", .personal = true));

static JobEnd forget_there(JobRun *run, const Leaver *leaver)
{
    const PaymentProvider *provider = keeper(leaver->provider);
    if (!provider || !provider->forget_customer)
        return job_retry(run, "the provider is not set up any more");
    if (provider->forget_customer(run->cx, payments_config(), leaver->provider_ref) != PAYMENT_OK)
        return job_retry(run, "the provider does not answer");
    return job_done();
}
JOB_HANDLER(forget_there, Leaver)

static const Job forget_customer_job = {
    .name = "payments.forget_customer",
    .doc = "Has a provider forget somebody whose account was deleted.",
    .payload = &leaver_type,
    .run = JOB_RUN(forget_there)};

static void forget_person(Ctx *cx, const UserEvent *deleted)
{
    ProviderCustomerList list = provider_customers_of(cx, deleted->user);
    for (size_t i = 0; i < list.n; i++)
        job_add(cx, &forget_customer_job,
                &(Leaver){list.items[i].provider, list.items[i].provider_ref});
    saved_methods_forget(cx, deleted->user);
}
REACTION(forget_person, UserEvent)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const save_errors[] = {
    &error_unknown_provider, &error_cannot_save,          &error_not_saved,
    &error_too_many_methods, &error_provider_unavailable, NULL};
static const Error *const remove_errors[] = {&error_provider_unavailable, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/users/{id:user}/payment-methods", list_payment_methods,
          "List what a customer has saved to pay with.", .tx = TX_READ, .needs = &methods_read,
          .owner = its_owner, .reply = &saved_method_type, .list = true),
    ROUTE(POST, "/v1/users/{id:user}/payment-methods", save_payment_method,
          "Begin to save a method of payment.",
          .detail =
              "The provider's own script goes on in the browser, by `client_secret`; when it is "
              "done the method is in the list. A card's number never comes here.",
          .tx = TX_WRITE, .needs = &methods_write, .owner = its_owner, .body = &method_save_type,
          .reply = &method_setup_type, .status = 201, .secret = true, .look = look_at_save_handler,
          .ahead = ask_to_save_handler, .errors = save_errors),
    ROUTE(DELETE, "/v1/users/{id:user}/payment-methods/{method:saved}", remove_payment_method,
          "Remove a saved method of payment.", .tx = TX_WRITE, .needs = &methods_write,
          .owner = its_owner, .look = look_at_remove_handler, .ahead = ask_to_remove_handler,
          .errors = remove_errors),
};

static const Error *const errors[] = {&error_cannot_save, &error_not_saved, &error_too_many_methods,
                                      &error_provider_unavailable};
static const Permission *const permissions[] = {&methods_read, &methods_write};

static const Job *const jobs[] = {&forget_customer_job};
static const Reaction reactions[] = {ON(user_deleted, forget_person)};

const Module payment_methods_module = {
    .name = "payment-methods",
    .doc = "What customers have saved to pay with.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
    MODULE_ROWS(jobs, job),
    MODULE_ROWS(reactions, reaction),
};
