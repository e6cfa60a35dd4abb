/* souk user …: for who has the data folder, and so may do everything. A password is never a word of the
 * command line, which other users of the machine can read: it comes from a file or stdin, or the user
 * sets one by a link that is printed. */
#include "modules/accounts/commands.h"

#include "modules/accounts/account.h"
#include "modules/accounts/links.h"
#include "modules/accounts/mails.h"
#include "modules/accounts/password.h"
#include "modules/accounts/rules.h"
#include "modules/accounts/store.h"
#include "modules/auth/auth.h"
#include "platform/api/errors.h"

#include <inttypes.h>

/* ---- What all have in common ------------------------------------------------------------------- */

/* A command on one user: what it is told, what it finds, and why it fails. */
typedef struct UserTask {
    Str who; /* an id or an address */
    User *user;
    Verdict refused;
    Str name, role, reason, hash, token;
    bool remove;
    Id id;
    StrList roles; /* what he has afterwards */
} UserTask;

static bool find_user(Ctx *cx, UserTask *task)
{
    Id id;
    if (!id_parse(task->who, "user", &id)) id = user_by_email(cx, email_key(cx->arena, task->who));
    task->user = id.n && user_touch(cx, id) ? user_read(cx, id) : NULL;
    if (!task->user)
        task->refused =
            (Verdict){&error_not_found, str_format(cx->arena, "there is no user %.*s",
                                                   STR_ARG(str_slice(task->who, 0, 100)))};
    return task->user;
}

/* Runs it in a transaction; false: the exit code is in *code. */
static bool run(CommandCall *call, bool (*f)(Ctx *cx, void *arg), UserTask *task, int *code)
{
    call->cx->actor.permissions = permission_set_all();
    accounts_use(&call->config->values);
    DbFailure failure = db_run(call->db, TX_WRITE, call->cx, f, task);
    Str why = task->refused.detail;
    if (task->refused.error && !why.n) why = str_from(task->refused.error->title);
    if (task->refused.error)
        *code = command_fail(call, task->refused.error, "%.*s", STR_ARG(why));
    else if (failure != DB_FINE)
        *code = command_fail(call, &error_unavailable, "it could not be stored");
    else
        return true;
    return false;
}

static bool verdict(UserTask *task, Verdict verdict)
{
    task->refused = verdict;
    return !verdict.error;
}

/* The user as the change of him has left him. True. */
static bool read_again(Ctx *cx, UserTask *task)
{
    task->user = user_read(cx, task->user->id);
    task->roles = auth_roles(cx, task->user->id);
    return true;
}

typedef struct UserState {
    Id id;
    Str email, name;
    unsigned status; /* UserStatus */
    StrList roles;
} UserState;

static const Type user_state_type = TYPE(
    UserState, "How it stands with a user.", FIELD(UserState, id, "Identifier.", .prefix = "user"),
    FIELD(UserState, email, "The address."), FIELD(UserState, name, "The name."),
    ENUM(UserState, status, "May he log in?", user_status_names),
    FIELD(UserState, roles, "What he may do, beside what every customer may."));

/* Runs a change that ends with read_again, and prints the user. */
static int change(CommandCall *call, bool (*f)(Ctx *cx, void *arg), UserTask *task)
{
    int code;
    if (!run(call, f, task, &code)) return code;
    const User *user = task->user;
    UserState state = {user->id, user->email, user->name, user->status, task->roles};
    output_object(call->out, &user_state_type, &state);
    return EXIT_FINE;
}

/* The first line of the file that the command was given. False: why is in *code. */
static bool read_password(CommandCall *call, Str *out, int *code)
{
    char *text = arena_alloc(call->arena, PASSWORD_INPUT_MAX + 2, 1);
    size_t n = 0;
    for (ssize_t more = 1; more > 0 && n < PASSWORD_INPUT_MAX + 2; n += (size_t)more) {
        more = command_read(call, 0, text + n, PASSWORD_INPUT_MAX + 2 - n);
        if (more < 0) {
            *code = command_fail(call, &err_file, "the password cannot be read");
            return false;
        }
    }
    *out = str_slice((Str){text, n}, 0, str_find_char((Str){text, n}, '\n'));
    if (str_ends(*out, S("\r"))) out->n--;
    return true;
}

/* The hash of the password in the file; without a pointer when no file was given. */
static bool hash_file(CommandCall *call, Str email, Str name, Str *hash, int *code)
{
    Str password;
    *hash = (Str){0};
    accounts_use(&call->config->values);
    if (call->files[0] < 0) return true;
    if (!read_password(call, &password, code)) return false;
    PasswordMade made = account_make_password(call->cx, password, email, name, S("/password"));
    if (made.refused)
        *code = command_fail(call, &error_invalid, "the password %.*s",
                             STR_ARG(made.refused->items[0].message));
    *hash = made.hash;
    return !made.refused;
}

typedef struct UserMade {
    Id id;
    Str email, link;
} UserMade;

static const Type user_made_type = TYPE(
    UserMade, "A user, and how he sets his password.",
    FIELD(UserMade, id, "Identifier.", .prefix = "user"), FIELD(UserMade, email, "His address."),
    FIELD(UserMade, link, "Where he sets a password, within a day; empty: he has one."));

static void print_made(CommandCall *call, const UserTask *task, Str email)
{
    UserMade made = {.id = task->id, .email = email, .link = S("")};
    if (task->token.n)
        made.link = str_format(call->arena, "%.*s/reset?token=%.*s", STR_ARG(accounts_shop_url()),
                               STR_ARG(task->token));
    output_object(call->out, &user_made_type, &made);
}

/* ---- add ---------------------------------------------------------------------------------------- */

typedef struct AddFlags {
    Str name, role;
} AddFlags;

static const Type add_flags = TYPE(
    AddFlags, "The user to make.",
    FIELD(AddFlags, name, "His name; what stands before the @ if left out.", .max = USER_NAME_MAX),
    FIELD(AddFlags, role, "A role that he gets.", .max = 100));

static bool grant(Ctx *cx, UserTask *task, Id user)
{
    if (!task->role.n || auth_grant(cx, user, task->role)) return true;
    task->refused = (Verdict){&error_not_found,
                              str_format(cx->arena, "there is no role %.*s", STR_ARG(task->role))};
    return false;
}

static bool add_in_tx(Ctx *cx, void *arg)
{
    UserTask *task = arg;
    NewUser new = {
        .email = task->who, .name = task->name, .password_hash = task->hash, .verified = true};
    if (!verdict(task, user_create(cx, &new, &task->id))) return false;
    if (!task->hash.n) task->token = account_reset_token(cx, task->id, SETUP_LINK_S);
    return grant(cx, task, task->id);
}

static int add(CommandCall *call, const AddFlags *flags)
{
    int code;
    Str email = call->arguments.items[0], local, domain;
    if (!text_is_email(email))
        return command_fail(call, &err_usage, "\"%.*s\" is no e-mail address", STR_ARG(email));
    str_cut(email, '@', &local, &domain);
    UserTask task = {
        .who = email, .name = flags->name.n ? flags->name : local, .role = flags->role};
    if (!hash_file(call, email, task.name, &task.hash, &code)) return code;
    if (!run(call, add_in_tx, &task, &code)) return code;
    print_made(call, &task, email);
    return EXIT_FINE;
}
COMMAND_HANDLER(add, AddFlags)

/* ---- list --------------------------------------------------------------------------------------- */

typedef struct ListFlags {
    Present present;
    Str q;
    unsigned status; /* UserStatus */
    int64_t limit;
} ListFlags;

static const Type list_flags = TYPE_WITH_ABSENCE(
    ListFlags, "Which users.",
    FIELD(ListFlags, q, "How the address, the name or a word of it begins.", .max = USER_NAME_MAX),
    ENUM(ListFlags, status, "Only these.", user_status_names),
    FIELD(ListFlags, limit, "How many, the newest first.", .min = 1, .max = 100000,
          .initial = "100"));

typedef struct UserListing {
    const ListFlags *flags;
    UserList found;
} UserListing;

static bool list_in_tx(Ctx *cx, void *arg)
{
    UserListing *listing = arg;
    UserQuery query = {.q = listing->flags->q, .limit = listing->flags->limit - 1};
    if (IS_SET(&list_flags, listing->flags, ListFlags, status)) {
        query.status = listing->flags->status;
        MARK_SET(&user_query_type, &query, UserQuery, status);
    }
    listing->found = users_page(cx, &query, (Id){INT64_MAX});
    return true;
}

typedef struct UserLine {
    Id id;
    Str email, name;
    unsigned status; /* UserStatus */
    Time created_at;
} UserLine;

static const Type user_line_type =
    TYPE(UserLine, "A user.", FIELD(UserLine, id, "Identifier.", .prefix = "user"),
         FIELD(UserLine, email, "The address."), FIELD(UserLine, name, "The name."),
         ENUM(UserLine, status, "May he log in?", user_status_names),
         FIELD(UserLine, created_at, "Since when."));

static int list(CommandCall *call, const ListFlags *flags)
{
    UserListing listing = {.flags = flags};
    if (db_run(call->db, TX_READ, call->cx, list_in_tx, &listing) != DB_FINE)
        return command_fail(call, &error_unavailable, "the users could not be read");
    UserLine *lines = NEW_N(call->arena, UserLine, listing.found.n);
    for (size_t i = 0; i < listing.found.n; i++) {
        const User *user = &listing.found.items[i];
        lines[i] = (UserLine){user->id, user->email, user->name, user->status, user->created_at};
    }
    output_table(call->out, &user_line_type, (AnyList){lines, listing.found.n});
    return EXIT_FINE;
}
COMMAND_HANDLER(list, ListFlags)

/* ---- ban, unban, role, passwd ------------------------------------------------------------------- */

typedef struct BanFlags {
    Str reason;
} BanFlags;

static const Type ban_flags = TYPE(BanFlags, "Why.",
                                   FIELD(BanFlags, reason, "He is told when he tries to log in.",
                                         .required = true, .min = 1, .max = BAN_REASON_MAX));

static bool ban_in_tx(Ctx *cx, void *arg)
{
    UserTask *task = arg;
    return find_user(cx, task) && verdict(task, account_ban(cx, task->user, task->reason)) &&
           read_again(cx, task);
}

static int ban(CommandCall *call, const BanFlags *flags)
{
    UserTask task = {.who = call->arguments.items[0], .reason = flags->reason};
    return change(call, ban_in_tx, &task);
}
COMMAND_HANDLER(ban, BanFlags)

static bool unban_in_tx(Ctx *cx, void *arg)
{
    UserTask *task = arg;
    return find_user(cx, task) && verdict(task, account_unban(cx, task->user)) &&
           read_again(cx, task);
}

static int unban(CommandCall *call, const void *flags)
{
    (void)flags;
    UserTask task = {.who = call->arguments.items[0]};
    return change(call, unban_in_tx, &task);
}

typedef struct RoleFlags {
    bool remove;
} RoleFlags;

static const Type role_flags =
    TYPE(RoleFlags, "Give or take.",
         FIELD(RoleFlags, remove, "Take the role away in place of giving it."));

static bool role_in_tx(Ctx *cx, void *arg)
{
    UserTask *task = arg;
    if (!find_user(cx, task)) return false;
    if (!task->remove) return grant(cx, task, task->user->id) && read_again(cx, task);
    if (auth_revoke(cx, task->user->id, task->role)) return read_again(cx, task);
    return verdict(task, (Verdict){&error_last_owner, {0}});
}

static int role(CommandCall *call, const RoleFlags *flags)
{
    UserTask task = {
        .who = call->arguments.items[0], .role = call->arguments.items[1], .remove = flags->remove};
    return change(call, role_in_tx, &task);
}
COMMAND_HANDLER(role, RoleFlags)

/* Reads the user before the hash is made, which wants his name and address. */
static bool find_in_tx(Ctx *cx, void *arg)
{
    UserTask *task = arg;
    if (!find_user(cx, task)) return false;
    if (task->user->status == USER_ACTIVE) return true;
    return verdict(task, (Verdict){&error_not_active, S("this user cannot log in")});
}

static bool passwd_in_tx(Ctx *cx, void *arg)
{
    UserTask *task = arg;
    if (!find_in_tx(cx, task)) return false;
    if (task->hash.n)
        account_put_password(cx, task->user, task->hash, (Id){0});
    else
        task->token = account_reset_token(cx, task->user->id, SETUP_LINK_S);
    task->id = task->user->id;
    return true;
}

static int passwd(CommandCall *call, const void *flags)
{
    (void)flags;
    int code;
    UserTask task = {.who = call->arguments.items[0]};
    if (!run(call, find_in_tx, &task, &code)) return code;
    if (!hash_file(call, task.user->email, task.user->name, &task.hash, &code)) return code;
    if (!run(call, passwd_in_tx, &task, &code)) return code;
    print_made(call, &task, task.user->email);
    return EXIT_FINE;
}

#define USER_ARGUMENT                                                                              \
    {                                                                                              \
        .name = "USER", .doc = "An id (user_…), or the address."                                 \
    }
#define PASSWORD_ARGUMENT                                                                          \
    {                                                                                              \
        .name = "FILE", .optional = true, .file = true,                                            \
        .doc =                                                                                     \
            "The password is its first line; \"-\" reads stdin. Left out: a link is printed by "   \
            "which the user sets one."                                                             \
    }

const Command account_commands[ACCOUNT_COMMANDS] = {
    {.name = "user add",
     .summary = "Make a user",
     .doc = "The address counts as confirmed.",
     .flags = &add_flags,
     .arguments = {{.name = "EMAIL", .doc = "The address."}, PASSWORD_ARGUMENT},
     .examples = {{"souk user add ann@shop.example --role manager",
                   "Prints a link by which Ann sets her password."}},
     .needs = COMMAND_NEEDS_FOLDER,
     .run = COMMAND_RUN(add)},
    {.name = "user list",
     .summary = "List users",
     .doc = "The newest first.",
     .flags = &list_flags,
     .needs = COMMAND_NEEDS_FOLDER,
     .run = COMMAND_RUN(list)},
    {.name = "user ban",
     .summary = "Keep a user from logging in",
     .doc = "Ends his sessions and takes his roles away.",
     .flags = &ban_flags,
     .arguments = {USER_ARGUMENT},
     .needs = COMMAND_NEEDS_FOLDER,
     .run = COMMAND_RUN(ban)},
    {.name = "user unban",
     .summary = "Let a banned user log in again",
     .doc = "Roles that he had do not come back by themselves.",
     .arguments = {USER_ARGUMENT},
     .needs = COMMAND_NEEDS_FOLDER,
     .run = unban},
    {.name = "user role",
     .summary = "Give a user a role, or take it away",
     .doc = "The last owner stays one.",
     .flags = &role_flags,
     .arguments = {USER_ARGUMENT, {.name = "ROLE", .doc = "The role's name, as \"manager\"."}},
     .needs = COMMAND_NEEDS_FOLDER,
     .run = COMMAND_RUN(role)},
    {.name = "user passwd",
     .summary = "Set a user's password",
     .doc = "Ends his sessions.",
     .arguments = {USER_ARGUMENT, PASSWORD_ARGUMENT},
     .needs = COMMAND_NEEDS_FOLDER,
     .run = passwd},
};
