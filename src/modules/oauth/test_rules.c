/* What OAuth decides, without a database: addresses, scopes, clients, and what a request says of its
 * client. */
#include "modules/oauth/clients.h"
#include "modules/oauth/errors.h"
#include "modules/oauth/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const Permission tea_pour = {"tea:pour", "Pour.", .roles = ""};
static const Permission tea_drink = {"tea:drink", "Drink.", .roles = ""};
static const Permission *const permissions[] = {&tea_pour, &tea_drink};
static const Module tea = {.name = "tea", MODULE_ROWS(permissions, permission)};
static const Module *const modules[] = {&tea};

static Arena *arena;

static int begin(void **state)
{
    (void)state;
    Str why;
    arena = arena_new(4096);
    return permissions_gather(arena, modules, ROWS(modules), &why) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* ---- Addresses ------------------------------------------------------------------------------- */

static void users_are_sent_to_safe_addresses(void **state)
{
    (void)state;
    static const Str all[] = {
        S_INIT("https://web.example/back"),
        S_INIT("https://web.example"),
        S_INIT("https://web.example:8443/?a=b&c"),
        S_INIT("http://127.0.0.1/back"),
        S_INIT("http://127.0.0.1:7/"),
        S_INIT("http://[::1]:65535/back"),
        S_INIT("http://localhost:3000/back"),
        S_INIT("https://[2001:db8::1]/back"),
    };
    static const Str apps[] = {S_INIT("com.example.app:/back"),
                               S_INIT("com.example.app://back/there")};
    static const Str never[] = {
        S_INIT(""),
        S_INIT("/back"),
        S_INIT("web.example/back"),
        S_INIT("http://web.example/back"),
        S_INIT("http://127.0.0.1.evil.example/"),
        S_INIT("http://127.0.0.1@evil.example/"),
        S_INIT("http://localhost.evil.example/"),
        S_INIT("https://web.example/back#part"),
        S_INIT("https://user@web.example/"),
        S_INIT("https:///back"),
        S_INIT("https:/web.example/back"),
        S_INIT("https://"),
        S_INIT("https://web.example:port/"),
        S_INIT("https://web.example:123456/"),
        S_INIT("https://[::1/back"),
        S_INIT("https://[]/back"),
        S_INIT("https://:443/back"),
        S_INIT("https://web.example\\@evil.example/"),
        S_INIT("https://web.example/a b"),
        S_INIT("https://web.example/\n"),
        S_INIT("https://w\xc3\xa9"
               "b.example/"),
        S_INIT("HTTPS://web.example/"), /* compared by bytes: written as browsers do */
        S_INIT("javascript:alert(1)"),
        S_INIT("data:text/html,x"),
        S_INIT("myapp:/back"), /* no dot: anybody's */
        S_INIT("com.example.app:back"),
        S_INIT("1com.example:/back"),
    };
    for (size_t i = 0; i < ROWS(all); i++)
        if (!rules_redirect_is_sound(all[i], true) || !rules_redirect_is_sound(all[i], false))
            fail_msg("%.*s", STR_ARG(all[i]));
    for (size_t i = 0; i < ROWS(apps); i++) {
        assert_true(rules_redirect_is_sound(apps[i], true));
        assert_false(rules_redirect_is_sound(apps[i], false));
    }
    for (size_t i = 0; i < ROWS(never); i++)
        if (rules_redirect_is_sound(never[i], true)) fail_msg("%.*s", STR_ARG(never[i]));
}

static void addresses_are_compared_by_bytes(void **state)
{
    (void)state;
    static Str names[] = {S_INIT("https://web.example/back"), S_INIT("http://127.0.0.1:8080/back"),
                          S_INIT("http://[::1]/back?x=1"), S_INIT("http://localhost/back")};
    static const Str same[] = {
        S_INIT("https://web.example/back"),    S_INIT("http://127.0.0.1:8080/back"),
        S_INIT("http://127.0.0.1:51004/back"), S_INIT("http://127.0.0.1/back"),
        S_INIT("http://[::1]:51004/back?x=1"), S_INIT("http://localhost/back"),
    };
    static const Str other[] = {
        S_INIT("https://web.example/back/"),
        S_INIT("https://web.example/Back"),
        S_INIT("https://web.example:443/back"),
        S_INIT("https://web.example/back?x"),
        S_INIT("https://web.example/%62ack"),
        S_INIT("http://web.example/back"),
        S_INIT("https://127.0.0.1:8080/back"),
        S_INIT("http://127.0.0.2:8080/back"),
        S_INIT("http://127.0.0.1:8080/other"),
        S_INIT("http://127.0.0.1:8080/back?x"),
        S_INIT("http://127.0.0.1:/back/../other"),
        S_INIT("http://[::1]:51004/back"),
        S_INIT("http://localhost:51004/back"), /* resolved by who knows whom: no other port */
        S_INIT("http://127.0.0.1:1@evil.example/back"),
        S_INIT(""),
    };
    StrList registered = {names, ROWS(names)};
    for (size_t i = 0; i < ROWS(same); i++)
        if (!rules_redirect_is_registered(registered, same[i])) fail_msg("%.*s", STR_ARG(same[i]));
    for (size_t i = 0; i < ROWS(other); i++)
        if (rules_redirect_is_registered(registered, other[i])) fail_msg("%.*s", STR_ARG(other[i]));
}

/* ---- Scopes ---------------------------------------------------------------------------------- */

static StrList list_of(const char *text)
{
    StrList list;
    assert_true(rules_scope_read(arena, str_from(text), &list));
    return list;
}

static void check_scope(const char *scopes, const char *asked, const char *granted)
{
    Str got = S("untouched");
    Verdict verdict = rules_scope_grant(arena, list_of(scopes), str_from(asked), &got);
    if (!granted) {
        assert_ptr_equal(verdict.error, &oauth_invalid_scope);
        assert_true(str_eq(got, S("untouched")));
    } else {
        assert_null(verdict.error);
        if (!str_eq(got, str_from(granted))) fail_msg("%s: %.*s", asked, STR_ARG(got));
    }
}

static void scopes_are_within_the_clients(void **state)
{
    (void)state;
    check_scope("openid tea:pour", "", "openid tea:pour");
    check_scope("openid tea:pour", "tea:pour", "tea:pour");
    check_scope("openid tea:pour", "tea:pour openid tea:pour", "tea:pour openid");
    check_scope("openid tea:pour", "tea:drink", NULL);
    check_scope("openid tea:pour", "*", NULL);
    check_scope("*", "tea:drink tea:pour", "tea:drink tea:pour");
    check_scope("*", "*", "*");
    check_scope("*", "openid", NULL); /* what is no permission is named */
    check_scope("*", "tea:spill", NULL);
    check_scope("", "", "");
    check_scope("openid", "openid ", NULL);
    check_scope("openid", " openid", NULL);
    check_scope("openid", "open\"id", NULL);
    check_scope("openid", "openid\topenid", NULL);
    char *longer = NEW_N(arena, char, SCOPE_MAX + 2);
    memset(longer, 'a', SCOPE_MAX + 1);
    check_scope("openid", longer, NULL);
}

static void what_is_left_of_a_scope(void **state)
{
    (void)state;
    Str scope = S("openid tea:pour account");
    assert_true(
        str_eq(rules_scope_common(arena, list_of("account openid"), scope), S("openid account")));
    assert_true(str_eq(rules_scope_common(arena, list_of("*"), scope), S("tea:pour")));
    assert_true(str_eq(rules_scope_common(arena, list_of(""), scope), S("")));
    assert_true(rules_scope_has(scope, S("tea:pour")));
    assert_false(rules_scope_has(scope, S("tea")));
    assert_false(rules_scope_has(scope, S("")));
    assert_false(rules_scope_has(S(""), S("openid")));
}

/* ---- What a request says of its client ------------------------------------------------------- */

typedef struct Said {
    const char *authorization, *again; /* headers; NULL: none */
    const char *form_id, *form_secret;
    const Error *error;
    const char *id, *secret;
} Said;

static void check_said(const Said *said)
{
    HttpHeader headers[3] = {{S("Accept"), S("*/*")}};
    size_t n = 1;
    if (said->authorization)
        headers[n++] = (HttpHeader){S("authorization"), str_from(said->authorization)};
    if (said->again) headers[n++] = (HttpHeader){S("Authorization"), str_from(said->again)};
    HttpRequest http = {.headers = headers, .header_count = n};
    ClientCredentials got = {.id = S("untouched")};
    Verdict verdict = client_credentials_read(arena, &http, str_from(said->form_id),
                                              str_from(said->form_secret), &got);
    if (verdict.error != said->error)
        fail_msg("%s: %s", said->authorization, verdict.error ? verdict.error->code : "taken");
    if (!str_eq(got.id, said->error ? S("untouched") : str_from(said->id)))
        fail_msg("%s: %.*s", said->authorization, STR_ARG(got.id));
    if (!said->error) assert_true(str_eq(got.secret, str_from(said->secret)));
}

static void a_client_says_who_it_is_in_one_way(void **state)
{
    (void)state;
    const Error *request = &oauth_invalid_request, *client = &oauth_invalid_client;
    const Said all[] = {
        {NULL, NULL, "me", "hush", NULL, "me", "hush"},
        {NULL, NULL, "me", "", NULL, "me", ""},
        {NULL, NULL, "", "", NULL, "", ""},
        {"Basic bWU6aHVzaA==", NULL, "", "", NULL, "me", "hush"},
        {"basic bWU6aHVzaA==", NULL, "me", "", NULL, "me", "hush"},
        {"Basic bWU6", NULL, "", "", NULL, "me", ""},                  /* me: */
        {"Basic bWU6YTpi", NULL, "", "", NULL, "me", "a:b"},           /* me:a:b */
        {"Basic bSU2NTphJTNBK2I=", NULL, "", "", NULL, "me", "a: b"},  /* m%65:a%3A+b */
        {"Basic bWU6YSUyQmI=", NULL, "", "", NULL, "me", "a+b"},       /* me:a%2Bb */
        {"Basic bWU6aHVzaA==", NULL, "", "hush", request, NULL, NULL}, /* a secret in both */
        {"Basic bWU6aHVzaA==", NULL, "you", "", request, NULL, NULL},  /* another client */
        {"Basic bWU6aHVzaA==", "Basic bWU6aHVzaA==", "", "", request, NULL, NULL},
        {"Basic bWU6aHVzaA", NULL, "", "", client, NULL, NULL},   /* no padding */
        {"Basic bWU6aHVzaB==", NULL, "", "", client, NULL, NULL}, /* bits left over */
        {"Basic bWU6a_Vz", NULL, "", "", client, NULL, NULL},     /* the other alphabet */
        {"Basic bWU=", NULL, "", "", client, NULL, NULL},         /* no colon */
        {"Basic bWU6JXp6", NULL, "", "", client, NULL, NULL},     /* me:%zz */
        {"Basic bWU6JTAw", NULL, "", "", client, NULL, NULL},     /* me:%00 */
        {"Basic bWU6/w==", NULL, "", "", client, NULL, NULL},     /* no UTF-8 */
        {"Basic", NULL, "", "", client, NULL, NULL},
        {"Basic ", NULL, "", "", client, NULL, NULL},
        {"Bearer bWU6aHVzaA==", NULL, "me", "hush", client, NULL, NULL},
        {"", NULL, "me", "hush", client, NULL, NULL},
    };
    for (size_t i = 0; i < ROWS(all); i++) check_said(&all[i]);
}

/* ---- Refusals -------------------------------------------------------------------------------- */

static void refusals_are_the_protocols(void **state)
{
    (void)state;
    static const Error odd = {"odd", 422, "Odd.", LOG_DEBUG, ""};
    static const Error busy = {"busy", 503, "Busy.", LOG_DEBUG, ""};
    static const Error often = {"often", 429, "Often.", LOG_DEBUG, ""};
    static const Error broken = {"broken", 500, "Broken.", LOG_DEBUG, ""};
    static const struct {
        const Error *error;
        int status;
        const char *code;
    } all[] = {
        {&oauth_invalid_client, 401, "invalid_client"},
        {&oauth_invalid_grant, 400, "invalid_grant"},
        {&odd, 400, "invalid_request"},
        {&busy, 503, "temporarily_unavailable"},
        {&often, 429, "temporarily_unavailable"},
        {&broken, 500, "server_error"},
    };
    for (size_t i = 0; i < ROWS(all); i++) {
        const OauthError *document =
            oauth_refusals.document(arena, all[i].error, S("say \"no\"\\\xc3\xa9\n"), NULL);
        assert_int_equal(oauth_refusals.status(all[i].error), all[i].status);
        assert_true(str_eq(document->error, str_from(all[i].code)));
        assert_true(str_eq(document->error_description, S("say 'no'????"))); /* RFC 6749 §5.2 */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(users_are_sent_to_safe_addresses),
        cmocka_unit_test(addresses_are_compared_by_bytes),
        cmocka_unit_test(scopes_are_within_the_clients),
        cmocka_unit_test(what_is_left_of_a_scope),
        cmocka_unit_test(a_client_says_who_it_is_in_one_way),
        cmocka_unit_test(refusals_are_the_protocols),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
