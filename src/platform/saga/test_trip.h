/* A saga for the tests: a trip is booked, paid, ticketed, posted. What it does outside of the
 * database is kept in memory that processes share, as a bank's books survive a shop's crash. The
 * clock is the test's. */
#ifndef PLATFORM_SAGA_TEST_TRIP_H
#define PLATFORM_SAGA_TEST_TRIP_H

#include "platform/saga/state.h"

#include "platform/api/errors.h"
#include "platform/api/test_shop.h"

#include <sched.h>
#include <semaphore.h>

#include <sys/mman.h>

/* ---- Outside --------------------------------------------------------------------------------- */

enum { ORDERS_MAX = 256 };

typedef struct Order {
    char key[80];
    bool taken, given_back;
} Order;

/* What survives a process. */
typedef struct Outside {
    _Atomic int64_t now_us;
    _Atomic int calls, down; /* so many of the next calls fail; below zero: all */
    _Atomic bool confirmed;  /* what somebody outside is waited for */
    _Atomic int order_count;
    Order orders[ORDERS_MAX];
} Outside;

static Outside *outside;
static sem_t entered, leave; /* a call that is held */
static _Atomic bool hold;
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static char steps_log[512];

static inline Time test_now(void *state)
{
    (void)state;
    return (Time){atomic_load(&outside->now_us)};
}
static const Clock test_clock = {test_now, NULL};

static inline void note(const char *what)
{
    pthread_mutex_lock(&log_lock);
    size_t n = strlen(steps_log);
    snprintf(steps_log + n, sizeof steps_log - n, "%s ", what);
    pthread_mutex_unlock(&log_lock);
}

static inline Order *order_of(Str key)
{
    int n = atomic_load(&outside->order_count);
    for (int i = 0; i < n; i++)
        if (str_eq(str_from(outside->orders[i].key), key)) return &outside->orders[i];
    return NULL;
}

static inline bool is_down(void)
{
    atomic_fetch_add(&outside->calls, 1);
    int down = atomic_load(&outside->down);
    if (down > 0) atomic_fetch_sub(&outside->down, 1);
    return down != 0;
}

/* ---- The saga -------------------------------------------------------------------------------- */

typedef struct Trip {
    Id trip;
    Str plan; /* what is to go wrong: "refuse book", "refuse pay", "refuse ticket", "wait", "local" */
    Str paid_by;
} Trip;

static const Type trip_type =
    TYPE(Trip, "A trip.", FIELD(Trip, trip, "Which.", .prefix = "trip"),
         FIELD(Trip, plan, "What goes wrong."), FIELD(Trip, paid_by, "The key of its payment."));

static const Error error_full = {"trip_full", 409, "The bus is full.", LOG_DEBUG, ""};
static const Error error_no_money = {"no_money", 402, "There is no money.", LOG_DEBUG, ""};

static inline bool goes_wrong(const Trip *trip, const char *what)
{
    return str_eq(trip->plan, str_from(what));
}

static inline void mark(Ctx *cx, const Trip *trip, const char *what)
{
    db_post(cx, "insert into marks (trip, what) values ($1, $2)", trip->trip, str_from(what));
}

static inline void unmark(Ctx *cx, const Trip *trip, const char *what)
{
    db_post(cx, "delete from marks where trip = $1 and what = $2", trip->trip, str_from(what));
}

static inline SagaEnd book(Ctx *cx, SagaRun *run, void *state)
{
    const Trip *trip = state;
    (void)run;
    note("book");
    mark(cx, trip, "booked");
    return goes_wrong(trip, "refuse book") ? saga_refused(&error_full, S("Full.")) : saga_done();
}

static inline bool unbook(Ctx *cx, SagaRun *run, void *state)
{
    (void)run;
    note("unbook");
    unmark(cx, state, "booked");
    return true;
}

static inline SagaEnd pay(Ctx *cx, SagaRun *run, void *state)
{
    Trip *trip = state;
    note("pay");
    if (goes_wrong(trip, "local")) {
        trip->paid_by = S("cash");
        return saga_done();
    }
    if (atomic_load(&hold)) {
        sem_post(&entered);
        while (sem_wait(&leave) != 0) {
        }
    }
    if (is_down()) return saga_again(S("the bank does not answer"));
    if (goes_wrong(trip, "refuse pay")) return saga_refused(&error_no_money, S("None."));
    if (goes_wrong(trip, "wait") && !atomic_load(&outside->confirmed))
        return saga_wait((Time){ctx_now(cx).us + 600 * SECOND_US});
    Str key = saga_key(cx, run);
    trip->paid_by = key;
    if (order_of(key)) return saga_done();
    Order *order = &outside->orders[atomic_load(&outside->order_count)];
    *order = (Order){.taken = true};
    snprintf(order->key, sizeof order->key, "%.*s", STR_ARG(key));
    atomic_fetch_add(&outside->order_count, 1);
    return saga_done();
}

/* Whether it was paid, or may have been: by the key that paying would have had. */
static inline SagaEnd give_back(Ctx *cx, SagaRun *run, void *state)
{
    (void)state;
    note("give-back");
    if (is_down()) return saga_again(S("the bank does not answer"));
    Str key = saga_key(cx, run);
    Order *order = order_of(str_slice(key, 0, key.n - strlen(":undo")));
    if (order) order->given_back = true;
    return saga_done();
}

static inline bool asks_a_machine(const void *state)
{
    return !goes_wrong(state, "local");
}

static inline SagaEnd ticket(Ctx *cx, SagaRun *run, void *state)
{
    const Trip *trip = state;
    (void)run;
    note("ticket");
    mark(cx, trip, "ticket");
    if (goes_wrong(trip, "refuse ticket")) return saga_refused(&error_full, S("No ticket."));
    return saga_done();
}

static inline bool unticket(Ctx *cx, SagaRun *run, void *state)
{
    (void)run;
    note("unticket");
    unmark(cx, state, "ticket");
    return true;
}

static inline SagaEnd post_it(Ctx *cx, SagaRun *run, void *state)
{
    (void)cx, (void)run, (void)state;
    note("post");
    return is_down() ? saga_again(S("the post is closed")) : saga_done();
}

static inline SagaEnd settle_it(Ctx *cx, SagaRun *run, void *state)
{
    (void)run;
    note("settle");
    mark(cx, state, "settled");
    return saga_done();
}

static const SagaStep steps[] = {
    {"book", "Books a seat.", .write = book, .undo_write = unbook},
    {"pay", "Pays.", .call = pay, .undo_call = give_back, .outside = asks_a_machine},
    {"ticket", "Writes the ticket.", .write = ticket, .undo_write = unticket},
    {"post", "Posts it.", .call = post_it, .outside = asks_a_machine, .persists = true},
    {"settle", "Settles.", .write = settle_it, .persists = true},
};

static inline Reply answer(Request *rq, const void *state, const SagaEnd *end)
{
    const Trip *trip = state;
    if (end->verdict == SAGA_REFUSED) return refuse((Verdict){end->error, end->detail});
    Reply reply =
        ok_json(str_format(rq->cx->arena, "{\"trip\":%lld,\"posted\":%s}", (long long)trip->trip.n,
                           end->verdict == SAGA_DONE ? "true" : "false"));
    reply.status = end->verdict == SAGA_WAIT ? 202 : 201;
    return reply;
}

static const Saga trip_saga = {.name = "trip",
                               .doc = "A trip.",
                               .state = &trip_type,
                               .steps = steps,
                               .step_count = ROWS(steps),
                               .exclusive = true,
                               .answer = answer};
static const Saga *const sagas[] = {&trip_saga};

typedef struct Wish {
    Str plan;
} Wish;
static const Type wish_type = TYPE(Wish, "What is wanted.", FIELD(Wish, plan, "As in a trip."));

static inline Reply go(Request *rq, const Wish *wish)
{
    SagaSubject subject = {"trip", rq->id};
    Reply before = saga_repeat(rq, &trip_saga, subject);
    if (before.status) return before;
    Trip *trip = NEW(rq->cx->arena, Trip);
    *trip = (Trip){rq->id, wish->plan, S("")};
    RequestKey key = request_key(rq);
    return saga_reply(rq, saga_begin(rq->cx, &trip_saga, subject, &key, trip));
}
HANDLER(go, Wish)

static const Route routes[] = {ROUTE(POST, "/trips/{id:trip}/go", go, "Goes.", .tx = TX_WRITE,
                                     .parks = true, .key_required = true, .body = &wish_type)};
static const Error *const errors[] = {&error_full, &error_no_money};
static const Module trips = {.name = "trips",
                             .doc = "Trips.",
                             MODULE_ROWS(routes, route),
                             MODULE_ROWS(errors, error),
                             MODULE_ROWS(sagas, saga)};
static const Module *const modules[] = {&trips, &sagas_module};

/* ---- The world ------------------------------------------------------------------------------- */

#define TRIP ((Id){1})

static inline World *sagas_of(void **state)
{
    World *w = world_of(state);
    int applied;
    Str detail = S("");
    const Error *error = db_migrate(w->db, &w->cx, sagas_module.migrations,
                                    sagas_module.migration_count, &applied, &detail);
    if (error) fail_msg("%s: %.*s", error->code, STR_ARG(detail));
    world_schema(w, "create table marks (trip ID not null, what TEXT not null, "
                    "primary key (trip, what));");
    sagas_gather(modules, ROWS(modules));
    memset(outside, 0, sizeof *outside);
    atomic_store(&outside->now_us, INT64_C(1767225600000000));
    atomic_store(&hold, false);
    steps_log[0] = 0;
    w->cx.clock = &test_clock;
    return w;
}

static inline void start(World *w)
{
    ModuleWorld world = {
        .db = w->db, .clock = &test_clock, .random = &random_system, .ids = &w->ids};
    SagasOptions options = sagas_usual;
    options.patience_us = TEST_PATIENCE_US;
    assert_true(sagas_start(&world, &options));
}

static inline bool begin_in_tx(Ctx *cx, void *arg)
{
    bool begun;
    Trip *trip = NEW(cx->arena, Trip);
    *trip = *(const Trip *)arg;
    SagaRun *run = saga_begin(cx, &trip_saga, (SagaSubject){"trip", trip->trip}, NULL, trip);
    saga_stands(run, &begun);
    return begun;
}

static inline void begin(World *w, const char *plan)
{
    Trip trip = {TRIP, str_from(plan), S("")};
    RUN(w, TX_WRITE, begin_in_tx, &trip);
}

typedef struct Look {
    int64_t open, running, marks, rows, due_us;
    Str error, status;
    int64_t attempts;
} Look;

static inline bool look_in_tx(Ctx *cx, void *arg)
{
    Look *look = arg;
    look->rows = db_int(cx, 0, "select count(*) from sagas");
    look->open = db_int(cx, 0, "select count(*) from sagas where finished_at is null");
    look->running = db_int(cx, 0, "select count(*) from sagas where status = 'running'");
    look->due_us = db_int(cx, 0, "select min(due_at) from sagas where finished_at is null");
    look->attempts = db_int(cx, 0, "select max(attempts) from sagas");
    look->error = db_text(cx, S(""), "select error from sagas");
    look->status = db_text(cx, S(""), "select status from sagas");
    look->marks = db_int(cx, 0, "select count(*) from marks");
    return true;
}

static inline Look look(World *w)
{
    Look found = {0};
    RUN(w, TX_READ, look_in_tx, &found);
    return found;
}

static inline void pass(int64_t us)
{
    atomic_fetch_add(&outside->now_us, us);
    sagas_wake(NULL);
}

/* It becomes the moment at which the next one is due that nobody is at, and not much later: the
 * lease of who takes it on is time too. */
static inline void pass_to_the_next(const Look *seen)
{
    int64_t due_us = seen->due_us + SECOND_US; /* it may have been another process's */
    if (due_us > atomic_load(&outside->now_us)) atomic_store(&outside->now_us, due_us);
    sagas_wake(NULL);
}

static inline void come_to_an_end(World *w)
{
    for (Look now = look(w); now.open; now = look(w)) {
        if (!now.running) pass_to_the_next(&now);
        sched_yield();
    }
}

/* Until the step that is next has been tried so often. */
static inline void come_to_attempt(World *w, int64_t attempts)
{
    for (Look now = look(w); now.attempts < attempts; now = look(w)) {
        if (!now.running) pass_to_the_next(&now);
        sched_yield();
    }
}

static inline void wait_for_status(World *w, const char *status)
{
    while (!str_eq(look(w).status, str_from(status))) sched_yield();
}

static inline void assert_done(World *w)
{
    Look end = look(w);
    assert_true(str_eq(end.status, S("done")));
    assert_int_equal(end.marks, 3);
}

/* Nothing is left, here and outside. */
static inline void assert_undone(World *w, const char *error)
{
    Look end = look(w);
    assert_true(str_eq(end.status, S("undone")));
    assert_true(str_eq(end.error, str_from(error)));
    assert_int_equal(end.marks, 0);
    for (int i = 0; i < atomic_load(&outside->order_count); i++)
        assert_true(outside->orders[i].given_back);
}

static inline void arm(World *w, const char *point, const char *action)
{
    Str why;
    if (!fault_arm(w->arena, str_format(w->arena, "%s=%s", point, action), &why))
        fail_msg("%.*s", STR_ARG(why));
}

static inline int trips_begin(void **state)
{
    outside =
        mmap(NULL, sizeof *outside, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (outside == MAP_FAILED) return -1;
    sem_init(&entered, 0, 0);
    sem_init(&leave, 0, 0);
    return worlds_begin(state);
}

#endif
