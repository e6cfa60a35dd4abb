/* Cross-site request forgery: a browser sends the session's cookie with whatever page makes it send a
 * request. docs/decisions/csrf.md says why the check is what it is. */
#ifndef PLATFORM_API_CSRF_H
#define PLATFORM_API_CSRF_H

#include "platform/api/request.h"

/* What a page of the session sends as X-CSRF-Token, or a form as its field csrf_token: made of the
 * cookie's value, which no other site and no script can read. */
Str csrf_token(Arena *arena, Str cookie);

/* Does the browser say that the request comes from a page of this host, or does nobody say anything?
 * By Sec-Fetch-Site (W3C Fetch Metadata), else by Origin (RFC 6454). For routes that begin a session,
 * too: a log-in that another site makes is an attack. */
bool csrf_same_origin(const HttpRequest *http);

/* Of a request that is known by its cookie and may change something: the refusal, or a reply of
 * {0}. */
Reply csrf_check(Request *rq, Str cookie);

#endif
