/* The payments' laws. */
#ifndef MODULES_PAYMENTS_CHECKS_H
#define MODULES_PAYMENTS_CHECKS_H

#include "platform/check/check.h"

enum { PAYMENT_CHECKS = 4 };
extern const Check payment_checks[PAYMENT_CHECKS];

#endif
