/* A database belongs to the master key that was there first. */
#include "platform/vault/bind.h"

#include "platform/db/test_world.h"

#include <sys/stat.h>

static World *schema_of(void **state)
{
    World *w = world_of(state);
    int applied;
    Str detail = S("");
    const Error *error = db_migrate(w->db, &w->cx, vault_module.migrations,
                                    vault_module.migration_count, &applied, &detail);
    if (error) fail_msg("%s: %.*s", error->code, STR_ARG(detail));
    return w;
}

/* Opens the folder's vault, or that of the setting, and binds it. */
static const Error *bind_vault(World *w, Str folder, Str setting, Str *detail)
{
    Vault *vault;
    *detail = S("");
    const Error *error = vault_open(w->arena, folder, setting, &random_system, &vault, detail);
    assert_null(error);
    error = vault_bind(vault, w->db, &w->cx, folder, detail);
    vault_close(vault);
    return error;
}

static void says(Str detail, const char *what)
{
    if (str_find(detail, str_from(what)) == detail.n)
        fail_msg("\"%.*s\" does not say \"%s\"", STR_ARG(detail), what);
}

static void the_first_key_is_the_one(void **state)
{
    World *w = schema_of(state);
    char here[] = "/tmp/souk-bind-XXXXXX", there[] = "/tmp/souk-bind-XXXXXX";
    Str detail, other = S("4c1f9d0e7b3a5826f0c4d81e926ab357019e7fd2c8b46a3d5e12f78b90a4c36d");
    assert_non_null(mkdtemp(here));
    assert_non_null(mkdtemp(there));
    assert_null(bind_vault(w, str_from(here), S(""), &detail));
    assert_null(bind_vault(w, str_from(here), S(""), &detail)); /* and again */
    assert_ptr_equal(bind_vault(w, str_from(here), other, &detail), &err_master_key);
    says(detail, "every machine of a shop needs the same one");
    /* A folder without a key: none is left there that would be of no use. */
    assert_ptr_equal(bind_vault(w, str_from(there), S(""), &detail), &err_master_key);
    says(detail, "copy the file from the machine that has it");
    assert_int_equal(rmdir(there), 0);
    /* That of the first one stays, whatever was refused. */
    assert_null(bind_vault(w, str_from(here), S(""), &detail));
    unlink(str_z(w->arena, str_format(w->arena, "%s/" VAULT_FILE, here)));
    assert_int_equal(rmdir(here), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {ON_BOTH(the_first_key_is_the_one)};
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
