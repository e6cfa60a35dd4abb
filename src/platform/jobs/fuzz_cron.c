/* Any text as a schedule, after four bytes of time: what is read has its next tick behind the time and
 * its last one not, both fit, also in the eyes of the C library's calendar, and what has ticked ticks
 * again. */
#include "platform/jobs/cron.h"

#include <assert.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool fits(const CronTimes *times, Time tick)
{
    struct tm at;
    time_t seconds = tick.us / 1000000;
    assert(tick.us % 1000000 == 0 && gmtime_r(&seconds, &at));
    bool by_date = times->days >> at.tm_mday & 1, by_weekday = times->weekdays >> at.tm_wday & 1;
    return at.tm_sec == 0 && times->minutes >> at.tm_min & 1 && times->hours >> at.tm_hour & 1 &&
           times->months >> (at.tm_mon + 1) & 1 &&
           (times->any_day ? by_date && by_weekday : by_date || by_weekday);
}

static void check_at(const CronTimes *times, int64_t second)
{
    Time now = {second * 1000000}, next = cron_next(times, now), last = cron_last(times, now);
    assert(!next.us || (next.us > now.us && fits(times, next)));
    assert(!last.us || (last.us <= now.us && fits(times, last)));
    assert(next.us || !last.us);
    if (next.us && last.us) {
        assert(cron_next(times, last).us == next.us);
        assert(cron_last(times, (Time){next.us - 1}).us == last.us);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t year_2099 = 4070908800; /* before the leap year that is left out */
    CronTimes times;
    uint32_t seconds;
    if (size < sizeof seconds) return 0;
    memcpy(&seconds, data, sizeof seconds);
    Str text = {(const char *)data + sizeof seconds, size - sizeof seconds};
    if (!cron_parse(text, &times)) return 0;
    check_at(&times, seconds);
    check_at(&times, year_2099);
    return 0;
}
