/* A connection: reads, cuts requests out of what was read, and writes answers in the order of the
 * requests.
 *
 * conn_run does all of that until either the socket or the application has to move; whoever learns
 * that one of them has (an event, an answer, a timer) calls it again. A request that is answered at
 * once costs one recv and one send: a read that did not fill its room has emptied the socket,
 * and edge-triggered epoll tells when there is more.
 *
 * Memory: an idle connection is its struct. The block that it reads into, and each exchange, come
 * from the loop's spare lists when bytes arrive, and go back when they are used up; last in, first
 * out, so that a loop that answers at once works in the same few kilobytes, however many
 * connections it has. A block is shared by the requests that were read into it (views, no copies)
 * and goes back with the last of them.
 *
 * Closing. When we close first, unread input would make the kernel send a reset, and a reset can
 * destroy the answer on its way (RFC 9112 §9.6). So the connection is closed for writing, drained
 * for a moment, then closed. A client that closes only its sending side still gets its answers. */
#include "platform/http/core.h"
#include "platform/http/stream.h"

#include <assert.h>
#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* ---- the socket ---- */

/* recv, send and sendmsg as system calls: the C library's are places where a thread may be cancelled, and
 * what they do for that in a threaded program is 2 % of a request. Nobody cancels a loop. */
static ssize_t socket_read(int fd, void *to, size_t size)
{
    return syscall(SYS_recvfrom, fd, to, size, 0, NULL, NULL);
}

static ssize_t socket_write(int fd, struct iovec *vectors, int count)
{
    struct msghdr message = {.msg_iov = vectors, .msg_iovlen = (size_t)count};
    if (count > 1) return syscall(SYS_sendmsg, fd, &message, MSG_NOSIGNAL);
    return syscall(SYS_sendto, fd, vectors[0].iov_base, vectors[0].iov_len, MSG_NOSIGNAL, NULL, 0);
}

/* ---- opening and closing ---- */

void conn_open(HttpLoop *loop, HttpConn *conn)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                .data.ptr = conn};
    conn->loop = loop;
    conn->writable = true;
    conn->all_after = loop->conns;
    if (loop->conns) loop->conns->all_before = conn;
    loop->conns = conn;
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, conn->fd, &event) != 0)
        conn_cut(conn);
    else
        loop_timer(conn, loop->draining ? TIMER_DRAIN_FRESH : TIMER_IDLE);
}

/* The struct lives until the end of the round: an event or the work list may still name it. The
 * descriptor is taken out of the epoll set by hand, because closing it does not while a child that
 * is just being forked still holds it. */
static void conn_close(HttpConn *conn)
{
    HttpLoop *loop = conn->loop;
    HttpServer *server = loop->server;
    assert(!conn->dead && !conn->first);
    loop_timer(conn, TIMER_NONE);
    block_unref(loop, conn->block);
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, conn->fd, NULL);
    close(conn->fd);
    if (conn->counted) clients_leave(&server->clients, conn->peer);
    *(conn->all_before ? &conn->all_before->all_after : &loop->conns) = conn->all_after;
    if (conn->all_after) conn->all_after->all_before = conn->all_before;
    atomic_fetch_sub(&loop->load, 1);
    stat_add(&loop->stats.closed, 1);
    server_connection_closed(server);
    conn->dead = true;
    if (!conn->queued) {
        conn->queue_next = loop->graveyard;
        loop->graveyard = conn;
    }
}

static void pop_call(HttpConn *conn)
{
    HttpCall *call = conn->first;
    conn->first = call->next;
    if (!conn->first) conn->last = NULL;
    conn->calls--;
}

static void lose_calls(HttpConn *conn)
{
    conn->receiving = NULL;
    while (conn->first) {
        HttpCall *call = conn->first;
        pop_call(conn);
        call_lost(call);
    }
}

void conn_cut(HttpConn *conn)
{
    lose_calls(conn);
    conn_close(conn);
}

static void linger(HttpConn *conn)
{
    char sink[4096];
    for (;;) {
        ssize_t n = recv(conn->fd, sink, sizeof sink, 0);
        if (n > 0) conn->lingered += (uint32_t)n;
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) return;
        if (n > 0 && conn->lingered <= HTTP_LINGER_MAX) continue;
        conn_close(conn);
        return;
    }
}

/* Everything is answered, and there will be no more requests. */
static void conn_end(HttpConn *conn)
{
    if (!conn->linger || conn->end_seen || shutdown(conn->fd, SHUT_WR) != 0) {
        conn_close(conn);
        return;
    }
    conn->lingering = true;
    block_unref(conn->loop, conn->block);
    conn->block = NULL;
    loop_timer(conn, TIMER_LINGER);
    linger(conn);
}

/* ---- reading ---- */

static bool wants_input(const HttpConn *conn)
{
    return !conn->input_done && !conn->end_seen &&
           (conn->receiving || conn->calls < HTTP_PIPELINE_MAX);
}

/* A block with room behind what is not used up yet. */
static HttpBlock *room(HttpConn *conn)
{
    HttpLoop *loop = conn->loop;
    HttpBlock *block = conn->block;
    if (!block) {
        conn->at = 0;
        return conn->block = loop_block(loop, HTTP_BLOCK_SIZE);
    }
    if (block->n < block->size) return block;
    size_t left = block->n - conn->at;
    /* One half-read head that fills a whole block moves to a block in which the largest head fits.
     */
    size_t size = left < HTTP_BLOCK_SIZE ? HTTP_BLOCK_SIZE : loop->server->limits.head_max + 1;
    assert(left < size);
    HttpBlock *fresh = loop_block(loop, size);
    memcpy(fresh->bytes, block->bytes + conn->at, left);
    fresh->n = (uint32_t)left;
    block_unref(loop, block);
    conn->at = 0;
    return conn->block = fresh;
}

/* One recv; returns the bytes read, 0 at the end of input or when there is nothing now, -1 when the
 * connection is lost. */
static ssize_t conn_read(HttpConn *conn)
{
    HttpLoop *loop = conn->loop;
    HttpCall *call = conn->receiving;
    size_t size;
    char *into = call ? call_body_room(call, &size) : NULL;
    HttpBlock *block = NULL;
    if (!into) {
        block = room(conn);
        into = block->bytes + block->n;
        size = block->size - block->n;
    }
    ssize_t n = socket_read(conn->fd, into, size);
    if (n < 0) {
        if (errno == EINTR) return 0;
        conn->readable = false;
        return errno == EAGAIN ? 0 : -1;
    }
    /* The end of the input may have come with the last bytes: it raises no new edge, so it is
     * looked for. */
    if ((size_t)n < size && !conn->hung_up) conn->readable = false;
    if (n == 0) {
        conn->end_seen = true;
        conn->readable = false;
    }
    conn->progress = conn->progress || n > 0;
    stat_add(&loop->stats.bytes_in, (uint64_t)n);
    if (block)
        block->n += (uint32_t)n;
    else
        call->body_n += (size_t)n;
    return n;
}

/* Gives the block back when it is used up, so that waiting costs no memory. */
static void rest_block(HttpConn *conn)
{
    HttpBlock *block = conn->block;
    if (!block || conn->at < block->n) return;
    bool body_follows = conn->receiving && block->n < block->size;
    if (body_follows && block->refs > 1)
        return; /* the rest of the body may still fit behind its head */
    block_unref(conn->loop, block);
    conn->block = NULL;
}

/* ---- cutting requests out of the input ---- */

Str conn_unused(const HttpConn *conn)
{
    if (!conn->block) return (Str){0};
    return (Str){conn->block->bytes + conn->at, conn->block->n - conn->at};
}

static void append_call(HttpConn *conn, HttpCall *call)
{
    call->conn = conn;
    call->next = NULL;
    *(conn->last ? &conn->last->next : &conn->first) = call;
    conn->last = call;
    conn->calls++;
}

static void refuse_input(HttpConn *conn, HttpFault fault)
{
    HttpCall *call = call_new(conn);
    append_call(conn, call);
    call_refuse(call, fault);
}

static void begin_call(HttpConn *conn, const HttpHead *head)
{
    HttpLoop *loop = conn->loop;
    HttpCall *call = loop_call(loop);
    int most = loop->server->options.requests_per_connection;
    call->block = conn->block;
    call->block->refs++;
    call->exchange.began_us = conn->began_us;
    conn->at += (uint32_t)head->size;
    conn->parser = (HeadParser){0};
    conn->began_us = 0;
    conn->requests++;
    if (conn->timer == TIMER_HEAD) loop_timer(conn, TIMER_NONE); /* the next head has its own */
    stat_add(&loop->stats.requests, 1);
    append_call(conn, call);
    bool worn_out = most > 0 && conn->requests >= most;
    call->last = worn_out || !head->keep_alive;
    conn->linger = conn->linger || worn_out;
    call_begin(call, head);
}

/* True when there may be more to cut. */
static bool parse_one(HttpConn *conn)
{
    HttpLoop *loop = conn->loop;
    HttpHead head = {.request.headers = loop->scratch};
    if (conn->receiving) return call_receive(conn->receiving);
    Str input = conn_unused(conn);
    if (input.n == 0 || conn->calls >= HTTP_PIPELINE_MAX) return false;
    if (conn->began_us == 0) conn->began_us = loop->now_us;
    HttpFault fault = http_head_parse(&conn->parser, &loop->server->limits, input, &head);
    if (fault == HTTP_MORE) return false;
    if (fault)
        refuse_input(conn, fault);
    else
        begin_call(conn, &head);
    return true;
}

static void parse(HttpConn *conn)
{
    while (!conn->input_done && parse_one(conn)) continue;
    /* Half a request, and its sender has hung up. */
    bool full = !conn->receiving && conn->calls >= HTTP_PIPELINE_MAX && conn_unused(conn).n > 0;
    if (!conn->end_seen || conn->input_done || full) return;
    conn->input_done = true;
    if (conn->receiving) call_abandon(conn->receiving);
}

/* Takes the newest call out of the pipeline: its request never became complete. */
void conn_forget_last(HttpConn *conn)
{
    HttpCall *gone = conn->last, *before = NULL;
    for (HttpCall *call = conn->first; call != gone; call = call->next) before = call;
    *(before ? &before->next : &conn->first) = NULL;
    conn->last = before;
    conn->calls--;
}

/* ---- writing ---- */

enum { VECTORS_MAX = HTTP_PIPELINE_MAX * CALL_OUT_MAX };

/* What may be written now: the answers that are known, from the front, up to the first that is not
 * known or that closes. */
static int gather(HttpConn *conn, struct iovec *vectors)
{
    int count = 0;
    for (HttpCall *call = conn->first; call; call = call->next) {
        if (call->state == CALL_ANSWERED) answer_write(call);
        if (call->state == CALL_STREAMING) stream_fill(call);
        for (int i = 0; i < call->out_count; i++)
            vectors[count++] = (struct iovec){(void *)(uintptr_t)call->out[i].p, call->out[i].n};
        if (call->state != CALL_SENDING || call->last) break;
    }
    return count;
}

static void drop_sent(HttpCall *call, size_t *sent)
{
    int i = 0;
    for (; i < call->out_count && *sent >= call->out[i].n; i++) {
        *sent -= call->out[i].n;
        call->exchange.bytes_sent += call->out[i].n;
    }
    call->out_count -= i;
    if (call->out_count == 0 || (i == 0 && *sent == 0)) return;
    memmove(call->out, call->out + i, (size_t)call->out_count * sizeof call->out[0]);
    call->out[0] = (Str){call->out[0].p + *sent, call->out[0].n - *sent};
    call->exchange.bytes_sent += *sent;
    *sent = 0;
}

/* Cuts what was sent off the calls' output, and finishes those that have no more. One whose body is
 * still being dropped stays until that is over. What was read behind a last answer is lost, as that
 * answer has said. */
static void settle(HttpConn *conn, size_t sent)
{
    for (HttpCall *call; (call = conn->first);) {
        drop_sent(call, &sent);
        if (call->out_count > 0) return;
        if (call->state == CALL_STREAMING) stream_sent(call);
        if (call->state != CALL_SENDING || conn->receiving == call) return;
        bool last = call->last;
        pop_call(conn);
        call_finish(call, false);
        if (!last) continue;
        conn->input_done = true;
        lose_calls(conn);
    }
}

/* The front call has ended without more to send: a stream without framing, an answer to HEAD. */
static bool front_is_over(const HttpConn *conn)
{
    const HttpCall *call = conn->first;
    return call && call->state == CALL_SENDING && call->out_count == 0 && conn->receiving != call;
}

/* What the kernel holds for a reader that has not acknowledged it. */
static int queued_bytes(const HttpConn *conn)
{
    int n = 0;
    return ioctl(conn->fd, SIOCOUTQ, &n) == 0 ? n : 0;
}

/* The bytes sent, 0 when there is no room now, -1 when the connection is lost. */
static ssize_t transmit(HttpConn *conn, struct iovec *vectors, int count)
{
    ssize_t n = socket_write(conn->fd, vectors, count);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return -1;
    size_t wanted = 0;
    for (int i = 0; i < count; i++) wanted += vectors[i].iov_len;
    conn->writable = n == (ssize_t)wanted || (n < 0 && errno == EINTR);
    if (!conn->writable) conn->queued_bytes = queued_bytes(conn);
    return n < 0 ? 0 : n;
}

/* False when the connection is lost. */
static bool flush(HttpConn *conn)
{
    size_t turn = 0;
    for (size_t sent = 0;; turn += sent) {
        struct iovec vectors[VECTORS_MAX];
        settle(conn, sent);
        if (!conn->first || !conn->writable) return true;
        if (turn >= HTTP_WRITE_TURN_MAX) {
            loop_work(conn->loop, conn); /* a fast writer has met a fast reader */
            return true;
        }
        int count = gather(conn, vectors);
        if (count == 0 && !front_is_over(conn)) return true;
        ssize_t n = count ? transmit(conn, vectors, count) : 0;
        if (n < 0) return false;
        sent = (size_t)n;
        conn->progress = conn->progress || sent > 0;
        stat_add(&conn->loop->stats.bytes_out, sent);
    }
}

/* ---- running ---- */

static HttpTimer timer_for(const HttpConn *conn)
{
    if (conn->first && conn->first->out_count > 0) return TIMER_SEND;
    if (conn->receiving) return TIMER_BODY;
    if (conn_unused(conn).n > 0 && wants_input(conn)) return TIMER_HEAD;
    if (conn->calls > 0) return TIMER_NONE;
    if (!conn->loop->draining) return TIMER_IDLE;
    return conn->requests ? TIMER_DRAIN_IDLE : TIMER_DRAIN_FRESH;
}

static void rest(HttpConn *conn)
{
    rest_block(conn);
    HttpTimer timer = timer_for(conn);
    /* The time for a head runs from its first byte; the others start again whenever something
     * moves. */
    bool again = conn->progress && timer != TIMER_HEAD;
    if (timer != conn->timer || again) loop_timer(conn, timer);
    conn->progress = false;
}

/* False when the connection is closed, or lingers. */
static bool run(HttpConn *conn)
{
    for (size_t turn = 0;;) {
        parse(conn);
        int before = conn->calls;
        if (!flush(conn)) {
            conn_cut(conn);
            return false;
        }
        if (conn->input_done && !conn->first) {
            conn_end(conn);
            return false;
        }
        if (conn->calls < before && conn_unused(conn).n > 0 && !conn->input_done) continue;
        if (!conn->readable || !wants_input(conn)) return true;
        if (turn >= HTTP_READ_TURN_MAX) {
            loop_work(conn->loop, conn);
            return true;
        }
        ssize_t n = conn_read(conn);
        if (n < 0) {
            conn_cut(conn);
            return false;
        }
        turn += (size_t)n;
    }
}

void conn_run(HttpConn *conn)
{
    if (conn->lingering) {
        linger(conn);
        return;
    }
    conn->running = true;
    bool open = run(conn);
    conn->running = false;
    if (open) rest(conn);
}

void conn_event(HttpConn *conn, uint32_t events)
{
    if (conn->dead) return;
    if (events & (EPOLLERR | EPOLLHUP)) {
        conn_cut(conn); /* reset, or closed both ways: nobody reads any more */
        return;
    }
    if (events & (EPOLLIN | EPOLLRDHUP)) conn->readable = true;
    if (events & EPOLLRDHUP) conn->hung_up = true;
    if (events & EPOLLOUT) conn->writable = true;
    conn_run(conn);
}

/* ---- time ---- */

/* A last look before an idle connection is closed: its next request may have come in this very
 * round. */
static bool request_has_come(HttpConn *conn)
{
    char first;
    conn->readable = recv(conn->fd, &first, 1, MSG_PEEK) > 0;
    return conn->readable;
}

/* The kernel asks for more only when a good part of its buffer is free, which a slow reader of a large
 * buffer may not reach in time although it reads. */
static bool reader_has_moved(HttpConn *conn)
{
    int before = conn->queued_bytes;
    conn->queued_bytes = queued_bytes(conn);
    return conn->queued_bytes < before;
}

void conn_timed_out(HttpConn *conn)
{
    HttpTimer timer = conn->timer;
    if (timer == TIMER_SEND && reader_has_moved(conn)) {
        loop_timer(conn, TIMER_SEND);
        return;
    }
    loop_timer(conn, TIMER_NONE);
    bool idle = timer == TIMER_IDLE || timer == TIMER_DRAIN_IDLE || timer == TIMER_DRAIN_FRESH;
    if (idle && request_has_come(conn)) {
        loop_work(conn->loop, conn);
        return;
    }
    stat_add(&conn->loop->stats.timed_out, 1);
    if (timer == TIMER_HEAD)
        refuse_input(conn, HTTP_SLOW_HEAD);
    else if (timer == TIMER_BODY)
        call_refuse(conn->receiving, HTTP_SLOW_BODY);
    else
        conn_cut(conn); /* its reader has stopped; or it is idle, so that nothing is lost */
    if (!conn->dead) loop_work(conn->loop, conn);
}

bool conn_at_work(const HttpConn *conn)
{
    return conn->calls > 0 || conn_unused(conn).n > 0;
}

void conn_drain(HttpConn *conn)
{
    conn->linger = true;
    if (conn->timer == TIMER_IDLE)
        loop_timer(conn, conn->requests ? TIMER_DRAIN_IDLE : TIMER_DRAIN_FRESH);
}
