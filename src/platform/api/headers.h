/* The lines that answers have whatever they are about, and those that pages have. The one place for
 * them: see docs/internals/browsers.md. */
#ifndef PLATFORM_API_HEADERS_H
#define PLATFORM_API_HEADERS_H

#include "platform/api/call.h"

/* The policy of pages whose route names none: nothing from elsewhere but pictures, no script, no
 * style but ours, in nobody's frame. */
#define PAGE_POLICY                                                                                \
    "default-src 'none'; style-src 'self'; img-src 'self' https: data:; form-action 'self'; "      \
    "base-uri 'none'; frame-ancestors 'none'"

/* Appends X-Request-Id, X-Content-Type-Options, what CORS and limits say, and, where the client
 * speaks https, Strict-Transport-Security: at most headers_room bytes. */
void headers_write(Buf *out, const Call *call);
size_t headers_room(const Call *call);

/* The reply with the lines of a page, when it is one (text/html). */
Reply headers_of_page(Request *rq, Reply reply);

#endif
