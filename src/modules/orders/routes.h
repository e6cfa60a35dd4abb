/* What the route tables of orders share. */
#ifndef MODULES_ORDERS_ROUTES_H
#define MODULES_ORDERS_ROUTES_H

#include "modules/orders/step.h"
#include "platform/api/request.h"
#include "platform/audit/audit.h"

extern const Permission orders_read, orders_write, orders_refund;

/* Whose order the path names; 0: a guest's, or there is no such order. */
Id order_its_customer(Request *rq);

/* The order of the path as it is now. */
Reply order_reply(Request *rq);

#endif
