/* What orders keep of a person.
 *
 * He may take it along: all his orders with their lines. When he is deleted, his orders stay, for they are
 * the shop's books, but he is taken out of them as far as law lets go (docs/internals/orders.md): an order
 * that is closed at once, one that is under way when it closes. It is done by a job, since somebody may
 * have ten thousand. */
#include "modules/orders/persons.h"

#include "modules/accounts/accounts.h"

/* ---- Taking along ---------------------------------------------------------------------------- */

static AnyList orders_of(Ctx *cx, Id user)
{
    OrderRowList rows = order_rows_of_customer(cx, user);
    AnyList lines = order_line_rows_of_customer(cx, user);
    const OrderLineRow *rows_of_lines = lines.items;
    size_t at = 0;
    Order *orders = NEW_N(cx->arena, Order, rows.n);
    OrderLine *copies = NEW_N(cx->arena, OrderLine, lines.n);
    for (size_t i = 0; i < rows.n; i++) {
        orders[i] = *order_of_row(cx->arena, &rows.items[i]);
        MARK_ABSENT(&order_type, &orders[i], Order, token);
        MARK_ABSENT(&order_type, &orders[i], Order, shipments);
        MARK_ABSENT(&order_type, &orders[i], Order, returns);
        MARK_ABSENT(&order_type, &orders[i], Order, refunds);
        orders[i].lines.items = copies;
        for (; at < lines.n && id_eq(rows_of_lines[at].order_id, orders[i].id); at++)
            copies[orders[i].lines.n++] = order_line_of_row(&rows_of_lines[at]);
        copies += orders[i].lines.n;
    }
    return (AnyList){orders, rows.n};
}

const Personal order_personals[ORDER_PERSONALS] = {
    {"orders", "What he has bought.", &order_type, orders_of}};

/* ---- Forgetting ------------------------------------------------------------------------------ */

enum { FORGOTTEN_AT_ONCE = 200 }; /* orders in one transaction: a few milliseconds of the writer */

typedef struct ForgetTask {
    Id user;
} ForgetTask;

static const Type forget_task_type =
    TYPE(ForgetTask, "Whose orders.",
         FIELD(ForgetTask, user, "Who is no longer there.", .prefix = "user"));

typedef struct Forgetting {
    Id user, after;
    bool more;
} Forgetting;

static bool forget_some(Ctx *cx, void *arg)
{
    Forgetting *work = arg;
    IdList orders = orders_to_forget(cx, work->user, work->after, FORGOTTEN_AT_ONCE);
    for (size_t i = 0; i < orders.n; i++) {
        OrderRow *row = order_hold(cx, orders.items[i]);
        if (row) order_forget_persons(cx, row);
    }
    work->more = orders.n == FORGOTTEN_AT_ONCE;
    if (orders.n) work->after = orders.items[orders.n - 1];
    return true;
}

static JobEnd forget_orders(JobRun *run, const ForgetTask *task)
{
    Forgetting work = {.user = task->user, .more = true};
    while (work.more)
        if (job_do(run, TX_WRITE, forget_some, &work) != DB_FINE)
            return job_retry(run, "the database was not there");
    return job_done();
}
JOB_HANDLER(forget_orders, ForgetTask)

static const Job forget_job = {.name = "orders.forget",
                               .doc = "Takes who was deleted out of his orders.",
                               .payload = &forget_task_type,
                               .run = JOB_RUN(forget_orders)};
const Job *const order_person_jobs[ORDER_PERSON_JOBS] = {&forget_job};

static void forget_user(Ctx *cx, const UserEvent *event)
{
    job_add(cx, &forget_job, &(ForgetTask){event->user});
}
REACTION(forget_user, UserEvent)

const Reaction order_person_reactions[ORDER_PERSON_REACTIONS] = {ON(user_deleted, forget_user)};
