#include "meta/query.h"

#include "meta/text.h"

#include <assert.h>

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

typedef struct Query {
    Arena *arena;
    const Type *type;
    char *object;
    unsigned flags;
    Violations *violations;
    uint64_t seen[TYPE_FIELDS_MAX / 64];
} Query;

static bool is_repeated(const Field *field)
{
    return (field->kind == KIND_STR_LIST || field->kind == KIND_ID_LIST) && !field->commas;
}

/* One more item of a repeated parameter. */
static void add_item(Query *q, const Field *field, Str text, const Place *place)
{
    AnyList *list = (AnyList *)(void *)(q->object + field->offset);
    size_t size = field->kind == KIND_ID_LIST ? sizeof(Id) : sizeof(Str);
    list->items =
        arena_grow(q->arena, list->items, list->n * size, (list->n + 1) * size, alignof(Str));
    char *item = (char *)list->items + list->n * size;
    if (text_read_item(field, text, place, item, q->violations)) list->n++;
}

static void add_value(Query *q, const Field *field, Str text, const Place *place)
{
    size_t i = (size_t)(field - q->type->fields);
    uint64_t bit = UINT64_C(1) << (i % 64);
    bool again = q->seen[i / 64] & bit;
    q->seen[i / 64] |= bit;
    field_mark(q->type, field, q->object, true, false);
    if (is_repeated(field))
        add_item(q, field, text, place);
    else if (again)
        violation_add(q->violations, place, VIOLATION(DUPLICATE), "stands twice");
    else
        text_read(q->arena, field, text, place, q->object + field->offset, q->violations);
}

static void read_parameter(Query *q, Str pair)
{
    Str raw_name, raw_value, name, value;
    str_cut(pair, '=', &raw_name, &raw_value);
    bool readable = decode_text(q->arena, raw_name, true, &name);
    const Field *field = readable ? type_field(q->type, name) : NULL;
    if (!field && (q->flags & QUERY_LENIENT)) return;
    Str shown = readable ? name : str_is_utf8(raw_name) ? raw_name : S("\xEF\xBF\xBD");
    Place place = place_parameter(shown);
    if (!readable)
        violation_add(q->violations, &place, VIOLATION(ENCODING),
                      "must be a name in UTF-8 with whole %%XX escapes");
    else if (!field)
        violation_add(q->violations, &place, VIOLATION(UNKNOWN_PARAMETER),
                      "is not a parameter of this request");
    else if (!decode_text(q->arena, raw_value, true, &value))
        violation_add(q->violations, &place, VIOLATION(ENCODING),
                      "must be UTF-8 without NUL, with whole %%XX escapes");
    else
        add_value(q, field, value, &place);
}

/* What no parameter set: lengths of repeated ones, what is missing, defaults. */
static void finish(Query *q)
{
    for (size_t i = 0; i < q->type->field_count; i++) {
        const Field *field = &q->type->fields[i];
        Place place = place_parameter((Str){field->name, field->name_length});
        void *member = q->object + field->offset;
        bool seen = q->seen[i / 64] >> (i % 64) & 1;
        if (seen && is_repeated(field)) {
            check_list_length(q->violations, &place, field, ((const AnyList *)member)->n);
        } else if (!seen && field->required) {
            violation_add(q->violations, &place, VIOLATION(REQUIRED), "is required");
        } else if (!seen && field->initial) {
            text_read(q->arena, field, str_from(field->initial), &place, member, q->violations);
            field_mark(q->type, field, q->object, true, false);
        }
    }
}

void *query_read(Arena *arena, const Type *type, Str query, unsigned flags, Violations *violations)
{
    assert(type->field_count <= (type->present < 0 ? TYPE_FIELDS_MAX : 64));
    size_t before = violations->total, count = 0;
    Query q = {.arena = arena, .type = type, .flags = flags, .violations = violations};
    q.object = arena_zalloc(arena, 1, type->size, type->align);
    Str pair;
    for (bool more = query.n > 0; more;) {
        more = str_cut(query, '&', &pair, &query);
        if (pair.n == 0) continue;
        if (++count > QUERY_PARAMETERS_MAX) {
            violation_add(violations, NULL, VIOLATION(TOO_MANY),
                          "must have at most %d query parameters", QUERY_PARAMETERS_MAX);
            break;
        }
        read_parameter(&q, pair);
    }
    finish(&q);
    return violations->total == before ? q.object : NULL;
}
