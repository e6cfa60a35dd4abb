/* By what a request says who sends it, and what a browser must show besides. */
#include "platform/api/csrf.h"
#include "platform/api/errors.h"
#include "platform/api/test_shop.h"

enum { HEADERS = 4 };

/* "Name: value" lines. */
static HttpRequest request_of(HttpHeader *headers, bool secure, const char *const *lines)
{
    HttpRequest http = {.method = METHOD_POST,
                        .host = S("shop.example:8080"),
                        .headers = headers,
                        .secure = secure};
    for (int i = 0; i < HEADERS && lines[i]; i++) {
        HttpHeader *header = &headers[http.header_count++];
        str_cut(str_from(lines[i]), ':', &header->name, &header->value);
        header->value = str_trim(header->value);
    }
    return http;
}

typedef struct Case {
    const char *lines[HEADERS];
    CredentialKind kind;
    const char *token;
    bool secure;
} Case;

static void a_credential_is_read_strictly(void **state)
{
    (void)state;
    static const Case cases[] = {
        {{NULL}, CREDENTIAL_NONE, NULL, false},
        {{"Authorization: Bearer sk_a-b_c.d~e+f/g="},
         CREDENTIAL_BEARER,
         "sk_a-b_c.d~e+f/g=",
         false},
        {{"authorization: bEARER x"}, CREDENTIAL_BEARER, "x", false},
        {{"Authorization: Bearer   x"}, CREDENTIAL_BEARER, "x", false},
        {{"Authorization: Bearer"}, CREDENTIAL_UNREADABLE, NULL, false},
        {{"Authorization:"}, CREDENTIAL_UNREADABLE, NULL, false},
        {{"Authorization: Bearer a b"}, CREDENTIAL_UNREADABLE, NULL, false},
        {{"Authorization: Bearer a,b"}, CREDENTIAL_UNREADABLE, NULL, false},
        {{"Authorization: Basic YQ=="}, CREDENTIAL_UNREADABLE, NULL, false},
        {{"Authorization: Bearer a", "Authorization: Bearer a"},
         CREDENTIAL_UNREADABLE,
         NULL,
         false},
        /* a sender of both means the token */
        {{"Cookie: souk=c", "Authorization: Bearer a"}, CREDENTIAL_BEARER, "a", false},
        {{"Cookie: souk=c", "Authorization: Basic a"}, CREDENTIAL_UNREADABLE, NULL, false},
        {{"Cookie: souk=c"}, CREDENTIAL_COOKIE, "c", false},
        {{"Cookie: a=b; souk=c; d"}, CREDENTIAL_COOKIE, "c", false},
        {{"Cookie: a=souk=x;souk=c"}, CREDENTIAL_COOKIE, "c", false},
        {{"Cookie: SOUK=c"}, CREDENTIAL_NONE, NULL, false},
        {{"Cookie: souk="}, CREDENTIAL_NONE, NULL, false},
        {{"Cookie: souk=\"c\""}, CREDENTIAL_NONE, NULL, false},
        {{"Cookie: souk=c d"}, CREDENTIAL_NONE, NULL, false},
        {{"Cookie: souk=c; souk=c"}, CREDENTIAL_COOKIE, "c", false},
        {{"Cookie: souk=c; souk=d"}, CREDENTIAL_NONE, NULL, false},
        {{"Cookie: souk=c", "Cookie: souk=d"}, CREDENTIAL_NONE, NULL, false},
        /* each scheme has its own name: what http has set is nothing by https */
        {{"Cookie: souk=c"}, CREDENTIAL_NONE, NULL, true},
        {{"Cookie: souk=c; __Host-souk=d"}, CREDENTIAL_COOKIE, "d", true},
        {{"Cookie: __Host-souk=d"}, CREDENTIAL_NONE, NULL, false},
    };
    for (size_t i = 0; i < ROWS(cases); i++) {
        HttpHeader headers[HEADERS];
        HttpRequest http = request_of(headers, cases[i].secure, cases[i].lines);
        Credential got = credential_of(&http);
        if (got.kind != cases[i].kind || !str_eq(got.token, str_from(cases[i].token)))
            fail_msg("case %zu: kind %d, token %.*s", i, got.kind, STR_ARG(got.token));
    }
}

static void a_token_has_a_longest(void **state)
{
    (void)state;
    static char text[CREDENTIAL_MAX + 1];
    memset(text, 'a', sizeof text);
    HttpHeader header = {S("Cookie"), {0}};
    HttpRequest http = {.headers = &header, .header_count = 1};
    Arena *arena = arena_new(1 << 16);
    for (size_t n = CREDENTIAL_MAX; n <= CREDENTIAL_MAX + 1; n++) {
        header.value = str_format(arena, "souk=%.*s", (int)n, text);
        assert_int_equal(credential_of(&http).kind == CREDENTIAL_COOKIE, n == CREDENTIAL_MAX);
    }
    arena_free(arena);
}

static void the_cookie_is_for_this_host_and_no_script(void **state)
{
    (void)state;
    Arena *arena = arena_new(4096);
    HttpRequest plain = {.secure = false}, secure = {.secure = true};
    assert_str_equal(credential_cookie(arena, &secure, S("t"), 60),
                     S("Set-Cookie: __Host-souk=t; Path=/; Max-Age=60; Secure; HttpOnly; "
                       "SameSite=Lax\r\n"));
    assert_str_equal(credential_cookie(arena, &plain, S("t"), 60),
                     S("Set-Cookie: souk=t; Path=/; Max-Age=60; HttpOnly; SameSite=Lax\r\n"));
    assert_str_equal(credential_no_cookie(arena, &plain),
                     S("Set-Cookie: souk=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax\r\n"));
    arena_free(arena);
}

/* ---- Where a browser says that it is --------------------------------------------------------- */

typedef struct Site {
    const char *lines[HEADERS];
    bool same;
} Site;

static void a_browser_says_where_it_is(void **state)
{
    (void)state;
    static const Site sites[] = {
        {{NULL}, true},
        {{"Sec-Fetch-Site: same-origin"}, true},
        {{"Sec-Fetch-Site: none"}, true},
        {{"Sec-Fetch-Site: same-site"}, false},
        {{"Sec-Fetch-Site: cross-site"}, false},
        {{"Sec-Fetch-Site: "}, false},
        {{"Origin: https://shop.example:8080"}, true},
        {{"Origin: http://SHOP.example:8080"}, true},
        {{"Origin: https://shop.example"}, false},
        {{"Origin: https://evil.example:8080"}, false},
        {{"Origin: https://shop.example:8080.evil.example"}, false},
        {{"Origin: null"}, false},
        {{"Origin: "}, false},
        /* what the browser says by itself counts before what can be missing */
        {{"Sec-Fetch-Site: cross-site", "Origin: https://shop.example:8080"}, false},
    };
    for (size_t i = 0; i < ROWS(sites); i++) {
        HttpHeader headers[HEADERS];
        HttpRequest http = request_of(headers, true, sites[i].lines);
        if (csrf_same_origin(&http) != sites[i].same) fail_msg("site %zu", i);
    }
}

/* ---- Over sockets: who is known by a cookie -------------------------------------------------- */

static Reply say_yes(Request *rq)
{
    WANT_INT(rq->cx->actor.cookie, rq->cx->actor.id.n == 7);
    return no_content();
}
HANDLER_PLAIN(say_yes)

static Reply say_more(Request *rq, const void *body)
{
    (void)rq, (void)body;
    return no_content();
}

static const Permission things_write = {"forged:write", "Change things.", .roles = ""};
static const Permission *const permissions[] = {&things_write};
static const Route routes[] = {
    ROUTE(GET, "/mine", say_yes, "Reads.", .tx = TX_READ, .signed_in = true),
    ROUTE(POST, "/mine", say_yes, "Writes.", .tx = TX_WRITE, .signed_in = true),
    ROUTE(POST, "/open", say_yes, "Writes.", .tx = TX_WRITE),
    {.method = METHOD_POST,
     .path = "/form",
     .name = "form",
     .doc = "Takes a form.",
     .handler = say_more,
     .tx = TX_WRITE,
     .signed_in = true,
     .takes = "application/x-www-form-urlencoded",
     .file = __FILE__,
     .line = __LINE__},
    {.method = METHOD_POST,
     .path = "/own",
     .name = "own",
     .doc = "Finds out by itself.",
     .handler = say_more,
     .tx = TX_WRITE,
     .own_credentials = true,
     .file = __FILE__,
     .line = __LINE__},
};
static const Module module = {.name = "forged",
                              .doc = "Forged.",
                              MODULE_ROWS(routes, route),
                              MODULE_ROWS(permissions, permission)};
static const Module *const modules[] = {&module};

/* The cookie "good" is user 7's, the token "good" user 8's. */
static const Error *identify(Ctx *cx, const Credential *credential, uint64_t moment)
{
    (void)moment;
    if (!str_eq(credential->token, S("good"))) return &error_unauthenticated;
    cx->actor = (Actor){.id = {credential->kind == CREDENTIAL_COOKIE ? 7 : 8}, .prefix = "user"};
    return NULL;
}

typedef struct Sent {
    const char *line, *headers, *body;
    int status;
} Sent;

#define TOKEN  "X-CSRF-Token: %s\r\n"
#define GOOD   "Cookie: souk=good\r\n"
#define BEARER "Authorization: Bearer good\r\n"
#define A_FORM "Content-Type: application/x-www-form-urlencoded\r\n"

static void what_writes_by_a_cookie_shows_the_token(void **state)
{
    World *w = world_of(state);
    static Shop shop;
    static const Sent all[] = {
        {"GET /mine", "", "", 401},
        {"GET /mine", GOOD, "", 204},
        {"GET /mine", GOOD "Sec-Fetch-Site: cross-site\r\n", "", 204},
        {"GET /mine", "Cookie: souk=bad\r\n", "", 401},
        {"POST /mine", GOOD, "", 403},
        {"POST /mine", GOOD TOKEN, "", 204},
        {"POST /mine", GOOD TOKEN "Sec-Fetch-Site: same-origin\r\n", "", 204},
        {"POST /mine", GOOD TOKEN "Sec-Fetch-Site: cross-site\r\n", "", 403},
        {"POST /mine", GOOD TOKEN "Origin: https://evil.example\r\n", "", 403},
        {"POST /mine", GOOD "X-CSRF-Token: \r\n", "", 403},
        {"POST /mine", GOOD "X-CSRF-Token: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n", "", 403},
        {"POST /open", GOOD, "", 403}, /* it would be done as the user */
        {"POST /open", "Cookie: souk=bad\r\n", "", 204},
        {"POST /open", "", "", 204},
        {"POST /mine", BEARER, "", 204},
        {"POST /mine", BEARER GOOD, "", 204},
        {"POST /open", "Authorization: Bearer bad\r\n", "", 401},
        {"POST /own", "Authorization: Basic YQ==\r\n", "", 204},
        {"POST /own", GOOD, "", 204}, /* nobody is known to the framework */
        {"POST /form", GOOD A_FORM, "a=b&csrf_token=%s&c", 204},
        {"POST /form", GOOD A_FORM, "a=b&xcsrf_token=%s", 403},
        {"POST /form", GOOD A_FORM, "csrf_token=&a=%s", 403},
    };
    shop_open_for(w, &shop, modules, 1, identify);
    const char *token = str_z(w->arena, csrf_token(w->arena, S("good")));
    for (size_t i = 0; i < ROWS(all); i++) {
        const Sent *sent = &all[i];
        char headers[512], body[256];
        snprintf(headers, sizeof headers, sent->headers, token);
        snprintf(body, sizeof body, sent->body, token);
        Str request =
            str_format(w->arena, "%s HTTP/1.1\r\nHost: a\r\n%sContent-Length: %zu\r\n\r\n%s",
                       sent->line, headers, strlen(body), body);
        int status = test_ask(w->arena, &shop.at, request).status;
        if (status != sent->status) fail_msg("%zu: %s: %d", i, sent->line, status);
    }
    shop_close(&shop);
}

static void tokens_of_two_sessions_differ(void **state)
{
    (void)state;
    Arena *arena = arena_new(4096);
    assert_false(str_eq(csrf_token(arena, S("good")), csrf_token(arena, S("goof"))));
    assert_str_equal(csrf_token(arena, S("good")), csrf_token(arena, S("good")));
    assert_int_equal(csrf_token(arena, S("good")).n, 32);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_credential_is_read_strictly),
        cmocka_unit_test(a_token_has_a_longest),
        cmocka_unit_test(the_cookie_is_for_this_host_and_no_script),
        cmocka_unit_test(a_browser_says_where_it_is),
        ON_BOTH(what_writes_by_a_cookie_shows_the_token),
        cmocka_unit_test(tokens_of_two_sessions_differ),
    };
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
