/* What becomes of carts by themselves: they end, and their customers go. The rows of the module. */
#ifndef MODULES_CART_EVENTS_H
#define MODULES_CART_EVENTS_H

#include "modules/cart/types.h"

#include "platform/events.h"
#include "platform/jobs/jobs.h"
#include "platform/personal.h"

/* Deletes the cart, and gives back what is promised to it. */
void cart_forget(Ctx *cx, Id cart);

/* Forgets some of the carts that have ended; *more: there may be others. For db_run. */
bool carts_sweep(Ctx *cx, void *more);

enum { CART_REACTIONS = 1, CART_PERSONALS = 3 };
extern const Reaction cart_reactions[CART_REACTIONS];
extern const Personal cart_personals[CART_PERSONALS];
extern const Job cart_sweep_job;
extern const Cron cart_sweep_cron;

#endif
