/* What customers are written about their orders. */
#ifndef MODULES_ORDERS_MAILS_H
#define MODULES_ORDERS_MAILS_H

#include "modules/orders/store.h"
#include "platform/mail/mail.h"

void order_mail_placed(Ctx *cx, const OrderRow *row, const OrderDraft *draft);
void order_mail_shipped(Ctx *cx, const OrderRow *row, const OrderShipment *shipment);

enum { ORDER_MAILS = 2 };
extern const MailTemplate *const order_mails[ORDER_MAILS];

#endif
