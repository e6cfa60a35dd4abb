/* Logging in, on both databases: who may, what a second factor asks for, and that nothing tells who has
 * an account. */
#include "modules/accounts/account.h"
#include "modules/accounts/links.h"
#include "modules/accounts/rules.h"
#include "modules/accounts/second.h"
#include "modules/accounts/test_home.h"
#include "modules/accounts/totp.h"
#include "platform/telemetry/metrics.h"

/* ---- The password -------------------------------------------------------------------------------- */

/* A request of nobody's, which no limit holds. */
static Request *request_of(Ctx *cx)
{
    static const HttpRequest nothing;
    Request *rq = NEW(cx->arena, Request);
    *rq = (Request){.cx = cx, .http = &nothing};
    return rq;
}

static Login log_in(Ctx *cx, Str email, Str password)
{
    const LoginLook *look = account_look(cx, email);
    LoginCheck check = account_check(request_of(cx), look, password);
    return check.refused.error ? (Login){.refused = check.refused}
                               : account_log_in(request_of(cx), look, &check);
}

static bool try_all(Ctx *cx, void *arg)
{
    const Home *home = arg;
    Login ann = log_in(cx, S("ann@SHOP.example"), S(PASSWORD));
    WANT(!ann.refused.error);
    WANT_INT(ann.user.n, home->ann.n);
    WANT_INT(ann.challenge.n, 0);
    WANT_INT(user_read(cx, home->ann)->last_login_at.us, now.us);
    WANT(log_in(cx, S("ann@shop.example"), S("wrong")).refused.error == &error_wrong_login);
    WANT(log_in(cx, S("pat@shop.example"), S(PASSWORD)).refused.error == &error_wrong_login);
    WANT(log_in(cx, S("who@shop.example"), S(PASSWORD)).refused.error == &error_wrong_login);
    WANT(log_in(cx, S("bob@shop.example"), S("wrong")).refused.error == &error_wrong_login);
    Login bob = log_in(cx, S("bob@shop.example"), S(PASSWORD));
    WANT(bob.refused.error == &error_banned);
    WANT(str_eq(bob.refused.detail, S("Spam.")));
    return true;
}

static void test_who_may(void **state)
{
    Home home;
    home_open(state, &home);
    RUN(home.w, TX_WRITE, try_all, &home);
    home_close(&home);
}

/* Between the look and the last step the password is changed: what was proven counts no more. */
static bool change_between(Ctx *cx, void *arg)
{
    const Home *home = arg;
    const LoginLook *look = account_look(cx, S("ann@shop.example"));
    LoginCheck check = account_check(request_of(cx), look, S(PASSWORD));
    WANT(!check.refused.error);
    account_put_password(cx, user_read(cx, home->ann), hash_of_another, (Id){0});
    WANT(account_log_in(request_of(cx), look, &check).refused.error == &error_wrong_login);
    WANT(!log_in(cx, S("ann@shop.example"), S("another password")).refused.error);
    return true;
}

static void test_between(void **state)
{
    Home home;
    home_open(state, &home);
    RUN(home.w, TX_WRITE, change_between, &home);
    home_close(&home);
}

/* A hash of weaker parameters ("password", "somesalt", 65536 KiB; the reference implementation's) is
 * replaced when its owner comes. */
static bool upgrade(Ctx *cx, void *arg)
{
    const Home *home = arg;
    credentials_put_password(cx, home->ann,
                             S("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$"
                               "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"));
    WANT(!log_in(cx, S("ann@shop.example"), S("password")).refused.error);
    Str hash = credentials_read(cx, home->ann)->password_hash;
    WANT(str_starts(hash, S("$argon2id$v=19$m=19456,t=2,p=1$")));
    WANT(!log_in(cx, S("ann@shop.example"), S("password")).refused.error);
    WANT(str_eq(hash, credentials_read(cx, home->ann)->password_hash));
    return true;
}

static void test_upgrade(void **state)
{
    Home home;
    home_open(state, &home);
    RUN(home.w, TX_WRITE, upgrade, &home);
    home_close(&home);
}

/* ---- The second factor ----------------------------------------------------------------------------- */

static Str code_now(Ctx *cx, Id user, int64_t later_steps)
{
    Str secret;
    WANT(second_secret(cx, credentials_read(cx, user), &secret));
    uint64_t step = (uint64_t)(now.us / 1000000 / TOTP_STEP_S + later_steps);
    return hotp_code(cx->arena, secret, step, TOTP_DIGITS);
}

/* The first step, as if the password had been compared. */
static Str challenge_of_ann(Ctx *cx)
{
    LoginCheck right = {0};
    Login first = account_log_in(request_of(cx), account_look(cx, S("ann@shop.example")), &right);
    WANT(!first.refused.error);
    return first.challenge;
}

static RecoveryCodes set_up(Ctx *cx, const Home *home)
{
    TotpSetup setup;
    RecoveryCodes codes;
    const User *ann = user_read(cx, home->ann);
    WANT(second_confirm(cx, ann, S("000000"), &codes).error == &error_totp_off);
    WANT(!second_begin(cx, ann, &setup).error);
    WANT(!challenge_of_ann(cx).n); /* not before it is confirmed */
    WANT(!second_confirm(cx, ann, code_now(cx, home->ann, 0), &codes).error);
    WANT(second_begin(cx, ann, &setup).error == &error_totp_on);
    return codes;
}

static Login second(Ctx *cx, Str code)
{
    return account_second(request_of(cx), challenge_of_ann(cx), code);
}

static bool use_second(Ctx *cx, void *arg)
{
    const Home *home = arg;
    RecoveryCodes codes = set_up(cx, home);
    WANT_INT(codes.recovery_codes.n, RECOVERY_CODES);
    WANT(second(cx, code_now(cx, home->ann, 0)).refused.error == &error_wrong_code); /* used */
    Login login = second(cx, code_now(cx, home->ann, 1));
    WANT(!login.refused.error);
    WANT_INT(login.user.n, home->ann.n);
    WANT(second(cx, code_now(cx, home->ann, 1)).refused.error == &error_wrong_code);
    WANT(!second(cx, codes.recovery_codes.items[3]).refused.error);
    WANT(second(cx, codes.recovery_codes.items[3]).refused.error == &error_wrong_code);
    WANT_INT(recovery_codes_left(cx, home->ann), RECOVERY_CODES - 1);
    WANT(!second_remove(cx, user_read(cx, home->ann)).error);
    WANT_INT(recovery_codes_left(cx, home->ann), 0);
    WANT(!challenge_of_ann(cx).n);
    return true;
}

static void test_second(void **state)
{
    Home home;
    home_open(state, &home);
    RUN(home.w, TX_WRITE, use_second, &home);
    home_close(&home);
}

/* Ten wrong codes, over as many challenges: then the right one is not taken either, for a while; a new
 * password ends it. */
static bool guess_codes(Ctx *cx, void *arg)
{
    const Home *home = arg;
    set_up(cx, home);
    for (int i = 0; i < WRONG_CODES_MAX; i++)
        WANT(second(cx, S("abcde-fghjk")).refused.error == &error_wrong_code);
    WANT(second(cx, code_now(cx, home->ann, 1)).refused.error == &error_too_many_codes);
    now.us += (int64_t)WRONG_CODES_BLOCK_S * 1000000;
    WANT(!second(cx, code_now(cx, home->ann, 0)).refused.error);
    for (int i = 0; i < WRONG_CODES_MAX; i++) second(cx, S("abcde-fghjk"));
    WANT(second(cx, code_now(cx, home->ann, 1)).refused.error == &error_too_many_codes);
    account_put_password(cx, user_read(cx, home->ann), hash_of_password, (Id){0});
    WANT(!second(cx, code_now(cx, home->ann, 1)).refused.error);
    return true;
}

static void test_guessed(void **state)
{
    Home home;
    home_open(state, &home);
    RUN(home.w, TX_WRITE, guess_codes, &home);
    home_close(&home);
}

/* A challenge counts for five minutes, for one user, and no longer than the credentials. */
static bool keep_challenges(Ctx *cx, void *arg)
{
    const Home *home = arg;
    set_up(cx, home);
    Str challenge = challenge_of_ann(cx);
    Str reset = account_reset_token(cx, home->ann, 3600);
    WANT(account_second(request_of(cx), reset, code_now(cx, home->ann, 1)).refused.error ==
         &error_wrong_code);
    WANT(account_second(request_of(cx), S("x"), S("123456")).refused.error == &error_wrong_code);
    now.us += (int64_t)CHALLENGE_S * 1000000;
    WANT(account_second(request_of(cx), challenge, code_now(cx, home->ann, 0)).refused.error ==
         &error_wrong_code);
    challenge = challenge_of_ann(cx);
    credentials_renew(cx, home->ann);
    WANT(account_second(request_of(cx), challenge, code_now(cx, home->ann, 0)).refused.error ==
         &error_wrong_code);
    return true;
}

static void test_challenges(void **state)
{
    Home home;
    home_open(state, &home);
    RUN(home.w, TX_WRITE, keep_challenges, &home);
    home_close(&home);
}

/* ---- Links, searching, forgetting ------------------------------------------------------------------ */

static bool follow_links(Ctx *cx, void *arg)
{
    const Home *home = arg;
    Str hash = hash_of_another;
    Str reset = account_reset_token(cx, home->ann, RESET_LINK_S);
    WANT(account_by_link(cx, LINK_RESET, reset) != NULL);
    WANT(account_verify(cx, reset).error == &error_bad_link);
    WANT(!account_reset(cx, reset, hash).error);
    WANT(account_reset(cx, reset, hash).error == &error_bad_link); /* once */
    WANT(!log_in(cx, S("ann@shop.example"), S("another password")).refused.error);
    int64_t generation = credentials_read(cx, home->pat)->generation;
    Str verify = link_make(cx, LINK_VERIFY, home->pat, generation, VERIFY_LINK_S);
    WANT(!account_verify(cx, verify).error);
    WANT(account_verify(cx, verify).error == &error_bad_link);
    WANT(!log_in(cx, S("pat@shop.example"), S(PASSWORD)).refused.error);
    reset = account_reset_token(cx, home->bob, RESET_LINK_S);
    WANT(account_reset(cx, reset, hash).error == &error_bad_link); /* he is banned */
    return true;
}

static void test_links(void **state)
{
    Home home;
    home_open(state, &home);
    RUN(home.w, TX_WRITE, follow_links, &home);
    home_close(&home);
}

static size_t found(Ctx *cx, Str q)
{
    UserQuery query = {.q = q, .limit = 10};
    return users_page(cx, &query, (Id){INT64_MAX}).n;
}

static bool search(Ctx *cx, void *arg)
{
    (void)arg;
    WANT_INT(found(cx, S("")), 3);
    WANT_INT(found(cx, S("ann@")), 1);
    WANT_INT(found(cx, S("LEE")), 1);
    WANT_INT(found(cx, S("ann l")), 1);
    WANT_INT(found(cx, S("nn")), 0);
    WANT_INT(found(cx, S("shop")), 0);
    UserQuery banned = {.limit = 10, .status = USER_BANNED};
    MARK_SET(&user_query_type, &banned, UserQuery, status);
    UserList list = users_page(cx, &banned, (Id){INT64_MAX});
    WANT_INT(list.n, 1);
    WANT(list.n && str_eq(list.items[0].name, S("Bob")));
    return true;
}

static void test_search(void **state)
{
    Home home;
    home_open(state, &home);
    RUN(home.w, TX_READ, search, &home);
    home_close(&home);
}

/* Who has not confirmed the address within a week is forgotten, and nobody else. */
static bool sweep(Ctx *cx, void *arg)
{
    const Home *home = arg;
    WANT_INT(users_forget_pending(cx, (Time){now.us - 1}), 0);
    WANT_INT(users_forget_pending(cx, (Time){now.us + 1000000}), 1);
    WANT(!user_read(cx, home->pat) && !user_by_email(cx, S("pat@shop.example")).n);
    WANT(user_read(cx, home->ann) && user_read(cx, home->bob));
    return true;
}

static void test_sweep(void **state)
{
    Home home;
    home_open(state, &home);
    RUN(home.w, TX_WRITE, sweep, &home);
    home_close(&home);
}

/* Nothing personal is left of who deletes the account; the id is. */
static bool erase(Ctx *cx, void *arg)
{
    const Home *home = arg;
    user_touch(cx, home->ann);
    WANT(!account_delete(cx, user_read(cx, home->ann)).error);
    const User *gone = user_read(cx, home->ann);
    WANT_INT(gone->status, USER_DELETED);
    for (size_t i = 0; i < user_type.field_count; i++) {
        const Field *field = &user_type.fields[i];
        if (!field->personal || !field_is_set(&user_type, field, gone)) continue;
        Str left = *(const Str *)(const void *)((const char *)gone + field->offset);
        bool is_name = strcmp(field->name, "name") == 0; /* all of them are called alike then */
        WANT(str_eq(left, is_name ? S("Deleted user") : S("")));
    }
    WANT(!credentials_read(cx, home->ann));
    WANT_INT(found(cx, S("ann")), 0);
    WANT(log_in(cx, S("ann@shop.example"), S(PASSWORD)).refused.error == &error_wrong_login);
    NewUser again = {S("ann@shop.example"), S("Ann"), S(""), S(""), true};
    Id id;
    WANT(!user_create(cx, &again, &id).error);
    WANT(id.n != home->ann.n);
    return true;
}

static void test_erased(void **state)
{
    Home home;
    home_open(state, &home);
    RUN(home.w, TX_WRITE, erase, &home);
    home_close(&home);
}

/* ---- Nothing tells ---------------------------------------------------------------------------------- */

/* What of an answer could tell: status, headers and body, without the moment and the request's name. */
static Str told(Arena *arena, const TestReply *reply)
{
    Str id = test_header(reply, S("X-Request-Id")), date = test_header(reply, S("Date"));
    Str rest = str_format(arena, "%.*s%.*s", STR_ARG(reply->head), STR_ARG(reply->body));
    Buf out = buf_new(arena, 65536);
    while (rest.n) {
        size_t skip = str_starts(rest, id) ? id.n : date.n && str_starts(rest, date) ? date.n : 0;
        if (!skip) buf_char(&out, rest.p[0]);
        rest = str_slice(rest, skip ? skip : 1, rest.n);
    }
    return buf_str(&out);
}

static int64_t statements_of(Arena *arena, Str path)
{
    Buf out = buf_new(arena, 4 << 20);
    metrics_write(&out, false);
    Str text = buf_str(&out), number, rest;
    Str name = str_format(
        arena, "souk_http_request_statements_sum{method=\"POST\",route=\"%.*s\"} ", STR_ARG(path));
    size_t at = str_find(text, name);
    if (at == text.n) return 0;
    str_cut(str_slice(text, at + name.n, text.n), '\n', &number, &rest);
    return test_number(number);
}

typedef struct Told {
    Str answer;
    int64_t statements;
} Told;

/* A server of its own for each question: what a request has cost is counted when it is over, which is
 * certain when the server is. */
static Told ask_about(Home *home, Str path, const char *rest, const char *email)
{
    static Shop shop;
    Arena *arena = home->w->arena;
    Str body = str_format(arena, "{\"email\":\"%s\"%s}", email, rest);
    int64_t before = statements_of(arena, path);
    shop.vault = home->vault;
    shop.limiter = limiter_new(64, &random_system);
    shop_open_for(home->w, &shop, modules, ROWS(modules), auth_identify);
    TestReply reply = test_ask(arena, &shop.at,
                               str_format(arena,
                                          "POST %.*s HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n"
                                          "Content-Type: application/json\r\n\r\n%.*s",
                                          STR_ARG(path), body.n, STR_ARG(body)));
    shop_close(&shop);
    limiter_free(shop.limiter);
    return (Told){told(arena, &reply), statements_of(arena, path) - before};
}

static const struct {
    const char *path, *rest;
} questions[] = {
    {"/v1/sessions", ",\"password\":\"wrong password\""},
    {"/v1/accounts", ",\"password\":\"a password of mine\",\"name\":\"N\""},
    {"/v1/password-resets", ""},
};

/* The same bytes and the same statements, whether the address is known, unknown, unconfirmed, or
 * banned. */
static void test_nothing_tells(void **state)
{
    static const char *const emails[] = {"ann@shop.example", "who@shop.example", "pat@shop.example",
                                         "bob@shop.example"};
    Home home;
    home_open(state, &home);
    for (size_t q = 0; q < ROWS(questions); q++) {
        Str path = str_from(questions[q].path);
        const char *rest = questions[q].rest;
        Told first = ask_about(&home, path, rest, emails[0]);
        assert_true(first.answer.n > 0 && first.statements > 0);
        for (size_t i = 1; i < ROWS(emails); i++) {
            Told other = ask_about(&home, path, rest, emails[i]);
            assert_str_equal(other.answer, first.answer);
            assert_int_equal(other.statements, first.statements);
        }
    }
    home_close(&home);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_who_may), ON_BOTH(test_between),       ON_BOTH(test_upgrade),
        ON_BOTH(test_second),  ON_BOTH(test_guessed),       ON_BOTH(test_challenges),
        ON_BOTH(test_links),   ON_BOTH(test_search),        ON_BOTH(test_sweep),
        ON_BOTH(test_erased),  ON_BOTH(test_nothing_tells),
    };
    return cmocka_run_group_tests(tests, hash_begin, hash_end);
}
