/* Drawings for the made-up catalogue (`souk seed`), so that a new shop is no wall of empty frames. */
#ifndef MODULES_STOREFRONT_PICTURES_H
#define MODULES_STOREFRONT_PICTURES_H

#include "platform/api/request.h"

/* /pictures/{scheme}/{name}: "moss", "teapot.svg". */
Reply show_picture(Request *rq);

#endif
