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

/* What a hit needs stands in front: blobs lie cold in memory. */
struct Blob {
    atomic_int refs;
    bool varies; /* some encoding gained something: the answer depends on Accept-Encoding */
    bool single; /* by blob_of: only bodies[encoding] is there, and it is sent whole */
    uint8_t encoding;
    BlobBody bodies[ENCODING_COUNT];
    Str content_type, headers, etag;
    Arena *arena;                 /* holds the blob itself */
    void (*release)(void *owner); /* by blob_view: what keeps the bytes; NULL: the arena */
    void *owner;
};

#endif
