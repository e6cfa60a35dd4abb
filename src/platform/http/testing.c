/* The application and the client of the server's tests.
 *
 * The client reads byte by byte up to the end of a head and then exactly the body, so that what follows stays in the socket:
 * one answer too many, or one byte, fails the next read or the next test. Its receive timeout is the test's last resort;
 * nothing waits for it in a test that passes.
 *
 * Rejected: libcurl, which mends and hides what these tests are about. Real clients have their own test
 * (tests/clients/http_clients.sh). */
#include "platform/http/testing.h"

#include "base/buf.h"
#include "platform/http/address.h"
#include "platform/http/parser.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- the application ---- */

static void on_head(void *state, Exchange *ex)
{
    TestServer *test = state;
    pthread_mutex_lock(&test->lock);
    test->heads++;
    if (str_eq(ex->request.path, S("/hold"))) test->held = true;
    while (test->held) pthread_cond_wait(&test->changed, &test->lock);
    pthread_mutex_unlock(&test->lock);
    if (str_eq(ex->request.path, S("/echo")) || str_eq(ex->request.path, S("/sink")))
        ex->body_max = ECHO_MAX;
    if (!str_eq(ex->request.path, S("/early"))) return;
    exchange_answer(ex,
                    &(Answer){.status = 200, .content_type = S("text/plain"), .body = S("early")});
}

static void keep(TestServer *test, Exchange *ex)
{
    pthread_mutex_lock(&test->lock);
    assert_true(test->kept_n < KEPT_MAX);
    test->kept[test->kept_n++] = ex;
    pthread_cond_broadcast(&test->changed);
    pthread_mutex_unlock(&test->lock);
}

static Str describe(const Exchange *ex)
{
    const HttpRequest *request = &ex->request;
    return str_format(ex->arena, "%.*s %.*s %.*s %.*s", STR_ARG(request->method_text),
                      STR_ARG(request->path), STR_ARG(request->query), STR_ARG(request->host));
}

static Answer answer_for(TestServer *test, Exchange *ex)
{
    Str path = ex->request.path;
    Answer answer = {.status = 200, .content_type = S("text/plain")};
    if (str_eq(path, S("/hello"))) {
        answer.body = S("hello");
    } else if (str_eq(path, S("/close"))) {
        answer.body = S("bye");
        answer.close = true;
    } else if (str_eq(path, S("/echo"))) {
        answer.body = ex->request.body;
    } else if (str_eq(path, S("/sink"))) {
        answer.body = str_format(ex->arena, "%zu", ex->request.body.n);
    } else if (str_eq(path, S("/blob"))) {
        answer.blob = blob_ref(test->blob);
        answer.headers = S("X-Own: yes\r\n");
    } else if (str_eq(path, S("/text"))) {
        answer.body = (Str){test->text, TEXT_SIZE};
        answer.etag = S("text");
    } else if (str_eq(path, S("/tagged"))) {
        answer.body = S("tagged");
        answer.etag = S("v1");
        answer.last_modified = (Time){INT64_C(1700000000) * 1000000};
    } else if (str_eq(path, S("/who"))) {
        answer.body =
            str_format(ex->arena, "%.*s %s", STR_ARG(address_text(ex->arena, ex->request.client)),
                       ex->request.secure ? "https" : "http");
    } else if (str_eq(path, S("/request"))) {
        answer.body = describe(ex);
    } else {
        answer.status = 404;
        answer.body = S("nothing here");
    }
    return answer;
}

static void on_ready(void *state, Exchange *ex)
{
    TestServer *test = state;
    pthread_mutex_lock(&test->lock);
    test->readies++;
    pthread_mutex_unlock(&test->lock);
    if (str_eq(ex->request.path, S("/keep"))) {
        keep(test, ex);
        return;
    }
    Answer answer = answer_for(test, ex);
    exchange_answer(ex, &answer);
}

static void on_finished(void *state, Exchange *ex)
{
    TestServer *test = state;
    pthread_mutex_lock(&test->lock);
    test->finished++;
    test->cut += ex->cut;
    test->bytes_sent += ex->bytes_sent;
    test->last_status = ex->status;
    pthread_cond_broadcast(&test->changed);
    pthread_mutex_unlock(&test->lock);
}

static Answer on_refusal(void *state, Exchange *ex, Arena *arena, int status, const char *code,
                         Str detail)
{
    (void)state;
    (void)ex;
    (void)detail;
    return (Answer){
        .status = status, .content_type = S("text/plain"), .body = str_copy(arena, str_from(code))};
}

/* ---- the server ---- */

int64_t test_number(Str text)
{
    int64_t number;
    if (!str_to_int(text, &number)) fail_msg("not a number: %.*s", STR_ARG(text));
    return number;
}

HttpOptions test_options(void)
{
    static Str listen = S_INIT("127.0.0.1:0");
    const int64_t never_us = INT64_C(1000000) * 1000000;
    return (HttpOptions){
        .listen = {&listen, 1},
        .loops = 2,
        .connections_max = 1000,
        .head_max = 16384,
        .headers_max = 100,
        .head_timeout_us = never_us,
        .body_timeout_us = never_us,
        .idle_timeout_us = never_us,
        .send_timeout_us = never_us,
        .linger_us = never_us,
        .drain_idle_us = never_us,
        .drain_fresh_us = never_us,
    };
}

TestServer *test_start(const HttpOptions *options)
{
    TestServer *test = calloc(1, sizeof *test);
    assert_non_null(test);
    test->arena = arena_new(4096);
    pthread_mutex_init(&test->lock, NULL);
    pthread_cond_init(&test->changed, NULL);
    for (size_t i = 0; i < TEXT_SIZE; i++) test->text[i] = "compressible text "[i % 18];
    test->blob = blob_new((Str){test->text, TEXT_SIZE}, S("text/html"), S("X-Blob: yes\r\n"), true);
    HttpApp app = {on_head, on_ready, on_finished, on_refusal, test};
    Str detail = S("");
    const Error *error = http_start(test->arena, options, &app, &test->server, &detail);
    if (error) fail_msg("%s: %.*s", error->title, STR_ARG(detail));
    Str address = http_address(test->server, test->arena);
    if (str_starts(address, S("unix:"))) {
        test->path = str_slice(address, 5, address.n);
        return test;
    }
    const char *colon = memrchr(address.p, ':', address.n);
    assert_non_null(colon);
    test->port = (int)test_number(str_slice(address, (size_t)(colon + 1 - address.p), address.n));
    return test;
}

void test_stop(TestServer *test)
{
    http_free(test->server);
    assert_int_equal(test->finished, test->heads);
    blob_unref(test->blob);
    arena_free(test->arena);
    pthread_cond_destroy(&test->changed);
    pthread_mutex_destroy(&test->lock);
    free(test);
}

Exchange *test_take(TestServer *test)
{
    pthread_mutex_lock(&test->lock);
    while (test->kept_taken == test->kept_n) pthread_cond_wait(&test->changed, &test->lock);
    Exchange *ex = test->kept[test->kept_taken++];
    pthread_mutex_unlock(&test->lock);
    return ex;
}

size_t test_count(TestServer *test, const size_t *count)
{
    pthread_mutex_lock(&test->lock);
    size_t now = *count;
    pthread_mutex_unlock(&test->lock);
    return now;
}

void test_answer(Exchange *ex, Str body)
{
    exchange_answer(ex, &(Answer){.status = 200,
                                  .content_type = S("text/plain"),
                                  .body = str_copy(ex->arena, body)});
}

static bool is_held(TestServer *test)
{
    pthread_mutex_lock(&test->lock);
    bool held = test->held;
    pthread_mutex_unlock(&test->lock);
    return held;
}

/* The server may time out the connection before its request comes: then once more. */
int test_hold(TestServer *test)
{
    for (;;) {
        char c;
        int fd = test_connect(test);
        bool open = test_try_send(fd, S("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"));
        while (open && !is_held(test)) {
            sched_yield();
            ssize_t n = recv(fd, &c, 1, MSG_DONTWAIT);
            open = n < 0 && (errno == EAGAIN || errno == EINTR);
        }
        if (open) return fd;
        close(fd);
    }
}

void test_release(TestServer *test)
{
    pthread_mutex_lock(&test->lock);
    test->held = false;
    pthread_cond_broadcast(&test->changed);
    pthread_mutex_unlock(&test->lock);
}

void test_wait_finished(TestServer *test, size_t count)
{
    pthread_mutex_lock(&test->lock);
    while (test->finished < count) pthread_cond_wait(&test->changed, &test->lock);
    pthread_mutex_unlock(&test->lock);
}

void test_wait_closed(TestServer *test, uint64_t count)
{
    HttpStats stats;
    for (;;) {
        http_stats(test->server, &stats);
        if (stats.closed >= count) return;
        sched_yield();
    }
}

size_t test_cut(TestServer *test)
{
    pthread_mutex_lock(&test->lock);
    size_t cut = test->cut;
    pthread_mutex_unlock(&test->lock);
    return cut;
}

/* ---- the client ---- */

int test_connect(const TestServer *test)
{
    struct timeval patience = {.tv_sec = 60};
    int fd;
    if (test->path.n) {
        struct sockaddr_un name = {.sun_family = AF_UNIX};
        memcpy(name.sun_path, test->path.p, test->path.n);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof name), 0);
    } else {
        struct sockaddr_in name = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)test->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof name), 0);
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

bool test_try_send(int fd, Str bytes)
{
    while (bytes.n > 0) {
        ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        bytes = str_slice(bytes, (size_t)n, bytes.n);
    }
    return true;
}

void test_send(int fd, Str bytes)
{
    if (!test_try_send(fd, bytes)) fail_msg("send: %s", strerror(errno));
}

/* A process that is stopped and continued finds EINTR where a socket has a receive timeout, without
 * any handler of signals (signal(7)). */
static ssize_t receive(int fd, void *to, size_t n)
{
    ssize_t got;
    do got = recv(fd, to, n, 0);
    while (got < 0 && errno == EINTR);
    return got;
}

static char read_byte(int fd)
{
    char c;
    ssize_t n = receive(fd, &c, 1);
    if (n != 1) fail_msg("the answer ends early: %s", n == 0 ? "closed" : strerror(errno));
    return c;
}

/* Up to and with `end`, byte by byte: what follows stays in the socket. */
static Str read_until(Arena *arena, int fd, Str end)
{
    Buf out = buf_new(arena, 1 << 20);
    while (!str_ends(buf_str(&out), end)) buf_char(&out, read_byte(fd));
    return buf_str(&out);
}

static Str read_exactly(Arena *arena, int fd, size_t n)
{
    char *bytes = arena_alloc(arena, n, 1);
    for (size_t got = 0; got < n;) {
        ssize_t more = receive(fd, bytes + got, n - got);
        if (more <= 0) fail_msg("the body ends after %zu of %zu bytes", got, n);
        got += (size_t)more;
    }
    return (Str){bytes, n};
}

static Str read_to_end(Arena *arena, int fd)
{
    Buf out = buf_new(arena, 1 << 24);
    for (;;) {
        char bytes[4096];
        ssize_t n = receive(fd, bytes, sizeof bytes);
        if (n < 0) fail_msg("recv: %s", strerror(errno));
        if (n == 0) return buf_str(&out);
        buf_bytes(&out, bytes, (size_t)n);
    }
}

static Str read_chunks(Arena *arena, int fd)
{
    Buf out = buf_new(arena, 1 << 24);
    for (;;) {
        Str line = read_until(arena, fd, S("\r\n"));
        size_t size = strtoul(str_z(arena, line), NULL, 16);
        buf_put(&out, read_exactly(arena, fd, size));
        assert_str_equal(read_exactly(arena, fd, 2), S("\r\n"));
        if (size == 0) return buf_str(&out);
    }
}

Str test_header(const TestReply *reply, Str name)
{
    Str rest = reply->head, line, field, value;
    while (str_cut(rest, '\n', &line, &rest)) {
        if (!str_cut(line, ':', &field, &value) || !str_eq_nocase(field, name)) continue;
        return str_trim(str_slice(value, 0, value.n - 1)); /* without its CR */
    }
    return (Str){0};
}

TestReply test_read(Arena *arena, int fd, bool head_only)
{
    TestReply reply = {.head = read_until(arena, fd, S("\r\n\r\n")), .body = S("")};
    assert_true(str_starts(reply.head, S("HTTP/1.1 ")));
    reply.status = (int)test_number(str_slice(reply.head, 9, 12));
    Str length = test_header(&reply, S("Content-Length")), close;
    bool bodiless =
        head_only || reply.status / 100 == 1 || reply.status == 204 || reply.status == 304;
    close = test_header(&reply, S("Connection"));
    if (bodiless) return reply;
    if (test_header(&reply, S("Transfer-Encoding")).p)
        reply.body = read_chunks(arena, fd);
    else if (length.p)
        reply.body = read_exactly(arena, fd, (size_t)test_number(length));
    else if (str_eq(close, S("close")))
        reply.body = read_to_end(arena, fd);
    else
        fail_msg("an answer without an end: %.*s", STR_ARG(reply.head));
    return reply;
}

bool test_at_end(int fd)
{
    char c;
    ssize_t n = receive(fd, &c, 1);
    return n == 0 || (n < 0 && errno == ECONNRESET);
}

TestReply test_ask(Arena *arena, const TestServer *test, Str request)
{
    int fd = test_connect(test);
    test_send(fd, request);
    TestReply reply = test_read(arena, fd, str_starts(request, S("HEAD ")));
    close(fd);
    return reply;
}

void test_assert_str_equal(Str a, Str b, const char *file, int line)
{
    if (str_eq(a, b)) return;
    print_error("\"%.*s\" is not \"%.*s\"\n", STR_ARG(a), STR_ARG(b));
    _fail(file, line);
}
