/* Schedules, held against a look at every minute. */
#include "platform/jobs/cron.h"

#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#define MINUTE_US INT64_C(60000000)

static CronTimes parse(const char *text)
{
    CronTimes times;
    if (!cron_parse(str_from(text), &times)) fail_msg("\"%s\" is not read", text);
    return times;
}

static Time at(const char *text)
{
    Time time;
    if (!time_parse(str_from(text), &time)) fail_msg("%s", text);
    return time;
}

static void test_ticks_that_everybody_knows(void **state)
{
    (void)state;
    static const struct {
        const char *schedule, *now, *next, *last;
    } known[] = {
        {"* * * * *", "2026-03-01T12:00:30Z", "2026-03-01T12:01:00Z", "2026-03-01T12:00:00Z"},
        {"0 * * * *", "2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z", "2026-03-01T12:00:00Z"},
        {"30 4 * * *", "2026-12-31T23:59:59Z", "2027-01-01T04:30:00Z", "2026-12-31T04:30:00Z"},
        {"0 0 29 2 *", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
        {"*/20 9-17 * * 1-5", "2026-11-20T17:40:00Z", "2026-11-23T09:00:00Z",
         "2026-11-20T17:40:00Z"},
        {"0 12 13 * 5", "2026-11-20T13:00:00Z", "2026-11-27T12:00:00Z", "2026-11-20T12:00:00Z"},
        {"0 12 * * 7", "2026-11-21T00:00:00Z", "2026-11-22T12:00:00Z", "2026-11-15T12:00:00Z"},
        {"5,10-12 0 1 1,7 *", "2026-07-01T00:10:00Z", "2026-07-01T00:11:00Z",
         "2026-07-01T00:10:00Z"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        CronTimes times = parse(known[i].schedule);
        assert_int_equal(cron_next(&times, at(known[i].now)).us, at(known[i].next).us);
        assert_int_equal(cron_last(&times, at(known[i].now)).us, at(known[i].last).us);
    }
}

static void test_what_never_comes(void **state)
{
    (void)state;
    CronTimes times = parse("0 0 31 2 *");
    assert_int_equal(cron_next(&times, at("2026-01-01T00:00:00Z")).us, 0);
    assert_int_equal(cron_last(&times, at("2026-01-01T00:00:00Z")).us, 0);
}

static void test_what_is_no_schedule(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "* * * *",
                                        "* * * * * *",
                                        "60 * * * *",
                                        "* 24 * * *",
                                        "* * 0 * *",
                                        "* * 32 * *",
                                        "* * * 0 *",
                                        "* * * 13 *",
                                        "* * * * 8",
                                        "5-1 * * * *",
                                        "*/0 * * * *",
                                        "1/5 * * * *",
                                        "a * * * *",
                                        ", * * * *",
                                        "1,, * * * *",
                                        "  * * * * *",
                                        "-1 * * * *",
                                        "*/99 * * * *",
                                        "1-2-3 * * * *"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CronTimes times = {.minutes = 42};
        if (cron_parse(str_from(wrong[i]), &times)) fail_msg("\"%s\" was read", wrong[i]);
        assert_int_equal(times.minutes, 42);
    }
}

static bool fits(const CronTimes *times, int64_t minute)
{
    time_t seconds = (time_t)(minute * 60);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    bool date = times->days >> tm.tm_mday & 1, weekday = times->weekdays >> tm.tm_wday & 1;
    return times->minutes >> tm.tm_min & 1 && times->hours >> tm.tm_hour & 1 &&
           times->months >> (tm.tm_mon + 1) & 1 &&
           (times->any_day ? date && weekday : date || weekday);
}

/* One bit or two of the lowest `n`. */
static unsigned two_of(const Random *random, uint64_t n)
{
    unsigned one = 1U << random_below(random, n), other = 1U << random_below(random, n);
    return one | other;
}

/* Random schedules with few bits, and the minutes of half a year one by one. */
static void test_every_minute_agrees(void **state)
{
    (void)state;
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 20261121);
    for (int i = 0; i < 30; i++) {
        CronTimes times = {
            .minutes = UINT64_C(1) << random_below(&random, 60) | 1,
            .hours = two_of(&random, 24),
            .days = two_of(&random, 31) << 1,
            .months = 0x1ffeU & ~(2U << random_below(&random, 12)),
            .weekdays = 1U << random_below(&random, 7),
            .any_day = random_below(&random, 2) == 0,
        };
        int64_t minute = 29000000 + (int64_t)random_below(&random, 1000000), end = minute + 260000;
        Time next = cron_next(&times, (Time){minute * MINUTE_US});
        for (minute++; minute < end; minute++) {
            bool now = fits(&times, minute);
            assert_int_equal(now, next.us == minute * MINUTE_US);
            if (!now) continue;
            assert_int_equal(cron_last(&times, next).us, next.us);
            next = cron_next(&times, next);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ticks_that_everybody_knows),
        cmocka_unit_test(test_what_never_comes),
        cmocka_unit_test(test_what_is_no_schedule),
        cmocka_unit_test(test_every_minute_agrees),
    };
    return cmocka_run_group_tests_name("cron", tests, NULL, NULL);
}
