/* One-time codes against the tables of their RFCs. */
#include "modules/accounts/totp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static Arena *arena;
#define SECRET S("12345678901234567890")

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

/* RFC 4226 appendix D. */
static void test_hotp(void **state)
{
    (void)state;
    static const char *const codes[] = {"755224", "287082", "359152", "969429", "338314",
                                        "254676", "287922", "162583", "399871", "520489"};
    for (uint64_t i = 0; i < 10; i++)
        assert_true(str_eq(hotp_code(arena, SECRET, i, 6), str_from(codes[i])));
}

static Time at(int64_t seconds)
{
    return (Time){seconds * 1000000};
}

/* RFC 6238 appendix B, the rows of SHA-1, whose codes have eight digits; and by their last six. */
static void test_totp(void **state)
{
    (void)state;
    static const struct {
        int64_t time;
        const char *code;
    } rows[] = {{59, "94287082"},         {1111111109, "07081804"}, {1111111111, "14050471"},
                {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t step = rows[i].time / TOTP_STEP_S;
        Str code = hotp_code(arena, SECRET, (uint64_t)step, 8);
        assert_true(str_eq(code, str_from(rows[i].code)));
        assert_int_equal(totp_match(SECRET, at(rows[i].time), 0, str_slice(code, 2, 8)), step);
    }
}

/* A clock may be half a minute wrong; a code counts once, and so does none before it. */
static void test_window(void **state)
{
    (void)state;
    int64_t step = 1234567890 / TOTP_STEP_S;
    Str code = hotp_code(arena, SECRET, (uint64_t)step, 6);
    for (int64_t off = -2; off <= 2; off++) {
        int64_t found = totp_match(SECRET, at((step + off) * TOTP_STEP_S), 0, code);
        assert_int_equal(found, off >= -1 && off <= 1 ? step : 0);
    }
    assert_int_equal(totp_match(SECRET, at(step * TOTP_STEP_S), step, code), 0);
    assert_int_equal(totp_match(SECRET, at(step * TOTP_STEP_S), step - 1, code), step);
    assert_int_equal(totp_match(SECRET, at(step * TOTP_STEP_S), 0, str_slice(code, 0, 5)), 0);
    assert_int_equal(totp_match(S("other"), at(step * TOTP_STEP_S), 0, code), 0);
}

static void test_uri(void **state)
{
    (void)state;
    Str uri = totp_uri(arena, SECRET, S("Tea & Co"), S("ann+1@shop.example"));
    assert_true(str_eq(uri, S("otpauth://totp/Tea%20%26%20Co:ann%2B1%40shop.example?secret="
                              "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Tea%20%26%20Co")));
}

/* RFC 4648 §10, without the padding. */
static void test_base32(void **state)
{
    (void)state;
    assert_true(str_eq(base32_text(arena, S("")), S("")));
    assert_true(str_eq(base32_text(arena, S("f")), S("MY")));
    assert_true(str_eq(base32_text(arena, S("fo")), S("MZXQ")));
    assert_true(str_eq(base32_text(arena, S("foo")), S("MZXW6")));
    assert_true(str_eq(base32_text(arena, S("foob")), S("MZXW6YQ")));
    assert_true(str_eq(base32_text(arena, S("fooba")), S("MZXW6YTB")));
    assert_true(str_eq(base32_text(arena, S("foobar")), S("MZXW6YTBOI")));
}

static void test_recovery(void **state)
{
    (void)state;
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 7);
    Str one = recovery_code_new(arena, &random), two = recovery_code_new(arena, &random);
    assert_false(str_eq(one, two));
    assert_int_equal(one.n, 11);
    assert_true(str_eq(recovery_code_form(arena, one), one));
    assert_true(str_eq(recovery_code_form(arena, S(" OLIab 92MqZ")), S("011ab-92mqz")));
    assert_null(recovery_code_form(arena, S("3f7ak-92mq")).p);
    assert_null(recovery_code_form(arena, S("3f7ak-92mqzz")).p);
    assert_null(recovery_code_form(arena, S("3f7ak-92mqu")).p);
    assert_null(recovery_code_form(arena, S("3f7ak-92mq\0")).p);
    assert_null(recovery_code_form(arena, S("")).p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_hotp, begin, end),
        cmocka_unit_test_setup_teardown(test_totp, begin, end),
        cmocka_unit_test_setup_teardown(test_window, begin, end),
        cmocka_unit_test_setup_teardown(test_uri, begin, end),
        cmocka_unit_test_setup_teardown(test_base32, begin, end),
        cmocka_unit_test_setup_teardown(test_recovery, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
