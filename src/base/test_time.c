#include "base/random.h"
#include "base/time.h"

#include <setjmp.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

static const int64_t FIRST_US = -62167219200000000; /* 0000-01-01T00:00:00Z */
static const int64_t YEARS_US =
    315569520000000000; /* 10,000 years: the calendar repeats each 400 */

static Time random_time(const Random *random)
{
    return (Time){FIRST_US + (int64_t)random_below(random, (uint64_t)YEARS_US)};
}

/* Parts of a whole second according to the C library. */
static struct tm parts_of(Time time)
{
    int64_t us = ((time.us % 1000000) + 1000000) % 1000000;
    time_t seconds = (time.us - us) / 1000000;
    struct tm tm;
    assert_non_null(gmtime_r(&seconds, &tm));
    return tm;
}

static void rfc3339_agrees_with_the_c_library(void **state)
{
    (void)state;
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 4);
    for (int i = 0; i < 200000; i++) {
        Time time = random_time(&random);
        if (i % 3 == 0) time.us -= ((time.us % 1000000) + 1000000) % 1000000;
        struct tm tm = parts_of(time);
        int64_t fraction = ((time.us % 1000000) + 1000000) % 1000000;
        char expected[64], text[TIME_TEXT_MAX];
        int n =
            snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900,
                     tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
        if (fraction)
            n += snprintf(expected + n, sizeof expected - (size_t)n, ".%06d", (int)fraction);
        n += snprintf(expected + n, sizeof expected - (size_t)n, "Z");
        assert_int_equal(time_write(text, time), n);
        assert_memory_equal(text, expected, (size_t)n);
        Time back;
        assert_true(time_parse((Str){text, (size_t)n}, &back));
        assert_true(back.us == time.us);
    }
}

static void offsets_move_the_instant(void **state)
{
    (void)state;
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 5);
    for (int i = 0; i < 100000; i++) {
        Time time = {(int64_t)random_below(&random, 4000000000) * 1000000};
        int minutes = (int)random_below(&random, 2 * 1440 - 1) - 1439;
        struct tm tm = parts_of((Time){time.us + minutes * 60000000LL});
        int size = minutes < 0 ? -minutes : minutes;
        char text[80];
        int n = snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d",
                         tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
                         tm.tm_sec, minutes < 0 ? '-' : '+', size / 60, size % 60);
        Time back;
        assert_true(time_parse((Str){text, (size_t)n}, &back));
        assert_true(back.us == time.us);
    }
}

static void rfc3339_cases(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t us;
    } good[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01t00:00:00z", 0},
        {"1970-01-01T00:00:00-00:00", 0},
        {"1969-12-31T23:59:59.999999Z", -1},
        {"1970-01-01T00:00:00.1Z", 100000},
        {"1970-01-01T00:00:00.123456789Z", 123456},
        {"1969-12-31T23:59:59.9999999Z", -1},           /* cut off, not rounded */
        {"1985-04-12T23:20:50.52Z", 482196050520000},   /* RFC 3339 §5.8 */
        {"1996-12-19T16:39:57-08:00", 851042397000000}, /* RFC 3339 §5.8 */
        {"1990-12-31T23:59:60Z", 662688000000000},      /* RFC 3339 §5.8, the next second */
        {"1990-12-31T15:59:60-08:00", 662688000000000}, /* RFC 3339 §5.8 */
        {"1990-12-31T23:59:60.75Z", 662688000000000},
        {"2000-02-29T00:00:00Z", 951782400000000},
        {"0000-01-01T00:00:00Z", -62167219200000000},
        {"9999-12-31T23:59:59.999999Z", 253402300799999999},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        Time time = {7};
        if (!time_parse(str_from(good[i].text), &time)) fail_msg("refused %s", good[i].text);
        if (time.us != good[i].us) fail_msg("%s read as %jd", good[i].text, (intmax_t)time.us);
    }
    static const char *const bad[] = {
        "",
        "2026-11-21",
        "2026-11-21T12:58:19",
        "2026-11-21 12:58:19Z",
        "2026-11-21T12:58Z",
        "2026-11-21T12:58:19.Z",
        "2026-11-21T12:58:19.1234567890Z",
        "2026-11-21T12:58:19,5Z",
        "2026-11-21T12:58:19+0100",
        "2026-11-21T12:58:19+01",
        "2026-11-21T12:58:19+24:00",
        "2026-11-21T12:58:19+01:60",
        "2026-11-21T24:00:00Z",
        "2026-11-21T12:60:00Z",
        "2026-11-21T12:58:61Z",
        "2026-11-21T23:59:60Z", /* no month ends here */
        "2026-11-30T22:59:60Z", /* nor here, in UTC */
        "2026-00-21T12:58:19Z",
        "2026-13-21T12:58:19Z",
        "2026-11-00T12:58:19Z",
        "2026-11-31T12:58:19Z",
        "2026-02-29T12:58:19Z",
        "1900-02-29T12:58:19Z",
        "26-11-21T12:58:19Z",
        "12026-11-21T12:58:19Z",
        "-2026-11-21T12:58:19Z",
        "+2026-11-21T12:58:19Z",
        "2026-1-21T12:58:19Z",
        "2026-11-21T12:58:19Zx",
        " 2026-11-21T12:58:19Z",
        "2026-11-21T12:58:19ZZ",
        "2026-11-21T12:58:19 Z",
        "0000-01-01T00:00:00+00:01", /* before the first year that has a text */
        "9999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:60Z",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Time time = {7};
        if (time_parse(str_from(bad[i]), &time)) fail_msg("accepted %s", bad[i]);
        assert_true(time.us == 7);
    }
}

static void every_cut_of_a_good_text_is_refused(void **state)
{
    (void)state;
    Arena *arena = arena_new(1024);
    Str texts[] = {S("2026-11-21T12:58:19.123456+01:30"), S("Sat, 21 Nov 2026 12:58:19 GMT"),
                   S("Saturday, 21-Nov-26 12:58:19 GMT"), S("Sat Nov 21 12:58:19 2026")};
    for (size_t i = 0; i < 4; i++)
        for (size_t n = 0; n < texts[i].n; n++) {
            Time time = {7};
            Str cut = str_copy(
                arena, (Str){texts[i].p, n}); /* so that a sanitizer sees reads past the end */
            assert_false(time_parse(cut, &time));
            assert_false(time_parse_http(cut, time, &time));
            assert_true(time.us == 7);
        }
    arena_free(arena);
}

static void times_beyond_the_years_with_a_text_are_clamped(void **state)
{
    (void)state;
    char text[TIME_TEXT_MAX], http[TIME_HTTP_LENGTH];
    assert_int_equal(time_write(text, (Time){INT64_MAX}), 27);
    assert_memory_equal(text, "9999-12-31T23:59:59.999999Z", 27);
    assert_int_equal(time_write(text, (Time){INT64_MIN}), 20);
    assert_memory_equal(text, "0000-01-01T00:00:00Z", 20);
    time_write_http(http, (Time){INT64_MAX});
    assert_memory_equal(http, "Fri, 31 Dec 9999 23:59:59 GMT", TIME_HTTP_LENGTH);
}

static void http_dates_agree_with_the_c_library_in_three_forms(void **state)
{
    (void)state;
    static const char *const forms[] = {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
                                        "%a %b %e %H:%M:%S %Y"};
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 6);
    Time now = {1795000000000000}; /* in 2026 */
    for (int i = 0; i < 100000; i++) {
        /* 1977 to 2075: what two digits can say in 2026 */
        Time time = {220924800000000 + (int64_t)random_below(&random, 3124224000) * 1000000};
        struct tm tm = parts_of(time);
        for (int form = 0; form < 3; form++) {
            char text[64];
            size_t n = strftime(text, sizeof text, forms[form], &tm);
            Time back;
            if (!time_parse_http((Str){text, n}, now, &back)) fail_msg("refused %s", text);
            if (back.us != time.us) fail_msg("misread %s", text);
            if (form > 0) continue;
            char written[TIME_HTTP_LENGTH];
            time_write_http(written, (Time){time.us + 999999}); /* the fraction has no place */
            assert_int_equal(n, TIME_HTTP_LENGTH);
            assert_memory_equal(written, text, TIME_HTTP_LENGTH);
        }
    }
}

static void two_digits_of_a_year_are_at_most_fifty_years_ahead(void **state)
{
    (void)state;
    Time now, time;
    assert_true(time_parse(S("2026-11-21T12:00:00Z"), &now));
    assert_true(time_parse_http(S("Saturday, 21-Nov-76 12:00:00 GMT"), now, &time));
    assert_true(time.us == now.us + 18263 * 86400000000); /* 2076: 50 years with 13 leap days */
    assert_true(time_parse_http(S("Sunday, 21-Nov-76 12:00:01 GMT"), now, &time));
    assert_true(time.us == 217425601000000); /* 1976: the other century is a second too far */
    assert_true(time_parse(S("2099-06-01T00:00:00Z"), &now));
    assert_true(time_parse_http(S("Wednesday, 01-Jan-10 00:00:00 GMT"), now, &time));
    assert_true(time.us == 4417977600000000); /* 2110 */
}

static void http_date_refusals(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 gmt",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Mon, 06 Nov 1994 08:49:37 GMT", /* it was a Sunday */
        "Monday, 06-Nov-94 08:49:37 GMT",
        "Mon Nov  6 08:49:37 1994",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov 06 08:49:37 1994 GMT",
        "Sun  Nov  6 08:49:37 1994",
        "784111777",
        "0",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Time time = {7};
        if (time_parse_http(str_from(bad[i]), (Time){1795000000000000}, &time))
            fail_msg("accepted %s", bad[i]);
        assert_true(time.us == 7);
    }
}

static void the_system_clock_agrees_with_time(void **state)
{
    (void)state;
    time_t before = time(NULL);
    Time now = clock_now(&clock_system);
    time_t after = time(NULL);
    /* time() may lag behind by a tick of the kernel */
    assert_true(now.us / 1000000 >= before && now.us / 1000000 <= after + 1);
    int64_t a = monotonic_us(), b = monotonic_us();
    assert_true(a > 0 && b >= a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc3339_agrees_with_the_c_library),
        cmocka_unit_test(offsets_move_the_instant),
        cmocka_unit_test(rfc3339_cases),
        cmocka_unit_test(every_cut_of_a_good_text_is_refused),
        cmocka_unit_test(times_beyond_the_years_with_a_text_are_clamped),
        cmocka_unit_test(http_dates_agree_with_the_c_library_in_three_forms),
        cmocka_unit_test(two_digits_of_a_year_are_at_most_fifty_years_ahead),
        cmocka_unit_test(http_date_refusals),
        cmocka_unit_test(the_system_clock_agrees_with_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
