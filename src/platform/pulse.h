/* Pulse: a thread that does the same thing again and again, when it is woken and when it is time.
 *
 *     static Pulse sequencer = PULSE;
 *     pulse_start(&sequencer, "outbox", number_events, NULL);
 *     …
 *     pulse_wake(&sequencer);     any thread, at any time
 *     pulse_stop(&sequencer);
 *
 * A wake-up during a beat leads to one more beat; several before it are one. */
#ifndef PLATFORM_PULSE_H
#define PLATFORM_PULSE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Pulse {
    pthread_mutex_t lock; /* of all of it */
    pthread_cond_t moved;
    pthread_t thread;
    bool started, stopping, woken;
    int64_t (*beat)(void *arg);
    void *arg;
} Pulse;

#define PULSE                                                                                      \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER                       \
    }

/* Starts the thread, with all signals blocked; the first beat is at once. `beat` answers after how
 * many microseconds it wants to be called again at the latest. `name`: at most 15 characters. False
 * and errno: no thread. */
bool pulse_start(Pulse *pulse, const char *name, int64_t (*beat)(void *arg), void *arg);

void pulse_wake(Pulse *pulse); /* nothing when it is not started */

/* Waits for the beat under way, and that was the last one. Nothing when it is not started. */
void pulse_stop(Pulse *pulse);

#endif
