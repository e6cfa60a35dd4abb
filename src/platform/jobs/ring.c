/* Crons: the job of each tick is added once. */
#include "platform/jobs/state.h"

#include <assert.h>

#define REST_US  (60 * SECOND_US)
#define RETRY_US SECOND_US /* after the database has failed */

typedef struct Ring {
    const Cron *cron;
    CronState *state;
    Time next;
} Ring;

/* Who moves the tick on adds the job, in the same transaction: so it is one process, and once. */
static bool ring(Ctx *cx, void *arg)
{
    Ring *r = arg;
    Str name = str_from(r->cron->name);
    Time now = ctx_now(cx), tick = cron_tick(cx, name);
    Time due = cron_last(&r->state->times, now);
    if (!tick.us)
        cron_begin(cx, name, now);
    else if (due.us > tick.us && cron_pass(cx, name, tick, due))
        job_add_later(cx, r->cron->job, r->cron->job->payload ? &(JobTick){due} : NULL,
                      (JobWhen){0});
    r->next = cron_next(&r->state->times, now);
    return true;
}

/* When the next one is due; one that fails is tried again. */
Time jobs_ring_crons(Ctx *cx)
{
    size_t count;
    const Cron *const *crons = job_crons(&count);
    Time now = ctx_now(cx), first = {now.us + REST_US};
    for (size_t i = 0; i < count; i++) {
        CronState *state = &jobs_runner.crons[i];
        if (state->next.us <= now.us) {
            Ring r = {.cron = crons[i], .state = state};
            bool fine = db_run(jobs_runner.world.db, TX_WRITE, cx, ring, &r) == DB_FINE;
            state->next = fine ? r.next : (Time){now.us + RETRY_US};
        }
        if (state->next.us < first.us) first = state->next;
    }
    return first;
}

void jobs_read_crons(void)
{
    size_t count;
    const Cron *const *crons = job_crons(&count);
    for (size_t i = 0; i < count; i++) {
        bool understood = cron_parse(str_from(crons[i]->schedule), &jobs_runner.crons[i].times);
        assert(understood);
        (void)understood;
        jobs_runner.crons[i].next = (Time){0};
    }
}
