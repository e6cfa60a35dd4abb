#include "platform/pulse.h"

#include "base/time.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <time.h>

/* Until it is woken, stopped, or the time has come; with the lock held. False: stopped. */
static bool sleep_for(Pulse *pulse, int64_t us)
{
    int64_t until_us = monotonic_us() + us;
    struct timespec until = {until_us / 1000000, (long)(until_us % 1000000) * 1000};
    bool late = us <= 0;
    while (!pulse->stopping && !pulse->woken && !late)
        late = pthread_cond_clockwait(&pulse->moved, &pulse->lock, CLOCK_MONOTONIC, &until) ==
               ETIMEDOUT;
    pulse->woken = false;
    return !pulse->stopping;
}

static void *run(void *arg)
{
    Pulse *pulse = arg;
    int64_t us = 0;
    pthread_mutex_lock(&pulse->lock);
    while (sleep_for(pulse, us)) {
        pthread_mutex_unlock(&pulse->lock);
        us = pulse->beat(pulse->arg);
        pthread_mutex_lock(&pulse->lock);
    }
    pthread_mutex_unlock(&pulse->lock);
    return NULL;
}

bool pulse_start(Pulse *pulse, const char *name, int64_t (*beat)(void *arg), void *arg)
{
    assert(!pulse->started);
    pulse->beat = beat;
    pulse->arg = arg;
    pulse->stopping = pulse->woken = false;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_mutex_lock(&pulse->lock); /* so that no wake-up comes between the thread and the mark */
    int error = pthread_create(&pulse->thread, NULL, run, pulse);
    if (!error) pthread_setname_np(pulse->thread, name);
    pulse->started = !error;
    pthread_mutex_unlock(&pulse->lock);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return !error;
}

void pulse_wake(Pulse *pulse)
{
    pthread_mutex_lock(&pulse->lock);
    if (pulse->started && !pulse->woken) {
        pulse->woken = true;
        pthread_cond_signal(&pulse->moved);
    }
    pthread_mutex_unlock(&pulse->lock);
}

void pulse_stop(Pulse *pulse)
{
    pthread_mutex_lock(&pulse->lock);
    bool started = pulse->started;
    pulse->started = false;
    pulse->stopping = true;
    pthread_cond_signal(&pulse->moved);
    pthread_mutex_unlock(&pulse->lock);
    if (started) pthread_join(pulse->thread, NULL);
}
