/* The first owner, on both databases: one, however many have the link. */
#include "modules/accounts/rules.h"
#include "modules/accounts/setup.h"
#include "modules/accounts/test_home.h"
#include "platform/telemetry/fault.h"

#include <pthread.h>

enum { SETTLERS = 4 };

typedef struct Settler {
    pthread_t thread;
    Home *home;
    int number;
    Verdict verdict;
} Settler;

static bool settle(Ctx *cx, void *arg)
{
    Settler *settler = arg;
    Id owner;
    Str email = str_format(cx->arena, "olga%d@shop.example", settler->number);
    settler->verdict = setup_owner(cx, email, S("Olga"), hash_of_password, &owner);
    return !settler->verdict.error;
}

static void *settle_by_thread(void *arg)
{
    Settler *settler = arg;
    Ctx cx = world_cx(settler->home->w);
    db_run(settler->home->w->db, TX_WRITE, &cx, settle, settler);
    arena_free(cx.arena);
    return NULL;
}

static bool count_owners(Ctx *cx, void *arg)
{
    *(int64_t *)arg = auth_owner_count(cx);
    return true;
}

/* No commit comes before the others have looked. */
static void test_one_owner(void **state)
{
    Home home;
    Settler settlers[SETTLERS];
    Str why;
    int64_t owners = 0;
    int made = 0;
    home_open(state, &home);
    assert_true(fault_arm(home.w->arena, S("db.commit.before=delay:20"), &why));
    for (int i = 0; i < SETTLERS; i++) {
        settlers[i] = (Settler){.home = &home, .number = i};
        assert_int_equal(pthread_create(&settlers[i].thread, NULL, settle_by_thread, &settlers[i]),
                         0);
    }
    for (int i = 0; i < SETTLERS; i++) {
        pthread_join(settlers[i].thread, NULL);
        made += !settlers[i].verdict.error;
        assert_true(!settlers[i].verdict.error || settlers[i].verdict.error == &error_bad_link);
    }
    fault_disarm_all();
    RUN(home.w, TX_READ, count_owners, &owners);
    assert_int_equal(made, 1);
    assert_int_equal(owners, 1);
    home_close(&home);
}

int main(void)
{
    const struct CMUnitTest tests[] = {ON_BOTH(test_one_owner)};
    return cmocka_run_group_tests(tests, hash_begin, hash_end);
}
