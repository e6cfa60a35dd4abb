/* The payments' SQL.
 *
 * What is known of a payment are facts that only grow: so much was authorised, captured, given back; it
 * was voided, declined, something was required. Each is written by one statement that does nothing where
 * it is known, and `state` is written with it, by one expression over the facts (STATE). So two who note
 * the same, or the same twice, or in another order, come to the same row, and the number of rows says
 * who was first: he announces it.
 *
 * A fact that implies another brings it along: who has captured had authorised.
 *
 * Rejected: reading a payment, deciding, and writing it (between the two a webhook comes); a table of
 * permitted steps from state to state (news that comes late has no step to take, and is lost). */
#include "modules/payments/store.h"

static Value text_or_null(Str text)
{
    return text.n ? value_str(text) : (Value){.kind = VALUE_NULL};
}

/* ---- Payments -------------------------------------------------------------------------------- */

#define PAYMENT_COLUMNS                                                                            \
    "id, subject, customer, email, provider, method, currency, amount, capture_now, state, "       \
    "provider_ref, authorised, captured, refunded, refunding, credited, voided, claim, "           \
    "decline_code, detail, action_url, client_secret, version, created_at, updated_at "

/* The state, by what the facts will be: authorised, captured, refunded as amounts, the others as
 * conditions. What moved money comes first; what was declined and never held has failed, and not been
 * voided, though the provider was told to let go of it. */
#define STATE(authorised, captured, refunded, voided, declined, required)                          \
    "state = case when " captured " > 0 then case when " refunded " >= " captured                  \
    " then 'refunded' when " refunded " > 0 then 'partially_refunded' else 'captured' end "        \
    "when " voided " and (" authorised " > 0 or not (" declined ")) then 'voided' "                \
    "when " authorised " > 0 then 'authorised' "                                                   \
    "when " declined " then 'failed' when " required " then 'requires_action' else 'new' end"

#define DECLINED "decline_code is not null"
#define REQUIRED "(action_url is not null or client_secret is not null)"

void payment_insert(Ctx *cx, const Payment *payment)
{
    db_post_put(
        cx, &payment_type, payment,
        "insert into payments (id, subject, customer, email, provider, method, currency, amount, "
        "capture_now, state, provider_ref, authorised, captured, refunded, refunding, "
        "credited, voided, claim, decline_code, detail, action_url, client_secret, version, "
        "created_at, updated_at) "
        "values (:id, :subject, :customer, :email, :provider, :method, :currency, :amount, "
        ":capture_now, :state, :provider_ref, :authorised, :captured, :refunded, :refunding, "
        ":credited, :voided, :claim, :decline_code, :detail, :action_url, :client_secret, "
        ":version, "
        ":created_at, :updated_at)");
}

Payment *payment_read(Ctx *cx, Id id)
{
    return db_one(cx, &payment_type, "select " PAYMENT_COLUMNS "from payments where id = $1", id);
}

PaymentList payments_of(Ctx *cx, PaymentSubject subject)
{
    return DB_LIST(PaymentList,
                   db_all(cx, &payment_type,
                          "select " PAYMENT_COLUMNS "from payments where subject = $1 order by id",
                          id_text(cx->arena, subject.kind, subject.id)));
}

PaymentList payments_of_customer(Ctx *cx, Id customer)
{
    return DB_LIST(PaymentList,
                   db_all(cx, &payment_type,
                          "select " PAYMENT_COLUMNS "from payments where customer = $1 order by id",
                          customer));
}

PaymentList payments_page(Ctx *cx, const PaymentQuery *query, Id before, int64_t limit)
{
    bool by_state = IS_SET(&payment_query_type, query, PaymentQuery, state);
    Str state = by_state ? enum_text(&payment_state_names, query->state) : S("");
    AnyList rows =
        query->subject.n
            ? db_all(cx, &payment_type,
                     "select " PAYMENT_COLUMNS "from payments where subject = $1 and id < $2 "
                     "and ($3 = '' or state = $3) order by id desc limit $4",
                     query->subject, before.n, state, limit)
        : by_state ? db_all(cx, &payment_type,
                            "select " PAYMENT_COLUMNS "from payments where state = $1 "
                            "and id < $2 order by id desc limit $3",
                            state, before.n, limit)
                   : db_all(cx, &payment_type,
                            "select " PAYMENT_COLUMNS "from payments where id < $1 "
                            "order by id desc limit $2",
                            before.n, limit);
    return DB_LIST(PaymentList, rows);
}

/* Whoever captures at once has the claim from the start, so that nobody voids what is about to be
 * captured. */
Payment *payment_put_authorised(Ctx *cx, Id id, Money amount, Str provider_ref)
{
    return db_one(
        cx, &payment_type,
        "update payments set authorised = $2, provider_ref = coalesce(provider_ref, $3), "
        "claim = case when capture_now and captured = 0 and not voided and claim = 'none' "
        "then 'capture' else claim end, version = version + 1, updated_at = $4, " STATE(
            "$2", "captured", "refunded", "voided", DECLINED,
            REQUIRED) " where id = $1 and authorised < $2 returning " PAYMENT_COLUMNS,
        id, amount, text_or_null(provider_ref), ctx_now(cx));
}

Payment *payment_put_action(Ctx *cx, Id id, Str provider_ref, Str url, Str sealed_secret)
{
    return db_one(cx, &payment_type,
                  "update payments set provider_ref = coalesce(provider_ref, $2), action_url = $3, "
                  "client_secret = $4, version = version + 1, updated_at = $5, " STATE(
                      "authorised", "captured", "refunded", "voided", DECLINED,
                      "true") " where id = $1 and action_url is null and client_secret is null "
                              "returning " PAYMENT_COLUMNS,
                  id, text_or_null(provider_ref), text_or_null(url), text_or_null(sealed_secret),
                  ctx_now(cx));
}

Payment *payment_put_declined(Ctx *cx, Id id, Str provider_ref, Str code, Str detail)
{
    return db_one(
        cx, &payment_type,
        "update payments set provider_ref = coalesce(provider_ref, $2), decline_code = $3, "
        "detail = $4, version = version + 1, updated_at = $5, " STATE(
            "authorised", "captured", "refunded", "voided", "true",
            REQUIRED) " where id = $1 and decline_code is null returning " PAYMENT_COLUMNS,
        id, text_or_null(provider_ref), code, text_or_null(detail), ctx_now(cx));
}

Payment *payment_put_captured(Ctx *cx, Id id, Money amount, Str provider_ref)
{
    return db_one(
        cx, &payment_type,
        "update payments set captured = $2, provider_ref = coalesce(provider_ref, $3), "
        "authorised = case when authorised < $2 then $2 else authorised end, claim = 'none', "
        "version = version + 1, updated_at = $4, " STATE(
            "authorised", "$2", "refunded", "voided", DECLINED,
            REQUIRED) " where id = $1 and captured < $2 returning " PAYMENT_COLUMNS,
        id, amount, text_or_null(provider_ref), ctx_now(cx));
}

Payment *payment_put_voided(Ctx *cx, Id id)
{
    return db_one(cx, &payment_type,
                  "update payments set voided = true, claim = 'none', version = version + 1, "
                  "updated_at = $2, " STATE("authorised", "captured", "refunded", "true", DECLINED,
                                            REQUIRED) " where id = $1 and not voided "
                                                      "returning " PAYMENT_COLUMNS,
                  id, ctx_now(cx));
}

bool payment_claim_capture(Ctx *cx, Id id, Money amount)
{
    return db_exec(cx,
                   "update payments set claim = 'capture', version = version + 1, updated_at = $3 "
                   "where id = $1 and claim = 'none' and captured = 0 and not voided "
                   "and authorised >= $2",
                   id, amount, ctx_now(cx)) == 1;
}

bool payment_claim_void(Ctx *cx, Id id)
{
    return db_exec(cx,
                   "update payments set claim = 'void', version = version + 1, updated_at = $2 "
                   "where id = $1 and claim = 'none' and captured = 0 and not voided",
                   id, ctx_now(cx)) == 1;
}

void payment_unclaim(Ctx *cx, Id id, PaymentClaim claim)
{
    db_post(cx,
            "update payments set claim = 'none', version = version + 1, updated_at = $3 "
            "where id = $1 and claim = $2",
            id, enum_text(&payment_claim_names, claim), ctx_now(cx));
}

void payment_put_subject(Ctx *cx, Id id, Str subject)
{
    db_post(cx,
            "update payments set subject = $2, version = version + 1, updated_at = $3 "
            "where id = $1 and subject <> $2",
            id, subject, ctx_now(cx));
}

void payments_forget(Ctx *cx, Id customer)
{
    db_post(cx,
            "update payments set email = '', customer = null, version = version + 1 "
            "where customer = $1",
            customer);
}

/* ---- Refunds --------------------------------------------------------------------------------- */

#define REFUND_COLUMNS                                                                             \
    "id, payment, amount, state, note, actor, provider_ref, decline_code, detail, created_at, "    \
    "updated_at "

#define REFUND_INSERT                                                                              \
    "insert into payment_refunds (id, payment, amount, state, note, actor, provider_ref, "         \
    "decline_code, detail, created_at, updated_at) values (:id, :payment, :amount, :state, "       \
    ":note, "                                                                                      \
    ":actor, :provider_ref, :decline_code, :detail, :created_at, :updated_at)"

bool payment_claim_refund(Ctx *cx, Id payment, Money amount)
{
    return db_exec(
               cx,
               "update payments set refunding = refunding + $2, version = version + 1, "
               "updated_at = $3 where id = $1 and refunded + refunding + credited + $2 <= captured",
               payment, amount, ctx_now(cx)) == 1;
}

bool payment_credit(Ctx *cx, Id payment, Money amount)
{
    return db_exec(
               cx,
               "update payments set credited = credited + $2, version = version + 1, "
               "updated_at = $3 where id = $1 and refunded + refunding + credited + $2 <= captured",
               payment, amount, ctx_now(cx)) == 1;
}

void refund_insert(Ctx *cx, const Refund *refund)
{
    db_post_put(cx, &refund_type, refund, REFUND_INSERT);
}

bool refund_insert_told(Ctx *cx, const Refund *refund)
{
    return db_put(cx, &refund_type, refund, REFUND_INSERT " on conflict do nothing") == 1;
}

Refund *refund_read(Ctx *cx, Id id)
{
    return db_one(cx, &refund_type, "select " REFUND_COLUMNS "from payment_refunds where id = $1",
                  id);
}

RefundList refunds_of(Ctx *cx, Id payment)
{
    return DB_LIST(RefundList, db_all(cx, &refund_type,
                                      "select " REFUND_COLUMNS
                                      "from payment_refunds where payment = $1 order by id",
                                      payment));
}

Refund *refund_put_succeeded(Ctx *cx, Id id, Str provider_ref)
{
    return db_one(cx, &refund_type,
                  "update payment_refunds set state = 'succeeded', "
                  "provider_ref = coalesce(provider_ref, $2), updated_at = $3 "
                  "where id = $1 and state = 'pending' returning " REFUND_COLUMNS,
                  id, text_or_null(provider_ref), ctx_now(cx));
}

static Refund *put_failed(Ctx *cx, Id id, Str from, Str provider_ref, Str code, Str detail)
{
    return db_one(cx, &refund_type,
                  "update payment_refunds set state = 'failed', "
                  "provider_ref = coalesce(provider_ref, $3), decline_code = $4, detail = $5, "
                  "updated_at = $6 where id = $1 and state = $2 returning " REFUND_COLUMNS,
                  id, from, text_or_null(provider_ref), code, text_or_null(detail), ctx_now(cx));
}

Refund *refund_put_failed(Ctx *cx, Id id, Str provider_ref, Str code, Str detail,
                          bool *had_succeeded)
{
    Refund *pending = put_failed(cx, id, S("pending"), provider_ref, code, detail);
    *had_succeeded = false;
    if (pending) return pending;
    Refund *told = put_failed(cx, id, S("succeeded"), provider_ref, code, detail);
    *had_succeeded = told != NULL;
    return told;
}

Id refund_named(Ctx *cx, Id payment, Str provider_ref)
{
    return (Id){db_int(cx, 0,
                       "select id from payment_refunds where payment = $1 and provider_ref = $2",
                       payment, provider_ref)};
}

Payment *payment_put_refunded(Ctx *cx, Id payment, Money refunding, Money refunded)
{
    return db_one(cx, &payment_type,
                  "update payments set refunding = refunding + $2, refunded = refunded + $3, "
                  "captured = case when captured < refunded + refunding + $2 + $3 "
                  "then refunded + refunding + $2 + $3 else captured end, "
                  "authorised = case when authorised < refunded + refunding + $2 + $3 "
                  "then refunded + refunding + $2 + $3 else authorised end, claim = "
                  "case when claim = 'capture' and captured = 0 and refunded + $3 > 0 then 'none' "
                  "else claim end, version = version + 1, updated_at = $4, " STATE(
                      "authorised",
                      "(case when captured < refunded + refunding + $2 + $3 "
                      "then refunded + refunding + $2 + $3 else captured end)",
                      "(refunded + $3)", "voided", DECLINED,
                      REQUIRED) " where id = $1 returning " PAYMENT_COLUMNS,
                  payment, refunding, refunded, ctx_now(cx));
}

/* ---- What providers tell --------------------------------------------------------------------- */

bool provider_event_insert(Ctx *cx, const ProviderEvent *event)
{
    return db_exec(cx,
                   "insert into payment_events (provider, event, type, object, received_at) "
                   "values ($1, $2, $3, $4, $5) on conflict do nothing",
                   event->provider, event->event, event->type, event->object, ctx_now(cx)) == 1;
}

void provider_event_settle(Ctx *cx, Str provider, Str event)
{
    db_post(cx,
            "update payment_events set settled_at = $3 where provider = $1 and event = $2 "
            "and settled_at is null",
            provider, event, ctx_now(cx));
}

int64_t provider_events_forget(Ctx *cx, Time before, int64_t limit)
{
    return db_exec(cx,
                   "delete from payment_events where (provider, event) in (select provider, event "
                   "from payment_events where received_at < $1 and settled_at is not null "
                   "order by received_at limit $2)",
                   before, limit);
}

Id payment_named(Ctx *cx, Str provider, Str provider_ref)
{
    return (Id){db_int(cx, 0, "select id from payments where provider = $1 and provider_ref = $2",
                       provider, provider_ref)};
}

/* ---- What users keep at providers ------------------------------------------------------------ */

Str provider_customer(Ctx *cx, Id customer, Str provider)
{
    return db_text(cx, S(""),
                   "select provider_ref from payment_customers "
                   "where customer = $1 and provider = $2",
                   customer, provider);
}

ProviderCustomerList provider_customers_of(Ctx *cx, Id customer)
{
    return DB_LIST(ProviderCustomerList,
                   db_all(cx, &provider_customer_type,
                          "select customer, provider, provider_ref from payment_customers "
                          "where customer = $1 order by provider",
                          customer));
}

void provider_customer_put(Ctx *cx, const ProviderCustomer *row)
{
    db_post(cx,
            "insert into payment_customers (customer, provider, provider_ref) values ($1, $2, $3) "
            "on conflict do nothing",
            row->customer, row->provider, row->provider_ref);
}

#define SAVED_COLUMNS                                                                              \
    "id, customer, provider, provider_ref, kind, brand, last4, expires, created_at "

bool saved_method_insert(Ctx *cx, const SavedMethod *method)
{
    return db_put(cx, &saved_method_type, method,
                  "insert into payment_methods (id, customer, provider, provider_ref, kind, brand, "
                  "last4, expires, created_at) values (:id, :customer, :provider, :provider_ref, "
                  ":kind, :brand, :last4, :expires, :created_at) on conflict do nothing") == 1;
}

SavedMethod *saved_method_read(Ctx *cx, Id id)
{
    return db_one(cx, &saved_method_type,
                  "select " SAVED_COLUMNS "from payment_methods where id = $1", id);
}

SavedMethodList saved_methods_of(Ctx *cx, Id customer)
{
    return DB_LIST(SavedMethodList, db_all(cx, &saved_method_type,
                                           "select " SAVED_COLUMNS
                                           "from payment_methods where customer = $1 order by id",
                                           customer));
}

void saved_method_delete(Ctx *cx, Id id)
{
    db_post(cx, "delete from payment_methods where id = $1", id);
}

void saved_methods_forget(Ctx *cx, Id customer)
{
    db_post(cx, "delete from payment_methods where customer = $1", customer);
    db_post(cx, "delete from payment_customers where customer = $1", customer);
}

/* ---- Checking -------------------------------------------------------------------------------- */

IdList payment_ids(Ctx *cx, Id after, int64_t limit)
{
    return db_ids(cx, "select id from payments where id > $1 order by id limit $2", after.n, limit);
}

static const Type refund_sum_type =
    TYPE(RefundSum, "Sums that should be the same.", FIELD(RefundSum, payment, "", .prefix = "pay"),
         FIELD(RefundSum, refunded, ""), FIELD(RefundSum, refunding, ""),
         FIELD(RefundSum, counted_refunded, ""), FIELD(RefundSum, counted_refunding, ""));

#define SUM_OF(state)                                                                              \
    "coalesce((select cast(sum(r.amount) as bigint) from payment_refunds r "                       \
    "where r.payment = p.id and r.state = '" state "'), 0)"

RefundSumList refund_sums_wrong(Ctx *cx, Id after, Id last)
{
    return DB_LIST(RefundSumList,
                   db_all(cx, &refund_sum_type,
                          "select * from (select p.id as payment, p.refunded, "
                          "p.refunding, " SUM_OF("succeeded") " as counted_refunded, " SUM_OF(
                              "pending") " as counted_refunding from payments p where p.id > $1 "
                                         "and p.id <= $2) as sums "
                                         "where refunded <> counted_refunded "
                                         "or refunding <> counted_refunding order by payment",
                          after.n, last.n));
}

PaymentList payments_impossible(Ctx *cx, Id after, Id last)
{
    return DB_LIST(PaymentList,
                   db_all(cx, &payment_type,
                          "select " PAYMENT_COLUMNS "from payments where id > $1 and id <= $2 "
                          "and (authorised > amount or captured > authorised "
                          "or refunded + refunding > captured) order by id",
                          after.n, last.n));
}

#define STATE_NOW STATE("authorised", "captured", "refunded", "voided", DECLINED, REQUIRED)

/* "state = case …": the same words compare here and assign below. */
PaymentList payments_misstated(Ctx *cx, Id after, Id last)
{
    return DB_LIST(PaymentList,
                   db_all(cx, &payment_type,
                          "select " PAYMENT_COLUMNS
                          "from payments where id > $1 and id <= $2 and not (" STATE_NOW
                          ") order by id",
                          after.n, last.n));
}

IdList payments_unheard(Ctx *cx, Id after, Id last, Time before)
{
    return db_ids(cx,
                  "select distinct p.id from payments p join payment_events e "
                  "on e.provider = p.provider and e.object = p.provider_ref "
                  "where p.id > $1 and p.id <= $2 and e.settled_at is null and e.received_at < $3 "
                  "order by p.id",
                  after.n, last.n, before);
}

void payment_put_state(Ctx *cx, Id id)
{
    db_post(cx, "update payments set version = version + 1, " STATE_NOW " where id = $1", id);
}

bool payment_put_sums(Ctx *cx, const RefundSum *sum)
{
    return db_exec(cx,
                   "update payments set refunded = $2, refunding = $3 where id = $1 "
                   "and refunded = $4 and refunding = $5 and $2 + $3 <= captured",
                   sum->payment, sum->counted_refunded, sum->counted_refunding, sum->refunded,
                   sum->refunding) == 1;
}
