#include "platform/vault/bind.h"

#include "platform/vault/key.h"

#include <unistd.h>

typedef struct Binding {
    Str name, bound; /* of our key; of the one that the database has */
} Binding;

static bool bind_name(Ctx *cx, void *arg)
{
    Binding *binding = arg;
    db_exec(cx,
            "insert into vault_master (place, name, made_at) values (1, $1, $2) "
            "on conflict (place) do nothing",
            binding->name, ctx_now(cx));
    binding->bound = db_text(cx, S(""), "select name from vault_master where place = 1");
    return true;
}

static const Error *refuse_key(Ctx *cx, Vault *vault, Str folder, const Binding *binding,
                               Str *detail)
{
    if (!vault_was_made(vault)) {
        *detail =
            str_format(cx->arena,
                       "the database was sealed by the master key %.*s, and this one is %.*s: "
                       "every machine of a shop needs the same one",
                       STR_ARG(binding->bound), STR_ARG(binding->name));
        return &err_master_key;
    }
    unlink(str_z(cx->arena, str_format(cx->arena, "%.*s/" VAULT_FILE, STR_ARG(folder))));
    *detail =
        str_format(cx->arena,
                   "%.*s/" VAULT_FILE " is missing, and the database was sealed by the master "
                   "key %.*s: copy the file from the machine that has it, or set "
                   "SOUK_MASTER_KEY",
                   STR_ARG(folder), STR_ARG(binding->bound));
    return &err_master_key;
}

const Error *vault_bind(Vault *vault, Db *db, Ctx *cx, Str folder, Str *detail)
{
    Binding binding = {.name = vault_id(cx->arena, vault)};
    if (db_run(db, TX_WRITE, cx, bind_name, &binding) != DB_FINE) {
        *detail = S("it could not be compared with the one of the database");
        return &err_master_key;
    }
    return str_eq(binding.bound, binding.name) ? NULL
                                               : refuse_key(cx, vault, folder, &binding, detail);
}

/* ---- The table ------------------------------------------------------------------------------- */

extern const char vault_0001_master[];
static const Migration migrations[] = {
    {.module = "vault", .number = 1, .name = "master", .sql = vault_0001_master}};

const Module vault_module = {
    .name = "vault",
    .doc = "By which master key what is sealed was sealed.",
    MODULE_ROWS(migrations, migration),
};
