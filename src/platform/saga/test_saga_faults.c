/* Whatever fails and whoever dies at whichever step, a saga comes to one of its two ends. */
#include "platform/saga/test_trip.h"

#include <signal.h>

#include <sys/wait.h>

/* ---- Failing ---------------------------------------------------------------------------------- */

typedef struct Points {
    const char *names[64];
    size_t n;
} Points;

static Points points_of_the_saga(void)
{
    Points points = {.n = 0};
    size_t count;
    const FaultPoint *const *all = fault_list(&count);
    for (size_t i = 0; i < count; i++)
        if (strncmp(all[i]->name, "trip.", 5) == 0) points.names[points.n++] = all[i]->name;
    return points;
}

static const char *const plans[] = {"", "refuse ticket", "refuse pay", "local"};

static bool empty_in_tx(Ctx *cx, void *arg)
{
    (void)arg;
    db_exec(cx, "delete from marks");
    db_exec(cx, "delete from sagas");
    return true;
}

static void begin_anew(World *w)
{
    RUN(w, TX_WRITE, empty_in_tx, NULL);
    atomic_store(&outside->order_count, 0);
    steps_log[0] = 0;
    fault_disarm_all();
}

static void assert_ended(World *w, const char *plan)
{
    if (strncmp(plan, "refuse", 6) == 0)
        assert_undone(w, strcmp(plan, "refuse pay") == 0 ? "no_money" : "trip_full");
    else
        assert_done(w);
    assert_in_range(atomic_load(&outside->order_count), 0, 1);
}

static void test_the_points_are_those_of_the_steps(void **state)
{
    sagas_of(state);
    Points points = points_of_the_saga();
    assert_int_equal(points.n, 5 * 2 + 3 * 2);
}

/* Each point of each way through the saga fails twice. */
static void test_every_point_may_fail(void **state)
{
    World *w = sagas_of(state);
    Points points = points_of_the_saga();
    start(w);
    for (size_t p = 0; p < ROWS(plans); p++) {
        for (size_t i = 0; i < points.n; i++) {
            begin_anew(w);
            arm(w, points.names[i], "fail@1");
            arm(w, points.names[i], "fail@2");
            Trip trip = {TRIP, str_from(plans[p]), S("")};
            while (db_run(w->db, TX_WRITE, &w->cx, begin_in_tx, &trip) == DB_FINE && !look(w).rows)
                continue; /* what fails in the first transaction was not begun */
            come_to_an_end(w);
            assert_ended(w, plans[p]);
        }
    }
    sagas_stop();
    fault_disarm_all();
}

/* ---- Killing --------------------------------------------------------------------------------- */

static pid_t fork_runner(World *w, const char *point, const char *action, const char *plan)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid) return pid;
    Str why, detail;
    if (point && !fault_arm(w->arena, str_format(w->arena, "%s=%s", point, action), &why)) abort();
    id_maker_init(&w->ids, 2, (Id){0});
    if (db_open(w->arena, &w->options, &w->db, &detail)) abort();
    ModuleWorld world = {
        .db = w->db, .clock = &test_clock, .random = &random_system, .ids = &w->ids};
    if (!sagas_start(&world, &sagas_usual)) abort();
    Trip trip = {TRIP, str_from(plan), S("")};
    if (db_run(w->db, TX_WRITE, &w->cx, begin_in_tx, &trip) != DB_FINE) abort();
    while (look(w).open) sched_yield();
    sagas_stop();
    _exit(0);
}

/* Whatever way the saga takes, and wherever the process dies, it is whole afterwards; or, when the first
 * transaction was not committed, nothing is there. */
static void test_a_process_may_die_at_every_point(void **state)
{
    World *w = sagas_of(state);
    Points points = points_of_the_saga();
    int killed = 0;
    for (size_t p = 0; p < ROWS(plans); p++) {
        for (size_t i = 0; i < points.n; i++) {
            begin_anew(w);
            world_close(w); /* no threads when the process begins */
            int status;
            pid_t pid = fork_runner(w, points.names[i], "kill", plans[p]);
            assert_int_equal(waitpid(pid, &status, 0), pid);
            killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
            world_open(w);
            pass(6 * SECOND_US); /* its lease */
            start(w);
            come_to_an_end(w);
            sagas_stop();
            Look end = look(w);
            if (end.rows)
                assert_ended(w, plans[p]);
            else
                assert_int_equal(end.marks + atomic_load(&outside->order_count), 0);
        }
    }
    assert_true(killed > (int)points.n * 2); /* a way does not pass all points */
}

/* One process stands still for longer than its lease, another one ends the saga: the first writes
 * nothing when it goes on. */
static void test_of_two_runners_one_writes(void **state)
{
    World *w = sagas_of(state);
    char file[] = "/tmp/souk-saga-XXXXXX";
    int fd = mkstemp(file), status;
    close(fd);
    unlink(file);
    world_close(w);
    pid_t pid = fork_runner(w, "trip.pay.after",
                            str_z(w->arena, str_format(w->arena, "stop:%s@1", file)), "");
    while (access(file, F_OK) != 0) sched_yield();
    assert_int_equal(kill(pid, SIGSTOP), 0); /* its pulse too, which would keep the lease */
    world_open(w);
    pass(6 * SECOND_US);
    start(w);
    come_to_an_end(w);
    assert_done(w);
    unlink(file);
    assert_int_equal(kill(pid, SIGCONT), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_done(w);
    assert_int_equal(atomic_load(&outside->order_count), 1);
    sagas_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_the_points_are_those_of_the_steps),
        ON_BOTH(test_every_point_may_fail),
        ON_BOTH(test_a_process_may_die_at_every_point),
        ON_POSTGRES(test_of_two_runners_one_writes),
    };
    return cmocka_run_group_tests_name("saga_faults", tests, trips_begin, worlds_end);
}
