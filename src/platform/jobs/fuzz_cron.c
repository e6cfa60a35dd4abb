/* Any text as a schedule, after eight bytes of time: what is read has its next tick behind the time and
 * its last one not, and both fit. */
#include "platform/jobs/cron.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool fits(const CronTimes *times, Time tick)
{
    int64_t minute = tick.us / 60000000;
    return tick.us % 60000000 == 0 && times->minutes >> (minute % 60) & 1 &&
           times->hours >> (minute / 60 % 24) & 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CronTimes times;
    uint32_t seconds;
    if (size < sizeof seconds) return 0;
    memcpy(&seconds, data, sizeof seconds);
    Str text = {(const char *)data + sizeof seconds, size - sizeof seconds};
    if (!cron_parse(text, &times)) return 0;
    Time now = {(int64_t)seconds * 1000000}, next = cron_next(&times, now),
         last = cron_last(&times, now);
    assert(!next.us || (next.us > now.us && fits(&times, next)));
    assert(!last.us || (last.us <= now.us && fits(&times, last)));
    if (next.us && last.us) {
        assert(cron_next(&times, last).us == next.us);
        assert(cron_last(&times, (Time){next.us - 1}).us == last.us);
    }
    return 0;
}
