/* A shop with users, for tests on both databases: ann may log in, pat has not confirmed the address,
 * bob is banned. Time is the test's own. */
#ifndef MODULES_ACCOUNTS_TEST_HOME_H
#define MODULES_ACCOUNTS_TEST_HOME_H

#include "modules/accounts/account.h"
#include "modules/accounts/password.h"
#include "modules/accounts/store.h"
#include "modules/auth/auth.h"
#include "platform/api/idempotency.h"
#include "platform/api/test_shop.h"
#include "platform/audit/audit.h"
#include "platform/changes.h"
#include "platform/jobs/jobs.h"
#include "platform/vault/vault.h"

#define MASTER   "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define PASSWORD "correct horse battery staple"

static Time now;

static inline Time told_time(void *state)
{
    return *(Time *)state;
}

typedef struct Home {
    World *w;
    Vault *vault;
    Id ann, pat, bob;
} Home;

/* Made once: each costs what hashes cost. */
static Arena *hashes;
static Str hash_of_password, hash_of_another;

static inline int hash_begin(void **state)
{
    hashes = arena_new(4096);
    hash_of_password = password_hash(hashes, &random_system, S(PASSWORD));
    hash_of_another = password_hash(hashes, &random_system, S("another password"));
    return worlds_begin(state);
}

static inline int hash_end(void **state)
{
    arena_free(hashes);
    return worlds_end(state);
}

static inline bool make_users(Ctx *cx, void *arg)
{
    Home *home = arg;
    Str hash = hash_of_password;
    auth_settle(cx);
    NewUser ann = {S("Ann@Shop.example"), S("Ann Lee"), S("en"), hash, true};
    NewUser pat = {S("pat@shop.example"), S("Pat"), S(""), hash, false};
    NewUser bob = {S("bob@shop.example"), S("Bob"), S(""), hash, true};
    WANT(!user_create(cx, &ann, &home->ann).error);
    WANT(!user_create(cx, &pat, &home->pat).error);
    WANT(!user_create(cx, &bob, &home->bob).error);
    cx->actor.permissions = permission_set_all();
    user_touch(cx, home->bob);
    WANT(!account_ban(cx, user_read(cx, home->bob), S("Spam.")).error);
    return true;
}

static const Module *const modules[] = {&changes_module,      &audit_trail_module, &jobs_module,
                                        &auth_module,         &accounts_module,    &users_module,
                                        &account_pages_module};

static inline void home_open(void **state, Home *home)
{
    static const Clock clock_told = {told_time, &now};
    Migration all[64];
    size_t n = 0;
    int applied;
    Str detail, why;
    *home = (Home){.w = world_of(state)};
    World *w = home->w;
    now.us = INT64_C(1800000000) * 1000000;
    assert_null(vault_open(w->arena, S("."), S(MASTER), &random_system, &home->vault, &detail));
    w->cx.vault = home->vault;
    w->cx.clock = &clock_told;
    assert_true(permissions_gather(w->arena, modules, ROWS(modules), &why));
    all[n++] = idempotency_migration;
    for (size_t i = 0; i < ROWS(modules); i++)
        for (size_t k = 0; k < modules[i]->migration_count; k++)
            all[n++] = modules[i]->migrations[k];
    assert_null(db_migrate(w->db, &w->cx, all, n, &applied, &detail));
    RUN(w, TX_WRITE, make_users, home);
}

static inline void home_close(Home *home)
{
    vault_close(home->vault);
}

#endif
