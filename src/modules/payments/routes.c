/* What staff see of payments, and do with them by hand. */
#include "modules/payments/checks.h"
#include "modules/payments/payment.h"
#include "modules/payments/provider.h"
#include "modules/payments/store.h"

#include "modules/accounts/accounts.h"
#include "platform/api/errors.h"
#include "platform/personal.h"

static const Permission payments_read = {"payments:read", "See payments and refunds.",
                                         .roles = "manager support"};

/* ---- Reading --------------------------------------------------------------------------------- */

static Reply list_payments(Request *rq)
{
    const PaymentQuery *query = rq->query;
    Id before = {INT64_MAX};
    if (query->cursor.n) {
        const PaymentCursor *read = cursor_read(rq->cx->arena, &payment_cursor_type, query->cursor);
        if (!read) return refuse((Verdict){&error_bad_cursor, {0}});
        before = read->before;
    }
    PaymentList page = payments_page(rq->cx, query, before, query->limit + 1);
    Str next = {0};
    if (page.n > (size_t)query->limit)
        next = cursor_write(rq->cx->arena, &payment_cursor_type,
                            &(PaymentCursor){page.items[--page.n - 1].id});
    return ok_list(&payment_type, (AnyList){page.items, page.n}, next);
}
HANDLER_PLAIN(list_payments)

static Reply show_payment(Request *rq)
{
    const Payment *payment = payment_read(rq->cx, rq->id);
    if (!payment) return not_found(rq, "payment");
    return with_version(ok(&payment_type, payment), payment->version);
}
HANDLER_PLAIN(show_payment)

static Reply list_refunds(Request *rq)
{
    if (!payment_read(rq->cx, rq->id)) return not_found(rq, "payment");
    RefundList refunds = refunds_of(rq->cx, rq->id);
    return ok_list(&refund_type, (AnyList){refunds.items, refunds.n}, (Str){0});
}
HANDLER_PLAIN(list_refunds)

/* ---- Persons --------------------------------------------------------------------------------- */

static AnyList payments_of_person(Ctx *cx, Id user)
{
    PaymentList list = payments_of_customer(cx, user);
    return (AnyList){list.items, list.n};
}

static AnyList methods_of_person(Ctx *cx, Id user)
{
    SavedMethodList list = saved_methods_of(cx, user);
    return (AnyList){list.items, list.n};
}

static void forget_person(Ctx *cx, const UserEvent *deleted)
{
    payments_forget(cx, deleted->user);
}
REACTION(forget_person, UserEvent)

/* ---- The table ------------------------------------------------------------------------------- */

static void start(const ModuleWorld *world)
{
    payments_begin(world->db, world->config);
}

static void stop(void)
{
    payments_begin(NULL, NULL);
}

static const Error *const page_errors[] = {&error_bad_cursor, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/payments", list_payments, "List payments, the newest first.", .tx = TX_READ,
          .needs = &payments_read, .query = &payment_query_type, .reply = &payment_type,
          .list = true, .errors = page_errors),
    ROUTE(GET, "/v1/payments/{id:pay}", show_payment, "Read a payment.", .tx = TX_READ,
          .needs = &payments_read, .reply = &payment_type),
    ROUTE(GET, "/v1/payments/{id:pay}/refunds", list_refunds, "List what was given back.",
          .tx = TX_READ, .needs = &payments_read, .reply = &refund_type, .list = true),
};

static const Error *const errors[] = {&error_unknown_provider, &error_unknown_method};
static const Permission *const permissions[] = {&payments_read};
static const Table tables[] = {{"payments", &payment_type},
                               {"payment_refunds", &refund_type},
                               {"payment_events", &provider_event_type},
                               {"payment_customers", &provider_customer_type},
                               {"payment_methods", &saved_method_type}};
static const Event *const events[] = {
    &payment_authorised,     &payment_captured, &payment_refunded, &payment_refund_failed,
    &payment_refund_refused, &payment_voided,   &payment_failed};
static const Reaction reactions[] = {ON(user_deleted, forget_person)};
static const Personal personals[] = {
    {"payments", "What he has paid.", &payment_type, payments_of_person},
    {"payment_methods", "What he pays with.", &saved_method_type, methods_of_person}};

extern const char payments_0001_payments[];
static const Migration migrations[] = {
    {.module = "payments", .number = 1, .name = "payments", .sql = payments_0001_payments},
};

const Module payments_module = {
    .name = "payments",
    .doc = "Money that customers give the shop.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
    MODULE_ROWS(migrations, migration),
    MODULE_ROWS(tables, table),
    MODULE_ROWS(events, event),
    MODULE_ROWS(reactions, reaction),
    MODULE_ROWS(personals, personal),
    .checks = payment_checks,
    .check_count = PAYMENT_CHECKS,
    .start = start,
    .stop = stop,
};
