/* A job adds the entries of the shop's own accounts to their balances, so that what is to be added up
 * when a balance is read stays short. */
#include "modules/ledger/fold.h"

#include "modules/ledger/store.h"

enum { FOLD_MAX = 2000 }; /* in a transaction: SQLite's writer must not be kept for long */

static bool fold_some(Ctx *cx, void *count)
{
    *(int64_t *)count = ledger_fold(cx, FOLD_MAX);
    return true;
}

static JobEnd fold(JobRun *run, const void *payload)
{
    (void)payload;
    int64_t count = FOLD_MAX;
    while (count == FOLD_MAX && !job_cancelled(run))
        if (job_do(run, TX_WRITE, fold_some, &count) != DB_FINE)
            return job_retry(run, "the balances could not be written");
    return job_done();
}

const Job ledger_fold_job = {.name = "ledger.fold",
                             .doc = "Adds entries to the balances of the shop's own accounts.",
                             .run = fold,
                             .concurrency = 1};
