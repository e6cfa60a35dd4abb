/* Instants to text and back.
 *
 * The calendar is the proleptic Gregorian one that RFC 3339 and HTTP use. Days are counted from
 * 0000-03-01, so that the leap day ends a year and needs no case of its own (Howard Hinnant,
 * "chrono-Compatible Low-Level Date Algorithms"). The C library's gmtime, timegm and strptime are
 * not used: they know locales and zones, accept too much, and cost more than the few divisions
 * here.
 *
 * Readers work on a cursor (Scan) that remembers the first failure, so that each form reads like
 * its grammar. */
#include "base/time.h"

#include <time.h>

enum { DAYS_TO_1970 = 719468, DAYS_PER_ERA = 146097, DAY_S = 86400 };

static const int64_t SECOND_US = 1000000;

typedef struct Civil {
    int64_t year;
    int month, day; /* from 1 */
    int hour, minute, second;
} Civil;

/* ---- the calendar ---------------------------------------------------------------------------- */

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = floor_divide(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

static int64_t seconds_from_civil(const Civil *c)
{
    int64_t of_day = (c->hour * 60 + c->minute) * 60 + c->second;
    return days_from_civil(c->year, c->month, c->day) * DAY_S + of_day;
}

/* Counted from 400,000 years before year 0, so that days of any Time are unsigned and fit 32 bits:
 * these divisions are most of what writing a time costs. */
static Civil civil_from_seconds(int64_t seconds)
{
    enum { ERAS_BEFORE = 1000 };
    int64_t since_1970 = floor_divide(seconds, DAY_S);
    uint32_t of_day = (uint32_t)(seconds - since_1970 * DAY_S);
    uint32_t days = (uint32_t)(since_1970 + DAYS_TO_1970 + (int64_t)ERAS_BEFORE * DAYS_PER_ERA);
    uint32_t era = days / DAYS_PER_ERA;
    uint32_t day_of_era = days - era * DAYS_PER_ERA;
    uint32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint32_t shifted = (5 * day_of_year + 2) / 153; /* 0 is March */
    uint32_t month = shifted < 10 ? shifted + 3 : shifted - 9;
    return (Civil){
        .year = (int64_t)year_of_era + ((int64_t)era - ERAS_BEFORE) * 400 + (month <= 2),
        .month = (int)month,
        .day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1),
        .hour = (int)(of_day / 3600),
        .minute = (int)(of_day / 60 % 60),
        .second = (int)(of_day % 60),
    };
}

static int weekday_of(int64_t seconds) /* 0 is Sunday */
{
    int64_t days = floor_divide(seconds, DAY_S) + 4; /* 1970-01-01 was a Thursday */
    return (int)(days - floor_divide(days, 7) * 7);
}

static bool is_leap_year(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool civil_is_valid(const Civil *c)
{
    static const int days_in[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (c->month < 1 || c->month > 12 || c->day < 1) return false;
    int last = days_in[c->month - 1] + (c->month == 2 && is_leap_year(c->year));
    return c->day <= last && c->hour <= 23 && c->minute <= 59 && c->second <= 60;
}

static const int64_t FIRST_S = -62167219200; /* 0000-01-01T00:00:00Z */
static const int64_t LAST_S = 253402300799;  /* 9999-12-31T23:59:59Z */

/* The instant of a date and time read at `offset_s` east of UTC. False for what no calendar has. */
static bool civil_to_time(const Civil *c, int64_t offset_s, int64_t fraction_us, Time *out)
{
    if (!civil_is_valid(c)) return false;
    int64_t seconds = seconds_from_civil(c) - offset_s; /* 60 seconds carry over by themselves */
    if (c->second == 60) {
        if (seconds % DAY_S != 0 || civil_from_seconds(seconds).day != 1) return false;
        fraction_us = 0;
    }
    if (seconds < FIRST_S || seconds > LAST_S) return false;
    out->us = seconds * SECOND_US + fraction_us;
    return true;
}

/* The parts of an instant, brought into the years that have a text. */
static Civil civil_from_time(Time time, int64_t *seconds, int *fraction_us)
{
    const int64_t first_us = FIRST_S * SECOND_US, last_us = LAST_S * SECOND_US + SECOND_US - 1;
    int64_t us = time.us < first_us ? first_us : time.us > last_us ? last_us : time.us;
    *seconds = floor_divide(us, SECOND_US);
    *fraction_us = (int)(us - *seconds * SECOND_US);
    return civil_from_seconds(*seconds);
}

/* ---- reading --------------------------------------------------------------------------------- */

typedef struct Scan {
    const char *at, *end;
    bool failed;
} Scan;

static Scan scan_of(Str text)
{
    return (Scan){text.p, text.n ? text.p + text.n : text.p, false};
}

static bool scan_done(const Scan *scan)
{
    return !scan->failed && scan->at == scan->end;
}

static int scan_digits(Scan *scan, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (scan->failed || scan->at == scan->end || *scan->at < '0' || *scan->at > '9') {
            scan->failed = true;
            return 0;
        }
        value = value * 10 + (*scan->at++ - '0');
    }
    return value;
}

static bool scan_has(const Scan *scan, char c)
{
    return !scan->failed && scan->at < scan->end && *scan->at == c;
}

static void scan_text(Scan *scan, const char *text)
{
    for (; *text; text++) {
        if (!scan_has(scan, *text)) {
            scan->failed = true;
            return;
        }
        scan->at++;
    }
}

/* The index of the name that stands here; -1 and failed when there is none. */
static int scan_name(Scan *scan, const char *const *names, int count)
{
    size_t left = (size_t)(scan->end - scan->at);
    for (int i = 0; !scan->failed && i < count; i++) {
        size_t n = strlen(names[i]);
        if (n <= left && memcmp(scan->at, names[i], n) == 0) {
            scan->at += n;
            return i;
        }
    }
    scan->failed = true;
    return -1;
}

static void scan_clock(Scan *scan, Civil *c)
{
    c->hour = scan_digits(scan, 2);
    scan_text(scan, ":");
    c->minute = scan_digits(scan, 2);
    scan_text(scan, ":");
    c->second = scan_digits(scan, 2);
}

/* ---- RFC 3339 -------------------------------------------------------------------------------- */

static int scan_fraction_us(Scan *scan)
{
    if (!scan_has(scan, '.')) return 0;
    scan->at++;
    int value = 0, digits = 0;
    for (; scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9'; scan->at++, digits++)
        if (digits < 6) value = value * 10 + (*scan->at - '0');
    if (digits < 1 || digits > 9) scan->failed = true;
    for (; digits < 6; digits++) value *= 10;
    return value;
}

static int scan_offset_s(Scan *scan)
{
    if (scan_has(scan, 'Z') || scan_has(scan, 'z')) {
        scan->at++;
        return 0;
    }
    bool west = scan_has(scan, '-');
    scan_text(scan, west ? "-" : "+");
    int hours = scan_digits(scan, 2);
    scan_text(scan, ":");
    int minutes = scan_digits(scan, 2);
    if (hours > 23 || minutes > 59) scan->failed = true;
    int offset = (hours * 60 + minutes) * 60;
    return west ? -offset : offset;
}

bool time_parse(Str text, Time *out)
{
    Scan scan = scan_of(text);
    Civil c = {0};
    c.year = scan_digits(&scan, 4);
    scan_text(&scan, "-");
    c.month = scan_digits(&scan, 2);
    scan_text(&scan, "-");
    c.day = scan_digits(&scan, 2);
    scan_text(&scan, scan_has(&scan, 't') ? "t" : "T");
    scan_clock(&scan, &c);
    int fraction_us = scan_fraction_us(&scan);
    int offset_s = scan_offset_s(&scan);
    return scan_done(&scan) && civil_to_time(&c, offset_s, fraction_us, out);
}

static char *put_two(char *at, int value)
{
    memcpy(at, digit_pairs + value * 2, 2);
    return at + 2;
}

static char *put_year(char *at, int64_t year) /* 0 to 9999 */
{
    int short_year = (int)year;
    return put_two(put_two(at, short_year / 100), short_year % 100);
}

static char *put_clock(char *at, const Civil *c)
{
    at = put_two(at, c->hour);
    *at++ = ':';
    at = put_two(at, c->minute);
    *at++ = ':';
    return put_two(at, c->second);
}

size_t time_write(char out[static TIME_TEXT_MAX], Time time)
{
    int64_t seconds;
    int fraction_us;
    Civil c = civil_from_time(time, &seconds, &fraction_us);
    char *at = put_year(out, c.year);
    *at++ = '-';
    at = put_two(at, c.month);
    *at++ = '-';
    at = put_two(at, c.day);
    *at++ = 'T';
    at = put_clock(at, &c);
    if (fraction_us) {
        *at++ = '.';
        at = put_two(at, fraction_us / 10000);
        at = put_two(at, fraction_us / 100 % 100);
        at = put_two(at, fraction_us % 100);
    }
    *at++ = 'Z';
    return (size_t)(at - out);
}

Str time_text(Arena *arena, Time time)
{
    char text[TIME_TEXT_MAX];
    return str_copy(arena, (Str){text, time_write(text, time)});
}

/* ---- HTTP dates ------------------------------------------------------------------------------ */

static const char *const short_days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const long_days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday"};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void time_write_http(char out[static TIME_HTTP_LENGTH], Time time)
{
    int64_t seconds;
    int fraction_us;
    Civil c = civil_from_time(time, &seconds, &fraction_us);
    memcpy(out, short_days[weekday_of(seconds)], 3);
    memcpy(out + 3, ", ", 2);
    put_two(out + 5, c.day);
    out[7] = ' ';
    memcpy(out + 8, months[c.month - 1], 3);
    out[11] = ' ';
    put_year(out + 12, c.year);
    out[16] = ' ';
    put_clock(out + 17, &c);
    memcpy(out + 25, " GMT", 4);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" after the weekday */
static void scan_imf_fixdate(Scan *scan, Civil *c)
{
    scan_text(scan, ", ");
    c->day = scan_digits(scan, 2);
    scan_text(scan, " ");
    c->month = 1 + scan_name(scan, months, 12);
    scan_text(scan, " ");
    c->year = scan_digits(scan, 4);
    scan_text(scan, " ");
    scan_clock(scan, c);
    scan_text(scan, " GMT");
}

/* "Sun Nov  6 08:49:37 1994" after the weekday */
static void scan_asctime(Scan *scan, Civil *c)
{
    scan_text(scan, " ");
    c->month = 1 + scan_name(scan, months, 12);
    scan_text(scan, " ");
    if (scan_has(scan, ' ')) {
        scan->at++;
        c->day = scan_digits(scan, 1);
    } else {
        c->day = scan_digits(scan, 2);
    }
    scan_text(scan, " ");
    scan_clock(scan, c);
    scan_text(scan, " ");
    c->year = scan_digits(scan, 4);
}

/* The latest year with these two digits that is not more than 50 years ahead of `now`. */
static int64_t whole_year(Civil c, int two_digits, Time now)
{
    Civil limit = civil_from_seconds(floor_divide(now.us, SECOND_US));
    limit.year += 50;
    c.year = floor_divide(limit.year, 100) * 100 + two_digits;
    return seconds_from_civil(&c) > seconds_from_civil(&limit) ? c.year - 100 : c.year;
}

/* "Sunday, 06-Nov-94 08:49:37 GMT" after the weekday */
static void scan_rfc850(Scan *scan, Time now, Civil *c)
{
    scan_text(scan, ", ");
    c->day = scan_digits(scan, 2);
    scan_text(scan, "-");
    c->month = 1 + scan_name(scan, months, 12);
    scan_text(scan, "-");
    int two_digits = scan_digits(scan, 2);
    scan_text(scan, " ");
    scan_clock(scan, c);
    scan_text(scan, " GMT");
    if (!scan->failed) c->year = whole_year(*c, two_digits, now);
}

bool time_parse_http(Str text, Time now, Time *out)
{
    Civil c = {0};
    Scan scan = scan_of(text);
    int weekday = scan_name(&scan, long_days, 7);
    if (weekday >= 0) {
        scan_rfc850(&scan, now, &c);
    } else {
        scan = scan_of(text);
        weekday = scan_name(&scan, short_days, 7);
        if (scan_has(&scan, ','))
            scan_imf_fixdate(&scan, &c);
        else
            scan_asctime(&scan, &c);
    }
    if (!scan_done(&scan) || !civil_is_valid(&c)) return false;
    Civil noon = {.year = c.year, .month = c.month, .day = c.day, .hour = 12};
    return weekday_of(seconds_from_civil(&noon)) == weekday && civil_to_time(&c, 0, 0, out);
}

/* ---- clocks ---------------------------------------------------------------------------------- */

static int64_t read_clock_us(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

static Time system_now(void *state)
{
    (void)state;
    return (Time){read_clock_us(CLOCK_REALTIME)};
}

const Clock clock_system = {system_now, NULL};

int64_t monotonic_us(void)
{
    return read_clock_us(CLOCK_MONOTONIC);
}
