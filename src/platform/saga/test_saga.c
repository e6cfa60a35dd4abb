/* Sagas come to one of their two ends, whatever happens at whichever step. The saga here is invented: a
 * trip is booked, paid, ticketed, posted. What it does outside of the database is kept in memory that
 * processes share, as a bank's books survive a shop's crash. The clock is the test's. */
#include "platform/saga/state.h"

#include "platform/api/errors.h"
#include "platform/api/test_shop.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>

#include <sys/mman.h>
#include <sys/wait.h>

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

static Time test_now(void *state)
{
    (void)state;
    return (Time){atomic_load(&outside->now_us)};
}
static const Clock test_clock = {test_now, NULL};

static void note(const char *what)
{
    pthread_mutex_lock(&log_lock);
    size_t n = strlen(steps_log);
    snprintf(steps_log + n, sizeof steps_log - n, "%s ", what);
    pthread_mutex_unlock(&log_lock);
}

static Order *order_of(Str key)
{
    int n = atomic_load(&outside->order_count);
    for (int i = 0; i < n; i++)
        if (str_eq(str_from(outside->orders[i].key), key)) return &outside->orders[i];
    return NULL;
}

static bool is_down(void)
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

static bool goes_wrong(const Trip *trip, const char *what)
{
    return str_eq(trip->plan, str_from(what));
}

static void mark(Ctx *cx, const Trip *trip, const char *what)
{
    db_post(cx, "insert into marks (trip, what) values ($1, $2)", trip->trip, str_from(what));
}

static void unmark(Ctx *cx, const Trip *trip, const char *what)
{
    db_post(cx, "delete from marks where trip = $1 and what = $2", trip->trip, str_from(what));
}

static SagaEnd book(Ctx *cx, SagaRun *run, void *state)
{
    const Trip *trip = state;
    (void)run;
    note("book");
    mark(cx, trip, "booked");
    return goes_wrong(trip, "refuse book") ? saga_refused(&error_full, S("Full.")) : saga_done();
}

static bool unbook(Ctx *cx, SagaRun *run, void *state)
{
    (void)run;
    note("unbook");
    unmark(cx, state, "booked");
    return true;
}

static SagaEnd pay(Ctx *cx, SagaRun *run, void *state)
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
static SagaEnd give_back(Ctx *cx, SagaRun *run, void *state)
{
    (void)state;
    note("give-back");
    if (is_down()) return saga_again(S("the bank does not answer"));
    Str key = saga_key(cx, run);
    Order *order = order_of(str_slice(key, 0, key.n - strlen(":undo")));
    if (order) order->given_back = true;
    return saga_done();
}

static bool asks_a_machine(const void *state)
{
    return !goes_wrong(state, "local");
}

static SagaEnd ticket(Ctx *cx, SagaRun *run, void *state)
{
    const Trip *trip = state;
    (void)run;
    note("ticket");
    mark(cx, trip, "ticket");
    if (goes_wrong(trip, "refuse ticket")) return saga_refused(&error_full, S("No ticket."));
    return saga_done();
}

static bool unticket(Ctx *cx, SagaRun *run, void *state)
{
    (void)run;
    note("unticket");
    unmark(cx, state, "ticket");
    return true;
}

static SagaEnd post_it(Ctx *cx, SagaRun *run, void *state)
{
    (void)cx, (void)run, (void)state;
    note("post");
    return is_down() ? saga_again(S("the post is closed")) : saga_done();
}

static SagaEnd settle_it(Ctx *cx, SagaRun *run, void *state)
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

static Reply answer(Request *rq, const void *state, const SagaEnd *end)
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

static Reply go(Request *rq, const Wish *wish)
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

static World *sagas_of(void **state)
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

static void start(World *w)
{
    ModuleWorld world = {
        .db = w->db, .clock = &test_clock, .random = &random_system, .ids = &w->ids};
    SagasOptions options = sagas_usual;
    options.patience_us = TEST_PATIENCE_US;
    assert_true(sagas_start(&world, &options));
}

static bool begin_in_tx(Ctx *cx, void *arg)
{
    bool begun;
    Trip *trip = NEW(cx->arena, Trip);
    *trip = *(const Trip *)arg;
    SagaRun *run = saga_begin(cx, &trip_saga, (SagaSubject){"trip", trip->trip}, NULL, trip);
    saga_stands(run, &begun);
    return begun;
}

static void begin(World *w, const char *plan)
{
    Trip trip = {TRIP, str_from(plan), S("")};
    RUN(w, TX_WRITE, begin_in_tx, &trip);
}

typedef struct Look {
    int64_t open, running, marks, rows, due_us;
    Str error, status;
    int64_t attempts;
} Look;

static bool look_in_tx(Ctx *cx, void *arg)
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

static Look look(World *w)
{
    Look found = {0};
    RUN(w, TX_READ, look_in_tx, &found);
    return found;
}

static void pass(int64_t us)
{
    atomic_fetch_add(&outside->now_us, us);
    sagas_wake(NULL);
}

/* It becomes the moment at which the next one is due that nobody is at, and not much later: the lease
 * of who takes it on is time too. */
static void pass_to_the_next(const Look *seen)
{
    int64_t due_us = seen->due_us + SECOND_US; /* it may have been another process's */
    if (due_us > atomic_load(&outside->now_us)) atomic_store(&outside->now_us, due_us);
    sagas_wake(NULL);
}

static void come_to_an_end(World *w)
{
    for (Look now = look(w); now.open; now = look(w)) {
        if (!now.running) pass_to_the_next(&now);
        sched_yield();
    }
}

/* Until the step that is next has been tried so often. */
static void come_to_attempt(World *w, int64_t attempts)
{
    for (Look now = look(w); now.attempts < attempts; now = look(w)) {
        if (!now.running) pass_to_the_next(&now);
        sched_yield();
    }
}

static void wait_for_status(World *w, const char *status)
{
    while (!str_eq(look(w).status, str_from(status))) sched_yield();
}

static void assert_done(World *w)
{
    Look end = look(w);
    assert_true(str_eq(end.status, S("done")));
    assert_int_equal(end.marks, 3);
}

/* Nothing is left, here and outside. */
static void assert_undone(World *w, const char *error)
{
    Look end = look(w);
    assert_true(str_eq(end.status, S("undone")));
    assert_true(str_eq(end.error, str_from(error)));
    assert_int_equal(end.marks, 0);
    for (int i = 0; i < atomic_load(&outside->order_count); i++)
        assert_true(outside->orders[i].given_back);
}

static void arm(World *w, const char *point, const char *action)
{
    Str why;
    if (!fault_arm(w->arena, str_format(w->arena, "%s=%s", point, action), &why))
        fail_msg("%.*s", STR_ARG(why));
}

/* ---- Ends ------------------------------------------------------------------------------------ */

static void test_steps_run_in_their_order(void **state)
{
    World *w = sagas_of(state);
    start(w);
    begin(w, "");
    come_to_an_end(w);
    sagas_stop();
    assert_done(w);
    assert_string_equal(steps_log, "book pay ticket post settle ");
    assert_int_equal(atomic_load(&outside->order_count), 1);
    assert_false(outside->orders[0].given_back);
}

static void test_what_asks_nobody_is_done_in_the_first_transaction(void **state)
{
    World *w = sagas_of(state);
    begin(w, "local"); /* no runner is there */
    assert_done(w);
    assert_string_equal(steps_log, "book pay ticket post settle ");
    assert_int_equal(atomic_load(&outside->calls), 1); /* the post: its pass was local too */
}

static void test_a_refusal_is_undone_in_the_opposite_order(void **state)
{
    World *w = sagas_of(state);
    start(w);
    begin(w, "refuse ticket");
    come_to_an_end(w);
    sagas_stop();
    assert_undone(w, "trip_full");
    assert_string_equal(steps_log, "book pay ticket give-back unbook ");
}

static void test_a_refused_call_is_not_undone_itself(void **state)
{
    World *w = sagas_of(state);
    start(w);
    begin(w, "refuse pay");
    come_to_an_end(w);
    sagas_stop();
    assert_undone(w, "no_money");
    assert_string_equal(steps_log, "book pay unbook ");
}

static void test_a_refusal_of_the_first_transaction_leaves_nothing(void **state)
{
    World *w = sagas_of(state);
    begin(w, "refuse book");
    Look end = look(w);
    assert_int_equal(end.rows + end.marks, 0);
}

/* ---- Trying again ---------------------------------------------------------------------------- */

static void test_a_call_that_fails_is_made_again_with_the_same_key(void **state)
{
    World *w = sagas_of(state);
    start(w);
    atomic_store(&outside->down, 3);
    begin(w, "");
    come_to_an_end(w);
    sagas_stop();
    assert_done(w);
    assert_string_equal(steps_log, "book pay pay pay pay ticket post settle ");
    assert_int_equal(atomic_load(&outside->order_count), 1);
}

static void test_a_call_that_never_ends_is_given_up_and_undone(void **state)
{
    World *w = sagas_of(state);
    start(w);
    atomic_store(&outside->down, SAGA_ATTEMPTS);
    begin(w, "");
    come_to_an_end(w);
    sagas_stop();
    assert_undone(w, "not_reached");
    assert_non_null(strstr(steps_log, "pay give-back unbook "));
}

static void test_a_step_that_persists_is_not_given_up(void **state)
{
    World *w = sagas_of(state);
    start(w);
    arm(w, "trip.post.before", "fail");
    begin(w, "");
    come_to_attempt(w, SAGA_ATTEMPTS * 2);
    assert_true(str_eq(look(w).error, S("")));
    fault_disarm_all();
    come_to_an_end(w);
    sagas_stop();
    assert_done(w);
}

static void test_an_undo_is_tried_until_it_is_done(void **state)
{
    World *w = sagas_of(state);
    start(w);
    arm(w, "trip.pay.undo.before", "fail");
    begin(w, "refuse ticket");
    come_to_attempt(w, SAGA_STUCK_ATTEMPTS + 2);
    fault_disarm_all();
    come_to_an_end(w);
    sagas_stop();
    assert_undone(w, "trip_full");
}

/* ---- Waiting --------------------------------------------------------------------------------- */

static bool wake_in_tx(Ctx *cx, void *arg)
{
    (void)arg;
    saga_wake(cx, (SagaSubject){"trip", TRIP});
    return true;
}

static void test_it_waits_and_is_woken(void **state)
{
    World *w = sagas_of(state);
    start(w);
    begin(w, "wait");
    wait_for_status(w, "waiting");
    atomic_store(&outside->confirmed, true);
    RUN(w, TX_WRITE, wake_in_tx, NULL);
    come_to_an_end(w);
    sagas_stop();
    assert_done(w);
    assert_string_equal(steps_log, "book pay pay ticket post settle ");
}

/* The news comes while the call that would wait for it is under way: it is not lost. */
static void test_it_is_woken_before_it_waits(void **state)
{
    World *w = sagas_of(state);
    start(w);
    hold = true;
    begin(w, "wait");
    while (sem_wait(&entered) != 0) {
    }
    RUN(w, TX_WRITE, wake_in_tx, NULL);
    hold = false;
    sem_post(&leave);
    while (atomic_load(&outside->calls) < 2)
        sched_yield(); /* it asks again, and no time has passed */
    atomic_store(&outside->confirmed, true);
    RUN(w, TX_WRITE, wake_in_tx, NULL);
    come_to_an_end(w);
    sagas_stop();
    assert_done(w);
}

static void test_what_does_not_come_in_time_is_undone(void **state)
{
    World *w = sagas_of(state);
    start(w);
    begin(w, "wait");
    wait_for_status(w, "waiting");
    pass(600 * SECOND_US);
    come_to_an_end(w);
    sagas_stop();
    assert_undone(w, "waited_too_long");
    assert_string_equal(steps_log, "book pay pay give-back unbook ");
}

/* ---- Faults ---------------------------------------------------------------------------------- */

typedef struct Points {
    const char *names[64];
    size_t n;
} Points;

static Points points_of_the_saga(void)
{
    Points points = {.n = 0};
    size_t count;
    const FaultPoint *const *all = fault_list(&count);
    for (size_t i = 0; i < count; i++)
        if (strncmp(all[i]->name, "trip.", 5) == 0) points.names[points.n++] = all[i]->name;
    return points;
}

static const char *const plans[] = {"", "refuse ticket", "refuse pay", "local"};

static bool empty_in_tx(Ctx *cx, void *arg)
{
    (void)arg;
    db_exec(cx, "delete from marks");
    db_exec(cx, "delete from sagas");
    return true;
}

static void begin_anew(World *w)
{
    RUN(w, TX_WRITE, empty_in_tx, NULL);
    atomic_store(&outside->order_count, 0);
    steps_log[0] = 0;
    fault_disarm_all();
}

static void assert_ended(World *w, const char *plan)
{
    if (strncmp(plan, "refuse", 6) == 0)
        assert_undone(w, strcmp(plan, "refuse pay") == 0 ? "no_money" : "trip_full");
    else
        assert_done(w);
    assert_in_range(atomic_load(&outside->order_count), 0, 1);
}

static void test_the_points_are_those_of_the_steps(void **state)
{
    sagas_of(state);
    Points points = points_of_the_saga();
    assert_int_equal(points.n, 5 * 2 + 3 * 2);
}

/* Each point of each way through the saga fails twice. */
static void test_every_point_may_fail(void **state)
{
    World *w = sagas_of(state);
    Points points = points_of_the_saga();
    start(w);
    for (size_t p = 0; p < ROWS(plans); p++) {
        for (size_t i = 0; i < points.n; i++) {
            begin_anew(w);
            arm(w, points.names[i], "fail@1");
            arm(w, points.names[i], "fail@2");
            Trip trip = {TRIP, str_from(plans[p]), S("")};
            while (db_run(w->db, TX_WRITE, &w->cx, begin_in_tx, &trip) == DB_FINE && !look(w).rows)
                continue; /* what fails in the first transaction was not begun */
            come_to_an_end(w);
            assert_ended(w, plans[p]);
        }
    }
    sagas_stop();
    fault_disarm_all();
}

/* ---- Killing --------------------------------------------------------------------------------- */

static pid_t fork_runner(World *w, const char *point, const char *action, const char *plan)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid) return pid;
    Str why, detail;
    if (point && !fault_arm(w->arena, str_format(w->arena, "%s=%s", point, action), &why)) abort();
    id_maker_init(&w->ids, 2, (Id){0});
    if (db_open(w->arena, &w->options, &w->db, &detail)) abort();
    ModuleWorld world = {
        .db = w->db, .clock = &test_clock, .random = &random_system, .ids = &w->ids};
    if (!sagas_start(&world, &sagas_usual)) abort();
    Trip trip = {TRIP, str_from(plan), S("")};
    if (db_run(w->db, TX_WRITE, &w->cx, begin_in_tx, &trip) != DB_FINE) abort();
    while (look(w).open) sched_yield();
    sagas_stop();
    _exit(0);
}

/* Whatever way the saga takes, and wherever the process dies, it is whole afterwards; or, when the first
 * transaction was not committed, nothing is there. */
static void test_a_process_may_die_at_every_point(void **state)
{
    World *w = sagas_of(state);
    Points points = points_of_the_saga();
    int killed = 0;
    for (size_t p = 0; p < ROWS(plans); p++) {
        for (size_t i = 0; i < points.n; i++) {
            begin_anew(w);
            world_close(w); /* no threads when the process begins */
            int status;
            pid_t pid = fork_runner(w, points.names[i], "kill", plans[p]);
            assert_int_equal(waitpid(pid, &status, 0), pid);
            killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
            world_open(w);
            pass(6 * SECOND_US); /* its lease */
            start(w);
            come_to_an_end(w);
            sagas_stop();
            Look end = look(w);
            if (end.rows)
                assert_ended(w, plans[p]);
            else
                assert_int_equal(end.marks + atomic_load(&outside->order_count), 0);
        }
    }
    assert_true(killed > (int)points.n * 2); /* a way does not pass all points */
}

/* One process stands still for longer than its lease, another one ends the saga: the first writes
 * nothing when it goes on. */
static void test_of_two_runners_one_writes(void **state)
{
    World *w = sagas_of(state);
    char file[] = "/tmp/souk-saga-XXXXXX";
    int fd = mkstemp(file), status;
    close(fd);
    unlink(file);
    world_close(w);
    pid_t pid = fork_runner(w, "trip.pay.after",
                            str_z(w->arena, str_format(w->arena, "stop:%s@1", file)), "");
    while (access(file, F_OK) != 0) sched_yield();
    assert_int_equal(kill(pid, SIGSTOP), 0); /* its pulse too, which would keep the lease */
    world_open(w);
    pass(6 * SECOND_US);
    start(w);
    come_to_an_end(w);
    assert_done(w);
    unlink(file);
    assert_int_equal(kill(pid, SIGCONT), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_done(w);
    assert_int_equal(atomic_load(&outside->order_count), 1);
    sagas_stop();
}

/* ---- Over HTTP ------------------------------------------------------------------------------- */

static int send_go(World *w, Shop *shop, const char *trip, const char *key, const char *plan)
{
    Str body = str_format(w->arena, "{\"plan\":\"%s\"}", plan);
    int fd = test_connect(&shop->at);
    Str key_line = key ? str_format(w->arena, "Idempotency-Key: %s\r\n", key) : S("");
    test_send(fd, str_format(w->arena,
                             "POST /trips/trip_%s/go HTTP/1.1\r\nHost: a\r\n%.*sContent-Type: "
                             "application/json\r\nContent-Length: %zu\r\n\r\n%.*s",
                             trip, STR_ARG(key_line), body.n, STR_ARG(body)));
    return fd;
}

static TestReply read_go(World *w, int fd)
{
    TestReply reply = test_read(w->arena, fd, false);
    close(fd);
    return reply;
}

#define T1 "0000000000001"

static TestReply ask_go(World *w, Shop *shop, const char *trip, const char *key, const char *plan)
{
    return read_go(w, send_go(w, shop, trip, key, plan));
}

static void assert_code(const TestReply *reply, int status, const char *code)
{
    assert_int_equal(reply->status, status);
    if (code && str_find(reply->body, str_from(code)) == reply->body.n)
        fail_msg("no %s in %.*s", code, STR_ARG(reply->body));
}

static void test_an_exchange_waits_for_the_end(void **state)
{
    World *w = sagas_of(state);
    Shop shop = {0};
    start(w);
    shop_open(w, &shop, modules, 1);
    TestReply none = ask_go(w, &shop, T1, NULL, "");
    assert_code(&none, 400, "idempotency_key_missing");
    hold = true;
    int fd = send_go(w, &shop, T1, "k1", "");
    while (sem_wait(&entered) != 0) {
    }
    TestReply same = ask_go(w, &shop, T1, "k1", ""), other = ask_go(w, &shop, T1, "k2", "");
    assert_code(&same, 409, "in_flight");
    assert_str_equal(test_header(&same, S("Retry-After")), S("1"));
    assert_code(&other, 409, "in_flight");
    hold = false;
    sem_post(&leave);
    TestReply first = read_go(w, fd);
    assert_code(&first, 201, "\"posted\":true");
    TestReply again = ask_go(w, &shop, T1, "k1", "");
    assert_code(&again, 201, "\"posted\":true");
    assert_str_equal(test_header(&again, S("Idempotent-Replayed")), S("true"));
    TestReply wrong = ask_go(w, &shop, T1, "k1", "local");
    assert_code(&wrong, 422, "idempotency_key_reused");
    shop_close(&shop);
    sagas_stop();
    assert_int_equal(atomic_load(&outside->order_count), 1);
    assert_done(w);
}

static void test_refusals_are_told_and_told_again(void **state)
{
    World *w = sagas_of(state);
    Shop shop = {0};
    start(w);
    shop_open(w, &shop, modules, 1);
    TestReply full = ask_go(w, &shop, T1, "k1", "refuse book");
    assert_code(&full, 409, "trip_full");
    assert_int_equal(look(w).rows, 0); /* so the key may be used again */
    TestReply poor = ask_go(w, &shop, T1, "k1", "refuse pay");
    assert_code(&poor, 402, "no_money");
    TestReply again = ask_go(w, &shop, T1, "k1", "refuse pay");
    assert_code(&again, 402, "no_money");
    assert_int_equal(atomic_load(&outside->calls), 1);
    TestReply better = ask_go(w, &shop, T1, "k2", "local");
    assert_code(&better, 201, NULL);
    shop_close(&shop);
    sagas_stop();
}

static void test_one_that_waits_goes_on_when_it_is_asked_again(void **state)
{
    World *w = sagas_of(state);
    Shop shop = {0};
    start(w);
    shop_open(w, &shop, modules, 1);
    TestReply first = ask_go(w, &shop, T1, "k1", "wait"),
              second = ask_go(w, &shop, T1, "k1", "wait");
    assert_code(&first, 202, NULL);
    assert_code(&second, 202, NULL);
    atomic_store(&outside->confirmed, true);
    TestReply third = ask_go(w, &shop, T1, "k1", "wait");
    assert_code(&third, 201, NULL);
    shop_close(&shop);
    sagas_stop();
    assert_done(w);
}

static void *give_up_later(void *nothing)
{
    (void)nothing;
    while (sem_wait(&entered) != 0) {
    }
    saga_release((Id){0}, INT64_MAX); /* as the pulse does after a while */
    return NULL;
}

static void test_who_has_waited_for_long_is_told_in_flight(void **state)
{
    World *w = sagas_of(state);
    Shop shop = {0};
    pthread_t thread;
    start(w);
    shop_open(w, &shop, modules, 1);
    hold = true;
    assert_int_equal(pthread_create(&thread, NULL, give_up_later, NULL), 0);
    TestReply first = ask_go(w, &shop, T1, "k1", "");
    pthread_join(thread, NULL);
    assert_code(&first, 409, "in_flight");
    hold = false;
    sem_post(&leave);
    come_to_an_end(w);
    TestReply again = ask_go(w, &shop, T1, "k1", "");
    assert_code(&again, 201, "\"posted\":true");
    shop_close(&shop);
    sagas_stop();
}

static int group_begin(void **state)
{
    outside =
        mmap(NULL, sizeof *outside, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (outside == MAP_FAILED) return -1;
    sem_init(&entered, 0, 0);
    sem_init(&leave, 0, 0);
    return worlds_begin(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_steps_run_in_their_order),
        ON_BOTH(test_what_asks_nobody_is_done_in_the_first_transaction),
        ON_BOTH(test_a_refusal_is_undone_in_the_opposite_order),
        ON_BOTH(test_a_refused_call_is_not_undone_itself),
        ON_BOTH(test_a_refusal_of_the_first_transaction_leaves_nothing),
        ON_BOTH(test_a_call_that_fails_is_made_again_with_the_same_key),
        ON_BOTH(test_a_call_that_never_ends_is_given_up_and_undone),
        ON_BOTH(test_a_step_that_persists_is_not_given_up),
        ON_BOTH(test_an_undo_is_tried_until_it_is_done),
        ON_BOTH(test_it_waits_and_is_woken),
        ON_BOTH(test_it_is_woken_before_it_waits),
        ON_BOTH(test_what_does_not_come_in_time_is_undone),
        ON_BOTH(test_the_points_are_those_of_the_steps),
        ON_BOTH(test_every_point_may_fail),
        ON_BOTH(test_a_process_may_die_at_every_point),
        ON_POSTGRES(test_of_two_runners_one_writes),
        ON_BOTH(test_an_exchange_waits_for_the_end),
        ON_BOTH(test_refusals_are_told_and_told_again),
        ON_BOTH(test_one_that_waits_goes_on_when_it_is_asked_again),
        ON_BOTH(test_who_has_waited_for_long_is_told_in_flight),
    };
    return cmocka_run_group_tests_name("saga", tests, group_begin, worlds_end);
}
