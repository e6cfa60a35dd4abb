/* Pricing: price lists, each a set of prices for some of the customers. Owns the lists; the prices
 * on them are the catalogue's, which refers to them by id. The list of everybody has no id and is no
 * row: it is what a price without a list is on. */
#ifndef MODULES_PRICING_PRICING_H
#define MODULES_PRICING_PRICING_H

#include "platform/module.h"

bool pricing_list_exists(Ctx *cx, Id list);

extern const Error error_unknown_price_list; /* 422: a price names a list that does not exist */

extern const Module pricing_module;

#endif
