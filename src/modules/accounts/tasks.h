/* What is done behind the requests: so that nothing about them tells who has an account. The rows of
 * the module's jobs. */
#ifndef MODULES_ACCOUNTS_TASKS_H
#define MODULES_ACCOUNTS_TASKS_H

#include "platform/jobs/jobs.h"

extern const Job account_register_job, account_reset_job, account_move_job, account_sweep_job;

#endif
