/* Every statement of jobs.
 *
 * What differs between the databases is how a claim passes over what another process is claiming:
 * SQLite has one writer, PostgreSQL skips locked rows. A claim is one statement, an update of what a
 * common table expression has locked: with `in (select … limit n for update)` in the update itself
 * PostgreSQL may run the select again for each row and claim more than n. Whoever ends a run names
 * id, runner and attempts, so a statement that changes nothing says that the run is not his. */
#include "platform/jobs/store.h"

const EnumNames job_state_names = ENUM_NAMES("waiting", "running", "done", "dead", "cancelled");
const EnumNames job_priority_names = ENUM_NAMES("normal", "high", "low");

const Type job_entry_type = TYPE_WITH_ABSENCE(
    JobEntry, "A job: work that was written down with what caused it, and is done after that.",
    FIELD(JobEntry, id, "Identifier.", .prefix = "job", .read_only = true),
    FIELD(JobEntry, kind, "What is to be done; `souk jobs kinds` lists the kinds.",
          .read_only = true),
    ENUM(
        JobEntry, state,
        "`waiting` for its time or a thread, `running`, `done`, `dead` (it has failed for good and "
        "waits for a person), `cancelled`.",
        job_state_names, .read_only = true),
    FIELD(JobEntry, queue, "The kind, when its runs at once are limited; else empty.",
          .read_only = true),
    ENUM(JobEntry, priority, "What is higher is begun first.", job_priority_names,
         .read_only = true),
    FIELD(JobEntry, due_at, "It is not begun before.", .read_only = true),
    FIELD(JobEntry, attempts, "How often it was begun.", .read_only = true),
    FIELD(JobEntry, unique_key, "No other job of the kind with this key waits or runs.",
          .nullable = true, .read_only = true),
    FIELD(JobEntry, payload, "What it works on, secrets masked; gone when it is done.",
          .nullable = true, .read_only = true),
    FIELD(JobEntry, error, "Why the last run failed.", .read_only = true),
    FIELD(JobEntry, runner, "The process that runs it.", .prefix = "run", .nullable = true,
          .read_only = true),
    FIELD(JobEntry, lease_end, "When that process is thought dead, unless it says that it is not.",
          .nullable = true, .read_only = true),
    FIELD(JobEntry, started_at, "When its last run began.", .nullable = true, .read_only = true),
    FIELD(JobEntry, finished_at, "When it was done, dead or cancelled.", .nullable = true,
          .read_only = true),
    FIELD(JobEntry, forget_at, "When it is deleted.", .nullable = true, .read_only = true));

static JobEntryList rows(AnyList list)
{
    return (JobEntryList){list.items, list.n};
}

/* ---- Adding ---------------------------------------------------------------------------------- */

#define INSERT                                                                                     \
    "insert into jobs (id, kind, state, queue, priority, due_at, attempts, unique_key, payload, "  \
    "error) values (:id, :kind, :state, :queue, :priority, :due_at, :attempts, :unique_key, "      \
    ":payload, :error)"

void job_insert(Ctx *cx, const JobEntry *row)
{
    db_post_put(cx, &job_entry_type, row, INSERT);
}

bool job_insert_keyed(Ctx *cx, const JobEntry *row)
{
    return db_put(cx, &job_entry_type, row,
                  INSERT " on conflict (kind, unique_key) where unique_key is not null and "
                         "finished_at is null do nothing") == 1;
}

/* ---- Running --------------------------------------------------------------------------------- */

#define CLAIM(passing_over)                                                                        \
    "with taken as materialized (select id from jobs where state = 'waiting' and queue = $1 and "  \
    "priority = $2 and due_at <= $3 order by due_at, id limit $4" passing_over                     \
    ") update jobs set state = 'running', attempts = attempts + 1, runner = $5, lease_end = $6, "  \
    "started_at = $3 where id in (select id from taken) "                                          \
    "returning id, kind, priority, due_at, attempts, payload"

JobEntryList jobs_claim(Ctx *cx, const JobLease *lease, Str queue, JobPriority priority,
                        int64_t limit)
{
    Str name = enum_text(&job_priority_names, priority);
    if (db_dialect(cx) == DB_SQLITE)
        return rows(db_all(cx, &job_entry_type, CLAIM(""), queue, name, lease->now, limit,
                           lease->runner, lease->end));
    return rows(db_all(cx, &job_entry_type, CLAIM(" for update skip locked"), queue, name,
                       lease->now, limit, lease->runner, lease->end));
}

int64_t jobs_room(Ctx *cx, Str queue, int64_t most)
{
    if (db_dialect(cx) == DB_POSTGRES)
        db_post(cx, "select pg_advisory_xact_lock(hashtextextended('souk.jobs ' || $1, 0))", queue);
    return most - db_int(cx, most,
                         "select count(*) from jobs where state = 'running' and "
                         "queue = $1",
                         queue);
}

bool jobs_limited_are_due(Ctx *cx, Time now)
{
    return db_int(cx, 0,
                  "select 1 from jobs where state = 'waiting' and queue > '' and due_at <= $1 "
                  "limit 1",
                  now) == 1;
}

static const Type due_type = TYPE(JobDue, "When a job is due.", FIELD(JobDue, due_at, ""));

void jobs_ask_due(Ctx *cx, JobDue **due, Str queue, JobPriority priority)
{
    db_ask_one(cx, due, &due_type,
               "select due_at from jobs where state = 'waiting' and queue = $1 and priority = $2 "
               "order by due_at, id limit 1",
               queue, enum_text(&job_priority_names, priority));
}

void jobs_beat(Ctx *cx, const JobLease *lease, IdList ids)
{
    db_post(cx,
            "update jobs set lease_end = $1 where id in IDS($2) and runner = $3 and "
            "state = 'running'",
            lease->end, ids, lease->runner);
}

IdList jobs_held(Ctx *cx, Id runner, IdList ids)
{
    return db_ids(cx,
                  "select id from jobs where id in IDS($1) and runner = $2 and state = 'running'",
                  ids, runner);
}

#define LOST                                                                                       \
    "select id, kind, state, priority, due_at, attempts, error, runner from jobs "                 \
    "where state = 'running' and lease_end < $1 order by lease_end limit $2"

JobEntryList jobs_lost(Ctx *cx, Time before, int64_t limit)
{
    if (db_dialect(cx) == DB_SQLITE) return rows(db_all(cx, &job_entry_type, LOST, before, limit));
    return rows(db_all(cx, &job_entry_type, LOST " for update skip locked", before, limit));
}

/* ---- The end of a run ------------------------------------------------------------------------ */

int64_t jobs_delete(Ctx *cx, Id runner, IdList ids)
{
    return db_exec(cx, "delete from jobs where id in IDS($1) and runner = $2 and state = 'running'",
                   ids, runner);
}

int64_t jobs_finish(Ctx *cx, Id runner, IdList ids, Time now, Time forget_at)
{
    return db_exec(cx,
                   "update jobs set state = 'done', payload = null, error = '', runner = null, "
                   "lease_end = null, finished_at = $3, forget_at = $4 "
                   "where id in IDS($1) and runner = $2 and state = 'running'",
                   ids, runner, now, forget_at);
}

bool job_finish_one(Ctx *cx, const JobEntry *row, Time now, Time forget_at)
{
    if (!forget_at.us)
        return db_exec(cx,
                       "delete from jobs where id = $1 and runner = $2 and attempts = $3 and "
                       "state = 'running'",
                       row->id, row->runner, row->attempts) == 1;
    return db_exec(cx,
                   "update jobs set state = 'done', payload = null, error = '', runner = null, "
                   "lease_end = null, finished_at = $4, forget_at = $5 "
                   "where id = $1 and runner = $2 and attempts = $3 and state = 'running'",
                   row->id, row->runner, row->attempts, now, forget_at) == 1;
}

#define OF_RUN " where id = $1 and runner = $2 and attempts = $3 and state = 'running'"

void job_post_again(Ctx *cx, const JobEntry *run, int64_t attempts, Time due_at, Str error)
{
    db_post(cx,
            "update jobs set state = 'waiting', attempts = $4, due_at = $5, error = $6, "
            "runner = null, lease_end = null" OF_RUN,
            run->id, run->runner, run->attempts, attempts, due_at, error);
}

void job_post_dead(Ctx *cx, const JobEntry *run, Time now, Time forget_at, Str error)
{
    db_post(cx,
            "update jobs set state = 'dead', finished_at = $4, forget_at = $5, error = $6, "
            "runner = null, lease_end = null" OF_RUN,
            run->id, run->runner, run->attempts, now, forget_at, error);
}

/* ---- Looking after --------------------------------------------------------------------------- */

#define COLUMNS                                                                                    \
    "select id, kind, state, queue, priority, due_at, attempts, unique_key, error, runner, "       \
    "lease_end, started_at, finished_at, forget_at"

JobEntry *job_by_id(Ctx *cx, Id id)
{
    return db_one(cx, &job_entry_type, COLUMNS ", payload from jobs where id = $1", id);
}

#define PAGE COLUMNS " from jobs where id < $1 and ($2 = '' or kind = $2)"

/* The dead ones are few among many, and have an index of their own. */
JobEntryList jobs_list(Ctx *cx, const JobFilter *filter)
{
    Id before = filter->before.n ? filter->before : (Id){INT64_MAX};
    if (!filter->by_state)
        return rows(db_all(cx, &job_entry_type, PAGE " order by id desc limit $3", before,
                           filter->kind, filter->limit));
    if (filter->state == JOB_DEAD)
        return rows(db_all(cx, &job_entry_type,
                           PAGE " and state = 'dead' order by id desc limit $3", before,
                           filter->kind, filter->limit));
    return rows(db_all(cx, &job_entry_type, PAGE " and state = $4 order by id desc limit $3",
                       before, filter->kind, filter->limit,
                       enum_text(&job_state_names, filter->state)));
}

bool job_wake_dead(Ctx *cx, Id id, Time now)
{
    return db_exec(cx,
                   "update jobs set state = 'waiting', attempts = 0, due_at = $2, "
                   "finished_at = null, forget_at = null where id = $1 and "
                   "state in ('dead', 'cancelled')",
                   id, now) == 1;
}

bool job_cancel(Ctx *cx, Id id, Time now, Time forget_at)
{
    return db_exec(cx,
                   "update jobs set state = 'cancelled', finished_at = $2, forget_at = $3, "
                   "runner = null, lease_end = null where id = $1 and finished_at is null",
                   id, now, forget_at) == 1;
}

int64_t jobs_forget(Ctx *cx, Time now, int64_t limit)
{
    return db_exec(cx,
                   "delete from jobs where id in (select id from jobs where forget_at <= $1 "
                   "order by forget_at limit $2) and forget_at <= $1",
                   now, limit);
}

static const Type job_count_type =
    TYPE(JobCount, "How many jobs there are of a kind.", FIELD(JobCount, kind, ""),
         FIELD(JobCount, waiting, ""), FIELD(JobCount, dead, ""),
         FIELD(JobCount, oldest, "", .nullable = true));

JobCountList jobs_count(Ctx *cx, Time now)
{
    AnyList all = db_all(
        cx, &job_count_type,
        "select kind, cast(sum(waiting) as bigint) as waiting, cast(sum(dead) as bigint) as dead, "
        "min(oldest) as oldest from (select kind, count(*) as waiting, 0 as dead, "
        "min(due_at) as oldest from jobs where state = 'waiting' and due_at <= $1 group by kind "
        "union all select kind, 0 as waiting, count(*) as dead, null as oldest from jobs "
        "where state = 'dead' group by kind) as counts group by kind",
        now);
    return (JobCountList){all.items, all.n};
}

/* ---- Crons ----------------------------------------------------------------------------------- */

typedef struct TickRow {
    Time tick;
} TickRow;

static const Type tick_row_type = TYPE(TickRow, "A tick.", FIELD(TickRow, tick, ""));

Time cron_tick(Ctx *cx, Str name)
{
    const TickRow *row = db_one(cx, &tick_row_type, "select tick from crons where name = $1", name);
    return row ? row->tick : (Time){0};
}

void cron_begin(Ctx *cx, Str name, Time tick)
{
    db_post(cx, "insert into crons (name, tick) values ($1, $2) on conflict (name) do nothing",
            name, tick);
}

bool cron_pass(Ctx *cx, Str name, Time from, Time to)
{
    return db_exec(cx, "update crons set tick = $3 where name = $1 and tick = $2", name, from,
                   to) == 1;
}
