/* What staff keep of customers: groups, tags, notes.
 *
 * People are found by name and address in the list of users (modules/accounts); here by what staff have
 * noted: a group or a tag, each one index walked backwards, and three statements for a page however many
 * customers it shows. A customer's groups and tags are changed as a whole, as a merge patch replaces lists;
 * both are few.
 *
 * Notes are about a person, so he finds them in what he may take along (persons.c), which the route's
 * description tells those who write them.
 *
 * Rejected: groups by rules (a group that changes by itself cannot be relied on by a price; a job can put
 * customers into a plain one). */
#include "modules/customers/staff_routes.h"

#include "meta/merge.h"
#include "modules/accounts/accounts.h"
#include "platform/api/errors.h"
#include "platform/audit/audit.h"

const Permission customers_read = {"customers:read",
                                   "See customers' addresses, groups, tags and notes.",
                                   .roles = "manager support"};
const Permission customers_write = {"customers:write",
                                    "Change customers' addresses, groups, tags and notes.",
                                    .roles = "manager support"};

static const Error error_group_name_taken = {"group_name_taken", 409,
                                             "Another group has this name.", LOG_DEBUG,
                                             "Choose another name; names are unique in the shop."};
static const Error error_groups_full = {"groups_full", 409,
                                        "The shop has as many groups as it can have.", LOG_DEBUG,
                                        "Delete groups that are no longer used."};
static const Error error_unknown_group = {"unknown_group", 422,
                                          "A group that is named is not there.", LOG_DEBUG,
                                          "GET /v1/customer-groups lists all."};

static const ViolationCode one_of = {"one_of", "Exactly one of these is to be asked for."};

static const AuditAction customer_changed = {"customer.changed",
                                             "A customer's groups or tags were changed."};
static const AuditAction group_changed = {"customer_group.changed",
                                          "A group of customers was made, changed or deleted."};

/* ---- Pages ----------------------------------------------------------------------------------- */

bool customers_begin_page(Request *rq, Str cursor, Id *before)
{
    *before = (Id){INT64_MAX};
    if (!cursor.n) return true;
    const CustomerCursor *read = cursor_read(rq->cx->arena, &customer_cursor_type, cursor);
    if (read) *before = read->id;
    return read != NULL;
}

Str customers_cursor(Request *rq, Id behind)
{
    return cursor_write(rq->cx->arena, &customer_cursor_type, &(CustomerCursor){behind});
}

/* ---- Customers ------------------------------------------------------------------------------- */

/* The user's groups out of all rows, which are by user. */
static IdList groups_among(Arena *arena, AnyList members, Id user)
{
    const CustomerMemberRow *row = members.items;
    IdList groups = {NEW_N(arena, Id, GROUPS_MAX), 0};
    for (size_t i = 0; i < members.n; i++)
        if (id_eq(row[i].user_id, user) && groups.n < GROUPS_MAX)
            groups.items[groups.n++] = row[i].group_id;
    return groups;
}

static StrList tags_among(Arena *arena, AnyList tags, Id user)
{
    const CustomerTagRow *row = tags.items;
    StrList out = {NEW_N(arena, Str, CUSTOMER_TAGS_MAX), 0};
    for (size_t i = 0; i < tags.n; i++)
        if (id_eq(row[i].user_id, user) && out.n < CUSTOMER_TAGS_MAX)
            out.items[out.n++] = row[i].tag;
    return out;
}

/* Three statements, however many they are. */
static AnyList customers_read_all(Ctx *cx, IdList ids)
{
    UserList users = users_by_id(cx, ids);
    AnyList members = members_of(cx, ids), tags = tag_rows_of(cx, ids);
    Customer *customers = NEW_N(cx->arena, Customer, users.n);
    for (size_t i = 0; i < users.n; i++)
        customers[i] = (Customer){.present = PRESENT_ALL,
                                  .id = users.items[i].id,
                                  .email = users.items[i].email,
                                  .name = users.items[i].name,
                                  .groups = groups_among(cx->arena, members, users.items[i].id),
                                  .tags = tags_among(cx->arena, tags, users.items[i].id)};
    return (AnyList){customers, users.n};
}

static Customer *customer_read(Ctx *cx, Id user)
{
    AnyList one = customers_read_all(cx, (IdList){&user, 1});
    return one.n ? one.items : NULL;
}

static Reply list_customers(Request *rq)
{
    const CustomerQuery *query = rq->query;
    bool group = IS_SET(&customer_query_type, query, CustomerQuery, group);
    bool tag = IS_SET(&customer_query_type, query, CustomerQuery, tag);
    Id before;
    if (!customers_begin_page(rq, query->cursor, &before))
        return refuse((Verdict){&error_bad_cursor, {0}});
    if (group == tag) {
        Violations *bad = NEW(rq->cx->arena, Violations);
        *bad = violations_new(rq->cx->arena);
        violation_add_at(bad, S("?group"), &one_of, S("must be there, or `tag` instead"));
        return refuse_violations(bad);
    }
    int64_t limit = query->limit + 1;
    IdList ids = group ? users_of_group(rq->cx, query->group, before, limit)
                       : users_with_tag(rq->cx, query->tag, before, limit);
    Str next = {0};
    if (ids.n > (size_t)query->limit) next = customers_cursor(rq, ids.items[--ids.n - 1]);
    return ok_list(&customer_type, customers_read_all(rq->cx, ids), next);
}
HANDLER_PLAIN(list_customers)

static Reply show_customer(Request *rq)
{
    const Customer *customer = customer_read(rq->cx, rq->id);
    return customer ? ok(&customer_type, customer) : not_found(rq, "customer");
}
HANDLER_PLAIN(show_customer)

static Reply change_customer(Request *rq, const Customer *patch)
{
    Ctx *cx = rq->cx;
    Customer *customer = customer_read(cx, rq->id);
    if (!customer) return not_found(rq, "customer");
    const Customer before = *customer;
    merge_patch(cx->arena, &customer_type, customer, patch);
    if (groups_known(cx, customer->groups) < (int64_t)customer->groups.n)
        return refuse((Verdict){&error_unknown_group, {0}});
    groups_put(cx, rq->id, customer->groups);
    tags_put(cx, rq->id, customer->tags);
    audit(cx, &customer_changed, "user", rq->id, &customer_type, &before, customer);
    return ok(&customer_type, customer_read(cx, rq->id));
}
HANDLER(change_customer, Customer)

/* ---- Notes ----------------------------------------------------------------------------------- */

static CustomerNote note_of(const CustomerNoteRow *row)
{
    return (CustomerNote){
        .id = row->id, .text = row->text, .author = row->author, .at = id_time(row->id)};
}

static Reply list_customer_notes(Request *rq)
{
    const CustomerPageQuery *query = rq->query;
    Id before;
    if (!customers_begin_page(rq, query->cursor, &before))
        return refuse((Verdict){&error_bad_cursor, {0}});
    if (!user_read(rq->cx, rq->id)) return not_found(rq, "customer");
    AnyList rows = notes_of(rq->cx, rq->id, before, query->limit + 1);
    const CustomerNoteRow *row = rows.items;
    Str next = {0};
    if (rows.n > (size_t)query->limit) next = customers_cursor(rq, row[--rows.n - 1].id);
    CustomerNote *notes = NEW_N(rq->cx->arena, CustomerNote, rows.n);
    for (size_t i = 0; i < rows.n; i++) notes[i] = note_of(&row[i]);
    return ok_list(&customer_note_type, (AnyList){notes, rows.n}, next);
}
HANDLER_PLAIN(list_customer_notes)

static Reply create_customer_note(Request *rq, const CustomerNote *in)
{
    Ctx *cx = rq->cx;
    if (!user_read(cx, rq->id)) return not_found(rq, "customer");
    CustomerNoteRow row = {.id = ctx_id(cx),
                           .user_id = rq->id,
                           .author = id_text(cx->arena, cx->actor.prefix, cx->actor.id),
                           .text = in->text};
    note_insert(cx, &row);
    CustomerNote *note = NEW(cx->arena, CustomerNote);
    *note = note_of(&row);
    return created(&customer_note_type, note,
                   str_format(cx->arena, "/v1/customers/%.*s/notes",
                              STR_ARG(id_text(cx->arena, "user", rq->id))));
}
HANDLER(create_customer_note, CustomerNote)

/* ---- Groups ---------------------------------------------------------------------------------- */

static Reply list_customer_groups(Request *rq)
{
    CustomerGroupList all = groups_all(rq->cx);
    return ok_list(&customer_group_type, (AnyList){all.items, all.n}, (Str){0});
}
HANDLER_PLAIN(list_customer_groups)

static Reply show_customer_group(Request *rq)
{
    const CustomerGroup *group = group_read(rq->cx, rq->id);
    return group ? ok(&customer_group_type, group) : not_found(rq, "group");
}
HANDLER_PLAIN(show_customer_group)

static Reply create_customer_group(Request *rq, const CustomerGroup *in)
{
    Ctx *cx = rq->cx;
    if (groups_all(cx).n >= GROUPS_MAX) return refuse((Verdict){&error_groups_full, {0}});
    CustomerGroup *group = arena_copy(cx->arena, in, sizeof *in);
    group->present = PRESENT_ALL;
    group->id = ctx_id(cx);
    group->created_at = group->updated_at = ctx_now(cx);
    if (!group_insert(cx, group)) return refuse((Verdict){&error_group_name_taken, {0}});
    audit(cx, &group_changed, "cgrp", group->id, &customer_group_type, NULL, group);
    return created(&customer_group_type, group,
                   str_format(cx->arena, "/v1/customer-groups/%.*s",
                              STR_ARG(id_text(cx->arena, "cgrp", group->id))));
}
HANDLER(create_customer_group, CustomerGroup)

static Reply change_customer_group(Request *rq, const CustomerGroup *patch)
{
    Ctx *cx = rq->cx;
    CustomerGroup *group = group_read(cx, rq->id);
    if (!group) return not_found(rq, "group");
    const CustomerGroup before = *group;
    merge_patch(cx->arena, &customer_group_type, group, patch);
    group->updated_at = ctx_now(cx);
    if (!group_update(cx, group)) return refuse((Verdict){&error_group_name_taken, {0}});
    audit(cx, &group_changed, "cgrp", rq->id, &customer_group_type, &before, group);
    return ok(&customer_group_type, group);
}
HANDLER(change_customer_group, CustomerGroup)

static Reply delete_customer_group(Request *rq)
{
    Ctx *cx = rq->cx;
    const CustomerGroup *group = group_read(cx, rq->id);
    if (!group || !group_delete(cx, rq->id)) return not_found(rq, "group");
    audit(cx, &group_changed, "cgrp", rq->id, &customer_group_type, group, NULL);
    return no_content();
}
HANDLER_PLAIN(delete_customer_group)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const page_errors[] = {&error_bad_cursor, NULL};
static const Error *const change_errors[] = {&error_unknown_group, NULL};
static const Error *const group_errors[] = {&error_group_name_taken, &error_groups_full, NULL};
static const Error *const rename_errors[] = {&error_group_name_taken, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/customers", list_customers, "List the customers of a group, or with a tag.",
          .detail = "By name and address people are found in the list of users.", .tx = TX_READ,
          .needs = &customers_read, .query = &customer_query_type, .reply = &customer_type,
          .list = true, .errors = page_errors),
    ROUTE(GET, "/v1/customers/{id:user}", show_customer, "Read what is noted of a customer.",
          .tx = TX_READ, .needs = &customers_read, .reply = &customer_type),
    ROUTE(PATCH, "/v1/customers/{id:user}", change_customer, "Change a customer's groups and tags.",
          .detail = "Each is replaced as a whole.", .tx = TX_WRITE, .needs = &customers_write,
          .body = &customer_type, .body_mode = BODY_MERGE_PATCH, .reply = &customer_type,
          .errors = change_errors),
    ROUTE(GET, "/v1/customers/{id:user}/notes", list_customer_notes,
          "Read what staff tell each other of a customer, the newest first.", .tx = TX_READ,
          .needs = &customers_read, .query = &customer_page_query_type,
          .reply = &customer_note_type, .list = true, .errors = page_errors),
    ROUTE(POST, "/v1/customers/{id:user}/notes", create_customer_note, "Add a note for staff.",
          .detail = "The customer finds it among what the shop keeps of him (GDPR, article 15).",
          .tx = TX_WRITE, .needs = &customers_write, .body = &customer_note_type,
          .reply = &customer_note_type, .status = 201),
    ROUTE(GET, "/v1/customer-groups", list_customer_groups, "List the groups, by name.",
          .tx = TX_READ, .needs = &customers_read, .reply = &customer_group_type, .list = true),
    ROUTE(GET, "/v1/customer-groups/{id:cgrp}", show_customer_group, "Read a group.", .tx = TX_READ,
          .needs = &customers_read, .reply = &customer_group_type),
    ROUTE(POST, "/v1/customer-groups", create_customer_group, "Make a group.", .tx = TX_WRITE,
          .needs = &customers_write, .body = &customer_group_type, .reply = &customer_group_type,
          .status = 201, .errors = group_errors),
    ROUTE(PATCH, "/v1/customer-groups/{id:cgrp}", change_customer_group, "Change a group.",
          .tx = TX_WRITE, .needs = &customers_write, .body = &customer_group_type,
          .body_mode = BODY_MERGE_PATCH, .reply = &customer_group_type, .errors = rename_errors),
    ROUTE(DELETE, "/v1/customer-groups/{id:cgrp}", delete_customer_group, "Delete a group.",
          .detail = "Its customers stay.", .tx = TX_WRITE, .needs = &customers_write),
};

static const Error *const errors[] = {&error_group_name_taken, &error_groups_full,
                                      &error_unknown_group};
static const Permission *const permissions[] = {&customers_read, &customers_write};
static const AuditAction *const audits[] = {&customer_changed, &group_changed};

const Module customer_staff_module = {
    .name = "customer-staff",
    .doc = "What staff keep of customers.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
    MODULE_ROWS(audits, audit),
};
