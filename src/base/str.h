/* Str: a view of bytes, pointer and length, owned by someone else (an arena, a buffer, the program
 * text).
 *
 * No terminating NUL is promised; str_z makes one for the C library. Text from outside is checked
 * to be UTF-8 at the edge, so the inside may treat a Str as text. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Str {
    const char *p;
    size_t n;
} Str;

typedef struct StrList {
    Str *items;
    size_t n;
} StrList;

#define S(literal) ((Str){"" literal, sizeof(literal) - 1})
#define S_INIT(literal)                                                                            \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }                                /* for static tables */
#define STR_ARG(s) (int)(s).n, (s).p /* for "%.*s" */

static inline bool str_eq(Str a, Str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

Str str_from(const char *z);      /* NULL gives the empty Str */
bool str_eq_nocase(Str a, Str b); /* ASCII letters only, as HTTP and e-mail domains ask */
int str_cmp(Str a, Str b);        /* bytes, as COLLATE "C" */
bool str_starts(Str s, Str prefix);
bool str_ends(Str s, Str suffix);
Str str_slice(Str s, size_t from, size_t to); /* clamped to the string */
Str str_trim(Str s);                          /* SP and HTAB, both ends */

/* The index of the first `c`, or s.n when there is none. */
size_t str_find_char(Str s, char c);

/* The index where `part` first stands, or s.n when it does not. */
size_t str_find(Str s, Str part);

/* Splits at the first `separator`: *head is what stands before it, *rest what stands after. When it
 * is missing, *head is all, *rest is empty, and the answer is false. Either may point to `s`
 * itself. */
bool str_cut(Str s, char separator, Str *head, Str *rest);

/* "00", "01" … "99", for who writes numbers two digits at a time. */
extern const char digit_pairs[201];

/* Decimal digits with an optional minus; no plus, no blanks, no leading zeros but "0"; false on
 * overflow too. *out is untouched on failure. */
bool str_to_int(Str s, int64_t *out);

Str str_copy(Arena *arena, Str s);
char *str_z(Arena *arena, Str s);   /* a NUL-terminated copy */
Str str_lower(Arena *arena, Str s); /* ASCII letters only */
Str str_join(Arena *arena, StrList list, Str separator);
Str str_format(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
Str str_vformat(Arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool str_is_utf8(Str s);
size_t str_utf8_step(Str s);   /* bytes of the first character; 0 when none is well-formed */
size_t str_utf8_length(Str s); /* characters (code points) of valid UTF-8 */

#endif
