/* The SQL of roles, grants, keys, sessions and signing keys.
 *
 * Users are known here by their ids alone, without a foreign key: who they are is another module's. What must not happen twice
 * at once is guarded by the statement that does it, or by a row that is held first (key_hold, role_touch), so that it holds on
 * both databases alike. That something was used is written coarsely, not once a request.
 *
 * Rejected: permissions of a role as one text of JSON (who may do this? is a question, and it wants an index). */
#include "modules/auth/store.h"

#include "platform/permission.h"

/* ---- Roles ----------------------------------------------------------------------------------- */

#define ROLE_COLUMNS "id, name, description, builtin, version, created_at, updated_at "

typedef struct RolePermission {
    Id role_id;
    Str permission;
} RolePermission;

static const Type role_permission_type =
    TYPE(RolePermission, "What a role holds.", FIELD(RolePermission, role_id, "", .prefix = "role"),
         FIELD(RolePermission, permission, ""));

/* The names that the row has for this role; they stand together. */
static StrList names_for(Ctx *cx, const RolePermission *rows, size_t n, Id role)
{
    StrList names = {NEW_N(cx->arena, Str, n + 1), 0};
    for (size_t i = 0; i < n; i++)
        if (id_eq(rows[i].role_id, role)) names.items[names.n++] = rows[i].permission;
    return names;
}

static void set_permissions(Ctx *cx, Role *role, const AnyList *rows)
{
    role->permissions = names_for(cx, rows->items, rows->n, role->id);
    MARK_SET(&role_type, role, Role, permissions);
}

RoleList roles_all(Ctx *cx)
{
    AnyList roles, rows;
    db_ask_all(cx, &roles, &role_type, "select " ROLE_COLUMNS "from roles order by name");
    db_ask_all(cx, &rows, &role_permission_type,
               "select role_id, permission from role_permissions order by permission");
    if (!db_settle(cx)) return (RoleList){0};
    RoleList list = {roles.items, roles.n};
    for (size_t i = 0; i < list.n; i++) set_permissions(cx, &list.items[i], &rows);
    return list;
}

Role *role_read(Ctx *cx, Id id)
{
    Role *role;
    AnyList rows;
    db_ask_one(cx, &role, &role_type, "select " ROLE_COLUMNS "from roles where id = $1", id);
    db_ask_all(cx, &rows, &role_permission_type,
               "select role_id, permission from role_permissions where role_id = $1 "
               "order by permission",
               id);
    if (!db_settle(cx) || !role) return NULL;
    set_permissions(cx, role, &rows);
    return role;
}

Id role_by_name(Ctx *cx, Str name)
{
    return (Id){db_int(cx, 0, "select id from roles where name = $1", name)};
}

int64_t roles_count(Ctx *cx)
{
    return db_int(cx, 0, "select count(*) from roles");
}

void role_touch(Ctx *cx, Id id)
{
    db_post(cx, "update roles set version = version + 1, updated_at = $2 where id = $1", id,
            ctx_now(cx));
}

bool role_insert(Ctx *cx, const Role *role)
{
    return db_put(cx, &role_type, role,
                  "insert into roles (id, name, description, builtin, version, created_at, "
                  "updated_at) values (:id, :name, :description, :builtin, :version, :created_at, "
                  ":updated_at) on conflict do nothing") == 1;
}

bool role_update(Ctx *cx, const Role *role)
{
    if (db_int(cx, 0, "select id from roles where name = $1 and id <> $2", role->name, role->id))
        return false;
    db_put(cx, &role_type, role,
           "update roles set name = :name, description = :description where id = :id");
    return true;
}

void role_add_permission(Ctx *cx, Id role, Str name)
{
    db_post(cx,
            "insert into role_permissions (role_id, permission) values ($1, $2) "
            "on conflict do nothing",
            role, name);
}

void role_put_permissions(Ctx *cx, Id role, StrList permissions)
{
    db_post(cx, "delete from role_permissions where role_id = $1", role);
    for (size_t i = 0; i < permissions.n; i++) role_add_permission(cx, role, permissions.items[i]);
}

bool role_is_given(Ctx *cx, Id role)
{
    return db_int(cx, 0, "select user_id from user_roles where role_id = $1 limit 1", role) != 0;
}

void role_delete(Ctx *cx, Id role)
{
    db_exec(cx, "delete from roles where id = $1", role);
}

typedef struct Named {
    Str name;
} Named;

_Static_assert(sizeof(Named) == sizeof(Str), "a list of one is a list of the other");
static const Type named_type = TYPE(Named, "A name.", FIELD(Named, name, ""));

StrList permissions_known(Ctx *cx)
{
    return DB_LIST(StrList,
                   db_all(cx, &named_type, "select permission as name from known_permissions"));
}

int64_t permissions_known_count(Ctx *cx)
{
    return db_int(cx, 0, "select count(*) from known_permissions");
}

void permission_note_known(Ctx *cx, Str name)
{
    db_post(cx, "insert into known_permissions (permission) values ($1) on conflict do nothing",
            name);
}

/* ---- Who has them ---- */

bool user_role_insert(Ctx *cx, Id user, Id role)
{
    return db_exec(cx,
                   "insert into user_roles (user_id, role_id, granted_at) values ($1, $2, $3) "
                   "on conflict do nothing",
                   user, role, ctx_now(cx)) == 1;
}

bool user_role_delete(Ctx *cx, Id user, Id role)
{
    return db_exec(cx, "delete from user_roles where user_id = $1 and role_id = $2", user, role) ==
           1;
}

void user_roles_delete(Ctx *cx, Id user)
{
    db_post(cx, "delete from user_roles where user_id = $1", user);
}

bool user_has_role(Ctx *cx, Id user, Id role)
{
    return db_int(cx, 0, "select role_id from user_roles where user_id = $1 and role_id = $2", user,
                  role) != 0;
}

int64_t role_holders(Ctx *cx, Id role)
{
    return db_int(cx, 0, "select count(*) from user_roles where role_id = $1", role);
}

RoleList user_roles(Ctx *cx, Id user)
{
    return DB_LIST(RoleList, db_all(cx, &role_type,
                                    "select " ROLE_COLUMNS "from roles where id in (select "
                                    "role_id from user_roles where user_id = $1) order by name",
                                    user));
}

StrList user_permission_names(Ctx *cx, Id user, bool *owner)
{
    AnyList names, owners;
    db_ask_all(cx, &names, &named_type,
               "select distinct permission as name from role_permissions where role_id = $2 or "
               "role_id in (select role_id from user_roles where user_id = $1)",
               user, (Id){ROLE_CUSTOMER});
    db_ask_all(cx, &owners, &role_permission_type,
               "select role_id from user_roles where user_id = $1 and role_id = $2", user,
               (Id){ROLE_OWNER});
    if (!db_settle(cx)) return (StrList){0};
    *owner = owners.n > 0;
    return (StrList){names.items, names.n};
}

/* ---- Keys ------------------------------------------------------------------------------------ */

#define KEY_COLUMNS                                                                                \
    "id, kind, name, scopes, addresses, expires_at, hint, made_by, last_used_at, created_at, "     \
    "updated_at "

ApiKey *key_by_hash(Ctx *cx, Str hash)
{
    return db_one(cx, &api_key_type, "select " KEY_COLUMNS "from keys where hash = $1", hash);
}

ApiKey *key_read(Ctx *cx, Id id)
{
    return db_one(cx, &api_key_type, "select " KEY_COLUMNS "from keys where id = $1", id);
}

ApiKeyList keys_all(Ctx *cx)
{
    return DB_LIST(ApiKeyList,
                   db_all(cx, &api_key_type, "select " KEY_COLUMNS "from keys order by id"));
}

int64_t keys_count(Ctx *cx)
{
    return db_int(cx, 0, "select count(*) from keys");
}

bool key_exists(Ctx *cx, Id id)
{
    return db_int(cx, 0, "select count(*) from keys where id = $1", id) == 1;
}

bool key_insert(Ctx *cx, const ApiKey *key)
{
    return db_put(cx, &api_key_type, key,
                  "insert into keys (id, kind, name, scopes, addresses, expires_at, hint, hash, "
                  "made_by, last_used_at, created_at, updated_at) values (:id, :kind, :name, "
                  ":scopes, :addresses, :expires_at, :hint, :hash, :made_by, :last_used_at, "
                  ":created_at, :updated_at) on conflict (id) do nothing") == 1;
}

void key_hold(Ctx *cx, Id id, Time now)
{
    db_post(cx, "update keys set updated_at = $2 where id = $1", id, now);
}

void key_update(Ctx *cx, const ApiKey *key)
{
    db_put(cx, &api_key_type, key,
           "update keys set name = :name, scopes = :scopes, addresses = :addresses, "
           "expires_at = :expires_at where id = :id");
}

bool key_delete(Ctx *cx, Id id)
{
    return db_exec(cx, "delete from keys where id = $1", id) == 1;
}

void key_note_use(Ctx *cx, Id id, Time now)
{
    db_exec(cx, "update keys set last_used_at = $2 where id = $1", id, now);
}

/* ---- Sessions -------------------------------------------------------------------------------- */

#define SESSION_COLUMNS                                                                            \
    "id, user_id, kind, hash, client_id, scope, impersonator, user_agent, address, last_used_at, " \
    "expires_at "

Session *session_read(Ctx *cx, Id id)
{
    return db_one(cx, &session_type, "select " SESSION_COLUMNS "from sessions where id = $1", id);
}

SessionList sessions_of(Ctx *cx, Id user)
{
    return DB_LIST(SessionList, db_all(cx, &session_type,
                                       "select " SESSION_COLUMNS "from sessions where user_id = $1 "
                                       "order by id desc limit $2",
                                       user, (int64_t)SESSIONS_OF_USER_MAX * 2));
}

void session_insert(Ctx *cx, const Session *session)
{
    db_put(cx, &session_type, session,
           "insert into sessions (id, user_id, kind, hash, client_id, scope, impersonator, "
           "user_agent, address, last_used_at, expires_at) values (:id, :user_id, :kind, :hash, "
           ":client_id, :scope, :impersonator, :user_agent, :address, :last_used_at, "
           ":expires_at)");
}

bool session_delete(Ctx *cx, Id id)
{
    return db_exec(cx, "delete from sessions where id = $1", id) == 1;
}

void sessions_sweep(Ctx *cx, Id before)
{
    enum { MOST = 100 };
    db_exec(cx,
            "delete from sessions where id in (select id from sessions where id < $1 order by id "
            "limit $2)",
            before, (int64_t)MOST);
}

void session_note_use(Ctx *cx, Id id, Time now)
{
    db_exec(cx, "update sessions set last_used_at = $2 where id = $1", id, now);
}

/* ---- Signing keys ---------------------------------------------------------------------------- */

SigningKeyList signing_keys_all(Ctx *cx)
{
    return DB_LIST(SigningKeyList,
                   db_all(cx, &signing_key_type,
                          "select id, jwk, sealed, created_at, signs_from from signing_keys "
                          "order by id desc"));
}

void signing_key_insert(Ctx *cx, const SigningKey *key)
{
    db_put(cx, &signing_key_type, key,
           "insert into signing_keys (id, jwk, sealed, created_at, signs_from) "
           "values (:id, :jwk, :sealed, :created_at, :signs_from)");
}

void signing_keys_forget(Ctx *cx, Id before)
{
    db_exec(cx, "delete from signing_keys where id < $1", before);
}
