#ifndef MODULES_ORDERS_NUMBER_H
#define MODULES_ORDERS_NUMBER_H

#include "platform/sequencer/sequencer.h"

extern Sequencer order_numbers;

/* An order was placed: it gets its number after the commit. */
void order_number_soon(Ctx *cx);

void orders_start(const ModuleWorld *world);
void orders_stop(void);

#endif
