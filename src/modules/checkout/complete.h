/* Completing a checkout: the saga, and what its buyer is told. */
#ifndef MODULES_CHECKOUT_COMPLETE_H
#define MODULES_CHECKOUT_COMPLETE_H

#include "modules/checkout/types.h"
#include "platform/saga/saga.h"

extern const Saga checkout_saga;

extern const Error error_cart_changed, error_sold_out, error_checkout_incomplete,
    error_payment_declined, error_cart_ordered;

#endif
