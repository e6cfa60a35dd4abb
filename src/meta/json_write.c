/* JSON out: one walker over the field rows for every struct of the program.
 *
 * A function written by hand for one struct copies a literal key, then a value, then the next. So
 * does this loop; what it adds is a load of the row and an indirect jump on its kind, which the
 * processor learns after the first object of a list. To stay level with the hand:
 *
 * - the place to write at is a local pointer that the functions here take and return; the Buf is
 * only told at the end, or when it must grow. NULL stands for "did not fit" and falls through to
 * the end;
 * - each field asks once for room for its key and any scalar;
 * - keys come with comma, quotes and colon and are padded, so that they are copied 16 bytes at a
 * time without looking at their length; the first field's comma becomes the opening brace;
 * - texts are searched for what needs escaping while they are copied, sixteen bytes at a time (SSE2
 * on x86-64, two words elsewhere).
 *
 * Rejected: a generated function per type. One that is tuned by hand, with room asked for once and
 * keys merged by the compiler, saves about a fifth (bench/micro/json_write.c), and is a generator
 * to own. */
#include "meta/json_lex.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SCALAR_MAX = 40, /* room for any scalar with its quotes: an id, a time, a number */
    KEY_STEP = 16,
};
_Static_assert(SCALAR_MAX >= ID_TEXT_MAX + 2 && SCALAR_MAX >= TIME_TEXT_MAX + 2, "room");
_Static_assert(sizeof JSON_KEY_PADDING == KEY_STEP, "whole steps stay inside the literal");

typedef struct Writer {
    Buf *buf;
    bool stored; /* for a column: absent fields left out, write-only ones written */
} Writer;

static char *write_object(const Writer *w, char *at, const Type *type, const void *object,
                          const FieldMask *mask);

/* ---- The place to write at ---- */

static inline char *begin(Buf *buf)
{
    if (buf->full || (!buf->p && !buf_grow(buf, 1))) return NULL;
    return buf->p + buf->n;
}

static inline void end(Buf *buf, char *at)
{
    if (at) buf->n = (size_t)(at - buf->p);
}

static char *grow(Buf *buf, char *at, size_t n)
{
    if (!at) return NULL;
    buf->n = (size_t)(at - buf->p);
    return buf_grow(buf, n) ? buf->p + buf->n : NULL;
}

/* `at` with room for `n` bytes, somewhere else perhaps; NULL when there is none. */
static inline char *room(Buf *buf, char *at, size_t n)
{
    if (at && (size_t)(buf->p + buf->capacity - at) >= n) return at;
    return grow(buf, at, n);
}

static inline char *put(char *at, const char *bytes, size_t n)
{
    memcpy(at, bytes, n);
    return at + n;
}

static char *write_char(Buf *buf, char *at, char c)
{
    at = room(buf, at, 1);
    if (at) *at++ = c;
    return at;
}

/* ---- Texts ---- */

/* Copies from `from` until a byte needs an escape; returns how many were copied. May write up to
 * `n` bytes at `to`. The last step of a long text takes some bytes again. */
static inline size_t copy_clean(char *to, const char *from, size_t n)
{
    size_t i = 0;
    for (; n - i >= 16; i += 16) {
        size_t plain = json_plain_of_16(from + i);
        memcpy(to + i, from + i, 16);
        if (plain < 16) return i + plain;
    }
    if (n >= 16) {
        memcpy(to + n - 16, from + n - 16, 16);
        return n - 16 + json_plain_of_16(from + n - 16);
    }
    if (n >= 8) {
        uint64_t head, tail;
        memcpy(&head, from, 8);
        memcpy(&tail, from + n - 8, 8);
        memcpy(to, &head, 8);
        memcpy(to + n - 8, &tail, 8);
        if (!json_any_special(head) && !json_any_special(tail)) return n;
    }
    for (; i < n && !json_is_special(from[i]); i++) to[i] = from[i];
    return i;
}

static char *put_escape(char *at, char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[32] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    unsigned char u = (unsigned char)c;
    char letter = u < 32 ? letters[u] : c;
    *at++ = '\\';
    if (letter) {
        *at++ = letter;
        return at;
    }
    at = put(at, "u00", 3);
    *at++ = hex[u >> 4];
    *at++ = hex[u & 15];
    return at;
}

static char *write_text(Buf *buf, char *at, Str text)
{
    at = room(buf, at, text.n + 2);
    if (!at) return NULL;
    *at++ = '"';
    for (size_t i = 0; i < text.n;) {
        size_t clean = copy_clean(at, text.p + i, text.n - i);
        at += clean;
        i += clean;
        if (i == text.n) break;
        at = room(buf, at, text.n - i + 7); /* the escape, the rest, the quote */
        if (!at) return NULL;
        at = put_escape(at, text.p[i++]);
    }
    *at++ = '"';
    return at;
}

void json_write_str(Buf *buf, Str text)
{
    end(buf, write_text(buf, begin(buf), text));
}

/* ---- Scalars, at a place with room ---- */

static char *put_int(char *at, int64_t value)
{
    char digits[20], *first = digits + sizeof digits;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    for (; rest >= 100; rest /= 100) memcpy(first -= 2, digit_pairs + rest % 100 * 2, 2);
    if (rest >= 10)
        memcpy(first -= 2, digit_pairs + rest * 2, 2);
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
    char *at = room(buf, begin(buf), SCALAR_MAX);
    if (at) end(buf, put_double(at, value));
}

/* ---- Lists and objects ---- */

static char *write_json(Buf *buf, char *at, Str json)
{
    at = room(buf, at, json.n);
    return at && json.n ? put(at, json.p, json.n) : at;
}

static char *write_str_list(Buf *buf, char *at, const StrList *list)
{
    at = write_char(buf, at, '[');
    for (size_t i = 0; i < list->n; i++) {
        if (i) at = write_char(buf, at, ',');
        at = write_text(buf, at, list->items[i]);
    }
    return write_char(buf, at, ']');
}

static char *write_id_list(Buf *buf, char *at, const char *prefix, const IdList *list)
{
    at = write_char(buf, at, '[');
    for (size_t i = 0; i < list->n; i++) {
        at = room(buf, at, SCALAR_MAX + 1);
        if (!at) return NULL;
        if (i) *at++ = ',';
        at = put_id(at, prefix, list->items[i]);
    }
    return write_char(buf, at, ']');
}

static char *write_list(const Writer *w, char *at, const Type *type, const AnyList *list,
                        const FieldMask *mask)
{
    const char *object = list->items;
    at = write_char(w->buf, at, '[');
    for (size_t i = 0; i < list->n; i++, object += type->size) {
        if (i) at = write_char(w->buf, at, ',');
        at = write_object(w, at, type, object, mask);
    }
    return write_char(w->buf, at, ']');
}

static inline bool mask_has(const FieldMask *mask, size_t i)
{
    return !mask || (mask->bits[i / 64] >> (i % 64) & 1);
}

static inline const FieldMask *mask_of(const FieldMask *mask, size_t i)
{
    return mask && mask->nested ? mask->nested[i] : NULL;
}

/* The value of field `i`, which is there, at a place with room for a scalar. */
static inline __attribute__((always_inline)) char *write_value(const Writer *w, char *at,
                                                               const Field *field,
                                                               const void *member,
                                                               const FieldMask *mask, size_t i)
{
    const Str *text = member;
    switch (field->kind) {
    case KIND_BOOL:
        return *(const bool *)member ? put(at, "true", 4) : put(at, "false", 5);
    case KIND_INT:
        return put_int(at, *(const int64_t *)member);
    case KIND_MONEY:
        return put_int(at, ((const Money *)member)->minor);
    case KIND_DOUBLE:
        return put_double(at, *(const double *)member);
    case KIND_ID:
        return put_id(at, field->prefix, *(const Id *)member);
    case KIND_CURRENCY:
        return put_currency(at, member);
    case KIND_TIME:
        return put_time(at, *(const Time *)member);
    case KIND_STR:
        return text->p || !field->nullable ? write_text(w->buf, at, *text) : put_null(at);
    case KIND_ENUM:
        return write_text(w->buf, at, enum_text(field->names, *(const unsigned *)member));
    case KIND_STR_LIST:
        return write_str_list(w->buf, at, member);
    case KIND_ID_LIST:
        return write_id_list(w->buf, at, field->prefix, member);
    case KIND_JSON:
        return text->n ? write_json(w->buf, at, ((const Json *)member)->text) : put_null(at);
    case KIND_OBJECT:
        return write_object(w, at, field->type, member, mask_of(mask, i));
    case KIND_LIST:
        return write_list(w, at, field->type, member, mask_of(mask, i));
    }
    return at;
}

static inline char *put_key(char *at, const Field *field)
{
    size_t n = field->name_length + 4;
    memcpy(at, field->json_key, KEY_STEP);
    for (size_t i = KEY_STEP; i < n; i += KEY_STEP) memcpy(at + i, field->json_key + i, KEY_STEP);
    return at + n;
}

/* Bit i: field i is there. Types with absence have at most 64 fields; the others have them all. */
static uint64_t fields_there(const Type *type, const void *object)
{
    if (type->present < 0) return ~UINT64_C(0);
    const Present *present = (const void *)((const char *)object + type->present);
    return present->set & ~present->null;
}

/* `plain`, a constant at each call: not stored and no mask, as for nearly every answer. */
static inline __attribute__((always_inline)) char *write_fields(const Writer *w, char *at,
                                                                const Type *type,
                                                                const void *object,
                                                                const FieldMask *mask, bool plain)
{
    Buf *buf = w->buf;
    const Field *field = type->fields, *last = field + type->field_count;
    uint64_t there = fields_there(type, object);
    const bool absence = type->present >= 0;
    size_t first = (size_t)(at - buf->p), n = 0;
    for (size_t i = 0; field < last; field++, i++) {
        bool absent = absence && !(there & 1);
        there >>= 1;
        if (plain       ? field->write_only
            : w->stored ? absent
                        : field->write_only || !mask_has(mask, i))
            continue;
        if (absent && field->optional) continue;
        at = room(buf, at, field->name_length + 4 + KEY_STEP + SCALAR_MAX);
        if (!at) return NULL;
        at = put_key(at, field);
        n++;
        at = absent ? put_null(at)
                    : write_value(w, at, field, (const char *)object + field->offset,
                                  plain ? NULL : mask, i);
    }
    at = room(buf, at, 2);
    if (!at) return NULL;
    if (n == 0) at++;
    buf->p[first] = '{'; /* over the first comma */
    *at++ = '}';
    return at;
}

static char *write_object(const Writer *w, char *at, const Type *type, const void *object,
                          const FieldMask *mask)
{
    if (!at) return NULL;
    if (w->stored || mask) return write_fields(w, at, type, object, mask, false);
    return write_fields(w, at, type, object, NULL, true);
}

void json_write(Buf *buf, const Type *type, const void *object)
{
    end(buf, write_object(&(Writer){buf, false}, begin(buf), type, object, NULL));
}

void json_write_list(Buf *buf, const Type *type, AnyList list)
{
    end(buf, write_list(&(Writer){buf, false}, begin(buf), type, &list, NULL));
}

void json_write_stored(Buf *buf, const Type *type, const void *object)
{
    end(buf, write_object(&(Writer){buf, true}, begin(buf), type, object, NULL));
}

void json_write_member(Buf *buf, const Field *field, const void *member)
{
    char *at = room(buf, begin(buf), SCALAR_MAX);
    if (at) end(buf, write_value(&(Writer){buf, true}, at, field, member, NULL, 0));
}

void json_write_some(Buf *buf, const Type *type, const void *object, const FieldMask *mask)
{
    end(buf, write_object(&(Writer){buf, false}, begin(buf), type, object, mask));
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

static bool is_unrestricted(const Type *type)
{
    for (size_t i = 0; i < type->field_count; i++)
        if (type->fields[i].restricted ||
            (type->fields[i].type && !is_unrestricted(type->fields[i].type)))
            return false;
    return true;
}

FieldMask field_mask_unrestricted(Arena *arena, const Type *type)
{
    FieldMask mask = {.nested = NEW_N(arena, const FieldMask *, type->field_count)};
    assert(type->field_count <= TYPE_FIELDS_MAX);
    for (size_t i = 0; i < type->field_count; i++) {
        const Field *field = &type->fields[i];
        if (field->restricted) continue;
        mask.bits[i / 64] |= UINT64_C(1) << (i % 64);
        if (!field->type || is_unrestricted(field->type)) continue;
        FieldMask *nested = NEW(arena, FieldMask);
        *nested = field_mask_unrestricted(arena, field->type);
        mask.nested[i] = nested;
    }
    return mask;
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
