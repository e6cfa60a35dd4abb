#include "platform/api/csrf.h"

#include "base/hash.h"
#include "platform/api/errors.h"

enum { TOKEN_BYTES = 24 };

Str csrf_token(Arena *arena, Str cookie)
{
    const Str parts[] = {S("souk csrf "), cookie};
    unsigned char hash[SHA256_BYTES];
    hash_sha256_parts(parts, 2, hash);
    return base64url_text(arena, hash, TOKEN_BYTES);
}

static Str header(const HttpRequest *http, Str name)
{
    for (size_t i = 0; i < http->header_count; i++)
        if (str_eq_nocase(http->headers[i].name, name)) return http->headers[i].value;
    return (Str){0};
}

bool csrf_same_origin(const HttpRequest *http)
{
    Str site = header(http, S("Sec-Fetch-Site")), origin = header(http, S("Origin"));
    if (site.p) return str_eq(site, S("same-origin")) || str_eq(site, S("none"));
    if (!origin.p) return true;
    size_t scheme = str_find(origin, S("://"));
    return scheme < origin.n && str_eq_nocase(str_slice(origin, scheme + 3, origin.n), http->host);
}

/* Our tokens have no letter that a form would encode. */
static Str field_of_form(const HttpRequest *http)
{
    Str type = header(http, S("Content-Type")), media, rest = http->body;
    str_cut(type, ';', &media, &type);
    bool form = str_eq_nocase(str_trim(media), S("application/x-www-form-urlencoded"));
    for (bool more = form; more;) {
        Str pair, name, value;
        more = str_cut(rest, '&', &pair, &rest);
        if (str_cut(pair, '=', &name, &value) && str_eq(name, S("csrf_token"))) return value;
    }
    return (Str){0};
}

Reply csrf_check(Request *rq, Str cookie)
{
    if (!csrf_same_origin(rq->http))
        return fail(rq, &error_cross_site, "The request comes from another site.");
    Str sent = header(rq->http, S("X-CSRF-Token"));
    if (!sent.p) sent = field_of_form(rq->http);
    Str wanted = csrf_token(rq->cx->arena, cookie);
    if (sent.n == wanted.n && bytes_eq_constant_time(sent.p, wanted.p, wanted.n)) return (Reply){0};
    return fail(rq, &error_cross_site, "X-CSRF-Token is missing, or belongs to another session.");
}
