/* Structured logs: an event is a row of a table (name, level, prose), a line is an event with typed fields.
 * JSON when stderr is no terminal, readable with colours when it is one. Library code returns errors; only the edge
 * logs, once. Each line leaves in one write(2), so that lines of many threads never mix. */
#ifndef PLATFORM_TELEMETRY_LOG_H
#define PLATFORM_TELEMETRY_LOG_H

#include "base/error.h"
#include "meta/value.h"
#include "platform/ctx.h"

typedef struct LogEvent {
    const char *name; /* "request.done": what a search of the logs asks for */
    LogLevel level;
    const char *doc;
} LogEvent;

typedef struct LogField {
    const char *key;
    Value value;
} LogField;

typedef enum LogStyle { LOG_STYLE_AUTO, LOG_STYLE_JSON, LOG_STYLE_TEXT } LogStyle;

void log_setup(LogStyle style, LogLevel threshold, int fd);
void log_set_level(LogLevel threshold); /* any thread, any time */
bool log_enabled(LogLevel level);

#define KV(key, value) {(key), VALUE_OF(value)}

/* LOG(&cx->trace, &log_request_done, KV("path", path), KV("status", status)); trace may be NULL. Control characters
 * are escaped, so that a client cannot forge lines. */
#define LOG(trace, event, ...)                                                                     \
    log_fields((trace), (event), (const LogField[]){__VA_ARGS__},                                  \
               sizeof((const LogField[]){__VA_ARGS__}) / sizeof(LogField))
void log_fields(const Trace *trace, const LogEvent *event, const LogField *fields, size_t count);

#endif
