#include "meta/merge.h"

#include "meta/text.h"

static void *member_of(const Field *field, void *object)
{
    return (char *)object + field->offset;
}

static void remove_member(Arena *arena, const Type *type, const Field *field, void *object)
{
    Violations none = violations_new(arena);
    memset(member_of(field, object), 0, field->size);
    if (field->initial)
        text_read(arena, field, str_from(field->initial), NULL, member_of(field, object), &none);
    field_mark(type, field, object, field->initial || !field->nullable, false);
}

static void take_member(Arena *arena, const Type *type, const Field *field, void *object,
                        const void *patch)
{
    const void *from = (const char *)patch + field->offset;
    if (field->kind == KIND_OBJECT && field->type->present >= 0) {
        if (!field_is_set(type, field, object)) memset(member_of(field, object), 0, field->size);
        merge_patch(arena, field->type, member_of(field, object), from);
    } else {
        memcpy(member_of(field, object), from, field->size);
    }
    field_mark(type, field, object, true, false);
}

void merge_patch(Arena *arena, const Type *type, void *object, const void *patch)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const Field *field = &type->fields[i];
        if (!field_is_set(type, field, patch)) continue;
        if (field_is_null(type, field, patch))
            remove_member(arena, type, field, object);
        else
            take_member(arena, type, field, object, patch);
    }
}

void merge_complete(const Type *type, void *object)
{
    for (size_t i = 0; i < type->field_count; i++)
        if (!type->fields[i].nullable) field_mark(type, &type->fields[i], object, true, false);
}
