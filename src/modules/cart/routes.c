/* What carts answer.
 *
 * Everybody may make a cart, and whoever has its token, or is its customer, may see and change it: so most
 * rows here are open to everybody, and each handler asks whose the cart is by opening it
 * (cart_open_state, cart_of). */
#include "modules/cart/access.h"
#include "modules/cart/checks.h"
#include "modules/cart/events.h"

#include "modules/accounts/accounts.h"
#include "platform/api/errors.h"

const Permission carts_read = {"carts:read", "See customers' carts.", .roles = "manager support"};

static const LimitClass new_carts = {.name = "carts",
                                     .doc = "Carts that guests make, by address.",
                                     .quota = 600,
                                     .window_s = 3600,
                                     .burst = 60};

static const ViolationCode refused_codes[] = {
    [NOTICE_NOT_FOR_SALE] = {"not_for_sale", "The shop does not sell it there."},
    [NOTICE_SOLD_OUT] = {"sold_out", "Nothing of it is left."},
    [NOTICE_STOCK_SHORT] = {"stock_short", "Fewer can be had than were wanted."},
    [NOTICE_NOT_ALLOWED] = {"not_allowed", "The shop does not let it be in this cart."},
};

static Reply answer(const Cart *cart)
{
    Reply reply = with_version(ok(&cart_type, cart), cart->version);
    reply.headers = S("Cache-Control: no-store\r\n"); /* a guest's is nobody else's either */
    return reply;
}

/* ---- Making one ------------------------------------------------------------------------------ */

static CartRow new_row(Ctx *cx, const NewCart *in, Id customer, Str token)
{
    Time now = ctx_now(cx);
    CartRow row = {.present = PRESENT_ALL,
                   .id = ctx_id(cx),
                   .kind = CART_PLAIN,
                   .name = S(""),
                   .customer_id = customer,
                   .status = CART_OPEN,
                   .channel = in->channel,
                   .currency = in->currency,
                   .locale = text_locale_form(cx->arena, in->locale),
                   .note = in->note,
                   .version = 1,
                   .expires_at = {now.us + (int64_t)CART_DAYS * 86400 * 1000000},
                   .created_at = now,
                   .updated_at = now};
    if (customer.n)
        MARK_ABSENT(&cart_row_type, &row, CartRow, token_hash);
    else
        row.token_hash = cart_token_hash(cx->arena, token);
    return row;
}

static Reply make_cart(Request *rq, const NewCart *in, Id customer)
{
    Ctx *cx = rq->cx;
    Str token = random_token(cx->arena, cx->random, "", CART_TOKEN_BYTES);
    CartRow row = new_row(cx, in, customer, token);
    cart_insert(cx, &row);
    CartState state = cart_state(cx->arena, &row, (CartLineRows){0});
    Cart *cart = cart_show(cx, &state);
    if (!customer.n) {
        cart->token = token;
        MARK_SET(&cart_type, cart, Cart, token);
    }
    Str id = id_text(cx->arena, "cart", cart->id);
    Reply reply = created(&cart_type, cart, str_format(cx->arena, "/v1/carts/%.*s", STR_ARG(id)));
    reply.headers = S("Cache-Control: no-store\r\n");
    return with_version(reply, cart->version);
}

/* A customer has one open cart for each channel and currency, as far as nobody makes two at once. */
static Reply create_cart(Request *rq, const NewCart *in)
{
    Ctx *cx = rq->cx;
    NewCart new = *in;
    Id customer = cart_access(rq).customer;
    if (!new.currency.code[0]) new.currency = cart_shop_currency();
    if (customer.n) {
        Id there = cart_of_customer(cx, customer, new.channel, new.currency);
        Cart *cart = there.n ? cart_read(cx, there) : NULL;
        return cart ? answer(cart) : make_cart(rq, &new, customer);
    }
    if (!cx->actor.id.n || actor_is_public(&cx->actor)) {
        Reply refused = request_take(rq, &new_carts, request_client(rq), 1);
        if (refused.error) return refused;
    }
    return make_cart(rq, &new, (Id){0});
}
HANDLER(create_cart, NewCart)

/* ---- Reading --------------------------------------------------------------------------------- */

static Reply show_cart(Request *rq)
{
    const Cart *cart = cart_of_staff(rq, &carts_read);
    return cart ? answer(cart) : not_found(rq, "cart");
}
HANDLER_PLAIN(show_cart)

static Reply list_carts(Request *rq)
{
    const CartQuery *query = rq->query;
    Id before = {INT64_MAX};
    if (query->cursor.n) {
        const CartCursor *cursor = cursor_read(rq->cx->arena, &cart_cursor_type, query->cursor);
        if (!cursor) return refuse((Verdict){&error_bad_cursor, {0}});
        before = cursor->before;
    }
    CartSummaries page = carts_page(rq->cx, query, before, query->limit + 1);
    Str next = {0};
    if ((int64_t)page.n > query->limit) {
        CartCursor cursor = {page.items[--page.n - 1].id};
        next = cursor_write(rq->cx->arena, &cart_cursor_type, &cursor);
    }
    return ok_list(&cart_summary_type, (AnyList){page.items, page.n}, next);
}
HANDLER_PLAIN(list_carts)

static Id its_user(Request *rq)
{
    return user_read(rq->cx, rq->id) ? rq->id : (Id){0};
}

static Reply list_carts_of_user(Request *rq)
{
    if (!user_read(rq->cx, rq->id)) return not_found(rq, "user");
    CartSummaries carts = carts_of_customer(rq->cx, rq->id);
    return ok_list(&cart_summary_type, (AnyList){carts.items, carts.n}, (Str){0});
}
HANDLER_PLAIN(list_carts_of_user)

/* ---- What is wanted -------------------------------------------------------------------------- */

/* Notes what of the lines at these places may not be in the cart, where there is more of it than
 * before. Pointers: "/lines/3/quantity", or "/quantity" for the only one. */
static Violations *what_may_not(Request *rq, const Cart *cart, const CartState *state,
                                const size_t *places, size_t n, bool several)
{
    Arena *arena = rq->cx->arena;
    Violations *bad = NEW(arena, Violations);
    *bad = violations_new(arena);
    for (size_t i = 0; i < n; i++) {
        const CartLine *line = &cart->lines.items[places[i]];
        if (state_pieces(state, line->variant) <= state_pieces_before(state, line->variant))
            continue;
        Str pointer = several ? str_format(arena, "/lines/%zu/quantity", i) : S("/quantity");
        for (size_t k = 0; k < cart->notices.n; k++) {
            const CartNotice *notice = &cart->notices.items[k];
            if (notice->blocking && id_eq(notice->line, line->id))
                violation_add_at(bad, pointer, &refused_codes[notice->code], notice->message);
        }
    }
    return bad;
}

static Reply refuse_lines(const Violations *bad)
{
    return (Reply){
        .status = error_cannot_be_added.status, .error = &error_cannot_be_added, .violations = bad};
}

/* Writes the state, unless something at these places may not be there. */
static Reply keep(Request *rq, CartState *state, const size_t *places, size_t n, bool several)
{
    state->changed = true;
    Cart *cart = cart_show_state(rq->cx, state);
    const Violations *bad = what_may_not(rq, cart, state, places, n, several);
    if (bad->total) return refuse_lines(bad);
    cart_keep(rq->cx, state, cart);
    return answer(cart);
}

static Reply add_lines(Request *rq, const AddLines *in)
{
    CartState state;
    Reply refused = cart_open_seen(rq, in->version, cart_guess(rq->cx, rq->id, &in->lines), &state);
    if (refused.error) return refused;
    size_t *places = NEW_N(rq->cx->arena, size_t, in->lines.n);
    refused = cart_put_lines(rq, &state, &in->lines, places);
    return refused.error ? refused : keep(rq, &state, places, in->lines.n, true);
}
HANDLER(add_lines, AddLines)

/* The line of the path. */
static size_t line_place(Request *rq, const CartState *state)
{
    return state_find(state, rq->args[1].id);
}

static Reply change_line(Request *rq, const LinePatch *in)
{
    CartState state;
    Reply refused = cart_open_seen(rq, in->version, cart_guess(rq->cx, rq->id, NULL), &state);
    if (refused.error) return refused;
    size_t at = line_place(rq, &state);
    if (at == state.lines.n) return not_found(rq, "line");
    CartLineRow line = state.lines.items[at];
    if (IS_SET(&line_patch_type, in, LinePatch, quantity)) line.quantity = in->quantity;
    if (IS_SET(&line_patch_type, in, LinePatch, attributes) &&
        !attributes_sort(rq->cx->arena, in->attributes, &line.attributes))
        return refuse_attributes(rq, S("/attributes"));
    const Error *error = state_change(&state, at, line.quantity, line.attributes, &at);
    if (error) return fail(rq, error, "The most is %d.", CART_QUANTITY_MAX);
    return keep(rq, &state, &at, 1, false);
}
HANDLER(change_line, LinePatch)

static Reply remove_line(Request *rq)
{
    CartState state;
    Reply refused = cart_open_seen(rq, 0, cart_guess(rq->cx, rq->id, NULL), &state);
    if (refused.error) return refused;
    size_t at = line_place(rq, &state);
    if (at == state.lines.n) return not_found(rq, "line");
    state_remove(&state, at);
    return keep(rq, &state, NULL, 0, false);
}
HANDLER_PLAIN(remove_line)

static Reply clear_cart(Request *rq)
{
    CartState state;
    Reply refused = cart_open_seen(rq, 0, NULL, &state);
    if (refused.error) return refused;
    state.lines.n = 0;
    return keep(rq, &state, NULL, 0, false);
}
HANDLER_PLAIN(clear_cart)

/* ---- The cart itself ------------------------------------------------------------------------- */

static Reply change_cart(Request *rq, const CartPatch *in)
{
    CartState state;
    Reply refused = cart_open_seen(rq, in->version, cart_guess(rq->cx, rq->id, NULL), &state);
    if (refused.error) return refused;
    if (IS_SET(&cart_patch_type, in, CartPatch, note)) {
        state.row.note = in->note;
        cart_note(rq->cx, rq->id, in->note);
    }
    Cart *cart = cart_show_state(rq->cx, &state);
    cart_keep(rq->cx, &state, cart);
    return answer(cart);
}
HANDLER(change_cart, CartPatch)

static Reply delete_cart(Request *rq)
{
    CartState state;
    Reply refused = cart_open_seen(rq, 0, NULL, &state);
    if (refused.error) return refused;
    cart_forget(rq->cx, rq->id);
    return no_content();
}
HANDLER_PLAIN(delete_cart)

/* ---- Logging in with a guest's cart ---------------------------------------------------------- */

/* The answer was lost, and is asked for again: the guest's cart is in this customer's already. */
static Reply claimed_before(Request *rq, Id customer, Reply refused)
{
    CartLineRows lines;
    CartAccess access = cart_access(rq);
    const CartRow *row = cart_row_read(rq->cx, rq->id, NULL, &lines);
    if (!row || row->status != CART_MERGED || !str_eq(row->token_hash, access.token_hash))
        return refused;
    Cart *cart = cart_read(rq->cx, row->merged_into);
    return cart && id_eq(cart->customer, customer) ? answer(cart) : refused;
}

static Reply merge_into(Request *rq, Id into, const CartState *guest)
{
    Ctx *cx = rq->cx;
    CartState state;
    Reply refused = cart_open_state(rq, into, NULL, &state);
    if (refused.error) return refused;
    state_merge(&state, &guest->lines);
    state.changed = true;
    if (!state.row.note.n && guest->row.note.n) {
        state.row.note = guest->row.note;
        cart_note(cx, into, state.row.note);
    }
    cart_merged(cx, guest->row.id, into);
    Cart *cart = cart_show_state(cx, &state);
    cart_keep(cx, &state, cart);
    return answer(cart);
}

static Reply claim_cart(Request *rq)
{
    Ctx *cx = rq->cx;
    CartState guest;
    Id customer = cart_access(rq).customer;
    Reply refused = cart_open_seen(rq, 0, NULL, &guest);
    if (refused.error) return claimed_before(rq, customer, refused);
    Id into = guest.row.customer_id.n
                  ? (Id){0}
                  : cart_of_customer(cx, customer, guest.row.channel, guest.row.currency);
    if (into.n) return merge_into(rq, into, &guest);
    guest.row.customer_id = customer;
    cart_give(cx, rq->id, customer);
    Cart *cart = cart_show_state(cx, &guest);
    cart_keep(cx, &guest, cart);
    return answer(cart);
}
HANDLER_PLAIN(claim_cart)

/* ---- Lists ----------------------------------------------------------------------------------- */

/* Takes the named lines, or all when none is named, out of one state into another. False: one is not
 * there, or does not fit: *refused says which. */
static bool move_lines(Request *rq, CartState *from, CartState *to, IdList named, size_t *places,
                       Reply *refused)
{
    size_t n = named.n ? named.n : from->lines.n;
    for (size_t i = 0; i < n; i++) {
        size_t at = named.n ? state_find(from, named.items[i]) : 0;
        if (at == from->lines.n) {
            *refused = not_found(rq, "line");
            return false;
        }
        const CartLineRow *line = &from->lines.items[at];
        const Error *error =
            state_add(to, line->variant_id, line->quantity, line->attributes, &places[i]);
        if (error) {
            *refused = fail(rq, error, "Line %zu of those that move.", i);
            return false;
        }
        CartLineRow *moved = &to->lines.items[places[i]];
        if (!moved->id.n) {
            moved->product_id = line->product_id;
            moved->title = line->title;
            moved->sku = line->sku;
        }
        state_remove(from, at);
    }
    return true;
}

/* The cart is taken before the list, whichever way lines go, so that two who do it at once do not wait for
 * each other. */
static Reply move_between(Request *rq, const LineMove *in)
{
    CartState cart, list;
    Reply refused = cart_open_seen(rq, in->version, NULL, &cart);
    if (refused.error) return refused;
    refused = list_open_state(rq, in->list, &list);
    if (refused.error) return refused;
    bool to_cart = in->to == MOVE_TO_CART;
    size_t places[CART_LINES_MAX], n = to_cart ? list.lines.n : cart.lines.n;
    if (in->lines.n) n = in->lines.n;
    if (!move_lines(rq, to_cart ? &list : &cart, to_cart ? &cart : &list, in->lines, places,
                    &refused))
        return refused;
    list.changed = true;
    cart_keep(rq->cx, &list, cart_show_state(rq->cx, &list));
    return keep(rq, &cart, places, to_cart ? n : 0, true);
}
HANDLER(move_between, LineMove)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const new_errors[] = {&error_rate_limited, NULL};
static const Error *const page_errors[] = {&error_bad_cursor, NULL};
static const Error *const change_errors[] = {&error_not_found, &error_cart_not_open,
                                             &error_cart_version, NULL};
static const Error *const line_errors[] = {&error_not_found,
                                           &error_cart_not_open,
                                           &error_cart_version,
                                           &error_cart_full,
                                           &error_too_many,
                                           &error_cannot_be_added,
                                           NULL};

#define CART  "/v1/carts/{id:cart}"
#define TOKEN "Whoever has the guest's token (header `Cart-Token`) or is the customer. "

static const Route routes[] = {
    ROUTE(POST, "/v1/carts", create_cart, "Make a cart.",
          .detail = "For who is signed in: the open cart that he has in this channel and currency, "
                    "if there is one. For everybody else: a guest's, with the `token` by which it "
                    "is had, which is shown this once.",
          .tx = TX_WRITE, .secret = true, .body = &new_cart_type, .reply = &cart_type,
          .status = 201, .status_again = 200, .errors = new_errors),
    ROUTE(GET, "/v1/carts", list_carts, "List carts, the newest first.", .tx = TX_READ,
          .needs = &carts_read, .query = &cart_query_type, .reply = &cart_summary_type,
          .list = true, .errors = page_errors),
    ROUTE(GET, "/v1/users/{id:user}/carts", list_carts_of_user, "List a customer's carts.",
          .tx = TX_READ, .needs = &carts_read, .owner = its_user, .reply = &cart_summary_type,
          .list = true),
    ROUTE(GET, CART, show_cart, "Read a cart, at today's prices.", .token = "Cart-Token",
          .detail = TOKEN "Staff with `carts:read` may, too. `notices` says what is different from "
                          "when the cart was changed last.",
          .tx = TX_READ, .reply = &cart_type),
    ROUTE(PATCH, CART, change_cart, "Change what a cart says.", .token = "Cart-Token",
          .detail = TOKEN "Also says that what has changed was seen, and moves the cart's end.",
          .tx = TX_WRITE, .body = &cart_patch_type, .body_mode = BODY_MERGE_PATCH,
          .reply = &cart_type, .if_match = true, .errors = change_errors),
    ROUTE(DELETE, CART, delete_cart, "Throw a cart away.", .token = "Cart-Token", .detail = TOKEN,
          .tx = TX_WRITE, .if_match = true, .errors = change_errors),
    ROUTE(POST, CART "/lines", add_lines, "Put something into a cart.", .token = "Cart-Token",
          .detail = TOKEN "All of it, or nothing.", .tx = TX_WRITE, .body = &add_lines_type,
          .reply = &cart_type, .if_match = true, .errors = line_errors),
    ROUTE(PATCH, CART "/lines/{line:line}", change_line, "Say how many of a line there shall be.",
          .token = "Cart-Token", .detail = TOKEN "Saying it again changes nothing.", .tx = TX_WRITE,
          .body = &line_patch_type, .body_mode = BODY_MERGE_PATCH, .reply = &cart_type,
          .if_match = true, .errors = line_errors),
    ROUTE(DELETE, CART "/lines/{line:line}", remove_line, "Take a line out of a cart.",
          .token = "Cart-Token", .detail = TOKEN, .tx = TX_WRITE, .reply = &cart_type,
          .if_match = true, .errors = change_errors),
    ROUTE(DELETE, CART "/lines", clear_cart, "Take everything out of a cart.",
          .token = "Cart-Token", .detail = TOKEN, .tx = TX_WRITE, .reply = &cart_type,
          .if_match = true, .errors = change_errors),
    ROUTE(POST, CART "/moves", move_between, "Move lines between a cart and a list.",
          .detail = "For the cart's customer, whose list it is. All of the lines, or nothing; the "
                    "answer is the cart.",
          .tx = TX_WRITE, .signed_in = true, .body = &line_move_type, .reply = &cart_type,
          .if_match = true, .errors = line_errors),
    ROUTE(POST, CART "/claim", claim_cart, "Make a guest's cart that of who has logged in.",
          .token = "Cart-Token",
          .detail =
              "With the guest's token in the header `Cart-Token`. If the customer has an open "
              "cart in this channel and currency, the lines join it, and quantities are "
              "added, as far as limits let them; the answer is that cart.",
          .tx = TX_WRITE, .signed_in = true, .reply = &cart_type, .if_match = true,
          .errors = change_errors),
};

static const Error *const errors[] = {&error_cart_full,
                                      &error_too_many,
                                      &error_cannot_be_added,
                                      &error_cart_version,
                                      &error_unknown_shipping_rate,
                                      &error_amount_out_of_range,
                                      &error_cart_not_open};
static const Permission *const permissions[] = {&carts_read};
static const LimitClass *const limits[] = {&new_carts};
static const Table tables[] = {{"carts", &cart_row_type}, {"cart_lines", &cart_line_row_type}};
static const Job *const jobs[] = {&cart_sweep_job};

extern const char cart_0001_carts[];
static const Migration migrations[] = {
    {.module = "cart", .number = 1, .name = "carts", .sql = cart_0001_carts}};

const Module cart_module = {
    .name = "cart",
    .doc = "What customers are about to buy.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
    MODULE_ROWS(limits, limit),
    MODULE_ROWS(tables, table),
    MODULE_ROWS(migrations, migration),
    MODULE_ROWS(jobs, job),
    .hooks = cart_hooks,
    .hook_count = CART_HOOKS,
    .crons = &cart_sweep_cron,
    .cron_count = 1,
    .reactions = cart_reactions,
    .reaction_count = CART_REACTIONS,
    .checks = cart_checks,
    .check_count = CART_CHECKS,
    .personals = cart_personals,
    .personal_count = CART_PERSONALS,
    .start = cart_use,
};
