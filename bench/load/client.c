/* One thread, one epoll, connections/threads connections, at most one request under way on each.
 *
 * Closed loop: a connection sends its next request as soon as it has the answer to the last, so the
 * server sets the pace; this measures capacity. Open loop: requests are due at fixed times whatever
 * the server does, and wait for a free connection when it is slow; latency counts from the time
 * they were due, so that a stall is charged with every request that it delayed, not only with those
 * that were under way (Tene's "coordinated omission").
 *
 * What is measured must not be the generator: a request is put together by copying four pieces, an
 * answer costs one read(2), one search for its end and one look at each header line's first letter,
 * one write(2) sends the next request. The clock is read once per batch of events and once after
 * each read.
 *
 * The first answer that is not as expected ends the whole run: a figure with errors in it is no
 * figure. */
#include "client.h"

#include "response.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { READ_SIZE = 256 * 1024, EVENTS_MAX = 256, REQUEST_MAX = 128 * 1024, STASH_MAX = 64 * 1024 };

typedef enum ConnState { CONN_FREE, CONN_HEAD, CONN_BODY } ConnState;

typedef struct Conn {
    int fd, index;
    ConnState state;
    int64_t started_ns; /* open loop: when it was due */
    Buf out;
    size_t sent;
    Buf stash; /* a head that came in pieces */
    ResponseHead head;
    size_t body_left;
} Conn;

typedef struct Run {
    Client *client;
    const LoadShape *shape;
    Arena *arena;
    Chance chance;
    int epoll;
    Conn *conns;
    Conn **free_conns; /* open loop: a stack */
    int free_count;
    int under_way;
    double due_ns; /* open loop: of the next request */
    double gap_ns;
    char *buffer;
} Run;

int64_t client_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000 + t.tv_nsec;
}

static bool fail(Run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool fail(Run *run, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(run->client->failure, sizeof run->client->failure, format, args);
    va_end(args);
    atomic_store(run->client->stop, true);
    return false;
}

int client_connect(const LoadShape *shape, int index)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (shape->sources > 1) {
        struct sockaddr_in from = {.sin_family = AF_INET};
        from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(index % shape->sources));
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
        if (bind(fd, (struct sockaddr *)&from, sizeof from) < 0) goto failed;
    }
    if (connect(fd, (const struct sockaddr *)&shape->server, sizeof shape->server) < 0) goto failed;
    return fd;
failed:;
    int kept = errno;
    close(fd);
    errno = kept;
    return -1;
}

static bool conn_open(Run *run, Conn *conn)
{
    conn->fd = client_connect(run->shape, conn->index);
    if (conn->fd < 0) return fail(run, "connect: %s", strerror(errno));
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = conn};
    if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, conn->fd, &event) < 0)
        return fail(run, "epoll_ctl: %s", strerror(errno));
    return true;
}

static bool conn_flush(Run *run, Conn *conn)
{
    while (conn->sent < conn->out.n) {
        ssize_t n = send(conn->fd, conn->out.p + conn->sent, conn->out.n - conn->sent,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN) return true; /* the edge of EPOLLOUT comes back here */
        if (n < 0) return fail(run, "send: %s", strerror(errno));
        conn->sent += (size_t)n;
    }
    return true;
}

static int64_t end_of(const Run *run)
{
    return atomic_load_explicit(run->client->end_ns, memory_order_relaxed);
}

/* No path is left: the run ends now, for all threads. */
static bool end_early(Run *run, int64_t now)
{
    int64_t end = end_of(run);
    while (now < end && !atomic_compare_exchange_weak(run->client->end_ns, &end, now)) {
    }
    return true;
}

static bool conn_start(Run *run, Conn *conn, int64_t started_ns)
{
    Client *client = run->client;
    const Plan *plan = run->shape->plan;
    size_t path;
    if (!plan_pick(plan, client->turn, &run->chance, &path)) return end_early(run, started_ns);
    conn->out.n = conn->sent = conn->stash.n = 0;
    plan_write(plan, path, client->number_from + client->turn, &run->chance, &conn->out);
    client->turn += (uint64_t)client->threads;
    conn->state = CONN_HEAD;
    conn->started_ns = started_ns;
    run->under_way++;
    return conn_flush(run, conn);
}

static bool conn_done(Run *run, Conn *conn, int64_t now)
{
    Client *client = run->client;
    const LoadShape *shape = run->shape;
    run->under_way--;
    conn->state = CONN_FREE;
    client->answered++;
    if (conn->started_ns >= shape->begin_ns && conn->started_ns < end_of(run)) {
        histogram_record(&client->latency, now - conn->started_ns);
        client->statuses[conn->head.status]++;
        client->body_bytes += conn->head.body_size;
    }
    if (conn->head.close) {
        close(conn->fd);
        client->reconnects++;
        if (!conn_open(run, conn)) return false;
    }
    if (client->rate > 0) {
        run->free_conns[run->free_count++] = conn;
        return true;
    }
    return now >= end_of(run) || conn_start(run, conn, now);
}

/* `in` begins with an answer's head, perhaps not all of it. */
static bool conn_head(Run *run, Conn *conn, Str in, Str *rest)
{
    const LoadShape *shape = run->shape;
    ResponseState state = response_head(in, &conn->head);
    if (state == RESPONSE_MORE && in.n < STASH_MAX) {
        if (in.p != conn->stash.p) buf_put(&conn->stash, in);
        *rest = (Str){0};
        return true;
    }
    if (state != RESPONSE_HEAD) return fail(run, "not understood: %.300s", str_z(run->arena, in));
    const ResponseHead *head = &conn->head;
    if (head->status >= STATUS_MAX || !shape->expected[head->status])
        return fail(run, "status %d: %.400s", head->status, str_z(run->arena, in));
    if (head->body_size < shape->size_min || head->body_size > shape->size_max)
        return fail(run, "a body of %zu bytes, expected %zu to %zu", head->body_size,
                    shape->size_min, shape->size_max);
    conn->state = CONN_BODY;
    conn->body_left = head->body_size;
    *rest = str_slice(in, head->head_size, in.n);
    return true;
}

static bool conn_take(Run *run, Conn *conn, Str in, int64_t now)
{
    if (conn->state == CONN_FREE)
        return fail(run, "bytes that nobody asked for: %.300s", str_z(run->arena, in));
    if (conn->state == CONN_HEAD) {
        if (conn->stash.n > 0) {
            buf_put(&conn->stash, in);
            in = buf_str(&conn->stash);
        }
        if (!conn_head(run, conn, in, &in)) return false;
        if (conn->state == CONN_HEAD) return true;
    }
    if (in.n > conn->body_left)
        return fail(run, "%zu bytes more than Content-Length says", in.n - conn->body_left);
    conn->body_left -= in.n;
    return conn->body_left > 0 || conn_done(run, conn, now);
}

static bool conn_event(Run *run, Conn *conn)
{
    if (!conn_flush(run, conn)) return false;
    for (ssize_t n = READ_SIZE;
         n == READ_SIZE;) { /* less than was asked for: the socket is empty */
        n = recv(conn->fd, run->buffer, READ_SIZE, MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN) return true;
        if (n < 0) return fail(run, "recv: %s", strerror(errno));
        if (n == 0 && conn->state != CONN_FREE)
            return fail(run, "the server closed a connection instead of answering");
        if (n == 0) return fail(run, "the server closed an idle connection");
        if (!conn_take(run, conn, (Str){run->buffer, (size_t)n}, client_now_ns())) return false;
    }
    return true;
}

/* Sends what is due; false on failure. *wait_ns: until the next is due, when a connection is free
 * for it. */
static bool send_due(Run *run, int64_t now, int64_t *wait_ns)
{
    while (run->free_count > 0 && run->due_ns < (double)end_of(run)) {
        if (run->due_ns > (double)now) {
            *wait_ns = (int64_t)run->due_ns - now;
            return true;
        }
        Conn *conn = run->free_conns[--run->free_count];
        if (!conn_start(run, conn, (int64_t)run->due_ns)) return false;
        run->due_ns += run->gap_ns;
    }
    return true;
}

static bool wait_and_serve(Run *run, int64_t wait_ns)
{
    struct epoll_event events[EVENTS_MAX];
    struct timespec wait = {wait_ns / 1000000000, wait_ns % 1000000000};
    int n = epoll_pwait2(run->epoll, events, EVENTS_MAX, &wait, NULL);
    if (n < 0 && errno != EINTR) return fail(run, "epoll_pwait2: %s", strerror(errno));
    for (int i = 0; i < n; i++)
        if (!conn_event(run, events[i].data.ptr)) return false;
    return true;
}

static bool run_until_end(Run *run)
{
    const LoadShape *shape = run->shape;
    bool open = run->client->rate > 0;
    for (int i = 0; i < run->client->connections; i++) {
        if (open)
            run->free_conns[run->free_count++] = &run->conns[i];
        else if (!conn_start(run, &run->conns[i], client_now_ns()))
            return false;
    }
    while (!atomic_load_explicit(run->client->stop, memory_order_relaxed)) {
        int64_t now = client_now_ns(), wait_ns = 100 * 1000000;
        if (open && !send_due(run, now, &wait_ns)) return false;
        int64_t end_ns = end_of(run);
        bool all_sent = open ? run->due_ns >= (double)end_ns : now >= end_ns;
        if (all_sent && run->under_way == 0) return true;
        if (now > end_ns + shape->grace_ns)
            return fail(run, "unanswered at the end: %d under way%s", run->under_way,
                        all_sent ? "" : ", and more that found no free connection");
        if (!wait_and_serve(run, wait_ns)) return false;
    }
    return true;
}

static bool run_open(Run *run)
{
    run->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (run->epoll < 0) return fail(run, "epoll_create1: %s", strerror(errno));
    for (int i = 0; i < run->client->connections; i++) {
        Conn *conn = &run->conns[i];
        *conn = (Conn){.fd = -1, .index = run->client->index + i * run->client->threads};
        conn->out = buf_new(run->arena, REQUEST_MAX);
        conn->stash = buf_new(run->arena, STASH_MAX + READ_SIZE);
        if (!conn_open(run, conn)) return false;
    }
    return true;
}

void *client_run(void *arg)
{
    Client *client = arg;
    Arena *arena = arena_new(READ_SIZE + 65536);
    size_t count = (size_t)client->connections;
    Run run = {.client = client,
               .shape = client->shape,
               .arena = arena,
               .chance = {(uint64_t)client->index + 1},
               .conns = NEW_N(arena, Conn, count),
               .free_conns = NEW_N(arena, Conn *, count),
               .buffer = arena_alloc(arena, READ_SIZE, 64)};
    bool opened = run_open(&run);
    pthread_barrier_wait(client->go); /* connected */
    pthread_barrier_wait(client->go); /* the times are set */
    if (opened) {
        if (client->rate > 0) {
            run.gap_ns = 1e9 / client->rate;
            run.due_ns = (double)client_now_ns() + run.gap_ns * client->index / client->threads;
        }
        run_until_end(&run);
    }
    for (size_t i = 0; i < count; i++)
        if (run.conns[i].fd > 0) close(run.conns[i].fd);
    if (run.epoll >= 0) close(run.epoll);
    arena_free(arena);
    return NULL;
}
