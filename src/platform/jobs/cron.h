/* Schedules as crontab writes them, in UTC. Pure. */
#ifndef PLATFORM_JOBS_CRON_H
#define PLATFORM_JOBS_CRON_H

#include "base/time.h"

typedef struct CronTimes {
    uint64_t minutes;                       /* bit n: minute n */
    uint32_t hours, days, months, weekdays; /* days and months from 1; Sunday is 0 */
    bool any_day; /* a day must be in `days` and in `weekdays`; else in one of them */
} CronTimes;

/* False, and *out untouched, when the text is no schedule (jobs.h says what is one). */
bool cron_parse(Str text, CronTimes *out);

/* The first tick after `time`, and the last one that is not after it. Time 0: there is none within
 * eight years, as of the 31st of February. */
Time cron_next(const CronTimes *times, Time time);
Time cron_last(const CronTimes *times, Time time);

#endif
