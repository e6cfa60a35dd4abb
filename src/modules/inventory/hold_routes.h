/* Holds over the API: a module of its own rows. */
#ifndef MODULES_INVENTORY_HOLD_ROUTES_H
#define MODULES_INVENTORY_HOLD_ROUTES_H

#include "platform/module.h"

extern const Permission inventory_read, inventory_write;

#endif
