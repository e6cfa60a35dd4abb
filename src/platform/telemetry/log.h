/* Structured logs: an event is a row of a table (name, level, prose), a line is an event with typed
 * fields. JSON when stderr is no terminal, readable with colours when it is one. Library code
 * returns errors; only the edge logs, once. Each line leaves in one write(2), so that lines of many
 * threads never mix. See docs/internals/telemetry.md. */
#ifndef PLATFORM_TELEMETRY_LOG_H
#define PLATFORM_TELEMETRY_LOG_H

#include "base/error.h"
#include "meta/value.h"
#include "platform/ctx.h"
#include "platform/telemetry/gather.h"

typedef struct LogEvent {
    const char *name; /* "request.done": what a search of the logs asks for */
    LogLevel level;
    const char *doc; /* when it happens, and what its fields say */
} LogEvent;

/* Defines a row, at file scope: LOG_EVENT(request_done, "request.done", LOG_INFO, "…"). */
#define LOG_EVENT(variable, ...)                                                                   \
    static const LogEvent variable = {__VA_ARGS__};                                                \
    GATHER(LogEvent, souk_log_events, variable)

/* All events of the program, in no particular order. */
const LogEvent *const *log_event_list(size_t *count);

typedef struct LogField {
    const char *key;
    Value value;
} LogField;

typedef enum LogStyle { LOG_STYLE_AUTO, LOG_STYLE_JSON, LOG_STYLE_TEXT } LogStyle;

/* A line has at most this many bytes, newline included: what a pipe takes in one piece (POSIX,
 * PIPE_BUF). What does not fit is cut off, and the line says "truncated". */
enum { LOG_LINE_MAX = 4096 };

/* At start, before other threads. LOG_STYLE_AUTO asks whether `fd` is a terminal; text is coloured
 * when it is one and neither NO_COLOR (not empty) nor TERM=dumb is set. Before, lines go to stderr
 * as JSON from LOG_INFO on. */
void log_setup(LogStyle style, LogLevel threshold, int fd);
void log_set_level(LogLevel threshold); /* any thread, any time */
bool log_enabled(LogLevel level);
void log_silence(void); /* for a command that itself reports what it meets */

/* clang-format off */
#define KV(key, value) {(key), VALUE_OF(value)}
/* clang-format on */

/* LOG(&cx->trace, &log_request_done, KV("path", path), KV("status", status)); trace may be NULL.
 * Control characters and what is no UTF-8 are escaped, so that a client can neither forge lines nor
 * steer a terminal. No allocation; errno is kept. A line that cannot be written is counted in
 * souk_log_lines_lost_total. */
#define LOG(trace, event, ...)                                                                     \
    log_fields((trace), (event), (const LogField[]){__VA_ARGS__},                                  \
               sizeof((const LogField[]){__VA_ARGS__}) / sizeof(LogField))
void log_fields(const Trace *trace, const LogEvent *event, const LogField *fields, size_t count);

#endif
