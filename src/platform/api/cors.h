/* Cross-origin requests: which pages of other origins a browser may let read our answers (Fetch
 * Standard, https://fetch.spec.whatwg.org/#http-cors-protocol). See docs/internals/browsers.md.
 *
 * The setting http.cors_origins lists exact origins ("https://shop.example"), or "*" for all. An exact
 * one may send cookies; whoever comes in by "*" may not, whatever else it sends. */
#ifndef PLATFORM_API_CORS_H
#define PLATFORM_API_CORS_H

#include "base/buf.h"
#include "platform/http/exchange.h"

typedef struct Cors Cors;

/* In `arena`, which holds the origins, too. NULL: no origin is let in. */
const Cors *cors_new(Arena *arena, StrList origins);

/* What an answer to this request says of it, also when its page is not let in: a cache must not give
 * one origin the other's answer. At most CORS_LINES_MAX bytes. `cors` NULL: nothing. */
enum { CORS_ORIGIN_MAX = 200, CORS_LINES_MAX = 480 };
void cors_write(Buf *out, const Cors *cors, const Exchange *ex);

/* Is it a browser that asks beforehand, for a page that is let in? */
bool cors_is_preflight(const Cors *cors, const Exchange *ex);

/* What it is told, besides the above: `methods` are those of the path. */
void cors_write_preflight(Buf *out, Str methods);

#endif
