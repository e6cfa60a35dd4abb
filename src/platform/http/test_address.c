/* Addresses, blocks, trusted proxies, connections of each client; and listening. */
#include "platform/http/address.h"
#include "platform/http/listen.h"
#include "platform/http/proxy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static Arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(4096);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static NetAddress address(const char *text)
{
    NetAddress parsed;
    if (!address_parse(str_from(text), &parsed)) fail_msg("no address: %s", text);
    return parsed;
}

static void assert_text(Str text, const char *expected)
{
    if (!str_eq(text, str_from(expected)))
        fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(text), expected);
}

/* ---- addresses and blocks ---- */

static void test_address_text(void **state)
{
    (void)state;
    static const char *const bad[] = {"",          "1.2.3",      "1.2.3.4.5", "1.2.3.256",
                                      "01.2.3.4",  "::1::",      "[::1]",     "1.2.3.4:80",
                                      "localhost", "fe80::1%lo", " 1.2.3.4"};
    NetAddress untouched = address("192.0.2.1"), out = untouched;
    assert_text(address_text(arena, untouched), "192.0.2.1");
    assert_text(address_text(arena, address("2001:DB8:0:0::1")), "2001:db8::1");
    assert_text(address_text(arena, address("::ffff:192.0.2.1")), "192.0.2.1");
    assert_text(address_text(arena, (NetAddress){{0}}), "unix");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (address_parse(str_from(bad[i]), &out)) fail_msg("accepted: %s", bad[i]);
        assert_true(address_eq(out, untouched));
    }
}

static void test_address_with_port(void **state)
{
    (void)state;
    static const struct {
        const char *text, *address;
    } cases[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"192.0.2.1:80", "192.0.2.1"},
        {"2001:db8::1", "2001:db8::1"},
        {"[2001:db8::1]", "2001:db8::1"},
        {"[2001:db8::1]:443", "2001:db8::1"},
        {"192.0.2.1:", NULL},
        {"192.0.2.1:x", NULL},
        {"[192.0.2.1]:80", NULL},
        {"[2001:db8::1", NULL},
        {"[2001:db8::1]443", NULL},
        {"unknown", NULL},
        {"_hidden", NULL},
        {"192.0.2.1:123456", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        NetAddress out;
        bool parsed = address_parse_with_port(str_from(cases[i].text), &out);
        if (parsed != (cases[i].address != NULL)) fail_msg("%s", cases[i].text);
        if (parsed) assert_true(address_eq(out, address(cases[i].address)));
    }
}

static void test_cidr(void **state)
{
    (void)state;
    static const struct {
        const char *block, *inside, *outside;
    } cases[] = {
        {"10.0.0.0/8", "10.255.0.1", "11.0.0.0"},
        {"192.0.2.1", "192.0.2.1", "192.0.2.2"},
        {"192.0.2.128/25", "192.0.2.129", "192.0.2.127"},
        {"0.0.0.0/0", "255.255.255.255", "2001:db8::1"},
        {"2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"},
        {"::1", "::1", "::2"},
        {"2001:db8::8/125", "2001:db8::f", "2001:db8::7"},
    };
    static const char *const bad[] = {"10.0.0.1/8", "10.0.0.0/33", "::/129",
                                      "10.0.0.0/",  "10.0.0.0/-1", "10.0.0.0/8x",
                                      "host/8",     "10/8",        ""};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Cidr cidr;
        assert_true(cidr_parse(str_from(cases[i].block), &cidr));
        CidrList list = {&cidr, 1};
        assert_true(cidr_list_has(&list, address(cases[i].inside)));
        assert_false(cidr_list_has(&list, address(cases[i].outside)));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Cidr cidr;
        if (cidr_parse(str_from(bad[i]), &cidr)) fail_msg("accepted: %s", bad[i]);
    }
}

/* ---- proxies ---- */

enum { HEADERS_MAX = 3 };

typedef struct ProxyCase {
    const char *name;
    bool forwarded;
    HttpHeader headers[HEADERS_MAX];
    const char *client;
    bool secure;
} ProxyCase;

#define XFF(value)                                                                                 \
    {                                                                                              \
        S_INIT("X-Forwarded-For"), S_INIT(value)                                                   \
    }
#define PROTO(value)                                                                               \
    {                                                                                              \
        S_INIT("x-forwarded-proto"), S_INIT(value)                                                 \
    }
#define FWD(value)                                                                                 \
    {                                                                                              \
        S_INIT("Forwarded"), S_INIT(value)                                                         \
    }

static const ProxyCase proxy_cases[] = {
    {"nothing said", false, {{S_INIT("Host"), S_INIT("a")}}, "10.0.0.1", false},
    {"one hop", false, {XFF("203.0.113.9"), PROTO("https")}, "203.0.113.9", true},
    {"what the client invented is not believed",
     false,
     {XFF("1.1.1.1, 203.0.113.9")},
     "203.0.113.9",
     false},
    {"through two of ours", false, {XFF("1.1.1.1, 203.0.113.9, 10.0.0.7")}, "203.0.113.9", false},
    {"in two lines", false, {XFF("203.0.113.9"), XFF("10.0.0.7")}, "203.0.113.9", false},
    {"all of them ours", false, {XFF("10.0.0.9, 10.0.0.7")}, "10.0.0.9", false},
    {"no address", false, {XFF("203.0.113.9, unknown")}, "10.0.0.1", false},
    {"no address behind one of ours",
     false,
     {XFF("203.0.113.9, junk, 10.0.0.7")},
     "10.0.0.7",
     false},
    {"empty", false, {XFF("")}, "10.0.0.1", false},
    {"IPv6 with a port", false, {XFF("[2001:db8::5]:99")}, "2001:db8::5", false},
    {"a scheme for each hop",
     false,
     {XFF("203.0.113.9, 10.0.0.7"), PROTO("https, http")},
     "203.0.113.9",
     true},
    {"the client invents a scheme",
     false,
     {XFF("1.1.1.1, 203.0.113.9"), PROTO("https, http")},
     "203.0.113.9",
     false},
    {"a scheme alone", false, {PROTO("https")}, "10.0.0.1", true},
    {"the other header is ignored", false, {FWD("for=1.1.1.1;proto=https")}, "10.0.0.1", false},
    {"Forwarded", true, {FWD("for=203.0.113.9;proto=https;by=10.0.0.1")}, "203.0.113.9", true},
    {"Forwarded with an invented hop",
     true,
     {FWD("for=1.1.1.1;proto=https, For=\"203.0.113.9:80\"")},
     "203.0.113.9",
     false},
    {"Forwarded with IPv6",
     true,
     {FWD("for=\"[2001:db8::5]:99\"; proto=HTTPS , for=10.0.0.7")},
     "2001:db8::5",
     true},
    {"Forwarded, obfuscated",
     true,
     {FWD("for=_hidden, for=10.0.0.7;proto=https")},
     "10.0.0.7",
     false},
    {"Forwarded ignores the other", true, {XFF("1.1.1.1"), PROTO("https")}, "10.0.0.1", false},
};

static void test_proxies(void **state)
{
    (void)state;
    Str list[] = {S("10.0.0.0/8"), S("unix:")}, bad;
    Proxies proxies = {0};
    assert_true(proxies_parse(arena, (StrList){list, 2}, &proxies, &bad));
    assert_true(proxies.unix_sockets);
    assert_true(proxy_is_trusted(&proxies, (NetAddress){{0}}));
    assert_true(proxy_is_trusted(&proxies, address("10.1.1.1")));
    assert_false(proxy_is_trusted(&proxies, address("11.1.1.1")));
    for (size_t i = 0; i < sizeof proxy_cases / sizeof proxy_cases[0]; i++) {
        const ProxyCase *c = &proxy_cases[i];
        HttpHeader headers[HEADERS_MAX];
        HttpRequest request = {
            .headers = headers, .peer = address("10.0.0.1"), .client = address("10.0.0.1")};
        while (request.header_count < HEADERS_MAX && c->headers[request.header_count].name.n) {
            headers[request.header_count] = c->headers[request.header_count];
            request.header_count++;
        }
        proxies.forwarded = c->forwarded;
        proxy_resolve(&proxies, &request);
        if (!address_eq(request.client, address(c->client)))
            fail_msg("%s: %.*s", c->name, STR_ARG(address_text(arena, request.client)));
        if (request.secure != c->secure) fail_msg("%s: secure %d", c->name, request.secure);
    }
}

static void test_long_proxy_chain(void **state)
{
    (void)state;
    Str list[] = {S("10.0.0.0/8")}, bad, parts[100];
    Proxies proxies = {0};
    assert_true(proxies_parse(arena, (StrList){list, 1}, &proxies, &bad));
    for (size_t i = 0; i < 100; i++) parts[i] = i < 90 ? S("1.1.1.1") : S("10.0.0.7");
    HttpHeader header = {S("X-Forwarded-For"), str_join(arena, (StrList){parts, 100}, S(","))};
    HttpRequest request = {.headers = &header, .header_count = 1, .client = address("10.0.0.1")};
    proxy_resolve(&proxies, &request);
    assert_true(address_eq(request.client, address("1.1.1.1")));
}

static void test_bad_proxy_list(void **state)
{
    (void)state;
    Str list[] = {S("10.0.0.0/8"), S("10.0.0.0/99")}, bad = S("");
    Proxies proxies = {.forwarded = true};
    assert_false(proxies_parse(arena, (StrList){list, 2}, &proxies, &bad));
    assert_text(bad, "10.0.0.0/99");
    assert_true(proxies.forwarded); /* untouched */
}

/* ---- connections of each client ---- */

static void test_clients(void **state)
{
    (void)state;
    ClientTable table;
    clients_init(&table, 100, 2);
    assert_true(clients_enter(&table, address("192.0.2.1")));
    assert_true(clients_enter(&table, address("192.0.2.1")));
    assert_false(clients_enter(&table, address("192.0.2.1")));
    assert_true(clients_enter(&table, address("192.0.2.2"))); /* IPv4: each address */
    clients_leave(&table, address("192.0.2.1"));
    assert_true(clients_enter(&table, address("192.0.2.1")));
    /* IPv6: each /64 */
    assert_true(clients_enter(&table, address("2001:db8:0:1::1")));
    assert_true(clients_enter(&table, address("2001:db8:0:1:ffff::2")));
    assert_false(clients_enter(&table, address("2001:db8:0:1::3")));
    assert_true(clients_enter(&table, address("2001:db8:0:2::1")));
    clients_free(&table);
}

/* Against a plain count, in an order that a generator chooses: runs of slots grow, shrink and move.
 */
static void test_clients_against_a_model(void **state)
{
    (void)state;
    enum { CLIENTS = 200, STEPS = 100000, LIMIT = 3, TOTAL = 300 };
    int model[CLIENTS] = {0}, total = 0;
    uint32_t x = 12345;
    ClientTable table;
    clients_init(&table, TOTAL, LIMIT);
    for (int i = 0; i < STEPS; i++) {
        x = x * 1664525 + 1013904223;
        int who = (int)(x >> 8) % CLIENTS;
        NetAddress client = address("10.0.0.0");
        client.bytes[14] = (unsigned char)(who / 16);
        client.bytes[15] = (unsigned char)(who % 16);
        bool leave = x >> 31;
        if (leave && model[who] > 0) {
            clients_leave(&table, client);
            model[who]--;
            total--;
        } else if (!leave && total < TOTAL) {
            bool room = clients_enter(&table, client);
            assert_int_equal(room, model[who] < LIMIT);
            model[who] += room;
            total += room;
        }
    }
    size_t used = 0, there = 0;
    for (size_t i = 0; i < table.capacity; i++) used += table.slots[i].connections > 0;
    for (int i = 0; i < CLIENTS; i++) there += model[i] > 0;
    assert_int_equal(used, there);
    clients_free(&table);
}

/* ---- listening ---- */

typedef struct Listening {
    Listener sockets[4];
    int count;
    Str detail;
    const Error *error;
} Listening;

static Listening listen_on(const char *one, const char *two)
{
    Listening l = {.detail = S("")};
    Str list[] = {str_from(one), str_from(two)};
    l.error =
        listeners_open(arena, (StrList){list, two ? 2 : 1}, l.sockets, 4, &l.count, &l.detail);
    return l;
}

static void test_listen(void **state)
{
    (void)state;
    static const char *const good[] = {"127.0.0.1:0", "*:0", "localhost:0"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        Listening l = listen_on(good[i], NULL);
        if (l.error) fail_msg("%s: %.*s", good[i], STR_ARG(l.detail));
        assert_int_equal(l.count, 1);
        assert_false(str_ends(listener_text(&l.sockets[0], arena), S(":0")));
        listeners_close(l.sockets, l.count);
    }
}

static void test_listen_on_what_is_no_address(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",         "8080",  ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
        "::1:8080", "[::1]", "[]:80", "unix:",     "a b:80",     "127.0.0.1:-1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Listening l = listen_on(bad[i], NULL);
        if (!l.error) fail_msg("accepted: %s", bad[i]);
        assert_true(l.detail.n > 0 && l.count == 0);
    }
}

/* The second address fails, and the first is closed again; the message says which, and what to do.
 */
static void test_listen_on_what_is_taken(void **state)
{
    (void)state;
    Listening first = listen_on("127.0.0.1:0", NULL);
    char *taken = str_z(arena, listener_text(&first.sockets[0], arena));
    Listening second = listen_on("127.0.0.1:0", taken);
    assert_ptr_equal(second.error, &err_listen);
    assert_text(
        second.detail,
        str_z(
            arena,
            str_format(
                arena,
                "address already in use: %s; is another souk running? choose another with --listen",
                taken)));
    listeners_close(first.sockets, first.count);
}

static void test_unix_listener(void **state)
{
    (void)state;
    char folder[] = "/tmp/souk-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char *path = str_z(arena, str_format(arena, "%s/s", folder));
    char *name = str_z(arena, str_format(arena, "unix:%s", path));
    Listening first = listen_on(name, NULL);
    assert_null(first.error);
    assert_text(listener_text(&first.sockets[0], arena), name);
    assert_non_null(listen_on(name, NULL).error); /* somebody listens */
    listeners_close(first.sockets, first.count);
    Listening again = listen_on(name, NULL); /* stale: replaced */
    assert_null(again.error);
    listeners_close(again.sockets, again.count);
    assert_int_equal(unlink(path), 0);

    FILE *file = fopen(path, "w"); /* a file that is no socket is left alone */
    fclose(file);
    assert_non_null(listen_on(name, NULL).error);
    assert_int_equal(unlink(path), 0);
    char *lost = str_z(arena, str_format(arena, "unix:%s/missing/s", folder));
    assert_non_null(listen_on(lost, NULL).error);
    rmdir(folder);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_address_text),
        TEST(test_address_with_port),
        TEST(test_cidr),
        TEST(test_proxies),
        TEST(test_long_proxy_chain),
        TEST(test_bad_proxy_list),
        TEST(test_clients),
        TEST(test_clients_against_a_model),
        TEST(test_listen),
        TEST(test_listen_on_what_is_no_address),
        TEST(test_listen_on_what_is_taken),
        TEST(test_unix_listener),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
