#include "modules/cart/events.h"

#include "modules/accounts/accounts.h"
#include "modules/cart/store.h"

void cart_forget(Ctx *cx, Id cart)
{
    cart_delete(cx, cart);
    stock_release(cx, (StockOwner){"cart", cart});
}

/* ---- They end -------------------------------------------------------------------------------- */

enum { SWEPT_AT_ONCE = 100 }; /* in one transaction, which holds up other writers */

/* What is promised to a cart ends with its checkout, long before the cart does; what some failure has
 * left is given back here. */
bool carts_sweep(Ctx *cx, void *more)
{
    IdList carts = carts_expired(cx, SWEPT_AT_ONCE);
    *(bool *)more = carts.n == SWEPT_AT_ONCE;
    for (size_t i = 0; i < carts.n; i++) cart_forget(cx, carts.items[i]);
    return true;
}

static JobEnd run_sweep(JobRun *run, const void *nothing)
{
    (void)nothing;
    bool more = true;
    while (more && !job_cancelled(run))
        if (job_do(run, TX_WRITE, carts_sweep, &more) != DB_FINE)
            return job_retry(run, "the database did not take it");
    return job_done();
}

const Job cart_sweep_job = {.name = "cart.sweep",
                            .doc = "Forgets carts that have ended.",
                            .run = run_sweep,
                            .concurrency = 1,
                            .keep_s = -1};

const Cron cart_sweep_cron = {"cart.sweep", "Forgets, once an hour, carts that have ended.",
                              "17 * * * *", &cart_sweep_job};

/* ---- Customers ------------------------------------------------------------------------------- */

/* What is being paid keeps its lines until that is over, but not whose it is. */
static void forget_customer(Ctx *cx, const UserEvent *gone)
{
    IdList carts = carts_of_gone(cx, gone->user);
    for (size_t i = 0; i < carts.n; i++) cart_forget(cx, carts.items[i]);
    carts_forget_customer(cx, gone->user);
}
REACTION(forget_customer, UserEvent)

const Reaction cart_reactions[CART_REACTIONS] = {ON(user_deleted, forget_customer)};

static AnyList carts_to_take_along(Ctx *cx, Id user)
{
    CartSummaries carts = carts_of_customer(cx, user);
    return (AnyList){carts.items, carts.n};
}

static AnyList lists_to_take_along(Ctx *cx, Id user)
{
    ListSummaries lists = lists_of_customer(cx, user);
    return (AnyList){lists.items, lists.n};
}

static AnyList lines_to_take_along(Ctx *cx, Id user)
{
    CartLineRows lines = lines_of_customer(cx, user);
    return (AnyList){lines.items, lines.n};
}

const Personal cart_personals[CART_PERSONALS] = {
    {"carts", "What he was about to buy.", &cart_summary_type, carts_to_take_along},
    {"lists", "What he keeps for later.", &list_summary_type, lists_to_take_along},
    {"cart_lines", "What lies in both.", &cart_line_row_type, lines_to_take_along}};
