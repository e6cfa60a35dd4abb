/* The strict HTTP/1.1 reader: heads and chunked bodies, over bytes that someone else holds. Pure:
 * no I/O, no clock, no allocation. RFC 9112 (messages), RFC 9110 (fields), RFC 3986 (targets).
 *
 * A verdict never depends on how the bytes were cut into reads: see parser.c. */
#ifndef PLATFORM_HTTP_PARSER_H
#define PLATFORM_HTTP_PARSER_H

#include "platform/http/exchange.h"
#include "platform/http/fault.h"

typedef struct HeadLimits {
    size_t head_max; /* bytes, from the method to the empty line */
    int headers_max;
} HeadLimits;

/* What is known of a head that is still arriving. Zeroed for each new head; relocatable, since it
 * holds offsets only. */
typedef struct HeadParser {
    uint32_t line;    /* where the first line that has not been judged begins */
    uint32_t scanned; /* bytes in which no LF was found after `line` */
    uint16_t headers;
    uint16_t minor;
    uint16_t seen; /* SEEN_… bits of parser.c */
} HeadParser;

enum { BODY_NONE = 0, BODY_CHUNKED = -1 };

typedef struct HttpHead {
    HttpRequest request; /* headers point to the caller's array; body, peer, client and secure are
                            not touched */
    int64_t length;      /* of the body in bytes: Content-Length, BODY_NONE or BODY_CHUNKED */
    size_t size;         /* bytes of the head, the empty line included */
    bool keep_alive;     /* as the request asks, by Connection and version */
    bool expect_continue;
    bool conditional; /* If-None-Match, If-Modified-Since or Range are there */
} HttpHead;

/* Reads the head that begins at input.p. HTTP_FINE: *out is complete, with views into the input.
 * HTTP_MORE: call again with the same bytes and more behind them (they may have moved). Any other:
 * refuse the request and close. `out->request.headers` has room for limits->headers_max and may be
 * the same scratch for each call. */
HttpFault http_head_parse(HeadParser *parser, const HeadLimits *limits, Str input, HttpHead *out);

/* NAME, NAME:PORT, [V6] or [V6]:PORT, port optional after the colon (RFC 9110 §7.2); narrower than
 * RFC 3986 reg-name. */
bool http_host_ok(Str host);

/* Takes the next element off a comma-separated list (RFC 9110 §5.6.1), trimmed; commas inside
 * quoted strings do not count; false at the end. Empty elements are given as they are. */
bool http_list_next(Str *rest, Str *element);

/* ---- chunked bodies -------------------------------------------------------------------------- */

typedef struct ChunkDecoder {
    uint64_t left;       /* of the chunk's data */
    uint32_t line;       /* bytes of the present line */
    uint32_t extensions; /* bytes of extensions so far */
    uint32_t trailers;   /* bytes of trailers so far */
    uint8_t state;
} ChunkDecoder;

/* Reads from the front of *input and cuts off what it used. HTTP_FINE with data->n > 0: a piece of
 * the body, a view. HTTP_FINE with data->n == 0: the body is complete, and *input begins with what
 * follows it. HTTP_MORE: *input is used up. Any other: refuse and close. Zeroed for each new body.
 */
HttpFault http_chunk_decode(ChunkDecoder *decoder, Str *input, Str *data);

#endif
