/* Roles, the last owner, and the first key: over both databases. */
#include "modules/auth/test_shop.h"

#include "platform/telemetry/fault.h"

#include <pthread.h>

/* ---- Roles ----------------------------------------------------------------------------------- */

static bool look_at_roles(Ctx *cx, void *arg)
{
    (void)arg;
    PermissionSet set = auth_permissions(cx, ann);
    WANT(permission_set_is_empty(&set));
    WANT(auth_grant(cx, ann, S("support")));
    WANT(auth_grant(cx, ann, S("support")));
    WANT(auth_grant(cx, ann, S("customer"))); /* everybody is one */
    WANT(!auth_grant(cx, ann, S("hero")));
    set = auth_permissions(cx, ann);
    WANT(holds(&set, &tea_drink) && !holds(&set, &tea_pour) && !holds(&set, &tea_own));
    WANT(auth_grant(cx, ann, S("manager")));
    WANT_STR(str_join(cx->arena, auth_roles(cx, ann), S(" ")), S("manager support"));
    set = auth_permissions(cx, ann);
    WANT(holds(&set, &tea_drink) && holds(&set, &tea_pour) && !holds(&set, &tea_own));
    WANT(auth_grant(cx, ben, S("administrator")));
    set = auth_permissions(cx, ben);
    WANT(holds(&set, &tea_pour) && !holds(&set, &tea_own));
    WANT(auth_revoke(cx, ann, S("manager")));
    WANT(auth_revoke(cx, ann, S("hero")));
    set = auth_permissions(cx, ann);
    WANT(!holds(&set, &tea_pour));
    WANT(auth_grant(cx, ann, S("owner")));
    set = auth_permissions(cx, ann);
    WANT(holds(&set, &tea_own) && holds(&set, &tea_pour));
    cx->actor = (Actor){.id = ben, .prefix = "user", .permissions = auth_permissions(cx, ben)};
    WANT(!auth_is_within_reach(cx, ann));
    cx->actor.permissions = auth_permissions(cx, ann);
    WANT(auth_is_within_reach(cx, ben));
    return true;
}

static void roles_add_up(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, look_at_roles, NULL);
}

/* What somebody has taken from a role of the shop's own is not given back by the next start; what a
 * new program brings is given once. */
static bool take_from_manager(Ctx *cx, void *arg)
{
    (void)arg;
    role_put_permissions(cx, (Id){ROLE_MANAGER}, (StrList){0});
    db_exec(cx, "delete from known_permissions where permission = $1", S("tea:drink"));
    WANT(!auth_is_settled(cx));
    auth_settle(cx);
    WANT(auth_is_settled(cx));
    const Role *manager = role_read(cx, (Id){ROLE_MANAGER});
    WANT_STR(str_join(cx->arena, manager->permissions, S(" ")), S("tea:drink"));
    return true;
}

static void new_permissions_are_granted_once(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, take_from_manager, NULL);
}

/* ---- The last owner -------------------------------------------------------------------------- */

static bool make_owners(Ctx *cx, void *arg)
{
    (void)arg;
    WANT(auth_grant(cx, ann, S("owner")));
    WANT(!auth_revoke(cx, ann, S("owner")));
    WANT(!auth_leave(cx, ann));
    WANT(auth_grant(cx, ben, S("owner")));
    WANT_INT(auth_owner_count(cx), 2);
    WANT(auth_leave(cx, ann));
    WANT(!auth_leave(cx, ben));
    WANT_INT(auth_owner_count(cx), 1);
    WANT(auth_leave(cx, ann)); /* who has nothing can always go */
    return true;
}

static void the_last_owner_stays(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, make_owners, NULL);
}

enum { OWNERS = 4 };

typedef struct Leaver {
    pthread_t thread;
    World *w;
    Id user;
    bool by_role, left;
} Leaver;

static bool leave(Ctx *cx, void *arg)
{
    Leaver *leaver = arg;
    leaver->left =
        leaver->by_role ? auth_revoke(cx, leaver->user, S("owner")) : auth_leave(cx, leaver->user);
    return true;
}

static void *leave_by_thread(void *arg)
{
    Leaver *leaver = arg;
    Ctx cx = world_cx(leaver->w);
    WANT_INT(db_run(leaver->w->db, TX_WRITE, &cx, leave, leaver), DB_FINE);
    arena_free(cx.arena);
    return NULL;
}

static bool make_four_owners(Ctx *cx, void *arg)
{
    (void)arg;
    for (int i = 0; i < OWNERS; i++) WANT(auth_grant(cx, (Id){200 + i}, S("owner")));
    return true;
}

static bool count_owners(Ctx *cx, void *arg)
{
    *(int64_t *)arg = auth_owner_count(cx);
    return true;
}

/* All owners leave at once, and no commit comes before the others have looked: one stays. */
static void one_owner_stays_of_those_who_leave_at_once(void **state)
{
    World *w = shop_of(state);
    Leaver leavers[OWNERS];
    Str why;
    int64_t owners = 0;
    int left = 0;
    RUN(w, TX_WRITE, make_four_owners, NULL);
    assert_true(fault_arm(w->arena, S("db.commit.before=delay:20"), &why));
    for (int i = 0; i < OWNERS; i++) {
        leavers[i] = (Leaver){.w = w, .user = {200 + i}, .by_role = i % 2};
        assert_int_equal(pthread_create(&leavers[i].thread, NULL, leave_by_thread, &leavers[i]), 0);
    }
    for (int i = 0; i < OWNERS; i++) {
        pthread_join(leavers[i].thread, NULL);
        left += leavers[i].left;
    }
    fault_disarm_all();
    RUN(w, TX_READ, count_owners, &owners);
    assert_int_equal(left, OWNERS - 1);
    assert_int_equal(owners, 1);
}

/* ---- The first key --------------------------------------------------------------------------- */

static bool make_first_key(Ctx *cx, void *arg)
{
    *(Str *)arg = auth_first_key(cx);
    return true;
}

static void the_first_key_may_everything(void **state)
{
    World *w = shop_of(state);
    Str token, again;
    RUN(w, TX_WRITE, make_first_key, &token);
    RUN(w, TX_WRITE, make_first_key, &again);
    assert_int_equal(again.n, 0);
    Asked asked = ask(w, bearer(token));
    PermissionSet all = permission_set_all();
    assert_true(asked.known && permission_set_within(&all, &asked.actor.permissions));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(roles_add_up),
        ON_BOTH(new_permissions_are_granted_once),
        ON_BOTH(the_last_owner_stays),
        ON_BOTH(one_owner_stays_of_those_who_leave_at_once),
        ON_BOTH(the_first_key_may_everything),
    };
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
