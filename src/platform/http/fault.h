/* What the HTTP core refuses by itself, below the application. Each refusal is a row (see fault.c),
 * so that the answer, the metrics and `souk errors` have one source. */
#ifndef PLATFORM_HTTP_FAULT_H
#define PLATFORM_HTTP_FAULT_H

#include "base/error.h"

typedef enum HttpFault {
    HTTP_FINE, /* no fault */
    HTTP_MORE, /* no verdict yet: the input ends too early */
    /* the request line */
    HTTP_BAD_REQUEST_LINE,
    HTTP_BAD_METHOD,
    HTTP_UNKNOWN_METHOD,
    HTTP_BAD_TARGET,
    HTTP_LONG_TARGET,
    HTTP_BAD_VERSION,
    HTTP_OTHER_VERSION,
    /* header lines */
    HTTP_BAD_LINE_END,
    HTTP_FOLDED_LINE,
    HTTP_BAD_HEADER_NAME,
    HTTP_BAD_HEADER_VALUE,
    HTTP_LARGE_HEAD,
    HTTP_MANY_HEADERS,
    /* what the headers say together */
    HTTP_NO_HOST,
    HTTP_TWO_HOSTS,
    HTTP_BAD_HOST,
    HTTP_BAD_LENGTH,
    HTTP_TWO_LENGTHS,
    HTTP_LENGTH_AND_CODING,
    HTTP_BAD_CODING,
    HTTP_UNKNOWN_CODING,
    HTTP_BAD_EXPECTATION,
    /* the body */
    HTTP_BAD_CHUNK,
    HTTP_LARGE_CHUNK_LINE,
    HTTP_BAD_TRAILER,
    HTTP_LARGE_TRAILER,
    HTTP_LARGE_BODY,
    /* time and number */
    HTTP_SLOW_HEAD,
    HTTP_SLOW_BODY,
    HTTP_BUSY,
    HTTP_BUSY_CLIENT,
    /* the answer */
    HTTP_BAD_RANGE,
    HTTP_FAULT_COUNT
} HttpFault;

/* The rows, by fault; those of HTTP_FINE and HTTP_MORE have no code. */
extern const Error http_faults[HTTP_FAULT_COUNT];

#endif
