#include "meta/pairs.h"

#include "meta/text.h"

#include <assert.h>

static bool is_repeated(const Field *field)
{
    return (field->kind == KIND_STR_LIST || field->kind == KIND_ID_LIST) && !field->commas;
}

static Place place_of(const Pairs *pairs, const Field *field)
{
    return pairs->of == PAIRS_FORM ? place_member(NULL, field)
                                   : place_parameter((Str){field->name, field->name_length});
}

/* One more item of a repeated field. */
static void add_item(Pairs *pairs, const Field *field, Str text, const Place *place)
{
    AnyList *list = (AnyList *)(void *)(pairs->object + field->offset);
    size_t size = field->kind == KIND_ID_LIST ? sizeof(Id) : sizeof(Str);
    list->items =
        arena_grow(pairs->arena, list->items, list->n * size, (list->n + 1) * size, alignof(Str));
    char *item = (char *)list->items + list->n * size;
    if (text_read_item(field, text, place, item, pairs->violations)) list->n++;
}

Pairs pairs_begin(Arena *arena, const Type *type, PairsOf of, Violations *violations)
{
    assert(type->field_count <= (type->present < 0 ? TYPE_FIELDS_MAX : 64));
    return (Pairs){.arena = arena,
                   .type = type,
                   .object = arena_zalloc(arena, 1, type->size, type->align),
                   .of = of,
                   .violations = violations,
                   .before = violations->total};
}

void pairs_add(Pairs *pairs, const Field *field, Str text)
{
    size_t i = (size_t)(field - pairs->type->fields);
    uint64_t bit = UINT64_C(1) << (i % 64);
    bool again = pairs->seen[i / 64] & bit;
    Place place = place_of(pairs, field);
    pairs->seen[i / 64] |= bit;
    field_mark(pairs->type, field, pairs->object, true, false);
    if (is_repeated(field))
        add_item(pairs, field, text, &place);
    else if (again)
        violation_add(pairs->violations, &place, VIOLATION(DUPLICATE), "stands twice");
    else
        text_read(pairs->arena, field, text, &place, pairs->object + field->offset,
                  pairs->violations);
}

static void finish_field(Pairs *pairs, const Field *field, bool seen)
{
    Place place = place_of(pairs, field);
    void *member = pairs->object + field->offset;
    if (seen && is_repeated(field)) {
        check_list_length(pairs->violations, &place, field, ((const AnyList *)member)->n);
    } else if (!seen && field->required) {
        violation_add(pairs->violations, &place, VIOLATION(REQUIRED), "is required");
    } else if (!seen && field->initial) {
        text_read(pairs->arena, field, str_from(field->initial), &place, member, pairs->violations);
        field_mark(pairs->type, field, pairs->object, true, false);
    }
}

void *pairs_end(Pairs *pairs)
{
    for (size_t i = 0; i < pairs->type->field_count; i++)
        finish_field(pairs, &pairs->type->fields[i], pairs->seen[i / 64] >> (i % 64) & 1);
    return pairs->violations->total == pairs->before ? pairs->object : NULL;
}
