/* What OAuth leaves to jobs. */
#ifndef MODULES_OAUTH_TASKS_H
#define MODULES_OAUTH_TASKS_H

#include "platform/jobs/jobs.h"

/* The client is gone: ends the sessions that it was given, behind the transaction of `cx`, for they may
 * be many. */
void client_end_sessions(Ctx *cx, Id client);

extern const Job oauth_end_job, oauth_sweep_job;

#endif
