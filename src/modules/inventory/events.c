/* What time does to stock: reservations expire, and pre-orders end on their day. Whoever wants what has expired gets it without this
 * job (change.c); it tells those who only look. */
#include "modules/inventory/events.h"
#include "modules/inventory/change.h"

/* Of one transaction: each variant is held until its end. */
enum { EXPIRED_AT_ONCE = 50 };

bool stock_expire(Ctx *cx, void *more)
{
    IdList variants = variants_expired(cx, EXPIRED_AT_ONCE);
    *(bool *)more = variants.n == EXPIRED_AT_ONCE;
    Taken taken = stock_take(cx, variants, NULL);
    stock_put(cx, &taken);
    return true;
}

static JobEnd expire_reservations(JobRun *run, const void *nothing)
{
    (void)nothing;
    bool more = true;
    while (more && !job_cancelled(run))
        if (job_do(run, TX_WRITE, stock_expire, &more) != DB_FINE)
            return job_retry(run, "the database did not take it");
    return job_done();
}

const Job expire_job = {.name = "inventory.expire",
                        .doc = "Gives back what expired reservations had promised.",
                        .run = expire_reservations,
                        .concurrency = 1,
                        .keep_s = -1};

const Cron expire_cron = {"inventory.expire",
                          "Tells within a minute that something can be had again.", "* * * * *",
                          &expire_job};
