/* The shop window: a page of products with its filters. */
#ifndef MODULES_STOREFRONT_WINDOW_H
#define MODULES_STOREFRONT_WINDOW_H

#include "platform/api/request.h"

Reply show_window(Request *rq);

#endif
