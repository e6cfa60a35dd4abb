#include "meta/type.h"

#include <assert.h>

const Field *type_field(const Type *type, Str name)
{
    for (size_t i = 0; i < type->field_count; i++)
        if (str_eq((Str){type->fields[i].name, type->fields[i].name_length}, name))
            return &type->fields[i];
    return NULL;
}

static uint64_t field_bit(const Type *type, const Field *f)
{
    ptrdiff_t index = f - type->fields;
    assert(index >= 0 && (size_t)index < type->field_count && index < 64);
    return (uint64_t)1 << index;
}

static const Present *present_of(const Type *type, const void *object)
{
    return (const Present *)(const void *)((const char *)object + type->present);
}

bool field_is_set(const Type *type, const Field *f, const void *object)
{
    return type->present < 0 || (present_of(type, object)->set & field_bit(type, f));
}

bool field_is_null(const Type *type, const Field *f, const void *object)
{
    return type->present >= 0 && (present_of(type, object)->null & field_bit(type, f));
}

void field_mark(const Type *type, const Field *f, void *object, bool set, bool null)
{
    if (type->present < 0) return;
    Present *present = (Present *)(void *)((char *)object + type->present);
    uint64_t bit = field_bit(type, f);
    present->set = set || null ? present->set | bit : present->set & ~bit;
    present->null = null ? present->null | bit : present->null & ~bit;
}

static const Field *field_at(const Type *type, size_t offset)
{
    for (size_t i = 0; i < type->field_count; i++)
        if (type->fields[i].offset == offset) return &type->fields[i];
    assert(false && "the member has a row");
    return NULL;
}

bool type_member_is_set(const Type *type, const void *object, size_t offset)
{
    return field_is_set(type, field_at(type, offset), object);
}

void type_member_mark(const Type *type, void *object, size_t offset)
{
    field_mark(type, field_at(type, offset), object, true, false);
}

void type_member_clear(const Type *type, void *object, size_t offset)
{
    field_mark(type, field_at(type, offset), object, false, false);
}

Str enum_text(const EnumNames *names, unsigned value)
{
    assert(value < names->n);
    return str_from(names->names[value]);
}

bool enum_parse(const EnumNames *names, Str text, unsigned *out)
{
    for (size_t i = 0; i < names->n; i++) {
        if (!str_eq(str_from(names->names[i]), text)) continue;
        *out = (unsigned)i;
        return true;
    }
    return false;
}

Str enum_join(Arena *arena, const EnumNames *names, Str separator)
{
    StrList list = {NEW_N(arena, Str, names->n), names->n};
    for (size_t i = 0; i < list.n; i++) list.items[i] = str_from(names->names[i]);
    return str_join(arena, list, separator);
}
