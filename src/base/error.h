/* Errors are values: a pointer to a row of a table, NULL when all is well.
 *
 * The row is what the world sees of a refusal: a stable code, an HTTP status, a title. The
 * particular case (which field, which id) travels beside it as a detail. Rows stand in the module
 * that refuses; `souk errors` lists all. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

typedef enum LogLevel { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR } LogLevel;

typedef struct Error {
    const char *code;  /* snake_case, stable: clients branch on it */
    int status;        /* HTTP */
    const char *title; /* one sentence in the reader's terms, always the same (RFC 9457 §3.1.4) */
    LogLevel level;    /* how the edge logs it: a client's mistake DEBUG, our own ERROR */
    const char *doc;   /* what to do about it */
} Error;

#endif
