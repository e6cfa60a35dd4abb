/* The page of one product. */
#ifndef MODULES_STOREFRONT_PRODUCT_H
#define MODULES_STOREFRONT_PRODUCT_H

#include "platform/api/request.h"

Reply show_product_page(Request *rq);

#endif
