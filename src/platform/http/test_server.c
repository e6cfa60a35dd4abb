/* The server over real sockets: connections, pipelining, bodies, limits, refusals. */
#include "platform/http/testing.h"

#include "platform/http/limits.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct Fixture {
    Arena *arena;
    TestServer *test;
} Fixture;

static int setup(void **state)
{
    Fixture *fixture = calloc(1, sizeof *fixture);
    HttpOptions options = test_options();
    fixture->arena = arena_new(1 << 16);
    fixture->test = test_start(&options);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    Fixture *fixture = *state;
    test_stop(fixture->test);
    arena_free(fixture->arena);
    free(fixture);
    return 0;
}

/* ---- keep-alive and pipelining ---- */

static void test_keep_alive(void **state)
{
    Fixture *f = *state;
    int fd = test_connect(f->test);
    for (int i = 0; i < 5; i++) {
        SEND(fd, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
        TestReply reply = test_read(f->arena, fd, false);
        assert_int_equal(reply.status, 200);
        assert_str_equal(reply.body, S("hello"));
        assert_null(test_header(&reply, S("Connection")).p);
        assert_non_null(test_header(&reply, S("Date")).p);
    }
    SEND(fd, "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    TestReply reply = test_read(f->arena, fd, false);
    assert_str_equal(test_header(&reply, S("Connection")), S("close"));
    assert_true(test_at_end(fd));
    close(fd);
}

static void test_http_1_0(void **state)
{
    Fixture *f = *state;
    int fd = test_connect(f->test);
    SEND(fd, "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    TestReply reply = test_read(f->arena, fd, false);
    assert_str_equal(test_header(&reply, S("Connection")), S("keep-alive"));
    SEND(fd, "GET /hello HTTP/1.0\r\n\r\n");
    reply = test_read(f->arena, fd, false);
    assert_str_equal(test_header(&reply, S("Connection")), S("close"));
    assert_true(test_at_end(fd));
    close(fd);
}

static void test_pipelined_answers_keep_their_order(void **state)
{
    Fixture *f = *state;
    enum { COUNT = 12 };
    Exchange *kept[COUNT];
    int fd = test_connect(f->test);
    for (int i = 0; i < COUNT; i++) {
        Str request = str_format(f->arena, "GET /keep?%d HTTP/1.1\r\nHost: a\r\n\r\n", i);
        test_send(fd, request);
    }
    for (int i = 0; i < COUNT; i++) kept[i] = test_take(f->test);
    for (int i = COUNT; i-- > 0;) test_answer(kept[i], kept[i]->request.query);
    for (int i = 0; i < COUNT; i++) {
        TestReply reply = test_read(f->arena, fd, false);
        assert_str_equal(reply.body, str_format(f->arena, "%d", i));
    }
    close(fd);
}

/* More than HTTP_PIPELINE_MAX at once: the rest waits in the socket, and none is lost. */
static void test_pipeline_is_bounded(void **state)
{
    Fixture *f = *state;
    enum { COUNT = 5 * HTTP_PIPELINE_MAX };
    int fd = test_connect(f->test);
    for (int i = 0; i < COUNT; i++)
        test_send(fd, str_format(f->arena, "GET /keep?%d HTTP/1.1\r\nHost: a\r\n\r\n", i));
    for (int i = 0; i < COUNT; i++) {
        Exchange *ex = test_take(f->test);
        pthread_mutex_lock(&f->test->lock);
        size_t in_flight = f->test->readies - f->test->finished;
        pthread_mutex_unlock(&f->test->lock);
        assert_in_range(in_flight, 1, HTTP_PIPELINE_MAX);
        test_answer(ex, ex->request.query);
    }
    for (int i = 0; i < COUNT; i++)
        assert_str_equal(test_read(f->arena, fd, false).body, str_format(f->arena, "%d", i));
    close(fd);
}

/* Requests answered at once, in one segment and in the worst pieces. */
static void test_many_requests_in_any_pieces(void **state)
{
    Fixture *f = *state;
    static const Str request =
        S_INIT("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
    for (size_t piece = 1; piece <= 256; piece *= 4) {
        int fd = test_connect(f->test);
        enum { COUNT = 40 };
        Str parts[COUNT];
        for (int i = 0; i < COUNT; i++) parts[i] = request;
        Str all = str_join(f->arena, (StrList){parts, COUNT}, S(""));
        for (size_t at = 0; at < all.n; at += piece) test_send(fd, str_slice(all, at, at + piece));
        for (int i = 0; i < COUNT; i++)
            assert_str_equal(test_read(f->arena, fd, false).body, S("body"));
        close(fd);
    }
}

static void test_requests_per_connection(void **state)
{
    Fixture *f = *state;
    HttpOptions options = test_options();
    options.requests_per_connection = 3;
    TestServer *test = test_start(&options);
    int fd = test_connect(test);
    for (int i = 0; i < 5; i++) SEND(fd, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 0; i < 3; i++) {
        TestReply reply = test_read(f->arena, fd, false);
        assert_int_equal(reply.status, 200);
        assert_int_equal(test_header(&reply, S("Connection")).p != NULL, i == 2);
    }
    assert_true(test_at_end(fd));
    assert_int_equal(test_count(test, &test->heads), 3);
    close(fd);
    test_stop(test);
}

/* An answer that closes loses what was read behind its request. */
static void test_answer_that_closes(void **state)
{
    Fixture *f = *state;
    int fd = test_connect(f->test);
    SEND(fd, "GET /close HTTP/1.1\r\nHost: a\r\n\r\nGET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
    Exchange *lost = test_take(f->test);
    assert_str_equal(test_read(f->arena, fd, false).body, S("bye"));
    assert_true(test_at_end(fd));
    test_answer(lost, S("too late"));
    test_wait_finished(f->test, 2);
    assert_int_equal(f->test->cut, 1);
    close(fd);
}

/* Not even one that is known already and could leave with it. */
static void test_nothing_follows_an_answer_that_closes(void **state)
{
    Fixture *f = *state;
    int fd = test_connect(f->test);
    SEND(fd, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /close HTTP/1.1\r\nHost: a\r\n\r\n"
             "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_str_equal(test_read(f->arena, fd, false).body, S("hello"));
    assert_str_equal(test_read(f->arena, fd, false).body, S("bye"));
    assert_true(test_at_end(fd));
    close(fd);
}

static void test_half_closed_client_gets_its_answer(void **state)
{
    Fixture *f = *state;
    int fd = test_connect(f->test);
    SEND(fd, "GET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
    shutdown(fd, SHUT_WR);
    test_answer(test_take(f->test), S("patience"));
    assert_str_equal(test_read(f->arena, fd, false).body, S("patience"));
    assert_true(test_at_end(fd));
    close(fd);
}

/* A kept exchange stays valid when its client is gone. */
static void test_client_gone_before_the_answer(void **state)
{
    Fixture *f = *state;
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    int fd = test_connect(f->test);
    SEND(fd, "GET /keep?who HTTP/1.1\r\nHost: a\r\nX-Long: header\r\n\r\n");
    Exchange *ex = test_take(f->test);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
    test_wait_closed(f->test, 1);
    assert_str_equal(ex->request.query, S("who"));
    assert_str_equal(exchange_header(ex, S("x-long")), S("header"));
    test_answer(ex, S("nobody hears"));
    test_wait_finished(f->test, 1);
    assert_int_equal(f->test->cut, 1);
}

/* ---- bodies ---- */

static void test_bodies_of_all_sizes(void **state)
{
    Fixture *f = *state;
    static const size_t sizes[] = {0, 1, 3000, 4000, 4096, 5000, 16384, 100000, ECHO_MAX};
    int fd = test_connect(f->test);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char *body = arena_alloc(f->arena, sizes[i], 1);
        for (size_t j = 0; j < sizes[i]; j++) body[j] = (char)(j * 7 + i);
        test_send(fd, str_format(f->arena,
                                 "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n",
                                 sizes[i]));
        test_send(fd, (Str){body, sizes[i]});
        Str expected = {body, sizes[i]};
        assert_str_equal(test_read(f->arena, fd, false).body, expected);
    }
    close(fd);
}

static void test_chunked_bodies(void **state)
{
    Fixture *f = *state;
    int fd = test_connect(f->test);
    SEND(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
             "5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: dropped\r\n\r\n");
    assert_str_equal(test_read(f->arena, fd, false).body, S("hello!"));
    SEND(fd, "POST /sink HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    enum { CHUNK = 10000, COUNT = 20 };
    char *chunk = arena_alloc(f->arena, CHUNK, 1);
    memset(chunk, 'c', CHUNK);
    for (int i = 0; i < COUNT; i++) {
        test_send(fd, str_format(f->arena, "%x\r\n", CHUNK));
        test_send(fd, (Str){chunk, CHUNK});
        SEND(fd, "\r\n");
    }
    SEND(fd, "0\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_str_equal(test_read(f->arena, fd, false).body,
                     str_format(f->arena, "%d", CHUNK * COUNT));
    assert_str_equal(test_read(f->arena, fd, false).body, S("hello"));
    close(fd);
}

/* 413 without reading it all; the client sees the answer although it is still sending. */
static void test_body_over_the_limit(void **state)
{
    Fixture *f = *state;
    int fd = test_connect(f->test);
    SEND(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
    char *junk = arena_alloc(f->arena, ECHO_MAX, 1);
    memset(junk, 'j', ECHO_MAX);
    test_send(fd, (Str){junk, ECHO_MAX});
    TestReply reply = test_read(f->arena, fd, false);
    assert_int_equal(reply.status, 413);
    assert_str_equal(reply.body, S("body_too_large"));
    assert_str_equal(test_header(&reply, S("Connection")), S("close"));
    assert_true(test_at_end(fd));
    close(fd);
    test_wait_finished(f->test, 1);
    assert_int_equal(f->test->readies, 0);
    assert_int_equal(f->test->last_status, 413);
}

static void test_chunked_body_over_the_limit(void **state)
{
    Fixture *f = *state;
    int fd = test_connect(f->test);
    SEND(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    char *junk = arena_alloc(f->arena, ECHO_MAX, 1);
    memset(junk, 'j', ECHO_MAX);
    for (int i = 0; i < 2; i++) {
        test_send(fd, str_format(f->arena, "%x\r\n", ECHO_MAX));
        test_send(fd, (Str){junk, ECHO_MAX});
        SEND(fd, "\r\n");
    }
    assert_int_equal(test_read(f->arena, fd, false).status, 413);
    assert_true(test_at_end(fd));
    close(fd);
}

static void test_body_where_none_is_taken(void **state)
{
    Fixture *f = *state;
    TestReply reply =
        ASK(f->arena, f->test, "GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
    assert_int_equal(reply.status, 413);
    reply = ASK(f->arena, f->test, "GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(reply.status, 200);
}

/* Answered in head(): a short body is dropped and the connection lives; a long one ends it. */
static void test_early_answers(void **state)
{
    Fixture *f = *state;
    int fd = test_connect(f->test);
    SEND(fd, "POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
    assert_str_equal(test_read(f->arena, fd, false).body, S("early"));
    SEND(fd,
         "defPOST /early HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    assert_str_equal(test_read(f->arena, fd, false).body, S("early"));
    SEND(fd, "0\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_str_equal(test_read(f->arena, fd, false).body, S("hello"));
    SEND(fd, "POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc");
    TestReply reply = test_read(f->arena, fd, false);
    assert_str_equal(test_header(&reply, S("Connection")), S("close"));
    assert_true(test_at_end(fd));
    close(fd);
    test_wait_finished(f->test, 4);
    assert_int_equal(test_count(f->test, &f->test->readies), 1);
}

static void test_body_whose_sender_goes_away(void **state)
{
    Fixture *f = *state;
    int fd = test_connect(f->test);
    SEND(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
    shutdown(fd, SHUT_WR);
    assert_true(test_at_end(fd));
    close(fd);
    test_wait_finished(f->test, 1);
    assert_int_equal(f->test->cut, 1);
    assert_int_equal(f->test->readies, 0);
}

static void test_expect_continue(void **state)
{
    Fixture *f = *state;
    int fd = test_connect(f->test);
    SEND(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    assert_int_equal(test_read(f->arena, fd, false).status, 100);
    SEND(fd, "hello");
    assert_str_equal(test_read(f->arena, fd, false).body, S("hello"));

    /* Not when the body is there already, and not before earlier answers. */
    SEND(fd,
         "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi");
    assert_int_equal(test_read(f->arena, fd, false).status, 200);
    SEND(fd, "GET /keep HTTP/1.1\r\nHost: a\r\n\r\n"
             "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    test_answer(test_take(f->test), S("first"));
    assert_str_equal(test_read(f->arena, fd, false).body, S("first"));
    assert_int_equal(test_read(f->arena, fd, false).status, 100);
    SEND(fd, "ok");
    assert_str_equal(test_read(f->arena, fd, false).body, S("ok"));

    /* A body that will not be read is not asked for; it may come or not, so the connection ends. */
    SEND(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: "
             "9999999\r\n\r\n");
    assert_int_equal(test_read(f->arena, fd, false).status, 413);
    assert_true(test_at_end(fd));
    close(fd);
    fd = test_connect(f->test);
    SEND(fd,
         "POST /early HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    TestReply reply = test_read(f->arena, fd, false);
    assert_str_equal(reply.body, S("early"));
    assert_str_equal(test_header(&reply, S("Connection")), S("close"));
    close(fd);
}

/* ---- refusals ---- */

static void test_malformed_requests_are_refused_and_closed(void **state)
{
    Fixture *f = *state;
    int fd = test_connect(f->test);
    SEND(fd, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost : a\r\n\r\nGET /hello");
    assert_int_equal(test_read(f->arena, fd, false).status, 200);
    TestReply reply = test_read(f->arena, fd, false);
    assert_int_equal(reply.status, 400);
    assert_str_equal(reply.body, S("bad_header_name"));
    assert_str_equal(test_header(&reply, S("Connection")), S("close"));
    assert_true(test_at_end(fd));
    close(fd);
    HttpStats stats;
    http_stats(f->test->server, &stats);
    assert_int_equal(stats.faults[HTTP_BAD_HEADER_NAME], 1);
    assert_int_equal(test_count(f->test, &f->test->heads), 1);
}

/* The refusal keeps its place behind answers that are still being made. */
static void test_refusal_waits_for_its_turn(void **state)
{
    Fixture *f = *state;
    int fd = test_connect(f->test);
    SEND(fd, "GET /keep HTTP/1.1\r\nHost: a\r\n\r\nBAD\r\n\r\n");
    test_answer(test_take(f->test), S("first"));
    assert_str_equal(test_read(f->arena, fd, false).body, S("first"));
    assert_str_equal(test_read(f->arena, fd, false).body, S("bad_request_line"));
    assert_true(test_at_end(fd));
    close(fd);
}

static void test_bad_chunk_after_head(void **state)
{
    Fixture *f = *state;
    int fd = test_connect(f->test);
    SEND(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    assert_str_equal(test_read(f->arena, fd, false).body, S("bad_chunk"));
    assert_true(test_at_end(fd));
    close(fd);
    test_wait_finished(f->test, 1);
    assert_int_equal(f->test->last_status, 400);
}

/* A head that outgrows its block moves to a larger one; one that outgrows head_max is refused. */
static void test_large_heads(void **state)
{
    Fixture *f = *state;
    int fd = test_connect(f->test);
    for (int size = 1000; size <= 16000; size += 5000) {
        SEND(fd, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /request?q HTTP/1.1\r\nHost: a\r\nX: ");
        test_send(fd, str_format(f->arena, "%0*d\r\n\r\n", size, 0));
        assert_str_equal(test_read(f->arena, fd, false).body, S("hello"));
        assert_str_equal(test_read(f->arena, fd, false).body, S("GET /request q a"));
    }
    test_send(fd, str_format(f->arena, "GET / HTTP/1.1\r\nHost: a\r\nX: %020000d", 0));
    assert_int_equal(test_read(f->arena, fd, false).status, 431);
    assert_true(test_at_end(fd));
    close(fd);
}

/* ---- connection limits ---- */

static void test_connections_per_client(void **state)
{
    Fixture *f = *state;
    HttpOptions options = test_options();
    options.connections_per_client = 2;
    TestServer *test = test_start(&options);
    int a = test_connect(test), b = test_connect(test);
    SEND(a, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    SEND(b, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    test_read(f->arena, a, false);
    test_read(f->arena, b, false);
    int c = test_connect(test);
    TestReply reply = test_read(f->arena, c, false);
    assert_int_equal(reply.status, 429);
    assert_str_equal(reply.body, S("too_many_connections_client"));
    assert_true(test_at_end(c));
    close(c);
    close(a);
    test_wait_closed(test, 1);
    assert_int_equal(ASK(f->arena, test, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
    close(b);
    test_stop(test);
}

static void test_connections_in_all(void **state)
{
    Fixture *f = *state;
    HttpOptions options = test_options();
    options.connections_max = 1;
    TestServer *test = test_start(&options);
    int a = test_connect(test);
    SEND(a, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    test_read(f->arena, a, false);
    int b = test_connect(test);
    assert_str_equal(test_read(f->arena, b, false).body, S("too_many_connections"));
    close(a);
    close(b);
    test_stop(test);
}

/* Without file descriptors accepting pauses; who has connected waits, and is served later. */
static void test_out_of_descriptors(void **state)
{
    Fixture *f = *state;
    struct rlimit limit, none;
    HttpStats stats = {.pauses = 0};
    struct sockaddr_in name = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)f->test->port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int lowest_free = dup(fd);
    close(lowest_free);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = limit;
    none.rlim_cur = (rlim_t)lowest_free;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof name), 0);
    SEND(fd, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    while (stats.pauses == 0) http_stats(f->test->server, &stats);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_str_equal(test_read(f->arena, fd, false).body, S("hello"));
    close(fd);
}

/* ---- other sockets ---- */

static void test_unix_socket(void **state)
{
    Fixture *f = *state;
    char folder[] = "/tmp/souk-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    Str listen = str_format(f->arena, "unix:%s/s", folder);
    HttpOptions options = test_options();
    options.listen = (StrList){&listen, 1};
    TestServer *test = test_start(&options);
    TestReply reply = ASK(f->arena, test, "GET /who HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_str_equal(reply.body, S("unix http"));
    test_stop(test);
    unlink(str_z(f->arena, str_slice(listen, 5, listen.n)));
    rmdir(folder);
}

/* One socket for both families, and each client under its own address. */
static void test_both_families(void **state)
{
    Fixture *f = *state;
    Str listen = S("*:0");
    HttpOptions options = test_options();
    options.listen = (StrList){&listen, 1};
    TestServer *test = test_start(&options);
    TestReply reply = ASK(f->arena, test, "GET /who HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_str_equal(reply.body, S("127.0.0.1 http"));
    struct sockaddr_in6 name = {.sin6_family = AF_INET6,
                                .sin6_port = htons((uint16_t)test->port),
                                .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&name, sizeof name) == 0) {
        SEND(fd, "GET /who HTTP/1.1\r\nHost: [::1]\r\n\r\n");
        assert_str_equal(test_read(f->arena, fd, false).body, S("::1 http"));
    } else {
        print_message("no IPv6 here: half of the test is left out\n");
    }
    if (fd >= 0) close(fd);
    test_stop(test);
}

static void test_trusted_proxy(void **state)
{
    Fixture *f = *state;
    static Str trusted[] = {S_INIT("127.0.0.0/8")};
    static const char request[] = "GET /who HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\n"
                                  "X-Forwarded-For: 203.0.113.9, 198.51.100.7, 127.0.0.3\r\n\r\n";
    Str bytes = {request, sizeof request - 1};
    assert_str_equal(test_ask(f->arena, f->test, bytes).body, S("127.0.0.1 http"));
    HttpOptions options = test_options();
    options.trusted_proxies = (StrList){trusted, 1};
    TestServer *test = test_start(&options);
    assert_str_equal(test_ask(f->arena, test, bytes).body, S("198.51.100.7 https"));
    test_stop(test);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_keep_alive),
        TEST(test_http_1_0),
        TEST(test_pipelined_answers_keep_their_order),
        TEST(test_pipeline_is_bounded),
        TEST(test_many_requests_in_any_pieces),
        TEST(test_requests_per_connection),
        TEST(test_answer_that_closes),
        TEST(test_nothing_follows_an_answer_that_closes),
        TEST(test_half_closed_client_gets_its_answer),
        TEST(test_client_gone_before_the_answer),
        TEST(test_bodies_of_all_sizes),
        TEST(test_chunked_bodies),
        TEST(test_body_over_the_limit),
        TEST(test_chunked_body_over_the_limit),
        TEST(test_body_where_none_is_taken),
        TEST(test_early_answers),
        TEST(test_body_whose_sender_goes_away),
        TEST(test_expect_continue),
        TEST(test_malformed_requests_are_refused_and_closed),
        TEST(test_refusal_waits_for_its_turn),
        TEST(test_bad_chunk_after_head),
        TEST(test_large_heads),
        TEST(test_connections_per_client),
        TEST(test_connections_in_all),
        TEST(test_out_of_descriptors),
        TEST(test_unix_socket),
        TEST(test_both_families),
        TEST(test_trusted_proxy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
