/* The SQL of customers.
 *
 * Everything hangs on a user's id, which is not a foreign key: users are another module's, and what is kept
 * of one who goes is deleted by the reaction to that (persons.c). Lists of words and groups are replaced as
 * a whole, since a customer has few. At most one default address of each kind is a partial unique index, so
 * two who set one at once do not leave two.
 *
 * Rejected: tags as a list in a row of the customer (who has a tag would be a search through all). */
#include "modules/customers/store.h"

/* ---- Addresses ------------------------------------------------------------------------------- */

#define ADDRESS_COLUMNS                                                                            \
    "select id, address, default_shipping, default_billing, created_at, updated_at "               \
    "from customer_addresses "

CustomerAddressList customer_addresses(Ctx *cx, Id user)
{
    return DB_LIST(CustomerAddressList,
                   db_all(cx, &customer_address_type,
                          ADDRESS_COLUMNS "where user_id = $1 order by user_id, id", user));
}

int64_t addresses_count(Ctx *cx, Id user)
{
    return db_int(cx, 0, "select count(*) from customer_addresses where user_id = $1", user);
}

CustomerAddress *address_read(Ctx *cx, Id user, Id id)
{
    return db_one(cx, &customer_address_type, ADDRESS_COLUMNS "where id = $1 and user_id = $2", id,
                  user);
}

void address_insert(Ctx *cx, const CustomerAddressRow *row)
{
    db_put(cx, &customer_address_row_type, row,
           "insert into customer_addresses (id, user_id, address, default_shipping, "
           "default_billing, created_at, updated_at) "
           "values (:id, :user_id, :address, :default_shipping, :default_billing, :created_at, "
           ":updated_at)");
}

void address_update(Ctx *cx, const CustomerAddress *address)
{
    db_put(cx, &customer_address_type, address,
           "update customer_addresses set address = :address, "
           "default_shipping = :default_shipping, default_billing = :default_billing, "
           "updated_at = :updated_at where id = :id");
}

bool address_delete(Ctx *cx, Id user, Id id)
{
    return db_exec(cx, "delete from customer_addresses where id = $1 and user_id = $2", id, user) ==
           1;
}

void defaults_clear(Ctx *cx, Id user, const CustomerAddress *address)
{
    bool no = false;
    if (address->default_shipping)
        db_post(cx,
                "update customer_addresses set default_shipping = $2 "
                "where user_id = $1 and default_shipping",
                user, no);
    if (address->default_billing)
        db_post(cx,
                "update customer_addresses set default_billing = $2 "
                "where user_id = $1 and default_billing",
                user, no);
}

/* ---- Groups ---------------------------------------------------------------------------------- */

#define GROUP_COLUMNS "select id, name, description, created_at, updated_at from customer_groups "

CustomerGroupList groups_all(Ctx *cx)
{
    return DB_LIST(CustomerGroupList,
                   db_all(cx, &customer_group_type, GROUP_COLUMNS "order by name, id"));
}

CustomerGroup *group_read(Ctx *cx, Id id)
{
    return db_one(cx, &customer_group_type, GROUP_COLUMNS "where id = $1", id);
}

bool group_insert(Ctx *cx, const CustomerGroup *group)
{
    return db_put(cx, &customer_group_type, group,
                  "insert into customer_groups (id, name, description, created_at, updated_at) "
                  "values (:id, :name, :description, :created_at, :updated_at) "
                  "on conflict (name) do nothing") == 1;
}

bool group_update(Ctx *cx, const CustomerGroup *group)
{
    int64_t taken = db_int(cx, 0, "select id from customer_groups where name = $1 and id <> $2",
                           group->name, group->id);
    if (taken) return false;
    db_put(cx, &customer_group_type, group,
           "update customer_groups set name = :name, description = :description, "
           "updated_at = :updated_at where id = :id");
    return true;
}

bool group_delete(Ctx *cx, Id id)
{
    return db_exec(cx, "delete from customer_groups where id = $1", id) == 1;
}

int64_t groups_known(Ctx *cx, IdList groups)
{
    return db_int(cx, 0, "select count(*) from customer_groups where id in IDS($1)", groups);
}

IdList customer_groups_of(Ctx *cx, Id user)
{
    return db_ids(cx,
                  "select group_id from customer_group_members where user_id = $1 "
                  "order by group_id",
                  user);
}

void groups_put(Ctx *cx, Id user, IdList groups)
{
    db_post(cx, "delete from customer_group_members where user_id = $1", user);
    for (size_t i = 0; i < groups.n; i++)
        db_post(cx,
                "insert into customer_group_members (group_id, user_id) values ($1, $2) "
                "on conflict do nothing",
                groups.items[i], user);
}

/* ---- Tags, notes ----------------------------------------------------------------------------- */

#define TAG_COLUMNS "select tag, user_id from customer_tags "

StrList tags_of(Ctx *cx, Id user)
{
    AnyList rows =
        db_all(cx, &customer_tag_row_type, TAG_COLUMNS "where user_id = $1 order by tag", user);
    const CustomerTagRow *row = rows.items;
    StrList tags = {NEW_N(cx->arena, Str, rows.n), rows.n};
    for (size_t i = 0; i < rows.n; i++) tags.items[i] = row[i].tag;
    return tags;
}

void tags_put(Ctx *cx, Id user, StrList tags)
{
    db_post(cx, "delete from customer_tags where user_id = $1", user);
    for (size_t i = 0; i < tags.n; i++)
        db_post(cx,
                "insert into customer_tags (tag, user_id) values ($1, $2) on conflict do nothing",
                tags.items[i], user);
}

void note_insert(Ctx *cx, const CustomerNoteRow *row)
{
    db_post_put(cx, &customer_note_row_type, row,
                "insert into customer_notes (id, user_id, author, text) "
                "values (:id, :user_id, :author, :text)");
}

AnyList notes_of(Ctx *cx, Id user, Id before, int64_t limit)
{
    return db_all(cx, &customer_note_row_type,
                  "select id, user_id, author, text from customer_notes "
                  "where user_id = $1 and id < $2 order by user_id desc, id desc limit $3",
                  user, before.n, limit);
}

/* ---- Customers ------------------------------------------------------------------------------- */

IdList users_of_group(Ctx *cx, Id group, Id before, int64_t limit)
{
    return db_ids(cx,
                  "select user_id from customer_group_members where group_id = $1 "
                  "and user_id < $2 order by group_id desc, user_id desc limit $3",
                  group, before.n, limit);
}

IdList users_with_tag(Ctx *cx, Str tag, Id before, int64_t limit)
{
    return db_ids(cx,
                  "select user_id from customer_tags where tag = $1 and user_id < $2 "
                  "order by tag desc, user_id desc limit $3",
                  tag, before.n, limit);
}

AnyList members_of(Ctx *cx, IdList users)
{
    return db_all(cx, &customer_member_row_type,
                  "select group_id, user_id from customer_group_members where user_id in IDS($1) "
                  "order by user_id, group_id",
                  users);
}

AnyList tag_rows_of(Ctx *cx, IdList users)
{
    return db_all(cx, &customer_tag_row_type,
                  TAG_COLUMNS "where user_id in IDS($1) order by user_id, tag", users);
}

void customer_forget(Ctx *cx, Id user)
{
    db_post(cx, "delete from customer_addresses where user_id = $1", user);
    db_post(cx, "delete from customer_group_members where user_id = $1", user);
    db_post(cx, "delete from customer_tags where user_id = $1", user);
    db_post(cx, "delete from customer_notes where user_id = $1", user);
}
