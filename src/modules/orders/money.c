/* What payments tell of orders, and what it means for them and for the shop's book.
 *
 * Money is noted where it is told: in the transaction of the one who has learnt of it, whether that is the
 * checkout, a webhook or a person. Facts are told once each (modules/payments sees to that), and the book
 * posts a cause once for each reference, so nothing counts twice. What was captured is split into goods,
 * shipping and tax in the proportion of the order, a refund into what it was asked for. */
#include "modules/orders/money.h"

#include "modules/ledger/ledger.h"
#include "modules/payments/payments.h"

/* ---- The book -------------------------------------------------------------------------------- */

typedef struct BookEntry {
    const char *cause;
    Str reference;
    OrderMoney money;     /* what it consists of */
    bool fresh;           /* LedgerPosting */
    bool back;            /* it goes back to the customer */
    const LedgerKind *to; /* where it is: cash, or his credit */
    Id owner;             /* of the credit */
} BookEntry;

/* Income and tax on one side, where the money is on the other. */
static Verdict post(Ctx *cx, const OrderRow *row, const BookEntry *entry)
{
    int64_t sign = entry->back ? -1 : 1;
    Money sum = order_money_sum(entry->money);
    LedgerLine lines[] = {
        {.kind = entry->to, .owner = entry->owner, .credit = {-sign * sum.minor}},
        {.kind = &ledger_sales, .credit = {sign * entry->money.goods.minor}},
        {.kind = &ledger_shipping, .credit = {sign * entry->money.shipping.minor}},
        {.kind = &ledger_tax, .credit = {sign * entry->money.tax.minor}}};
    LedgerPosting posting = {.cause = entry->cause,
                             .reference = entry->reference,
                             .fresh = entry->fresh,
                             .unit = currency_text(&row->currency),
                             .note = str_format(cx->arena, "Order %.*s", STR_ARG(row->reference)),
                             .lines = lines,
                             .n = sizeof lines / sizeof lines[0]};
    Id transaction;
    return ledger_post(cx, &posting, &transaction);
}

OrderMoney order_money_left(const OrderRow *row, const OrderRefundList *refunds)
{
    Totals totals = order_totals(row);
    return order_money_less(order_money(&totals), order_refunds_taken(refunds));
}

/* ---- Which order ----------------------------------------------------------------------------- */

/* The order that the payment is for, held; NULL: it is for something else. */
static OrderRow *order_of(Ctx *cx, const PaymentEvent *event)
{
    Id order;
    return id_parse(event->subject, "ord", &order) ? order_hold(cx, order) : NULL;
}

static void know_payment(OrderRow *row, const PaymentEvent *event)
{
    row->payment_id = event->payment;
    MARK_SET(&order_row_type, row, OrderRow, payment_id);
}

/* ---- It comes -------------------------------------------------------------------------------- */

void order_count_captured(Ctx *cx, OrderRow *row, Money amount)
{
    bool was_paid = IS_SET(&order_row_type, row, OrderRow, paid_at);
    row->captured.minor += amount.minor;
    if (was_paid || row->captured.minor - row->refunded.minor < row->total.minor) return;
    row->paid_at = ctx_now(cx);
    MARK_SET(&order_row_type, row, OrderRow, paid_at);
}

void order_book_captured(Ctx *cx, const OrderRow *row, Id payment, Money amount, bool fresh)
{
    Totals totals = order_totals(row);
    post(cx, row,
         &(BookEntry){.cause = "payment.captured",
                      .reference = id_text(cx->arena, "pay", payment),
                      .fresh = fresh,
                      .money = order_money_split(amount, order_money(&totals)),
                      .to = &ledger_cash});
}

/* Of a payment that was written whole, whoever placed the order has counted it. */
static void note_captured(Ctx *cx, const PaymentEvent *event)
{
    OrderRow *row = event->whole ? NULL : order_of(cx, event);
    if (!row) return;
    bool was_paid = IS_SET(&order_row_type, row, OrderRow, paid_at);
    know_payment(row, event);
    order_count_captured(cx, row, event->amount);
    order_book_captured(cx, row, event->payment, event->amount, false);
    order_happened(cx, row,
                   &(Happening){.kind = HAPPENED_CAPTURED,
                                .by = BY(ORDER_BY_PAY),
                                .public = true,
                                .detail = S(""),
                                .amount = &event->amount});
    if (row->state == ORDER_PAID && !was_paid) announce(cx, &order_paid, &(OrderEvent){row->id});
}
REACTION(note_captured, PaymentEvent)

static void note_only(Ctx *cx, const PaymentEvent *event, OrderHappening kind)
{
    OrderRow *row = order_of(cx, event);
    if (!row) return;
    order_happened(cx, row, &(Happening){.kind = kind, .detail = S(""), .amount = &event->amount});
}

static void note_failed(Ctx *cx, const PaymentEvent *event)
{
    note_only(cx, event, HAPPENED_PAYMENT_FAILED);
}
REACTION(note_failed, PaymentEvent)

static void note_voided(Ctx *cx, const PaymentEvent *event)
{
    note_only(cx, event, HAPPENED_PAYMENT_VOIDED);
}
REACTION(note_voided, PaymentEvent)

/* ---- It goes --------------------------------------------------------------------------------- */

static OrderMoney parts_of(const OrderRefundRow *refund)
{
    return (OrderMoney){refund->goods, refund->shipping, refund->tax};
}

Verdict order_give_back(Ctx *cx, OrderRow *row, const OrderRefundRow *refund)
{
    bool credit = refund->way == REFUND_TO_CREDIT;
    Str reference =
        credit ? id_text(cx->arena, "oref", refund->id) : id_text(cx->arena, "re", refund->refund);
    row->refunded.minor += refund->amount.minor;
    if (credit) row->credited.minor += refund->amount.minor;
    announce(cx, &order_refunded, &(OrderEvent){row->id});
    order_happened(cx, row,
                   &(Happening){.kind = HAPPENED_REFUNDED,
                                .by = BY(ORDER_BY_REFUND),
                                .public = true,
                                .detail = refund->reason,
                                .amount = &refund->amount});
    return post(cx, row,
                &(BookEntry){.cause = credit ? "order.credited" : "payment.refunded",
                             .reference = reference,
                             .money = parts_of(refund),
                             .back = true,
                             .to = credit ? &ledger_credit : &ledger_cash,
                             .owner = credit ? row->customer_id : (Id){0}});
}

/* A refund that nobody has asked for here: somebody has given it in the provider's own pages. */
static OrderRefundRow *found_refund(Ctx *cx, const OrderRow *row, const PaymentEvent *event)
{
    OrderRefundList refunds = order_refunds(cx, row->id);
    OrderMoney money = order_money_split(event->amount, order_money_left(row, &refunds));
    OrderRefundRow *refund = NEW(cx->arena, OrderRefundRow);
    *refund = (OrderRefundRow){.present = PRESENT_ALL,
                               .id = ctx_id(cx),
                               .order_id = row->id,
                               .state = REFUND_DONE,
                               .way = REFUND_TO_SOURCE,
                               .payment_id = event->payment,
                               .refund = event->refund,
                               .amount = event->amount,
                               .goods = money.goods,
                               .shipping = money.shipping,
                               .tax = money.tax,
                               .reason = S(""),
                               .created_at = ctx_now(cx)};
    order_refund_insert(cx, refund);
    return refund;
}

/* The refund that the event tells of; NULL: nobody has asked for it here. Where no other machine is asked
 * the event comes before the one who asks knows the refund's id: his is the one that waits for it, since
 * he holds the order. */
static OrderRefundRow *refund_of(Ctx *cx, const OrderRow *row, const PaymentEvent *event)
{
    OrderRefundRow *refund = order_refund_of(cx, event->refund);
    if (!refund) refund = order_refund_unnamed(cx, row->id, event->payment);
    if (!refund) return NULL;
    refund->refund = event->refund;
    MARK_SET(&order_refund_row_type, refund, OrderRefundRow, refund);
    return refund;
}

static void note_refunded(Ctx *cx, const PaymentEvent *event)
{
    OrderRow *row = order_of(cx, event);
    if (!row) return;
    OrderRefundRow *refund = refund_of(cx, row, event);
    if (refund) {
        refund->state = REFUND_DONE;
        order_refund_write(cx, refund);
    } else {
        refund = found_refund(cx, row, event);
    }
    order_give_back(cx, row, refund);
}
REACTION(note_refunded, PaymentEvent)

static void note_refund_refused(Ctx *cx, const PaymentEvent *event)
{
    OrderRow *row = order_of(cx, event);
    OrderRefundRow *refund = row ? refund_of(cx, row, event) : NULL;
    if (!refund || refund->state != REFUND_PENDING) return;
    refund->state = REFUND_FAILED;
    order_refund_write(cx, refund);
    order_refund_lines(cx, row->id, refund->lines, -1);
    order_happened(
        cx, row,
        &(Happening){.kind = HAPPENED_REFUND_FAILED, .detail = S(""), .amount = &refund->amount});
}
REACTION(note_refund_refused, PaymentEvent)

/* It has not reached him after all. An order that was over stays over: souk check tells of the money that
 * is still here. */
static void note_refund_failed(Ctx *cx, const PaymentEvent *event)
{
    OrderRow *row = order_of(cx, event);
    OrderRefundRow *refund = row ? order_refund_of(cx, event->refund) : NULL;
    if (!refund || refund->state != REFUND_DONE) return;
    refund->state = REFUND_FAILED;
    order_refund_write(cx, refund);
    row->refunded.minor -= refund->amount.minor;
    order_refund_lines(cx, row->id, refund->lines, -1);
    order_happened(cx, row,
                   &(Happening){.kind = HAPPENED_REFUND_FAILED,
                                .public = true,
                                .detail = S(""),
                                .amount = &refund->amount});
    post(cx, row,
         &(BookEntry){.cause = "payment.refund_failed",
                      .reference = id_text(cx->arena, "re", event->refund),
                      .money = parts_of(refund),
                      .to = &ledger_cash});
}
REACTION(note_refund_failed, PaymentEvent)

const Reaction order_money_reactions[ORDER_MONEY_REACTIONS] = {
    ON(payment_captured, note_captured),
    ON(payment_failed, note_failed),
    ON(payment_voided, note_voided),
    ON(payment_refunded, note_refunded),
    ON(payment_refund_failed, note_refund_failed),
    ON(payment_refund_refused, note_refund_refused)};
