#include "meta/query.h"

#include "meta/pairs.h"

/* ---- Percent escapes ---- */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Into `to`, which has room for the whole text; the length, or -1 for a bad escape. */
static ptrdiff_t decode(Str text, bool plus, char *to)
{
    char *begin = to;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != '%') {
            *to++ = plus && text.p[i] == '+' ? ' ' : text.p[i];
            continue;
        }
        int high = i + 2 < text.n ? hex_value(text.p[i + 1]) : -1;
        int low = high >= 0 ? hex_value(text.p[i + 2]) : -1;
        if (low < 0) return -1;
        *to++ = (char)(high << 4 | low);
        i += 2;
    }
    return to - begin;
}

static bool is_text(Str s)
{
    return str_find_char(s, 0) == s.n && str_is_utf8(s);
}

static bool decode_text(Arena *arena, Str text, bool plus, Str *out)
{
    Str decoded = text.p ? text : S("");
    bool plain =
        str_find_char(text, '%') == text.n && (!plus || str_find_char(text, '+') == text.n);
    if (!plain) {
        char *to = arena_alloc(arena, text.n, 1);
        ptrdiff_t n = decode(text, plus, to);
        if (n < 0) return false;
        decoded = (Str){to, (size_t)n};
    }
    if (!is_text(decoded)) return false;
    *out = decoded;
    return true;
}

bool percent_decode(Arena *arena, Str text, Str *out)
{
    return decode_text(arena, text, false, out);
}

void percent_encode(Buf *buf, Str text)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool unreserved = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                          (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_' || c == '~';
        if (unreserved)
            buf_char(buf, (char)c);
        else
            buf_bytes(buf, (char[]){'%', hex[c >> 4], hex[c & 15]}, 3);
    }
}

/* ---- Parameters ---- */

/* Those whose type has that field, or NULL. */
static Pairs *pairs_with(Pairs *pairs, Pairs *other, Str name, const Field **field)
{
    *field = type_field(pairs->type, name);
    if (*field) return pairs;
    *field = type_field(other->type, name);
    return *field ? other : NULL;
}

static void read_parameter(Pairs *pairs, Pairs *other, Str parameter, unsigned flags)
{
    Arena *arena = pairs->arena;
    const Field *field = NULL;
    Str raw_name, raw_value, name, value;
    str_cut(parameter, '=', &raw_name, &raw_value);
    bool readable = decode_text(arena, raw_name, true, &name);
    Pairs *taker = readable ? pairs_with(pairs, other, name, &field) : NULL;
    if (!field && (flags & QUERY_LENIENT)) return;
    Str shown = readable ? name : str_is_utf8(raw_name) ? raw_name : S("\xEF\xBF\xBD");
    Place place = place_parameter(shown);
    if (!readable)
        violation_add(pairs->violations, &place, VIOLATION(ENCODING),
                      "must be a name in UTF-8 with whole %%XX escapes");
    else if (!field)
        violation_add(pairs->violations, &place, VIOLATION(UNKNOWN_PARAMETER),
                      "is not a parameter of this request");
    else if (!decode_text(arena, raw_value, true, &value))
        violation_add(pairs->violations, &place, VIOLATION(ENCODING),
                      "must be UTF-8 without NUL, with whole %%XX escapes");
    else
        pairs_add(taker, field, value);
}

void *query_read_with(Arena *arena, const Type *type, const Type *other, void **other_object,
                      Str query, unsigned flags, Violations *violations)
{
    size_t count = 0;
    Pairs pairs = pairs_begin(arena, type, PAIRS_PARAMETERS, violations);
    Pairs others = pairs_begin(arena, other, PAIRS_PARAMETERS, violations);
    Str parameter;
    for (bool more = query.n > 0; more;) {
        more = str_cut(query, '&', &parameter, &query);
        if (parameter.n == 0) continue;
        if (++count > QUERY_PARAMETERS_MAX) {
            violation_add(violations, NULL, VIOLATION(TOO_MANY),
                          "must have at most %d query parameters", QUERY_PARAMETERS_MAX);
            break;
        }
        read_parameter(&pairs, &others, parameter, flags);
    }
    *other_object = pairs_end(&others);
    return pairs_end(&pairs);
}

void *query_read(Arena *arena, const Type *type, Str query, unsigned flags, Violations *violations)
{
    static const Type none = {.name = "", .size = 1, .align = 1, .present = -1};
    void *nothing;
    return query_read_with(arena, type, &none, &nothing, query, flags, violations);
}
