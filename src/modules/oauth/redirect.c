/* Where users may be sent with a code.
 *
 * An address that is compared loosely is how codes were stolen for a decade (RFC 9700 §4.1), so the
 * bytes are compared. The one exception is the port of a program that waits on its own machine: the
 * system gives it another one each time (RFC 8252 §7.3). That is only so for the two addresses, and not
 * for `localhost`, which may be resolved to something else (§8.3). */
#include "modules/oauth/rules.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* What RFC 3986 lets stand in a URI, without "#". */
static bool is_uri_text(Str text)
{
    static const char marks[] = "-._~:/?[]@!$&'()*+,;=%";
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (!is_digit(c) && !is_letter(c) && !memchr(marks, c, sizeof marks - 1)) return false;
    }
    return text.n > 0;
}

static bool is_scheme(Str scheme)
{
    for (size_t i = 0; i < scheme.n; i++) {
        char c = scheme.p[i];
        bool later = is_digit(c) || c == '+' || c == '-' || c == '.';
        if (!is_letter(c) && (i == 0 || !later)) return false;
    }
    return scheme.n > 0;
}

/* "//host:port/path" -> host with its brackets, and what follows it. False: there is no host, or
 * somebody's name in front of it. */
static bool cut_host(Str rest, Str *host, Str *after)
{
    if (!str_starts(rest, S("//"))) return false;
    rest = str_slice(rest, 2, rest.n);
    size_t end = 0;
    while (end < rest.n && !memchr("/?", rest.p[end], 2)) end++;
    Str authority = str_slice(rest, 0, end);
    if (str_find_char(authority, '@') < authority.n) return false;
    bool bracket = str_starts(authority, S("["));
    size_t n = str_find_char(authority, bracket ? ']' : ':') + (bracket ? 1 : 0);
    if (n > authority.n || n == 0 || (bracket && n <= strlen("[]"))) return false;
    *host = str_slice(authority, 0, n);
    *after = str_slice(rest, n, rest.n);
    return true;
}

/* "" or ":8080", and what follows it. */
static bool cut_port(Str text, Str *after)
{
    size_t n = 0;
    if (str_starts(text, S(":")))
        for (n = 1; n < text.n && is_digit(text.p[n]);) n++;
    if (n > strlen(":65535") || (n < text.n && !memchr("/?", text.p[n], 2))) return false;
    *after = str_slice(text, n, text.n);
    return true;
}

static bool is_loopback(Str host)
{
    return str_eq(host, S("127.0.0.1")) || str_eq(host, S("[::1]"));
}

bool rules_redirect_is_sound(Str uri, bool public)
{
    Str scheme, rest, host, after;
    if (!is_uri_text(uri) || !str_cut(uri, ':', &scheme, &rest) || !is_scheme(scheme)) return false;
    bool https = str_eq(scheme, S("https")), http = str_eq(scheme, S("http"));
    if (https || http) {
        if (!cut_host(rest, &host, &after) || !cut_port(after, &after)) return false;
        return https || is_loopback(host) || str_eq(host, S("localhost"));
    }
    return public && str_find_char(scheme, '.') < scheme.n && str_starts(rest, S("/"));
}

/* Of http on a loopback address: what stands behind the port. */
static bool cut_loopback(Str uri, Str *host, Str *after)
{
    Str scheme, rest;
    return str_cut(uri, ':', &scheme, &rest) && str_eq(scheme, S("http")) &&
           cut_host(rest, host, after) && is_loopback(*host) && cut_port(*after, after);
}

static bool is_same(Str registered, Str uri)
{
    Str host, after, its_host, its_after;
    if (str_eq(registered, uri)) return true;
    return cut_loopback(registered, &host, &after) && cut_loopback(uri, &its_host, &its_after) &&
           str_eq(host, its_host) && str_eq(after, its_after);
}

bool rules_redirect_is_registered(StrList registered, Str uri)
{
    for (size_t i = 0; i < registered.n; i++)
        if (is_same(registered.items[i], uri)) return true;
    return false;
}
