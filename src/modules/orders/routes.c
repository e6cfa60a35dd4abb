/* Reading orders, and placing them by hand. What changes them is in change_routes.c.
 *
 * Who may read an order: staff with orders:read, the user whose it is, and a guest who has its token. He
 * comes by a path of his own (/v1/guest-orders/…), so that the rows can say of each route who may. */
#include "modules/orders/routes.h"

#include "modules/accounts/accounts.h"
#include "modules/orders/checks.h"
#include "modules/orders/mails.h"
#include "modules/orders/money.h"
#include "modules/orders/number.h"
#include "modules/orders/persons.h"
#include "modules/payments/payments.h"

#include "base/hash.h"
#include "meta/nfkc.h"
#include "platform/api/errors.h"

const Permission orders_read = {"orders:read", "See orders.", .roles = "manager support"};
const Permission orders_write = {"orders:write",
                                 "Place, ship and cancel orders, and take goods back.",
                                 .roles = "manager support"};
const Permission orders_refund = {"orders:refund", "Give money back for orders.",
                                  .roles = "manager"};

static const Error error_unknown_customer = {"unknown_customer", 422, "There is no such customer.",
                                             LOG_DEBUG, "Give the id of a user, or none."};
static const Error error_provider_elsewhere = {
    "provider_elsewhere", 422, "This provider must be asked by the customer himself.", LOG_DEBUG,
    "Write the order down with `manual`, and capture the payment when the money has come."};

static const AuditAction order_placed_by_hand = {"order.placed",
                                                 "Somebody placed an order for a customer."};

/* ---- Reading --------------------------------------------------------------------------------- */

Id order_its_customer(Request *rq)
{
    return order_customer(rq->cx, rq->id);
}

Reply order_reply(Request *rq)
{
    const Order *order = order_read(rq->cx, rq->id);
    return order ? with_version(ok(&order_type, order), order->version) : not_found(rq, "order");
}

static Reply show_order(Request *rq)
{
    return order_reply(rq);
}
HANDLER_PLAIN(show_order)

/* Does the request bring the order's token? */
static bool has_token(Request *rq)
{
    const OrderRow *row = order_row(rq->cx, rq->id);
    Str given = request_header(rq, S("Order-Token"));
    return row && given.n == row->token.n && bytes_eq_constant_time(given.p, row->token.p, given.n);
}

static Reply show_guest_order(Request *rq)
{
    return has_token(rq) ? order_reply(rq) : not_found(rq, "order");
}
HANDLER_PLAIN(show_guest_order)

/* ---- Lists ----------------------------------------------------------------------------------- */

/* Where a page begins: `otherwise` without a cursor. False: that is no cursor. */
static bool begin_page(Request *rq, Str cursor, Id otherwise, Id *out)
{
    *out = otherwise;
    if (!cursor.n) return true;
    const OrderCursor *read = cursor_read(rq->cx->arena, &order_cursor_type, cursor);
    if (read) *out = read->id;
    return read != NULL;
}

static Str cursor_behind(Request *rq, Id id)
{
    return cursor_write(rq->cx->arena, &order_cursor_type, &(OrderCursor){id});
}

static Reply page_of(Request *rq, AnyList page, int64_t limit)
{
    Str next = {0};
    if (page.n > (size_t)limit) {
        const OrderSummary *orders = page.items;
        next = cursor_behind(rq, orders[--page.n - 1].id);
    }
    return ok_list(&order_summary_type, page, next);
}

static const Id above_all = {INT64_MAX};

#define ASKED(query, member) IS_SET(&order_query_type, query, OrderQuery, member)

static OrderFilter filter_of(const OrderQuery *query, Id before)
{
    OrderFilter filter = {.state = S(""), .before = before, .limit = query->limit + 1};
    if (ASKED(query, state)) filter.state = enum_text(&order_state_names, query->state);
    if (ASKED(query, customer)) filter.customer = query->customer;
    if (ASKED(query, since)) filter.from = id_first_of(query->since);
    if (ASKED(query, until)) {
        Id end = id_first_of(query->until);
        if (end.n < filter.before.n) filter.before = end;
    }
    return filter;
}

static Str key_of(Request *rq, Str text)
{
    Str key = nfkc(rq->cx->arena, text, true);
    return key.p ? key : S("");
}

/* By what is most telling of what is asked for. */
static AnyList find(Request *rq, const OrderQuery *query, const OrderFilter *filter)
{
    Ctx *cx = rq->cx;
    if (ASKED(query, number)) return orders_by_number(cx, filter, query->number);
    if (ASKED(query, reference))
        return orders_by_reference(cx, filter, order_reference_form(cx->arena, query->reference));
    if (ASKED(query, email)) return orders_by_email(cx, filter, key_of(rq, query->email));
    if (ASKED(query, sku)) return orders_by_sku(cx, filter, query->sku);
    if (ASKED(query, name)) return orders_by_name(cx, filter, key_of(rq, query->name));
    if (ASKED(query, customer)) return orders_of_customer(cx, filter);
    return filter->state.n ? orders_in_state(cx, filter) : orders_page(cx, filter);
}

static Reply list_orders(Request *rq)
{
    const OrderQuery *query = rq->query;
    Id before;
    if (!begin_page(rq, query->cursor, above_all, &before))
        return refuse((Verdict){&error_bad_cursor, {0}});
    OrderFilter filter = filter_of(query, before);
    return page_of(rq, find(rq, query, &filter), query->limit);
}
HANDLER_PLAIN(list_orders)

/* The user himself, when there is one. */
static Id the_user(Request *rq)
{
    return user_read(rq->cx, rq->id) ? rq->id : (Id){0};
}

static Reply list_customer_orders(Request *rq)
{
    const OrderPageQuery *query = rq->query;
    Id before;
    if (!begin_page(rq, query->cursor, above_all, &before))
        return refuse((Verdict){&error_bad_cursor, {0}});
    OrderFilter filter = {
        .state = S(""), .customer = rq->id, .before = before, .limit = query->limit + 1};
    return page_of(rq, orders_of_customer(rq->cx, &filter), query->limit);
}
HANDLER_PLAIN(list_customer_orders)

/* ---- Timeline and notes ---------------------------------------------------------------------- */

/* As staff sees it, or without what is theirs. */
static OrderEntry entry_of(const OrderTimelineRow *row, bool staff)
{
    OrderEntry entry = {.present = PRESENT_ALL,
                        .kind = row->kind,
                        .state = row->state,
                        .detail = row->detail,
                        .amount = row->amount,
                        .actor = row->actor,
                        .public = row->public,
                        .at = id_time(row->id)};
    if (!IS_SET(&order_timeline_row_type, row, OrderTimelineRow, amount))
        MARK_ABSENT(&order_entry_type, &entry, OrderEntry, amount);
    if (!staff || !row->actor.n) MARK_ABSENT(&order_entry_type, &entry, OrderEntry, actor);
    return entry;
}

static Reply reply_timeline(Request *rq, bool staff)
{
    const OrderPageQuery *query = rq->query;
    Id after;
    if (!begin_page(rq, query->cursor, (Id){0}, &after))
        return refuse((Verdict){&error_bad_cursor, {0}});
    if (!order_exists(rq->cx, rq->id).n) return not_found(rq, "order");
    AnyList rows = order_timeline(rq->cx, rq->id, staff, after, query->limit + 1);
    const OrderTimelineRow *row = rows.items;
    Str next = {0};
    if (rows.n > (size_t)query->limit) next = cursor_behind(rq, row[--rows.n - 1].id);
    OrderEntry *entries = NEW_N(rq->cx->arena, OrderEntry, rows.n);
    for (size_t i = 0; i < rows.n; i++) entries[i] = entry_of(&row[i], staff);
    return ok_list(&order_entry_type, (AnyList){entries, rows.n}, next);
}

static Reply list_order_timeline(Request *rq)
{
    return reply_timeline(rq, may(rq, &orders_read));
}
HANDLER_PLAIN(list_order_timeline)

static Reply list_guest_timeline(Request *rq)
{
    return has_token(rq) ? reply_timeline(rq, false) : not_found(rq, "order");
}
HANDLER_PLAIN(list_guest_timeline)

static OrderNote note_of(const OrderNoteRow *row)
{
    return (OrderNote){
        .id = row->id, .text = row->text, .author = row->author, .at = id_time(row->id)};
}

static Reply list_order_notes(Request *rq)
{
    const OrderPageQuery *query = rq->query;
    Id before;
    if (!begin_page(rq, query->cursor, above_all, &before))
        return refuse((Verdict){&error_bad_cursor, {0}});
    if (!order_exists(rq->cx, rq->id).n) return not_found(rq, "order");
    AnyList rows = order_notes(rq->cx, rq->id, before, query->limit + 1);
    const OrderNoteRow *row = rows.items;
    Str next = {0};
    if (rows.n > (size_t)query->limit) next = cursor_behind(rq, row[--rows.n - 1].id);
    OrderNote *notes = NEW_N(rq->cx->arena, OrderNote, rows.n);
    for (size_t i = 0; i < rows.n; i++) notes[i] = note_of(&row[i]);
    return ok_list(&order_note_type, (AnyList){notes, rows.n}, next);
}
HANDLER_PLAIN(list_order_notes)

static Reply create_order_note(Request *rq, const OrderNote *in)
{
    Ctx *cx = rq->cx;
    if (!order_exists(cx, rq->id).n) return not_found(rq, "order");
    OrderNoteRow row = {
        .id = ctx_id(cx), .order_id = rq->id, .author = order_actor(cx), .text = in->text};
    order_note_insert(cx, &row);
    OrderNote *note = NEW(cx->arena, OrderNote);
    *note = note_of(&row);
    return created(
        &order_note_type, note,
        str_format(cx->arena, "/v1/orders/%.*s/notes", STR_ARG(id_text(cx->arena, "ord", rq->id))));
}
HANDLER(create_order_note, OrderNote)

/* ---- Placing by hand ------------------------------------------------------------------------- */

static OrderLine line_of(const NewOrderLine *in)
{
    return (OrderLine){.variant = in->variant,
                       .product = in->product,
                       .title = in->title,
                       .variant_title = in->variant_title,
                       .sku = in->sku,
                       .image = in->image,
                       .quantity = in->quantity,
                       .unit_price = in->unit_price,
                       .discount = in->discount,
                       .tax = in->tax};
}

static OrderDraft draft_of(Ctx *cx, const NewOrder *in)
{
    bool bill = IS_SET(&new_order_type, in, NewOrder, billing_address);
    OrderDraft draft = {
        .customer = in->customer,
        .email = in->email,
        .locale = in->locale,
        .channel = in->channel,
        .shipping = in->shipping_address,
        .billing = bill ? in->billing_address : in->shipping_address,
        .lines = NEW_N(cx->arena, OrderLine, in->lines.n),
        .n = in->lines.n,
        .totals = {.currency = in->currency, .shipping = in->shipping, .tax = in->shipping_tax},
        .shipping_rate = in->shipping_rate,
        .note = in->note};
    for (size_t i = 0; i < in->lines.n; i++) draft.lines[i] = line_of(&in->lines.items[i]);
    return draft;
}

static const ViolationCode too_much_off = {"discount_too_large",
                                           "More is taken off than it costs."};
static const ViolationCode too_much_money = {"amount_too_large", "The sum does not fit."};

/* The sums of the draft's lines; adds to `bad` what keeps them from being any. */
static void add_up(Violations *bad, OrderDraft *draft)
{
    Totals *sum = &draft->totals;
    for (size_t i = 0; i < draft->n; i++) {
        const OrderLine *line = &draft->lines[i];
        int64_t price = line->unit_price.minor * line->quantity; /* ≤ 10¹⁷: their bounds */
        if (line->discount.minor > price)
            violation_add_at(bad, str_format(bad->arena, "/lines/%zu/discount", i), &too_much_off,
                             S("must be at most unit_price × quantity"));
        bool fits = money_add(sum->subtotal, (Money){price}, &sum->subtotal) &&
                    money_add(sum->discount, line->discount, &sum->discount) &&
                    money_add(sum->tax, line->tax, &sum->tax);
        if (fits) continue;
        violation_add_at(bad, S("/lines"), &too_much_money, S("must cost less together"));
        return;
    }
    if (!bad->n && !totals_add_up(sum))
        violation_add_at(bad, S("/lines"), &too_much_money, S("must cost less together"));
}

/* The money is promised by hand: a payment that waits to be captured, written with the order. */
static const Payment *promise_payment(Ctx *cx, Id order, const NewOrder *in, OrderDraft *draft,
                                      Verdict *verdict)
{
    *verdict = (Verdict){&error_provider_elsewhere, {0}};
    if (!payment_is_local(in->provider, S(""))) return NULL;
    PaymentStart start = {.subject = {"ord", order},
                          .customer = in->customer,
                          .email = in->email,
                          .provider = in->provider,
                          .method = S(""),
                          .currency = in->currency,
                          .amount = draft->totals.total};
    const Payment *payment = payment_decide(cx, ctx_id(cx), &start, verdict);
    if (payment) draft->payment = payment->id;
    return payment;
}

static StockDemandList demands_of(Arena *arena, const OrderDraft *draft)
{
    StockDemandList wanted = {NEW_N(arena, StockDemand, draft->n), 0};
    for (size_t i = 0; i < draft->n; i++)
        if (draft->lines[i].variant.n)
            wanted.items[wanted.n++] =
                (StockDemand){draft->lines[i].variant, draft->lines[i].quantity};
    return wanted;
}

static const ViolationCode line_short = {"sold_out", "Fewer can be had than were wanted."};

static Reply refuse_short(Request *rq, const OrderDraft *draft, StockShortList lacking)
{
    Violations *bad = NEW(rq->cx->arena, Violations);
    *bad = violations_new(rq->cx->arena);
    for (size_t i = 0; i < draft->n; i++)
        for (size_t k = 0; k < lacking.n; k++)
            if (id_eq(lacking.items[k].variant, draft->lines[i].variant))
                violation_add_at(bad, str_format(bad->arena, "/lines/%zu/quantity", i), &line_short,
                                 str_format(bad->arena, "can be at most %lld in all",
                                            (long long)lacking.items[k].free));
    return (Reply){
        .status = error_stock_short.status, .error = &error_stock_short, .violations = bad};
}

static Reply create_order(Request *rq, const NewOrder *in)
{
    Ctx *cx = rq->cx;
    if (in->customer.n && !user_read(cx, in->customer))
        return refuse((Verdict){&error_unknown_customer, {0}});
    Violations *bad = NEW(cx->arena, Violations);
    *bad = violations_new(cx->arena);
    OrderDraft draft = draft_of(cx, in);
    add_up(bad, &draft);
    if (bad->n) return refuse_violations(bad);
    Id order = ctx_id(cx);
    Verdict verdict = {0};
    const Payment *payment = NULL;
    if (draft.totals.total.minor > 0) payment = promise_payment(cx, order, in, &draft, &verdict);
    if (verdict.error) return refuse(verdict);
    const Order *placed = order_place(cx, order, &draft);
    if (payment) payment_put_whole(cx, payment);
    audit(cx, &order_placed_by_hand, "ord", order, NULL, NULL, NULL);
    StockDemandList wanted = demands_of(cx->arena, &draft);
    StockShortList lacking;
    if (wanted.n && !stock_promise(cx, order_owner(order), wanted, &lacking))
        return refuse_short(rq, &draft, lacking);
    return created(
        &order_type, placed,
        str_format(cx->arena, "/v1/orders/%.*s", STR_ARG(id_text(cx->arena, "ord", order))));
}
HANDLER(create_order, NewOrder)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const page_errors[] = {&error_bad_cursor, NULL};
static const Error *const create_errors[] = {&error_unknown_customer, &error_provider_elsewhere,
                                             &error_unknown_provider, &error_stock_short, NULL};

#define OF_GUEST                                                                                   \
    "For who has ordered without an account. The header `Order-Token` has the order's `token`; "   \
    "without it, or with another one, there is no such order."

static const Route routes[] = {
    ROUTE(GET, "/v1/orders", list_orders, "List and search orders, the newest first.",
          .detail = "By `number`, `reference`, `email`, `sku` or `name` at most one is looked for, "
                    "in this order; the other filters hold besides.",
          .tx = TX_READ, .needs = &orders_read, .query = &order_query_type,
          .reply = &order_summary_type, .list = true, .errors = page_errors),
    ROUTE(POST, "/v1/orders", create_order, "Place an order for a customer.",
          .detail = "For orders by telephone. The lines are written down as they are given; those "
                    "with a variant are promised from stock, all or none. The payment waits to be "
                    "captured. Send `Idempotency-Key`, so that an answer that is lost can be asked "
                    "for again.",
          .tx = TX_WRITE, .needs = &orders_write, .body = &new_order_type, .reply = &order_type,
          .status = 201, .errors = create_errors),
    ROUTE(GET, "/v1/orders/{id:ord}", show_order, "Read an order.", .detail = order_edges_text,
          .tx = TX_READ, .needs = &orders_read, .owner = order_its_customer, .reply = &order_type),
    ROUTE(GET, "/v1/orders/{id:ord}/timeline", list_order_timeline,
          "Read what has happened to an order, the oldest first.",
          .detail = "Customers see what is public.", .tx = TX_READ, .needs = &orders_read,
          .owner = order_its_customer, .query = &order_page_query_type, .reply = &order_entry_type,
          .list = true, .errors = page_errors),
    ROUTE(GET, "/v1/orders/{id:ord}/notes", list_order_notes,
          "Read what staff tell each other of an order, the newest first.", .tx = TX_READ,
          .needs = &orders_read, .query = &order_page_query_type, .reply = &order_note_type,
          .list = true, .errors = page_errors),
    ROUTE(POST, "/v1/orders/{id:ord}/notes", create_order_note, "Add a note for staff.",
          .tx = TX_WRITE, .needs = &orders_write, .body = &order_note_type,
          .reply = &order_note_type, .status = 201),
    ROUTE(GET, "/v1/users/{id:user}/orders", list_customer_orders,
          "List a customer's orders, the newest first.", .tx = TX_READ, .needs = &orders_read,
          .owner = the_user, .query = &order_page_query_type, .reply = &order_summary_type,
          .list = true, .errors = page_errors),
    ROUTE(GET, "/v1/guest-orders/{id:ord}", show_guest_order, "Read a guest's order.",
          .detail = OF_GUEST, .tx = TX_READ, .reply = &order_type),
    ROUTE(GET, "/v1/guest-orders/{id:ord}/timeline", list_guest_timeline,
          "Read what has happened to a guest's order, the oldest first.", .detail = OF_GUEST,
          .tx = TX_READ, .query = &order_page_query_type, .reply = &order_entry_type, .list = true,
          .errors = page_errors),
};

static const Error *const errors[] = {&error_unknown_customer, &error_provider_elsewhere};
static const Permission *const permissions[] = {&orders_read, &orders_write, &orders_refund};
static const AuditAction *const audits[] = {&order_placed_by_hand};
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

extern const char orders_0001_orders[], orders_0002_lines_with_order[];
static const Migration migrations[] = {
    {.module = "orders", .number = 1, .name = "orders", .sql = orders_0001_orders},
    {.module = "orders",
     .number = 2,
     .name = "lines_with_order",
     .sql = orders_0002_lines_with_order},
};

const Module orders_module = {
    .name = "orders",
    .doc = "What was sold, and what has become of it.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
    MODULE_ROWS(audits, audit),
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
    .checks = order_checks,
    .check_count = ORDER_CHECKS,
    .start = orders_start,
    .stop = orders_stop,
};
