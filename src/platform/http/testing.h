/* What the tests of the server share: an application with a route for each way to answer, and a
 * client that speaks in bytes and reads strictly. Nothing here waits for time to pass: waits are
 * for events, and end with the test's own timeout. A test passes however long any of its threads is
 * held up anywhere: see tests/README.md. */
#ifndef PLATFORM_HTTP_TESTING_H
#define PLATFORM_HTTP_TESTING_H

#include "platform/http/server.h"

#include <stdarg.h>
#include <stdint.h>

#include <pthread.h>
#include <setjmp.h>

#include <cmocka.h>

/* ---- the server ----
 *
 * /hello    "hello" at once                       /early    answered in head(), the body unseen
 * /echo     the body, up to ECHO_MAX bytes        /keep     kept for the test to answer
 * /blob     a compressible blob                   /text     a compressible body of its own
 * /who      client address and scheme             /close    "bye", and the connection closes
 * /request  method, path, query, host             /tagged   "tagged" with etag "v1" and a date
 * /sink     takes a body up to ECHO_MAX, answers its length; others: 404
 * /hold     holds its loop in head(), see test_hold */

enum { ECHO_MAX = 256 * 1024, TEXT_SIZE = 20000, KEPT_MAX = 4096 };

typedef struct TestServer {
    HttpServer *server;
    Arena *arena;
    int port;
    Str path; /* of a unix socket */
    Blob *blob;
    char text[TEXT_SIZE];

    pthread_mutex_t lock;
    pthread_cond_t changed;
    Exchange *kept[KEPT_MAX];
    size_t kept_n, kept_taken;
    bool held; /* by /hold, until the test releases it */
    size_t heads, readies, finished, cut;
    uint64_t bytes_sent;
    int last_status;
} TestServer;

HttpOptions test_options(void); /* 127.0.0.1:0, two loops; no timeout is ever reached */
TestServer *test_start(const HttpOptions *options);
void test_stop(TestServer *test); /* asserts that each head was finished once */

/* One of the server's counts (&test->heads) while it may be changing. */
size_t test_count(TestServer *test, const size_t *count);

Exchange *test_take(TestServer *test);    /* the next exchange that /keep has kept; waits for it */
void test_answer(Exchange *ex, Str body); /* 200, text/plain */

/* Holds the loop of a server that has only one, until test_release: what clients do meanwhile comes
 * before whatever the loop does next, its timers included. Returns a connection to be closed. */
int test_hold(TestServer *test);
void test_release(TestServer *test);

void test_wait_finished(TestServer *test, size_t count);
void test_wait_closed(TestServer *test, uint64_t count); /* connections, by http_stats */
size_t test_cut(TestServer *test); /* exchanges that were finished by a lost connection */

/* ---- the client ---- */

int test_connect(const TestServer *test);
void test_send(int fd, Str bytes);
#define SEND(fd, literal) test_send((fd), S(literal))
bool test_try_send(int fd, Str bytes); /* waits for room; false when the connection is lost */

typedef struct TestReply {
    int status;
    Str head; /* with its empty line */
    Str body; /* chunks put together */
} TestReply;

/* Reads exactly one answer, so that pipelined ones stay apart; fails the test when it is malformed
 * or the connection ends within it. `head_only`: the request was HEAD. */
TestReply test_read(Arena *arena, int fd, bool head_only);
Str test_header(const TestReply *reply, Str name); /* the first; p is NULL when it is missing */
bool test_at_end(int fd);                          /* reads; true when the server has closed */
TestReply test_ask(Arena *arena, const TestServer *test,
                   Str request); /* on a connection of its own */
#define ASK(arena, test, literal) test_ask((arena), (test), S(literal))

int64_t test_number(Str text); /* fails the test when it is none */

#define assert_str_equal(a, b) test_assert_str_equal((a), (b), __FILE__, __LINE__)
void test_assert_str_equal(Str a, Str b, const char *file, int line);

#endif
