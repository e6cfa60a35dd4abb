#include "meta/nfkc.h"

#include <utf8proc.h>

Str nfkc(Arena *arena, Str text, bool fold)
{
    utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT;
    if (fold) options |= UTF8PROC_CASEFOLD;
    const utf8proc_uint8_t *from = (const utf8proc_uint8_t *)(text.n ? text.p : "");
    utf8proc_ssize_t size = (utf8proc_ssize_t)text.n;
    utf8proc_ssize_t n = utf8proc_decompose(from, size, NULL, 0, options);
    if (n < 0) return (Str){0};
    utf8proc_int32_t *points = NEW_N(arena, utf8proc_int32_t, (size_t)n + 1); /* and a NUL */
    utf8proc_decompose(from, size, points, n, options);
    n = utf8proc_reencode(points, n, options);
    return n < 0 ? (Str){0} : (Str){(const char *)points, (size_t)n};
}
