/* The HTTP core alone: GET / answers 1.2 KB from memory, on one loop. What bench/micro/http_core.sh measures against nginx
 * `return 200`. Usage: http_hello [HOST:PORT]; prints its address, ends on SIGTERM or SIGINT. */
#include "platform/http/limits.h"
#include "platform/http/server.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static Blob *page;

static void on_head(void *app, Exchange *ex)
{
    (void)app;
    (void)ex;
}

static void on_ready(void *app, Exchange *ex)
{
    (void)app;
    exchange_answer(ex, &(Answer){.status = 200, .blob = blob_ref(page)});
}

static void on_finished(void *app, Exchange *ex)
{
    (void)app;
    (void)ex;
}

static Answer on_refusal(void *app, Exchange *ex, Arena *arena, int status, const char *code,
                         Str detail)
{
    (void)app;
    (void)ex;
    Str body = str_format(arena, "%d %s: %.*s\n", status, code, STR_ARG(detail));
    return (Answer){.status = status, .content_type = S("text/plain"), .body = body};
}

int main(int argc, char **argv)
{
    enum { BODY_SIZE = 1200 };
    static char body[BODY_SIZE];
    memset(body, 'x', sizeof body);
    page = blob_new((Str){body, sizeof body}, S("text/plain"), S(""), false);

    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);

    Arena *arena = arena_new(4096);
    Str listen = str_from(argc > 1 ? argv[1] : "127.0.0.1:0"), detail;
    HttpOptions options = {
        .listen = {&listen, 1},
        .loops = 1,
        .connections_max = 20000,
        .head_max = 16384,
        .headers_max = 100,
        .head_timeout_us = 10000000,
        .body_timeout_us = 10000000,
        .idle_timeout_us = 600000000,
        .send_timeout_us = 10000000,
        .linger_us = HTTP_LINGER_US,
        .drain_idle_us = HTTP_DRAIN_IDLE_US,
        .drain_fresh_us = HTTP_DRAIN_FRESH_US,
    };
    HttpApp app = {
        .head = on_head, .ready = on_ready, .finished = on_finished, .refusal = on_refusal};
    HttpServer *server;
    const Error *error = http_start(arena, &options, &app, &server, &detail);
    if (error) {
        fprintf(stderr, "%s: %.*s\n", error->title, STR_ARG(detail));
        return 1;
    }
    printf("%.*s\n", STR_ARG(http_address(server, arena)));
    fflush(stdout);
    int signal_number;
    sigwait(&ends, &signal_number);
    http_drain(server, monotonic_us() + 1000000);
    http_free(server);
    blob_unref(page);
    arena_free(arena);
    return 0;
}
