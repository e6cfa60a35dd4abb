#include "modules/pricing/store.h"

#include "meta/merge.h"
#include "meta/slug.h"
#include "platform/api/errors.h"
#include "platform/audit/audit.h"
#include "platform/changes.h"

static const Permission pricing_read = {"pricing:read", "See price lists.",
                                        .roles = "manager support"};
static const Permission pricing_write = {"pricing:write", "Create, change and delete price lists.",
                                         .roles = "manager"};

const Error error_unknown_price_list = {
    "unknown_price_list", 422, "A price list that is named does not exist.", LOG_DEBUG,
    "GET /v1/price-lists lists all; leave it out for the price of everybody."};
static const Error error_price_list_name_taken = {
    "price_list_name_taken", 409, "Another price list has this name.", LOG_DEBUG,
    "Choose another name; names are unique in the shop."};
static const Error error_price_list_handle_taken = {
    "price_list_handle_taken", 409, "Another price list has this handle.", LOG_DEBUG,
    "Choose another handle, or leave it out and one is made from the name."};
static const Error error_price_list_used = {
    "price_list_used", 409, "There are prices on this list.", LOG_DEBUG,
    "Remove the prices that name it from their variants first."};
static const Error error_price_lists_full = {"price_lists_full", 409,
                                             "The shop has as many price lists as it can have.",
                                             LOG_DEBUG, "Delete lists that are no longer used."};

static const AuditAction list_created = {"price_list.created", "A price list was made."};
static const AuditAction list_changed = {"price_list.changed", "A price list was changed."};
static const AuditAction list_deleted = {"price_list.deleted", "A price list was deleted."};

/* NULL: it was not there, or is gone. */
static void tell(Ctx *cx, const AuditAction *action, const PriceList *before,
                 const PriceList *after)
{
    audit(cx, action, "plist", before ? before->id : after->id, &price_list_type, before, after);
}

static Reply list_price_lists(Request *rq)
{
    PriceListList all = price_lists_all(rq->cx);
    return ok_list(&price_list_type, (AnyList){all.items, all.n}, (Str){0});
}
HANDLER_PLAIN(list_price_lists)

static Reply reply_price_list(const PriceList *list)
{
    return with_version(ok(&price_list_type, list), list->version);
}

static Reply show_price_list(Request *rq)
{
    const PriceList *list = price_list_read(rq->cx, rq->id);
    return list ? reply_price_list(list) : not_found(rq, "price list");
}
HANDLER_PLAIN(show_price_list)

/* Inserts or updates by `put`; a handle that is left out is made from the name, and made unique. */
static Verdict put_with_handle(Ctx *cx, PriceList *list, bool (*put)(Ctx *cx, const PriceList *))
{
    bool made = !list->handle.n;
    if (made) list->handle = slug_of_title(cx->arena, list->name, S("list"));
    if (put(cx, list)) return (Verdict){0};
    if (price_list_name_taken(cx, list))
        return (Verdict){&error_price_list_name_taken,
                         str_format(cx->arena, "\"%.*s\" is taken.", STR_ARG(list->name))};
    if (made) list->handle = slug_unique(cx->arena, list->handle, list->id);
    if (made && put(cx, list)) return (Verdict){0};
    return (Verdict){&error_price_list_handle_taken,
                     str_format(cx->arena, "\"%.*s\" is taken.", STR_ARG(list->handle))};
}

static Reply create_price_list(Request *rq, const PriceList *in)
{
    PriceList *list = arena_copy(rq->cx->arena, in, sizeof *in);
    if (price_lists_count(rq->cx) >= PRICE_LISTS_MAX)
        return fail(rq, &error_price_lists_full, "It has %d.", PRICE_LISTS_MAX);
    list->id = ctx_id(rq->cx);
    list->version = 1;
    list->created_at = list->updated_at = ctx_now(rq->cx);
    merge_complete(&price_list_type, list);
    Verdict verdict = put_with_handle(rq->cx, list, price_list_insert);
    if (verdict.error) return refuse(verdict);
    changed(rq->cx, "price_list", list->id);
    tell(rq->cx, &list_created, NULL, list);
    Reply reply = reply_price_list(list);
    reply.location = str_format(rq->cx->arena, "/v1/price-lists/%.*s",
                                STR_ARG(id_text(rq->cx->arena, "plist", list->id)));
    return reply;
}
HANDLER(create_price_list, PriceList)

/* The list, to be changed: its version is already the one that it will have. */
static PriceList *take_price_list(Request *rq)
{
    price_list_touch(rq->cx, rq->id);
    changed(rq->cx, "price_list", rq->id);
    return price_list_read(rq->cx, rq->id);
}

static Reply change_price_list(Request *rq, const PriceList *patch)
{
    PriceList *list = take_price_list(rq);
    if (!list) return not_found(rq, "price list");
    if (!version_matches(rq, list->version - 1)) return version_changed(rq);
    const PriceList before = *list;
    merge_patch(rq->cx->arena, &price_list_type, list, patch);
    Verdict verdict = put_with_handle(rq->cx, list, price_list_update);
    if (verdict.error) return refuse(verdict);
    tell(rq->cx, &list_changed, &before, list);
    return reply_price_list(list);
}
HANDLER(change_price_list, PriceList)

static Reply delete_price_list(Request *rq)
{
    const PriceList *list = take_price_list(rq);
    if (!list) return not_found(rq, "price list");
    if (!version_matches(rq, list->version - 1)) return version_changed(rq);
    price_list_delete(rq->cx, rq->id);
    if (db_failure(rq->cx) == DB_CONSTRAINT)
        return fail(rq, &error_price_list_used, "\"%.*s\" is in use.", STR_ARG(list->name));
    tell(rq->cx, &list_deleted, list, NULL);
    return no_content();
}
HANDLER_PLAIN(delete_price_list)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const create_errors[] = {
    &error_price_list_name_taken, &error_price_list_handle_taken, &error_price_lists_full, NULL};
static const Error *const change_errors[] = {&error_price_list_name_taken,
                                             &error_price_list_handle_taken, NULL};
static const Error *const delete_errors[] = {&error_price_list_used, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/price-lists", list_price_lists, "List the price lists, by name.",
          .detail = "The prices for everybody are on none of them.", .tx = TX_READ,
          .needs = &pricing_read, .reply = &price_list_type, .list = true),
    ROUTE(GET, "/v1/price-lists/{id:plist}", show_price_list, "Read a price list.", .tx = TX_READ,
          .needs = &pricing_read, .reply = &price_list_type),
    ROUTE(POST, "/v1/price-lists", create_price_list, "Create a price list.", .tx = TX_WRITE,
          .needs = &pricing_write, .body = &price_list_type, .reply = &price_list_type,
          .status = 201, .errors = create_errors),
    ROUTE(PATCH, "/v1/price-lists/{id:plist}", change_price_list, "Change a price list.",
          .tx = TX_WRITE, .needs = &pricing_write, .body = &price_list_type,
          .body_mode = BODY_MERGE_PATCH, .reply = &price_list_type, .if_match = true,
          .errors = change_errors),
    ROUTE(DELETE, "/v1/price-lists/{id:plist}", delete_price_list,
          "Delete a price list that no price is on.", .tx = TX_WRITE, .needs = &pricing_write,
          .if_match = true, .errors = delete_errors),
};

static const Error *const errors[] = {&error_unknown_price_list, &error_price_list_name_taken,
                                      &error_price_list_handle_taken, &error_price_list_used,
                                      &error_price_lists_full};
static const Permission *const permissions[] = {&pricing_read, &pricing_write};
static const Table tables[] = {{"price_lists", &price_list_type}};

extern const char pricing_0001_price_lists[];
static const Migration migrations[] = {
    {.module = "pricing", .number = 1, .name = "price_lists", .sql = pricing_0001_price_lists},
};

static const AuditAction *const audits[] = {&list_created, &list_changed, &list_deleted};

const Module pricing_module = {
    .name = "pricing",
    .doc = "Price lists beside the prices for everybody.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
    MODULE_ROWS(migrations, migration),
    MODULE_ROWS(tables, table),
    MODULE_ROWS(audits, audit),
};
