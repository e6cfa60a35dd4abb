#include "platform/lane.h"

#include "base/time.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef struct Gate {
    LaneItem item;
    sem_t entered, open;
} Gate;

static void run_gate(LaneItem *item, void *thread)
{
    (void)thread;
    Gate *gate = (Gate *)item;
    sem_post(&gate->entered);
    sem_wait(&gate->open);
}

static void gate_init(Gate *gate)
{
    gate->item.run = run_gate;
    sem_init(&gate->entered, 0, 0);
    sem_init(&gate->open, 0, 0);
}

static _Atomic int runs;

static void run_count(LaneItem *item, void *thread)
{
    (void)item, (void)thread;
    atomic_fetch_add(&runs, 1);
}

static void full_queue_refuses(void **state)
{
    (void)state;
    atomic_store(&runs, 0);
    Lane *lane = lane_start(&(LaneOptions){.name = "full", .threads = 1, .queue_max = 2});
    Gate gate;
    gate_init(&gate);
    LaneItem items[3] = {{.run = run_count}, {.run = run_count}, {.run = run_count}};
    assert_true(lane_submit(lane, &gate.item));
    sem_wait(&gate.entered);
    assert_int_equal(lane_depth(lane), 0);
    assert_int_equal(lane_busy(lane), 1);
    assert_true(lane_submit(lane, &items[0]));
    assert_true(lane_submit(lane, &items[1]));
    assert_int_equal(lane_depth(lane), 2);
    assert_false(lane_submit(lane, &items[2]));
    assert_int_equal(lane_depth(lane), 2);
    assert_int_equal(atomic_load(&runs), 0);
    sem_post(&gate.open);
    lane_stop(lane);
    assert_int_equal(atomic_load(&runs), 2);
}

static void stop_runs_what_was_accepted(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    static LaneItem items[COUNT];
    atomic_store(&runs, 0);
    Lane *lane = lane_start(&(LaneOptions){.name = "stop", .threads = 2, .queue_max = COUNT});
    Gate gates[2];
    for (int i = 0; i < 2; i++) {
        gate_init(&gates[i]);
        assert_true(lane_submit(lane, &gates[i].item));
        sem_wait(&gates[i].entered);
    }
    for (int i = 0; i < COUNT; i++) {
        items[i].run = run_count;
        assert_true(lane_submit(lane, &items[i]));
    }
    for (int i = 0; i < 2; i++) sem_post(&gates[i].open);
    lane_stop(lane);
    assert_int_equal(atomic_load(&runs), COUNT);
}

/* ---- threads --------------------------------------------------------------------------------- */

enum { THREADS = 4 };

typedef struct Worker {
    pthread_t self;
    int items;
    bool left;
} Worker;

typedef struct Crew {
    pthread_barrier_t all_at_once;
    pthread_mutex_t lock;
    Worker workers[THREADS];
    int entered;
    bool names_seen[THREADS], signals_blocked;
} Crew;

static Crew crew;

static void *enter(void *owner)
{
    Crew *c = owner;
    pthread_mutex_lock(&c->lock);
    Worker *worker = &c->workers[c->entered++];
    pthread_mutex_unlock(&c->lock);
    worker->self = pthread_self();
    return worker;
}

static void leave(void *thread)
{
    Worker *worker = thread;
    worker->left = pthread_equal(worker->self, pthread_self());
}

static void run_together(LaneItem *item, void *thread)
{
    (void)item;
    Worker *worker = thread;
    /* Passes only when four threads are inside at once. */
    pthread_barrier_wait(&crew.all_at_once);
    char name[16];
    pthread_getname_np(pthread_self(), name, sizeof name);
    sigset_t blocked;
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    pthread_mutex_lock(&crew.lock);
    worker->items += pthread_equal(worker->self, pthread_self());
    crew.signals_blocked &= sigismember(&blocked, SIGTERM) == 1;
    for (int i = 0; i < THREADS; i++) {
        char expected[16];
        snprintf(expected, sizeof expected, "crew-of-fo-%d", i);
        crew.names_seen[i] |= strcmp(name, expected) == 0;
    }
    pthread_mutex_unlock(&crew.lock);
}

static void each_thread_enters_serves_and_leaves(void **state)
{
    (void)state;
    pthread_barrier_init(&crew.all_at_once, NULL, THREADS);
    pthread_mutex_init(&crew.lock, NULL);
    crew.signals_blocked = true;
    Lane *lane = lane_start(&(LaneOptions){.name = "crew-of-four",
                                           .threads = THREADS,
                                           .queue_max = THREADS,
                                           .enter = enter,
                                           .leave = leave,
                                           .owner = &crew});
    LaneItem items[THREADS];
    for (int i = 0; i < THREADS; i++) {
        items[i].run = run_together;
        assert_true(lane_submit(lane, &items[i]));
    }
    lane_stop(lane);
    assert_int_equal(crew.entered, THREADS);
    assert_true(crew.signals_blocked);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(crew.workers[i].items, 1);
        assert_true(crew.workers[i].left);
        assert_true(crew.names_seen[i]);
    }
}

/* ---- many submitters: no wake-up is lost ----------------------------------------------------- */

enum { SUBMITTERS = 3, ROUNDS = 3000 };

typedef struct Ping {
    LaneItem item;
    sem_t done;
} Ping;

static void run_ping(LaneItem *item, void *thread)
{
    (void)thread;
    sem_post(&((Ping *)item)->done);
}

/* Waits for each item before the next, so that the lane falls asleep again and again; hangs if a
 * wake-up is lost. */
static void *submit_and_wait(void *arg)
{
    Ping ping = {.item.run = run_ping};
    sem_init(&ping.done, 0, 0);
    for (int i = 0; i < ROUNDS; i++) {
        while (!lane_submit(arg, &ping.item)) sched_yield();
        sem_wait(&ping.done);
    }
    return NULL;
}

static void no_wake_up_is_lost(void **state)
{
    (void)state;
    Lane *lane = lane_start(&(LaneOptions){.name = "ping", .threads = 2, .queue_max = 2});
    pthread_t threads[SUBMITTERS];
    for (int i = 0; i < SUBMITTERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, submit_and_wait, lane), 0);
    for (int i = 0; i < SUBMITTERS; i++) pthread_join(threads[i], NULL);
    assert_int_equal(lane_depth(lane), 0);
    lane_stop(lane);
}

/* An item that waits for others before it ends, as the writer does, and notes how each wait ended. */
typedef struct Patient {
    LaneItem item;
    Lane *lane;
    sem_t waiting, ended;
    int64_t wait_us;
    bool came;
} Patient;

static void run_patient(LaneItem *item, void *thread)
{
    (void)thread;
    Patient *patient = (Patient *)item;
    sem_post(&patient->waiting);
    patient->came = lane_wait(patient->lane, monotonic_us() + patient->wait_us);
    sem_post(&patient->ended);
}

static Patient *patient_start(Patient *patient, Lane *lane, int64_t wait_us)
{
    *patient = (Patient){.item = {.run = run_patient}, .lane = lane, .wait_us = wait_us};
    sem_init(&patient->waiting, 0, 0);
    sem_init(&patient->ended, 0, 0);
    assert_true(lane_submit(lane, &patient->item));
    sem_wait(&patient->waiting);
    return patient;
}

static void an_item_may_wait_for_the_next(void **state)
{
    (void)state;
    enum { LONG_US = 1800000000, WAITS = 2000 };
    atomic_store(&runs, 0);
    Lane *lane = lane_start(&(LaneOptions){.name = "wait", .threads = 1, .queue_max = 4});
    Patient patient;
    for (int i = 0; i < WAITS; i++) { /* the submission comes before, during and after the sleep */
        patient_start(&patient, lane, LONG_US);
        LaneItem next = {.run = run_count};
        assert_true(lane_submit(lane, &next));
        sem_wait(&patient.ended);
        assert_true(patient.came);
        while (atomic_load(&runs) <= i) sched_yield();
    }
    lane_stop(lane);
}

static void waiting_ends_at_its_time_and_the_lane_goes_on(void **state)
{
    (void)state;
    enum { WAITS = 200 };
    atomic_store(&runs, 0);
    Lane *lane = lane_start(&(LaneOptions){.name = "late", .threads = 1, .queue_max = 4});
    Patient patient;
    for (int i = 0; i < WAITS; i++) {
        patient_start(&patient, lane, i % 3 * 50);
        sem_wait(&patient.ended);
        assert_false(patient.came);
        LaneItem next = {.run = run_count};
        assert_true(lane_submit(lane, &next));
        while (atomic_load(&runs) <= i) sched_yield();
    }
    lane_stop(lane);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_queue_refuses),
        cmocka_unit_test(stop_runs_what_was_accepted),
        cmocka_unit_test(each_thread_enters_serves_and_leaves),
        cmocka_unit_test(no_wake_up_is_lost),
        cmocka_unit_test(an_item_may_wait_for_the_next),
        cmocka_unit_test(waiting_ends_at_its_time_and_the_lane_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
