/* What orders keep of a person: taken along, and forgotten with him. */
#ifndef MODULES_ORDERS_PERSONS_H
#define MODULES_ORDERS_PERSONS_H

#include "modules/orders/step.h"
#include "platform/jobs/jobs.h"
#include "platform/personal.h"

enum { ORDER_PERSON_REACTIONS = 1, ORDER_PERSONALS = 1, ORDER_PERSON_JOBS = 1 };
extern const Reaction order_person_reactions[ORDER_PERSON_REACTIONS];
extern const Personal order_personals[ORDER_PERSONALS];
extern const Job *const order_person_jobs[ORDER_PERSON_JOBS];

#endif
