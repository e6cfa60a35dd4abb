#ifndef MODULES_ORDERS_NUMBER_H
#define MODULES_ORDERS_NUMBER_H

#include "modules/orders/store.h"
#include "platform/module.h"

/* Numbers the first so many of the orders that are committed and have no number, in a WRITE transaction.
 * *count: how many they were; -1: another process is at it. For the sequencer, and for tests. */
enum { ORDERS_NUMBERED_MAX = 1000 };
bool order_number(Ctx *cx, void *count);

/* An order was placed: it gets its number after the commit. */
void order_number_soon(Ctx *cx);

void orders_start(const ModuleWorld *world);
void orders_stop(void);

#endif
