/* What time does to stock. */
#ifndef MODULES_INVENTORY_EVENTS_H
#define MODULES_INVENTORY_EVENTS_H

#include "platform/jobs/jobs.h"

/* Gives back what has expired of some variants, in a WRITE transaction; *(bool *)more: there are
 * others. */
bool stock_expire(Ctx *cx, void *more);

extern const Job expire_job;
extern const Cron expire_cron;

#endif
