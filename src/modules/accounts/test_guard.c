/* Who guesses at an account is slowed down by whatever door he comes, and locks nobody out; over
 * sockets, on both databases. The windows of the limits are an hour: what is counted here comes back by one
 * in a minute at most, so what is expected to be used up is used up twice over. */
#include "modules/accounts/test_home.h"
#include "platform/api/csrf.h"
#include "platform/telemetry/metrics.h"

static Shop shop;

static void open_shop(Home *home)
{
    static Str proxies[1];
    proxies[0] = S("127.0.0.1");
    shop = (Shop){.limiter = limiter_new(1024, &random_system),
                  .trusted_proxies = {proxies, 1},
                  .vault = home->vault};
    shop_open_for(home->w, &shop, modules, ROWS(modules), auth_identify);
}

static void close_shop(void)
{
    shop_close(&shop);
    limiter_free(shop.limiter);
}

typedef struct Post {
    const char *address, *path;
    bool form;
    Str headers; /* each line with its end */
    Str body;
} Post;

static TestReply post(Home *home, Post post)
{
    Arena *arena = home->w->arena;
    if (!post.headers.n) post.headers = S("");
    const char *type = post.form ? FORM_URLENCODED : "application/json";
    return test_ask(arena, &shop.at,
                    str_format(arena,
                               "POST %s HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: %s\r\n"
                               "%.*sContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%.*s",
                               post.path, post.address, STR_ARG(post.headers), type, post.body.n,
                               STR_ARG(post.body)));
}

static TestReply log_in(Home *home, const char *address, Str cookie, const char *email,
                        const char *password)
{
    Arena *arena = home->w->arena;
    return post(home, (Post){.address = address,
                             .path = "/v1/sessions",
                             .headers = cookie,
                             .body = str_format(arena, "{\"email\":\"%s\",\"password\":\"%s\"}",
                                                email, password)});
}

static bool says_later(const TestReply *reply)
{
    return str_find(reply->body, S("Too many requests")) < reply->body.n;
}

/* A wrong password, by this door or that. Was it refused unseen? */
static bool guess(Home *home, int door, const char *address, const char *email)
{
    TestReply reply;
    if (door % 2) {
        reply = log_in(home, address, S(""), email, "wrong password");
        assert_int_equal(reply.status, says_later(&reply) ? 429 : 401);
    } else {
        reply = post(home,
                     (Post){.address = address,
                            .path = "/login",
                            .form = true,
                            .body = str_format(home->w->arena, "email=%s&password=wrong", email)});
        assert_int_equal(reply.status, 422);
    }
    return says_later(&reply);
}

/* Guesses until it is refused; how often it was not. */
static int guesses(Home *home, const char *address, const char *email)
{
    enum { MOST = 200 };
    int n = 0;
    while (n < MOST && !guess(home, n, address, email)) n++;
    return n;
}

static const char ann[] = "ann@shop.example", nobody[] = "who@shop.example";

/* From two addresses, as often as each may: more than the account takes. */
static void besiege(Home *home, const char *email)
{
    int first = guesses(home, "198.51.100.1", email), more = guesses(home, "198.51.100.2", email);
    assert_in_range(first, 30, 60); /* a pair's burst, and not more than its quota */
    assert_in_range(first + more, 50, 100);
    assert_true(guess(home, 1, "198.51.100.3", email));
    assert_true(guess(home, 0, "198.51.100.3", email));
}

/* The cookie of that name, as a header line. */
static Str cookie_line(Home *home, const TestReply *reply, const char *name)
{
    Arena *arena = home->w->arena;
    Str head = reply->head, value, rest;
    Str start = str_format(arena, "Set-Cookie: %s=", name);
    size_t at = str_find(head, start);
    assert_true(at < head.n);
    str_cut(str_slice(head, at + start.n, head.n), ';', &value, &rest);
    return str_format(arena, "Cookie: %s=%.*s\r\n", name, STR_ARG(value));
}

/* The account is closed to clients that it does not know, and open to those it does; its owner, who is
 * signed in, changes what he likes; other accounts are not touched. An address that nobody has is
 * besieged alike. */
static void test_siege(void **state)
{
    Home home;
    home_open(state, &home);
    open_shop(&home);
    TestReply before = log_in(&home, "192.0.2.1", S(""), ann, PASSWORD);
    assert_int_equal(before.status, 200);
    Str device = cookie_line(&home, &before, "souk_device");
    Str session = cookie_line(&home, &before, "souk");
    besiege(&home, ann);
    assert_int_equal(log_in(&home, "192.0.2.2", S(""), ann, PASSWORD).status, 429);
    assert_int_equal(log_in(&home, "192.0.2.1", device, ann, PASSWORD).status, 200);
    assert_int_equal(log_in(&home, "198.51.100.1", device, ann, PASSWORD).status, 200);
    assert_int_equal(log_in(&home, "192.0.2.2", S(""), "bob@shop.example", PASSWORD).status, 403);
    Str value = str_slice(session, sizeof "Cookie: souk=" - 1, session.n - 2);
    Str headers = str_format(home.w->arena, "%.*sX-CSRF-Token: %.*s\r\n", STR_ARG(session),
                             STR_ARG(csrf_token(home.w->arena, value)));
    Post own = {"192.0.2.2", "/v1/account/totp", .headers = headers,
                .body = S("{\"password\":\"" PASSWORD "\"}")};
    assert_int_equal(post(&home, own).status, 200);
    besiege(&home, nobody);
    close_shop();
    home_close(&home);
}

/* One address alone does not close the account to others, however long it goes on. */
static void test_one_address(void **state)
{
    Home home;
    home_open(state, &home);
    open_shop(&home);
    guesses(&home, "198.51.100.1", ann);
    assert_int_equal(log_in(&home, "198.51.100.1", S(""), ann, PASSWORD).status, 429);
    assert_int_equal(log_in(&home, "192.0.2.1", S(""), ann, PASSWORD).status, 200);
    close_shop();
    home_close(&home);
}

/* Codes are counted by the address, at both doors together. */
static void test_codes(void **state)
{
    Home home;
    home_open(state, &home);
    open_shop(&home);
    static const Post doors[] = {
        {"198.51.100.1", "/v1/sessions/second-factor",
         .body = S("{\"challenge\":\"x\",\"code\":\"123456\"}")},
        {"198.51.100.1", "/login/code", .form = true, .body = S("challenge=x&code=123456")},
    };
    int n = 0;
    bool later = false;
    while (n < 1000 && !later) {
        TestReply reply = post(&home, doors[n % 2]);
        later = says_later(&reply);
        n += !later;
    }
    assert_in_range(n, 50, 200);
    Post elsewhere = doors[0];
    elsewhere.address = "192.0.2.1";
    assert_int_equal(post(&home, elsewhere).status, 403);
    close_shop();
    home_close(&home);
}

static bool count_jobs(Ctx *cx, void *arg)
{
    *(int64_t *)arg = db_int(cx, 0, "select count(*) from jobs where kind = 'accounts.reset'");
    return true;
}

/* Asking for links goes on being answered the same, but only so many are sent, whoever asks and whether
 * there is such an account. */
static void test_links_asked(void **state)
{
    static const char *const emails[] = {ann, nobody, "pat@shop.example"};
    Home home;
    home_open(state, &home);
    open_shop(&home);
    int64_t before = 0, after = 0;
    for (size_t e = 0; e < ROWS(emails); e++) {
        for (int i = 0; i < 8; i++) {
            Str address = str_format(home.w->arena, "192.0.2.%d", i);
            Post asked = {.address = str_z(home.w->arena, address),
                          .path = "/v1/password-resets",
                          .body = str_format(home.w->arena, "{\"email\":\"%s\"}", emails[e])};
            assert_int_equal(post(&home, asked).status, 202);
        }
        RUN(home.w, TX_READ, count_jobs, &after);
        assert_in_range(after - before, 4, 6);
        before = after;
    }
    close_shop();
    home_close(&home);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_siege),
        ON_BOTH(test_one_address),
        ON_BOTH(test_codes),
        ON_BOTH(test_links_asked),
    };
    return cmocka_run_group_tests(tests, hash_begin, hash_end);
}
