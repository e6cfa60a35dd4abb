/* JSON out: one walker over the field rows for every struct of the program.
 *
 * A function written by hand for one struct copies a literal key, then a value, then the next. So
 * does this loop; what it adds is a load of the row and an indirect jump on its kind, which the
 * processor learns after the first object of a list. To stay level, each field reserves room once
 * for its key and a scalar, and writes through a plain pointer; keys come with their comma, quotes
 * and colon
 * (",\"name\":"), and texts are searched for what needs escaping eight bytes at a time while they
 * are copied. Rejected: generating a function per type (no faster, see the benchmark, and a
 * generator to own), and SIMD intrinsics (texts here are short; the portable form is within the
 * noise). */
#include "meta/json_lex.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Room for any scalar with its quotes: an id, a time, a number. */
enum { SCALAR_MAX = 40 };
_Static_assert(SCALAR_MAX >= ID_TEXT_MAX + 2 && SCALAR_MAX >= TIME_TEXT_MAX + 2, "room");

typedef struct Writer {
    Buf *buf;
    bool stored; /* for a column: absent fields left out, write-only ones written */
} Writer;

static void write_object(const Writer *w, const Type *type, const void *object,
                         const FieldMask *mask);

/* ---- Texts ---- */

/* Copies from `from` until a byte needs an escape; returns how many were copied. May write up to
 * `n` bytes at `to`. */
static inline size_t copy_clean(char *to, const char *from, size_t n)
{
    size_t i = 0;
    for (; n - i >= 8; i += 8) {
        uint64_t eight;
        memcpy(&eight, from + i, 8);
        if (json_any_special(eight)) break;
        memcpy(to + i, &eight, 8);
    }
    for (; i < n && !json_is_special(from[i]); i++) to[i] = from[i];
    return i;
}

static size_t write_escape(char *to, char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[32] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    unsigned char u = (unsigned char)c;
    char letter = u < 32 ? letters[u] : c;
    to[0] = '\\';
    if (letter) {
        to[1] = letter;
        return 2;
    }
    memcpy(to + 1, "u00", 3);
    to[4] = hex[u >> 4];
    to[5] = hex[u & 15];
    return 6;
}

void json_write_str(Buf *buf, Str text)
{
    if (!buf_reserve(buf, text.n + 2)) return;
    buf->p[buf->n++] = '"';
    for (size_t i = 0; i < text.n;) {
        size_t clean = copy_clean(buf->p + buf->n, text.p + i, text.n - i);
        buf->n += clean;
        i += clean;
        if (i == text.n) break;
        if (!buf_reserve(buf, text.n - i + 7)) return; /* the escape, the rest, the quote */
        buf->n += write_escape(buf->p + buf->n, text.p[i++]);
    }
    buf->p[buf->n++] = '"';
}

/* ---- Scalars, at a place with room ---- */

static inline char *put(char *at, const char *bytes, size_t n)
{
    memcpy(at, bytes, n);
    return at + n;
}

/* The same for the few bytes of a key, without a call: two moves that may overlap. */
static inline char *put_short(char *at, const char *bytes, size_t n)
{
    uint64_t head, tail;
    if (n < 8 || n > 16) return put(at, bytes, n);
    memcpy(&head, bytes, 8);
    memcpy(&tail, bytes + n - 8, 8);
    memcpy(at, &head, 8);
    memcpy(at + n - 8, &tail, 8);
    return at + n;
}

static char *put_int(char *at, int64_t value)
{
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233"
        "34353637383940414243444546474849505152535455565758596061626364656667"
        "6869707172737475767778798081828384858687888990919293949596979899";
    char digits[20], *first = digits + sizeof digits;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    for (; rest >= 100; rest /= 100) memcpy(first -= 2, pairs + rest % 100 * 2, 2);
    if (rest >= 10)
        memcpy(first -= 2, pairs + rest * 2, 2);
    else
        *--first = (char)('0' + rest);
    if (value < 0) *at++ = '-';
    return put(at, first, (size_t)(digits + sizeof digits - first));
}

static char *put_null(char *at)
{
    return put(at, "null", 4);
}

static char *put_double(char *at, double value)
{
    if (!isfinite(value)) return put_null(at);
    bool whole = fabs(value) < 9007199254740992.0 && value == (double)(int64_t)value;
    if (whole && !(value == 0 && signbit(value))) return put_int(at, (int64_t)value);
    int n = 0;
    for (int digits = 15; digits <= 17; digits++) {
        n = snprintf(at, SCALAR_MAX, "%.*g", digits, value);
        if (strtod(at, NULL) == value) break;
    }
    return at + n;
}

static char *put_id(char *at, const char *prefix, Id id)
{
    if (id.n == 0) return put_null(at);
    *at++ = '"';
    at += id_write(at, prefix, id);
    *at++ = '"';
    return at;
}

static char *put_time(char *at, Time time)
{
    *at++ = '"';
    at += time_write(at, time);
    *at++ = '"';
    return at;
}

static char *put_currency(char *at, const Currency *currency)
{
    if (!currency->code[0]) return put_null(at);
    *at++ = '"';
    at = put(at, currency->code, 3);
    *at++ = '"';
    return at;
}

void json_write_double(Buf *buf, double value)
{
    if (!buf_reserve(buf, SCALAR_MAX)) return;
    buf->n = (size_t)(put_double(buf->p + buf->n, value) - buf->p);
}

/* ---- Lists and objects ---- */

static void write_str_list(Buf *buf, const StrList *list)
{
    buf_char(buf, '[');
    for (size_t i = 0; i < list->n; i++) {
        if (i) buf_char(buf, ',');
        json_write_str(buf, list->items[i]);
    }
    buf_char(buf, ']');
}

static void write_id_list(Buf *buf, const char *prefix, const IdList *list)
{
    buf_char(buf, '[');
    for (size_t i = 0; i < list->n && buf_reserve(buf, SCALAR_MAX + 1); i++) {
        char *at = buf->p + buf->n;
        if (i) *at++ = ',';
        buf->n = (size_t)(put_id(at, prefix, list->items[i]) - buf->p);
    }
    buf_char(buf, ']');
}

static void write_list(const Writer *w, const Type *type, const AnyList *list,
                       const FieldMask *mask)
{
    const char *object = list->items;
    buf_char(w->buf, '[');
    for (size_t i = 0; i < list->n; i++, object += type->size) {
        if (i) buf_char(w->buf, ',');
        write_object(w, type, object, mask);
    }
    buf_char(w->buf, ']');
}

/* The value of a member that is there. SCALAR_MAX bytes are reserved. */
static inline void write_value(const Writer *w, const Field *field, const void *member,
                               const FieldMask *mask)
{
    Buf *buf = w->buf;
    char *at = buf->p + buf->n;
    const Str *text = member;
    switch (field->kind) {
    case KIND_BOOL:
        at = *(const bool *)member ? put(at, "true", 4) : put(at, "false", 5);
        break;
    case KIND_INT:
        at = put_int(at, *(const int64_t *)member);
        break;
    case KIND_MONEY:
        at = put_int(at, ((const Money *)member)->minor);
        break;
    case KIND_DOUBLE:
        at = put_double(at, *(const double *)member);
        break;
    case KIND_ID:
        at = put_id(at, field->prefix, *(const Id *)member);
        break;
    case KIND_CURRENCY:
        at = put_currency(at, member);
        break;
    case KIND_TIME:
        at = put_time(at, *(const Time *)member);
        break;
    case KIND_STR:
        if (text->p || !field->nullable) {
            json_write_str(buf, *text);
            return;
        }
        at = put_null(at);
        break;
    case KIND_ENUM:
        json_write_str(buf, enum_text(field->names, *(const unsigned *)member));
        return;
    case KIND_STR_LIST:
        write_str_list(buf, member);
        return;
    case KIND_ID_LIST:
        write_id_list(buf, field->prefix, member);
        return;
    case KIND_JSON:
        buf_put(buf, text->n ? ((const Json *)member)->text : S("null"));
        return;
    case KIND_OBJECT:
        write_object(w, field->type, member, mask);
        return;
    case KIND_LIST:
        write_list(w, field->type, member, mask);
        return;
    }
    buf->n = (size_t)(at - buf->p);
}

static inline bool mask_has(const FieldMask *mask, size_t i)
{
    return !mask || (mask->bits[i / 64] >> (i % 64) & 1);
}

static void write_object(const Writer *w, const Type *type, const void *object,
                         const FieldMask *mask)
{
    Buf *buf = w->buf;
    uint64_t there = ~UINT64_C(0);
    if (type->present >= 0) {
        const Present *present = (const void *)((const char *)object + type->present);
        there = present->set & ~present->null;
    }
    size_t first = buf->n;
    buf_char(buf, '{');
    for (size_t i = 0; i < type->field_count; i++) {
        const Field *field = &type->fields[i];
        bool absent = type->present >= 0 && !(there >> i & 1);
        if (w->stored ? absent : field->write_only || !mask_has(mask, i)) continue;
        if (!buf_reserve(buf, field->name_length + 4 + SCALAR_MAX)) return;
        size_t comma = buf->n - first > 1;
        char *at = buf->p + buf->n;
        at = put_short(at, field->json_key + 1 - comma, field->name_length + 3 + comma);
        if (absent) at = put_null(at);
        buf->n = (size_t)(at - buf->p);
        if (absent) continue;
        const FieldMask *nested = mask && mask->nested ? mask->nested[i] : NULL;
        write_value(w, field, (const char *)object + field->offset, nested);
    }
    buf_char(buf, '}');
}

void json_write(Buf *buf, const Type *type, const void *object)
{
    write_object(&(Writer){buf, false}, type, object, NULL);
}

void json_write_list(Buf *buf, const Type *type, AnyList list)
{
    write_list(&(Writer){buf, false}, type, &list, NULL);
}

void json_write_stored(Buf *buf, const Type *type, const void *object)
{
    write_object(&(Writer){buf, true}, type, object, NULL);
}

void json_write_member(Buf *buf, const Field *field, const void *member)
{
    if (buf_reserve(buf, SCALAR_MAX)) write_value(&(Writer){buf, true}, field, member, NULL);
}

void json_write_some(Buf *buf, const Type *type, const void *object, const FieldMask *mask)
{
    write_object(&(Writer){buf, false}, type, object, mask);
}

/* ---- Field masks ---- */

static bool mask_add(Arena *arena, const Type *type, FieldMask *mask, Str name)
{
    Str head, rest;
    bool dotted = str_cut(name, '.', &head, &rest);
    const Field *field = type_field(type, head);
    if (!field || field->write_only || (dotted && !field->type)) return false;
    size_t i = (size_t)(field - type->fields);
    bool whole = mask_has(mask, i) && (!mask->nested || !mask->nested[i]);
    mask->bits[i / 64] |= UINT64_C(1) << (i % 64);
    if (!mask->nested) mask->nested = NEW_N(arena, const FieldMask *, type->field_count);
    if (!dotted) {
        mask->nested[i] = NULL;
        return true;
    }
    /* "prices" before "prices.amount" stays all of it, but the longer name must still exist. */
    FieldMask *nested = mask->nested[i] ? (FieldMask *)mask->nested[i] : NEW(arena, FieldMask);
    if (!mask_add(arena, field->type, nested, rest)) return false;
    if (!whole) mask->nested[i] = nested;
    return true;
}

bool field_mask_parse(Arena *arena, const Type *type, StrList names, FieldMask *out, Str *unknown)
{
    FieldMask mask = {0};
    assert(type->field_count <= TYPE_FIELDS_MAX);
    for (size_t i = 0; i < names.n; i++) {
        if (mask_add(arena, type, &mask, names.items[i])) continue;
        *unknown = names.items[i];
        return false;
    }
    *out = mask;
    return true;
}
