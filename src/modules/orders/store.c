/* Orders, their lines, and their lists.
 *
 * A list is one index walked backwards by (what is asked for, id): ids are made in the order of time, so
 * the newest come first and a page costs what it shows, however many orders there are. All a list shows
 * stands in the order's own row, so nothing is joined and nothing counted. Where several things are asked
 * for at once, the index is that of the most telling one, and the rest is looked at in its rows. */
#include "modules/orders/store.h"

/* ---- Writing --------------------------------------------------------------------------------- */

bool order_insert(Ctx *cx, const OrderRow *row)
{
    return db_put(cx, &order_row_type, row,
                  "insert into orders (id, number, reference, token, state, cart_id, customer_id, "
                  "payment_id, email, email_key, name_key, locale, channel, currency, subtotal, "
                  "discount, shipping, tax, total, captured, refunded, credited, items, shipped, "
                  "delivered, returned, title, image, shipping_rate, note, shipping_address, "
                  "billing_address, cancel_reason, forget, placed_at, paid_at, cancelled_at, "
                  "version, updated_at) "
                  "values (:id, :number, :reference, :token, :state, :cart_id, :customer_id, "
                  ":payment_id, :email, :email_key, :name_key, :locale, :channel, :currency, "
                  ":subtotal, :discount, :shipping, :tax, :total, :captured, :refunded, :credited, "
                  ":items, :shipped, :delivered, :returned, :title, :image, :shipping_rate, :note, "
                  ":shipping_address, :billing_address, :cancel_reason, :forget, :placed_at, "
                  ":paid_at, :cancelled_at, :version, :updated_at) on conflict do nothing") == 1;
}

void order_lines_insert(Ctx *cx, const OrderLineRow *rows, size_t n)
{
    db_post_rows(cx, &order_line_row_type, rows, n,
                 "insert into order_lines (id, order_id, position, variant_id, product_id, title, "
                 "variant_title, sku, image, quantity, unit_price, discount, tax, total, shipped, "
                 "delivered, returned, refunded) "
                 "values (:id, :order_id, :position, :variant_id, :product_id, :title, "
                 ":variant_title, :sku, :image, :quantity, :unit_price, :discount, :tax, :total, "
                 ":shipped, :delivered, :returned, :refunded)");
}

#define ORDER_COLUMNS                                                                              \
    "id, number, reference, token, state, cart_id, customer_id, payment_id, email, email_key, "    \
    "name_key, locale, channel, currency, subtotal, discount, shipping, tax, total, captured, "    \
    "refunded, credited, items, shipped, delivered, returned, title, image, shipping_rate, note, " \
    "shipping_address, billing_address, cancel_reason, forget, placed_at, paid_at, cancelled_at, " \
    "version, updated_at "

OrderRow *order_hold(Ctx *cx, Id id)
{
    return db_one(cx, &order_row_type,
                  "update orders set version = version + 1, updated_at = $2 where id = $1 "
                  "returning " ORDER_COLUMNS,
                  id, ctx_now(cx));
}

void order_write(Ctx *cx, const OrderRow *row)
{
    db_post_put(cx, &order_row_type, row,
                "update orders set state = :state, payment_id = :payment_id, "
                "captured = :captured, refunded = :refunded, credited = :credited, "
                "shipped = :shipped, delivered = :delivered, returned = :returned, "
                "cancel_reason = :cancel_reason, paid_at = :paid_at, cancelled_at = :cancelled_at "
                "where id = :id");
}

void order_line_write(Ctx *cx, const OrderLine *line)
{
    db_post(cx,
            "update order_lines set shipped = $2, delivered = $3, returned = $4, refunded = $5 "
            "where id = $1",
            line->id, line->shipped, line->delivered, line->returned, line->refunded);
}

void order_refund_lines(Ctx *cx, Id order, OrderPartList parts, int64_t sign)
{
    for (size_t i = 0; i < parts.n; i++)
        db_post(cx,
                "update order_lines set refunded = refunded + $3 where id = $1 and order_id = $2",
                parts.items[i].line, order, sign * parts.items[i].quantity);
}

/* ---- Reading one ----------------------------------------------------------------------------- */

Id order_exists(Ctx *cx, Id id)
{
    return (Id){db_int(cx, 0, "select id from orders where id = $1", id)};
}

Id order_customer(Ctx *cx, Id id)
{
    return (Id){db_int(cx, 0, "select customer_id from orders where id = $1", id)};
}

Id order_find_cart(Ctx *cx, Id cart)
{
    return (Id){db_int(cx, 0, "select id from orders where cart_id = $1", cart)};
}

void order_leave_cart(Ctx *cx, Id order)
{
    db_post(cx, "update orders set cart_id = null where id = $1", order);
}

OrderRow *order_row(Ctx *cx, Id id)
{
    return db_one(cx, &order_row_type, "select " ORDER_COLUMNS "from orders where id = $1", id);
}

void order_ask(Ctx *cx, OrderRow **row, Id id)
{
    db_ask_one(cx, row, &order_row_type, "select " ORDER_COLUMNS "from orders where id = $1", id);
}

#define LINE_COLUMNS                                                                               \
    "select id, variant_id as variant, product_id as product, title, variant_title, sku, image, "  \
    "quantity, unit_price, discount, tax, total, shipped, delivered, returned, refunded "          \
    "from order_lines where order_id = $1 order by position"

void order_lines_ask(Ctx *cx, AnyList *lines, Id order)
{
    db_ask_all(cx, lines, &order_line_type, LINE_COLUMNS, order);
}

OrderLineList order_lines(Ctx *cx, Id order)
{
    return DB_LIST(OrderLineList, db_all(cx, &order_line_type, LINE_COLUMNS, order));
}

/* ---- Lists ----------------------------------------------------------------------------------- */

#define SUMMARY                                                                                    \
    "select o.id, o.number, o.reference, o.state, o.customer_id as customer, o.email, "            \
    "o.currency, "                                                                                 \
    "o.total, o.refunded, o.items, o.title, o.image, o.placed_at from orders o "

/* $1 from, $2 before, $3 limit, $4 state, $5 customer. */
#define IN_RANGE "o.id >= $1 and o.id < $2 "
#define STATE    "and ($4 = '' or o.state = $4) "
#define CUSTOMER "and ($5 = 0 or o.customer_id = $5) "
#define NEWEST   "order by o.id desc limit $3"
#define FILTER   filter->from.n, filter->before.n, filter->limit, filter->state, filter->customer.n

AnyList orders_page(Ctx *cx, const OrderFilter *filter)
{
    return db_all(cx, &order_summary_type, SUMMARY "where " IN_RANGE NEWEST, filter->from.n,
                  filter->before.n, filter->limit);
}

AnyList orders_of_customer(Ctx *cx, const OrderFilter *filter)
{
    return db_all(cx, &order_summary_type,
                  SUMMARY "where o.customer_id = $5 and " IN_RANGE STATE
                          "order by o.customer_id desc, o.id desc limit $3",
                  FILTER);
}

AnyList orders_in_state(Ctx *cx, const OrderFilter *filter)
{
    return db_all(cx, &order_summary_type,
                  SUMMARY "where o.state = $4 and " IN_RANGE
                          "order by o.state desc, o.id desc limit $3",
                  filter->from.n, filter->before.n, filter->limit, filter->state);
}

AnyList orders_by_email(Ctx *cx, const OrderFilter *filter, Str key)
{
    return db_all(cx, &order_summary_type,
                  SUMMARY "where o.email_key = $6 and " IN_RANGE STATE CUSTOMER
                          "order by o.email_key desc, o.id desc limit $3",
                  FILTER, key);
}

/* The names that begin so, up to the first that does not: U+10FFFF is behind all characters. */
AnyList orders_by_name(Ctx *cx, const OrderFilter *filter, Str key)
{
    Str end = str_format(cx->arena, "%.*s\xF4\x8F\xBF\xBF", STR_ARG(key));
    return db_all(cx, &order_summary_type,
                  SUMMARY
                  "where o.name_key >= $6 and o.name_key < $7 and " IN_RANGE STATE CUSTOMER NEWEST,
                  FILTER, key, end);
}

AnyList orders_by_sku(Ctx *cx, const OrderFilter *filter, Str sku)
{
    return db_all(cx, &order_summary_type,
                  SUMMARY "where o.id in (select l.order_id from order_lines l where l.sku = $6 "
                          "and l.sku <> '') and " IN_RANGE STATE CUSTOMER NEWEST,
                  FILTER, sku);
}

AnyList orders_by_number(Ctx *cx, const OrderFilter *filter, int64_t number)
{
    return db_all(cx, &order_summary_type,
                  SUMMARY "where o.number = $6 and " IN_RANGE STATE CUSTOMER NEWEST, FILTER,
                  number);
}

AnyList orders_by_reference(Ctx *cx, const OrderFilter *filter, Str reference)
{
    return db_all(cx, &order_summary_type,
                  SUMMARY "where o.reference = $6 and " IN_RANGE STATE CUSTOMER NEWEST, FILTER,
                  reference);
}

/* ---- Numbers --------------------------------------------------------------------------------- */

bool orders_are_unnumbered(Ctx *cx)
{
    return db_int(cx, 0, "select 1 from orders where number is null limit 1") == 1;
}

int64_t orders_number(Ctx *cx, int64_t limit)
{
    int64_t count =
        db_exec(cx,
                "update orders set number = numbered.number from (select id as row_id, "
                "(select last from order_numbers) + row_number() over (order by placed_at, id) "
                "as number from orders where number is null order by placed_at, id limit $1) "
                "as numbered where orders.id = numbered.row_id",
                limit);
    if (count) db_exec(cx, "update order_numbers set last = last + $1", count);
    return count;
}

/* ---- Forgetting ------------------------------------------------------------------------------ */

IdList orders_to_forget(Ctx *cx, Id customer, Id after, int64_t limit)
{
    return db_ids(cx,
                  "select id from orders where customer_id = $1 and id > $2 "
                  "order by customer_id, id limit $3",
                  customer, after.n, limit);
}

void order_write_persons(Ctx *cx, const OrderRow *row)
{
    db_post_put(cx, &order_row_type, row,
                "update orders set forget = :forget, email = :email, email_key = :email_key, "
                "name_key = :name_key, note = :note, shipping_address = :shipping_address, "
                "billing_address = :billing_address where id = :id");
}

OrderRowList order_rows_of_customer(Ctx *cx, Id customer)
{
    return DB_LIST(OrderRowList,
                   db_all(cx, &order_row_type,
                          "select " ORDER_COLUMNS "from orders where customer_id = $1 order by id",
                          customer));
}

#define ROW_OF_LINE                                                                                \
    "select l.id, l.order_id, l.position, l.variant_id, l.product_id, l.title, l.variant_title, "  \
    "l.sku, l.image, l.quantity, l.unit_price, l.discount, l.tax, l.total, l.shipped, "            \
    "l.delivered, l.returned, l.refunded from order_lines l "

AnyList order_line_rows_of_customer(Ctx *cx, Id customer)
{
    return db_all(cx, &order_line_row_type,
                  ROW_OF_LINE "join orders o on o.id = l.order_id where o.customer_id = $1 "
                              "order by l.order_id, l.position",
                  customer);
}
