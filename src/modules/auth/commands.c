/* `souk key …` and `souk role …`: whoever may run commands on the data folder is stronger than everybody.
 *
 * So nothing here asks what the actor has: a command has none, and who reads the folder reads the database. That is how an
 * owner who has lost his password and his keys comes back in. What the commands write goes through the same functions of the
 * store as the routes, and into the same audit trail.
 *
 * Rejected: commands that log in over HTTP (they would be of no use to who is locked out), and a key for commands in the
 * folder (it would protect nothing from who can read it). */
#include "modules/auth/commands.h"

#include "meta/merge.h"
#include "modules/auth/keys.h"
#include "modules/auth/roles.h"
#include "modules/auth/store.h"
#include "platform/api/errors.h"

/* ---- souk key add ---------------------------------------------------------------------------- */

typedef struct KeyAddFlags {
    Str name;
    bool public_key;
    StrList scope;
    StrList address;
    int64_t days;
} KeyAddFlags;

static const Type key_add_flags = TYPE(
    KeyAddFlags, "The key to make.",
    FIELD(KeyAddFlags, name, "What the key is for.", .required = true, .min = 1,
          .max = KEY_NAME_MAX),
    FIELD(KeyAddFlags, public_key, "A key for pages (pk_…), which sees what everybody sees."),
    FIELD(KeyAddFlags, scope,
          "A permission that it has, as products:write; several times for more. Left out: all.",
          .max = PERMISSIONS_MAX, .item_max = 100),
    FIELD(KeyAddFlags, address,
          "An address or block that it works from, as 192.0.2.0/24. Left out: everywhere.",
          .max = KEY_ADDRESSES_MAX, .item_max = 50),
    FIELD(KeyAddFlags, days, "In how many days it stops working; 0: never.", .min = 0, .max = 36500,
          .initial = "0"));

typedef struct NewKey {
    Id id;
    Str name;
    Str token;
} NewKey;

static const Type new_key_type =
    TYPE(NewKey, "A new key; the only time that its secret is shown.",
         FIELD(NewKey, id, "Identifier.", .prefix = "key"), FIELD(NewKey, name, "What it is for."),
         FIELD(NewKey, token, "The secret: keep it now."));

static bool add_in_tx(Ctx *cx, void *arg)
{
    ApiKey *key = arg;
    key->id = (Id){0};
    return key_make(cx, key);
}

static int key_add(CommandCall *call, const KeyAddFlags *flags)
{
    static Str everything = S_INIT("*");
    bool all = !flags->scope.n && !flags->public_key;
    Time end = {ctx_now(call->cx).us + flags->days * INT64_C(86400) * 1000000};
    ApiKey key = {.name = flags->name,
                  .kind = flags->public_key ? KEY_PUBLIC : KEY_SECRET,
                  .scopes = all ? (StrList){&everything, 1} : flags->scope,
                  .addresses = flags->address,
                  .expires_at = flags->days ? end : (Time){0}};
    Verdict verdict = rules_key_is_sound(call->arena, &key);
    if (verdict.error)
        return command_fail(call, &err_usage, "%s %.*s", verdict.error->title,
                            STR_ARG(verdict.detail));
    if (db_run(call->db, TX_WRITE, call->cx, add_in_tx, &key) != DB_FINE)
        return command_fail(call, &error_unavailable, "the key could not be stored");
    output_object(call->out, &new_key_type, &(NewKey){key.id, key.name, key.token});
    return EXIT_FINE;
}
COMMAND_HANDLER(key_add, KeyAddFlags)

/* ---- souk key list --------------------------------------------------------------------------- */

static bool list_in_tx(Ctx *cx, void *arg)
{
    *(ApiKeyList *)arg = keys_all(cx);
    return true;
}

static int key_list(CommandCall *call, const void *flags)
{
    (void)flags;
    ApiKeyList keys;
    if (db_run(call->db, TX_READ, call->cx, list_in_tx, &keys) != DB_FINE)
        return command_fail(call, &error_unavailable, "the keys could not be read");
    output_table(call->out, &api_key_type, (AnyList){keys.items, keys.n});
    return EXIT_FINE;
}

/* ---- souk key revoke ------------------------------------------------------------------------- */

typedef struct Revocation {
    Id id;
    bool found;
} Revocation;

static bool revoke_in_tx(Ctx *cx, void *arg)
{
    Revocation *revocation = arg;
    revocation->found = key_revoke(cx, revocation->id);
    return true;
}

static int key_remove(CommandCall *call, const void *flags)
{
    (void)flags;
    Revocation revocation = {0};
    Str text = call->arguments.items[0];
    if (!id_parse(text, "key", &revocation.id))
        return command_fail(call, &err_usage, "\"%.*s\" is no key id (key_…)", STR_ARG(text));
    if (db_run(call->db, TX_WRITE, call->cx, revoke_in_tx, &revocation) != DB_FINE)
        return command_fail(call, &error_unavailable, "the key could not be revoked");
    if (!revocation.found)
        return command_fail(call, &error_not_found, "there is no key %.*s", STR_ARG(text));
    return EXIT_FINE;
}

const Command key_commands[KEY_COMMANDS] = {
    {.name = "key add",
     .summary = "Make a key of the API",
     .doc =
         "Prints the new key once; the shop keeps only a hash of it. Without --scope it holds "
         "every permission that there is, now and later; with --public-key it holds none and may "
         "stand in a page.",
     .flags = &key_add_flags,
     .examples = {{"souk key add --name importer --scope products:write --scope media:write",
                   "A key for a program that keeps the catalogue."},
                  {"souk key add --name shop-window --public-key", "A key for the shop's pages."}},
     .needs = COMMAND_NEEDS_FOLDER,
     .run = COMMAND_RUN(key_add)},
    {.name = "key list",
     .summary = "List the keys of the API",
     .doc = "Shows name, permissions, age and the last characters of each key.",
     .needs = COMMAND_NEEDS_FOLDER,
     .run = key_list},
    {.name = "key revoke",
     .summary = "Delete a key of the API",
     .doc = "Requests with this key are refused from now on.",
     .arguments = {{.name = "ID", .doc = "The key's id, as `souk key list` shows it."}},
     .needs = COMMAND_NEEDS_FOLDER,
     .run = key_remove},
};

/* ---- souk role ------------------------------------------------------------------------------- */

static bool list_roles_in_tx(Ctx *cx, void *arg)
{
    *(RoleList *)arg = roles_all(cx);
    return true;
}

/* All roles, as they are shown. False: they cannot be read, and that has been said. */
static bool read_roles(CommandCall *call, RoleList *roles)
{
    if (db_run(call->db, TX_READ, call->cx, list_roles_in_tx, roles) != DB_FINE) {
        command_fail(call, &error_unavailable, "the roles could not be read");
        return false;
    }
    for (size_t i = 0; i < roles->n; i++) role_shown(call->cx, &roles->items[i]);
    return true;
}

typedef struct RoleRow {
    Str name, description;
    int64_t permissions;
} RoleRow;

static const Type role_row_type =
    TYPE(RoleRow, "A role.", FIELD(RoleRow, name, "By which it is given."),
         FIELD(RoleRow, permissions, "How many it has."),
         FIELD(RoleRow, description, "For whom it is."));

static int role_list(CommandCall *call, const void *flags)
{
    (void)flags;
    RoleList roles;
    if (!read_roles(call, &roles)) return EXIT_NOT_NOW;
    RoleRow *rows = NEW_N(call->arena, RoleRow, roles.n);
    for (size_t i = 0; i < roles.n; i++)
        rows[i] = (RoleRow){roles.items[i].name, roles.items[i].description,
                            (int64_t)roles.items[i].permissions.n};
    output_table(call->out, &role_row_type, (AnyList){rows, roles.n});
    return EXIT_FINE;
}

static int role_show(CommandCall *call, const void *flags)
{
    (void)flags;
    RoleList roles;
    Str name = call->arguments.items[0];
    if (!read_roles(call, &roles)) return EXIT_NOT_NOW;
    for (size_t i = 0; i < roles.n; i++)
        if (str_eq(roles.items[i].name, name)) {
            output_object(call->out, &role_type, &roles.items[i]);
            return EXIT_FINE;
        }
    return command_fail(call, &error_not_found, "there is no role \"%.*s\"", STR_ARG(name));
}

const Command role_commands[ROLE_COMMANDS] = {
    {.name = "role list",
     .summary = "List the roles",
     .doc = "Shows each role and how many permissions it has.",
     .needs = COMMAND_NEEDS_FOLDER,
     .run = role_list},
    {.name = "role show",
     .summary = "Show a role with its permissions",
     .doc = "What whoever has the role may do.",
     .arguments = {{.name = "NAME", .doc = "The role's name, as `souk role list` shows it."}},
     .needs = COMMAND_NEEDS_FOLDER,
     .run = role_show},
};
