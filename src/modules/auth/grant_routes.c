/* Who has which role. Nobody gives more than he has, nor changes what somebody has who has more. */
#include "modules/auth/roles.h"
#include "modules/auth/store.h"
#include "platform/api/errors.h"

static const Permission roles_grant = {"roles:grant", "Give roles to people and take them away.",
                                       .roles = ""};

const Error error_last_owner = {"last_owner", 409, "A shop has an owner.", LOG_INFO,
                                "Make somebody else an owner first."};

static bool user_exists(Request *rq)
{
    return auth_user_exists && auth_user_exists(rq->cx, rq->id);
}

static Reply list_user_roles(Request *rq)
{
    if (!user_exists(rq)) return not_found(rq, "user");
    RoleList all = user_roles(rq->cx, rq->id);
    for (size_t i = 0; i < all.n; i++) {
        Role *role = role_read(rq->cx, all.items[i].id);
        if (role) all.items[i] = *role_shown(rq->cx, role);
    }
    return ok_list(&role_type, (AnyList){all.items, all.n}, (Str){0});
}
HANDLER_PLAIN(list_user_roles)

/* The role that the path names, if the actor may give it to the user, or take it from him. */
static Reply judge_gift(Request *rq, Role **out)
{
    Ctx *cx = rq->cx;
    Id id = role_by_name(cx, rq->args[1].text);
    Role *role = id.n ? role_read(cx, id) : NULL;
    if (!user_exists(rq)) return not_found(rq, "user");
    if (!role) return not_found(rq, "role");
    PermissionSet set = role_set(role), theirs = auth_permissions(cx, rq->id);
    Verdict verdict = rules_may_give(cx->arena, &cx->actor.permissions, &set, &theirs);
    *out = role;
    return verdict.error ? refuse(verdict) : (Reply){0};
}

static Reply grant_role(Request *rq)
{
    Role *role;
    Reply refused = judge_gift(rq, &role);
    if (refused.status) return refused;
    if (user_roles(rq->cx, rq->id).n >= USER_ROLES_MAX)
        return fail(rq, &error_roles_full, "The user has %d.", USER_ROLES_MAX);
    auth_grant(rq->cx, rq->id, role->name);
    return no_content();
}
HANDLER_PLAIN(grant_role)

static Reply revoke_role(Request *rq)
{
    Role *role;
    Reply refused = judge_gift(rq, &role);
    if (refused.status) return refused;
    if (!auth_revoke(rq->cx, rq->id, role->name))
        return fail(rq, &error_last_owner, "This is the last one.");
    return no_content();
}
HANDLER_PLAIN(revoke_role)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const grant_errors[] = {&error_too_strong, &error_roles_full, NULL};
static const Error *const revoke_errors[] = {&error_too_strong, &error_last_owner, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/users/{id:user}/roles", list_user_roles, "List the roles of a user.",
          .tx = TX_READ, .needs = &roles_read, .reply = &role_type, .list = true),
    ROUTE(PUT, "/v1/users/{id:user}/roles/{name}", grant_role, "Give a user a role.",
          .tx = TX_WRITE, .needs = &roles_grant, .errors = grant_errors,
          .detail = "Nothing happens when he has it. Nobody gives more than he has himself, nor "
                    "changes the roles of somebody who has more."),
    ROUTE(DELETE, "/v1/users/{id:user}/roles/{name}", revoke_role, "Take a role from a user.",
          .tx = TX_WRITE, .needs = &roles_grant, .errors = revoke_errors,
          .detail = "The last owner stays one."),
};

static const Error *const errors[] = {&error_last_owner};
static const Permission *const permissions[] = {&roles_grant};

const Module grants_module = {
    .name = "grants",
    .doc = "Who has which role.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
};
