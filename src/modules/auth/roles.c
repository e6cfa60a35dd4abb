/* Roles: the shop's own, and who has which.
 *
 * The owner's permissions are no rows: he has all that there are, so that no new permission can be
 * kept from him. All else is data. When a program brings permissions that the shop has not met, each
 * is granted once to those of the shop's own roles that its row names; whoever takes it away again
 * has the last word, because the permission is known from then on.
 *
 * That there is always an owner is decided under the owner role's row: whoever takes an owner away
 * holds it until his commit, so that two who demote each other do so one after the other. */
#include "modules/auth/roles.h"
#include "modules/auth/audits.h"
#include "modules/auth/store.h"

#include "platform/changes.h"

bool (*auth_user_exists)(Ctx *cx, Id user);

static const Id owner_role = {ROLE_OWNER};

/* ---- The shop's own -------------------------------------------------------------------------- */

static const struct {
    int64_t id;
    const char *name, *description;
} own_roles[] = {
    {ROLE_OWNER, "owner", "The shop is theirs: they may do everything, and there is always one."},
    {ROLE_ADMINISTRATOR, "administrator", "Runs the shop: everything but to be the owner."},
    {ROLE_MANAGER, "manager", "Runs the business: products, prices, stock and orders."},
    {ROLE_SUPPORT, "support", "Helps customers: sees what they see, and what is behind it."},
    {ROLE_CREATOR, "creator", "Writes and photographs: products, categories, pictures."},
    {ROLE_MODERATOR, "moderator", "Looks after what customers write."},
    {ROLE_CUSTOMER, "customer",
     "Everybody who is signed in; without any permission it is enough for "
     "one's own things."},
};

static void make_own_roles(Ctx *cx)
{
    for (size_t i = 0; i < ROWS(own_roles); i++) {
        Role role = {.present = PRESENT_ALL,
                     .id = {own_roles[i].id},
                     .name = str_from(own_roles[i].name),
                     .description = str_from(own_roles[i].description),
                     .builtin = true,
                     .version = 1,
                     .created_at = ctx_now(cx),
                     .updated_at = ctx_now(cx)};
        role_insert(cx, &role);
    }
}

static bool is_known(StrList known, Str name)
{
    for (size_t i = 0; i < known.n; i++)
        if (str_eq(known.items[i], name)) return true;
    return false;
}

static void grant_new_permission(Ctx *cx, const Permission *permission)
{
    permission_note_known(cx, str_from(permission->name));
    for (size_t i = 0; i < ROWS(own_roles); i++) {
        Id role = {own_roles[i].id};
        if (role.n == ROLE_OWNER ||
            !rules_role_begins_with(permission, role, str_from(own_roles[i].name)))
            continue;
        role_add_permission(cx, role, str_from(permission->name));
    }
}

void auth_settle(Ctx *cx)
{
    make_own_roles(cx);
    StrList known = permissions_known(cx);
    for (size_t i = 0; i < permission_count(); i++)
        if (!is_known(known, str_from(permission_at(i)->name)))
            grant_new_permission(cx, permission_at(i));
    for (size_t i = 0; i < ROWS(own_roles); i++) changed(cx, "role", (Id){own_roles[i].id});
}

bool auth_is_settled(Ctx *cx)
{
    StrList known = permissions_known(cx);
    for (size_t i = 0; i < permission_count(); i++)
        if (!is_known(known, str_from(permission_at(i)->name))) return false;
    return permission_count() > 0;
}

/* ---- What they hold -------------------------------------------------------------------------- */

PermissionSet role_set(const Role *role)
{
    return role->id.n == ROLE_OWNER ? permission_set_all() : rules_set_of(role->permissions, NULL);
}

Role *role_shown(Ctx *cx, Role *role)
{
    PermissionSet set = role_set(role);
    role->permissions = rules_names_of(cx->arena, &set);
    MARK_SET(&role_type, role, Role, permissions);
    return role;
}

/* ---- Who has which --------------------------------------------------------------------------- */

/* The user's roles are others now. */
static void note_change(Ctx *cx, Id user, const AuditAction *action, StrList before)
{
    UserRoles had = {before}, has = {auth_roles(cx, user)};
    changed(cx, "user", user);
    audit(cx, action, "user", user, &user_roles_type, &had, &has);
}

bool auth_grant(Ctx *cx, Id user, Str name)
{
    Id role = role_by_name(cx, name);
    if (!role.n) return false;
    if (role.n == ROLE_CUSTOMER) return true;
    StrList before = auth_roles(cx, user);
    if (user_role_insert(cx, user, role)) note_change(cx, user, &roles_granted, before);
    return true;
}

/* Is he the last owner? If he is one, nobody takes another away before the commit. */
static bool is_last_owner(Ctx *cx, Id user)
{
    if (!user_has_role(cx, user, owner_role)) return false;
    role_touch(cx, owner_role);
    return role_holders(cx, owner_role) <= 1;
}

bool auth_revoke(Ctx *cx, Id user, Str name)
{
    Id role = role_by_name(cx, name);
    if (id_eq(role, owner_role) && is_last_owner(cx, user)) return false;
    StrList before = auth_roles(cx, user);
    if (user_role_delete(cx, user, role)) note_change(cx, user, &roles_revoked, before);
    return true;
}

bool auth_leave(Ctx *cx, Id user)
{
    if (is_last_owner(cx, user)) return false;
    StrList before = auth_roles(cx, user);
    user_roles_delete(cx, user);
    auth_sessions_end(cx, user, (Id){0});
    if (before.n)
        note_change(cx, user, &roles_revoked, before);
    else
        changed(cx, "user", user);
    return true;
}

PermissionSet auth_permissions(Ctx *cx, Id user)
{
    bool owner = false;
    StrList names = user_permission_names(cx, user, &owner);
    return owner ? permission_set_all() : rules_set_of(names, NULL);
}

StrList auth_roles(Ctx *cx, Id user)
{
    RoleList roles = user_roles(cx, user);
    StrList names = {NEW_N(cx->arena, Str, roles.n + 1), roles.n};
    for (size_t i = 0; i < roles.n; i++) names.items[i] = roles.items[i].name;
    return names;
}

bool auth_is_within_reach(Ctx *cx, Id user)
{
    PermissionSet theirs = auth_permissions(cx, user);
    return permission_set_within(&theirs, &cx->actor.permissions);
}

int64_t auth_owner_count(Ctx *cx)
{
    return role_holders(cx, owner_role);
}

bool auth_wants_owner(Ctx *cx)
{
    role_touch(cx, owner_role);
    return role_holders(cx, owner_role) == 0;
}
