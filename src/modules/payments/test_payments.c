/* Payments on both databases: what is noted converges in any order, nothing is given back twice, the
 * providers that need no machine. */
#include "modules/payments/checks.h"
#include "modules/payments/payment.h"
#include "modules/payments/provider.h"
#include "modules/payments/store.h"

#include "platform/test_modules.h"

#include <pthread.h>

/* ---- The world ------------------------------------------------------------------------------- */

static int announced[6];

static void count(const Event *event)
{
    const Event *const all[] = {&payment_authorised,    &payment_captured, &payment_refunded,
                                &payment_refund_failed, &payment_voided,   &payment_failed};
    for (size_t i = 0; i < ROWS(all); i++) announced[i] += all[i] == event;
}

#define COUNTS(name)                                                                               \
    static void count_##name(Ctx *cx, const PaymentEvent *event)                                   \
    {                                                                                              \
        (void)cx;                                                                                  \
        WANT(event->payment.n != 0);                                                               \
        count(&payment_##name);                                                                    \
    }                                                                                              \
    REACTION(count_##name, PaymentEvent)

COUNTS(authorised)
COUNTS(captured)
COUNTS(refunded)
COUNTS(refund_failed)
COUNTS(voided)
COUNTS(failed)

enum { AUTHORISED, CAPTURED, REFUNDED, REFUND_LOST, VOIDED, DECLINED };

static const Reaction reactions[] = {
    ON(payment_authorised, count_authorised), ON(payment_captured, count_captured),
    ON(payment_refunded, count_refunded),     ON(payment_refund_failed, count_refund_failed),
    ON(payment_voided, count_voided),         ON(payment_failed, count_failed)};
static const Module listener = {
    .name = "listener", .doc = "Counts.", MODULE_ROWS(reactions, reaction)};
static const Module *const modules[] = {&payments_module, &listener};

static Config config;

static World *shop_of(void **state)
{
    World *w = world_with(state, modules, ROWS(modules));
    config = (Config){.mode = MODE_DEVELOPMENT, .payments = {.manual = true}};
    payments_begin(w->db, &config);
    memset(announced, 0, sizeof announced);
    return w;
}

static PaymentStart start_of(Str provider, Str method)
{
    return (PaymentStart){.subject = {"cart", {7}},
                          .email = S("ann@shop.example"),
                          .provider = provider,
                          .method = method,
                          .currency = {"EUR"},
                          .amount = {1000},
                          .capture_now = true};
}

static Id begin(Ctx *cx, Str provider, Str method)
{
    Verdict verdict;
    PaymentStart start = start_of(provider, method);
    Id id = payment_start(cx, &start, &verdict);
    WANT(!verdict.error);
    return id;
}

/* ---- Facts in any order ---------------------------------------------------------------------- */

typedef enum FactKind {
    FACT_AUTHORISED,
    FACT_CAPTURED,
    FACT_VOIDED,
    FACT_DECLINED,
    FACT_ACTION,
    FACT_REFUND,
    FACT_KINDS
} FactKind;

typedef struct Fact {
    FactKind kind;
    int64_t amount;
    Str ref;
} Fact;

enum { FACTS_MAX = 8 };

static void note(Ctx *cx, Id id, const Fact *fact)
{
    PaymentEnd end = {.amount = {fact->amount},
                      .provider_ref = id_text(cx->arena, "ref", id),
                      .decline_code = S("card_declined"),
                      .detail = S("No."),
                      .action_url = S("https://bank.example/3ds")};
    switch (fact->kind) {
    case FACT_AUTHORISED:
        payment_note_authorised(cx, id, &end);
        break;
    case FACT_CAPTURED:
        payment_note_captured(cx, id, &end);
        break;
    case FACT_VOIDED:
        payment_note_voided(cx, id, &end);
        break;
    case FACT_DECLINED:
        payment_note_declined(cx, id, &end);
        break;
    case FACT_ACTION:
        payment_note_action(cx, id, &end);
        break;
    case FACT_REFUND:
        refund_note_told(
            cx, &(Refund){.payment = id, .amount = {fact->amount}, .provider_ref = fact->ref});
        break;
    case FACT_KINDS:
        break;
    }
}

/* What a provider may have told of one payment. */
static size_t draw_facts(const Random *random, Fact facts[FACTS_MAX])
{
    static const Str refs[] = {S_INIT("r1"), S_INIT("r2"), S_INIT("r3")};
    size_t n = 0;
    for (FactKind kind = 0; kind < FACT_REFUND; kind++)
        if (random_below(random, 2))
            facts[n++] = (Fact){kind, kind == FACT_AUTHORISED ? 1000 : 600, {0}};
    for (size_t i = 0; i < ROWS(refs); i++)
        if (random_below(random, 3) == 0)
            facts[n++] = (Fact){FACT_REFUND, 100 * (int64_t)(i + 1), refs[i]};
    return n;
}

static void want_same(const Payment *a, const Payment *b)
{
    WANT_INT(a->state, b->state);
    WANT_INT(a->authorised.minor, b->authorised.minor);
    WANT_INT(a->captured.minor, b->captured.minor);
    WANT_INT(a->refunded.minor, b->refunded.minor);
    WANT_INT(a->refunding.minor, b->refunding.minor);
    WANT_INT(a->voided, b->voided);
    WANT_INT(a->claim, b->claim);
    WANT_STR(a->decline_code, b->decline_code);
    WANT_STR(a->action_url, b->action_url);
    WANT_INT(a->provider_ref.n, b->provider_ref.n);
}

/* Every fact once in the order of its kind; and each at least once, some again, in any order. */
static bool try_orders(Ctx *cx, void *arg)
{
    const Random *random = arg;
    Fact facts[FACTS_MAX];
    size_t n = draw_facts(random, facts), told = 0;
    bool seen[FACTS_MAX] = {0};
    Id plain = begin(cx, S("test"), S("")), mixed = begin(cx, S("test"), S(""));
    for (size_t i = 0; i < n; i++) note(cx, plain, &facts[i]);
    memset(announced, 0, sizeof announced);
    while (told < n) {
        size_t i = random_below(random, n);
        told += !seen[i];
        seen[i] = true;
        note(cx, mixed, &facts[i]);
        if (random_below(random, 3) == 0) note(cx, mixed, &facts[i]);
    }
    want_same(payment_read(cx, plain), payment_read(cx, mixed));
    int refunds = 0;
    for (size_t i = 0; i < n; i++) refunds += facts[i].kind == FACT_REFUND;
    WANT_INT(announced[REFUNDED], refunds);
    for (size_t i = 0; i < ROWS(announced); i++) WANT(i == REFUNDED || announced[i] <= 1);
    return true;
}

static void facts_converge_in_any_order(void **state)
{
    World *w = shop_of(state);
    for (uint64_t seed = 1; seed <= 60; seed++) {
        RandomSeeded seeded;
        Random random = random_seeded(&seeded, seed);
        RUN(w, TX_WRITE, try_orders, &random);
        arena_reset(w->arena);
    }
}

/* ---- The plain way --------------------------------------------------------------------------- */

static bool go_the_plain_way(Ctx *cx, void *arg)
{
    (void)arg;
    Id id = begin(cx, S("test"), S("tok_ok"));
    PaymentEnd end = payment_authorise(cx, id, S("key"));
    WANT_INT(end.outcome, PAYMENT_OK);
    WANT(payment_note_authorised(cx, id, &end));
    WANT(!payment_note_authorised(cx, id, &end));
    payment_rebind(cx, id, (PaymentSubject){"ord", {9}});
    const Payment *held = payment_read(cx, id);
    WANT_INT(held->state, PAYMENT_STATE_AUTHORISED);
    WANT_INT(held->claim, PAYMENT_CLAIM_CAPTURE); /* the checkout's: nobody else may */
    WANT(!payment_claim_void(cx, id));
    WANT(!payment_claim_capture(cx, id, (Money){1000}));
    end = payment_capture(cx, id, (Money){1000}, S("key"));
    WANT_INT(end.outcome, PAYMENT_OK);
    WANT(payment_note_captured(cx, id, &end));
    WANT(!payment_note_captured(cx, id, &end)); /* a capture that is told again is no second one */
    PaymentList list = payments_of(cx, (PaymentSubject){"ord", {9}});
    WANT_INT(list.n, 1);
    WANT_INT(list.items[0].state, PAYMENT_STATE_CAPTURED);
    WANT_INT(payments_of(cx, (PaymentSubject){"cart", {7}}).n, 0);
    WANT_INT(announced[AUTHORISED], 1);
    WANT_INT(announced[CAPTURED], 1);
    return true;
}

static void a_payment_is_authorised_and_captured_once(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, go_the_plain_way, NULL);
}

static PaymentOutcome ask(Ctx *cx, Str token, Str *code)
{
    Id id = begin(cx, S("test"), token);
    PaymentEnd end = payment_authorise(cx, id, id_text(cx->arena, "pay", id));
    *code = end.decline_code;
    return end.outcome;
}

static bool try_tokens(Ctx *cx, void *arg)
{
    (void)arg;
    Str code;
    WANT_INT(ask(cx, S("tok_declined"), &code), PAYMENT_DECLINED);
    WANT_STR(code, S("card_declined"));
    WANT_INT(ask(cx, S("tok_no_funds"), &code), PAYMENT_DECLINED);
    WANT_STR(code, S("insufficient_funds"));
    WANT_INT(ask(cx, S("tok_action"), &code), PAYMENT_NEEDS_ACTION);
    Id id = begin(cx, S("test"), S("tok_lost"));
    Str key = id_text(cx->arena, "pay", id);
    WANT_INT(payment_authorise(cx, id, key).outcome, PAYMENT_UNKNOWN);
    WANT_INT(payment_authorise(cx, id, key).outcome, PAYMENT_OK); /* asked again */
    id = begin(cx, S("test"), S("tok_capture_declined"));
    WANT_INT(payment_authorise(cx, id, S("k")).outcome, PAYMENT_OK);
    WANT_INT(payment_capture(cx, id, (Money){1000}, S("k")).outcome, PAYMENT_DECLINED);
    WANT(payment_is_local(S("test"), S("tok_ok")));
    WANT(!payment_is_local(S("test"), S("tok_slow")));
    return true;
}

static void the_token_says_what_comes_of_it(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, try_tokens, NULL);
}

static bool try_refused_starts(Ctx *cx, void *arg)
{
    (void)arg;
    Verdict verdict;
    PaymentStart start = start_of(S("paypal"), S(""));
    WANT_INT(payment_start(cx, &start, &verdict).n, 0);
    WANT(verdict.error == &error_unknown_provider);
    start = start_of(S("test"), S("4242424242424242"));
    WANT_INT(payment_start(cx, &start, &verdict).n, 0);
    WANT(verdict.error == &error_unknown_method);
    start = start_of(S("test"), S("saved_0000000000001"));
    WANT_INT(payment_start(cx, &start, &verdict).n, 0);
    WANT(verdict.error == &error_unknown_method);
    config.mode = MODE_PRODUCTION;
    start = start_of(S("test"), S(""));
    WANT_INT(payment_start(cx, &start, &verdict).n, 0);
    WANT(verdict.error == &error_unknown_provider);
    WANT_INT(payment_providers(cx->arena).n, 1); /* manual */
    start = start_of(S("manual"), S(""));
    const Payment *manual = payment_read(cx, payment_start(cx, &start, &verdict));
    WANT(!verdict.error && !manual->capture_now); /* the money comes later */
    return true;
}

static void what_is_not_offered_is_refused(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, try_refused_starts, NULL);
}

/* ---- Giving back ----------------------------------------------------------------------------- */

static Id captured(Ctx *cx)
{
    Id id = begin(cx, S("test"), S(""));
    payment_note_captured(cx, id, &(PaymentEnd){.amount = {1000}, .provider_ref = S("")});
    return id;
}

static bool try_refunds(Ctx *cx, void *arg)
{
    (void)arg;
    Id id = captured(cx);
    PaymentEnd fine = {.provider_ref = S("")}, bad = {.decline_code = S("no")};
    WANT(!refund_start(cx, begin(cx, S("test"), S("")), (Money){1}, S("")).n); /* not captured */
    WANT(!refund_start(cx, id, (Money){1001}, S("")).n);
    Id first = refund_start(cx, id, (Money){600}, S("")), second;
    WANT(first.n && !refund_start(cx, id, (Money){401}, S("")).n); /* the first is under way */
    WANT(refund_note_failed(cx, first, &bad));
    WANT(!refund_note_succeeded(cx, first, &fine)); /* failed is the end */
    WANT_INT(payment_read(cx, id)->refunding.minor, 0);
    second = refund_start(cx, id, (Money){1000}, S(""));
    WANT(second.n && refund_note_succeeded(cx, second, &fine));
    WANT(!refund_note_succeeded(cx, second, &fine));
    WANT_INT(payment_read(cx, id)->state, PAYMENT_STATE_REFUNDED);
    WANT(!refund_start(cx, id, (Money){1}, S("")).n);
    WANT_INT(announced[REFUNDED], 1);
    WANT_INT(announced[REFUND_LOST], 0);
    WANT(refund_note_failed(cx, second, &bad)); /* the bank has sent it back */
    WANT_INT(announced[REFUND_LOST], 1);
    WANT_INT(payment_read(cx, id)->state, PAYMENT_STATE_CAPTURED);
    return true;
}

static void no_more_is_given_back_than_was_captured(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, try_refunds, NULL);
}

/* Many at once want parts of one payment. */
enum { REFUNDERS = 4, TRIES = 20 };

typedef struct Refunder {
    World *w;
    Id payment;
    pthread_t thread;
} Refunder;

static bool refund_hundred(Ctx *cx, void *arg)
{
    Refunder *refunder = arg;
    Id id = refund_start(cx, refunder->payment, (Money){100}, S(""));
    return id.n && refund_note_succeeded(cx, id, &(PaymentEnd){.provider_ref = S("")});
}

static void *refund_often(void *arg)
{
    Refunder *refunder = arg;
    Ctx cx = world_cx(refunder->w);
    for (int i = 0; i < TRIES; i++) {
        db_run(refunder->w->db, TX_WRITE, &cx, refund_hundred, refunder);
        arena_reset(cx.arena);
    }
    arena_free(cx.arena);
    return NULL;
}

static bool make_captured(Ctx *cx, void *arg)
{
    *(Id *)arg = captured(cx);
    return true;
}

static bool look_at_refunded(Ctx *cx, void *arg)
{
    Id id = *(Id *)arg;
    WANT_INT(payment_read(cx, id)->refunded.minor, 1000);
    WANT_INT(refunds_of(cx, id).n, 10);
    return true;
}

static void many_refunds_at_once_give_back_what_there_is(void **state)
{
    World *w = shop_of(state);
    Id id;
    RUN(w, TX_WRITE, make_captured, &id);
    Refunder refunders[REFUNDERS];
    for (size_t i = 0; i < REFUNDERS; i++) {
        refunders[i] = (Refunder){.w = w, .payment = id};
        assert_int_equal(pthread_create(&refunders[i].thread, NULL, refund_often, &refunders[i]),
                         0);
    }
    for (size_t i = 0; i < REFUNDERS; i++) pthread_join(refunders[i].thread, NULL);
    RUN(w, TX_READ, look_at_refunded, &id);
}

/* ---- The laws -------------------------------------------------------------------------------- */

static CheckFound found;

static size_t look_with(Ctx *cx, size_t law)
{
    found = (CheckFound){.arena = cx->arena};
    WANT_INT(payment_checks[law].look(cx, &found, (Id){0}).n, 0);
    WANT(!db_failure(cx));
    return found.n;
}

/* Only that law is broken, by that payment; once repaired, none is. */
static void want_broken(Ctx *cx, size_t law, Id payment)
{
    for (size_t i = 0; i < PAYMENT_CHECKS; i++) WANT_INT(look_with(cx, i), i == law);
    look_with(cx, law);
    WANT_INT(found.subjects[0].id.n, payment.n);
    if (!payment_checks[law].repair) return;
    WANT(payment_checks[law].repair(cx, payment));
    for (size_t i = 0; i < PAYMENT_CHECKS; i++) WANT_INT(look_with(cx, i), 0);
}

static bool break_laws(Ctx *cx, void *arg)
{
    (void)arg;
    enum { AMOUNTS, REFUNDS, STATES, EVENTS };
    Id other = captured(cx), id = captured(cx);
    Id refund = refund_start(cx, id, (Money){300}, S(""));
    refund_note_succeeded(cx, refund, &(PaymentEnd){.provider_ref = S("")});
    refund_start(cx, other, (Money){1}, S(""));
    for (size_t i = 0; i < PAYMENT_CHECKS; i++) WANT_INT(look_with(cx, i), 0);
    db_exec(cx, "update payments set refunded = 299 where id = $1", id);
    want_broken(cx, REFUNDS, id);
    db_exec(cx, "update payments set state = 'captured' where id = $1", id);
    want_broken(cx, STATES, id);
    db_exec(cx, "update payments set provider_ref = 'pi_1' where id = $1", id);
    Time long_ago = {ctx_now(cx).us - INT64_C(25) * 3600 * 1000000};
    provider_event_insert(
        cx, &(ProviderEvent){
                .provider = S("test"), .event = S("evt_1"), .type = S("x"), .object = S("pi_1")});
    for (size_t i = 0; i < PAYMENT_CHECKS; i++) WANT_INT(look_with(cx, i), 0); /* it is fresh */
    db_exec(cx, "update payment_events set received_at = $1", long_ago);
    want_broken(cx, EVENTS, id);
    provider_event_settle(cx, S("test"), S("evt_1"));
    db_exec(cx, "update payments set amount = 999 where id = $1", id);
    want_broken(cx, AMOUNTS, id);
    return true;
}

static void broken_laws_are_found_and_put_right(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, break_laws, NULL);
}

static bool tell_twice(Ctx *cx, void *arg)
{
    (void)arg;
    ProviderEvent event = {
        .provider = S("stripe"), .event = S("evt_1"), .type = S("x"), .object = S("")};
    WANT(provider_event_insert(cx, &event));
    WANT(!provider_event_insert(cx, &event));
    event.provider = S("test");
    WANT(provider_event_insert(cx, &event));
    provider_event_settle(cx, S("stripe"), S("evt_1"));
    Time later = {ctx_now(cx).us + 1000000};
    WANT_INT(provider_events_forget(cx, later, 10), 1); /* the other one waits to be looked into */
    return true;
}

static void an_event_is_kept_once(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, tell_twice, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {ON_BOTH(facts_converge_in_any_order),
                                       ON_BOTH(a_payment_is_authorised_and_captured_once),
                                       ON_BOTH(the_token_says_what_comes_of_it),
                                       ON_BOTH(what_is_not_offered_is_refused),
                                       ON_BOTH(no_more_is_given_back_than_was_captured),
                                       ON_BOTH(many_refunds_at_once_give_back_what_there_is),
                                       ON_BOTH(broken_laws_are_found_and_put_right),
                                       ON_BOTH(an_event_is_kept_once)};
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
