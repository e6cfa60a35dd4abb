#ifndef MODULES_LEDGER_FOLD_H
#define MODULES_LEDGER_FOLD_H

#include "platform/jobs/jobs.h"

extern const Job ledger_fold_job;

#endif
