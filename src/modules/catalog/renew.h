/* Keeping what is published true without anybody writing: see renew.c. */
#ifndef MODULES_CATALOG_RENEW_H
#define MODULES_CATALOG_RENEW_H

#include "platform/module.h"

void renew_start(const ModuleWorld *world);
void renew_stop(void);

/* A product is published whose prices change at that moment: after the commit, the thread is woken if
 * it would sleep longer. Nothing while no server runs. */
void renew_by(Ctx *cx, Time due);

#endif
