/* Carts and lists as requests have them: whose they are, opened, changed, written.
 *
 * Every change goes the same way: the row is opened by one update that asks all there is to ask (is it
 * open, has it not ended, is it theirs), the change is made in memory, the cart is shown, and what differs
 * from what was read is written. So a handler says only what it changes, and what is written does not
 * depend on how it came about: a line that joined another, a merge and a move are the same three loops.
 *
 * Why a cart could not be opened is asked afterwards, by who was refused: the common case pays nothing for
 * it.
 *
 * Rejected: a statement for each kind of change (`set quantity = quantity + $1`): they would be as many,
 * and the lines must be read anyway, since the answer shows all of them. */
#include "modules/cart/access.h"

#include "base/hash.h"
#include "platform/api/errors.h"

/* ---- Whose it is ----------------------------------------------------------------------------- */

Str cart_token_hash(Arena *arena, Str token)
{
    unsigned char hash[SHA256_BYTES];
    hash_sha256(token, hash); /* 128 random bits need no salt and no slow hash */
    return base64url_text(arena, hash, sizeof hash);
}

CartAccess cart_access(Request *rq)
{
    const Actor *actor = &rq->cx->actor;
    Str token = request_header(rq, S("Cart-Token"));
    bool is_user = actor->id.n && !actor->limited && strcmp(actor->prefix, "user") == 0;
    return (CartAccess){.token_hash = token.n ? cart_token_hash(rq->cx->arena, token) : S(""),
                        .customer = is_user ? actor->id : (Id){0}};
}

static bool has_it(const CartAccess *access, const CartRow *row)
{
    if (row->customer_id.n) return id_eq(row->customer_id, access->customer);
    return row->token_hash.n && row->token_hash.n == access->token_hash.n &&
           bytes_eq_constant_time(row->token_hash.p, access->token_hash.p, row->token_hash.n);
}

/* ---- Reading --------------------------------------------------------------------------------- */

Cart *cart_read(Ctx *cx, Id cart)
{
    CartLineRows lines;
    CartGuess *guess = cart_guess(cx, cart, NULL);
    CartRow *row = cart_row_read(cx, cart, guess, &lines);
    if (!row || row->kind != CART_PLAIN) return NULL;
    CartState state = cart_state(cx->arena, row, lines);
    state.guess = guess;
    return cart_show(cx, &state);
}

/* `guess`: what was asked with the row. */
static Cart *show_to(Request *rq, const CartRow *row, CartLineRows lines, const CartGuess *guess,
                     bool anybody)
{
    CartAccess access = cart_access(rq);
    if (!row || row->kind != CART_PLAIN || !(anybody || has_it(&access, row))) return NULL;
    CartState state = cart_state(rq->cx->arena, row, lines);
    state.guess = guess;
    return cart_show(rq->cx, &state);
}

Cart *cart_of_staff(Request *rq, const Permission *permission)
{
    CartLineRows lines;
    CartGuess *guess = cart_guess(rq->cx, rq->id, NULL);
    CartRow *row = cart_row_read(rq->cx, rq->id, guess, &lines);
    return show_to(rq, row, lines, guess, may(rq, permission));
}

Cart *cart_of(Request *rq)
{
    CartLineRows lines;
    CartGuess *guess = cart_guess(rq->cx, rq->id, NULL);
    CartRow *row = cart_row_read(rq->cx, rq->id, guess, &lines);
    return show_to(rq, row, lines, guess, false);
}

Cart *cart_hold(Request *rq, const CartAlso *also)
{
    CartLineRows lines;
    CartGuess *guess = cart_guess(rq->cx, rq->id, NULL);
    CartRow *row = cart_row_hold(rq->cx, rq->id, also, guess, &lines);
    return show_to(rq, row, lines, guess, false);
}

/* ---- Changing -------------------------------------------------------------------------------- */

/* Why it could not be opened: strangers learn nothing of it. */
static Reply why_not_open(Request *rq, Id cart, const CartAccess *access)
{
    CartLineRows lines;
    CartRow *row = cart_row_read(rq->cx, cart, NULL, &lines);
    if (!row || row->kind != CART_PLAIN || !has_it(access, row)) return not_found(rq, "cart");
    return fail(rq, &error_cart_not_open, "Its status is \"%.*s\".",
                STR_ARG(enum_text(&cart_status_names, row->status)));
}

Reply cart_open_state(Request *rq, Id cart, CartGuess *guess, CartState *state)
{
    CartRow *row;
    CartLineRows lines;
    CartAccess access = cart_access(rq);
    if (!cart_open(rq->cx, cart, false, &access, guess, &row, &lines))
        return why_not_open(rq, cart, &access);
    *state = cart_state(rq->cx->arena, row, lines);
    state->guess = guess;
    return (Reply){0};
}

Reply list_open_state(Request *rq, Id list, CartState *state)
{
    CartRow *row;
    CartLineRows lines;
    CartAccess access = cart_access(rq);
    if (!cart_open(rq->cx, list, true, &access, NULL, &row, &lines)) return not_found(rq, "list");
    *state = cart_state(rq->cx->arena, row, lines);
    return (Reply){0};
}

static Reply check_version(Request *rq, const CartState *state, int64_t version)
{
    int64_t before = state->row.version - 1;
    if (!version_matches(rq, before)) return version_changed(rq);
    if (version && version != before)
        return fail(rq, &error_cart_version, "Its version is %lld.", (long long)before);
    return (Reply){0};
}

Reply cart_open_seen(Request *rq, int64_t version, CartGuess *guess, CartState *state)
{
    Reply refused = cart_open_state(rq, rq->id, guess, state);
    return refused.error ? refused : check_version(rq, state, version);
}

Reply list_open_seen(Request *rq, int64_t version, CartState *state)
{
    Reply refused = list_open_state(rq, rq->id, state);
    return refused.error ? refused : check_version(rq, state, version);
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static const ViolationCode twice = {"attribute_twice", "An attribute is named twice."};

Reply refuse_attributes(Request *rq, Str pointer)
{
    Violations *bad = NEW(rq->cx->arena, Violations);
    *bad = violations_new(rq->cx->arena);
    violation_add_at(bad, pointer, &twice, S("must have each name once"));
    return refuse_violations(bad);
}

Reply cart_put_lines(Request *rq, CartState *state, const WantedLines *wanted, size_t *places)
{
    Arena *arena = rq->cx->arena;
    for (size_t i = 0; i < wanted->n; i++) {
        const WantedLine *line = &wanted->items[i];
        LineAttributes attributes;
        if (!attributes_sort(arena, line->attributes, &attributes))
            return refuse_attributes(rq, str_format(arena, "/lines/%zu/attributes", i));
        const Error *error =
            state_add(state, line->variant, line->quantity, attributes, &places[i]);
        if (error) return fail(rq, error, "Line %zu of the request.", i);
    }
    return (Reply){0};
}

/* What of a line is kept, as it is shown now. */
static CartLineRow row_to_keep(const CartLineRow *row, const CartLine *line)
{
    CartLineRow kept = *row;
    kept.product_id = line->product;
    kept.title = line->title;
    kept.sku = line->sku;
    kept.seen_price = line->unit_price;
    if (line->for_sale)
        MARK_SET(&cart_line_row_type, &kept, CartLineRow, seen_price);
    else
        MARK_ABSENT(&cart_line_row_type, &kept, CartLineRow, seen_price);
    return kept;
}

static bool same_row(const CartLineRow *a, const CartLineRow *b)
{
    bool seen = IS_SET(&cart_line_row_type, a, CartLineRow, seen_price);
    return a->quantity == b->quantity && attributes_same(a->attributes, b->attributes) &&
           str_eq(a->title, b->title) && str_eq(a->sku, b->sku) &&
           seen == IS_SET(&cart_line_row_type, b, CartLineRow, seen_price) &&
           (!seen || a->seen_price.minor == b->seen_price.minor);
}

static void delete_missing(Ctx *cx, const CartState *state)
{
    CartLineRows was = state->was;
    if (was.n && !state->lines.n) {
        lines_delete(cx, state->row.id);
        return;
    }
    for (size_t i = 0; i < was.n; i++)
        if (state_find(state, was.items[i].id) == state->lines.n)
            line_delete(cx, state->row.id, was.items[i].id);
}

static const CartLineRow *row_of(CartLineRows rows, Id line)
{
    for (size_t i = 0; i < rows.n; i++)
        if (id_eq(rows.items[i].id, line)) return &rows.items[i];
    return NULL;
}

Cart *cart_show_state(Ctx *cx, CartState *state)
{
    for (size_t i = 0; i < state->lines.n; i++)
        if (!state->lines.items[i].id.n) state->lines.items[i].id = ctx_id(cx);
    return cart_show(cx, state);
}

static void write_line(Ctx *cx, const CartLineRow *before, const CartLineRow *kept)
{
    CartLineRow counted = *before;
    counted.quantity = kept->quantity;
    if (same_row(&counted, kept))
        line_count(cx, kept);
    else
        line_update(cx, kept);
}

void cart_keep(Ctx *cx, const CartState *state, const Cart *cart)
{
    CartLineRows fresh = {NEW_N(cx->arena, CartLineRow, state->lines.n), 0};
    delete_missing(cx, state);
    for (size_t i = 0; i < state->lines.n; i++) {
        CartLineRow kept = row_to_keep(&state->lines.items[i], &cart->lines.items[i]);
        const CartLineRow *before = row_of(state->was, kept.id);
        if (!before)
            fresh.items[fresh.n++] = kept;
        else if (!same_row(before, &kept))
            write_line(cx, before, &kept);
    }
    lines_insert(cx, fresh);
    if (cart->totals.discount.minor != state->row.seen_discount.minor)
        cart_seen_discount(cx, cart->id, cart->totals.discount);
}
