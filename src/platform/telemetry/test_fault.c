#include "platform/telemetry/fault.h"

#include "base/time.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

FAULT_POINT(fault_here_it_is, "test.here", "For this test.");
FAULT_POINT(fault_there, "test.there", "Also for this test.");

static Arena *arena;

static void arm(const char *spec)
{
    Str why;
    if (!fault_arm(arena, str_from(spec), &why)) fail_msg("%.*s", STR_ARG(why));
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(4096);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fault_disarm_all();
    arena_free(arena);
    return 0;
}

static void unarmed_points_do_nothing(void **state)
{
    (void)state;
    assert_false(FAULT(&fault_here_it_is));
    arm("test.there=fail");
    assert_false(FAULT(&fault_here_it_is));
}

static void fail_fails_on_the_pass_that_is_meant(void **state)
{
    (void)state;
    arm("test.here=fail");
    arm("test.there=fail@3");
    bool passes[5];
    for (int i = 0; i < 5; i++) {
        assert_true(FAULT(&fault_here_it_is));
        passes[i] = FAULT(&fault_there);
    }
    assert_true(!passes[0] && !passes[1] && passes[2] && !passes[3] && !passes[4]);
    fault_disarm_all();
    assert_false(FAULT(&fault_here_it_is));
}

static void percentages_are_met_by_chance(void **state)
{
    (void)state;
    arm("test.here=fail%30");
    arm("test.there=fail%100");
    int failed = 0;
    for (int i = 0; i < 10000; i++) {
        failed += FAULT(&fault_here_it_is);
        assert_true(FAULT(&fault_there));
    }
    assert_in_range(failed, 2500, 3500); /* ten standard deviations to each side */
}

static void delay_delays(void **state)
{
    (void)state;
    arm("test.here=delay:20@1");
    int64_t before = monotonic_us();
    assert_false(FAULT(&fault_here_it_is));
    assert_true(monotonic_us() - before >= 20000);
}

static void kill_kills(void **state)
{
    (void)state;
    arm("test.here=kill@2");
    pid_t child = fork();
    if (child == 0) {
        FAULT(&fault_here_it_is);
        FAULT(&fault_here_it_is);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void stop_stops_until_it_is_continued(void **state)
{
    (void)state;
    arm("test.here=stop");
    pid_t child = fork();
    if (child == 0) _exit(FAULT(&fault_here_it_is) ? 1 : 42);
    int status, stops = 0;
    assert_int_equal(waitpid(child, &status, WUNTRACED), child);
    for (; WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP;
         stops++) { /* others may stop it, too */
        kill(child, SIGCONT);
        assert_int_equal(waitpid(child, &status, WUNTRACED), child);
    }
    assert_true(stops > 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

static _Atomic bool went_on;

static void *pass_and_note(void *arg)
{
    (void)arg;
    FAULT(&fault_here_it_is);
    atomic_store(&went_on, true);
    return NULL;
}

static void stop_with_a_file_holds_one_thread(void **state)
{
    (void)state;
    char folder[] = "/tmp/souk-fault-XXXXXX", file[64], spec[128];
    assert_non_null(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/held@5", folder); /* an @ in the name, another behind it */
    snprintf(spec, sizeof spec, "test.here=stop:%s@1", file);
    arm(spec);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, pass_and_note, NULL), 0);
    while (access(file, F_OK) != 0) sched_yield();
    assert_false(atomic_load(&went_on));
    assert_false(FAULT(&fault_here_it_is)); /* the second pass, by another thread */
    assert_int_equal(unlink(file), 0);
    pthread_join(thread, NULL);
    assert_true(atomic_load(&went_on));
    rmdir(folder);
}

static void nonsense_is_refused_with_a_reason(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "test.here",          "test.here=",      "test.here=explode", "test.here=fail:1",
        "test.here=kill:9",   "test.here=delay", "test.here=delay:",  "test.here=delay:-1",
        "test.here=delay:1s", "test.here=stop:", "test.here=fail@0",  "test.here=fail%0",
        "test.here=fail%101", "test.here=fail@", "test.here=fail@-1", "test.here= fail",
        "test.here=@1",       "test.here=FAIL",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Str why = S("");
        if (fault_arm(arena, str_from(bad[i]), &why)) fail_msg("accepted %s", bad[i]);
        assert_true(why.n > 0);
    }
    assert_int_equal(atomic_load(&fault_armed), 0);
}

static void unknown_names_are_answered_with_the_known_ones(void **state)
{
    (void)state;
    Str why;
    assert_false(fault_arm(arena, S("test.hree=kill"), &why));
    assert_true(str_eq(why, S("no fault point \"test.hree\"; there are: test.here, test.there")));
    size_t count;
    const FaultPoint *const *points = fault_list(&count);
    assert_int_equal(count, 2);
    assert_true(points[0] != points[1]);
}

static void there_is_room_for_sixteen(void **state)
{
    (void)state;
    for (int i = 0; i < FAULTS_ARMED_MAX; i++) arm("test.here=fail");
    Str why;
    assert_false(fault_arm(arena, S("test.here=stop:/tmp/x"), &why));
    assert_true(str_eq(why, S("at most 16 fault points can be armed")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(unarmed_points_do_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fail_fails_on_the_pass_that_is_meant, set_up, tear_down),
        cmocka_unit_test_setup_teardown(percentages_are_met_by_chance, set_up, tear_down),
        cmocka_unit_test_setup_teardown(delay_delays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(kill_kills, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stop_stops_until_it_is_continued, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stop_with_a_file_holds_one_thread, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nonsense_is_refused_with_a_reason, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unknown_names_are_answered_with_the_known_ones, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(there_is_room_for_sixteen, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
