/* Keeping what is published true without anybody writing: see renew.c. */
#ifndef MODULES_CATALOG_RENEW_H
#define MODULES_CATALOG_RENEW_H

#include "platform/module.h"

void renew_start(const ModuleWorld *world);
void renew_stop(void);

/* A product was published whose prices change at that moment: wakes the thread if it would sleep
 * longer. Any thread; nothing while no server runs. */
void renew_by(Time due);

#endif
