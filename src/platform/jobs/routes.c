/* Looking after jobs, over the API and by commands: the same functions stand behind both, so that what
 * a person may do with a shell another may do with a browser, and under the same conditions.
 *
 * A payload is shown without its secrets, by the fields of its type; that of a kind which this program
 * does not know is not shown at all, since nobody can tell what in it is one. Changing a payload is
 * left out: who mends what a job refers to and runs it again does the same, and leaves a trail. */
#include "platform/jobs/runner.h"

#include "platform/api/errors.h"
#include "platform/api/limits.h"
#include "platform/telemetry/fault.h"

static const Permission jobs_read = {"jobs:read", "See which jobs wait, run and have failed.",
                                     .roles = ""};
static const Permission jobs_write = {"jobs:write", "Run failed jobs again, and cancel jobs.",
                                      .roles = ""};

static const Error error_job_not_dead = {
    "job_not_dead", 409, "The job has not failed for good.", LOG_DEBUG,
    "Only jobs whose `state` is `dead` or `cancelled` can be run again; others are run anyway."};
static const Error error_job_key_taken = {"job_key_taken", 409,
                                          "Another job does the same already.", LOG_DEBUG,
                                          "A job with the same `unique_key` waits or runs; when it "
                                          "has ended, this one can be run again."};
static const Error error_job_ended = {
    "job_ended", 409, "The job has ended.", LOG_DEBUG,
    "Only jobs whose `state` is `waiting` or `running` can be cancelled."};

/* ---- What is asked for ----------------------------------------------------------------------- */

typedef struct JobQuery {
    Present present;
    int64_t limit;
    JobState state;
    Str kind;
    Str cursor;
} JobQuery;

static const Type job_query_type = TYPE_WITH_ABSENCE(
    JobQuery, "A page of jobs, the newest first.",
    FIELD(JobQuery, limit, "Jobs on a page.", .min = 1, .max = LIMIT_PAGE, .initial = "20"),
    ENUM(JobQuery, state, "Only those in this state.", job_state_names),
    FIELD(JobQuery, kind, "Only those of this kind, as \"mail.send\".", .max = 100),
    FIELD(JobQuery, cursor, "`next_cursor` of the page before.", .max = 1400));

typedef struct JobCursor {
    Id before;
} JobCursor;

static const Type job_cursor_type =
    TYPE(JobCursor, "Where the list of jobs goes on.",
         FIELD(JobCursor, before, "Jobs made before this one.", .prefix = "job", .required = true));

/* ---- Showing --------------------------------------------------------------------------------- */

/* The payload without its secrets; none when this program does not know the job. */
static Json masked(Arena *arena, const JobEntry *entry)
{
    const Job *job = job_kind(entry->kind);
    Violations violations = violations_new(arena);
    if (!job || !job->payload || !entry->payload.text.n) return (Json){0};
    char *object = json_read(arena, job->payload, entry->payload.text, JSON_STORED, &violations);
    if (!object) return (Json){0};
    for (size_t i = 0; i < job->payload->field_count; i++) {
        const Field *field = &job->payload->fields[i];
        Str *text = (Str *)(void *)(object + field->offset);
        if (field->secret && field->kind == KIND_STR && text->n) *text = S("********");
    }
    Buf out = buf_new(arena, 1 << 17);
    json_write_stored(&out, job->payload, object);
    return (Json){buf_str(&out)};
}

static JobEntry *show(Ctx *cx, Id id)
{
    JobEntry *entry = job_by_id(cx, id);
    if (entry) entry->payload = masked(cx->arena, entry);
    return entry;
}

static Reply list_jobs(Request *rq)
{
    const JobQuery *query = rq->query;
    JobFilter filter = {.by_state = IS_SET(&job_query_type, query, JobQuery, state),
                        .state = query->state,
                        .kind = query->kind,
                        .limit = query->limit + 1};
    if (query->cursor.n) {
        const JobCursor *cursor = cursor_read(rq->cx->arena, &job_cursor_type, query->cursor);
        if (!cursor) return fail(rq, &error_bad_cursor, "This is no cursor of /v1/jobs.");
        filter.before = cursor->before;
    }
    JobEntryList jobs = jobs_list(rq->cx, &filter);
    Str next = {0};
    if (jobs.n > (size_t)query->limit) {
        JobCursor cursor = {jobs.items[--jobs.n - 1].id};
        next = cursor_write(rq->cx->arena, &job_cursor_type, &cursor);
    }
    return ok_list(&job_entry_type, (AnyList){jobs.items, jobs.n}, next);
}
HANDLER_PLAIN(list_jobs)

static Reply show_job(Request *rq)
{
    const JobEntry *entry = show(rq->cx, rq->id);
    return entry ? ok(&job_entry_type, entry) : not_found(rq, "job");
}
HANDLER_PLAIN(show_job)

/* ---- Deciding -------------------------------------------------------------------------------- */

static void wake(void *arg)
{
    (void)arg;
    jobs_wake();
}

static bool wake_dead(Ctx *cx, void *arg)
{
    return job_wake_dead(cx, *(const Id *)arg, ctx_now(cx));
}

/* NULL, or why not. */
static const Error *retry(Ctx *cx, Id id)
{
    if (db_try(cx, wake_dead, &id)) {
        ctx_after_commit(cx, wake, NULL);
        return NULL;
    }
    if (db_constraint(cx).n) return &error_job_key_taken;
    return job_by_id(cx, id) ? &error_job_not_dead : &error_not_found;
}

static const Error *cancel(Ctx *cx, Id id)
{
    Time now = ctx_now(cx), forget = {now.us + JOB_DEAD_KEEP_S * INT64_C(1000000)};
    if (job_cancel(cx, id, now, forget)) return NULL;
    return job_by_id(cx, id) ? &error_job_ended : &error_not_found;
}

static Reply after(Request *rq, const Error *error)
{
    if (error == &error_not_found) return not_found(rq, "job");
    if (error) return fail(rq, error, "%s", error->doc);
    return show_job(rq);
}

static Reply retry_job(Request *rq)
{
    return after(rq, retry(rq->cx, rq->id));
}
HANDLER_PLAIN(retry_job)

static Reply cancel_job(Request *rq)
{
    return after(rq, cancel(rq->cx, rq->id));
}
HANDLER_PLAIN(cancel_job)

/* ---- Commands -------------------------------------------------------------------------------- */

typedef struct JobListFlags {
    int64_t limit;
    Str state, kind;
} JobListFlags;

static const Type job_list_flags = TYPE(
    JobListFlags, "Which jobs.",
    FIELD(JobListFlags, limit, "The newest so many.", .min = 1, .max = 1000, .initial = "50"),
    FIELD(JobListFlags, state, "Only those in this state: waiting, running, done, dead, cancelled.",
          .pattern = "^(waiting|running|done|dead|cancelled)$"),
    FIELD(JobListFlags, kind, "Only those of this kind.", .max = 100));

typedef struct JobLine {
    Id id;
    Str kind;
    JobState state;
    int64_t attempts;
    Time due_at;
    Str error;
} JobLine;

static const Type job_line_type =
    TYPE(JobLine, "A job.", FIELD(JobLine, id, "Identifier.", .prefix = "job"),
         FIELD(JobLine, kind, "What is to be done."),
         ENUM(JobLine, state, "What became of it.", job_state_names),
         FIELD(JobLine, attempts, "How often it was begun."),
         FIELD(JobLine, due_at, "It is not begun before."),
         FIELD(JobLine, error, "Why the last run failed."));

typedef struct JobListing {
    JobFilter filter;
    JobEntryList found;
} JobListing;

static bool list_in_tx(Ctx *cx, void *arg)
{
    JobListing *listing = arg;
    listing->found = jobs_list(cx, &listing->filter);
    return true;
}

static int command_list(CommandCall *call, const JobListFlags *flags)
{
    unsigned state = JOB_WAITING;
    bool by_state = enum_parse(&job_state_names, flags->state, &state);
    JobListing listing = {.filter = {.by_state = by_state,
                                     .state = (JobState)state,
                                     .kind = flags->kind,
                                     .limit = flags->limit}};
    if (db_run(call->db, TX_READ, call->cx, list_in_tx, &listing) != DB_FINE)
        return command_fail(call, &error_unavailable, "the jobs could not be read");
    JobLine *lines = NEW_N(call->arena, JobLine, listing.found.n + 1);
    for (size_t i = 0; i < listing.found.n; i++) {
        const JobEntry *entry = &listing.found.items[i];
        lines[i] = (JobLine){entry->id,       entry->kind,   entry->state,
                             entry->attempts, entry->due_at, entry->error};
    }
    output_table(call->out, &job_line_type, (AnyList){lines, listing.found.n});
    return EXIT_FINE;
}
COMMAND_HANDLER(command_list, JobListFlags)

typedef struct JobAction {
    const Error *(*act)(Ctx *cx, Id id); /* NULL: only look */
    Id id;
    const Error *error;
    JobEntry *entry;
} JobAction;

static bool act_in_tx(Ctx *cx, void *arg)
{
    JobAction *action = arg;
    action->error = action->act ? action->act(cx, action->id) : NULL;
    if (action->error) return false;
    action->entry = show(cx, action->id);
    if (!action->entry) action->error = &error_not_found;
    return action->entry != NULL;
}

static int act(CommandCall *call, const Error *(*f)(Ctx *cx, Id id))
{
    JobAction action = {.act = f};
    Str text = call->arguments.items[0];
    if (!id_parse(text, "job", &action.id))
        return command_fail(call, &err_usage, "\"%.*s\" is no id of a job (job_…)", STR_ARG(text));
    if (db_run(call->db, f ? TX_WRITE : TX_READ, call->cx, act_in_tx, &action) != DB_FINE)
        return command_fail(call, &error_unavailable, "the database did not answer");
    if (action.error) return command_fail(call, action.error, "%.*s", STR_ARG(text));
    output_object(call->out, &job_entry_type, action.entry);
    return EXIT_FINE;
}

static int command_show(CommandCall *call, const void *flags)
{
    (void)flags;
    return act(call, NULL);
}

static int command_retry(CommandCall *call, const void *flags)
{
    (void)flags;
    return act(call, retry);
}

static int command_cancel(CommandCall *call, const void *flags)
{
    (void)flags;
    return act(call, cancel);
}

typedef struct KindLine {
    Str name;
    int64_t attempts, limit_s, concurrency;
    Str schedule, meaning;
} KindLine;

static const Type kind_line_type =
    TYPE(KindLine, "A kind of jobs.", FIELD(KindLine, name, "`kind` of its jobs."),
         FIELD(KindLine, attempts, "Runs before it is dead."),
         FIELD(KindLine, limit_s, "Seconds that a run may take."),
         FIELD(KindLine, concurrency, "Runs at once, over all processes; 0: no limit."),
         FIELD(KindLine, schedule, "When it is run by itself, as crontab writes it, in UTC."),
         FIELD(KindLine, meaning, "What it does."));

static Str schedule_of(const Job *job)
{
    size_t count;
    const Cron *const *crons = job_crons(&count);
    for (size_t i = 0; i < count; i++)
        if (crons[i]->job == job) return str_from(crons[i]->schedule);
    return S("");
}

static int command_kinds(CommandCall *call, const void *flags)
{
    (void)flags;
    size_t count;
    const Job *const *kinds = job_kinds(&count);
    KindLine *lines = NEW_N(call->arena, KindLine, count + 1);
    for (size_t i = 0; i < count; i++)
        lines[i] = (KindLine){str_from(kinds[i]->name), job_attempts_max(kinds[i]),
                              job_limit_s(kinds[i]),    kinds[i]->concurrency,
                              schedule_of(kinds[i]),    str_from(kinds[i]->doc)};
    output_table(call->out, &kind_line_type, (AnyList){lines, count});
    return EXIT_FINE;
}

#define JOB_ARGUMENT                                                                               \
    {                                                                                              \
        {                                                                                          \
            .name = "ID", .doc = "The job's id, as `souk jobs list` shows it."                     \
        }                                                                                          \
    }

static const Command commands[] = {
    {.name = "jobs list",
     .summary = "List jobs: what waits, runs, has failed",
     .doc = "The newest first. Jobs that are done are listed for a day, dead ones for 90.",
     .flags = &job_list_flags,
     .examples = {{"souk jobs list --state dead", "What has failed for good."},
                  {"souk jobs list --kind mail.send --state waiting", "Mail that is not sent."}},
     .needs = COMMAND_NEEDS_FOLDER,
     .run = COMMAND_RUN(command_list)},
    {.name = "jobs show",
     .summary = "Show all that is known of a job",
     .doc = "With its payload, secrets masked, and why its last run failed.",
     .arguments = JOB_ARGUMENT,
     .needs = COMMAND_NEEDS_FOLDER,
     .run = command_show},
    {.name = "jobs retry",
     .summary = "Run a dead or cancelled job again",
     .doc = "It waits as if it were new, with all its attempts.",
     .arguments = JOB_ARGUMENT,
     .needs = COMMAND_NEEDS_FOLDER,
     .run = command_retry},
    {.name = "jobs cancel",
     .summary = "Cancel a job that waits or runs",
     .doc = "One that runs is told so, and ends when it looks; what it writes with its end is not "
            "written.",
     .arguments = JOB_ARGUMENT,
     .needs = COMMAND_NEEDS_FOLDER,
     .run = command_cancel},
    {.name = "jobs kinds",
     .summary = "List the kinds of jobs",
     .doc = "What this program can do after a commit or at given times, and how often it tries.",
     .needs = COMMAND_NEEDS_FOLDER,
     .run = command_kinds},
};

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const list_errors[] = {&error_bad_cursor, NULL};
static const Error *const retry_errors[] = {&error_job_not_dead, &error_job_key_taken, NULL};
static const Error *const cancel_errors[] = {&error_job_ended, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/jobs", list_jobs, "List jobs, the newest first.", .tx = TX_READ,
          .needs = &jobs_read, .query = &job_query_type, .reply = &job_entry_type, .list = true,
          .errors = list_errors, .detail = "Without payloads."),
    ROUTE(GET, "/v1/jobs/{id:job}", show_job, "Read a job.", .tx = TX_READ, .needs = &jobs_read,
          .reply = &job_entry_type),
    ROUTE(POST, "/v1/jobs/{id:job}/retry", retry_job, "Run a dead or cancelled job again.",
          .tx = TX_WRITE, .needs = &jobs_write, .reply = &job_entry_type, .errors = retry_errors),
    ROUTE(POST, "/v1/jobs/{id:job}/cancel", cancel_job, "Cancel a job that waits or runs.",
          .tx = TX_WRITE, .needs = &jobs_write, .reply = &job_entry_type, .errors = cancel_errors,
          .detail = "One that runs is told so and may still come to its end; what it writes with "
                    "its end is not written."),
};

static const Error *const errors[] = {&error_job_not_dead, &error_job_key_taken, &error_job_ended};
static const Permission *const permissions[] = {&jobs_read, &jobs_write};

extern const char jobs_0001_jobs[];
static const Migration migrations[] = {
    {.module = "jobs", .number = 1, .name = "jobs", .sql = jobs_0001_jobs},
};

static const Table tables[] = {{"jobs", &job_entry_type}};

const Module jobs_module = {
    .name = "jobs",
    .doc = "Work that is done after a commit, and at given times.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
    MODULE_ROWS(migrations, migration),
    MODULE_ROWS(tables, table),
    MODULE_ROWS(commands, command),
};
