/* Listening sockets: made here, or inherited from systemd or from the process that we succeed. */
#ifndef PLATFORM_HTTP_LISTEN_H
#define PLATFORM_HTTP_LISTEN_H

#include "base/error.h"
#include "base/str.h"

typedef struct Listener {
    int fd;
    bool local; /* a unix socket: its peers have no address */
} Listener;

extern const Error err_listen; /* an address is malformed or cannot be listened on */

/* Opens what `addresses` name: HOST:PORT, [V6]:PORT, *:PORT, unix:PATH. A name with several
 * addresses opens them all, except with port 0, which opens the first. When sockets are inherited
 * (LISTEN_PID and LISTEN_FDS as in sd_listen_fds(3)), they are used and `addresses` are not looked
 * at. Fills at most `max` and their count. On failure nothing stays open, and *detail names the
 * address and what to do. Not thread-safe: reads and clears the environment. */
const Error *listeners_open(Arena *arena, StrList addresses, Listener *out, int max, int *count,
                            Str *detail);
void listeners_close(Listener *listeners, int count);

/* "127.0.0.1:8080", "[::1]:8080", "unix:/run/souk.sock": where the socket really listens. */
Str listener_text(const Listener *listener, Arena *arena);

#endif
