#include "base/random.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

static void comparisons(void **state)
{
    (void)state;
    assert_true(str_eq(S(""), (Str){0}));
    assert_true(str_eq(S("a\0b"), S("a\0b")));
    assert_false(str_eq(S("a\0b"), S("a\0c")));
    assert_true(str_eq_nocase(S("Content-TYPE[@`{"), S("content-type[@`{")));
    assert_false(str_eq_nocase(S("["), S("{"))); /* 0x20 apart, but no letters */
    assert_false(str_eq_nocase(S("a"), S("ab")));
    assert_true(str_cmp(S("a"), S("b")) < 0);
    assert_true(str_cmp(S("ab"), S("a")) > 0);
    assert_true(str_cmp(S("\x7f"), S("\x80")) < 0); /* bytes, not chars */
    assert_int_equal(str_cmp(S(""), (Str){0}), 0);
    assert_true(str_starts(S("prod_1"), S("prod_")));
    assert_false(str_starts(S("pro"), S("prod_")));
    assert_true(str_ends(S("x.csv"), S(".csv")));
    assert_true(str_ends(S("x"), S("")));
    assert_false(str_ends(S("csv"), S(".csv")));
}

static void pieces(void **state)
{
    (void)state;
    assert_true(str_eq(str_slice(S("hello"), 1, 3), S("el")));
    assert_true(str_eq(str_slice(S("hello"), 3, 99), S("lo")));
    assert_true(str_eq(str_slice(S("hello"), 4, 2), S("")));
    assert_true(str_eq(str_slice((Str){0}, 0, 5), S("")));
    assert_true(str_eq(str_trim(S(" \t a b\t ")), S("a b")));
    assert_true(str_eq(str_trim(S(" \t ")), S("")));
    assert_true(str_eq(str_trim(S("\na\n")), S("\na\n"))); /* only SP and HTAB */
    assert_int_equal(str_find_char(S("a=b=c"), '='), 1);
    assert_int_equal(str_find_char(S("abc"), '='), 3);
    assert_int_equal(str_find_char((Str){0}, '='), 0);
    Str s = S("k=v=w"), head;
    assert_true(str_cut(s, '=', &head, &s)); /* the rest may be s itself */
    assert_true(str_eq(head, S("k")) && str_eq(s, S("v=w")));
    assert_false(str_cut(S("kv"), '=', &head, &s));
    assert_true(str_eq(head, S("kv")) && s.n == 0);
    assert_true(str_cut(S("k="), '=', &head, &s));
    assert_true(str_eq(head, S("k")) && s.n == 0);
}

static void integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        {"0", 0},
        {"7", 7},
        {"-1", -1},
        {"10", 10},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int64_t value = 99;
        assert_true(str_to_int(str_from(good[i].text), &value));
        assert_true(value == good[i].value);
    }
    static const char *const bad[] = {
        "",
        "-",
        "+1",
        " 1",
        "1 ",
        "01",
        "-0",
        "00",
        "1.0",
        "1e3",
        "0x10",
        "9223372036854775808",
        "--1",
        "1-1",
        "-01",
        "٣",
        "1\n",
        "-9223372036854775809",
        "99999999999999999999999",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t value = 99;
        assert_false(str_to_int(str_from(bad[i]), &value));
        assert_true(value == 99);
    }
}

static void copies(void **state)
{
    (void)state;
    Arena *arena = arena_new(256);
    Str s = S("Ärger, ABC xyz");
    Str copy = str_copy(arena, s);
    assert_true(str_eq(copy, s) && copy.p != s.p);
    assert_string_equal(str_z(arena, str_slice(s, 0, 6)), "Ärger");
    assert_string_equal(str_z(arena, (Str){0}), "");
    assert_true(str_eq(str_lower(arena, s), S("Ärger, abc xyz"))); /* other letters stay */
    Str words[] = {S("a"), S(""), S("c")};
    assert_true(str_eq(str_join(arena, (StrList){words, 3}, S(", ")), S("a, , c")));
    assert_true(str_eq(str_join(arena, (StrList){words, 1}, S(", ")), S("a")));
    assert_true(str_eq(str_join(arena, (StrList){0}, S(", ")), S("")));
    assert_true(str_eq(str_format(arena, "%d-%.*s", 7, STR_ARG(words[2])), S("7-c")));
    arena_free(arena);
}

/* ---- UTF-8 ----------------------------------------------------------------------------------- */

/* A decoder of another make: builds the code point from the bits, and only then asks whether it was
 * allowed. */
static bool decodes(const unsigned char *p, size_t n)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    for (size_t i = 0; i < n;) {
        size_t length = 1;
        uint32_t code = p[i];
        if (code >= 0x80) {
            length = 0;
            while (length < 8 && code & (0x80u >> length)) length++;
            if (length < 2 || length > 4 || length > n - i) return false;
            code &= 0x7Fu >> length;
        }
        for (size_t k = 1; k < length; k++) {
            if (p[i + k] >> 6 != 2) return false;
            code = code << 6 | (p[i + k] & 0x3F);
        }
        if (code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
            return false;
        i += length;
    }
    return true;
}

static bool agrees(const unsigned char *p, size_t n)
{
    return str_is_utf8((Str){(const char *)p, n}) == decodes(p, n);
}

static void utf8_edges(void **state)
{
    (void)state;
    assert_true(str_is_utf8((Str){0}));
    assert_true(str_is_utf8(S("\0")));
    assert_true(str_is_utf8(S("\x7F\xC2\x80\xDF\xBF")));
    assert_true(str_is_utf8(S("\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF")));
    assert_true(str_is_utf8(S("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF")));
    assert_false(str_is_utf8(S("\xC0\x80")));         /* overlong NUL */
    assert_false(str_is_utf8(S("\xC1\xBF")));         /* overlong DEL */
    assert_false(str_is_utf8(S("\xE0\x9F\xBF")));     /* overlong U+07FF */
    assert_false(str_is_utf8(S("\xF0\x8F\xBF\xBF"))); /* overlong U+FFFF */
    assert_false(str_is_utf8(S("\xED\xA0\x80")));     /* first surrogate */
    assert_false(str_is_utf8(S("\xED\xBF\xBF")));     /* last surrogate */
    assert_false(str_is_utf8(S("\xF4\x90\x80\x80"))); /* U+110000 */
    assert_false(str_is_utf8(S("\xF8\x88\x80\x80\x80")));
    assert_false(str_is_utf8(S("\x80")));
    assert_false(str_is_utf8(S("\xFF")));
    assert_false(str_is_utf8(S("12345678\xE2\x82"))); /* cut short behind the fast path */
    assert_false(str_is_utf8(S("\xE2\x82"
                               "12345678")));
    assert_int_equal(str_utf8_step(S("\xE2\x82\xAC!")), 3);
    assert_int_equal(str_utf8_step(S("\xE2\x82")), 0);
    assert_int_equal(str_utf8_step((Str){0}), 0);
    assert_int_equal(str_utf8_length(S("a\xC2\x80\xE2\x82\xAC\xF0\x9F\x98\x80")), 4);
}

static void utf8_agrees_with_another_decoder(void **state)
{
    (void)state;
    unsigned char p[32] = {0};
    for (unsigned v = 0; v < 1u << 16; v++) {
        p[0] = (unsigned char)(v >> 8);
        p[1] = (unsigned char)v;
        assert_true(agrees(p, 1) && agrees(p, 2));
    }
    for (unsigned v = 0; v < 1u << 21; v++) { /* all of three bytes whose first is E0 to FF */
        p[0] = (unsigned char)(0xE0 | v >> 16);
        p[1] = (unsigned char)(v >> 8);
        p[2] = (unsigned char)v;
        if (!agrees(p, 3)) fail_msg("disagree on %02x %02x %02x", p[0], p[1], p[2]);
    }
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 2);
    static const unsigned char likely[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F,
                                           0xA0, 0xBF, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1,
                                           0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5};
    int valid = 0;
    for (int round = 0; round < 1000000; round++) {
        size_t n = random_below(&random, sizeof p);
        size_t plain = n ? random_below(&random, n) : 0; /* so that the fast path ends anywhere */
        memset(p, 'a', plain);
        for (size_t i = plain; i < n; i++) p[i] = likely[random_below(&random, sizeof likely)];
        if (!agrees(p, n)) fail_msg("disagree in round %d", round);
        valid += decodes(p, n);
    }
    assert_in_range(valid, 10000, 900000); /* both answers were met often */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons), cmocka_unit_test(pieces),
        cmocka_unit_test(integers),    cmocka_unit_test(copies),
        cmocka_unit_test(utf8_edges),  cmocka_unit_test(utf8_agrees_with_another_decoder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
