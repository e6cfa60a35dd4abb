/* Target: the processes under load, as /proc shows them. */
#ifndef BENCH_LOAD_TARGET_H
#define BENCH_LOAD_TARGET_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct TargetSet {
    pid_t *pids;
    size_t n;
} TargetSet;

typedef struct TargetUse {
    double cpu_s; /* user and system time of all threads since their start; to 10 ms */
    int64_t rss_anon_kib;
} TargetUse;

/* The given processes and all that descend from them, ascending. False when one of the given is not
 * there. */
bool target_find(Arena *arena, const TargetSet *roots, TargetSet *out);
bool target_same(const TargetSet *a, const TargetSet *b);

/* False when one of them is gone. */
bool target_use(const TargetSet *set, TargetUse *out);

/* Busy seconds of all processors together since boot. */
double target_machine_busy_s(void);

#endif
