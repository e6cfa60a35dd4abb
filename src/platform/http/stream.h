/* The loop's side of streams; the writers' is in exchange.h. */
#ifndef PLATFORM_HTTP_STREAM_H
#define PLATFORM_HTTP_STREAM_H

#include "platform/http/core.h"

/* All on the loop's thread, for a call in CALL_STREAMING. */
void stream_fill(
    HttpCall *call); /* puts what waits into `out`; at the end the last bytes, and CALL_SENDING */
void stream_sent(HttpCall *call); /* `out` has left */
bool stream_cut(HttpCall *call);  /* the connection is lost; true when the application has already
                                     ended the stream */
void stream_free(
    HttpStream *stream); /* NULL is fine; the struct itself is in the exchange's arena */

#endif
