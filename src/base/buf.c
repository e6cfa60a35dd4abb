#include "base/buf.h"

#include <assert.h>
#include <stdio.h>

enum { FIRST_CAPACITY = 256 };

Buf buf_new(Arena *arena, size_t max)
{
    return (Buf){.arena = arena, .max = max};
}

bool buf_grow(Buf *buf, size_t n)
{
    if (buf->full || n > buf->max - buf->n) {
        buf->full = true;
        return false;
    }
    size_t capacity = buf->capacity ? buf->capacity : FIRST_CAPACITY;
    while (capacity < buf->n + n) capacity *= 2;
    if (capacity > buf->max) capacity = buf->max;
    buf->p = arena_grow(buf->arena, buf->p, buf->capacity, capacity, 1);
    buf->capacity = capacity;
    return true;
}

void buf_int(Buf *buf, int64_t value)
{
    char digits[20], *at = digits + sizeof digits;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0) *--at = '-';
    buf_bytes(buf, at, (size_t)(digits + sizeof digits - at));
}

void buf_format(Buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    assert(length >= 0);
    if (buf_reserve(buf, (size_t)length + 1)) {
        vsnprintf(buf->p + buf->n, (size_t)length + 1, format, args);
        buf->n += (size_t)length;
    }
    va_end(args);
}
