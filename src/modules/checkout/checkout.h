/* The checkout: from a full cart to an order. One resource of a cart says where it goes and how it is
 * paid; completing it is a saga. Owns what was said, until the order has it. See
 * docs/internals/checkout.md. */
#ifndef MODULES_CHECKOUT_CHECKOUT_H
#define MODULES_CHECKOUT_CHECKOUT_H

#include "platform/module.h"

extern const Module checkout_module;

#endif
