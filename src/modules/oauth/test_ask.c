/* Requests for a code: what is refused, what comes next, and where the browser is sent. */
#include "modules/oauth/ask.h"
#include "modules/oauth/errors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static Arena *arena;

static int begin(void **state)
{
    (void)state;
    arena = arena_new(4096);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
#define VERIFIER  "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

static OauthClient client(void)
{
    static Str grants[] = {S_INIT("authorization_code")};
    static Str scopes[] = {S_INIT("openid"), S_INIT("email")};
    return (OauthClient){.grants = {grants, 1}, .scopes = {scopes, 2}};
}

static AuthorizeRequest good(void)
{
    return (AuthorizeRequest){.response_type = S("code"),
                              .scope = S("openid"),
                              .code_challenge = S(CHALLENGE),
                              .code_challenge_method = S("S256")};
}

static void assert_refused(const AuthorizeRequest *in, const Error *error)
{
    OauthClient of = client();
    Ask ask = {.prompt = 77};
    const Error *got = ask_read(arena, in, &of, &ask).error;
    if (got != error) fail_msg("%s, not %s", got ? got->code : "fine", error->code);
    assert_int_equal(ask.prompt, 77);
}

static void a_good_request_is_read(void **state)
{
    (void)state;
    OauthClient of = client();
    AuthorizeRequest in = good();
    Ask ask;
    assert_null(ask_read(arena, &in, &of, &ask).error);
    assert_int_equal(ask.prompt, 0);
    assert_int_equal(ask.max_age_s, -1);
    assert_true(str_eq(ask.scope, S("openid")));
    in.prompt = S("login consent");
    in.max_age = S("60");
    in.scope = (Str){0};
    assert_null(ask_read(arena, &in, &of, &ask).error);
    assert_int_equal(ask.prompt, PROMPT_LOGIN | PROMPT_CONSENT);
    assert_int_equal(ask.max_age_s, 60);
    assert_true(str_eq(ask.scope, S("openid email")));
    in.max_age = S("9223372036854775807");
    assert_null(ask_read(arena, &in, &of, &ask).error);
    assert_int_equal(ask.max_age_s, MAX_AGE_MAX_S);
}

#define REFUSED(member, text, error)                                                               \
    do {                                                                                           \
        AuthorizeRequest in = good();                                                              \
        in.member = S(text);                                                                       \
        assert_refused(&in, &(error));                                                             \
    } while (0)

static void others_are_refused(void **state)
{
    (void)state;
    REFUSED(response_type, "", oauth_invalid_request);
    REFUSED(response_type, "token", oauth_unsupported_response_type);
    REFUSED(response_type, "code id_token", oauth_unsupported_response_type);
    REFUSED(response_mode, "fragment", oauth_invalid_request);
    REFUSED(request, "x", oauth_request_not_supported);
    REFUSED(request_uri, "urn:x", oauth_request_uri_not_supported);
    REFUSED(registration, "{}", oauth_registration_not_supported);
    REFUSED(code_challenge, "", oauth_invalid_request);
    REFUSED(code_challenge, CHALLENGE "A", oauth_invalid_request);
    REFUSED(code_challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", oauth_invalid_request);
    REFUSED(code_challenge_method, "", oauth_invalid_request); /* means plain (RFC 7636 §4.3) */
    REFUSED(code_challenge_method, "plain", oauth_invalid_request);
    REFUSED(prompt, "none login", oauth_invalid_request);
    REFUSED(prompt, "maybe", oauth_invalid_request);
    REFUSED(prompt, "login  consent", oauth_invalid_request);
    REFUSED(max_age, "-1", oauth_invalid_request);
    REFUSED(max_age, "1.5", oauth_invalid_request);
    REFUSED(scope, "openid profile", oauth_invalid_scope);
}

static void a_client_without_the_grant_is_refused(void **state)
{
    (void)state;
    OauthClient of = client();
    AuthorizeRequest in = good();
    Ask ask;
    of.grants.n = 0;
    assert_ptr_equal(ask_read(arena, &in, &of, &ask).error, &oauth_unauthorized_client);
}

static const struct {
    const char *name;
    Ask ask;
    Situation situation;
    NextStep step;
    const Error *error;
} steps[] = {
#define AGED(s) .now = {INT64_C(1000000) * (s)}
    {"a stranger", {.max_age_s = -1}, {0}, NEXT_LOG_IN, NULL},
    {"silently", {PROMPT_NONE, -1, {0}}, {0}, NEXT_REFUSE, &oauth_login_required},
    {"he is in, the client is not", {.max_age_s = -1}, {.logged_in = true}, NEXT_CONSENT, NULL},
    {"silently", {PROMPT_NONE, -1, {0}}, {.logged_in = true}, NEXT_REFUSE, &oauth_consent_required},
    {"both are in",
     {PROMPT_NONE, -1, {0}},
     {.logged_in = true, .consented = true, .assured = true},
     NEXT_GIVE,
     NULL},
    {"the shop's own",
     {.max_age_s = -1},
     {.logged_in = true, .first_party = true, .assured = true},
     NEXT_GIVE,
     NULL},
    {"asked anyway",
     {PROMPT_CONSENT, -1, {0}},
     {.logged_in = true, .first_party = true, .consented = true, .assured = true},
     NEXT_CONSENT,
     NULL},
    {"log in anew",
     {PROMPT_LOGIN, -1, {0}},
     {.logged_in = true, .consented = true, .assured = true},
     NEXT_LOG_IN,
     NULL},
    {"he has",
     {PROMPT_LOGIN, -1, {0}},
     {.logged_in = true, .consented = true, .assured = true, .fresh = true},
     NEXT_GIVE,
     NULL},
    {"young enough",
     {0, 60, {0}},
     {.logged_in = true, .consented = true, .assured = true, AGED(59)},
     NEXT_GIVE,
     NULL},
    {"too old",
     {0, 60, {0}},
     {.logged_in = true, .consented = true, .assured = true, AGED(60)},
     NEXT_LOG_IN,
     NULL},
    {"too old, silently",
     {PROMPT_NONE, 60, {0}},
     {.logged_in = true, .consented = true, .assured = true, AGED(60)},
     NEXT_REFUSE,
     &oauth_login_required},
    {"never young enough",
     {0, 0, {0}},
     {.logged_in = true, .consented = true, .assured = true},
     NEXT_LOG_IN,
     NULL},
    {"until he logs in for it",
     {0, 0, {0}},
     {.logged_in = true, .consented = true, .assured = true, .fresh = true},
     NEXT_GIVE,
     NULL},
    {"another than expected",
     {.max_age_s = -1},
     {.logged_in = true, .consented = true, .assured = true, .other = true},
     NEXT_LOG_IN,
     NULL},
    {"still another",
     {.max_age_s = -1},
     {.logged_in = true, .consented = true, .assured = true, .other = true, .fresh = true},
     NEXT_REFUSE,
     &oauth_login_required},
    {"somebody acts as him",
     {.max_age_s = -1},
     {.logged_in = true, .consented = true, .assured = true, .impersonated = true},
     NEXT_REFUSE,
     &oauth_access_denied},
    {"the app, or another that has taken its scheme",
     {.max_age_s = -1},
     {.logged_in = true, .first_party = true},
     NEXT_CONSENT,
     NULL},
    {"silently",
     {PROMPT_NONE, -1, {0}},
     {.logged_in = true, .consented = true},
     NEXT_REFUSE,
     &oauth_consent_required},
    {"he has just logged in for it",
     {.max_age_s = -1},
     {.logged_in = true, .first_party = true, .fresh = true},
     NEXT_GIVE,
     NULL},
};

static void what_comes_next(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(steps); i++) {
        const Error *error = NULL;
        NextStep step = ask_next(&steps[i].ask, &steps[i].situation, &error);
        if (step != steps[i].step || error != steps[i].error)
            fail_msg("%zu, %s: step %d, %s", i, steps[i].name, (int)step,
                     error ? error->code : "no error");
    }
}

static void assert_url(const char *redirect_uri, Str state_value, const char *expected)
{
    const ReturnParameter parameters[] = {
        {"code", S("a b&c=#\r\n")}, {"state", state_value}, {"iss", S("https://a")}};
    Str got = ask_return_url(arena, str_from(redirect_uri), parameters, ROWS(parameters));
    if (!str_eq(got, str_from(expected))) fail_msg("%.*s", STR_ARG(got));
}

static void answers_are_added_to_the_redirect_uri(void **state)
{
    (void)state;
    assert_url("https://b/c", (Str){0},
               "https://b/c?code=a%20b%26c%3D%23%0D%0A&iss=https%3A%2F%2Fa");
    assert_url("https://b/c?d=e", S("s"),
               "https://b/c?d=e&code=a%20b%26c%3D%23%0D%0A&state=s&iss=https%3A%2F%2Fa");
    assert_url("com.example.app:/c", S(""),
               "com.example.app:/c?code=a%20b%26c%3D%23%0D%0A&state=&iss=https%3A%2F%2Fa");
}

static void who_answers_at_an_address(void **state)
{
    (void)state;
    const OauthClient server = {.kind = CLIENT_CONFIDENTIAL}, app = {.kind = CLIENT_PUBLIC};
    assert_true(ask_is_assured(&server, S("https://b/c")));
    assert_true(ask_is_assured(&server, S("http://127.0.0.1:1/c")));
    assert_true(ask_is_assured(&app, S("https://b/c")));
    assert_false(ask_is_assured(&app, S("http://127.0.0.1:1/c")));
    assert_false(ask_is_assured(&app, S("com.example.app:/c")));
}

/* RFC 7636, appendix B. */
static void a_verifier_fits_its_challenge(void **state)
{
    (void)state;
    assert_true(ask_verifier_fits(arena, S(VERIFIER), S(CHALLENGE)));
    assert_false(ask_verifier_fits(arena, S(CHALLENGE), S(CHALLENGE)));
    assert_false(
        ask_verifier_fits(arena, S("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX"), S(CHALLENGE)));
    assert_false(ask_verifier_fits(arena, (Str){0}, (Str){0}));
    /* Of these the challenge would fit, but they are no verifiers: too short, and with a blank. */
    assert_false(
        ask_verifier_fits(arena, S("abc"), S("ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0")));
    assert_false(ask_verifier_fits(arena, S("                                           "),
                                   S("YKNVoCf0iNGlplWBBfEdjFx8Yt6sPzOgwbpZgmPVGGU")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_good_request_is_read, begin, end),
        cmocka_unit_test_setup_teardown(others_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(a_client_without_the_grant_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(what_comes_next, begin, end),
        cmocka_unit_test_setup_teardown(answers_are_added_to_the_redirect_uri, begin, end),
        cmocka_unit_test_setup_teardown(who_answers_at_an_address, begin, end),
        cmocka_unit_test_setup_teardown(a_verifier_fits_its_challenge, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
