/* The life of an order, as a table.
 *
 * An order's state follows from facts that only grow: what was paid, shipped, delivered, returned,
 * refunded. So two webhooks that come in the wrong order, or one that comes twice, lead to the same
 * state. The table below says which steps there are; a state that the facts ask for and the table does
 * not allow is a bug (order_step asserts it), and a test walks random lives to show that there is none.
 *
 * Money that goes back in part is no state of its own: an order is *delivered* whether or not 5 € were
 * given back for a scratch. `refunded` beside the state says how much.
 *
 * Rejected: a state for payment and one for delivery (twice as many combinations, most of which nobody
 * can name, and rules that ask for both); steps that set the state by themselves (each must know all
 * facts, and the order in which they come). */
#include "modules/orders/rules.h"

/* ---- The table ------------------------------------------------------------------------------- */

/* X(from, its name, by, its name, to, its name, prose) */
#define EDGES(X)                                                                                   \
    X(PENDING, "pending", PAY, "pay", PAID, "paid", "All of it is paid.")                          \
    X(PENDING, "pending", CANCEL, "cancel", CANCELLED, "cancelled",                                \
      "Given up before it was paid; its stock is free again.")                                     \
    X(PAID, "paid", SHIP, "ship", PARTIALLY_FULFILLED, "partially_fulfilled",                      \
      "A parcel has left, more is to follow.")                                                     \
    X(PAID, "paid", SHIP, "ship", FULFILLED, "fulfilled", "All of it has left in one parcel.")     \
    X(PAID, "paid", CANCEL, "cancel", CANCELLED, "cancelled",                                      \
      "Given up before anything left; the money goes back.")                                       \
    X(PAID, "paid", REFUND, "refund", REFUNDED, "refunded",                                        \
      "All the money has gone back; nothing will be sent.")                                        \
    X(PARTIALLY_FULFILLED, "partially_fulfilled", SHIP, "ship", FULFILLED, "fulfilled",            \
      "The last parcel has left.")                                                                 \
    X(PARTIALLY_FULFILLED, "partially_fulfilled", SHIP, "ship", PARTIALLY_DELIVERED,               \
      "partially_delivered", "The last parcel has left, and an earlier one has arrived.")          \
    X(PARTIALLY_FULFILLED, "partially_fulfilled", SHIP, "ship", PARTIALLY_RETURNED,                \
      "partially_returned", "The last parcel has left, and some of an earlier one is back.")       \
    X(PARTIALLY_FULFILLED, "partially_fulfilled", REFUND, "refund", REFUNDED, "refunded",          \
      "All the money has gone back; what is still here will not be sent.")                         \
    X(FULFILLED, "fulfilled", DELIVER, "deliver", PARTIALLY_DELIVERED, "partially_delivered",      \
      "One of the parcels has arrived.")                                                           \
    X(FULFILLED, "fulfilled", DELIVER, "deliver", DELIVERED, "delivered",                          \
      "All of it has arrived.")                                                                    \
    X(FULFILLED, "fulfilled", RETURN, "return", PARTIALLY_RETURNED, "partially_returned",          \
      "Some of it is back.")                                                                       \
    X(FULFILLED, "fulfilled", RETURN, "return", RETURNED, "returned", "All of it is back.")        \
    X(FULFILLED, "fulfilled", REFUND, "refund", REFUNDED, "refunded",                              \
      "All the money has gone back.")                                                              \
    X(PARTIALLY_DELIVERED, "partially_delivered", DELIVER, "deliver", DELIVERED, "delivered",      \
      "The last parcel has arrived.")                                                              \
    X(PARTIALLY_DELIVERED, "partially_delivered", RETURN, "return", PARTIALLY_RETURNED,            \
      "partially_returned", "Some of it is back.")                                                 \
    X(PARTIALLY_DELIVERED, "partially_delivered", RETURN, "return", RETURNED, "returned",          \
      "All of it is back.")                                                                        \
    X(PARTIALLY_DELIVERED, "partially_delivered", REFUND, "refund", REFUNDED, "refunded",          \
      "All the money has gone back.")                                                              \
    X(DELIVERED, "delivered", RETURN, "return", PARTIALLY_RETURNED, "partially_returned",          \
      "Some of it is back.")                                                                       \
    X(DELIVERED, "delivered", RETURN, "return", RETURNED, "returned", "All of it is back.")        \
    X(DELIVERED, "delivered", REFUND, "refund", REFUNDED, "refunded",                              \
      "All the money has gone back.")                                                              \
    X(PARTIALLY_RETURNED, "partially_returned", RETURN, "return", RETURNED, "returned",            \
      "All of it is back.")                                                                        \
    X(PARTIALLY_RETURNED, "partially_returned", REFUND, "refund", REFUNDED, "refunded",            \
      "All the money has gone back.")                                                              \
    X(RETURNED, "returned", REFUND, "refund", REFUNDED, "refunded", "All the money has gone back.")

#define EDGE_ROW(from, from_name, by, by_name, to, to_name, doc)                                   \
    {ORDER_##from, ORDER_BY_##by, ORDER_##to, doc},
#define EDGE_TEXT(from, from_name, by, by_name, to, to_name, doc)                                  \
    "| " from_name " | " by_name " | " to_name " | " doc " |\n"

const OrderEdge order_edges[] = {EDGES(EDGE_ROW)};
const size_t order_edge_count = sizeof order_edges / sizeof order_edges[0];
const char order_edges_text[] = "| from | by | to | |\n|---|---|---|---|\n" EDGES(EDGE_TEXT);

OrderState order_state_of(const OrderFacts *facts)
{
    if (facts->cancelled) return ORDER_CANCELLED;
    if (!facts->paid) return ORDER_PENDING;
    if (facts->captured.minor > 0 && facts->refunded.minor >= facts->captured.minor)
        return ORDER_REFUNDED;
    if (facts->shipped == 0) return ORDER_PAID;
    if (facts->shipped < facts->items) return ORDER_PARTIALLY_FULFILLED;
    if (facts->returned == facts->items) return ORDER_RETURNED;
    if (facts->returned > 0) return ORDER_PARTIALLY_RETURNED;
    if (facts->delivered == facts->items) return ORDER_DELIVERED;
    return facts->delivered > 0 ? ORDER_PARTIALLY_DELIVERED : ORDER_FULFILLED;
}

bool order_next(OrderState from, OrderBy by, const OrderFacts *facts, OrderState *to)
{
    OrderState next = order_is_over(from) ? from : order_state_of(facts);
    bool known = next == from;
    for (size_t i = 0; i < order_edge_count; i++) {
        const OrderEdge *edge = &order_edges[i];
        known |= edge->from == from && edge->by == by && edge->to == next;
    }
    if (known) *to = next;
    return known;
}

bool order_may_ship(OrderState state)
{
    return state == ORDER_PAID || state == ORDER_PARTIALLY_FULFILLED;
}

bool order_may_cancel(OrderState state)
{
    return state == ORDER_PENDING || state == ORDER_PAID;
}

bool order_is_over(OrderState state)
{
    return state == ORDER_CANCELLED || state == ORDER_REFUNDED;
}

bool order_is_closed(OrderState state)
{
    return order_is_over(state) || state == ORDER_DELIVERED || state == ORDER_RETURNED;
}

Str order_reference_form(Arena *arena, Str typed)
{
    char *out = arena_alloc(arena, typed.n, 1);
    for (size_t i = 0; i < typed.n; i++) {
        char c = typed.p[i];
        if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
        out[i] = c == 'I' || c == 'L' ? '1' : c == 'O' ? '0' : c;
    }
    return (Str){out, typed.n};
}

/* ---- Parts ----------------------------------------------------------------------------------- */

static const ViolationCode unknown_line = {"unknown_line", "The order has no such line."};
static const ViolationCode named_twice = {"named_twice", "The line is named before."};
static const ViolationCode too_many = {"too_many_units",
                                       "So many of the line are not left for it."};

int64_t order_line_left(const OrderLine *line, OrderUse use)
{
    switch (use) {
    case ORDER_USE_SHIP:
        return line->quantity - line->shipped;
    case ORDER_USE_RETURN:
        return line->shipped - line->returned;
    case ORDER_USE_REFUND:
        return line->quantity - line->refunded;
    }
    return 0;
}

OrderPartList order_all_left(Arena *arena, const OrderLineList *lines, OrderUse use)
{
    OrderPartList all = {NEW_N(arena, OrderPart, lines->n), 0};
    for (size_t i = 0; i < lines->n; i++) {
        int64_t left = order_line_left(&lines->items[i], use);
        if (left > 0) all.items[all.n++] = (OrderPart){lines->items[i].id, left};
    }
    return all;
}

OrderLine *order_line(const OrderLineList *lines, Id line)
{
    for (size_t i = 0; i < lines->n; i++)
        if (id_eq(lines->items[i].id, line)) return &lines->items[i];
    return NULL;
}

static bool is_named_before(OrderPartList parts, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (id_eq(parts.items[i].line, parts.items[at].line)) return true;
    return false;
}

static void note(Violations *bad, size_t at, const char *member, const ViolationCode *code,
                 Str message)
{
    violation_add_at(bad, str_format(bad->arena, "/lines/%zu/%s", at, member), code, message);
}

bool order_check_parts(Violations *bad, const OrderLineList *lines, OrderPartList parts,
                       OrderUse use)
{
    size_t before = bad->total;
    for (size_t i = 0; i < parts.n; i++) {
        const OrderLine *line = order_line(lines, parts.items[i].line);
        int64_t left = line ? order_line_left(line, use) : 0;
        if (!line)
            note(bad, i, "line", &unknown_line, S("must be a line of this order"));
        else if (is_named_before(parts, i))
            note(bad, i, "line", &named_twice, S("must be named once"));
        else if (parts.items[i].quantity > left)
            note(bad, i, "quantity", &too_many,
                 str_format(bad->arena, "can be at most %lld", (long long)left));
    }
    return bad->total == before;
}

/* ---- Money ----------------------------------------------------------------------------------- */

OrderMoney order_money(const Totals *totals)
{
    return (OrderMoney){.goods = {totals->subtotal.minor - totals->discount.minor},
                        .shipping = totals->shipping,
                        .tax = totals->tax};
}

Money order_money_sum(OrderMoney money)
{
    return (Money){money.goods.minor + money.shipping.minor + money.tax.minor};
}

static Money at_least_nothing(int64_t minor)
{
    return (Money){minor > 0 ? minor : 0};
}

OrderMoney order_money_less(OrderMoney a, OrderMoney b)
{
    return (OrderMoney){.goods = at_least_nothing(a.goods.minor - b.goods.minor),
                        .shipping = at_least_nothing(a.shipping.minor - b.shipping.minor),
                        .tax = at_least_nothing(a.tax.minor - b.tax.minor)};
}

OrderMoney order_money_split(Money amount, OrderMoney left)
{
    int64_t weights[] = {left.goods.minor, left.shipping.minor, left.tax.minor};
    Money parts[3];
    if (!money_split(amount, weights, 3, parts)) return (OrderMoney){.goods = amount};
    return (OrderMoney){parts[0], parts[1], parts[2]};
}

/* Of `quantity` units that cost `whole`, what the units from `from` to before `to` cost: differences of
 * rounded sums, so that all of them together are the whole. */
static Money slice(Money whole, int64_t quantity, int64_t from, int64_t to)
{
    Money low = {0}, high = {0};
    money_ratio(whole, from, quantity, ROUND_HALF_EVEN, &low);
    money_ratio(whole, to, quantity, ROUND_HALF_EVEN, &high);
    return (Money){high.minor - low.minor};
}

OrderMoney order_parts_cost(const OrderLineList *lines, OrderPartList parts)
{
    OrderMoney cost = {0};
    for (size_t i = 0; i < parts.n; i++) {
        const OrderLine *line = order_line(lines, parts.items[i].line);
        int64_t from = line->refunded, to = from + parts.items[i].quantity;
        Money goods = {line->total.minor - line->tax.minor};
        cost.goods.minor += slice(goods, line->quantity, from, to).minor;
        cost.tax.minor += slice(line->tax, line->quantity, from, to).minor;
    }
    return cost;
}

OrderMoney order_refunds_taken(const OrderRefundList *refunds)
{
    OrderMoney taken = {0};
    for (size_t i = 0; i < refunds->n; i++) {
        const OrderRefund *refund = &refunds->items[i];
        if (refund->state == REFUND_FAILED) continue;
        taken.goods.minor += refund->goods.minor;
        taken.shipping.minor += refund->shipping.minor;
        taken.tax.minor += refund->tax.minor;
    }
    return taken;
}

/* ---- Drafts ---------------------------------------------------------------------------------- */

/* Adds what the line comes to. False: it is no line, or the sums do not fit. */
static bool add_line(const OrderLine *line, Totals *sum)
{
    Money price, taxed;
    return line->quantity > 0 && line->unit_price.minor >= 0 && line->discount.minor >= 0 &&
           line->tax.minor >= 0 && money_times(line->unit_price, line->quantity, &price) &&
           line->discount.minor <= price.minor && money_add(price, line->tax, &taxed) &&
           money_add(sum->subtotal, price, &sum->subtotal) &&
           money_add(sum->discount, line->discount, &sum->discount) &&
           money_add(sum->tax, line->tax, &sum->tax);
}

bool order_draft_holds(const OrderDraft *draft)
{
    Totals sum = {0};
    if (draft->n == 0 || draft->n > ORDER_LINES_MAX) return false;
    for (size_t i = 0; i < draft->n; i++)
        if (!add_line(&draft->lines[i], &sum)) return false;
    return totals_hold(&draft->totals) && sum.subtotal.minor == draft->totals.subtotal.minor &&
           sum.discount.minor == draft->totals.discount.minor &&
           sum.tax.minor <= draft->totals.tax.minor &&
           (draft->payment.n || draft->captured.minor == 0);
}
