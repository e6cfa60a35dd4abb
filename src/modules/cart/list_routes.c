/* Lists: what a customer keeps for later, as a saved cart or a wish list. A list is kept as a cart is, but
 * has a name and no end, and nobody buys it: its lines are moved into a cart (POST …/moves of the cart). It
 * may hold what cannot be had at the moment. */
#include "modules/cart/access.h"
#include "modules/cart/events.h"

#include "platform/api/errors.h"

static const Error error_too_many_lists = {"too_many_lists", 409,
                                           "There are as many lists as can be.", LOG_DEBUG,
                                           "Delete one that is not needed any more."};
static const ViolationCode no_list = {"no_list", "It is no kind of list."};
static const ViolationCode unknown_variant = {"unknown_variant", "There is no such variant."};

/* Shown as a list: what only carts have is left out. */
static Reply answer(Ctx *cx, const CartState *state, const Cart *shown)
{
    SavedList *list = NEW(cx->arena, SavedList);
    *list = (SavedList){.present = PRESENT_ALL,
                        .id = shown->id,
                        .customer = shown->customer,
                        .kind = state->row.kind,
                        .name = state->row.name,
                        .channel = shown->channel,
                        .currency = shown->currency,
                        .locale = shown->locale,
                        .lines = shown->lines,
                        .notices = shown->notices,
                        .version = shown->version,
                        .created_at = shown->created_at,
                        .updated_at = shown->updated_at};
    return with_version(ok(&saved_list_type, list), list->version);
}

static Reply keep(Request *rq, CartState *state)
{
    state->changed = true;
    Cart *shown = cart_show_state(rq->cx, state);
    cart_keep(rq->cx, state, shown);
    return answer(rq->cx, state, shown);
}

/* ---- Making and reading ---------------------------------------------------------------------- */

static Reply create_list(Request *rq, const NewList *in)
{
    Ctx *cx = rq->cx;
    if (in->kind == CART_PLAIN) {
        Violations *bad = NEW(cx->arena, Violations);
        *bad = violations_new(cx->arena);
        violation_add_at(bad, S("/kind"), &no_list, S("must be saved or wish"));
        return refuse_violations(bad);
    }
    if (lists_count(cx, cx->actor.id) >= CART_LISTS_MAX)
        return fail(rq, &error_too_many_lists, "The most is %d.", CART_LISTS_MAX);
    CartRow row = {.present = PRESENT_ALL,
                   .id = ctx_id(cx),
                   .kind = in->kind,
                   .name = in->name,
                   .customer_id = cx->actor.id,
                   .channel = in->channel,
                   .currency = in->currency.code[0] ? in->currency : cart_shop_currency(),
                   .locale = text_locale_form(cx->arena, in->locale),
                   .note = S(""),
                   .version = 1,
                   .created_at = ctx_now(cx),
                   .updated_at = ctx_now(cx)};
    MARK_ABSENT(&cart_row_type, &row, CartRow, token_hash);
    MARK_ABSENT(&cart_row_type, &row, CartRow, expires_at);
    cart_insert(cx, &row);
    CartState state = cart_state(cx->arena, &row, (CartLineRows){0});
    Reply reply = answer(cx, &state, cart_show(cx, &state));
    Str id = id_text(cx->arena, "list", row.id);
    reply.status = 201;
    reply.location = str_format(cx->arena, "/v1/lists/%.*s", STR_ARG(id));
    return reply;
}
HANDLER(create_list, NewList)

static Reply list_lists(Request *rq)
{
    ListSummaries lists = lists_of_customer(rq->cx, rq->cx->actor.id);
    return ok_list(&list_summary_type, (AnyList){lists.items, lists.n}, (Str){0});
}
HANDLER_PLAIN(list_lists)

static Reply show_list(Request *rq)
{
    CartLineRows lines;
    CartRow *row = cart_row_read(rq->cx, rq->id, NULL, &lines);
    if (!row || row->kind == CART_PLAIN || !id_eq(row->customer_id, rq->cx->actor.id))
        return not_found(rq, "list");
    CartState state = cart_state(rq->cx->arena, row, lines);
    return answer(rq->cx, &state, cart_show(rq->cx, &state));
}
HANDLER_PLAIN(show_list)

/* ---- Changing -------------------------------------------------------------------------------- */

static Reply change_list(Request *rq, const ListPatch *in)
{
    CartState state;
    Reply refused = list_open_seen(rq, in->version, &state);
    if (refused.error) return refused;
    if (IS_SET(&list_patch_type, in, ListPatch, name)) {
        state.row.name = in->name;
        list_rename(rq->cx, rq->id, in->name);
    }
    return keep(rq, &state);
}
HANDLER(change_list, ListPatch)

static Reply delete_list(Request *rq)
{
    CartState state;
    Reply refused = list_open_seen(rq, 0, &state);
    if (refused.error) return refused;
    cart_delete(rq->cx, rq->id);
    return no_content();
}
HANDLER_PLAIN(delete_list)

/* What is not for sale may be wished for; what does not exist may not. */
static Reply add_to_list(Request *rq, const AddLines *in)
{
    CartState state;
    Reply refused = list_open_seen(rq, in->version, &state);
    if (refused.error) return refused;
    size_t *places = NEW_N(rq->cx->arena, size_t, in->lines.n);
    refused = cart_put_lines(rq, &state, &in->lines, places);
    if (refused.error) return refused;
    state.changed = true;
    Cart *shown = cart_show_state(rq->cx, &state);
    Violations *bad = NEW(rq->cx->arena, Violations);
    *bad = violations_new(rq->cx->arena);
    for (size_t i = 0; i < in->lines.n; i++)
        if (!shown->lines.items[places[i]].product.n)
            violation_add_at(bad, str_format(rq->cx->arena, "/lines/%zu/variant", i),
                             &unknown_variant, S("is not there"));
    if (bad->total) return refuse_violations(bad);
    cart_keep(rq->cx, &state, shown);
    return answer(rq->cx, &state, shown);
}
HANDLER(add_to_list, AddLines)

static Reply remove_from_list(Request *rq)
{
    CartState state;
    Reply refused = list_open_seen(rq, 0, &state);
    if (refused.error) return refused;
    size_t at = state_find(&state, rq->args[1].id);
    if (at == state.lines.n) return not_found(rq, "line");
    state_remove(&state, at);
    return keep(rq, &state);
}
HANDLER_PLAIN(remove_from_list)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const new_errors[] = {&error_too_many_lists, NULL};
static const Error *const change_errors[] = {&error_not_found, &error_cart_version, NULL};
static const Error *const line_errors[] = {&error_not_found, &error_cart_version, &error_cart_full,
                                           &error_too_many, NULL};

#define ONE "/v1/lists/{id:list}"

static const Route routes[] = {
    ROUTE(POST, "/v1/lists", create_list, "Make a list: a saved cart, or a wish list.",
          .tx = TX_WRITE, .signed_in = true, .body = &new_list_type, .reply = &saved_list_type,
          .status = 201, .errors = new_errors),
    ROUTE(GET, "/v1/lists", list_lists, "List one's own lists.", .tx = TX_READ, .signed_in = true,
          .reply = &list_summary_type, .list = true),
    ROUTE(GET, ONE, show_list, "Read a list, at today's prices.", .tx = TX_READ, .signed_in = true,
          .reply = &saved_list_type),
    ROUTE(PATCH, ONE, change_list, "Give a list another name.", .tx = TX_WRITE, .signed_in = true,
          .body = &list_patch_type, .body_mode = BODY_MERGE_PATCH, .reply = &saved_list_type,
          .if_match = true, .errors = change_errors),
    ROUTE(DELETE, ONE, delete_list, "Delete a list.", .tx = TX_WRITE, .signed_in = true,
          .if_match = true, .errors = change_errors),
    ROUTE(POST, ONE "/lines", add_to_list, "Put something on a list.",
          .detail = "Also what cannot be had at the moment.", .tx = TX_WRITE, .signed_in = true,
          .body = &add_lines_type, .reply = &saved_list_type, .if_match = true,
          .errors = line_errors),
    ROUTE(DELETE, ONE "/lines/{line:line}", remove_from_list, "Take a line off a list.",
          .tx = TX_WRITE, .signed_in = true, .reply = &saved_list_type, .if_match = true,
          .errors = change_errors),
};

static const Error *const errors[] = {&error_too_many_lists};

const Module lists_module = {
    .name = "lists",
    .doc = "What customers keep for later: saved carts and wish lists.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
};
