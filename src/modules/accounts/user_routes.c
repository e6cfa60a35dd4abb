/* Users, for those who look after them. Strength is set inclusion: whom one may ban or act as is who
 * may do nothing that one may not do oneself (auth_is_within_reach). */
#include "modules/accounts/account.h"
#include "modules/accounts/commands.h"
#include "modules/accounts/rules.h"
#include "modules/accounts/session.h"
#include "modules/accounts/store.h"
#include "modules/auth/auth.h"
#include "platform/api/errors.h"
#include "platform/audit/audit.h"

static const Permission users_read = {"users:read", "See who has an account.",
                                      .roles = "manager support moderator"};
static const Permission users_ban = {"users:ban", "Ban users, and let them in again.",
                                     .roles = "support moderator"};
static const Permission users_impersonate = {
    "users:impersonate", "Act as a user, to see what he sees.", .roles = "support"};

static Reply list_users(Request *rq)
{
    UserQuery query = *(const UserQuery *)rq->query;
    Id before = {INT64_MAX};
    if (query.cursor.n) {
        const UserCursor *cursor = cursor_read(rq->cx->arena, &user_cursor_type, query.cursor);
        if (!cursor) return refuse((Verdict){&error_bad_cursor, {0}});
        before = cursor->before;
    }
    UserList page = users_page(rq->cx, &query, before);
    Str next = {0};
    if ((int64_t)page.n > query.limit) {
        page.n--;
        next = cursor_write(rq->cx->arena, &user_cursor_type,
                            &(UserCursor){page.items[page.n - 1].id});
    }
    return ok_list(&user_type, (AnyList){page.items, page.n}, next);
}
HANDLER_PLAIN(list_users)

static Reply show_user(Request *rq)
{
    const User *user = account_read(rq->cx, rq->id);
    return user ? with_version(ok(&user_type, user), user->version) : not_found(rq, "user");
}
HANDLER_PLAIN(show_user)

static Reply show_profile(Request *rq)
{
    const User *user = user_read(rq->cx, rq->id);
    if (!user || user->status != USER_ACTIVE) return not_found(rq, "user");
    PublicProfile *profile = NEW(rq->cx->arena, PublicProfile);
    *profile = (PublicProfile){.present = PRESENT_ALL,
                               .id = user->id,
                               .name = user->name,
                               .avatar_url = user->avatar_url,
                               .created_at = user->created_at};
    if (!user->avatar_url.n) MARK_ABSENT(&public_profile_type, profile, PublicProfile, avatar_url);
    return ok(&public_profile_type, profile);
}
HANDLER_PLAIN(show_profile)

static User *take_user(Request *rq)
{
    return user_touch(rq->cx, rq->id) ? user_read(rq->cx, rq->id) : NULL;
}

static Reply ban_user(Request *rq, const BanInput *in)
{
    User *user = take_user(rq);
    if (!user) return not_found(rq, "user");
    Verdict verdict = account_ban(rq->cx, user, in->reason);
    return verdict.error ? refuse(verdict) : show_user(rq);
}
HANDLER(ban_user, BanInput)

static Reply unban_user(Request *rq)
{
    User *user = take_user(rq);
    if (!user) return not_found(rq, "user");
    Verdict verdict = account_unban(rq->cx, user);
    return verdict.error ? refuse(verdict) : show_user(rq);
}
HANDLER_PLAIN(unban_user)

/* Whose session it really is stays in it (Actor.impersonator), in the trail of all that is done by it,
 * and in the tokens that are made of it. */
static Reply impersonate_user(Request *rq)
{
    Ctx *cx = rq->cx;
    if (cx->actor.impersonator.n) return refuse((Verdict){&error_impersonated, {0}});
    if (id_eq(rq->id, cx->actor.id)) return refuse((Verdict){&error_not_yourself, {0}});
    const User *user = user_read(cx, rq->id);
    if (!user) return not_found(rq, "user");
    if (user->status != USER_ACTIVE) return refuse((Verdict){&error_not_active, {0}});
    if (!auth_is_within_reach(cx, rq->id)) return refuse((Verdict){&error_out_of_reach, {0}});
    audit(cx, &user_impersonated, "user", rq->id, NULL, NULL, NULL);
    Reply reply = show_user(rq);
    reply.headers = session_begin(rq, rq->id, cx->actor.id);
    return reply;
}
HANDLER_PLAIN(impersonate_user)

/* ---- The table -------------------------------------------------------------------------------- */

static const Error *const list_errors[] = {&error_bad_cursor, NULL};
static const Error *const ban_errors[] = {&error_not_yourself, &error_out_of_reach,
                                          &error_not_active, &error_last_owner, NULL};
static const Error *const impersonate_errors[] = {&error_impersonated, &error_not_yourself,
                                                  &error_not_active, &error_out_of_reach, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/users", list_users, "List users, newest first, or search them.", .tx = TX_READ,
          .needs = &users_read, .query = &user_query_type, .reply = &user_type, .list = true,
          .errors = list_errors),
    ROUTE(GET, "/v1/users/{id:user}", show_user, "Read a user.", .tx = TX_READ,
          .needs = &users_read, .reply = &user_type),
    ROUTE(GET, "/v1/users/{id:user}/profile", show_profile, "Read what a user shows of himself.",
          .tx = TX_READ, .reply = &public_profile_type),
    ROUTE(POST, "/v1/users/{id:user}/ban", ban_user, "Ban a user: ends his sessions and roles.",
          .tx = TX_WRITE, .needs = &users_ban, .body = &ban_input_type, .reply = &user_type,
          .errors = ban_errors),
    ROUTE(POST, "/v1/users/{id:user}/unban", unban_user, "Let a banned user in again.",
          .detail = "His roles do not come back by themselves.", .tx = TX_WRITE,
          .needs = &users_ban, .reply = &user_type, .errors = ban_errors),
    ROUTE(POST, "/v1/users/{id:user}/impersonation", impersonate_user,
          "Act as a user in this browser, from now on.",
          .detail = "Sets the cookie of a session that is his, and marked: everything in it is "
                    "recorded with who really acts. What he logs in with cannot be changed.",
          .tx = TX_WRITE, .signed_in = true, .needs = &users_impersonate, .secret = true,
          .reply = &user_type, .errors = impersonate_errors),
};

static const Error *const errors[] = {&error_not_yourself, &error_out_of_reach, &error_not_active};
static const Permission *const permissions[] = {&users_read, &users_ban, &users_impersonate};

const Module users_module = {
    .name = "users",
    .doc = "Users, for those who look after them.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
    .commands = account_commands,
    .command_count = ACCOUNT_COMMANDS,
};
