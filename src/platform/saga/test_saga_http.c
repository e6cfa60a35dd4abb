/* Who began a saga by a request is told its end, however long it takes and however often he asks. */
#include "platform/saga/test_trip.h"

#include <pthread.h>

static int send_go(World *w, Shop *shop, const char *trip, const char *key, const char *plan)
{
    Str body = str_format(w->arena, "{\"plan\":\"%s\"}", plan);
    int fd = test_connect(&shop->at);
    Str key_line = key ? str_format(w->arena, "Idempotency-Key: %s\r\n", key) : S("");
    test_send(fd, str_format(w->arena,
                             "POST /trips/trip_%s/go HTTP/1.1\r\nHost: a\r\n%.*sContent-Type: "
                             "application/json\r\nContent-Length: %zu\r\n\r\n%.*s",
                             trip, STR_ARG(key_line), body.n, STR_ARG(body)));
    return fd;
}

static TestReply read_go(World *w, int fd)
{
    TestReply reply = test_read(w->arena, fd, false);
    close(fd);
    return reply;
}

#define T1 "0000000000001"

static TestReply ask_go(World *w, Shop *shop, const char *trip, const char *key, const char *plan)
{
    return read_go(w, send_go(w, shop, trip, key, plan));
}

static void assert_code(const TestReply *reply, int status, const char *code)
{
    assert_int_equal(reply->status, status);
    if (code && str_find(reply->body, str_from(code)) == reply->body.n)
        fail_msg("no %s in %.*s", code, STR_ARG(reply->body));
}

static void test_an_exchange_waits_for_the_end(void **state)
{
    World *w = sagas_of(state);
    Shop shop = {0};
    start(w);
    shop_open(w, &shop, modules, 1);
    TestReply none = ask_go(w, &shop, T1, NULL, "");
    assert_code(&none, 400, "idempotency_key_missing");
    hold = true;
    int fd = send_go(w, &shop, T1, "k1", "");
    while (sem_wait(&entered) != 0) {
    }
    TestReply same = ask_go(w, &shop, T1, "k1", ""), other = ask_go(w, &shop, T1, "k2", "");
    assert_code(&same, 409, "in_flight");
    assert_str_equal(test_header(&same, S("Retry-After")), S("1"));
    assert_code(&other, 409, "in_flight");
    hold = false;
    sem_post(&leave);
    TestReply first = read_go(w, fd);
    assert_code(&first, 201, "\"posted\":true");
    TestReply again = ask_go(w, &shop, T1, "k1", "");
    assert_code(&again, 201, "\"posted\":true");
    assert_str_equal(test_header(&again, S("Idempotent-Replayed")), S("true"));
    TestReply wrong = ask_go(w, &shop, T1, "k1", "local");
    assert_code(&wrong, 422, "idempotency_key_reused");
    shop_close(&shop);
    sagas_stop();
    assert_int_equal(atomic_load(&outside->order_count), 1);
    assert_done(w);
}

static void test_refusals_are_told_and_told_again(void **state)
{
    World *w = sagas_of(state);
    Shop shop = {0};
    start(w);
    shop_open(w, &shop, modules, 1);
    TestReply full = ask_go(w, &shop, T1, "k1", "refuse book");
    assert_code(&full, 409, "trip_full");
    assert_int_equal(look(w).rows, 0); /* so the key may be used again */
    TestReply poor = ask_go(w, &shop, T1, "k1", "refuse pay");
    assert_code(&poor, 402, "no_money");
    TestReply again = ask_go(w, &shop, T1, "k1", "refuse pay");
    assert_code(&again, 402, "no_money");
    assert_int_equal(atomic_load(&outside->calls), 1);
    TestReply better = ask_go(w, &shop, T1, "k2", "local");
    assert_code(&better, 201, NULL);
    shop_close(&shop);
    sagas_stop();
}

static void test_one_that_waits_goes_on_when_it_is_asked_again(void **state)
{
    World *w = sagas_of(state);
    Shop shop = {0};
    start(w);
    shop_open(w, &shop, modules, 1);
    TestReply first = ask_go(w, &shop, T1, "k1", "wait"),
              second = ask_go(w, &shop, T1, "k1", "wait");
    assert_code(&first, 202, NULL);
    assert_code(&second, 202, NULL);
    atomic_store(&outside->confirmed, true);
    TestReply third = ask_go(w, &shop, T1, "k1", "wait");
    assert_code(&third, 201, NULL);
    shop_close(&shop);
    sagas_stop();
    assert_done(w);
}

static void *give_up_later(void *nothing)
{
    (void)nothing;
    while (sem_wait(&entered) != 0) {
    }
    saga_release((Id){0}, INT64_MAX); /* as the pulse does after a while */
    return NULL;
}

static void test_who_has_waited_for_long_is_told_in_flight(void **state)
{
    World *w = sagas_of(state);
    Shop shop = {0};
    pthread_t thread;
    start(w);
    shop_open(w, &shop, modules, 1);
    hold = true;
    assert_int_equal(pthread_create(&thread, NULL, give_up_later, NULL), 0);
    TestReply first = ask_go(w, &shop, T1, "k1", "");
    pthread_join(thread, NULL);
    assert_code(&first, 409, "in_flight");
    hold = false;
    sem_post(&leave);
    come_to_an_end(w);
    TestReply again = ask_go(w, &shop, T1, "k1", "");
    assert_code(&again, 201, "\"posted\":true");
    shop_close(&shop);
    sagas_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_an_exchange_waits_for_the_end),
        ON_BOTH(test_refusals_are_told_and_told_again),
        ON_BOTH(test_one_that_waits_goes_on_when_it_is_asked_again),
        ON_BOTH(test_who_has_waited_for_long_is_told_in_flight),
    };
    return cmocka_run_group_tests_name("saga_http", tests, trips_begin, worlds_end);
}
