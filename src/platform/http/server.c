/* The server: starts the loops, and ends them without losing what they have begun.
 *
 * Whoever starts and ends a server is on another thread than its loops, and the loops own everything. So orders go by mail
 * like answers do, and the caller waits until each loop has carried out its own: begin to accept, drain, cut, stop. No
 * flag is shared, and the order of events is the order of the calls.
 *
 * The end has three steps. Draining marks all loops first and then takes what waits in the listeners' queues, so that no
 * connection is accepted that does not know. Then the loops go on as ever until no connection is left or the deadline
 * has passed. What is left is cut; exchanges that the application still holds keep their loop alive until they are
 * answered, since their memory is the loop's.
 *
 * Rejected: a thread of its own that accepts (one more thread to wake for each connection), and detecting the end of a
 * drain by asking again and again. */
#include "platform/http/core.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>

/* ---- orders to the loops ---- */

/* An order is mail that is answered: the caller waits until each loop has carried it out. */
typedef struct Order {
    HttpMail mail;
    void (*act)(HttpLoop *loop);
    HttpServer *server;
} Order;

static void carry_out(HttpLoop *loop, HttpMail *mail)
{
    Order *order = (Order *)(void *)mail;
    HttpServer *server = order->server;
    order->act(loop);
    pthread_mutex_lock(&server->lock);
    server->orders--;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
}

static void order_loops(HttpServer *server, int count, void (*act)(HttpLoop *loop))
{
    Order orders[HTTP_LOOPS_MAX];
    server->orders = count;
    for (int i = 0; i < count; i++) {
        orders[i] = (Order){.mail.deliver = carry_out, .act = act, .server = server};
        loop_post(&server->loops[i], &orders[i].mail);
    }
    pthread_mutex_lock(&server->lock);
    while (server->orders > 0) pthread_cond_wait(&server->changed, &server->lock);
    pthread_mutex_unlock(&server->lock);
}

static void begin_accepting(HttpLoop *loop)
{
    accept_watch(loop, true);
}

static void begin_drain(HttpLoop *loop)
{
    loop->draining = true;
    for (HttpConn *conn = loop->conns; conn; conn = conn->all_after) conn_drain(conn);
}

static void cut_all(HttpLoop *loop)
{
    while (loop->conns) {
        if (conn_at_work(loop->conns)) atomic_fetch_add(&loop->server->cut, 1);
        conn_cut(loop->conns);
    }
}

static void stop(HttpLoop *loop)
{
    loop->stopping = true;
}

/* ---- start ---- */

enum { OTHER_DESCRIPTORS = 256 }; /* files, databases and the loops themselves */

int http_connections_max(int wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
    if (limit.rlim_max >= (rlim_t)wanted + OTHER_DESCRIPTORS) return wanted;
    rlim_t most = limit.rlim_max > 2 * OTHER_DESCRIPTORS ? limit.rlim_max - OTHER_DESCRIPTORS
                                                         : limit.rlim_max / 2;
    return (int)most;
}

/* Connections are descriptors: the soft limit is raised as far as it may be, and the number of
 * connections lowered to what it leaves. */
static int connections_allowed(int wanted)
{
    struct rlimit limit;
    rlim_t needed = (rlim_t)wanted + OTHER_DESCRIPTORS;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < needed) {
        limit.rlim_cur = limit.rlim_max < needed ? limit.rlim_max : needed;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    return http_connections_max(wanted);
}

static void set_limits(HttpServer *server, const HttpOptions *options)
{
    server->options = *options;
    server->options.listen = server->options.trusted_proxies = (StrList){0};
    server->options.connections_max = connections_allowed(options->connections_max);
    server->limits = (HeadLimits){options->head_max, options->headers_max};
    int64_t *timeouts_us = server->timeouts_us;
    timeouts_us[TIMER_HEAD] = options->head_timeout_us;
    timeouts_us[TIMER_BODY] = options->body_timeout_us;
    timeouts_us[TIMER_IDLE] = options->idle_timeout_us;
    timeouts_us[TIMER_SEND] = options->send_timeout_us;
    timeouts_us[TIMER_LINGER] = options->linger_us;
    timeouts_us[TIMER_DRAIN_IDLE] = options->drain_idle_us;
    timeouts_us[TIMER_DRAIN_FRESH] = options->drain_fresh_us;
}

/* Written once: a connection over a limit is worth one send. */
static Str busy_answer(HttpServer *server, HttpFault fault)
{
    const Error *row = &http_faults[fault];
    Answer answer = server->app.refusal(server->app.state, NULL, server->arena, row->status,
                                        row->code, str_from(row->title));
    return str_format(server->arena,
                      "HTTP/1.1 %d %s\r\nContent-Type: %.*s\r\nContent-Length: %zu\r\n%.*s"
                      "Connection: close\r\n\r\n%.*s",
                      row->status, fault == HTTP_BUSY ? "Service Unavailable" : "Too Many Requests",
                      STR_ARG(answer.content_type), answer.body.n, STR_ARG(answer.headers),
                      STR_ARG(answer.body));
}

static void server_free(HttpServer *server)
{
    listeners_close(server->listeners, server->listener_count);
    clients_free(&server->clients);
    compressors_free(&server->compressors);
    pthread_cond_destroy(&server->changed);
    pthread_mutex_destroy(&server->lock);
    Arena *arena = server->arena;
    free(server->loops);
    arena_free(arena); /* with the server in it */
}

static HttpServer *server_new(const HttpOptions *options, const HttpApp *app)
{
    Arena *arena = arena_new(HTTP_ARENA_FIRST);
    HttpServer *server = NEW(arena, HttpServer);
    pthread_condattr_t monotonic;
    server->arena = arena;
    server->app = *app;
    set_limits(server, options);
    clients_init(&server->clients, server->options.connections_max,
                 server->options.connections_per_client);
    compressors_init(&server->compressors);
    pthread_mutex_init(&server->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&server->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    server->busy_answers[0] = busy_answer(server, HTTP_BUSY);
    server->busy_answers[1] = busy_answer(server, HTTP_BUSY_CLIENT);
    return server;
}

static void join_loops(HttpServer *server)
{
    order_loops(server, server->loop_count, stop);
    for (int i = 0; i < server->loop_count; i++) {
        pthread_join(server->loops[i].thread, NULL);
        loop_close(&server->loops[i]);
    }
}

static bool start_loops(HttpServer *server, int count)
{
    server->loops = aligned_alloc(alignof(HttpLoop), (size_t)count * sizeof *server->loops);
    if (!server->loops) abort();
    for (; server->loop_count < count; server->loop_count++)
        if (!loop_start(&server->loops[server->loop_count], server)) return false;
    order_loops(server, 1, begin_accepting);
    return true;
}

static const Error *prepare(HttpServer *server, Arena *arena, const HttpOptions *options,
                            Str *detail)
{
    Str bad;
    if (!proxies_parse(server->arena, options->trusted_proxies, &server->proxies, &bad)) {
        *detail = str_format(arena, "not an address, a block or unix: %.*s", STR_ARG(bad));
        return &err_trusted_proxy;
    }
    server->proxies.forwarded = options->forwarded;
    return listeners_open(arena, options->listen, server->listeners, HTTP_LISTENERS_MAX,
                          &server->listener_count, detail);
}

const Error *http_start(Arena *arena, const HttpOptions *options, const HttpApp *app,
                        HttpServer **out, Str *detail)
{
    assert(options->loops >= 1 && options->loops <= HTTP_LOOPS_MAX && options->headers_max >= 1);
    HttpServer *server = server_new(options, app);
    const Error *error = prepare(server, arena, options, detail);
    if (!error && !start_loops(server, options->loops)) {
        *detail = str_format(arena, "starting a loop: %s", strerror(errno));
        error = &err_listen;
        join_loops(server);
    }
    if (error) {
        server_free(server);
        return error;
    }
    server->address = listener_text(&server->listeners[0], server->arena);
    *out = server;
    metrics_show(server);
    http_ready();
    return NULL;
}

Str http_address(const HttpServer *server, Arena *arena)
{
    return str_copy(arena, server->address);
}

static uint64_t read_stat(const _Atomic uint64_t *stat)
{
    return atomic_load_explicit(stat, memory_order_relaxed);
}

void http_stats(const HttpServer *server, HttpStats *out)
{
    *out = (HttpStats){
        .connections = atomic_load(&server->connections),
        .connections_max = server->options.connections_max,
        .loops = server->loop_count,
    };
    for (int i = 0; i < server->loop_count; i++) {
        const LoopStats *stats = &server->loops[i].stats;
        out->accepted += read_stat(&stats->accepted);
        out->closed += read_stat(&stats->closed);
        out->pauses += read_stat(&stats->pauses);
        out->requests += read_stat(&stats->requests);
        out->bytes_in += read_stat(&stats->bytes_in);
        out->bytes_out += read_stat(&stats->bytes_out);
        out->timed_out += read_stat(&stats->timed_out);
        out->busy_us += read_stat(&stats->busy_us);
        for (int j = 0; j < HTTP_FAULT_COUNT; j++) out->faults[j] += read_stat(&stats->faults[j]);
    }
}

/* ---- end ---- */

/* Waits until the last connection is closed or the deadline has passed. */
static void wait_for_connections(HttpServer *server, int64_t deadline_us)
{
    struct timespec until = {.tv_sec = deadline_us / 1000000,
                             .tv_nsec = deadline_us % 1000000 * 1000};
    pthread_mutex_lock(&server->lock);
    while (atomic_load(&server->connections) > 0)
        if (pthread_cond_timedwait(&server->changed, &server->lock, &until) == ETIMEDOUT) break;
    pthread_mutex_unlock(&server->lock);
}

void server_connection_closed(HttpServer *server)
{
    if (atomic_fetch_sub(&server->connections, 1) > 1) return;
    pthread_mutex_lock(&server->lock);
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
}

bool http_drain(HttpServer *server, int64_t deadline_us)
{
    order_loops(server, server->loop_count, begin_drain);
    order_loops(server, 1, accept_stop);
    wait_for_connections(server, deadline_us);
    order_loops(server, server->loop_count, cut_all);
    return atomic_load(&server->cut) == 0;
}

void http_free(HttpServer *server)
{
    metrics_hide(server);
    order_loops(server, 1, accept_stop);
    order_loops(server, server->loop_count, cut_all);
    join_loops(server);
    server_free(server);
}
