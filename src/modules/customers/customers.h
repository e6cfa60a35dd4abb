/* Customers: what the shop keeps of them besides their accounts. Owns addresses, groups, tags and notes of
 * staff. A customer is a user (modules/accounts); nothing here says who he is. For users:
 * docs/guide/orders.md. */
#ifndef MODULES_CUSTOMERS_CUSTOMERS_H
#define MODULES_CUSTOMERS_CUSTOMERS_H

#include "modules/display/display.h"
#include "platform/module.h"

/* An address that a customer has written down once. */
typedef struct CustomerAddress {
    Present present;
    Id id;
    Address address;
    bool default_shipping, default_billing; /* of all of his, at most one each */
    Time created_at, updated_at;
} CustomerAddress;

typedef struct CustomerAddressList {
    CustomerAddress *items;
    size_t n;
} CustomerAddressList;

/* All of the user's, the oldest first. */
CustomerAddressList customer_addresses(Ctx *cx, Id user);

/* In which groups a user is, ascending. */
IdList customer_groups_of(Ctx *cx, Id user);

extern const Module customers_module, customer_staff_module;

#endif
