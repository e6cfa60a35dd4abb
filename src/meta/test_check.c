#include "meta/test_types.h"

#include <pthread.h>
#include <setjmp.h>

#include <cmocka.h>

static void email_follows_html_and_rfc5321(void **state)
{
    (void)state;
    static const char *const good[] = {"a@b", "name@example.com", "a.b+c_d-e@x-y.example",
                                       "!#$%&'*+/=?^_`{|}~-@e.x", "1@1.1"};
    static const char *const bad[] = {"",
                                      "a",
                                      "@b",
                                      "a@",
                                      "a@b@c",
                                      "a b@c.d",
                                      "a@-b.c",
                                      "a@b-.c",
                                      "a@b..c",
                                      "a@.b",
                                      "a@b.",
                                      "\"a b\"@c.d",
                                      "a@[1.2.3.4]",
                                      "a\n@b.c",
                                      "a@b.c\n",
                                      "\xC3\xBC@b.c",
                                      "a@b_c.d",
                                      "<a@b.c>"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!text_is_email(str_from(good[i]))) fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (text_is_email(str_from(bad[i]))) fail_msg("accepted: %s", bad[i]);
    assert_false(text_is_email((Str){"a@b\0c", 5}));
}

static void email_has_limits_of_length(void **state)
{
    Arena *arena = *state;
    char a[300];
    memset(a, 'a', sizeof a);
    assert_true(text_is_email(str_format(arena, "%.64s@b.c", a)));
    assert_false(text_is_email(str_format(arena, "%.65s@b.c", a)));
    assert_true(text_is_email(str_format(arena, "a@%.63s.b", a)));
    assert_false(text_is_email(str_format(arena, "a@%.64s.b", a)));
    /* 64 + 1 + 63 + 1 + 63 + 1 + n: 254 at n = 61 */
    assert_true(text_is_email(str_format(arena, "%.64s@%.63s.%.63s.%.61s", a, a, a, a)));
    assert_false(text_is_email(str_format(arena, "%.64s@%.63s.%.63s.%.62s", a, a, a, a)));
}

static void url_is_absolute_http_without_credentials(void **state)
{
    Arena *arena = *state;
    static const char *const good[] = {
        "http://example.com",           "https://example.com/",  "HTTPS://EXAMPLE.com:8443/a?b=c#d",
        "http://127.0.0.1:80/x",        "http://[::1]/",         "http://[2001:db8::1]:8080",
        "http://a_b.example/%20%C3%BC", "https://x.example?q=1", "https://x.example#f?g/h"};
    static const char *const bad[] = {
        "",
        "example.com",
        "//example.com",
        "ftp://example.com",
        "javascript:alert(1)",
        "http:/example.com",
        "http://",
        "http:///path",
        "http://user@example.com",
        "http://user:pw@example.com",
        "http://example.com:0",
        "http://example.com:65536",
        "http://example.com:",
        "http://example.com:8x",
        "http://exa mple.com",
        "http://example.com/a b",
        "http://example.com/%2",
        "http://example.com/%zz",
        "http://example.com/\\x",
        "http://example.com/<x>",
        "http://example..com",
        "http://.example.com",
        "http://[::1",
        "http://[::1]x",
        "http://[]",
        "http://[::g]/",
        "http://example.com/#a#b",
        "http://example.com/\xC3\xBC",
        "http://b\xC3\xBC.example/",
        "http://example.com/\n",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!text_is_url(str_from(good[i]))) fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (text_is_url(str_from(bad[i]))) fail_msg("accepted: %s", bad[i]);
    char a[URL_MAX];
    memset(a, 'a', sizeof a);
    assert_true(text_is_url(str_format(arena, "http://b/%.*s", URL_MAX - 9, a)));
    assert_false(text_is_url(str_format(arena, "http://b/%.*s", URL_MAX - 8, a)));
}

static void knows_paths_of_a_shop(void **state)
{
    (void)state;
    static const char *const good[] = {"/", "/media/ab12.jpg", "/a?b=c#d", "/a%20b"};
    static const char *const bad[] = {"",     "media/x.jpg", "//evil.example/x", "/a b",
                                      "/a%2", "/a#b#c",      "/\"><script>"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!text_is_url_path(str_from(good[i]))) fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (text_is_url_path(str_from(bad[i]))) fail_msg("accepted: %s", bad[i]);
}

static void slug_is_words_and_single_hyphens(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "0", "red-shoes-2", "a-b"};
    static const char *const bad[] = {"", "-", "-a", "a-", "a--b", "A", "a b", "a_b", "\xC3\xBC"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!text_is_slug(str_from(good[i]))) fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (text_is_slug(str_from(bad[i]))) fail_msg("accepted: %s", bad[i]);
}

/* The examples of RFC 5646, Appendix A, but for the grandfathered ones. */
static void locale_has_the_shape_of_a_language_tag(void **state)
{
    (void)state;
    static const char *const good[] = {"de",
                                       "fr",
                                       "ja",
                                       "zh-Hant",
                                       "zh-Hans",
                                       "sr-Cyrl",
                                       "zh-cmn-Hans-CN",
                                       "cmn-Hans-CN",
                                       "zh-yue-HK",
                                       "yue-HK",
                                       "sr-Latn-RS",
                                       "sl-rozaj",
                                       "sl-rozaj-biske",
                                       "sl-nedis",
                                       "de-CH-1901",
                                       "sl-IT-nedis",
                                       "hy-Latn-IT-arevela",
                                       "de-DE",
                                       "en-US",
                                       "es-419",
                                       "de-CH-x-phonebk",
                                       "az-Arab-x-AZE-derbend",
                                       "x-whatever",
                                       "qaa-Qaaa-QM-x-southern",
                                       "de-Qaaa",
                                       "en-US-u-islamcal",
                                       "zh-CN-a-myext-x-private",
                                       "en-a-myext-b-another",
                                       "pt-BR"};
    static const char *const bad[] = {"",          "d",
                                      "de-",       "-de",
                                      "de--CH",    "de_CH",
                                      "1de",       "de-419-DE",
                                      "a-DE",      "de-u",
                                      "de-x",      "x",
                                      "de-CH-DE",  "de-abc\xC3\xBC",
                                      "abcdefghi", "en-toolongsubtag"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!text_is_locale(str_from(good[i]))) fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (text_is_locale(str_from(bad[i]))) fail_msg("accepted: %s", bad[i]);
}

/* The examples of RFC 5646 §2.1.1 and Appendix A, in the wrong case. */
static void countries_are_those_of_iso_3166(void **state)
{
    (void)state;
    static const char *const bad[] = {"",   "D",  "de", "DEU", "UK", "EU",
                                      "XX", "AN", "SU", "EA",  "DD"};
    int count = 0;
    for (int i = 0; i < 26 * 26; i++) {
        char code[] = {(char)('A' + i / 26), (char)('A' + i % 26)};
        count += text_is_country((Str){code, 2});
    }
    assert_int_equal(count, 249); /* so many are assigned since 2011 (South Sudan) */
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (text_is_country(str_from(bad[i]))) fail_msg("accepted: %s", bad[i]);
    assert_true(text_is_country(S("DE")) && text_is_country(S("GB")) && text_is_country(S("ZW")));
}

static void locale_has_one_form(void **state)
{
    Arena *arena = *state;
    static const char *const forms[] = {"de",
                                        "pt-BR",
                                        "mn-Cyrl-MN",
                                        "en-CA-x-ca",
                                        "sgn-BE-FR",
                                        "az-Latn-x-latn",
                                        "sl-rozaj-biske-1994",
                                        "es-419",
                                        "x-whatever",
                                        ""};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        Str form = str_from(forms[i]), lower = str_lower(arena, form);
        char *upper = str_z(arena, form);
        for (char *c = upper; *c; c++)
            if (*c >= 'a' && *c <= 'z') *c = (char)(*c - 'a' + 'A');
        assert_string_equal(str_z(arena, text_locale_form(arena, lower)), forms[i]);
        assert_string_equal(str_z(arena, text_locale_form(arena, str_from(upper))), forms[i]);
    }
}

/* ---- Patterns ---- */

static void pattern_means_what_ecma_means(void **state)
{
    Arena *arena = *state;
    static const char word[] = "^[A-Z]{2}\\d+$", unicode[] = "^\\u00FC$";
    assert_true(pattern_matches(word, S("AB12")));
    assert_false(pattern_matches(word, S("AB")));
    assert_false(pattern_matches(word, S("AB12\n")));     /* "$" is the very end */
    assert_false(pattern_matches(word, S("AB\xD9\xA1"))); /* \d is ASCII */
    assert_true(pattern_matches(unicode, S("\xC3\xBC")));
    assert_false(pattern_matches(word, (Str){NULL, 0}));
    assert_int_equal(pattern_error(arena, word).n, 0);
    assert_true(pattern_error(arena, "^(").n > 0);
}

static void pattern_gives_up_on_backtracking(void **state)
{
    (void)state;
    static const char evil[] = "^(a+)+$";
    char text[64];
    memset(text, 'a', sizeof text);
    text[63] = 'b';
    assert_false(pattern_matches(evil, (Str){text, sizeof text}));
}

static const char *const many_patterns[] = {"^a$", "^b$", "^c$", "^d$", "^e$", "^f$", "^g$", "^h$"};

static void *match_all(void *wrong)
{
    for (int round = 0; round < 200; round++)
        for (int i = 0; i < 8; i++)
            for (int k = 0; k < 8; k++)
                if (pattern_matches(many_patterns[i], (Str){many_patterns[k] + 1, 1}) != (i == k))
                    *(int *)wrong += 1;
    return NULL;
}

static void patterns_are_compiled_once_by_any_thread(void **state)
{
    (void)state;
    pthread_t threads[4];
    int wrong[4] = {0};
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, match_all, &wrong[i]);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(wrong[i], 0);
    }
}

/* ---- Places and violations ---- */

static void pointers_are_escaped(void **state)
{
    Arena *arena = *state;
    Place a = {.key = S("a/b~c")}, b = place_item(&a, 12), c = {.parent = &b, .key = S("")};
    assert_string_equal(str_z(arena, place_text(arena, NULL)), "");
    assert_string_equal(str_z(arena, place_text(arena, &c)), "/a~1b~0c/12/");
    Place q = place_parameter(S("a/b"));
    assert_string_equal(str_z(arena, place_text(arena, &q)), "?a/b");
}

static void quotes_are_cut_between_characters(void **state)
{
    Arena *arena = *state;
    char text[QUOTE_MAX + 10];
    memset(text, 'x', sizeof text);
    assert_int_equal(violation_quote(arena, (Str){text, QUOTE_MAX}).n, QUOTE_MAX);
    memcpy(text + QUOTE_MAX - 1, "\xC3\xBC", 2); /* the character straddles the cut */
    Str cut = violation_quote(arena, (Str){text, sizeof text});
    assert_true(str_is_utf8(cut));
    assert_true(str_ends(cut, S("x\xE2\x80\xA6")));
    assert_int_equal(cut.n, QUOTE_MAX - 1 + 3);
}

static void violations_stop_at_their_limit(void **state)
{
    Violations violations = violations_new(*state);
    for (int i = 0; i < VIOLATIONS_MAX + 7; i++)
        violation_add(&violations, NULL, VIOLATION(PATTERN), "number %d", i);
    assert_int_equal(violations.n, VIOLATIONS_MAX);
    assert_int_equal(violations.total, VIOLATIONS_MAX + 7);
    assert_string_equal(str_z(*state, violations.items[VIOLATIONS_MAX - 1].message), "number 49");
}

static void every_code_has_a_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < VIOLATION_COUNT; i++) {
        assert_non_null(violation_codes[i].code);
        assert_non_null(violation_codes[i].doc);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(violation_codes[i].code, violation_codes[k].code);
    }
}

/* ---- Members and objects ---- */

static void bounds_are_named_in_the_senders_terms(void **state)
{
    Arena *arena = *state;
    static const struct {
        const char *field;
        Str text;
        int64_t number;
        const char *message;
    } rows[] = {
        {"name", S_INIT("abcdef"), 0, "must have at most 5 characters, has 6"},
        {"name", S_INIT("\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC"), 0,
         ""}, /* 5 characters, 10 bytes */
        {"name", S_INIT(""), 0, "must have at least 1 character, has 0"},
        {"stock", S_INIT(""), -5, "must be at least 0, is -5"},
        {"stock", S_INIT(""), 1001, "must be at most 1000, is 1001"},
        {"stock", S_INIT(""), 1000, ""},
        {"cost", S_INIT(""), INT64_MIN, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Violations violations = violations_new(arena);
        const Field *field = type_field(&thing_type, str_from(rows[i].field));
        Place place = place_member(NULL, field);
        const void *member =
            field->kind == KIND_STR ? (const void *)&rows[i].text : &rows[i].number;
        bool fine = check_member(&violations, &place, field, member);
        assert_string_equal(first_message(&violations), rows[i].message);
        assert_int_equal(fine, violations.n == 0);
    }
}

static void doubles_have_bounds_too(void **state)
{
    Violations violations = violations_new(*state);
    const Field *field = type_field(&thing_type, S("weight"));
    assert_true(check_member(&violations, NULL, field, &(double){0}));
    assert_false(check_member(&violations, NULL, field, &(double){-0.25}));
    assert_false(check_member(&violations, NULL, field, &(double){__builtin_nan("")}));
    assert_string_equal(first_message(&violations), "must be at least 0, is -0.25");
}

static void lists_have_a_general_limit(void **state)
{
    Violations violations = violations_new(*state);
    const Field *field = type_field(&thing_type, S("parents"));
    assert_true(check_member(&violations, NULL, field, &(IdList){NULL, LIST_ITEMS_MAX}));
    assert_false(check_member(&violations, NULL, field, &(IdList){NULL, LIST_ITEMS_MAX + 1}));
    assert_string_equal(first_message(&violations), "must have at most 10000 items, has 10001");
}

static void a_whole_object_is_checked_to_its_leaves(void **state)
{
    Violations violations = violations_new(*state);
    Price prices[] = {{{"EUR"}, {100}}, {{""}, {-1}}};
    Str tags[] = {S_INIT("ok"), S_INIT("NO"), S_INIT("toolong")};
    Thing thing = {.name = S_INIT("toolong"),
                   .tags = {tags, 3},
                   .address = {.city = S_INIT("")},
                   .prices = {prices, 2},
                   .site = S_INIT("nowhere")};
    MARK_SET(&thing_type, &thing, Thing, name);
    MARK_SET(&thing_type, &thing, Thing, tags);
    MARK_SET(&thing_type, &thing, Thing, address);
    MARK_SET(&address_type, &thing.address, Address, city);
    MARK_SET(&thing_type, &thing, Thing, size);
    MARK_SET(&thing_type, &thing, Thing, prices);
    MARK_SET(&thing_type, &thing, Thing, site);
    assert_false(check_object(&violations, NULL, &thing_type, &thing));
    assert_string_equal(
        summary(&violations),
        "/name too_long, /tags/1 pattern, /tags/2 too_long, /address/city too_short, "
        "/size/height too_small, /prices/1/currency required, "
        "/prices/1/amount too_small, /site invalid_url");
}

static void absent_fields_are_only_missing_when_required(void **state)
{
    Violations violations = violations_new(*state);
    Thing thing = {0};
    assert_false(check_object(&violations, NULL, &thing_type, &thing));
    assert_string_equal(summary(&violations), "/name required");

    Violations none = violations_new(*state), plain = violations_new(*state);
    MARK_SET(&thing_type, &thing, Thing, name);
    thing.name = S("x");
    field_mark(&thing_type, type_field(&thing_type, S("note")), &thing, true, true);
    assert_true(check_object(&none, NULL, &thing_type, &thing));

    assert_false(check_object(&plain, NULL, &plain_type, &(Plain){0}));
    assert_string_equal(summary(&plain), "/name required");
}

typedef struct Contact {
    Present present;
    Str phone;
} Contact;
static const Type contact_type =
    TYPE_WITH_ABSENCE(Contact, "How to reach someone.",
                      FIELD(Contact, phone, "A number.", .nullable = true, .min = 1));

static void a_nullable_text_without_a_pointer_is_null(void **state)
{
    Violations violations = violations_new(*state);
    Contact contact = {.present = PRESENT_ALL};
    assert_true(check_object(&violations, NULL, &contact_type, &contact));
    contact.phone = S("");
    assert_false(check_object(&violations, NULL, &contact_type, &contact));
    assert_string_equal(summary(&violations), "/phone too_short");
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, setup_arena, teardown_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_paths_of_a_shop),
        cmocka_unit_test(email_follows_html_and_rfc5321),
        WITH_ARENA(email_has_limits_of_length),
        WITH_ARENA(url_is_absolute_http_without_credentials),
        cmocka_unit_test(slug_is_words_and_single_hyphens),
        cmocka_unit_test(locale_has_the_shape_of_a_language_tag),
        cmocka_unit_test(countries_are_those_of_iso_3166),
        WITH_ARENA(locale_has_one_form),
        WITH_ARENA(pattern_means_what_ecma_means),
        cmocka_unit_test(pattern_gives_up_on_backtracking),
        cmocka_unit_test(patterns_are_compiled_once_by_any_thread),
        WITH_ARENA(pointers_are_escaped),
        WITH_ARENA(quotes_are_cut_between_characters),
        WITH_ARENA(violations_stop_at_their_limit),
        cmocka_unit_test(every_code_has_a_row),
        WITH_ARENA(bounds_are_named_in_the_senders_terms),
        WITH_ARENA(doubles_have_bounds_too),
        WITH_ARENA(lists_have_a_general_limit),
        WITH_ARENA(a_whole_object_is_checked_to_its_leaves),
        WITH_ARENA(absent_fields_are_only_missing_when_required),
        WITH_ARENA(a_nullable_text_without_a_pointer_is_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
