#include "meta/slug.h"

#include <stdlib.h>

#include <utf8proc.h>

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Compatibility decomposition (Unicode UAX #15) drops accents and unfolds ligatures; what is no
 * ASCII letter or digit afterwards separates words. */
Str slug_of_title(Arena *arena, Str title, Str otherwise)
{
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t length =
        utf8proc_map((const utf8proc_uint8_t *)title.p, (utf8proc_ssize_t)title.n, &folded,
                     UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD |
                         UTF8PROC_IGNORE);
    char *slug = arena_alloc(arena, SLUG_BASE_MAX, 1);
    size_t n = 0;
    bool gap = false;
    for (utf8proc_ssize_t i = 0; i < length && n + 2 <= SLUG_BASE_MAX; i++) {
        char c = (char)folded[i];
        if (!is_alphanumeric(c)) {
            gap = n > 0;
            continue;
        }
        if (gap) slug[n++] = '-';
        slug[n++] = c;
        gap = false;
    }
    free(folded);
    return n ? (Str){slug, n} : otherwise;
}

Str slug_unique(Arena *arena, Str slug, Id id)
{
    Str digits = id_text(arena, "", id);
    return str_format(arena, "%.*s-%.*s", STR_ARG(str_slice(slug, 0, SLUG_BASE_MAX)),
                      STR_ARG(str_slice(digits, digits.n - ID_DIGITS, digits.n)));
}
