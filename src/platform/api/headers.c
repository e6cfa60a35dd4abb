#include "platform/api/headers.h"

#include "platform/http/blob.h"

/* Mischief needs content that is taken for something else, so every answer forbids the guess. */
void headers_write(Buf *out, const Call *call)
{
    const Api *api = call->api;
    buf_lit(out, "X-Content-Type-Options: nosniff\r\nX-Request-Id: ");
    buf_put(out, str_from(call->cx.trace.request_id));
    buf_lit(out, "\r\n");
    if (call->ex->request.secure) buf_put(out, api->transport_security);
    cors_write(out, api->cors, call->ex);
    throttle_write(out, call->rq.limits);
}

size_t headers_room(const Call *call)
{
    enum { FIXED = 128 };
    return FIXED + (call->ex->request.secure ? call->api->transport_security.n : 0) +
           (call->api->cors ? CORS_LINES_MAX : 0) + (call->rq.limits ? THROTTLE_LINES_MAX : 0);
}

static bool is_page(const Reply *reply)
{
    Str type = reply->blob ? reply->blob->content_type : reply->content_type;
    return !reply->error && str_starts(type, S("text/html"));
}

/* Older browsers know X-Frame-Options and no frame-ancestors. Features that no page of ours uses are
 * switched off, so that nothing that ends up in one can use them. */
Reply headers_of_page(Request *rq, Reply reply)
{
    if (!is_page(&reply)) return reply;
    const char *policy = rq->route->policy ? rq->route->policy : PAGE_POLICY;
    reply.headers = str_format(
        rq->cx->arena,
        "Content-Security-Policy: %s\r\n"
        "Cross-Origin-Opener-Policy: same-origin\r\n"
        "Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()\r\n"
        "Referrer-Policy: same-origin\r\n"
        "X-Frame-Options: DENY\r\n%.*s",
        policy, STR_ARG(reply.headers));
    return reply;
}
