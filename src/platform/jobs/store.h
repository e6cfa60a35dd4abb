/* The SQL of jobs. Inside of platform/jobs. */
#ifndef PLATFORM_JOBS_STORE_H
#define PLATFORM_JOBS_STORE_H

#include "platform/jobs/jobs.h"

typedef enum JobState {
    JOB_WAITING,
    JOB_RUNNING,
    JOB_FINISHED, /* well: "done" */
    JOB_DEAD,
    JOB_CANCELLED,
} JobState;

extern const EnumNames job_state_names, job_priority_names;

typedef struct JobEntry {
    Present present;
    Id id;
    Str kind;
    JobState state;
    Str queue;
    JobPriority priority;
    Time due_at;
    int64_t attempts;
    Str unique_key; /* without a pointer: none */
    Json payload;   /* empty: none */
    Str error;
    Id runner;
    Time lease_end, started_at, finished_at, forget_at;
} JobEntry;

typedef struct JobEntryList {
    JobEntry *items;
    size_t n;
} JobEntryList;

extern const Type job_entry_type;

/* ---- Adding ---------------------------------------------------------------------------------- */

void job_insert(Ctx *cx, const JobEntry *row); /* of no key */
bool job_insert_keyed(Ctx *cx, const JobEntry *row);

/* ---- Running --------------------------------------------------------------------------------- */

/* Who has jobs, since when, until when. */
typedef struct JobLease {
    Id runner;
    Time now, end;
} JobLease;

/* The first jobs of a queue that are due, at most `limit`; they are the runner's from now on. What
 * another process is claiming at the same time is passed over. */
JobEntryList jobs_claim(Ctx *cx, const JobLease *lease, Str queue, JobPriority priority,
                        int64_t limit);

/* How many more of this queue may run, if at most `most` may; until the end of the transaction
 * nobody else takes any of it. */
int64_t jobs_room(Ctx *cx, Str queue, int64_t most);

/* Is there a job due in any queue but the common one? */
bool jobs_limited_are_due(Ctx *cx, Time now);

/* When the first job of a queue is due; *due is there after db_settle, NULL: it is empty. */
typedef struct JobDue {
    Time due_at;
} JobDue;
void jobs_ask_due(Ctx *cx, JobDue **due, Str queue, JobPriority priority);

void jobs_beat(Ctx *cx, const JobLease *lease, IdList ids);
IdList jobs_held(Ctx *cx, Id runner, IdList ids); /* which of these it still has */

/* Jobs whose runner has not been heard of since `before`, locked. */
JobEntryList jobs_lost(Ctx *cx, Time before, int64_t limit);

/* ---- The end of a run; false, or fewer: it is not this runner's any more --------------------- */

int64_t jobs_delete(Ctx *cx, Id runner, IdList ids);
int64_t jobs_finish(Ctx *cx, Id runner, IdList ids, Time now, Time forget_at);
bool job_finish_one(Ctx *cx, const JobEntry *row, Time now,
                    Time forget_at); /* forget_at 0: delete */

/* These are not waited for; `run` has id, runner and attempts of the run. */
void job_post_again(Ctx *cx, const JobEntry *run, int64_t attempts, Time due_at, Str error);
void job_post_dead(Ctx *cx, const JobEntry *run, Time now, Time forget_at, Str error);

/* ---- Looking after --------------------------------------------------------------------------- */

JobEntry *job_by_id(Ctx *cx, Id id);

typedef struct JobFilter {
    bool by_state;
    JobState state;
    Str kind;  /* empty: any */
    Id before; /* 0: from the newest on */
    int64_t limit;
} JobFilter;
JobEntryList jobs_list(Ctx *cx, const JobFilter *filter); /* without payloads; newest first */

/* A dead or cancelled one waits again; false when it is neither. DB_CONSTRAINT: its key is taken. */
bool job_wake_dead(Ctx *cx, Id id, Time now);
bool job_cancel(Ctx *cx, Id id, Time now, Time forget_at); /* one that waits or runs */

int64_t jobs_forget(Ctx *cx, Time now, int64_t limit);

typedef struct JobCount {
    Str kind;
    int64_t waiting, dead;
    Time oldest; /* when the first one that waits was due; 0: none */
} JobCount;
typedef struct JobCountList {
    JobCount *items;
    size_t n;
} JobCountList;
JobCountList jobs_count(Ctx *cx, Time now);

/* ---- Crons ----------------------------------------------------------------------------------- */

Time cron_tick(Ctx *cx, Str name);                     /* 0: never seen */
void cron_begin(Ctx *cx, Str name, Time tick);         /* unless it is there */
bool cron_pass(Ctx *cx, Str name, Time from, Time to); /* false: somebody was faster */

#endif
