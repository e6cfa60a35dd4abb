#include "platform/api/cors.h"

struct Cors {
    StrList origins; /* exact ones */
    bool any;
};

const Cors *cors_new(Arena *arena, StrList origins)
{
    if (!origins.n) return NULL;
    Cors *cors = NEW(arena, Cors);
    cors->origins.items = NEW_N(arena, Str, origins.n);
    for (size_t i = 0; i < origins.n; i++) {
        if (str_eq(origins.items[i], S("*")))
            cors->any = true;
        else
            cors->origins.items[cors->origins.n++] = str_copy(arena, origins.items[i]);
    }
    return cors;
}

/* Browsers write origins in one way only, so that bytes can be compared. */
static bool is_listed(const Cors *cors, Str origin)
{
    for (size_t i = 0; i < cors->origins.n; i++)
        if (str_eq(cors->origins.items[i], origin)) return true;
    return false;
}

/* Where every page is let in alike, the answer does not depend on who asks. */
void cors_write(Buf *out, const Cors *cors, const Exchange *ex)
{
    if (!cors) return;
    Str origin = cors->origins.n ? exchange_header(ex, S("Origin")) : (Str){0};
    bool listed = origin.n && is_listed(cors, origin);
    if (cors->origins.n) buf_lit(out, "Vary: Origin\r\n");
    if (!listed && !cors->any) return;
    buf_lit(out, "Access-Control-Allow-Origin: ");
    buf_put(out, listed ? origin : S("*"));
    if (listed) buf_lit(out, "\r\nAccess-Control-Allow-Credentials: true");
    buf_lit(out, "\r\nAccess-Control-Expose-Headers: Age, Cache-Status, ETag, Idempotent-Replayed, "
                 "Link, Location, RateLimit, RateLimit-Policy, Retry-After, Server-Timing, "
                 "X-Request-Id\r\n");
}

bool cors_is_preflight(const Cors *cors, const Exchange *ex)
{
    if (!cors || ex->request.method != METHOD_OPTIONS) return false;
    Str origin = exchange_header(ex, S("Origin"));
    bool asks = origin.n && exchange_has_header(ex, S("Access-Control-Request-Method"));
    return asks && (cors->any || is_listed(cors, origin));
}

/* Two hours are the most that Chromium keeps it. "*" for the headers would leave out Authorization. */
void cors_write_preflight(Buf *out, Str methods)
{
    buf_lit(out, "Access-Control-Allow-Methods: ");
    buf_put(out, methods);
    buf_lit(out,
            "\r\nAccess-Control-Allow-Headers: Accept, Authorization, Cart-Token, Content-Type, "
            "Idempotency-Key, If-Match, If-None-Match, Order-Token, Range, X-CSRF-Token, "
            "traceparent\r\n"
            "Access-Control-Max-Age: 7200\r\n");
}
