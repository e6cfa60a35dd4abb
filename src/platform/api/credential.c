#include "platform/api/credential.h"

#define COOKIE_HOST "__Host-souk"
#define COOKIE_HTTP "souk"

/* b64token of RFC 6750 §2.1, which also takes what a cookie's value may be (RFC 6265 §4.1.1) of ours. */
static bool is_token(Str text)
{
    static const char marks[] = "-._~+/=";
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!word && !memchr(marks, c, sizeof marks - 1)) return false;
    }
    return text.n > 0 && text.n <= CREDENTIAL_MAX;
}

static Credential read_authorization(Str value)
{
    Str scheme, token;
    bool two = str_cut(value, ' ', &scheme, &token);
    token = str_trim(token);
    if (!two || !str_eq_nocase(scheme, S("Bearer")) || !is_token(token))
        return (Credential){.kind = CREDENTIAL_UNREADABLE};
    return (Credential){.kind = CREDENTIAL_BEARER, .token = token};
}

/* Looks for the cookie in one header. False: there are two of it that differ. */
static bool read_cookies(Str list, Str wanted, Str *found)
{
    for (bool more = true; more;) {
        Str pair, name, value;
        more = str_cut(list, ';', &pair, &list);
        if (!str_cut(str_trim(pair), '=', &name, &value) || !str_eq(name, wanted)) continue;
        if (found->p && !str_eq(*found, value)) return false;
        *found = value;
    }
    return true;
}

static Credential read_cookie(const HttpRequest *http)
{
    Str wanted = http->secure ? S(COOKIE_HOST) : S(COOKIE_HTTP), found = {0};
    for (size_t i = 0; i < http->header_count; i++)
        if (str_eq_nocase(http->headers[i].name, S("Cookie")) &&
            !read_cookies(http->headers[i].value, wanted, &found))
            return (Credential){0};
    if (!is_token(found)) return (Credential){0};
    return (Credential){.kind = CREDENTIAL_COOKIE, .token = found};
}

Credential credential_of(const HttpRequest *http)
{
    Credential credential = {0};
    int authorizations = 0;
    for (size_t i = 0; i < http->header_count; i++) {
        if (!str_eq_nocase(http->headers[i].name, S("Authorization"))) continue;
        credential = read_authorization(http->headers[i].value);
        authorizations++;
    }
    if (authorizations > 1) credential = (Credential){.kind = CREDENTIAL_UNREADABLE};
    if (authorizations == 0) credential = read_cookie(http);
    credential.client = http->client;
    return credential;
}

static Str cookie_line(Arena *arena, const HttpRequest *http, Str token, int64_t life_s)
{
    return str_format(arena,
                      "Set-Cookie: %s=%.*s; Path=/; Max-Age=%lld; %sHttpOnly; SameSite=Lax\r\n",
                      http->secure ? COOKIE_HOST : COOKIE_HTTP, STR_ARG(token), (long long)life_s,
                      http->secure ? "Secure; " : "");
}

Str credential_cookie(Arena *arena, const HttpRequest *http, Str token, int64_t life_s)
{
    return cookie_line(arena, http, token, life_s);
}

Str credential_no_cookie(Arena *arena, const HttpRequest *http)
{
    return cookie_line(arena, http, S(""), 0);
}
