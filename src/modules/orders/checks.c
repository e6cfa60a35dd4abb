/* The laws of orders, as `souk check` asks them.
 *
 * Each law reads a page of orders in the order of their ids, asks for what they are held against (lines,
 * payments, the book, reservations) for the whole page in one statement, and walks both lists side by side:
 * so a shop of any size is checked in constant memory, with a few statements a page and none an order.
 *
 * None repairs by itself: where an order and its lines, its money or its stock differ, either side may be
 * the mistake, and a person must decide. Rejected: to write the sums of the lines into the order, as the
 * inventory does with its own; a customer was told the order's total, and has paid it. */
#include "modules/orders/checks.h"

#include "modules/inventory/inventory.h"
#include "modules/ledger/ledger.h"
#include "modules/orders/step.h"
#include "modules/orders/store_checks.h"
#include "modules/payments/payments.h"

/* A page of orders, and the id to go on behind; 0: there are no more. */
static Id next_page(Ctx *cx, Id after, OrderRowList *page)
{
    *page = order_rows_page(cx, after, CHECK_PAGE);
    return page->n < CHECK_PAGE ? (Id){0} : page->items[page->n - 1].id;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

/* The sums of the order, which may have none; `sums` is ascending, and *at moves along. */
static OrderSums sums_of(AnyList sums, size_t *at, Id order)
{
    const OrderSums *items = sums.items;
    while (*at < sums.n && items[*at].id.n < order.n) (*at)++;
    return *at < sums.n && id_eq(items[*at].id, order) ? items[*at] : (OrderSums){.id = order};
}

static AnyList sums_of_page(Ctx *cx, Id after, const OrderRowList *page)
{
    return page->n ? order_sums(cx, after, page->items[page->n - 1].id) : (AnyList){0};
}

/* Lines whose order is not on the page that it would stand on. Both ascend. */
static void find_orphans(CheckFound *found, AnyList sums, const OrderRowList *page)
{
    const OrderSums *items = sums.items;
    for (size_t i = 0, at = 0; i < sums.n; i++) {
        while (at < page->n && page->items[at].id.n < items[i].id.n) at++;
        if (at == page->n || !id_eq(page->items[at].id, items[i].id))
            check_found(found, items[i].id, "it has lines, and there is no such order");
    }
}

static Id look_at_lines(Ctx *cx, CheckFound *found, Id after)
{
    OrderRowList page;
    Id next = next_page(cx, after, &page);
    AnyList sums = sums_of_page(cx, after, &page);
    find_orphans(found, sums, &page);
    for (size_t i = 0, at = 0; i < page.n; i++) {
        const OrderRow *row = &page.items[i];
        OrderSums sum = sums_of(sums, &at, row->id);
        if (sum.items != row->items || sum.shipped != row->shipped ||
            sum.delivered != row->delivered || sum.returned != row->returned)
            check_found(found, row->id, "%lld things are sold, the lines have %lld",
                        (long long)row->items, (long long)sum.items);
        else if (sum.subtotal.minor != row->subtotal.minor ||
                 sum.discount.minor != row->discount.minor || sum.tax.minor > row->tax.minor)
            check_found(found, row->id, "it costs %lld, its lines %lld",
                        (long long)row->total.minor, (long long)sum.total.minor);
    }
    return next;
}

/* ---- Totals and money ------------------------------------------------------------------------ */

static Id look_at_totals(Ctx *cx, CheckFound *found, Id after)
{
    OrderRowList page;
    Id next = next_page(cx, after, &page);
    for (size_t i = 0; i < page.n; i++) {
        Totals totals = order_totals(&page.items[i]);
        if (!totals_hold(&totals))
            check_found(found, page.items[i].id, "%lld - %lld + %lld + %lld is not %lld",
                        (long long)totals.subtotal.minor, (long long)totals.discount.minor,
                        (long long)totals.shipping.minor, (long long)totals.tax.minor,
                        (long long)totals.total.minor);
    }
    return next;
}

/* Of an order that is over: is there money that no refund is under way for? */
static bool is_not_going_back(Ctx *cx, const OrderRow *row)
{
    OrderRefundList refunds = order_refunds(cx, row->id);
    return row->captured.minor != order_money_sum(order_refunds_taken(&refunds)).minor;
}

static Id look_at_money(Ctx *cx, CheckFound *found, Id after)
{
    OrderRowList page;
    Id next = next_page(cx, after, &page);
    for (size_t i = 0; i < page.n; i++) {
        const OrderRow *row = &page.items[i];
        bool paid = IS_SET(&order_row_type, row, OrderRow, paid_at);
        bool over = order_is_over(row->state);
        if (row->refunded.minor > row->captured.minor || row->credited.minor > row->refunded.minor)
            check_found(found, row->id, "%lld came, %lld went back", (long long)row->captured.minor,
                        (long long)row->refunded.minor);
        else if (paid && row->captured.minor < row->total.minor)
            check_found(found, row->id, "it counts as paid: %lld came of %lld",
                        (long long)row->captured.minor, (long long)row->total.minor);
        else if (over && row->captured.minor != row->refunded.minor && is_not_going_back(cx, row))
            check_found(found, row->id, "it is over, and %lld of its money is still here",
                        (long long)(row->captured.minor - row->refunded.minor));
    }
    return next;
}

/* ---- The book -------------------------------------------------------------------------------- */

static int64_t cash_about(Ctx *cx, const char *prefix, Id id)
{
    return ledger_moved(cx, &ledger_cash, id_text(cx->arena, prefix, id)).minor;
}

/* What the book has of the order's payments and of what went back to them. */
static int64_t cash_of(Ctx *cx, const OrderRow *row)
{
    int64_t sum = 0;
    bool known = row->payment_id.n == 0; /* the order's own is among those that are for it */
    PaymentList payments = payments_of(cx, (PaymentSubject){"ord", row->id});
    for (size_t i = 0; i < payments.n; i++) {
        sum += cash_about(cx, "pay", payments.items[i].id);
        known |= id_eq(payments.items[i].id, row->payment_id);
    }
    if (!known) sum += cash_about(cx, "pay", row->payment_id);
    IdList refunds = order_refund_ids(cx, row->id);
    for (size_t i = 0; i < refunds.n; i++) sum += cash_about(cx, "re", refunds.items[i]);
    return sum;
}

static Id look_at_book(Ctx *cx, CheckFound *found, Id after)
{
    OrderRowList page;
    Id next = next_page(cx, after, &page);
    for (size_t i = 0; i < page.n; i++) {
        const OrderRow *row = &page.items[i];
        if (row->captured.minor == 0) continue;
        int64_t here = row->captured.minor - row->refunded.minor + row->credited.minor;
        int64_t booked = cash_of(cx, row);
        if (booked != here)
            check_found(found, row->id, "%lld of its money is here, the book has %lld",
                        (long long)here, (long long)booked);
    }
    return next;
}

/* ---- State ----------------------------------------------------------------------------------- */

static Id look_at_states(Ctx *cx, CheckFound *found, Id after)
{
    OrderRowList page;
    Id next = next_page(cx, after, &page);
    for (size_t i = 0; i < page.n; i++) {
        const OrderRow *row = &page.items[i];
        OrderFacts facts = order_facts(row);
        /* What was once wholly refunded stays over, though a refund may have failed afterwards. */
        bool stays = row->state == ORDER_REFUNDED && facts.paid && !facts.cancelled;
        Str is = enum_text(&order_state_names, row->state);
        Str should = enum_text(&order_state_names, order_state_of(&facts));
        if (!stays && !str_eq(is, should))
            check_found(found, row->id, "it is %.*s, and should be %.*s", STR_ARG(is),
                        STR_ARG(should));
    }
    return next;
}

/* ---- Stock ----------------------------------------------------------------------------------- */

static Id look_at_stock(Ctx *cx, CheckFound *found, Id after)
{
    OrderRowList page;
    Id next = next_page(cx, after, &page);
    AnyList sums = sums_of_page(cx, after, &page);
    for (size_t i = 0, at = 0; i < page.n; i++) {
        const OrderRow *row = &page.items[i];
        int64_t unshipped = sums_of(sums, &at, row->id).unshipped;
        if (order_is_over(row->state)) unshipped = 0;
        if (unshipped == 0 && row->shipped == row->items) continue; /* the most, and all is done */
        int64_t promised = stock_promised(cx, order_owner(row->id));
        if (promised != unshipped)
            check_found(found, row->id, "%lld are to be sent, %lld are promised",
                        (long long)unshipped, (long long)promised);
    }
    return next;
}

/* ---- Numbers --------------------------------------------------------------------------------- */

/* `after` is a number here. */
static Id look_at_numbers(Ctx *cx, CheckFound *found, Id after)
{
    AnyList page = orders_numbered(cx, after.n, CHECK_PAGE);
    const NumberedOrder *orders = page.items;
    int64_t before = after.n;
    for (size_t i = 0; i < page.n; i++) {
        if (orders[i].number != before + 1)
            check_found(found, orders[i].id, "its number is %lld, the one before is %lld",
                        (long long)orders[i].number, (long long)before);
        before = orders[i].number;
    }
    if (page.n == CHECK_PAGE) return (Id){before};
    int64_t last = order_last_number(cx);
    if (page.n && before != last)
        check_found(found, orders[page.n - 1].id, "its number is %lld, the last given is %lld",
                    (long long)before, (long long)last);
    return (Id){0};
}

const Check order_checks[ORDER_CHECKS] = {
    {"orders.lines", "An order counts and costs what its lines do.", "ord", look_at_lines, NULL,
     NULL},
    {"orders.totals", "Its total is subtotal - discount + shipping + tax.", "ord", look_at_totals,
     NULL, NULL},
    {"orders.money",
     "What is paid has come, no more goes back than came, and nothing is kept when it is over.",
     "ord", look_at_money, NULL, NULL},
    {"orders.book", "The book has what was paid for it, less what went back.", "ord", look_at_book,
     NULL, NULL},
    {"orders.state", "Its state follows from what has happened.", "ord", look_at_states, NULL,
     NULL},
    {"orders.stock", "What is to be sent is promised, and nothing else.", "ord", look_at_stock,
     NULL, NULL},
    {"orders.numbers", "Numbers of orders have no gaps.", "ord", look_at_numbers, NULL, NULL},
};
