/* Accepting: done by the first loop, which gives each connection to the loop that has the fewest.
 *
 * Counting and limits need no lock this way (but for the table of clients), the loops stay even,
 * and a connection costs one message between threads once in its life. What is over a limit gets a
 * prepared answer, so that its reader knows why, and is closed at once. */
#include "platform/http/core.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static NetAddress address_of(const struct sockaddr_storage *name)
{
    NetAddress address = {{0}};
    const struct sockaddr_in *v4 = (const void *)name;
    const struct sockaddr_in6 *v6 = (const void *)name;
    if (name->ss_family == AF_INET6) {
        memcpy(address.bytes, &v6->sin6_addr, 16);
    } else if (name->ss_family == AF_INET) {
        memset(address.bytes + 10, 0xff, 2);
        memcpy(address.bytes + 12, &v4->sin_addr, 4);
    }
    return address;
}

/* Best effort: one write into an empty socket buffer, and the client reads it before it sees the
 * end. */
static void refuse(HttpLoop *loop, int fd, HttpFault fault)
{
    HttpServer *server = loop->server;
    Str answer = server->busy_answers[fault == HTTP_BUSY_CLIENT];
    ssize_t sent = send(fd, answer.p, answer.n, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)sent;
    close(fd);
    stat_add(&loop->stats.faults[fault], 1);
}

/* HTTP_FINE, and *counted says whether the table of clients knows of it. */
static HttpFault admit(HttpServer *server, NetAddress peer, bool trusted, bool *counted)
{
    if (atomic_load(&server->connections) >= server->options.connections_max) return HTTP_BUSY;
    *counted = server->options.connections_per_client > 0 && !trusted && !address_is_none(peer);
    if (*counted && !clients_enter(&server->clients, peer)) return HTTP_BUSY_CLIENT;
    return HTTP_FINE;
}

static HttpLoop *least_loaded(HttpServer *server)
{
    HttpLoop *best = &server->loops[0];
    for (int i = 1; i < server->loop_count; i++)
        if (atomic_load(&server->loops[i].load) < atomic_load(&best->load))
            best = &server->loops[i];
    return best;
}

static void deliver_conn(HttpLoop *loop, HttpMail *mail)
{
    conn_open(loop, (HttpConn *)(void *)((char *)mail - offsetof(HttpConn, mail)));
}

static void welcome(HttpLoop *loop, int fd, const struct sockaddr_storage *name)
{
    HttpServer *server = loop->server;
    NetAddress peer = address_of(name);
    bool trusted = proxy_is_trusted(&server->proxies, peer);
    bool counted = false;
    HttpFault fault = admit(server, peer, trusted, &counted);
    if (fault) {
        refuse(loop, fd, fault);
        return;
    }
    HttpConn *conn = malloc(sizeof *conn);
    if (!conn) abort();
    *conn = (HttpConn){.fd = fd, .peer = peer, .trusted = trusted, .counted = counted};
    HttpLoop *owner = least_loaded(server);
    atomic_fetch_add(&server->connections, 1);
    atomic_fetch_add(&owner->load, 1);
    stat_add(&loop->stats.accepted, 1);
    conn->mail.deliver = deliver_conn;
    if (owner == loop)
        conn_open(loop, conn);
    else
        loop_post(owner, &conn->mail);
}

/* False when the listener has nothing more, or accepting must pause. */
static bool accept_one(HttpLoop *loop, const Listener *listener)
{
    struct sockaddr_storage name = {0};
    socklen_t size = sizeof name;
    int fd = accept4(listener->fd, (struct sockaddr *)&name, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        welcome(loop, fd, &name);
        return true;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        /* Level-triggered, the listeners would wake us again at once: leave the queue alone for a
         * moment. */
        loop->accept_again_us = loop->accepting ? loop->now_us + HTTP_ACCEPT_PAUSE_US : 0;
        accept_watch(loop, false);
        stat_add(&loop->stats.pauses, 1);
        return false;
    }
    return errno == EINTR || errno == ECONNABORTED || errno == EPROTO;
}

void accept_connections(HttpLoop *loop)
{
    HttpServer *server = loop->server;
    for (int i = 0; i < server->listener_count; i++)
        for (int n = 0; n < HTTP_ACCEPT_TURN_MAX && accept_one(loop, &server->listeners[i]);) n++;
}

void accept_watch(HttpLoop *loop, bool on)
{
    HttpServer *server = loop->server;
    if (loop->accepting == on) return;
    loop->accepting = on;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = server};
    for (int i = 0; i < server->listener_count; i++) {
        int done = epoll_ctl(loop->epoll_fd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL,
                             server->listeners[i].fd, &event);
        assert(done == 0);
    }
}

void accept_resume(HttpLoop *loop)
{
    if (!loop->accept_again_us || loop->now_us < loop->accept_again_us) return;
    loop->accept_again_us = 0;
    accept_watch(loop, true);
}

/* Closing a listener resets what waits in its queue: those have connected, so they are taken first.
 */
void accept_stop(HttpLoop *loop)
{
    HttpServer *server = loop->server;
    accept_watch(loop, false);
    loop->accept_again_us = 0;
    for (int i = 0; i < server->listener_count && !server->handed_over; i++)
        while (accept_one(loop, &server->listeners[i])) continue;
    listeners_close(server->listeners, server->listener_count);
    server->listener_count = 0;
}
