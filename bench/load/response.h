/* Response: the head of an HTTP/1.1 answer, as much of it as counting needs. */
#ifndef BENCH_LOAD_RESPONSE_H
#define BENCH_LOAD_RESPONSE_H

#include "base/str.h"

typedef struct ResponseHead {
    int status;
    size_t head_size; /* bytes up to and with the empty line */
    size_t body_size;
    bool close; /* the server will close the connection after it */
} ResponseHead;

typedef enum ResponseState { RESPONSE_MORE, RESPONSE_HEAD, RESPONSE_BAD } ResponseState;

/* Looks for a complete head at the start of `in`. RESPONSE_BAD: not HTTP/1.1, no Content-Length
 * where there must be one (a chunked answer has no size to hold against the opponent's: such a
 * server is asked for plain ones). */
ResponseState response_head(Str in, ResponseHead *out);

#endif
