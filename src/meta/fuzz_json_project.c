/* Any bytes as a stored document: nothing may crash, and what is JSON stays JSON. */
#include "meta/json_project.h"
#include "meta/test_types.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Its compact form, empty when it is no JSON. */
static Str compact(Arena *arena, Str text)
{
    Buf out = buf_new(arena, SIZE_MAX / 4);
    Violations violations = violations_new(arena);
    return json_compact(text, &out, &violations) ? buf_str(&out) : S("");
}

static void project(Arena *arena, Str text, const FieldMask *mask)
{
    Buf out = buf_new(arena, SIZE_MAX / 4), items = buf_new(arena, SIZE_MAX / 4),
        again = buf_new(arena, SIZE_MAX / 4);
    bool is_object = str_starts(compact(arena, text), S("{"));
    bool done = json_project(&out, text, &thing_type, mask);
    bool done_items = json_project_items(&items, text, &thing_type, mask);
    if (!is_object) return;
    assert(done && done_items && str_eq(buf_str(&out), buf_str(&items)));
    assert(compact(arena, buf_str(&out)).n > 0);
    assert(json_project(&again, buf_str(&out), &thing_type, mask));
    assert(str_eq(buf_str(&out), buf_str(&again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Str names[] = {S_INIT("name"), S_INIT("metadata"), S_INIT("address.city"),
                          S_INIT("prices.amount")};
    Arena *arena = arena_new(1 << 16);
    FieldMask mask;
    Str unknown;
    bool known = field_mask_parse(arena, &thing_type, (StrList){names, 4}, &mask, &unknown);
    assert(known);
    project(arena, (Str){(const char *)data, size}, &mask);
    arena_free(arena);
    return 0;
}
