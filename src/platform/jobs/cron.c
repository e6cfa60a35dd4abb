#include "platform/jobs/cron.h"

#define MINUTE_US INT64_C(60000000)

enum { DAY_MINUTES = 1440, DAYS_MAX = 8 * 366 }; /* from one 29th of February to the next */

/* ---- Reading --------------------------------------------------------------------------------- */

typedef struct Span {
    int64_t from, to, step;
} Span;

/* "5", "1-5", "*", each with "/2" behind it. */
static bool parse_span(Str text, int64_t low, int64_t high, Span *out)
{
    Str range, step, from, to;
    Span span = {low, high, 1};
    bool stepped = str_cut(text, '/', &range, &step);
    if (stepped && (!str_to_int(step, &span.step) || span.step < 1 || span.step > high))
        return false;
    if (!str_eq(range, S("*"))) {
        bool two = str_cut(range, '-', &from, &to);
        if (stepped && !two) return false;
        if (!str_to_int(from, &span.from)) return false;
        span.to = span.from;
        if (two && !str_to_int(to, &span.to)) return false;
    }
    if (span.from < low || span.to > high || span.from > span.to) return false;
    *out = span;
    return true;
}

static bool parse_field(Str text, int64_t low, int64_t high, uint64_t *out)
{
    uint64_t bits = 0;
    bool more = true;
    while (more) {
        Str part;
        Span span;
        more = str_cut(text, ',', &part, &text);
        if (!parse_span(part, low, high, &span)) return false;
        for (int64_t i = span.from; i <= span.to; i += span.step) bits |= UINT64_C(1) << i;
    }
    *out = bits;
    return true;
}

bool cron_parse(Str text, CronTimes *out)
{
    static const struct {
        int64_t low, high;
    } bounds[] = {{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 7}};
    uint64_t bits[5];
    Str fields[5];
    for (int i = 0; i < 5; i++) {
        bool more = str_cut(text, ' ', &fields[i], &text);
        if (more != (i < 4) || !parse_field(fields[i], bounds[i].low, bounds[i].high, &bits[i]))
            return false;
    }
    bool every_day = str_eq(fields[2], S("*")), every_weekday = str_eq(fields[4], S("*"));
    *out = (CronTimes){.minutes = bits[0],
                       .hours = (uint32_t)bits[1],
                       .days = (uint32_t)bits[2],
                       .months = (uint32_t)bits[3],
                       .weekdays = (uint32_t)(bits[4] | bits[4] >> 7),
                       .any_day = every_day || every_weekday};
    return true;
}

/* ---- Asking ---------------------------------------------------------------------------------- */

static int two_digits(const char *p)
{
    return (p[0] - '0') * 10 + (p[1] - '0');
}

static bool day_fits(const CronTimes *times, int64_t day)
{
    char date[TIME_TEXT_MAX]; /* "2026-11-21T…" */
    time_write(date, (Time){day * DAY_MINUTES * MINUTE_US});
    if (!(times->months >> two_digits(date + 5) & 1)) return false;
    int64_t weekday = (day + 4) % 7; /* 1970 began on a Thursday */
    bool by_date = times->days >> two_digits(date + 8) & 1;
    bool by_weekday = times->weekdays >> weekday & 1;
    return times->any_day ? by_date && by_weekday : by_date || by_weekday;
}

static bool minute_fits(const CronTimes *times, int64_t minute)
{
    return times->hours >> (minute / 60) & 1 && times->minutes >> (minute % 60) & 1;
}

/* From the minute `at` (since 1970) on, forward or back (`step` 1 or -1), not to before 1970: a clock
 * that was never set stands there. */
static Time search(const CronTimes *times, int64_t at, int step)
{
    int64_t day = at / DAY_MINUTES, minute = at % DAY_MINUTES;
    for (int i = 0; i < DAYS_MAX && day >= 0; i++, day += step) {
        if (day_fits(times, day))
            for (; minute >= 0 && minute < DAY_MINUTES; minute += step)
                if (minute_fits(times, minute))
                    return (Time){(day * DAY_MINUTES + minute) * MINUTE_US};
        minute = step > 0 ? 0 : DAY_MINUTES - 1;
    }
    return (Time){0};
}

Time cron_next(const CronTimes *times, Time time)
{
    return search(times, time.us / MINUTE_US + 1, 1);
}

Time cron_last(const CronTimes *times, Time time)
{
    return search(times, time.us / MINUTE_US, -1);
}
