/* Everything that the other end of a connection can make grow, and why it stops where it stops.
 * What an operator may want to change is in HttpOptions; what only a mistake would change is here.
 */
#ifndef PLATFORM_HTTP_LIMITS_H
#define PLATFORM_HTTP_LIMITS_H

enum {
    /* A request target. RFC 9112 §3 asks for at least 8000; links of shops with many filters reach
       2000. */
    HTTP_TARGET_MAX = 8192,
    /* A method that we have never heard of: the longest registered one (UPDATEREDIRECTREF) has 17
       letters. */
    HTTP_METHOD_MAX = 24,
    /* A host name has 253 characters at most (RFC 1035), and ":65535" after it. */
    HTTP_HOST_MAX = 260,

    /* One line "SIZE;extension" of a chunked body. No known client sends extensions; proxies add a
       signature. */
    HTTP_CHUNK_LINE_MAX = 256,
    /* All extensions of one body: without it, a byte of content could cost 250 of wire that no body
       limit counts. */
    HTTP_CHUNK_EXTENSIONS_MAX = 4096,
    /* All trailer lines of one body. They are checked and dropped. */
    HTTP_TRAILERS_MAX = 4096,

    /* Requests of one connection that are answered out of order wait for the first: each holds an
     * arena. Sixteen keep a pipelining client busy over any distance that matters, and bound what
     * one connection can hold. */
    HTTP_PIPELINE_MAX = 16,

    /* What a connection reads at once. A request of a browser has 500 to 1500 bytes, so that one
     * block holds a head and a small body; larger heads move to a block of head_max. */
    HTTP_BLOCK_SIZE = 4096,
    /* Bodies larger than a block start with this much memory and double up to what was promised: a
     * Content-Length alone must not cost its sender's word in memory. */
    HTTP_BODY_FIRST = 16 * 1024,
    /* Read from one connection, and written to one, before the others have their turn. */
    HTTP_READ_TURN_MAX = 64 * 1024,
    HTTP_WRITE_TURN_MAX = 1024 * 1024,

    /* A body that nobody wants is read and dropped up to here to keep the connection; beyond,
       closing it is cheaper. */
    HTTP_DISCARD_MAX = 64 * 1024,
    /* After a refusal the connection is closed for writing and drained, so that the answer is not
     * destroyed by a reset (RFC 9112 §9.6): this much, and this long. */
    HTTP_LINGER_MAX = 1024 * 1024,
    HTTP_LINGER_US = 2 * 1000 * 1000,

    /* Kept for the next request by each loop: exchanges with their arenas, blocks, connections. */
    HTTP_SPARE_MAX = 256,
    HTTP_ARENA_FIRST = 4096,

    /* New connections taken in one go before the old ones have their turn. */
    HTTP_ACCEPT_TURN_MAX = 64,
    /* Out of file descriptors: leave new connections in the kernel's queue this long. */
    HTTP_ACCEPT_PAUSE_US = 100 * 1000,
    HTTP_BACKLOG = 4096, /* the kernel lowers it to net.core.somaxconn */
    HTTP_LISTENERS_MAX = 32,
    HTTP_LOOPS_MAX = 64,

    /* While the server drains, a connection that has just answered may have its next request on the
     * way: it is kept this long, then closed. One that has not sent anything yet is kept longer,
     * since its first request is certain. */
    HTTP_DRAIN_IDLE_US = 200 * 1000,
    HTTP_DRAIN_FRESH_US = 1000 * 1000,
    /* A successor that has not said that it is ready by then is given up. */
    HTTP_HANDOVER_US = 30 * 1000 * 1000,

    /* Below a kilobyte a body fits one packet and encoding it gains nothing. Above the other end,
     * encoding would hold its thread for longer than a tenth of a second. */
    HTTP_COMPRESS_MIN = 1024,
    HTTP_COMPRESS_MAX = 8 * 1024 * 1024,

    /* Hops of a proxy chain that are looked at: real chains have two or three. */
    HTTP_HOPS_MAX = 16,
};

#endif
