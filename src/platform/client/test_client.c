/* Calls to other machines, over real sockets, to a server in this process. */
#include "platform/client/client.h"

#include "platform/http/testing.h"
#include "platform/telemetry/fault.h"
#include "platform/telemetry/trace.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_MS = 300000 };

typedef struct Fixture {
    Ctx cx;
    TestServer *test;
} Fixture;

static int setup(void **state)
{
    Fixture *f = calloc(1, sizeof *f);
    HttpOptions options = test_options();
    f->cx.arena = arena_new(1 << 16);
    f->test = test_start(&options);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    Fixture *f = *state;
    fault_disarm_all();
    client_close();
    test_stop(f->test);
    arena_free(f->cx.arena);
    free(f);
    return 0;
}

static ClientCall call_of(Fixture *f, const char *method, const char *path)
{
    return (ClientCall){.peer = "test",
                        .method = method,
                        .url =
                            str_format(f->cx.arena, "http://127.0.0.1:%d%s", f->test->port, path),
                        .timeout_ms = PATIENCE_MS,
                        .answer_max = 1 << 20};
}

static ClientAnswer ask(Fixture *f, const char *method, const char *path)
{
    ClientCall call = call_of(f, method, path);
    return client_call(&f->cx, &call);
}

static void an_answer_comes_whole(void **state)
{
    Fixture *f = *state;
    ClientAnswer hello = ask(f, "GET", "/hello");
    assert_int_equal(hello.end, CLIENT_ANSWERED);
    assert_int_equal(hello.status, 200);
    assert_str_equal(hello.body, S("hello"));
    assert_int_equal(ask(f, "GET", "/nowhere").status, 404);
    assert_int_equal(ask(f, "GET", "/text").body.n, TEXT_SIZE);
    ClientCall post = call_of(f, "POST", "/echo");
    post.body = S("amount=1000&currency=eur");
    assert_str_equal(client_call(&f->cx, &post).body, post.body);
    post.body = S("");
    assert_int_equal(client_call(&f->cx, &post).status, 200);
}

static void connections_are_used_again(void **state)
{
    Fixture *f = *state;
    HttpStats stats;
    for (int i = 0; i < 5; i++) assert_int_equal(ask(f, "GET", "/hello").status, 200);
    http_stats(f->test->server, &stats);
    assert_int_equal(stats.accepted, 1);
    assert_int_equal(ask(f, "GET", "/close").status, 200); /* and the next one makes another */
    assert_int_equal(ask(f, "GET", "/hello").status, 200);
}

static void an_answer_that_is_too_long_is_none(void **state)
{
    Fixture *f = *state;
    ClientCall call = call_of(f, "GET", "/text");
    call.answer_max = TEXT_SIZE - 1;
    ClientAnswer answer = client_call(&f->cx, &call);
    assert_int_equal(answer.end, CLIENT_LOST);
    assert_int_equal(answer.body.n, 0);
    assert_true(answer.why.n > 0);
    call.answer_max = TEXT_SIZE;
    assert_int_equal(client_call(&f->cx, &call).end, CLIENT_ANSWERED);
}

static void what_is_not_there_has_seen_nothing(void **state)
{
    Fixture *f = *state;
    int port = f->test->port;
    ClientCall call = call_of(f, "GET", "/hello");
    call.url = str_format(f->cx.arena, "https://127.0.0.1:%d/hello", port); /* it speaks no TLS */
    assert_int_equal(client_call(&f->cx, &call).end, CLIENT_UNSENT);
    call.url = S("file:///etc/passwd");
    assert_int_equal(client_call(&f->cx, &call).end, CLIENT_UNSENT);
    call.url = S("http://127.0.0.1:1/");
    assert_int_equal(client_call(&f->cx, &call).end, CLIENT_UNSENT);
    f->cx.deadline_us = monotonic_us() - 1;
    assert_int_equal(ask(f, "GET", "/hello").end, CLIENT_UNSENT);
}

static void a_header_brings_no_other_with_it(void **state)
{
    Fixture *f = *state;
    ClientCall call = call_of(f, "GET", "/hello");
    Str header = S("Idempotency-Key: a\r\nX-Other: b");
    call.headers = (StrList){&header, 1};
    assert_int_equal(client_call(&f->cx, &call).end, CLIENT_UNSENT);
}

/* ---- A server that is slow to answer --------------------------------------------------------- */

typedef struct Caller {
    Ctx cx;
    ClientCall call;
    ClientAnswer answer;
    pthread_t thread;
} Caller;

static void *make_call(void *arg)
{
    Caller *caller = arg;
    caller->answer = client_call(&caller->cx, &caller->call);
    return NULL;
}

/* Calls /keep, and hands out what has arrived. */
static Exchange *begin(Fixture *f, Caller *caller)
{
    assert_int_equal(pthread_create(&caller->thread, NULL, make_call, caller), 0);
    return test_take(f->test);
}

static Str header_of(const Exchange *ex, Str name)
{
    for (size_t i = 0; i < ex->request.header_count; i++)
        if (str_eq_nocase(ex->request.headers[i].name, name)) return ex->request.headers[i].value;
    return (Str){0};
}

static void trace_and_headers_go_along(void **state)
{
    Fixture *f = *state;
    Str key = S("Idempotency-Key: pay_1:authorise"),
        parent = S("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    Caller caller = {.cx = f->cx, .call = call_of(f, "GET", "/keep")};
    caller.call.headers = (StrList){&key, 1};
    trace_begin(&caller.cx.trace, parent, &random_system, (Id){1});
    Exchange *ex = begin(f, &caller);
    Trace seen;
    assert_true(trace_parse(header_of(ex, S("traceparent")), &seen));
    assert_memory_equal(seen.trace_id, caller.cx.trace.trace_id, sizeof seen.trace_id);
    assert_memory_equal(seen.parent_id, caller.cx.trace.span_id, sizeof seen.parent_id);
    assert_str_equal(header_of(ex, S("idempotency-key")), S("pay_1:authorise"));
    assert_null(header_of(ex, S("expect")).p);
    test_answer(ex, S("late"));
    pthread_join(caller.thread, NULL);
    assert_str_equal(caller.answer.body, S("late"));
}

static void redirects_are_answers(void **state)
{
    Fixture *f = *state;
    Caller caller = {.cx = f->cx, .call = call_of(f, "GET", "/keep")};
    Exchange *ex = begin(f, &caller);
    exchange_answer(ex, &(Answer){.status = 302, .headers = S("Location: /hello\r\n")});
    pthread_join(caller.thread, NULL);
    assert_int_equal(caller.answer.end, CLIENT_ANSWERED);
    assert_int_equal(caller.answer.status, 302);
}

/* The kernel takes the connection, and nobody ever answers: so the call ends by its time. */
static void a_call_has_an_end(void **state)
{
    Fixture *f = *state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    ClientCall call = call_of(f, "GET", "/");
    call.url = str_format(f->cx.arena, "http://127.0.0.1:%d/", ntohs(address.sin_port));
    call.timeout_ms = 50;
    ClientAnswer answer = client_call(&f->cx, &call);
    assert_int_not_equal(answer.end, CLIENT_ANSWERED);
    assert_true(answer.why.n > 0 && str_find(answer.why, S("127.0.0.1")) == answer.why.n);
    close(fd);
}

static void an_answer_can_be_lost(void **state)
{
    Fixture *f = *state;
    Str why;
    assert_true(fault_arm(f->cx.arena, S("client.answered=fail@1"), &why));
    assert_int_equal(ask(f, "GET", "/hello").end, CLIENT_LOST);
    assert_int_equal(ask(f, "GET", "/hello").end, CLIENT_ANSWERED);
}

#define WITH_SERVER(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_SERVER(an_answer_comes_whole),
                                       WITH_SERVER(connections_are_used_again),
                                       WITH_SERVER(an_answer_that_is_too_long_is_none),
                                       WITH_SERVER(what_is_not_there_has_seen_nothing),
                                       WITH_SERVER(a_header_brings_no_other_with_it),
                                       WITH_SERVER(trace_and_headers_go_along),
                                       WITH_SERVER(redirects_are_answers),
                                       WITH_SERVER(a_call_has_an_end),
                                       WITH_SERVER(an_answer_can_be_lost)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
