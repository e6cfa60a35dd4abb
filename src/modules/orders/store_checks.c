#include "modules/orders/store_checks.h"

OrderRowList order_rows_page(Ctx *cx, Id after, int64_t limit)
{
    return DB_LIST(OrderRowList,
                   db_all(cx, &order_row_type,
                          "select id, number, reference, state, cart_id, customer_id, payment_id, "
                          "currency, subtotal, discount, shipping, tax, total, captured, refunded, "
                          "credited, items, shipped, delivered, returned, placed_at, paid_at, "
                          "cancelled_at from orders where id > $1 order by id limit $2",
                          after.n, limit));
}

static const Type order_sums_type =
    TYPE(OrderSums, "What lines add up to.", FIELD(OrderSums, id, "", .prefix = "ord"),
         FIELD(OrderSums, subtotal, ""), FIELD(OrderSums, discount, ""), FIELD(OrderSums, tax, ""),
         FIELD(OrderSums, total, ""), FIELD(OrderSums, items, ""), FIELD(OrderSums, shipped, ""),
         FIELD(OrderSums, delivered, ""), FIELD(OrderSums, returned, ""),
         FIELD(OrderSums, unshipped, ""));

AnyList order_sums(Ctx *cx, Id after, Id last)
{
    return db_all(cx, &order_sums_type,
                  "select order_id as id, cast(sum(unit_price * quantity) as bigint) as subtotal, "
                  "cast(sum(discount) as bigint) as discount, cast(sum(tax) as bigint) as tax, "
                  "cast(sum(total) as bigint) as total, cast(sum(quantity) as bigint) as items, "
                  "cast(sum(shipped) as bigint) as shipped, "
                  "cast(sum(delivered) as bigint) as delivered, "
                  "cast(sum(returned) as bigint) as returned, "
                  "cast(sum(case when variant_id is null then 0 else quantity - shipped end) "
                  "as bigint) as unshipped "
                  "from order_lines where order_id > $1 and order_id <= $2 "
                  "group by order_id order by order_id",
                  after.n, last.n);
}

IdList order_refund_ids(Ctx *cx, Id order)
{
    return db_ids(cx,
                  "select refund from order_refunds where order_id = $1 and refund is not null "
                  "order by id",
                  order);
}

static const Type numbered_order_type =
    TYPE(NumberedOrder, "An order and its number.", FIELD(NumberedOrder, id, "", .prefix = "ord"),
         FIELD(NumberedOrder, number, ""));

AnyList orders_numbered(Ctx *cx, int64_t after, int64_t limit)
{
    return db_all(cx, &numbered_order_type,
                  "select id, number from orders where number > $1 order by number limit $2", after,
                  limit);
}

int64_t order_last_number(Ctx *cx)
{
    return db_int(cx, 0, "select last from order_numbers");
}
