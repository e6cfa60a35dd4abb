/* The inventory's laws. */
#ifndef MODULES_INVENTORY_CHECKS_H
#define MODULES_INVENTORY_CHECKS_H

#include "platform/check/check.h"

enum { INVENTORY_CHECKS = 5 };
extern const Check inventory_checks[INVENTORY_CHECKS];

#endif
