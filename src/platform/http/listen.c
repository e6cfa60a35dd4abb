/* Opening sockets to listen on.
 *
 * An address is opened completely or not at all: a server that listens on half of what was asked is a surprise, so the first
 * failure closes what was opened before it, and its message names the address and what to do. The one exception is a name
 * with addresses of a family that this machine has not ("localhost" without IPv6).
 *
 * SO_REUSEADDR, so that a restart need not wait for TIME_WAIT; never SO_REUSEPORT, which gives each process a queue of its
 * own and resets what waits in it when the process ends (see handover.c).
 *
 * A unix socket outlives its process as a file. It is replaced when connecting to it is refused, and only then. It is not
 * removed at the end: by then, it may be a successor's. */
#include "platform/http/listen.h"

#include "platform/http/limits.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

const Error err_listen = {
    .code = "cannot_listen",
    .status = 500,
    .title = "The server cannot listen on an address.",
    .level = LOG_ERROR,
    .doc = "The detail names the address; choose another with --listen.",
};

typedef struct Opening {
    Arena *arena;
    Listener *out;
    int max, count;
    Str *detail;
} Opening;

static const Error *fail(Opening *o, Str address, const char *why)
{
    *o->detail = str_format(o->arena, "%s: %.*s", why, STR_ARG(address));
    return &err_listen;
}

static const Error *fail_errno(Opening *o, Str address)
{
    if (errno == EADDRINUSE) {
        *o->detail = str_format(o->arena,
                                "address already in use: %.*s; is another souk running? choose "
                                "another with --listen",
                                STR_ARG(address));
        return &err_listen;
    }
    if (errno == EACCES) {
        *o->detail = str_format(o->arena,
                                "not permitted: %.*s; ports below 1024 need root or "
                                "CAP_NET_BIND_SERVICE, a unix socket a writable folder",
                                STR_ARG(address));
        return &err_listen;
    }
    return fail(o, address, strerror(errno));
}

static const Error *keep(Opening *o, Str address, int fd, bool local)
{
    if (o->count == o->max) {
        close(fd);
        return fail(o, address, "too many addresses to listen on");
    }
    o->out[o->count++] = (Listener){fd, local};
    return NULL;
}

/* ---- unix sockets ---- */

/* The socket of a process that is gone would make bind fail for ever; one that somebody listens on
 * is left alone. */
static bool remove_stale(const struct sockaddr_un *name)
{
    struct stat info;
    if (lstat(name->sun_path, &info) != 0) return errno == ENOENT;
    errno = EADDRINUSE;
    if (!S_ISSOCK(info.st_mode)) return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return false;
    bool refused =
        connect(fd, (const struct sockaddr *)name, sizeof *name) != 0 && errno == ECONNREFUSED;
    close(fd);
    errno = EADDRINUSE;
    return refused && unlink(name->sun_path) == 0;
}

static const Error *open_unix(Opening *o, Str address, Str path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (path.n == 0 || path.n >= sizeof name.sun_path)
        return fail(o, address, "a unix socket's path has 1 to 107 bytes");
    memcpy(name.sun_path, path.p, path.n);
    if (!remove_stale(&name)) return fail_errno(o, address);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return fail_errno(o, address);
    if (bind(fd, (struct sockaddr *)&name, sizeof name) != 0 || listen(fd, HTTP_BACKLOG) != 0) {
        const Error *error = fail_errno(o, address);
        close(fd);
        return error;
    }
    return keep(o, address, fd, true);
}

/* ---- TCP ---- */

/* Accepted sockets inherit TCP_NODELAY from the listening one, which saves a system call for each.
 */
static int tcp_listener(const struct addrinfo *info, bool dual)
{
    int on = 1, v6_only = !dual;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (info->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only);
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, HTTP_BACKLOG) == 0) return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

/* "*": one socket for both families where there is IPv6, else IPv4 alone. */
static const Error *open_any(Opening *o, Str address, unsigned short port)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct addrinfo both = {
        .ai_family = AF_INET6, .ai_addr = (struct sockaddr *)&v6, .ai_addrlen = sizeof v6};
    struct addrinfo old = {
        .ai_family = AF_INET, .ai_addr = (struct sockaddr *)&v4, .ai_addrlen = sizeof v4};
    int fd = tcp_listener(&both, true);
    if (fd < 0 && errno != EADDRINUSE && errno != EACCES) fd = tcp_listener(&old, false);
    if (fd < 0) return fail_errno(o, address);
    return keep(o, address, fd, false);
}

static const Error *open_named(Opening *o, Str address, Str host, Str port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found;
    int failed = getaddrinfo(str_z(o->arena, host), str_z(o->arena, port), &hints, &found);
    if (failed) return fail(o, address, gai_strerror(failed));
    bool any_port = str_eq(port, S("0"));
    int before = o->count;
    const Error *error = NULL;
    for (struct addrinfo *at = found; at && !error; at = at->ai_next) {
        if (any_port && o->count > before) break;
        int fd = tcp_listener(at, false);
        /* "localhost" may name ::1 on a machine without IPv6: the other addresses suffice. */
        bool absent = fd < 0 && (errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT);
        if (absent && (at->ai_next || o->count > before)) continue;
        error = fd < 0 ? fail_errno(o, address) : keep(o, address, fd, false);
    }
    freeaddrinfo(found);
    return error;
}

/* Splits "HOST:PORT" at its last colon and takes the brackets off; false when it is something else. */
static bool split_port(Str address, Str *host, Str *port, int64_t *number)
{
    size_t colon = address.n;
    while (colon > 0 && address.p[colon - 1] != ':') colon--;
    if (colon < 2) return false;
    *host = str_slice(address, 0, colon - 1);
    *port = str_slice(address, colon, address.n);
    if (!str_to_int(*port, number) || *number < 0 || *number > 65535) return false;
    bool bracketed = host->p[0] == '[' && host->p[host->n - 1] == ']';
    if (bracketed) *host = str_slice(*host, 1, host->n - 1);
    return host->n > 0 && (bracketed || str_find_char(*host, ':') == host->n);
}

static const Error *open_one(Opening *o, Str address)
{
    Str host, port;
    int64_t number;
    if (str_starts(address, S("unix:")))
        return open_unix(o, address, str_slice(address, 5, address.n));
    if (!split_port(address, &host, &port, &number))
        return fail(o, address, "expected HOST:PORT, [V6]:PORT, *:PORT or unix:PATH");
    if (!str_eq(host, S("*"))) return open_named(o, address, host, port);
    return open_any(o, address, (unsigned short)number);
}

/* ---- inheritance ---- */

enum { FIRST_INHERITED = 3 }; /* SD_LISTEN_FDS_START */

static const Error *inherit(Opening *o, int fd)
{
    int on = 1, listening = 0;
    socklen_t size = sizeof listening;
    struct sockaddr_storage name = {0};
    socklen_t name_size = sizeof name;
    Str what = str_format(o->arena, "inherited descriptor %d", fd);
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || !listening ||
        getsockname(fd, (struct sockaddr *)&name, &name_size) != 0)
        return fail(o, what, "not a listening socket");
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    bool local = name.ss_family == AF_UNIX;
    if (!local) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return keep(o, what, fd, local);
}

/* How many sockets were passed to this very process (sd_listen_fds(3)); asked once, since the
 * variables go. */
static int inherited_count(void)
{
    int64_t pid = 0, count = 0;
    bool given = str_to_int(str_from(getenv("LISTEN_PID")), &pid) &&
                 str_to_int(str_from(getenv("LISTEN_FDS")), &count);
    bool ours = given && pid == getpid() && count > 0 && count <= HTTP_LISTENERS_MAX;
    if (ours) {
        unsetenv("LISTEN_PID");
        unsetenv("LISTEN_FDS");
        unsetenv("LISTEN_FDNAMES");
    }
    return ours ? (int)count : 0;
}

const Error *listeners_open(Arena *arena, StrList addresses, Listener *out, int max, int *count,
                            Str *detail)
{
    Opening o = {.arena = arena, .out = out, .max = max, .detail = detail};
    const Error *error = NULL;
    int inherited = inherited_count();
    for (int i = 0; i < inherited && !error; i++) error = inherit(&o, FIRST_INHERITED + i);
    for (size_t i = 0; i < addresses.n && !inherited && !error; i++)
        error = open_one(&o, addresses.items[i]);
    if (!error && o.count == 0) error = fail(&o, S("(none)"), "no address to listen on");
    if (error) {
        listeners_close(out, o.count);
        return error;
    }
    *count = o.count;
    return NULL;
}

void listeners_close(Listener *listeners, int count)
{
    for (int i = 0; i < count; i++) close(listeners[i].fd);
}

Str listener_text(const Listener *listener, Arena *arena)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_un local;
        struct sockaddr_storage room;
    } name = {0};
    char text[INET6_ADDRSTRLEN];
    socklen_t size = sizeof name;
    if (getsockname(listener->fd, &name.any, &size) != 0) return S("(closed)");
    if (name.any.sa_family == AF_UNIX) return str_format(arena, "unix:%s", name.local.sun_path);
    if (name.any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &name.v4.sin_addr, text, sizeof text);
        return str_format(arena, "%s:%d", text, ntohs(name.v4.sin_port));
    }
    inet_ntop(AF_INET6, &name.v6.sin6_addr, text, sizeof text);
    return str_format(arena, "[%s]:%d", text, ntohs(name.v6.sin6_port));
}
