/* Addresses, as customers and staff keep them. What only staff see is in staff_routes.c. */
#include "modules/customers/persons.h"
#include "modules/customers/staff_routes.h"

#include "meta/merge.h"
#include "modules/accounts/accounts.h"
#include "platform/api/errors.h"

static const Error error_addresses_full = {"addresses_full", 409, "There are too many addresses.",
                                           LOG_DEBUG, "Delete one that is no longer used."};

/* Whose addresses they are; nobody's when there is no such user. */
static Id its_owner(Request *rq)
{
    return user_read(rq->cx, rq->id) ? rq->id : (Id){0};
}

static Reply list_addresses(Request *rq)
{
    if (!user_read(rq->cx, rq->id)) return not_found(rq, "user");
    CustomerAddressList all = customer_addresses(rq->cx, rq->id);
    return ok_list(&customer_address_type, (AnyList){all.items, all.n}, (Str){0});
}
HANDLER_PLAIN(list_addresses)

static Str location_of(Request *rq, Id address)
{
    Arena *arena = rq->cx->arena;
    return str_format(arena, "/v1/users/%.*s/addresses/%.*s",
                      STR_ARG(id_text(arena, "user", rq->id)),
                      STR_ARG(id_text(arena, "addr", address)));
}

static Reply create_address(Request *rq, const CustomerAddress *in)
{
    Ctx *cx = rq->cx;
    if (!user_read(cx, rq->id)) return not_found(rq, "user");
    int64_t count = addresses_count(cx, rq->id);
    if (count >= ADDRESSES_MAX)
        return fail(rq, &error_addresses_full, "At most %d.", ADDRESSES_MAX);
    CustomerAddress *address = arena_copy(cx->arena, in, sizeof *in);
    address->present = PRESENT_ALL;
    address->id = ctx_id(cx);
    address->created_at = address->updated_at = ctx_now(cx);
    address->default_shipping |= count == 0;
    address->default_billing |= count == 0;
    defaults_clear(cx, rq->id, address);
    address_insert(cx, &(CustomerAddressRow){.id = address->id,
                                             .user_id = rq->id,
                                             .address = address->address,
                                             .default_shipping = address->default_shipping,
                                             .default_billing = address->default_billing,
                                             .created_at = address->created_at,
                                             .updated_at = address->updated_at});
    return created(&customer_address_type, address, location_of(rq, address->id));
}
HANDLER(create_address, CustomerAddress)

static Reply change_address(Request *rq, const CustomerAddress *patch)
{
    Ctx *cx = rq->cx;
    CustomerAddress *address = address_read(cx, rq->id, rq->args[1].id);
    if (!address) return not_found(rq, "address");
    merge_patch(cx->arena, &customer_address_type, address, patch);
    address->updated_at = ctx_now(cx);
    defaults_clear(cx, rq->id, address);
    address_update(cx, address);
    return ok(&customer_address_type, address);
}
HANDLER(change_address, CustomerAddress)

static Reply delete_address(Request *rq)
{
    bool gone = address_delete(rq->cx, rq->id, rq->args[1].id);
    return gone ? no_content() : not_found(rq, "address");
}
HANDLER_PLAIN(delete_address)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const create_errors[] = {&error_addresses_full, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/users/{id:user}/addresses", list_addresses, "List a customer's addresses.",
          .tx = TX_READ, .needs = &customers_read, .owner = its_owner,
          .reply = &customer_address_type, .list = true),
    ROUTE(POST, "/v1/users/{id:user}/addresses", create_address, "Write an address down.",
          .detail = "The first one is the default of both kinds.", .tx = TX_WRITE,
          .needs = &customers_write, .owner = its_owner, .body = &customer_address_type,
          .reply = &customer_address_type, .status = 201, .errors = create_errors),
    ROUTE(PATCH, "/v1/users/{id:user}/addresses/{address:addr}", change_address,
          "Change an address, or make it a default.",
          .detail = "`address` is replaced as a whole. Orders keep the address that they had.",
          .tx = TX_WRITE, .needs = &customers_write, .owner = its_owner,
          .body = &customer_address_type, .body_mode = BODY_MERGE_PATCH,
          .reply = &customer_address_type),
    ROUTE(DELETE, "/v1/users/{id:user}/addresses/{address:addr}", delete_address,
          "Delete an address.", .tx = TX_WRITE, .needs = &customers_write, .owner = its_owner),
};

static const Error *const errors[] = {&error_addresses_full};
static const Table tables[] = {{"customer_addresses", &customer_address_row_type},
                               {"customer_groups", &customer_group_type},
                               {"customer_group_members", &customer_member_row_type},
                               {"customer_tags", &customer_tag_row_type},
                               {"customer_notes", &customer_note_row_type}};

extern const char customers_0001_customers[];
static const Migration migrations[] = {
    {.module = "customers", .number = 1, .name = "customers", .sql = customers_0001_customers},
};

const Module customers_module = {
    .name = "customers",
    .doc = "Addresses of customers.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(migrations, migration),
    MODULE_ROWS(tables, table),
    .reactions = customer_reactions,
    .reaction_count = CUSTOMER_REACTIONS,
    .personals = customer_personals,
    .personal_count = CUSTOMER_PERSONALS,
};
