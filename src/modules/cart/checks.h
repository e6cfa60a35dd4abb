/* The law of carts, as `souk check` asks it. The row of the module. */
#ifndef MODULES_CART_CHECKS_H
#define MODULES_CART_CHECKS_H

#include "platform/check/check.h"

enum { CART_CHECKS = 1 };
extern const Check cart_checks[CART_CHECKS];

#endif
