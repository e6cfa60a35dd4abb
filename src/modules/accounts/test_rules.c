/* The decisions about accounts, and the tokens of links. */
#include "modules/accounts/links.h"
#include "modules/accounts/rules.h"
#include "platform/vault/vault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static Arena *arena;
static Vault *vault;
static Time now;

static int begin(void **state)
{
    (void)state;
    Str detail, key = S("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
    arena = arena_new(4096);
    now.us = INT64_C(1800000000) * 1000000;
    return vault_open(arena, S("."), key, &random_system, &vault, &detail) ? -1 : 0;
}

static int end(void **state)
{
    (void)state;
    vault_close(vault);
    arena_free(arena);
    return 0;
}

static void assert_text(Str got, const char *expected)
{
    if (!str_eq(got, str_from(expected)))
        fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(got), expected);
}

/* Case does not count, everything else does. */
static void test_email_key(void **state)
{
    (void)state;
    assert_text(email_key(arena, S("Ann.Lee+tea@Shop.EXAMPLE")), "ann.lee+tea@shop.example");
    assert_text(email_key(arena, S("annlee@shop.example")), "annlee@shop.example");
}

static void test_words(void **state)
{
    (void)state;
    StrList words = user_words_of(arena, S("Ann@Shop.example"), S(" Ann-Marie  von LEE "));
    assert_int_equal(words.n, 4);
    assert_text(words.items[0], "ann@shop.example");
    assert_text(words.items[1], "ann-marie  von lee");
    assert_text(words.items[2], "von lee");
    assert_text(words.items[3], "lee");
    assert_int_equal(user_words_of(arena, S("a@b.c"), S("a b c d e f g h i j k l m n")).n,
                     USER_WORDS_MAX);
    assert_int_equal(user_words_of(arena, S("a@b.c"), S("")).n, 1);
    assert_text(user_search_form(arena, S(" Stra\xC3\x9F"
                                          "e ")),
                "strasse");
}

static void test_may_log_in(void **state)
{
    (void)state;
    LoginLook look = {.id = {7}, .status = USER_ACTIVE};
    assert_null(user_may_log_in(arena, &look).error);
    look.status = USER_PENDING;
    assert_ptr_equal(user_may_log_in(arena, &look).error, &error_wrong_login);
    look.status = USER_DELETED;
    assert_ptr_equal(user_may_log_in(arena, &look).error, &error_wrong_login);
    look = (LoginLook){.id = {7}, .status = USER_BANNED, .ban_reason = S("Spam.")};
    assert_ptr_equal(user_may_log_in(arena, &look).error, &error_banned);
    assert_text(user_may_log_in(arena, &look).detail, "Spam.");
    assert_ptr_equal(user_may_log_in(arena, &(LoginLook){0}).error, &error_wrong_login);
}

/* Each ten wrong codes in a row close the door for twice as long, up to a day. */
static void test_blocks(void **state)
{
    (void)state;
    static const struct {
        int64_t wrong, block_s;
    } rows[] = {{0, 0},     {1, 0},      {9, 0},      {10, 900},   {11, 0},      {20, 1800},
                {30, 3600}, {70, 57600}, {80, 86400}, {90, 86400}, {1000, 86400}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(codes_blocked_s(rows[i].wrong), rows[i].block_s);
}

/* Nobody is sent to another site by a link to our log-in. */
static void test_next(void **state)
{
    (void)state;
    static const char *const elsewhere[] = {"",    "//evil.example",  "https://evil.example/",
                                            "a",   "/\\evil.example", "javascript:alert(1)",
                                            "/a b"};
    assert_text(next_path(S("/products/tea?x=1"), S("/")), "/products/tea?x=1");
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        assert_text(next_path(str_from(elsewhere[i]), S("/account")), "/account");
}

static Time told_time(void *state)
{
    return *(Time *)state;
}

static bool holds(Ctx *cx, const char *purpose, Str text, int64_t generation)
{
    LinkToken token;
    return link_parse(text, &token) && link_holds(cx, purpose, &token, generation);
}

static void test_links(void **state)
{
    (void)state;
    Clock clock = {told_time, &now};
    Ctx cx = {.arena = arena, .vault = vault, .clock = &clock, .random = &random_system};
    Str text = link_make(&cx, LINK_RESET, (Id){42}, 3, 3600);
    LinkToken token;
    assert_true(link_parse(text, &token));
    assert_int_equal(token.user.n, 42);
    assert_true(holds(&cx, LINK_RESET, text, 3));
    assert_false(holds(&cx, LINK_VERIFY, text, 3)); /* each purpose has a key of its own */
    assert_false(holds(&cx, LINK_RESET, text, 4));  /* it was used, or something else changed */
    now.us += INT64_C(3599) * 1000000;
    assert_true(holds(&cx, LINK_RESET, text, 3));
    now.us += 1000000;
    assert_false(holds(&cx, LINK_RESET, text, 3));
}

/* Whatever is changed of a token, it is none. */
static void test_forged(void **state)
{
    (void)state;
    Clock clock = {told_time, &now};
    Ctx cx = {.arena = arena, .vault = vault, .clock = &clock, .random = &random_system};
    Str text = link_make(&cx, LINK_RESET, (Id){42}, 3, 3600);
    assert_false(holds(&cx, LINK_RESET, S(""), 3));
    for (size_t i = 0; i < text.n; i++) {
        char *forged = str_z(arena, text);
        forged[i] = forged[i] == '1' ? '2' : '1';
        assert_false(holds(&cx, LINK_RESET, (Str){forged, text.n}, 3));
        assert_false(holds(&cx, LINK_RESET, str_slice(text, 0, i), 3));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_email_key),  cmocka_unit_test(test_words),
        cmocka_unit_test(test_may_log_in), cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_next),       cmocka_unit_test(test_links),
        cmocka_unit_test(test_forged),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
