/* Numbers without gaps, as law wants them of invoices: in the order of placing, given after the
 * commit. */
#include "modules/orders/number.h"

#include "modules/orders/store.h"
#include "platform/telemetry/log.h"

FAULT_POINT(fault_unnumbered, "orders.unnumbered",
            "Orders are committed, and some have no number.");
FAULT_POINT(fault_numbered, "orders.numbered",
            "Orders have got their numbers; the commit is to come.");

Sequencer order_numbers = {
    .name = "orders",
    .any = orders_are_unnumbered,
    .number = orders_number,
    .unnumbered = &fault_unnumbered,
    .numbered = &fault_numbered,
    .pulse = PULSE,
};

void order_number_soon(Ctx *cx)
{
    sequencer_soon(&order_numbers, cx);
}

LOG_EVENT(numberless, "orders.numberless", LOG_ERROR,
          "There is no thread that gives orders their numbers.");

void orders_start(const ModuleWorld *world)
{
    if (!sequencer_start(&order_numbers, world)) LOG(NULL, &numberless);
}

void orders_stop(void)
{
    sequencer_stop(&order_numbers);
}
