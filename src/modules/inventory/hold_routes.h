/* What the routes of stock, holds and transfers share. */
#ifndef MODULES_INVENTORY_HOLD_ROUTES_H
#define MODULES_INVENTORY_HOLD_ROUTES_H

#include "meta/check.h"
#include "platform/module.h"

extern const Permission inventory_read, inventory_write;
extern const ViolationCode short_line; /* of its lines */

#endif
