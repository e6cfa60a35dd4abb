/* Time and the end: timeouts, graceful drain, what happens to those who are too slow.
 *
 * A short timeout is given only where the client does nothing more until it has run out; all others are
 * never reached. Where a request must come before a short timeout, the loop is held (test_hold) until
 * it has. */
#include "platform/http/testing.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const int64_t SHORT_US = 40 * 1000;

static Arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(1 << 16);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* ---- timeouts ---- */

static void test_head_timeout(void **state)
{
    (void)state;
    HttpOptions options = test_options();
    options.head_timeout_us = SHORT_US;
    TestServer *test = test_start(&options);
    int fd = test_connect(test);
    SEND(fd, "GET /hello HTTP/1.1\r\nHo");
    TestReply reply = test_read(arena, fd, false);
    assert_int_equal(reply.status, 408);
    assert_str_equal(reply.body, S("head_timeout"));
    assert_true(test_at_end(fd));
    close(fd);
    test_stop(test);
}

/* A client that sends a byte now and then gains nothing: the time runs from the first byte. */
static void test_dripping_head(void **state)
{
    (void)state;
    HttpOptions options = test_options();
    options.head_timeout_us = SHORT_US;
    TestServer *test = test_start(&options);
    int fd = test_connect(test);
    SEND(fd, "GET /hello HTTP/1.1\r\nHost: a\r\nX: ");
    struct pollfd answer = {.fd = fd, .events = POLLIN};
    while (poll(&answer, 1, 1) == 0) test_try_send(fd, S("y")); /* the answer may be on its way */
    assert_int_equal(test_read(arena, fd, false).status, 408);
    close(fd);
    test_stop(test);
}

static void test_body_timeout(void **state)
{
    (void)state;
    HttpOptions options = test_options();
    options.body_timeout_us = SHORT_US;
    TestServer *test = test_start(&options);
    int fd = test_connect(test);
    SEND(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
    TestReply reply = test_read(arena, fd, false);
    assert_int_equal(reply.status, 408);
    assert_str_equal(reply.body, S("body_timeout"));
    assert_true(test_at_end(fd));
    close(fd);
    test_wait_finished(test, 1);
    assert_int_equal(test->readies, 0);
    test_stop(test);
}

/* Idle connections end without a word, before and between requests; one that waits for its answer
 * is not idle. */
static void test_idle_timeout(void **state)
{
    (void)state;
    HttpOptions options = test_options();
    options.loops = 1;
    options.idle_timeout_us = SHORT_US;
    TestServer *test = test_start(&options);
    int holder = test_hold(test);
    int silent = test_connect(test), used = test_connect(test), waiting = test_connect(test);
    SEND(used, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    SEND(waiting, "GET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
    test_release(test);
    assert_str_equal(test_read(arena, used, false).body, S("hello"));
    Exchange *ex = test_take(test);
    assert_true(test_at_end(silent));
    assert_true(test_at_end(used));
    test_answer(ex, S("at last"));
    assert_str_equal(test_read(arena, waiting, false).body, S("at last"));
    assert_true(test_at_end(waiting));
    close(holder);
    close(silent);
    close(used);
    close(waiting);
    test_stop(test);
}

/* The client asks without end and reads nothing, until the kernel's buffers are full both ways. */
static void test_send_timeout(void **state)
{
    (void)state;
    HttpOptions options = test_options();
    options.send_timeout_us = SHORT_US;
    TestServer *test = test_start(&options);
    int fd = test_connect(test), small = 4096;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    while (test_try_send(fd, S("GET /text HTTP/1.1\r\nHost: a\r\n\r\n"))) continue;
    test_wait_closed(test, 1);
    HttpStats stats;
    http_stats(test->server, &stats);
    assert_int_equal(stats.timed_out, 1);
    assert_true(test_cut(test) >= 1);
    close(fd);
    test_stop(test);
}

/* ---- drain ---- */

typedef struct Drain {
    TestServer *test;
    int64_t deadline_us;
    pthread_t thread;
    bool whole;
} Drain;

static void *drain_main(void *arg)
{
    Drain *drain = arg;
    drain->whole = http_drain(drain->test->server, drain->deadline_us);
    return NULL;
}

static void drain_begin(Drain *drain, TestServer *test, int64_t patience_us)
{
    *drain = (Drain){.test = test, .deadline_us = monotonic_us() + patience_us};
    pthread_create(&drain->thread, NULL, drain_main, drain);
}

static bool drain_end(Drain *drain)
{
    pthread_join(drain->thread, NULL);
    return drain->whole;
}

/* True once the listener is closed: then the drain has begun. */
static bool refused(const TestServer *test)
{
    struct sockaddr_in name = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)test->port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool failed = connect(fd, (struct sockaddr *)&name, sizeof name) != 0 && errno == ECONNREFUSED;
    close(fd);
    return failed;
}

static const int64_t PATIENCE_US = INT64_C(1000000) * 1000000; /* only a hang comes to its end */

static void test_drain_of_idle_connections(void **state)
{
    (void)state;
    HttpOptions options = test_options();
    options.drain_idle_us = options.drain_fresh_us = SHORT_US;
    TestServer *test = test_start(&options);
    int used = test_connect(test), fresh = test_connect(test);
    SEND(used, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    test_read(arena, used, false);
    assert_true(http_drain(test->server, monotonic_us() + PATIENCE_US));
    assert_true(test_at_end(used));
    assert_true(test_at_end(fresh));
    assert_true(refused(test));
    close(used);
    close(fresh);
    test_stop(test);
}

/* What has been accepted is finished: under way, in the socket's buffer, on connections kept alive.
 */
static void test_drain_finishes_what_was_accepted(void **state)
{
    (void)state;
    HttpOptions options = test_options();
    Drain drain;
    TestServer *test = test_start(&options);
    int kept = test_connect(test), alive = test_connect(test);
    SEND(alive, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    test_read(arena, alive, false);
    SEND(kept, "GET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
    Exchange *ex = test_take(test);
    drain_begin(&drain, test, PATIENCE_US);
    while (!refused(test)) continue;
    SEND(alive, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    TestReply reply = test_read(arena, alive, false);
    assert_str_equal(reply.body, S("hello"));
    assert_str_equal(test_header(&reply, S("Connection")), S("close"));
    SEND(kept, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"); /* pipelined behind the one under way */
    test_answer(ex, S("finished"));
    reply = test_read(arena, kept, false);
    assert_str_equal(reply.body, S("finished"));
    if (!test_header(&reply, S("Connection")).p) {
        /* The loop had seen the second request: then it is answered, too, and says goodbye. */
        reply = test_read(arena, kept, false);
        assert_str_equal(reply.body, S("hello"));
    }
    assert_str_equal(test_header(&reply, S("Connection")), S("close"));
    close(alive);
    close(kept);
    assert_true(drain_end(&drain));
    test_stop(test);
}

/* Connections that wait in the listener's queue when the drain begins have connected: they are
 * served. */
static void test_drain_takes_the_queue(void **state)
{
    (void)state;
    enum { COUNT = 50 };
    HttpOptions options = test_options();
    TestServer *test = test_start(&options);
    Drain drain;
    int fds[COUNT];
    for (int i = 0; i < COUNT; i++) fds[i] = test_connect(test);
    drain_begin(&drain, test, PATIENCE_US);
    for (int i = 0; i < COUNT; i++) SEND(fds[i], "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 0; i < COUNT; i++) {
        assert_str_equal(test_read(arena, fds[i], false).body, S("hello"));
        close(fds[i]);
    }
    assert_true(drain_end(&drain));
    test_stop(test);
}

static void test_drain_cuts_at_the_deadline(void **state)
{
    (void)state;
    HttpOptions options = test_options();
    TestServer *test = test_start(&options);
    int fd = test_connect(test);
    SEND(fd, "GET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
    Exchange *ex = test_take(test);
    assert_false(http_drain(test->server, monotonic_us() + SHORT_US));
    assert_true(test_at_end(fd));
    test_answer(ex, S("too late"));
    test_wait_finished(test, 1);
    assert_int_equal(test->cut, 1);
    close(fd);
    test_stop(test);
}

/* http_free waits for the answers that are still being made. */
static void *answer_late(void *arg)
{
    test_answer(arg, S("late"));
    return NULL;
}

static void test_free_waits_for_answers(void **state)
{
    (void)state;
    HttpOptions options = test_options();
    TestServer *test = test_start(&options);
    pthread_t answerer;
    int fd = test_connect(test);
    SEND(fd, "GET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
    Exchange *ex = test_take(test);
    assert_false(http_drain(test->server, monotonic_us()));
    pthread_create(&answerer, NULL, answer_late, ex);
    test_stop(test); /* asserts that the exchange was finished */
    pthread_join(answerer, NULL);
    close(fd);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_head_timeout),
        TEST(test_dripping_head),
        TEST(test_body_timeout),
        TEST(test_idle_timeout),
        TEST(test_send_timeout),
        TEST(test_drain_of_idle_connections),
        TEST(test_drain_finishes_what_was_accepted),
        TEST(test_drain_takes_the_queue),
        TEST(test_drain_cuts_at_the_deadline),
        TEST(test_free_waits_for_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
