/* Goods that leave and come back. The orders are held (order_hold), the parts checked (rules.h). */
#ifndef MODULES_ORDERS_PARCELS_H
#define MODULES_ORDERS_PARCELS_H

#include "modules/orders/step.h"

/* A parcel leaves. False: some of it still waits for stock; the caller refuses, since other things are written
 * already. */
bool order_ship(Ctx *cx, OrderRow *row, const OrderLineList *lines, OrderShipment *shipment);

/* It has arrived. */
void order_deliver(Ctx *cx, OrderRow *row, const OrderLineList *lines, OrderShipment *shipment);

/* Goods are announced to come back, and do so: on hand again where `restock`. */
void order_announce_return(Ctx *cx, OrderRow *row, OrderReturn *back);
void order_receive(Ctx *cx, OrderRow *row, const OrderLineList *lines, OrderReturn *back,
                   bool restock);
void order_refuse_return(Ctx *cx, OrderRow *row, OrderReturn *back);

#endif
