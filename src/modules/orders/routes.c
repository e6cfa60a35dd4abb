#include "modules/orders/mails.h"
#include "modules/orders/number.h"
#include "modules/orders/persons.h"
#include "modules/orders/step.h"

static const Table tables[] = {{"orders", &order_row_type},
                               {"order_lines", &order_line_row_type},
                               {"order_shipments", &order_shipment_row_type},
                               {"order_returns", &order_return_row_type},
                               {"order_refunds", &order_refund_row_type},
                               {"order_timeline", &order_timeline_row_type},
                               {"order_notes", &order_note_row_type}};
static const Event *const events[] = {&order_placed,    &order_paid,      &order_shipped,
                                      &order_delivered, &order_cancelled, &order_returned,
                                      &order_refunded};

extern const char orders_0001_orders[];
static const Migration migrations[] = {
    {.module = "orders", .number = 1, .name = "orders", .sql = orders_0001_orders},
};

const Module orders_module = {
    .name = "orders",
    .doc = "What was sold, and what has become of it.",
    MODULE_ROWS(migrations, migration),
    MODULE_ROWS(tables, table),
    MODULE_ROWS(events, event),
    .reactions = order_person_reactions,
    .reaction_count = ORDER_PERSON_REACTIONS,
    .personals = order_personals,
    .personal_count = ORDER_PERSONALS,
    .jobs = order_person_jobs,
    .job_count = ORDER_PERSON_JOBS,
    .mails = order_mails,
    .mail_count = ORDER_MAILS,
    .start = orders_start,
    .stop = orders_stop,
};
