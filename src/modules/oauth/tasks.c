#include "modules/oauth/tasks.h"

#include "modules/auth/auth.h"
#include "modules/oauth/store.h"

/* ---- Sessions of a client that is gone ------------------------------------------------------- */

enum { PAGE = 200 }; /* sessions in a transaction: others want to write, too */

typedef struct EndTask {
    Id client;
} EndTask;

static const Type end_task_type =
    TYPE(EndTask, "Whose sessions end.",
         FIELD(EndTask, client, "The client that was deleted.", .prefix = "client"));

typedef struct EndPage {
    Id client;
    bool more;
} EndPage;

static bool end_page(Ctx *cx, void *arg)
{
    EndPage *page = arg;
    IdList sessions = grants_of_client(cx, page->client, PAGE);
    for (size_t i = 0; i < sessions.n; i++) auth_session_end(cx, sessions.items[i]);
    page->more = sessions.n == PAGE;
    return true;
}

static JobEnd run_end(JobRun *run, const EndTask *task)
{
    EndPage page = {.client = task->client, .more = true};
    while (page.more) {
        if (job_cancelled(run)) return job_retry(run, "It was interrupted.");
        if (job_do(run, TX_WRITE, end_page, &page) != DB_FINE)
            return job_retry(run, "The database did not take it.");
    }
    return job_done();
}
JOB_HANDLER(run_end, EndTask)

const Job oauth_end_job = {.name = "oauth.end",
                           .doc = "Ends what a client was given that has been deleted.",
                           .payload = &end_task_type,
                           .run = JOB_RUN(run_end)};

void client_end_sessions(Ctx *cx, Id client)
{
    job_add(cx, &oauth_end_job, &(EndTask){client});
}

/* ---- Codes that are over --------------------------------------------------------------------- */

static bool sweep(Ctx *cx, void *arg)
{
    (void)arg;
    codes_sweep(cx, (Time){ctx_now(cx).us - (int64_t)CODE_KEPT_S * 1000000});
    return true;
}

static JobEnd run_sweep(JobRun *run, const void *payload)
{
    (void)payload;
    return job_finish_with(run, sweep, NULL);
}

const Job oauth_sweep_job = {
    .name = "oauth.sweep", .doc = "Forgets authorization codes that are over.", .run = run_sweep};
