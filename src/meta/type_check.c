/* What the compiler cannot see in a table of fields.
 *
 * Layout: the rows, sorted by offset, must follow each other without a gap that alignment does not
 * explain. A member that hides in padding (a bool behind a bool, before an int64_t) is not found;
 * the comparison of entity types with the live schema finds it if it is a column.
 *
 * Sense: a mark that a kind does not know would be an option that does nothing, so it is a fault
 * too. Defaults and patterns are tried with the very functions that will use them. */
#include "meta/type_check.h"

#include "base/buf.h"
#include "meta/json.h"
#include "meta/text.h"

#include <stdlib.h>

enum { TYPES_MAX = 256 };

typedef struct Checker {
    Arena *arena;
    Buf faults;
    const Type *done[TYPES_MAX]; /* types may contain each other */
    size_t done_count;
    const Type *type; /* now */
} Checker;

static void check_type(Checker *c, const Type *type);

static void __attribute__((format(printf, 3, 4)))
fault(Checker *c, const Field *field, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Str text = str_vformat(c->arena, format, args);
    va_end(args);
    buf_format(&c->faults, "%s%s%s: %.*s\n", c->type->name, field ? "." : "",
               field ? field->name : "", STR_ARG(text));
}

/* ---- What the C struct says ---- */

typedef struct Shape {
    size_t size, align;
} Shape;

static Shape shape_of(const Field *field)
{
    switch (field->kind) {
    case KIND_BOOL:
        return (Shape){sizeof(bool), alignof(bool)};
    case KIND_INT:
        return (Shape){sizeof(int64_t), alignof(int64_t)};
    case KIND_DOUBLE:
        return (Shape){sizeof(double), alignof(double)};
    case KIND_STR:
        return (Shape){sizeof(Str), alignof(Str)};
    case KIND_ID:
        return (Shape){sizeof(Id), alignof(Id)};
    case KIND_MONEY:
        return (Shape){sizeof(Money), alignof(Money)};
    case KIND_CURRENCY:
        return (Shape){sizeof(Currency), alignof(Currency)};
    case KIND_TIME:
        return (Shape){sizeof(Time), alignof(Time)};
    case KIND_ENUM:
        return (Shape){sizeof(unsigned), alignof(unsigned)};
    case KIND_JSON:
        return (Shape){sizeof(Json), alignof(Json)};
    case KIND_STR_LIST:
    case KIND_ID_LIST:
    case KIND_LIST:
        return (Shape){sizeof(AnyList), alignof(AnyList)};
    case KIND_OBJECT:
        return field->type ? (Shape){field->type->size, field->type->align} : (Shape){0, 1};
    }
    abort();
}

static void check_shape(Checker *c, const Field *field)
{
    Shape shape = shape_of(field);
    if (field->size != shape.size)
        fault(c, field, "the member has %zu bytes, its kind has %zu", field->size, shape.size);
    if (field->offset % shape.align != 0) fault(c, field, "is not aligned");
    if (field->kind == KIND_LIST && field->type && field->item_size != field->type->size)
        fault(c, field, "items have %zu bytes, %s has %zu", field->item_size, field->type->name,
              field->type->size);
}

/* A member, or Present, as a piece of the struct. */
typedef struct Piece {
    size_t offset, size, align;
    const Field *field;
} Piece;

static int by_offset(const void *a, const void *b)
{
    const Piece *x = a, *y = b;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* Bytes between two rows that alignment does not explain are a member without a row. */
static void check_layout(Checker *c)
{
    const Type *type = c->type;
    Piece *pieces = NEW_N(c->arena, Piece, type->field_count + 2);
    size_t n = 0, at = 0;
    for (size_t i = 0; i < type->field_count; i++) {
        const Field *field = &type->fields[i];
        pieces[n++] = (Piece){field->offset, field->size, shape_of(field).align, field};
    }
    if (type->present >= 0)
        pieces[n++] = (Piece){(size_t)type->present, sizeof(Present), alignof(Present), NULL};
    qsort(pieces, n, sizeof *pieces, by_offset);
    pieces[n++] = (Piece){type->size, 0, type->align, NULL};
    for (size_t i = 0; i < n; i++) {
        size_t aligned = (at + pieces[i].align - 1) / pieces[i].align * pieces[i].align;
        if (pieces[i].offset < at)
            fault(c, pieces[i].field, "overlaps the member before it");
        else if (pieces[i].offset > aligned)
            fault(c, pieces[i].field, "bytes %zu to %zu before it belong to no row", at,
                  pieces[i].offset - 1);
        at = pieces[i].offset + pieces[i].size;
    }
}

/* ---- What a row says ---- */

static void check_name(Checker *c, const Field *field)
{
    if (!field->doc || !field->doc[0]) fault(c, field, "has no prose");
    Str key = str_format(c->arena, ",\"%s\":", field->name);
    if (field->name_length + 4 != key.n || memcmp(field->json_key, key.p, key.n) != 0)
        fault(c, field, "has a JSON key that is not its name");
    for (const Field *before = c->type->fields; before < field; before++)
        if (strcmp(before->name, field->name) == 0) fault(c, field, "stands twice");
}

static void check_enum(Checker *c, const Field *field)
{
    const EnumNames *names = field->names;
    if (!names || names->n == 0) {
        fault(c, field, "has no names");
        return;
    }
    for (size_t i = 0; i < names->n; i++) {
        if (!names->names[i]) {
            fault(c, field, "constant %zu has no name", i);
            continue;
        }
        for (size_t k = 0; k < i; k++)
            if (names->names[k] && strcmp(names->names[i], names->names[k]) == 0)
                fault(c, field, "\"%s\" stands twice", names->names[i]);
    }
}

static void check_prefix(Checker *c, const Field *field)
{
    size_t n = field->prefix ? strlen(field->prefix) : 0;
    if (n == 0 || n > ID_PREFIX_MAX || strspn(field->prefix, "abcdefghijklmnopqrstuvwxyz") != n)
        fault(c, field, "needs a prefix of 1 to %d letters a-z", ID_PREFIX_MAX);
}

static bool is_text(Kind kind)
{
    return kind == KIND_STR || kind == KIND_STR_LIST;
}

static bool is_list(Kind kind)
{
    return kind == KIND_STR_LIST || kind == KIND_ID_LIST || kind == KIND_LIST;
}

static bool has_bounds(Kind kind)
{
    return kind == KIND_INT || kind == KIND_DOUBLE || kind == KIND_MONEY || kind == KIND_STR ||
           kind == KIND_JSON || is_list(kind);
}

/* What belongs to some kinds is there, and is nowhere else. */
static void check_kind(Checker *c, const Field *field)
{
    bool id = field->kind == KIND_ID || field->kind == KIND_ID_LIST;
    bool nested = field->kind == KIND_OBJECT || field->kind == KIND_LIST;
    if (field->kind == KIND_ENUM) check_enum(c, field);
    if (id) check_prefix(c, field);
    if (nested && !field->type) fault(c, field, "has no type");
    if (!id && field->prefix) fault(c, field, "has a prefix and is no id");
    if (!is_text(field->kind) && field->pattern) fault(c, field, "has a pattern and is no text");
    if (!is_text(field->kind) && field->format) fault(c, field, "has a format and is no text");
    if (field->format == FORMAT_BINARY && (field->kind != KIND_STR || field->pattern))
        fault(c, field, "has bytes in it and is a list or has a pattern");
    if (!has_bounds(field->kind) && (field->min != NO_MIN || field->max != NO_MAX))
        fault(c, field, "has bounds, which its kind does not know");
    if (field->kind != KIND_STR_LIST && field->item_max != NO_MAX)
        fault(c, field, "has an item_max and is no list of texts");
    if (field->commas && field->kind != KIND_STR_LIST && field->kind != KIND_ID_LIST)
        fault(c, field, "has commas and is no list of texts or ids");
    if (field->min != NO_MIN && field->max != NO_MAX && field->min > field->max)
        fault(c, field, "has a min above its max");
    bool negative = field->max < 0 || (field->min < 0 && field->min != NO_MIN);
    if (negative && (is_list(field->kind) || is_text(field->kind) || field->kind == KIND_JSON))
        fault(c, field, "counts below zero");
}

/* Without absence null needs a zero that means nothing. */
static bool zero_is_nothing(Kind kind)
{
    return kind == KIND_ID || kind == KIND_CURRENCY || kind == KIND_STR || kind == KIND_JSON;
}

static void check_marks(Checker *c, const Field *field)
{
    bool whole = c->type->present < 0;
    if (field->required && field->read_only) fault(c, field, "is required and read-only");
    if (field->read_only && field->write_only) fault(c, field, "is read-only and write-only");
    if (field->required && field->initial) fault(c, field, "is required and has an initial value");
    if (field->nullable && whole && !zero_is_nothing(field->kind))
        fault(c, field, "is nullable, which this kind can only be in a type with absence");
}

static void check_texts(Checker *c, const Field *field)
{
    Str error = field->pattern ? pattern_error(c->arena, field->pattern) : S("");
    if (error.n) {
        fault(c, field, "pattern: %.*s", STR_ARG(error));
        return;
    }
    if (!field->initial) return;
    Violations violations = violations_new(c->arena);
    void *value = arena_zalloc(c->arena, 1, field->size, alignof(max_align_t));
    if (!text_read(c->arena, field, str_from(field->initial), NULL, value, &violations))
        fault(c, field, "initial value %.*s", STR_ARG(violations.items[0].message));
}

/* An optional field that is left out is zero in a type without absence: the zero must be allowed.
 */
static void check_zero(Checker *c, const Field *field)
{
    bool may_be_zero = c->type->present < 0 && !field->required && !field->read_only &&
                       !field->initial && has_bounds(field->kind) && !zero_is_nothing(field->kind);
    Violations violations = violations_new(c->arena);
    const void *zero = arena_zalloc(c->arena, 1, field->size, alignof(max_align_t));
    if (may_be_zero && !check_member(&violations, NULL, field, zero))
        fault(c, field, "is neither required nor has an initial value, and its zero %.*s",
              STR_ARG(violations.items[0].message));
}

/* ---- A type and what it contains ---- */

static bool seen_before(Checker *c, const Type *type)
{
    for (size_t i = 0; i < c->done_count; i++)
        if (c->done[i] == type) return true;
    if (c->done_count == TYPES_MAX) return true;
    c->done[c->done_count++] = type;
    return false;
}

static void check_rows(Checker *c)
{
    for (size_t i = 0; i < c->type->field_count; i++) {
        const Field *field = &c->type->fields[i];
        check_name(c, field);
        check_kind(c, field);
        check_shape(c, field);
        check_marks(c, field);
    }
}

static void check_type(Checker *c, const Type *type)
{
    if (seen_before(c, type)) return;
    size_t faults = c->faults.n;
    c->type = type;
    if (!type->doc || !type->doc[0]) fault(c, NULL, "has no prose");
    if (type->field_count == 0) fault(c, NULL, "has no fields");
    if (type->field_count > (type->present < 0 ? TYPE_FIELDS_MAX : 64))
        fault(c, NULL, "has %zu fields, more than %d", type->field_count,
              type->present < 0 ? TYPE_FIELDS_MAX : 64);
    check_rows(c);
    check_layout(c);
    for (size_t i = 0; c->faults.n == faults && i < type->field_count; i++) {
        check_texts(c, &type->fields[i]); /* these walk the rows, so they must be sound */
        check_zero(c, &type->fields[i]);
    }
    for (size_t i = 0; i < type->field_count; i++)
        if (type->fields[i].type) check_type(c, type->fields[i].type);
}

Str type_check(Arena *arena, const Type *type)
{
    Checker c = {.arena = arena, .faults = buf_new(arena, SIZE_MAX / 4)};
    check_type(&c, type);
    return buf_str(&c.faults);
}
