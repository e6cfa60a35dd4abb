/* Query strings into structs.
 *
 * Pairs are cut and decoded first, strictly, so that two readers of one address cannot disagree;
 * then each names a field of the type, or of the second type that the framework adds, and is read by
 * the same code as a setting or a cell of CSV (text.h). Lists are counted before they are filled, so
 * that each is allotted once. Rejected: repairing bad escapes as browsers do, and taking the first or
 * the last of two equal parameters. */
#include "meta/query.h"

#include "meta/pairs.h"
#include "meta/text.h"

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

/* ---- Writing ---- */

static bool same_texts(const StrList *a, const StrList *b)
{
    if (a->n != b->n) return false;
    for (size_t i = 0; i < a->n; i++)
        if (!str_eq(a->items[i], b->items[i])) return false;
    return true;
}

static bool same_ids(const IdList *a, const IdList *b)
{
    return a->n == b->n && (a->n == 0 || memcmp(a->items, b->items, a->n * sizeof(Id)) == 0);
}

/* Objects and lists of them are only told apart from none at all: who has them in a query has
 * written them. */
static bool same_value(const Field *field, const void *a, const void *b)
{
    if (field->kind == KIND_STR) return str_eq(*(const Str *)a, *(const Str *)b);
    if (field->kind == KIND_STR_LIST) return same_texts(a, b);
    if (field->kind == KIND_ID_LIST) return same_ids(a, b);
    return memcmp(a, b, field->size) == 0;
}

static void begin_parameter(Buf *out, const Field *field)
{
    if (out->n) buf_char(out, '&');
    buf_bytes(out, field->name, field->name_length);
    buf_char(out, '=');
}

static Str item_text(Arena *arena, const Field *field, const AnyList *list, size_t i)
{
    return field->kind == KIND_ID_LIST ? id_text(arena, field->prefix, ((const Id *)list->items)[i])
                                       : ((const Str *)list->items)[i];
}

/* The commas between stay as they are: no item has one. */
static void write_list(Buf *out, const Field *field, const AnyList *list)
{
    if (field->commas) begin_parameter(out, field);
    for (size_t i = 0; i < list->n; i++) {
        if (!field->commas)
            begin_parameter(out, field);
        else if (i)
            buf_char(out, ',');
        percent_encode(out, item_text(out->arena, field, list, i));
    }
}

static void write_field(Buf *out, const Field *field, const void *member)
{
    if (field->kind == KIND_STR_LIST || field->kind == KIND_ID_LIST) {
        write_list(out, field, member);
        return;
    }
    begin_parameter(out, field);
    percent_encode(out, text_write(out->arena, field, member));
}

void *query_plain(Arena *arena, const Type *type)
{
    Violations missing = violations_new(arena);
    Pairs none = pairs_begin(arena, type, PAIRS_PARAMETERS, &missing);
    pairs_end(&none);
    return none.object;
}

void query_write(Buf *out, const Type *type, const void *object, const void *plain)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const Field *field = &type->fields[i];
        const void *member = (const char *)object + field->offset;
        bool set = field_is_set(type, field, object), usual = field_is_set(type, field, plain);
        bool same = set == usual && same_value(field, member, (const char *)plain + field->offset);
        if (set && !same) write_field(out, field, member);
    }
}
