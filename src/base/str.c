/* Views of bytes.
 *
 * Pointer and length instead of a NUL at the end: a part of a text is a text, so parsers cut without
 * copying, and what a client sends may hold any byte. The price is a copy (str_z) wherever the C library
 * is asked, which is rare. Nothing here is locale-dependent: ASCII is what protocols mean by letters, and
 * all else is the business of utf8proc. */
#include "base/str.h"

#include <assert.h>
#include <stdio.h>

Str str_from(const char *z)
{
    return z ? (Str){z, strlen(z)} : (Str){"", 0};
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool str_eq_nocase(Str a, Str b)
{
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i])) return false;
    return true;
}

int str_cmp(Str a, Str b)
{
    size_t common = a.n < b.n ? a.n : b.n;
    int order = common ? memcmp(a.p, b.p, common) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

bool str_starts(Str s, Str prefix)
{
    return s.n >= prefix.n && str_eq((Str){s.p, prefix.n}, prefix);
}

bool str_ends(Str s, Str suffix)
{
    return s.n >= suffix.n && str_eq((Str){s.p + s.n - suffix.n, suffix.n}, suffix);
}

Str str_slice(Str s, size_t from, size_t to)
{
    if (to > s.n) to = s.n;
    if (from > to) from = to;
    return s.p ? (Str){s.p + from, to - from} : (Str){"", 0};
}

Str str_trim(Str s)
{
    size_t from = 0, to = s.n;
    while (from < to && (s.p[from] == ' ' || s.p[from] == '\t')) from++;
    while (to > from && (s.p[to - 1] == ' ' || s.p[to - 1] == '\t')) to--;
    return str_slice(s, from, to);
}

size_t str_find_char(Str s, char c)
{
    const char *at = s.n ? memchr(s.p, c, s.n) : NULL;
    return at ? (size_t)(at - s.p) : s.n;
}

size_t str_find(Str s, Str part)
{
    if (part.n == 0) return 0;
    const char *at = s.n ? memmem(s.p, s.n, part.p, part.n) : NULL;
    return at ? (size_t)(at - s.p) : s.n;
}

bool str_cut(Str s, char separator, Str *head, Str *rest)
{
    size_t at = str_find_char(s, separator);
    *head = str_slice(s, 0, at);
    *rest = str_slice(s, at + 1, s.n);
    return at < s.n;
}

const char digit_pairs[201] =
    "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546"
    "4748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293"
    "949596979899";

bool str_to_int(Str s, int64_t *out)
{
    bool minus = s.n && s.p[0] == '-';
    Str digits = str_slice(s, minus, s.n);
    if (digits.n == 0 || (digits.p[0] == '0' && (digits.n > 1 || minus))) return false;
    int64_t value = 0; /* counted downwards, because INT64_MIN has no positive twin */
    for (size_t i = 0; i < digits.n; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9') return false;
        if (__builtin_mul_overflow(value, 10, &value)) return false;
        if (__builtin_sub_overflow(value, digits.p[i] - '0', &value)) return false;
    }
    if (!minus && value == INT64_MIN) return false;
    *out = minus ? value : -value;
    return true;
}

Str str_copy(Arena *arena, Str s)
{
    if (s.n == 0) return S("");
    char *p = arena_alloc(arena, s.n, 1);
    memcpy(p, s.p, s.n);
    return (Str){p, s.n};
}

char *str_z(Arena *arena, Str s)
{
    char *p = arena_alloc(arena, s.n + 1, 1);
    if (s.n) memcpy(p, s.p, s.n);
    p[s.n] = 0;
    return p;
}

Str str_lower(Arena *arena, Str s)
{
    char *p = arena_alloc(arena, s.n, 1);
    for (size_t i = 0; i < s.n; i++) p[i] = (char)lower(s.p[i]);
    return (Str){p, s.n};
}

Str str_join(Arena *arena, StrList list, Str separator)
{
    size_t total = 0;
    for (size_t i = 0; i < list.n; i++) total += list.items[i].n + (i ? separator.n : 0);
    char *p = arena_alloc(arena, total, 1), *at = p;
    for (size_t i = 0; i < list.n; i++) {
        Str parts[] = {i ? separator : S(""), list.items[i]};
        for (size_t k = 0; k < 2; k++) {
            if (parts[k].n) memcpy(at, parts[k].p, parts[k].n);
            at += parts[k].n;
        }
    }
    return (Str){p, total};
}

Str str_vformat(Arena *arena, const char *format, va_list args)
{
    assert(format);
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    assert(length >= 0);
    char *p = arena_alloc(arena, (size_t)length + 1, 1);
    vsnprintf(p, (size_t)length + 1, format, args);
    return (Str){p, (size_t)length};
}

Str str_format(Arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Str text = str_vformat(arena, format, args);
    va_end(args);
    return text;
}

/* Unicode 15, table 3-7: what may follow each first byte. */
static size_t utf8_step(const unsigned char *p, size_t n)
{
    unsigned char first = p[0];
    if (first < 0x80) return 1;
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || length > n) return 0;
    unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (p[1] < low || p[1] > high) return 0;
    for (size_t i = 2; i < length; i++)
        if ((p[i] & 0xC0) != 0x80) return 0;
    return length;
}

size_t str_utf8_step(Str s)
{
    return s.n ? utf8_step((const unsigned char *)s.p, s.n) : 0;
}

bool str_is_utf8(Str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    for (size_t i = 0; i < s.n;) {
        uint64_t eight;
        if (s.n - i >= sizeof eight) {
            memcpy(&eight, p + i, sizeof eight);
            if (!(eight & 0x8080808080808080u)) {
                i += sizeof eight;
                continue;
            }
        }
        size_t step = utf8_step(p + i, s.n - i);
        if (!step) return false;
        i += step;
    }
    return true;
}

size_t str_utf8_length(Str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.n; i++) count += (s.p[i] & 0xC0) != 0x80;
    return count;
}
