/* What is kept of a person: taken along, and forgotten with him. */
#ifndef MODULES_CUSTOMERS_PERSONS_H
#define MODULES_CUSTOMERS_PERSONS_H

#include "platform/events.h"
#include "platform/personal.h"

enum { CUSTOMER_REACTIONS = 1, CUSTOMER_PERSONALS = 3 };
extern const Reaction customer_reactions[CUSTOMER_REACTIONS];
extern const Personal customer_personals[CUSTOMER_PERSONALS];

#endif
