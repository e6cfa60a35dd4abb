/* Buf: a growing buffer with a maximum, in an arena.
 *
 * Appending never fails loudly: past the maximum the buffer keeps what it has and remembers, so
 * that a writer of a thousand fields asks once, at its end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

typedef struct Buf {
    char *p;
    size_t n, capacity, max;
    Arena *arena;
    bool full; /* something did not fit; the content is not to be used */
} Buf;

Buf buf_new(Arena *arena, size_t max);

/* Room for `n` more bytes at buf->p + buf->n, or false (and buf->full) when that would pass the
 * maximum. */
bool buf_grow(Buf *buf, size_t n);

static inline bool buf_reserve(Buf *buf, size_t n)
{
    return n <= buf->capacity - buf->n || buf_grow(buf, n);
}

static inline void buf_bytes(Buf *buf, const char *p, size_t n)
{
    if (n == 0 || !buf_reserve(buf, n)) return;
    memcpy(buf->p + buf->n, p, n);
    buf->n += n;
}

static inline void buf_put(Buf *buf, Str s)
{
    buf_bytes(buf, s.p, s.n);
}

static inline void buf_char(Buf *buf, char c)
{
    if (buf_reserve(buf, 1)) buf->p[buf->n++] = c;
}

#define buf_lit(buf, literal) buf_bytes((buf), "" literal, sizeof(literal) - 1)

void buf_int(Buf *buf, int64_t value);
/* Needs room for one byte more than it writes, printf's NUL. */
void buf_format(Buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline Str buf_str(const Buf *buf)
{
    return (Str){buf->p ? buf->p : "", buf->n};
}

#endif
