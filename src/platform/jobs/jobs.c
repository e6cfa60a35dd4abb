/* Writing jobs down, and what is known of their kinds. */
#include "platform/jobs/runner.h"

#include "meta/json.h"

#include <assert.h>
#include <stdio.h>

/* A payload says which objects are meant; what is larger belongs into a table of its module. */
enum { PAYLOAD_MAX = 64 * 1024 };

static struct {
    const Job *items[JOB_KINDS_MAX];
    size_t n;
    const Cron *crons[CRONS_MAX];
    size_t cron_count;
} all;

void jobs_gather(const Module *const *modules, size_t count)
{
    all.n = all.cron_count = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < modules[i]->job_count; k++) {
            assert(all.n < JOB_KINDS_MAX && !job_kind(str_from(modules[i]->jobs[k]->name)));
            all.items[all.n++] = modules[i]->jobs[k];
        }
        for (size_t k = 0; k < modules[i]->cron_count; k++) {
            assert(all.cron_count < CRONS_MAX);
            all.crons[all.cron_count++] = &modules[i]->crons[k];
        }
    }
}

const Job *job_kind(Str name)
{
    for (size_t i = 0; i < all.n; i++)
        if (str_eq(name, str_from(all.items[i]->name))) return all.items[i];
    return NULL;
}

const Job *const *job_kinds(size_t *count)
{
    *count = all.n;
    return all.items;
}

const Cron *const *job_crons(size_t *count)
{
    *count = all.cron_count;
    return all.crons;
}

/* ---- Writing one down ------------------------------------------------------------------------ */

const Type job_tick_type =
    TYPE(JobTick, "A moment of a schedule.", FIELD(JobTick, at, "When it should have begun."));

static Json payload_text(Arena *arena, const Job *job, const void *payload)
{
    if (!job->payload) return (Json){0};
    Buf text = buf_new(arena, PAYLOAD_MAX);
    json_write_stored(&text, job->payload, payload);
    assert(!text.full);
    return (Json){buf_str(&text)};
}

static void wake(void *arg)
{
    (void)arg;
    jobs_wake();
}

Id job_add_later(Ctx *cx, const Job *job, const void *payload, JobWhen when)
{
    Time now = ctx_now(cx);
    JobEntry row = {.present = PRESENT_ALL,
                    .id = ctx_id(cx),
                    .kind = str_from(job->name),
                    .state = JOB_WAITING,
                    .queue = str_from(job->concurrency ? job->name : ""),
                    .priority = when.priority,
                    .due_at = when.at.us > now.us ? when.at : now,
                    .unique_key = when.key.n ? when.key : (Str){0},
                    .payload = payload_text(cx->arena, job, payload)};
    assert(cx->db && !job->payload == !payload);
    if (!when.key.n)
        job_insert(cx, &row);
    else if (!job_insert_keyed(cx, &row))
        return (Id){0};
    if (row.due_at.us == now.us) ctx_after_commit(cx, wake, NULL);
    return row.id;
}

Id job_add(Ctx *cx, const Job *job, const void *payload)
{
    return job_add_later(cx, job, payload, (JobWhen){0});
}

/* ---- Inside of a run ------------------------------------------------------------------------- */

JobEnd job_done(void)
{
    return (JobEnd){.verdict = JOB_VERDICT_DONE};
}

static JobEnd failed(JobRun *run, JobVerdict verdict, const char *format, va_list args)
{
    return (JobEnd){.verdict = verdict, .error = str_vformat(run->cx->arena, format, args)};
}

JobEnd job_retry(JobRun *run, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    JobEnd end = failed(run, JOB_VERDICT_RETRY, format, args);
    va_end(args);
    return end;
}

JobEnd job_give_up(JobRun *run, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    JobEnd end = failed(run, JOB_VERDICT_DEAD, format, args);
    va_end(args);
    return end;
}

DbFailure job_do(JobRun *run, TxMode mode, bool (*f)(Ctx *cx, void *arg), void *arg)
{
    return db_run(run->db, mode, run->cx, f, arg);
}
