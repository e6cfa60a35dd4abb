/* What happens to accounts.
 *
 * Whoever changes a user takes his row first (user_touch), then reads, decides and writes. Whatever
 * touches what he logs in with begins another generation of his credentials, which ends all links and
 * challenges made before; and what he may no longer do ends his sessions.
 *
 * Registering, resetting and moving to another address only write a job down, whoever asks and
 * whatever there is: the answer, the statements and the time are the same. What happens then (a new
 * user and a link, or a word to the one who has the address already) happens behind the request. Of
 * several registrations of an address that nobody has confirmed, the last one counts: its link
 * confirms its password, and the links before it are void. */
#include "modules/accounts/account.h"

#include "modules/accounts/links.h"
#include "modules/accounts/mails.h"
#include "modules/accounts/password.h"
#include "modules/accounts/rules.h"
#include "modules/accounts/second.h"
#include "modules/accounts/store.h"
#include "modules/auth/auth.h"
#include "platform/audit/audit.h"
#include "platform/changes.h"
#include "platform/events.h"

#include "meta/merge.h"

static const AuditAction user_created = {"user.created", "An account was made."};
static const AuditAction user_verified = {"user.verified", "A user has confirmed his address."};
static const AuditAction user_changed = {"user.changed", "A user's profile was changed."};
static const AuditAction user_moved = {"user.email_changed", "A user has another address."};
static const AuditAction user_password = {"user.password_changed", "A user has another password."};
static const AuditAction user_erased = {"user.deleted", "An account was deleted."};
static const AuditAction user_banned = {"user.banned", "A user may not log in any more."};
static const AuditAction user_unbanned = {"user.unbanned", "A banned user may log in again."};

const AuditAction user_impersonated = {"user.impersonated",
                                       "Somebody of the staff acts as a user."};

const AuditAction *const account_audits[ACCOUNT_AUDITS] = {
    &user_created, &user_verified, &user_changed,      &user_moved, &user_password, &user_erased,
    &user_banned,  &user_unbanned, &user_impersonated, &second_on,  &second_off,    &second_codes};

const Event user_deleted = {.name = "user.deleted",
                            .doc = "A user's account is deleted; his id stays."};

static void note(Ctx *cx, const AuditAction *action, const User *before, const User *after)
{
    Id id = after ? after->id : before->id;
    audit(cx, action, "user", id, &user_type, before, after);
    changed(cx, "user", id);
}

/* Writes what has changed of the user, whose row is held. */
static void put(Ctx *cx, const AuditAction *action, const User *before, const User *after)
{
    user_update(cx, after);
    note(cx, action, before, after);
}

User *account_read(Ctx *cx, Id id)
{
    User *user = user_read(cx, id);
    if (!user) return NULL;
    user->roles = auth_roles(cx, id);
    MARK_SET(&user_type, user, User, roles);
    return user;
}

/* Somebody who can have roles and sessions. */
static bool user_exists(Ctx *cx, Id id)
{
    const User *user = user_read(cx, id);
    return user && user->status != USER_DELETED;
}

void accounts_start(const ModuleWorld *world)
{
    accounts_use(world->config);
    auth_user_exists = user_exists;
}

/* ---- Making ---------------------------------------------------------------------------------- */

static void put_words(Ctx *cx, const User *user)
{
    user_words_put(cx, user->id, user_words_of(cx->arena, user->email, user->name));
}

Verdict user_create(Ctx *cx, const NewUser *new, Id *out)
{
    Str key = email_key(cx->arena, new->email);
    if (user_by_email(cx, key).n) return (Verdict){&error_email_taken, {0}};
    User user = {.id = ctx_id(cx),
                 .email = new->email,
                 .name = new->name,
                 .locale = new->locale,
                 .status = new->verified ? USER_ACTIVE : USER_PENDING,
                 .version = 1};
    user.created_at = user.updated_at = ctx_now(cx);
    if (new->locale.n) MARK_SET(&user_type, &user, User, locale);
    if (new->verified) {
        user.verified_at = user.created_at;
        MARK_SET(&user_type, &user, User, verified_at);
    }
    merge_complete(&user_type, &user);
    user_insert(cx, &user);
    Credentials row = {.user_id = user.id, .email_key = key, .password_hash = new->password_hash};
    row.generation = 1;
    if (new->password_hash.n) MARK_SET(&credentials_type, &row, Credentials, password_hash);
    merge_complete(&credentials_type, &row);
    credentials_insert(cx, &row);
    put_words(cx, &user);
    note(cx, &user_created, NULL, &user);
    *out = user.id;
    return (Verdict){0};
}

/* ---- Passwords ------------------------------------------------------------------------------- */

static const ViolationCode weak_password = {"weak_password",
                                            "It is too short, or one of the first to be tried."};

PasswordMade account_make_password(Ctx *cx, Str password, Str email, Str name, Str pointer)
{
    PasswordMade made = {0};
    Str form = password_form(cx->arena, password);
    Str why =
        password_refused(cx->arena, form, &(PasswordOwner){name, email}, accounts_password_min());
    if (why.n) {
        made.refused = NEW(cx->arena, Violations);
        *made.refused = violations_new(cx->arena);
        violation_add_at(made.refused, pointer, &weak_password, why);
        return made;
    }
    made.hash = password_hash(cx->arena, cx->random, form);
    return made;
}

void account_put_password(Ctx *cx, const User *user, Str hash, Id except)
{
    credentials_put_password(cx, user->id, hash);
    auth_sessions_end(cx, user->id, except);
    audit(cx, &user_password, "user", user->id, NULL, NULL, NULL);
    mail_password_changed(cx, user);
    changed(cx, "user", user->id);
}

/* ---- By links -------------------------------------------------------------------------------- */

static User *holder(Ctx *cx, const char *purpose, const LinkToken *token)
{
    User *user = user_read(cx, token->user);
    const Credentials *row = credentials_read(cx, token->user);
    return user && row && link_holds(cx, purpose, token, row->generation) ? user : NULL;
}

User *account_by_link(Ctx *cx, const char *purpose, Str text)
{
    LinkToken token;
    return link_parse(text, &token) ? holder(cx, purpose, &token) : NULL;
}

/* The same, and nobody else changes him until the commit. */
static User *take_by_link(Ctx *cx, const char *purpose, Str text)
{
    LinkToken token;
    if (!link_parse(text, &token) || !user_touch(cx, token.user)) return NULL;
    credentials_take(cx, token.user);
    return holder(cx, purpose, &token);
}

Verdict account_verify(Ctx *cx, Str token)
{
    User *user = take_by_link(cx, LINK_VERIFY, token);
    if (!user || user->status != USER_PENDING) return (Verdict){&error_bad_link, {0}};
    User before = *user;
    user->status = USER_ACTIVE;
    user->verified_at = ctx_now(cx);
    MARK_SET(&user_type, user, User, verified_at);
    credentials_renew(cx, user->id);
    put(cx, &user_verified, &before, user);
    return (Verdict){0};
}

Verdict account_move(Ctx *cx, Str token)
{
    User *user = take_by_link(cx, LINK_EMAIL, token);
    if (!user || user->status != USER_ACTIVE || !user->pending_email.n)
        return (Verdict){&error_bad_link, {0}};
    User before = *user;
    Str key = email_key(cx->arena, user->pending_email);
    Id other = user_by_email(cx, key);
    if (other.n && !id_eq(other, user->id)) return (Verdict){&error_email_taken, {0}};
    user->email = user->pending_email;
    user->pending_email = (Str){0};
    MARK_ABSENT(&user_type, user, User, pending_email);
    user->verified_at = ctx_now(cx);
    credentials_put_email(cx, user->id, key);
    put_words(cx, user);
    put(cx, &user_moved, &before, user);
    mail_email_changed(cx, user, before.email);
    mail_email_changed(cx, user, user->email);
    return (Verdict){0};
}

Verdict account_reset(Ctx *cx, Str token, Str hash)
{
    const User *user = take_by_link(cx, LINK_RESET, token);
    if (!user || user->status != USER_ACTIVE) return (Verdict){&error_bad_link, {0}};
    account_put_password(cx, user, hash, (Id){0});
    return (Verdict){0};
}

Str account_reset_token(Ctx *cx, Id user, int64_t for_s)
{
    const Credentials *row = credentials_read(cx, user);
    return row ? link_make(cx, LINK_RESET, user, row->generation, for_s) : S("");
}

/* ---- The rest -------------------------------------------------------------------------------- */

void account_change(Ctx *cx, User *user, const User *patch)
{
    User before = *user;
    merge_patch(cx->arena, &user_type, user, patch);
    if (!str_eq(before.name, user->name)) put_words(cx, user);
    put(cx, &user_changed, &before, user);
}

Verdict account_delete(Ctx *cx, const User *user)
{
    if (!auth_leave(cx, user->id)) return (Verdict){&error_last_owner, {0}};
    User gone = {.id = user->id,
                 .name = S("Deleted user"),
                 .status = USER_DELETED,
                 .version = user->version};
    gone.created_at = user->created_at;
    gone.updated_at = ctx_now(cx);
    merge_complete(&user_type, &gone);
    mail_deleted(cx, user);
    credentials_delete(cx, user->id);
    user_words_put(cx, user->id, (StrList){0});
    put(cx, &user_erased, user, &gone);
    announce(cx, &user_deleted, &(UserEvent){user->id});
    audit_forget(cx, user->id);
    return (Verdict){0};
}

/* May the actor shut this user out, or let him in? */
static Verdict within_reach(Ctx *cx, Id user)
{
    if (id_eq(user, cx->actor.id)) return (Verdict){&error_not_yourself, {0}};
    if (!auth_is_within_reach(cx, user)) return (Verdict){&error_out_of_reach, {0}};
    return (Verdict){0};
}

Verdict account_ban(Ctx *cx, User *user, Str reason)
{
    Verdict verdict = within_reach(cx, user->id);
    if (verdict.error) return verdict;
    if (user->status != USER_ACTIVE) return (Verdict){&error_not_active, {0}};
    User before = *user;
    if (!auth_leave(cx, user->id)) return (Verdict){&error_last_owner, {0}};
    user->status = USER_BANNED;
    user->ban_reason = reason;
    user->banned_at = ctx_now(cx);
    MARK_SET(&user_type, user, User, ban_reason);
    MARK_SET(&user_type, user, User, banned_at);
    credentials_renew(cx, user->id);
    put(cx, &user_banned, &before, user);
    return (Verdict){0};
}

Verdict account_unban(Ctx *cx, User *user)
{
    Verdict verdict = within_reach(cx, user->id);
    if (verdict.error) return verdict;
    if (user->status != USER_BANNED) return (Verdict){&error_not_active, {0}};
    User before = *user;
    user->status = USER_ACTIVE;
    MARK_ABSENT(&user_type, user, User, ban_reason);
    MARK_ABSENT(&user_type, user, User, banned_at);
    put(cx, &user_unbanned, &before, user);
    return (Verdict){0};
}
