/* Every statement of the module.
 *
 * Whoever changes a cart updates its row first: that counts the version, moves the end, and makes others
 * who change it wait, and the same statement asks whether the cart is open and whose it is. So what is
 * read of its lines behind it stays true until the commit. The end moves only when a day is gained by it:
 * it has an index, which most changes then leave alone (on PostgreSQL they are HOT updates). */
#include "modules/cart/store.h"

#define CART_COLUMNS                                                                               \
    "id, kind, name, token_hash, customer_id, status, channel, currency, locale, note, "           \
    "seen_discount, order_id, merged_into, version, expires_at, created_at, updated_at "

/* Of an open one, without what its opening has said or made so. PostgreSQL looks up the type of each
 * column whenever it answers: what is known costs as much as what is not. */
#define OPEN_COLUMNS                                                                               \
    "kind, name, customer_id, channel, currency, locale, note, seen_discount, version, "           \
    "expires_at, created_at "

static Time in_days(Ctx *cx, int64_t days)
{
    return (Time){ctx_now(cx).us + days * 86400 * 1000000};
}

static Time end_of(Ctx *cx)
{
    return in_days(cx, CART_DAYS);
}

static void ask_lines(Ctx *cx, Id cart, AnyList *lines)
{
    db_ask_all(cx, lines, &cart_line_row_type,
               "select id, variant_id, product_id, quantity, attributes, title, sku, seen_price "
               "from cart_lines where cart_id = $1 order by id",
               cart);
}

static CartLineRows lines_found(Id cart, AnyList found)
{
    CartLineRows lines = {found.items, found.n};
    for (size_t i = 0; i < lines.n; i++) {
        lines.items[i].cart_id = cart;
        MARK_SET(&cart_line_row_type, &lines.items[i], CartLineRow, cart_id);
    }
    return lines;
}

/* ---- One cart -------------------------------------------------------------------------------- */

bool cart_open(Ctx *cx, Id cart, bool is_list, const CartAccess *access, CartGuess *guess,
               CartRow **row, CartLineRows *lines)
{
    AnyList found;
    db_ask_one(cx, row, &cart_row_type,
               "update carts set version = version + 1, updated_at = $2, "
               "expires_at = case when expires_at < $7 then $3 else expires_at end "
               "where id = $1 and (kind <> 'cart') = $4 and status = 'open' "
               "and (expires_at is null or expires_at > $2) "
               "and (token_hash = $5 or customer_id = $6) returning " OPEN_COLUMNS,
               cart, ctx_now(cx), end_of(cx), is_list, access->token_hash, access->customer,
               in_days(cx, CART_DAYS - 1));
    ask_lines(cx, cart, &found);
    guess_ask(cx, guess);
    if (!db_settle(cx) || !*row) return false;
    (*row)->id = cart;
    (*row)->status = CART_OPEN;
    (*row)->updated_at = ctx_now(cx);
    MARK_SET(&cart_row_type, *row, CartRow, id);
    MARK_SET(&cart_row_type, *row, CartRow, status);
    MARK_SET(&cart_row_type, *row, CartRow, updated_at);
    *lines = lines_found(cart, found);
    return true;
}

#define ROW_READ                                                                                   \
    "select " CART_COLUMNS "from carts where id = $1 "                                             \
    "and (expires_at is null or expires_at > $2 or status = 'checkout')"

static CartRow *with_lines(Ctx *cx, CartRow **row, Id cart, CartGuess *guess, CartLineRows *lines)
{
    AnyList found;
    ask_lines(cx, cart, &found);
    guess_ask(cx, guess);
    if (!db_settle(cx)) return NULL;
    *lines = lines_found(cart, found);
    return *row;
}

CartRow *cart_row_read(Ctx *cx, Id cart, CartGuess *guess, CartLineRows *lines)
{
    CartRow *row;
    db_ask_one(cx, &row, &cart_row_type, ROW_READ, cart, ctx_now(cx));
    return with_lines(cx, &row, cart, guess, lines);
}

CartRow *cart_row_hold(Ctx *cx, Id cart, const CartAlso *also, CartGuess *guess,
                       CartLineRows *lines)
{
    CartRow *row;
    if (db_dialect(cx) == DB_POSTGRES)
        db_ask_one(cx, &row, &cart_row_type, ROW_READ " for update", cart, ctx_now(cx));
    else
        db_ask_one(cx, &row, &cart_row_type, ROW_READ, cart, ctx_now(cx));
    if (also) also->ask(cx, cart, also->arg);
    return with_lines(cx, &row, cart, guess, lines);
}

Id cart_of_customer(Ctx *cx, Id customer, Str channel, Currency currency)
{
    return (Id){db_int(cx, 0,
                       "select id from carts where customer_id = $1 and kind = 'cart' "
                       "and status = 'open' and channel = $2 and currency = $3 "
                       "and expires_at > $4 order by updated_at desc, id desc limit 1",
                       customer, channel, currency_text(&currency), ctx_now(cx))};
}

void cart_insert(Ctx *cx, const CartRow *row)
{
    db_post_put(cx, &cart_row_type, row,
                "insert into carts (id, kind, name, token_hash, customer_id, status, channel, "
                "currency, locale, note, seen_discount, order_id, merged_into, version, "
                "expires_at, created_at, updated_at) values (:id, :kind, :name, :token_hash, "
                ":customer_id, :status, :channel, :currency, :locale, :note, :seen_discount, "
                ":order_id, :merged_into, :version, :expires_at, :created_at, :updated_at)");
}

void cart_note(Ctx *cx, Id cart, Str note)
{
    db_post(cx, "update carts set note = $2 where id = $1", cart, note);
}

void cart_seen_discount(Ctx *cx, Id cart, Money discount)
{
    db_post(cx, "update carts set seen_discount = $2 where id = $1", cart, discount);
}

void cart_give(Ctx *cx, Id cart, Id customer)
{
    db_post(cx, "update carts set customer_id = $2, token_hash = null where id = $1", cart,
            customer);
}

void cart_merged(Ctx *cx, Id cart, Id into)
{
    db_post(cx, "delete from cart_lines where cart_id = $1", cart);
    db_post(cx, "update carts set status = 'merged', merged_into = $2 where id = $1", cart, into);
}

bool cart_delete(Ctx *cx, Id cart)
{
    return db_exec(cx, "delete from carts where id = $1", cart) == 1;
}

/* ---- For the checkout ------------------------------------------------------------------------ */

bool cart_freeze(Ctx *cx, Id cart)
{
    return db_exec(cx,
                   "update carts set status = 'checkout', version = version + 1, updated_at = $2 "
                   "where id = $1 and kind = 'cart' and (status = 'checkout' "
                   "or status = 'open' and expires_at > $2)",
                   cart, ctx_now(cx)) == 1;
}

#define CLOSE                                                                                      \
    "update carts set status = 'ordered', order_id = $2, version = version + 1, updated_at = $3, " \
    "expires_at = case when expires_at < $5 then $4 else expires_at end "                          \
    "where id = $1 and kind = 'cart' and (status in ('open', 'checkout') or order_id = $2)"

bool cart_close(Ctx *cx, Id cart, Id order)
{
    return db_exec(cx, CLOSE, cart, order, ctx_now(cx), end_of(cx), in_days(cx, CART_DAYS - 1)) ==
           1;
}

void cart_close_held(Ctx *cx, Id cart, Id order)
{
    db_post(cx, CLOSE, cart, order, ctx_now(cx), end_of(cx), in_days(cx, CART_DAYS - 1));
}

bool cart_reopen(Ctx *cx, Id cart, Id order)
{
    return db_exec(cx,
                   "update carts set status = 'open', order_id = null, version = version + 1, "
                   "updated_at = $3, expires_at = $4 where id = $1 and kind = 'cart' "
                   "and (status = 'checkout' or order_id = $2)",
                   cart, order, ctx_now(cx), end_of(cx)) == 1;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

void lines_insert(Ctx *cx, CartLineRows lines)
{
    db_post_rows(cx, &cart_line_row_type, lines.items, lines.n,
                 "insert into cart_lines (cart_id, id, variant_id, product_id, quantity, "
                 "attributes, title, sku, seen_price) values (:cart_id, :id, :variant_id, "
                 ":product_id, :quantity, :attributes, :title, :sku, :seen_price)");
}

void line_update(Ctx *cx, const CartLineRow *line)
{
    db_post_put(cx, &cart_line_row_type, line,
                "update cart_lines set quantity = :quantity, attributes = :attributes, "
                "title = :title, sku = :sku, seen_price = :seen_price "
                "where cart_id = :cart_id and id = :id");
}

void line_count(Ctx *cx, const CartLineRow *line)
{
    db_post(cx, "update cart_lines set quantity = $3 where cart_id = $1 and id = $2", line->cart_id,
            line->id, line->quantity);
}

void line_delete(Ctx *cx, Id cart, Id line)
{
    db_post(cx, "delete from cart_lines where cart_id = $1 and id = $2", cart, line);
}

void lines_delete(Ctx *cx, Id cart)
{
    db_post(cx, "delete from cart_lines where cart_id = $1", cart);
}

/* ---- Many carts ------------------------------------------------------------------------------ */

#define SUMMARY_COLUMNS                                                                            \
    "c.id, c.customer_id as customer, c.status, c.channel, c.currency, c.locale, c.note, "         \
    "coalesce((select cast(sum(l.quantity) as bigint) from cart_lines l "                          \
    "where l.cart_id = c.id), 0) as pieces, c.order_id as \"order\", c.version, c.expires_at, "    \
    "c.created_at, c.updated_at from carts c "

CartSummaries carts_page(Ctx *cx, const CartQuery *query, Id before, int64_t limit)
{
    bool of_status = IS_SET(&cart_query_type, query, CartQuery, status);
    Str status = of_status ? enum_text(&cart_status_names, query->status) : S("");
    AnyList rows = query->customer.n
                       ? db_all(cx, &cart_summary_type,
                                "select " SUMMARY_COLUMNS
                                "where c.customer_id = $1 and c.kind = 'cart' and c.id < $2 "
                                "and ($3 = '' or c.status = $3) and c.expires_at > $4 "
                                "order by c.id desc limit $5",
                                query->customer, before, status, ctx_now(cx), limit)
                       : db_all(cx, &cart_summary_type,
                                "select " SUMMARY_COLUMNS "where c.kind = 'cart' and c.id < $1 "
                                "and ($2 = '' or c.status = $2) and c.expires_at > $3 "
                                "order by c.id desc limit $4",
                                before, status, ctx_now(cx), limit);
    return (CartSummaries){rows.items, rows.n};
}

CartSummaries carts_of_customer(Ctx *cx, Id customer)
{
    return DB_LIST(CartSummaries,
                   db_all(cx, &cart_summary_type,
                          "select " SUMMARY_COLUMNS
                          "where c.customer_id = $1 and c.kind = 'cart' order by c.id",
                          customer));
}

ListSummaries lists_of_customer(Ctx *cx, Id customer)
{
    return DB_LIST(ListSummaries,
                   db_all(cx, &list_summary_type,
                          "select c.id, c.kind, c.name, c.channel, c.currency, c.locale, "
                          "coalesce((select cast(sum(l.quantity) as bigint) from cart_lines l "
                          "where l.cart_id = c.id), 0) as pieces, c.version, c.created_at, "
                          "c.updated_at from carts c where c.customer_id = $1 "
                          "and c.kind <> 'cart' order by c.id",
                          customer));
}

CartLineRows lines_of_customer(Ctx *cx, Id customer)
{
    return DB_LIST(CartLineRows,
                   db_all(cx, &cart_line_row_type,
                          "select l.cart_id, l.id, l.variant_id, l.product_id, l.quantity, "
                          "l.attributes, l.title, l.sku, l.seen_price from carts c "
                          "join cart_lines l on l.cart_id = c.id where c.customer_id = $1 "
                          "order by l.cart_id, l.id",
                          customer));
}

int64_t lists_count(Ctx *cx, Id customer)
{
    return db_int(cx, 0, "select count(*) from carts where customer_id = $1 and kind <> 'cart'",
                  customer);
}

void list_rename(Ctx *cx, Id list, Str name)
{
    db_post(cx, "update carts set name = $2 where id = $1", list, name);
}

IdList carts_buyable(Ctx *cx, IdList carts)
{
    return db_ids(cx,
                  "select id from carts where id in IDS($1) and kind = 'cart' "
                  "and status in ('open', 'checkout')",
                  carts);
}

IdList carts_expired(Ctx *cx, int64_t limit)
{
    return db_ids(cx,
                  "select id from carts where expires_at <= $1 and status <> 'checkout' "
                  "order by expires_at limit $2",
                  ctx_now(cx), limit);
}

IdList carts_of_gone(Ctx *cx, Id customer)
{
    return db_ids(
        cx, "select id from carts where customer_id = $1 and status <> 'checkout' order by id",
        customer);
}

void carts_forget_customer(Ctx *cx, Id customer)
{
    db_exec(cx, "update carts set customer_id = null, note = '' where customer_id = $1", customer);
}
