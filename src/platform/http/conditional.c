#include "platform/http/conditional.h"

#include "platform/http/compress.h"
#include "platform/http/parser.h"

/* ---- entity tags ---- */

/* The encoding whose tag `opaque` is, or TAG_NONE. */
static int tag_encoding(Str opaque, Str etag)
{
    if (!str_starts(opaque, etag)) return TAG_NONE;
    Str suffix = str_slice(opaque, etag.n, opaque.n);
    for (int i = 0; i < ENCODING_COUNT; i++)
        if (str_eq(suffix, encoding_tag(i))) return i;
    return TAG_NONE;
}

int etag_list_find(Str list, Str etag, TagComparison comparison)
{
    if (str_eq(str_trim(list), S("*"))) return TAG_ANY;
    for (Str element; http_list_next(&list, &element);) {
        bool weak = str_starts(element, S("W/"));
        if (weak) element = str_slice(element, 2, element.n);
        if (weak && comparison == TAG_STRONG) continue;
        if (element.n < 2 || element.p[0] != '"' || element.p[element.n - 1] != '"') continue;
        int encoding = tag_encoding(str_slice(element, 1, element.n - 1), etag);
        if (encoding != TAG_NONE) return encoding;
    }
    return TAG_NONE;
}

/* ---- ranges ---- */

/* 1*DIGIT; numbers beyond any file saturate. */
static bool number(Str text, size_t *out)
{
    size_t value = 0;
    if (text.n == 0) return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') return false;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (size_t)(text.p[i] - '0'), &value))
            value = SIZE_MAX;
        if (value == SIZE_MAX) value = SIZE_MAX / 10; /* stays large, whatever digits follow */
    }
    *out = value;
    return true;
}

static RangeVerdict suffix_range(size_t last, size_t size, size_t *from, size_t *n)
{
    if (last == 0 || size == 0) return RANGE_OUTSIDE;
    *n = last < size ? last : size;
    *from = size - *n;
    return RANGE_PART;
}

RangeVerdict range_parse(Str value, size_t size, size_t *from, size_t *n)
{
    Str unit, spec, first, last;
    size_t begin, end = SIZE_MAX;
    if (!str_cut(value, '=', &unit, &spec) || !str_eq_nocase(unit, S("bytes"))) return RANGE_WHOLE;
    if (!str_cut(str_trim(spec), '-', &first, &last)) return RANGE_WHOLE;
    if (first.n == 0) return number(last, &end) ? suffix_range(end, size, from, n) : RANGE_WHOLE;
    if (!number(first, &begin) || (last.n && !number(last, &end))) return RANGE_WHOLE;
    if (last.n && end < begin) return RANGE_WHOLE;
    if (begin >= size) return RANGE_OUTSIDE;
    if (end >= size) end = size - 1;
    *from = begin;
    *n = end - begin + 1;
    return RANGE_PART;
}
