/* The gate before SQLite's readers.
 *
 * A WAL begins anew only when no reader uses it. Under a steady stream of readers that moment never
 * comes by itself, so the writer closes the gate, waits for those inside, and opens it again; each
 * waits for a few milliseconds at most. Passing an open gate costs two uncontended-in-time atomic
 * additions; the lock is taken only while it is closed.
 *
 * Order matters: a reader counts itself and then looks whether the gate is closed, the writer
 * closes and then looks at the count; sequential consistency makes one of them see the other. */
#include "platform/db/driver.h"

#include <errno.h>
#include <time.h>

void gate_init(Gate *gate)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&gate->lock, NULL);
    pthread_cond_init(&gate->moved, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

void gate_end(Gate *gate)
{
    pthread_cond_destroy(&gate->moved);
    pthread_mutex_destroy(&gate->lock);
}

void gate_enter(Gate *gate)
{
    atomic_fetch_add(&gate->inside, 1);
    while (atomic_load(&gate->closed)) {
        gate_leave(gate);
        pthread_mutex_lock(&gate->lock);
        while (atomic_load(&gate->closed)) pthread_cond_wait(&gate->moved, &gate->lock);
        pthread_mutex_unlock(&gate->lock);
        atomic_fetch_add(&gate->inside, 1);
    }
}

void gate_leave(Gate *gate)
{
    if (atomic_fetch_sub(&gate->inside, 1) > 1 || !atomic_load(&gate->closed)) return;
    pthread_mutex_lock(&gate->lock);
    pthread_cond_broadcast(&gate->moved);
    pthread_mutex_unlock(&gate->lock);
}

bool gate_close(Gate *gate, int64_t wait_us)
{
    int64_t end_us = monotonic_us() + wait_us;
    struct timespec until = {.tv_sec = end_us / 1000000, .tv_nsec = end_us % 1000000 * 1000};
    pthread_mutex_lock(&gate->lock);
    atomic_store(&gate->closed, true);
    int error = 0;
    while (atomic_load(&gate->inside) && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&gate->moved, &gate->lock, &until);
    bool alone = atomic_load(&gate->inside) == 0;
    pthread_mutex_unlock(&gate->lock);
    return alone;
}

void gate_open(Gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    atomic_store(&gate->closed, false);
    pthread_cond_broadcast(&gate->moved);
    pthread_mutex_unlock(&gate->lock);
}
