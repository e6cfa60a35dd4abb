/* Finding products: lists, filters, facets, searches. Owns nothing that is stored: it keeps a column
 * store of what the catalogue publishes, in memory. */
#ifndef MODULES_BROWSE_BROWSE_H
#define MODULES_BROWSE_BROWSE_H

#include "platform/module.h"

extern const Module browse_module;

#endif
