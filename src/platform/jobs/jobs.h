/* Jobs: work that is written down in the transaction that wants it, and done after the commit. See
 * docs/internals/jobs.md.
 *
 * A job is a row of its module's tables: a name, the struct that says what to do, a function.
 *
 *     typedef struct Greeting {
 *         Id user;
 *     } Greeting;
 *     static const Type greeting_type =
 *         TYPE(Greeting, "Whom to greet.", FIELD(Greeting, user, "The user.", .prefix = "user"));
 *
 *     static JobEnd greet(JobRun *run, const Greeting *greeting) { … return job_done(); }
 *     JOB_HANDLER(greet, Greeting)
 *
 *     static const Job greet_job = {.name = "users.greet", .doc = "Greets a new user.",
 *                                   .payload = &greeting_type, .run = JOB_RUN(greet)};
 *     static const Job *const jobs[] = {&greet_job};        Module.jobs
 *
 *     job_add(cx, &greet_job, &(Greeting){user});           in any WRITE transaction
 *
 * It is run at least once if the transaction commits, and never if it does not: on this process or on
 * another one of the same PostgreSQL, outside of any transaction. A process may be killed when the
 * work is done and not yet noted as done; then it is run again. So a job either can be repeated
 * without harm, or ends with job_finish_with, whose writes happen exactly once.
 *
 * To add a job: the type of its payload, the function, the row, its name in the module's `jobs`. */
#ifndef PLATFORM_JOBS_JOBS_H
#define PLATFORM_JOBS_JOBS_H

#include "platform/module.h"

typedef struct JobRun JobRun;

typedef enum JobVerdict { JOB_VERDICT_DONE, JOB_VERDICT_RETRY, JOB_VERDICT_DEAD } JobVerdict;

/* How a run has ended. Made by the functions below. */
typedef struct JobEnd {
    JobVerdict verdict;
    Str error;      /* of the last two: for people who look after jobs, without secrets */
    bool committed; /* job_finish_with has noted the end */
} JobEnd;

typedef enum JobPriority { JOB_NORMAL, JOB_HIGH, JOB_LOW } JobPriority;

/* Zeros are good defaults. */
struct Job {
    const char *name; /* "mail.send": the module, what is done; kept in the database, so for ever */
    const char *doc;  /* one sentence */
    const Type
        *payload; /* NULL: none. What was written by an older program must still be readable */
    JobEnd (*run)(JobRun *run, const void *payload); /* JOB_RUN(f) */
    int attempts;    /* the most runs before it is a dead letter; 0: JOB_ATTEMPTS */
    int limit_s;     /* the longest that a run may take; 0: JOB_LIMIT_S */
    int concurrency; /* the most runs at once, over all processes; 0: as many as there are threads */
    int keep_s; /* how long one that is done is still listed; 0: JOB_KEEP_S, less: not at all */
};

enum {
    JOB_ATTEMPTS = 12, /* with their pauses, some five hours */
    JOB_LIMIT_S = 60,
    JOB_KEEP_S = 86400,
};

/* The typed thunk of a job: JobEnd f(JobRun *, const T *payload). */
#define JOB_HANDLER(f, T)                                                                          \
    static JobEnd f##_job_run(JobRun *run, const void *payload)                                    \
    {                                                                                              \
        return f(run, (const T *)payload);                                                         \
    }
#define JOB_RUN(f) f##_job_run

/* ---- Writing one down ------------------------------------------------------------------------ */

/* In the WRITE transaction of `cx`. The payload is copied. One row, which is not waited for. */
Id job_add(Ctx *cx, const Job *job, const void *payload);

typedef struct JobWhen {
    Time at; /* not before; 0: at once */
    /* While a job of this kind with this key waits or runs, another one is not added. Empty: none. */
    Str key;
    JobPriority priority; /* what is higher is begun first */
} JobWhen;

/* The same; 0 when there is one with this key already. */
Id job_add_later(Ctx *cx, const Job *job, const void *payload, JobWhen when);

/* ---- Inside of a run ------------------------------------------------------------------------- */

struct JobRun {
    Id id;
    const Job *job;
    int attempt; /* 1: the first one */
    Ctx *cx;     /* without a transaction; its deadline is the job's limit */
    Db *db;
};

JobEnd job_done(void);

/* It is run again after a pause, unless that was the last attempt. Pauses grow: after the n-th run
 * anything from 0 to 2^n seconds, at most an hour ("full jitter"). */
JobEnd job_retry(JobRun *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* It will never succeed: a dead letter, for a person to look at. */
JobEnd job_give_up(JobRun *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A transaction of the job's own; as db_run. */
DbFailure job_do(JobRun *run, TxMode mode, bool (*f)(Ctx *cx, void *arg), void *arg);

/* A WRITE transaction that also notes the job as done: what f writes happens exactly once, however
 * often the job is run. When f is false, nothing is written and it is a job_retry. To be returned by
 * the job at once:  return job_finish_with(run, write_it, &what); */
JobEnd job_finish_with(JobRun *job, bool (*f)(Ctx *cx, void *arg), void *arg);

/* Is the result not wanted any more (cancelled, over its limit, the program ends)? A job that works
 * for long asks between steps, leaves things clean and returns job_retry. */
bool job_cancelled(const JobRun *run);

/* ---- At given times -------------------------------------------------------------------------- */

/* What a cron row gives its job, when the job's payload is of job_tick_type. */
typedef struct JobTick {
    Time at; /* when it should have begun: the tick's own name */
} JobTick;
extern const Type job_tick_type;

/* The job is added exactly once for each tick, however many processes there are. When no process ran
 * at the time, the last missed tick is made up for, and only that. */
struct Cron {
    const char *name; /* "media.sweep": for ever, as the job's */
    const char *doc;
    /* Five fields: minute, hour, day of the month, month, day of the week (0 or 7: Sunday), each
     * "*", "5", "1-5", "*\/15", "1-5/2" or several with commas between; in UTC. When both days are
     * given, either is enough (POSIX, crontab). */
    const char *schedule;
    const Job *job; /* its payload: none, or job_tick_type */
};

/* ---- The machine ----------------------------------------------------------------------------- */

/* Takes note of the jobs and crons of all modules. Once, before the first transaction; the rows must
 * live as long as the program. */
void jobs_gather(const Module *const *modules, size_t count);

typedef struct JobsOptions {
    int threads;
    int64_t lease_us; /* so long nothing is heard of a process before others run its jobs again */
} JobsOptions;

/* Begins to run jobs: when the schema is there and all modules have started. False and errno: no
 * thread. */
bool jobs_start(const ModuleWorld *world, const JobsOptions *options);

/* Takes no more, waits until what runs has ended, gives back what was taken and not begun. Nothing
 * when it was not started. */
void jobs_stop(void);

extern const Module jobs_module;

#endif
