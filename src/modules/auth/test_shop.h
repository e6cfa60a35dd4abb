/* A shop that knows what may be done to tea, whose clock stands until a test moves it; and asking it who
 * sends a credential, as a request does. */
#ifndef MODULES_AUTH_TEST_SHOP_H
#define MODULES_AUTH_TEST_SHOP_H

#include "modules/auth/keys.h"
#include "modules/auth/recall.h"
#include "modules/auth/sessions.h"
#include "modules/auth/store.h"

#include "platform/audit/audit.h"
#include "platform/changes.h"
#include "platform/http/address.h"
#include "platform/test_modules.h"

#include <stdatomic.h>

static const Permission tea_pour = {"tea:pour", "Pour.", .roles = "manager"};
static const Permission tea_drink = {"tea:drink", "Drink.", .roles = "support manager"};
static const Permission tea_own = {"tea:own", "Own.", .owners_only = true};
static const Permission *const permissions[] = {&tea_pour, &tea_drink, &tea_own};
static const Module tea = {.name = "tea", MODULE_ROWS(permissions, permission)};
static const Module *const modules[] = {&changes_module, &audit_trail_module, &auth_module, &tea};

static _Atomic int64_t now_us;

static inline Time invented_now(void *state)
{
    (void)state;
    return (Time){atomic_load(&now_us)};
}

static const Clock invented_clock = {invented_now, NULL};

static inline bool settle(Ctx *cx, void *arg)
{
    (void)arg;
    auth_settle(cx);
    return true;
}

static inline World *shop_of(void **state)
{
    World *w = world_with(state, modules, ROWS(modules));
    atomic_store(&now_us, INT64_C(1800000000000000));
    w->cx.clock = &invented_clock;
    RUN(w, TX_WRITE, settle, NULL);
    return w;
}

static inline void pass(int64_t us)
{
    atomic_fetch_add(&now_us, us);
}

static const Id ann = {101}, ben = {102};

static inline bool holds(const PermissionSet *set, const Permission *permission)
{
    return permission_set_has(set, permission);
}

/* ---- Asking ---------------------------------------------------------------------------------- */

static inline Credential bearer(Str token)
{
    Credential credential = {.kind = CREDENTIAL_BEARER, .token = token};
    WANT(address_parse(S("192.0.2.7"), &credential.client));
    return credential;
}

static inline Credential cookie(Str token)
{
    Credential credential = bearer(token);
    credential.kind = CREDENTIAL_COOKIE;
    return credential;
}

typedef struct Asked {
    Credential credential;
    Actor actor;
    bool known, from_memory;
} Asked;

static inline bool ask_database(Ctx *cx, void *arg)
{
    Asked *asked = arg;
    cx->actor = (Actor){0};
    asked->known = !auth_identify(cx, &asked->credential, tags_now());
    asked->actor = cx->actor;
    return true;
}

/* As a request does: by memory, else by the database. */
static inline Asked ask(World *w, Credential credential)
{
    Asked asked = {.credential = credential};
    asked.from_memory = auth_recall(&credential, invented_now(NULL), &asked.actor);
    asked.known = asked.from_memory;
    if (!asked.known) RUN(w, TX_READ, ask_database, &asked);
    return asked;
}

#endif
