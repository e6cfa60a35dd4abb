/* Lane: a named, bounded queue and the threads that serve it. Work that does not fit is refused at
 * once, so that overload is answered (503) instead of piling up. */
#ifndef PLATFORM_LANE_H
#define PLATFORM_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct LaneItem {
    struct LaneItem *next;
    void (*run)(struct LaneItem *item, void *thread); /* `thread`: what enter() gave */
} LaneItem;

typedef struct LaneOptions {
    /* Kept; the label of the lane's metrics. Its first 10 characters and a number name the threads:
     * "read-0". */
    const char *name;
    int threads;
    size_t queue_max;
    void *(*enter)(void *owner); /* on each new thread; NULL where none is needed */
    void (*leave)(void *thread);
    void *owner;
} LaneOptions;

typedef struct Lane Lane;

/* Starts the threads, with all signals blocked. NULL and errno when the system gives no more
 * threads. */
Lane *lane_start(const LaneOptions *options);

/* From any thread. False when full or stopping: then the item is still yours. */
bool lane_submit(Lane *lane, LaneItem *item);

size_t lane_depth(const Lane *lane); /* items waiting */
int lane_busy(const Lane *lane);     /* threads at work */

/* Runs what was accepted, joins the threads, frees. */

/* For an item's own run(), on a lane of one thread: waits until another item is there (true) or the
 * time has come or the lane stops (false). `until_us` is of monotonic_us. */
bool lane_wait(Lane *lane, int64_t until_us);

void lane_stop(Lane *lane);

#endif
