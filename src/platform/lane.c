/* A lane is one mutex, a list of items and a stack of sleeping threads.
 *
 * What costs is not the lock but the wake-up of a sleeping thread (a system call, and cold caches
 * when it sleeps on another core). So a submission wakes at most one thread, and none when all are
 * at work; a thread that finishes takes the next item without sleeping; and the thread that went to
 * sleep last is woken first, because its caches, its connection and its prepared statements are the
 * warmest. bench/micro measures the hand-over.
 *
 * Each thread sleeps on a semaphore of its own, and whoever wakes it takes it off the stack first.
 * A condition variable would choose a thread by itself, in no useful order, and glibc's could lose
 * a signal until 2.41 (bug 25847). Lock-free queues gain nothing while the wake-up dominates, and
 * make the bound inexact. */
#include "platform/lane.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { THREAD_NAME_MAX = 16 }; /* with NUL: what the kernel keeps */

typedef struct Worker {
    Lane *lane;
    struct Worker *below; /* in the stack of sleepers */
    sem_t wake;
    pthread_t thread;
    char name[THREAD_NAME_MAX];
} Worker;

struct Lane {
    pthread_mutex_t
        lock; /* guards what is not atomic; atomics are written under it and read without */
    LaneItem *first, **end;
    Worker *sleepers;
    bool stopping;
    _Atomic size_t depth;
    _Atomic int busy;
    LaneOptions options;
    int started;
    Worker workers[];
};

/* Sleeps until someone takes this worker off the stack. Called and left with the lock held. */
static void sleep_until_woken(Worker *worker)
{
    Lane *lane = worker->lane;
    worker->below = lane->sleepers;
    lane->sleepers = worker;
    pthread_mutex_unlock(&lane->lock);
    while (sem_wait(&worker->wake) != 0) { /* EINTR: the process was stopped and went on */
    }
    pthread_mutex_lock(&lane->lock);
}

/* The worker to be woken after the lock is left, or NULL. */
static Worker *take_sleeper(Lane *lane)
{
    Worker *worker = lane->sleepers;
    if (worker) lane->sleepers = worker->below;
    return worker;
}

/* The next item, waiting for one; NULL when the lane stops and nothing is left. Called and left
 * with the lock held. */
static LaneItem *take_item(Worker *worker)
{
    Lane *lane = worker->lane;
    while (!lane->first) {
        if (lane->stopping) return NULL;
        sleep_until_woken(worker);
    }
    LaneItem *item = lane->first;
    lane->first = item->next;
    if (!lane->first) lane->end = &lane->first;
    atomic_fetch_sub_explicit(&lane->depth, 1, memory_order_relaxed);
    return item;
}

static void *serve(void *arg)
{
    Worker *worker = arg;
    Lane *lane = worker->lane;
    const LaneOptions *options = &lane->options;
    pthread_setname_np(pthread_self(), worker->name);
    void *thread = options->enter ? options->enter(options->owner) : NULL;
    pthread_mutex_lock(&lane->lock);
    for (LaneItem *item; (item = take_item(worker));) {
        atomic_fetch_add_explicit(&lane->busy, 1, memory_order_relaxed);
        pthread_mutex_unlock(&lane->lock);
        item->run(item, thread); /* from here the item may be gone */
        pthread_mutex_lock(&lane->lock);
        atomic_fetch_sub_explicit(&lane->busy, 1, memory_order_relaxed);
    }
    pthread_mutex_unlock(&lane->lock);
    if (options->leave) options->leave(thread);
    return NULL;
}

/* Starts one more thread, with all signals blocked: they belong to the main thread. */
static bool start_worker(Lane *lane)
{
    Worker *worker = &lane->workers[lane->started];
    worker->lane = lane;
    sem_init(&worker->wake, 0, 0);
    snprintf(worker->name, sizeof worker->name, "%.10s-%d", lane->options.name, lane->started);
    sigset_t all;
    sigfillset(&all);
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setsigmask_np(&attr, &all);
    int error = pthread_create(&worker->thread, &attr, serve, worker);
    pthread_attr_destroy(&attr);
    errno = error;
    lane->started += !error;
    return !error;
}

Lane *lane_start(const LaneOptions *options)
{
    assert(options->threads > 0 && options->queue_max > 0);
    Lane *lane = calloc(1, sizeof *lane + (size_t)options->threads * sizeof lane->workers[0]);
    if (!lane) return NULL;
    lane->options = *options;
    lane->end = &lane->first;
    pthread_mutex_init(&lane->lock, NULL);
    for (int i = 0; i < options->threads; i++) {
        if (start_worker(lane)) continue;
        int error = errno;
        lane_stop(lane);
        errno = error;
        return NULL;
    }
    return lane;
}

/* Takes the worker off the stack, wherever it stands; false when somebody has done so already. */
static bool leave_sleepers(Worker *worker)
{
    for (Worker **at = &worker->lane->sleepers; *at; at = &(*at)->below) {
        if (*at != worker) continue;
        *at = worker->below;
        return true;
    }
    return false;
}

bool lane_wait(Lane *lane, int64_t until_us)
{
    assert(lane->started == 1);
    Worker *worker = &lane->workers[0];
    struct timespec until = {.tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000};
    pthread_mutex_lock(&lane->lock);
    if (!lane->first && !lane->stopping) {
        worker->below = lane->sleepers;
        lane->sleepers = worker;
        pthread_mutex_unlock(&lane->lock);
        int woken;
        while ((woken = sem_clockwait(&worker->wake, CLOCK_MONOTONIC, &until)) != 0 &&
               errno == EINTR) {
        }
        pthread_mutex_lock(&lane->lock);
        /* Taken off in the last moment: the wake-up is on its way, and belongs to this sleep. */
        if (woken != 0 && !leave_sleepers(worker))
            while (sem_wait(&worker->wake) != 0) {
            }
    }
    bool there = lane->first != NULL;
    pthread_mutex_unlock(&lane->lock);
    return there;
}

bool lane_submit(Lane *lane, LaneItem *item)
{
    pthread_mutex_lock(&lane->lock);
    size_t depth = atomic_load_explicit(&lane->depth, memory_order_relaxed);
    bool accepted = !lane->stopping && depth < lane->options.queue_max;
    Worker *sleeper = NULL;
    if (accepted) {
        item->next = NULL;
        *lane->end = item;
        lane->end = &item->next;
        atomic_store_explicit(&lane->depth, depth + 1, memory_order_relaxed);
        sleeper = take_sleeper(lane);
    }
    pthread_mutex_unlock(&lane->lock);
    if (sleeper) sem_post(&sleeper->wake); /* it cannot end before: it waits for this */
    return accepted;
}

size_t lane_depth(const Lane *lane)
{
    return atomic_load_explicit(&lane->depth, memory_order_relaxed);
}

int lane_busy(const Lane *lane)
{
    return atomic_load_explicit(&lane->busy, memory_order_relaxed);
}

void lane_stop(Lane *lane)
{
    pthread_mutex_lock(&lane->lock);
    lane->stopping = true;
    for (Worker *sleeper; (sleeper = take_sleeper(lane));) sem_post(&sleeper->wake);
    pthread_mutex_unlock(&lane->lock);
    for (int i = 0; i < lane->started; i++) {
        pthread_join(lane->workers[i].thread, NULL);
        sem_destroy(&lane->workers[i].wake);
    }
    pthread_mutex_destroy(&lane->lock);
    free(lane);
}
