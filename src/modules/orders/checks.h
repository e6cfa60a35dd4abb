/* The laws that orders keep (`souk check`). */
#ifndef MODULES_ORDERS_CHECKS_H
#define MODULES_ORDERS_CHECKS_H

#include "platform/check/check.h"

enum { ORDER_CHECKS = 7 };
extern const Check order_checks[ORDER_CHECKS];

#endif
