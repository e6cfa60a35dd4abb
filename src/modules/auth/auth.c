#include "modules/auth/auth.h"

#include "base/hash.h"
#include "modules/auth/store.h"
#include "platform/api/errors.h"

enum { TOKEN_BYTES = 32, HINT_LENGTH = 4 };

static Str hash_of(Arena *arena, Str token)
{
    unsigned char hash[SHA256_BYTES];
    hash_sha256(token, hash);
    return hex_text(arena, hash, sizeof hash);
}

const Error *auth_identify(Ctx *cx, Str token)
{
    if (!str_starts(token, S("sk_"))) return &error_unauthenticated;
    Id id = api_key_by_hash(cx, hash_of(cx->arena, token));
    if (!id.n) return &error_unauthenticated;
    cx->actor = (Actor){.id = id, .prefix = "key", .permissions = permission_set_all()};
    return NULL;
}

/* The token, or an empty text when a key has this id already. */
static Str create_key(Ctx *cx, Id id, Str name)
{
    Str token = random_token(cx->arena, cx->random, "sk_", TOKEN_BYTES);
    ApiKey key = {.id = id,
                  .name = name,
                  .hint = str_slice(token, token.n - HINT_LENGTH, token.n),
                  .hash = hash_of(cx->arena, token),
                  .created_at = ctx_now(cx)};
    return api_key_insert(cx, &key) ? token : (Str){0};
}

/* Always the same one, so that of two processes that start at once only one makes it. */
static const Id first_key_id = {1};

Str auth_first_key(Ctx *cx)
{
    return api_key_count(cx) ? (Str){0} : create_key(cx, first_key_id, S("first start"));
}

AuthKeys auth_keys(Ctx *cx)
{
    bool first = api_key_exists(cx, first_key_id);
    return (AuthKeys){api_key_count(cx), first ? first_key_id : (Id){0}};
}

/* ---- Commands -------------------------------------------------------------------------------- */

typedef struct KeyCreateFlags {
    Str name;
} KeyCreateFlags;

static const Type key_create_flags = TYPE(
    KeyCreateFlags, "The key to make.",
    FIELD(KeyCreateFlags, name, "What the key is for.", .required = true, .min = 1, .max = 100));

typedef struct NewKey {
    Str name;
    Str token;
} NewKey;

static const Type new_key_type =
    TYPE(NewKey, "A new key; the only time that its secret is shown.",
         FIELD(NewKey, name, "What it is for."), FIELD(NewKey, token, "The secret: keep it now."));

static bool create_in_tx(Ctx *cx, void *arg)
{
    NewKey *key = arg;
    key->token = create_key(cx, ctx_id(cx), key->name);
    return true;
}

static int key_create(CommandCall *call, const KeyCreateFlags *flags)
{
    NewKey key = {.name = flags->name};
    if (db_run(call->db, TX_WRITE, call->cx, create_in_tx, &key) != DB_FINE)
        return command_fail(call, &error_unavailable, "the key could not be stored");
    output_object(call->out, &new_key_type, &key);
    return EXIT_FINE;
}
COMMAND_HANDLER(key_create, KeyCreateFlags)

static bool list_in_tx(Ctx *cx, void *arg)
{
    *(ApiKeyList *)arg = api_keys_all(cx);
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

typedef struct KeyDeletion {
    Id id;
    bool found;
} KeyDeletion;

static bool delete_in_tx(Ctx *cx, void *arg)
{
    KeyDeletion *deletion = arg;
    deletion->found = api_key_delete(cx, deletion->id);
    return true;
}

static int key_delete(CommandCall *call, const void *flags)
{
    (void)flags;
    KeyDeletion deletion = {0};
    Str text = call->arguments.items[0];
    if (!id_parse(text, "key", &deletion.id))
        return command_fail(call, &err_usage, "\"%.*s\" is no key id (key_…)", STR_ARG(text));
    if (db_run(call->db, TX_WRITE, call->cx, delete_in_tx, &deletion) != DB_FINE)
        return command_fail(call, &error_unavailable, "the key could not be deleted");
    if (!deletion.found)
        return command_fail(call, &error_not_found, "there is no key %.*s", STR_ARG(text));
    return EXIT_FINE;
}

static const Command commands[] = {
    {.name = "key create",
     .summary = "Make a secret key for the API",
     .doc = "Prints the new key once; the shop keeps only a hash of it. The key holds every "
            "permission.",
     .flags = &key_create_flags,
     .examples = {{"souk key create --name website", "A key for the shop's own pages."}},
     .needs = COMMAND_NEEDS_FOLDER,
     .run = COMMAND_RUN(key_create)},
    {.name = "key list",
     .summary = "List the keys of the API",
     .doc = "Shows name, age and the last characters of each key.",
     .needs = COMMAND_NEEDS_FOLDER,
     .run = key_list},
    {.name = "key delete",
     .summary = "Delete a key of the API",
     .doc = "Requests with this key are refused from now on.",
     .arguments = {{.name = "ID", .doc = "The key's id, as `souk key list` shows it."}},
     .needs = COMMAND_NEEDS_FOLDER,
     .run = key_delete},
};

extern const char auth_0001_keys[];
static const Migration migrations[] = {
    {.module = "auth", .number = 1, .name = "keys", .sql = auth_0001_keys},
};

static const Table tables[] = {{"api_keys", &api_key_type}};

const Module auth_module = {
    .name = "auth",
    .doc = "Who may do what: keys of the API.",
    MODULE_ROWS(migrations, migration),
    MODULE_ROWS(tables, table),
    MODULE_ROWS(commands, command),
};
