/* Passwords: what is hashed, what fits, what is refused. */
#include "modules/accounts/password.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The Argon2id test of the reference implementation (test.c of 20190702): version 0x13, two passes,
 * 64 MiB, one lane, "password", "somesalt". */
#define REFERENCE                                                                                  \
    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"

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

static void test_hash(void **state)
{
    (void)state;
    Str form = password_form(arena, S("correct horse battery staple"));
    Str one = password_hash(arena, &random_system, form);
    Str two = password_hash(arena, &random_system, form);
    assert_true(str_starts(one, S("$argon2id$v=19$m=19456,t=2,p=1$")));
    assert_false(str_eq(one, two)); /* each has a salt of its own */
    assert_int_equal(password_check(form, one), PASSWORD_RIGHT);
    assert_int_equal(password_check(form, two), PASSWORD_RIGHT);
    assert_int_equal(password_check(S("correct horse battery stapler"), one), PASSWORD_WRONG);
    assert_int_equal(password_check(S(""), one), PASSWORD_WRONG);
}

static void test_outdated(void **state)
{
    (void)state;
    assert_int_equal(password_check(S("password"), S(REFERENCE)), PASSWORD_RIGHT_OUTDATED);
    assert_int_equal(password_check(S("passwort"), S(REFERENCE)), PASSWORD_WRONG);
}

/* Nobody's, and what is no hash of ours, fits nothing; the cost of a hash is paid all the same. */
static void test_nobody(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "x",
        "$argon2id$v=19$",
        "$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm",
        ("$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$"
         "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"),
        "$argon2id$v=19$m=64,t=99,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=64,t=1,p=-1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(password_check(S("password"), str_from(texts[i])), PASSWORD_WRONG);
}

/* An é that is typed as e and an accent, full-width letters, a no-break space. */
static void test_form(void **state)
{
    (void)state;
    assert_true(
        str_eq(password_form(arena, S("caf\xC3\xA9")), password_form(arena, S("cafe\xCC\x81"))));
    assert_true(str_eq(password_form(arena, S("\xEF\xBC\xA1\xC2\xA0z")), S("A z")));
    assert_null(password_form(arena, S("\xC3")).p);
    char *much = arena_alloc(arena, PASSWORD_INPUT_MAX + 1, 1);
    memset(much, 'a', PASSWORD_INPUT_MAX + 1);
    assert_non_null(password_form(arena, (Str){much, PASSWORD_INPUT_MAX}).p);
    assert_null(password_form(arena, (Str){much, PASSWORD_INPUT_MAX + 1}).p);
}

static bool refused(const char *password)
{
    PasswordOwner owner = {.name = S("Rosa Luxemburg"), .email = S("Rosa.Lux@shop.example")};
    return password_refused(arena, password_form(arena, str_from(password)), &owner, PASSWORD_MIN)
        .n;
}

static void test_refused(void **state)
{
    (void)state;
    char text[PASSWORD_MAX * 2 + 3] = {0};
    assert_true(refused(""));
    assert_true(refused("mnbghtz"));
    assert_false(refused("mnbghtzk"));
    assert_true(refused("Rosa LUXEMBURG"));
    assert_true(refused("rosa.lux@SHOP.example"));
    assert_true(refused("Rosa.lux"));
    assert_true(refused("password"));
    assert_true(refused("PassWord"));
    assert_true(refused("12345678"));
    assert_false(refused("password of mine"));
    for (int i = 0; i < PASSWORD_MAX; i++) memcpy(text + 2 * i, "\xC3\xA9", 2);
    assert_false(refused(text)); /* characters are counted, not bytes */
    text[2 * PASSWORD_MAX] = 'x';
    assert_true(refused(text));
    PasswordOwner nobody = {0};
    assert_false(password_refused(arena, S("mnbghtzk"), &nobody, 8).n);
    assert_true(password_refused(arena, S("mnbghtzk"), &nobody, 9).n);
}

/* Common is what is in the list, and hardly anything else. */
static void test_common(void **state)
{
    (void)state;
    static const char *const common[] = {"password", "123456789", "football", "baseball",
                                         "trustno1", "jennifer",  "starwars"};
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        assert_true(password_is_common(str_from(common[i])));
    int taken = 0;
    for (int i = 0; i < 100000; i++)
        taken += password_is_common(random_token(arena, &random_system, "", 9));
    assert_true(taken <= 2); /* 100,000 × 18,000 / 2^40: one in 600 runs has one */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_hash, begin, end),
        cmocka_unit_test_setup_teardown(test_outdated, begin, end),
        cmocka_unit_test_setup_teardown(test_nobody, begin, end),
        cmocka_unit_test_setup_teardown(test_form, begin, end),
        cmocka_unit_test_setup_teardown(test_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_common, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
