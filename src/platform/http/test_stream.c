/* Streams: pieces from any thread, slow readers, readers that go away. */
#include "platform/http/testing.h"

#include "base/buf.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct Fixture {
    Arena *arena;
    TestServer *test;
} Fixture;

typedef struct Signal {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int count;
} Signal;

static Signal raised = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};

static int setup(void **state)
{
    Fixture *fixture = calloc(1, sizeof *fixture);
    HttpOptions options = test_options();
    fixture->arena = arena_new(1 << 16);
    fixture->test = test_start(&options);
    raised.count = 0;
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

static const Answer head = {.status = 200, .content_type = S_INIT("text/event-stream")};

/* Takes the next kept exchange and makes a stream of it. */
static Exchange *stream(TestServer *test, size_t buffer_max)
{
    Exchange *ex = test_take(test);
    exchange_stream(ex, &head, buffer_max);
    return ex;
}

static void test_pieces(void **state)
{
    Fixture *f = *state;
    int fd = test_connect(f->test);
    SEND(fd, "GET /keep HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    Exchange *ex = stream(f->test, 1000);
    assert_int_equal(exchange_stream_write(ex, S("one,")), STREAM_OPEN);
    assert_int_equal(exchange_stream_write(ex, S("")), STREAM_OPEN);
    assert_int_equal(exchange_stream_write(ex, S("two,")), STREAM_OPEN);
    assert_int_equal(exchange_stream_write(ex, S("three")), STREAM_OPEN);
    exchange_stream_end(ex);
    TestReply reply = test_read(f->arena, fd, false);
    assert_str_equal(test_header(&reply, S("Transfer-Encoding")), S("chunked"));
    assert_null(test_header(&reply, S("Content-Length")).p);
    assert_str_equal(reply.body, S("one,two,three"));
    assert_str_equal(test_read(f->arena, fd, false).body, S("hello")); /* the connection goes on */
    close(fd);
}

/* A piece is on its way at once: the reader sees it before the stream ends. */
static void test_pieces_arrive_while_it_is_open(void **state)
{
    Fixture *f = *state;
    int fd = test_connect(f->test);
    SEND(fd, "GET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
    Exchange *ex = stream(f->test, 1000);
    Buf seen = buf_new(f->arena, 1 << 16);
    for (int i = 0; i < 10; i++) {
        Str piece = str_format(f->arena, "event %d\n\n", i);
        assert_int_equal(exchange_stream_write(ex, piece), STREAM_OPEN);
        while (!str_ends(buf_str(&seen), str_format(f->arena, "%.*s\r\n", STR_ARG(piece)))) {
            char c;
            assert_int_equal(recv(fd, &c, 1, 0), 1);
            buf_char(&seen, c);
        }
    }
    exchange_stream_end(ex);
    close(fd);
}

static void test_close_delimited_on_1_0(void **state)
{
    Fixture *f = *state;
    int fd = test_connect(f->test);
    SEND(fd, "GET /keep HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    Exchange *ex = stream(f->test, 1000);
    exchange_stream_write(ex, S("plain"));
    exchange_stream_end(ex);
    TestReply reply = test_read(f->arena, fd, false);
    assert_str_equal(test_header(&reply, S("Connection")), S("close"));
    assert_null(test_header(&reply, S("Transfer-Encoding")).p);
    assert_str_equal(reply.body, S("plain"));
    close(fd);
}

static void test_head_of_a_stream(void **state)
{
    Fixture *f = *state;
    int fd = test_connect(f->test);
    SEND(fd, "HEAD /keep HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    Exchange *ex = stream(f->test, 1000);
    exchange_stream_write(ex, S("nobody asked"));
    exchange_stream_end(ex);
    assert_int_equal(test_read(f->arena, fd, true).status, 200);
    assert_str_equal(test_read(f->arena, fd, false).body, S("hello"));
    close(fd);
}

static void test_empty_stream(void **state)
{
    Fixture *f = *state;
    int fd = test_connect(f->test);
    SEND(fd, "GET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
    exchange_stream_end(stream(f->test, 1));
    assert_str_equal(test_read(f->arena, fd, false).body, S(""));
    close(fd);
}

/* ---- slow readers ---- */

static void raise_signal(void *arg)
{
    Signal *signal = arg;
    pthread_mutex_lock(&signal->lock);
    signal->count++;
    pthread_cond_broadcast(&signal->changed);
    pthread_mutex_unlock(&signal->lock);
}

static void await_signal(Signal *signal)
{
    pthread_mutex_lock(&signal->lock);
    while (signal->count == 0) pthread_cond_wait(&signal->changed, &signal->lock);
    signal->count = 0;
    pthread_mutex_unlock(&signal->lock);
}

enum { PIECE = 8000, PIECES = 2000 };

/* Posts numbered pieces, waiting for room whenever there is none. */
static void *write_pieces(void *arg)
{
    Exchange *ex = arg;
    char piece[PIECE];
    for (int i = 0; i < PIECES; i++) {
        memset(piece, 'a' + i % 26, sizeof piece);
        StreamState done;
        while ((done = exchange_stream_write(ex, (Str){piece, sizeof piece})) == STREAM_FULL)
            await_signal(&raised);
        if (done == STREAM_CUT) break;
    }
    exchange_stream_end(ex);
    return NULL;
}

static void test_slow_reader_pauses_the_writer(void **state)
{
    Fixture *f = *state;
    pthread_t writer;
    int fd = test_connect(f->test);
    SEND(fd, "GET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
    Exchange *ex = stream(f->test, 4 * PIECE);
    exchange_stream_on_writable(ex, raise_signal, &raised);
    pthread_create(&writer, NULL, write_pieces, ex);
    TestReply reply = test_read(f->arena, fd, false);
    pthread_join(writer, NULL);
    assert_int_equal(reply.body.n, (size_t)PIECE * PIECES);
    for (size_t i = 0; i < reply.body.n; i += PIECE / 2)
        assert_int_equal(reply.body.p[i], 'a' + (int)(i / PIECE) % 26);
    close(fd);
}

static void test_bound_is_kept(void **state)
{
    Fixture *f = *state;
    enum { BOUND = 10000 };
    static char piece[1000];
    int fd = test_connect(f->test);
    SEND(fd, "GET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
    Exchange *ex = stream(f->test, BOUND);
    assert_int_equal(exchange_stream_write(ex, (Str){f->test->text, BOUND + 1}), STREAM_FULL);
    /* The reader takes nothing, so the kernel's buffers fill, and then ours. */
    size_t taken = 0, after_full = 0;
    while (exchange_stream_write(ex, (Str){piece, sizeof piece}) == STREAM_OPEN) taken++;
    for (int i = 0; i < 100; i++)
        if (exchange_stream_write(ex, (Str){piece, sizeof piece}) == STREAM_OPEN) after_full++;
    assert_true(taken >= BOUND / sizeof piece);
    exchange_stream_end(ex);
    TestReply reply = test_read(f->arena, fd, false);
    assert_int_equal(reply.body.n, (taken + after_full) * sizeof piece);
    close(fd);
}

static void test_reader_goes_away(void **state)
{
    Fixture *f = *state;
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    int fd = test_connect(f->test);
    SEND(fd, "GET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
    Exchange *ex = stream(f->test, 1000);
    exchange_stream_on_writable(ex, raise_signal, &raised);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
    await_signal(&raised);
    assert_int_equal(exchange_stream_write(ex, S("x")), STREAM_CUT);
    assert_int_equal(test_count(f->test, &f->test->finished), 0);
    exchange_stream_end(ex);
    test_wait_finished(f->test, 1);
    assert_int_equal(f->test->cut, 1);
}

static void test_reader_that_stops_is_cut(void **state)
{
    Fixture *f = *state;
    HttpOptions options = test_options();
    options.send_timeout_us = 50 * 1000;
    TestServer *test = test_start(&options);
    int fd = test_connect(test);
    SEND(fd, "GET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
    Exchange *ex = stream(test, 1 << 20);
    exchange_stream_on_writable(ex, raise_signal, &raised);
    StreamState last;
    while ((last = exchange_stream_write(ex, (Str){f->test->text, TEXT_SIZE})) != STREAM_CUT)
        if (last == STREAM_FULL) await_signal(&raised);
    exchange_stream_end(ex);
    test_wait_finished(test, 1);
    assert_int_equal(test->cut, 1);
    close(fd);
    test_stop(test);
}

/* ---- many at once ---- */

enum { STREAMS = 16, EVENTS = 200 };

static void *write_events(void *arg)
{
    Exchange *ex = arg;
    for (int i = 0; i < EVENTS; i++)
        assert_int_equal(exchange_stream_write(ex, S("0123456789")), STREAM_OPEN);
    exchange_stream_end(ex);
    return NULL;
}

static void test_many_streams(void **state)
{
    Fixture *f = *state;
    pthread_t writers[STREAMS];
    int fds[STREAMS];
    for (int i = 0; i < STREAMS; i++) {
        fds[i] = test_connect(f->test);
        SEND(fds[i], "GET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    for (int i = 0; i < STREAMS; i++)
        pthread_create(&writers[i], NULL, write_events, stream(f->test, EVENTS * 10));
    for (int i = 0; i < STREAMS; i++) {
        assert_int_equal(test_read(f->arena, fds[i], false).body.n, EVENTS * 10);
        pthread_join(writers[i], NULL);
        close(fds[i]);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_pieces),
        TEST(test_pieces_arrive_while_it_is_open),
        TEST(test_close_delimited_on_1_0),
        TEST(test_head_of_a_stream),
        TEST(test_empty_stream),
        TEST(test_slow_reader_pauses_the_writer),
        TEST(test_bound_is_kept),
        TEST(test_reader_goes_away),
        TEST(test_reader_that_stops_is_cut),
        TEST(test_many_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
