/* What the catalogue announces, to other modules and to the outside world. */
#ifndef MODULES_CATALOG_EVENTS_H
#define MODULES_CATALOG_EVENTS_H

#include "platform/events.h"

typedef struct ProductEvent {
    Id product;
} ProductEvent;

extern const Event product_created, product_updated, product_deleted;

#endif
