/* The ledger's laws. */
#ifndef MODULES_LEDGER_CHECKS_H
#define MODULES_LEDGER_CHECKS_H

#include "platform/check/check.h"

enum { LEDGER_CHECKS = 2 };
extern const Check ledger_checks[LEDGER_CHECKS];

#endif
