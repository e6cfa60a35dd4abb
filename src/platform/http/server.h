/* The HTTP server: listening sockets, a few loops, connections, limits. */
#ifndef PLATFORM_HTTP_SERVER_H
#define PLATFORM_HTTP_SERVER_H

#include "base/error.h"
#include "platform/http/exchange.h"

typedef struct HttpServer HttpServer;

typedef struct HttpOptions {
    StrList listen;             /* HOST:PORT, [V6]:PORT, *:PORT, unix:PATH; port 0 picks one */
    StrList trusted_proxies;    /* addresses or CIDR blocks whose Forwarded / X-Forwarded-* count */
    int loops;
    int connections_max;        /* in all; further ones are closed at once */
    int connections_per_client; /* by address, IPv6 by /64; 0: no limit; trusted proxies are exempt */
    size_t head_max;            /* bytes of request line and headers: 431 or 414 */
    int headers_max;
    int64_t head_timeout_us;    /* first byte of a head to its end */
    int64_t body_timeout_us;    /* without progress */
    int64_t idle_timeout_us;    /* between requests */
    int64_t send_timeout_us;    /* without progress of the reader */
    bool forwarded;             /* trusted proxies write Forwarded (RFC 7239), else X-Forwarded-For and -Proto; the other
                                   is as the client sent it, and ignored */
    int requests_per_connection; /* then Connection: close; 0: no limit */
} HttpOptions;

/* Binds and starts the loops. Sockets inherited from systemd (LISTEN_FDS) or from an old process (see http_handover) are
 * used instead of binding anew. On failure `*detail` names the address and what to do. */
const Error *http_start(Arena *arena, const HttpOptions *options, const HttpApp *app, HttpServer **out, Str *detail);

Str http_address(const HttpServer *server, Arena *arena); /* "127.0.0.1:8080": the first, with the real port */

/* Stops accepting, lets requests under way finish, tells idle connections goodbye; true when all was done before the
 * deadline (monotonic), false when connections had to be cut. */
bool http_drain(HttpServer *server, int64_t deadline_us);
void http_free(HttpServer *server);

/* Starts `argv` again as a successor that inherits the listening sockets; the caller drains when the successor says that
 * it is ready. Returns its pid, or -1. */
int http_handover(HttpServer *server, char *const argv[]);

#endif
