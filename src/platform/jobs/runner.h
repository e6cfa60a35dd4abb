/* Between the files of platform/jobs. */
#ifndef PLATFORM_JOBS_RUNNER_H
#define PLATFORM_JOBS_RUNNER_H

#include "platform/jobs/store.h"

enum {
    JOB_KINDS_MAX = 256, /* rows of all modules */
    CRONS_MAX = 64,
    JOB_DEAD_KEEP_S = 90 * 86400, /* how long a person has to look at a dead letter */
};

/* The row of that name; NULL: this program has none. */
const Job *job_kind(Str name);
const Job *const *job_kinds(size_t *count);
const Cron *const *job_crons(size_t *count);

int job_attempts_max(const Job *job);
int job_limit_s(const Job *job);

/* When a job that ends now may be forgotten; 0: at once. */
Time job_forget_at(const Job *job, Time now);

/* Something has been added. Any thread; nothing when no runner is there. */
void jobs_wake(void);

/* How long to wait before run number `attempts` + 1. */
int64_t job_pause_us(const Random *random, int64_t attempts);

#endif
