/* What strangers send to OAuth's endpoints: who a client says it is, forms, scopes, addresses. */
#include "modules/oauth/clients.h"
#include "modules/oauth/rules.h"

#include "meta/query.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_credentials(Arena *arena, Str value)
{
    HttpHeader header = {S("Authorization"), value};
    HttpRequest http = {.headers = &header, .header_count = 1};
    ClientCredentials credentials;
    Verdict verdict = client_credentials_read(arena, &http, S(""), S(""), &credentials);
    if (verdict.error) return;
    if (!credentials.basic || !str_is_utf8(credentials.id) || !str_is_utf8(credentials.secret))
        abort();
}

/* What is granted is granted again, and is within what may be had. */
static void check_scope(Arena *arena, Str scope)
{
    StrList names;
    Str granted, again;
    if (scope.n > SCOPE_MAX || !rules_scope_read(arena, scope, &names) || !names.n) return;
    if (rules_scope_grant(arena, names, scope, &granted).error) abort();
    if (rules_scope_grant(arena, names, granted, &again).error || !str_eq(granted, again)) abort();
    if (!str_eq(rules_scope_common(arena, names, granted), granted)) abort();
}

/* A URI of http on a loopback address without its port, if it has one of at most five digits. False: it
 * is none. */
static bool cut_port(Arena *arena, Str uri, Str *out)
{
    static const char *const hosts[] = {"http://127.0.0.1", "http://[::1]"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        Str host = str_from(hosts[i]);
        if (!str_starts(uri, host)) continue;
        Str rest = str_slice(uri, host.n, uri.n);
        size_t digits = 0;
        if (str_starts(rest, S(":")))
            while (digits + 1 < rest.n && rest.p[digits + 1] >= '0' && rest.p[digits + 1] <= '9')
                digits++;
        Str parts[] = {host, digits <= 5 && str_starts(rest, S(":"))
                                 ? str_slice(rest, digits + 1, rest.n)
                                 : rest};
        *out = str_join(arena, (StrList){parts, 2}, S(""));
        return true;
    }
    return false;
}

/* Whoever is registered is there himself; nothing else is but with another port. */
static void check_redirects(Arena *arena, Str one, Str other)
{
    Str bare, other_bare;
    StrList list = {&one, 1};
    if (!rules_redirect_is_registered(list, one)) abort();
    if (!rules_redirect_is_sound(one, true) || str_eq(one, other)) return;
    if (!rules_redirect_is_registered(list, other)) return;
    if (!cut_port(arena, one, &bare) || !cut_port(arena, other, &other_bare)) abort();
    if (!str_eq(bare, other_bare) || !rules_redirect_is_sound(other, true)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(4096);
    Str text = {(const char *)data, size}, one, other;
    Violations bad = violations_new(arena);
    str_cut(text, '\n', &one, &other);
    check_credentials(arena, text);
    check_scope(arena, text);
    check_redirects(arena, one, other);
    query_read(arena, &token_request_type, text, QUERY_LENIENT, &bad);
    arena_free(arena);
    return 0;
}
