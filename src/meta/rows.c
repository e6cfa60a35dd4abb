#include "meta/rows.h"

#include "meta/json.h"

#include <stdlib.h>

const char *column_type(const Field *field)
{
    switch (field->kind) {
    case KIND_BOOL:
        return "BOOL";
    case KIND_INT:
        return "INTEGER";
    case KIND_DOUBLE:
        return "REAL";
    case KIND_STR:
    case KIND_CURRENCY:
    case KIND_ENUM:
        return "TEXT";
    case KIND_ID:
        return "ID";
    case KIND_MONEY:
        return "MONEY";
    case KIND_TIME:
        return "TIME";
    case KIND_STR_LIST:
    case KIND_ID_LIST:
    case KIND_JSON:
    case KIND_OBJECT:
    case KIND_LIST:
        return "JSON";
    }
    abort();
}

/* ---- Out of the object ---- */

static Value text_or_null(Str text, bool null)
{
    return null ? (Value){.kind = VALUE_NULL} : value_str(text);
}

static Value json_of(Arena *arena, const Field *field, const void *member)
{
    Buf buf = buf_new(arena, SIZE_MAX / 4);
    json_write_member(&buf, field, member);
    return value_json((Json){buf_str(&buf)});
}

Value row_value(Arena *arena, const Type *type, const Field *field, const void *object)
{
    const Value null = {.kind = VALUE_NULL};
    const void *member = (const char *)object + field->offset;
    const Str *text = member;
    if (!field_is_set(type, field, object) || field_is_null(type, field, object)) return null;
    switch (field->kind) {
    case KIND_BOOL:
        return value_bool(*(const bool *)member);
    case KIND_INT:
        return value_int(*(const int64_t *)member);
    case KIND_DOUBLE:
        return value_double(*(const double *)member);
    case KIND_STR:
        return text_or_null(*text, !text->p && field->nullable);
    case KIND_ID:
        return value_id(*(const Id *)member);
    case KIND_MONEY:
        return value_money(*(const Money *)member);
    case KIND_CURRENCY:
        return text_or_null(currency_text(member), !((const Currency *)member)->code[0]);
    case KIND_TIME:
        return value_time(*(const Time *)member);
    case KIND_ENUM:
        return value_str(enum_text(field->names, *(const unsigned *)member));
    case KIND_JSON:
        return text->n ? value_json(*(const Json *)member) : null;
    case KIND_STR_LIST:
    case KIND_ID_LIST:
    case KIND_OBJECT:
    case KIND_LIST:
        return json_of(arena, field, member);
    }
    abort();
}

/* ---- Into the object ---- */

static bool store_int(int64_t *out, Value value, int64_t min)
{
    if (value.kind != VALUE_INT || value.i < min) return false;
    *out = value.i;
    return true;
}

static bool store_bool(bool *out, Value value)
{
    if (value.kind == VALUE_BOOL) {
        *out = value.b;
        return true;
    }
    if (value.kind != VALUE_INT || (value.i != 0 && value.i != 1)) return false;
    *out = value.i == 1;
    return true;
}

static bool store_double(double *out, Value value)
{
    if (value.kind != VALUE_DOUBLE && value.kind != VALUE_INT) return false;
    *out = value.kind == VALUE_INT ? (double)value.i : value.d;
    return true;
}

static bool store_time(Time *out, Value value)
{
    if (value.kind != VALUE_TIME && value.kind != VALUE_INT) return false;
    *out = (Time){value.i};
    return true;
}

/* Damage is what a program of another version, or a hand, wrote; nobody is told what exactly, since
 * it is no sender's mistake. */
static bool store_json(Arena *arena, const Field *field, void *member, Value value)
{
    if (value.kind != VALUE_JSON && value.kind != VALUE_TEXT) return false;
    Violations violations = violations_new(arena);
    Str text = str_copy(arena, value.s);
    if (field->kind != KIND_JSON)
        return json_read_value(arena, field, text, JSON_STORED, NULL, member, &violations);
    *(Json *)member = (Json){text};
    return true;
}

static bool store_text(Arena *arena, const Field *field, void *member, Value value)
{
    if (value.kind != VALUE_TEXT) return false;
    if (field->kind == KIND_ENUM) return enum_parse(field->names, value.s, member);
    if (field->kind == KIND_CURRENCY) return currency_parse(value.s, member);
    *(Str *)member = str_copy(arena, value.s);
    return true;
}

static bool store_value(Arena *arena, const Field *field, void *member, Value value)
{
    switch (field->kind) {
    case KIND_BOOL:
        return store_bool(member, value);
    case KIND_INT:
        return store_int(member, value, INT64_MIN);
    case KIND_MONEY:
        return store_int(&((Money *)member)->minor, value, INT64_MIN);
    case KIND_ID:
        return store_int(&((Id *)member)->n, value, 0);
    case KIND_DOUBLE:
        return store_double(member, value);
    case KIND_TIME:
        return store_time(member, value);
    case KIND_STR:
    case KIND_CURRENCY:
    case KIND_ENUM:
        return store_text(arena, field, member, value);
    case KIND_STR_LIST:
    case KIND_ID_LIST:
    case KIND_JSON:
    case KIND_OBJECT:
    case KIND_LIST:
        return store_json(arena, field, member, value);
    }
    abort();
}

bool row_store(Arena *arena, const Type *type, const Field *field, void *object, Value value)
{
    void *member = (char *)object + field->offset;
    bool null = value.kind == VALUE_NULL;
    if (null)
        memset(member, 0, field->size);
    else if (!store_value(arena, field, member, value))
        return false;
    field_mark(type, field, object, !null, false);
    return true;
}
