/* The inside of a Blob, for answer.c. */
#ifndef PLATFORM_HTTP_BLOB_H
#define PLATFORM_HTTP_BLOB_H

#include "platform/http/exchange.h"

#include <stdatomic.h>

typedef struct BlobBody {
    Str bytes; /* p is NULL where this encoding gained nothing */
    Str lines; /* the header lines of a whole 200 answer: type, length, ETag, coding, and the blob's
                  own */
} BlobBody;

struct Blob {
    Arena *arena; /* holds the blob itself */
    atomic_int refs;
    bool varies; /* some encoding gained something: the answer depends on Accept-Encoding */
    bool single; /* by blob_of: only bodies[encoding] is there, and it is sent whole */
    int encoding;
    Str content_type, headers, etag;
    void (*release)(void *owner); /* by blob_view: what keeps the bytes; NULL: the arena */
    void *owner;
    BlobBody bodies[ENCODING_COUNT];
};

#endif
