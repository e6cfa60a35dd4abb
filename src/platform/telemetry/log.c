/* One line a call, formatted in a buffer of the thread and written at once.
 *
 * The writers below never fail: past the end of the buffer they set `cut`, and whoever began a
 * field decides whether its beginning may stay (a text) or goes (a number). Room for the closing
 * quote, the mark and the newline is kept back from the start, so that a cut line is still valid
 * JSON.
 *
 * Lines are not queued for a writing thread: in a crash the last lines are the ones that matter.
 * Whoever cannot bear a slow stderr points it at a file or a journal. */
#include "platform/telemetry/log.h"

#include "platform/telemetry/metrics.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char json_tail[] = "\",\"truncated\":true}\n";
static const char text_tail[] = "\"\x1b[0m truncated\n";

enum { TAIL_MAX = sizeof json_tail > sizeof text_tail ? sizeof json_tail : sizeof text_tail };

static struct LogState {
    int fd;
    bool text, colour;
    Series lost;
    _Atomic int threshold;
} state = {.fd = STDERR_FILENO, .threshold = LOG_INFO};

METRIC_FAMILY(lines_lost, .name = "souk_log_lines_lost_total", .kind = METRIC_COUNTER,
              .doc = "Log lines that could not be written.");

GATHERED(LogEvent, souk_log_events, log_event_list)

static bool wants_colour(int fd)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(fd) && !(no_color && no_color[0]) && !(term && strcmp(term, "dumb") == 0);
}

void log_setup(LogStyle style, LogLevel threshold, int fd)
{
    state.fd = fd;
    state.text = style == LOG_STYLE_TEXT || (style == LOG_STYLE_AUTO && isatty(fd));
    state.colour = state.text && wants_colour(fd);
    state.lost = metric_series(&lines_lost);
    log_set_level(threshold);
}

void log_set_level(LogLevel threshold)
{
    atomic_store_explicit(&state.threshold, (int)threshold, memory_order_relaxed);
}

void log_silence(void)
{
    atomic_store_explicit(&state.threshold, LOG_ERROR + 1, memory_order_relaxed);
}

bool log_enabled(LogLevel level)
{
    return (int)level >= atomic_load_explicit(&state.threshold, memory_order_relaxed);
}

/* ---- a line under way ------------------------------------------------------------------------ */

typedef struct Line {
    char *at, *end;
    bool cut;
} Line;

static void put(Line *line, const char *p, size_t n)
{
    if (line->cut ||
        (ptrdiff_t)n > line->end - line->at) { /* `at` may be one past, after a closing quote */
        line->cut = true;
        return;
    }
    memcpy(line->at, p, n);
    line->at += n;
}

#define put_lit(line, literal) put((line), "" literal, sizeof(literal) - 1)

static void put_z(Line *line, const char *z)
{
    put(line, z, strlen(z));
}

static void put_hex(Line *line, const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char digits[2] = {"0123456789abcdef"[bytes[i] >> 4], "0123456789abcdef"[bytes[i] & 15]};
        put(line, digits, 2);
    }
}

static void put_int(Line *line, int64_t value)
{
    char digits[20], *at = digits + sizeof digits;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0) *--at = '-';
    put(line, at, (size_t)(digits + sizeof digits - at));
}

static void put_double(Line *line, double value)
{
    char digits[32];
    int n = snprintf(digits, sizeof digits, "%.15g", value);
    if (strtod(digits, NULL) != value) n = snprintf(digits, sizeof digits, "%.17g", value);
    if (isfinite(value))
        put(line, digits, (size_t)n);
    else
        put_lit(line, "null");
}

static void put_time(Line *line, Time time)
{
    char text[TIME_TEXT_MAX];
    put(line, text, time_write(text, time));
}

/* ---- escaping -------------------------------------------------------------------------------- */

static uint32_t decode(const unsigned char *p, size_t n)
{
    if (n < 2) return p[0];
    uint32_t code = p[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) code = code << 6 | (p[i] & 0x3F);
    return code;
}

/* Characters that act on a terminal or on the reader's eye instead of being seen: C0, DEL and C1
 * controls, line separators, and those that turn the direction of text (Unicode 15, §23.2). */
static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code <= 0x9F) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

static void put_escape(Line *line, uint32_t code)
{
    char text[8];
    switch (code) {
    case '\n':
        put_lit(line, "\\n");
        return;
    case '\r':
        put_lit(line, "\\r");
        return;
    case '\t':
        put_lit(line, "\\t");
        return;
    default:
        put(line, text, (size_t)snprintf(text, sizeof text, "\\u%04x", code));
    }
}

/* The character at the start of `s`, which is not empty; returns how many bytes it took. */
static size_t put_escaped_character(Line *line, Str s, bool json)
{
    size_t step = str_utf8_step(s);
    unsigned char first = (unsigned char)s.p[0];
    uint32_t code = step ? decode((const unsigned char *)s.p, step) : 0;
    if (!step && json) {
        put_lit(line, "\\ufffd");
    } else if (!step) {
        char text[4] = {'\\', 'x', "0123456789abcdef"[first >> 4], "0123456789abcdef"[first & 15]};
        put(line, text, sizeof text);
    } else if (is_control(code)) {
        put_escape(line, code);
    } else if (code == '"' || code == '\\') {
        char text[2] = {'\\', (char)code};
        put(line, text, sizeof text);
    } else {
        put(line, s.p, step);
    }
    return step ? step : 1;
}

static bool is_plain(char c)
{
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

/* The inside of a quoted text; runs of plain characters, which is nearly all, go in one piece.
 * Bytes that are no UTF-8 become U+FFFD in JSON, which has no way to say them, and \xNN in text. */
static void put_escaped(Line *line, Str s, bool json)
{
    while (s.n && !line->cut) {
        size_t room = (size_t)(line->end - line->at), plain = 0;
        while (plain < s.n && plain < room && is_plain(s.p[plain])) plain++;
        put(line, s.p, plain);
        s = str_slice(s, plain, s.n);
        if (s.n) s = str_slice(s, put_escaped_character(line, s, json), s.n);
    }
}

/* JSON that is already text. Its line breaks can only stand between tokens, where a blank does as
 * well. */
static void put_raw_json(Line *line, Str s)
{
    for (size_t i = 0; i < s.n && !line->cut; i++)
        put(line, (unsigned char)s.p[i] < 0x20 ? " " : s.p + i, 1);
}

/* ---- values ---------------------------------------------------------------------------------- */

static void put_ids(Line *line, IdList ids)
{
    put_lit(line, "[");
    for (size_t i = 0; i < ids.n; i++) {
        if (i) put_lit(line, ",");
        put_int(line, ids.items[i].n);
    }
    put_lit(line, "]");
}

static void put_json_value(Line *line, const Value *value)
{
    switch (value->kind) {
    case VALUE_NULL:
        put_lit(line, "null");
        break;
    case VALUE_BOOL:
        put_z(line, value->b ? "true" : "false");
        break;
    case VALUE_INT:
        put_int(line, value->i);
        break;
    case VALUE_DOUBLE:
        put_double(line, value->d);
        break;
    case VALUE_TEXT:
        put_escaped(line, value->s, true);
        break;
    case VALUE_BYTES:
        put_hex(line, (const unsigned char *)value->s.p, value->s.n);
        break;
    case VALUE_TIME:
        put_time(line, (Time){value->i});
        break;
    case VALUE_JSON:
        put_raw_json(line, value->s);
        break;
    case VALUE_IDS:
        put_ids(line, value->ids);
        break;
    }
}

static bool is_quoted_in_json(ValueKind kind)
{
    return kind == VALUE_TEXT || kind == VALUE_BYTES || kind == VALUE_TIME;
}

static void put_json_field(Line *line, const LogField *field)
{
    char *start = line->at;
    put_lit(line, ",\"");
    put_z(line, field->key);
    put_lit(line, "\":");
    bool quoted = is_quoted_in_json(field->value.kind);
    if (quoted) put_lit(line, "\"");
    bool begun = !line->cut;
    put_json_value(line, &field->value);
    if (quoted && begun)
        *line->at++ = '"'; /* room is kept for it */
    else if (line->cut)
        line->at = start;
}

/* In text only what could be misread is quoted. */
static bool needs_quotes(Str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c >= 0x7F || c == '"' || c == '\\' || c == '=') return true;
    }
    return s.n == 0;
}

static void put_colour(Line *line, const char *code)
{
    if (!state.colour) return;
    put_lit(line, "\x1b[");
    put_z(line, code);
    put_lit(line, "m");
}

static void put_text_field(Line *line, const LogField *field)
{
    char *start = line->at;
    bool quoted = field->value.kind == VALUE_TEXT && needs_quotes(field->value.s);
    put_lit(line, " ");
    put_colour(line, "2");
    put_z(line, field->key);
    put_lit(line, "=");
    put_colour(line, "0");
    if (quoted) put_lit(line, "\"");
    bool begun = !line->cut;
    if (field->value.kind == VALUE_TEXT)
        put_escaped(line, field->value.s, false);
    else
        put_json_value(line, &field->value);
    if (quoted && begun)
        *line->at++ = '"';
    else if (line->cut && !(begun && field->value.kind == VALUE_TEXT))
        line->at = start;
}

/* ---- lines ----------------------------------------------------------------------------------- */

static const char *const level_names[] = {"debug", "info", "warn", "error"};

static bool is_set(const unsigned char *bytes, size_t n)
{
    unsigned char any = 0;
    for (size_t i = 0; i < n; i++) any |= bytes[i];
    return any != 0;
}

static void put_json_trace(Line *line, const Trace *trace)
{
    if (trace->request_id[0]) {
        put_lit(line, ",\"request_id\":\"");
        put_z(line, trace->request_id);
        put_lit(line, "\"");
    }
    if (!is_set(trace->trace_id, sizeof trace->trace_id)) return;
    put_lit(line, ",\"trace_id\":\"");
    put_hex(line, trace->trace_id, sizeof trace->trace_id);
    put_lit(line, "\",\"span_id\":\"");
    put_hex(line, trace->span_id, sizeof trace->span_id);
    put_lit(line, "\"");
}

static void write_json(Line *line, const Trace *trace, const LogEvent *event,
                       const LogField *fields, size_t count)
{
    put_lit(line, "{\"time\":\"");
    put_time(line, clock_now(&clock_system));
    put_lit(line, "\",\"level\":\"");
    put_z(line, level_names[event->level]);
    put_lit(line, "\",\"event\":\"");
    put_z(line, event->name);
    put_lit(line, "\"");
    if (trace) put_json_trace(line, trace);
    for (size_t i = 0; i < count && !line->cut; i++) put_json_field(line, &fields[i]);
    const char *tail = line->cut ? json_tail + 1 : "}\n";
    line->end += TAIL_MAX;
    line->cut = false;
    put_z(line, tail);
}

/* "12:58:19.123 INFO  request.done path=/v1/products status=200 req_…" */
static void write_text(Line *line, const Trace *trace, const LogEvent *event,
                       const LogField *fields, size_t count)
{
    static const char *const names[] = {"DEBUG", "INFO ", "WARN ", "ERROR"};
    static const char *const colours[] = {"2", "32", "33", "1;31"};
    char now[TIME_TEXT_MAX + 1] = "";
    time_write(now, (Time){clock_now(&clock_system).us | 1}); /* odd, so that a fraction is shown */
    put_colour(line, "2");
    put(line, now + sizeof "2026-11-21T" - 1, sizeof "12:58:19.123" - 1);
    put_colour(line, "0");
    put_lit(line, " ");
    put_colour(line, colours[event->level]);
    put_z(line, names[event->level]);
    put_colour(line, "0");
    put_lit(line, " ");
    put_z(line, event->name);
    for (size_t i = 0; i < count && !line->cut; i++) put_text_field(line, &fields[i]);
    if (trace && trace->request_id[0] && !line->cut) {
        const LogField request = KV("request", str_from(trace->request_id));
        put_text_field(line, &request);
    }
    const char *tail = !line->cut ? "\n" : state.colour ? text_tail + 1 : " truncated\n";
    line->end += TAIL_MAX;
    line->cut = false;
    put_z(line, tail);
}

/* One write(2); more only when the kernel took a part, as a full disk does. */
static void send(const char *p, size_t n)
{
    while (n) {
        ssize_t sent = write(state.fd, p, n);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) {
            metric_add(state.lost, 1);
            return;
        }
        p += sent;
        n -= (size_t)sent;
    }
}

void log_fields(const Trace *trace, const LogEvent *event, const LogField *fields, size_t count)
{
    static _Thread_local char buffer[LOG_LINE_MAX];
    if (!log_enabled(event->level)) return;
    int saved_errno = errno;
    Line line = {.at = buffer, .end = buffer + sizeof buffer - TAIL_MAX};
    if (state.text)
        write_text(&line, trace, event, fields, count);
    else
        write_json(&line, trace, event, fields, count);
    send(buffer, (size_t)(line.at - buffer));
    errno = saved_errno;
}
