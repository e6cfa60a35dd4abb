/* Guessing at passwords: who is slowed down, and who is not locked out by it. The classes have windows
 * of a week, so that nothing comes back however long the test is held up. */
#include "platform/api/attempts.h"
#include "platform/api/errors.h"
#include "platform/api/test_shop.h"
#include "platform/vault/vault.h"

#define CLASS(name_, quota_)                                                                       \
    {                                                                                              \
        .name = name_, .doc = "", .quota = quota_, .window_s = LIMIT_WINDOW_MAX_S, .burst = quota_ \
    }

static const LimitClass by_address = CLASS("address", 12), by_pair = CLASS("pair", 3);
static const LimitClass by_account = CLASS("account", 4), by_device = CLASS("device", 2);
static const LimitClass *const limits[] = {&by_address, &by_pair, &by_account, &by_device};
static const AttemptLimits logins = {&by_address, &by_pair, &by_account, &by_device};

typedef struct Login {
    Str account, password;
} Login;

static const Type login_type = TYPE(Login, "", FIELD(Login, account, "", .required = true),
                                    FIELD(Login, password, "", .required = true));

static Reply check_login(Request *rq, const Login *in)
{
    Reply refused = attempt_begin(rq, &logins, in->account);
    if (refused.status) return refused;
    if (str_eq(in->password, S("right"))) return (Reply){0};
    attempt_failed(rq, &logins, in->account);
    return refuse((Verdict){&error_conflict, {0}});
}
HANDLER(check_login, Login)

static Reply log_in(Request *rq, const Login *in)
{
    Reply reply = no_content();
    reply.headers = attempt_cookie(rq, in->account);
    return reply;
}
HANDLER(log_in, Login)

static const Route routes[] = {
    ROUTE(POST, "/login", log_in, "", .tx = TX_WRITE, .body = &login_type,
          .ahead = check_login_handler),
};
static const Module module = {
    .name = "logins", .doc = "Logins.", MODULE_ROWS(routes, route), MODULE_ROWS(limits, limit)};
static const Module *const modules[] = {&module};

/* ---- A server ------------------------------------------------------------------------ */

static Shop shop;
static Vault *vault;

static void open_shop(World *w)
{
    static Str proxies[1];
    Str detail;
    proxies[0] = S("127.0.0.1");
    assert_null(vault_open(w->arena, S("/nowhere"),
                           S("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"),
                           &random_system, &vault, &detail));
    shop = (Shop){.limiter = limiter_new(1024, &random_system),
                  .trusted_proxies = {proxies, 1},
                  .vault = vault};
    shop_open(w, &shop, modules, 1);
}

static void close_shop(void)
{
    shop_close(&shop);
    limiter_free(shop.limiter);
    vault_close(vault);
}

typedef struct Client {
    const char *address, *cookie; /* the pair that a browser would send; NULL: none */
} Client;

static TestReply attempt(World *w, Client client, const char *account, const char *password)
{
    Str body = str_format(w->arena, "{\"account\":\"%s\",\"password\":\"%s\"}", account, password);
    return test_ask(w->arena, &shop.at,
                    str_format(w->arena,
                               "POST /login HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: %s\r\n"
                               "X-Forwarded-Proto: https\r\nCookie: a=b; %s\r\n"
                               "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%.*s",
                               client.address, client.cookie ? client.cookie : "c=d", body.n,
                               STR_ARG(body)));
}

/* The status only. */
static int guess(World *w, Client client, const char *account, const char *password)
{
    return attempt(w, client, account, password).status;
}

/* What the browser keeps. */
static const char *cookie_of(World *w, const TestReply *reply)
{
    Str cookie, rest, line = test_header(reply, S("Set-Cookie"));
    assert_true(str_starts(line, S("__Host-souk_device=")));
    assert_true(str_cut(line, ';', &cookie, &rest));
    assert_str_equal(rest, S(" Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax; Secure"));
    return str_z(w->arena, cookie);
}

enum { WRONG = 409, RIGHT = 204, LATER = 429 };

/* ---- What is slowed down ------------------------------------------------------------- */

static void test_pair(void **state)
{
    World *w = world_of(state);
    open_shop(w);
    Client a = {"192.0.2.1", NULL}, b = {"192.0.2.2", NULL};
    for (int i = 0; i < 3; i++) assert_int_equal(guess(w, a, "x", "wrong"), WRONG);
    assert_int_equal(guess(w, a, "x", "right"), LATER);
    assert_int_equal(guess(w, a, "y", "right"), RIGHT); /* another account */
    assert_int_equal(guess(w, b, "x", "right"), RIGHT); /* another address */
    close_shop();
}

static void test_address(void **state)
{
    World *w = world_of(state);
    open_shop(w);
    char account[] = "a";
    for (int i = 0; i < 12; i++, account[0]++)
        assert_int_equal(guess(w, (Client){"192.0.2.1", NULL}, account, "wrong"), WRONG);
    assert_int_equal(guess(w, (Client){"192.0.2.1", NULL}, account, "right"), LATER);
    assert_int_equal(guess(w, (Client){"192.0.2.2", NULL}, account, "right"), RIGHT);
    close_shop();
}

/* ---- Who is not locked out ----------------------------------------------------------- */

/* From everywhere at one account: it is closed to clients that it does not know. */
static void besiege(World *w)
{
    static const char *const addresses[] = {"198.51.100.1", "198.51.100.2", "198.51.100.3",
                                            "198.51.100.4"};
    for (int i = 0; i < 4; i++)
        assert_int_equal(guess(w, (Client){addresses[i], NULL}, "x", "wrong"), WRONG);
    assert_int_equal(guess(w, (Client){"198.51.100.5", NULL}, "x", "right"), LATER);
}

static void test_device(void **state)
{
    World *w = world_of(state);
    open_shop(w);
    TestReply first = attempt(w, (Client){"192.0.2.1", NULL}, "x", "right");
    assert_int_equal(first.status, RIGHT);
    Client owner = {"192.0.2.1", cookie_of(w, &first)};
    besiege(w);
    for (int i = 0; i < 4; i++) /* more often than a pair may */
        assert_int_equal(guess(w, owner, "x", "right"), RIGHT);
    owner.address = "198.51.100.1"; /* the besieger's */
    assert_int_equal(guess(w, owner, "x", "right"), RIGHT);
    assert_int_equal(guess(w, (Client){"198.51.100.6", NULL}, "y", "right"), RIGHT);
    close_shop();
}

/* A device is one of an account, and guessing with it closes it. */
static void test_device_is_no_way_around(void **state)
{
    World *w = world_of(state);
    open_shop(w);
    TestReply first = attempt(w, (Client){"192.0.2.1", NULL}, "y", "right");
    Client other = {"192.0.2.1", cookie_of(w, &first)};
    TestReply mine = attempt(w, (Client){"192.0.2.2", NULL}, "x", "right");
    Client owner = {"192.0.2.2", cookie_of(w, &mine)};
    besiege(w);
    assert_int_equal(guess(w, other, "x", "right"), LATER);
    for (int i = 0; i < 2; i++) assert_int_equal(guess(w, owner, "x", "wrong"), WRONG);
    assert_int_equal(guess(w, owner, "x", "right"), LATER);
    close_shop();
}

/* Anything but the cookie as it was given is none. */
static void test_forged(void **state)
{
    World *w = world_of(state);
    open_shop(w);
    TestReply first = attempt(w, (Client){"192.0.2.1", NULL}, "x", "right");
    const char *cookie = cookie_of(w, &first);
    besiege(w);
    size_t n = strlen(cookie);
    for (size_t at = sizeof "__Host-souk_device=" - 1; at < n; at += 7) {
        char *forged = str_z(w->arena, (Str){cookie, n});
        forged[at] = forged[at] == '1' ? '2' : '1';
        Str address = str_format(w->arena, "203.0.113.%zu", at);
        Client forger = {str_z(w->arena, address), forged};
        assert_int_equal(guess(w, forger, "x", "right"), LATER);
    }
    static const char *const none[] = {"__Host-souk_device=", "__Host-souk_device=..",
                                       "__Host-souk_device", "souk_device=1.2.3"};
    for (size_t i = 0; i < ROWS(none); i++)
        assert_int_equal(guess(w, (Client){"203.0.113.254", none[i]}, "x", "right"), LATER);
    assert_int_equal(guess(w, (Client){"192.0.2.1", cookie}, "x", "right"), RIGHT);
    close_shop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_SQLITE(test_pair),   ON_SQLITE(test_address),
        ON_SQLITE(test_device), ON_SQLITE(test_device_is_no_way_around),
        ON_SQLITE(test_forged),
    };
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
