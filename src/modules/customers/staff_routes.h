#ifndef MODULES_CUSTOMERS_STAFF_ROUTES_H
#define MODULES_CUSTOMERS_STAFF_ROUTES_H

#include "modules/customers/store.h"
#include "platform/api/request.h"

extern const Permission customers_read, customers_write;

/* Where a page begins: above everything without a cursor. False: that is no cursor. */
bool customers_begin_page(Request *rq, Str cursor, Id *before);
Str customers_cursor(Request *rq, Id behind);

#endif
