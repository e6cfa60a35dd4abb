/* Time: an instant as microseconds since 1970-01-01T00:00:00Z, without leap seconds (POSIX). Always
 * UTC. */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include "base/str.h"

typedef struct Time {
    int64_t us;
} Time;

/* Where the present comes from. A test has its own; library code never asks the system. */
typedef struct Clock {
    Time (*now)(void *state);
    void *state;
} Clock;

extern const Clock clock_system;

static inline Time clock_now(const Clock *clock)
{
    return clock->now(clock->state);
}

/* Microseconds that only go forward, for durations and deadlines inside one process. */
int64_t monotonic_us(void);

/* RFC 3339: "2026-11-21T12:58:19.123456Z"; the fraction is left out when it is zero and has six
 * digits otherwise. Years 0000 to 9999, and what lies beyond is written as the nearest of them.
 * TIME_TEXT_MAX bytes suffice; returns the length, without NUL. */
enum { TIME_TEXT_MAX = 27 };
size_t time_write(char out[static TIME_TEXT_MAX], Time time);
Str time_text(Arena *arena, Time time);

/* Reads RFC 3339 with any offset and 1 to 9 fraction digits (finer than microseconds is cut off); a
 * leap second (":60", only at the end of a month in UTC) is read as the next second's start. False,
 * and *out untouched, on anything else. */
bool time_parse(Str text, Time *out);

/* "Sat, 21 Nov 2026 12:58:19 GMT" (RFC 9110 §5.6.7), 29 bytes. */
enum { TIME_HTTP_LENGTH = 29 };
void time_write_http(char out[static TIME_HTTP_LENGTH], Time time);

/* Reads the three forms that RFC 9110 §5.6.7 requires; the weekday must be right. `now` decides the
 * century of the form with two digits: the latest one that is not more than 50 years ahead. */
bool time_parse_http(Str text, Time now, Time *out);

#endif
