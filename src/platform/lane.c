/* A lane is one mutex, one condition and a linked list: the simplest thing that hands work over.
 *
 * What costs is not the lock but the wake-up of a sleeping thread (a system call, and a migration
 * when it sleeps on another core). So a submission wakes a thread only when one sleeps and those
 * already on their way do not suffice for what waits; a thread that finishes takes the next item
 * without sleeping. bench/micro/micro.c measures the hand-over; lock-free queues gain nothing while
 * the wake-up dominates, and they make the bound inexact. */
#include "platform/lane.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREAD_NAME_MAX = 16 }; /* with NUL: what the kernel keeps */

struct Lane {
    pthread_mutex_t
        lock; /* guards all that is not atomic; atomics are written under it and read without */
    pthread_cond_t more;
    LaneItem *first, **end;
    _Atomic size_t depth;
    _Atomic int busy;
    int sleeping; /* threads that wait for `more` */
    int woken;    /* of these, the ones signalled and not yet up */
    bool stopping;
    LaneOptions options;
    int started, named;
    pthread_t threads[];
};

/* The next item, waiting for one; NULL when the lane stops and nothing is left. Called and left
 * with the lock held. */
static LaneItem *take(Lane *lane)
{
    while (!lane->first) {
        if (lane->stopping) return NULL;
        lane->sleeping++;
        pthread_cond_wait(&lane->more, &lane->lock);
        lane->sleeping--;
        /* A spurious wake-up may lower this too early; then one thread too many is woken, never one
         * too few. */
        if (lane->woken > 0) lane->woken--;
    }
    LaneItem *item = lane->first;
    lane->first = item->next;
    if (!lane->first) lane->end = &lane->first;
    atomic_fetch_sub_explicit(&lane->depth, 1, memory_order_relaxed);
    return item;
}

/* Names the calling thread; called with the lock held. */
static void name_thread(Lane *lane)
{
    char name[THREAD_NAME_MAX];
    snprintf(name, sizeof name, "%.10s-%d", lane->options.name, lane->named++);
    pthread_setname_np(pthread_self(), name);
}

static void *serve(void *arg)
{
    Lane *lane = arg;
    const LaneOptions *options = &lane->options;
    pthread_mutex_lock(&lane->lock);
    name_thread(lane);
    pthread_mutex_unlock(&lane->lock);
    void *thread = options->enter ? options->enter(options->owner) : NULL;
    pthread_mutex_lock(&lane->lock);
    for (LaneItem *item; (item = take(lane));) {
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
static bool start_thread(Lane *lane)
{
    sigset_t all;
    sigfillset(&all);
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setsigmask_np(&attr, &all);
    pthread_t *thread = &lane->threads[lane->started];
    int error = pthread_create(thread, &attr, serve, lane);
    pthread_attr_destroy(&attr);
    if (error) {
        errno = error;
        return false;
    }
    lane->started++;
    return true;
}

Lane *lane_start(const LaneOptions *options)
{
    assert(options->threads > 0 && options->queue_max > 0);
    Lane *lane = calloc(1, sizeof *lane + (size_t)options->threads * sizeof lane->threads[0]);
    if (!lane) return NULL;
    lane->options = *options;
    lane->end = &lane->first;
    pthread_mutex_init(&lane->lock, NULL);
    pthread_cond_init(&lane->more, NULL);
    for (int i = 0; i < options->threads; i++) {
        if (start_thread(lane)) continue;
        int error = errno;
        lane_stop(lane);
        errno = error;
        return NULL;
    }
    return lane;
}

bool lane_submit(Lane *lane, LaneItem *item)
{
    pthread_mutex_lock(&lane->lock);
    size_t depth = atomic_load_explicit(&lane->depth, memory_order_relaxed);
    bool accepted = !lane->stopping && depth < lane->options.queue_max;
    if (accepted) {
        item->next = NULL;
        *lane->end = item;
        lane->end = &item->next;
        atomic_store_explicit(&lane->depth, depth + 1, memory_order_relaxed);
        if (lane->woken < lane->sleeping && (size_t)lane->woken <= depth) {
            lane->woken++;
            /* Under the lock: after it, lane_stop may free the condition. */
            pthread_cond_signal(&lane->more);
        }
    }
    pthread_mutex_unlock(&lane->lock);
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
    pthread_cond_broadcast(&lane->more);
    pthread_mutex_unlock(&lane->lock);
    for (int i = 0; i < lane->started; i++) pthread_join(lane->threads[i], NULL);
    pthread_cond_destroy(&lane->more);
    pthread_mutex_destroy(&lane->lock);
    free(lane);
}
