/* Any bytes as the headers that say who sends a request: the first byte is how, the lines behind it
 * are values, by turns of Cookie and Authorization. What is found lies in its header, and is found
 * again in the cookie that would be set by it. The same bytes are a form with the token against
 * forgery, which nobody guesses, and the cookie of a device, which nobody makes up. */
#include "platform/api/attempts.h"
#include "platform/api/credential.h"
#include "platform/api/csrf.h"
#include "platform/vault/vault.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADERS = 8 };

static bool lies_in(Str part, Str whole)
{
    return part.p >= whole.p && part.p + part.n <= whole.p + whole.n;
}

static bool lies_in_one(const HttpRequest *http, Str token)
{
    for (size_t i = 0; i < http->header_count; i++)
        if (lies_in(token, http->headers[i].value)) return true;
    return false;
}

/* The line that sets the cookie, as a browser would send it back. */
static void check_again(Arena *arena, const HttpRequest *http, Str token)
{
    Str line = credential_cookie(arena, http, token, 60), name, pair, rest;
    str_cut(line, ' ', &name, &pair);
    str_cut(pair, ';', &pair, &rest);
    HttpHeader header = {S("Cookie"), pair};
    HttpRequest again = {.headers = &header, .header_count = 1, .secure = http->secure};
    Credential credential = credential_of(&again);
    assert(credential.kind == CREDENTIAL_COOKIE && str_eq(credential.token, token));
}

static Vault *vault_of_all(void)
{
    static Vault *vault;
    Arena *arena = arena_new(4096);
    Str detail, key = S("5be84d72c07f96e1384bd25a1fe7804c93b6da0572ce38a1d94f6b20a6f3019c");
    if (!vault) assert(!vault_open(arena, S(""), key, &random_system, &vault, &detail));
    arena_free(arena);
    return vault;
}

/* Is a form with these bytes in it let through? Only if the session's token stands there. */
static void check_form(Ctx *cx, const HttpRequest *http, Str body)
{
    HttpHeader form = {S("Content-Type"), S("application/x-www-form-urlencoded")};
    HttpRequest sent = {.headers = &form, .header_count = 1, .host = http->host, .body = body};
    Request rq = {.cx = cx, .http = &sent};
    Str token = csrf_token(cx->arena, S("a cookie"));
    bool through = csrf_check(&rq, S("a cookie")).status == 0;
    assert(!through || str_find(body, token) < body.n);
}

/* Nobody is let through by a limit, or held up, by what a cookie of his own making says. */
static void check_device(Ctx *cx, const HttpRequest *http)
{
    static const AttemptLimits none;
    Request rq = {.cx = cx, .http = http};
    assert(attempt_begin(&rq, &none, S("ann@shop.example")).status == 0);
    attempt_failed(&rq, &none, S("ann@shop.example"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    Arena *arena = arena_new(4096);
    HttpHeader headers[HEADERS];
    HttpRequest http = {.headers = headers, .secure = data[0] & 1, .host = S("shop.example")};
    Str rest = {(const char *)data + 1, size - 1};
    bool authorization = data[0] & 2;
    for (bool more = true; more && http.header_count < HEADERS; authorization = !authorization) {
        Str value;
        more = str_cut(rest, '\n', &value, &rest);
        headers[http.header_count++] =
            (HttpHeader){authorization ? S("Authorization") : S("Cookie"), str_trim(value)};
    }
    Credential credential = credential_of(&http);
    bool token = credential.kind == CREDENTIAL_BEARER || credential.kind == CREDENTIAL_COOKIE;
    assert(token == (credential.token.n > 0));
    assert(!token || lies_in_one(&http, credential.token));
    assert(credential.token.n <= CREDENTIAL_MAX);
    if (token) check_again(arena, &http, credential.token);
    csrf_same_origin(&http);
    Ctx cx = {
        .arena = arena, .clock = &clock_system, .random = &random_system, .vault = vault_of_all()};
    check_form(&cx, &http, (Str){(const char *)data + 1, size - 1});
    check_device(&cx, &http);
    arena_free(arena);
    return 0;
}
