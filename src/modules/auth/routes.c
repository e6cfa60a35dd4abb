/* Roles and who has them. What is said of anybody is within what the actor has himself: rules.c.
 *
 * A handler reads what is there, asks a rule, and writes; which permissions exist is what the modules' rows say. A change of a
 * role is felt by the next request of whoever has it, since verified tokens are remembered only until "roles" changes.
 *
 * Rejected: ranks of roles (two departments are neither above nor below each other; sets of permissions say what is meant),
 * and permissions given to users directly (a second place to look for why somebody may do something). */
#include "meta/merge.h"
#include "modules/auth/audits.h"
#include "modules/auth/commands.h"
#include "modules/auth/identify.h"
#include "modules/auth/roles.h"
#include "modules/auth/store.h"
#include "platform/api/errors.h"
#include "platform/changes.h"
#include "platform/personal.h"

const Permission roles_read = {"roles:read", "See roles, and who has which.",
                               .roles = "manager support"};
static const Permission roles_write = {"roles:write", "Make, change and delete roles.",
                                       .roles = ""};
static const Permission shop_own = {
    "shop:own", "Be beyond the reach of whoever is not an owner himself.", .owners_only = true};

static const Error error_role_name_taken = {"role_name_taken", 409, "Another role has this name.",
                                            LOG_DEBUG, "Choose another name."};
static const Error error_role_builtin = {
    "role_builtin", 409, "The role came with the shop and stays as it is.", LOG_DEBUG,
    "Its name cannot be changed, and the owner's permissions are all that there are. Make a role "
    "of "
    "your own."};
static const Error error_role_given = {"role_given", 409, "Somebody has this role.", LOG_DEBUG,
                                       "Take it away from everybody first."};
const Error error_roles_full = {"roles_full", 409, "There are as many roles as there can be.",
                                LOG_DEBUG, "Delete roles that nobody needs, or take some away."};

/* ---- Permissions ----------------------------------------------------------------------------- */

static Reply list_permissions(Request *rq)
{
    size_t n = permission_count();
    PermissionRow *rows = NEW_N(rq->cx->arena, PermissionRow, n);
    for (size_t i = 0; i < n; i++)
        rows[i] =
            (PermissionRow){str_from(permission_at(i)->name), str_from(permission_at(i)->doc)};
    return ok_list(&permission_row_type, (AnyList){rows, n}, (Str){0});
}
HANDLER_PLAIN(list_permissions)

/* ---- Roles ----------------------------------------------------------------------------------- */

static Reply list_roles(Request *rq)
{
    RoleList all = roles_all(rq->cx);
    for (size_t i = 0; i < all.n; i++) role_shown(rq->cx, &all.items[i]);
    return ok_list(&role_type, (AnyList){all.items, all.n}, (Str){0});
}
HANDLER_PLAIN(list_roles)

static Reply reply_role(Ctx *cx, Role *role)
{
    return with_version(ok(&role_type, role_shown(cx, role)), role->version);
}

static Reply show_role(Request *rq)
{
    Role *role = role_read(rq->cx, rq->id);
    return role ? reply_role(rq->cx, role) : not_found(rq, "role");
}
HANDLER_PLAIN(show_role)

/* Are the permissions of the role such that the actor may put them there? */
static Verdict judge_permissions(const Request *rq, const Role *role)
{
    Str unknown = {0};
    PermissionSet set = rules_set_of(role->permissions, &unknown);
    if (unknown.p)
        return (Verdict){&error_unknown_permission,
                         str_format(rq->cx->arena, "There is no \"%.*s\".", STR_ARG(unknown))};
    return rules_within(rq->cx->arena, &set, &rq->cx->actor.permissions);
}

/* "*" becomes names, and each stands once. */
static StrList named_once(Ctx *cx, StrList permissions)
{
    PermissionSet set = rules_set_of(permissions, NULL);
    return rules_names_of(cx->arena, &set);
}

static Verdict name_taken(Ctx *cx, const Role *role)
{
    return (Verdict){&error_role_name_taken,
                     str_format(cx->arena, "\"%.*s\" is taken.", STR_ARG(role->name))};
}

static Reply create_role(Request *rq, const Role *in)
{
    Ctx *cx = rq->cx;
    Role *role = arena_copy(cx->arena, in, sizeof *in);
    if (roles_count(cx) >= ROLES_MAX)
        return fail(rq, &error_roles_full, "The shop has %d.", ROLES_MAX);
    merge_complete(&role_type, role);
    Verdict verdict = judge_permissions(rq, role);
    if (verdict.error) return refuse(verdict);
    role->id = ctx_id(cx);
    role->builtin = false;
    role->version = 1;
    role->created_at = role->updated_at = ctx_now(cx);
    role->present = PRESENT_ALL;
    if (!role_insert(cx, role)) return refuse(name_taken(cx, role));
    role_put_permissions(cx, role->id, named_once(cx, role->permissions));
    changed(cx, "role", role->id);
    audit(cx, &role_made, "role", role->id, &role_type, NULL, role_shown(cx, role));
    Reply reply = reply_role(cx, role);
    reply.location =
        str_format(cx->arena, "/v1/roles/%.*s", STR_ARG(id_text(cx->arena, "role", role->id)));
    return reply;
}
HANDLER(create_role, Role)

/* The role, to be changed: held until the commit, its version already the one that it will have. A
 * role that is stronger than the actor is refused. */
static Reply take_role(Request *rq, Role **out)
{
    role_touch(rq->cx, rq->id);
    Role *role = role_read(rq->cx, rq->id);
    if (!role) return not_found(rq, "role");
    if (!version_matches(rq, role->version - 1)) return version_changed(rq);
    PermissionSet set = role_set(role);
    Verdict verdict = rules_within(rq->cx->arena, &set, &rq->cx->actor.permissions);
    if (verdict.error) return refuse(verdict);
    changed(rq->cx, "role", rq->id);
    *out = role;
    return (Reply){0};
}

static bool may_be_patched(const Role *role, const Role *patch)
{
    bool renamed = IS_SET(&role_type, patch, Role, name) && !str_eq(patch->name, role->name);
    return !(role->builtin && renamed) && role->id.n != ROLE_OWNER;
}

static Reply change_role(Request *rq, const Role *patch)
{
    Ctx *cx = rq->cx;
    Role *role;
    Reply refused = take_role(rq, &role);
    if (refused.status) return refused;
    if (!may_be_patched(role, patch))
        return fail(rq, &error_role_builtin, "It is the role \"%.*s\".", STR_ARG(role->name));
    const Role *before = arena_copy(cx->arena, role_shown(cx, role), sizeof *role);
    merge_patch(cx->arena, &role_type, role, patch);
    Verdict verdict = judge_permissions(rq, role);
    if (verdict.error) return refuse(verdict);
    if (!role_update(cx, role)) return refuse(name_taken(cx, role));
    if (IS_SET(&role_type, patch, Role, permissions))
        role_put_permissions(cx, role->id, named_once(cx, role->permissions));
    audit(cx, &role_changed, "role", role->id, &role_type, before, role_shown(cx, role));
    return reply_role(cx, role);
}
HANDLER(change_role, Role)

static Reply delete_role(Request *rq)
{
    Role *role;
    Reply refused = take_role(rq, &role);
    if (refused.status) return refused;
    if (role->builtin)
        return fail(rq, &error_role_builtin, "It is the role \"%.*s\".", STR_ARG(role->name));
    if (role_is_given(rq->cx, rq->id))
        return fail(rq, &error_role_given, "\"%.*s\" is in use.", STR_ARG(role->name));
    role_delete(rq->cx, rq->id);
    audit(rq->cx, &role_deleted, "role", rq->id, &role_type, role_shown(rq->cx, role), NULL);
    return no_content();
}
HANDLER_PLAIN(delete_role)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const create_errors[] = {&error_role_name_taken, &error_roles_full,
                                             &error_unknown_permission, &error_too_strong, NULL};
static const Error *const change_errors[] = {&error_role_name_taken, &error_role_builtin,
                                             &error_unknown_permission, &error_too_strong, NULL};
static const Error *const delete_errors[] = {&error_role_builtin, &error_role_given,
                                             &error_too_strong, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/permissions", list_permissions, "List what one may be allowed.", .tx = TX_READ,
          .needs = &roles_read, .reply = &permission_row_type, .list = true),
    ROUTE(GET, "/v1/roles", list_roles, "List the roles, by name.", .tx = TX_READ,
          .needs = &roles_read, .reply = &role_type, .list = true),
    ROUTE(GET, "/v1/roles/{id:role}", show_role, "Read a role.", .tx = TX_READ,
          .needs = &roles_read, .reply = &role_type),
    ROUTE(POST, "/v1/roles", create_role, "Make a role.", .tx = TX_WRITE, .needs = &roles_write,
          .body = &role_type, .reply = &role_type, .status = 201, .errors = create_errors),
    ROUTE(PATCH, "/v1/roles/{id:role}", change_role, "Change a role.", .tx = TX_WRITE,
          .needs = &roles_write, .body = &role_type, .body_mode = BODY_MERGE_PATCH,
          .reply = &role_type, .if_match = true, .errors = change_errors,
          .detail = "`permissions` are replaced as a whole. Whoever has the role has them within a "
                    "second."),
    ROUTE(DELETE, "/v1/roles/{id:role}", delete_role, "Delete a role that nobody has.",
          .tx = TX_WRITE, .needs = &roles_write, .if_match = true, .errors = delete_errors),
};

static const Error *const errors[] = {&error_role_name_taken,   &error_role_builtin,
                                      &error_role_given,        &error_roles_full,
                                      &error_too_strong,        &error_unknown_permission,
                                      &error_bad_address_block, &error_public_key_scopes};
static const Permission *const permissions[] = {&shop_own, &roles_read, &roles_write};

extern const char auth_0001_keys[], auth_0002_identity[];
static const Migration migrations[] = {
    {.module = "auth", .number = 1, .name = "keys", .sql = auth_0001_keys},
    {.module = "auth",
     .number = 2,
     .name = "identity",
     .sql = auth_0002_identity,
     .oldest_program = 2},
};

/* Those that are over, too, as long as they are kept. */
static AnyList sessions_of_user(Ctx *cx, Id user)
{
    SessionList all = sessions_of(cx, user);
    for (size_t i = 0; i < all.n; i++) MARK_SET(&session_type, &all.items[i], Session, current);
    return (AnyList){all.items, all.n};
}

static const Personal personals[] = {
    {"sessions", "Where he is logged in.", &session_type, sessions_of_user},
};

static const Table tables[] = {{"roles", &role_type},
                               {"keys", &api_key_type},
                               {"sessions", &session_type},
                               {"signing_keys", &signing_key_type}};

const Module auth_module = {
    .name = "auth",
    .doc = "Who may do what: permissions, roles, and who has them.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
    MODULE_ROWS(migrations, migration),
    MODULE_ROWS(tables, table),
    MODULE_ROWS(personals, personal),
    .commands = role_commands,
    .command_count = ROLE_COMMANDS,
    .audits = auth_audits,
    .audit_count = AUTH_AUDITS,
    .start = identify_start,
    .stop = identify_stop,
};
