/* The column store of this process: one row for each active product, as new as what is known to
 * have changed. See docs/internals/browsing.md. */
#ifndef MODULES_BROWSE_INDEX_H
#define MODULES_BROWSE_INDEX_H

#include "platform/columns/columns.h"
#include "platform/module.h"

/* Begins to load the products, in a thread that also keeps them up to date. */
void browse_start(const ModuleWorld *world);
void browse_stop(void);

/* The store, with every change that was known of when this was called; waits for it, on the first
 * requests after the start until all is loaded. NULL: the request's deadline came first. */
Columns *browse_columns(Ctx *cx);

/* By whose prices lists are sorted and filtered when a request names no currency. */
Currency browse_currency(void);

#endif
