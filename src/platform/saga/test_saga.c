/* Sagas come to one of their two ends: their steps, what is tried again, what is waited for. */
#include "platform/saga/test_trip.h"

/* ---- Ends ------------------------------------------------------------------------------------ */

static void test_steps_run_in_their_order(void **state)
{
    World *w = sagas_of(state);
    start(w);
    begin(w, "");
    come_to_an_end(w);
    sagas_stop();
    assert_done(w);
    assert_string_equal(steps_log, "book pay ticket post settle ");
    assert_int_equal(atomic_load(&outside->order_count), 1);
    assert_false(outside->orders[0].given_back);
}

static void test_what_asks_nobody_is_done_in_the_first_transaction(void **state)
{
    World *w = sagas_of(state);
    begin(w, "local"); /* no runner is there */
    assert_done(w);
    assert_string_equal(steps_log, "book pay ticket post settle ");
    assert_int_equal(atomic_load(&outside->calls), 1); /* the post: its pass was local too */
}

static void test_a_refusal_is_undone_in_the_opposite_order(void **state)
{
    World *w = sagas_of(state);
    start(w);
    begin(w, "refuse ticket");
    come_to_an_end(w);
    sagas_stop();
    assert_undone(w, "trip_full");
    assert_string_equal(steps_log, "book pay ticket give-back unbook ");
}

static void test_a_refused_call_is_not_undone_itself(void **state)
{
    World *w = sagas_of(state);
    start(w);
    begin(w, "refuse pay");
    come_to_an_end(w);
    sagas_stop();
    assert_undone(w, "no_money");
    assert_string_equal(steps_log, "book pay unbook ");
}

static void test_a_refusal_of_the_first_transaction_leaves_nothing(void **state)
{
    World *w = sagas_of(state);
    begin(w, "refuse book");
    Look end = look(w);
    assert_int_equal(end.rows + end.marks, 0);
}

/* ---- Trying again ---------------------------------------------------------------------------- */

static void test_a_call_that_fails_is_made_again_with_the_same_key(void **state)
{
    World *w = sagas_of(state);
    start(w);
    atomic_store(&outside->down, 3);
    begin(w, "");
    come_to_an_end(w);
    sagas_stop();
    assert_done(w);
    assert_string_equal(steps_log, "book pay pay pay pay ticket post settle ");
    assert_int_equal(atomic_load(&outside->order_count), 1);
}

static void test_a_call_that_never_ends_is_given_up_and_undone(void **state)
{
    World *w = sagas_of(state);
    start(w);
    atomic_store(&outside->down, SAGA_ATTEMPTS);
    begin(w, "");
    come_to_an_end(w);
    sagas_stop();
    assert_undone(w, "not_reached");
    assert_non_null(strstr(steps_log, "pay give-back unbook "));
}

static void test_a_step_that_persists_is_not_given_up(void **state)
{
    World *w = sagas_of(state);
    start(w);
    arm(w, "trip.post.before", "fail");
    begin(w, "");
    come_to_attempt(w, SAGA_ATTEMPTS * 2);
    assert_true(str_eq(look(w).error, S("")));
    fault_disarm_all();
    come_to_an_end(w);
    sagas_stop();
    assert_done(w);
}

static void test_an_undo_is_tried_until_it_is_done(void **state)
{
    World *w = sagas_of(state);
    start(w);
    arm(w, "trip.pay.undo.before", "fail");
    begin(w, "refuse ticket");
    come_to_attempt(w, SAGA_STUCK_ATTEMPTS + 2);
    fault_disarm_all();
    come_to_an_end(w);
    sagas_stop();
    assert_undone(w, "trip_full");
}

/* ---- Waiting --------------------------------------------------------------------------------- */

static bool wake_in_tx(Ctx *cx, void *arg)
{
    (void)arg;
    saga_wake(cx, (SagaSubject){"trip", TRIP});
    return true;
}

static void test_it_waits_and_is_woken(void **state)
{
    World *w = sagas_of(state);
    start(w);
    begin(w, "wait");
    wait_for_status(w, "waiting");
    atomic_store(&outside->confirmed, true);
    RUN(w, TX_WRITE, wake_in_tx, NULL);
    come_to_an_end(w);
    sagas_stop();
    assert_done(w);
    assert_string_equal(steps_log, "book pay pay ticket post settle ");
}

/* The news comes while the call that would wait for it is under way: it is not lost. */
static void test_it_is_woken_before_it_waits(void **state)
{
    World *w = sagas_of(state);
    start(w);
    hold = true;
    begin(w, "wait");
    while (sem_wait(&entered) != 0) {
    }
    RUN(w, TX_WRITE, wake_in_tx, NULL);
    hold = false;
    sem_post(&leave);
    while (atomic_load(&outside->calls) < 2)
        sched_yield(); /* it asks again, and no time has passed */
    atomic_store(&outside->confirmed, true);
    RUN(w, TX_WRITE, wake_in_tx, NULL);
    come_to_an_end(w);
    sagas_stop();
    assert_done(w);
}

static void test_what_does_not_come_in_time_is_undone(void **state)
{
    World *w = sagas_of(state);
    start(w);
    begin(w, "wait");
    wait_for_status(w, "waiting");
    pass(600 * SECOND_US);
    come_to_an_end(w);
    sagas_stop();
    assert_undone(w, "waited_too_long");
    assert_string_equal(steps_log, "book pay pay give-back unbook ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_steps_run_in_their_order),
        ON_BOTH(test_what_asks_nobody_is_done_in_the_first_transaction),
        ON_BOTH(test_a_refusal_is_undone_in_the_opposite_order),
        ON_BOTH(test_a_refused_call_is_not_undone_itself),
        ON_BOTH(test_a_refusal_of_the_first_transaction_leaves_nothing),
        ON_BOTH(test_a_call_that_fails_is_made_again_with_the_same_key),
        ON_BOTH(test_a_call_that_never_ends_is_given_up_and_undone),
        ON_BOTH(test_a_step_that_persists_is_not_given_up),
        ON_BOTH(test_an_undo_is_tried_until_it_is_done),
        ON_BOTH(test_it_waits_and_is_woken),
        ON_BOTH(test_it_is_woken_before_it_waits),
        ON_BOTH(test_what_does_not_come_in_time_is_undone),
    };
    return cmocka_run_group_tests_name("saga", tests, trips_begin, worlds_end);
}
