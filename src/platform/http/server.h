/* The HTTP server: listening sockets, a few loops, connections, limits. */
#ifndef PLATFORM_HTTP_SERVER_H
#define PLATFORM_HTTP_SERVER_H

#include "base/error.h"
#include "platform/http/exchange.h"
#include "platform/http/fault.h"

typedef struct HttpServer HttpServer;

typedef struct HttpOptions {
    StrList listen; /* HOST:PORT, [V6]:PORT, *:PORT, unix:PATH; port 0 picks one */
    StrList
        trusted_proxies; /* addresses, CIDR blocks; "unix:" for whoever comes by a unix socket */
    bool forwarded;      /* they write Forwarded (RFC 7239), else X-Forwarded-For and -Proto */
    int loops;
    int connections_max;        /* in all; further ones are told so and closed at once */
    int connections_per_client; /* by address, IPv6 by /64; 0: no limit; not for trusted proxies */
    size_t head_max;            /* bytes of request line and headers: 431 or 414 */
    int headers_max;
    int64_t head_timeout_us; /* first byte of a head to its end */
    int64_t body_timeout_us; /* without progress */
    int64_t idle_timeout_us; /* between requests */
    int64_t send_timeout_us; /* without progress of the reader */
    int64_t linger_us;       /* for input behind a refusal to be dropped (see limits.h) */
    /* While draining: without a next request, and without a first one (see limits.h). */
    int64_t drain_idle_us, drain_fresh_us;
    int requests_per_connection; /* then Connection: close; 0: no limit */
} HttpOptions;

/* Binds and starts the loops. Sockets inherited from systemd (LISTEN_FDS) or from an old process
 * (see http_handover) are used instead of binding anew; `listen` is then not looked at. On failure
 * `*detail` names the address and what to do. Reads and clears environment variables, so other
 * threads must not use them meanwhile. connections_max is lowered to what RLIMIT_NOFILE allows. */
const Error *http_start(Arena *arena, const HttpOptions *options, const HttpApp *app,
                        HttpServer **out, Str *detail);

/* How many of `wanted` connections the hard limit of open files leaves: what http_start lowers
 * connections_max to. */
int http_connections_max(int wanted);

/* "127.0.0.1:8080": the first address, with the real port. */
Str http_address(const HttpServer *server, Arena *arena);

/* What was counted since the start, over all loops. */
typedef struct HttpStats {
    int connections;     /* open now */
    int connections_max; /* as lowered by http_start */
    int loops;           /* busy_us grows by at most a second a second for each */
    uint64_t accepted, closed, requests, bytes_in, bytes_out;
    uint64_t pauses;    /* in accepting, for want of file descriptors or memory */
    uint64_t timed_out; /* connections that a timer closed, idle ones included */
    uint64_t busy_us;   /* of the loops, in which they did not wait */
    uint64_t faults[HTTP_FAULT_COUNT];
} HttpStats;
void http_stats(const HttpServer *server, HttpStats *out); /* any thread; no lock */

/* Stops accepting, lets requests under way finish, tells idle connections goodbye; true when all
 * was done before the deadline (monotonic), false when requests had to be cut. Streams are for the
 * application to end. Not from a loop's thread. */
bool http_drain(HttpServer *server, int64_t deadline_us);

/* Cuts what is still open, waits until each kept exchange is answered, and frees all. */
void http_free(HttpServer *server);

/* Starts `argv` as a successor that inherits the listening sockets, and waits until it is ready
 * (http_ready). Returns its pid, and the caller drains; or -1 when it ended before that or took
 * longer than half a minute: it is then gone, and everything goes on as before. */
int http_handover(HttpServer *server, char *const argv[]);

/* In a successor: the old process may drain. http_start says so at its end; a program that has to
 * wait for something that the old process holds says it earlier. Does nothing in other processes.
 */
void http_ready(void);

#endif
