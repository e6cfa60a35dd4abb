/* Jobs run when their transaction has committed, at least once; and what job_finish_with writes is
 * written exactly once. The clock is the test's, so nothing here waits for time to pass. */
#include "platform/jobs/cron.h"
#include "platform/jobs/runner.h"

#include "platform/db/test_world.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

typedef struct Cup {
    int64_t number;
    Str what;
} Cup;

static const Type cup_type =
    TYPE(Cup, "What to do with a cup.", FIELD(Cup, number, ""), FIELD(Cup, what, ""));

/* ---- Jobs ------------------------------------------------------------------------------------ */

static _Atomic int runs, at_once, most_at_once;
static _Atomic bool hold; /* runs wait while it is set */
static pthread_mutex_t order_lock = PTHREAD_MUTEX_INITIALIZER;
static char order[256]; /* of the cups, as they were filled */

static bool note_cup(Ctx *cx, void *arg)
{
    const Cup *cup = arg;
    db_exec(cx, "insert into cups (number) values ($1)", cup->number);
    return !str_eq(cup->what, S("undo"));
}

static void come_in(void)
{
    int now = atomic_fetch_add(&at_once, 1) + 1;
    for (int most = most_at_once; now > most;)
        if (atomic_compare_exchange_weak(&most_at_once, &most, now)) break;
}

static void note_order(const Cup *cup)
{
    pthread_mutex_lock(&order_lock);
    size_t n = strlen(order);
    if (n < sizeof order - 8) snprintf(order + n, 8, "%d ", (int)cup->number);
    pthread_mutex_unlock(&order_lock);
}

static JobEnd fill(JobRun *run, const Cup *cup)
{
    come_in();
    while (atomic_load(&hold) && !job_cancelled(run)) sched_yield();
    atomic_fetch_sub(&at_once, 1);
    atomic_fetch_add(&runs, 1);
    note_order(cup);
    if (str_eq(cup->what, S("fail"))) return job_retry(run, "cup %d is broken", (int)cup->number);
    if (str_eq(cup->what, S("break"))) return job_give_up(run, "no such cup");
    return job_finish_with(run, note_cup, &(Cup){cup->number, cup->what});
}
JOB_HANDLER(fill, Cup)

static bool note_bell(Ctx *cx, void *arg)
{
    return db_exec(cx, "insert into bells (at) values ($1)", ((const JobTick *)arg)->at) == 1;
}

static JobEnd ring_bell(JobRun *run, const JobTick *tick)
{
    return job_finish_with(run, note_bell, &(JobTick){tick->at});
}
JOB_HANDLER(ring_bell, JobTick)

static JobEnd look_away(JobRun *run, const void *nothing)
{
    (void)run;
    (void)nothing;
    atomic_fetch_add(&runs, 1);
    return job_done();
}

static const Job fill_job = {.name = "cups.fill",
                             .doc = "Fills a cup.",
                             .payload = &cup_type,
                             .run = JOB_RUN(fill),
                             .attempts = 3};
static const Job single_job = {.name = "cups.single",
                               .doc = "Fills one cup at a time.",
                               .payload = &cup_type,
                               .run = JOB_RUN(fill),
                               .concurrency = 1,
                               .keep_s = -1};
static const Job away_job = {.name = "cups.away", .doc = "Does nothing.", .run = look_away};
static const Job bell_job = {.name = "cups.bell",
                             .doc = "Notes the minute.",
                             .payload = &job_tick_type,
                             .run = JOB_RUN(ring_bell)};
static const Job *const cup_jobs[] = {&fill_job, &single_job, &away_job, &bell_job};
static const Cron cup_crons[] = {
    {.name = "cups.hourly", .doc = "Every hour.", .schedule = "0 * * * *", .job = &bell_job}};

static const Module cups = {.name = "cups",
                            .jobs = cup_jobs,
                            .job_count = ROWS(cup_jobs),
                            .crons = cup_crons,
                            .cron_count = ROWS(cup_crons)};
static const Module *const modules[] = {&cups};

/* ---- The world ------------------------------------------------------------------------------- */

static _Atomic int64_t now_us; /* the test's time */

static Time test_now(void *state)
{
    (void)state;
    return (Time){atomic_load(&now_us)};
}

static const Clock test_clock = {test_now, NULL};

#define START_US INT64_C(1767225600000000) /* 2026-01-01T00:00:00Z */

static World *jobs_of(void **state)
{
    World *w = world_of(state);
    int applied;
    Str detail = S("");
    const Error *error = db_migrate(w->db, &w->cx, jobs_module.migrations,
                                    jobs_module.migration_count, &applied, &detail);
    if (error) fail_msg("%s: %.*s", error->code, STR_ARG(detail));
    world_schema(w, "create table cups (number INTEGER not null);"
                    "create table bells (at TIME not null);");
    jobs_gather(modules, ROWS(modules));
    now_us = START_US;
    w->cx.clock = &test_clock;
    runs = at_once = most_at_once = 0;
    hold = false;
    order[0] = 0;
    return w;
}

static void start(World *w, int threads)
{
    ModuleWorld world = {
        .db = w->db, .clock = &test_clock, .random = &random_system, .ids = &w->ids};
    assert_true(jobs_start(&world, &(JobsOptions){threads, 30000000}));
}

typedef struct Add {
    const Job *job;
    Cup cup;
    JobWhen when;
    Id id;
    bool refuse;
} Add;

static bool add_in_tx(Ctx *cx, void *arg)
{
    Add *add = arg;
    add->id = job_add_later(cx, add->job, add->job->payload ? &add->cup : NULL, add->when);
    return !add->refuse;
}

static Id add(World *w, const Job *job, int64_t number, const char *what)
{
    Add a = {.job = job, .cup = {number, str_from(what)}};
    RUN(w, TX_WRITE, add_in_tx, &a);
    return a.id;
}

typedef struct Question {
    const char *state;
    int64_t n;
} Question;

static bool count_in_tx(Ctx *cx, void *arg)
{
    Question *q = arg;
    if (q->state && strcmp(q->state, "bells") == 0)
        q->n = db_int(cx, -1, "select count(*) from bells");
    else if (q->state)
        q->n = db_int(cx, -1, "select count(*) from jobs where state = $1", str_from(q->state));
    else
        q->n = db_int(cx, -1, "select count(*) from cups");
    return true;
}

/* Jobs in a state, "bells", or NULL for cups. */
static int64_t count(World *w, const char *job_state)
{
    Question q = {.state = job_state};
    RUN(w, TX_READ, count_in_tx, &q);
    return q.n;
}

/* Until so many jobs are in this state: the test's own time limit is the only other end. */
static void wait_until(World *w, const char *job_state, int64_t n)
{
    while (count(w, job_state) != n) sched_yield();
}

static void wait_for_runs(int n)
{
    while (atomic_load(&runs) < n) sched_yield();
}

/* Later, for the runner. */
static void pass(int64_t us)
{
    atomic_fetch_add(&now_us, us);
    jobs_wake();
}

static bool read_in_tx(Ctx *cx, void *arg)
{
    JobEntry **row = arg;
    *row = job_by_id(cx, (*row)->id);
    return true;
}

static const JobEntry *read_job(World *w, Id id)
{
    JobEntry wanted = {.id = id}, *row = &wanted;
    RUN(w, TX_READ, read_in_tx, &row);
    return row;
}

/* ---- Running --------------------------------------------------------------------------------- */

static void test_a_job_runs_after_its_commit_and_not_without(void **state)
{
    World *w = jobs_of(state);
    start(w, 2);
    Add refused = {.job = &fill_job, .cup = {1, S("")}, .refuse = true};
    RUN(w, TX_WRITE, add_in_tx, &refused);
    add(w, &fill_job, 2, "");
    add(w, &away_job, 0, "");
    wait_until(w, "done", 2);
    jobs_stop();
    assert_int_equal(runs, 2);
    assert_string_equal(order, "2 ");
    assert_int_equal(count(w, NULL), 1);
}

static void test_what_failed_is_run_again_and_then_dead(void **state)
{
    World *w = jobs_of(state);
    start(w, 1);
    Id id = add(w, &fill_job, 5, "fail");
    for (int i = 1; i <= 3; i++) {
        wait_for_runs(i);
        wait_until(w, "running", 0);
        pass(3600 * INT64_C(1000000));
    }
    wait_until(w, "dead", 1);
    jobs_stop();
    const JobEntry *row = read_job(w, id);
    assert_int_equal(row->attempts, 3);
    assert_true(str_eq(row->error, S("cup 5 is broken")));
    assert_int_equal(runs, 3);
    assert_int_equal(count(w, NULL), 0);
}

static void test_one_that_gives_up_is_dead_at_once(void **state)
{
    World *w = jobs_of(state);
    start(w, 1);
    Id id = add(w, &fill_job, 5, "break");
    wait_until(w, "dead", 1);
    jobs_stop();
    assert_int_equal(runs, 1);
    assert_true(str_eq(read_job(w, id)->error, S("no such cup")));
}

static void test_a_last_write_that_is_taken_back_is_a_failure(void **state)
{
    World *w = jobs_of(state);
    start(w, 1);
    Id id = add(w, &fill_job, 5, "undo");
    wait_for_runs(1);
    wait_until(w, "running", 0);
    jobs_stop();
    assert_int_equal(read_job(w, id)->state, JOB_WAITING);
    assert_int_equal(count(w, NULL), 0);
}

static void test_jobs_wait_for_their_time(void **state)
{
    World *w = jobs_of(state);
    start(w, 1);
    Add later = {.job = &fill_job, .cup = {7, S("")}, .when = {.at = {START_US + 1000000}}};
    RUN(w, TX_WRITE, add_in_tx, &later);
    add(w, &away_job, 0, "");
    wait_until(w, "done", 1);
    assert_int_equal(count(w, "waiting"), 1);
    pass(1000000);
    wait_until(w, "done", 2);
    jobs_stop();
    assert_string_equal(order, "7 ");
}

static void test_higher_ones_are_first_and_older_ones_before_younger(void **state)
{
    World *w = jobs_of(state);
    static const struct {
        int64_t number;
        JobPriority priority;
    } given[] = {{1, JOB_LOW}, {2, JOB_NORMAL}, {3, JOB_HIGH}, {4, JOB_NORMAL}, {5, JOB_HIGH}};
    for (size_t i = 0; i < ROWS(given); i++) {
        Add a = {.job = &fill_job,
                 .cup = {given[i].number, S("")},
                 .when = {.priority = given[i].priority}};
        RUN(w, TX_WRITE, add_in_tx, &a);
    }
    start(w, 1);
    wait_until(w, "done", 5);
    jobs_stop();
    assert_string_equal(order, "3 5 2 4 1 ");
}

static void test_a_key_is_taken_until_its_job_has_ended(void **state)
{
    World *w = jobs_of(state);
    Add a = {.job = &fill_job, .cup = {1, S("")}, .when = {.key = S("tea")}}, b = a, c = a, d = a;
    c.when.key = S("milk");
    RUN(w, TX_WRITE, add_in_tx, &a);
    RUN(w, TX_WRITE, add_in_tx, &b);
    RUN(w, TX_WRITE, add_in_tx, &c);
    assert_true(a.id.n && !b.id.n && c.id.n);
    start(w, 2);
    wait_until(w, "done", 2);
    RUN(w, TX_WRITE, add_in_tx, &d);
    assert_true(d.id.n != 0);
    wait_until(w, "done", 3);
    jobs_stop();
    assert_int_equal(count(w, NULL), 3);
}

static void test_limited_jobs_run_one_at_a_time(void **state)
{
    World *w = jobs_of(state);
    for (int i = 0; i < 20; i++) add(w, &single_job, i, "");
    start(w, 4);
    while (count(w, NULL) < 20) jobs_wake();
    jobs_stop();
    assert_int_equal(most_at_once, 1);
    assert_int_equal(runs, 20);
    assert_int_equal(count(w, "done"), 0); /* and are not kept */
}

/* ---- Losing a run ---------------------------------------------------------------------------- */

static bool steal_in_tx(Ctx *cx, void *arg)
{
    return db_exec(cx, "update jobs set runner = $2 where id = $1 and state = 'running'",
                   *(const Id *)arg, (Id){4711}) == 1;
}

static bool wait_again_in_tx(Ctx *cx, void *arg)
{
    return db_exec(cx, "update jobs set state = 'waiting', runner = null where id = $1",
                   *(const Id *)arg) == 1;
}

static void test_a_run_that_was_taken_away_writes_nothing(void **state)
{
    World *w = jobs_of(state);
    hold = true;
    start(w, 1);
    Id id = add(w, &fill_job, 9, "");
    while (!atomic_load(&at_once)) sched_yield();
    RUN(w, TX_WRITE, steal_in_tx, &id);
    hold = false;
    wait_for_runs(1);
    jobs_stop();
    assert_int_equal(count(w, NULL), 0);
    assert_int_equal(count(w, "running"), 1); /* the other one's */
    RUN(w, TX_WRITE, wait_again_in_tx, &id);
    start(w, 1);
    wait_until(w, "done", 1);
    jobs_stop();
    assert_int_equal(count(w, NULL), 1);
}

static bool claim_in_tx(Ctx *cx, void *arg)
{
    JobLease lease = {{4711}, {now_us}, {now_us + 1000000}};
    return jobs_claim(cx, &lease, S(""), JOB_NORMAL, *(const int *)arg).n == 1;
}

static void test_what_a_dead_process_ran_is_run_again_after_its_lease(void **state)
{
    World *w = jobs_of(state);
    Id id = add(w, &fill_job, 3, "");
    RUN(w, TX_WRITE, claim_in_tx, &(int){10});
    assert_int_equal(read_job(w, id)->state, JOB_RUNNING);
    pass(2000000);
    start(w, 1);
    wait_until(w, "done", 1);
    jobs_stop();
    assert_int_equal(count(w, NULL), 1);
    assert_int_equal(read_job(w, id)->attempts, 2);
}

static void test_a_stop_gives_back_what_has_not_begun(void **state)
{
    World *w = jobs_of(state);
    for (int i = 0; i < 10; i++) add(w, &fill_job, i, "");
    hold = true;
    start(w, 1);
    while (!atomic_load(&at_once)) sched_yield();
    jobs_stop(); /* the one that runs is told, ends, and is noted */
    assert_int_equal(runs, 1);
    assert_int_equal(count(w, "running"), 0);
    assert_int_equal(count(w, "done"), 1);
    assert_int_equal(count(w, "waiting"), 9);
    hold = false;
    start(w, 2);
    wait_until(w, "done", 10);
    jobs_stop();
    assert_int_equal(count(w, NULL), 10);
}

/* ---- Crons ----------------------------------------------------------------------------------- */

static void test_a_cron_adds_one_job_a_tick_and_makes_up_for_the_last(void **state)
{
    World *w = jobs_of(state);
    const int64_t hour = 3600 * INT64_C(1000000);
    start(w, 1);
    add(w, &away_job, 0, "");
    wait_until(w, "done", 1); /* it has seen the crons */
    pass(hour);
    wait_until(w, "bells", 1);
    pass(hour / 2);
    add(w, &away_job, 0, "");
    wait_until(w, "done", 3);
    jobs_stop();
    assert_int_equal(count(w, "bells"), 1);
    pass(5 * hour);
    start(w, 1);
    wait_until(w, "bells", 2);
    add(w, &away_job, 0, "");
    wait_until(w, "done", 5);
    jobs_stop();
    assert_int_equal(count(w, "bells"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_a_job_runs_after_its_commit_and_not_without),
        ON_BOTH(test_what_failed_is_run_again_and_then_dead),
        ON_BOTH(test_one_that_gives_up_is_dead_at_once),
        ON_BOTH(test_a_last_write_that_is_taken_back_is_a_failure),
        ON_BOTH(test_jobs_wait_for_their_time),
        ON_BOTH(test_higher_ones_are_first_and_older_ones_before_younger),
        ON_BOTH(test_a_key_is_taken_until_its_job_has_ended),
        ON_BOTH(test_limited_jobs_run_one_at_a_time),
        ON_BOTH(test_a_run_that_was_taken_away_writes_nothing),
        ON_BOTH(test_what_a_dead_process_ran_is_run_again_after_its_lease),
        ON_BOTH(test_a_stop_gives_back_what_has_not_begun),
        ON_BOTH(test_a_cron_adds_one_job_a_tick_and_makes_up_for_the_last),
    };
    return cmocka_run_group_tests_name("jobs", tests, worlds_begin, worlds_end);
}
