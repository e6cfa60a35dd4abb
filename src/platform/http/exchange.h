/* Exchange: one request and its answer, whatever carries it (HTTP/1.1 now; HTTP/2 and TLS become
 * layers below). See docs/internals/http.md.
 *
 * The loop that owns the connection calls the application three times:
 *
 * head: the head is complete and valid; the body has not been read. The application sets body_max,
 * or answers at once (the body is then dropped, or the connection closed).
 *
 * ready: the body is complete. The application answers now, or keeps the exchange and answers later
 * from any thread. A kept exchange stays valid until it is answered, even when its client is gone.
 *
 * finished: the answer is sent or the connection is lost: count, log, free what is the
 * application's. It follows each head exactly once; ready may have been left out, when the body was
 * refused or its sender went away.
 *
 * Callbacks run on the loop and never block. An exchange is answered exactly once. */
#ifndef PLATFORM_HTTP_EXCHANGE_H
#define PLATFORM_HTTP_EXCHANGE_H

#include "base/arena.h"
#include "base/str.h"
#include "base/time.h"

typedef enum Method {
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PUT,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHOD_OTHER
} Method;

typedef struct HttpHeader {
    Str name, value; /* as sent, value trimmed */
} HttpHeader;

/* An address as 16 bytes (IPv4 mapped), comparable and hashable. */
typedef struct NetAddress {
    unsigned char bytes[16];
} NetAddress;

typedef struct HttpRequest {
    Method method;
    Str method_text;
    Str path;  /* as sent: still percent-encoded, begins with "/"; "*" for OPTIONS * */
    Str query; /* after "?", as sent; empty when there is none */
    Str host;  /* from Host or the absolute form; may be empty on HTTP/1.0 */
    int minor; /* HTTP/1.minor */
    HttpHeader *headers;
    size_t header_count;
    Str body;          /* complete in `ready` */
    NetAddress peer;   /* the other end of the socket */
    NetAddress client; /* the same, or what trusted proxies say of it */
    bool secure;       /* https, as told by a trusted proxy or a TLS layer */
} HttpRequest;

/* Bytes that many answers share: a static file, a cached answer. Immutable once published, counted.
 * The encoded variants are made once, when the blob is made. */
typedef struct Blob Blob;

enum { ENCODING_IDENTITY, ENCODING_GZIP, ENCODING_BROTLI, ENCODING_ZSTD, ENCODING_COUNT };

/* Copies and, when `compress`, encodes `bytes` in all encodings (kept only where smaller). ETag is
 * the XXH3 of the bytes. `content_type` and `headers` (lines "Name: value\r\n") are copied too. One
 * reference, the caller's. */
Blob *blob_new(Str bytes, Str content_type, Str headers, bool compress);

/* A body that somebody has encoded already, in the one encoding that it has: each asker's is chosen
 * by exchange_encoding before. It has no ranges. All texts are copied. */
typedef struct BlobParts {
    Str bytes;
    int encoding; /* of `bytes` */
    bool varies;  /* another Accept-Encoding would have got another body */
    Str content_type;
    Str etag; /* of the content, without the encoding's suffix */
    Str headers;
} BlobParts;
Blob *blob_of(const BlobParts *parts);

/* Bytes that are kept elsewhere and are not copied: `release(owner)` is called with the last
 * reference, from any thread. It has ranges, and is sent as it is. The texts are copied. */
typedef struct BlobHead {
    Str content_type;
    Str etag;
    Str headers;
} BlobHead;
Blob *blob_view(Str bytes, const BlobHead *head, void (*release)(void *owner), void *owner);

Blob *blob_ref(Blob *blob);
void blob_unref(Blob *blob);
size_t blob_size(const Blob *blob); /* all encodings and the heads together: what a cache pays */

/* What the views point to lives in the exchange's arena or is static. */
typedef struct Answer {
    int status;
    Str content_type; /* empty: no body */
    Str headers;      /* more lines, each "Name: value\r\n", already valid */
    Str body;         /* encoded on the way when it is large and compressible */
    Blob *blob;       /* instead of content_type and body; takes over the caller's reference */
    Str etag;         /* opaque part without quotes; gives 304 and, per encoding, a suffix */
    Time last_modified;
    bool close; /* close the connection after it */
    bool as_is; /* never encoded on the way: the thread that answers has better things to do */
} Answer;

typedef struct Exchange {
    HttpRequest request;
    Arena *arena;     /* freed after `finished` */
    size_t body_max;  /* set in `head`; more is answered 413. Default 0: a body is refused */
    int64_t began_us; /* monotonic: first byte of the head */
    void *app;        /* the application's own */
    int status;       /* of the answer, for `finished` */
    uint64_t bytes_sent;
    bool cut; /* the client went away before the answer was complete */
} Exchange;

typedef struct HttpApp {
    void (*head)(void *app, Exchange *ex);
    void (*ready)(void *app, Exchange *ex);
    void (*finished)(void *app, Exchange *ex);
    /* What is refused below the application (malformed, too large, timed out, a bad range): writes
     * the problem document in the arena, on the loop. `ex` may not have been seen in `head`, and then
     * has no more of its request than was read; it is NULL when http_start asks, once, for the
     * answers to connections over the limits. The codes are the rows of fault.h. */
    Answer (*refusal)(void *app, Exchange *ex, Arena *arena, int status, const char *code,
                      Str detail);
    void *state;
} HttpApp;

/* Answers: from the loop in `head` or later, from any other thread after `ready`; exactly once. On
 * the loop's own thread it is sent before the loop sleeps. If-None-Match, If-Modified-Since, HEAD,
 * Range (blobs), Accept-Encoding, Date and Content-Length are seen to here. `answer` is copied;
 * what it points to must live until `finished`. */
void exchange_answer(Exchange *ex, const Answer *answer);

/* The encoding that exchange_answer would give a long compressible body for this request. */
int exchange_encoding(const Exchange *ex);

/* Encodes as exchange_answer would, on the calling thread. False, and *out untouched, when it would
 * not become smaller. In the exchange's arena. */
bool exchange_encode(Exchange *ex, int encoding, Str bytes, Str *out);

/* Is a body of this type and size worth encoding? */
bool content_is_encoded(Str content_type, size_t size);

/* The value of the first header of that name, in any case; empty when it is missing. */
Str exchange_header(const Exchange *ex, Str name);
bool exchange_has_header(const Exchange *ex, Str name);

/* ---- streams (server-sent events, exports) ---- */

/* Instead of exchange_answer, with the same rules: sends the head (chunked on HTTP/1.1,
 * close-delimited on 1.0; `head` has no body and no blob) and lets any thread post pieces.
 * `buffer_max` bounds what waits for a slow reader; a reader that takes nothing for the send
 * timeout is cut. */
void exchange_stream(Exchange *ex, const Answer *head, size_t buffer_max);

typedef enum StreamState { STREAM_OPEN, STREAM_FULL, STREAM_CUT } StreamState;

/* Copies `bytes`, which never pass buffer_max by themselves. STREAM_FULL: nothing was taken; try
 * again after `writable`, or give up. STREAM_CUT: the reader is gone. One thread at a time. */
StreamState exchange_stream_write(Exchange *ex, Str bytes);

/* Exactly once, also after STREAM_CUT. `finished` follows; the exchange is not to be used any more.
 */
void exchange_stream_end(Exchange *ex);

/* `f` is called on the loop when there is room after STREAM_FULL, and when the reader is cut. NULL:
 * never. */
void exchange_stream_on_writable(Exchange *ex, void (*f)(void *arg), void *arg);

#endif
